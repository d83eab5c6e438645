"""Notebook 40: ways to the target: scenarios, sub-indices, the cheapest mix, time distance."""

from collections.abc import Mapping

import pandas as pd

from rankings import figures, tables
from rankings.analysis import change, scenarios, targets, time_distance
from rankings.errors import InputError
from rankings.figures import Picture
from rankings.language.messages import _, listing, number, percent, plural
from rankings.report import change as moved
from rankings.report import models, refusals, words
from rankings.report.verbs import verb
from rankings.story.attribution import later_step
from rankings.story.paces import own_parts, points_at, scenario_rows
from rankings.story.question import Story
from rankings.story.target import later_values, points_needed
from rankings.tables import Prose, Table

RECENT_STEPS = 3
# Points given by hand come from a what-if of drivers: see `rankings.story.drivers.points_gained`.
NAMES = {
    scenarios.AS_NOW: lambda: _("as now"),
    scenarios.OWN_BEST: lambda: _("own best pace"),
    scenarios.INCOME_MEDIAN: lambda: _("median pace of its income quarter"),
    scenarios.INCOME_TOP: lambda: _("pace of the top fifth of its income quarter"),
    scenarios.HALTED: lambda: _("halted: its score stays, the world moves on"),
    scenarios.TO_TARGET: lambda: _("straight line to the rank's present level"),
    scenarios.BY_HAND: lambda: _("by hand"),
}


@verb
def scenario_table(story: Story, by_hand: float | None = None) -> Table:
    """Scenarios side by side: pace, points, rank and chance at the deadline."""
    rows = scenario_rows(story, by_hand)
    frame = rows.assign(
        name=[NAMES[each]() for each in rows["scenario"]],
        interval=[words.span(a, b) for a, b in zip(rows["low80"], rows["high80"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "name": tables.text(_("Scenario")),
            "per_edition": tables.figure(_("Standing per edition"), 2, signed=True),
            "points": tables.figure(_("Points by then"), 3, signed=True),
            "median": tables.figure(_("Median rank")),
            "interval": tables.Column(_("80 % interval"), str, True),
            "reach": words.reach_column(story),
            "inside": tables.simulated(
                _("of it rank {band}", band=words.span(story.band.best, story.band.worst))
            ),
        },
        caption=_(
            "{economy} in {edition} at different paces, all others as forecast",
            economy=story.name,
            edition=story.ahead[-1],
        ),
        source=models.forecast_source(story)
        + " "
        + _(
            "Income quarters by GNI per head (UNDP, Human Development Report 2023-24). Halted: the "
            "world's mean goes on as over its last two steps, changes of method included. No pace "
            "is cut at the end of the scale."
        ),
        ours=frame["scenario"] == scenarios.AS_NOW,
    )


@verb
def scenario_picture(story: Story) -> Picture:
    """The chance of the band's worst rank under every pace."""
    rows = scenario_rows(story)
    shown = pd.DataFrame(
        {
            "label": [NAMES[each]() for each in rows["scenario"]],
            "probability": rows["reach"],
            "highlighted": rows["scenario"] == scenarios.AS_NOW,
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(shown), each=0.52, rest=1.0),
        title=_(
            "{economy}: chance of rank {worst} or better in {edition}, by pace",
            economy=story.name,
            worst=story.band.worst,
            edition=story.ahead[-1],
        ),
    )
    figures.chance(shown, ax=ax)
    told = "; ".join(
        f"{NAMES[row['scenario']]()}: {words.reach(story, row)}" for _place, row in rows.iterrows()
    )
    return Picture(
        figure,
        _(
            "Chance that {economy} ranks {worst} or better in {edition}: {told}.",
            economy=story.name,
            worst=story.band.worst,
            edition=story.ahead[-1],
            told=told,
        ),
        models.forecast_source(story),
    )


@verb
def by_part_table(story: Story, certainty: float = 0.5) -> Table | Prose:
    """The needed points asked of each sub-index alone."""
    points = points_at(story, certainty)
    if points == 0:
        return Prose(_("Nothing is needed on top, so no sub-index is asked for more."), "note")
    rows = targets.by_part(
        points,
        own_parts(story),
        story.weights,
        story.part_tops,
    )
    frame = rows.assign(
        label=[words.measure(story.index.name, part) for part in rows["component"]],
        after=rows["after"].where(rows["possible"]),
        said=rows["possible"].map({True: _("possible"), False: _("beyond the scale")}),
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Sub-index alone")),
            "own": tables.figure(_("Now"), 3),
            "needed": tables.figure(_("Needed on top"), 3, signed=True),
            "after": tables.figure(_("Then"), 3),
            "said": tables.text(_("On this scale")),
        },
        caption=_(
            "What each sub-index alone would have to add for a chance of {chance}: "
            "{economy}, rank {rank} in {edition}",
            chance=percent(certainty),
            economy=story.name,
            rank=story.band.worst,
            edition=story.ahead[-1],
        ),
        source=models.forecast_source(story),
    )


@verb
def mix_table(
    story: Story,
    certainty: float = 0.5,
    caps: Mapping[str, float] | None = None,
    costs: Mapping[str, float] | None = None,
) -> Table | Prose:
    """The cheapest mix of sub-indices under caps and costs the analyst sets."""
    weights = story.weights
    names = list(weights.index)
    points = points_at(story, certainty)
    if points == 0:
        return Prose(_("Nothing is needed on top, so there is no mix to find."), "note")
    effort = targets.effort(story.panel, story.index, names)
    price = effort if costs is None else pd.Series(costs, dtype=float).reindex(names)
    if costs is None and effort.isna().any():
        return Prose(
            _("Too few steps of the parts are known to price them: there is no cheapest mix."),
            "note",
        )
    top = story.part_tops.copy()
    if caps is not None:
        top.update(pd.Series(caps, dtype=float))
    try:
        rows = targets.cheapest_mix(points, own_parts(story), weights, top, price)
    except InputError as refusal:
        return Prose(_("No mix: {reason}.", reason=refusals.told(refusal)), "warning")
    frame = rows.assign(label=[words.measure(story.index.name, part) for part in rows["component"]])
    unit = (
        _("editions at the pace of the fastest fifth of all economies")
        if costs is None
        else _("units of the analyst's costs")
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Sub-index")),
            "own": tables.figure(_("Now"), 3),
            "cap": tables.figure(_("Cap"), 3),
            "add": tables.figure(_("Add"), 3, signed=True),
            "after": tables.figure(_("Then"), 3),
            "points": tables.figure(
                _("Points of {index}", index=words.called(story)), 3, signed=True
            ),
            "cost": tables.figure(_("Cost"), 1),
        },
        caption=_(
            "The cheapest mix for a chance of {chance}: {economy}, rank {rank} in {edition}",
            chance=percent(certainty),
            economy=story.name,
            rank=story.band.worst,
            edition=story.ahead[-1],
        ),
        source=models.forecast_source(story)
        + " "
        + _("Cost in {unit}; a linear programme, our calculation.", unit=unit),
    )


