"""What new figures moved: release by release, adding up, with the figures behind it."""

import pandas as pd
import pytest

import rankings
from rankings.forecasts import moves
from rankings.forecasts.joint import Joint


@pytest.fixture(scope="module")
def found(held: rankings.World) -> pd.DataFrame:
    return moves.moves(held, "2026-11-30", 2018, draws=500)


def test_releases_come_in_the_order_of_their_dates(found: pd.DataFrame) -> None:
    mine = found.query("iso3 == 'VNM'")
    assert list(mine["series"]) == [
        "expected_years_schooling",
        "mean_years_schooling",
        "fixed_broadband_per100",
        "internet_users_pct",
        "mobile_cellular_per100",
    ]
    assert list(mine["released"]) == ["2025-05", "2025-05", "2026-08", "2026-08", "2026-08"]


def test_a_decision_of_a_publisher_is_told_from_a_newer_year(found: pd.DataFrame) -> None:
    row = found.query("iso3 == 'VNM' and series == 'expected_years_schooling'").iloc[0]
    assert (row["year_before"], row["year_after"]) == (2022, 2023)
    assert round(row["figure_before"], 2) == 13.05
    assert round(row["restated"], 2) == 15.46
    assert row["reason"] == "revised and newer year"
    users = found.query("iso3 == 'VNM' and series == 'internet_users_pct'").iloc[0]
    assert users["reason"] == "others moved"
    assert users["figure_before"] == pytest.approx(users["figure_after"], abs=0.005)


def test_a_first_figure_is_told_as_one(found: pd.DataFrame) -> None:
    row = found.query("iso3 == 'GEO' and series == 'internet_users_pct'").iloc[0]
    assert pd.isna(row["year_before"])
    assert row["reason"] == "first figure"


def test_the_steps_lead_from_what_was_held_to_what_is_registered(
    found: pd.DataFrame, held: rankings.World
) -> None:
    drawn = Joint(held, 2025, 2026, 2018, 500, known="2026-11-30").draws("EGDI")
    last = found.drop_duplicates("iso3", keep="last").set_index("iso3")
    chance = {iso3: (drawn.of(iso3)[:, 0] <= 50).mean() for iso3 in ("VNM", "GEO", "THA")}
    # The joint draws have e-participation beside: their residual rows are fewer, none is here.
    assert last.loc[list(chance), "chance50_after"].to_dict() == pytest.approx(chance, abs=0.06)
    steps = found.groupby("iso3")
    assert (
        steps["median_after"].apply(lambda each: each.iloc[:-1].tolist())
        == steps["median_before"].apply(lambda each: each.iloc[1:].tolist())
    ).all()


def test_an_economy_is_told_by_what_moved_it_most(found: pd.DataFrame) -> None:
    rows = moves.by_economy(found).set_index("iso3")
    assert len(rows) == found["iso3"].nunique() == 193
    assert rows.loc["VNM", "series"] == "expected_years_schooling"
    own = found.query("iso3 == 'VNM'")
    assert rows.loc["VNM", "points"] == pytest.approx(own["points"].sum())


def test_no_release_by_the_day_moves_nothing(held: rankings.World) -> None:
    assert moves.moves(held, "2025-04-30", 2018, draws=50).empty
