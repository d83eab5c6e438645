"""One method, many methods, and the same answer by every way of computing it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import engine as bench
from rankings.composite import (
    aggregate,
    multivariate,
    normalise,
    outliers,
    prepare,
    sobol,
    strengths,
    weights,
)
from rankings.composite.engine import Method, build
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.tree import Tree, from_table
from rankings.composite.uncertainty import sequence, to_picks, uncertainty
from rankings.errors import DataError, InputError

# Two pillars: a (weight 3) of x and y, b (weight 1) of z; less of y is better.
NODES = pd.DataFrame(
    {
        "code": ["all", "a", "b", "x", "y", "z"],
        "parent": [None, "all", "all", "a", "a", "b"],
        "weight": [1, 3, 1, 1, 1, 1],
        "direction": [1, 1, 1, 1, -1, 1],
    }
)
FIGURES = pd.DataFrame(
    {"x": [0.0, 5, 10, 10], "y": [1.0, 3, 2, 5], "z": [1.0, 2, 3, 9]}, index=list("PQRS")
)


@pytest.fixture
def tree() -> Tree:
    return from_table(NODES)


def choices(tree: Tree) -> Varied:
    return {
        "treat": {"none": outliers.untreated, "winsorised": outliers.winsorising(2)},
        "normalise": {"min-max": normalise.minmax(1, 100), "z-score": normalise.zscore(10, 2)},
        "weights": dict(weights.noisy(tree, {1: 0.5, 2: 0.5}, 5, seed=1)),
        "aggregate": {
            "arithmetic": aggregate.arithmetic,
            "geometric": aggregate.geometric,
            "harmonic": aggregate.harmonic,
            "by level": {2: aggregate.geometric, 3: aggregate.arithmetic, 4: aggregate.harmonic},
            "Copeland": aggregate.copeland,
        },
        "drop": {"none": None, "x": "x", "z": "z"},
    }


def test_a_composite_worked_by_hand(tree: Tree) -> None:
    built = build(tree, FIGURES)
    assert built.normalised["y"].to_list() == [100, 50, 75, 0]
    assert built.aggregated["a"].to_list() == [50, 50, 87.5, 50]
    assert built.scores.to_list() == [37.5, 40.625, 71.875, 62.5]
    assert built.ranks.to_list() == [4, 3, 1, 2]
    assert list(built.aggregated) == ["x", "y", "z", "a", "b", "all"]


def test_a_gap_drops_out_and_too_many_leave_no_score(tree: Tree) -> None:
    gaps = FIGURES.copy()
    gaps.loc["P", "x"] = np.nan
    assert build(tree, gaps).aggregated["a"]["P"] == 100
    strict = build(tree, gaps, Method(least_available=0.6))
    assert np.isnan(strict.aggregated["a"]["P"])
    assert pd.isna(build(tree, gaps.assign(z=gaps["z"].where(gaps.index != "P")),
                         Method(least_available=1.0)).ranks["P"])  # fmt: skip


def test_copeland_and_a_mean_per_level_can_be_used(tree: Tree) -> None:
    assert build(tree, FIGURES, Method(aggregate=aggregate.copeland)).ranks["R"] == 1
    mixed = Method(
        normalise=normalise.minmax(1, 100),
        aggregate={2: aggregate.geometric, 3: aggregate.harmonic},
    )
    assert build(tree, FIGURES, mixed).scores.notna().all()
    with pytest.raises(InputError, match="no mean for level 3"):
        build(tree, FIGURES, mixed.but(aggregate={2: aggregate.geometric}))


def test_a_mean_that_cannot_take_zero_names_economy_and_indicator(tree: Tree) -> None:
    with pytest.raises(DataError, match=r"a: a geometric mean needs values above 0: P has 0 in x"):
        build(tree, FIGURES, Method(aggregate=aggregate.geometric))
    with pytest.raises(DataError, match="a: a harmonic mean needs values above 0: P"):
        build(tree, FIGURES, Method(normalise=normalise.zscore(), aggregate=aggregate.harmonic))


@pytest.mark.parametrize("gaps", [False, True])
def test_every_way_of_computing_gives_what_the_engine_gives(gaps: bool) -> None:
    tree, data = bench.synthetic(12, bench.WIDE_SHAPE, gaps=0.1 if gaps else 0.0)
    varied = dict(choices(tree))
    varied["drop"] = {"none": None, "first": "a0_0", "pillar": "a", "group": "b1"}
    plan = Plan(tree, data, Method(), varied)
    picks = to_picks(sequence(5, 64, 7), plan.sizes)
    done = run(plan, picks)
    for place, pick in enumerate(picks):
        built = build(tree, data, plan.method(pick))
        np.testing.assert_allclose(done.scores[done.row_of[place]], built.scores, rtol=1e-12)
        assert done.ranks[done.row_of[place]].tolist() == built.ranks.to_list()


@given(st.integers(0, 10_000))
def test_equal_weights_and_one_scale_give_the_plain_mean(seed: int) -> None:
    data = pd.DataFrame(np.random.default_rng(seed).normal(size=(5, 3)), columns=list("xyz"))
    flat = from_table(pd.DataFrame({"code": ["r", *"xyz"], "parent": [None, *"rrr"]}))
    built = build(flat, data, Method(normalise=normalise.unchanged))
    np.testing.assert_allclose(built.scores, data.mean(axis=1))


def test_intervals_hold_the_reference_and_say_what_was_varied(tree: Tree) -> None:
    result = uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=500)
    table = result.intervals.set_index("iso3")
    assert list(table) == ["reference", "median", "low", "high", "mean", "mean_shift", "of"]
    assert table["reference"].to_list() == [4, 3, 1, 2]
    assert ((table["low"] <= table["median"]) & (table["median"] <= table["high"])).all()
    assert table[["low", "high"]].isin([1, 2, 3, 4]).all(axis=None)
    np.testing.assert_allclose(result.acceptability.sum(axis=1), 1)
    ranks = result.replicates.rank_table()
    assert ranks.shape == (4, 500)
    np.testing.assert_allclose(table["mean"], ranks.mean(axis=1))
    np.testing.assert_array_equal(
        table["high"], np.quantile(ranks, 0.95, axis=1, method="inverted_cdf")
    )
    shift = ranks.sub(table["reference"], axis=0).abs()
    assert result.mean_shift == pytest.approx(shift.to_numpy().mean())
    assert result.varied["count"].to_list() == [2, 2, 5, 5, 3]
    assert result.varied["choices"][0] == "none; winsorised"
    again = uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=500)
    pd.testing.assert_frame_equal(result.intervals, again.intervals)


# Trap 4: the peer catches a failing replicate and keeps a gap that its statistics skip.
def test_a_failing_replicate_is_an_error_that_names_its_choices(tree: Tree) -> None:
    varied: Varied = {
        "normalise": {"good": normalise.minmax(1, 100), "z": normalise.zscore()},
        "aggregate": {"mean": aggregate.arithmetic, "geometric": aggregate.geometric},
    }
    with pytest.raises(
        DataError, match=r"replicate \(normalise: z, aggregate: geometric\): all: .* P has .* in x"
    ):
        uncertainty(tree, FIGURES, Method(), varied, seed=1, draws=100)


def test_an_economy_without_a_score_is_an_error(tree: Tree) -> None:
    gaps = FIGURES.copy()
    gaps.loc["P"] = np.nan
    varied: Varied = {"aggregate": {"mean": aggregate.arithmetic}}
    with pytest.raises(DataError, match=r"aggregate: mean.*P has no score"):
        uncertainty(tree, gaps, Method(), varied, seed=1, draws=4)
    varied = {"impute": {"mean": prepare.by_mean}}
    with pytest.raises(DataError, match="P has no score under the reference"):
        uncertainty(tree, gaps, Method(), varied, seed=1, draws=4)


def test_plans_that_cannot_be_run_are_refused(tree: Tree) -> None:
    with pytest.raises(InputError, match=r"'weight' is not a known part.*weights"):
        Plan(tree, FIGURES, Method(), {"weight": {"a": None}})
    with pytest.raises(InputError, match="nothing is varied"):
        Plan(tree, FIGURES, Method(), {})
    with pytest.raises(InputError, match="no choice"):
        Plan(tree, FIGURES, Method(), {"drop": {}})
    plan = Plan(tree, FIGURES, Method(), {"drop": {"none": None}})
    with pytest.raises(InputError, match="outside the choices"):
        run(plan, [[1]])
    with pytest.raises(InputError, match="one choice for each of 1 factors"):
        run(plan, [[0, 0]])
    with pytest.raises(InputError, match="at least one draw"):
        sequence(2, 0, 1)
    with pytest.raises(DataError, match="left out"):
        run(Plan(tree, FIGURES, Method(), {"drop": {"wrong": "q"}}), [[0]])
    negative = tree.weights.where(tree.weights.index != "x", -1.0)
    with pytest.raises(InputError, match="weight of x is -1"):
        build(tree, FIGURES, Method(weights=negative))


ISHIGAMI_FIRST, ISHIGAMI_TOTAL = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]


@given(st.integers(0, 100_000))
def test_sobol_indices_of_the_ishigami_function_are_the_known_ones(seed: int) -> None:
    base = 1024
    x = (2 * sobol.saltelli(sequence(6, base, seed)) - 1) * np.pi
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = sobol.indices(y, base, centred=True)
    np.testing.assert_allclose(found["first"], ISHIGAMI_FIRST, atol=0.08)
    np.testing.assert_allclose(found["total"], ISHIGAMI_TOTAL, atol=0.08)
    assert (found["total"] >= found["first"] - 0.08).all()
    with pytest.raises(InputError, match="no design"):
        sobol.indices(y[:-1], base)


def test_each_economy_has_its_own_sobol_indices(tree: Tree) -> None:
    result = sobol.sensitivity(tree, FIGURES, Method(), choices(tree), seed=2, base=256)
    table = result.economies
    assert table["iso3"].drop_duplicates().to_list() == list("PQRS")
    assert table.groupby("iso3")["factor"].apply(list)["Q"] == list(choices(tree))
    moved = table.loc[table["variance"] > 0]
    for index in ("first", "total"):
        assert (moved[f"{index}_low"] <= moved[f"{index}_high"]).all()
    assert (moved["total"] >= moved["first"] - 0.3).all()
    assert result.runs == 256 * 7
    # What the table says of one economy is what the estimator says of its ranks.
    plan = Plan(tree, FIGURES, Method(), choices(tree))
    done = run(plan, to_picks(sobol.saltelli(sequence(10, 256, 2)), plan.sizes))
    own = sobol.indices(done.ranks[done.row_of][:, 1].astype("float64"), 256, centred=True)
    rows = table.loc[table["iso3"] == "Q"]
    np.testing.assert_allclose(rows["total"], own["total"], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(rows["first"], own["first"], rtol=1e-3, atol=1e-4)


def test_a_rank_that_never_moves_has_no_indices(tree: Tree) -> None:
    varied: Varied = {
        "normalise": {"a": normalise.minmax(), "b": normalise.minmax(0, 1)},
        "weights": {"a": tree.weights, "b": tree.weights * 2},
    }
    result = sobol.sensitivity(tree, FIGURES, Method(), varied, seed=2, base=16, bootstrap=10)
    assert result.economies["first"].isna().all()
    assert (result.economies["variance"] == 0).all()


def test_reliability_components_and_correlations(tree: Tree) -> None:
    built = build(tree, FIGURES)
    same = pd.DataFrame({"x": [1.0, 2, 3], "y": [1.0, 2, 3]})
    assert multivariate.cronbach(same) == pytest.approx(1)
    table = multivariate.reliability(tree, built.aggregated)
    assert table["set"].to_list() == ["a", "all", "all"]
    assert table["of"].to_list() == ["children", "children", "indicators"]
    shares = multivariate.principal_components(tree, built.normalised)
    assert shares.groupby("group")["share"].sum().to_list() == pytest.approx([1, 1])
    correlated = multivariate.correlations(tree, built.aggregated).set_index("code")
    assert correlated.loc["z", "with_parent"] == pytest.approx(1)
    pair = multivariate.pairs(tree, built.aggregated).iloc[0]
    assert (pair["code"], pair["other"], pair["flag"]) == ("x", "y", "negative")
    with pytest.raises(InputError, match="pearson, spearman, kendall"):
        multivariate.pairs(tree, built.aggregated, "phi")
    with pytest.raises(InputError, match="no level 9"):
        multivariate.principal_components(tree, built.normalised, 9)
    with pytest.raises(DataError, match="alpha needs two"):
        multivariate.cronbach(same[["x"]])
    with pytest.raises(DataError, match="x has no variance: group a"):
        multivariate.principal_components(tree, built.normalised.assign(x=1.0))


def test_strengths_are_the_best_ranks_and_leaving_out_shows_influence(tree: Tree) -> None:
    profile = strengths.profile(tree, FIGURES, "S")
    assert profile["rank"].to_list() == [1, 1, 4]
    assert profile["code"].to_list() == ["x", "z", "y"]
    best, worst = strengths.strengths_and_weaknesses(tree, FIGURES, "S", count=1)
    assert (best["code"][0], worst["code"][0]) == ("x", "z")  # nobody stands below S in y
    _, worst = strengths.strengths_and_weaknesses(tree, FIGURES, "S", count=1, keep_last=True)
    assert worst["code"][0] == "y"
    with pytest.raises(InputError, match="'T' is not a known economy"):
        strengths.profile(tree, FIGURES, "T")
    built = build(tree, FIGURES)
    without = strengths.leave_one_out(built)
    for code in tree.indicators:
        again = build(tree, FIGURES, Method(drop=code)).ranks
        assert without[code].to_list() == again.to_list()
    table = strengths.influence(built)
    assert sorted(table["code"]) == ["x", "y", "z"]
    assert table["mean_shift"].is_monotonic_decreasing
    with pytest.raises(InputError, match="no level 3"):
        strengths.influence(built, 3)
