"""A back-test on figures as they stood on their day: whole releases, nothing revised later."""

import pandas as pd
import pytest

import rankings
from rankings.forecasts import as_known, closing, record
from rankings.panel.definitions import definition


def test_which_release_was_the_newest_at_each_origin(held: rankings.World) -> None:
    found = as_known.coverage(held, definition("EGDI"), {2016: 2018, 2018: 2020, 2022: 2024})
    assert set(found["origin"]) == {2018, 2022}
    row = found.set_index(["origin", "series"]).loc[(2018, "internet_users_pct")]
    assert (row["released"], row["last"], row["in_last"]) == ("2019-06", 2018, 72)
    schooling = found.query("component == 'hci'")
    assert set(schooling["released"]) == {"2022-09"}
    assert set(schooling["origin"]) == {2022}


def test_both_readings_are_of_the_same_series(held: rankings.World) -> None:
    (then, seen, real), (today, now, never) = as_known.readings(
        held, definition("EGDI"), 2020, 2025
    )
    assert (then, real, never) == ("as known then", True, False)
    assert today == as_known.SAME_SERIES
    assert set(seen["series"]) == set(now["series"])
    assert seen["year"].min() == now["year"].min() == 2008
    assert seen["year"].max() == 2018


def test_a_figure_released_later_changes_nothing_as_known_then(held: rankings.World) -> None:
    index = definition("EGDI")
    later = held.every_series.assign(
        value=held.every_series["value"].where(held.every_series["released"] < "2019-12", 1.0)
    )
    other = _Tables(later)
    for component in ("", "tii"):
        seen = as_known.released_by(held, index, 2020, component)
        pd.testing.assert_frame_equal(seen, as_known.released_by(other, index, 2020, component))
    assert as_known.released_by(held, index, 2020, "hci").empty


class _Tables:
    """Releases with other values, and no series of today."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.every_series = rows

    def series_at(self, until: int | str) -> pd.DataFrame:
        raise AssertionError(until)


@pytest.mark.slow
def test_the_record_has_rows_as_known_then_beside_the_others(held: rankings.World) -> None:
    rows = record.record(held, "TII", 2025, 2018, draws=200)
    then = rows.query("information == 'as known then'")
    assert set(then["origin"]) == {2018, 2020, 2022}
    assert then["real_time"].all()
    assert not rows.query("information in ('nowcast', @as_known.SAME_SERIES)")["real_time"].any()
    assert len(rows.query("information == @as_known.SAME_SERIES")) == len(then)
    hci = record.record(held, "HCI", 2025, 2018, draws=200)
    assert set(hci.query("information == 'as known then'")["origin"]) == {2022}
    osi = record.record(held, "OSI", 2025, 2018, draws=200)
    assert osi.query("information == 'as known then'").empty


@pytest.mark.parametrize("code", ["GCI", "IDI"])
def test_chances_that_were_stated_give_the_brier_score_of_the_record(
    held: rankings.World, code: str
) -> None:
    rows = record.record(held, code, 2025, 2018, draws=200).query("model == 'no change'")
    said = record.chances(held, code, 2025, 2018, draws=200)
    assert list(said.columns) == record.STATED
    assert said["came"].isin([0, 1]).all()
    key = ["regime", "origin", "h"]
    each = said.assign(off=(said["chance"] - said["came"]) ** 2).groupby(key)["off"]
    rows = rows.set_index(key)
    assert each.mean().to_dict() == pytest.approx(rows["brier"].to_dict())
    assert each.size().to_dict() == rows["n"].to_dict()


def test_the_reading_of_then_is_that_of_the_model_in_use(held: rankings.World) -> None:
    index, panel = definition("EGDI"), held.known(2018)
    seen = as_known.released_by(held, index, 2020)[["series", "iso3", "year", "value"]]
    made = as_known.paths(seen, panel, index, [2020], seed=3, draws=50)
    alone = closing.closing_gaps(panel, index, [2020], 3, 50, series=seen, information="nowcast")
    assert made.overall().shape == alone.scores.shape
    assert made.held.information == "nowcast"
