"""How do siblings become their parent? Plain functions from a table and weights to a score.

Each takes an array of values (economies down, siblings across) and their weights, and gives one
score per economy. A missing sibling drops out and the weights of the others are scaled up;
an economy with none gets none. Weights are relative.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rankings.errors import DataError, InputError
from rankings.panel.inputs import finite_number, shown
from rankings.panel.ranks import SAME, levels

Array = npt.NDArray[np.float64]
Aggregate = Callable[[Array, Array], Array]


# Powers of values must stay well inside what a number can hold, so that their sums do too.
_SMALLEST, _LARGEST = 1e-280, 1e280


class NoMeanError(DataError):
    """A value that a mean cannot take; its place is known by row and column only."""

    needs = "other values"

    def __init__(self, mean: str, value: float, row: int, column: int) -> None:
        self.mean, self.value, self.row, self.column = mean, value, row, column
        super().__init__(self.say(f"row {row}", f"column {column}"))

    def say(self, economy: str, sibling: str) -> str:
        """The message with the names of the place."""
        return (
            f"a {self.mean} mean needs {self.needs}: {economy} has {self.value:g} in {sibling}; "
            "use another normalisation, as min-max from 1 to 100"
        )


class NotPositiveError(NoMeanError):
    """A value of 0 or below under a mean that needs values above 0."""

    needs = "values above 0"


class OverflowedError(NoMeanError):
    """A value whose power is beyond what a number can hold."""

    needs = "values whose power a number can hold, or a power nearer to 0"


def check_share(least: float) -> float:
    """A least share of what must be held; `InputError` if it is none from 0 to 1."""
    if not isinstance(least, int | float | np.number) or not 0 <= least <= 1:
        raise InputError(f"the least share available lies between 0 and 1, not {shown(least)}")
    return float(least)


def enough(held: npt.ArrayLike, counted: npt.ArrayLike, least: float) -> npt.NDArray[np.bool_]:
    """Whether so many of those counted are at least a share; exactly the share is enough.

    The one definition of availability: 7 of 25 are a share of 0.28, whatever 0.28 x 25 gives in
    the last bit.
    """
    return np.asarray(held) >= np.asarray(counted) * (least * (1 - SAME))


@dataclass(frozen=True)
class Mean:
    """A weighted power mean: 1 arithmetic, 0 geometric, -1 harmonic.

    It is the arithmetic mean of ``bend(x)``, bent back. With the same mean on every level the
    whole tree is therefore one weighted sum of bent indicators with their effective weights.

    Raises:
        NotPositiveError: (when called) a value of 0 or below, unless arithmetic. The peer's
            harmonic mean takes negative values and gives places that mean nothing.
    """

    name: str
    power: float

    def bend(self, values: Array) -> Array:
        """The values on the scale on which the mean is arithmetic."""
        if self.power == 1:
            return values
        self.check(values)
        if self.power == 0:
            return np.asarray(np.log(values))
        with np.errstate(over="ignore", under="ignore"):
            bent = np.asarray(values**self.power)
        self._refuse(values, (bent < _SMALLEST) | (bent > _LARGEST), OverflowedError)
        return bent

    def unbend(self, sums: Array) -> Array:
        """Back from that scale."""
        if self.power == 1:
            return sums
        if self.power == 0:
            return np.asarray(np.exp(sums))
        return np.asarray(sums ** (1 / self.power))

    def check(self, values: Array) -> None:
        """Raise `NotPositiveError` at the first value of 0 or below."""
        self._refuse(values, values <= 0, NotPositiveError)

    def _refuse(
        self, values: Array, wrong: npt.NDArray[np.bool_], error: type[NoMeanError]
    ) -> None:
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise error(self.name, float(values[row, column]), int(row), int(column))

    def __call__(self, values: Array, weights: Array) -> Array:
        """One mean per row of values."""
        return self.unbend(weighted(self.bend(values), weights))


def weighted(values: Array, weights: Array) -> Array:
    """Weighted arithmetic means of rows; missing values drop out with their weight."""
    held = ~np.isnan(values)
    total = held @ weights
    sums = np.where(held, values, 0.0) @ weights
    return np.divide(sums, total, out=np.full(len(values), np.nan), where=total > 0)


arithmetic = Mean("arithmetic", 1.0)
geometric = Mean("geometric", 0.0)
harmonic = Mean("harmonic", -1.0)


def generalised(power: float) -> Mean:
    """The power mean of a power, with 0 for the geometric mean; `InputError` if not finite."""
    power = finite_number("the power of a mean", power)
    return Mean(f"generalised ({power:g})", float(power))


def outranking(values: Array, weights: Array) -> Array:
    """Share of weight in which economy i (row) is above economy j (column), ties counted half.

    A sibling missing for either counts for neither; the diagonal is 0.
    """
    shares = weights / weights.sum()
    above = np.zeros((len(values), len(values)))
    for column, share in zip(values.T, shares, strict=True):
        # Values that are the same but for rounding are a tie, as everywhere.
        level = levels(column)
        gap = level[:, None] - level[None, :]
        above += share * np.where(np.isnan(gap), 0.0, 0.5 * (np.sign(gap) + 1))
    np.fill_diagonal(above, 0.0)
    return above


def copeland(values: Array, weights: Array) -> Array:
    """Row sums of the outranking matrix: how much of the others each economy is above.

    The peer's function of the name cannot be used by its own aggregation; this one can.
    """
    scores = outranking(values, weights).sum(axis=1)
    scores[np.isnan(values).all(axis=1)] = np.nan
    return scores
