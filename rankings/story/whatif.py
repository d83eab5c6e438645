"""What if sub-indices or real drivers changed: which score, rank and chance, all at once?

A sub-index is set as it is. A driver (mobile broadband, schooling, services) is changed in the
newest edition whose indicators rebuild its sub-index, means, spreads and bounds taken again; what
that moves everybody's sub-index by, in points, is added to the values of the newest edition. The
score follows by the edition's weights. Its rank is told twice: with all others held still, and
among the joint draws of the model that the report speaks from, each economy shifted by its points.
"""

import numbers
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from rankings import tables
from rankings.analysis import recipes
from rankings.analysis.recipes import Recipe
from rankings.data.world import World
from rankings.errors import InputError, suggest
from rankings.language.messages import _, language, listing, number, shortest
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.report import drivers as drive
from rankings.report import trend, words
from rankings.report.change import held
from rankings.story.question import Story
from rankings.tables import Prose, Table

SUB_INDEX = "sub-index"
DRIVER = "driver"
HELD = "held"
MOVING = "moving"
LEVERS = [
    *("lever", "kind", "component", "label", "unit", "now", "low", "high", "limit", "step"),
    *("digits", "edition", "cap", "available", "why_not"),
]
TOLD = ["median", "low80", "high80", "reach", "inside"]


@dataclass(frozen=True)
class _Below:
    """A sub-index that can be rebuilt: its recipe, on the figures of the newest edition able."""

    recipe: Recipe
    edition: int
    figures: pd.DataFrame
    rebuilt: pd.DataFrame
    published: pd.DataFrame


@dataclass(frozen=True)
class _Ground:
    """What every what-if of a story starts from.

    Attributes:
        now: published values of the newest edition, the index first, then its sub-indices.
        weights: of the sub-indices in the index.
        top: the highest value of the scale.
        below: sub-index -> what it is rebuilt from; without those that cannot be.
        rivals: the other economies drawn, in the order of the leads.
        leads: per edition ahead, by how much each rival (down) is ahead in each draw (across).
        before: of `rankings.report.trend.forecast`.
    """

    now: pd.DataFrame
    weights: pd.Series
    top: float
    below: dict[str, _Below]
    rivals: list[str]
    leads: list[np.ndarray]
    before: pd.DataFrame


# The same for every economy seen from the same year.
@lru_cache(maxsize=16)
def _below(world: World, as_of: int, index: str, component: str) -> _Below | None:
    known = recipes.held(world, as_of)
    for edition in reversed(known.editions(index)):
        able = recipes.rebuildable(known, index, edition)
        if component in able:
            figures = known.figures(index, edition)
            rebuilt = recipes.rebuild(able[component], figures)
            published = panels.wide(known.panel, index, edition)
            return _Below(able[component], edition, figures, rebuilt, published)
    return None


# A ground holds one number per draw, edition and economy (46 MB for three editions ahead).
@lru_cache(maxsize=4)
def _ground(story: Story) -> _Ground:
    weights = story.index.weights_of(story.edition)
    parts = [str(each) for each in weights.index]
    below = {part: _below(story.world, story.as_of, story.index.name, part) for part in parts}
    draws = story.draws(trend.chosen(story))
    place = draws.place(story.economy)
    others = np.delete(draws.scores, place, axis=2) - draws.scores[:, :, [place]]
    return _Ground(
        now=story.parts.loc[story.scores.index, [story.index.overall, *parts]],
        weights=weights,
        top=story.scale_end,
        below={part: each for part, each in below.items() if each is not None},
        rivals=[iso3 for iso3 in draws.iso3 if iso3 != story.economy],
        leads=[np.ascontiguousarray(others[:, at].T) for at in range(len(draws.editions))],
        before=trend.forecast(story),
    )


