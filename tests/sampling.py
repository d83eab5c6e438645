"""Which of many cases stand for all of them at every run? The others are run by `make whole`."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

T = TypeVar("T")
whole = pytest.mark.whole


def sampled(
    cases: Iterable[T], kept: Callable[[T], bool], name: Callable[[T], str] | None = None
) -> list[ParameterSet]:
    """Cases as parameters of a test: those kept always run, the others are marked ``whole``.

    Args:
        cases: all of them.
        kept: whether one is always run; it must be so of at least one.
        name: of a case in the report of the tests; pytest's own by default.
    """
    every = list(cases)
    assert any(map(kept, every)), "a sample of nobody says nothing"
    return [
        pytest.param(
            case, marks=() if kept(case) else whole, id=name(case) if name is not None else None
        )
        for case in every
    ]
