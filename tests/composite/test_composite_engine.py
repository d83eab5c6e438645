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
    replicates,
    sobol,
    strengths,
    weights,
)
from rankings.composite import uncertainty as uncertainties
from rankings.composite.engine import Method, build
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.tree import Tree, from_table
from rankings.composite.uncertainty import sequence, to_picks, uncertainty
from rankings.errors import DataError, InputError
from rankings.panel import inputs

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


# What enters is made sure of


def flat(codes: str, **columns: list[object]) -> Tree:
    return from_table(
        pd.DataFrame({"code": [*codes, "I"], "parent": ["I"] * len(codes) + [None], **columns})
    )


def test_an_indicator_that_varies_by_rounding_only_moves_no_rank() -> None:
    """0.3 per head is the same for all, whatever the last bit says."""
    generator = np.random.default_rng(0)
    people = pd.Series(generator.integers(1000, 90_000_000, 40).astype(float))
    data = pd.DataFrame({"a": people * 0.1 + people * 0.2, "b": generator.normal(size=40)})
    data["p"] = people
    tree = flat("ab", denominator=["p", None, None])
    with pytest.raises(DataError, match="indicator a cannot be scaled"):
        build(tree, data)
    alone = build(flat("b"), data).ranks
    for scale in (normalise.percentile_rank, normalise.rank, normalise.fraction_of_best):
        assert build(tree, data, Method(normalise=scale)).ranks.equals(alone)


def test_an_index_has_any_number_of_units() -> None:
    data = pd.DataFrame({"a": np.arange(33_000.0), "b": np.arange(33_000.0) ** 2})
    placed = build(flat("ab"), data).ranks
    assert (placed.min(), placed.max()) == (1, 33_000)
    varied: Varied = {"weights": {"one": None, "two": pd.Series({"a": 1.0, "b": 2.0})}}
    done = run(Plan(flat("ab"), data, Method(), varied), [[0], [1]])
    assert done.ranks.min() == 1
    assert done.ranks.max() == 33_000


def test_codes_and_columns_of_whole_numbers_are_built() -> None:
    tree = from_table(pd.DataFrame({"code": [1, 2, 3], "parent": [3, 3, None]}))
    data = pd.DataFrame({1: [1, 2, 3.0], 2: [3, 1, 2.0]})
    assert build(tree, data).ranks.to_list() == [2, 3, 1]
    assert build(tree, data, Method(drop="1")).ranks.to_list() == [1, 3, 2]
    assert build(tree, data, Method(weights=pd.Series({1: 1.0, 2: 0.0}))).ranks.to_list() == [
        3, 2, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (lambda values, _: values[:-1, 0], r"I: its mean must give one number for each of 4"),
        (lambda values, _: values, r"I: its mean must give one number"),
        (lambda values, _: values[:, 0] / 0.0, r"I: the mean of P is beyond what a number"),
        (aggregate.generalised(200), r"I: a generalised \(200\) mean needs .*: Q has 50.5 in x"),
    ],
)
def test_a_mean_that_gives_no_score_is_refused(
    mean: aggregate.Aggregate, words: str, tree: Tree
) -> None:
    method = Method(normalise=normalise.minmax(1, 100), aggregate=mean)
    with pytest.raises(DataError, match=words):
        build(flat("xyz"), FIGURES, method)
    varied: Varied = {"aggregate": {"odd": mean}}
    with pytest.raises(DataError, match=r"replicate \(aggregate: odd\): " + words):
        uncertainty(flat("xyz"), FIGURES, method, varied, seed=1, draws=20)


def test_scores_too_large_are_refused_by_every_way() -> None:
    large = pd.DataFrame({"x": [1.0, 1.5e308], "y": [2.0, 1.5e308]})
    method = Method(normalise=normalise.unchanged, aggregate=lambda v, w: v.sum(axis=1))
    with pytest.raises(DataError, match="I: the mean of 1 is beyond what a number can hold"):
        build(flat("xy"), large, method)


