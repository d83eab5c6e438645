"""The landing page of an index of one's own: a table of all units that equals the index."""

import re
from pathlib import Path

import pytest
from own_folders import ASEM, PROVINCES

from rankings.language.messages import number
from rankings.own import certainty
from rankings.own.index import built
from rankings.own.question import ask_own
from rankings.pages import export, own_overview


def landing(tmp_path: Path, table: object, language: str) -> str:
    stories = [export.Story("Viet Nam", "a sentence", [("Own index", "vnm/index.html")])]
    page = export.index_page(
        tmp_path / "index.html",
        title="Index",
        stories=stories,
        language=language,
        overview=table,  # type: ignore[arg-type]
    )
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_unit_has_its_line_and_pages_are_linked(tmp_path: Path, language: str) -> None:
    story = ask_own(ASEM, "VNM", language=language)
    table = own_overview.overview(story, {"VNM": "vnm"}, failed={"vnm": "no reason"})
    assert [line.iso3 for line in table.lines] == list(story.results["unit"])
    mine = next(line for line in table.lines if line.iso3 == "VNM")
    assert (mine.href, mine.failed) == ("vnm/index.html", "no reason")
    assert {line.href for line in table.lines if line is not mine} == {""}
    rank, score, interval, *parts = mine.cells
    row = story.row
    assert rank[0] == str(row["rank"])
    assert float(score[1]) == row["score"]
    held = certainty.interval_of(story)
    assert interval[0] == f"{int(held['low'])}-{int(held['high'])}"
    values = built(story.index, story.year).aggregated.loc["VNM", ["Conn", "Sust"]]
    assert [float(key) for _text, key in parts] == list(values)
    assert len(table.titles) == 1 + len(mine.cells)

    html = landing(tmp_path, table, language)
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    assert body.count("<tr ") == 51
    assert body.count("<a href") == 1
    assert all(len(re.findall("<td", line)) == len(mine.cells) for line in body.split("<tr ")[1:])
    assert html.count("data-sorts") - html.count('"data-sorts"') == len(table.titles)
    assert "tiles" not in body
    assert 'id="map"' not in html


def test_ranks_as_published_are_not_mixed_with_computed_ones(tmp_path: Path) -> None:
    story = ask_own(PROVINCES, "Đà Nẵng")
    table = own_overview.overview(story, {})
    assert len(table.lines) == 63
    assert "published ranks of 63" in table.caption
    assert "among the 5 units with figures" in table.source
    with_figures = [line for line in table.lines if line.cells[3][0] != own_overview.BLANK]
    assert len(with_figures) == 5
    assert with_figures[0].cells[0][0] == "1"
    old = own_overview.overview(ask_own(PROVINCES, "Hà Nội", 2017), {})
    assert all(len(line.cells) == 2 for line in old.lines)
    assert number(12) in [line.cells[0][0] for line in old.lines]
    assert "data-sorts" in landing(tmp_path, old, "en")
