"""Which model speaks, and what do its draws say of the economy's rank?"""

import pandas as pd

from rankings.errors import InputError
from rankings.forecasts import assumptions, backtest, closing, gaps, joint
from rankings.forecasts import registry as forecast_models
from rankings.forecasts.baselines import NO_CHANGE, OWN_LINE
from rankings.forecasts.draws import chances, rank_forecast
from rankings.forecasts.information import Held, look
from rankings.memo import remembered
from rankings.story.question import Story


def standing_series(story: Story) -> pd.DataFrame:
    """Standing of the economy in the index and its sub-indices, by edition.

    Returns:
        Columns edition, component, value, rank (by score), of, standing.
    """
    rows = story.panel.loc[
        (story.panel["index"] == story.index.name)
        & (story.panel["iso3"] == story.economy)
        & story.panel["component"].isin([story.index.overall, *sub_indices(story)])
    ]
    return rows.rename(columns={"competition_rank": "rank", "of_economies": "of"})[
        ["edition", "component", "value", "rank", "of", "standing"]
    ]


def sub_indices(story: Story) -> list[str]:
    """The components that make the index in the newest edition, by their weights' order."""
    return list(story.index.weights_of(story.edition).index)


@remembered(most=8)
def past_record(story: Story) -> pd.DataFrame:
    """Back-test of the quick models on outcomes known at the as-of year; empty without any."""
    try:
        return backtest.record(
            story.panel, story.index, story.seed, figures=story.figures, key=story.key
        )
    except InputError:
        return pd.DataFrame(columns=backtest.COLUMNS)


def candidate_models(story: Story) -> tuple[str, ...]:
    """Labels of the models the report may speak from, by what was known."""
    return tuple(model.label for model in forecast_models.candidates(story.as_of, story.ahead[0]))


@remembered(most=8)
def choose_model(story: Story) -> str:
    """The model the report speaks from: the best record on outcomes known at the as-of year."""
    return backtest.choose(past_record(story), candidate_models(story), min(3, len(story.ahead)))


def models_shown(story: Story) -> list[str]:
    """The models a report shows beside each other: the chosen one, no change, the own line."""
    return list(dict.fromkeys([choose_model(story), NO_CHANGE, OWN_LINE]))


@remembered(most=16)
def forecast_ranks(story: Story, label: str | None = None) -> pd.DataFrame:
    """Rank forecast and chances by edition ahead, of the chosen or another model."""
    draws = story.draws(label or choose_model(story))
    ranks = rank_forecast(draws, story.economy)
    odds = chances(draws, story.economy, story.band.best, story.band.worst)
    return ranks.merge(odds.drop(columns="of"), on="edition", validate="1:1")


@remembered(most=8)
def chance_over_assumptions(story: Story) -> assumptions.ChanceRange | None:
    """The chance of the band at the deadline, over what nobody can know yet.

    A sub-index that the newest edition measures by new items, not held, is drawn back to what its
    old figures say, or stays where the new definition put everybody: both are tried, one by one
    and together. None where the chosen model expects no moves or nothing was redefined.
    """
    model = forecast_models.labelled(choose_model(story))
    if model.name != forecast_models.CLOSING_GAPS:
        return None
    drawn = joint.joint(story.world, story.as_of, story.target_year, story.seed)
    found = assumptions.chance_range(drawn, story.index.name, story.economy, story.band.worst)
    return found if found.varied else None


@remembered(most=8)
def fitted_model(story: Story) -> tuple[Held, closing.Fits] | None:
    """What the chosen model looks at and its regressions one edition ahead; None for others."""
    model = forecast_models.labelled(choose_model(story))
    if model.name != forecast_models.CLOSING_GAPS:
        return None
    held = look(
        story.panel,
        story.index,
        story.ahead[0],
        series=story.figures.series,
        information=model.information,
    )
    return held, closing.fits(held, gaps.BY_INFORMATION[model.information], 1)[0]


def expected_moves(story: Story) -> pd.DataFrame:
    """Where the chosen model expects the economy to be drawn, by sub-index.

    Returns:
        Columns component, standing (now), pull (expected move of standing, one edition ahead) and
        points (of the index); empty for models that expect no move.
    """
    fitted = fitted_model(story)
    if fitted is None:
        return pd.DataFrame(columns=["component", "standing", "pull", "points"])
    held, fits = fitted
    place = held.iso3.index(story.economy)
    return pd.DataFrame(
        [
            {
                "component": part,
                "standing": float(held.standings[part][-1][place]),
                "pull": float(fit.expected[place]),
                "points": float(fit.expected[place] * held.worth[part]),
            }
            for part, fit in fits.items()
        ]
    )
