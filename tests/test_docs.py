"""The pages say what is true: their commands run, their numbers hold, the site needs no network."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import documentation
import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from test_ingest import survey
from waiting import LONG

from rankings.cli import main
from rankings.explorer import question
from rankings.forecasts import backtest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
# The explorer's notebook shows nothing before it is run: it is no page.
BOOKS = sorted(set((ROOT / "notebooks").glob("[0-9]*")) - {ROOT / "notebooks" / "01-explore.ipynb"})
RUN = {"sh", "console", "python", "pycon"}
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
# Files a page of these speaks of, made up here: the figures of an edition under another year.
DELIVERED = {"EGOV_DATA_2026.csv": 2026}


@dataclass(frozen=True)
class Block:
    """A block of commands in a page.

    Attributes:
        page: its file.
        line: where it begins.
        language: what it is written in.
        text: the commands.
        reason: why it is not run; empty if it is.
    """

    page: Path
    line: int
    language: str
    text: str
    reason: str

    @property
    def where(self) -> str:
        """Page and line."""
        return f"{self.page.relative_to(ROOT)}, line {self.line}"

    @property
    def script(self) -> str:
        """The commands alone, without prompts and what they print."""
        if self.language != "console":
            return self.text
        lines = re.findall(r"^\$ (.*)$", self.text, re.MULTILINE)
        return "\n".join(lines)


def blocks(page: Path) -> list[Block]:
    """Every block of commands of a page, in order; one without a language is refused."""
    found, reason = [], ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            marked = NOT_RUN.search(token.content)
            reason = marked[1] if marked else reason
        elif token.type in ("fence", "code_block"):
            language = token.info.split(" ")[0]
            line = token.map[0] + 1 if token.map else 0
            assert token.type == "fence", f"{page.name}, line {line}: an indented block; fence it"
            assert language, f"{page.name}, line {line}: a block needs a language"
            if language in RUN:
                found.append(Block(page, line, language, token.content, reason))
            else:
                assert not reason, f"{page.name}, line {line}: {language} is never run"
            reason = ""
        elif reason and token.type.endswith("_open"):
            raise AssertionError(
                f"{page.name}: a reason not to run stands before no block: {reason}"
            )
    return found


def with_commands() -> list[Path]:
    return [page for page in PAGES if any(not each.reason for each in blocks(page))]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project in which any command may be run: short notebooks, one economy.

    What is written in a page runs here as it is written; the notebooks themselves are run in
    full by nbval. What the tests have computed before is at hand by links.
    """
    home = tmp_path / "home"
    for name in ("rankings", "data/raw", "examples", "pipelines"):
        # What is compiled comes along, but for what is just being written.
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    processed = home / "data" / "processed"
    (processed / "cache").mkdir(parents=True)
    for path in (ROOT / "data" / "processed").glob("*.*"):
        shutil.copy(path, processed)
    for path in (ROOT / "data" / "processed" / "cache").glob("[!.]*"):
        with contextlib.suppress(OSError):  # another file system, or gone by now
            (processed / "cache" / path.name).hardlink_to(path)
    (home / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        documentation.cut(path, home / "notebooks" / path.name)
    for path in (home / "pipelines").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'economies = "\w+"', 'economies = ["EST"]', text), "utf-8")
    (home / ".venv").symlink_to(ROOT / ".venv")
    for name, edition in DELIVERED.items():
        survey(edition, home / name)
    return home


def environment(home: Path) -> dict[str, str]:
    """The environment in which commands are run: the copy's package, a store of its own."""
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(home),
        "RANKINGS_HOME": str(home),
        "RANKINGS_STORE": str(home / "store"),
    }
    return {**os.environ, **own}


