"""How sure is a rank, if scores have errors? Confidence sets for ranks.

Given estimates and the covariance of their errors, a set of ranks is given that holds the true
rank with a stated probability: for one economy (**marginal**) or for all at once
(**simultaneous**). The official indices print no standard errors; the covariance of forecast
residuals (`residuals`) then stands in, and every table says so in the column ``basis``.

Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Inference for Ranks with Applications to
Mobility across Neighbourhoods and Academic Achievement across Countries, Review of Economic
Studies, doi 10.1093/restud/rdad006.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from rankings.errors import DataError, InputError, suggest
from rankings.forecasts.draws import Draws

MARGINAL, SIMULTANEOUS = "marginal", "simultaneous"
GIVEN = "standard errors given"
DRAWS = 10_000
# Draws are made and compared in chunks, so that memory does not grow with their number.
CHUNK = 1000

Bounds = tuple[np.ndarray, np.ndarray]
Pairs = Sequence[tuple[int, slice | np.ndarray]]


def independent(errors: pd.Series) -> pd.DataFrame:
    """The covariance of independent errors from standard errors.

    Raises:
        DataError: a standard error is missing or below 0; the economy is named.
    """
    wrong = errors.index[~(errors >= 0)]
    if len(wrong):
        raise DataError(f"the standard error of {wrong[0]} is {errors[wrong[0]]}: give 0 or more")
    return pd.DataFrame(np.diag(errors.to_numpy(dtype=float) ** 2), errors.index, errors.index)


def residuals(draws: Draws, ahead: int = 0) -> tuple[pd.DataFrame, str]:
    """The covariance of forecast residuals, for indices that print no standard errors.

    Args:
        draws: joint draws of a model of `trend`.
        ahead: which of its editions.

    Returns:
        The covariance of the drawn scores, and the words for the column ``basis``.

    Raises:
        InputError: not more draws than economies.
    """
    scores = draws.scores[:, ahead, :]
    if len(scores) <= scores.shape[1]:
        raise InputError(
            f"{len(scores)} draws of {scores.shape[1]} economies give no covariance: draw more"
        )
    names = list(draws.iso3)
    basis = f"forecast residuals ({draws.model}, {draws.index} {draws.editions[ahead]})"
    return pd.DataFrame(np.cov(scores, rowvar=False), names, names), basis


def check_covariance(estimates: pd.Series, covariance: pd.DataFrame) -> np.ndarray:
    """The covariance in the order of the estimates.

    Raises:
        InputError: fewer than two estimates.
        DataError: an estimate or covariance is missing, or it is not symmetric and positive
            semi-definite.
    """
    if len(estimates) < 2:
        raise InputError(f"{len(estimates)} economy has no rank: give estimates of two or more")
    if estimates.isna().any():
        raise DataError(f"the estimate of {estimates.index[estimates.isna()][0]} is missing")
    table = covariance.reindex(index=estimates.index, columns=estimates.index)
    if table.isna().any().any():
        name = table.isna().sum().idxmax()
        raise DataError(f"the covariance of {name} is missing: it needs every economy ranked")
    values = table.to_numpy(dtype=float)
    size = float(np.abs(values).max())
    if not np.allclose(values, values.T, atol=1e-9 * size):
        raise DataError("the covariance is not symmetric: give one value for each pair")
    least, vector = (part[..., 0] for part in np.linalg.eigh(values))
    if least < -1e-8 * size:
        name = estimates.index[int(np.abs(vector).argmax())]
        raise DataError(
            f"the covariance is not positive semi-definite (eigenvalue {least:.3g}, mostly of "
            f"{name}): no errors can have it; give variances, or the covariance of draws"
        )
    return values


def sets(
    estimates: pd.Series,
    covariance: pd.DataFrame,
    kind: str = MARGINAL,
    *,
    level: float = 0.95,
    stepdown: bool = True,
    economies: list[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    basis: str = GIVEN,
) -> pd.DataFrame:
    """Confidence sets for ranks.

    Args:
        estimates: scores, by economy.
        covariance: of their errors, economies both ways; from `independent` or `residuals`.
        kind: `MARGINAL` or `SIMULTANEOUS`.
        level: probability that the set holds the true rank (all true ranks, if simultaneous).
        stepdown: whether differences already found are left out and the rest tested again,
            which can only make the sets smaller.
        economies: those whose sets are wanted (all by default; simultaneity is over all).
        draws: of the errors.
        seed: of the generator.
        basis: what the covariance is.

    Returns:
        Columns iso3, estimate, rank, best, worst (ends of the set), of, kind, level, basis.

    Raises:
        InputError: one economy, an unknown kind or economy, or a level not between 0 and 1.
        DataError: as `check_covariance`.
    """
    values = check_covariance(estimates, covariance)
    if kind not in (MARGINAL, SIMULTANEOUS):
        raise InputError(suggest("kind of confidence set", kind, [MARGINAL, SIMULTANEOUS]))
    if not 0 < level < 1:
        raise InputError(f"a confidence level lies between 0 and 1, not {level}")
    wanted = list(estimates.index) if economies is None else economies
    unknown = [each for each in wanted if each not in estimates.index]
    if unknown:
        raise InputError(suggest("economy of these estimates", unknown[0], estimates.index))
    best_first = np.argsort(-estimates.to_numpy(dtype=float), kind="stable")
    game = _Game(
        estimates.to_numpy(dtype=float)[best_first], values[np.ix_(best_first, best_first)]
    )
    game.simulate(draws, seed)
    places = np.argsort(best_first)[estimates.index.get_indexer(pd.Index(wanted))]
    find = game.simultaneous if kind == SIMULTANEOUS else game.marginal
    best, worst = find(places, level, stepdown)
    above = (game.scores[None, :] > game.scores[places][:, None]).sum(axis=1)
    return pd.DataFrame(
        {
            "iso3": wanted,
            "estimate": estimates.loc[wanted].to_numpy(),
            "rank": above + 1,
            "best": best,
            "worst": worst,
            "of": len(estimates),
            "kind": kind,
            "level": level,
            "basis": basis,
        }
    )


class _Game:
    """All pairwise comparisons of estimates, sorted best first, and draws of their errors."""

    def __init__(self, scores: np.ndarray, covariance: np.ndarray) -> None:
        self.scores = scores
        self.covariance = covariance
        variance = np.diag(covariance)
        spread = np.sqrt(np.clip(variance[:, None] + variance - 2 * covariance, 0, None))
        gap = scores[:, None] - scores
        # A difference without error is certain: its statistic is infinite and never drawn.
        certain = spread <= 1e-9 * max(float(spread.max()), 1e-300)
        inverse = np.where(certain, 0.0, 1 / np.where(certain, 1.0, spread))
        self.statistic = gap * inverse
        self.statistic[certain & (gap != 0)] = np.inf
        # Every pair is read from its better economy, as estimated, to its worse one.
        self.scale = (inverse * np.triu(np.ones_like(inverse))).astype(np.float32)
        self.scale -= self.scale.T

    def simulate(self, draws: int, seed: int) -> None:
        """Draw the errors, economies down."""
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.clip(values, 0, None))
        generator = np.random.default_rng(seed)
        sizes = [min(CHUNK, draws - first) for first in range(0, draws, CHUNK)]
        self.errors = [
            root.astype(np.float32) @ generator.standard_normal((len(root), size), dtype=np.float32)
            for size in sizes
        ]

    def simultaneous(self, places: np.ndarray, level: float, stepdown: bool) -> Bounds:
        """Bounds that hold for all economies at once."""
        count = len(self.scores)
        pairs = np.triu(np.ones((count, count), dtype=bool), 1)
        shown = _stepped(
            self.statistic[pairs],
            *self._extremes([(first, slice(first + 1, None)) for first in range(count)]),
            level,
            stepdown,
            lambda left: self._extremes(_rows(_placed(pairs, left)))[1],
        )
        better = _placed(pairs, shown)
        return 1 + better.sum(axis=0)[places], count - better.sum(axis=1)[places]

    def marginal(self, places: np.ndarray, level: float, stepdown: bool) -> Bounds:
        """Bounds that hold for each economy by itself."""
        bounds = [self._marginal_of(int(place), level, stepdown) for place in places]
        best, worst = np.array(bounds).reshape(-1, 2).T
        return best, worst

    def _marginal_of(self, place: int, level: float, stepdown: bool) -> tuple[int, int]:
        everybody = [(place, slice(None))]
        shown = _stepped(
            np.abs(self.statistic[place]),
            *self._extremes(everybody),
            level,
            stepdown,
            lambda left: self._extremes([(place, np.flatnonzero(left))])[1],
        )
        return 1 + int(shown[:place].sum()), len(self.scores) - int(shown[place:].sum())

    def _extremes(self, pairs: Pairs) -> Bounds:
        """In every draw the largest error against and along the estimated order.

        Args:
            pairs: one economy and those it is compared with, each.
        """
        against, along = [], []
        room = np.empty((len(self.scores), CHUNK), np.float32)
        for chunk in self.errors:
            low, high = np.zeros(chunk.shape[1], np.float32), np.zeros(chunk.shape[1], np.float32)
            for first, others in pairs:
                scale = self.scale[first, others, None]
                gaps = room[: len(scale), : chunk.shape[1]]
                np.subtract(chunk[first], chunk[others], out=gaps)
                np.multiply(gaps, scale, out=gaps)
                np.maximum(high, gaps.max(axis=0, initial=0), out=high)
                np.minimum(low, gaps.min(axis=0, initial=0), out=low)
            against.append(-low)
            along.append(high)
        return np.concatenate(against), np.concatenate(along)


def _placed(pairs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A flag for each pair, back in the table of all pairs."""
    table = np.zeros_like(pairs)
    table[pairs] = values
    return table


