"""Which place does a score take, and of how many?

Three kinds of rank are kept apart everywhere. **Published**: printed by the publisher, data.
**Competition**: 1 + number of economies strictly above, of so many economies. **Dense**: 1 +
number of distinct scores above, of so many ranks.

Two scores are **the same score** if they differ by no more than arithmetic on floating point
leaves behind: `SAME` times the larger of the two, and a few units in the last place of the
largest score of all. Scores of which each is the same as the next form one level and share a
rank. The rule is relative, so that scores in another unit keep their ranks; every rank, tie and
share in this package rests on it (the composite engine, acceptability, change, decompose and
confidence among them).
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.errors import InputError

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]

SAME = 1e-12
_LAST_PLACES = 64 * np.finfo(np.float64).eps
_BLOCK = 1 << 18  # numbers ranked at once: they stay in the processor's cache

# Points and places (not scores) nearer to nothing than this are shown as nothing.
TOLERANCE = 1e-9


# Arrays of scores


def competition_rows(scores: Array, tolerance: float = SAME) -> Places:
    """Competition rank of each score along the last axis, best (highest) 1; ties share.

    Args:
        scores: with any leading axes (draws); no missing value.
        tolerance: relative; with 0 scores that differ in the last bit do not tie.
    """
    return _ascending(-np.asarray(scores, dtype=np.float64), tolerance)


def from_worst(values: Array, tolerance: float = SAME) -> Array:
    """1 + number of values strictly below, along the last axis; missing stays missing."""
    held = ~np.isnan(values)
    if held.all():
        return _ascending(values, tolerance).astype(np.float64)
    flat, known = (each.reshape(-1, values.shape[-1]) for each in (values, held))
    result = np.full(flat.shape, np.nan)
    for row, here in enumerate(known):
        result[row, here] = _ascending(flat[row, here], tolerance)
    return result.reshape(values.shape)


def from_best(values: Array, tolerance: float = SAME) -> Array:
    """1 + number of values strictly above, along the last axis; missing stays missing."""
    return from_worst(-values, tolerance)


def levels(values: Array, tolerance: float = SAME) -> Array:
    """The values of one row with those of a level made equal: the lowest of them."""
    result = np.array(values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(result))
    order = known[np.argsort(result[known], kind="stable")]
    ordered = result[order]
    first = np.arange(len(order))
    first[_ties(_bounded(ordered)[None, :], tolerance)[1]] = 0
    result[order] = ordered[np.maximum.accumulate(first)]
    return result


def count_above(values: npt.ArrayLike, others: npt.ArrayLike, tolerance: float = SAME) -> Places:
    """How many of ``others`` lie strictly above each value, ties as in `competition_rows`."""
    asked, ordered = (np.asarray(each, dtype=np.float64) for each in (values, others))
    first = _first_above(asked, np.sort(ordered), tolerance)
    return (len(ordered) - first).astype(np.int32)


def count_others_above(values: Array, world: Array, tolerance: float = SAME) -> Places:
    """How many of a world lie strictly above each value that takes the place of one of it.

    Args:
        values: economies of the world along the last axis; each is compared with all others.
        world: one score for each economy.
        tolerance: as in `competition_rows`.
    """
    order = np.argsort(world)
    own = np.empty(len(world), dtype=np.int64)
    own[order] = np.arange(len(world))
    first = _first_above(values, world[order], tolerance)
    return (len(world) - first - (own >= first)).astype(np.int32)


def _first_above(asked: Array, ordered: Array, tolerance: float) -> npt.NDArray[np.int64]:
    """The place in sorted scores of the first that lies strictly above each value."""
    whole = _bounded(np.append(ordered, asked))
    ordered, asked = whole[: len(ordered)], whole[len(ordered) :].reshape(asked.shape)
    if not len(ordered):
        return np.zeros(asked.shape, dtype=np.int64)
    at = np.searchsorted(ordered, asked)
    nearest = np.minimum(at, len(ordered) - 1)
    most = np.maximum(np.abs(asked), np.abs(ordered[[0, -1]]).max())
    tied = (at < len(ordered)) & _same(asked, ordered[nearest], most, tolerance)
    return np.where(tied, _ends(ordered, tolerance)[nearest], at)


def is_constant(low: npt.ArrayLike, high: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether values between ``low`` and ``high`` are all the same but for rounding."""
    worst, best = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    return _same(worst, best, np.maximum(np.abs(worst), np.abs(best)), SAME)


def _same(one: Array, other: Array, most: Array, tolerance: float) -> npt.NDArray[np.bool_]:
    """Whether two numbers are one, beside others of which ``most`` is the largest magnitude."""
    size = np.maximum(np.abs(one), np.abs(other))
    noise = most * (_LAST_PLACES if tolerance > 0 else 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(one - other) <= size * tolerance + noise)


def _bounded(values: Array) -> Array:
    """The values with infinite ones just beyond all others, where differences are numbers."""
    infinite = np.isinf(values)
    if not infinite.any():
        return values
    most = float(np.abs(values[~infinite & ~np.isnan(values)]).max(initial=0.0)) or 1.0
    edge = min(2 * most, float(np.finfo(np.float64).max))
    return np.clip(values, -edge, edge)


