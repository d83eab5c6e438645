"""What if, in words: levers with their names, and the two tables of an answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from rankings import tables
from rankings.analysis import methods
from rankings.errors import NotKnown
from rankings.language.messages import _, listing, number, shortest, speaking
from rankings.memo import remembered
from rankings.report import drivers as drive
from rankings.report import models, refusals, words
from rankings.report.verbs import verb
from rankings.story import whatif
from rankings.story.attribution import known_tables
from rankings.story.question import Story
from rankings.story.standing import is_certain
from rankings.story.whatif import DRIVER, HELD, MOVING, SUB_INDEX, Change, Outcome
from rankings.tables import Prose, Table

__all__ = [
    "DRIVER",
    "HELD",
    "LEVERS",
    "MOVING",
    "SUB_INDEX",
    "WhatIf",
    "levers",
    "levers_table",
    "what_if",
]
LEVERS = [
    *("lever", "kind", "component", "label", "unit", "now", "low", "high", "limit", "step"),
    *("digits", "edition", "cap", "available", "why_not"),
]


def levers(story: Story) -> pd.DataFrame:
    """What can be set, and from where to where.

    Returns:
        The rows of `rankings.story.whatif.lever_rows` in the order of `LEVERS`, with label and
        unit (in the story's language; the label of a driver names its unit, too), digits
        (decimals shown) and why_not as a sentence ("" for a lever that is available).

    Examples:
        >>> import rankings
        >>> story = rankings.ask("VNM", as_of=2018, target_year=2020)
        >>> found = rankings.levers(story).set_index("lever")
        >>> [float(each) for each in found.loc[["osi", "tii", "hci"], "now"]]
        [0.7361, 0.389, 0.6543]
    """
    return _levers(story).copy()


@remembered(most=32)
def _levers(story: Story) -> pd.DataFrame:
    with speaking(story.language):
        rows = whatif.lever_rows(story)
        sub_index = rows["kind"] == SUB_INDEX
        plain = words.digits(story.index.name, story.edition)
        return rows.assign(
            label=[
                words.measure(story.index.name, name) if whole else drive.indicator(name)
                for name, whole in zip(rows["lever"], sub_index, strict=True)
            ],
            unit=[
                _range(story, top) if whole else _units().get(name, _("per 100 inhabitants"))
                for name, top, whole in zip(rows["lever"], rows["limit"], sub_index, strict=True)
            ],
            digits=[
                plain if whole else 4 if fine else 2
                for whole, fine in zip(sub_index, rows["fine"], strict=True)
            ],
            why_not=["" if why is None else refusals.told(why) for why in rows["why_not"]],
        )[LEVERS]


def _range(story: Story, top: float) -> str:
    """The scale of a part, in words."""
    if story.asked.composite:
        return _("100 is the mean of all economies, 10 a standard deviation")
    return _("from 0 to {top}", top=shortest(top))


def _units() -> dict[str, str]:
    shares = ["institutional_framework", "services_provision", "content_provision", "technology"]
    shares += ["e_information", "e_consultation", "e_decision_making"]
    years = ["expected_years_schooling", "mean_years_schooling"]
    return {
        **dict.fromkeys(["adult_literacy", "gross_enrolment"], _("per cent")),
        **dict.fromkeys(years, _("years")),
        **dict.fromkeys(shares, _("from 0 to {top}", top=1)),
    }


@remembered(most=32)
def _source(story: Story) -> str:
    try:
        return models.forecast_source(story)
    except NotKnown as reason:
        told = words.source(story, [(story.index.name, story.edition)])
        return f"{told} {refusals.sentence(reason)}"


@dataclass(frozen=True, eq=False)
class WhatIf(Outcome):
    """The answer to one what-if in the story's language; shows as its two tables.

    Attributes:
        components: as in `rankings.story.whatif.Outcome`, with a label.
    """

    @property
    def note(self) -> str:
        """How it was done, in sentences."""
        with speaking(self.story.language):
            return " ".join(_notes(self))

    @cached_property
    def source(self) -> str:
        """The reports behind the numbers, the model, its draws and its seed."""
        with speaking(self.story.language):
            return _source(self.story)

    @property
    def told(self) -> str:
        """The settings as a reader reads them: "Telecom (TII): 0.85"."""
        labels = _levers(self.story).set_index("lever")["label"]
        with speaking(self.story.language):
            return "; ".join(
                f"{labels[name]}: {shortest(value)}" for name, value in self.settings.items()
            )

    @property
    def components_table(self) -> Table:
        """Score and rank of the index and its sub-indices, before and after."""
        with speaking(self.story.language):
            return _components_table(self)

    @property
    def chances_table(self) -> Table:
        """Rank and chance of the band, others held and moving, before and after."""
        with speaking(self.story.language):
            return _chances_table(self)

    def _repr_mimebundle_(self, **_fields: object) -> dict[str, str]:
        shown = (self.components_table, self.chances_table)
        parts = [table.html(aligned=True) for table in shown]
        told = Prose(self.note, "note")._repr_mimebundle_()["text/html"]
        return {"text/html": "\n".join([*parts, told]), "text/plain": self.plain()}

    def plain(self) -> str:
        """Both tables as text, then how it was done."""
        return "\n\n".join([self.components_table.plain(), self.chances_table.plain(), self.note])


def what_if(story: Story, settings: Mapping[str, float], *, last: bool = False) -> WhatIf:
    """What other sub-indices or drivers would make of score, rank and chance.

    Args:
        story: whose.
        settings: lever -> value, all at once; names and limits are those of `levers`. Without
            any, before and after are equal: the published figures and the forecast.
        last: of the editions ahead only the last one is ranked.

    Raises:
        InputError: as `rankings.story.whatif.compute_whatif`.

    Examples:
        >>> import rankings
        >>> story = rankings.ask("VNM", as_of=2018, target_year=2020)
        >>> answer = rankings.what_if(story, {"tii": 0.95})
        >>> [int(rank) for rank in answer.components.loc[0, ["rank_before", "rank_after"]]]
        [88, 36]
    """
    found = whatif.compute_whatif(story, settings, last=last)
    components = found.components
    components.insert(1, "label", _labels(story, tuple(components["component"])))
    return WhatIf(
        story,
        found.settings,
        components,
        found.chances,
        found.points,
        found.changes,
        found.others_shift,
    )


@remembered(most=32)
def _labels(story: Story, parts: tuple[str, ...]) -> list[str]:
    with speaking(story.language):
        return [words.measure(story.index.name, part) for part in parts]


def _notes(answer: WhatIf) -> Iterator[str]:
    story = answer.story
    for part, change in answer.changes.items():
        yield _carried(story, part, change)
        yield from _capped(change)
    if round(answer.others_shift, 4):
        yield _(
            "Means, spreads and bounds are calculated anew with the changed values, which "
            "moves the {index} of others by up to {shift}.",
            index=words.called(story),
            shift=number(answer.others_shift, 4),
        )
    full = answer.components.iloc[1:].loc[lambda rows: rows["component"].isin(answer.changes)]
    tops = story.part_tops.reindex(full["component"]).fillna(story.scale_end)
    for label, after, top in zip(full["label"], full["after"], tops, strict=True):
        if after >= top:
            yield _("{measure} stops at {top}.", measure=label, top=shortest(top))
    if answer.model is None:
        yield _(
            "Every other economy keeps its score of {edition}: no forecast is made of this "
            "measure. Ranks by score; our calculation.",
            edition=story.edition,
        )
        return
    yield _(
        "Others held: every other economy keeps its score of {edition}. Others moving: the "
        "joint draws of the forecast, with this economy's score shifted by {points} points. "
        "Ranks by score; our calculation.",
        edition=story.edition,
        points=number(answer.points, 4, signed=True),
    )


def _carried(story: Story, part: str, change: Change) -> str:
    measure = words.measure(story.index.name, part)
    names = listing(f"“{drive.indicator(name)}”" for name in change.steps)
    at = change.below.edition
    if at == story.edition:
        return _("{drivers}: {measure} is rebuilt by its formula.", drivers=names, measure=measure)
    text = _(
        "{drivers}: changed among the indicators of {edition}, the newest that rebuild {measure}; "
        "what it gains there in points is added to its value of {newest}.",
        drivers=names,
        measure=measure,
        edition=at,
        newest=story.edition,
    )
    if methods.method_change(known_tables(story).breaks, story.index, part, at, story.edition):
        text += " " + _("Its method changed in between, so this is an approximation.")
    return text


def _capped(change: Change) -> Iterator[str]:
    for name, (asked, used) in change.steps.items():
        if asked > used:
            yield _(
                "“{indicator}” counts up to {cap}: the rest of {asked} changes nothing.",
                indicator=drive.indicator(name),
                cap=shortest(used),
                asked=shortest(asked),
            )


@verb
def levers_table(story: Story) -> Table:
    """What can be set, its value now and from where to where; a lever that cannot says why."""
    frame = levers(story)
    shown = frame.assign(
        shut=frame["available"].map({True: None, False: _("cannot be set")}),
        now=[
            tables.MISSING if pd.isna(now) else number(now, digits)
            for now, digits in zip(frame["now"], frame["digits"], strict=True)
        ],
        low=[shortest(low) for low in frame["low"]],
        high=[shortest(high) for high in frame["high"]],
        part=[words.measure(story.index.name, part) for part in frame["component"]],
    )
    columns = {
        "lever": tables.text(_("Lever")),
        "label": tables.text(_("What it is")),
        "part": tables.text(_("Acts through")),
        "edition": tables.year(_("Edition")),
        "now": tables.Column(_("Now"), str, True),
        "low": tables.Column(_("From"), str, True),
        "high": tables.Column(_("To"), str, True),
    }
    if not frame["available"].all():
        columns["shut"] = tables.text(_("Note"))
    editions = sorted({story.edition, *frame["edition"]})
    reasons = [why for why in frame["why_not"].unique() if why]
    return tables.table(
        shown,
        columns,
        caption=_("What can be changed for {economy}", economy=story.name),
        source=words.source(story, [(story.index.name, int(each)) for each in editions], *reasons),
    )


def _components_table(answer: WhatIf) -> Table:
    story, frame = answer.story, answer.components
    digits = words.digits(story.index.name, story.edition)
    shown = frame.assign(
        there=[words.place(r, o) for r, o in zip(frame["rank_before"], frame["of"], strict=True)],
        here=[words.place(r, o) for r, o in zip(frame["rank_after"], frame["of"], strict=True)],
    )
    return tables.table(
        shown,
        {
            "label": tables.text(_("Measure")),
            "before": tables.figure(_("As published"), digits),
            "after": tables.figure(_("What if"), digits),
            "there": tables.Column(_("Rank"), str, True),
            "here": tables.Column(_("Rank what if"), str, True),
        },
        caption=_(
            "What if: {economy} in the {index} {edition}, {told}",
            economy=story.name,
            index=words.called(story),
            edition=story.edition,
            told=answer.told or _("nothing changed"),
        ),
        source=words.source(story, [(story.index.name, each) for each in answer.editions]),
        ours=frame["component"] == story.index.overall,
    )


def _chances_table(answer: WhatIf) -> Table:
    story, frame = answer.story, answer.chances
    held_still = frame["others"] == HELD

    def span(when: str) -> pd.Series:
        pairs = zip(frame[f"low80_{when}"], frame[f"high80_{when}"], strict=True)
        return pd.Series([words.span(low, high) for low, high in pairs]).mask(held_still)

    def chance(when: str) -> pd.Series:
        return frame[f"reach_{when}"].mask(held_still)

    shown = frame.assign(
        who=frame["others"].map({HELD: _("held"), MOVING: _("moving")}),
        eighty_before=span("before"),
        eighty_after=span("after"),
        chance_before=chance("before"),
        chance_after=chance("after"),
    )
    worst = story.band.worst
    return tables.table(
        shown,
        {
            "who": tables.text(_("Others")),
            "edition": tables.year(_("Edition")),
            "median_before": tables.figure(_("Median rank")),
            "median_after": tables.figure(_("what if")),
            "eighty_before": tables.Column(_("80 % interval"), str, True),
            "eighty_after": tables.Column(_("what if"), str, True),
            "chance_before": words.reach_column(story),
            "chance_after": tables.simulated(_("what if"), certain=is_certain(story)),
            "of": tables.figure(_("Of")),
        },
        caption=_(
            "Rank and chance of {worst} or better, seen from the end of {as_of}: {economy}",
            worst=worst,
            as_of=story.as_of,
            economy=story.name,
        ),
        source=answer.source,
        ours=frame["edition"] == frame["edition"].iloc[-1],
    )
