"""Notebook 20: which indicators stand behind a sub-index, and what if they changed?"""

from collections.abc import Mapping, Sequence

import pandas as pd

from rankings import figures, tables
from rankings.analysis import recipes as drivers
from rankings.errors import InputError
from rankings.figures import Picture
from rankings.language.messages import _, number, shortest
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.report import refusals, words
from rankings.report.change import held
from rankings.story.question import Story
from rankings.tables import Prose, Table

MOST = 1.5


indicator = words.indicator


def edition(story: Story) -> int | None:
    """The newest edition known then whose indicators are held; None if there is none."""
    try:
        return drivers.newest(held(story), story.index)
    except InputError:
        return None


def reproduction_table(story: Story) -> Table | Prose:
    """How well the sub-indices are rebuilt from their indicators, recipe by recipe."""
    rows = drivers.reproduction(held(story))
    rows = rows.loc[rows["compared"] > 0]
    if rows.empty:
        return Prose(_("No recipe can be held against an edition known then."), "note")
    frame = rows.assign(
        measure=[words.measure(*pair) for pair in rows[["index", "component"]].to_numpy()],
        count=[words.place(a, b) for a, b in zip(rows["compared"], rows["of"], strict=True)],
        name=[story.names[code] for code in rows["worst"]],
    )
    return tables.table(
        frame,
        {
            "measure": tables.text(_("Sub-index")),
            "edition": tables.year(_("Edition")),
            "count": tables.Column(_("Economies"), str, True),
            "mean_error": tables.figure(_("Mean error"), 5),
            "max_error": tables.figure(_("Largest error"), 4),
            "name": tables.text(_("In")),
        },
        caption=_("Sub-indices rebuilt from their indicators, against the published values"),
        source=_(
            "Source: the indicators printed in the annexes of these editions, and the "
            "recipes of their methodology; our calculation. IDI in points of 100."
        ),
    )


def _driver_rows(story: Story, at: int) -> pd.DataFrame:
    """All economies' indicators of an edition that can be rebuilt; columns of the figure."""
    shown = held(story).figures(story.index.name, at)
    recipes = drivers.rebuildable(held(story), story.index.name, at).values()
    listed = dict.fromkeys(name for each in recipes for name in each.leaves() if name in shown)
    scores = panels.wide(story.panel, story.index.name, at)[story.index.overall].dropna()
    inside = ranks.within(scores, story.band.best, story.band.worst).index
    rows = shown[list(listed)].melt(ignore_index=False, var_name="name_of").dropna().reset_index()
    return rows.assign(
        label=[indicator(name) for name in rows["name_of"]],
        name=rows["iso3"].map(story.names),
        inside=rows["iso3"].isin(inside),
    )


def picture(story: Story) -> Picture | None:
    """The drivers of the economy beside the world's and the band's; None where none are held."""
    at = edition(story)
    values = pd.DataFrame(columns=["iso3"]) if at is None else _driver_rows(story, at)
    own = values.loc[values["iso3"] == story.economy]
    if at is None or own.empty:
        return None
    figure, ax = figures.canvas(
        figures.row_height(values["label"].nunique(), each=0.42, rest=1.1),
        title=_(
            "The drivers of {economy} beside the band, {index} {edition}",
            economy=story.name,
            index=story.index.name,
            edition=at,
        ),
    )
    figures.drivers(values, economy=story.economy, ax=ax)
    middle = values.loc[values["inside"]].groupby("label")["value"].median()
    told = "; ".join(
        _(
            "{label} {own} against {band}",
            label=row["label"],
            own=number(row["value"], 1),
            band=number(middle[row["label"]], 1),
        )
        for row in own.to_dict("records")
    )
    return Picture(
        figure,
        _(
            "Indicators of {economy} against the median of ranks {best}-{worst}: {told}.",
            economy=story.name,
            best=story.band.best,
            worst=story.band.worst,
            told=told,
        ),
        words.source(
            story,
            [(story.index.name, at)],
            _("Indicators as printed in the annex of the edition."),
        ),
    )


