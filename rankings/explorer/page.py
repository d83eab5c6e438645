"""What stands on the page around the views: words, choices, and the numbers that move at once."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from rankings.analysis import targets
from rankings.errors import InputError, NotKnown
from rankings.explorer import views
from rankings.explorer.question import HELD, MOVING, Question, editions, years
from rankings.language import messages
from rankings.language.messages import _, fact, number, percent, plural, shortest, simulated
from rankings.panel import economies, ranks
from rankings.panel.measures import measures
from rankings.report import refusals, summary, whatif, words
from rankings.story.outlook import choose_model
from rankings.story.question import MEASURE, Story
from rankings.story.standing import is_certain
from rankings.story.target import editions_compared, gains_achieved

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
LAST_YEARS = 16


def said() -> dict[str, str]:
    """Every word of the page that no view says, in the language spoken."""
    return {
        "title": _("ICT Rankings: the explorer"),
        "question": _("The question"),
        "economy": _("Economy"),
        "peers": _("Peers"),
        "measure": _("Measure"),
        "edition": _("Edition"),
        "since": _("Compared with"),
        "as_of": _("As known at the end of"),
        "best": _("Band: best rank"),
        "worst": _("Band: worst rank"),
        "by": _("Deadline"),
        "language": _("Language"),
        "levers": _("What if?"),
        "levers_help": _(
            "Move a sub-index, or a driver below it: score, rank and chance follow at once."
        ),
        "drivers": _("Drivers of {measure}", measure="{measure}"),
        "reset": _("Back to the published values"),
        "others": _("The others"),
        "held": _("held at their scores"),
        "moving": _("moving, as drawn"),
        "dial": _("Growth needed"),
        "chance": _("Chance wanted"),
        "score": _("Score"),
        "rank": _("Rank"),
        "table": _("Show the table"),
        "code": _("The same in Python"),
        "command": _("The same as a command"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "download": _("Download"),
        "link": _("Copy the address of this view"),
        "order": _("The best rank of the band is the smaller number; nothing changes until it is."),
        "busy": _("Working…"),
        "lost": _("There is no answer. Reload the page, or run the notebook's cell again."),
        "views": _("Views"),
        "skip": _("Skip to the views"),
        "now": _("now"),
        "yours": _("what if"),
        "strip": _(
            "All economies by rank, 1 is best; each tick is one economy, the band is shaded."
        ),
        "rank_axis": _("rank (1 is best)"),
        "band": _("target band"),
        "cap": _("counts up to {cap}", cap="{cap}"),
        "terms": _("How this was calculated"),
    }


def choices(question: Question) -> dict[str, list[dict[str, str]]]:
    """What each choice of the page offers: value and label."""
    story = question.story
    held = story.world
    named = story.names[story.names.index.isin(story.scores.index)]
    ordered = sorted(named.items(), key=lambda pair: alphabetical(str(pair[1])))
    groups = [*held.groups, *economies.groups(held.economies)]
    if story.peer_group not in groups:
        groups.insert(0, story.peer_group)
    within = editions(story)
    earlier = [each for each in within if each < question.edition] or [question.edition]
    return {
        "economy": [choice(code, f"{name} ({code})") for code, name in ordered],
        "peers": [choice(each, _group(each)) for each in groups],
        "measure": [choice(code, _measure(code)) for code in _offered(story)],
        "edition": [choice(each, each) for each in reversed(within)],
        "since": [choice(each, each) for each in reversed(earlier)],
        "as_of": [choice(each, each) for each in years(held, story.measure)],
        "by": [choice(each, each) for each in sorted({*_deadlines(story), story.target_year})],
        "language": [
            choice(each, LANGUAGES.get(each, each)) for each in sorted(messages.languages())
        ],
    }


def choice(value: object, label: object) -> dict[str, str]:
    """One of the values a field offers, and what it is called."""
    return {"value": str(value), "label": str(label)}


def _group(name: str) -> str:
    return (
        _("All members of the United Nations") if name == economies.UNITED_NATIONS else fact(name)
    )


def _measure(code: str) -> str:
    asked = measures()[code]
    return (
        words.measure(asked.index, asked.component)
        if ":" in code
        else f"{code}: {fact(asked.title)}"
    )


def _offered(story: Story) -> list[str]:
    """The measures the economy has a rank in, by their newest edition; our composite, pillars."""
    rows = story.known
    newest = rows.groupby(["index", "component"])["edition"].transform("max")
    ranked = (rows["iso3"] == story.economy) & rows["competition_rank"].notna()
    rows = rows.loc[ranked & (rows["edition"] == newest)]
    held = set(zip(rows["index"], rows["component"], strict=True))
    able = [
        each.code
        for each in measures().values()
        if each.composite or (each.index, each.component) in held
    ]
    return sorted(able, key=lambda code: ":" in code)


def _deadlines(story: Story) -> list[int]:
    """The years in which an edition is due, or assumed; none where nothing is forecast."""
    last = story.as_of + LAST_YEARS
    try:
        return replace(story, target_year=last).ahead
    except InputError:
        return []


def alphabetical(name: str) -> tuple[str, str]:
    """Letters with marks beside the same letters without; Đ after D, as in Vietnamese."""
    plain = name.casefold().replace("đ", "dz")
    bare = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return bare, name


def values(question: Question) -> dict[str, str]:
    """What is chosen now, by choice."""
    story = question.story
    return {
        "economy": story.economy,
        "peers": story.peer_group,
        "measure": story.measure,
        "edition": str(question.edition),
        "since": str(question.since),
        "as_of": str(story.as_of),
        "best": str(story.band.best),
        "worst": str(story.band.worst),
        "by": str(story.target_year),
        "language": story.language,
        "others": question.others,
        "chance": f"{100 * question.chance:g}",
        "seed": str(story.seed),
    }


def levers(question: Question) -> list[dict[str, Any]]:
    """The sliders: name, label, unit, bounds, published value and value set, as plain values."""
    asked = dict(question.settings)
    rows = []
    for row in whatif.levers(question.story).to_dict("records"):
        capped = pd.notna(row["cap"])
        rows.append(
            {
                **{key: str(row[key]) for key in ("lever", "kind", "component", "label", "unit")},
                **{key: _plain(row[key]) for key in ("now", "low", "high", "step")},
                "digits": int(row["digits"]),
                "edition": int(row["edition"]),
                "cap": shortest(row["cap"]) if capped else "",
                "available": bool(row["available"]),
                "why_not": str(row["why_not"]),
                "value": asked.get(str(row["lever"]), _plain(row["now"])),
            }
        )
    return rows


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def whole(question: Question) -> dict[str, Any]:
    """Everything that changes with the question, but the views: they are asked for one by one."""
    story = question.story
    at = story.index
    ranked = ranks.competition(story.scores)
    order = ranked.sort_values(kind="stable").index
    return {
        "query": question.query,
        "words": said(),
        "language": story.language,
        "choices": choices(question),
        "values": values(question),
        "asked": summary.question(story).text,
        "answer": summary.answer(story).paragraphs,
        "views": [{"name": each.name, "title": each.title()} for each in views.VIEWS],
        "levers": levers(question),
        "measures": {
            part: words.measure(at.name, part)
            for part in dict.fromkeys([at.overall, *story.sub_indices, *_moved(question)])
        },
        "strip": {
            "ranks": [int(each) for each in ranked[order]],
            "names": [str(story.names[code]) for code in order],
            "codes": list(order),
            "peers": [code for code in story.peers if code in ranked.index],
            "of": len(ranked),
            "band": [story.band.best, story.band.worst],
            "label": f"{words.called(story)} {story.edition}",
            "economy": story.economy,
            "name": story.name,
        },
        "live": live(question),
    }


def live(question: Question, *, full: bool = True) -> dict[str, Any]:
    """The numbers that a slider moves: as text in the reader's language, and the ranks as such.

    Args:
        question: with the settings.
        full: with the tables, the sentences and the code, which are seen when unfolded.
    """
    story = question.story
    answer = whatif.what_if(story, dict(question.settings), last=not full)
    parts = answer.components.to_dict("records")
    # With all others held still, then the editions ahead, if there are any.
    still, *drawn = answer.chances.to_dict("records")
    moving = question.others == MOVING and bool(drawn)
    row = drawn[-1] if moving else still
    digits = words.digits(story.index.name, story.edition)
    return {
        "query": question.query,
        "moving": moving,
        "score": [number(parts[0][when], digits) for when in ("before", "after")],
        "ranks": {
            "before": int(row["median_before"]),
            "after": int(row["median_after"]),
            "low": int(row["low80_after"]),
            "high": int(row["high80_after"]),
            "of": int(row["of"]),
        },
        "rank": [
            _rank(row, "before", moving),
            _rank(row, "after", moving),
        ],
        "rank_says": (
            _(
                "median of the draws for {edition}, and where 80 % of them lie",
                edition=int(row["edition"]),
            )
            if moving
            else _("among the scores of {edition}", edition=story.edition)
        ),
        "reach_label": _("Chance of the band") if moving else _("Band reached"),
        "reach": [_reach(story, row[name], moving) for name in ("reach_before", "reach_after")],
        "reach_value": float(row["reach_after"]),
        "reach_says": _(
            "rank {worst} or better in {edition}",
            worst=story.band.worst,
            edition=int(row["edition"]),
        ),
        "parts": {
            str(each["component"]): {
                "value": float(each["after"]),
                "text": number(each["after"], digits),
                "place": words.place(each["rank_after"], each["of"]),
            }
            for each in parts
        },
        "dial": _dial(question.looked_at, question.chance),
        "full": _told(question, answer) if full else None,
    }


def _moved(question: Question) -> list[str]:
    """The parts that have a slider of their own."""
    rows = whatif.levers(question.story)
    return [str(each) for each in rows.loc[rows["kind"] == whatif.SUB_INDEX, "lever"]]


def _reach(story: Story, share: float, moving: bool) -> str:
    """A share of draws as a chance; against scores held still there is one rank, and no chance."""
    if moving:
        return simulated(share, certain=is_certain(story))
    return _("yes") if share else _("no")


def _told(question: Question, answer: whatif.WhatIf) -> dict[str, Any]:
    return {
        "note": answer.note,
        "source": answer.source,
        "tables": [answer.components_table.html(), answer.chances_table.html()],
        "code": _code(question),
        "command": _command(question),
    }


@lru_cache(maxsize=64)
def _dial(question: Question, chance: float) -> dict[str, Any]:
    return dial(replace(question, chance=chance))


def _rank(row: Mapping[Any, Any], when: str, moving: bool) -> str:
    place = words.place(row[f"median_{when}"], row["of"])
    if not moving:
        return place
    return f"{place} ({row[f'low80_{when}']}\N{EN DASH}{row[f'high80_{when}']})"


def _code(question: Question) -> str:
    settings = json.dumps(dict(question.settings))
    lines = ["import rankings", views.opened(question)]
    return "\n".join([*lines, f"rankings.what_if(story, {settings})"])


def _command(question: Question) -> str:
    story = question.story
    parts = [f"rankings whatif {story.economy} --as-of {story.as_of} --band {story.band}"]
    parts += [f"--measure {story.measure}"] if story.measure != MEASURE else []
    parts += [f"--by {story.target_year} --seed {story.seed} --language {story.language}"]
    parts += [f"--set {lever}={value:.6g}" for lever, value in question.settings]
    return " ".join(parts)


def needed(story: Story, chance: float) -> dict[str, float]:
    """What the band's worst rank takes with a chance, at the deadline.

    Returns:
        points (of the newest edition's scale), standing, per_year (standing a year), and
        economies_fast and economies (who ever gained so much, of how many).
    """
    draws = story.draws(choose_model(story))
    row = targets.needed(draws, story.economy, story.band.worst, (chance,)).iloc[-1]
    record = targets.ever_achieved(gains_achieved(story), float(row["standing"]))
    return {
        "points": float(row["points"]),
        "standing": float(row["standing"]),
        "per_year": float(row["standing"]) / (int(row["edition"]) - story.edition),
        "economies_fast": int(record["economies_fast"]),
        "economies": int(record["economies"]),
    }


def dial(question: Question) -> dict[str, Any]:
    """The growth that a chance takes, in sentences and as numbers."""
    story = question.story
    try:
        wants = needed(story, question.chance)
    except NotKnown as reason:
        return {"told": refusals.sentence(reason), "who": ""}
    told = _(
        "Rank {worst} in {edition} with {chance}: {points} points on top of what everybody gains "
        "(score {score} on today's scale), {per_year} standard deviations a year.",
        worst=story.band.worst,
        edition=story.ahead[-1],
        chance=percent(question.chance),
        points=number(wants["points"], 3, signed=True),
        score=number(float(story.scores[story.economy]) + wants["points"], 3),
        per_year=number(wants["per_year"], 3, signed=True),
    )
    if wants["points"] == 0:
        told = _(
            "Rank {worst} in {edition} with {chance}: nothing on top of what everybody gains.",
            worst=story.band.worst,
            edition=story.ahead[-1],
            chance=percent(question.chance),
        )
    elif float(story.scores[story.economy]) + wants["points"] > story.scale_end:
        told += " " + _("That is beyond the end of the scale.")
    who = (
        ""
        if wants["points"] == 0 or not wants["economies"]
        else plural(
            "Over {count} edition {fast} of {all} economies have gained as much.",
            "Over {count} editions {fast} of {all} economies have gained as much.",
            editions_compared(story),
            fast=wants["economies_fast"],
            all=wants["economies"],
        )
    )
    return {"told": told, "who": who, **wants}


__all__ = ["HELD", "MOVING", "choices", "dial", "levers", "live", "needed", "said", "whole"]