@verb
def time_table(story: Story) -> Table | Prose:
    """Time distance to the level that the band's worst rank has had."""
    try:
        rows = time_distance.time_distance(
            story.panel, story.index, story.economy, story.band.worst
        )
    except InputError as refusal:
        return Prose(_("No time distance: {reason}.", reason=refusals.told(refusal)), "note")
    years = rows["extrapolated"].round()
    frame = rows.assign(
        when=pd.Series(
            [_when(*each) for each in zip(rows["reached"], rows["at_start"], strict=True)],
            dtype="object",
        ),
        lag=rows["lag"].mask(rows["at_start"]),
        ahead=years.map(lambda year: _("about {year}", year=int(year)), na_action="ignore"),
    )
    return tables.table(
        frame,
        {
            "edition": tables.year(_("Level of")),
            "level": tables.figure(_("Standing then"), 2, signed=True),
            "when": tables.Column(_("Reached in"), str, True),
            "lag": tables.figure(_("Years later"), 1, signed=True),
            "ahead": tables.Column(_("Extrapolated"), str, True),
        },
        caption=_(
            "When {economy} reached the level that rank {rank} had: time distance",
            economy=story.name,
            rank=story.band.worst,
        ),
        source=words.source(
            story,
            [(story.index.name, edition) for edition in rows["edition"]],
            _(
                "Linear between editions, on the standing; extrapolated at the pace of the last "
                "{count} editions, which is no forecast. S-distance of Sicherl; our calculation.",
                count=time_distance.FEWEST,
            ),
        ),
    )


def _when(year: float | None, at_start: bool) -> str | None:
    """The year a level was reached; of one held since the first edition only a bound is known."""
    if year is None or year != year:  # missing
        return None
    return _("{year} or before", year=int(year)) if at_start else str(int(year))


