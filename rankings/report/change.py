"""Notebook 20: why did the place move from one edition to the next?"""

import math

import pandas as pd

from rankings import tables
from rankings.analysis import change
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.language.messages import _, listing
from rankings.panel import ranks
from rankings.report import refusals, words
from rankings.report import waterfall as steps
from rankings.report.verbs import verb
from rankings.story.attribution import name_of, split_move
from rankings.story.question import Story
from rankings.story.standing import HEADLINE
from rankings.tables import Prose, Table

TERMS = {
    change.OWN: lambda: _("own move"),
    change.OTHERS: lambda: _("others' moves"),
    change.METHOD: lambda: _("method"),
    change.COVERAGE: lambda: _("coverage"),
    change.ROUNDING: lambda: _("rounding"),
}


def _terms(story: Story, at: change.Step) -> pd.DataFrame:
    parts = change.split(at, story.economy)
    return parts.loc[
        parts["component"].ne("") | (parts["places"].abs() > ranks.TOLERANCE)
    ].reset_index(drop=True)


def _label(at: change.Step, term: str, component: str) -> str:
    if not component:
        return TERMS[term]()
    part = _("weights") if component == change.WEIGHTS else words.measure(at.index.name, component)
    return f"{part}, {TERMS[term]()}"


@verb
def table(
    story: Story, index: str | None = None, start: int | None = None, end: int | None = None
) -> Table | Prose:
    """The change of rank between two editions term by term; what cannot be separated is said.

    Of the story's measure and its newest two editions known by default.
    """
    index = index or story.index.name
    at = split_move(story, index, start, end)
    if isinstance(at, RankingsError):
        return Prose(_("No split: {reason}.", reason=refusals.told(at)), "note")
    parts = _terms(story, at)
    total = change.totals(at, story.economy).iloc[0]
    climbs = parts.assign(places=-parts["places"])
    sums = pd.DataFrame(
        [
            {
                "term": "",
                "component": "",
                "places": -float(total["change"]),
                "points": float("nan"),
                "status": "",
            }
        ]
    )
    labels = [
        _label(at, term, part) for term, part in zip(parts["term"], parts["component"], strict=True)
    ]
    frame = pd.concat([climbs, sums], ignore_index=True)
    cells = zip(frame["term"], frame["places"], frame["status"], strict=True)
    frame["note"] = [_method_note(*each) for each in cells]
    frame["label"] = [*labels, _("Change of rank")]
    return tables.table(
        frame,
        {
            "label": tables.text(_("Term")),
            "places": tables.figure(_("Places"), 1, signed=True),
            "points": tables.figure(_("Points"), 4, signed=True),
            "note": tables.text(_("Method")),
        },
        caption=_(
            "{economy} from {index} {start} to {end}: {before} to {after}, term by term",
            economy=story.name,
            index=called(at),
            start=at.start,
            end=at.end,
            before=words.place(total["start"], of(at, at.start)),
            after=words.place(total["end"], of(at, at.end)),
        ),
        source=words.source(
            story,
            [(index, at.start), (index, at.end)],
            _(
                "Shapley value over own and others' moves by sub-index (all other economies move "
                "together), after the steps of rounding, coverage and method; plus is a climb; the "
                "places add up to the change of the {basis} rank. Our calculation.",
                basis=basis(total),
            ),
        ),
        ours=frame["term"].eq(""),
    )


def _method_note(term: str, places: float, status: str) -> str | None:
    """What a change of method does to one term; None where it does nothing."""
    if term == change.METHOD and math.isnan(places):
        return _("not separable")
    if status == change.NOT_SEPARABLE and term in (change.OWN, change.OTHERS):
        return _("holds a change of method")
    return None


def called(at: change.Step) -> str:
    """What the index of a step, or the part of one, is called in a sentence."""
    name = name_of(at)
    return words.measure(at.index.name, at.component) if ":" in name else name


def of(at: change.Step, edition: int) -> int:
    """How many economies are ranked in an edition of the step."""
    return int(at.recomputed(edition).notna().sum())


