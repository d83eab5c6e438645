"""Why is the place what it is? Every split adds up exactly to what it splits."""

from itertools import chain, combinations, permutations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankings.analysis import decompose
from rankings.errors import InputError
from rankings.panel import ranks

WEIGHTS = pd.Series({"x": 0.5, "y": 0.5})
PLAYERS = ["a", "b", "c"]


def coalitions(players):
    groups = chain.from_iterable(combinations(players, size) for size in range(len(players) + 1))
    return [frozenset(group) for group in groups]


@st.composite
def games(draw, players=PLAYERS):
    """What each coalition is worth: whole numbers, so sums are exact."""
    return {group: float(draw(st.integers(-200, 200))) for group in coalitions(players)}


@st.composite
def editions(draw):
    """One edition: sub-indices, published overall scores (rounded as printed), weights."""
    names = ["x", "y", "z"][: draw(st.integers(1, 3))]
    cells = st.lists(st.integers(0, 100), min_size=len(names), max_size=len(names))
    rows = draw(st.lists(cells, min_size=2, max_size=12))
    parts = pd.DataFrame(rows, columns=names, dtype=float) / 100
    parts.index = [f"E{place:02d}" for place in range(len(rows))]
    weights = pd.Series(1 / len(names), index=names)
    return parts, (parts @ weights).round(draw(st.integers(1, 4))).rename("overall"), weights


def split(parts, scores, weights, economy, others):
    reference = decompose.mean_of(parts, scores, pd.Index(others))
    return decompose.distance(scores, parts, weights, economy, reference), reference


def of_2018(toy):
    parts = toy.known(2018).query("edition == 2018")
    parts = parts.pivot(index="iso3", columns="component", values="value")
    return parts, parts["overall"]


@given(games())
def test_shapley_adds_up_to_the_worth_of_all(worth):
    total = worth[frozenset(PLAYERS)] - worth[frozenset()]
    assert decompose.shapley(PLAYERS, worth).sum() == pytest.approx(total, abs=1e-9)


@given(games())
def test_shapley_is_the_mean_over_all_orders_of_joining(worth):
    orders = list(permutations(PLAYERS))
    means = dict.fromkeys(PLAYERS, 0.0)
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            means[player] += (worth[before | {player}] - worth[before]) / len(orders)
    assert decompose.shapley(PLAYERS, worth).to_dict() == pytest.approx(means, abs=1e-9)


@given(games(PLAYERS[:2]))
def test_who_changes_nothing_gets_nothing(worth):
    idle = {group | frozenset(more): worth[group] for group in worth for more in ("", "c")}
    assert decompose.shapley(PLAYERS, idle)["c"] == 0


@given(st.lists(st.integers(-50, 50), min_size=4, max_size=4))
def test_who_are_alike_get_the_same(by_size):
    alike = {group: float(by_size[len(group)]) for group in coalitions(PLAYERS)}
    values = decompose.shapley(PLAYERS, alike)
    assert values.to_numpy() == pytest.approx(values.iloc[0], abs=1e-9)


def test_a_glove_game():
    """One left glove and two right ones: the classic answer is 2/3, 1/6, 1/6."""
    worth = {group: float("a" in group and len(group) > 1) for group in coalitions(PLAYERS)}
    values = decompose.shapley(PLAYERS, worth)
    assert values.to_dict() == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})


def test_the_distance_of_the_last_to_the_first(toy):
    """AAA (75, 65) to BBB (70, 90): y brings 12.5 points, x takes 2.5 away."""
    table, _ = split(*of_2018(toy), WEIGHTS, "AAA", ["BBB"])
    table = table.set_index("component")
    assert table["gap"].dropna().to_dict() == {"x": -5, "y": 25}
    assert table["points"].to_dict() == {"x": -2.5, "y": 12.5, "rounding": 0}
    # With y alone AAA has 82.5 and is first; with x alone it has 67.5 and stays third.
    assert table["places_alone"].to_dict() == {"x": 0, "y": -2, "rounding": 0}
    # With both it ties with the reference at the top: the better place is shared.
    assert table["places"].to_dict() == pytest.approx({"x": 0, "y": -2, "rounding": 0})


