"""Notebook 35: how good were such forecasts before? Every model, every origin, losing ones too."""

from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from rankings import figures, tables
from rankings.figures import Picture
from rankings.forecasts import backtest
from rankings.forecasts import registry as forecast_models
from rankings.forecasts.baselines import NO_CHANGE
from rankings.language.messages import _, listing, number, percent
from rankings.report import trend as heading
from rankings.report import words
from rankings.story.question import Story
from rankings.tables import Prose, Table

FEWEST_ORIGINS = 4
BINS = [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0]


@lru_cache(maxsize=4)
def results(story: Story) -> pd.DataFrame:
    """The back-test of every model, the slow ones of single economies included."""
    return backtest.record(
        story.panel,
        story.index,
        story.seed,
        figures=story.world,
        key=story.key,
        models=forecast_models.MODELS,
    )


def table(story: Story) -> Table | Prose:
    """The record of every model, best first at each number of editions ahead."""
    return heading.record_table(story, results(story))


def differences(story: Story) -> pd.DataFrame:
    """Paired differences of CRPS from no change over origins; negative is better.

    Returns:
        Columns label, h, difference (places), error (its standard error over origins, missing
        with one origin) and origins.
    """
    rows = results(story)
    wide = rows.pivot(index=["origin", "h"], columns="label", values="crps")
    paired = wide.sub(wide[NO_CHANGE], axis=0).drop(columns=NO_CHANGE)
    grouped = paired.groupby("h")
    count = grouped.count()
    error = grouped.std(ddof=1) / count.map(np.sqrt)
    found = pd.DataFrame(
        {
            "difference": grouped.mean().stack(),
            "error": error.stack(),
            "origins": count.stack(),
        }
    )
    return found.rename_axis(["h", "label"]).reset_index()


def _verdict(gap: float, error: float, origins: int) -> str:
    """Whether a difference is more than noise, at 95 % by Student's t over origins."""
    if origins < FEWEST_ORIGINS:
        return _("too few origins")
    if abs(gap) < stats.t.ppf(0.975, origins - 1) * error:
        return _("noise")
    return _("better") if gap < 0 else _("worse")


def difference_table(story: Story) -> Table:
    """Each model less no change, with the standard error over origins."""
    rows = differences(story).sort_values(["h", "difference"], ignore_index=True)
    frame = rows.assign(
        name=[heading.model_name(label) for label in rows["label"]],
        told=[
            _verdict(gap, error, count)
            for gap, error, count in zip(
                rows["difference"], rows["error"], rows["origins"], strict=True
            )
        ],
    )
    return tables.table(
        frame,
        {
            "h": tables.figure(_("Ahead")),
            "name": tables.text(_("Model")),
            "difference": tables.figure(_("CRPS less no change"), 2, signed=True),
            "error": tables.figure(_("Standard error"), 2),
            "origins": tables.figure(_("Origins")),
            "told": tables.text(_("At 95 %")),
        },
        caption=_(
            "Which differences from no change are more than noise, known at the end of {as_of}",
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            [
                (story.index.name, int(edition))
                for edition in sorted(results(story)["origin"].unique())
            ],
            _("Paired over origins, Student's t. Our calculation."),
            heading.pseudo(),
        ),
        ours=frame["label"] == heading.chosen(story),
    )


@lru_cache(maxsize=4)
def calibration(story: Story) -> pd.DataFrame:
    """Chances of rank 50 or better that were stated, and how often they came true.

    Returns:
        Columns stated (mean chance in the bin), came (share that came true) and count, over all
        economies, origins and editions ahead of the chosen model.
    """
    stated = backtest.chances(
        story.panel,
        story.index,
        story.seed,
        forecast_models.labelled(heading.chosen(story)),
        figures=story.world,
    )
    bins = pd.cut(stated["chance"], BINS, include_lowest=True)
    grouped = stated.groupby(bins, observed=True)
    return grouped.agg(
        stated=("chance", "mean"), came=("came", "mean"), count=("came", "size")
    ).reset_index(drop=True)


def calibration_table(story: Story) -> Table:
    """Whether chances mean what they say."""
    frame = calibration(story)
    return tables.table(
        frame,
        {
            "stated": tables.share(_("Stated")),
            "came": tables.share(_("Came true")),
            "count": tables.figure(_("Forecasts")),
        },
        caption=_(
            "Stated chances of rank {rank} or better, and how often it came true: “{model}”",
            rank=backtest.TOP,
            model=heading.model_name(heading.chosen(story)),
        ),
        source=words.source(
            story,
            [
                (story.index.name, int(edition))
                for edition in sorted(results(story)["origin"].unique())
            ],
            _("All economies, origins and editions ahead; our calculation."),
            heading.pseudo(),
        ),
    )


def calibration_picture(story: Story) -> Picture:
    """Stated chances against what came true: on the line is right."""
    frame = calibration(story)
    figure, ax = figures.canvas(
        4.2, title=_("Chances that were stated, and how often they came true")
    )
    figures.calibration(frame, ax=ax)
    told = listing(
        _("{stated} came true in {came}", stated=percent(row["stated"]), came=percent(row["came"]))
        for row in frame.to_dict("records")
    )
    return Picture(
        figure,
        _("Stated chances of rank {rank} or better: {told}.", rank=backtest.TOP, told=told),
        words.source(
            story,
            [
                (story.index.name, int(edition))
                for edition in sorted(results(story)["origin"].unique())
            ],
            _("Our calculation."),
            heading.pseudo(),
        ),
    )


def answer(story: Story) -> Prose:
    """How much better than no change the chosen model was, and whether intervals kept."""
    best = heading.chosen(story)
    table_ = backtest.summary(results(story)).set_index(["label", "h"])
    first = table_.T[best, 1]
    still = table_.T[NO_CHANGE, 1]["crps"]
    point = table_.T[backtest.POINT, 1]["crps"]
    return Prose(
        _(
            "One edition ahead the forecast in use missed by {own} places (CRPS), no change with "
            "its spread by {still}, no change as a single number by {point}; its 80 % intervals "
            "held {eighty} of what came, its 95 % intervals {most}.",
            own=number(first["crps"], 1),
            still=number(still, 1),
            point=number(point, 1),
            eighty=percent(first["coverage80"]),
            most=percent(first["coverage95"]),
        ),
        "answer",
    )
