"""Which ranks come out under some weights, and which comparisons under all near weights?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import rankings
from rankings.analysis import acceptability as smaa
from rankings.errors import DataError, InputError
from rankings.panel import shape as panels
from rankings.panel.definitions import definition

# AAA leads everywhere, DDD is last everywhere, BBB and CCC mirror each other.
VALUES = pd.DataFrame(
    {"osi": [0.9, 0.6, 0.4, 0.1], "tii": [0.9, 0.4, 0.6, 0.1]}, index=["AAA", "BBB", "CCC", "DDD"]
)
EQUAL = pd.Series({"osi": 0.5, "tii": 0.5})


@pytest.fixture(scope="module")
def egdi_2018() -> pd.DataFrame:
    return panels.wide(rankings.load().known(2018), "EGDI", 2018)[["osi", "tii", "hci"]]


# Acceptability


def test_dominance_gives_certain_ranks_and_symmetry_even_ones() -> None:
    table = smaa.acceptability(VALUES, seed=1)
    assert table.loc["AAA", 1] == table.loc["DDD", 4] == 1
    assert table.loc["BBB", [2, 3]].tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    assert table.sum(axis=1).tolist() == pytest.approx([1] * 4)


def test_weights_near_the_official_ones_keep_the_official_order() -> None:
    near = pd.Series({"osi": 0.7, "tii": 0.3}) * 10_000
    table = smaa.acceptability(VALUES, concentration=near, draws=1000)
    assert table.loc["BBB", 2] == table.loc["CCC", 3] == 1


def test_errors_spread_the_ranks() -> None:
    noise = pd.Series({"osi": 0.3, "tii": 0.3})
    table = smaa.acceptability(VALUES, noise, seed=1)
    assert 0.5 < table.loc["AAA", 1] < 1
    assert table.loc["DDD", 3] > 0
    certain = smaa.acceptability(VALUES, noise * 0, seed=1)
    assert certain.loc["AAA", 1] == 1


def test_ties_share_the_better_rank() -> None:
    noisy = 0.1 + 0.2  # 0.30000000000000004: the same score as 0.3
    tied = pd.DataFrame({"osi": [noisy, 0.3, 0.0], "tii": [noisy, 0.3, 0.0]}, index=list("ABC"))
    table = smaa.acceptability(tied, draws=100)
    assert table.loc["A", 1] == table.loc["B", 1] == table.loc["C", 3] == 1


def test_draws_beyond_one_chunk_and_seeds() -> None:
    first, again = (smaa.acceptability(VALUES, draws=1234, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert (first * 1234).to_numpy().sum() == pytest.approx(4 * 1234)


def test_viet_nam_2018_lies_in_its_band(egdi_2018: pd.DataFrame) -> None:
    """88th by equal weights; 92 most often and within 70 to 110 for nine weights in ten."""
    table = smaa.acceptability(egdi_2018, draws=4000, seed=1)
    short = smaa.likely(table, "VNM")
    assert short["low"] == pytest.approx(70, abs=3)
    assert short["high"] == pytest.approx(109, abs=3)
    assert short["low"] < 88 < short["high"]
    assert short["first"] == 0
    assert smaa.holistic(table).index[0] == "DNK"
    with pytest.raises(InputError, match="did you mean VNM"):
        smaa.likely(table, "VNN")


@pytest.mark.parametrize(
    ("kind", "best", "second"),
    [("linear", 1, 2 / 3), ("inverse", 1, 0.5), ("centroid", 1, (13 / 12) / (25 / 12))],
)
def test_holistic_worth_of_ranks(kind: str, best: float, second: float) -> None:
    certain = pd.DataFrame(np.eye(4), index=list("ABCD"), columns=[1, 2, 3, 4])
    worth = smaa.holistic(certain, kind)
    assert worth[["A", "B"]].tolist() == pytest.approx([best, second])
    assert worth.index.tolist() == list("ABCD")
    with pytest.raises(InputError, match="not a known worth"):
        smaa.holistic(certain, "none")


# What must not matter does not


tables = arrays(float, (6, 3), elements=st.integers(0, 9).map(float)).map(
    lambda cells: pd.DataFrame(
        np.vstack([cells, [[-1.0] * 3, [10.0] * 3]]), list("HGFEDCBA"), ["osi", "tii", "hci"]
    )
)


@settings(max_examples=20)
@given(tables, st.integers(0, 1000), st.booleans())
def test_neither_the_order_of_rows_nor_of_columns_matters(
    values: pd.DataFrame, seed: int, noisy: bool
) -> None:
    chance = np.random.default_rng(seed)
    noise = values.abs() / 10 if noisy else None
    table = smaa.acceptability(values, noise, draws=60, seed=seed)
    other = values.iloc[chance.permutation(8), chance.permutation(3)]
    again = smaa.acceptability(other, noise, draws=60, seed=seed)
    pd.testing.assert_frame_equal(again.loc[values.index], table)
    assert smaa.holistic(again).equals(smaa.holistic(table))
    weights = pd.Series({"osi": 0.2, "tii": 0.3, "hci": 0.5})
    one, two = (smaa.robust(given, weights, "C") for given in (values, other))
    pd.testing.assert_frame_equal(one, two)


@settings(max_examples=20)
@given(tables, st.sampled_from([1e-200, 1e-10, 1e10, 1e200]))
def test_another_unit_changes_no_share(values: pd.DataFrame, unit: float) -> None:
    noise = pd.Series(0.5, values.columns)
    plain, small = (
        smaa.acceptability(values * size, noise * size, draws=60) for size in (1.0, unit)
    )
    pd.testing.assert_frame_equal(small, plain)
    weights = pd.Series({"osi": 0.2, "tii": 0.3, "hci": 0.5})
    one, two = (smaa.robust(values * size, weights, "C") for size in (1.0, unit))
    for column in ("iso3", "ahead", "part", "robust"):
        assert one[column].equals(two[column])
    np.testing.assert_allclose(one["epsilon"], two["epsilon"], rtol=1e-9)


def test_what_differs_by_rounding_is_ahead_nowhere() -> None:
    """B has 0.3 where A has 0.1 + 0.2: they are the same everywhere, so no weights turn them."""
    values = pd.DataFrame({"x": [0.1 + 0.2, 0.3, 0.9], "y": [0.5, 0.5, 0.1]}, index=list("ABC"))
    table = smaa.robust(values, pd.Series({"x": 0.5, "y": 0.5}), "A").set_index("iso3")
    assert table.loc["B", ["gap", "least", "epsilon"]].to_list() == [0, 0, 1]
    flat = values.assign(y=[0.1 + 0.2, 0.3, 0.3])
    with pytest.raises(DataError, match="y: all values are equal"):
        smaa.acceptability(flat)


# Robust comparisons


def test_dominance_holds_for_all_weights() -> None:
    table = smaa.robust(VALUES, EQUAL, "AAA").set_index("iso3")
    assert (table["epsilon"] == 1).all()
    assert table["robust"].all()
    assert (table["ahead"] == "AAA").all()


def test_the_largest_contamination_by_hand() -> None:
    """BBB leads CCC by .04 on weights .6/.4; the least lead is -.2: .04 / (.04 + .2) = 1/6."""
    table = smaa.robust(VALUES, pd.Series({"osi": 0.6, "tii": 0.4}), "BBB", 0.2).set_index("iso3")
    assert table.loc["CCC", "gap"] == pytest.approx(0.04)
    assert table.loc["CCC", "least"] == pytest.approx(-0.2)
    assert table.loc["CCC", "part"] == "tii"
    assert table.loc["CCC", "epsilon"] == pytest.approx(1 / 6)
    assert not table.loc["CCC", "robust"]
    assert table.loc["AAA", "ahead"] == "AAA"


def test_a_tie_with_a_lead_elsewhere_survives_nothing() -> None:
    table = smaa.robust(VALUES, EQUAL, "BBB", 0.0).set_index("iso3")
    assert table.loc["CCC", "epsilon"] == pytest.approx(0, abs=1e-9)
    # A lead as small as rounding may sit on either side of 0: the tie itself is never "behind".
    assert table.loc["CCC", "gap"] == pytest.approx(0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    arrays(float, (2, 3), elements=st.integers(0, 10).map(float)),
    arrays(float, 3, elements=st.integers(1, 9).map(float)),
    st.integers(0, 2),
)
def test_the_closed_form_is_the_turning_point(
    rows: np.ndarray, raw: np.ndarray, corner: int
) -> None:
    """Below epsilon no corner of the weights turns the comparison; just above, one does."""
    values = pd.DataFrame(rows, index=["I", "J"], columns=["a", "b", "c"])
    if (values.iloc[0] == values.iloc[1]).any():
        return  # a column without variance is refused
    weights = pd.Series(raw / raw.sum(), index=values.columns)
    row = smaa.robust(values, weights, "I").iloc[0]
    lead = values.loc[row["ahead"]] - values.drop(index=row["ahead"]).iloc[0]
    other = np.eye(3)[corner]

    def gap(epsilon: float, at: np.ndarray) -> float:
        return float(lead @ ((1 - epsilon) * weights + epsilon * at))

    assert gap(row["epsilon"] * 0.999, other) >= -1e-9
    if row["epsilon"] < 0.99:
        assert min(gap(row["epsilon"] + 0.01, each) for each in np.eye(3)) < 0


def test_viet_nam_2018_against_the_others(egdi_2018: pd.DataFrame) -> None:
    weights = definition("EGDI").weights_of(2018)
    table = smaa.robust(egdi_2018, weights, "VNM").set_index("iso3")
    assert len(table) == 192
    assert (table["ahead"] != "VNM").sum() == 87
    dominated = (egdi_2018 <= egdi_2018.loc["VNM"]).all(axis=1).sum() - 1
    dominating = (egdi_2018 >= egdi_2018.loc["VNM"]).all(axis=1).sum() - 1
    assert (table["epsilon"] == 1).sum() == dominated + dominating
    assert table["gap"].is_monotonic_increasing


# Refusals


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (VALUES.assign(tii=0.5), DataError, "tii: all values are equal"),
        (VALUES.iloc[:1], InputError, "economies that have all of osi, tii: 1;"),
        (VALUES.assign(tii=np.nan), InputError, "economies that have all of osi, tii: 0;"),
    ],
)
def test_tables_that_rank_nobody(values: pd.DataFrame, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        smaa.acceptability(values)
    with pytest.raises(error, match=words):
        smaa.robust(values, EQUAL, "AAA")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"draws": 0}, InputError, "draws must be a whole number of 1 or more, not 0"),
        ({"draws": 2.5}, InputError, "draws must be a whole number"),
        ({"seed": -1}, InputError, "the seed must be a whole number"),
        ({"values": pd.concat([VALUES, VALUES.head(1)])}, DataError, "the values have AAA twice"),
        ({"values": VALUES[["osi", "osi"]]}, DataError, "the values have osi twice"),
        ({"values": VALUES.replace(0.6, np.inf)}, DataError, "BBB, column osi is infinite"),
        ({"values": VALUES.assign(osi=["a", 1, 2, 3])}, DataError, "AAA, column osi: 'a' is no"),
        ({"errors": pd.Series([1.0, 1.0], ["osi", "osi"])}, DataError, "errors name osi twice"),
        ({"errors": VALUES * np.inf}, DataError, "AAA, standard error of osi is infinite"),
        ({"concentration": np.inf}, InputError, "the concentration is a finite number, not inf"),
        ({"concentration": "x"}, InputError, "the concentration is a finite number, not 'x'"),
        ({"concentration": 0}, InputError, "concentration of osi must be above 0"),
        ({"errors": 0.1}, InputError, "standard errors are a series .* not 0.1"),
        ({"values": VALUES[[]]}, InputError, "at least one sub-index"),
        ({"concentration": pd.Series({"os": 1.0})}, InputError, "'os' is not a known sub-index"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    change: dict[str, object], error: type, words: str
) -> None:
    with pytest.raises(error, match=words) as failure:
        smaa.acceptability(**{"values": VALUES, **change})  # type: ignore[arg-type]
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"osi": -1.0, "tii": 2.0}, "the weight of osi is -1: give 0 or more"),
        ({"osi": 0.0, "tii": 0.0}, "sum to more than 0"),
        ({"osi": 1.0, "tij": 1.0}, "'tij' is not a known sub-index of these values.*tii"),
        ({"osi": 1.0, "tii": np.nan}, "the weight of tii is nan"),
        ({"osi": 1.0, "tii": "x"}, "tii, the weight: 'x' is no number"),
    ],
)
def test_weights_are_checked_where_they_enter(weights: dict[str, object], words: str) -> None:
    with pytest.raises((InputError, DataError), match=words):
        smaa.robust(VALUES, pd.Series(weights), "AAA")
    twice = pd.Series([0.5, 0.5], ["osi", "osi"])
    with pytest.raises(DataError, match="the weights name osi twice"):
        smaa.robust(VALUES, twice, "AAA")


def test_more_economies_than_fit_are_refused() -> None:
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 2)))
    with pytest.raises(InputError, match=r"20,000 units need tables .* at most 16,384 units fit"):
        smaa.acceptability(many, draws=1)
    with pytest.raises(InputError, match="central share of ranks lies between 0 and 1"):
        smaa.likely(smaa.acceptability(VALUES, draws=10), "AAA", 1.0)


def test_bad_parameters_are_named() -> None:
    with pytest.raises(InputError, match="concentration of osi must be above 0"):
        smaa.acceptability(VALUES, concentration=0.0)
    with pytest.raises(InputError, match=r"standard error of AAA, tii is nan"):
        smaa.acceptability(VALUES, pd.Series({"osi": 0.1}))
    with pytest.raises(InputError, match="contamination lies between 0 and 1"):
        smaa.robust(VALUES, EQUAL, "AAA", 2.0)
    with pytest.raises(InputError, match="ZZZ does not have all of"):
        smaa.robust(VALUES, EQUAL, "ZZZ")


def test_weights_that_are_no_series_are_refused() -> None:
    with pytest.raises(InputError, match="weights are a series by sub-index"):
        smaa.robust(VALUES, {"osi": 1.0}, "AAA")  # type: ignore[arg-type]
