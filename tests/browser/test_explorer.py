"""The explorer as a person uses it: chooses, moves, reads, downloads, sends the address on."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import browsing
import psutil
import pytest
import waiting
from conftest import OpenPage, Screenshot, Server
from exploring import Explored, opened, started, tile
from playwright.sync_api import Page, Route, expect

import rankings
from rankings.explorer import views
from rankings.language.messages import number, percent, speaking
from rankings.report import summary, target

SETTING = {"active_mobile_broadband_subs": 100.0}


@pytest.fixture(scope="module")
def explorer(server: Server) -> Explored:
    """`make explore`, without opening a browser of its own."""
    return started(server)


def pressed(page: Page, lever: str, key: str, times: int) -> None:
    """Move a slider by keys and wait for the last answer."""
    slider = page.locator(f"#rk-lever-{lever}")
    slider.scroll_into_view_if_needed()
    slider.focus()
    for _time in range(times):
        slider.press(key)
    page.wait_for_function(
        "([name, value]) => window.explorer.now.query.set?.includes(`${name}:${value}`)",
        arg=[lever, slider.input_value()],
    )


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("measure", ["GCI", "TII", "ICT"])
def test_a_measure_is_chosen_and_all_follows(
    measure: str, explorer: Explored, open_page: OpenPage, screenshot: Screenshot
) -> None:
    """Headline, tiles, sliders and fan are those of the notebook and the command."""
    page = open_page()
    opened(page, explorer.address("economy=VNM"))
    page.locator("#rk-measure").select_option(measure)
    expect(page.locator("div.answer")).to_contain_text(f"in the {measure} ")
    story = rankings.ask("VNM", measure=measure)
    made = rankings.what_if(story, {})
    last, head = made.chances.iloc[-1], made.components.iloc[0]
    assert page.locator("div.answer").inner_text().strip() == summary.answer(story).text
    assert tile(page, "rank").startswith(f"{last['median_after']} of {last['of']}")
    assert tile(page, "score") == number(head["after"], story.index.digits(story.edition))
    assert tile(page, "reach") == percent(last["reach_after"])
    offered = rankings.levers(story)
    shown = page.locator("input[id^=rk-lever-]").evaluate_all("each => each.map(e => e.name)")
    assert set(shown) == set(offered["lever"])
    card = page.locator("#rk-view-ahead")
    card.scroll_into_view_if_needed()
    expect(card).to_have_attribute("data-filled", "true")
    alt = card.locator("img").get_attribute("alt") or ""
    assert f"rank {last['median_before']}" in alt
    screenshot(f"measure-{measure.lower()}")
    assert query(page)["measure"] == measure


def test_estonia_moves_a_driver_and_sends_the_address_on(
    explorer: Explored, page: Page, open_page: OpenPage, screenshot: Screenshot
) -> None:
    opened(page, explorer.address())
    page.locator("#rk-economy").select_option("EST")
    expect(page.locator("div.answer")).to_contain_text("Estonia")
    page.locator("#rk-best").fill("20")
    page.locator("#rk-best").press("Tab")
    expect(page.locator(".strip .band-ink")).to_contain_text("20–50")
    page.locator("#rk-worst").fill("30")
    page.locator("#rk-worst").press("Tab")
    expect(page.locator(".strip .band-ink")).to_contain_text("20–30")

    # A driver far down, so that the rank must change.
    page.locator('details[data-key="drivers-tii"] summary').click()
    pressed(page, "active_mobile_broadband_subs", "PageDown", 6)
    value = float(page.locator("#rk-lever-active_mobile_broadband_subs").input_value())
    story = rankings.ask("EST", band="20:30")
    made = rankings.what_if(story, {"active_mobile_broadband_subs": value})
    last, head = made.chances.iloc[-1], made.components.iloc[0]
    assert last["median_after"] != last["median_before"]
    assert tile(page, "rank").startswith(f"{last['median_after']} of {last['of']}")
    assert tile(page, "score") == number(head["after"], 4)
    assert tile(page, "reach") == percent(last["reach_after"])
    marker = page.locator(".strip .after")
    assert marker.get_attribute("data-rank") == str(last["median_after"])
    page.locator("#rk-others-held").check()
    expect(page.locator('.tile[data-name="rank"] strong')).to_have_text(
        f"{head['rank_after']} of {head['of']}"
    )
    screenshot("estonia")

    card = page.locator("#rk-view-ahead")
    card.scroll_into_view_if_needed()
    expect(card).to_have_attribute("data-filled", "true")
    assert "Estonia" in (card.locator("img").get_attribute("alt") or "") + card.inner_text()
    with page.expect_download() as saved:
        card.locator('.files [data-format="csv"]').last.click()
    text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = target.chances_table(story).frame
    assert [row["edition"] for row in rows] == [str(each) for each in expected["edition"]]
    assert [float(row["reach"]) for row in rows] == list(expected["reach"])
    assert all("UN DESA" in row["source"] for row in rows)
    for kind in ("png", "svg"):
        with page.expect_download() as saved:
            card.locator(f'[data-format="{kind}"]').click()
        assert saved.value.suggested_filename == f"est-{story.as_of}-ahead.{kind}"
        assert Path(saved.value.path()).stat().st_size > 10_000

    # A colleague opens the address on a copy of their own, in Vietnamese.
    sent = page.url
    assert "token" not in sent
    assert query(page) == {
        "economy": "EST",
        "as_of": str(story.as_of),
        "band": "20:30",
        "others": "held",
        "set": f"active_mobile_broadband_subs:{value:.6g}",
    }
    said = page.locator(".tiles").inner_text()
    page.reload()
    expect(page.locator(".tiles")).to_have_text(re.compile(re.escape(said.split()[0])))
    assert page.locator(".tiles").inner_text() == said
    other = open_page(locale="vi-VN")
    opened(other, explorer.address(urlsplit(sent).query))
    assert other.locator(".tiles").inner_text() == said
    other.locator("#rk-language").select_option("vi")
    expect(other.locator("h1")).to_contain_text("trang khám phá")
    assert other.locator("html").get_attribute("lang") == "vi"
    with speaking("vi"):
        assert tile(other, "score") == number(head["after"], 4)
    other.locator("#rk-view-standing").scroll_into_view_if_needed()
    other.wait_for_selector("#rk-view-standing[data-filled]")
    screenshot("vietnamese", other)
    other.go_back()
    expect(other.locator("h1")).to_contain_text("the explorer")


def test_every_view_is_drawn_with_its_alt_text_and_code(
    explorer: Explored, page: Page, screenshot: Screenshot
) -> None:
    opened(page, explorer.address("economy=VNM&measure=GCI&edition=2024&since=2018"))
    for view in views.VIEWS:
        card = page.locator(f"#rk-view-{view.name}")
        card.scroll_into_view_if_needed()
        expect(card).to_have_attribute("data-filled", "true")
        assert "rankings.ask(" in (card.locator("pre").text_content() or "")
        for image in card.locator("img").all():
            assert len(image.get_attribute("alt") or "") > 40
            assert image.evaluate("node => node.complete && node.naturalWidth > 0")
    assert "GCI" in page.locator("#rk-view-history").inner_text() + (
        page.locator("#rk-view-history img").get_attribute("alt") or ""
    )
    screenshot("views")


def counted(page: Page) -> None:
    """From now on the page counts the answers it waits for."""
    page.evaluate(
        """() => {
          const ask = explorer.ask;
          explorer.flying = 0;
          explorer.ask = async (message) => {
            explorer.flying += 1;
            try { return await ask(message); } finally { explorer.flying -= 1; }
          };
        }"""
    )


def settled(page: Page) -> None:
    """Wait until a `counted` page has every answer and asks for no more."""
    page.wait_for_function(
        "() => !explorer.flying && !explorer.pending && !explorer.busy && !explorer.queue.length"
    )


def test_late_answers_are_not_shown_on_another_question(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address())
    counted(page)
    late: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            late.append(route)

    page.route("**/explore/ask", hold)
    with page.expect_request("**/explore/ask"):
        page.locator("#rk-economy").select_option("FRA")
    page.locator("#rk-lever-tii").focus()
    page.keyboard.press("ArrowRight")
    # A second choice before the first is answered: both count.
    page.locator("#rk-by").select_option("2028")
    released = True
    assert late
    for each in late:
        each.continue_()
    expect(page.locator("div.answer")).to_contain_text("by 2028")
    settled(page)
    expect(page.locator("div.answer")).to_contain_text("France")
    story = rankings.ask("FRA", target_year=2028)
    assert tile(page, "score").startswith("0.")
    made = rankings.what_if(story, {}).chances.iloc[-1]
    assert tile(page, "rank").startswith(f"{made['median_after']} of")
    assert (page.locator(".strip .after-ink").text_content() or "").startswith("France")
    assert query(page)["economy"] == "FRA"
    assert query(page)["by"] == "2028"


def test_a_band_can_be_raised_from_its_first_field(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address())
    page.locator("#rk-best").fill("60")
    page.locator("#rk-best").press("Tab")
    expect(page.locator(".status")).to_contain_text("smaller number")
    page.keyboard.type("80")
    page.keyboard.press("Tab")
    expect(page.locator(".strip .band-ink")).to_contain_text("60–80")
    assert query(page)["band"] == "60:80"


def test_focus_and_folds_outlive_a_new_page(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address())
    counted(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "rk-views"
    page.locator("#rk-lever-tii").focus()
    page.keyboard.press("ArrowRight")
    fold = page.locator('details[data-key="whatif-table"]')
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert page.evaluate("document.activeElement.parentElement.dataset.key") == "whatif-table"
    page.locator("#rk-language").focus()
    page.locator("#rk-language").select_option("vi")
    expect(page.locator("h1")).to_contain_text("khám phá")
    expect(fold).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.id") == "rk-language"


@pytest.mark.parametrize("band", ["1:1", "190:193", "30:50"])
def test_the_words_of_the_strip_stay_within(
    explorer: Explored, open_page: OpenPage, band: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    opened(page, explorer.address(f"economy=PRK&language=vi&band={band.replace(':', '%3A')}"))
    outside = page.evaluate(
        "[...document.querySelectorAll('.strip text')].filter(text => { const box = text.getBBox();"
        " return box.x < -1 || box.x + box.width > text.ownerSVGElement.clientWidth + 1; }).length"
    )
    assert outside == 0


def test_two_explorers_on_one_page_do_not_meddle(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address())
    page.evaluate(
        """async () => {
          const { Page } = await import(new URL("explore/explorer.js", location.href));
          const root = document.createElement("div");
          root.className = "rk-explorer second";
          document.body.append(root);
          const start = JSON.parse(document.getElementById("start").textContent);
          const silent = async () => ({ kind: "refusal", text: "-" });
          window.second = new Page(root, silent, start, false);
        }"""
    )
    pressed(page, "tii", "ArrowRight", 3)
    assert "set" in query(page)
    doubled = page.evaluate(
        "(ids => ids.length - new Set(ids).size)"
        "([...document.querySelectorAll('[id]')].map(node => node.id))"
    )
    assert doubled == 0


def test_the_keyboard_reaches_everything(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address())
    reached = []
    for _press in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    for name in (
        "economy",
        "measure",
        "edition",
        "since",
        "as_of",
        "best",
        "worst",
        "by",
        "language",
    ):
        assert f"rk-{name}" in reached
    assert {"rk-lever-osi", "rk-lever-tii", "rk-lever-hci", "rk-chance", "SUMMARY"} <= set(reached)
    page.locator("#rk-lever-tii").focus()
    before = page.locator("#rk-lever-tii").input_value()
    page.keyboard.press("ArrowRight")
    assert page.locator("#rk-lever-tii").input_value() != before
    outline = page.locator("#rk-lever-tii").evaluate("node => getComputedStyle(node).outlineStyle")
    assert outline != "none"
    for control in page.locator("select, input").all():
        named = control.evaluate("node => node.labels?.length && node.labels[0].textContent.trim()")
        assert named, control.get_attribute("id")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone", {"viewport": {"width": 390, "height": 844}}),
        ("tablet", {"viewport": {"width": 820, "height": 1180}, "has_touch": True}),
        ("twice", {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}),
    ],
)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_it_fits_small_and_enlarged_pages(
    explorer: Explored,
    open_page: OpenPage,
    screenshot: Screenshot,
    name: str,
    options: dict[str, object],
    language: str,
) -> None:
    page = open_page(**options)
    opened(page, explorer.address(f"economy=VNM&language={language}&set=tii:0.93"))
    page.locator("#rk-view-standing").scroll_into_view_if_needed()
    page.wait_for_selector("#rk-view-standing[data-filled]")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    small = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.rk-explorer *')]"
        ".filter(n => n.childNodes.length && [...n.childNodes].some(c => c.nodeType === 3 &&"
        " c.textContent.trim())).map(n => parseFloat(getComputedStyle(n).fontSize)))"
    )
    assert small >= 12
    screenshot(f"{name}-{language}", page)


def test_what_has_no_answer_is_said_and_the_page_stays(explorer: Explored, page: Page) -> None:
    opened(page, explorer.address("economy=VNN"))
    expect(page.locator(".status")).to_contain_text("VNM")
    assert tile(page, "score")
    page.locator("#rk-worst").fill("500")
    page.locator("#rk-worst").press("Tab")
    expect(page.locator(".status")).to_contain_text("beyond rank")
    expect(page.locator("#rk-worst")).to_have_value("50")


@pytest.mark.parametrize(
    "sent",
    [
        "economy=%3Cscript%3Ewindow.hacked%3D1%3C%2Fscript%3E",
        "peers=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E",
        "set=%22%3E%3Csvg%20onload%3Dwindow.hacked%3D1%3E:1",
        "language=..%2F..%2Fetc",
        "path=%2Fetc%2Fpasswd",
    ],
)
def test_the_address_injects_nothing(explorer: Explored, page: Page, sent: str) -> None:
    opened(page, explorer.address(sent))
    expect(page.locator(".status.refused")).not_to_be_empty()
    assert page.evaluate("window.hacked") is None
    assert "root:" not in page.content()


def status(
    explorer: Explored,
    path: str,
    *,
    token: bool = True,
    method: str = "GET",
    body: bytes = b"{}",
) -> int:
    headers = {"Authorization": f"token {explorer.token}"} if token else {}
    data = body if method == "POST" else None
    request = Request(f"{explorer.served.url}{path}", data, headers, method=method)
    try:
        with urlopen(request, timeout=waiting.LONG) as answer:
            return 401 if "/login?" in answer.url else int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code


def test_a_viewer_needs_the_token_and_can_run_nothing(explorer: Explored) -> None:
    assert status(explorer, "explore") == 200
    for path in ("explore", "explore/explorer.js", "explore/page.js"):
        assert status(explorer, path, token=False) == 401
    assert status(explorer, "explore/ask", token=False, method="POST") in (401, 403)
    # Of Jupyter there is nothing that runs code, reads a file or ends the server.
    for path in (
        *("api/kernels", "api/kernelspecs", "api/contents", "api/sessions", "api/terminals"),
        *("files/README.md", "view/README.md", "lab", "tree", "nbconvert/html/notebooks", "voila"),
        *("explore/serve.py", "explore/../serve.py", "explore/%2e%2e/serve.py"),
    ):
        assert status(explorer, path) == 404, path
    assert status(explorer, "api/kernels", method="POST") in (403, 404)
    assert status(explorer, "api/shutdown", method="POST") in (403, 404)
    assert status(explorer, "explore/ask", method="POST", body=b"[" * 19_000) == 400
    assert status(explorer, "explore/ask", method="POST", body=b"no JSON") == 400
    with pytest.raises((URLError, ConnectionError, AssertionError)):
        assert status(explorer, "explore/ask", method="POST", body=b" " * 2_000_000) == 200
    assert status(explorer, "explore") == 200
    children = psutil.Process(explorer.served.process.pid).children(recursive=True)
    listening = {
        each.laddr.ip
        for process in children
        for each in process.net_connections()
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_policy_of_the_page_lets_no_other_script_in(explorer: Explored, page: Page) -> None:
    answer = page.goto(explorer.address())
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    start = json.loads(page.locator("#start").text_content() or "{}")
    assert "token" not in json.dumps(start["query"])
    assert str(browsing.ROOT) not in page.content()
