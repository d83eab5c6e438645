"""Why is the place what it is? Exact splits of a distance, in score and in places.

With up to `EXACT` parts every order of joining is counted. With more the orders are sampled, each
with its reverse, and the standard error of what is estimated is given.
"""

from collections.abc import Callable, Mapping
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.errors import InputError, NotKnown
from rankings.panel import ranks
from rankings.panel.inputs import (
    by_name,
    check_labels,
    finite_number,
    to_number_series,
    to_numbers,
    whole_number,
)

Array = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]

ROUNDING = "rounding"
EXACT = 10
PAIRS = 1000  # of orders; the standard error falls with their root

# Weights that sum to so nearly 1 are those of a mean, printed with few decimals.
_NEAR_ONE = 0.005
# What weights of another sum leave of a score may be this share of it, to be rounding.
_ROUNDED = 0.05


def shapley(players: list[str], worth: dict[frozenset[str], float]) -> pd.Series:
    """The Shapley value of each player: its mean contribution over all orders of joining.

    Args:
        players: their names.
        worth: what each coalition (every subset of players) is worth.

    Returns:
        One value per player; they sum to worth(all) - worth(nobody) exactly.

    Source: Shapley (1953), A value for n-person games.
    """
    count = len(players)
    values = dict.fromkeys(players, 0.0)
    for player in players:
        rest = [other for other in players if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for group in combinations(rest, size):
                before = frozenset(group)
                values[player] += weight * (worth[before | {player}] - worth[before])
    return pd.Series(values)


def sample_orders(
    count: int, walk: Callable[[Order], Array], pairs: int | None = None, seed: int = 0
) -> tuple[Array, Array]:
    """Shapley values of many players from orders of joining drawn at random.

    Each order is followed by its reverse (antithetic): a player who joins early in one joins late
    in the other, which takes most of the chance out of the mean.

    Args:
        count: of players.
        walk: gives, for an order of players (their places from 0), the worth of nobody, of the
            first, of the first two ...: (count + 1, games).
        pairs: of orders; `PAIRS` by default.
        seed: of the generator.

    Returns:
        The values and their standard errors, (count, games) each. Over the players the values sum
        to worth(all) - worth(nobody), as in the exact value.

    Source: Castro, Gomez and Tejada (2009), Polynomial calculation of the Shapley value based on
    sampling, Computers & Operations Research 36, 1726-1730.
    """
    pairs = whole_number("pairs of orders", PAIRS if pairs is None else pairs, 2)
    generator = np.random.default_rng(whole_number("the seed", seed, 0))
    first = _pair(walk, generator.permutation(count))
    # Sums of differences to the first pair: exactly 0 where all pairs agree.
    total, squares = np.zeros_like(first), np.zeros_like(first)
    for _ in range(pairs - 1):
        off = _pair(walk, generator.permutation(count)) - first
        total += off
        squares += off * off
    variance = np.clip(squares - total * total / pairs, 0, None) / (pairs - 1)
    return first + total / pairs, np.sqrt(variance / pairs)


def _pair(walk: Callable[[Order], Array], order: Order) -> Array:
    """What each player adds, the mean over an order and its reverse."""
    added = np.zeros(())
    for each in (order, order[::-1]):
        gains = np.diff(walk(each), axis=0)
        added = added + gains[np.argsort(each)]
    return np.asarray(added / 2)


def distance(
    scores: pd.Series,
    parts: pd.DataFrame,
    weights: pd.Series,
    economy: str,
    reference: pd.Series,
    seed: int = 0,
) -> pd.DataFrame:
    """The distance of one economy to a reference, split by sub-index in score and in places.

    The economy's sub-indices are replaced by the reference's, alone and in every combination,
    while every other economy keeps its score; the place it would take is looked up each time.

    Args:
        scores: published overall score of each economy, indexed by ISO3.
        parts: its sub-indices, economies down and components across.
        weights: weight of each component in the overall score: they sum to 1, or the scores are
            the weighted sum that they make.
        economy: ISO3 of the economy.
        reference: the components of the reference and its overall score under ``scores.name``.
        seed: of the sampled orders, where there are more than `EXACT` components.

    Returns:
        One row per component and one ``rounding`` row (published overall scores differ from
        the weighted sub-indices in the last printed decimal), with the columns component, own,
        reference, gap (reference - own), points (weight x gap; they sum to the gap in overall
        score), places (Shapley; they sum to the change of rank; negative is towards 1st),
        places_error (standard error of places where orders are sampled, 0 where all are counted)
        and places_alone (this component at the reference's level and nothing else).

    Raises:
        InputError: the economy is not in this edition, a sub-index is missing, or weights that
            name a component twice or none that is there, are negative or missing, or do not sum
            to 1 where the scores are a mean.
        DataError: an economy twice, or a value that is infinite or no number.
    """
    return _away_from(*_checked(scores, parts, weights), economy, reference, seed)


def distances(
    scores: pd.Series,
    parts: pd.DataFrame,
    weights: pd.Series,
    economy: str,
    references: Mapping[str, pd.Series],
) -> dict[str, pd.DataFrame]:
    """`distance` to each of several references, by their names."""
    checked = _checked(scores, parts, weights)
    return {name: _away_from(*checked, economy, each, 0) for name, each in references.items()}


def _away_from(
    scores: pd.Series,
    parts: pd.DataFrame,
    weights: pd.Series,
    economy: str,
    reference: pd.Series,
    seed: int,
) -> pd.DataFrame:
    if economy not in scores.index or pd.isna(scores[economy]):
        raise InputError(
            "{economy} has no {part} in this edition: nothing to split",
            economy=economy,
            part=scores.name,
        )
    own, there = _sides(parts, weights, economy, reference)
    overall = reference.get(str(scores.name))
    if pd.isna(overall):
        raise InputError("the reference has no {part}: nothing to split", part=scores.name)
    overall = finite_number(f"{scores.name} of the reference", overall)
    if ROUNDING in weights.index:
        raise InputError("a component cannot be called {name}: rename it", name=ROUNDING)
    gap = there - own
    points = weights * gap
    total = float(overall - scores[economy])
    points[ROUNDING] = total - points.sum()
    others = scores.drop(economy).dropna().to_numpy()
    start = float(scores[economy])

    def place(added: npt.ArrayLike) -> Array:
        return ranks.count_above(start + np.asarray(added), others).astype(np.float64)

    places, errors = _split(points, place, seed)
    table = pd.DataFrame(
        {
            "own": own,
            "reference": there,
            "gap": gap,
            "points": points,
            "places": places,
            "places_error": errors,
            "places_alone": pd.Series(place(points) - place(0.0), points.index),
        }
    ).reindex([*weights.index, ROUNDING])
    return table.rename_axis("component").reset_index()


def _split(
    points: pd.Series, place: Callable[[npt.ArrayLike], Array], seed: int
) -> tuple[pd.Series, pd.Series]:
    """Shapley values in places of parts that add points, and their standard errors."""
    if len(points) - 1 <= EXACT:
        labels, added = list(points.index), points.to_numpy(dtype=float)
        count = len(added)
        groups = [each for size in range(count + 1) for each in combinations(range(count), size)]
        sums = [float(added[list(group)].sum()) for group in groups]
        names = [frozenset(labels[at] for at in group) for group in groups]
        worth = dict(zip(names, place(sums).tolist(), strict=True))
        return shapley(labels, worth), pd.Series(0.0, points.index)
    named = points.iloc[by_name(points.index)]
    steps = named.to_numpy()

    def walk(order: Order) -> Array:
        return place(np.append(0.0, np.cumsum(steps[order])))[:, None]

    values, errors = sample_orders(len(named), walk, seed=seed)
    return pd.Series(values[:, 0], named.index), pd.Series(errors[:, 0], named.index)


def _checked(
    scores: pd.Series, parts: pd.DataFrame, weights: pd.Series
) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """Scores, the parts that weigh, and their weights as numbers; refuses as `distance`."""
    check_labels(weights.index, "the weights name")
    unknown = weights.index.difference(parts.columns, sort=False)
    if len(unknown):
        raise InputError.suggest("component of this edition", unknown[0], parts.columns)
    for labels in (scores.index, parts.index, parts.columns):
        check_labels(labels, "this edition has")
    numbers = to_number_series(weights, "weight")
    wrong = numbers.index[~(numbers >= 0)]
    if len(wrong):
        raise InputError(
            "the weight of {part} is {value}: give 0 or more",
            part=wrong[0],
            value=f"{numbers[wrong[0]]:g}",
        )
    held = to_number_series(scores, str(scores.name))
    table = to_numbers(parts[list(weights.index)], "component")
    _check_sum(held, table, numbers)
    return held, table, numbers


def _check_sum(scores: pd.Series, parts: pd.DataFrame, weights: pd.Series) -> None:
    """Weights sum to 1, or the scores are their weighted sum (as in the GCI), not the mean."""
    total = float(weights.sum())
    if abs(total - 1) <= _NEAR_ONE:
        return
    if not total > 0:
        raise InputError("the weights sum to 0: nothing is weighed")
    weighted = parts @ weights
    as_sum = (scores - weighted).abs().median()
    as_mean = (scores - weighted / total).abs().median()
    if not (as_sum <= as_mean and as_sum <= _ROUNDED * scores.abs().median()):
        raise InputError(
            "the weights sum to {total}, not 1, and {part} is not the sum they make: "
            "divide each by {total}",
            total=f"{total:g}",
            part=scores.name,
        )


def _sides(
    parts: pd.DataFrame, weights: pd.Series, economy: str, reference: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """The components of the economy and of its reference; `InputError` if one is missing."""
    check_labels(reference.index, "the reference has")
    own = parts.reindex([economy]).iloc[0].rename(None)
    there = to_number_series(reference.reindex(weights.index), "reference")
    lacking = [name for name in weights.index if pd.isna(own[name]) or pd.isna(there[name])]
    if lacking:
        raise NotKnown(
            "{economy} or its reference has no {part} in this edition: no exact split",
            economy=economy,
            part=lacking[0],
        )
    return own, there


def mean_of(parts: pd.DataFrame, scores: pd.Series, economies: pd.Index) -> pd.Series:
    """The mean sub-indices and overall score of some economies: a reference for `distance`."""
    reference = parts.loc[economies].mean()
    reference[str(scores.name)] = scores[economies].mean()
    return reference
