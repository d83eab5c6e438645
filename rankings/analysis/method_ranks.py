"""How much does a rank depend on the method? The same figures, other methods."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from rankings.panel import ranks, scale

Normalise = Callable[[pd.Series], pd.Series]
Aggregate = Callable[[pd.DataFrame], pd.Series]

PLAIN = ["min-max", "z-score", "percentile rank"]


def variants() -> dict[str, tuple[str, Normalise, Aggregate]]:
    """The methods compared: name -> (universe, normalisation, aggregation).

    ``common`` normalises among the economies that have every index, ``own`` each index among
    all economies it covers.
    """
    return {
        "min-max": ("common", scale.minmax, scale.arithmetic),
        "z-score": ("common", scale.zscore, scale.arithmetic),
        "percentile rank": ("common", scale.percentile, scale.arithmetic),
        "min-max, all economies of each index": ("own", scale.minmax, scale.arithmetic),
        "min-max 1-100, geometric mean": ("common", scale.minmax_1_100, scale.geometric),
    }


def by_method(values: pd.DataFrame, economy: str) -> pd.DataFrame:
    """Rank of an economy in the mean of several indices, by method.

    Args:
        values: economies down, indices across; missing where an index leaves an economy out.
        economy: ISO3; it must have every index.

    Returns:
        Columns method, plain (True for arithmetic means under the usual normalisations), rank
        and of (economies that have every index).
    """
    complete = values.dropna()
    rows = []
    for name, (universe, normalise, aggregate) in variants().items():
        if universe == "own":
            scores = pd.DataFrame({name: normalise(values[name].dropna()) for name in values}).loc[
                complete.index
            ]
        else:
            scores = complete.apply(normalise)
        place = ranks.competition(aggregate(scores))[economy]
        rows.append({"method": name, "plain": name in PLAIN, "rank": place, "of": len(complete)})
    return pd.DataFrame(rows).astype({"rank": "int64"})


def by_weights(values: pd.DataFrame, economy: str, seed: int, draws: int = 10_000) -> pd.Series:
    """Rank of an economy over weights drawn evenly from all that sum to one.

    Min-max normalisation, arithmetic mean; weights are Dirichlet(1, ..., 1).

    Returns:
        low, median, high (5th, 50th and 95th percentile of the rank) and of.
    """
    scores = values.dropna().apply(scale.minmax)
    weights = np.random.default_rng(seed).dirichlet(np.ones(scores.shape[1]), size=draws)
    totals = scores.to_numpy() @ weights.T
    own = totals[scores.index.get_loc(economy)]
    place = (totals > own + ranks.TOLERANCE).sum(axis=0) + 1
    low, middle, high = np.quantile(place, [0.05, 0.5, 0.95], method="inverted_cdf")
    return pd.Series({"low": low, "median": middle, "high": high, "of": len(scores)}).astype(int)
