"""Notebook 30: where is it heading? Series, breaks and the forecast."""

import pandas as pd

from rankings import tables
from rankings.forecasts.assumptions import ChanceRange
from rankings.forecasts.baselines import NO_CHANGE, fit_line
from rankings.forecasts.draws import FEWEST_EDITIONS, standings_of
from rankings.language.messages import _, fact, listing, plural, simulated
from rankings.report import models, words
from rankings.report.verbs import verb
from rankings.story.outlook import (
    chance_over_assumptions,
    choose_model,
    forecast_ranks,
    models_shown,
    standing_series,
)
from rankings.story.question import MEASURE, Story
from rankings.story.standing import is_certain
from rankings.tables import Prose, Table


@verb
def series_table(story: Story) -> Table:
    """The economy's standing by edition: the scale on which editions can be compared."""
    held = standing_series(story)
    wide = held.pivot(index="edition", columns="component", values="standing")
    order = [story.index.overall, *_measures_below(story)]
    frame = wide[order].reset_index()
    columns = {"edition": tables.year(_("Edition"))} | {
        part: tables.figure(words.measure(story.index.name, part), 2, signed=True) for part in order
    }
    return tables.table(
        frame,
        columns,
        caption=_(
            "{economy}: standing in the world, in standard deviations from the mean of each "
            "edition",
            economy=story.name,
        ),
        source=words.source(
            story,
            [(story.index.name, edition) for edition in frame["edition"]],
            _("Standing is our calculation. Raw scores of two editions are not comparable."),
        ),
        ours=frame["edition"] == story.edition,
    )


def _measures_below(story: Story) -> list[str]:
    """The parts that are measures: standings of single indicators are told for one edition only."""
    return story.sub_indices if story.parts_are_measures else []


@verb
def breaks_table(story: Story) -> Table | Prose:
    """Every method break and scale change of the index known by then."""
    rows = story.breaks.loc[story.breaks["edition"] <= story.edition].sort_values(
        ["edition", "component"]
    )
    frame = rows.assign(
        measure=[words.measure(*pair) for pair in rows[["index", "component"]].to_numpy()],
        what_changed=[fact(changed) for changed in rows["what_changed"]],
    )
    if rows.empty:
        return Prose(
            _(
                "No method break of {index} is known up to {edition}.",
                index=words.called(story),
                edition=story.edition,
            ),
            "note",
        )
    reports = story.world.sources.set_index("source_id")["document"]
    documents = {fact(reports[each]).split(";")[0] for each in rows["source_id"]}
    return tables.table(
        frame,
        {
            "edition": tables.year(_("From edition")),
            "measure": tables.text(_("Measure")),
            "what_changed": tables.text(_("What changed")),
        },
        caption=_(
            "Method breaks of the {index} up to {edition}",
            index=words.called(story),
            edition=story.edition,
        ),
        source=_("Source: {reports}.", reports="; ".join(sorted(documents))),
    )


@verb
def line_table(story: Story) -> Table | Prose:
    """The economy's own trend line, fitted by statsmodels, with its uncertainty."""
    history = standings_of(story.panel, story.index, [story.index.overall])
    standing = history[story.index.overall][story.economy].dropna()
    if len(standing) < FEWEST_EDITIONS:
        return Prose(
            plural(
                "{economy} has {count} edition: too few for a line.",
                "{economy} has {count} editions: too few for a line.",
                len(standing),
                economy=story.name,
            ),
            "note",
        )
    fit = fit_line(standing)
    low, high = fit.conf_int()[1]
    frame = pd.DataFrame(
        [
            {
                "slope": fit.params[1],
                "low": low,
                "high": high,
                "spread": fit.mse_resid**0.5,
                "fit": fit.rsquared,
                "editions": len(standing),
            }
        ]
    )
    return tables.table(
        frame,
        {
            "slope": tables.figure(_("Standing per year"), 3, signed=True),
            "low": tables.figure(_("95 % from"), 3, signed=True),
            "high": tables.figure(_("to"), 3, signed=True),
            "spread": tables.figure(_("Residual, sd"), 2),
            "fit": tables.figure(_("R squared"), 2),
            "editions": tables.figure(_("Editions")),
        },
        caption=_("The straight line through the standing of {economy}", economy=story.name),
        source=words.source(
            story,
            [(story.index.name, edition) for edition in standing.index],
            _("Least squares (statsmodels OLS) on edition years; our calculation."),
        ),
    )


@verb
def forecast_table(story: Story) -> Table:
    """The rank forecast of the chosen model beside no change and the own line."""
    frame = pd.concat(
        [forecast_ranks(story, label).assign(label=label) for label in models_shown(story)],
        ignore_index=True,
    ).sort_values("edition", kind="stable", ignore_index=True)
    frame = frame.assign(
        name=[models.model_name(label) for label in frame["label"]],
        eighty=[words.span(a, b) for a, b in zip(frame["low80"], frame["high80"], strict=True)],
        most=[words.span(a, b) for a, b in zip(frame["low95"], frame["high95"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "edition": tables.year(_("Edition")),
            "name": tables.text(_("Model")),
            "median": tables.figure(_("Median rank")),
            "eighty": tables.Column(_("80 % interval"), str, True),
            "most": tables.Column(_("95 % interval"), str, True),
            "reach": words.reach_column(story),
            "of": tables.figure(_("Of")),
        },
        caption=_(
            "{economy}: rank in the {index} to come, seen from the end of {as_of}",
            economy=story.name,
            index=words.called(story),
            as_of=story.as_of,
        ),
        source=models.forecast_source(story),
        ours=frame["label"] == choose_model(story),
    )


@verb
def answer(story: Story) -> Prose:
    """Where the rank is heading, with its honest width, and what no change would say."""
    last = forecast_ranks(story).iloc[-1]
    return Prose(
        _(
            "Median forecast for {economy} in the {edition} edition, seen from the end of {as_of}: "
            "rank {median} of {of}; 80 % of draws {spread}. The chance of rank {worst} or better "
            "is {chance}{beside}.",
            as_of=story.as_of,
            economy=story.name,
            median=int(last["median"]),
            of=int(last["of"]),
            edition=int(last["edition"]),
            spread=words.between(last["low80"], last["high80"]),
            worst=story.band.worst,
            chance=words.reach(story, last),
            beside=beside(story),
        ),
        "answer",
    )


def beside(story: Story) -> str:
    """In brackets: the chance by plain no change, where another model speaks, and its range."""
    spread = chance_over_assumptions(story)
    if choose_model(story) == NO_CHANGE:
        if spread is None or is_certain(story) or one_print(spread):
            return ""
        return _(
            " ({low} to {high} over two scales of a crowded top)",
            low=simulated(spread.low),
            high=simulated(spread.high),
        )
    plain = words.reach(story, forecast_ranks(story, NO_CHANGE).iloc[-1])
    if spread is None or is_certain(story) or one_print(spread):
        return _(" (by no change: {chance})", chance=plain)
    return _(
        " ({low} to {high} over what is not known of the new {parts}; by no change: {chance})",
        low=simulated(spread.low),
        high=simulated(spread.high),
        parts=new_parts(story, spread),
        chance=plain,
    )


def one_print(spread: ChanceRange) -> bool:
    """Whether both ends of a range read the same."""
    return simulated(spread.low) == simulated(spread.high)


def new_parts(story: Story, spread: ChanceRange) -> str:
    """The sub-indices of new definition, named."""
    del story
    return listing([words.measure(MEASURE, part) for part in spread.varied])
