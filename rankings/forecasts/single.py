"""Each economy by itself, with the models a statistics package offers: baselines to beat.

Every model is fitted to one economy's standing in the overall index, edition by edition (as if
editions were evenly spaced), and draws are independent between economies and editions ahead.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings.forecasts.baselines import random_walk
from rankings.forecasts.draws import DRAWS, FEWEST_EDITIONS, Draws, standings_of
from rankings.panel.definitions import Index

OWN_DRIFT = "own drift"
LOCAL_TREND = "local linear trend"
DAMPED_TREND = "damped trend"
ARIMA = "ARIMA"


@dataclass(frozen=True)
class Ahead:
    """Mean and standard error of one economy's standing, an entry per edition ahead."""

    mean: np.ndarray
    error: np.ndarray


Forecast = Callable[[np.ndarray, int], Ahead]


def drift(standing: np.ndarray, furthest: int) -> Ahead:
    """The mean past step goes on (a random walk with drift, its mean step uncertain)."""
    steps = np.diff(standing)
    reach = np.arange(1, furthest + 1)
    error = steps.std(ddof=1) * np.sqrt(reach * (1 + reach / len(steps)))
    return Ahead(standing[-1] + steps.mean() * reach, error)


def local_trend(standing: np.ndarray, furthest: int) -> Ahead:
    """Level and slope both wander (statsmodels UnobservedComponents)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    fit = UnobservedComponents(standing, level="local linear trend").fit(disp=0, maxiter=50)
    made = fit.get_forecast(furthest)
    return Ahead(made.predicted_mean, made.se_mean)


def damped_trend(standing: np.ndarray, furthest: int) -> Ahead:
    """Exponential smoothing with a slope that fades (statsmodels ETSModel)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    fit = ETSModel(pd.Series(standing), trend="add", damped_trend=True).fit(disp=False, maxiter=50)
    made = fit.get_prediction(start=len(standing), end=len(standing) + furthest - 1)
    return Ahead(made.predicted_mean.to_numpy(), np.sqrt(made.forecast_variance))


def arima(standing: np.ndarray, furthest: int) -> Ahead:
    """ARIMA(0,1,1): a random walk seen with noise (statsmodels ARIMA)."""
    from statsmodels.tsa.arima.model import ARIMA as Model

    fit = Model(standing, order=(0, 1, 1)).fit(method_kwargs={"maxiter": 50})
    made = fit.get_forecast(furthest)
    return Ahead(made.predicted_mean, made.se_mean)


def each_alone(
    forecast: Forecast,
    name: str,
    panel: pd.DataFrame,
    index: Index,
    editions: list[int],
    seed: int,
    draws: int = DRAWS,
) -> Draws:
    """Draws of all economies, each from its own model.

    An economy with fewer than `trend.FEWEST_EDITIONS` editions, or whose fit fails, keeps the
    draws of no change.

    Args:
        forecast: the model of one standing.
        name: of the model.
        panel: the panel as known at the origin.
        index: the index to forecast.
        editions: the editions ahead, in order.
        seed: of the generator.
        draws: how many.
    """
    base = random_walk(panel, index, editions, seed, draws)
    history = standings_of(panel, index, [index.overall])[index.overall]
    generator = np.random.default_rng([seed, 2])
    scores, middle = base.scores.copy(), _mean(panel, index, base)
    for place, iso3 in enumerate(base.iso3):
        ahead = _fitted(forecast, history[iso3].dropna().to_numpy(), len(editions))
        if ahead is not None:
            noise = generator.standard_normal((draws, len(editions)))
            scores[:, :, place] = middle + base.spread * (ahead.mean + ahead.error * noise)
    return Draws(name, index.name, base.origin, base.editions, base.iso3, scores, base.spread)


def _mean(panel: pd.DataFrame, index: Index, base: Draws) -> float:
    """The world's mean at the origin."""
    rows = panel.loc[
        (panel["index"] == index.name)
        & (panel["edition"] == base.origin)
        & (panel["component"] == index.overall)
        & panel["iso3"].isin(base.iso3)
    ]
    return float(rows["value"].mean())


def _fitted(forecast: Forecast, standing: np.ndarray, furthest: int) -> Ahead | None:
    """The forecast, or None if the series is too short or the fit fails."""
    if len(standing) < FEWEST_EDITIONS:
        return None
    with warnings.catch_warnings():
        # Ten points leave the optimiser at a bound now and then; the back-test is the judge.
        warnings.simplefilter("ignore")
        try:
            ahead = forecast(standing, furthest)
        except (ValueError, np.linalg.LinAlgError):
            return None
    return ahead if np.isfinite([ahead.mean, ahead.error]).all() else None
