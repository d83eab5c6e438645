"""What became of every official target of an economy? One row per target, without words.

A target is a row of `targets.csv`: a band of ranks of a measure by a deadline, or a value that no
index ranks. Which edition decides it is a rule: the last edition published after the target was
set and by the end of the year of its deadline. A value is decided by its series, which an analyst
may add: the last year after the target was set and by its deadline. What is known at the end of the
as-of year and what came later stand apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from rankings.analysis import targets
from rankings.composite import official
from rankings.errors import InputError, RankingsError
from rankings.forecasts import assumptions
from rankings.forecasts import registry as forecast_models
from rankings.memo import remembered
from rankings.panel import shape as panels
from rankings.panel.measures import Measure, measures
from rankings.story.outlook import choose_model
from rankings.story.question import Story

OPEN, MET, MISSED = "open", "met", "missed"
NOT_ISSUED, NO_FIGURES = "not issued", "no figures"
RANKS, VALUE, REACHED = "rank target", "value target", "position reached"
OVERALL = "ICT"
COLUMNS = [
    *("id", "kind", "area", "measure", "rank_best", "rank_worst", "deadline", "set_by", "set_in"),
    *("edition_at_setting", "rank_at_setting", "of", "status", "edition", "rank"),
    *("published_rank", "rank_low", "rank_high", "out_of", "chance", "chance_low", "chance_high"),
    *("varied", "chance_edition", "why_no_chance", "points_50"),
    *("outcome_edition", "outcome_rank"),
    *("outcome_published_rank", "outcome_of", "outcome_status"),
    *("subject", "value_low", "value_high", "unit", "series", "value", "value_year"),
    *("value_source", "outcome_value", "outcome_value_year", "outcome_value_source"),
]
WHOLE = [
    *("rank_best", "rank_worst", "edition_at_setting", "rank_at_setting", "of", "edition", "rank"),
    *("published_rank", "rank_low", "rank_high", "out_of", "chance_edition", "outcome_edition"),
    *("outcome_rank", "outcome_published_rank", "outcome_of"),
    *("value_year", "outcome_value_year"),
]


@dataclass(frozen=True)
class Place:
    """Where the economy stands in one edition of a measure.

    Attributes:
        edition: its label; of our composite the as-of year.
        published_year: when it became known.
        rank: by score.
        of: economies with a score.
        published_rank: as printed; None where none was printed or none is held.
        low: best end of the interval over methods; None for a publisher's index.
        high: worst end of it.
    """

    edition: int
    published_year: int
    rank: int
    of: int
    published_rank: int | None = None
    low: int | None = None
    high: int | None = None

    def within(self, worst: int) -> bool:
        """Whether the rank that was printed, else the one by score, is so good or better."""
        return (self.published_rank or self.rank) <= worst


def targets_set(story: Story) -> pd.DataFrame:
    """The economy's official targets set by the end of the as-of year, by deadline and area."""
    held = story.world.targets
    mine = held.loc[(held["economy"] == story.economy) & (held["set_in"] <= story.as_of)]
    return mine.sort_values(["deadline", "area", "id"], ignore_index=True)


@remembered(most=8)
def scorecard(story: Story) -> pd.DataFrame:
    """One row per official target set by the end of the as-of year.

    Returns:
        `COLUMNS`: kind ("rank target", "value target", "position reached"); measure (its code;
        missing where no index ranks it); where it stood when the target was set
        (edition_at_setting, rank_at_setting, of); status as known at the as-of year ("open",
        "met", "missed", "not issued": no edition came by the deadline, "no figures": none are
        held); edition, rank (by score), published_rank, out_of: the edition that decided it, or the
        newest known; rank_low, rank_high: interval of our composite; chance of rank_worst or
        better in chance_edition, of open targets, with its range and what is varied, or why there
        is none; points_50: what an even chance takes beyond the pace of all others, in points of
        the newest edition; outcome_*: what came after the as-of year, by the same rule. Met and
        missed go by the printed rank where one is printed, else by score. Of a value: subject,
        value_low (at least), value_high, unit and series as asked; value, value_year and
        value_source, which decided it or are the newest known.
    """
    rows = [_row(story, target) for target in targets_set(story).to_dict("records")]
    rows.sort(key=lambda row: [RANKS, VALUE, REACHED].index(str(row["kind"])))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(dict.fromkeys(WHOLE, "Int64"))


