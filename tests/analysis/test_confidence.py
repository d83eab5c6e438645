"""Do confidence sets for ranks agree with the reference, and do they keep their promise?"""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from counting import calls
from hypothesis import given, settings
from hypothesis import strategies as st

import rankings
from rankings.analysis import confidence
from rankings.analysis.confidence import MARGINAL, SIMULTANEOUS
from rankings.errors import DataError, InputError
from rankings.forecasts.baselines import random_walk
from rankings.panel import shape as panels
from rankings.panel.definitions import definition

REFERENCE = Path(__file__).parents[1] / "reference" / "pisa" / "maths_2018.csv"
ESTIMATES = pd.Series({"AAA": 3.0, "BBB": 2.0, "CCC": 1.9, "DDD": 0.0})


def errors(size: float, names: pd.Index = ESTIMATES.index) -> pd.DataFrame:
    return confidence.independent(pd.Series(size, index=names))


@pytest.fixture(scope="module")
def egdi_2018() -> pd.Series:
    return panels.wide(rankings.load().known(2018), "EGDI", 2018)["egdi"]


# A small world


@pytest.mark.parametrize("kind", [MARGINAL, SIMULTANEOUS])
def test_near_scores_share_their_ranks_and_far_ones_do_not(kind: str) -> None:
    table = confidence.sets(ESTIMATES, errors(0.1), kind)
    assert table["best"].tolist() == [1, 2, 2, 4]
    assert table["worst"].tolist() == [1, 3, 3, 4]
    assert table["rank"].tolist() == [1, 2, 3, 4]


def test_without_errors_the_set_is_the_rank() -> None:
    table = confidence.sets(ESTIMATES, errors(0.0), SIMULTANEOUS)
    assert table["best"].tolist() == table["worst"].tolist() == [1, 2, 3, 4]
    tied = confidence.sets(pd.Series({"AAA": 1.0, "BBB": 1.0, "CCC": 0.0}), _zeros(3))
    assert tied[["best", "worst"]].to_numpy().tolist() == [[1, 2], [1, 2], [3, 3]]


def _zeros(count: int) -> pd.DataFrame:
    names = ["AAA", "BBB", "CCC"][:count]
    return pd.DataFrame(0.0, index=names, columns=names)


def test_common_errors_cancel() -> None:
    """An error shared by all moves no rank, however large it is."""
    common = pd.DataFrame(100.0, ESTIMATES.index, ESTIMATES.index) + errors(0.01)
    table = confidence.sets(ESTIMATES, common, SIMULTANEOUS)
    assert table["best"].tolist() == table["worst"].tolist() == [1, 2, 3, 4]
    alone = confidence.sets(ESTIMATES, errors(10.0), SIMULTANEOUS)
    assert alone["worst"].tolist() == [4, 4, 4, 4]


def test_errors_shared_by_two_tell_them_apart() -> None:
    """A and B are wrong together, so a small gap between them is sure; C may be anywhere."""
    names = ["AAA", "BBB", "CCC"]
    noise = pd.DataFrame([[1, 0.9999, 0], [0.9999, 1, 0], [0, 0, 1]], names, names, dtype=float)
    table = confidence.sets(pd.Series([1.0, 0.9, 0.5], names), noise, SIMULTANEOUS)
    assert table["best"].tolist() == [1, 2, 1]
    assert table["worst"].tolist() == [2, 3, 3]


def test_two_economies_at_the_two_sided_bar() -> None:
    """With two economies the bar is 1.96 standard errors of the difference."""
    for gap, apart in ((1.9, False), (2.02, True)):
        pair = pd.Series({"AAA": gap * np.sqrt(2), "BBB": 0.0})
        table = confidence.sets(pair, errors(1.0, pair.index), draws=100_000)
        assert (table["worst"][0] == 1) == apart


def test_the_basis_and_the_order_of_the_input_are_kept() -> None:
    shuffled = ESTIMATES.iloc[[3, 0, 2, 1]]
    table = confidence.sets(shuffled, errors(0.1), basis="a guess")
    assert table["iso3"].tolist() == ["DDD", "AAA", "CCC", "BBB"]
    assert table["best"].tolist() == [4, 1, 2, 2]
    assert table["basis"].unique().tolist() == ["a guess"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=8), st.integers(1, 5), st.integers(0, 99))