def test_weights_that_are_refused_name_their_set(tree: Tree) -> None:
    good = tree.weights
    cases: list[tuple[object, str]] = [
        (good.where(good.index != "x", -1.0), "weights 'odd': the weight of x is -1"),
        (good.drop("x"), "weights 'odd': x has no weight"),
        (good.rename({"x": "xx"}), "weights 'odd': weights: 'xx' is not a known code"),
        (pd.concat([good, good[["x"]]]), "weights 'odd': the weights name x twice"),
        (good * 0, "weights 'odd': the weights below all are all zero"),
        ([1.0], "weights 'odd': weights are given by code"),
    ]
    for wrong, words in cases:
        varied: Varied = {"weights": {"good": good, "odd": wrong}}
        with pytest.raises(InputError, match=words):
            run(Plan(tree, FIGURES, Method(), varied), [[0]])
    wrong_rows = weights.noisy(tree, {1: 0.5}, 3, 1)
    wrong_rows.rows[1, 3] = -1.0
    with pytest.raises(InputError, match="weights 'noisy weights 2': the weight of x is -1"):
        run(Plan(tree, FIGURES, Method(), {"weights": wrong_rows}), [[0]])


def test_weights_are_read_in_whatever_form_they_come(tree: Tree) -> None:
    sets = weights.noisy(tree, {1: 0.5, 2: 0.5}, 6, 1)
    forms: list[dict[str, object]] = [
        sets,  # type: ignore[list-item]
        dict(sets),
        {name: each.iloc[::-1] for name, each in sets.items()},
        {name: each.to_dict() for name, each in sets.items()},
    ]
    picks = np.arange(6)[:, None]
    plain, *others = (
        run(Plan(tree, FIGURES, Method(), {"weights": form}), picks) for form in forms
    )
    for other in others:
        np.testing.assert_array_equal(other.scores, plain.scores)


def test_a_least_share_that_is_none_is_refused(tree: Tree) -> None:
    with pytest.raises(InputError, match="least share available lies between 0 and 1, not 2"):
        Method(least_available=2)
    assert build(tree, FIGURES, Method(least_available=1)).ranks.notna().all()


def test_exactly_the_least_share_is_enough_in_a_replicate_too() -> None:
    codes = [f"x{at}" for at in range(25)]
    nodes = pd.DataFrame({"code": [*codes, "y", "P", "I"], "parent": ["P"] * 25 + ["I", "I", None]})
    tree = from_table(nodes)
    data = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 26)), columns=[*codes, "y"])
    data.iloc[0, 7:25] = np.nan
    method = Method(least_available=0.28)
    built = build(tree, data, method)
    assert pd.notna(built.aggregated["P"][0])
    done = run(Plan(tree, data, method, {"weights": {"given": None}}), [[0]])
    assert done.ranks[0].tolist() == built.ranks.to_list()


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


def test_both_definitions_of_quantiles_are_those_of_numpy(tree: Tree) -> None:
    """Type 1 is a rank that occurred, type 7 the peer's; both over draws that repeat picks."""
    for draws in (20, 37, 64, 500):
        for quantiles in ("inverted_cdf", "linear"):
            result = uncertainty(
                tree, FIGURES, Method(), choices(tree), seed=5, draws=draws, quantiles=quantiles
            )
            ranks = result.replicates.rank_table()
            found = result.intervals.set_index("iso3")[["low", "median", "high"]].T
            expected = np.quantile(ranks, [0.05, 0.5, 0.95], axis=1, method=quantiles)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(InputError, match="'type 6' is not a known definition of quantiles"):
        uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=20, quantiles="type 6")  # type: ignore[arg-type]


def test_economies_are_summarised_alike_in_blocks(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, index = (
        uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=50),
        sobol.sensitivity(tree, FIGURES, Method(), choices(tree), seed=2, base=8, bootstrap=20),
    )
    for module in (replicates, uncertainties, sobol):
        monkeypatch.setattr(module, "_CELLS", 60)
    parts = uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=50)
    pd.testing.assert_frame_equal(parts.intervals, whole.intervals)
    pd.testing.assert_frame_equal(parts.acceptability, whole.acceptability)
    np.testing.assert_array_equal(parts.replicates.scores, whole.replicates.scores)
    again = sobol.sensitivity(tree, FIGURES, Method(), choices(tree), seed=2, base=8, bootstrap=20)
    pd.testing.assert_frame_equal(again.economies, index.economies)


