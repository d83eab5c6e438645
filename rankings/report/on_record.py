"""Notebook 35, second part: what was said before its edition was seen, beside what came."""

import pandas as pd

from rankings import tables
from rankings.forecasts import backtest
from rankings.forecasts.baselines import NO_CHANGE
from rankings.language.messages import _
from rankings.panel.measures import measure
from rankings.report import models, words
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.record import on_record, said_before, scores_on_record
from rankings.tables import Prose, Table

POINT = backtest.POINT


def named(code: str) -> str:
    """What a measure is called."""
    asked = measure(code)
    return words.measure(asked.index, asked.component)


def _source(story: Story, frame: pd.DataFrame) -> str:
    """Whose ranks are forecast, and that the forecasts are ours and as they were."""
    rows = story.panel.loc[story.panel["index"].isin(frame["index"])]
    newest = rows.groupby("index", sort=False)["edition"].max()
    return words.source(
        story,
        [(str(index), int(edition)) for index, edition in newest.items()],
        unchanged(),
    )


def unchanged() -> str:
    """Whose the forecasts are, and that they are as they were."""
    return _(
        "Our forecasts, unchanged since the day they were registered; on that day we had not "
        "seen the edition."
    )


def made(model: str) -> str:
    """What made a forecast: a plain model by its name, else the entry itself."""
    if model in (NO_CHANGE, POINT):
        return models.model_name(model)
    return _("forecast on record")


def score_columns() -> dict[str, tables.Column]:
    """The columns of a table of scores."""
    return {
        "name": tables.text(_("Measure")),
        "edition": tables.year(_("Edition")),
        "registered": tables.text(_("Registered")),
        "made": tables.text(_("Model")),
        "n": tables.figure(_("Economies")),
        "crps": tables.figure(_("CRPS, places"), 1),
        "mae": tables.figure(_("Mean error"), 1),
        "coverage80": tables.share(_("In 80 %")),
        "coverage95": tables.share(_("In 95 %")),
        "brier50": tables.figure(_("Brier, ≤ {rank}", rank=backtest.TOP), 3),
    }


@verb
def table(story: Story) -> Table | Prose:
    """What was on record of the economy, and the rank that came."""
    frame = said_before(story)
    if frame.empty:
        if on_record(story):
            return Prose(_("No forecast of {economy} is on record.", economy=story.name), "note")
        return Prose(
            _("No forecast was on record by the end of {as_of}.", as_of=story.as_of), "note"
        )
    frame = frame.assign(
        name=[named(code) for code in frame["measure"]],
        interval=[
            words.span(low, high) for low, high in zip(frame["low80"], frame["high80"], strict=True)
        ],
    )
    return tables.table(
        frame,
        {
            "name": tables.text(_("Measure")),
            "edition": tables.year(_("Edition")),
            "registered": tables.text(_("Registered")),
            "rank_now": tables.figure(_("Rank before")),
            "median": tables.figure(_("Median")),
            "interval": tables.text(_("80 % interval")),
            "chance50": tables.simulated(_("Rank {rank} or better", rank=backtest.TOP)),
            "plain50": tables.simulated(_("By no change")),
            "came": tables.figure(_("Rank that came")),
        },
        caption=_(
            "{economy}: forecasts on record before their edition was seen, and what came",
            economy=story.name,
        ),
        source=_source(story, frame),
    )


@verb
def score_table(story: Story) -> Table | Prose:
    """How good the forecasts on record were whose edition is held by now, over all economies."""
    frame = scores_on_record(story)
    if frame.empty:
        return Prose(_("No edition whose forecast is on record is held yet."), "note")
    frame = frame.assign(
        name=[named(code) for code in frame["measure"]],
        made=[made(model) for model in frame["model"]],
    )
    return tables.table(
        frame,
        score_columns(),
        caption=_("Forecasts on record against what came, over all economies; smaller is better"),
        source=_source(story, frame),
        ours=frame["model"] == "closing gaps",
    )