def at_band(story: Story, names: Sequence[str]) -> dict[str, float]:
    """Indicators raised to the median of the band, where the economy is below it.

    Returns:
        Indicator -> value, as `what_if_table` takes it; what is at the band already is left out.
    """
    at = edition(story)
    if at is None:
        return {}
    values = _driver_rows(story, at)
    middle = values.loc[values["inside"]].groupby("name_of")["value"].median()
    own = values.loc[values["iso3"] == story.economy].set_index("name_of")["value"]
    return {
        name: round(float(middle[name]), 2)
        for name in names
        if name in middle.index and name in own.index and own[name] < middle[name]
    }


def implausible(story: Story, changes: Mapping[str, float]) -> str:
    """Which value lies far above anything any economy has; "" if none does."""
    at = edition(story)
    shown = held(story).figures(story.index.name, at) if at is not None else pd.DataFrame()
    for name, value in changes.items():
        if name in shown and value > MOST * shown[name].max():
            return _(
                "{indicator}: {value} is more than {most} times the highest of any economy, "
                "{highest}",
                indicator=indicator(name),
                value=number(value, 1),
                most=number(MOST, 1),
                highest=number(float(shown[name].max()), 1),
            )
    return ""


def gain(story: Story, changes: Mapping[str, float]) -> float | None:
    """Points of the index that changed drivers give, all others held still; None without any."""
    try:
        rows = drivers.what_if(held(story), story.index, story.economy, dict(changes))
    except InputError:
        return None
    row = rows.loc[rows["component"] == story.index.overall].iloc[0]
    return float(row["after"] - row["before"]) if changes else None


def what_if_table(
    story: Story, changes: Mapping[str, float], others: str = drivers.HELD
) -> Table | Prose:
    """What other indicators would make of sub-indices, index and rank; refused with the reason."""
    if not changes:
        return Prose(_("Nothing is changed, so there is no what-if."), "note")
    if reason := implausible(story, changes):
        return Prose(_("No what-if: {reason}.", reason=reason), "warning")
    try:
        rows = drivers.what_if(
            held(story), story.index, story.economy, dict(changes), others=others
        )
    except InputError as refusal:
        return Prose(_("No what-if: {reason}.", reason=refusals.told(refusal)), "note")
    at = int(rows["edition"].iloc[0])
    digits = words.digits(story.index.name, at)
    apart = rows["basis"].str.contains(drivers.CARRIED_OLD, regex=False)
    frame = rows.assign(
        label=[words.measure(story.index.name, part) for part in rows["component"]],
        before_place=[
            words.place(rank, of) for rank, of in zip(rows["rank_before"], rows["of"], strict=True)
        ],
        after_place=pd.Series(
            [words.place(r, o) for r, o in zip(rows["rank_after"], rows["of"], strict=True)],
            index=rows.index,
        ).where(~apart),
        said=apart.map({True: _("another method there: no place"), False: ""}),
    )
    told = "; ".join(f"{indicator(name)}: {shortest(value)}" for name, value in changes.items())
    moving = _("everybody else held still")
    editions = [at]
    if others == drivers.NEXT:
        moving = _("everybody else as in the next edition")
        editions += [each for each in held(story).editions(story.index.name) if each > at][:1]
    columns = {
        "label": tables.text(_("Measure")),
        "before": tables.figure(_("As published"), digits),
        "after": tables.figure(_("What if"), digits),
        "before_place": tables.Column(_("Rank"), str, True),
        "after_place": tables.Column(_("Rank what if"), str, True),
    }
    if apart.any():
        columns["said"] = tables.text(_("Note"))
    notes = [
        _(
            "Rebuilt from the indicators by the edition's recipe, the newest whose indicators are "
            "held; means, spreads and bounds are taken again with the changed value, which moves "
            "others by up to {shift}. Our calculation.",
            shift=number(float(rows["others_shift"].max()), 4),
        )
    ]
    return tables.table(
        frame,
        columns,
        caption=_("What if in {edition}: {told}; {moving}", edition=at, told=told, moving=moving),
        source=words.source(story, [(story.index.name, each) for each in editions], *notes),
        ours=frame["component"] == story.index.overall,
    )
