"""JupyterLab as `make lab` starts it: notebook 00 run to its end, then changed, by a person."""

import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import browsing
import nbformat
import psutil
import pytest
import waiting
from conftest import Screenshot, Server
from playwright.sync_api import Locator, Page, expect

import rankings
from rankings.language.messages import speaking
from rankings.report import target

NOTEBOOK = "00-start-here.ipynb"
ERROR = '[data-mime-type="application/vnd.jupyter.stderr"]'


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab on a copy of the notebooks."""

    served: browsing.Served
    token: str
    folder: Path

    def address(self, notebook: str) -> str:
        """A notebook in a workspace of its own: no tab of an earlier test opens beside it."""
        workspace = f"lab/workspaces/{secrets.token_hex(4)}"
        return f"{self.served.url}{workspace}/tree/notebooks/{notebook}?token={self.token}"


@pytest.fixture(scope="module")
def lab(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """`make lab` on a copy without outputs, so that what is read later was made by the run."""
    # What everything rests on is computed, where it is not kept already, before anybody waits.
    for story in (rankings.ask(as_of=2018, target_year=2020), rankings.ask()):
        target.answer(story)
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(browsing.ROOT / "notebooks", folder / "notebooks")
    path = folder / "notebooks" / NOTEBOOK
    node = nbformat.read(path, as_version=4)
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(node, path)
    # The first question of a new user, which would lie over what a picture shows.
    asked = folder / "config/lab/user-settings/@jupyterlab/apputils-extension"
    asked.mkdir(parents=True)
    (asked / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    port, token = browsing.free_port(), secrets.token_hex(16)
    options = f"--no-browser --ServerApp.port={port} --ServerApp.port_retries=0"
    served = server(
        ["make", "lab", f"LAB_ROOT={folder}", f"LAB_OPTIONS={options}"],
        f"http://127.0.0.1:{port}/",
        env={
            "JUPYTER_TOKEN": token,
            # The settings of whoever runs the tests are no part of them.
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
            "RANKINGS_STORE": "",
        },
    )
    return Lab(served, token, folder)


def answered(url: str, token: str = "", method: str = "GET") -> int:
    """The HTTP status of an answer; 401 where a page asks for the token instead."""
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        with urlopen(Request(url, headers=headers, method=method), timeout=waiting.LONG) as answer:
            return 401 if "/login?" in answer.url else int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("api/contents/notebooks", "GET"),
        ("api/kernels", "POST"),
        ("api/terminals", "POST"),
        (f"files/notebooks/{NOTEBOOK}", "GET"),
    ],
)
@pytest.mark.parametrize("token", ["", "0" * 32], ids=["no token", "a wrong one"])
def test_without_the_token_nothing_is_read_or_run(
    lab: Lab, path: str, method: str, token: str
) -> None:
    assert answered(f"{lab.served.url}{path}", token, method) in {401, 403}


def test_the_token_opens_it(lab: Lab) -> None:
    assert answered(f"{lab.served.url}api/contents/notebooks", lab.token) == 200


def test_notebook_runs_to_its_end_and_with_an_economy_of_ones_own(
    lab: Lab, page: Page, screenshot: Screenshot
) -> None:
    code = opened(lab, page)
    assert page.locator("p.rk-answer").count() == 0

    run(page, "Run All Cells")
    count = code.count()
    finished(code, count)
    with speaking("en"):
        assert headline(page) == target.answer(rankings.ask()).text
    assert page.locator(f".jp-OutputArea-output{ERROR}").count() == 0
    page.locator("p.rk-answer").last.scroll_into_view_if_needed()
    screenshot("run-all")
    assert listening(lab.served.process.pid) == {"127.0.0.1"}

    own = place(code, "own_economy = economy")
    write(
        code.nth(own),
        {"own_economy = economy": 'own_economy = "EST"', "own_band = band": 'own_band = "20:30"'},
    )
    run(page, "Run Selected Cell and All Below")
    finished(code, count + count - own)
    with speaking("en"):
        assert headline(page) == target.answer(rankings.ask("EST", band="20:30")).text
    assert page.locator(f".jp-OutputArea-output{ERROR}").count() == 0
    page.locator("p.rk-answer").last.scroll_into_view_if_needed()
    screenshot("estonia")


def test_a_wrong_word_is_refused_in_one_line(lab: Lab, page: Page, screenshot: Screenshot) -> None:
    code = opened(lab, page)
    write(code.nth(place(code, "economy: str")), {'"VNM"': '"VNN"'})
    asking = code.nth(place(code, "story = ask("))
    asking.locator(".cm-content").click()
    run(page, "Run All Above Selected Cell")
    run(page, "Run Selected Cell")
    shown = asking.locator(".jp-OutputArea-output")
    refusal = "InputError: VNN is not an economy; did you mean VNM, Viet Nam?"
    expect(shown).to_have_text(refusal)
    screenshot("refused")


def test_the_explorer_moves_in_a_notebook(lab: Lab, page: Page, screenshot: Screenshot) -> None:
    opened(lab, page, "01-explore.ipynb")
    run(page, "Run All Cells")
    rank = page.locator('.rk-explorer .tile[data-name="rank"] strong')
    expect(rank).not_to_be_empty()
    address = page.url
    slider = page.locator("#rk-lever-osi")
    slider.scroll_into_view_if_needed()
    slider.focus()
    slider.press("End")
    value = float(slider.input_value())
    with speaking("en"):
        made = rankings.what_if(rankings.ask(), {"osi": value}).chances.iloc[-1]
    expect(rank).to_contain_text(f"{made['median_after']} of {made['of']}")
    page.locator("#rk-view-standing").scroll_into_view_if_needed()
    expect(page.locator("#rk-view-standing")).to_have_attribute("data-filled", "true")
    page.locator(".rk-explorer h1").scroll_into_view_if_needed()
    assert "null" not in page.locator(".rk-explorer").inner_text()
    screenshot("explorer")
    # The address of JupyterLab is not the explorer's.
    assert page.url == address


def opened(lab: Lab, page: Page, notebook: str = NOTEBOOK) -> Locator:
    """The code cells of a notebook, once its kernel is ready and all of them are there."""
    page.goto(lab.address(notebook))
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
    code = page.locator(".jp-Notebook .jp-CodeCell")
    # A busy JupyterLab shows the last cells of a long notebook later than the first.
    held = nbformat.read(lab.folder / "notebooks" / notebook, as_version=4).cells
    expect(code).to_have_count(sum(cell.cell_type == "code" for cell in held))
    return code


def run(page: Page, command: str) -> None:
    """A command of JupyterLab's menu "Run"."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel").filter(has_text=re.compile(f"^{command}$")).click()


def place(code: Locator, words: str) -> int:
    """Which code cell says these words: the first, counted from 0."""
    return next(each for each in range(code.count()) if words in said(code.nth(each)))


def said(cell: Locator) -> str:
    """The source of a code cell."""
    return "\n".join(cell.locator(".cm-line").all_text_contents())


def finished(code: Locator, last: int) -> None:
    """Until the last cell has run, as the kernel's execution of this number."""
    prompt = code.last.locator(".jp-InputArea-prompt")
    expect(prompt).to_have_text(f"[{last}]:")


def headline(page: Page) -> str:
    """The last headline answer on the page."""
    return page.locator("p.rk-answer").last.text_content() or ""


def write(cell: Locator, changes: dict[str, str]) -> None:
    """Select all of a code cell and type it anew, with other words in it."""
    text = said(cell)
    for old, new in changes.items():
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Control+A")
    cell.page.keyboard.insert_text(text)
    assert said(cell) == text


def listening(pid: int) -> set[str]:
    """The addresses on which a process and all it started listen, kernels included."""
    server = psutil.Process(pid)
    return {
        held.laddr.ip
        for process in [server, *server.children(recursive=True)]
        for held in process.net_connections("inet")
        if held.status == psutil.CONN_LISTEN
    }