def run(block: Block, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a block in the copy; a command that fails ends it."""
    command = ["bash", "-euo", "pipefail", "-c", block.script]
    if block.language == "python":
        command = [sys.executable, "-W", "error", "-c", block.text]
    return subprocess.run(
        command,
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=3 * LONG,
        stdin=subprocess.DEVNULL,
    )


# Before the commands: one of them asks for the same record.
@pytest.mark.slow
def test_the_record_in_limits_is_the_record() -> None:
    shown = CliRunner().invoke(main, ["backtest", "--quick", "--json"])
    means = backtest.summary(pd.DataFrame(json.loads(shown.stdout))).pivot(
        index="label", columns="h", values="crps"
    )
    rows = re.findall(
        r"^\| ([^|]+?)(?: \\\*)? \|" + r" ([\d.]+) \|" * 3 + "$",
        (DOCS / "limits.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(rows) == 14
    for label, *printed in rows:
        # What is printed has two decimals: half of the last one, and a hair, is no difference.
        assert [float(each) for each in printed] == pytest.approx(
            means.loc[label].tolist(), abs=0.00501
        ), label


@pytest.mark.slow
@pytest.mark.usefixtures("one_warm_process")
@pytest.mark.parametrize("page", with_commands(), ids=lambda page: page.name)
def test_every_command_runs_or_says_why_not(page: Path, tree: Path) -> None:
    for block in (each for each in blocks(page) if not each.reason):
        done = run(block, tree)
        assert done.returncode == 0, f"{block.where}\n{block.script}\n{done.stderr or done.stdout}"
        assert "Traceback" not in done.stderr, f"{block.where}\n{done.stderr}"


def page_of(tmp_path: Path, text: str) -> list[Block]:
    path = tmp_path / "made-up.md"
    path.write_text(text, encoding="utf-8")
    return blocks(path)


def test_a_block_is_run_unless_marked(tmp_path: Path) -> None:
    marked = "<!-- not run: needs two hosts -->\n```sh\ntrue\n```\n"
    text = f"```sh\nfalse\n```\n\n{marked}\n```sh\nls\n```\n"
    assert [each.reason for each in page_of(tmp_path, text)] == ["", "needs two hosts", ""]


def test_of_a_console_block_the_commands_are_run(tmp_path: Path) -> None:
    (block,) = page_of(tmp_path, "```console\n$ ls a\nb\n$ ls c\n```\n")
    assert block.script == "ls a\nls c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text\n\n    rankings check\n", "an indented block"),
        ("```\nrankings check\n```\n", "needs a language"),
        ("<!-- not run: no reason -->\n\ntext\n", "stands before no block"),
        ("<!-- not run: no reason -->\n```toml\na = 1\n```\n", "toml is never run"),
    ],
)
def test_a_block_that_could_slip_through_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        page_of(tmp_path, text)


def told(notebook: str, cell: str) -> str:
    """What a cell of a committed notebook says, as plain text."""
    book = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4)
    (found,) = [each for each in book.cells if each.source == cell]
    return str(found.outputs[0]["data"]["text/plain"])


def test_the_answer_in_the_readme_is_that_of_the_report() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    quoted = " ".join(line[2:] for line in lines if line.startswith("> "))
    # Spaces that do not break are plain ones in the README.
    assert quoted == " ".join(told("90-report", "summary.answer(story)").split())
    assert "stood 86 of 193" in told("90-report", "hindsight.answer(story)")


def spans() -> list[tuple[Path, str]]:
    """Every piece of code within a line of the pages."""
    found = []
    for page in PAGES:
        for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
            inside = token.children or []
            found += [(page, each.content) for each in inside if each.type == "code_inline"]
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_every_target_named_exists() -> None:
    named = {
        (page.name, words[1])
        for page, code in spans()
        if (words := code.split())[0] == "make" and len(words) > 1
    }
    assert {("README.md", "lab"), ("README.md", "explore")} <= named
    assert {(page, target) for page, target in named if target not in targets()} == set()


def test_every_command_and_option_named_exists() -> None:
    wrong = []
    for page, code in spans():
        words = code.split()
        if words[0] != "rankings" or len(words) == 1:
            continue
        command = main.commands.get(words[1])
        if isinstance(command, click.Group) and len(words) > 2:
            command = command.commands.get(words[2])
        known = {name for each in getattr(command, "params", []) for name in each.opts}
        used = {word.split("=")[0] for word in words[2:] if word.startswith("--")}
        if command is None or not used <= known:
            wrong.append((page.name, code))
    assert wrong == []


def test_the_keys_of_the_explorers_address_are_those_it_reads() -> None:
    text = (DOCS / "explorer.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", text, re.MULTILINE))
    assert list(told) == list(question.DEFAULTS)
    for key, default in question.DEFAULTS.items():
        assert told[key] == f"`{default}`" if default else "`" not in told[key], key
    (example,) = re.findall(r"^\?(.+)$", text, re.MULTILINE)
    asked = question.read(dict(part.split("=") for part in example.split("&")))
    assert (asked.story.economy, str(asked.story.band)) == ("EST", "20:30")


@dataclass
class Reader(HTMLParser):
    """What a built page takes, leads to and shows.

    Attributes:
        taken: addresses of what the browser loads with the page.
        links: addresses of links.
        ids: what can be jumped to.
        images: attributes of pictures.
        formulas: how many there are.
        text: of the formulas.
    """

    taken: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    images: list[dict[str, str]] = field(default_factory=list)
    formulas: int = 0
    text: str = ""
    _inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("index", "search", "next", "prev"):
            self.taken.append(given["href"])
        elif tag in ("img", "script", "iframe", "source", "embed", "video", "audio"):
            self.taken += [given["src"]] if "src" in given else []
        if tag == "img":
            self.images.append(given)
        if tag == "math":
            self.formulas += 1
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "math"

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built documentation."""
    return documentation.built(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="session")
def read(site: Path) -> dict[str, Reader]:
    """Every built page by its path."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.parts:
            reader = pages[path.relative_to(site).as_posix()] = Reader()
            reader.feed(path.read_text(encoding="utf-8"))
    return pages


def test_every_page_and_notebook_is_on_the_site(read: dict[str, Reader]) -> None:
    pages = {f"{path.stem}.html" for path in DOCS.glob("*.md")}
    books = {f"notebooks/{path.stem}.html" for path in BOOKS}
    assert pages | books <= set(read)
    assert len(books) >= 8


def test_a_page_takes_nothing_from_elsewhere(site: Path, read: dict[str, Reader]) -> None:
    for name, page in read.items():
        for address in page.taken:
            parts = urlsplit(address)
            assert (parts.scheme, parts.netloc) == ("", ""), f"{name} takes {address}"
            assert ((site / name).parent / unquote(parts.path)).is_file(), f"{name}: no {address}"
    for path in site.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import\s)[\"']?([^)\"';]+)", path.read_text("utf-8")):
            assert address.startswith(("data:", "#")) or not urlsplit(address).netloc, path


def test_every_link_within_the_site_leads_somewhere(site: Path, read: dict[str, Reader]) -> None:
    broken = []
    for name, page in read.items():
        for address in page.links:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address in ("", "#"):
                continue
            path = ((site / name).parent / unquote(parts.path)).resolve() if parts.path else None
            goal = path.relative_to(site.resolve()).as_posix() if path else name
            known = read[goal].ids if goal in read else set()
            if not (site / goal).is_file() or (parts.fragment and parts.fragment not in known):
                broken.append((name, address))
    assert broken == []


def test_every_picture_says_what_is_seen(read: dict[str, Reader]) -> None:
    shown = [(name, image) for name, page in read.items() for image in page.images]
    assert len(shown) > 20
    for name, image in shown:
        assert len(image.get("alt", "").split()) > 4, f"{name}: {image}"


def test_pictures_of_notebooks_have_the_alt_text_and_width_of_their_output(
    read: dict[str, Reader],
) -> None:
    for path in BOOKS:
        outputs = [
            output.metadata["image/png"]
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", [])
            if "image/png" in output.get("data", {})
        ]
        told = [(each["alt"], str(each["width"])) for each in outputs]
        images = read[f"notebooks/{path.stem}.html"].images
        assert [(each["alt"], each["width"]) for each in images] == told, path.name


def test_every_formula_is_mathml(read: dict[str, Reader]) -> None:
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    inside, alone = text.count("$$") // 2, text.replace("$$", "").count("$") // 2
    assert read["methods.html"].formulas == inside + alone > 40
    assert not re.search(r"[\\$_^{}]{2}|\\", read["methods.html"].text)


def test_every_command_is_on_its_page(site: Path) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    assert [name for name in main.commands if f'id="rankings-{name}"' not in text] == []
    assert "--scheduler" in text


def test_every_marked_place_is_filled(site: Path) -> None:
    marked = [
        path.name for path in DOCS.glob("*.md") if "<!-- generated:" in path.read_text("utf-8")
    ]
    assert len(marked) >= 4
    left = [path.name for path in site.rglob("*.html") if "generated: " in path.read_text("utf-8")]
    assert left == []


def test_every_source_is_on_the_page_of_data(site: Path) -> None:
    text = (site / "data.html").read_text(encoding="utf-8")
    held = pd.read_csv(ROOT / "data" / "raw" / "sources.csv", keep_default_na=False)
    missing = [row.source_id for row in held.itertuples() if str(row.address) not in text]
    assert missing == []
