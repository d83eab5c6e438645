"""What must not matter does not: the order of rows, columns and nodes, the unit, a stage's order.

Each property holds for the composite, its replicates, intervals, Sobol indices and strengths.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankings.composite import (
    aggregate,
    normalise,
    outliers,
    prepare,
    sobol,
    strengths,
    uncertainty,
    weights,
)
from rankings.composite.engine import Method, Stage, build
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.tree import Tree, from_table
from rankings.errors import DataError

SEED, DRAWS, BASE = 3, 40, 8
worlds = st.tuples(st.integers(0, 10_000), st.integers(4, 9), st.booleans())


def world(seed: int, economies: int, gaps: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A description of two pillars of indicators, and figures with ties and perhaps gaps."""
    generator = np.random.default_rng(seed)
    sizes = {"P": int(generator.integers(2, 4)), "Q": int(generator.integers(1, 4))}
    leaves = [(f"{pillar}{at}", pillar) for pillar, size in sizes.items() for at in range(size)]
    rows = [("I", None), ("P", "I"), ("Q", "I"), *leaves]
    nodes = pd.DataFrame(rows, columns=["code", "parent"]).astype({"parent": "object"})
    nodes["weight"] = generator.integers(1, 5, len(nodes)).astype(float)
    nodes["direction"] = generator.choice([1, -1], len(nodes))
    nodes["denominator"] = [None] * (len(nodes) - 1) + ["people"]
    values = generator.integers(1, 7, (economies, len(leaves))) / 10
    values[0], values[1] = 0.05, 0.95  # no indicator is the same for all
    if gaps:
        values[2:][generator.random((economies - 2, len(leaves))) < 0.15] = np.nan
    names = pd.Index([f"u{at}" for at in range(economies)])
    data = pd.DataFrame(values, names, [code for code, _ in leaves])
    return nodes, data.assign(people=generator.integers(1, 4, economies) / 10)


def variations(tree: Tree) -> Varied:
    return {
        "treat": {"none": outliers.untreated, "winsorised": outliers.winsorising(2)},
        "normalise": {"min-max": normalise.minmax(1, 100), "z-score": normalise.zscore(50, 5)},
        "weights": weights.noisy(tree, {1: 0.5, 2: 0.5}, 4, SEED),
        "aggregate": {"arithmetic": aggregate.arithmetic, "geometric": aggregate.geometric},
    }


def method(**parts: object) -> Method:
    """A method that gives every economy a score."""
    return Method(impute=prepare.by_mean, least_available=0.5).but(**parts)


def everything(
    nodes: pd.DataFrame, data: pd.DataFrame, how: Method
) -> dict[str, pd.DataFrame | pd.Series]:
    """All results, each by name of its economy, code or factor."""
    tree = from_table(nodes)
    built, varied = build(tree, data, how), variations(tree)
    told = uncertainty.uncertainty(tree, data, how, varied, seed=SEED, draws=DRAWS)
    return {
        "scores": built.scores,
        "ranks": built.ranks,
        "aggregated": built.aggregated,
        "intervals": told.intervals.set_index("iso3"),
        "acceptability": told.acceptability,
        "replicates": told.replicates.rank_table(),
        "without": strengths.leave_one_out(built),
        "profile": strengths.profile(tree, built.raw, "u2").set_index("code"),
    }


def indices(nodes: pd.DataFrame, data: pd.DataFrame, how: Method) -> pd.DataFrame:
    """Sobol indices by economy and factor."""
    tree = from_table(nodes)
    varied = variations(tree)
    found = sobol.sensitivity(tree, data, how, varied, seed=SEED, base=BASE, bootstrap=20)
    return found.economies.set_index(["iso3", "factor"])


def assert_same(
    ours: dict[str, pd.DataFrame | pd.Series], theirs: dict[str, pd.DataFrame | pd.Series]
) -> None:
    for name, table in theirs.items():
        found = ours[name].reindex_like(table)
        if isinstance(table, pd.Series):
            pd.testing.assert_series_equal(found, table, obj=name)
        else:
            pd.testing.assert_frame_equal(found, table, obj=name)


