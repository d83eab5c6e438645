"""Which vintage of a yearly series may be looked at, and when? Today's reading, or that of its day.

Pages of a past year go by the series held from the start and by what was released by then.
To see with the eyes of a day is another reading: of each series the newest release of that day as
a whole, never filled from a later one, and no series that had none.
"""

from dataclasses import dataclass, field

import pandas as pd

from rankings.data import resolve

MADE = ["series", "iso3", "year", "value"]
RELEASES = ["series", "vintage", "released", "source_id", "economies", "last", "in_last", "values"]


@dataclass(frozen=True, eq=False)
class Figures:
    """What a forecast may look at beside the index: yearly series and printed indicators."""

    series: pd.DataFrame = field(repr=False)
    indicators: pd.DataFrame = field(repr=False)


def day(until: int | str) -> str:
    """A year's last day, or the ISO date given."""
    return f"{until}-12-31" if isinstance(until, int) else until


def in_use(rows: pd.DataFrame, until: int | str) -> pd.DataFrame:
    """Series in use at the end of a year or on a day: for every value the newest release.

    What is held from the start and what an analyst added counts at every time; what came later
    counts from its release on.

    Args:
        rows: every vintage, as `World.every_series`.
        until: a year (its end), or an ISO date.
    """
    newer = rows["role"] == resolve.NEWER
    out = ~newer | (rows["released"] <= day(until))
    counted = rows.loc[(rows["role"] != resolve.THEN) & out]
    marked = resolve.mark_used(counted, resolve.SERIES_KEY)
    return marked.loc[marked["used"]].drop(columns="used").reset_index(drop=True)


def releases(rows: pd.DataFrame) -> pd.DataFrame:
    """Every release with a date of its own: what was known of a series, and when.

    Left out are series compiled from several releases, which were never known so.

    Returns:
        Columns `RELEASES`: one row per series and vintage; ``last`` is its last year, ``in_last``
        the economies that have a value of it.
    """
    dated = rows.loc[rows["vintage"].notna()]
    key = ["series", "vintage", "released", "source_id"]
    made = dated.groupby(key, as_index=False).agg(
        economies=("iso3", "nunique"), last=("year", "max"), values=("value", "size")
    )
    ends = dated.merge(made[[*key, "last"]], on=key)
    ends = (
        ends.loc[ends["year"] == ends["last"]]
        .groupby(key, as_index=False)
        .agg(in_last=("iso3", "nunique"))
    )
    found = made.merge(ends, on=key, validate="1:1")
    return found[RELEASES].sort_values(["series", "released"], ignore_index=True)


def known_then(rows: pd.DataFrame, until: int | str) -> pd.DataFrame:
    """Series as one saw them on a day: of each the newest release of then, whole.

    Args:
        rows: every vintage.
        until: a year (its end), or an ISO date.

    Returns:
        Columns series, iso3, year, value, vintage, released; no row of a series of which no release
        of then is held.
    """
    dated = rows.loc[rows["vintage"].notna() & (rows["released"] <= day(until))]
    newest = dated.groupby("series")["released"].transform("max")
    kept = dated.loc[dated["released"] == newest]
    return kept[[*MADE, "vintage", "released"]].reset_index(drop=True)
