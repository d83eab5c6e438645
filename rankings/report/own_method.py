"""Notebook 60: how is an index of one's own made? Its method in words, stage by stage."""

import shlex
from collections.abc import Callable, Mapping

import pandas as pd

from rankings import tables
from rankings.composite.weights import effective
from rankings.language.messages import _, listing, number, percent
from rankings.own.index import tree_of
from rankings.own.method import group_for
from rankings.own.question import OwnStory
from rankings.own.settings import FROM_GROUP, MethodFacts
from rankings.report import own_words as told
from rankings.report.verbs import spoken
from rankings.tables import Prose, Table

Words = dict[str, Callable[[], str]]

FACTORS: Words = {
    "normalise": lambda: _("normalisation"),
    "aggregate": lambda: _("aggregation"),
    "weights": lambda: _("weights"),
    "treat": lambda: _("outliers"),
    "impute": lambda: _("missing figures"),
    "drop": lambda: _("indicator left out"),
}
CHOICES: Words = {
    "min-max": lambda: _("min-max"),
    "z-score": lambda: _("z-score"),
    "percentile rank": lambda: _("percentile rank"),
    "rank": lambda: _("rank"),
    "borda": lambda: _("number of units below (Borda)"),
    "distance to best": lambda: _("distance to the best"),
    "distance to target": lambda: _("distance to the target"),
    "fraction of best": lambda: _("share of the best"),
    "goalposts": lambda: _("fixed goalposts"),
    "unchanged": lambda: _("as they are"),
    "arithmetic": lambda: _("arithmetic"),
    "geometric": lambda: _("geometric"),
    "harmonic": lambda: _("harmonic"),
    "copeland": lambda: _("pairwise comparison (Copeland)"),
    "as given": lambda: _("as given"),
    "nothing": lambda: _("nothing"),
    "none": lambda: _("none"),
    "winsorise": lambda: _("winsorised"),
    "mean": lambda: _("mean"),
    "median": lambda: _("median"),
    "group mean": lambda: _("mean of the group"),
    "group median": lambda: _("median of the group"),
    "own mean": lambda: _("mean of the unit's other indicators"),
    "latest": lambda: _("last year held"),
    "linear": lambda: _("line between years"),
    "constant": lambda: _("nearest year"),
}


def factor(name: str) -> str:
    """What a part of the method is called."""
    return FACTORS[name]() if name in FACTORS else name


def choice(name: str) -> str:
    """What a choice is called."""
    noisy = "noisy weights "
    if name.startswith(noisy):
        return _("noisy weights {number}", number=name.removeprefix(noisy))
    return CHOICES[name]() if name in CHOICES else name


def choices(listed: str, story: OwnStory) -> str:
    """Choices as the engine lists them, in the reader's language."""
    return "; ".join(
        choice(name) if name in CHOICES or name.startswith("noisy") else story.named(name)
        for name in listed.split("; ")
    )


@spoken
def steps(story: OwnStory) -> list[str]:
    """The method, one sentence a stage, in the order in which the stages run."""
    facts = story.index.settings.method
    tree = tree_of(story.index, story.year, whole=True)
    divided = tree.table["denominator"].dropna()
    lines = [
        _(
            "{title} is made of {count} indicators in {levels} levels.",
            title=story.title,
            count=len(tree.indicators),
            levels=int(tree.levels.max()),
        )
    ]
    if len(divided):
        named = listing(story.named(code) for code in dict.fromkeys(divided))
        lines.append(_("Indicators divided by {named}: {count}.", named=named, count=len(divided)))
    less = [code for code in tree.indicators if tree.directions[code] < 0]
    if less:
        lines.append(
            _("Indicators of which less is better: {count}; their sign is turned.", count=len(less))
        )
    return [*lines, _missing(story, facts), _outliers(facts), _scale(facts), _means(facts)]


def _missing(story: OwnStory, facts: MethodFacts) -> str:
    ways = [way for way in facts.missing if way != "none"]
    if not ways:
        said = _("A missing figure drops out of its mean; the weights of the others are scaled up.")
    else:
        said = _("Missing figures: {ways}.", ways=listing(choice(way) for way in ways))
    if set(ways) & set(FROM_GROUP):
        group = group_for(facts, story.index.groups)
        said += " " + _("The group is {group}.", group=story.named(group))
    if facts.least_available > 0:
        share = percent(facts.least_available)
        said += " " + _("An aggregate needs {share} of its parts.", share=share)
    return said


