"""What would a file change? Values, ranks and headline numbers, before and after, nothing kept."""

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rankings import store
from rankings.data import ingest, resolve, world
from rankings.forecasts import joint, registered
from rankings.pages import results
from rankings.panel.definitions import definition, definitions
from rankings.panel.shape import KEY
from rankings.sources.delivery import Delivery
from rankings.story import question

SHOWN = 8
SAID = {
    "index": "index",
    "edition": "edition",
    "value": "score",
    "published_rank": "published rank",
    "competition_rank": "rank by score",
    "of_economies": "of",
    "osi_rank": "rank of OSI",
    "tii_rank": "rank of TII",
    "hci_rank": "rank of HCI",
    "forecast_edition": "forecast edition",
    "median_rank": "median forecast rank",
    "low80": "80 % of draws from rank",
    "high80": "to rank",
    "p_rank_at_most_worst": "chance of the band's last rank or better",
    "p_no_change": "the same by plain no change",
    "needed_points_50": "points needed for a 50 % chance",
}


INDEX = "EGDI"
NEXT = {
    "median": "median rank",
    "low80": "80 % of draws from rank",
    "high80": "to rank",
    "p_30": "chance of rank 30 or better",
    "p_50": "chance of rank 50 or better",
}


@dataclass(frozen=True)
class Seen:
    """What is held at a moment: values that count, their use, and the headline numbers.

    Attributes:
        following: the forecast of the next edition of `INDEX`, with all that was released by a
            day; empty where it was not asked for or the economy is not forecast.
    """

    panel: pd.DataFrame
    series: pd.DataFrame
    usage: pd.DataFrame
    numbers: dict[str, Any]
    following: dict[str, Any]


def explain(
    deliveries: Sequence[Delivery],
    *,
    economy: str = "VNM",
    published: int | None = None,
    released: str | None = None,
) -> list[str]:
    """What taking some files at their word would change, a line each.

    Args:
        deliveries: the files as read.
        economy: whose ranks and headline numbers are shown.
        published: the year in which new editions became known.
        released: when series whose file has no date became known.

    Raises:
        DataError: a file does not add up with what is held.
        InputError: ``economy`` is none.
    """
    day = _day(deliveries, released)
    before = _seen(economy, day)
    with _scratch_store():
        wanted = ingest.compare(list(deliveries), released=released)
        records = ingest.carry_out(wanted, replace=True, published=published, released=released)
        if not records:
            return ["nothing would change: all of it is held already"]
        after = _seen(economy, day)
    lines = [line for record in records for line in resolve.lines(after.usage, record.name)]
    return [
        *lines,
        *_values(before.panel, after.panel, economy),
        *_ranks(before.panel, after.panel, economy),
        *_series(before.series, after.series, economy),
        *_numbers(before.numbers, after.numbers, economy),
        *_next(before.following, after.following, economy, day),
    ]


def _day(deliveries: Sequence[Delivery], released: str | None) -> str:
    """The day by which all of it is released: today, or that of a release dated later.

    Empty where no file has figures that the forecast of the next edition looks at.
    """
    looked_at = {rule.series for rule in definition(INDEX).figures}
    dates = [datetime.datetime.now(tz=datetime.UTC).date().isoformat(), released or ""]
    told = False
    for each in deliveries:
        rows = each.series.loc[each.series["series"].isin(looked_at)]
        told = told or len(rows) > 0
        dates += [str(v) for v in rows["vintage"].dropna() if resolve.DATE.fullmatch(str(v))]
    return max(dates) if told else ""


@contextmanager
def _scratch_store() -> Iterator[None]:
    """The own store is a copy of the present one, and gone afterwards."""
    named, own = os.environ.get("RANKINGS_STORE"), store.own_deliveries()
    with tempfile.TemporaryDirectory(prefix="rankings-explain-") as folder:
        for path in own:
            shutil.copytree(path, Path(folder) / path.name)
        os.environ["RANKINGS_STORE"] = folder
        try:
            yield
        finally:
            if named is None:
                del os.environ["RANKINGS_STORE"]
            else:
                os.environ["RANKINGS_STORE"] = named


def _seen(economy: str, day: str) -> Seen:
    held = world.load()
    numbers = results.headlines(question.ask(economy))
    following = _following(held, economy, day) if day else {}
    return Seen(held.panel, held.series, held.usage, numbers, following)


def _following(held: world.World, economy: str, day: str) -> dict[str, Any]:
    """Ranks and chances in the next edition, as `rankings register` would put them on record."""
    drawn = joint.Joint(
        held, held.newest_year, _next_edition(held), registered.SEED, known=day
    ).draws(INDEX)
    if economy not in drawn.iso3:
        return {}
    places = drawn.ranks[:, -1, list(drawn.iso3).index(economy)]
    low, middle, high = np.quantile(places, [0.1, 0.5, 0.9], method="inverted_cdf").astype(int)
    return {
        "edition": drawn.editions[-1],
        **{"median": int(middle), "low80": int(low), "high80": int(high)},
        **{f"p_{rank}": float((places <= rank).mean()) for rank in registered.RANKS},
    }


def _next_edition(held: world.World) -> int:
    rows = held.panel.loc[held.panel["index"] == INDEX, "edition"]
    return int(rows.max()) + (definition(INDEX).rhythm or 2)


