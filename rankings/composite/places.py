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


def _first_of_tie(ordered: Array, tolerance: float) -> npt.NDArray[np.int16]:
    """Position (from 0) of the first member of each tie, along sorted last axes."""
    count = ordered.shape[-1]
    positions = np.zeros(ordered.shape, dtype=np.int16)
    positions[..., 1:] = np.arange(1, count, dtype=np.int16)
    if tolerance > 0:
        size = np.abs(ordered)
        # Sorted, so the largest magnitude stands at one of the two ends.
        most = np.maximum(size[..., :1], size[..., -1:])
        reach = np.maximum(size[..., 1:], size[..., :-1]) * tolerance + most * _LAST_PLACES
    else:
        reach = np.zeros((1,))
    same = np.abs(np.diff(ordered, axis=-1)) <= reach
    positions[..., 1:][same] = 0
    return np.maximum.accumulate(positions, axis=-1)


def competition(scores: Array, tolerance: float = TOLERANCE) -> Places:
    """Competition rank of each score along the last axis, best (highest) 1; ties share.

    ``scores`` may have any leading axes (draws) and must hold no missing value.
    """
    return _ascending(-scores, tolerance)


def _ascending(values: Array, tolerance: float) -> Places:
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    places = np.empty(values.shape, dtype=np.int16)
    np.put_along_axis(places, order, _first_of_tie(ordered, tolerance) + np.int16(1), axis=-1)
    return places


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