def _outliers(facts: MethodFacts) -> str:
    if facts.outliers == "none":
        return _("Outliers stay as they are.")
    return _(
        "Outliers: an indicator of absolute skewness 2 and kurtosis 3.5 or more is winsorised, at "
        "most {most} values; if that is not enough its logarithm is taken.",
        most=facts.winsorise_at_most,
    )


def _scale(facts: MethodFacts) -> str:
    said = _("Normalisation: {way}", way=choice(facts.normalise))
    if facts.normalise in ("rank", "borda", "unchanged"):
        return f"{said}."
    if facts.normalise == "z-score":
        low, high = facts.range
        middle, deviation = number((low + high) / 2, 1), number((high - low) / 10, 1)
        return _(
            "{said}, mean {mean}, deviation {deviation}.",
            said=said,
            mean=middle,
            deviation=deviation,
        )
    ends = [number(end, 0) for end in facts.range]
    return _("{said}, from {low} to {high}.", said=said, low=ends[0], high=ends[1])


def _means(facts: MethodFacts) -> str:
    if isinstance(facts.aggregate, str):
        return _("Aggregation: {way}, by the weights below.", way=choice(facts.aggregate))
    ways = [
        _("level {level}: {way}", level=level, way=choice(way))
        for level, way in sorted(facts.aggregate.items())
    ]
    return _("Aggregation by level, by the weights below: {ways}.", ways=listing(ways))


@spoken
def method(story: OwnStory) -> Prose:
    """The method in words."""
    return Prose("\n".join(steps(story)), "text")


@spoken
def tree_table(story: OwnStory) -> Table:
    """The tree: what the index is made of, with weights and directions."""
    tree = tree_of(story.index, story.year, whole=True)
    counted = effective(tree)
    indent = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
    rows = [
        {
            "code": code,
            "label": indent * depth + story.named(code),
            "weight": float(tree.weights[code]),
            "whole": float(counted[code]),
            "direction": _("less is better") if _is_less(tree.table, code) else "",
            "denominator": _denominator(story, tree.table["denominator"][code]),
            "unit": tree.table["unit"][code] if pd.notna(tree.table["unit"][code]) else "",
        }
        for code, depth in _walk(tree.children, tree.root)
    ]
    return tables.table(
        pd.DataFrame(rows),
        {
            "label": tables.text(_("Part of the index")),
            "weight": tables.figure(_("Weight"), 2),
            "whole": tables.share(_("Weight in the whole"), 1),
            "direction": tables.text(_("Direction")),
            "denominator": tables.text(_("Divided by")),
            "unit": tables.text(_("Measured in")),
        },
        caption=_("What {title} is made of", title=story.title),
        source=told.source(story),
    )


def _is_less(table: pd.DataFrame, code: str) -> bool:
    return bool(table["direction"][code] == -1)


def _denominator(story: OwnStory, code: object) -> str:
    return story.named(code) if pd.notna(code) else ""  # type: ignore[call-overload]


def _walk(children: dict[str, list[str]], root: str) -> list[tuple[str, int]]:
    """Every node with its depth, each before its children."""
    rows: list[tuple[str, int]] = []
    ahead = [(root, 0)]
    while ahead:
        code, depth = ahead.pop()
        rows.append((code, depth))
        ahead += [(child, depth + 1) for child in reversed(children.get(code, []))]
    return rows


def command(story: OwnStory) -> str:
    """The command that makes a page of this question again."""
    year = f" --year {story.year}" if story.year else ""
    said = f"rankings own run {shlex.quote(story.folder)} --unit {shlex.quote(story.unit)}{year}"
    return f"{said} --band {story.band} --language {story.language} --seed {story.seed}"


def whatif_command(story: OwnStory, settings: Mapping[str, float]) -> str:
    """The command that tells the same with some figures of the unit set."""
    year = f" --year {story.year}" if story.year else ""
    said = f"rankings own whatif {shlex.quote(story.folder)} --unit {shlex.quote(story.unit)}{year}"
    said += f" --band {story.band} --language {story.language} --seed {story.seed}"
    parts = [f"--set {shlex.quote(f'{code}={value:.6g}')}" for code, value in settings.items()]
    return " ".join([said, *parts])


@spoken
def again(story: OwnStory) -> Prose:
    """The command that makes this page again."""
    return Prose(_("This page again: {command}", command=command(story)), "note")
