"""Can this table be drawn? One line to the reader if not."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pandas as pd

from rankings.errors import DataError, InputError

Band = tuple[int, int]  # the best and the worst rank aimed at, such as (30, 50)


class HasBand(Protocol):
    """Anything that holds a best and a worst rank, such as `targets.Band`."""

    @property
    def best(self) -> int:
        """The best rank of the band."""

    @property
    def worst(self) -> int:
        """The worst rank of the band."""


def need(table: pd.DataFrame, columns: Iterable[str], *, name: str) -> pd.DataFrame:
    """The table itself, or `DataError` if a column is missing or there is no row."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        held = ", ".join(map(str, table.columns)) or "no column"
        raise DataError(f"{name}: no column {', '.join(map(repr, missing))}; it has {held}")
    if table.empty:
        raise DataError(f"{name}: the table is empty, so there is nothing to draw")
    return table


def need_numbers(table: pd.DataFrame, columns: Iterable[str], *, name: str) -> pd.DataFrame:
    """The table itself, or `DataError` naming the first cell that is no finite number."""
    for column in columns:
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        wrong = ~np.isfinite(values)
        if wrong.any():
            at = int(wrong.argmax())
            found = table[column].iloc[at]
            raise DataError(f"{name}: column {column!r}, row {at}: a number expected, not {found}")
    return table


def need_unique(table: pd.DataFrame, key: list[str], *, name: str) -> pd.DataFrame:
    """The table itself, or `DataError` naming the first row that occurs twice."""
    twice = table.duplicated(key)
    if twice.any():
        row = table.loc[twice, key].iloc[0]
        found = ", ".join(f"{column} {row[column]}" for column in key)
        raise DataError(f"{name}: two rows for {found}")
    return table


def need_economy(table: pd.DataFrame, economy: str, *, name: str) -> str:
    """How the economy is called in the table, or `InputError` if it is not there."""
    rows = table.loc[table["iso3"] == economy, "name"]
    if rows.empty:
        known = sorted(table["iso3"].astype(str).unique())
        raise InputError(
            "{figure}: {reason}",
            figure=name,
            reason=InputError.suggest("economy", economy, known),
        )
    return str(rows.iloc[-1])


def need_band(band: Band | HasBand) -> Band:
    """Best and worst rank of the band, or `InputError` if it is the wrong way round."""
    best, worst = band if isinstance(band, tuple) else (band.best, band.worst)
    if not 1 <= best <= worst:
        raise InputError(f"band {best}:{worst}: the best rank, 1 or more, comes first as in 30:50")
    return best, worst
