"""Which ranks are acceptable under some weights, and which comparisons under all near weights?

Acceptability: weights are drawn from all that sum to one and scores from their errors; how often
does each rank come out? Robustness: how far may weights move from the official ones before a
comparison of two economies turns?

Sources: Lahdelma & Salminen (2001), SMAA-2, Operations Research 49(3), 444-454; Foster, McGillivray
& Seth (2013), Composite Indices: Rank Robustness, Statistical Association and Redundancy,
Econometric Reviews.
"""

import numpy as np
import pandas as pd

from rankings.errors import DataError, InputError, suggest
from rankings.panel import ranks

DRAWS = 10_000
CHUNK = 500
LINEAR, INVERSE, CENTROID = "linear", "inverse", "centroid"


def _complete(values: pd.DataFrame) -> pd.DataFrame:
    """The economies that have every column.

    Raises:
        InputError: fewer than two have.
        DataError: a column is the same for all, so it cannot order anybody.
    """
    table = values.dropna()
    if len(table) < 2:
        raise InputError(
            f"{len(table)} economies have all of {', '.join(map(str, values.columns))}: "
            "a rank needs two"
        )
    flat = [str(name) for name in table if table[name].max() == table[name].min()]
    if flat:
        raise DataError(f"{', '.join(flat)}: all values are equal, there is nothing to weigh")
    return table


