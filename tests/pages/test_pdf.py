"""A PDF of a page: tagged, the same each time, in Vietnamese letters, without a network."""

import os
import re
import shutil
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from nbformat import v4, write

from rankings import tables
from rankings.errors import InputError
from rankings.figures import Picture
from rankings.language.messages import speaking
from rankings.pages import export, pdf

pytest.importorskip("weasyprint", exc_type=OSError)

HEADING = "## How sure"
ALT = "Việt Nam đứng hạng 88: một hình để đọc."


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported page with a heading, a table longer than a page, and a picture."""
    import pandas as pd

    figure = Figure(figsize=(4, 3))
    figure.subplots().plot([88, 86, 71])
    data, metadata = Picture(figure, ALT, "Nguồn: thử")._repr_mimebundle_()
    long = tables.table(
        pd.DataFrame({"name": [f"Nền kinh tế {n}" for n in range(90)], "rank": range(90)}),
        {"name": tables.text("Nền kinh tế"), "rank": tables.figure("Hạng")},
        caption="Ngay trên và ngay dưới",
        source="Nguồn: thử.",
    )
    outputs = [
        v4.new_output("display_data", data=long._repr_mimebundle_()),
        v4.new_output("display_data", data=data, metadata=metadata),
    ]
    cells = [
        v4.new_markdown_cell("# Where we stand, why, and what the target takes"),
        v4.new_markdown_cell(HEADING),
        v4.new_code_cell("show()", outputs=outputs),
    ]
    folder = tmp_path_factory.mktemp("pdf")
    write(v4.new_notebook(cells=cells), folder / "50-how-sure.ipynb")
    return export.to_html(
        folder / "50-how-sure.ipynb", folder / "50-how-sure.html", title="Việt Nam", language="vi"
    )


@pytest.fixture(scope="module")
def made(page: Path) -> Path:
    with speaking("vi"):
        return pdf.to_pdf(page, page.parent / "printed" / "50-how-sure.pdf")


def opened(path: Path) -> bytes:
    """The file with every compressed stream unpacked."""
    content = path.read_bytes()
    parts = [content]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    return b"\n".join(parts)


def test_it_is_a_tagged_document_with_pages(made: Path) -> None:
    inside = opened(made)
    assert inside.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", inside)) >= 3  # the table alone fills two
    assert b"/Marked true" in inside
    assert re.search(rb"pdfuaid:part", inside)
    assert re.search(rb"/Lang \(vi\)", inside)


def test_alternative_texts_and_headings_are_kept(made: Path) -> None:
    inside = opened(made)
    assert inside.count(b"/S /Figure") == 1
    spoken = re.search(rb"/Alt <([0-9a-f]+)>", inside)
    assert spoken is not None
    assert bytes.fromhex(spoken[1].decode()).decode("utf-16") == ALT
    assert b"/S /H2" in inside
    assert b"/S /TH" in inside


def test_letters_are_those_that_come_with_the_figures(made: Path) -> None:
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+([\w-]+)", opened(made)))
    assert {name for name in fonts if not name.startswith(b"Rankings-Sans")} == set()
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    assert all((folder / name).is_file() for name in pdf.FACES.values())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not here")
def test_it_says_what_the_page_says_in_vietnamese(made: Path) -> None:
    run = subprocess.run(
        ["pdftotext", "-layout", str(made), "-"], capture_output=True, text=True, check=True
    )
    assert "Chắc chắn đến đâu" in run.stdout
    assert "Nền kinh tế 89" in run.stdout
    assert run.stdout.count("Hạng") >= 2  # the head of the table on both pages


def test_it_is_the_same_each_time(page: Path, made: Path, tmp_path: Path) -> None:
    again = pdf.to_pdf(page, tmp_path / "again.pdf")
    assert again.read_bytes() == made.read_bytes()


@pytest.fixture(params=["harfbuzz", "fontTools"])
def small(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], bytes]:
    """A page of few words as a PDF, its letters cut out by either library: one dates them."""
    import weasyprint.pdf.fonts

    if request.param == "fontTools":
        monkeypatch.setattr(weasyprint.pdf.fonts, "harfbuzz_subset", None)
    page = tmp_path / "small.html"
    page.write_text('<html lang="en"><title>t</title><h1>Việt Nam</h1></html>', encoding="utf-8")
    return lambda name: pdf.to_pdf(page, tmp_path / name).read_bytes()


def test_it_is_the_same_whatever_the_clock_says(
    small: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, now = small("first.pdf"), time.time
    monkeypatch.setattr(time, "time", lambda: now() + 86_400)
    assert small("tomorrow.pdf") == first
    assert "SOURCE_DATE_EPOCH" not in os.environ


def test_a_date_that_is_given_is_kept(
    small: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert small("dated.pdf") == small("again.pdf")
    assert os.environ["SOURCE_DATE_EPOCH"] == "1700000000"


def test_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("kept")
    (tmp_path / "page.html").write_text(
        '<html lang="en"><title>t</title><h1>t</h1>'
        f'<img alt="a" src="{(tmp_path / "secret.txt").as_uri()}">'
        '<img alt="b" src="http://192.0.2.1/x.png"></html>'
    )
    assert pdf.to_pdf(tmp_path / "page.html", tmp_path / "page.pdf").is_file()


def test_pages_get_their_pdf_once(page: Path, tmp_path: Path) -> None:
    pages = [tmp_path / name for name in ("one.html", "two.html")]
    for each in pages:
        shutil.copy(page, each)
    targets = pdf.beside(pages, jobs=2)
    assert [target.name for target in targets] == ["one.pdf", "two.pdf"]
    before = [target.stat().st_mtime_ns for target in targets]
    pages[1].touch()
    os.utime(pages[1], ns=(before[1] + 10**9, before[1] + 10**9))
    pdf.beside(pages, jobs=1)
    after = [target.stat().st_mtime_ns for target in targets]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="export it first"):
        pdf.to_pdf(tmp_path / "none.html", tmp_path / "none.pdf")
    assert list(tmp_path.iterdir()) == []
