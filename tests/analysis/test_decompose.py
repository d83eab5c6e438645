"""Why is the place what it is? Every split adds up exactly to what it splits."""

from itertools import chain, combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankings.analysis import decompose
from rankings.errors import DataError, InputError
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


@settings(max_examples=30)
@given(editions(), st.data(), st.sampled_from([1e-10, 1e10]))
def test_a_split_does_not_depend_on_the_unit_or_on_the_order(edition, data, unit):
    parts, scores, weights = edition
    economy, other = (data.draw(st.sampled_from(list(scores.index))) for _ in range(2))
    plain = split(parts, scores, weights, economy, [other])[0].set_index("component")
    small = split(parts * unit, scores * unit, weights, economy, [other])[0]
    columns = ["places", "places_error", "places_alone"]
    pd.testing.assert_frame_equal(small.set_index("component")[columns], plain[columns])
    turned = split(parts.iloc[::-1, ::-1], scores.iloc[::-1], weights[::-1], economy, [other])[0]
    pd.testing.assert_frame_equal(turned.set_index("component").loc[plain.index], plain)


def many(count, economies=30):
    """An edition of so many sub-indices, and its reference."""
    generator = np.random.default_rng(count)
    names = [f"p{at:02d}" for at in range(count)]
    parts = pd.DataFrame(generator.uniform(size=(economies, count)), columns=names)
    parts.index = [f"E{at:02d}" for at in range(economies)]
    weights = pd.Series(1 / count, index=names)
    scores = (parts @ weights).round(3).rename("overall")
    best = scores.nlargest(3).index
    return parts, scores, weights, best


def test_ten_parts_are_counted_and_eleven_sampled_with_their_error():
    for count in (10, 11, 25):
        parts, scores, weights, best = many(count)
        table, reference = split(parts, scores, weights, "E00", best)
        own, there = (
            ranks.rank_against(score, scores.drop("E00"))
            for score in (scores["E00"], reference["overall"])
        )
        assert table["places"].sum() == pytest.approx(there - own, abs=1e-9)
        assert (table["places_error"] == 0).all() == (count == 10)
        assert table["places_error"].max() < 0.1
    turned = split(parts.iloc[:, ::-1], scores, weights[::-1], "E00", best)[0]
    again = turned.set_index("component").loc[table["component"]].reset_index()
    pd.testing.assert_frame_equal(again, table)


def test_sampled_places_lie_within_their_error_of_the_counted_ones(monkeypatch):
    parts, scores, weights, best = many(7)
    counted = split(parts, scores, weights, "E00", best)[0]
    monkeypatch.setattr(decompose, "EXACT", 6)
    sampled = split(parts, scores, weights, "E00", best)[0]
    off = (sampled["places"] - counted["places"]).abs()
    assert sampled["places_error"].max() > 0
    assert (off <= 4 * sampled["places_error"] + 1e-9).all()


def test_reversing_each_order_takes_chance_out_of_the_mean():
    """A game in which gains grow with the size: the pairs of orders agree exactly."""
    values, errors = decompose.sample_orders(
        12, lambda order: np.arange(13.0)[:, None] ** 2, pairs=10
    )
    assert errors.max() == 0
    assert values[:, 0].tolist() == pytest.approx([12.0] * 12)
    with pytest.raises(InputError, match="pairs of orders must be a whole number of 2 or more"):
        decompose.sample_orders(3, lambda order: np.zeros((4, 1)), pairs=1)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"x": 1.0, "y": 1.0}, "the weights sum to 2, not 1, and overall is not the sum"),
        ({"x": 0.25, "y": 0.25}, "the weights sum to 0.5, not 1"),
        ({"x": 1.5, "y": -0.5}, "the weight of y is -0.5: give 0 or more"),
        ({"x": 0.5, "y": float("nan")}, "the weight of y is nan"),
        ({"x": 0.0, "y": 0.0}, "the weights sum to 0"),
        ({"x": 0.5, "z": 0.5}, "'z' is not a known component of this edition.*x, y"),
        ({"x": 0.5, "y": "half"}, "y, the weight: 'half' is no number"),
    ],
)
def test_weights_are_checked_where_they_enter(toy, weights, words):
    parts, scores = of_2018(toy)
    reference = decompose.mean_of(parts, scores, pd.Index(["BBB"]))
    with pytest.raises((InputError, DataError), match=words):
        decompose.distance(scores, parts, pd.Series(weights), "AAA", reference)
    twice = pd.Series([0.5, 0.5], ["x", "x"])
    with pytest.raises(DataError, match="the weights name x twice"):
        decompose.distance(scores, parts, twice, "AAA", reference)


def test_weights_of_another_sum_are_taken_where_the_score_is_that_sum(toy):
    """As in the GCI, whose five pillars add up."""
    parts, _ = of_2018(toy)
    parts = parts[["x", "y"]]
    ones = pd.Series({"x": 1.0, "y": 1.0})
    table, _ = split(parts, (parts @ ones).rename("sum"), ones, "AAA", ["BBB"])
    assert table.set_index("component").loc["rounding", "points"] == 0


def test_doubled_missing_and_infinite_figures_are_refused(toy):
    parts, scores = of_2018(toy)
    reference = decompose.mean_of(parts, scores, pd.Index(["BBB"]))
    cases = [
        ({"scores": pd.concat([scores, scores.head(1)])}, "this edition has AAA twice"),
        ({"parts": pd.concat([parts, parts.head(1)])}, "this edition has AAA twice"),
        ({"parts": parts.assign(x=np.inf)}, "AAA, component x is infinite"),
        ({"scores": scores.astype(object).replace(scores["AAA"], "n.a.")}, "AAA, the overall: "),
        ({"reference": reference.drop("overall")}, "the reference has no overall"),
        ({"reference": reference.drop("x")}, "AAA or its reference has no x"),
        ({"parts": parts.drop("AAA")}, "AAA or its reference has no x"),
        ({"reference": reference.astype(object).replace(reference["overall"], "n.a.")}, "n.a."),
        ({"reference": reference.replace(reference["overall"], np.inf)}, "is a finite number"),
    ]
    given_ = {"scores": scores, "parts": parts, "weights": WEIGHTS, "economy": "AAA"}
    for change, words in cases:
        with pytest.raises((InputError, DataError), match=words):
            decompose.distance(**{**given_, "reference": reference, **change})


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