def acceptability(
    values: pd.DataFrame,
    errors: pd.DataFrame | pd.Series | None = None,
    *,
    concentration: float | pd.Series = 1.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """How often each economy takes each rank over weights and errors of scores.

    Args:
        values: economies down, sub-indices across, on comparable scales.
        errors: standard errors of the values (same shape), or one per sub-index; none by default.
        concentration: of the Dirichlet weights: 1 draws evenly from all weights; a series gives
            one per sub-index (official weights x a large number keep the draws near them).
        draws: how many.
        seed: of the generator.

    Returns:
        Economies down, ranks 1..n across; each row sums to 1, and so does each column but for
        ties (tied economies share the better rank).

    Raises:
        InputError: fewer than two complete economies; a concentration or error below 0.
        DataError: a sub-index with no variance.
    """
    table = _complete(values)
    scores = table.to_numpy(dtype=float)
    count, width = scores.shape
    spread = _spread(errors, table)
    alpha = _concentration(concentration, table)
    generator = np.random.default_rng(seed)
    found = np.zeros((count, count), dtype=np.int64)
    rows = np.arange(count)[:, None]
    for first in range(0, draws, CHUNK):
        size = min(CHUNK, draws - first)
        weights = generator.dirichlet(alpha, size=size)
        totals = scores @ weights.T
        if spread is not None:
            noise = generator.standard_normal((size, count, width)) * spread
            totals = totals + np.einsum("dck,dk->cd", noise, weights)
        places = np.array([_competition(total) for total in totals.T]).T
        np.add.at(found, (rows, places), 1)
    columns = pd.RangeIndex(1, count + 1, name="rank")
    return pd.DataFrame(found / draws, index=table.index, columns=columns)


def _competition(totals: np.ndarray) -> np.ndarray:
    """Place of each total counted from 0, ties at the better place."""
    ordered = np.sort(totals)
    return len(totals) - np.searchsorted(ordered, totals + ranks.TOLERANCE, side="right")


def _spread(errors: pd.DataFrame | pd.Series | None, table: pd.DataFrame) -> np.ndarray | None:
    if errors is None:
        return None
    if isinstance(errors, pd.Series):
        spread = np.broadcast_to(errors.reindex(table.columns).to_numpy(dtype=float), table.shape)
    else:
        spread = errors.reindex(index=table.index, columns=table.columns).to_numpy(dtype=float)
    rows, columns = np.nonzero(~(spread >= 0))
    if len(rows):
        raise InputError(
            f"the standard error of {table.index[rows[0]]}, {table.columns[columns[0]]} is "
            f"{spread[rows[0], columns[0]]}: give 0 or more"
        )
    return spread


def _concentration(given: float | pd.Series, table: pd.DataFrame) -> np.ndarray:
    alpha = (
        given.reindex(table.columns).to_numpy(dtype=float)
        if isinstance(given, pd.Series)
        else np.full(table.shape[1], float(given))
    )
    if not (alpha > 0).all():
        place = str(table.columns[int(np.flatnonzero(~(alpha > 0))[0])])
        raise InputError(f"the concentration of {place} must be above 0")
    return alpha


def holistic(table: pd.DataFrame, kind: str = CENTROID) -> pd.Series:
    """One number per economy from its rank acceptabilities, best first.

    Args:
        table: from `acceptability`.
        kind: what a rank r of n is worth: `LINEAR` (n - r) / (n - 1), `INVERSE` 1 / r, or
            `CENTROID` (sum of 1 / i for i from r to n) / (sum for i from 1 to n).

    Returns:
        Between 0 and 1, named "holistic".

    Raises:
        InputError: an unknown kind.
    """
    count = table.shape[1]
    inverse = 1 / np.arange(1, count + 1)
    worth = {
        LINEAR: np.linspace(1, 0, count),
        INVERSE: inverse,
        CENTROID: inverse[::-1].cumsum()[::-1] / inverse.sum(),
    }
    if kind not in worth:
        raise InputError(suggest("worth of ranks", kind, worth))
    return (table @ worth[kind]).rename("holistic").sort_values(ascending=False, kind="stable")


def likely(table: pd.DataFrame, economy: str, within: float = 0.9) -> pd.Series:
    """The acceptable ranks of one economy in short.

    Returns:
        mode (most frequent rank), share (of draws at it), low and high (ends of the central
        ``within`` of its ranks), first (share of draws at rank 1) and of.

    Raises:
        InputError: the economy is not in the table.
    """
    if economy not in table.index:
        raise InputError(suggest("economy of this table", economy, table.index))
    row = table.loc[economy]
    cumulated = row.cumsum().to_numpy()
    tail = (1 - within) / 2
    low, high = np.searchsorted(cumulated, [tail + 1e-12, 1 - tail - 1e-12]) + 1
    return pd.Series(
        {
            "mode": float(row.to_numpy().argmax() + 1),
            "share": row.max(),
            "low": float(low),
            "high": float(high),
            "first": row.iloc[0],
            "of": float(len(row)),
        },
        dtype=float,
    )


def robust(
    values: pd.DataFrame, weights: pd.Series, economy: str, epsilon: float = 0.25
) -> pd.DataFrame:
    """Which comparisons of one economy hold for all weights near the official ones?

    Weights may be (1 - e) x official + e x any that sum to one. A lead of i over j holds for all
    of them exactly if (1 - e)(S_i - S_j) + e min_k(x_ik - x_jk) >= 0, so the largest e has a
    closed form, gap / (gap - least), and is 1 where no sub-index is behind.

    Args:
        values: economies down, sub-indices across.
        weights: official weights, summing to one (or scaled to).
        economy: ISO3.
        epsilon: the contamination for the column robust.

    Returns:
        One row per other economy, nearest first: iso3, ahead (the one with the higher score),
        gap (of scores, 0 or more), least (smallest lead of the one ahead over sub-indices),
        part (where that is), epsilon (largest contamination the lead survives) and robust.

    Raises:
        InputError: the economy is absent or incomplete, or epsilon is not from 0 to 1.
        DataError: a sub-index with no variance.

    Source: Foster, McGillivray & Seth (2013), epsilon-contamination.
    """
    if not 0 <= epsilon <= 1:
        raise InputError(f"a contamination lies between 0 and 1, not {epsilon}")
    table = _complete(values[list(weights.index)])
    if economy not in table.index:
        raise InputError(f"{economy} does not have all of {', '.join(weights.index)} here")
    lead = table.loc[economy] - table.drop(index=economy)
    gap = lead @ (weights / weights.sum())
    ahead = gap >= 0
    signed = lead.mul(np.where(ahead, 1.0, -1.0), axis=0)
    size, least = gap.abs(), signed.min(axis=1)
    survives = (size / (size - least)).where(least < 0, 1.0)
    rows = pd.DataFrame(
        {
            "ahead": np.where(ahead, economy, lead.index),
            "gap": size,
            "least": least,
            "part": signed.idxmin(axis=1),
            "epsilon": survives,
            "robust": survives >= epsilon,
        }
    )
    return rows.rename_axis("iso3").reset_index().sort_values(["gap", "iso3"], ignore_index=True)
