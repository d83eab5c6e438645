"""Where does one economy stand? Each rank with its own "of"."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rankings
from rankings.errors import InputError
from rankings.panel import position
from rankings.panel.definitions import definition

PUBLISHED = [97, 112, 105, 91, 90, 83, 99, 89, 88, 86, 86, 71]
OF = [173, 178, 179, 182, 183, 190, 193, 193, 193, 193, 193, 193]


@pytest.fixture(scope="module")
def rows2018(seen2018):
    return position.newest(seen2018.panel, "VNM")


def test_a_history_has_every_row_of_the_economy(toy):
    rows = position.history(toy.known(2018), "BBB")
    assert list(rows.columns) == position.COLUMNS
    assert len(rows) == 15
    overall = position.only(rows, index="TOY").query("component == 'overall'")
    assert overall["edition"].tolist() == [2010, 2012, 2014, 2016, 2018]
    assert overall["competition_rank"].tolist() == [2, 2, 2, 2, 1]
    assert overall["value"].tolist() == [50, 50, 60, 70, 80]


def test_the_twelve_published_ranks_of_viet_nam(seen2025):
    rows = position.only(position.history(seen2025.panel, "VNM"), index="EGDI")
    egdi = rows.query("component == 'egdi'")
    assert egdi["edition"].is_monotonic_increasing
    assert egdi["published_rank"].tolist() == PUBLISHED
    assert egdi["competition_rank"].tolist() == PUBLISHED
    assert egdi["of_economies"].tolist() == OF


def test_headline_indices_and_components_come_in_their_order(seen2018):
    rows = position.history(seen2018.panel, "VNM")
    assert list(dict.fromkeys(rows["index"])) == ["EGDI", "IDI", "GCI"]
    assert list(dict.fromkeys(rows["component"]))[:5] == ["egdi", "osi", "tii", "hci", "epi"]


def test_an_economy_in_no_index(seen2018):
    with pytest.raises(InputError, match="ABW is in none of the indices known by then"):
        position.history(seen2018.panel, "ABW")


def test_the_newest_edition_of_each_index(rows2018):
    newest = rows2018.groupby("index")["edition"].unique().map(list).to_dict()
    assert newest == {"EGDI": [2018], "GCI": [2017], "IDI": [2017]}
    idi = position.only(rows2018, index="IDI").iloc[0]
    assert idi["value"] == pytest.approx(4.43)
    assert (idi["competition_rank"], idi["of_economies"]) == (108, 176)
    assert pd.isna(idi["published_rank"])


def test_a_year_later_gci_2018_is_there():
    story = rankings.ask(as_of=2019, target_year=2020)
    gci = position.only(position.newest(story.panel, "VNM"), index="GCI").iloc[0]
    assert (gci["edition"], gci["published_rank"], gci["dense_rank"]) == (2018, 50, 50)


def test_only_names_what_there_is(rows2018):
    assert set(position.only(rows2018, edition=2018)["index"]) == {"EGDI"}
    with pytest.raises(InputError, match="'NRI' is not a known index of this economy; known: EGDI"):
        position.only(rows2018, index="NRI")
    with pytest.raises(InputError, match="'1999' is not a known edition of this economy; known"):
        position.only(rows2018, edition=1999)
    assert position.only(rows2018).equals(rows2018)


def test_the_place_among_a_group(toy):
    panel = toy.known(2018)
    rows = position.newest(panel, "CCC")
    among = position.among(rows, panel, ["BBB", "CCC"]).set_index("component")
    assert among["peer_rank"].to_dict() == {"overall": 2, "x": 1, "y": 2}
    assert (among["of_peers"] == 2).all()
    everybody = position.among(rows, panel, ["AAA", "BBB", "CCC"]).set_index("component")
    assert (everybody["peer_rank"] == everybody["competition_rank"]).all()


def test_a_tie_among_peers_shares_the_better_place(toy):
    panel = toy.known(2018)
    rows = position.history(panel, "CCC").query("edition == 2014 and component == 'overall'")
    assert position.among(rows, panel, ["BBB", "CCC"])["peer_rank"].tolist() == [1]


def test_the_place_among_asean(seen2018, seen2025):
    for story, expected, of in ((seen2018, 6, 10), (seen2025, 5, 11)):
        rows = position.only(position.newest(story.panel, "VNM"), index="EGDI")
        among = position.among(rows, story.panel, ["VNM", *story.peers])
        egdi = among.query("component == 'egdi'").iloc[0]
        assert (egdi["peer_rank"], egdi["of_peers"]) == (expected, of)


def test_a_tier_has_no_place_among_peers(seen2025):
    rows = position.newest(seen2025.panel, "VNM").query("component == 'tier'")
    assert len(rows) == 1
    assert position.among(rows, seen2025.panel, ["VNM", "THA"])["peer_rank"].isna().all()


def test_what_stands_at_rank_100_in_2018(rows2018):
    """The one index behind "100th of 193" is the TII; GCI 2017 printed 100 of its ranks."""
    found = position.stated(rows2018, 100).set_index(["index", "component"])
    assert set(found.index) == {("EGDI", "tii"), ("GCI", "overall")}
    tii, gci = found.loc[("EGDI", "tii")], found.loc[("GCI", "overall")]
    assert "competition" in tii["as_rank"]
    assert "published" not in tii["as_rank"]
    assert tii["of_economies"] == 193
    assert gci["as_rank"] == ["published", "dense"]


def test_a_rank_nobody_stated(rows2018):
    assert position.stated(rows2018, 1).empty


@given(st.integers(1, 193))
def test_a_stated_rank_is_one_of_its_ranks(rows2018, rank):
    found = position.stated(rows2018, rank)
    for row in found.to_dict("records"):
        assert row["as_rank"]
        assert all(row[f"{kind}_rank"] == rank for kind in row["as_rank"])


def test_neighbours_best_first(toy):
    near = position.neighbours(toy.known(2018), "TOY", "overall", 2018, "CCC", span=1)
    assert near["iso3"].tolist() == ["BBB", "CCC", "AAA"]
    assert near["competition_rank"].tolist() == [1, 2, 3]
    top = position.neighbours(toy.known(2018), "TOY", "overall", 2018, "BBB", span=1)
    assert top["iso3"].tolist() == ["BBB", "CCC"]


def test_the_thin_margin_at_rank_100(seen2018):
    near = position.neighbours(seen2018.panel, "EGDI", "tii", 2018, "VNM", 1)
    assert near["iso3"].tolist() == ["PER", "VNM", "DZA"]
    assert near["value"].tolist() == pytest.approx([0.3913, 0.3890, 0.3889])
    assert near["competition_rank"].tolist() == [99, 100, 101]


def test_the_rank_table_says_on_which_basis(seen2025):
    table = position.rank_table(seen2025.panel, definition("EGDI"))
    assert (table["basis"] == "published").all()
    viet_nam = table.query("iso3 == 'VNM'").sort_values("edition")
    assert viet_nam["rank"].tolist() == PUBLISHED
    assert viet_nam["of"].tolist() == OF
    dense = position.rank_table(seen2025.panel, definition("GCI")).query("iso3 == 'VNM'")
    ranks = dict(zip(dense["edition"], dense["rank"], strict=True))
    assert ranks == {2014: 72, 2017: 112, 2018: 52, 2020: 33, 2024: 16}, "not 100 of 195 in 2017"
    assert set(dense["basis"]) == {"competition"}
    new = position.rank_table(seen2025.panel, definition("IDI")).query("edition >= 2023")
    assert (new["basis"] == "competition").all()
    assert new["rank"].notna().all()


def test_published_wins_where_hidden_digits_break_a_tie(seen2025):
    """Croatia and Hungary are equal at four decimals in 2020, and printed as 51 and 52."""
    table = position.rank_table(seen2025.panel, definition("EGDI"))
    tied = table.query("edition == 2020 and iso3 in ['HRV', 'HUN']").set_index("iso3")
    assert tied["rank"].to_dict() == {"HRV": 51, "HUN": 52}
    rows = seen2025.panel.query(
        "edition == 2020 and component == 'egdi' and iso3 in ['HRV', 'HUN']"
    )
    assert rows["competition_rank"].tolist() == [51, 51]
