"""The report site as a reader opens it, from a file: table, map, pages, two languages."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import browsing
import pytest
from conftest import OpenPage, Screenshot
from playwright.sync_api import Locator, Page, expect

import rankings
from rankings.language.messages import _, speaking
from rankings.report import summary as pages

PIPELINE = """
title = "Four economies"
out = "four"
notebooks = ["90-report"]
front = "90-report"

[defaults]
as_of = "newest"
band = "30:50"
target_year = 2030
peers = "ASEAN"
language = "en"
seed = 2018

[[stories]]
name = "2030"
title = "{name}: among the first 30 to 50 by 2030?"
economies = [ECONOMIES]
"""
ECONOMIES = {"EST": "Estonia", "NAM": "Namibia", "THA": "Thailand", "VNM": "Viet Nam"}


RUNS = {"en": list(ECONOMIES), "vi": ["EST", "THA", "VNM"]}


def started(folder: Path, language: str) -> subprocess.Popen[bytes]:
    """A batch of a language's economies, run by command into the folder's "out"."""
    folder.mkdir()
    pipeline = folder / "four.toml"
    listed = ", ".join(f'"{code}"' for code in RUNS[language])
    pipeline.write_text(PIPELINE.replace("ECONOMIES", listed), encoding="utf-8")
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "rankings", "batch", str(pipeline)),
            *("--out", str(folder / "out"), "--language", language),
        ],
        cwd=browsing.ROOT,
        env=os.environ | {"RANKINGS_STORE": ""},
    )


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The landing page of a run in each language; both run at the same time."""
    folder = tmp_path_factory.mktemp("sites")
    running = {language: started(folder / language, language) for language in RUNS}
    try:
        ended = {language: each.wait(timeout=900) for language, each in running.items()}
    finally:
        for each in running.values():
            each.kill()
    assert set(ended.values()) == {0}
    return {language: folder / language / "out" / "index.html" for language in RUNS}


@pytest.fixture(scope="module")
def site(sites: dict[str, Path]) -> Path:
    return sites["en"]


@pytest.fixture(scope="module")
def numbers(site: Path) -> dict[str, dict[str, Any]]:
    """The headline numbers of the run for machines, by economy."""
    held = json.loads((site.parent / "results.json").read_text(encoding="utf-8"))
    return {row["economy"]: row for row in held}


@pytest.fixture
def landing(site: Path, page: Page) -> Page:
    page.goto(site.as_uri())
    return page


def order(page: Page) -> list[str]:
    """The codes of the rows that are seen, from the top."""
    rows = page.locator("table.all tbody tr").all()
    return [row.get_attribute("data-code") or "" for row in rows if row.is_visible()]


def column(page: Page, place: int) -> dict[str, str]:
    """The text of a column, by economy."""
    rows = page.locator("table.all tbody tr").all()
    return {
        row.get_attribute("data-code") or "": row.locator("th, td").nth(place).inner_text()
        for row in rows
    }


def heading(page: Page, words: str) -> Locator:
    return page.locator("table.all thead button").filter(has_text=words)


def test_the_table_says_the_numbers_of_the_run(
    landing: Page, numbers: dict[str, dict[str, Any]], screenshot: Screenshot
) -> None:
    ranks = column(landing, 1)
    assert ranks == {code: str(row["published_rank"]) for code, row in numbers.items()}
    assert column(landing, 4) == {code: str(row["median_rank"]) for code, row in numbers.items()}
    assert order(landing) == sorted(ECONOMIES, key=lambda code: int(ranks[code]))
    screenshot("landing")


def test_a_click_sorts_and_a_second_one_turns_the_order(
    landing: Page, numbers: dict[str, dict[str, Any]]
) -> None:
    by_name = sorted(ECONOMIES, key=lambda code: ECONOMIES[code])
    by_chance = sorted(ECONOMIES, key=lambda code: numbers[code]["p_rank_at_most_worst"])
    for words, expected in (("Economy", by_name), ("hance of rank", by_chance)):
        button = heading(landing, words)
        button.click()
        assert order(landing) == expected
        cell = button.locator("xpath=..")
        expect(cell).to_have_attribute("aria-sort", "ascending")
        button.click()
        assert order(landing) == expected[::-1]
        expect(cell).to_have_attribute("aria-sort", "descending")
    assert landing.locator("thead th[aria-sort]").count() == 1


