"""The page of forecasts on record: every entry for many economies, and how good it was.

Notebook 35 tells what was on record of one economy (`rankings.report.on_record`); this page has an
entry after the other, in the language spoken by who makes the page.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from rankings import tables
from rankings.data.world import World
from rankings.forecasts import registered
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.registered import Entry
from rankings.language.messages import _, fact, language, number
from rankings.panel.definitions import definition
from rankings.panel.measures import measure
from rankings.report import models, on_record, words
from rankings.tables import Prose, Table


@dataclass(frozen=True)
class ToldEntry:
    """One entry: its heading, what is said of it, and its tables."""

    heading: str
    said: Prose
    tables: list[Table]


def intro() -> Prose:
    """What the page holds."""
    return Prose(
        _(
            "Forecasts that were written down before their edition was seen, and never changed "
            "since. When the edition is held, the rank that came stands beside, and the forecast "
            "is scored against no change."
        ),
        "text",
    )


def told_entries(world: World, economies: Collection[str]) -> list[ToldEntry]:
    """Every entry on record, the newest first, for some economies.

    Args:
        world: the tables: an edition that came is among them.
        economies: ISO3.

    Raises:
        DataError: an entry is not as it was on its day.
    """
    entries = sorted(registered.entries(), key=lambda entry: entry.day, reverse=True)
    return [_told(world, entry, economies) for entry in entries]


def _told(world: World, entry: Entry, economies: Collection[str]) -> ToldEntry:
    scores = registered.scores(world, [entry])
    asked = measure(entry.index)
    shown = [_ranks(world, entry, asked.code, economies)]
    if len(scores):
        shown.append(_scored(world, entry, scores))
    state = _("scored") if len(scores) else _("open")
    return ToldEntry(
        heading=_(
            "{index} {edition}, registered on {day} ({state})",
            index=entry.index,
            edition=entry.edition,
            day=entry.day,
            state=state,
        ),
        said=_said(entry, scored=bool(len(scores))),
        tables=shown,
    )


def _said(entry: Entry, *, scored: bool) -> Prose:
    """Of what the entry is, by which model, and whether its edition is held."""
    lines = [
        _(
            "{title}: ranks of edition {edition} by the model {model}, with what was out on that "
            "day; {draws} draws, seed {seed}.",
            title=fact(definition(entry.index).title),
            edition=entry.edition,
            model=models.model_name(entry.head["models"][0]),
            draws=number(entry.head["draws"]),
            seed=entry.head["seed"],
        )
    ]
    if not scored:
        lines.append(_("The edition is not held: nothing can be scored yet."))
    return Prose(" ".join(lines), "text")


def _ranks(world: World, entry: Entry, code: str, economies: Collection[str]) -> Table:
    """Ranks and chances of the economies, by the entry's first model, and what came."""
    rows = registered.beside(world, [entry])
    mine = rows.loc[(rows["measure"] == code) & rows["iso3"].isin(list(economies))]
    plain = mine.loc[mine["model"] == NO_CHANGE].set_index("iso3")["chance50"]
    first = mine.loc[mine["model"] == entry.head["models"][0]]
    frame = first.assign(
        name=[world.name(iso3, language()) for iso3 in first["iso3"]],
        interval=[
            words.span(low, high) for low, high in zip(first["low80"], first["high80"], strict=True)
        ],
        plain50=plain.reindex(first["iso3"]).to_numpy(),
    ).sort_values(["median", "name"], ignore_index=True)
    columns = {
        "name": tables.text(_("Economy")),
        "rank_now": tables.figure(_("Rank before")),
        "median": tables.figure(_("Median")),
        "interval": tables.Column(_("80 % interval"), str, True),
        "chance30": tables.simulated(_("Rank {rank} or better", rank=30)),
        "chance50": tables.simulated(_("Rank {rank} or better", rank=50)),
    }
    if entry.head["models"][0] != NO_CHANGE:
        columns["plain50"] = tables.simulated(_("Rank {rank} or better by no change", rank=50))
    if frame["came"].notna().any():
        columns["came"] = tables.figure(_("Rank that came"))
    return tables.table(
        frame,
        columns,
        caption=_(
            "{index} {edition} as forecast on {day}",
            index=entry.index,
            edition=entry.edition,
            day=entry.day,
        ),
        source=_source(world, entry),
    )


def _scored(world: World, entry: Entry, scores: pd.DataFrame) -> Table:
    """How good the entry was over all economies, beside no change."""
    frame = scores.assign(
        name=[on_record.named(code) for code in scores["measure"]],
        made=[on_record.made(model) for model in scores["model"]],
    )
    return tables.table(
        frame,
        on_record.score_columns(),
        caption=_(
            "{index} {edition}: the forecast against what came, over all economies; smaller is "
            "better",
            index=entry.index,
            edition=entry.edition,
        ),
        source=_source(world, entry),
        ours=~frame["model"].isin([NO_CHANGE, on_record.POINT]),
    )


def _source(world: World, entry: Entry) -> str:
    """The report of the ranks before, and that the forecast is ours and as it was."""
    rows = world.panel.loc[
        (world.panel["index"] == entry.index) & (world.panel["edition"] < entry.edition)
    ]
    newest = rows.loc[rows["edition"] == rows["edition"].max()].iloc[0]
    report = words.vintage_name(world, entry.index, int(newest["edition"]), str(newest["vintage"]))
    return " ".join([_("Source: {reports}.", reports=report), on_record.unchanged()])
