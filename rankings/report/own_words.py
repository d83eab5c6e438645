"""Words that all modules about an index of one's own share: names, sources, refusals, places."""

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import pandas as pd

from rankings.errors import Phrase, RankingsError
from rankings.language.messages import _, number
from rankings.own.index import PUBLISHED
from rankings.own.question import OwnStory
from rankings.report import words
from rankings.tables import Prose

T = TypeVar("T")
# Fields of a refusal that hold codes of units, nodes or columns.
CODES = ("unit", "economy", "code", "part", "component", "parts")


def told(story: OwnStory, refusal: RankingsError | Phrase) -> str:
    """A refusal in the story's language, with names instead of codes."""
    fields: dict[str, object] = {}
    for name, value in refusal.fields.items():
        if isinstance(value, RankingsError | Phrase):
            fields[name] = told(story, value)
        elif name in CODES:
            fields[name] = ", ".join(story.named(code) for code in str(value).split(", "))
        else:
            fields[name] = value
    return _(refusal.template, **fields)


def attempt(make: Callable[[OwnStory], T], story: OwnStory) -> T | RankingsError:
    """What a stage gives, or its refusal: a page says so in place of the table."""
    try:
        return make(story)
    except RankingsError as refusal:
        return refusal


def note(story: OwnStory, refusal: RankingsError) -> Prose:
    """The paragraph that stands where a table cannot be."""
    return Prose(_("Not from this table: {reason}.", reason=told(story, refusal)), "note")


def source(story: OwnStory, *notes: str, years: Iterable[int] | None = None) -> str:
    """The line under a table: where the figures are from, then what is calculated.

    Args:
        story: the question.
        notes: further sentences.
        years: whose figures are read; that of the story by default.
    """
    read = (story.year,) if years is None else years
    when = year_spans(read) if story.year else ""
    named = story.source or _("the table {files}", files=", ".join(story.index.files))
    where = f"{named}, {when}" if when else named
    return " ".join([_("Source: {where}.", where=where), *notes])


def year_spans(years: Iterable[int]) -> str:
    """Years with those that follow each other drawn together: "2017, 2019-2024"."""
    ordered = sorted(set(years))
    runs = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return ", ".join(words.span(run[0], run[-1]) for run in runs)


def ours() -> str:
    """That scores and ranks are calculated here."""
    return _("Scores and ranks are calculations of this project.")


def among(story: OwnStory) -> list[str]:
    """Among whom computed ranks are counted, where fewer units have figures than ranks."""
    count = int(story.results["computed_score"].count())
    if count == int(story.results["rank"].count()):
        return []
    return [_("Ranks here are computed, among the {count} units with figures.", count=count)]


def titled(story: OwnStory, title: str) -> str:
    """A title with the year behind it, if there is one."""
    return f"{title}, {story.year}" if story.year else title


def digits(values: pd.Series) -> int:
    """Decimals that tell scores of this size apart."""
    largest = float(values.abs().max()) if values.notna().any() else 0.0
    return 2 if largest >= 10 else 3 if largest >= 2 else 4


def score(story: OwnStory, value: float) -> str:
    """A score with the decimals of its index."""
    return number(value, digits(story.results["score"]))


def figure(value: float) -> str:
    """A figure in any unit, with three digits that tell."""
    size = math.floor(math.log10(abs(value))) if value else 0
    return number(value, min(6, max(0, 2 - size)))


def basis(kind: str) -> str:
    """What a rank is: published, or computed from the table."""
    return _("published") if kind == PUBLISHED else _("computed")


def place(row: pd.Series) -> str:
    """A rank with its count."""
    return words.place(row["rank"], row["of"])


def band(story: OwnStory) -> str:
    """The target band."""
    return words.span(story.band.best, story.band.worst)
