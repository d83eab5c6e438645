"""Who had which value, in which edition, and what was known when?"""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankings.errors import DataError, InputError
from rankings.panel import shape as panels

YEARS = range(2003, 2026)


def value(panel, index, edition, component="overall", iso3="VNM"):
    rows = panel.loc[
        (panel["index"] == index)
        & (panel["edition"] == edition)
        & (panel["component"] == component)
        & (panel["iso3"] == iso3)
    ]
    return rows["value"].tolist()


def test_a_panel_is_sorted_and_dated(toy):
    panel = panels.assemble([toy.table.sample(frac=1, random_state=1)], toy.editions)
    assert panel[panels.KEY].equals(panel[panels.KEY].sort_values(panels.KEY, ignore_index=True))
    dates = panel.set_index("vintage")["published_year"]
    assert dates["R2017"].unique().tolist() == [2017]
    assert dates.dtype == "int64"


def test_an_edition_without_a_date_is_refused(toy):
    with pytest.raises(DataError, match=r"editions.csv lists no TOY 2018 R2018.*year it was pub"):
        panels.assemble([toy.table], toy.editions.query("edition != 2018"))


def test_a_doubled_key_is_refused(toy):
    twice = pd.concat([toy.table, toy.table.tail(1)])
    with pytest.raises(DataError, match="the panel has TOY 2018 R2018 CCC overall twice"):
        panels.assemble([twice], toy.editions)


@pytest.mark.parametrize("column", ["iso3", "value", "published_year", "source_id"])
def test_a_missing_column_is_refused(toy, column):
    with pytest.raises(DataError, match=f"the panel has no column {column}"):
        panels.check_panel(toy.panel.drop(columns=column))


def test_check_returns_its_input(toy):
    assert panels.check_panel(toy.panel) is toy.panel


@pytest.mark.parametrize(
    ("as_of", "editions"),
    [(2010, {2010}), (2011, {2010}), (2016, {2010, 2012, 2014}), (2017, {2010, 2012, 2014, 2016})],
)
def test_known_at_the_end_of_a_year(toy, as_of, editions):
    assert set(toy.known(as_of)["edition"]) == editions


def test_nothing_known_yet(toy):
    with pytest.raises(InputError, match="end of 2009: the first is TOY 2010, published in 2010"):
        panels.known(toy.panel, 2009)


def test_a_restated_edition_replaces_the_first_as_a_whole(toy):
    assert value(toy.known(2013), "TOY", 2012, iso3="CCC") == [30]
    assert value(toy.known(2014), "TOY", 2012, iso3="CCC") == [40]
    assert not toy.known(2014).duplicated(panels.ONE_VINTAGE).any()
    partial = toy.panel.query("not (vintage == 'R2014' and edition == 2012 and component == 'x')")
    assert value(panels.newest_vintage(panels.known(partial, 2014)), "TOY", 2012, "x", "AAA") == []


def test_later_is_what_was_first_published_after(toy):
    assert set(panels.later(toy.panel, 2013)["edition"]) == {2014, 2016, 2018}
    assert panels.later(toy.panel, 2018).empty


def test_newest_edition_of_each_index(toy):
    other = toy.panel.query("edition <= 2014").assign(index="OLD")
    newest = panels.newest_edition(pd.concat([toy.panel, other]))
    assert newest.groupby("index")["edition"].unique().map(list).to_dict() == {
        "OLD": [2014],
        "TOY": [2018],
    }


def test_wide_has_economies_down_and_components_across(toy):
    table = panels.wide(toy.panel, "TOY", 2012)
    assert table.loc["BBB"].to_dict() == {"overall": 50, "x": 50, "y": 50}
    assert table.index.tolist() == ["AAA", "BBB", "CCC"]


def test_wide_names_the_editions_there_are(toy):
    with pytest.raises(InputError, match="TOY 2018 is not held or not known yet; held: 2010, 2012"):
        panels.wide(toy.known(2013), "TOY", 2018)


@given(st.integers(2010, 2030), st.integers(0, 10))
def test_a_later_year_knows_at_least_as_much(toy, year, more):
    early, late = panels.known(toy.panel, year), panels.known(toy.panel, year + more)
    assert early.index.isin(late.index).all()
    assert len(panels.later(toy.panel, year)) >= len(panels.later(toy.panel, year + more))


@pytest.mark.parametrize("year", YEARS)
def test_nothing_published_later_ever_appears(held, year):
    assert held.known(year)["published_year"].max() <= year
    assert panels.later(held.panel, year)["published_year"].min() > year or year == 2025


@pytest.mark.parametrize("year", YEARS[:-1])
def test_what_is_known_stays_known(held, year):
    early, late = panels.known(held.panel, year), panels.known(held.panel, year + 1)
    assert early.index.isin(late.index).all()
    # A restatement may leave out sub-indices and economies, but never an edition.
    pair = ["index", "edition"]
    editions = [
        set(held.known(each)[pair].itertuples(index=False, name=None)) for each in (year, year + 1)
    ]
    assert editions[0] <= editions[1]


@pytest.mark.parametrize("year", YEARS)
def test_one_value_each(held, year):
    assert not held.known(year).duplicated(panels.ONE_VINTAGE).any()


def test_known_and_later_share_no_edition(held):
    pair = ["index", "edition"]
    known = set(held.known(2018)[pair].itertuples(index=False, name=None))
    later = set(panels.later(held.panel, 2018)[pair].itertuples(index=False, name=None))
    every = set(held.panel[pair].itertuples(index=False, name=None))
    assert not known & later
    assert known | later == every


@pytest.mark.parametrize(
    ("edition", "as_of", "expected"),
    [
        (2010, 2011, 3.53),
        (2010, 2015, 3.61),
        (2012, 2013, 3.80),
        (2012, 2014, 3.94),
        (2015, 2015, 4.28),
        (2015, 2016, 4.02),
        (2015, 2025, 4.02),
    ],
)
def test_restated_editions_of_the_idi(held, edition, as_of, expected):
    assert value(held.known(as_of), "IDI", edition) == [pytest.approx(expected, abs=0.005)]


@pytest.mark.parametrize(
    ("index", "edition", "published"),
    [("GCI", 2014, 2015), ("GCI", 2018, 2019), ("GCI", 2020, 2021), ("GTMI", 2020, 2021)],
)
def test_an_edition_is_not_known_in_its_own_year(held, index, edition, published):
    assert value(held.known(published - 1), index, edition) == []
    assert len(value(held.known(published), index, edition)) == 1


def test_gci_2018_came_in_2019(held):
    newest = panels.newest_edition(held.known(2018)).query("index == 'GCI'")
    assert newest["edition"].unique().tolist() == [2017]
    assert value(held.known(2019), "GCI", 2018) == [pytest.approx(0.693)]
