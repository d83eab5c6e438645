"""What did newly released figures do to a forecast? One release of one series after the other.

The forecast of the next edition is made on the series held from the start, then again with each
later release added in the order of their dates, with the same draws. What a release moved is the
difference; it hangs on the order where two releases speak of the same sub-index.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings.data import resolve, vintages
from rankings.data.world import World
from rankings.forecasts import registry
from rankings.forecasts.closing import closing_paths, overall_draws
from rankings.forecasts.draws import DRAWS
from rankings.forecasts.information import CARRY
from rankings.panel.definitions import Index, definition

INDEX = "EGDI"
TOP = 50
# Releases print two decimals or more: what differs less is the same figure.
ROUNDING = 0.005
REVISED, NEWER, BOTH = "revised", "newer year", "revised and newer year"
FIRST, OTHERS = "first figure", "others moved"
COLUMNS = ["iso3", "series", "component", "released", "source_id", "reason"]
COLUMNS += ["year_before", "figure_before", "restated", "year_after", "figure_after"]
COLUMNS += ["points", "median_before", "median_after", "chance50_before", "chance50_after"]


@dataclass(frozen=True)
class Release:
    """One release of one series."""

    series: str
    released: str
    source_id: str


def moves(
    world: World, day: str, seed: int, *, as_of: int | None = None, draws: int = DRAWS
) -> pd.DataFrame:
    """What each release up to a day moved, for every economy.

    Args:
        world: the tables.
        day: ISO date.
        seed: of the draws.
        as_of: the year whose editions are known; the newest by default.
        draws: how many.

    Returns:
        Columns `COLUMNS`: one row per economy and release, in the order of their dates. ``points``
        is the move of the mean score of the next edition on the scale 0-1, figures are the newest
        that the forecast looks at, ``reason`` says whether the own figure was revised, is of a
        newer year or the first one, or only those of others moved; ``restated`` is the figure of
        the year before in the new release. Ranks are medians, chances those of rank 50.
    """
    index, then = definition(INDEX), world.newest_year if as_of is None else as_of
    panel = world.known(then)
    newest = int(panel.loc[panel["index"] == INDEX, "edition"].max())
    following = newest + (index.rhythm or 2)
    rows = world.every_series
    added: list[Release] = []
    before = _outlook(panel, index, following, then, rows, added, seed, draws)
    tables = []
    for release in _releases(rows, index, day):
        added = [*added, release]
        after = _outlook(panel, index, following, then, rows, added, seed, draws)
        tables.append(_step(release, index, following - 1, before, after))
        before = after
    return (
        pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)
    )


@dataclass(frozen=True)
class _Outlook:
    """The forecast on some series: mean scores, median ranks and chances by economy."""

    table: pd.DataFrame
    series: pd.DataFrame


def _releases(rows: pd.DataFrame, index: Index, day: str) -> Iterator[Release]:
    names = {rule.series for rule in index.figures}
    newer = rows.loc[
        (rows["role"] == resolve.NEWER) & (rows["released"] <= day) & rows["series"].isin(names)
    ]
    each = newer[["released", "series", "source_id"]].drop_duplicates()
    for released, series, source_id in sorted(each.itertuples(index=False, name=None)):
        yield Release(series, released, source_id)


def _series(rows: pd.DataFrame, added: list[Release]) -> pd.DataFrame:
    """What is held from the start, and some releases: of each value the newest."""
    taken = pd.Series(False, index=rows.index)
    for each in added:
        taken |= (rows["series"] == each.series) & (rows["source_id"] == each.source_id)
    kept = rows.loc[(rows["role"] != resolve.NEWER) | taken]
    counted = kept.loc[kept["role"] != resolve.THEN]
    marked = resolve.mark_used(counted, resolve.SERIES_KEY)
    return marked.loc[marked["used"], vintages.MADE].reset_index(drop=True)


def _outlook(
    panel: pd.DataFrame,
    index: Index,
    following: int,
    as_of: int,
    rows: pd.DataFrame,
    added: list[Release],
    seed: int,
    draws: int,
) -> _Outlook:
    series = _series(rows, added)
    paths = closing_paths(
        panel,
        index,
        [following],
        seed,
        draws,
        series=series,
        information=registry.information_at(as_of, following),
    )
    drawn = overall_draws(paths, index)
    table = pd.DataFrame(
        {
            "score": drawn.scores[:, 0].mean(axis=0, dtype=float),
            "median": np.median(drawn.ranks[:, 0], axis=0),
            "chance50": (drawn.ranks[:, 0] <= TOP).mean(axis=0),
        },
        index=list(drawn.iso3),
    )
    return _Outlook(table, series)


def _looked_at(series: pd.DataFrame, release: Release, newest: int) -> pd.DataFrame:
    """The figure of each economy that the forecast looks at: year and value, by economy."""
    mine = series.loc[
        (series["series"] == release.series) & (series["year"].between(newest - CARRY, newest))
    ]
    return mine.sort_values("year").drop_duplicates("iso3", keep="last").set_index("iso3")


def _step(
    release: Release, index: Index, stand: int, before: _Outlook, after: _Outlook
) -> pd.DataFrame:
    rule = next(each for each in index.figures if each.series == release.series)
    newest = stand - rule.out_after
    was, now = (_looked_at(each.series, release, newest) for each in (before, after))
    table = pd.DataFrame({"iso3": after.table.index}).assign(
        series=release.series,
        component=rule.component,
        released=release.released,
        source_id=release.source_id,
        points=(after.table["score"] - before.table["score"]).to_numpy(),
    )
    for name, seen, drawn in [("before", was, before.table), ("after", now, after.table)]:
        table[f"year_{name}"] = table["iso3"].map(seen["year"]).astype("Int64")
        table[f"figure_{name}"] = table["iso3"].map(seen["value"])
        for each in ("median", "chance50"):
            table[f"{each}_{name}"] = drawn[each].to_numpy()
    there = after.series.loc[after.series["series"] == release.series].set_index(["iso3", "year"])
    keys = pd.MultiIndex.from_frame(table[["iso3", "year_before"]].astype({"year_before": float}))
    table["restated"] = there["value"].reindex(keys).to_numpy()
    years = table[["year_before", "year_after"]].astype("float64")
    later = (years["year_after"] != years["year_before"]) & years["year_after"].notna()
    revised = (table["restated"] - table["figure_before"]).abs() >= ROUNDING
    first = later & years["year_before"].isna()
    cases = [each.to_numpy() for each in (first, later & revised, later, revised)]
    reason = np.select(cases, [FIRST, BOTH, NEWER, REVISED], OTHERS)
    return table.assign(reason=reason)


def by_economy(rows: pd.DataFrame) -> pd.DataFrame:
    """All releases together: where the forecast stood, where it stands, what moved it most.

    Returns:
        Columns iso3, median_before, median_after, chance50_before, chance50_after, points, series
        and reason of the release that moved the score most.
    """
    found = []
    for iso3, mine in rows.groupby("iso3", sort=False):
        most = mine.iloc[int(mine["points"].abs().to_numpy().argmax())]
        first, last = mine.iloc[0], mine.iloc[-1]
        found.append(
            {
                "iso3": iso3,
                "median_before": first["median_before"],
                "median_after": last["median_after"],
                "chance50_before": first["chance50_before"],
                "chance50_after": last["chance50_after"],
                "points": mine["points"].sum(),
                "series": most["series"],
                "reason": most["reason"],
            }
        )
    order = ["iso3", "median_before", "median_after", "chance50_before", "chance50_after"]
    return pd.DataFrame(found, columns=[*order, "points", "series", "reason"])