def levers(story: Story) -> pd.DataFrame:
    """What can be set, and from where to where.

    Returns:
        One row per lever, the sub-indices of the newest edition first, then the indicators below
        them, in the order of the sub-indices: lever (its name in `what_if`), kind (`SUB_INDEX`
        or `DRIVER`), component (the sub-index it acts through), label and unit (in the language
        spoken; a label of a driver names its unit, too), now (published value), low, high and
        step (of a slider), limit (the highest value `what_if` takes), digits (decimals shown),
        edition (of ``now``), cap (above which more does not count; missing without one),
        available (bool) and why_not (a sentence; "" for one that is available).
    """
    return pd.DataFrame(_levers(story, language()).values(), columns=LEVERS)


@lru_cache(maxsize=32)
def _levers(story: Story, _language: str) -> dict[str, dict[str, Any]]:
    """The rows of `levers` by name, in the language spoken."""
    ground = _ground(story)
    rows = [_sub_index_row(story, ground, part) for part in map(str, ground.weights.index)]
    for part, below in ground.below.items():
        why = _why_not(story, part, below)
        rows += [_driver_row(story, part, below, name, why) for name in below.recipe.leaves()]
    return {row["lever"]: row for row in rows}


def _sub_index_row(story: Story, ground: _Ground, part: str) -> dict[str, Any]:
    now = float(ground.now[part][story.economy])
    why = "" if pd.notna(now) else _("The {edition} edition has no value.", edition=story.edition)
    return {
        "lever": part,
        "kind": SUB_INDEX,
        "component": part,
        "label": words.measure(story.index.name, part),
        "unit": _("from 0 to {top}", top=shortest(story.scale_end)),
        "now": now,
        "low": 0.0,
        "high": story.scale_end,
        "limit": story.scale_end,
        "step": 0.001,
        "digits": words.digits(story.index.name, story.edition),
        "edition": story.edition,
        "cap": np.nan,
        "available": not why,
        "why_not": why,
    }


def _units() -> dict[str, str]:
    shares = ["institutional_framework", "services_provision", "content_provision", "technology"]
    shares += ["e_information", "e_consultation", "e_decision_making"]
    years = ["expected_years_schooling", "mean_years_schooling"]
    return {
        **dict.fromkeys(["adult_literacy", "gross_enrolment"], _("per cent")),
        **dict.fromkeys(years, _("years")),
        **dict.fromkeys(shares, _("from 0 to {top}", top=1)),
    }


def _driver_row(story: Story, part: str, below: _Below, name: str, why: str) -> dict[str, Any]:
    recipe, known = below.recipe, below.figures[name]
    now = float(known.get(story.economy, np.nan))
    most = float(known.max())
    share = recipe.limits.get(name) == 1
    cap = recipe.caps.get(name, np.nan)
    # A printed figure above a cap stays within its slider.
    high = np.nanmax([now, np.nanmin([recipe.limits.get(name, most), cap])])
    return {
        "lever": name,
        "kind": DRIVER,
        "component": part,
        "label": drive.indicator(name),
        "unit": _units().get(name, _("per 100 inhabitants")),
        "now": now,
        "low": 0.0,
        "high": float(high),
        "limit": recipe.limits.get(name, drive.MOST * most),
        "step": 0.01 if share else 0.1,
        "digits": 4 if share else 2,
        "edition": below.edition,
        "cap": cap,
        "available": not why,
        "why_not": why,
    }


def _why_not(story: Story, part: str, below: _Below) -> str:
    """Why the economy's sub-index cannot be rebuilt, or ""."""
    own = below.figures.reindex([story.economy])[below.recipe.leaves()].iloc[0]
    lacking = [drive.indicator(str(name)) for name in own.index[own.isna()]]
    if not lacking:
        return ""
    return _(
        "The {edition} edition prints no {indicators} of {economy}: its {measure} cannot be "
        "rebuilt.",
        edition=below.edition,
        indicators=listing(f"“{each}”" for each in lacking),
        economy=story.name,
        measure=words.measure(story.index.name, part),
    )


def _checked(story: Story, settings: Mapping[str, float]) -> dict[str, float]:
    """The settings in the order of the levers, each a number its lever can have."""
    known = _levers(story, language())
    for name, value in settings.items():
        if name not in known:
            raise InputError(suggest("lever", name, known, shown=len(known)))
        _check_value(known[name], value)
    found = {name: float(settings[name]) for name in known if name in settings}
    for name in found:
        part = known[name]["component"]
        if name != part and part in found:
            raise InputError(
                _(
                    "{part} is set and so is {driver}, which acts through it: drop {part} to see "
                    "what the driver does, or drop {driver}",
                    part=part,
                    driver=name,
                )
            )
    return found


