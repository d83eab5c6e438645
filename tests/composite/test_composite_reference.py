"""The peer's outputs (COINr 1.1.14 on its ASEM example), file by file.

Where ours differ it is on purpose, and the test says which cells: values that differ in the last
bit tie here, and a harmonic mean of negative values is refused.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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
from rankings.composite.engine import Built, Method, build, climb, ranks
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.tree import COINR, from_table
from rankings.composite.uncertainty import uncertainty
from rankings.errors import DataError

FOLDER = Path(__file__).parents[1] / "reference" / "asem"
TOLERANCE = 1e-9


@cache
def read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


def table(name: str, **chosen: str) -> pd.DataFrame:
    """Economies down; of a file of several tables the one chosen by its columns."""
    held = read(name)
    for column, value in chosen.items():
        held = held.loc[held[column] == value].drop(columns=column)
    return held.set_index("iso3")


def theirs(nodes: pd.DataFrame) -> pd.DataFrame:
    """The nodes as the peer's own table has them."""
    return nodes[list(COINR.values())].rename(columns={ours: peer for peer, ours in COINR.items()})


def assert_equal(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    assert list(ours.reindex(columns=theirs.columns)) == list(theirs)
    found = ours.loc[theirs.index, theirs.columns].to_numpy(dtype="float64")
    np.testing.assert_allclose(found, theirs.to_numpy(dtype="float64"), rtol=0, atol=TOLERANCE)


@pytest.fixture(scope="module")
def built() -> Built:
    data = table("figures")
    method = Method(impute=prepare.by_group(data["EurAsia_group"]), treat=outliers.winsorising(5))
    return build(from_table(theirs(read("nodes")), COINR), data, method)


def test_every_stage(built: Built) -> None:
    assert_equal(built.denominated, table("stages", stage="denominated"))
    assert_equal(built.imputed, table("stages", stage="imputed"))
    assert_equal(built.treated, table("stages", stage="treated"))
    assert_equal(built.normalised, table("stages", stage="normalised"))
    # The indicators are those of the normalised stage.
    assert_equal(built.aggregated[list(built.normalised)], table("stages", stage="normalised"))
    higher = table("aggregates", scale="minmax_0_100", mean="a_amean")
    assert_equal(built.aggregated[list(higher)], higher)


def test_every_normalisation(built: Built) -> None:
    turned = built.treated * built.tree.directions
    posts = read("treatment").set_index("code")[["goalpost_low", "goalpost_high"]]
    posts = posts.set_axis(["lower", "upper"], axis="columns")
    assert_equal(normalise.minmax()(turned), table("stages", stage="normalised"))
    for name, function in {
        "zscore_0_1": normalise.zscore(),
        "dist2max": normalise.distance_to_best,
        "goalposts": normalise.goalposts(posts),
    }.items():
        assert_equal(function(turned), table("scaled", scale=name))
    for name, ranked in {
        "rank": normalise.rank,
        "borda": normalise.borda,
        "prank": normalise.percentile_rank,
    }.items():
        assert_equal(ranked(turned, tolerance=0.0), table("scaled", scale=name))


def test_only_values_that_differ_in_the_last_bit_tie_here_and_not_there(built: Built) -> None:
    turned = built.treated * built.tree.directions
    theirs = table("scaled", scale="rank").loc[turned.index, turned.columns]
    differ = normalise.rank(turned) != theirs
    assert differ.sum().loc[lambda count: count > 0].index.to_list() == ["TolMin"]
    ours = normalise.rank(turned).loc[["BGR", "CZE", "GRC"], "TolMin"]
    assert ours.to_list() == [26, 26, 26]
    assert theirs.loc[["BGR", "CZE", "GRC"], "TolMin"].to_list() == [27, 27, 26]


METHODS = {
    "minmax_1_100": normalise.minmax(1, 100),
    "minmax_0_100": normalise.minmax(),
    "zscore_10_2": normalise.zscore(10, 2),
    "zscore_0_1": normalise.zscore(),
    "prank": lambda values: normalise.percentile_rank(values, 0.0),
    "rank": lambda values: normalise.rank(values, 0.0),
    "dist2max": normalise.distance_to_best,
}
MEANS = {
    "a_amean": aggregate.arithmetic,
    "a_gmean": aggregate.geometric,
    "a_hmean": aggregate.harmonic,
}


def test_every_aggregation_and_its_ranks(built: Built) -> None:
    turned = built.treated * built.tree.directions
    refused = []
    held = read("aggregates")
    whole = set(zip(held["scale"], held["mean"], strict=True))
    for (scale, mean), rows in read("methods").groupby(["scale", "mean"], sort=False):
        scores = rows.set_index("iso3")
        method = Method(aggregate=MEANS[mean])
        try:
            climbed = climb(built.tree, METHODS[scale](turned), method)
        except DataError as failure:
            refused.append((scale, mean, str(failure)))
            continue
        index = climbed["Index"].loc[scores.index]
        np.testing.assert_allclose(index, scores["score"], rtol=0, atol=TOLERANCE)
        placed = ranks(index.to_frame())["Index"]
        assert placed.to_list() == scores["rank"].to_list()
        if (scale, mean) in whole:
            assert_equal(climbed, table("aggregates", scale=scale, mean=mean))
            whole.remove((scale, mean))
    assert not whole
    assert [each[:2] for each in refused] == [("zscore_0_1", "a_hmean")]
    assert "needs values above 0" in refused[0][2]


def test_results_in_order(built: Built) -> None:
    theirs = table("ranks")
    assert built.ranks[theirs.index].to_list() == theirs["Index"].to_list()
    assert theirs["Index"].is_monotonic_increasing
    ours = ranks(built.aggregated, tolerance=0.0)
    assert (ours.loc[theirs.index, theirs.columns] == theirs).all(axis=None)


def test_what_was_treated(built: Built) -> None:
    done = outliers.treat(built.imputed)
    theirs = read("treatment").set_index("code")
    for name in (
        *("passed_before", "skewness_before", "kurtosis_before"),
        *("winsorised", "skewness_winsorised", "kurtosis_winsorised"),
    ):
        np.testing.assert_allclose(
            done.details.loc[theirs.index, name].astype("float64"),
            theirs[name].astype("float64"),
            rtol=0,
            atol=TOLERANCE,
        )
    points = {(row.iso3, row.code): row.treated for row in read("treated_points").itertuples()}
    assert done.points.replace("", np.nan).stack().dropna().to_dict() == points


def test_weights_given_effective_and_principal(built: Built) -> None:
    tree = built.tree
    nodes = read("nodes").set_index("code")
    nodes = nodes.loc[nodes["effective_weight"].notna()]
    given, effective = nodes["weight"], nodes["effective_weight"]
    assert (weights.given(tree)[given.index] == given).all()
    np.testing.assert_allclose(weights.effective(tree)[effective.index], effective, atol=TOLERANCE)
    theirs = nodes["principal_weight"]
    ours = weights.principal(tree, built.normalised)
    for children in tree.children.values():
        # The sign of an eigenvector is arbitrary: ours sums to more than 0.
        sign = np.sign(theirs[children].sum())
        assert ours[children].sum() > 0
        np.testing.assert_allclose(ours[children], sign * theirs[children], atol=TOLERANCE)


def test_multivariate(built: Built) -> None:
    alphas = read("reliability").set_index("set")["alpha"]
    found = multivariate.reliability(built.tree, built.aggregated).set_index(["set", "of"])["alpha"]
    for name, alpha in alphas.items():
        parent, _, rest = str(name).partition("_")
        of = "indicators" if "indicators" in rest else "children"
        assert found[parent, of] == pytest.approx(alpha, abs=TOLERANCE), name
    theirs = read("principal_components").set_index(["group", "component"])
    ours = multivariate.principal_components(built.tree, built.normalised)
    ours = ours.set_index(["group", "component"]).loc[theirs.index]
    np.testing.assert_allclose(
        ours[["deviation", "eigenvalue", "share"]],
        theirs[["deviation", "eigenvalue", "share"]],
        atol=TOLERANCE,
    )


def test_strengths_and_weaknesses(built: Built) -> None:
    found = strengths.strengths_and_weaknesses(built.tree, built.raw, "VNM")
    held = read("strengths_of_viet_nam")
    for ours, side in zip(found, ("strength", "weakness"), strict=True):
        theirs = held.loc[held["side"] == side]
        for column in ("code", "group", "rank", "unit"):
            assert ours[column].to_list() == theirs[column].to_list()
        shown = [float(f"{value:.3g}") for value in ours["value"]]
        assert shown == pytest.approx(theirs["value"].to_list(), abs=TOLERANCE)


def variations() -> Varied:
    nodes = read("nodes").set_index("code")
    given = nodes.loc[nodes["effective_weight"].notna(), "weight"]
    drawn = read("weight_sets").set_index("code")  # of the nodes whose weight was varied
    return {
        "treat": {str(most): outliers.winsorising(most) for most in range(1, 6)},
        "normalise": {"n_minmax": METHODS["minmax_1_100"], "n_zscore": METHODS["zscore_10_2"]},
        "weights": {name: drawn[name].combine_first(given)[given.index] for name in drawn},
        "aggregate": {"a_amean": aggregate.arithmetic, "a_gmean": aggregate.geometric},
    }


def test_the_recorded_replicates_rank_by_rank(built: Built) -> None:
    varied = variations()
    chosen = read("replicates").astype("str")
    columns = ["winsorised_at_most", "scale", "weight_set", "aggregation"]
    picks = np.column_stack(
        [
            [list(choices).index(word) for word in chosen[column]]
            for column, choices in zip(columns, varied.values(), strict=True)
        ]
    )
    done = run(Plan(built.tree, table("figures"), built.method, varied), picks)
    scores, placed = (table(f"replicate_{name}") for name in ("scores", "ranks"))
    assert scores.shape[1] == 300
    np.testing.assert_allclose(
        done.score_table().loc[scores.index],
        scores,
        rtol=0,
        atol=TOLERANCE,
    )
    np.testing.assert_array_equal(done.rank_table().loc[placed.index].to_numpy(), placed.to_numpy())


def test_ten_thousand_replicates_agree_with_the_peers_within_chance(built: Built) -> None:
    result = uncertainty(built.tree, table("figures"), built.method, variations(), seed=1)
    ours = result.intervals.set_index("iso3")
    theirs = table("uncertainty").loc[ours.index]
    assert (ours["reference"] == theirs["reference"]).all()
    assert (ours["mean"] - theirs["mean"]).abs().max() < 0.15
    assert (ours["low"] - theirs["low"]).abs().max() <= 1
    assert (ours["high"] - theirs["high"]).abs().max() <= 1


def test_sobol_indices_of_the_ishigami_sample() -> None:
    sample, theirs = read("../ishigami/outputs"), read("../ishigami/indices")
    base = len(sample) // (len(theirs) + 2)
    ours = sobol.indices(sample["y"].to_numpy(), base)
    np.testing.assert_allclose(ours, theirs[["first", "total", "variance"]], rtol=0, atol=1e-12)


def test_sobol_indices_of_the_shift_lie_within_the_peers_wide_intervals(built: Built) -> None:
    result = sobol.sensitivity(
        built.tree, table("figures"), built.method, variations(), seed=1, base=2048
    )
    theirs = read("sensitivity")
    overall = result.overall.reset_index(drop=True)
    assert overall["total"].between(theirs["total_low"], theirs["total_high"]).all()
    assert overall["first"].between(theirs["first_low"], theirs["first_high"]).all()
    ours = (overall["first_high"] - overall["first_low"]).max()
    assert ours < (theirs["first_high"] - theirs["first_low"]).max() / 2
