"""How sure is a rank, if scores have errors? Confidence sets for ranks.

Given estimates and the covariance of their errors, a set of ranks is given that holds the true
rank with a stated probability: for one economy (**marginal**) or for all at once
(**simultaneous**). The official indices print no standard errors; the covariance of forecast
residuals (`residuals`) then stands in, and every table says so in the column ``basis``. Critical
values are quantiles of type 7 (interpolated; the definition of R and numpy).

Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Inference for Ranks with Applications to
Mobility across Neighbourhoods and Academic Achievement across Countries, Review of Economic
Studies, doi 10.1093/restud/rdad006.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from rankings.errors import DataError, InputError, Phrase
from rankings.forecasts.draws import Draws
from rankings.panel import ranks
from rankings.panel.inputs import (
    by_name,
    check_draws,
    check_labels,
    check_pairs,
    finite_number,
    to_number_series,
    to_numbers,
    whole_number,
)

MARGINAL, SIMULTANEOUS = "marginal", "simultaneous"
GIVEN = "standard errors given"
DRAWS = 10_000
# So many draws must lie beyond the critical value: with fewer it is a matter of chance.
BEYOND = 10
# Draws are made and compared in chunks, so that memory does not grow with their number.
CHUNK = 1000
# A variance of a difference below this share of the two variances is what rounding leaves.
CERTAIN = 64 * np.finfo(np.float64).eps
# Tables of all pairs that are held at once, in numbers of eight bytes.
_TABLES = 10

Bounds = tuple[np.ndarray, np.ndarray]
Pairs = Sequence[tuple[int, slice | np.ndarray]]


def independent(errors: pd.Series) -> pd.DataFrame:
    """The covariance of independent errors from standard errors.

    Raises:
        DataError: a standard error is missing, below 0, infinite, too large to be squared or no
            number, or an economy is there twice; the economy is named.
    """
    check_labels(errors.index, "the standard errors name")
    numbers = to_number_series(errors, "standard error")
    # A square beyond these is no number any more.
    wrong = errors.index[~(numbers.between(1e-150, 1e150) | (numbers == 0))]
    if len(wrong):
        limits = Phrase("use another unit") if numbers[wrong[0]] > 0 else Phrase("give 0 or more")
        raise DataError(
            "the standard error of {economy} is {value}: {reason}",
            economy=wrong[0],
            value=errors[wrong[0]],
            reason=limits,
        )
    check_pairs(len(errors), _TABLES)
    return pd.DataFrame(np.diag(numbers.to_numpy() ** 2), errors.index, errors.index)


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
            "{draws} draws of {count} economies give no covariance: draw more",
            draws=len(scores),
            count=scores.shape[1],
        )
    names = list(draws.iso3)
    basis = f"forecast residuals ({draws.model}, {draws.index} {draws.editions[ahead]})"
    return pd.DataFrame(np.cov(scores, rowvar=False), names, names), basis


def check_covariance(estimates: pd.Series, covariance: pd.DataFrame) -> np.ndarray:
    """The covariance in the order of the estimates.

    Raises:
        InputError: fewer than two estimates, or more than fit into memory.
        DataError: an estimate or covariance that is missing, infinite or no number, an economy
            twice, or a covariance that is not symmetric and positive semi-definite.
    """
    if len(estimates) < 2:
        raise InputError(
            "economies with an estimate: {count}; a rank needs two or more", count=len(estimates)
        )
    check_labels(estimates.index, "the estimates name")
    if to_number_series(estimates, "estimate").isna().any():
        raise DataError(
            "the estimate of {economy} is missing", economy=estimates.index[estimates.isna()][0]
        )
    check_pairs(len(estimates), _TABLES)
    for labels in (covariance.index, covariance.columns):
        check_labels(labels, "the covariance names")
    table = covariance.reindex(index=estimates.index, columns=estimates.index)
    if table.isna().any().any():
        name = table.isna().sum().idxmax()
        raise DataError(
            "the covariance of {economy} is missing: it needs every economy ranked", economy=name
        )
    values = to_numbers(table, "covariance with").to_numpy()
    _check_symmetric(values)
    _check_definite(values, estimates.index)
    return values


def _deviations(covariance: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.clip(np.diag(covariance), 0, None)))


def _correlations(covariance: np.ndarray) -> np.ndarray:
    """Each error in its own unit, so that no large one hides the small ones; 0 without error."""
    deviation = _deviations(covariance)
    inverse = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return np.asarray(covariance * inverse[:, None] * inverse)


def _check_symmetric(values: np.ndarray) -> None:
    deviation = _deviations(values)
    size = deviation[:, None] * deviation
    if (np.abs(values - values.T) > 1e-9 * size).any():
        raise DataError("the covariance is not symmetric: give one value for each pair")


def _check_definite(values: np.ndarray, names: pd.Index) -> None:
    """That there are errors with this covariance; `DataError` names who stands out."""
    variance = np.diag(values)
    # An error of no variance varies with no other.
    lone = (variance[:, None] <= 0) & (values != 0)
    below = np.flatnonzero((variance < 0) | lone.any(axis=1))
    if len(below):
        name, least = names[below[0]], float(variance[below[0]])
        problem = Phrase("the variance of {economy} is {value}", economy=name, value=f"{least:.3g}")
    elif _is_diagonal(values):
        return
    else:
        least, vector = (part[..., 0] for part in np.linalg.eigh(_correlations(values)))
        if least >= -1e-8:
            return
        name = names[int(np.abs(vector).argmax())]
        problem = Phrase(
            "eigenvalue {value} of the correlations, mostly of {economy}",
            value=f"{least:.3g}",
            economy=name,
        )
    raise DataError(
        "the covariance is not positive semi-definite ({problem}): no errors can have "
        "it; give variances, or the covariance of draws",
        problem=problem,
    )


def _is_diagonal(values: np.ndarray) -> bool:
    return np.count_nonzero(values) == np.count_nonzero(np.diag(values))


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
        InputError: one economy, an unknown kind or economy, a level not between 0 and 1, draws
            too few for the level, or more economies than fit into memory.
        DataError: as `check_covariance`.
    """
    if kind not in (MARGINAL, SIMULTANEOUS):
        raise InputError.suggest("kind of confidence set", kind, [MARGINAL, SIMULTANEOUS])
    if not 0 < finite_number("a confidence level", level) < 1:
        raise InputError("a confidence level lies between 0 and 1, not {level}", level=level)
    draws, seed = check_draws(draws, level, BEYOND), whole_number("the seed", seed, 0)
    values = check_covariance(estimates, covariance)
    wanted = list(estimates.index) if economies is None else economies
    unknown = [each for each in wanted if each not in estimates.index]
    if unknown:
        raise InputError.suggest("economy of these estimates", unknown[0], estimates.index)
    # Scores that differ by rounding only are the same; by name where they are.
    scores = ranks.levels(estimates.to_numpy(dtype=float))
    named = by_name(estimates.index)
    best_first = named[np.argsort(-scores[named], kind="stable")]
    game = _Game(scores[best_first], values[np.ix_(best_first, best_first)])
    game.simulate(draws, seed)
    places = np.argsort(best_first)[estimates.index.get_indexer(pd.Index(wanted))]
    find = game.simultaneous if kind == SIMULTANEOUS else game.marginal
    best, worst = find(places, level, stepdown)
    above = ranks.count_above(game.scores[places], game.scores)
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
        size = float(np.diag(covariance).max())
        # In units of the largest error: the statistics have no unit.
        self.covariance = covariance / size if size > 0 else covariance
        variance = np.diag(self.covariance)
        both = variance[:, None] + variance
        square = both - 2 * self.covariance
        gap = scores[:, None] - scores
        # A difference without error is certain: its statistic is infinite and never drawn. What
        # is without error is judged by the two economies alone, whatever the errors of others.
        certain = square <= CERTAIN * both
        spread = np.sqrt(np.where(certain, 1.0, square)) * (np.sqrt(size) if size > 0 else 1.0)
        self.statistic = np.where(certain, 0.0, gap / spread)
        self.statistic[certain & (gap != 0)] = np.inf
        self._kind = _precision(square, both, certain)
        # Every pair is read from its better economy, as estimated, to its worse one.
        inverse = np.where(certain, 0.0, 1 / np.sqrt(np.where(certain, 1.0, square)))
        self.scale = np.triu(inverse).astype(self._kind)
        self.scale -= self.scale.T

    def simulate(self, draws: int, seed: int) -> None:
        """Draw the errors, economies down."""
        deviation = _deviations(self.covariance)[:, None].astype(self._kind)
        generator = np.random.default_rng(seed)
        sizes = [min(CHUNK, draws - first) for first in range(0, draws, CHUNK)]
        plain = (
            generator.standard_normal((len(deviation), size), dtype=np.float32).astype(self._kind)
            for size in sizes
        )
        if _is_diagonal(self.covariance):
            self.errors = [deviation * chunk for chunk in plain]
            return
        values, vectors = np.linalg.eigh(_correlations(self.covariance))
        root = deviation * (vectors * np.sqrt(np.clip(values, 0, None))).astype(self._kind)
        self.errors = [root @ chunk for chunk in plain]

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
        room = np.empty((len(self.scores), CHUNK), self._kind)
        for chunk in self.errors:
            low, high = np.zeros((2, chunk.shape[1]), self._kind)
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


def _precision(square: np.ndarray, both: np.ndarray, certain: np.ndarray) -> type[np.floating]:
    """Four bytes a number where they suffice; eight where errors nearly cancel or vanish."""
    share = np.where(certain, 1.0, square / np.where(both > 0, both, 1.0))
    small = np.where(certain, 1.0, square).min()
    return np.float32 if share.min() > 1e-6 and small > 1e-60 else np.float64


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
        raise InputError(
            "the {count} best of {last} do not exist: use 1 to {last}", count=tau, last=len(table)
        )
    return tau
