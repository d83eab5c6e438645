"""Where does a label go so that it covers no other?

Places are functions from boxes to centres, in pixels; `labels.Labels` calls them whenever it is
drawn, with the size the Axes has then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Boxes:
    """Labels to place, all in pixels.

    Attributes:
        anchors: What the labels point at, one row each.
        sizes: Width and height of each label.
        room: The Axes.
        page: The figure within its padding.
        point: Pixels per point.
        path: Points along the lines that labels should keep off.
    """

    anchors: Array
    sizes: Array
    room: Bbox
    page: Bbox
    point: float
    path: Array


Place = Callable[[Boxes], Array]


def apart(wanted: Array, sizes: Array, *, gap: float, low: float, high: float) -> Array:
    """Centres as near as possible to those wanted, in the same order, none overlapping.

    This is the isotonic regression of the wanted centres less the room taken so far.
    """
    order = np.argsort(wanted, kind="stable")
    taken = np.concatenate([[0.0], np.cumsum((sizes[order][1:] + sizes[order][:-1]) / 2 + gap)])
    blocks: list[tuple[float, int]] = []
    for free in wanted[order] - taken:
        blocks.append((float(free), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, m), (second, n) = blocks[-2:]
            blocks[-2:] = [((first * m + second * n) / (m + n), m + n)]
    level = np.repeat([mean for mean, _ in blocks], [n for _, n in blocks])
    lowest = low + sizes[order][0] / 2
    highest = high - sizes[order][-1] / 2 - taken[-1]
    centres = np.empty_like(wanted)
    centres[order] = np.clip(level, lowest, max(lowest, highest)) + taken
    return centres


def at_right(boxes: Boxes) -> Array:
    """A column of labels right of the Axes, each as near as it can be to its line's end."""
    width, height = boxes.sizes.T
    room = boxes.room
    spare = (room.height - height.sum()) / max(1, len(height) - 1)
    gap = float(np.clip(spare, boxes.point, 3.5 * boxes.point))
    y = apart(boxes.anchors[:, 1], height, gap=gap, low=room.y0, high=room.y1)
    return np.column_stack([boxes.room.x1 + 9 * boxes.point + width / 2, y])


def at_left(boxes: Boxes) -> Array:
    """A column of labels left of the Axes, each as near as it can be to its line's start."""
    centres = at_right(boxes)
    centres[:, 0] = boxes.room.x0 - 9 * boxes.point - boxes.sizes[:, 0] / 2
    return centres


def below(boxes: Boxes) -> Array:
    """Labels side by side under their marks."""
    width, height = boxes.sizes.T
    x = apart(
        boxes.anchors[:, 0], width, gap=6 * boxes.point, low=boxes.room.x0, high=boxes.room.x1
    )
    return np.column_stack([x, boxes.anchors[:, 1] - 6 * boxes.point - height / 2])


def on_top(boxes: Boxes) -> Array:
    """One label centred above the Axes, moved sideways only to stay on the page."""
    width, height = boxes.sizes.T
    low, high = boxes.page.x0 + width / 2, boxes.page.x1 - width / 2
    x = np.clip(boxes.anchors[:, 0], low, np.maximum(low, high))
    return np.column_stack([x, boxes.room.y1 + 4 * boxes.point + height / 2])


def flags(boxes: Boxes) -> Array:
    """Labels above the Axes as flags on poles, in tiers, all flying to the same side.

    Flying right, the rightmost flag hangs lowest: then no pole crosses a flag.
    """
    gap = 3 * boxes.point
    width = boxes.sizes[:, 0]
    x = boxes.anchors[:, 0]
    right = bool((x + gap + width).max() <= boxes.page.x1)
    left = not right and bool((x - gap - width).min() >= boxes.page.x0)
    start = x - gap - width if left else x + gap
    start = np.clip(start, boxes.page.x0, np.maximum(boxes.page.x0, boxes.page.x1 - width))
    order = np.argsort(x, kind="stable")
    centres = np.empty_like(boxes.anchors)
    taken: list[Bbox] = []
    for i in order if left else order[::-1]:
        box = Bbox.from_bounds(start[i], boxes.room.y1 + gap, *boxes.sizes[i])
        while over := [other for other in taken if _touch(box, other, gap)]:
            box = Bbox.from_bounds(start[i], max(o.y1 for o in over) + gap, *boxes.sizes[i])
        taken += [box, Bbox.from_extents(x[i], boxes.room.y1, x[i], box.y1)]
        centres[i] = _centre(box)
    return centres


def beside_line(boxes: Boxes) -> Array:
    """Labels beside the points of a line: over peaks, under valleys, off the line itself."""
    y = boxes.anchors[:, 1]
    around = np.concatenate([y[:1], y, y[-1:]])
    peak = np.where(y >= (around[:-2] + around[2:]) / 2, 1.0, -1.0)
    placed = np.empty((0, 4))
    for i in reversed(range(len(y))):
        offers = _offers(boxes, i)
        cost = _costs(offers, placed, boxes) + 1.5 * FAR + abs(ASIDE) + (peak[i] != SIDE)
        placed = np.vstack([placed, offers[np.argmin(cost)]])
    return (placed[::-1, :2] + placed[::-1, 2:]) / 2


# The places a label may take, the nearest first: how far out, how far aside, on which side.
FAR, ASIDE, SIDE = np.array(
    list(product((0, 1, 2), (0, -0.5, 0.5, -0.75, 0.75, -1, 1), (1, -1))), dtype=float
).T


def _offers(boxes: Boxes, i: int) -> Array:
    """The boxes a label may take, one row each: left, bottom, right, top."""
    width, height = boxes.sizes[i]
    x, y = boxes.anchors[i]
    up = 6 * boxes.point + height / 2 + FAR * (height / 2 + boxes.point)
    left = x + ASIDE * (width / 2 + 2 * boxes.point) - width / 2
    bottom = y + SIDE * up - height / 2
    return np.column_stack([left, bottom, left + width, bottom + height])


def _costs(offers: Array, placed: Array, boxes: Boxes) -> Array:
    """What a place costs: another label most, then leaving the page, then covering the line."""
    x0, y0, x1, y1 = offers.T[:, :, None]
    left, bottom, right, top = placed.T[:, None, :]
    gap = boxes.point
    touch = (x0 < right + gap) & (left < x1 + gap) & (y0 < top) & (bottom < y1)
    out = (x0 < boxes.room.x0) | (x1 > boxes.page.x1) | (y0 < boxes.room.y0)
    x, y = boxes.path.T[:, None, :]
    clear = 3 * boxes.point  # of a line as thick as those of the economy
    inside = (x > x0 - clear) & (x < x1 + clear) & (y > y0 - clear) & (y < y1 + clear)
    covered = inside.sum(axis=1)
    hits = touch.sum(axis=1)
    return 100.0 * hits + 20.0 * out[:, 0] + 4.0 * (covered > 0) + 0.2 * covered


def _centre(box: Bbox) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def _touch(one: Bbox, other: Bbox, gap: float) -> bool:
    return bool(
        one.x0 < other.x1 + gap
        and other.x0 < one.x1 + gap
        and one.y0 < other.y1
        and other.y0 < one.y1
    )
