"""Which place does each of many score vectors give, when some scores differ only by noise?

Two numbers are the same number if they differ by less than what arithmetic on floating point
leaves behind: ``tolerance`` times the larger of the two, and a few units in the last place of the
largest of all. (5.1 and 5.1000000000000005 in one file are one value; the peer ranks them apart.)
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int16]

TOLERANCE = 1e-12
_LAST_PLACES = 64 * np.finfo(np.float64).eps


def competition(scores: Array, tolerance: float = TOLERANCE) -> Places:
    """Competition rank of each score along the last axis, best (highest) 1; ties share.

    ``scores`` may have any leading axes (draws) and must hold no missing value.
    """
    return _ascending(-scores, tolerance)


def _ascending(values: Array, tolerance: float) -> Places:
    rows = values.reshape(-1, values.shape[-1])
    order = np.argsort(rows, axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    numbers = np.arange(1, rows.shape[1] + 1, dtype=np.int16)
    counted = np.broadcast_to(numbers, rows.shape)
    row, place = _ties(ordered, tolerance)
    if len(row):
        counted = counted.copy()
        counted[row, place] = 1
        tied = np.unique(row)
        counted[tied] = np.maximum.accumulate(counted[tied], axis=1)
    places = np.empty(rows.shape, dtype=np.int16)
    np.put_along_axis(places, order, counted, axis=1)
    return places.reshape(values.shape)


def _ties(ordered: Array, tolerance: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row and place of each value that ties with the one before it, in sorted rows."""
    gap = ordered[:, 1:] - ordered[:, :-1]
    # Sorted, so the largest magnitude of a row stands at one of its two ends.
    most = np.maximum(np.abs(ordered[:, 0]), np.abs(ordered[:, -1]))
    noise = most * (_LAST_PLACES if tolerance > 0 else 0.0)
    row, place = np.nonzero(gap <= (most * tolerance + noise)[:, None])
    size = np.maximum(np.abs(ordered[row, place]), np.abs(ordered[row, place + 1]))
    same = gap[row, place] <= size * tolerance + noise[row]
    return row[same], place[same] + 1


def from_worst(values: Array, tolerance: float = TOLERANCE) -> Array:
    """1 + number of values strictly below, along the last axis; missing stays missing."""
    if not np.isnan(values).any():
        return _ascending(values, tolerance).astype(np.float64)
    flat = values.reshape(-1, values.shape[-1])
    result = np.full(flat.shape, np.nan)
    for row, held in enumerate(~np.isnan(flat)):
        result[row, held] = _ascending(flat[row, held], tolerance)
    return result.reshape(values.shape)


def from_best(values: Array, tolerance: float = TOLERANCE) -> Array:
    """1 + number of values strictly above, along the last axis; missing stays missing."""
    return from_worst(-values, tolerance)