def _row(story: Story, target: Mapping[Any, Any]) -> dict[str, object]:
    asked = _measure_of(target)
    row: dict[str, object] = {
        **{name: target[name] for name in ("id", "area", "deadline", "set_in")},
        "kind": _kind(target),
        "measure": asked.code if asked else None,
        "rank_best": _whole(target["rank_best"]),
        "rank_worst": _whole(target["rank_worst"]),
        "set_by": target["document"],
        "status": NO_FIGURES,
    }
    if asked is None or row["kind"] != RANKS:
        return row | _of_value(story, target)
    worst, deadline = int(target["rank_worst"]), int(target["deadline"])
    set_in = int(target["set_in"])
    before = newest_place(story, asked, set_in)
    if before:
        row |= {"edition_at_setting": before.edition, "rank_at_setting": before.rank}
        row["of"] = before.of
    now = deciding_place(story, asked, set_in, deadline, story.as_of)
    newest = newest_place(story, asked, story.as_of)
    row["status"] = _status(story, asked, now, worst, deadline, story.as_of)
    shown = now if row["status"] in (MET, MISSED) else newest
    if shown:
        row |= {"edition": shown.edition, "rank": shown.rank, "out_of": shown.of}
        row |= {"published_rank": shown.published_rank}
        row |= {"rank_low": shown.low, "rank_high": shown.high}
    if row["status"] == OPEN:
        row |= _chance(story, asked, worst, deadline)
    return row | _outcome(story, asked, worst, deadline, set_in)


def _measure_of(target: Mapping[Any, Any]) -> Measure | None:
    """The measure a target is set in; the overall one is asked of our composite."""
    if target["area"] == "overall":
        return measures()[OVERALL]
    wanted = target["index"], target["component"]
    held = (each for each in measures().values() if (each.index, each.component) == wanted)
    return next(held, None)


def _of_value(story: Story, target: Mapping[Any, Any]) -> dict[str, object]:
    """What the series of a target says of it; empty where the target names none."""
    if pd.isna(target["series"]):
        return {}
    row: dict[str, object] = {
        name: target[name] for name in ("value_low", "value_high", "unit", "series")
    }
    reached = _kind(target) == REACHED
    row["subject"] = target["index"] if reached else target["component"]
    values = _values(story, str(target["series"]))
    known = values.loc[values.index <= story.as_of]
    deadline = int(target["deadline"])
    is_goal = pd.notna(target["value_low"])
    counted = values.loc[(values.index > target["set_in"]) & (values.index <= deadline)]
    shown = known
    if is_goal and len(values):
        row["status"] = _value_status(counted, target, story.as_of)
        shown = known if row["status"] == OPEN or counted.empty else counted
    if len(shown):
        last = shown.iloc[-1]
        row |= {"value": float(last["value"]), "value_year": int(shown.index[-1])}
        row["value_source"] = last["source_id"]
    now = story.world.newest_year
    if is_goal and len(counted) and story.as_of < deadline <= now:
        row["outcome_status"] = _value_status(counted, target, now)
        last = counted.iloc[-1]
        row |= {"outcome_value": float(last["value"]), "outcome_value_year": int(counted.index[-1])}
        row["outcome_value_source"] = last["source_id"]
    return row


def _values(story: Story, series: str) -> pd.DataFrame:
    """The economy's values of a series and their sources by year, as in use at the as-of year."""
    held = story.world.series_at(story.as_of)
    mine = held.loc[(held["series"] == series) & (held["iso3"] == story.economy)]
    return mine.set_index("year")[["value", "source_id"]].sort_index()


def _value_status(counted: pd.DataFrame, target: Mapping[Any, Any], year: int) -> str:
    """What is known of a value target at the end of a year; at least its low end is asked."""
    if year < target["deadline"]:
        return OPEN
    if counted.empty:
        return NO_FIGURES
    return MET if counted["value"].iloc[-1] >= target["value_low"] else MISSED


def _kind(target: Mapping[Any, Any]) -> str:
    if pd.isna(target["rank_worst"]):
        return VALUE
    # What a document says was reached when it was written is no target.
    return REACHED if target["deadline"] == target["set_in"] else RANKS


def _whole(cell: Any) -> int | None:
    return None if pd.isna(cell) else int(cell)


def newest_place(story: Story, asked: Measure, year: int) -> Place | None:
    """The economy's place in the newest edition published by the end of a year; None without."""
    if asked.composite:
        return composite_place(story, year)
    rows = _rows(story, asked, year)
    return _place(rows.iloc[-1]) if len(rows) else None


def deciding_place(
    story: Story, asked: Measure, set_in: int, deadline: int, year: int
) -> Place | None:
    """The place in the edition that decides a target, as known at the end of a year.

    The last edition published after the year in which the target was set and by its deadline;
    None if there is none, or before the deadline has passed.
    """
    if year < deadline:
        return None
    if asked.composite:
        return composite_place(story, deadline)
    rows = _rows(story, asked, deadline)
    rows = rows.loc[rows["published_year"] > set_in]
    return _place(rows.iloc[-1]) if len(rows) else None