def test_what_was_printed_rounded_is_a_part_of_its_own(toy):
    parts, scores = of_2018(toy)
    printed = scores.copy()
    printed["BBB"] += 0.5
    table, _ = split(parts, printed, WEIGHTS, "AAA", ["BBB"])
    assert table.set_index("component").loc["rounding", "points"] == pytest.approx(0.5)
    assert table["points"].sum() == pytest.approx(10.5)


@settings(max_examples=30)
@given(editions(), st.data())
def test_parts_add_up_to_the_gap_and_to_the_change_of_rank(edition, data):
    parts, scores, weights = edition
    economy, other = (data.draw(st.sampled_from(list(scores.index))) for _ in range(2))
    table, reference = split(parts, scores, weights, economy, [other])
    own = ranks.rank_against(scores[economy], scores.drop(economy))
    there = ranks.rank_against(reference["overall"], scores.drop(economy))
    assert table["points"].sum() == pytest.approx(scores[other] - scores[economy], abs=1e-12)
    assert table["places"].sum() == pytest.approx(there - own, abs=1e-9)
    assert own == ranks.competition(scores)[economy]


@settings(max_examples=30)
@given(editions(), st.data())
def test_an_economy_equal_to_the_reference_has_zero_everywhere(edition, data):
    parts, scores, weights = edition
    economy = data.draw(st.sampled_from(list(scores.index)))
    table, _ = split(parts, scores, weights, economy, [economy])
    zero = table[["gap", "points", "places", "places_alone"]].fillna(0)
    assert zero.abs().max(axis=None) < 1e-9


@settings(max_examples=30)
@given(editions(), st.data())
def test_an_equal_sub_index_moves_no_place(edition, data):
    parts, scores, weights = edition
    economy, other = (data.draw(st.sampled_from(list(scores.index))) for _ in range(2))
    table = split(parts, scores, weights, economy, [other])[0].set_index("component")
    same = table.index[table["gap"] == 0]
    assert (table.loc[same, ["points", "places", "places_alone"]] == 0).all(axis=None)


def test_an_economy_that_is_not_there(toy):
    parts, scores = of_2018(toy)
    reference = decompose.mean_of(parts, scores, pd.Index(["AAA"]))
    with pytest.raises(InputError, match="ZZZ has no overall in this edition: nothing to split"):
        decompose.distance(scores, parts, WEIGHTS, "ZZZ", reference)
    missing = scores.where(scores.index != "CCC")
    with pytest.raises(InputError, match="CCC has no overall in this edition"):
        decompose.distance(missing, parts, WEIGHTS, "CCC", reference)


def test_the_mean_of_several_economies(toy):
    parts, scores = of_2018(toy)
    reference = decompose.mean_of(parts, scores, pd.Index(["BBB", "CCC"]))
    assert reference[["x", "y", "overall"]].to_dict() == {"x": 75, "y": 80, "overall": 77.5}


def test_viet_nam_to_rank_50_in_2018(seen2018):
    scores, weights = seen2018.scores, seen2018.index.weights_of(2018)
    table, reference = split(
        seen2018.parts, scores, weights, "VNM", ranks.holders(scores, 50).index
    )
    table = table.set_index("component")
    assert list(table.index) == ["osi", "tii", "hci", "rounding"]
    assert table["points"].sum() == pytest.approx(reference["egdi"] - 0.5931)
    assert abs(table.loc["rounding", "points"]) < 1e-4
    # Serbia and Slovakia share 49th, so the way from 88 is 39 places long.
    assert table["places"].sum() == pytest.approx(49 - 88)
    assert table["own"].dropna().to_dict() == {"osi": 0.7361, "tii": 0.3890, "hci": 0.6543}
