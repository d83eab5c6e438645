"""A page needs no network, runs nothing, and says in words what its pictures show."""

import base64
import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from rankings.errors import DataError
from rankings.pages import export

ATTACK = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
# The header of a PNG of 1400 x 800 points at 200 points an inch.
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I4sII5xI", 13, b"IHDR", 1400, 800, 0)
    + struct.pack(">I4sIIB", 9, b"pHYs", 7874, 7874, 1)
).decode()


def shown(data: dict[str, str], metadata: dict[str, dict[str, str]] | None = None) -> object:
    output = v4.new_output("display_data", data=data, metadata=metadata or {})
    return v4.new_code_cell("show()", execution_count=7, outputs=[output])


def picture(alt: str = "A line that rises.") -> object:
    return shown({"image/png": PNG}, {"image/png": {"alt": alt}})


def write(folder: Path, *cells: object, **metadata: object) -> Path:
    path = folder / "notebooks" / "10-where.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def page(folder: Path, *cells: object, title: str = "A report", **options: object) -> str:
    notebook = write(folder, *cells)
    return export.to_html(notebook, folder / "10-where.html", title=title, **options).read_text()


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag == name]


def inert(html: str) -> bool:
    tags = Tags(html)
    return (
        not tags.named("script")
        and not any(name.startswith("on") for _, held in tags.all for name in held)
        and all((held["src"] or "").startswith("data:") for held in tags.named("img"))
    )


def test_page_loads_nothing(tmp_path: Path) -> None:
    prose = v4.new_markdown_cell("# Where?\n\nSee [the survey](https://example.org/egov).")
    html = page(tmp_path, prose, picture(), shown({"text/html": "<table><tr><td>1</table>"}))
    assert inert(html)
    assert "<script" not in html
    assert not Tags(html).named("link")
    assert re.findall(r"url\(|@import", html) == []
    assert "default-src 'none'" in html
    assert 'href="https://example.org/egov"' in html


def test_page_has_language_title_and_one_heading(tmp_path: Path) -> None:
    html = page(tmp_path, v4.new_markdown_cell("No heading of its own."))
    assert '<html lang="en">' in html
    assert "<title>A report</title>" in html
    assert "<h1>A report</h1>" in html
    html = page(tmp_path, shown({"text/html": "<h1>Where?</h1>"}))
    assert html.count("<h1>") == 1


def test_navigation_marks_the_page_itself(tmp_path: Path) -> None:
    pages = [("Report", "index.html"), ("Where we stand", "10-where.html")]
    html = page(tmp_path, pages=pages)
    links = [held for held in Tags(html).named("a") if "aria-current" in held]
    assert [held["href"] for held in links] == ["10-where.html"]
    assert "<title>Where we stand – A report</title>" in html
    assert 'href="#text"' in html


def test_navigation_cannot_run_a_script(tmp_path: Path) -> None:
    assert "javascript:" not in page(tmp_path, pages=[("x", "javascript:alert(1)")])


def test_page_leads_to_the_notebook_below_it(tmp_path: Path) -> None:
    assert 'href="notebooks/10-where.ipynb"' in page(tmp_path)
    elsewhere = tmp_path / "elsewhere" / "10-where.html"
    export.to_html(tmp_path / "notebooks" / "10-where.ipynb", elsewhere, title="A report")
    assert ".ipynb" not in elsewhere.read_text()


def test_alternative_text_is_kept_and_escaped(tmp_path: Path) -> None:
    alt = 'Rank < 50 in "grey" & <b>blue</b>, Việt Nam\'s in blue'
    html = page(tmp_path, picture(alt))
    (img,) = Tags(html).named("img")
    assert img["alt"] == alt
    assert "<b>blue" not in html


def test_picture_is_as_wide_as_its_resolution_says(tmp_path: Path) -> None:
    (img,) = Tags(page(tmp_path, picture())).named("img")
    assert img["width"] == "672"


@pytest.mark.parametrize(
    "cell",
    [
        shown({"image/png": PNG}),
        shown({"image/svg+xml": "<svg/>"}, {"image/svg+xml": {"alt": " "}}),
        shown({"text/html": f"<p><img src='data:image/png;base64,{PNG}'></p>"}),
    ],
)
def test_picture_without_alternative_text_is_refused(tmp_path: Path, cell: object) -> None:
    with pytest.raises(DataError, match=r"10-where.ipynb, code cell In \[7\].*alternative text"):
        page(tmp_path, cell)


def test_vector_picture_is_an_image_that_cannot_run(tmp_path: Path) -> None:
    svg = "<svg><script>alert(1)</script></svg>"
    html = page(tmp_path, shown({"image/svg+xml": svg}, {"image/svg+xml": {"alt": "A map."}}))
    assert inert(html)
    assert "<svg" not in html


@pytest.mark.parametrize(
    ("html", "named"),
    [
        ("<p>a</p><SCRIPT src='https://example.org/x.js'></SCRIPT>", "<script>"),
        ("<iframe srcdoc='x'></iframe>", "<iframe>"),
        ("<link rel=stylesheet href='https://example.org/x.css'>", "<link>"),
        ("<p onclick='go()'>a</p>", "onclick="),
        ("<a href=' java\nscript:go()'>a</a>", "href="),
        ("<img alt='A' src='https://example.org/x.png'>", "src="),
    ],
)
def test_output_that_runs_or_loads_is_refused(tmp_path: Path, html: str, named: str) -> None:
    with pytest.raises(DataError, match=re.escape(named)):
        page(tmp_path, shown({"text/html": html}))
    with pytest.raises(DataError, match=r"markdown cell no\. 1"):
        page(tmp_path, v4.new_markdown_cell(html))


