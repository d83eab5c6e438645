"""What must a forecast beat? No change with its spread, and each economy's own straight line."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rankings.forecasts.draws import (
    DRAWS,
    FEWEST_EDITIONS,
    Draws,
    check_enough,
    newest_values,
    standings_of,
)
from rankings.panel.definitions import Index

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResultsWrapper

NO_CHANGE = "no change"
OWN_LINE = "own line"


def random_walk(
    panel: pd.DataFrame, index: Index, editions: list[int], seed: int, draws: int = DRAWS
) -> Draws:
    """No change, with the spread that no change has had: a random walk of the sub-indices.

    Each step of each economy is a past step of some economy, taken as a whole so that its
    sub-indices stay correlated, from all steps of all economies known at the origin.

    Args:
        panel: the panel as known at the origin.
        index: the index to forecast.
        editions: the editions ahead, in order.
        seed: of the generator; the same seed gives the same draws.
        draws: how many.
    """
    now = newest_values(panel, index)
    origin = int(panel.loc[panel["index"] == index.name, "edition"].max())
    weights = index.weights_of(origin)
    now = now.dropna(subset=list(weights.index))
    history = standings_of(panel, index, list(weights.index))
    check_enough(history, index)
    steps = history.diff().stack("iso3", future_stack=True)[list(weights.index)].dropna()
    pool = (steps - steps.mean()).to_numpy()
    # In points of the origin edition a step of a standing is worth weight x spread.
    spreads = now[weights.index].std(ddof=0) * weights
    worth = pool @ spreads.to_numpy()
    generator = np.random.default_rng(seed)
    picks = generator.integers(len(worth), size=(draws, len(editions), len(now)))
    scores = now[index.overall].to_numpy() + worth[picks].cumsum(axis=1)
    spread = float(now[index.overall].std(ddof=0))
    return Draws(NO_CHANGE, index.name, origin, tuple(editions), tuple(now.index), scores, spread)


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
