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


def test_bad_figures_are_refused_by_place() -> None:
    nodes = {"code": ["r", "x", "y"], "parent": [None, "r", "r"], "denominator": [None, "p", None]}
    tree = from_table(pd.DataFrame(nodes))
    data = X.assign(p=[2.0, 2.0, 2.0, 2.0])
    assert prepare.denominate(tree, prepare.take(tree, data), data)["x"].to_list()[:2] == [0.5, 1]
    with pytest.raises(InputError, match="no indicator y"):
        prepare.take(tree, data[["x"]])
    with pytest.raises(InputError, match="divided by p"):
        prepare.denominate(tree, X, X)
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
    with pytest.raises(DataError, match="no number"):
        prepare.take(tree, data.assign(x=["a", "b", "c", "d"]))


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


# Trap 2: the peer's Copeland cannot be used by its own aggregation; see test_composite_engine.
def test_copeland_counts_the_weight_of_wins_with_ties_half() -> None:
    values = np.array([[3.0, 1.0], [2.0, 1.0], [1.0, 2.0]])
    weights = np.array([2.0, 1.0])
    matrix = aggregate.outranking(values, weights)
    assert matrix[0].tolist() == pytest.approx([0, 2 / 3 + 1 / 6, 2 / 3])
    assert (matrix + matrix.T + np.eye(3)).tolist() == pytest.approx(np.ones((3, 3)))
    assert aggregate.copeland(values, weights).tolist() == pytest.approx([1.5, 5 / 6, 2 / 3])
