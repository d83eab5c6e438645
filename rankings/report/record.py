"""Notebook 35: how good were such forecasts before? Every model, every origin, losing ones too."""

from scipy.special import stdtrit

from rankings import figures, tables
from rankings.figures import Picture
from rankings.forecasts import backtest
from rankings.forecasts.baselines import NO_CHANGE
from rankings.language.messages import _, listing, number, percent
from rankings.report import models, words
from rankings.report.verbs import verb
from rankings.story.outlook import choose_model
from rankings.story.question import Story
from rankings.story.record import (
    FEWEST_ORIGINS,
    calibration_bins,
    full_record,
    lacks_fitted,
    record_differences,
)
from rankings.tables import Prose, Table


@verb
def table(story: Story) -> Table | Prose:
    """The record of every model, best first at each number of editions ahead."""
    return models.record_table(story, full_record(story), _fitted_note(story))


def _fitted_note(story: Story) -> str:
    """Where the models fitted to each economy are, if they are not in the table."""
    if not lacks_fitted(story):
        return ""
    return _(
        "The models fitted to each economy by itself (local linear trend, damped trend, ARIMA) are "
        "not in this table: `rankings backtest --as-of {as_of} --seed {seed}` fits them, in some "
        "minutes.",
        as_of=story.as_of,
        seed=story.seed,
    )


def _verdict(gap: float, error: float, origins: int) -> str:
    """Whether a difference is more than noise, at 95 % by Student's t over origins."""
    if origins < FEWEST_ORIGINS:
        return _("too few origins")
    if abs(gap) < stdtrit(origins - 1, 0.975) * error:
        return _("noise")
    return _("better") if gap < 0 else _("worse")


def _editions(story: Story) -> list[tuple[str, int]]:
    """The editions that the record rests on, origins and outcomes, as a source line has them."""
    return [(story.index.name, each) for each in models.editions_tested(story, full_record(story))]


@verb
def difference_table(story: Story) -> Table | Prose:
    """Each model less no change, with the standard error over origins."""
    if full_record(story).empty:
        return Prose(models.no_record(), "note")
    rows = record_differences(story).sort_values(["h", "difference"], ignore_index=True)
    frame = rows.assign(
        name=[models.model_name(label) for label in rows["label"]],
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
            "difference": tables.figure(_("CRPS minus that of no change"), 2, signed=True),
            "error": tables.figure(_("Standard error"), 2),
            "origins": tables.figure(_("Origins")),
            "told": tables.text(_("At 95 %")),
        },
        caption=_(
            "Which differences from no change are more than noise, as known at the end of {as_of}",
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            _editions(story),
            _("Paired over origins, Student's t. Our calculation."),
            *([models.pseudo()] if full_record(story)["todays_figures"].any() else []),
        ),
        ours=frame["label"] == choose_model(story),
    )


@verb
def calibration_table(story: Story) -> Table | Prose:
    """Whether chances mean what they say."""
    if full_record(story).empty:
        return Prose(models.no_record(), "note")
    frame = calibration_bins(story)
    if frame.empty:
        return Prose(models.no_record(), "note")
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
            model=models.model_name(choose_model(story)),
        ),
        source=words.source(
            story,
            _editions(story),
            _("All economies, origins and editions ahead; our calculation."),
            *([models.pseudo()] if full_record(story)["todays_figures"].any() else []),
        ),
    )


@verb
def calibration_picture(story: Story) -> Picture | None:
    """Stated chances against what came true: on the line is right; None without a record."""
    if full_record(story).empty:
        return None
    frame = calibration_bins(story)
    if frame.empty:
        return None
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
            _editions(story),
            _("Our calculation."),
            *([models.pseudo()] if full_record(story)["todays_figures"].any() else []),
        ),
    )


@verb
def answer(story: Story) -> Prose:
    """How much better than no change the chosen model was, and whether intervals kept."""
    if full_record(story).empty:
        return Prose(models.no_record(), "answer")
    best = choose_model(story)
    table_ = backtest.summary(full_record(story)).set_index(["label", "h"])
    first = table_.T[best, 1]
    still = table_.T[NO_CHANGE, 1]["crps"]
    point = table_.T[backtest.POINT, 1]["crps"]
    return Prose(
        _(
            "One edition ahead the forecast in use missed by {own} places (CRPS), no change "
            "with its spread by {still}, no change as a single number by {point}; its 80 % "
            "intervals contained {eighty} of what came, its 95 % intervals {most}.",
            own=number(first["crps"], 1),
            still=number(still, 1),
            point=number(point, 1),
            eighty=percent(first["coverage80"]),
            most=percent(first["coverage95"]),
        ),
        "answer",
    )
