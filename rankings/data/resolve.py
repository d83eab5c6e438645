"""Which delivery counts? For every value the newest release that has it; the others stay beside.

A **release** is dated by its publisher. A file without a date counts from the newest year it tells
of, which is the earliest it can be. Two releases of one date are told apart by the time they were
added, the later one counts; what is shipped was there first.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

DATE = re.compile(r"(19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
UNDATED = "undated"
SERIES_KEY = ["series", "iso3", "year"]
# What a table of series is held for: from the start; as a release that came later; to see with the
# eyes of its time, never to count.
BASE, NEWER, THEN = "base", "newer", "then"
USAGE = [
    *("delivery", "what", "vintage", "released", "values", "used", "economies", "first", "last"),
    "because",
]


@cache
def _dates() -> dict[str, str]:
    """Vintages and sources whose release is known by another name than its date."""
    text = (Path(__file__).parents[1] / "sources" / "releases.toml").read_text(encoding="utf-8")
    return {name: str(date) for name, date in tomllib.loads(text)["released"].items()}


def release_date(vintage: str | None, source_id: str, newest_year: int) -> str:
    """When a release became known: an ISO date, month or year.

    Args:
        vintage: of the rows, as their table names it; None or "undated ..." if it names none.
        source_id: of the rows.
        newest_year: that the release tells of.
    """
    named = vintage or ""
    if named in _dates():
        return _dates()[named]
    if DATE.fullmatch(named):
        return named
    if source_id in _dates():
        return _dates()[source_id]
    years = [] if named.startswith(UNDATED) else YEAR.findall(named)
    return max(years) if years else str(newest_year)


def add_release_dates(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of yearly series with the column ``released``, one date a delivery and vintage."""
    if rows.empty:
        return rows.assign(released=pd.Series(dtype="str"))
    named = rows.assign(vintage=rows["vintage"].fillna(""))
    group = ["delivery", "vintage", "source_id"]
    newest = named.groupby(group, as_index=False).agg(year=("year", "max"))
    newest["released"] = [
        release_date(str(row["vintage"]) or None, str(row["source_id"]), int(row["year"]))
        for row in newest.to_dict("records")
    ]
    dated = named[group].merge(newest, on=group, how="left", validate="m:1")
    return rows.assign(released=dated["released"].to_numpy())


def mark_used(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows with ``used``: whether a row is the one that counts for its key.

    Args:
        rows: with the columns of ``key`` and ``released`` (ISO text), ``order`` (in which the
            deliveries were added, 0 = shipped).
        key: what names a value.
    """
    newest = rows.sort_values(["released", "order"], kind="stable").duplicated(key, keep="last")
    return rows.assign(used=~newest.reindex(rows.index))


def usage(rows: pd.DataFrame, key: list[str], what: pd.Series, year: str) -> pd.DataFrame:
    """What each delivery counts for: one row per delivery, what it tells of, and vintage.

    Args:
        rows: of `mark_used`, with ``delivery``, ``vintage`` and ``iso3``.
        key: what names a value.
        what: for each row, what it tells of, as "EGDI 2018" or a series.
        year: the column that holds the year told of.

    Returns:
        Columns `USAGE`: how many values there are, how many are used, for how many economies and
        which years (missing if none), and why the others are kept beside (blank if none).
    """
    if rows.empty:
        return pd.DataFrame(columns=USAGE)
    told = rows.assign(what=what, vintage=rows["vintage"].fillna(""))
    told = told.merge(
        told.loc[told["used"], [*key, "delivery", "released"]],
        on=key,
        how="left",
        suffixes=("", "_used"),
        validate="m:1",
    )
    found = [
        _used_for(group, year)
        for _, group in told.groupby(["delivery", "what", "vintage", "released"], sort=False)
    ]
    return pd.DataFrame(found, columns=USAGE).astype({"first": "Int64", "last": "Int64"})


def _used_for(rows: pd.DataFrame, year: str) -> dict[str, object]:
    first = rows.iloc[0]
    used = rows.loc[rows["used"]]
    return {
        **{name: first[name] for name in ["delivery", "what", "vintage", "released"]},
        **{"values": len(rows), "used": len(used), "economies": used["iso3"].nunique()},
        "first": used[year].min() if len(used) else None,
        "last": used[year].max() if len(used) else None,
        "because": _why_beside(rows),
    }


def _why_beside(rows: pd.DataFrame) -> str:
    """Which releases count in place of the values that are kept beside."""
    beside = rows.loc[~rows["used"]]
    said = []
    for (name, released), group in beside.groupby(["delivery_used", "released_used"], sort=False):
        later = released > group["released"].iloc[0]
        how = f"is newer ({released})" if later else "was added later"
        said.append(f"{name} {how}")
    if beside["delivery_used"].isna().any():
        said.append("the edition is not held whole")
    return " and ".join(dict.fromkeys(said))


def describe(row: Mapping[Any, Any]) -> str:
    """One line on one row of `usage`: in use for what, or kept beside and why."""
    vintage = str(row["vintage"])
    date = "no date in the file" if vintage.startswith(UNDATED) else row["released"]
    named = f"{row['what']} ({date})" if date else str(row["what"])
    used, values = int(row["used"]), int(row["values"])
    if not used:
        cure = " (say --released if it is not)" if vintage.startswith(UNDATED) else ""
        return f"{named}: kept beside, because {row['because']}{cure}"
    economies = "1 economy" if row["economies"] == 1 else f"{row['economies']} economies"
    line = f"{named}: in use for {economies}{_years(row['first'], row['last'])}"
    if used < values:
        line += f"; {values - used:,} of {values:,} values kept beside, because {row['because']}"
    return line


def _years(first: Any, last: Any) -> str:
    if pd.isna(first):
        return ""
    return f", {first}" if first == last else f", {first}-{last}"


def lines(usage: pd.DataFrame, name: str) -> list[str]:
    """What one delivery counts for, a line for each thing it tells of."""
    return [describe(row) for row in usage.loc[usage["delivery"] == name].to_dict("records")]


def dated_as(vintage: str) -> str:
    """A vintage as a line of a plan names it."""
    return "no date in the file" if vintage.startswith(UNDATED) else vintage
