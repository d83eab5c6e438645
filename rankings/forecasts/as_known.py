"""What would a forecast have said on figures as they stood on its day? Beside today's reading.

At an origin the newest release of each series held from before the next edition's year is taken
whole. A series without such a release is left out, so that nothing in the forecast was revised
after its day. What leaving them out does, and what revisions do, is told apart by the same few
series in the releases of today.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import pandas as pd

from rankings.data import vintages
from rankings.forecasts import closing, joint
from rankings.forecasts.closing import Paths
from rankings.panel.definitions import Index

AS_KNOWN = "as known then"
SAME_SERIES = "nowcast, the same series today"
COVERAGE = ["origin", "series", "component", "released", "last", "in_last", "economies"]


class World(Protocol):
    """What is needed of a world: every release of the yearly series, and those of today."""

    @property
    def every_series(self) -> pd.DataFrame:
        """Every vintage held."""

    def series_at(self, until: int | str) -> pd.DataFrame:
        """The series in use at the end of a year."""


def released_by(world: World, index: Index, following: int, component: str = "") -> pd.DataFrame:
    """The series of an index as known at the end of the year before an edition.

    Args:
        world: the tables.
        index: whose figures.
        following: the edition.
        component: one sub-index; all by default.

    Returns:
        Columns series, iso3, year, value, vintage, released; empty if no release is held of then.
    """
    names = {rule.series for rule in index.figures if component in ("", rule.component)}
    found = vintages.known_then(world.every_series, following - 1)
    return found.loc[found["series"].isin(names)].reset_index(drop=True)


def readings(
    world: World, index: Index, following: int, as_of: int
) -> Iterator[tuple[str, pd.DataFrame, bool]]:
    """The two readings of the same series: as known then, and as known today.

    Yields:
        What the reading is called, the series, and whether nothing in it was revised later; nothing
        if no release of then is held.
    """
    then = released_by(world, index, following)
    if then.empty:
        return
    yield AS_KNOWN, then[vintages.MADE], True
    today = world.series_at(as_of)
    mine = today["series"].isin(set(then["series"])) & (today["year"] >= then["year"].min())
    yield SAME_SERIES, today.loc[mine, vintages.MADE], False


def paths(
    series: pd.DataFrame, known: pd.DataFrame, index: Index, ahead: list[int], **sizes: Any
) -> Paths:
    """The paths of the model in use on such series, just before the next edition."""
    return closing.closing_paths(
        known,
        index,
        ahead,
        sizes["seed"],
        sizes["draws"],
        series=series,
        information="nowcast",
        beside=joint.BESIDE,
    )


def coverage(world: World, index: Index, origins: dict[int, int]) -> pd.DataFrame:
    """Which release of each series was the newest held at each origin, and how full it was.

    Args:
        world: the tables.
        index: whose figures.
        origins: origin -> the edition that followed.

    Returns:
        Columns `COVERAGE`: ``last`` is the last year of the release, ``in_last`` the economies that
        have a value of it, ``economies`` those with any.
    """
    parts = {rule.series: rule.component for rule in index.figures}
    rows = []
    for origin, following in origins.items():
        for name, told in released_by(world, index, following).groupby("series"):
            last = int(told["year"].max())
            rows.append(
                {
                    "origin": origin,
                    "series": name,
                    "component": parts[str(name)],
                    "released": told["released"].iloc[0],
                    "last": last,
                    "in_last": int((told["year"] == last).sum()),
                    "economies": told["iso3"].nunique(),
                }
            )
    return pd.DataFrame(rows, columns=COVERAGE)
