"""What a caller gives, made sure of where it enters: labels, numbers, and how many draws.

Each refusal is one line that names the row and the column, or the parameter.
"""

from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionDtype
from pandas.api.types import is_complex_dtype, is_numeric_dtype

from rankings.errors import DataError, InputError, Phrase

Array = npt.NDArray[np.float64]

# What a computation may keep in memory at once.
ROOM = 2 * 1024**3
_SHOWN = 40


def label(value: Hashable) -> str:
    """A code as a word: whole numbers without a decimal point, so that 3 and 3.0 are one code."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def say(name: object) -> str:
    """A row or column as a message names it: the parts of a name of several in a row."""
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def by_name(labels: pd.Index) -> npt.NDArray[np.int64]:
    """The places of labels in the order of their names.

    Random numbers are dealt in this order: they belong to names, whatever the order of rows.
    """
    return np.argsort(np.array([str(each) for each in labels], dtype=str), kind="stable")


def shown(value: object) -> str:
    """A cell as it is shown in a message: on one line and short."""
    text = repr(value) if isinstance(value, str) else " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def check_labels(labels: pd.Index, what: str) -> None:
    """That each row or column has one name of its own.

    Args:
        labels: the names.
        what: what holds them, as the message begins ("the data have").

    Raises:
        DataError: a name twice (named), or none.
    """
    twice = labels[labels.duplicated()]
    if len(twice):
        raise DataError(
            "{what} {value} twice: each name must stand for one row or column",
            what=what,
            value=say(twice[0]),
        )
    if not isinstance(labels, pd.MultiIndex) and labels.isna().any():
        place = int(np.flatnonzero(labels.isna())[0]) + 1
        raise DataError("{what} no name at place {place}", what=what, place=place)


def to_numbers(table: pd.DataFrame, what: str = "indicator") -> pd.DataFrame:
    """A table as floating point numbers; missing cells stay missing.

    Args:
        table: names of rows in the index.
        what: what a column is called in a message.

    Raises:
        DataError: a cell that is text or otherwise no number, infinite, or too large; its row
            and column are named.
    """
    if all(_holds_numbers(dtype) for dtype in table.dtypes):
        values = table.to_numpy(dtype="float64", na_value=np.nan)
    else:
        values = np.empty(table.shape)
        for at in range(table.shape[1]):
            values[:, at] = _cells(table.iloc[:, at], what)
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise DataError(
            "{economy}, {what} {part} is infinite",
            economy=say(table.index[row]),
            what=what,
            part=table.columns[column],
        )
    return pd.DataFrame(values, index=table.index, columns=table.columns)


def to_number_series(series: pd.Series, what: str) -> pd.Series:
    """A series as floating point numbers; refuses as `to_numbers`, naming the row."""
    numbers = to_numbers(series.to_frame(what), "the")
    return pd.Series(numbers[what].to_numpy(), series.index, name=series.name)


def _holds_numbers(dtype: np.dtype[Any] | ExtensionDtype) -> bool:
    return is_numeric_dtype(dtype) and not is_complex_dtype(dtype)


def _cells(column: pd.Series, what: str) -> Array:
    found = np.empty(len(column))
    for place, cell in enumerate(column):
        try:
            found[place] = _number(cell)
        except (TypeError, OverflowError) as failure:
            large = isinstance(failure, OverflowError)
            problem = Phrase("too large") if large else Phrase("no number")
            raise DataError(
                "{economy}, {what} {part}: {value} is {problem}; give a number, or leave the "
                "cell empty where it is missing",
                economy=say(column.index[place]),
                what=what,
                part=column.name,
                value=shown(cell),
                problem=problem,
            ) from None
    return found


def _number(cell: object) -> float:
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return float("nan")
    numbers = (bool, int, float, np.bool_, np.integer, np.floating, Decimal, Fraction)
    if not isinstance(cell, numbers):
        raise TypeError
    return float(cell)


def finite_number(name: str, value: object) -> float:
    """A parameter that is a number; `InputError` if it is none, missing or infinite."""
    is_number = isinstance(value, int | float | np.integer | np.floating)
    number = np.nan
    if is_number and not isinstance(value, bool):
        number = float(value)  # type: ignore[arg-type]
    if not np.isfinite(number):
        raise InputError("{name} is a finite number, not {value}", name=name, value=shown(value))
    return number


def whole_number(name: str, value: object, least: int = 1) -> int:
    """A count that was given: a whole number of at least ``least``.

    Raises:
        InputError: it is another kind of value, or too small; its name is in the message.
    """
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not number and isinstance(value, float | np.floating):
        number = float(value).is_integer()
    if not number or int(value) < least:  # type: ignore[call-overload]
        raise InputError(
            "{name} must be a whole number of {least} or more, not {value}",
            name=name,
            least=least,
            value=shown(value),
        )
    return int(value)  # type: ignore[call-overload]


def check_draws(draws: object, level: float, beyond: int = 1) -> int:
    """Whether so many draws can tell a quantile of that level.

    Args:
        draws: how many.
        level: of the quantile, between 0 and 1.
        beyond: how many draws must lie beyond it.

    Raises:
        InputError: no whole number, or too few; the message says how many are needed.
    """
    number = whole_number("draws", draws)
    tail = min(level, 1 - level)
    needed = int(np.ceil(beyond / tail * (1 - 1e-9)))
    if number < needed:
        raise InputError(
            "{count} draws cannot tell the {level} quantile: give {needed} or more",
            count=number,
            level=f"{level:.6g}",
            needed=f"{needed:,}",
        )
    return number


def check_room(rows: int, columns: int, size: int, what: str) -> None:
    """That a table of numbers fits into `ROOM`.

    Args:
        rows: of the table.
        columns: of the table (units).
        size: bytes of one number.
        what: what its rows are, in the plural.

    Raises:
        InputError: it does not fit; the message says how many rows would.
    """
    if rows * columns * size > ROOM:
        fits = ROOM // (columns * size)
        raise InputError(
            "{rows} {what} of {columns} units need {size} GB: at most {fits} fit into the "
            "{room} GB allowed",
            rows=f"{rows:,}",
            what=what,
            columns=f"{columns:,}",
            size=f"{rows * columns * size / 1e9:.1f}",
            fits=f"{fits:,}",
            room=f"{ROOM / 1e9:.1f}",
        )


def check_pairs(units: int, tables: int = 1) -> None:
    """That tables of all units by all units (or by all ranks) fit into `ROOM`.

    Raises:
        InputError: they do not; the message says how many units would fit.
    """
    needed = tables * units * units * 8
    if needed > ROOM:
        fits = int((ROOM / (8 * tables)) ** 0.5)
        raise InputError(
            "{units} units need tables of all by all of {size} GB: at most {fits} units "
            "fit into the {room} GB allowed",
            units=f"{units:,}",
            size=f"{needed / 1e9:.1f}",
            fits=f"{fits:,}",
            room=f"{ROOM / 1e9:.1f}",
        )
