"""The page of forecasts on record: every entry as it was registered, for the economies of a run."""

import re
from pathlib import Path

import pytest

import rankings
from rankings.errors import DataError
from rankings.forecasts import registered
from rankings.language import messages
from rankings.pages import export, forecasts
from rankings.report import entries

ASKED = ("VNM", "SGP")


@pytest.mark.parametrize("language", messages.languages())
def test_every_entry_of_the_project_is_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", "")
    page = forecasts.write_page(tmp_path, ASKED, language)
    html = page.read_text(encoding="utf-8")
    assert f'lang="{language}"' in html
    assert html.count("<h2>") == len(registered.entries())
    for entry in registered.entries():
        assert f"{entry.index} {entry.edition}" in html
        rows = entry.table.loc[
            (entry.table["measure"] == entry.index)
            & (entry.table["model"] == entry.head["models"][0])
        ].set_index("iso3")
        own = rows.loc["VNM"]
        line = (
            rf"Vi[eệ]t Nam</t[hd]>\s*<td[^>]*>{own['rank_now']}</td>\s*<td[^>]*>{own['median']}"
            rf"</td>\s*<td[^>]*>{own['low80']}-{own['high80']}<"
        )
        assert re.search(line, html), (entry.name, line)
    assert "<script" not in html
    assert 'href="index.html"' in html


def test_a_changed_entry_is_named_and_the_page_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[registered.Entry]:
        raise DataError("{entry} is not as it was registered on {day}", entry="x-1", day="1 May")

    monkeypatch.setattr(registered, "entries", broken)
    html = forecasts.write_page(tmp_path, ASKED, "en").read_text(encoding="utf-8")
    assert "x-1 is not as it was registered on 1 May" in html
    assert "<table" not in html


def test_the_landing_page_leads_to_it(tmp_path: Path) -> None:
    page = export.index_page(
        tmp_path / "index.html",
        title="Reports",
        stories=[export.Story("Viet Nam", "", [("Report", "vnm/index.html")])],
        beside=[(forecasts.title("en"), forecasts.NAME)],
    )
    assert '<a href="forecasts.html">Forecasts on record</a>' in page.read_text(encoding="utf-8")


def test_chances_by_no_change_stand_beside_where_another_model_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", "")

    told = {
        each.heading.split(",")[0]: each for each in entries.told_entries(rankings.load(), ASKED)
    }
    assert "plain50" in told["EGDI 2026"].tables[0].columns
    assert "plain50" not in told["GCI 2027"].tables[0].columns