def test_attacks_in_text_are_text(tmp_path: Path) -> None:
    failed = v4.new_output("error", ename=ATTACK, evalue=ATTACK, traceback=[ATTACK])
    said = v4.new_output("stream", text=ATTACK)
    notebook = write(
        tmp_path,
        v4.new_code_cell("1", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell(ATTACK, outputs=[failed, said]),
        shown({"text/plain": ATTACK}),
        shown({"text/markdown": ATTACK}),
        picture(ATTACK),
        papermill={"parameters": {ATTACK: ATTACK}},
        title=ATTACK,
    )
    target = tmp_path / "10-where.html"
    export.to_html(notebook, target, title=ATTACK, pages=[(ATTACK, ATTACK)])
    assert inert(target.read_text())
    assert "<script" not in target.read_text()
    export.failure_page(target, title=ATTACK, reason=ATTACK)
    assert inert(target.read_text())
    export.index_page(target, title=ATTACK, stories=[export.Story(ATTACK, ATTACK, [("a", ATTACK)])])
    assert inert(target.read_text())


def test_code_is_folded_and_left_out_when_asked(tmp_path: Path) -> None:
    cell = v4.new_code_cell("secret = 1")
    assert "<details" in page(tmp_path, cell)
    assert "secret" in page(tmp_path, cell)
    assert "secret" not in page(tmp_path, cell, code=False)


@pytest.mark.parametrize("tag", ["hide", "remove-cell"])
def test_hidden_cells_are_dropped(tmp_path: Path, tag: str) -> None:
    cell = v4.new_code_cell("secret = 1", metadata={"tags": [tag]})
    assert "secret" not in page(tmp_path, cell)


def test_parameters_are_a_table_without_the_defaults(tmp_path: Path) -> None:
    notebook = write(
        tmp_path,
        v4.new_code_cell('economy = "VNM"', metadata={"tags": ["parameters"]}),
        v4.new_code_cell('economy = "LAO"', metadata={"tags": ["injected-parameters"]}),
        papermill={"parameters": {"economy": "LAO", "as_of": 2018}},
    )
    html = export.to_html(notebook, tmp_path / "a.html", title="A", code=False).read_text()
    assert re.search(r"economy</th><td>LAO<", html)
    assert re.search(r"as_of</th><td>2018<", html)
    assert "VNM" not in html


def test_errors_are_shown_and_warnings_are_not(tmp_path: Path) -> None:
    warned = v4.new_output("stream", name="stderr", text="FutureWarning: no matter")
    failed = v4.new_output("error", ename="ValueError", evalue="no rank", traceback=["\x1b[31mat"])
    assert "FutureWarning" not in page(tmp_path, v4.new_code_cell("a", outputs=[warned]))
    html = page(tmp_path, v4.new_code_cell("a", outputs=[warned, failed]))
    assert "FutureWarning" in html
    assert "ValueError: no rank" in html
    assert "\x1b" not in html


def test_objects_of_a_picture_are_not_printed(tmp_path: Path) -> None:
    assert "Axes" not in page(tmp_path, shown({"text/plain": "<Axes: xlabel='year'>"}))
    assert "&lt;0.5" in page(tmp_path, shown({"text/plain": "<0.5"}))


def test_each_table_scrolls_in_its_own_box(tmp_path: Path) -> None:
    html = page(tmp_path, shown({"text/html": "<table><tr><td>1</td></tr></table><table></table>"}))
    assert len([held for held in Tags(html).named("div") if held.get("class") == "rk-scroll"]) == 2


def test_answer_is_the_headline_as_text(tmp_path: Path) -> None:
    said = '<p class="rk-answer">Viet Nam is\n<b>71st</b> &amp; rising: 9&nbsp;%</p>'
    told = "Viet Nam is 71st & rising: 9\N{NO-BREAK SPACE}%"
    assert export.answer(write(tmp_path, shown({"text/html": said}))) == told
    assert export.answer(write(tmp_path)) == ""


def test_landing_page_leads_to_every_page(tmp_path: Path) -> None:
    stories = [
        export.Story("VNM", "It is 71st.", [("Report", "a/index.html"), ("Why", "a/w.html")])
    ]
    html = export.index_page(tmp_path / "index.html", title="All", stories=stories).read_text()
    assert "It is 71st." in html
    assert {"a/index.html", "a/w.html"} <= {held["href"] for held in Tags(html).named("a")}


def test_page_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    before = page(tmp_path, v4.new_markdown_cell("first"))
    with pytest.raises(DataError):
        page(tmp_path, v4.new_markdown_cell("second"), picture(alt=""))
    assert (tmp_path / "10-where.html").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["10-where.html", "notebooks"]


def test_what_is_no_notebook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text("{}")
    with pytest.raises(DataError, match=r"x\.ipynb: expected an executed notebook"):
        export.to_html(path, tmp_path / "x.html", title="A")
