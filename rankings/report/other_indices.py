"""Notebook 30: where are the other measures heading, on the same draws of the world?"""

from dataclasses import replace

import pandas as pd

from rankings import tables
from rankings.errors import NotKnown, RankingsError
from rankings.language.messages import _
from rankings.panel.measures import PARTS, measures
from rankings.report import models, refusals, words
from rankings.report.verbs import verb
from rankings.story.outlook import choose_model, forecast_ranks, past_record
from rankings.story.question import Story
from rankings.story.standing import HEADLINE
from rankings.tables import Prose, Table


def others(story: Story) -> list[Story]:
    """The same question of the headline indices and our composite, but for its own measure.

    Those of which no edition was known are left out.
    """
    codes = [*HEADLINE, *(each.code for each in measures().values() if each.forecast == PARTS)]
    asked = [replace(story, measure=code) for code in codes if code != story.measure]
    return [each for each in asked if each.edition]


def _row(other: Story) -> dict[str, object]:
    """One measure: its forecast at the deadline, or why there is none."""
    row: dict[str, object] = {"measure": words.measure(other.index.name, other.index.overall)}
    try:
        if other.economy not in other.scores.index:
            raise NotKnown(
                "{economy} is not ranked in {index} {edition}",
                economy=other.economy,
                index=other.measure,
                edition=other.edition,
            )
        last = forecast_ranks(other).iloc[-1]
    except RankingsError as reason:
        return row | {"why": refusals.sentence(reason)}
    record = past_record(other)
    rows = record.loc[record["h"] == min(len(other.ahead), 3)]
    return row | {
        "edition": int(last["edition"]),
        "median": int(last["median"]),
        "of": int(last["of"]),
        "eighty": words.span(last["low80"], last["high80"]),
        "reach": words.reach(other, last),
        "origins": int(rows["origin"].nunique()),
        "model": models.model_name(choose_model(other)),
    }


@verb
def outlook_table(story: Story) -> Table | Prose:
    """The forecasts of the other measures at the same deadline, with how thin their record is."""
    if not others(story):
        return Prose(_("No edition of another headline index was known."), "note")
    frame = pd.DataFrame([_row(other) for other in others(story)])
    columns = {
        "measure": tables.text(_("Measure")),
        "edition": tables.year(_("Edition")),
        "median": tables.figure(_("Median rank")),
        "of": tables.figure(_("Of")),
        "eighty": tables.Column(_("80 % interval"), str, True),
        "reach": tables.Column(_("Chance of rank ≤ {worst}", worst=story.band.worst), str, True),
        "origins": tables.figure(_("Origins so far ahead")),
        "model": tables.text(_("Model")),
        "why": tables.text(_("Why there is none")),
    }
    kept = {name: column for name, column in columns.items() if name in frame}
    told = [(other.index.name, other.edition) for other in others(story)]
    return tables.table(
        frame,
        kept,
        caption=_(
            "{economy}: the other measures at the same deadline, seen from the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            told,
            _(
                "The same draws of the world as for the {index}; dates of editions without a "
                "rhythm are assumed. Three origins or fewer are a thin record.",
                index=words.called(story),
            ),
            words.our_model(),
        ),
    )
