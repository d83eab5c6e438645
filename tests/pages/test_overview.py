"""The way into many reports: a table to sort and search, a map of tiles, numbers for machines."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_export import Tags

import rankings
from rankings.pages import export, results
from rankings.pages import overview as site
from rankings.panel import map
from rankings.story.outlook import choose_model, forecast_ranks
from rankings.story.target import points_needed

CODES = ["VNM", "THA", "DNK", "NAM", "FJI"]
GIVEN = {
    "as_of": 2025,
    "band": "30:50",
    "target_year": 2030,
    "peers": "ASEAN",
    "language": "en",
    "seed": 2018,
}


@pytest.fixture(scope="module")
def book() -> results.Book:
    return results.Book()


@pytest.fixture(scope="module")
def rows(book: results.Book) -> dict[str, Any]:
    book.prepare([GIVEN | {"economy": "VNM"}])
    return {f"{code.lower()}-x": book.row(GIVEN | {"economy": code}) for code in CODES}


@pytest.fixture(scope="module")
def landing(rows: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    failed = {"xxx-x": "cell [3]: no <figures>"}
    titles = {name: f"About {name}" for name in [*rows, *failed]}
    overview = site.overview(rows, failed=failed, titles=titles)
    page = tmp_path_factory.mktemp("site") / "index.html"
    stories = [
        export.Story(titles[name], "", [("Report", f"{name}/index.html")]) for name in titles
    ]
    return export.index_page(page, title="All", stories=stories, overview=overview).read_text()


def test_every_member_of_the_united_nations_has_one_tile(held: rankings.World) -> None:
    members = held.economies.loc[held.economies["un_member_since"].notna(), "iso3"]
    places = map.places()
    assert set(places) == set(members)
    assert len(set(places.values())) == len(places) == 193
    assert all(row >= 1 and 1 <= column <= 28 for row, column in places.values())


def test_table_has_a_row_for_each_economy_with_its_rank_and_link(landing: str) -> None:
    tags = Tags(landing)
    codes = [held["data-code"] for held in tags.named("tr") if "data-code" in held]
    assert codes[:3] == ["DNK", "THA", "VNM"]
    assert set(codes) == {*CODES, ""}
    assert "vnm-x/index.html" in {held.get("href") for held in tags.named("a")}
    row = re.search(r'<tr data-code="VNM".*?</tr>', landing, re.DOTALL)
    assert row is not None
    assert ">71<" in row[0]
    assert ">+15<" in row[0], "from 86 to 71"


def test_table_says_which_ranks_of_how_many_and_which_band_by_when(landing: str) -> None:
    heads = re.findall(r"<th scope=\"col\".*?>(.*?)</th>", landing)
    assert heads == [
        "Economy",
        "EGDI 2024: rank of 193",
        "Places gained since EGDI 2022",
        "EGDI 2030: chance of rank ≤ 50",
        "EGDI 2030: median rank",
        "EGDI 2030: 80 % interval",
        "Compare",
    ]
    assert (
        "of 193 economies, and chance of rank 50 or better by 2030 (the band is 30-50)" in landing
    )
    assert "Source: UN DESA, UN E-Government Survey 2024, published 2024." in landing
    assert "10,000 draws, seed 2018" in landing
    assert '<th scope="col" data-sorts aria-sort="ascending" class="num">EGDI 2024' in landing


def test_lines_of_several_questions_say_which_they_answer(
    rows: dict[str, Any], tmp_path: Path
) -> None:
    other = rows["tha-x"] | {"edition": 2018, "target_year": 2020, "vintage": "2018"}
    mixed = {"vnm-x": rows["vnm-x"], "tha-x": other}
    found = site.overview(mixed, failed={}, titles=dict.fromkeys(mixed, ""))
    assert [line.asked.split(",")[0] for line in found.lines] == [
        "Rank in the EGDI 2018",
        "Rank in the EGDI 2024",
    ]
    assert found.titles[1] == "Rank"
    assert found.titles[6] == "Question"
    assert "2018" in found.source
    assert "2024" in found.source
    html = export.index_page(tmp_path / "a.html", title="A", stories=[], overview=found).read_text()
    assert html.count("Rank in the EGDI 2018") == 1


def test_where_measures_are_switched_each_says_its_question_once(
    rows: dict[str, Any], tmp_path: Path
) -> None:
    other = {"measure": "ICT", "index": "ICT", "edition": 2025, "published_rank": None}
    composite = {"rank_low": 55, "rank_high": 66}
    mixed = rows | {f"{story}-ict": row | other | composite for story, row in rows.items()}
    found = site.overview(mixed, failed={}, titles=dict.fromkeys(mixed, ""))
    assert [code for code, _ in found.questions] == ["EGDI", "ICT"]
    assert found.titles[1] == "Rank"
    assert "Question" not in found.titles
    assert {line.asked for line in found.lines} == {""}
    assert all(
        line.cells[0][0].endswith("(55-66)") == (line.measure == "ICT") for line in found.lines
    )
    assert "In brackets" in found.source
    assert "derived from the scores" not in found.source  # the EGDI's are printed, ICT is ours
    tii = {"measure": "TII", "index": "TII", "published_rank": None}
    below = rows | {f"{story}-tii": row | tii for story, row in rows.items()}
    found_tii = site.overview(below, failed={}, titles=dict.fromkeys(below, ""))
    assert "Ranks in the Telecom (TII) 2024 are derived from the scores." in found_tii.source
    html = export.index_page(tmp_path / "a.html", title="A", stories=[], overview=found).read_text()
    assert html.count("Rank in the ICT 2025") == html.count("Rank in the EGDI 2024") == 1


def test_page_speaks_its_language(rows: dict[str, Any]) -> None:
    found = site.overview(rows, failed={}, titles=dict.fromkeys(rows, ""), language="vi")
    assert [name for name, _ in found.groups] == ["ASEAN", "Đông Nam Á"]
    assert found.words["shown"] == f"{{shown}}/{len(rows)} dòng"
    line = next(line for line in found.lines if line.iso3 == "DNK")
    assert line.also == "Denmark", "found by its English name too"


def test_report_that_failed_is_listed_with_its_reason(landing: str) -> None:
    assert "cell [3]: no &lt;figures&gt;" in landing


def test_map_writes_each_rank_and_says_it(landing: str) -> None:
    assert 'aria-label="Viet Nam: rank 71 of 193"' in landing
    assert landing.count('class="tile shade') == len(CODES) + map.CLASSES
    assert "EGDI 2024, rank of 193:" in landing
    assert "No borders and no seas are drawn" in landing
    assert map.shade(1, 193) == 0
    assert map.shade(193, 193) == map.CLASSES - 1


def test_map_is_cut_to_the_economies_of_the_page(rows: dict[str, Any]) -> None:
    near = {name: rows[name] for name in ("vnm-x", "tha-x")}
    found = site.overview(near, failed={}, titles=dict.fromkeys(near, ""))
    assert min(tile.row for tile in found.tiles) == min(tile.column for tile in found.tiles) == 1
    held = map.places()
    assert found.width == held["VNM"][1] - held["THA"][1] + 1


def test_compare_links_name_economies_of_the_table(landing: str) -> None:
    links = re.findall(r'href="#compare=([A-Z,]+)"', landing)
    assert "THA,VNM" in links
    assert {code for link in links for code in link.split(",")} <= set(CODES)


def test_only_our_own_script_may_run_and_nothing_is_loaded(landing: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", landing, re.DOTALL)
    assert scripts == [site.script()]
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in landing
    assert "default-src 'none'" in landing
    assert not re.findall(r"https?://|url\(|@import|fetch\(|XMLHttp|eval\(|innerHTML", landing)
    tags = Tags(landing)
    assert not tags.named("link")
    assert not tags.named("img")
    assert not [name for _, held in tags.all for name in held if name.startswith("on")]


def test_story_in_another_language_says_so(tmp_path: Path) -> None:
    pages = [("Báo cáo", "vi/index.html")]
    stories = [export.Story("One", "", pages), export.Story("Hai", "", pages, "vi")]
    html = export.index_page(tmp_path / "index.html", title="All", stories=stories).read_text()
    assert [held.get("lang") for held in Tags(html).named("li")] == [None, "vi"]


def test_page_of_one_story_still_holds_no_script(tmp_path: Path) -> None:
    html = export.index_page(tmp_path / "index.html", title="All", stories=[]).read_text()
    assert "script" not in html


def test_headlines_are_the_numbers_of_the_report(
    rows: dict[str, Any], seen2025: rankings.Story
) -> None:
    row = rows["vnm-x"]
    last = forecast_ranks(seen2025).iloc[-1]
    even = points_needed(seen2025).iloc[0]
    assert list(row) == list(results.COLUMNS)
    assert (row["published_rank"], row["competition_rank"], row["of_economies"]) == (71, 71, 193)
    assert row["p_rank_at_most_worst"] == pytest.approx(last["reach"])
    assert row["p_in_band"] == pytest.approx(last["inside"])
    assert (row["median_rank"], row["low80"], row["high80"]) == (
        last["median"],
        last["low80"],
        last["high80"],
    )
    assert row["needed_points_50"] == pytest.approx(even["points"])
    assert row["model"] == choose_model(seen2025)
    assert row["source_id"] in set(seen2025.world.sources["source_id"])
    assert results.headlines(seen2025) == row


def test_headlines_carry_source_edition_and_seed(
    rows: dict[str, Any], seen2025: rankings.Story
) -> None:
    row = rows["vnm-x"]
    last, plain = forecast_ranks(seen2025), forecast_ranks(seen2025, "no change")
    assert row["p_rank_at_most_worst"] == pytest.approx(
        row["p_in_band"] + row["p_better_than_band"]
    )
    assert row["p_better_than_band"] == pytest.approx(last["better"].iloc[-1])
    assert row["p_no_change"] == pytest.approx(plain["reach"].iloc[-1])
    assert (row["vintage"], row["published_year"], row["reference_year"]) == ("2024", 2024, None)
    assert row["source"].startswith("United Nations Department of Economic and Social Affairs: ")
    assert (row["rank_before"], row["of_before"]) == (86, 193)
    assert row["source_id_before"] == "un-egov-2022"
    assert (row["draws"], row["seed"]) == (10000, 2018)


def test_every_column_of_the_results_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert described == ["story", *results.COLUMNS]


def test_results_are_written_for_machines(rows: dict[str, Any], tmp_path: Path) -> None:
    results.write(tmp_path, rows)
    held = json.loads((tmp_path / "results.json").read_text())
    assert [row["story"] for row in held] == list(rows)
    assert {key: held[0][key] for key in results.COLUMNS} == rows["vnm-x"]
    table = pd.read_parquet(tmp_path / "results.parquet")
    assert list(table.columns) == ["story", *results.COLUMNS]
    assert table["published_rank"].tolist() == [row["published_rank"] for row in held]