def basis(total: pd.Series) -> str:
    """Which ranks a change counts, in words."""
    return _("published") if total["basis"] == change.PUBLISHED else _("computed")


def method(total: pd.Series) -> str:
    """The method's places, or that none of it can be separated."""
    places = total[change.METHOD]
    return _("not separable") if pd.isna(places) else words.climbed(places)


@verb
def answer(story: Story) -> Prose:
    """How much of the move was own, how much others', how much method."""
    at = split_move(story, story.index.name)
    if isinstance(at, RankingsError):
        return Prose(_("No split of the last move: {reason}.", reason=refusals.told(at)), "note")
    total = change.totals(at, story.economy).iloc[0]
    text = _(
        "From the {index} {start} to {end} {economy} went from {before} to {after} ({basis} "
        "ranks): its own moves {own} places, everybody else's {others}, method {method}, rounding "
        "and coverage {rest} (plus is a climb).",
        index=called(at),
        start=at.start,
        end=at.end,
        economy=story.name,
        before=words.place(total["start"], of(at, at.start)),
        after=words.place(total["end"], of(at, at.end)),
        basis=basis(total),
        own=words.climbed(total[change.OWN]),
        others=words.climbed(total[change.OTHERS]),
        method=method(total),
        rest=words.climbed(total[change.COVERAGE] + total[change.ROUNDING]),
    )
    if total["not_separable"]:
        mixed = listing(
            words.measure(at.index.name, part.strip())
            for part in str(total["not_separable"]).split(",")
        )
        text += " " + _(
            "The method of {parts} changed and cannot be separated from the moves in it.",
            parts=mixed,
        )
    return Prose(text, "answer")


@verb
def others(story: Story) -> Prose:
    """The other indices: their last move split where it can be, else the reason."""
    lines = []
    for index in HEADLINE:
        if index == story.index.printed_in:
            continue
        at = split_move(story, index)
        if isinstance(at, RankingsError):
            lines.append(refusals.told(at) + ".")
            continue
        total = change.totals(at, story.economy).iloc[0]
        lines.append(
            _(
                "{index} {start} to {end}, ranks by score: {before} to {after}; own {own}, others "
                "{others} places.",
                index=words.code_called(index),
                start=at.start,
                end=at.end,
                before=words.place(total["start"], of(at, at.start)),
                after=words.place(total["end"], of(at, at.end)),
                own=words.climbed(total[change.OWN]),
                others=words.climbed(total[change.OTHERS]),
            )
            + (
                " " + _("Its method changed and is not separable.")
                if total["not_separable"]
                else ""
            )
        )
    return Prose("\n".join(lines), "note")


@verb
def waterfall(
    story: Story, index: str | None = None, start: int | None = None, end: int | None = None
) -> Picture | None:
    """The move between two editions as a waterfall of places; None without a split.

    Of the target's index and its newest two editions known by default.
    """
    at = split_move(story, index or story.index.name, start, end)
    if isinstance(at, RankingsError):
        return None
    parts = change.split(at, story.economy)
    parts = parts.loc[parts["places"].abs() > ranks.TOLERANCE]
    total = change.totals(at, story.economy).iloc[0]
    labels = [
        _label(at, term, part) for term, part in zip(parts["term"], parts["component"], strict=True)
    ]
    figure, told = steps.drawn(
        (f"{called(at)} {at.start}", total["start"]),
        list(zip(labels, parts["places"], strict=True)),
        (f"{called(at)} {at.end}", total["end"]),
        height=4.4,
        title=_(
            "{economy} from {before} to {after}: who moved",
            economy=story.name,
            before=total["start"],
            after=total["end"],
        ),
    )
    return Picture(
        figure,
        _(
            "From rank {before} in {start} to {after} in {end}, in places: {told}.",
            before=total["start"],
            start=at.start,
            after=total["end"],
            end=at.end,
            told=told,
        ),
        words.source(
            story,
            [(at.index.name, at.start), (at.index.name, at.end)],
            _("Shapley split; our calculation."),
        ),
    )
