"""How far does a rank depend on the method? Every choice varied at once, and an interval each.

**Quantiles.** The ends of an interval and its median are by default ranks that occurred: the
smallest rank that a share of at least so many replicates reach (`OCCURRED`, type 1 in R).
`INTERPOLATED` is the peer's definition (type 7, the default of R and numpy), which may lie between
two ranks. The intervals of Sobol indices take the nearest resample (`sobol`), the critical values
of confidence sets are type 7 (`rankings.analysis.confidence`), the acceptable ranks type 1
(`rankings.analysis.acceptability`).

Method: Saisana, Saltelli and Tarantola (2005), JRSS-A 168, 307-323.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.engine import Method
from rankings.composite.places import Places, competition
from rankings.composite.replicates import Picks, Plan, Replicates, Varied, run
from rankings.composite.tree import Tree
from rankings.errors import DataError, InputError
from rankings.panel.inputs import check_draws, check_pairs, whole_number

Quantiles = Literal["inverted_cdf", "linear"]

LOW, HIGH = 0.05, 0.95
OCCURRED: Quantiles = "inverted_cdf"
INTERPOLATED: Quantiles = "linear"
_CELLS = 2_000_000  # counts and ranks taken up at once


@dataclass(frozen=True)
class Uncertainty:
    """Rank intervals over methods, and what was varied.

    Attributes:
        intervals: one row per economy, in the data's order: iso3, reference (rank under the
            reference method), median, low (5 %), high (95 %), mean, mean_shift (mean absolute
            distance from the reference rank), of (economies). Which quantiles: see the module.
        mean_shift: Rbar_S, the mean of ``mean_shift`` over economies.
        varied: columns factor, count, choices.
        draws: how many replicates.
        replicates: ranks (and on demand scores) of all of them.
    """

    intervals: pd.DataFrame
    mean_shift: float
    varied: pd.DataFrame
    draws: int
    replicates: Replicates

    @cached_property
    def acceptability(self) -> pd.DataFrame:
        """Share of replicates in which an economy (down) takes a rank (across).

        Lahdelma and Salminen (2001), Operations Research 49(3), 444-454.

        Raises:
            InputError: a table of all economies by all ranks does not fit into memory.
        """
        share = rank_shares(self.replicates)
        numbers = np.arange(1, len(share) + 1)
        return pd.DataFrame(share, index=self.replicates.economies, columns=numbers)


def uncertainty(
    tree: Tree,
    data: pd.DataFrame,
    reference: Method,
    varied: Varied,
    *,
    seed: int,
    draws: int = 10_000,
    quantiles: Quantiles = OCCURRED,
) -> Uncertainty:
    """Rank intervals of every economy when the parts of the method named are varied at once.

    Args:
        tree: of the composite.
        data: economies down, indicators and denominators across.
        reference: the method whose ranks are the reference.
        varied: part of the method -> name of a choice -> choice; choices are equally likely.
        seed: of the scrambled Sobol sequence that picks.
        draws: how many replicates.
        quantiles: `OCCURRED` or `INTERPOLATED` (the peer's).

    Raises:
        InputError: nothing varied, an unknown part, weights or codes that are not right, too few
            draws for the interval, or more than fit into memory.
        DataError: a replicate that fails; its choices, the economy and indicator are named.
    """
    plan = Plan(tree, data, reference, varied)
    points = sequence(len(plan.sizes), check_draws(draws, LOW), seed)
    return summarise(run(plan, to_picks(points, plan.sizes)), quantiles)


def sequence(dimensions: int, draws: int, seed: int) -> npt.NDArray[np.float64]:
    """The first points of a scrambled Sobol sequence; a power of two is balanced exactly."""
    if draws < 1:
        raise InputError(f"at least one draw is needed, not {draws}")
    draws = whole_number("draws", draws)
    generator = np.random.default_rng(whole_number("the seed", seed, 0))
    # Imported where it is used: scipy.stats takes a second, and most commands draw nothing.
    from scipy.stats import qmc

    sampler = qmc.Sobol(dimensions, scramble=True, rng=generator)
    return np.asarray(sampler.random_base2(int(np.ceil(np.log2(draws)))))[:draws]


def to_picks(points: npt.NDArray[np.float64], sizes: list[int]) -> Picks:
    """Points of the unit cube as places of choices, each choice the same share."""
    return np.minimum(points * sizes, np.array(sizes) - 1).astype(np.int64)


def reference_ranks(plan: Plan) -> Places:
    """Ranks under the reference method; `DataError` if an economy has no score under it."""
    scores = plan.reference_scores()
    if scores.isna().any():
        economy = scores.index[scores.isna()][0]
        raise DataError(f"{economy} has no score under the reference method: leave it out first")
    return competition(scores.to_numpy())


def summarise(replicates: Replicates, quantiles: Quantiles = OCCURRED) -> Uncertainty:
    """Intervals and shifts of replicates that were run; raises as `uncertainty`."""
    if quantiles not in (OCCURRED, INTERPOLATED):
        raise InputError.suggest("definition of quantiles", quantiles, [OCCURRED, INTERPOLATED])
    reference = reference_ranks(replicates.plan)
    blocks = [
        _spread(tally, reference[columns], quantiles) for columns, tally in _tallies(replicates)
    ]
    table = pd.DataFrame(
        {
            "iso3": replicates.economies.to_numpy(),
            "reference": reference.astype("int64"),
            **{name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]},
            "of": len(reference),
        }
    )
    return Uncertainty(
        intervals=table,
        mean_shift=float(table["mean_shift"].mean()),
        varied=replicates.plan.table(),
        draws=len(replicates.row_of),
        replicates=replicates,
    )


def _tallies(replicates: Replicates) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
    """How often some economies (down) take each rank (across), a bounded block at a time."""
    count, draws = len(replicates.economies), len(replicates.row_of)
    repeated = len(replicates.ranks) < draws or not np.array_equal(
        replicates.row_of, np.arange(draws)
    )
    step = max(1, _CELLS // max(count, draws))
    for start in range(0, count, step):
        columns = slice(start, start + step)
        ranks = replicates.ranks[:, columns]
        ranks = ranks[replicates.row_of] if repeated else ranks
        width = ranks.shape[1]
        cells = ranks + (np.arange(width, dtype=np.int64) * count - 1)
        yield columns, np.bincount(cells.ravel(), minlength=width * count).reshape(width, count)


def _spread(
    tally: npt.NDArray[np.int64], reference: Places, quantiles: Quantiles
) -> dict[str, npt.NDArray[np.generic]]:
    """Median, ends, mean and mean shift of the ranks of some economies (down)."""
    draws, numbers = int(tally[0].sum()), np.arange(1, tally.shape[1] + 1)
    reached = np.cumsum(tally, axis=1)
    distance = np.abs(numbers - reference[:, None])
    return {
        **{
            name: quantile(reached, level, quantiles)
            for name, level in (("median", 0.5), ("low", LOW), ("high", HIGH))
        },
        "mean": tally @ numbers / draws,
        "mean_shift": (tally * distance).sum(axis=1) / draws,
    }


def quantile(
    reached: npt.NDArray[np.int64], level: float, quantiles: Quantiles = OCCURRED
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """A quantile of ranks for each row.

    Args:
        reached: in how many draws a rank (across, from 1) or a better one was taken.
        level: between 0 and 1.
        quantiles: which definition; see the module.
    """
    draws = int(reached[0, -1])

    def taken(place: int) -> npt.NDArray[np.int64]:
        """The rank at a place (from 0) of all draws in order."""
        return (reached <= place).sum(axis=1) + 1

    if quantiles == OCCURRED:
        return taken(max(0, int(np.ceil(level * draws * (1 - 1e-12))) - 1))
    place = level * (draws - 1)
    low, high = taken(int(place)), taken(min(int(place) + 1, draws - 1))
    return low + (place - int(place)) * (high - low)


def rank_shares(replicates: Replicates) -> npt.NDArray[np.float64]:
    """Share of replicates in which each economy (down) takes each rank (across).

    Raises:
        InputError: the table does not fit into memory.
    """
    count = len(replicates.economies)
    check_pairs(count)
    tally = np.vstack([tally for _, tally in _tallies(replicates)])
    return tally / len(replicates.row_of)