@verb
def pace(story: Story) -> Prose:
    """Required growth beside the observed: no verdict is given without a citable rule."""
    even = points_needed(story).iloc[0]
    steps = targets.changes(story.panel, story.index, 1)
    mine = steps.loc[steps["iso3"] == story.economy]
    own = targets.per_edition(mine, story.index)
    if even["points"] == 0 or own.empty:
        return Prose(_("There is no required growth to compare with the observed."), "note")
    return Prose(
        plural(
            "For a 50 % chance {economy} must gain {required} of standing in {count} edition. "
            "{past} No “on track” verdict is given: no rule for ranks can be cited.",
            "For a 50 % chance {economy} must gain {required} of standing in each of {count} "
            "editions. {past} No “on track” verdict is given: no rule for ranks can be cited.",
            len(story.ahead),
            economy=story.name,
            required=number(even["per_edition"], 2),
            past=plural(
                "Its last step was {recent}, its best {best} ({when}).",
                "Its mean over the last {count} steps was {recent}, its best step {best} ({when}).",
                min(RECENT_STEPS, len(own)),
                recent=number(own.tail(RECENT_STEPS).mean(), 2, signed=True),
                best=number(own.max(), 2, signed=True),
                when=_step(story, mine.loc[mine.index == own.idxmax()].iloc[0]),
            ),
        )
        + _about_steps(story, mine)
    )


def _about_steps(story: Story, steps: pd.DataFrame) -> str:
    """What a reader must know of the steps: which were converted, and where the method changed."""
    said = []
    rhythm = story.index.rhythm
    if rhythm is not None and (steps["end"] - steps["start"] > rhythm).any():
        said.append(
            plural(
                "Longer steps are converted to {count} year.",
                "Longer steps are converted to {count} years.",
                rhythm,
            )
        )
    changed = story.breaks["edition"]
    pairs = zip(steps["start"], steps["end"], strict=True)
    crossed = sum(bool(((changed > start) & (changed <= end)).any()) for start, end in pairs)
    if crossed == len(steps):
        said.append(
            plural(
                "The method changed in this step.",
                "The method changed in each of {count} steps.",
                crossed,
            )
        )
    elif crossed:
        said.append(
            plural(
                "The method changed in {crossed} of {count} step.",
                "The method changed in {crossed} of {count} steps.",
                len(steps),
                crossed=crossed,
            )
        )
    return "".join(f" {each}" for each in said)


def _step(story: Story, step: pd.Series) -> str:
    """From which edition to which; of a longer one also what it was before it was converted."""
    when = words.span(int(step["start"]), int(step["end"]))
    years = int(step["end"] - step["start"])
    if story.index.rhythm is None or years <= story.index.rhythm:
        return when
    return _(
        "{when}: {change} in {years} years",
        when=when,
        change=number(step["change"], 2, signed=True),
        years=years,
    )


@verb
def came_by(story: Story) -> Prose:
    """Hindsight: how much of what came was the economy's own progress, and how much method."""
    came = later_values(story)
    editions = came.loc[came["index"] == story.index.name, "edition"]
    if editions.empty:
        return Prose(_("Nothing later is held, so there is nothing to split."), "note")
    lines = []
    for end in editions:
        try:
            step = later_step(story, int(end))
            lines.append(_came(story, step))
        except InputError as refusal:
            lines.append(_("No split: {reason}.", reason=refusals.told(refusal)))
            continue
        if end == editions.iloc[0]:
            separated = step.methods.loc[step.methods["status"] == change.SEPARATED, "component"]
            lines += [
                _came(story, change.step(step.held, step.index, step.start, step.end, part))
                for part in step.parts
                if part in set(separated) and len(step.parts) > 1
            ]
    return Prose("\n".join(lines), "hindsight")


def _came(story: Story, step: change.Step) -> str:
    """One span of what came, split into own moves, others' moves and method."""
    total = change.totals(step, story.economy).iloc[0]
    line = _(
        "{measure} {start} to {end}: {before} to {after} ({basis} ranks); own moves {own} places, "
        "others {others}, method {method} (plus is a climb).",
        measure=words.measure(step.index.name, step.component),
        start=step.start,
        end=step.end,
        before=words.place(total["start"], moved.of(step, step.start)),
        after=words.place(total["end"], moved.of(step, step.end)),
        basis=moved.basis(total),
        own=words.climbed(total[change.OWN]),
        others=words.climbed(total[change.OTHERS]),
        method=moved.method(total),
    )
    if total["not_separable"]:
        mixed = listing(
            words.measure(step.index.name, part.strip())
            for part in str(total["not_separable"]).split(",")
        )
        line += " " + _(
            "The method of {parts} changed on the way and is not separable.", parts=mixed
        )
    return line
