"""Which values are so far out that they would set the scale alone, and what is done about it?

An indicator passes if its absolute skewness is below 2 or its kurtosis below 3.5 (both corrected
for bias, as in Excel). One that fails is winsorised: its extreme value becomes the next one, on
the side of the skew, until it passes or ``most`` values are changed. If it still fails, the
logarithm is taken of the original values. Rule of OECD/JRC (2008), details as in COINr 1.1.14.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.errors import DataError
from rankings.panel import ranks
from rankings.panel.inputs import check_labels

Array = npt.NDArray[np.float64]
Log = Callable[[Array], Array]

SKEWNESS = 2.0
KURTOSIS = 3.5


def skewness(values: Array) -> float:
    """Bias-corrected skewness of at least 3 values; NaN if they vary by rounding only."""
    held, moments = _moments(values, 3)
    if moments is None:
        return float("nan")
    n = held
    return float(np.sqrt(n * (n - 1)) / (n - 2) * moments[1] / moments[0] ** 1.5)


def kurtosis(values: Array) -> float:
    """Bias-corrected excess kurtosis of at least 4 values; NaN if they vary by rounding only."""
    n, moments = _moments(values, 4)
    if moments is None:
        return float("nan")
    excess = moments[2] / moments[0] ** 2 - 3
    return float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6))


def _moments(values: Array, least: int) -> tuple[int, tuple[float, float, float] | None]:
    held = values[~np.isnan(values)]
    if len(held) < least:
        raise DataError(f"a moment needs at least {least} values: {len(held)} are held")
    if ranks.is_constant(held.min(), held.max()):
        return len(held), None
    off = _unit(held - held.mean())
    # Products, not powers: ``**`` costs ten times as much.
    square = off * off
    return len(held), (
        float(square.mean()),
        float((square * off).mean()),
        float((square * square).mean()),
    )


def _unit(off: Array) -> Array:
    """The same in a unit in which its powers neither overflow nor vanish.

    Skewness and kurtosis have no unit. Dividing by a power of two changes no digit.
    """
    _, exponent = np.frexp(np.abs(off).max())
    return np.ldexp(off, -exponent)


def passes(values: Array, most_skew: float = SKEWNESS, most_kurtosis: float = KURTOSIS) -> bool:
    """Whether an indicator needs no treatment; values that do not vary need none."""
    skew = skewness(values)
    # A moment at its limit is not below it, in whatever unit the values are.
    return bool(
        np.isnan(skew)
        or abs(skew) < most_skew * (1 - ranks.TOLERANCE)
        or kurtosis(values) < most_kurtosis * (1 - ranks.TOLERANCE)
    )


def winsorise(values: Array, most: int | None = 5) -> tuple[Array, npt.NDArray[np.int8]]:
    """The values with extremes drawn in until they pass, and which were changed.

    Args:
        values: one indicator; missing values stay.
        most: how many values may be changed; ties count each, so one more may be. None: any.

    Returns:
        The values, and 1 (drawn in from above), -1 (from below) or 0 for each.
    """
    changed = values.copy()
    above = np.zeros(len(values), dtype=bool)
    below = np.zeros(len(values), dtype=bool)
    while not passes(changed) and (most is None or above.sum() + below.sum() < most):
        # Values that differ by rounding only are drawn in together, as equal ones are.
        if skewness(changed) >= 0:
            above = ranks.is_constant(changed, np.nanmax(changed))
            changed[above] = np.nanmax(changed[~above])
        else:
            below = ranks.is_constant(changed, np.nanmin(changed))
            changed[below] = np.nanmin(changed[~below])
    marks = np.where(below, -1, above.astype(np.int8)).astype(np.int8)
    return changed, marks


def log_shifted(values: Array) -> Array:
    """``log(x - min + 0.01 range)``; keeps the order of values (the COIN Tool's, modified)."""
    low, high = _ends(values)
    return np.log(values - low + 0.01 * (high - low))


def _ends(values: Array) -> tuple[float, float]:
    """Lowest and highest value; `DataError` if they are the same but for rounding."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if ranks.is_constant(low, high):
        raise DataError("values without variance have no logarithm of their distances")
    return low, high


def log_plus_one(values: Array) -> Array:
    """``log(x - min + 1)`` (the COIN Tool's)."""
    return np.log(values - np.nanmin(values) + 1)


def log_gii(values: Array) -> Array:
    """``log((max - 1)(x - min) / range + 1)``, as in the Global Innovation Index 2020.

    COINr 1.1.14 computes this and then gives back the values untransformed; here the transform
    comes back.

    Raises:
        DataError: the largest value is not above 1, where the formula turns the order round.
    """
    low, high = _ends(values)
    if not high > 1:
        raise DataError(f"this logarithm needs a largest value above 1: it is {high:g}")
    return np.log((high - 1) * (values - low) / (high - low) + 1)


@dataclass(frozen=True)
class Treated:
    """Treated indicators and what was done.

    Attributes:
        table: the indicators, treated.
        details: one row per indicator: passed, skewness and kurtosis before; winsorised (count);
            passed, skewness and kurtosis after winsorising, and after the logarithm; missing
            where a step was not needed.
        points: "winhi", "winlo", the logarithm's name, joined by "+", or "" for each value.
    """

    table: pd.DataFrame
    details: pd.DataFrame
    points: pd.DataFrame


def _state(step: str, values: Array) -> dict[str, object]:
    return {
        f"passed_{step}": passes(values),
        f"skewness_{step}": skewness(values),
        f"kurtosis_{step}": kurtosis(values),
    }


def treat(values: pd.DataFrame, most: int | None = 5, log: Log = log_shifted) -> Treated:
    """Each indicator treated by the rule; see `Treated`.

    Raises:
        DataError: an indicator has fewer than 4 values; it is named.
    """
    check_labels(values.columns, "the indicators have")
    columns: dict[Hashable, Array] = {}
    details: list[dict[str, object]] = []
    points: dict[Hashable, list[str]] = {}
    for code in values:
        raw = values[code].to_numpy(dtype="float64")
        try:
            columns[code], row, marks = _treat_one(raw, most, log)
        except DataError as failure:
            raise DataError(f"indicator {code}: {failure}") from None
        points[code] = [str(mark) for mark in marks]
        details.append({"code": code, **row})
    return Treated(
        pd.DataFrame(columns, index=values.index),
        pd.DataFrame(details).set_index("code").rename_axis(None),
        pd.DataFrame(points, index=values.index),
    )


def _treat_one(
    raw: Array, most: int | None, log: Log
) -> tuple[Array, dict[str, object], npt.NDArray[np.object_]]:
    marks = np.full(len(raw), "", dtype=object)
    row = _state("before", raw)
    if row["passed_before"]:
        return raw, row, marks
    changed, moved = winsorise(raw, most)
    row |= {"winsorised": int(np.count_nonzero(moved)), **_state("winsorised", changed)}
    marks[moved == 1], marks[moved == -1] = "winhi", "winlo"
    if row["passed_winsorised"]:
        return changed, row, marks
    logged = log(raw)
    row |= _state("logged", logged)
    how = f"+{getattr(log, '__name__', 'log')}"
    return logged, row, np.array([f"{mark}{how}" for mark in marks], dtype=object)


def winsorising(
    most: int | None = 5, log: Log = log_shifted
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The treatment as a stage: a function from a table to a table."""
    return lambda values: _quick(values, most, log)


def _quick(values: pd.DataFrame, most: int | None, log: Log) -> pd.DataFrame:
    """The treated values alone, without the record."""
    treated = {}
    for code in values:
        raw = values[code].to_numpy(dtype="float64")
        try:
            if passes(raw):
                treated[code] = raw
                continue
            changed, _ = winsorise(raw, most)
            treated[code] = changed if passes(changed) else log(raw)
        except DataError as failure:
            raise DataError(f"indicator {code}: {failure}") from None
    return pd.DataFrame(treated, index=values.index)


def untreated(values: pd.DataFrame) -> pd.DataFrame:
    """The values as they are."""
    return values
