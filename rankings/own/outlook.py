"""Where is a unit's rank heading, and how good were such forecasts before? From enough years.

The models are those that need nothing but the index's own past: no change with its spread, each
unit's own straight line and own drift. The one with the best record speaks.
"""

import itertools
from dataclasses import replace

import pandas as pd

from rankings.errors import InputError
from rankings.forecasts import backtest, registry
from rankings.forecasts.baselines import NO_CHANGE, OWN_LINE
from rankings.forecasts.draws import DRAWS, FEWEST_EDITIONS, Draws, chances, rank_forecast
from rankings.forecasts.single import OWN_DRIFT
from rankings.memo import remembered
from rankings.own import standing
from rankings.own.index import OwnIndex, until
from rankings.own.moves import as_definition, as_panel, computed_years
from rankings.own.question import OwnStory
from rankings.panel import scale

NAMES = (NO_CHANGE, OWN_LINE, OWN_DRIFT)
MODELS = tuple(model for model in registry.MODELS if model.name in NAMES)
AHEAD = 3
RECORD_DRAWS = 1000


@remembered(most=16)
def known(index: OwnIndex, year: int) -> pd.DataFrame:
    """The panel of computed scores up to a year as it stood then, with standings.

    A gap is filled from years up to that one, never from a later one.

    Raises:
        InputError: too few comparable years, or years that are not equally far apart; how many
            are needed is said.
    """
    definition = as_definition(index)
    held = [each for each in computed_years(index) if definition.model_from <= each <= year]
    _check_years(held, year)
    panel = as_panel(until(index, year))
    rows = panel.loc[panel["edition"] >= definition.model_from]
    _check_years(sorted(rows["edition"].unique().tolist()), year)
    return scale.standings(rows.reset_index(drop=True))


def _check_years(years: list[int], year: int) -> None:
    if len(years) < FEWEST_EDITIONS:
        raise InputError(
            "comparable years with scores up to {year}: {count}; a forecast needs {fewest}",
            year=year,
            count=len(years),
            fewest=FEWEST_EDITIONS,
        )
    if len({b - a for a, b in itertools.pairwise(years)}) > 1:
        raise InputError(
            "the years {years} are not equally far apart: the next one cannot be dated",
            years=", ".join(map(str, years)),
        )


def history(story: OwnStory) -> pd.DataFrame:
    """Computed ranks of the unit as they stood in the story's year: where a forecast starts.

    Returns:
        Columns of `own.index.results`, one row per year up to the story's.
    """
    rows = standing.history(replace(story, index=until(story.index, story.year)))
    return rows.loc[rows["computed_rank"].notna()]


def years_known(story: OwnStory) -> list[int]:
    """The years a forecast knows, in order; raises as `known`."""
    return sorted(known(story.index, story.year)["edition"].unique().tolist())


def ahead(story: OwnStory) -> list[int]:
    """The years forecast: up to three further steps of the table's own rhythm."""
    years = years_known(story)
    step = years[1] - years[0]
    return [years[-1] + step * each for each in range(1, AHEAD + 1)]


@remembered(most=8)
def record(index: OwnIndex, year: int, seed: int) -> pd.DataFrame:
    """Every model at every origin whose outcome is in the table; columns of `backtest.rolling`.

    Ranks are recomputed among the units that have a score in every year. An origin sees the table
    as it stood then: where gaps are filled from other years, none is filled from a later one.

    Raises:
        InputError: as `known`, or no year after the first four has come yet.
    """
    return backtest.rolling(
        known(index, year),
        as_definition(index),
        seed,
        models=MODELS,
        furthest=AHEAD,
        draws=RECORD_DRAWS,
        then=lambda origin: known(index, origin),
    )


def summary(story: OwnStory) -> pd.DataFrame:
    """The record by model and years ahead; columns of `backtest.summary`; empty without any."""
    try:
        found = record(story.index, story.year, story.seed)
    except InputError:
        return pd.DataFrame(columns=["label", "model", "h", "origins", "n", "crps", "mae"])
    return backtest.summary(found)


def choose_model(story: OwnStory) -> registry.Model:
    """The model with the best record; no change where there is none.

    Raises:
        InputError: as `known`.
    """
    known(story.index, story.year)
    labels = [model.label for model in MODELS]
    try:
        found = record(story.index, story.year, story.seed)
    except InputError:
        return MODELS[0]
    return registry.labelled(backtest.choose(found, tuple(labels), AHEAD))


@remembered(most=8)
def draws(index: OwnIndex, year: int, label: str, seed: int, years: tuple[int, ...]) -> Draws:
    """Joint draws of all units that have a score in a year; raises as `known`."""
    panel = known(index, year)
    model = registry.labelled(label)
    return model.draw(panel, as_definition(index), list(years), seed, DRAWS, None)


def forecast(story: OwnStory) -> pd.DataFrame:
    """Rank forecast and chances of the band by year ahead, by the chosen model.

    Returns:
        Columns of `draws.rank_forecast` and `draws.chances`.

    Raises:
        InputError: as `known`, or the unit has no score in the year.
    """
    label = choose_model(story).label
    made = draws(story.index, story.year, label, story.seed, tuple(ahead(story)))
    places = rank_forecast(made, story.unit)
    odds = chances(made, story.unit, story.band.best, story.band.worst)
    return places.merge(odds.drop(columns="of"), on="edition", validate="1:1")