def _ascending(values: Array, tolerance: float) -> Places:
    """1 + number of values strictly below, along the last axis."""
    count = values.shape[-1]
    rows = np.ascontiguousarray(_bounded(values)).reshape(-1, max(1, count))
    places = np.empty(rows.shape, dtype=np.int32)
    step = max(1, _BLOCK // max(1, count))
    for start in range(0, len(rows), step):
        _place(rows[start : start + step], places[start : start + step], tolerance)
    return places.reshape(values.shape)


def _place(rows: Array, places: Places, tolerance: float) -> None:
    """Fill in the places of a block of rows."""
    order = np.argsort(rows, axis=1)
    order += np.arange(len(rows))[:, None] * rows.shape[1]
    ordered = rows.ravel()[order]
    counted = np.broadcast_to(np.arange(1, rows.shape[1] + 1, dtype=np.int32), rows.shape)
    row, place = _ties(ordered, tolerance)
    if len(row):
        counted = counted.copy()
        counted[row, place] = 1
        tied = np.unique(row)
        counted[tied] = np.maximum.accumulate(counted[tied], axis=1)
    places.reshape(-1)[order] = counted


def _ties(ordered: Array, tolerance: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row and place of each value that is the same as the one before it, in sorted rows."""
    if ordered.shape[1] < 2:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # Sorted, so the largest magnitude of a row stands at one of its two ends.
    most = np.maximum(np.abs(ordered[:, 0]), np.abs(ordered[:, -1]))
    reach = most * (tolerance + (_LAST_PLACES if tolerance > 0 else 0.0))
    with np.errstate(over="ignore"):
        row, place = np.nonzero(ordered[:, 1:] - ordered[:, :-1] <= reach[:, None])
    same = _same(ordered[row, place], ordered[row, place + 1], most[row], tolerance)
    return row[same], place[same] + 1


def _ends(ordered: Array, tolerance: float) -> npt.NDArray[np.int64]:
    """For each of sorted values the place after the last of its level."""
    ends = np.arange(1, len(ordered) + 1)
    ends[_ties(ordered[None, :], tolerance)[1] - 1] = len(ordered)
    return np.minimum.accumulate(ends[::-1])[::-1]


# Series of scores and the panel


def _numbers(scores: pd.Series) -> Array:
    return scores.to_numpy(dtype="float64", na_value=np.nan)


def competition(scores: pd.Series) -> pd.Series:
    """Competition rank of each score, best 1; ties share the better place, missing is missing."""
    places = from_best(_numbers(scores))
    return pd.Series(places, scores.index, name=scores.name).astype("Int64")


def dense(scores: pd.Series) -> pd.Series:
    """Dense rank of each score, best 1; equal scores share a place and leave no gap."""
    level = pd.Series(levels(_numbers(scores)), scores.index, name=scores.name)
    return level.rank(ascending=False, method="dense").astype("Int64")


def add_ranks(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel with the ranks derived from its values, beside the published one.

    Returns:
        The panel and the columns ``competition_rank``, ``dense_rank``, ``of_economies`` (how
        many economies have the value) and ``of_ranks`` (how many distinct values there are).
        A tier is a class, not a score, and one value alone has nobody to be ranked among: their
        ranks are missing.
    """
    group = ["index", "edition", "vintage", "component"]
    values = panel.groupby(group)["value"]
    level = values.transform(lambda scores: pd.Series(levels(_numbers(scores)), scores.index))
    places = level.groupby([panel[name] for name in group])
    ranked = panel.assign(
        competition_rank=places.rank(ascending=False, method="min").astype("Int64"),
        dense_rank=places.rank(ascending=False, method="dense").astype("Int64"),
        of_economies=values.transform("count").astype("int64"),
        of_ranks=places.transform("nunique").astype("int64"),
    )
    unranked = (ranked["component"] == "tier") | (ranked["of_economies"] < 2)
    ranked.loc[unranked, ["competition_rank", "dense_rank"]] = pd.NA
    return ranked


def order(scores: np.ndarray) -> np.ndarray:
    """Place of each simulated score along the last axis, best 1; equal scores share a place.

    ``scores`` may have any leading axes (draws, editions); the result has the same shape. A
    tolerance would be a fiction here: what is drawn has no printed digits.
    """
    best_first = np.argsort(-scores, axis=-1)
    ordered = np.take_along_axis(scores, best_first, axis=-1)
    numbers = np.broadcast_to(np.arange(1, scores.shape[-1] + 1, dtype=np.int32), scores.shape)
    tied = ordered[..., 1:] == ordered[..., :-1]
    rows = tied.any(axis=-1)
    if rows.any():
        # A score that equals the one before it has the place of the first of them.
        numbers = numbers.copy()
        shared = numbers[rows]
        shared[..., 1:][tied[rows]] = 1
        numbers[rows] = np.maximum.accumulate(shared, axis=-1)
    places = np.empty(scores.shape, dtype=np.int32)
    np.put_along_axis(places, best_first, numbers, axis=-1)
    return places


def rank_against(value: float, others: pd.Series) -> int:
    """Which competition rank would ``value`` take among ``others``?"""
    return int(count_above(value, _numbers(others.dropna()))) + 1


def holders(scores: pd.Series, rank: int) -> pd.Series:
    """The economies at a rank: all whose score is the ``rank``-th best.

    Where several economies tie at that score, or nobody holds the rank because of a tie above,
    they all come back; their mean is "the economy at rank R".

    Raises:
        InputError: there are fewer economies than ``rank``, or it is below 1.
    """
    held = scores.dropna()
    if not 1 <= rank <= len(held):
        raise InputError(
            "rank {rank} does not exist: there are {count} economies", rank=rank, count=len(held)
        )
    places = competition(held)
    return held.loc[places == places.sort_values().iloc[rank - 1]]


def within(scores: pd.Series, best: int, worst: int) -> pd.Series:
    """The economies whose competition rank lies in ``best``..``worst``, best score first."""
    places = competition(scores)
    return scores.loc[places.between(best, worst).fillna(False)].sort_values(ascending=False)
