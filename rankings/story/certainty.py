"""How far do methods, weights and noise move the rank?"""

import pandas as pd

from rankings.analysis import confidence
from rankings.composite import official
from rankings.errors import InputError, RankingsError
from rankings.forecasts.draws import Draws
from rankings.memo import remembered
from rankings.story.outlook import choose_model
from rankings.story.question import Story

AROUND = 20


def composite_rank(story: Story) -> official.Composite | RankingsError:
    """Our ICT composite at the as-of year, or the refusal: why the economy has none."""
    try:
        made = official.ict_composite(story.world.panel, story.as_of)
        if story.economy not in {*made.table["iso3"], *made.left_out["iso3"]}:
            return InputError(
                "{economy} is not ranked at the end of {year}: none of the parts holds it",
                economy=story.economy,
                year=story.as_of,
            )
        made.row(story.economy)
    except RankingsError as refusal:
        return refusal
    return made


def composite_interval(story: Story) -> tuple[int, int] | None:
    """Best and worst rank that other ways to compute our composite give; None of other measures."""
    made = composite_rank(story) if story.asked.composite else None
    if made is None or isinstance(made, RankingsError):
        return None
    row = made.row(story.economy)
    return int(row["low"]), int(row["high"])


@remembered(most=8)
def confidence_sets(story: Story, kind: str) -> pd.DataFrame:
    """The economy's confidence set of ranks; columns of `confidence.sets`."""
    draws = story.draws(choose_model(story))
    if kind == confidence.SIMULTANEOUS and story.economy in draws.iso3:
        # All ranks at once are the same whoever asks.
        every = _simultaneous(draws, story.parts, story.index.overall, story.seed)
        return every.loc[every["iso3"] == story.economy].reset_index(drop=True)
    covariance, basis = errors(draws)
    estimates = story.scores.loc[list(draws.iso3)]
    return confidence.sets(
        estimates, covariance, kind, economies=[story.economy], seed=story.seed, basis=basis
    )


@remembered(most=4)
def errors(draws: Draws) -> tuple[pd.DataFrame, str]:
    """The covariance that stands in for printed errors; as `confidence.residuals`."""
    return confidence.residuals(draws)


@remembered(most=4)
def _simultaneous(draws: Draws, parts: pd.DataFrame, overall: str, seed: int) -> pd.DataFrame:
    """Simultaneous sets of all economies drawn; columns of `confidence.sets`."""
    covariance, basis = errors(draws)
    estimates = parts[overall].dropna().loc[list(draws.iso3)]
    return confidence.sets(estimates, covariance, confidence.SIMULTANEOUS, seed=seed, basis=basis)