def _check_value(lever: dict[str, Any], value: object) -> None:
    if not lever["available"]:
        raise InputError(
            _("{lever} cannot be set. {why}", lever=lever["lever"], why=lever["why_not"])
        )
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not 0 <= float(str(value)) <= lever["limit"]:
        raise InputError(
            _(
                "{lever} is a number from 0 to {limit} ({label}, now {now}), not {value}",
                lever=lever["lever"],
                limit=shortest(lever["limit"]),
                label=lever["label"],
                now=shortest(lever["now"]),
                value=value,
            )
        )


@dataclass(frozen=True)
class _Change:
    """What the settings below one sub-index do.

    Attributes:
        points: of the sub-index, by economy.
        steps: of `rankings.analysis.recipes.applied`: indicator, asked, used, cap.
        bound: "highest" or "lowest" where the economy comes to hold an end of the scale, or "".
    """

    below: _Below
    points: pd.Series
    steps: dict[str, tuple[float, float]]
    bound: str


# Whoever moves one slider leaves the others where they are.
@lru_cache(maxsize=64)
def _change(story: Story, part: str, settings: tuple[tuple[str, float], ...]) -> _Change:
    """The sub-index rebuilt with other indicators; an own figure set to what it is moves nobody."""
    below, asked = _ground(story).below[part], dict(settings)
    changed = below.figures.copy()
    caps = below.recipe.caps
    used = {name: min(value, caps.get(name, np.inf)) for name, value in asked.items()}
    for name, value in used.items():
        changed.loc[story.economy, name] = value
    new = recipes.rebuild(below.recipe, changed)
    points, bound = recipes.moves(below.recipe, below.rebuilt, new, below.published, story.economy)
    steps = {name: (asked[name], used[name]) for name in asked}
    return _Change(below, points[part], steps, str(bound[part]))