def test_sets_hold_the_rank_and_nest(values: list[int], size: int, seed: int) -> None:
    """Marginal within simultaneous, step-down within single step, 80 % within 95 %."""
    scores = pd.Series(values, [f"E{i}" for i in range(len(values))], dtype=float)
    noise = errors(float(size), scores.index)

    def bounds(kind: str, level: float = 0.95, stepdown: bool = True) -> pd.DataFrame:
        return confidence.sets(
            scores, noise, kind, level=level, stepdown=stepdown, draws=1000, seed=seed
        )

    inner, outer = bounds(MARGINAL), bounds(SIMULTANEOUS)
    assert inner["rank"].between(inner["best"], inner["worst"]).all()
    for small, large in (
        (inner, outer),
        (outer, bounds(SIMULTANEOUS, stepdown=False)),
        (bounds(SIMULTANEOUS, 0.8), outer),
    ):
        assert (small["best"] >= large["best"]).all()
        assert (small["worst"] <= large["worst"]).all()


def test_the_promise_is_kept_in_repeated_draws() -> None:
    """Simultaneous 90 % sets hold all true ranks in about 90 % of draws or more."""
    generator = np.random.default_rng(5)
    truth = pd.Series([4.0, 3.0, 3.0, 1.0, 0.5], list("ABCDE"))
    low = [int((truth > value).sum()) + 1 for value in truth]
    high = [int((truth >= value).sum()) for value in truth]
    kept = 0
    for trial in range(150):
        seen = truth + generator.normal(0, 0.5, 5)
        noise = errors(0.5, truth.index)
        table = confidence.sets(seen, noise, SIMULTANEOUS, level=0.9, draws=500, seed=trial)
        kept += bool(((table["best"] <= low) & (table["worst"] >= high)).all())
    assert kept / 150 > 0.84


# What must not matter does not


@pytest.mark.parametrize("large", [1.0, 1e2, 1e8, 1e100])
@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_a_huge_error_of_one_narrows_no_set_of_another(large: float, shared: float) -> None:
    """Its comparisons move as one, so the critical value may fall a little, and no more."""
    names = [f"u{at:02d}" for at in range(40)]
    scores = pd.Series(np.random.default_rng(7).uniform(0.1, 0.95, 40), names)
    small = errors(0.02, scores.index) * (1 - shared) + shared * 0.02**2
    noisy = small.copy()
    noisy.loc["u05", :] = noisy.loc[:, "u05"] = 0.0
    noisy.loc["u05", "u05"] = large**2
    before, after = (
        confidence.sets(scores, covariance, SIMULTANEOUS, draws=4000).set_index("iso3")
        for covariance in (small, noisy)
    )
    others = scores.index.drop("u05")
    assert (after["best"] <= before["best"] + 1)[others].all()
    assert (after["worst"] >= before["worst"] - 1)[others].all()
    widths = [(table["worst"] - table["best"])[others].mean() for table in (before, after)]
    assert widths[1] >= 0.97 * widths[0]


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=8),
    st.integers(0, 1000),
    st.sampled_from([1e-100, 1e-10, 1e10, 1e100]),
)
def test_neither_order_nor_unit_matters(values: list[int], seed: int, unit: float) -> None:
    """Among tied scores too, and with errors that are not alike."""
    scores = pd.Series(values, [f"E{at}" for at in range(len(values))], dtype=float)
    chance = np.random.default_rng(seed)
    spread = pd.Series(chance.uniform(0, 2, len(scores)).round(1), scores.index)
    half = chance.normal(size=(len(scores), 3))
    mixed = pd.DataFrame(half @ half.T, scores.index, scores.index)
    for noise in (confidence.independent(spread), mixed):
        for kind in (MARGINAL, SIMULTANEOUS):
            plain = confidence.sets(scores, noise, kind, draws=500).set_index("iso3")
            shuffled = scores.iloc[chance.permutation(len(scores))]
            again = confidence.sets(shuffled, noise, kind, draws=500).set_index("iso3")
            pd.testing.assert_frame_equal(again.loc[plain.index], plain)
            other = confidence.sets(scores * unit, noise * unit * unit, kind, draws=500)
            ends = ["rank", "best", "worst"]
            assert other[ends].to_numpy().tolist() == plain[ends].to_numpy().tolist()


def test_errors_that_nearly_cancel_are_kept_apart_from_none_at_all() -> None:
    """A common error of 100,000 leaves the own ones of 0.1 to decide."""
    common = errors(0.1) + 1e10
    table = confidence.sets(ESTIMATES, common, SIMULTANEOUS, draws=2000)
    plain = confidence.sets(ESTIMATES, errors(0.1), SIMULTANEOUS, draws=2000)
    assert table[["best", "worst"]].equals(plain[["best", "worst"]])


def test_scores_that_differ_by_rounding_tie() -> None:
    tied = pd.Series({"AAA": 0.1 + 0.2, "BBB": 0.3, "CCC": 0.1})
    table = confidence.sets(tied, _zeros(3), SIMULTANEOUS)
    assert table["rank"].tolist() == [1, 1, 3]
    assert table[["best", "worst"]].to_numpy().tolist() == [[1, 2], [1, 2], [3, 3]]


