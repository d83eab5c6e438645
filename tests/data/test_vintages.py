"""New releases stand beside what is held, old ones are for back-tests alone, parts give no rank."""

import pandas as pd
import pytest

import rankings
from rankings.data import provenance, vintages
from rankings.errors import InputError

SERIES = "expected_years_schooling"


def cell(rows: pd.DataFrame, series: str, iso3: str, year: int) -> float:
    found = rows.query("series == @series and iso3 == @iso3 and year == @year")["value"]
    assert len(found) == 1
    return float(found.iloc[0])


@pytest.mark.parametrize(
    ("until", "expected"),
    [(2018, 13.05), (2024, 13.05), ("2025-04-30", 13.05), ("2025-05-31", 15.46), (2025, 15.46)],
)
def test_a_later_release_counts_from_its_day_on(
    held: rankings.World, until: int | str, expected: float
) -> None:
    value = cell(held.series_at(until), SERIES, "VNM", 2022)
    assert round(value, 2) == expected


def test_every_release_of_a_figure_stays_visible(held: rankings.World) -> None:
    rows = held.every_series.query("series == @SERIES and iso3 == 'VNM' and year == 2021")
    found = dict(zip(rows["vintage"], rows["value"].round(2), strict=True))
    assert found == {"HDR 2021-22": 12.95, "HDR 2023-24": 13.05, "HDR 2025": 15.23}


def test_past_years_read_what_they_read_before_the_new_releases(held: rankings.World) -> None:
    base = held.every_series.query("role == 'base'")
    same = held.series_at(2024)
    pd.testing.assert_frame_equal(
        same[["series", "iso3", "year", "value"]],
        base[["series", "iso3", "year", "value"]].reset_index(drop=True),
    )


def test_what_was_known_then_never_counts_today(held: rankings.World) -> None:
    assert not held.every_series.query("role == 'then'")["current"].any()
    for until in (2019, 2025, "2026-11-30"):
        assert set(held.series_at(until)["role"]) <= {"base", "newer"}


def test_one_sees_whole_releases_of_then_and_nothing_later(held: rankings.World) -> None:
    seen = vintages.known_then(held.every_series, 2021)
    released = seen.groupby("series")["released"].unique()
    assert {name: list(each) for name, each in released.items()} == {
        "fixed_broadband_per100": ["2019-08"],
        "fixed_telephone_per100": ["2019-08"],
        "households_internet_pct": ["2019-06"],
        "internet_users_pct": ["2021-03"],
        "mobile_cellular_per100": ["2021-03"],
    }
    assert seen["year"].max() <= 2020
    assert cell(seen, "mobile_cellular_per100", "VNM", 2018) == pytest.approx(147.2, abs=0.005)
    assert vintages.known_then(held.every_series, 2018).empty


def test_releases_are_listed_with_how_full_their_last_year_is(held: rankings.World) -> None:
    listed = vintages.releases(held.every_series).set_index(["series", "released"])
    row = listed.loc[("internet_users_pct", "2019-06")]
    assert (row["last"], row["in_last"]) == (2018, 72)
    row = listed.loc[("internet_users_pct", "2026-08")]
    assert (row["last"], row["in_last"]) == (2024, 179)


def test_a_part_of_an_edition_ranks_nobody_and_says_so(held: rankings.World) -> None:
    panel = held.panel.query("index == 'GTMI'")
    assert set(panel["edition"]) == {2020, 2022}
    rows = held.beside.query("index == 'GTMI' and edition == 2025")
    assert rows["iso3"].nunique() == 31
    assert len(rows) == 155
    assert rows["because"].str.startswith("only 31 economies of this edition are held").all()
    mine = rows.query("iso3 == 'VNM' and component == 'overall'")
    assert list(mine["value"]) == [0.736]
    with pytest.raises(InputError, match=r"0\.736 in data/raw/gtmi_partial\.csv, line .* no rank"):
        provenance.facts(held, "VNM", "gtmi:overall", 2025)


def test_facts_as_published_have_an_address_each(held: rankings.World) -> None:
    assert len(held.facts) == 47
    assert held.facts["source_url"].str.startswith("http").all()
    row = held.facts.query(
        "index == 'AI readiness' and period == '2023' and component == 'overall'"
    )
    assert list(row["rank"]) == [59]
