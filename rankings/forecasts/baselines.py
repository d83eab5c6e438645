"""What must a forecast beat? No change with its spread, and each economy's own straight line."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rankings.forecasts.closing import Fit, Paths, overall_draws
from rankings.forecasts.draws import (
    DRAWS,
    FEWEST_EDITIONS,
    Draws,
    check_enough,
    newest_values,
    standings_of,
)
from rankings.forecasts.information import look
from rankings.panel.definitions import Index

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResultsWrapper

NO_CHANGE = "no change"
OWN_LINE = "own line"


def walk_paths(
    panel: pd.DataFrame,
    index: Index,
    editions: list[int],
    seed: int,
    draws: int = DRAWS,
    beside: tuple[str, ...] = (),
) -> Paths:
    """No change, with the spread that no change has had: a random walk of the sub-indices.

    Each step of each economy is a past step of some economy, taken as a whole so that its
    sub-indices stay correlated, from all steps of all economies known at the origin.

    Args:
        panel: the panel as known at the origin.
        index: the index to forecast.
        editions: the editions ahead, in order.
        seed: of the generator; the same seed gives the same draws.
        draws: how many.
        beside: components drawn that are no part of the overall score.
    """
    origin = int(panel.loc[panel["index"] == index.name, "edition"].max())
    weights = index.weights_of(origin)
    check_enough(standings_of(panel, index, list(weights.index)), index)
    held = look(panel, index, editions[0], beside=beside)
    parts = list(held.standings)
    history = standings_of(panel, index, parts)
    steps = history.diff().stack("iso3", future_stack=True)[parts].dropna()
    pool = (steps - steps.mean()).to_numpy()
    still = np.zeros(len(held.iso3))
    fit = {part: Fit(still, pool[:, [at]].T, np.zeros(0)) for at, part in enumerate(parts)}
    generator = np.random.default_rng(seed)
    shape = (draws, len(editions), len(held.iso3))
    picks = generator.integers(len(pool), size=shape).astype(np.int32)
    return Paths(held, [fit], weights, tuple(editions), pool, picks)


def random_walk(
    panel: pd.DataFrame, index: Index, editions: list[int], seed: int, draws: int = DRAWS
) -> Draws:
    """The draws of the overall score of `walk_paths`; arguments as there."""
    return overall_draws(walk_paths(panel, index, editions, seed, draws), index, NO_CHANGE)


def fit_line(standing: pd.Series) -> "RegressionResultsWrapper":
    """A straight line through one economy's standing by edition year (statsmodels OLS)."""
    # Imported where it is used: statsmodels takes a second, and most commands fit nothing.
    from statsmodels.regression.linear_model import OLS

    return OLS(standing.to_numpy(), _with_constant(standing.index)).fit()


def _with_constant(years: Iterable[float]) -> np.ndarray:
    """Regressors of a straight line: ones and the years."""
    ahead = np.asarray(list(years), dtype=float)
    return np.column_stack([np.ones_like(ahead), ahead])


def own_line(
    panel: pd.DataFrame, index: Index, editions: list[int], seed: int, draws: int = DRAWS
) -> Draws:
    """Each economy's own straight trend line, with the prediction interval of its regression.

    The line is fitted on the economy's standing in the overall index, so breaks that hit all
    economies alike do not bend it. Economies with fewer than `FEWEST_EDITIONS` editions are
    drawn without a trend. Draws are independent between economies and editions ahead.
    """
    base = random_walk(panel, index, editions, seed, draws)
    history = standings_of(panel, index, [index.overall])[index.overall]
    mean = float(newest_values(panel, index).loc[list(base.iso3), index.overall].mean())
    scores = base.scores.copy()
    generator = np.random.default_rng([seed, 1])
    ahead = _with_constant(editions)
    for place, iso3 in enumerate(base.iso3):
        line = line_forecast(history[iso3].dropna(), ahead)
        if line is not None:
            noise = generator.standard_t(line["df"], size=(draws, len(editions)))
            standing = line["mean"] + line["error"] * noise
            scores[:, :, place] = mean + base.spread * standing
    return Draws(OWN_LINE, index.name, base.origin, base.editions, base.iso3, scores, base.spread)


def line_forecast(standing: pd.Series, ahead: np.ndarray) -> dict[str, np.ndarray | float] | None:
    """Mean, standard error of a new observation and degrees of freedom ahead; None if too short."""
    if len(standing) < FEWEST_EDITIONS:
        return None
    fit = fit_line(standing)
    prediction = fit.get_prediction(ahead)
    return {
        "mean": prediction.predicted_mean,
        "error": prediction.se_obs,
        "df": float(fit.df_resid),
    }