# The best so many


def test_tau_best_holds_all_that_may_be_among_them() -> None:
    table = confidence.sets(ESTIMATES, errors(0.1), SIMULTANEOUS)
    assert confidence.tau_best(table, 2)["iso3"].tolist() == ["AAA", "BBB", "CCC"]
    assert confidence.tau_best(table, 1)["iso3"].tolist() == ["AAA"]
    assert confidence.tau_worst(table, 2)["iso3"].tolist() == ["BBB", "CCC", "DDD"]
    with pytest.raises(InputError, match="simultaneous sets of all"):
        confidence.tau_best(confidence.sets(ESTIMATES, errors(0.1)), 1)
    with pytest.raises(InputError, match="use 1 to 4"):
        confidence.tau_best(table, 5)


# The reference


@pytest.mark.parametrize("level", [95, 90])
@pytest.mark.parametrize("step", ["stepdown", "single"])
@pytest.mark.parametrize(
    ("kind", "short"), [(SIMULTANEOUS, "simultaneous"), (MARGINAL, "marginal")]
)
def test_pisa_within_one_rank_of_csranks(kind: str, short: str, step: str, level: int) -> None:
    data = pd.read_csv(REFERENCE).set_index("jurisdiction")
    table = confidence.sets(
        data["math_score"],
        confidence.independent(data["math_se"]),
        kind,
        level=level / 100,
        stepdown=step == "stepdown",
        draws=20_000,
    ).set_index("iso3")
    name = f"{kind}_{step}_{level}"
    off = pd.concat([table[end] - data[f"{name}_{end}"] for end in ("best", "worst")]).abs()
    assert off.max() <= 1
    assert (off == 0).mean() > 0.9


@pytest.mark.parametrize("tau", [5, 10])
def test_pisa_best_equal_csranks(tau: int) -> None:
    data = pd.read_csv(REFERENCE).set_index("jurisdiction")
    noise = confidence.independent(data["math_se"])
    table = confidence.sets(data["math_score"], noise, SIMULTANEOUS)
    expected = set(data.index[data[f"taubest{tau}_95"]])
    assert set(confidence.tau_best(table, tau)["iso3"]) == expected


def test_egdi_2018_with_errors_of_0_02(egdi_2018: pd.Series) -> None:
    noise = errors(0.02, egdi_2018.index)
    ends = ["best", "worst"]
    single = confidence.sets(egdi_2018, noise, stepdown=False, economies=["VNM"]).iloc[0]
    assert single[ends].tolist() == pytest.approx([60, 113], abs=1)
    stepped = confidence.sets(egdi_2018, noise, economies=["VNM"]).iloc[0]
    assert stepped[ends].tolist() == pytest.approx([61, 111], abs=1)
    every = confidence.sets(egdi_2018, noise, SIMULTANEOUS).set_index("iso3").loc["VNM"]
    assert every[ends].tolist() == pytest.approx([47, 119], abs=1)
    assert every["rank"] == 88