def _both(
    before: pd.DataFrame, after: pd.DataFrame, key: list[str], more: list[str]
) -> pd.DataFrame:
    """Rows of either table that differ, with what was before as ``NAME_before``."""
    both = before[[*key, *more]].merge(
        after[[*key, *more]], on=key, how="outer", suffixes=("_before", ""), validate="1:1"
    )
    same = (both["value"] == both["value_before"]) | (
        both["value"].isna() & both["value_before"].isna()
    )
    return both.loc[~same]


def _values(before: pd.DataFrame, after: pd.DataFrame, economy: str) -> list[str]:
    """Index values that are new, other or gone: how many, and those of the economy first."""
    lines = []
    changed = _both(before, after, KEY, ["value"])
    for (index, edition, vintage), rows in changed.groupby(["index", "edition", "vintage"]):
        new, gone = rows["value_before"].isna().sum(), rows["value"].isna().sum()
        other = len(rows) - new - gone
        counts = [
            f"{n} {word}" for n, word in ((new, "new"), (other, "other"), (gone, "gone")) if n
        ]
        printed = "" if str(vintage) == str(edition) else f" as printed in {vintage}"
        lines.append(f"values of {index} {edition}{printed}: {', '.join(counts)}")
        own = rows.assign(mine=rows["iso3"] == economy).sort_values(
            ["mine", "iso3", "component"], ascending=[False, True, True]
        )
        if new == len(rows):
            own = own.loc[own["mine"]]
        for row in own.head(SHOWN).to_dict("records"):
            named = f"{row['iso3']} {row['component']}"
            lines.append(f"    {named}: {_change(row['value_before'], row['value'])}")
        if len(own) > SHOWN:
            lines.append(f"    and {len(own) - SHOWN} more")
    return lines


def _ranks(before: pd.DataFrame, after: pd.DataFrame, economy: str) -> list[str]:
    """Ranks by score of the overall values that move: how many, and by how much."""
    overall = {name: each.overall for name, each in definitions().items()}
    key = ["index", "edition", "vintage", "iso3"]
    tables = [
        table.loc[table["component"] == table["index"].map(overall).fillna("overall")]
        for table in (before, after)
    ]
    both = tables[0].merge(tables[1], on=key, suffixes=("_before", ""))
    was, now = both["competition_rank_before"], both["competition_rank"]
    moved = both.loc[(was != now).fillna(False)]
    lines = []
    for (index, edition, _), rows in moved.groupby(["index", "edition", "vintage"]):
        moves = rows.assign(places=(rows["competition_rank_before"] - rows["competition_rank"]))
        lines.append(f"ranks by score of {index} {edition}: {len(rows)} economies move")
        far = moves.assign(mine=moves["iso3"] == economy, far=moves["places"].abs())
        far = far.sort_values(["mine", "far", "iso3"], ascending=[False, False, True])
        lines += [
            f"    {row['iso3']}: {row['competition_rank_before']} -> {row['competition_rank']} of "
            f"{row['of_economies']}"
            for row in far.head(SHOWN).to_dict("records")
        ]
        if len(far) > SHOWN:
            lines.append(f"    and {len(far) - SHOWN} more")
    return lines


def _series(before: pd.DataFrame, after: pd.DataFrame, economy: str) -> list[str]:
    """Values of series that are new or other: how many, and those of the economy."""
    lines = []
    key = ["series", "iso3", "year"]
    changed = _both(before, after, key, ["value"])
    for name, rows in changed.groupby("series"):
        new = int(rows["value_before"].isna().sum())
        lines.append(
            f"values of {name}: {new} new, {len(rows) - new} other, "
            f"of {rows['iso3'].nunique()} economies"
        )
        own = rows.loc[rows["iso3"] == economy].sort_values("year")
        lines += [
            f"    {economy} {row['year']}: {_change(row['value_before'], row['value'])}"
            for row in own.tail(SHOWN).to_dict("records")
        ]
    return lines


def _numbers(before: dict[str, Any], after: dict[str, Any], economy: str) -> list[str]:
    """Headline numbers of the economy's story from the newest edition, those that change."""
    moved = [name for name in SAID if before[name] != after[name]]
    what = f"headline numbers of {economy}, band {after['band']} by {after['target_year']}"
    if not moved:
        return [f"{what}: none changes"]
    return [
        f"{what}:",
        *(
            f"    {SAID[name]}: {_said(name, before[name])} -> {_said(name, after[name])}"
            for name in moved
        ),
    ]


def _next(before: dict[str, Any], after: dict[str, Any], economy: str, day: str) -> list[str]:
    """What moves in the forecast of the next edition; reports stand at the end of a year."""
    if not before or not after:
        return []
    what = (
        f"forecast of {INDEX} {after['edition']} for {economy}, with all figures released by {day}"
    )
    moved = [name for name in NEXT if _said(name, before[name]) != _said(name, after[name])]
    if not moved or before["edition"] != after["edition"]:
        return [f"{what}: " + ("none changes" if not moved else "of another edition than before")]
    return [
        f"{what}:",
        *(
            f"    {NEXT[name]}: {_said(name, before[name])} -> {_said(name, after[name])}"
            for name in moved
        ),
    ]


def _change(before: Any, after: Any) -> str:
    """A value before and after, with the digits in which they differ."""
    for digits in (6, 9, 12, 17):
        was, now = _number(before, digits), _number(after, digits)
        if was != now:
            break
    return f"{was} -> {now}"


def _said(name: str, value: Any) -> str:
    """A headline number; a chance as a percentage."""
    if name.startswith("p_") and value is not None:
        return f"{100 * value:.1f} %"
    return _number(value)


def _number(value: Any, digits: int = 6) -> str:
    if value is None or pd.isna(value):
        return "-"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
