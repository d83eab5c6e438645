"""What enters is made sure of: labels, numbers and counts, each refusal one line with its place."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from rankings.errors import DataError, InputError, RankingsError
from rankings.panel import inputs


def one_line(failure: RankingsError) -> str:
    assert "\n" not in str(failure)
    return str(failure)


def test_a_code_is_a_word_whatever_its_type() -> None:
    assert [inputs.label(each) for each in (3, 3.0, np.int64(3), "3", 2.5)] == [*["3"] * 4, "2.5"]


def test_numbers_of_every_kind_are_read_and_gaps_kept() -> None:
    table = pd.DataFrame(
        {
            "a": [1, 2, 3],
            "b": [Decimal("1.5"), None, 10**20],
            "c": pd.array([1, None, 3], dtype="Int64"),
            "d": [True, False, True],
        }
    )
    found = inputs.to_numbers(table)
    assert found.dtypes.eq("float64").all()
    assert found["b"].to_list()[::2] == [1.5, 1e20]
    assert found.isna().sum().to_list() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("x", "'x' is no number"),
        ("1.5", "'1.5' is no number"),
        ("", "'' is no number"),
        ("one\ntwo", "no number"),
        (1j, "no number"),
        ([1], "no number"),
        (pd.Timestamp(2020, 1, 1), "no number"),
        (np.inf, "is infinite"),
        (-np.inf, "is infinite"),
        (10**400, "is too large"),
    ],
)
def test_what_is_no_number_is_refused_by_row_and_column(cell: object, words: str) -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Series([1.0, cell], dtype=object)})
    table.index = pd.Index(["P", "Q"])
    with pytest.raises(DataError, match=r"Q, indicator b") as failure:
        inputs.to_numbers(table)
    assert words in one_line(failure.value)
    with pytest.raises(DataError, match=r"Q, the error"):
        inputs.to_number_series(table["b"], "error")


def test_a_name_twice_and_a_missing_name_are_refused() -> None:
    with pytest.raises(DataError, match="the data have b twice"):
        inputs.check_labels(pd.Index(["a", "b", "b"]), "the data have")
    with pytest.raises(DataError, match="the data have no name at place 2"):
        inputs.check_labels(pd.Index(["a", None]), "the data have")
    inputs.check_labels(pd.MultiIndex.from_product([["a", "b"], [1, 2]]), "the data have")


@pytest.mark.parametrize("given", [0, -1, 1.5, "7", True, None, np.nan, [3]])
def test_a_count_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(InputError, match="draws must be a whole number of 1 or more"):
        inputs.whole_number("draws", given)


def test_counts_and_draws_that_suffice() -> None:
    assert [inputs.whole_number("n", each) for each in (3, 3.0, np.int32(3))] == [3, 3, 3]
    assert inputs.check_draws(20, 0.05) == inputs.check_draws(20, 0.95) == 20
    assert inputs.check_draws(10_000, 0.999, beyond=10) == 10_000
    with pytest.raises(InputError, match=r"19 draws cannot tell the 0.05 .*: give 20 or more"):
        inputs.check_draws(19, 0.05)
    with pytest.raises(InputError, match="give 200 or more"):
        inputs.check_draws(199, 0.95, beyond=10)


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    inputs.check_room(10_000, 33_000, 4, "replicates")
    with pytest.raises(InputError, match=r"40,000 replicates of 33,000 .* at most 16,268 fit"):
        inputs.check_room(40_000, 33_000, 4, "replicates")


def test_tables_of_all_by_all_that_do_not_fit_are_refused_with_how_many_would() -> None:
    inputs.check_pairs(16_384)
    with pytest.raises(InputError, match=r"16,385 units need .* at most 16,384 units fit"):
        inputs.check_pairs(16_385)
