"""How far does a rank depend on the method? Every choice varied at once, and an interval each.

Method: Saisana, Saltelli and Tarantola (2005), JRSS-A 168, 307-323.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import qmc

from rankings.composite.engine import Method, build
from rankings.composite.places import Places, competition
from rankings.composite.replicates import Picks, Plan, Replicates, Varied, run
from rankings.composite.tree import Tree
from rankings.errors import DataError, InputError

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Uncertainty:
    """Rank intervals over methods, and what was varied.

    Attributes:
        intervals: one row per economy, in the data's order: iso3, reference (rank under the
            reference method), median, low (5 %), high (95 %; each a rank that occurred), mean,
            mean_shift (mean absolute distance from the reference rank), of (economies).
        mean_shift: Rbar_S, the mean of ``mean_shift`` over economies.
        varied: columns factor, count, choices.
        draws: how many replicates.
        acceptability: share of replicates in which an economy (down) takes a rank (across);
            Lahdelma and Salminen (2001), Operations Research 49(3), 444-454.
        replicates: scores and ranks of all of them.
    """

    intervals: pd.DataFrame
    mean_shift: float
    varied: pd.DataFrame
    draws: int
    acceptability: pd.DataFrame
    replicates: Replicates


def uncertainty(
    tree: Tree,
    data: pd.DataFrame,
    reference: Method,
    varied: Varied,
    *,
    seed: int,
    draws: int = 10_000,
) -> Uncertainty:
    """Rank intervals of every economy when the parts of the method named are varied at once.

    Args:
        tree: of the composite.
        data: economies down, indicators and denominators across.
        reference: the method whose ranks are the reference.
        varied: part of the method -> name of a choice -> choice; choices are equally likely.
        seed: of the scrambled Sobol sequence that picks.
        draws: how many replicates.

    Raises:
        InputError: nothing varied, an unknown part, weights or codes that are not right.
        DataError: a replicate that fails; its choices, the economy and indicator are named.
    """
    plan = Plan(tree, data, reference, varied)
    points = sequence(len(plan.sizes), draws, seed)
    return summarise(run(plan, to_picks(points, plan.sizes)))


def sequence(dimensions: int, draws: int, seed: int) -> npt.NDArray[np.float64]:
    """The first points of a scrambled Sobol sequence; a power of two is balanced exactly."""
    if draws < 1:
        raise InputError(f"at least one draw is needed, not {draws}")
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    return np.asarray(sampler.random_base2(int(np.ceil(np.log2(draws)))))[:draws]


def to_picks(points: npt.NDArray[np.float64], sizes: list[int]) -> Picks:
    """Points of the unit cube as places of choices, each choice the same share."""
    return np.minimum(points * sizes, np.array(sizes) - 1).astype(np.int64)


def reference_ranks(plan: Plan) -> Places:
    """Ranks under the reference method; `DataError` if an economy has no score under it."""
    scores = build(plan.tree, plan.data, plan.reference).scores
    if scores.isna().any():
        economy = scores.index[scores.isna()][0]
        raise DataError(f"{economy} has no score under the reference method: leave it out first")
    return competition(scores.to_numpy())


def summarise(replicates: Replicates) -> Uncertainty:
    """Intervals, shifts and acceptabilities of replicates that were run."""
    reference = reference_ranks(replicates.plan)
    share = rank_shares(replicates)
    numbers = np.arange(1, len(reference) + 1)
    distance = np.abs(numbers[None, :] - reference[:, None])
    table = pd.DataFrame(
        {
            "iso3": replicates.economies.to_numpy(),
            "reference": reference.astype("int64"),
            "median": quantile(share, 0.5),
            "low": quantile(share, LOW),
            "high": quantile(share, HIGH),
            "mean": share @ numbers,
            "mean_shift": (share * distance).sum(axis=1),
            "of": len(reference),
        }
    )
    return Uncertainty(
        intervals=table,
        mean_shift=float(table["mean_shift"].mean()),
        varied=replicates.plan.table(),
        draws=len(replicates.row_of),
        acceptability=pd.DataFrame(share, index=replicates.economies, columns=numbers),
        replicates=replicates,
    )


def rank_shares(replicates: Replicates) -> npt.NDArray[np.float64]:
    """Share of replicates in which each economy (down) takes each rank (across)."""
    count = replicates.ranks.shape[1]
    times = np.bincount(replicates.row_of, minlength=len(replicates.ranks)).astype("float64")
    cells = replicates.ranks.astype(np.int64) - 1 + np.arange(count) * count
    tally = np.bincount(cells.ravel(), np.repeat(times, count), minlength=count * count)
    return tally.reshape(count, count) / len(replicates.row_of)


def quantile(share: npt.NDArray[np.float64], level: float) -> npt.NDArray[np.int64]:
    """The smallest rank at which a share of at least ``level`` is reached, for each row."""
    reached = np.cumsum(share, axis=1) >= level - 1e-9
    return np.argmax(reached, axis=1).astype(np.int64) + 1