def _rows(story: Story, asked: Measure, year: int) -> pd.DataFrame:
    """The economy's rows of a measure known at the end of a year, oldest edition first."""
    known = story.world.known(year)
    mine = known.loc[
        (known["index"] == asked.index)
        & (known["component"] == asked.component)
        & (known["iso3"] == story.economy)
    ]
    return mine.sort_values("edition")


def _place(row: pd.Series) -> Place:
    printed = row["published_rank"]
    return Place(
        int(row["edition"]),
        int(row["published_year"]),
        int(row["competition_rank"]),
        int(row["of_economies"]),
        None if pd.isna(printed) else int(printed),
    )


@remembered(most=16)
def composite_place(story: Story, year: int) -> Place | None:
    """The economy's place in our composite as of a year; None where it has none."""
    try:
        row = official.ict_composite(story.world.panel, year).row(story.economy)
    except RankingsError:
        return None
    rank, low, high = (int(row[name]) for name in ("rank", "low", "high"))
    return Place(year, year, rank, int(row["of"]), None, low, high)


def _status(
    story: Story, asked: Measure, decided: Place | None, worst: int, deadline: int, year: int
) -> str:
    """What is known of a target at the end of a year."""
    if _is_missing(story, asked, deadline, year):
        return NO_FIGURES
    if year < deadline:
        return OPEN
    if decided is None:
        return NOT_ISSUED
    return MET if decided.within(worst) else MISSED


def _is_missing(story: Story, asked: Measure, deadline: int, year: int) -> bool:
    """Whether editions by the deadline exist of which no table is held, or none at all is held."""
    if asked.composite:
        return composite_place(story, min(year, deadline)) is None
    held = panels.known(story.world.panel, min(year, deadline))
    editions = held.loc[held["index"] == asked.index, "edition"]
    if editions.empty:
        return True
    absent = story.world.editions_not_held
    later = absent.loc[
        (absent["index"] == asked.index)
        & (absent["published_year"] <= min(year, deadline))
        & (absent["edition"] > editions.max())
    ]
    return len(later) > 0


def _chance(story: Story, asked: Measure, worst: int, deadline: int) -> dict[str, object]:
    """The chance of a rank or better by the deadline, with its range; or why there is none."""
    # The model is the one that the measure's own page speaks from, whatever page this is.
    own = replace(story, measure=asked.code, target_year=deadline)
    try:
        drawn = own.joint(forecast_models.labelled(choose_model(own)).name)
        edition = drawn.editions(asked.code)[-1]
        if story.economy not in drawn.draws(asked.code).iso3:
            raise InputError(
                "{economy} has too few editions of {measure} for a forecast",
                economy=story.economy,
                measure=asked.code,
            )
        found = assumptions.chance_range(drawn, asked.code, story.economy, worst)
    except RankingsError as refusal:
        return {"why_no_chance": refusal}
    row: dict[str, object] = {"chance": found.chance, "chance_edition": edition}
    needed = targets.needed(drawn.draws(asked.code), story.economy, worst, (0.5,))
    row["points_50"] = float(needed["points"].iloc[-1])
    if found.varied:
        row |= {"chance_low": found.low, "chance_high": found.high}
        row["varied"] = "+".join(found.varied)
    return row


def _outcome(
    story: Story, asked: Measure, worst: int, deadline: int, set_in: int
) -> dict[str, object]:
    """What came after the as-of year, by the same rule; empty where nothing did."""
    now = story.world.newest_year
    if story.as_of >= min(deadline, now):
        return {}
    decided = deciding_place(story, asked, set_in, deadline, now)
    status = _status(story, asked, decided, worst, deadline, now)
    row: dict[str, object] = {"outcome_status": None if status == OPEN else status}
    shown = decided
    if status == NOT_ISSUED:
        shown = _first_after(story, asked, deadline)
    if shown:
        row |= {"outcome_edition": shown.edition, "outcome_rank": shown.rank}
        row |= {"outcome_published_rank": shown.published_rank, "outcome_of": shown.of}
    return row


def _first_after(story: Story, asked: Measure, deadline: int) -> Place | None:
    """The place in the first edition published after a deadline that none came by."""
    rows = _rows(story, asked, story.world.newest_year)
    rows = rows.loc[rows["published_year"] > deadline]
    return _place(rows.iloc[0]) if len(rows) else None
