"""A result is computed once for a table, and goes when the table goes."""

import gc
from typing import Any

import numpy as np
import pandas as pd

from rankings.data import world
from rankings.memo import remembered


def _counting() -> tuple[list[tuple[str, int]], Any]:
    calls: list[tuple[str, int]] = []

    @remembered(most=2)
    def doubled(table: pd.DataFrame, column: str = "a", *, times: int = 2) -> pd.Series:
        calls.append((column, times))
        return table[column] * times

    return calls, doubled


def test_same_table_and_arguments_are_computed_once() -> None:
    calls, doubled = _counting()
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert doubled(table, "a") is doubled(table, "a")
    assert len(calls) == 1
    assert doubled(table, "b").to_list() == [6, 8]
    assert doubled(table, "a", times=3).to_list() == [3, 6]
    assert len(calls) == 3


def test_an_equal_table_is_another_one() -> None:
    calls, doubled = _counting()
    table = pd.DataFrame({"a": [1, 2]})
    doubled(table)
    doubled(table.copy())
    assert len(calls) == 2


def test_a_number_and_a_truth_are_told_apart() -> None:
    calls, doubled = _counting()
    table = pd.DataFrame({"a": [1.0]})
    doubled(table, times=1)
    doubled(table, times=True)
    assert len(calls) == 2


def test_arguments_without_a_hash_are_told_by_identity() -> None:
    @remembered(most=4)
    def total(table: pd.DataFrame, columns: list[str]) -> float:
        return float(table[columns].to_numpy().sum())

    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    asked = ["a"]
    assert total(table, asked) == 3
    # A new list may lie where an old one lay: its sum must be its own all the same.
    assert [total(table, [name]) for name in "abab"] == [3, 7, 3, 7]


def test_only_so_many_are_kept_and_the_longest_unasked_goes() -> None:
    calls, doubled = _counting()
    table = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    for column in "abac":
        doubled(table, column)
    assert [column for column, _times in calls] == ["a", "b", "c"]
    doubled(table, "a")
    assert len(calls) == 3
    doubled(table, "b")
    assert len(calls) == 4


def test_results_go_with_their_table() -> None:
    _calls, doubled = _counting()
    table = pd.DataFrame({"a": np.arange(3)})
    doubled(table)
    assert len(doubled.held) == 1
    del table
    gc.collect()
    assert not doubled.held


def test_all_stories_of_a_moment_share_one_panel() -> None:
    held = world.load()
    assert held.known(2018) is held.known(2018)
    assert held.known(2018) is not held.known(2025)


def test_an_argument_is_the_same_by_place_or_by_name() -> None:
    calls, doubled = _counting()
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert doubled(table, "b") is doubled(table=table, column="b", times=2)
    assert len(calls) == 1

    @remembered(most=4)
    def told(_table: pd.DataFrame, a: object = "x", b: object = 1) -> tuple[object, object]:
        return a, b

    assert told(table, "b", 2) == ("b", 2)
    assert told(table, b=2) == ("x", 2)