def test_193_economies_are_no_loop_over_pairs_and_small(egdi_2018: pd.Series) -> None:
    noise = errors(0.02, egdi_2018.index)
    some = egdi_2018.iloc[:50]
    few = calls(lambda: confidence.sets(some, errors(0.02, some.index), SIMULTANEOUS))
    every = calls(lambda: confidence.sets(egdi_2018, noise, SIMULTANEOUS))
    # So much for each economy, not for each pair of them: that would be 15 times the work.
    assert every < 1.5 * few * len(egdi_2018) / len(some)
    tracemalloc.start()
    confidence.sets(egdi_2018, noise, SIMULTANEOUS, draws=2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


# Forecast residuals in place of standard errors


def test_forecast_residuals_are_labelled() -> None:
    panel = rankings.load().known(2018)
    index = definition("EGDI")
    draws = random_walk(panel, index, [2020], 1, 1000)
    covariance, basis = confidence.residuals(draws)
    assert "forecast residuals" in basis
    assert "2020" in basis
    scores = panels.wide(panel, "EGDI", 2018)["egdi"].loc[list(draws.iso3)]
    table = confidence.sets(scores, covariance, economies=["VNM"], basis=basis)
    assert table["basis"].tolist() == [basis]
    assert table["best"][0] < 88 < table["worst"][0]
    few = random_walk(panel, index, [2020], 1, 100)
    with pytest.raises(InputError, match="draw more"):
        confidence.residuals(few)


# Refusals


def test_a_covariance_no_errors_can_have_is_refused() -> None:
    with pytest.raises(InputError, match="a confidence level is a finite number, not '95'"):
        confidence.sets(ESTIMATES, errors(1.0), level="95")  # type: ignore[arg-type]
    impossible = errors(1.0)
    impossible.loc["AAA", "BBB"] = impossible.loc["BBB", "AAA"] = 2.0
    with pytest.raises(DataError, match=r"not positive semi-definite .*(AAA|BBB)"):
        confidence.sets(ESTIMATES, impossible)
    lopsided = errors(1.0)
    lopsided.loc["AAA", "BBB"] = 0.5
    with pytest.raises(DataError, match="not symmetric"):
        confidence.sets(ESTIMATES, lopsided)
    hidden = errors(1.0)
    hidden.loc["AAA", "AAA"] = 1e20  # a large variance hides nobody's impossible correlation
    hidden.loc["BBB", "CCC"] = hidden.loc["CCC", "BBB"] = 2.0
    with pytest.raises(DataError, match=r"not positive semi-definite .*(BBB|CCC)"):
        confidence.sets(ESTIMATES, hidden)
    lone = errors(1.0)
    lone.loc["AAA", "AAA"] = 0.0
    lone.loc["AAA", "BBB"] = lone.loc["BBB", "AAA"] = 0.5
    with pytest.raises(DataError, match=r"not symmetric|not positive semi-definite .*AAA"):
        confidence.sets(ESTIMATES, lone)
    with pytest.raises(DataError, match="covariance of DDD is missing"):
        confidence.sets(ESTIMATES, errors(1.0).drop(index="DDD", columns="DDD"))


def test_a_semi_definite_covariance_is_accepted() -> None:
    names = ESTIMATES.index
    vector = np.array([1.0, 2.0, 3.0, 4.0])
    confidence.sets(ESTIMATES, pd.DataFrame(np.outer(vector, vector), names, names))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"estimates": ESTIMATES.iloc[:1]}, InputError, "economies with an estimate: 1; a rank"),
        ({"estimates": ESTIMATES.where(ESTIMATES != 2.0)}, DataError, "estimate of BBB is missing"),
        ({"kind": "marginall"}, InputError, "did you mean marginal"),
        ({"level": 95}, InputError, "between 0 and 1, not 95"),
        ({"economies": ["AAB"]}, InputError, "did you mean AAA"),
        ({"draws": 0}, InputError, "draws must be a whole number of 1 or more, not 0"),
        ({"draws": 199}, InputError, "199 draws cannot tell the 0.95 quantile: give 200 or more"),
        ({"level": 0.9999}, InputError, "cannot tell the 0.9999 quantile: give 100,000 or more"),
        ({"seed": None}, InputError, "the seed must be a whole number"),
        ({"estimates": ESTIMATES * np.inf}, DataError, "AAA, the estimate is infinite"),
        ({"estimates": ESTIMATES.astype(str)}, DataError, "AAA, the estimate: '3.0' is no number"),
        (
            {"estimates": pd.concat([ESTIMATES, ESTIMATES.head(1)])},
            DataError,
            "the estimates name AAA twice",
        ),
        (
            {"covariance": errors(1.0).replace(1.0, np.inf)},
            DataError,
            "AAA, covariance with AAA is infinite",
        ),
        (
            {"covariance": pd.concat([errors(1.0), errors(1.0).head(1)])},
            DataError,
            "the covariance names AAA twice",
        ),
    ],
)
def test_refusals(change: dict[str, object], error: type, words: str) -> None:
    given_ = {"estimates": ESTIMATES, "covariance": errors(1.0), **change}
    with pytest.raises(error, match=words):
        confidence.sets(**given_)


def test_a_negative_standard_error_is_named() -> None:
    with pytest.raises(DataError, match="standard error of BBB is -1"):
        confidence.independent(pd.Series({"AAA": 1.0, "BBB": -1.0}))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (np.inf, "BBB, the standard error is infinite"),
        (np.nan, "the standard error of BBB is nan: give 0 or more"),
        ("x", "BBB, the standard error: 'x' is no number"),
        (1e200, "the standard error of BBB is 1e.200: use another unit"),
        (1e-200, "the standard error of BBB is 1e-200: use another unit"),
    ],
)
def test_a_standard_error_that_is_none_is_named(error: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        confidence.independent(pd.Series({"AAA": 1.0, "BBB": error}))
    with pytest.raises(DataError, match="the standard errors name AAA twice"):
        confidence.independent(pd.Series([1.0, 1.0], ["AAA", "AAA"]))


def test_more_economies_than_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"6,000 units need tables .* at most 5,181 units fit"):
        confidence.independent(pd.Series(np.ones(6000)))
