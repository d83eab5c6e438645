"""Who stands between, how near are they, and what is a small step worth?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rankings
from rankings.analysis import neighbours
from rankings.errors import DataError, InputError
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import definition

SCORES = pd.Series(
    {"AAA": 0.90, "BBB": 0.52, "CCC": 0.51, "DDD": 0.51, "EEE": 0.50, "FFF": 0.495}, name="egdi"
)
WEIGHTS = pd.Series({"osi": 0.5, "tii": 0.5})
PARTS = pd.DataFrame({"osi": SCORES + 0.05, "tii": SCORES - 0.05})


@pytest.fixture(scope="module")
def edition() -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    parts = panels.wide(rankings.load().known(2018), "EGDI", 2018)
    return parts["egdi"], parts, definition("EGDI").weights_of(2018)


# Between


def test_those_between_come_best_first_with_their_gaps() -> None:
    table = neighbours.between(SCORES, "EEE", 2)
    assert table["iso3"].tolist() == ["BBB", "DDD", "CCC"]
    assert table["rank"].tolist() == [2, 3, 3]
    assert table["gap"].tolist() == pytest.approx([0.02, 0.01, 0.01])
    assert table["step"].tolist() == pytest.approx([0.01, 0, 0.01])


def test_a_worse_rank_gives_those_below() -> None:
    table = neighbours.between(SCORES, "BBB", 6)
    assert table["iso3"].tolist() == ["DDD", "CCC", "EEE", "FFF"]
    assert (table["gap"] < 0).all()
    assert table["step"].tolist() == pytest.approx([0.01, 0, 0.01, 0.005])


def test_nobody_stands_between_an_economy_and_its_own_rank() -> None:
    assert neighbours.between(SCORES, "BBB", 2).empty


def test_viet_nam_to_rank_80(edition) -> None:
    table = neighbours.between(edition[0], "VNM", 80)
    assert table["iso3"].tolist() == ["TUN", "UZB", "UKR", "SYC", "ECU", "PAN", "IRN", "ARM"]
    assert table["rank"].tolist() == list(range(80, 88))
    assert table["step"].sum() == pytest.approx(table["gap"].max())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=2, max_size=12), st.data())
def test_as_many_stand_between_as_places(values: list[int], data: st.DataObject) -> None:
    """Going up to a held rank passes exactly rank difference economies, all above the own score."""
    scores = pd.Series(values, [f"E{i}" for i in range(len(values))], dtype=float, name="s")
    own = data.draw(st.sampled_from(list(scores.index)))
    place = int(ranks.competition(scores)[own])
    rank = data.draw(st.sampled_from(sorted(set(ranks.competition(scores)))))
    table = neighbours.between(scores, own, int(rank))
    above = table.loc[table["gap"] > 1e-9]
    assert len(above) == max(0, place - int(rank))


@pytest.mark.parametrize(
    ("scores", "economy", "rank", "error", "words"),
    [
        (SCORES, "ZZZ", 2, InputError, "ZZZ has no egdi here"),
        (SCORES, "EEE", 7, InputError, "rank 7 does not exist"),
        (SCORES * np.nan, "EEE", 1, DataError, "egdi: all values are missing"),
    ],
)
def test_refusals(scores: pd.Series, economy: str, rank: int, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        neighbours.between(scores, economy, rank)


# The crowd


def test_the_crowd_is_counted_on_both_sides() -> None:
    found = neighbours.near(SCORES, "CCC", 0.01)
    assert found[["above", "level", "below", "of"]].tolist() == [1, 1, 1, 6]
    # Level with BBB it shares place 2; with EEE's score both DDD and it are passed by nobody new.
    assert found["places_up"] == 1
    assert found["places_down"] == 1
    assert found["share"] == pytest.approx(3 / 5)


def test_within_0_01_of_viet_nam_2018(edition) -> None:
    found = neighbours.near(edition[0], "VNM")
    assert found[["above", "level", "below", "places_up"]].tolist() == [1, 0, 3, 1]
    with pytest.raises(InputError, match="0 or more"):
        neighbours.near(edition[0], "VNM", -0.1)


# Peers


def test_points_to_each_peer_add_up_to_the_gap(edition) -> None:
    scores, parts, weights = edition
    table = neighbours.to_peers(scores, parts, weights, "VNM", ["THA", "VNM", "MYS", "HKG"])
    assert table["peer"].unique().tolist() == ["THA", "MYS"]
    sums = table.groupby("peer")[["points", "places"]].sum()
    for peer in ("THA", "MYS"):
        assert sums.loc[peer, "points"] == pytest.approx(scores[peer] - scores["VNM"])
        others = scores.drop("VNM")
        moved = ranks.rank_against(scores[peer], others) - 88
        assert sums.loc[peer, "places"] == pytest.approx(moved)
    with pytest.raises(InputError, match="none of HKG is ranked"):
        neighbours.to_peers(scores, parts, weights, "VNM", ["HKG"])


def test_income_quarters_are_quarters_of_the_year_held() -> None:
    series = rankings.load().series
    table = neighbours.income_quarters(series, 2018)
    assert table["year"].unique().tolist() == [2018]
    assert table["group"].value_counts().between(48, 49).all()
    by_quarter = table.groupby("quarter")["income"].agg(["min", "max"])
    assert (by_quarter["min"].to_numpy()[1:] > by_quarter["max"].to_numpy()[:-1]).all()
    assert table.set_index("iso3").loc["VNM", "group"] == "lower middle"
    assert neighbours.income_quarters(series, 2030)["year"].max() == 2022
    with pytest.raises(InputError, match="the first year held is 2000"):
        neighbours.income_quarters(series, 1980)


def test_same_income_leaves_the_economy_out() -> None:
    table = neighbours.income_quarters(rankings.load().series, 2018)
    peers = neighbours.same_income(table, "VNM")
    assert "VNM" not in peers
    assert len(peers) == 47
    with pytest.raises(InputError, match="name its peers instead"):
        neighbours.same_income(table, "MAC")


def test_strengths_and_weaknesses_by_quartile() -> None:
    peers = [f"P{i}" for i in range(5)]
    parts = pd.DataFrame(
        {"osi": [1.0, 2, 3, 4, 5, 4.5], "tii": [1.0, 2, 3, 4, 5, 1.0], "hci": [1.0, 2, 3, 4, 5, 3]},
        index=[*peers, "OWN"],
    )
    table = neighbours.strengths(parts, "OWN", peers).set_index("component")
    assert table["verdict"].to_dict() == {
        "osi": neighbours.STRENGTH,
        "tii": neighbours.WEAKNESS,
        "hci": neighbours.LIKE_PEERS,
    }
    assert table["peer_rank"].to_dict() == {"osi": 2, "tii": 5, "hci": 3}
    assert table.loc["osi", "distance"] == pytest.approx(1.5 / np.sqrt(2))


def test_strengths_need_peers_with_a_spread() -> None:
    peers = [f"P{i}" for i in range(5)]
    flat = pd.DataFrame({"osi": 1.0}, index=[*peers, "OWN"])
    with pytest.raises(DataError, match="osi: all peers have the same value"):
        neighbours.strengths(flat, "OWN", peers)
    with pytest.raises(InputError, match=r"peers that have osi: 2; .* at least 4"):
        neighbours.strengths(flat, "OWN", peers[:2])
    with pytest.raises(InputError, match="not a known economy of this edition"):
        neighbours.strengths(flat, "XXX", peers)


def test_viet_nam_2018_is_strong_for_its_income(edition) -> None:
    peers = neighbours.same_income(neighbours.income_quarters(rankings.load().series, 2018), "VNM")
    verdicts = neighbours.strengths(edition[1], "VNM", peers).set_index("component")["verdict"]
    assert verdicts["osi"] == neighbours.STRENGTH
    assert verdicts["hci"] == neighbours.LIKE_PEERS


# A small step


def test_a_step_is_worth_its_weight_in_places() -> None:
    table = neighbours.marginal(SCORES, PARTS, WEIGHTS, "EEE", step=0.03).set_index("component")
    assert table["points"].tolist() == pytest.approx([0.015, 0.015])
    assert table["places"].tolist() == [2, 2]
    assert table["rank"].tolist() == [3, 3]


def test_a_step_ends_at_the_top_of_the_scale() -> None:
    table = neighbours.marginal(SCORES, PARTS, WEIGHTS, "AAA", step=0.1, top=1.0)
    assert table["step"].tolist() == pytest.approx([0.05, 0.1])


def test_one_hundredth_is_one_place_for_viet_nam(edition) -> None:
    table = neighbours.marginal(*edition, "VNM")
    assert table["places"].tolist() == [1, 1, 1]
    hole = edition[1].copy()
    hole.loc["VNM", "tii"] = np.nan
    with pytest.raises(InputError, match="VNM has no tii"):
        neighbours.marginal(edition[0], hole, edition[2], "VNM")