def test_draws_and_bases_that_tell_nothing_are_refused(tree: Tree) -> None:
    for draws, words in ((0, "of 1 or more, not 0"), (19, "give 20 or more"), (1.5, "not 1.5")):
        with pytest.raises(InputError, match=words):
            uncertainty(tree, FIGURES, Method(), choices(tree), seed=5, draws=draws)  # type: ignore[arg-type]
    for part, words in (
        ({"base": 1}, "the base of the design must be a whole number of 2 or more, not 1"),
        ({"base": 0}, "not 0"),
        ({"bootstrap": 1}, "1 draws cannot tell .* give 20 or more"),
        ({"bootstrap": -1}, "the number of resamples must be a whole number of 0 or more"),
        ({"seed": -1}, "the seed must be a whole number"),
    ):
        asked = {"seed": 1, "base": 8, "bootstrap": 20, **part}
        with pytest.raises(InputError, match=words):
            sobol.sensitivity(tree, FIGURES, Method(), choices(tree), **asked)
    assert sobol.sensitivity(
        tree, FIGURES, Method(), choices(tree), seed=1, base=2, bootstrap=0
    ).economies["first_low"].isna().all()  # fmt: skip
    with pytest.raises(InputError, match="output 2 of the design is missing or infinite"):
        sobol.indices(np.array([1.0, np.nan, 2, 3, 4, 5]), 2)
    assert sobol.indices(np.array([0.3, 0.1 + 0.2] * 3), 2).isna().all(axis=None)


def test_more_than_fits_is_refused_with_what_would(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(Plan(tree, FIGURES, Method(), choices(tree)), [[0, 0, 0, 0, 0]])
    monkeypatch.setattr(inputs, "ROOM", 20 * 4 * 4)
    with pytest.raises(InputError, match=r"replicates of 4 units need .* at most 20 fit"):
        uncertainty(tree, FIGURES, Method(), choices(tree), seed=1, draws=64)
    monkeypatch.setattr(inputs, "ROOM", 3 * 4)
    with pytest.raises(InputError, match=r"1 replicates of 4 units need .* at most 0 fit"):
        assert done.scores is not None


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
        uncertainty(tree, gaps, Method(), varied, seed=1, draws=20)
    varied = {"impute": {"mean": prepare.by_mean}}
    with pytest.raises(DataError, match="P has no score under the reference"):
        uncertainty(tree, gaps, Method(), varied, seed=1, draws=20)


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
    with pytest.raises(InputError, match="give whole numbers from 0"):
        run(plan, [[0.5]])
    with pytest.raises(InputError, match="the choices for drop need names"):
        Plan(tree, FIGURES, Method(), {"drop": ["x"]})  # type: ignore[dict-item]
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
    result = sobol.sensitivity(tree, FIGURES, Method(), varied, seed=2, base=16, bootstrap=20)
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
    # What varies by rounding only, or cancels, correlates with nothing.
    noise = built.aggregated.assign(x=[0.3, 0.1 + 0.2, 0.3, 0.3])
    row = multivariate.correlations(tree, noise).set_index("code").loc["x"]
    assert row[["with_parent", "with_root"]].isna().all()
    assert "x" not in multivariate.pairs(tree, noise)["code"].to_list()
    with pytest.raises(DataError, match="their sum has no variance"):
        multivariate.cronbach(pd.DataFrame({"x": [0.1, 0.2, 0.4], "y": [-0.1, -0.2, -0.4]}))


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
    with pytest.raises(InputError, match="the values have no indicator z"):
        strengths.profile(tree, FIGURES[["x", "y"]], "S")
    with pytest.raises(DataError, match="the values have P twice"):
        strengths.profile(tree, pd.concat([FIGURES, FIGURES.head(1)]), "S")
    # Distinct to rounding: x has two values, not three.
    noise = FIGURES.assign(x=[0.3, 0.1 + 0.2, 0.7, 0.7])
    shown, _ = strengths.strengths_and_weaknesses(tree, noise, "S", least_distinct=0.5)
    assert "x" not in shown["code"].to_list()
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