@lru_cache(maxsize=32)
def _source(story: Story, _language: str) -> str:
    return trend.forecast_source(story)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The answer to one what-if; shows as its two tables.

    Attributes:
        story: whose question it is.
        settings: lever -> value, in the order of `levers`; empty without any.
        components: one row per component, the index first: component, label, before and after
            (values in the newest edition), rank_before, rank_after (by score, of the others held
            still) and of.
        chances: one row with all others held still (others `HELD`, the newest edition), then one
            per edition ahead with everybody drawn (others `MOVING`): others, edition, and, each
            with ``_before`` and ``_after``: median, low80, high80 (ranks), reach (P(rank <=
            worst)) and inside (P(best <= rank <= worst)); of. Held still there is one rank, so
            the three are equal and a chance is 0 or 1.
        points: by how many points of the index the economy's score moves.
        changes: what the drivers do, by sub-index.
        others_shift: the largest move of another economy's index, in points: means, spreads and
            bounds are taken again with changed drivers.
    """

    story: Story
    settings: dict[str, float]
    components: pd.DataFrame
    chances: pd.DataFrame
    points: float
    changes: dict[str, _Change]
    others_shift: float

    @property
    def note(self) -> str:
        """How it was done, in sentences of the language spoken."""
        return " ".join(_notes(self))

    @cached_property
    def source(self) -> str:
        """The reports behind the numbers, the model, its draws and its seed."""
        return _source(self.story, language())

    @property
    def model(self) -> str:
        """The label of the forecast model whose draws are ranked."""
        return trend.chosen(self.story)

    @property
    def told(self) -> str:
        """The settings as a reader reads them: "Telecom (TII): 0.85"."""
        known = _levers(self.story, language())
        return "; ".join(
            f"{known[name]['label']}: {shortest(value)}" for name, value in self.settings.items()
        )

    @property
    def components_table(self) -> Table:
        """Score and rank of the index and its sub-indices, before and after."""
        return _components_table(self)

    @property
    def chances_table(self) -> Table:
        """Rank and chance of the band, others held and moving, before and after."""
        return _chances_table(self)

    def _repr_mimebundle_(self, **_fields: object) -> dict[str, str]:
        shown = (self.components_table, self.chances_table)
        parts = [table.html(aligned=True) for table in shown]
        told = Prose(self.note, "note")._repr_mimebundle_()["text/html"]
        return {"text/html": "\n".join([*parts, told]), "text/plain": self.plain()}

    def plain(self) -> str:
        """Both tables as text, then how it was done."""
        return "\n\n".join([self.components_table.plain(), self.chances_table.plain(), self.note])


def what_if(story: Story, settings: Mapping[str, float]) -> WhatIf:
    """What other sub-indices or drivers would make of score, rank and chance.

    Args:
        story: whose.
        settings: lever -> value, all at once; names and limits are those of `levers`. Without
            any, before and after are equal: the published figures and the forecast.

    Raises:
        InputError: an unknown lever, one that is not available, a value that is no number or
            beyond its limits, or a sub-index set together with a driver of its own.
    """
    ground = _ground(story)
    asked = _checked(story, settings)
    now = ground.now
    after, changes = _parts(story, ground, asked)
    parts = list(ground.weights.index)
    gains = ((after[parts] - now[parts]) @ ground.weights).fillna(0.0)
    overall = story.index.overall
    after[overall] = now[overall] + gains
    return WhatIf(
        story,
        asked,
        _components(story, now, after),
        _chances(story, ground, after[overall], gains),
        float(gains[story.economy]),
        changes,
        float(gains.drop(story.economy).abs().max()),
    )


def _parts(
    story: Story, ground: _Ground, asked: Mapping[str, float]
) -> tuple[pd.DataFrame, dict[str, _Change]]:
    """The values with the sub-indices set or moved, none beyond the scale."""
    after, changes = ground.now.copy(), {}
    for part in map(str, ground.weights.index):
        if part in asked:
            after.loc[story.economy, part] = asked[part]
    for part, below in ground.below.items():
        mine = tuple((name, asked[name]) for name in below.recipe.leaves() if name in asked)
        if mine:
            changes[part] = _change(story, part, mine)
            moved = changes[part].points.reindex(after.index).fillna(0.0)
            whole = (after[part] + moved).clip(0, ground.top)
            after[part] = whole.where(moved != 0, after[part])
    return after, changes


def _components(story: Story, now: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "component": part,
                "label": words.measure(story.index.name, part),
                "before": float(now[part][story.economy]),
                "after": float(after[part][story.economy]),
                "rank_before": _rank(now[part], story.economy),
                "rank_after": _rank(after[part], story.economy),
                "of": int(now[part].notna().sum()),
            }
            for part in map(str, now)
        ]
    )


def _rank(scores: pd.Series, economy: str) -> int:
    return ranks.rank_against(float(scores[economy]), scores)


def _chances(story: Story, ground: _Ground, after: pd.Series, gains: pd.Series) -> pd.DataFrame:
    own = ground.now[story.index.overall]
    still = [_of_ranks(story, np.array([_rank(each, story.economy)])) for each in (own, after)]
    rows = [_chance(HELD, story.edition, len(own), *still)]
    before: list[dict[str, Any]] = [*ground.before.to_dict("records")]  # type: ignore[list-item]
    moved = _moved(story, ground, gains) if gains.any() else iter(before)
    for was, now in zip(before, moved, strict=True):
        rows.append(_chance(MOVING, int(was["edition"]), int(was["of"]), was, now))
    return pd.DataFrame(rows)


def _moved(story: Story, ground: _Ground, gains: pd.Series) -> Iterator[dict[str, float]]:
    """What the ranks of all draws say once everybody is shifted by its points."""
    ahead = gains[story.economy] - gains.reindex(ground.rivals).fillna(0.0).to_numpy()
    small = np.min_scalar_type(len(ground.rivals) + 1)
    for leads in ground.leads:
        yield _of_ranks(story, 1 + (leads > ahead[:, None]).sum(axis=0, dtype=small))


def _of_ranks(story: Story, rank: np.ndarray) -> dict[str, float]:
    """Median, interval and chances of ranks, as `rankings.forecasts.draws` takes them."""
    middle, low, high = np.quantile(rank, [0.5, 0.1, 0.9], method="inverted_cdf")
    best, worst = story.band.best, story.band.worst
    return {
        "median": int(middle),
        "low80": int(low),
        "high80": int(high),
        "reach": float((rank <= worst).mean()),
        "inside": float(((rank >= best) & (rank <= worst)).mean()),
    }


def _chance(
    others: str, edition: int, of: int, was: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, object]:
    told = {
        f"{name}_{when}": row[name]
        for name in TOLD
        for when, row in (("before", was), ("after", now))
    }
    return {"others": others, "edition": edition, **told, "of": of}


def _notes(answer: WhatIf) -> Iterator[str]:
    story = answer.story
    for part, change in answer.changes.items():
        yield _carried(story, part, change)
        yield from _capped(change)
    if round(answer.others_shift, 4):
        yield _(
            "Means, spreads and bounds are taken again with the changed values, which moves the "
            "{index} of others by up to {shift}.",
            index=story.index.name,
            shift=number(answer.others_shift, 4),
        )
    full = answer.components.iloc[1:].loc[lambda rows: rows["component"].isin(answer.changes)]
    for label in full.loc[full["after"] >= story.scale_end, "label"]:
        yield _("{measure} stops at {top}.", measure=label, top=shortest(story.scale_end))
    yield _(
        "Others held: everybody else keeps its score of {edition}. Others moving: the joint draws "
        "of the forecast, the score shifted by {points} points. Ranks by score; our calculation.",
        edition=story.edition,
        points=number(answer.points, 4, signed=True),
    )


def _carried(story: Story, part: str, change: _Change) -> str:
    measure = words.measure(story.index.name, part)
    names = listing(f"“{drive.indicator(name)}”" for name in change.steps)
    at = change.below.edition
    if at == story.edition:
        return _("{drivers}: {measure} is rebuilt by its recipe.", drivers=names, measure=measure)
    text = _(
        "{drivers}: changed among the indicators of {edition}, the newest that rebuild {measure}; "
        "what it gains there in points is added to its value of {newest}.",
        drivers=names,
        measure=measure,
        edition=at,
        newest=story.edition,
    )
    if recipes.method_change(held(story).breaks, story.index, part, at, story.edition):
        text += " " + _("Its method changed in between, so this is an approximation.")
    return text


def _capped(change: _Change) -> Iterator[str]:
    for name, (asked, used) in change.steps.items():
        if asked > used:
            yield _(
                "“{indicator}” counts up to {cap}: the rest of {asked} changes nothing.",
                indicator=drive.indicator(name),
                cap=shortest(used),
                asked=shortest(asked),
            )


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
            index=story.index.name,
            edition=story.edition,
            told=answer.told or _("nothing changed"),
        ),
        source=words.source(story, _reports(answer)),
        ours=frame["component"] == story.index.overall,
    )


def _reports(answer: WhatIf) -> list[tuple[str, int]]:
    editions = {answer.story.edition, *(each.below.edition for each in answer.changes.values())}
    return [(answer.story.index.name, edition) for edition in sorted(editions)]


def _chances_table(answer: WhatIf) -> Table:
    story, frame = answer.story, answer.chances
    held_still = frame["others"] == HELD

    def span(when: str) -> pd.Series:
        pairs = zip(frame[f"low80_{when}"], frame[f"high80_{when}"], strict=True)
        return pd.Series([f"{low}-{high}" for low, high in pairs]).mask(held_still)

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
            "chance_before": tables.share(_("P(rank ≤ {worst})", worst=worst)),
            "chance_after": tables.share(_("what if")),
            "of": tables.figure(_("Of")),
        },
        caption=_(
            "Rank and chance of {worst} or better, seen from the end of {as_of}: {economy}",
            worst=worst,
            as_of=story.as_of,
            economy=story.name,
        ),
        source=answer.source,
        ours=frame["edition"] == story.ahead[-1],
    )
