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

from rankings.errors import DataError, InputError
from rankings.panel import ranks
from rankings.panel.inputs import (
    by_name,
    check_labels,
    check_pairs,
    finite_number,
    shown,
    to_number_series,
    to_numbers,
    whole_number,
)

DRAWS = 10_000
CHUNK = 500
_CELLS = 4_000_000  # errors drawn at once
LINEAR, INVERSE, CENTROID = "linear", "inverse", "centroid"


def _complete(values: pd.DataFrame) -> pd.DataFrame:
    """The economies that have every column, as numbers.

    Raises:
        InputError: fewer than two have.
        DataError: an economy or column twice, a value that is infinite or no number, or a column
            that is the same for all but for rounding, so that it cannot order anybody.
    """
    for labels in (values.index, values.columns):
        check_labels(labels, "the values have")
    if not values.shape[1]:
        raise InputError("values of at least one sub-index are needed, and there is none")
    table = to_numbers(values, "column").dropna()
    if len(table) < 2:
        raise InputError(
            "economies that have all of {parts}: {count}; a rank needs two",
            count=len(table),
            parts=", ".join(map(str, values.columns)),
        )
    flat = table.columns[ranks.is_constant(table.min(), table.max())]
    if len(flat):
        names = ", ".join(map(str, flat))
        raise DataError("{parts}: all values are equal, there is nothing to weigh", parts=names)
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
        values: economies down, sub-indices across, on comparable scales; in any order.
        errors: standard errors of the values (same shape), or one per sub-index; none by default.
        concentration: of the Dirichlet weights: 1 draws evenly from all weights; a series gives
            one per sub-index (official weights x a large number keep the draws near them).
        draws: how many.
        seed: of the generator.

    Returns:
        Economies down, ranks 1..n across; each row sums to 1, and so does each column but for
        ties (tied economies share the better rank).

    Raises:
        InputError: fewer than two complete economies, or more than fit into memory; no draws; a
            concentration not above 0 or an error below 0.
        DataError: an economy or sub-index twice, a value that is infinite or no number, or a
            sub-index with no variance.
    """
    draws, seed = whole_number("draws", draws), whole_number("the seed", seed, 0)
    given = _complete(values)
    rows = by_name(given.index)
    table = given.iloc[rows, by_name(given.columns)]
    scores = table.to_numpy()
    count, width = scores.shape
    check_pairs(count)
    spread = _spread(errors, table)
    alpha = _concentration(concentration, table)
    generator = np.random.default_rng(seed)
    found = np.zeros(count * count, dtype=np.int64)
    chunk = max(1, min(CHUNK, _CELLS // (count * width)))
    for first in range(0, draws, chunk):
        size = min(chunk, draws - first)
        weights = generator.dirichlet(alpha, size=size)
        totals = weights @ scores.T
        if spread is not None:
            noise = generator.standard_normal((size, count, width)) * spread
            totals = totals + np.einsum("dck,dk->dc", noise, weights)
        cells = ranks.competition_rows(totals) + (np.arange(count) * count - 1)
        found += np.bincount(cells.ravel(), minlength=count * count)
    columns = pd.RangeIndex(1, count + 1, name="rank")
    shares = np.empty((count, count))
    shares[rows] = found.reshape(count, count) / draws
    return pd.DataFrame(shares, given.index, columns)


def _spread(errors: pd.DataFrame | pd.Series | None, table: pd.DataFrame) -> np.ndarray | None:
    if errors is None:
        return None
    if not isinstance(errors, pd.Series | pd.DataFrame):
        raise InputError(
            "standard errors are a series by sub-index or a table, not {value}", value=shown(errors)
        )
    check_labels(errors.index, "the standard errors name")
    if isinstance(errors, pd.Series):
        each = to_number_series(errors, "standard error").reindex(table.columns)
        spread = np.broadcast_to(each.to_numpy(), table.shape)
    else:
        check_labels(errors.columns, "the standard errors name")
        numbers = to_numbers(errors, "standard error of")
        spread = numbers.reindex(index=table.index, columns=table.columns).to_numpy()
    rows, columns = np.nonzero(~(spread >= 0))
    if len(rows):
        raise InputError(
            "the standard error of {economy}, {part} is {value}: give 0 or more",
            economy=table.index[rows[0]],
            part=table.columns[columns[0]],
            value=spread[rows[0], columns[0]],
        )
    return spread


def _concentration(given: float | pd.Series, table: pd.DataFrame) -> np.ndarray:
    if isinstance(given, pd.Series):
        check_labels(given.index, "the concentrations name")
        unknown = given.index.difference(table.columns, sort=False)
        if len(unknown):
            raise InputError.suggest("sub-index of these values", unknown[0], table.columns)
        alpha = to_number_series(given, "concentration").reindex(table.columns).to_numpy()
    else:
        alpha = np.full(table.shape[1], finite_number("the concentration", given))
    if not ((alpha > 0) & (alpha < np.inf)).all():
        place = str(table.columns[int(np.flatnonzero(~((alpha > 0) & (alpha < np.inf)))[0])])
        raise InputError("the concentration of {part} must be above 0", part=place)
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
        raise InputError.suggest("worth of ranks", kind, worth)
    found = (table @ worth[kind]).rename("holistic")
    # By name where several are worth the same, so that the order of rows does not matter.
    named = found.iloc[by_name(found.index)]
    return named.iloc[np.argsort(-ranks.levels(named.to_numpy()), kind="stable")]


def likely(table: pd.DataFrame, economy: str, within: float = 0.9) -> pd.Series:
    """The acceptable ranks of one economy in short.

    Returns:
        mode (most frequent rank), share (of draws at it), low and high (ends of the central
        ``within`` of its ranks, each a rank that occurred: quantiles of type 1), first (share of
        draws at rank 1) and of.

    Raises:
        InputError: the economy is not in the table, or ``within`` is no share between 0 and 1.
    """
    if not 0 < within < 1:
        raise InputError(
            "the central share of ranks lies between 0 and 1, not {value}", value=within
        )
    if economy not in table.index:
        raise InputError.suggest("economy of this table", economy, table.index)
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


def _shares(weights: pd.Series, values: pd.DataFrame) -> pd.Series:
    """The weights scaled to sum to one, in the order of the values' columns.

    Raises:
        InputError: a weight twice, of no column, missing, below 0, infinite or no number, or none
            above 0.
    """
    if not isinstance(weights, pd.Series):
        raise InputError("weights are a series by sub-index, not {value}", value=shown(weights))
    check_labels(weights.index, "the weights name")
    unknown = weights.index.difference(values.columns, sort=False)
    if len(unknown):
        raise InputError.suggest("sub-index of these values", unknown[0], values.columns)
    numbers = to_number_series(weights, "weight")
    wrong = numbers.index[~(numbers >= 0)]
    if len(wrong):
        raise InputError(
            "the weight of {part} is {value}: give 0 or more",
            part=wrong[0],
            value=f"{numbers[wrong[0]]:g}",
        )
    if not 0 < numbers.sum() < np.inf:
        raise InputError("the weights must sum to more than 0")
    return numbers / numbers.sum()


def robust(
    values: pd.DataFrame, weights: pd.Series, economy: str, epsilon: float = 0.25
) -> pd.DataFrame:
    """Which comparisons of one economy hold for all weights near the official ones?

    Weights may be (1 - e) x official + e x any that sum to one. A lead of i over j holds for all
    of them exactly if (1 - e)(S_i - S_j) + e min_k(x_ik - x_jk) >= 0, so the largest e has a
    closed form, gap / (gap - least), and is 1 where no sub-index is behind.

    Args:
        values: economies down, sub-indices across.
        weights: official weights, summing to one (or scaled to); none below 0.
        economy: ISO3.
        epsilon: the contamination for the column robust.

    Returns:
        One row per other economy, nearest first: iso3, ahead (the one with the higher score),
        gap (of scores, 0 or more), least (smallest lead of the one ahead over sub-indices),
        part (where that is), epsilon (largest contamination the lead survives) and robust.

    Raises:
        InputError: the economy is absent or incomplete, weights that are refused, or epsilon is
            not from 0 to 1.
        DataError: as in `acceptability`.

    Source: Foster, McGillivray & Seth (2013), epsilon-contamination.
    """
    if not 0 <= epsilon <= 1:
        raise InputError("a contamination lies between 0 and 1, not {value}", value=epsilon)
    shares = _shares(weights, values)
    table = _complete(values[list(shares.index)])
    if economy not in table.index:
        names = ", ".join(map(str, weights.index))
        raise InputError(
            "{economy} does not have all of {parts} here", economy=economy, parts=names
        )
    others = table.drop(index=economy)
    # Where two values are the same but for rounding, neither is ahead.
    lead = (table.loc[economy] - others).mask(ranks.is_constant(others, table.loc[economy]), 0.0)
    scores = pd.Series(ranks.levels((table @ shares).to_numpy()), table.index)
    gap = scores[economy] - scores.drop(economy)
    ahead = gap >= 0
    signed = lead.mul(np.where(ahead, 1.0, -1.0), axis=0)
    size, least = gap.abs(), signed.min(axis=1)
    survives = (size / (size - least)).where(least < 0, 1.0)
    rows = pd.DataFrame(
        {
            "ahead": np.where(ahead, economy, lead.index),
            "gap": size,
            "least": least,
            "part": signed.iloc[:, by_name(signed.columns)].idxmin(axis=1),
            "epsilon": survives,
            "robust": survives >= epsilon,
        }
    )
    return rows.rename_axis("iso3").reset_index().sort_values(["gap", "iso3"], ignore_index=True)
