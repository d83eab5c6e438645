"""What stands on the page of an index of one's own around the views: words, choices, numbers."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from rankings.errors import RankingsError
from rankings.explorer import own_views, page
from rankings.explorer.own_question import OwnQuestion, earlier, lever
from rankings.language import messages
from rankings.language.messages import _, number
from rankings.memo import remembered
from rankings.own import whatif
from rankings.own.index import OwnIndex, built
from rankings.own.question import OwnStory
from rankings.own.standing import from_the_top
from rankings.panel import ranks
from rankings.report import own, own_method, own_whatif, words
from rankings.report import own_words as told

STEPS = 200  # of a slider, about


def said(story: OwnStory) -> dict[str, str]:
    """Every word of the page that no view says, in the language spoken."""
    return {
        **page.said(),
        "title": _("{title}: the explorer", title=story.title),
        "unit": _("Unit"),
        "year": _("Year"),
        "levers_help": _("Set figures of {unit}: score and rank follow at once.", unit=story.name),
        "reset": _("Back to the figures of the table"),
        "strip": _("All units by rank, 1 is best; each tick is one unit, the band is shaded."),
    }


def whole(question: OwnQuestion) -> dict[str, Any]:
    """Everything that changes with the question, but the views: they are asked for one by one."""
    story = question.story
    why_not = _why_not(story)
    spoken = said(story)
    if why_not:
        spoken["levers_help"] = why_not
    return {
        "query": question.query,
        "words": spoken,
        "language": story.language,
        "fields": _fields(story),
        # What belongs to the old choice goes with it.
        "drops": {"unit": ["set"], "year": ["since", "set"]},
        "choices": choices(story),
        "values": values(question),
        "answer": own.answer(story).paragraphs,
        "views": [{"name": each.name, "title": each.title()} for each in own_views.VIEWS],
        "groups": [] if why_not else groups(story),
        "levers": [] if why_not else levers(question),
        "strip": _strip(story),
        "live": live(question),
    }


def _fields(story: OwnStory) -> list[dict[str, Any]]:
    """The fields of the question in their order; an index of one year has no year to choose."""
    names = ["unit", "year", "since", "best", "worst", "language"]
    gone = set()
    if len(story.index.years) == 1:
        gone = {"year", "since"}
    elif not earlier(story):
        gone = {"since"}
    return [
        {"name": name, "wide": name == "unit", "rank": name in ("best", "worst")}
        for name in names
        if name not in gone
    ]


def choices(story: OwnStory) -> dict[str, list[dict[str, str]]]:
    """What each choice of the page offers: value and label."""
    named = {str(unit): story.named(unit) for unit in story.results["unit"]}
    ordered = sorted(named.items(), key=lambda pair: page.alphabetical(pair[1]))
    return {
        "unit": [
            page.choice(unit, name if unit == name else f"{name} ({unit})")
            for unit, name in ordered
        ],
        "year": [page.choice(each, each) for each in reversed(story.index.years)],
        "since": [page.choice(each, each) for each in reversed(earlier(story))],
        "language": [
            page.choice(each, page.LANGUAGES.get(each, each))
            for each in sorted(messages.languages())
        ],
    }


def values(question: OwnQuestion) -> dict[str, str]:
    """What is chosen now, by choice."""
    story = question.story
    return {
        "unit": story.unit,
        "year": str(story.year),
        "since": str(question.since or ""),
        "best": str(story.band.best),
        "worst": str(story.band.worst),
        "language": story.language,
        "seed": str(story.seed),
    }


# What can be set


def _why_not(story: OwnStory) -> str:
    """Why no figure can be set, as a sentence; empty where some can."""
    try:
        whatif.rows_moved(story, {})
    except RankingsError as refusal:
        return f"{told.told(story, refusal)}."
    return ""


def groups(story: OwnStory) -> list[dict[str, str]]:
    """The parts of the index right above indicators, from the top; one without a tree."""
    made = built(story.index, story.year)
    leaves = set(made.tree.indicators)
    above = [code for code in from_the_top(made) if code in made.tree.children]
    holding = [code for code in above if leaves & set(made.tree.children[code])]
    return [
        {"name": lever(code), "label": "" if len(holding) == 1 else story.named(code)}
        for code in holding
    ]


def levers(question: OwnQuestion) -> list[dict[str, Any]]:
    """The sliders: an indicator, its unit, bounds, figure in the table and figure set."""
    story = question.story
    asked = dict(question.settings)
    rows = []
    for row, (low, high, step) in zip(
        whatif.levers(story).to_dict("records"), _bounds(story.index, story.year), strict=True
    ):
        code, now = str(row["code"]), None if pd.isna(row["value"]) else float(row["value"])
        ends = [each for each in (now, asked.get(code)) if each is not None]
        parent = built(story.index, story.year).tree.table["parent"][code]
        rows.append(
            {
                **{"lever": lever(code), "kind": "indicator", "component": lever(str(parent))},
                **{"label": story.named(code), "unit": _about(row), "edition": "", "cap": ""},
                **{"now": now, "low": min([low, *ends]), "high": max([high, *ends]), "step": step},
                "digits": _digits(step),
                "available": high > low,
                "why_not": "" if high > low else _("the same for all units"),
                "value": asked.get(code, now),
            }
        )
    return rows


def _about(row: dict[Any, Any]) -> str:
    """What a figure is measured in, and whether less of it is better."""
    unit = "" if pd.isna(row["unit"]) else str(row["unit"])
    less = _("less is better") if row["direction"] < 0 else ""
    return " · ".join(filter(None, [unit, less]))


@remembered(most=16)
def _bounds(index: OwnIndex, year: int) -> list[tuple[float, float, float]]:
    """From where to where each indicator can be set, and in which steps.

    From the lowest to the highest figure of all units, and on to goalposts and targets where the
    index has some; whole numbers stay whole.
    """
    made = built(index, year)
    table = made.tree.table.loc[made.tree.indicators]
    goals = table.reindex(columns=["lower", "upper", "target"]).astype("float64").T.to_dict()
    divided = table["denominator"].notna()
    found = []
    for code in made.tree.indicators:
        figures = made.raw[code].dropna().to_numpy(dtype="float64")
        # Goals are those of divided figures; what is set is not divided yet.
        known = [] if divided[code] else [each for each in goals[code].values() if pd.notna(each)]
        low, high = min([*figures, *known]), max([*figures, *known])
        if ranks.is_constant(low, high):
            found.append((float(low), float(low), 1.0))
            continue
        step = _round_step((high - low) / STEPS)
        if np.all(np.mod(figures, 1) == 0):
            step = max(1.0, step)
        digits = _digits(step)
        ends = [math.floor(low / step) * step, math.ceil(high / step) * step]
        found.append((round(ends[0], digits), round(ends[1], digits), step))
    return found


def _digits(step: float) -> int:
    """The decimals in which figures that are steps apart differ."""
    return max(0, -math.floor(math.log10(step)))


def _round_step(size: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    ten = 10.0 ** math.floor(math.log10(size))
    return ten * next(each for each in (1, 2, 5, 10) if each * ten >= size)


# The numbers that move


def live(question: OwnQuestion, *, full: bool = True) -> dict[str, Any]:
    """The numbers that a slider moves: as text in the reader's language, and the ranks as such.

    Args:
        question: with the figures set.
        full: with the tables and the code, which are seen when unfolded.
    """
    story = question.story
    settings = dict(question.settings)
    if not settings and _why_not(story):
        return _still(question)
    rows = whatif.rows_moved(story, settings)
    head, digits = rows[0], _score_digits(story)
    before, after, of = (head[name] for name in ("rank_before", "rank_after", "of"))
    return {
        **_plain(question),
        "score": [number(head["before"], digits), number(head["after"], digits)],
        "ranks": _ranks(before, after, of),
        "rank": [_place(before, of), _place(after, of)],
        "rank_says": _("computed, among the {count} units with figures", count=int(head["of"])),
        "reach": [_reach(story, before), _reach(story, after)],
        "parts": {
            lever(str(row["code"])): {
                "value": float(row["after"]),
                "text": number(row["after"], digits),
                "place": _place(row["rank_after"], row["of"]),
                "moved": not ranks.is_constant(row["before"], row["after"]),
            }
            for row in rows
            if pd.notna(row["after"])
        },
        "full": _told(question) if full else None,
    }


@lru_cache(maxsize=32)
def _score_digits(story: OwnStory) -> int:
    return told.digits(story.results["score"])


def _plain(question: OwnQuestion) -> dict[str, Any]:
    """What of the numbers does not hang on figures."""
    story = question.story
    return {
        "query": question.query,
        "moving": False,
        "reach_label": _("Band reached"),
        "reach_says": _("rank {worst} or better", worst=story.band.worst)
        if _comparable(story)
        else _("the band counts published ranks"),
        "dial": None,
    }


def _still(question: OwnQuestion) -> dict[str, Any]:
    """The numbers of a unit of which no figures can be set: those of the table."""
    story, row = question.story, question.story.row
    place = _place(row["rank"], row["of"])
    score = "\N{EN DASH}" if pd.isna(row["score"]) else told.score(story, row["score"])
    reached = "\N{EN DASH}"
    if pd.notna(row["rank"]):
        reached = _("yes") if row["rank"] <= story.band.worst else _("no")
    return {
        **_plain(question),
        "score": [score, score],
        "ranks": _ranks(row["rank"], row["rank"], row["of"]),
        "rank": [place, place],
        "rank_says": told.basis(row["basis"]),
        "reach": [reached, reached],
        "reach_says": _("rank {worst} or better", worst=story.band.worst),
        "parts": {},
        "full": _told(question),
    }


def _ranks(before: Any, after: Any, of: Any) -> dict[str, int | None]:
    first, last = (None if pd.isna(each) else int(each) for each in (before, after))
    return {"before": first, "after": last, "low": last, "high": last, "of": int(of)}


def _place(rank: Any, of: Any) -> str:
    return "\N{EN DASH}" if pd.isna(rank) else words.place(rank, of)


def _comparable(story: OwnStory) -> bool:
    """Whether computed ranks are counted among as many units as the band is."""
    return not told.among(story)


def _reach(story: OwnStory, rank: Any) -> str:
    if pd.isna(rank) or not _comparable(story):
        return "\N{EN DASH}"
    return _("yes") if rank <= story.band.worst else _("no")


def _told(question: OwnQuestion) -> dict[str, Any]:
    """The tables behind the numbers, the method, and the same in Python and as a command."""
    story, settings = question.story, dict(question.settings)
    tables = []
    if not _why_not(story):
        table = own_whatif.answer_table(story, settings) if settings else None
        tables = [(table or own_whatif.levers_table(story)).html()]
    return {
        "note": " ".join(own_method.steps(story)),
        "source": told.source(story),
        "tables": tables,
        "code": _code(question),
        "command": _command(question),
    }


def _code(question: OwnQuestion) -> str:
    settings = own_views.written(dict(question.settings))
    call = f"what_if(story, {settings})" if question.settings else "levers(story)"
    lines = [own_views.IMPORTED, "from rankings.own import whatif", own_views.opened(question)]
    return "\n".join([*lines, f"whatif.{call}"])


def _command(question: OwnQuestion) -> str:
    return own_method.whatif_command(question.story, dict(question.settings))


# Where all stand


@lru_cache(maxsize=32)
def _strip(story: OwnStory) -> dict[str, Any]:
    """The ranks of all units, counted as those of the numbers are."""
    table = story.results
    column = "rank" if _why_not(story) else "computed_rank"
    held = table.loc[table[column].notna()].sort_values(column, kind="stable")
    of = int(held["of" if column == "rank" else "computed_of"].iloc[0])
    return {
        "ranks": [int(each) for each in held[column]],
        "names": [story.named(unit) for unit in held["unit"]],
        "codes": [str(unit) for unit in held["unit"]],
        "peers": [],
        "of": of,
        "most": int(table["of"].iloc[0]),
        "band": [story.band.best, story.band.worst] if story.band.worst <= of else None,
        "label": told.titled(story, story.title),
        "economy": story.unit,
        "name": story.name,
    }
