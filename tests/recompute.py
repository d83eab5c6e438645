"""What does the committed table say by plain arithmetic? Written without the package's stages."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"
WEIGHTED = {2008: (0.34, 0.33, 0.33), 2010: (0.34, 0.33, 0.33)}


@cache
def table() -> pd.DataFrame:
    """Rows of the index as committed, with the year each edition was published."""
    how: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
    rows = pd.read_csv(RAW / "egdi.csv", **how)
    editions = pd.read_csv(RAW / "editions.csv", **how)
    mine = editions.loc[editions["index"] == "EGDI", ["edition", "published_year"]]
    return rows.merge(mine.drop_duplicates("edition"), on="edition", validate="m:1")


def newest(as_of: int) -> int:
    """The newest edition published by the end of a year."""
    rows = table()
    return int(rows.loc[rows["published_year"] <= as_of, "edition"].max())


@cache
def values(edition: int, component: str, *, measured: bool = True) -> pd.Series:
    """Values by ISO3; where ``measured``, without those that stand for missing figures."""
    rows = table()
    rows = rows.loc[rows["edition"] == edition]
    held = rows.loc[rows["component"] == component].set_index("iso3")["value"].dropna()
    if not measured or edition > 2005:
        return held
    missing = rows.loc[rows["component"].isin(["tii", "hci"]) & (rows["value"] == 0)]
    if component == "egdi":
        return held.drop(missing["iso3"].unique(), errors="ignore")
    return held.drop(missing.loc[missing["component"] == component, "iso3"], errors="ignore")


def place(scores: pd.Series, economy: str) -> tuple[int, int]:
    """1 + how many are strictly above, and of how many."""
    return int((scores > scores[economy] + 1e-9).sum()) + 1, len(scores)


@cache
def places(edition: int) -> dict[str, int]:
    """The place of every economy measured in an edition, by ISO3."""
    scores = values(edition, "egdi", measured=False)
    return {str(code): place(scores, str(code))[0] for code in scores.index}


def score_at(scores: pd.Series, rank: int) -> float:
    """The rank-th best score."""
    return float(scores.sort_values(ascending=False).iloc[rank - 1])


@cache
def standings(edition: int) -> pd.Series:
    """Distance of each score from their mean in standard deviations, placeholders left out."""
    scores = values(edition, "egdi")
    mean = scores.sum() / len(scores)
    spread = (((scores - mean) ** 2).sum() / len(scores)) ** 0.5
    return (scores - mean) / spread


def editions_known(as_of: int) -> list[int]:
    """Editions from 2004 on that were published by the end of a year."""
    rows = table()
    rows = rows.loc[(rows["published_year"] <= as_of) & (rows["edition"] >= 2004)]
    return sorted(int(each) for each in rows["edition"].unique())


def have_gained(as_of: int, steps: int, required: float) -> tuple[int, int]:
    """How many economies ever gained as much standing over so many editions, and of how many."""
    known = editions_known(as_of)
    gained, seen = set(), set()
    for start, end in zip(known, known[steps:], strict=False):
        change = (standings(end) - standings(start)).dropna()
        seen |= set(change.index)
        gained |= set(change.index[change >= required])
    return len(gained), len(seen)


def precedents(as_of: int, own: int, worst: int, most: int) -> set[str]:
    """Who went from 8 places better to 22 worse than the own rank to the goal, by ISO3."""
    known = editions_known(as_of)
    found = set()
    for steps in range(1, most + 1):
        for start, end in zip(known, known[steps:], strict=False):
            before, after = places(start), places(end)
            for code in set(values(start, "egdi").index) & set(values(end, "egdi").index):
                there, here = before[code], after[code]
                if max(1, own - 8) <= there <= own + 22 and there > worst >= here:
                    found.add(code)
    return found


def differences(told: Any) -> Iterator[tuple[str, str, str]]:
    """What a story (`tools.sweep.Told`) tells otherwise than this arithmetic."""
    asked, story = told.asked, told.story
    edition = newest(asked.as_of)
    scores = values(edition, "egdi", measured=False)
    own, of = place(scores, asked.economy)
    kind = "unlike the recomputation"
    if (story.edition, len(story.scores)) != (edition, of):
        yield kind, "story", f"edition {story.edition} of {len(story.scores)}: {edition} of {of}"
    yield from _places(told, kind)
    yield from _distances(told, kind, scores)
    yield from _history(told, kind)
    yield from _records(told, kind, own)


def _places(told: Any, kind: str) -> Iterator[tuple[str, str, str]]:
    table_ = told.table("standing.position_table")
    if table_ is None:
        return
    rows = table_.frame.loc[table_.frame["index"] == "EGDI"]
    for row in rows.to_dict("records"):
        part = row["component"]
        held = values(int(row["edition"]), part, measured=part != "egdi")
        rank = place(held, told.asked.economy)
        if (row["competition_rank"], row["of_economies"]) != rank:
            yield (
                kind,
                "standing.position_table",
                f"{part} {row['competition_rank']}/{row['of_economies']}: {rank}",
            )
        if abs(float(row["value"]) - float(held[told.asked.economy])) > 1e-9:
            yield kind, "standing.position_table", f"{part} {row['value']}"


def _distances(told: Any, kind: str, scores: pd.Series) -> Iterator[tuple[str, str, str]]:
    table_ = told.table("why.gap_table")
    if table_ is None:
        return
    for row in table_.frame.to_dict("records"):
        level = score_at(scores, int(row["rank"]))
        if abs(float(row["score"]) - level) > 1e-6:
            yield kind, "why.gap_table", f"rank {row['rank']}: {row['score']}, {level}"
        holders = set(scores.index[(scores - level).abs() < 1e-9])
        if set(row["holders"]) != holders:
            yield kind, "why.gap_table", f"rank {row['rank']}: {row['holders']}, {holders}"
    split = told.table("why.split_table(story, story.band.worst)")
    if split is not None:
        total = float(split.frame["gap"].iloc[-1])
        wanted = score_at(scores, told.story.band.worst) - float(scores[told.asked.economy])
        if abs(total - wanted) > 1e-6:
            yield kind, "why.split_table", f"gap {total}: {wanted}"
        others = scores.drop(told.asked.economy)
        level = score_at(scores, told.story.band.worst)
        there = int((others > level + 1e-9).sum()) + 1
        climbed = place(scores, told.asked.economy)[0] - there
        if abs(float(split.frame["places"].iloc[-1]) - climbed) > 1e-6:
            yield kind, "why.split_table", f"{split.frame['places'].iloc[-1]} places: {climbed}"


def _history(told: Any, kind: str) -> Iterator[tuple[str, str, str]]:
    table_ = told.table("standing.history_table")
    if table_ is None:
        return
    rows = table()
    rows = rows.loc[
        (rows["iso3"] == told.asked.economy)
        & (rows["component"] == "egdi")
        & (rows["published_year"] <= told.asked.as_of)
    ].set_index("edition")
    if sorted(table_.frame["edition"]) != sorted(rows.index):
        yield kind, "standing.history_table", f"editions {list(table_.frame['edition'])}"
    for edition, shown in zip(table_.frame["edition"], table_.frame["published"], strict=True):
        printed = rows["published_rank"].get(edition)
        if shown is not None and int(re.findall(r"\d+", shown)[0]) != printed:
            yield kind, "standing.history_table", f"{edition} {shown}: {printed}"


def _records(told: Any, kind: str, own: int) -> Iterator[tuple[str, str, str]]:
    table_ = told.table("target.needed_table")
    as_of, story = told.asked.as_of, told.story
    if table_ is not None:
        steps = max(1, min(len(story.ahead), len(editions_known(as_of)) - 1))
        for row in table_.frame.to_dict("records"):
            counts = have_gained(as_of, steps, float(row["standing"]))
            shown = [int(each) for each in re.findall(r"\d+", row["who"])]
            if shown != list(counts):
                yield kind, "target.needed_table", f"{row['who']}: {counts}"
    made = told.table("target.precedents_table")
    if own > story.band.worst:
        most = max(3, len(story.ahead))
        wanted = precedents(as_of, own, story.band.worst, most)
        found = set(made.frame["iso3"]) if made is not None else set()
        if found != wanted:
            yield kind, "target.precedents_table", f"{sorted(found)}: {sorted(wanted)}"
    elif made is not None:
        yield kind, "target.precedents_table", "a table for an economy that is there already"