def _rows(table: np.ndarray) -> Pairs:
    """The flagged pairs, by first economy."""
    return [(first, np.flatnonzero(row)) for first, row in enumerate(table) if row.any()]


def _stepped(
    statistic: np.ndarray,
    down: np.ndarray,
    up: np.ndarray,
    level: float,
    stepdown: bool,
    again: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Which pairs are shown to differ: reject, leave out what is rejected, test the rest again.

    Only the estimated direction of a pair can be rejected; the other stays in every step
    (``down``). ``again`` gives the largest error along the estimated direction of pairs left.
    """
    left = np.ones(len(statistic), dtype=bool)
    while True:
        critical = float(np.quantile(np.maximum(down, up), level))
        found = left & (statistic > critical)
        left &= ~found
        if not (stepdown and found.any() and left.any()):
            return ~left
        up = again(left)


def tau_best(table: pd.DataFrame, tau: int) -> pd.DataFrame:
    """The economies that may be among the ``tau`` best: a set that holds all that are.

    Args:
        table: simultaneous sets of all economies, from `sets`.
        tau: how many best.

    Returns:
        The rows whose best rank is ``tau`` or better.

    Raises:
        InputError: marginal sets, not all economies, or a ``tau`` that does not exist.
    """
    return table.loc[table["best"] <= _check_tau(table, tau)].reset_index(drop=True)


def tau_worst(table: pd.DataFrame, tau: int) -> pd.DataFrame:
    """The economies that may be among the ``tau`` worst; as `tau_best`."""
    last = table["of"] - _check_tau(table, tau) + 1
    return table.loc[table["worst"] >= last].reset_index(drop=True)


def _check_tau(table: pd.DataFrame, tau: int) -> int:
    if not table["kind"].eq(SIMULTANEOUS).all() or len(table) != table["of"].iloc[0]:
        raise InputError("the best or worst so many need simultaneous sets of all economies")
    if not 1 <= tau <= len(table):
        raise InputError(f"the {tau} best of {len(table)} do not exist: use 1 to {len(table)}")
    return tau
