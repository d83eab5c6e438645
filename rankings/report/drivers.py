"""Notebook 20: which indicators stand behind a sub-index, and what if they changed?"""

from collections.abc import Mapping, Sequence

import pandas as pd

from rankings import figures, tables
from rankings.analysis import driver_whatif
from rankings.analysis import recipes as drivers
from rankings.errors import InputError
from rankings.figures import Picture
from rankings.language.messages import _, number, shortest
from rankings.panel.definitions import definition
from rankings.panel.trees import is_published
from rankings.report import refusals, words
from rankings.report.verbs import verb
from rankings.story.attribution import known_tables
from rankings.story.drivers import (
    MOST,
    driver_rows,
    drivers_at_band,
    points_gained,
    rebuilt_edition,
)
from rankings.story.question import Story
from rankings.tables import Prose, Table

indicator = words.indicator


# All others as they stood in the next edition, in place of held still.
NEXT = driver_whatif.NEXT


@verb
def reproduction_table(story: Story) -> Table | Prose:
    """How well the sub-indices are rebuilt from their indicators, recipe by recipe."""
    rows = drivers.reproduction(known_tables(story))
    rows = rows.loc[rows["compared"] > 0]
    if rows.empty:
        return Prose(_("No formula can be compared with an edition known then."), "note")
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
        source=" ".join(
            [
                _(
                    "Source: the indicators printed in the annexes of these editions, and the "
                    "formulas of their methodology; our calculation."
                ),
                *([_("IDI in points of 100.")] if rows["index"].eq("IDI").any() else []),
            ]
        ),
    )


@verb
def picture(story: Story) -> Picture | None:
    """The drivers of the economy beside the world's and the band's; None where none are held."""
    at = rebuilt_edition(story)
    values = pd.DataFrame(columns=["iso3"]) if at is None else driver_rows(story, at)
    if at is not None:
        values = values.assign(label=[indicator(name) for name in values["name_of"]])
    own = values.loc[values["iso3"] == story.economy]
    if at is None or own.empty:
        return None
    figure, ax = figures.canvas(
        figures.row_height(values["label"].nunique(), each=0.42, rest=1.1),
        title=_(
            "The drivers of {economy} beside the band, {index} {edition}",
            economy=story.name,
            index=words.called(story),
            edition=at,
        ),
    )
    figures.drivers(values, economy=story.economy, ax=ax)
    middle = values.loc[values["inside"]].groupby("label")["value"].median()
    return Picture(
        figure,
        _finding(story, own, middle),
        words.source(
            story,
            [(story.index.name, at)],
            _("Indicators as printed in the annex of the edition."),
        ),
    )


def _finding(story: Story, own: pd.DataFrame, middle: pd.Series) -> str:
    """What the picture shows: each indicator, and the band's median where anybody is in it."""
    said = [
        _(
            "{label} {own} against {band}",
            label=row["label"],
            own=number(row["value"], 1),
            band=number(middle[row["label"]], 1),
        )
        if row["label"] in middle.index
        else f"{row['label']} {number(row['value'], 1)}"
        for row in own.to_dict("records")
    ]
    fields = {"economy": story.name, "band": words.band(story), "told": "; ".join(said)}
    if middle.empty:
        return _(
            "Indicators of {economy}; no economy with such figures is in the band {band}: {told}.",
            **fields,
        )
    return _("Indicators of {economy} against the median of the band {band}: {told}.", **fields)


def implausible(story: Story, changes: Mapping[str, float]) -> str:
    """Which value lies far above anything any economy has; "" if none does."""
    at = rebuilt_edition(story)
    shown = (
        known_tables(story).figures(story.index.printed_in, at)
        if at is not None
        else pd.DataFrame()
    )
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


@verb
def what_if_table(
    story: Story, changes: Mapping[str, float], others: str = driver_whatif.HELD
) -> Table | Prose:
    """What other indicators would make of sub-indices, index and rank; refused with the reason."""
    if not changes:
        return Prose(_("Nothing is changed, so there is no what-if."), "note")
    if reason := implausible(story, changes):
        return Prose(_("No what-if: {reason}.", reason=reason), "warning")
    try:
        host = definition(story.index.printed_in)
        rows = driver_whatif.what_if(
            known_tables(story), host, story.economy, dict(changes), others=others
        )
    except InputError as refusal:
        return Prose(_("No what-if: {reason}.", reason=refusals.told(refusal)), "note")
    if not is_published(story.measure):
        rows = rows.loc[rows["component"] == story.index.overall].reset_index(drop=True)
    at = int(rows["edition"].iloc[0])
    digits = words.digits(story.index.name, at)
    apart = rows["basis"].str.contains(driver_whatif.CARRIED_OLD, regex=False)
    frame = rows.assign(
        label=[words.measure(story.index.name, part) for part in rows["component"]],
        before_place=[
            words.place(rank, of) for rank, of in zip(rows["rank_before"], rows["of"], strict=True)
        ],
        after_place=pd.Series(
            [words.place(r, o) for r, o in zip(rows["rank_after"], rows["of"], strict=True)],
            index=rows.index,
        ).where(~apart),
        said=apart.map({True: _("another method there: no rank"), False: ""}),
    )
    told = "; ".join(f"{indicator(name)}: {shortest(value)}" for name, value in changes.items())
    moving = _("all other economies held still")
    editions = [at]
    if others == driver_whatif.NEXT:
        moving = _("all other economies as in the next edition")
        editions += [
            each for each in known_tables(story).editions(story.index.printed_in) if each > at
        ][:1]
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
            "Rebuilt from the indicators by the formula of the edition, the newest whose "
            "indicators are held; means, spreads and bounds are calculated anew with the "
            "changed value, which moves others by up to {shift}. Our calculation.",
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


def at_band(story: Story, names: Sequence[str]) -> dict[str, float]:
    """Indicators raised to the median of the band, as `what_if_table` takes them.

    Returns:
        Indicator -> value; what is at the band already is left out.
    """
    return drivers_at_band(story, names)


def gain(story: Story, changes: Mapping[str, float]) -> float | None:
    """Points of the index that changed drivers give, all others held still; None without any."""
    return points_gained(story, changes)