def shuffle(
    nodes: pd.DataFrame, data: pd.DataFrame, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    chance = np.random.default_rng(seed)
    rows, columns = (chance.permutation(size) for size in data.shape)
    return nodes.iloc[chance.permutation(len(nodes))], data.iloc[rows, columns]


@settings(max_examples=12)
@given(worlds, st.integers(0, 10_000))
def test_shuffling_rows_indicators_or_the_description_changes_nothing(
    asked: tuple[int, int, bool], seed: int
) -> None:
    nodes, data = world(*asked)
    plain = everything(nodes, data, method())
    assert_same(everything(*shuffle(nodes, data, seed), method()), plain)


@settings(max_examples=5)
@given(worlds, st.integers(0, 10_000))
def test_shuffling_changes_no_sobol_index_and_no_influence(
    asked: tuple[int, int, bool], seed: int
) -> None:
    nodes, data = world(*asked)
    other = shuffle(nodes, data, seed)
    plain = indices(nodes, data, method())
    pd.testing.assert_frame_equal(indices(*other, method()).reindex_like(plain), plain)
    mattered, again = (
        strengths.influence(build(from_table(table), figures, method()), 2)
        for table, figures in ((nodes, data), other)
    )
    pd.testing.assert_frame_equal(again, mattered)


@settings(max_examples=8)
@given(worlds, st.sampled_from([1e-200, 1e-10, 3.0, 1e10, 1e200]))
def test_another_unit_moves_no_rank_and_no_share(asked: tuple[int, int, bool], unit: float) -> None:
    nodes, data = world(*asked)
    plain, other = (
        everything(nodes.assign(denominator=None), table, method()) for table in (data, data * unit)
    )
    for name in ("ranks", "intervals", "acceptability", "replicates", "without"):
        assert_same({name: other[name]}, {name: plain[name]})


@settings(max_examples=10)
@given(worlds)
def test_scores_in_another_unit_keep_their_ranks(asked: tuple[int, int, bool]) -> None:
    """The same with nothing normalised, so that the scores themselves are small."""
    nodes, data = world(*asked)
    tree = from_table(nodes.assign(denominator=None, direction=1))
    plain, small = (
        build(tree, table, method(normalise=normalise.unchanged)).ranks
        for table in (data, data * 1e-10)
    )
    pd.testing.assert_series_equal(small, plain)


def turned(stage: Stage) -> Stage:
    """The stage, its rows and columns given back the other way round."""
    return lambda table: stage(table).iloc[::-1, ::-1]


def by_score(values: np.ndarray, shares: np.ndarray) -> pd.Series:
    """A mean that gives its rows best first, each with its number."""
    means = pd.Series(aggregate.arithmetic(values, shares))
    return means.sort_values(ascending=False)


ORDERED: dict[str, Callable[[Method], Method]] = {
    "impute": lambda how: how.but(impute=turned(how.impute)),
    "treat": lambda how: how.but(treat=turned(how.treat)),
    "normalise": lambda how: how.but(normalise=turned(how.normalise)),
    "aggregate": lambda how: how.but(aggregate=by_score),
    "all": lambda how: how.but(
        impute=turned(how.impute), treat=turned(how.treat), normalise=turned(how.normalise)
    ),
}


@pytest.mark.parametrize("stage", ORDERED)
@settings(max_examples=3)
@given(worlds)
def test_labels_follow_the_unit_whatever_order_a_stage_gives(
    stage: str, asked: tuple[int, int, bool]
) -> None:
    nodes, data = world(*asked)
    plain = everything(nodes, data, method())
    assert_same(everything(nodes, data, ORDERED[stage](method())), plain)


@pytest.mark.parametrize("stage", ["impute", "treat", "normalise"])
def test_a_unit_that_a_stage_leaves_out_has_no_rank_and_is_named(stage: str) -> None:
    nodes, data = world(1, 6, False)
    tree = from_table(nodes)
    part = getattr(method(), stage)
    how = method(**{stage: lambda table: part(table.drop("u3", errors="ignore"))})
    ranks = build(tree, data, how).ranks
    assert ranks.index.equals(data.index)
    assert pd.isna(ranks["u3"])
    rest = build(tree, data.drop("u3"), method()).ranks
    assert ranks.drop("u3").equals(rest)
    assert list(strengths.leave_one_out(build(tree, data, how)).index) == list(rest.index)
    with pytest.raises(DataError, match="u3 has no score"):
        uncertainty.uncertainty(tree, data, how, variations(tree), seed=SEED, draws=DRAWS)
    with pytest.raises(DataError, match="u3 has no score"):
        sobol.sensitivity(tree, data, how, variations(tree), seed=SEED, base=BASE)


@settings(max_examples=6)
@given(worlds, st.integers(0, 10_000))
def test_a_replicate_is_what_the_engine_builds(asked: tuple[int, int, bool], seed: int) -> None:
    nodes, data = world(*asked)
    tree = from_table(nodes)
    varied = {
        **variations(tree),
        "impute": {"mean": prepare.by_mean, "median": prepare.by_median},
        "least_available": {"any": 0.0, "half": 0.5, "a third": 1 / 3},
        "drop": {"none": None, "P0": "P0"},
    }
    plan = Plan(tree, data, Method(), varied)
    picks = np.random.default_rng(seed).integers(0, plan.sizes, (8, len(plan.sizes)))
    done = run(plan, picks)
    for pick, row in zip(picks, done.row_of, strict=True):
        built = build(tree, data, plan.method(pick))
        np.testing.assert_allclose(done.scores[row], built.scores, rtol=1e-12)
        assert done.ranks[row].tolist() == built.ranks.to_list()


@pytest.mark.parametrize("most", [2, 5, None])
def test_rounding_noise_moves_no_winsorised_value(most: int | None) -> None:
    generator = np.random.default_rng(0)
    values = generator.uniform(1, 10, 60)
    values[:6] = 400.0
    noisy = values.copy()
    noisy[:6] = 400 + np.arange(6) * 5.7e-14
    plain, marks = outliers.winsorise(values, most)
    near, noisy_marks = outliers.winsorise(noisy, most)
    assert (marks == noisy_marks).all()
    assert near == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("unit", [1, 0.1, 12, 60, 1000, 3e-7])
def test_a_moment_at_its_limit_is_treated_in_every_unit(unit: float) -> None:
    values = np.array([5.0, 6.0, 6.0, 6.0]) * unit  # skewness -2, kurtosis 4
    assert not outliers.passes(values)