def test_the_keyboard_reaches_the_headings_and_sorts(landing: Page) -> None:
    button = heading(landing, "Economy")
    for _tab in range(30):
        landing.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert button.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
    landing.keyboard.press("Enter")
    assert order(landing) == ["EST", "NAM", "THA", "VNM"]
    landing.keyboard.press("Space")
    assert order(landing) == ["VNM", "THA", "NAM", "EST"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("viet", {"VNM"}), ("Việt", {"VNM"}), ("tha", {"THA"}), ("ia", {"EST", "NAM"}), ("xx", set())],
)
def test_the_search_finds_by_name_and_code(landing: Page, typed: str, found: set[str]) -> None:
    search = landing.get_by_label("Search an economy")
    search.press_sequentially(typed)
    assert set(order(landing)) == found
    search.fill("")
    assert set(order(landing)) == set(ECONOMIES)


def test_a_region_is_compared_and_all_are_shown_again(landing: Page) -> None:
    landing.locator("table.all").get_by_role("link", name="South-Eastern Asia").first.click()
    assert set(order(landing)) == {"THA", "VNM"}
    landing.get_by_role("link", name="Show all").click()
    assert set(order(landing)) == set(ECONOMIES)


def test_a_link_leads_to_the_report_and_back(landing: Page, screenshot: Screenshot) -> None:
    landing.locator("table.all").get_by_role("link", name="Estonia").click()
    with speaking("en"):
        said = pages.answer(rankings.ask("EST")).text
    expect(landing.locator("p.rk-answer")).to_have_text(said)
    screenshot("report")
    landing.go_back()
    assert set(order(landing)) == set(ECONOMIES)
    landing.go_forward()
    landing.get_by_role("link", name="All reports").click()
    assert set(order(landing)) == set(ECONOMIES)


def test_a_tile_says_its_rank_and_leads_to_its_report(
    landing: Page, numbers: dict[str, dict[str, Any]]
) -> None:
    row = numbers["NAM"]
    said = f"Namibia: rank {row['published_rank']} of {row['of_economies']}"
    landing.get_by_role("link", name=said).click()
    assert landing.url.endswith("/nam-2030/index.html")
    expect(landing.locator("p.rk-answer")).to_contain_text("Namibia stood")


SIZES = {
    "phone": {"viewport": {"width": 390, "height": 844}},
    # 1280 points at 200 % leave 640 of them to lay the page out.
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("file", ["index.html", "vnm-2030/index.html"])
def test_a_small_window_does_not_scroll_sideways(
    site: Path, open_page: OpenPage, screenshot: Screenshot, size: str, file: str
) -> None:
    page = open_page(**SIZES[size])
    page.goto((site.parent / file).as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.evaluate("document.documentElement.clientWidth")
    screenshot("page", page)


def test_without_scripts_the_table_reads_the_same(site: Path, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(site.as_uri())
    assert set(order(page)) == set(ECONOMIES)
    expect(page.locator("#search")).to_be_hidden()
    page.locator("table.all").get_by_role("link", name="Thailand").click()
    expect(page.locator("p.rk-answer")).to_contain_text("Thailand stood")


def test_everything_is_read_from_files(landing: Page, recorder: browsing.Recorder) -> None:
    landing.locator("table.all").get_by_role("link", name="Viet Nam").click()
    expect(landing.locator("p.rk-answer")).to_be_visible()
    schemes = {url.split(":")[0] for url in recorder.requests}
    assert schemes <= {"file", "data"}
    assert "file" in schemes


def test_vietnamese_from_the_landing_page_to_the_answer(
    sites: dict[str, Path], page: Page, screenshot: Screenshot
) -> None:
    page.goto(sites["vi"].as_uri())
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    screenshot("landing")
    with speaking("vi"):
        search = page.get_by_label(_("Search an economy"))
    search.press_sequentially("viet nam")
    assert order(page) == ["VNM"]
    page.locator("table.all").get_by_role("link", name="Việt Nam").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    told = rankings.ask("VNM", language="vi")
    with speaking("vi"):
        said = pages.answer(told).text
    expect(page.locator("p.rk-answer")).to_have_text(said)
    screenshot("report")
