"""The plain functions: scaling, outliers, gaps, means; and the peer's traps, done right."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rankings.composite import aggregate, normalise, outliers, places, prepare
from rankings.composite.tree import from_table
from rankings.errors import DataError, InputError

X = pd.DataFrame({"x": [1.0, 2.0, 4.0, np.nan], "y": [5.0, 5.0, 10.0, 20.0]}, index=list("ABCD"))
columns = st.lists(st.integers(-1000, 1000).map(float), min_size=4, max_size=30, unique=True).map(
    lambda values: pd.DataFrame({"x": values})
)


def test_each_normalisation_on_a_column_worked_by_hand() -> None:
    x = X[["x"]]
    worked = {
        "minmax": (normalise.minmax(0, 90), [0, 30, 90]),
        "rank": (normalise.rank, [1, 2, 3]),
        "borda": (normalise.borda, [0, 1, 2]),
        "percentile": (normalise.percentile_rank, [0, 0.5, 1]),
        "best": (normalise.distance_to_best, [0, 1 / 3, 1]),
        "reference": (normalise.distance_to_reference("B"), [0, 1, 3]),
        "capped": (normalise.distance_to_reference("B", cap=True), [0, 1, 1]),
        "target": (normalise.distance_to_target(pd.Series({"x": 7.0})), [0, 1 / 6, 0.5]),
        "fraction": (normalise.fraction_of_best, [0.25, 0.5, 1]),
        "scaled": (normalise.scaled(0, 10), [10, 20, 40]),
        "unchanged": (normalise.unchanged, [1, 2, 4]),
    }
    for name, (function, expected) in worked.items():
        assert function(x)["x"].to_list()[:3] == pytest.approx(expected), name
        assert np.isnan(function(x)["x"].iloc[3]), name
    scaled = normalise.zscore(10, 2)(x)["x"]
    assert (scaled.mean(), scaled.std()) == pytest.approx((10, 2))


def test_goalposts_cut_and_turn() -> None:
    posts = pd.DataFrame({"lower": [2.0], "upper": [3.0]}, index=["x"])
    assert normalise.goalposts(posts)(X[["x"]])["x"].to_list()[:3] == [0, 0, 100]
    assert normalise.goalposts(posts, cut=False)(X[["x"]])["x"].to_list()[:3] == [-100, 0, 200]
    own = pd.DataFrame({"lower": [4.0], "upper": [1.0]}, index=["x"])  # less is better
    turned = normalise.goalposts(own, directed=False)(-X[["x"]])
    assert turned["x"].to_list()[:3] == pytest.approx([100, 200 / 3, 0])
    with pytest.raises(InputError, match="y has no goalposts"):
        normalise.goalposts(posts)(X)
    with pytest.raises(InputError, match="x: its upper goalpost"):
        normalise.goalposts(own)(X[["x"]])
    for wrong, words in (
        (posts.assign(upper=np.inf), "x, goalpost upper is infinite"),
        (posts.assign(upper="high"), "x, goalpost upper: 'high' is no number"),
        (pd.concat([posts, posts]), "the goalposts name x twice"),
    ):
        with pytest.raises(DataError, match=words):
            normalise.goalposts(wrong)(X[["x"]])


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ([np.inf, 30.0], "x, target value is infinite"),
        (["far", 30.0], "x, target value: 'far' is no number"),
        ([np.nan, 30.0], "x: the target is missing"),
    ],
)
def test_targets_are_held_to_the_same(goal: list[object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        normalise.distance_to_target(pd.Series(goal, ["x", "y"]))(X)
    with pytest.raises(DataError, match="the targets name x twice"):
        normalise.distance_to_target(pd.Series([7.0, 8.0], ["x", "x"]))(X)


def test_goals_by_the_number_of_the_indicator_are_found() -> None:
    numbered = X[["x"]].set_axis(["1"], axis=1)
    posts = pd.DataFrame({"lower": [1.0], "upper": [4.0]}, index=[1])
    for scale in (
        normalise.goalposts(posts, scale=1),
        normalise.distance_to_target(pd.Series({1: 4.0})),
        normalise.by_indicator({1: normalise.minmax(0, 1)}, normalise.rank),  # type: ignore[dict-item]
    ):
        assert scale(numbered)["1"].to_list()[:3] == pytest.approx([0, 1 / 3, 1])


def test_one_function_for_some_indicators_and_another_for_the_rest() -> None:
    both = normalise.by_indicator({"y": normalise.rank}, normalise.minmax())(X)
    assert list(both) == ["x", "y"]
    assert both["y"].to_list() == [1, 1, 3, 4]
    assert both["x"].max() == 100
    with pytest.raises(InputError, match="no indicator z"):
        normalise.by_indicator({"z": normalise.rank}, normalise.rank)(X)


@pytest.mark.parametrize(
    "function", [normalise.minmax(), normalise.zscore(), normalise.distance_to_best]
)
def test_an_indicator_without_variance_is_refused_by_name(function: normalise.Normalise) -> None:
    with pytest.raises(DataError, match="indicator x cannot be scaled"):
        function(X.assign(x=3.0))
    with pytest.raises(DataError, match="indicator x is missing everywhere"):
        function(X.assign(x=np.nan))


# 0.1 + 0.2 and 0.3: the same but for the last bit.
NOISE = pd.DataFrame({"x": [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.3], "y": [1.0, 2, 3, 4, 9]})


@pytest.mark.parametrize("unit", [1e-200, 1e-10, 1.0, 1e10, 1e200])
def test_constant_means_constant_to_rounding_everywhere(unit: float) -> None:
    noise = NOISE * unit
    for scale in (normalise.minmax(), normalise.zscore(), normalise.distance_to_best):
        with pytest.raises(DataError, match="indicator x cannot be scaled"):
            scale(noise)
    reference = normalise.distance_to_reference(0)  # type: ignore[arg-type]
    target = normalise.distance_to_target(pd.Series({"x": 0.3 * unit, "y": 10 * unit}))
    for scale in (reference, target):
        with pytest.raises(DataError, match=r"indicator x: .* not above the worst value"):
            scale(noise)
    posts = pd.DataFrame({"lower": [0.3], "upper": [0.1 + 0.2]}, index=["x"]) * unit
    with pytest.raises(InputError, match="x: its upper goalpost is not above"):
        normalise.goalposts(posts)(noise[["x"]])
    with pytest.raises(InputError, match="two different ends"):
        normalise.scaled(0.3 * unit, (0.1 + 0.2) * unit)
    assert normalise.rank(noise)["x"].to_list() == [1] * 5
    assert normalise.percentile_rank(noise)["x"].to_list() == [0] * 5
    assert np.isnan(outliers.skewness(noise["x"].to_numpy()))
    assert outliers.winsorising()(noise)["x"].equals(noise["x"])
    with pytest.raises(DataError, match="without variance"):
        outliers.log_shifted(noise["x"].to_numpy())
    gap = noise.assign(z=[np.nan, 1, 2, 3, 4])
    filled = prepare.across_economy(gap, pd.Series({"x": 1, "y": 1, "z": 1}))
    assert filled["z"][0] == 1  # worst in y, and x says nothing


@pytest.mark.parametrize("scale", [normalise.minmax(), normalise.zscore()])
def test_values_too_large_to_be_scaled_are_refused_by_place(scale: normalise.Normalise) -> None:
    large = pd.DataFrame({"x": [-1.5e308, 0.0, 1.7e308]}, index=list("PQR"))
    with pytest.raises(DataError, match=r"R, indicator x: 1.7e\+308 is too large or too small"):
        scale(large)


@pytest.mark.parametrize("unit", [1e-180, 1e-10, 1e10, 1e180])
def test_outliers_do_not_depend_on_the_unit(unit: float) -> None:
    raw = pd.DataFrame({"high": [*range(1, 11), 100.0], "low": [*range(10), -100.0]})
    done, other = outliers.treat(raw), outliers.treat(raw * unit)
    np.testing.assert_allclose(other.table / unit, done.table, rtol=1e-12)
    pd.testing.assert_frame_equal(other.details, done.details)


def test_scales_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="from low to high"):
        normalise.minmax(1, 1)
    with pytest.raises(InputError, match="above 0"):
        normalise.zscore(0, 0)
    with pytest.raises(InputError, match="two different ends"):
        normalise.scaled(1, 1)
    with pytest.raises(DataError, match="x: the target is missing or not above"):
        normalise.distance_to_target(pd.Series({"x": 1.0}))(X)
    with pytest.raises(InputError, match="reference Z"):
        normalise.distance_to_reference("Z")(X)
    with pytest.raises(DataError, match="no number for A, indicator x"):
        normalise.check(X, X * np.nan)


@given(columns)
def test_a_monotone_transformation_leaves_rank_normalisations(x: pd.DataFrame) -> None:
    bent = np.exp(x / 500) * 3 - 1
    for function in (normalise.rank, normalise.borda, normalise.percentile_rank):
        pd.testing.assert_frame_equal(function(bent), function(x))


@given(columns, st.floats(0.01, 1000), st.floats(-100, 100))
def test_another_unit_changes_nothing_under_min_max_and_z_scores(
    x: pd.DataFrame, unit: float, zero: float
) -> None:
    for function in (normalise.minmax(), normalise.zscore(), normalise.distance_to_best):
        pd.testing.assert_frame_equal(function(x * unit + zero), function(x), atol=1e-6)


# Trap 5 of the peer: 5.1 and the next number but one above it are one value.
def test_values_that_differ_by_noise_tie_unless_told_otherwise() -> None:
    noise = pd.DataFrame({"x": [5.1, 5.1000000000000005, 4.0, 1e6]})
    assert normalise.rank(noise)["x"].to_list() == [2, 2, 1, 4]
    assert normalise.rank(noise, tolerance=0)["x"].to_list() == [2, 3, 1, 4]
    small = np.array([[1e-9, 2e-9, 2e-9 + 1e-24, 3e-9]])
    assert places.competition(small).tolist() == [[4, 2, 2, 1]]
    around_zero = np.array([[1e-17, 0.0, -1.0, 1.0]])
    assert places.competition(around_zero).tolist() == [[2, 2, 4, 1]]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_places_are_competition_ranks(values: list[int]) -> None:
    found = places.competition(np.array([values], dtype="float64"))[0]
    assert found.tolist() == [1 + sum(other > value for other in values) for value in values]


# Trap 8 of another peer: ties broken by the order of rows.
def test_ranks_do_not_depend_on_the_order_of_rows() -> None:
    scores = np.array([[3.0, 1.0, 3.0, 2.0]])
    assert places.competition(scores[:, ::-1]).tolist() == [[3, 1, 4, 1]]
    assert places.competition(scores).tolist() == [[1, 4, 1, 3]]


def test_moments_are_those_of_spreadsheets() -> None:
    x = np.array([1.0, 2, 3, 4, 30, np.nan])
    held = x[:5]
    assert outliers.skewness(x) == pytest.approx(stats.skew(held, bias=False))
    assert outliers.kurtosis(x) == pytest.approx(stats.kurtosis(held, bias=False))
    with pytest.raises(DataError, match="at least 4 values"):
        outliers.kurtosis(x[:3])


def test_an_outlier_is_drawn_in_from_the_side_of_the_skew() -> None:
    raw = pd.DataFrame({"high": [*range(10), 100.0], "low": [*range(10), -100.0]})
    done = outliers.treat(raw)
    assert done.table["high"].max() == 9
    assert done.table["low"].min() == 0
    assert done.points["high"].to_list()[-1] == "winhi"
    assert done.points["low"].to_list()[-1] == "winlo"
    assert done.details["winsorised"].to_list() == [1, 1]
    pd.testing.assert_frame_equal(outliers.winsorising()(raw), done.table)


def test_what_still_fails_is_logged_from_the_original_values() -> None:
    raw = pd.DataFrame({"x": [*np.ones(30) * np.linspace(1, 2, 30), 50.0, 90.0, 200.0]})
    done = outliers.treat(raw, most=1)
    assert set(done.points["x"]) == {"+log_shifted", "winhi+log_shifted"}
    np.testing.assert_allclose(done.table["x"], outliers.log_shifted(raw["x"].to_numpy()))
    pd.testing.assert_frame_equal(outliers.winsorising(1)(raw), done.table)


def test_values_that_do_not_vary_need_no_treatment_and_few_are_refused_by_name() -> None:
    same = pd.DataFrame({"x": [1.0] * 5})
    assert outliers.treat(same).table.equals(same)
    with pytest.raises(DataError, match="indicator x: a moment needs"):
        outliers.winsorising()(pd.DataFrame({"x": [1.0, 2.0, np.nan]}))


# Trap 1: the peer computes this logarithm and gives back the values untransformed.
def test_the_logarithm_of_the_innovation_index_is_given_back() -> None:
    x = np.array([0.0, 5.0, 10.0])
    np.testing.assert_allclose(outliers.log_gii(x), np.log([1, 5.5, 10]))
    with pytest.raises(DataError, match="largest value above 1"):
        outliers.log_gii(np.array([0.1, 0.5]))
    np.testing.assert_allclose(outliers.log_plus_one(x), np.log([1, 6, 11]))


def test_gaps_are_filled_and_held_values_kept() -> None:
    assert prepare.by_mean(X)["x"].to_list() == pytest.approx([1, 2, 4, 7 / 3])
    assert prepare.by_median(X)["x"]["D"] == 2
    groups = pd.Series({"A": "g", "B": "h", "C": "h", "D": "h"})
    assert prepare.by_group(groups)(X)["x"].to_list() == [1, 2, 4, 3]
    assert prepare.by_group(groups, "median")(X)["x"]["D"] == 3
    alone = pd.Series({"A": "g", "B": "h", "C": "h", "D": "i"})
    assert np.isnan(prepare.by_group(alone)(X)["x"]["D"])  # nobody to learn from
    assert np.isnan(prepare.by_group(groups.drop("D"))(X)["x"]["D"])  # no group
    assert prepare.not_filled(X).equals(X)
    with pytest.raises(InputError, match="mean or median"):
        prepare.by_group(groups, "mode")
    across = prepare.across_economy(X, pd.Series({"x": 1, "y": -1}))
    assert across["x"]["D"] == pytest.approx(1)  # worst in y, so worst in x
    assert len(prepare.screen(X, 0.9)) == 3


def test_a_panel_is_filled_from_other_years() -> None:
    index = pd.MultiIndex.from_product([["A", "B"], [2010, 2012, 2014, 2016]])
    panel = pd.DataFrame({"x": [1.0, np.nan, np.nan, 4, np.nan, 5, np.nan, np.nan]}, index=index)
    latest = prepare.panel_filled(panel)["x"]
    assert latest["A"].to_list() == [1, 1, 1, 4]
    assert np.isnan(latest["B"].iloc[0])
    once = prepare.panel_filled(panel, at_most=1)["x"]
    assert once.isna().to_list() == [False, False, True, False, True, False, False, True]
    linear = prepare.panel_filled(panel, "linear")["x"]
    assert linear["A"].to_list() == [1, 2, 3, 4]
    assert linear["B"].to_list() == [5, 5, 5, 5]
    constant = prepare.panel_filled(panel, "constant")["x"]
    assert constant["A"].to_list() == [1, 1, 1, 4]
    with pytest.raises(InputError, match="latest, linear or constant"):
        prepare.panel_filled(panel, "spline")
    with pytest.raises(InputError, match="two years"):
        prepare.panel_filled(panel.xs(2010, level=1, drop_level=False))
    with pytest.raises(InputError, match="economy and year"):
        prepare.panel_filled(X)
    with pytest.raises(InputError, match="the years to look back must be a whole number"):
        prepare.panel_filled(panel, at_most=-1)
    with pytest.raises(DataError, match="the panel has A, 2010 twice"):
        prepare.panel_filled(pd.concat([panel, panel.head(1)]))
    with pytest.raises(DataError, match="A, 2010, indicator x: 'n' is no number"):
        prepare.panel_filled(panel.assign(x=["n", *[1.0] * 7]))


def test_bad_figures_are_refused_by_place() -> None:
    nodes = {"code": ["r", "x", "y"], "parent": [None, "r", "r"], "denominator": [None, "p", None]}
    tree = from_table(pd.DataFrame(nodes))
    data = X.assign(p=[2.0, 2.0, 2.0, 2.0])
    assert prepare.denominate(tree, prepare.take(tree, data), data)["x"].to_list()[:2] == [0.5, 1]
    with pytest.raises(InputError, match="no indicator y"):
        prepare.take(tree, data[["x"]])
    with pytest.raises(InputError, match="divided by p"):
        prepare.denominate(tree, X, X)
    gone = tree, prepare.take(tree, data), data.assign(p=np.nan)
    with pytest.raises(DataError, match=r"x has no value left.* its denominator p is missing"):
        prepare.denominate(*gone)
    with pytest.raises(DataError, match="B: the denominator p of x is 0"):
        prepare.denominate(tree, X, data.assign(p=[1.0, 0.0, 1.0, 1.0]))
    with pytest.raises(DataError, match="at least two economies: the data have 1"):
        prepare.take(tree, data.head(1))
    with pytest.raises(DataError, match="indicator x is missing everywhere"):
        prepare.take(tree, data.assign(x=np.nan))
    with pytest.raises(DataError, match="A, indicator x is infinite"):
        prepare.take(tree, data.replace({"x": {1.0: np.inf}}))
    with pytest.raises(DataError, match="have A twice"):
        prepare.take(tree, pd.concat([data, data.head(1)]))
    with pytest.raises(DataError, match="B, indicator x: 'b' is no number"):
        prepare.take(tree, data.assign(x=[1, "b", 2, 3]))
    with pytest.raises(DataError, match=r"B, indicator x: 1000.* is too large"):
        prepare.take(tree, data.assign(x=[1, 10**400, 2, 3]))
    with pytest.raises(DataError, match="the data have the column y 2 times"):
        prepare.take(tree, pd.concat([data, data[["y"]]], axis=1))
    with pytest.raises(DataError, match="the data have no name at place 2"):
        prepare.take(tree, data.set_axis(["A", None, "C", "D"]))
    with pytest.raises(InputError, match="the data must be a table, not dict"):
        prepare.take(tree, {"x": [1, 2]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([1.0, np.inf, 1.0, 1.0], "B, denominator p is infinite"),
        ([1.0, "many", 1.0, 1.0], "B, denominator p: 'many' is no number"),
        ([1.0, 10**400, 1.0, 1.0], "B, denominator p: 10.* is too large"),
        ([1.0, -2.0, 1.0, 1.0], "B: the denominator p of x is -2"),
        ([1.0, 1e-320, 1.0, 1.0], "B: indicator x divided by p is beyond what a number holds"),
    ],
)
def test_denominators_are_held_to_the_same(people: list[object], words: str) -> None:
    nodes = {"code": ["r", "x", "y"], "parent": [None, "r", "r"], "denominator": [None, "p", None]}
    tree, data = from_table(pd.DataFrame(nodes)), X.assign(p=people)
    with pytest.raises(DataError, match=words):
        prepare.denominate(tree, prepare.take(tree, data), data)
    twice = pd.concat([X.assign(p=1.0), pd.DataFrame({"p": 2.0}, index=X.index)], axis=1)
    with pytest.raises(DataError, match="the data have the column p 2 times"):
        prepare.denominate(tree, prepare.take(tree, twice), twice)


def test_a_missing_denominator_leaves_a_gap() -> None:
    nodes = {"code": ["r", "x", "y"], "parent": [None, "r", "r"], "denominator": [None, "p", None]}
    tree, data = from_table(pd.DataFrame(nodes)), X.assign(p=[1.0, np.nan, 1.0, 1.0])
    divided = prepare.denominate(tree, prepare.take(tree, data), data)
    assert divided["x"].isna().to_list() == [False, True, False, True]


# What a stage may do to the rows, and what it may not.


def test_a_stage_may_order_its_rows_and_columns_or_leave_economies_out() -> None:
    turned = X.iloc[::-1, ::-1]
    pd.testing.assert_frame_equal(prepare.check_stage(X, turned, "treat"), X)
    kept = prepare.check_stage(X, turned.drop("B"), "treat")
    assert kept.index.to_list() == ["A", "C", "D"]
    assert kept.loc["C", "x"] == 4
    assert prepare.check_stage(X, X, "treat") is X


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (X.to_numpy(), "the stage treat must give a table like the one it gets, not ndarray"),
        (X.reset_index(drop=True), "the stage treat gives 0, which is not in the table"),
        (X.rename({"A": "Z"}), "the stage treat gives Z, which is not in the table"),
        (pd.concat([X, X.head(1)]), "the stage treat gives A twice"),
        (X[["x"]], "the stage treat leaves out the indicator y"),
        (X.assign(z=1.0), "the stage treat gives z"),
        (X.head(1), "the stage treat leaves 1 economies"),
        (X.assign(x=np.inf), "A, after treat, x is infinite"),
        (X.assign(x="n"), "A, after treat, x: 'n' is no number"),
    ],
)
def test_a_stage_that_breaks_its_table_is_refused(after: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        prepare.check_stage(X, after, "treat")


def test_exactly_the_least_share_is_enough() -> None:
    assert aggregate.enough(7, 25, 0.28)  # 0.28 x 25 is 7.000000000000001
    assert not aggregate.enough(6, 25, 0.28)
    assert all(aggregate.enough(held, 49, held / 49) for held in range(50))
    table = pd.DataFrame(np.where(np.arange(25) < 7, 1.0, np.nan)[None, :], index=["P"])
    assert prepare.screen(table, 0.28).index.to_list() == ["P"]
    for wrong in (-0.1, 1.1, np.nan, "all"):
        with pytest.raises(InputError, match="least share available lies between 0 and 1"):
            prepare.screen(table, wrong)  # type: ignore[arg-type]


def test_means_worked_by_hand_and_ordered() -> None:
    values = np.array([[1.0, 4.0], [2.0, np.nan], [np.nan, np.nan]])
    weights = np.array([1.0, 1.0])
    expected = {"arithmetic": 2.5, "geometric": 2.0, "harmonic": 1.6}
    for mean in (aggregate.arithmetic, aggregate.geometric, aggregate.harmonic):
        found = mean(values, weights)
        assert found[:2].tolist() == pytest.approx([expected[mean.name], 2.0])
        assert np.isnan(found[2])
    assert aggregate.generalised(1)(values, weights)[0] == pytest.approx(2.5)
    assert aggregate.generalised(0)(values, weights)[0] == pytest.approx(2.0)
    assert aggregate.generalised(2)(values, weights)[0] == pytest.approx(np.sqrt(8.5))
    with pytest.raises(InputError, match="finite"):
        aggregate.generalised(np.inf)


@given(st.lists(st.floats(0.1, 100), min_size=2, max_size=6))
def test_equal_weights_give_the_mean(values: list[float]) -> None:
    row, ones = np.array([values]), np.ones(len(values))
    assert aggregate.arithmetic(row, ones)[0] == pytest.approx(np.mean(values))
    assert aggregate.geometric(row, ones)[0] == pytest.approx(stats.gmean(values))
    assert aggregate.harmonic(row, ones)[0] == pytest.approx(stats.hmean(values))


# Trap 3: the peer's harmonic mean takes negative values (VNM 4th of 51 instead of 36th).
@pytest.mark.parametrize(
    "mean", [aggregate.geometric, aggregate.harmonic, aggregate.generalised(2)]
)
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_mean_that_needs_values_above_zero_refuses_others(
    mean: aggregate.Mean, value: float
) -> None:
    with pytest.raises(DataError, match=r"needs values above 0: row 1 has .* in column 0"):
        mean(np.array([[1.0, 2.0], [value, 1.0]]), np.ones(2))


@pytest.mark.parametrize(
    ("power", "value"), [(200.0, 100.0), (200.0, 0.01), (-200.0, 100.0), (-200.0, 0.01)]
)
def test_a_power_beyond_what_a_number_holds_is_refused_by_place(power: float, value: float) -> None:
    with pytest.raises(DataError, match=r"row 1 has .* in column 0; use another normalisation"):
        aggregate.generalised(power)(np.array([[1.0, 2.0], [value, 1.0]]), np.ones(2))


@pytest.mark.parametrize("power", [np.nan, np.inf, "x", None, True])
def test_a_power_that_is_no_number_is_refused(power: object) -> None:
    with pytest.raises(InputError, match="the power of a mean is a finite number"):
        aggregate.generalised(power)  # type: ignore[arg-type]


def test_copeland_counts_values_that_differ_by_rounding_as_tied() -> None:
    noise, flat = (np.array([[one], [0.3]]) for one in (0.1 + 0.2, 0.3))
    ones = np.ones(1)
    assert aggregate.copeland(noise, ones).tolist() == aggregate.copeland(flat, ones).tolist()


# Trap 2: the peer's Copeland cannot be used by its own aggregation; see test_composite_engine.
def test_copeland_counts_the_weight_of_wins_with_ties_half() -> None:
    values = np.array([[3.0, 1.0], [2.0, 1.0], [1.0, 2.0]])
    weights = np.array([2.0, 1.0])
    matrix = aggregate.outranking(values, weights)
    assert matrix[0].tolist() == pytest.approx([0, 2 / 3 + 1 / 6, 2 / 3])
    assert (matrix + matrix.T + np.eye(3)).tolist() == pytest.approx(np.ones((3, 3)))
    assert aggregate.copeland(values, weights).tolist() == pytest.approx([1.5, 5 / 6, 2 / 3])
