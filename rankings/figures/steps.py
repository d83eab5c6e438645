"""Which sub-index holds how many of the places between here and there?"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rankings.errors import DataError
from rankings.figures import frame, style
from rankings.figures.check import need, need_numbers
from rankings.language.messages import number

BAR = 0.62
KINDS = {"start", "part", "end"}


@style.drawing()
def waterfall(parts: pd.DataFrame, *, ax: Axes) -> Axes:
    """Places from a start to an end rank, split into bars: up is better, best rank on top.

    Args:
        parts: Columns ``label``, ``places``, ``kind``. The ``start`` and ``end`` rows hold
            ranks, each ``part`` the change of rank it explains: negative is an improvement,
            drawn upwards as "▲ 28". Start and parts must add up to the end.
        ax: The Axes drawn on.
    """
    need(parts, ["label", "places", "kind"], name="waterfall")
    need_numbers(parts, ["places"], name="waterfall")
    start, steps, end = _split(parts)
    levels = start + np.concatenate([[0.0], np.cumsum(steps["places"].to_numpy(dtype=float))])
    if abs(levels[-1] - end) > 1e-6:
        raise DataError(
            f"waterfall: column 'places' leads from {start:g} to {levels[-1]:g},"
            f" not to the end rank {end:g}"
        )
    whole = np.allclose(parts["places"], parts["places"].round())
    digits = 0 if whole else 1
    _axes(ax, parts, [*levels, end])
    for i, (before, after) in enumerate(pairwise(levels), start=1):
        _bar(ax, i, before, after, digits=digits)
    for i, level in enumerate(levels):
        ax.plot(
            [i - BAR / 2, i + 1 + BAR / 2],
            [level, level],
            color=style.SOFT,
            linewidth=0.8,
            zorder=3,
            gid="level",
        )
    _stand(ax, 0, start)
    _stand(ax, len(steps) + 1, end)
    return ax


def _split(parts: pd.DataFrame) -> tuple[float, pd.DataFrame, float]:
    unknown = sorted(set(parts["kind"]) - KINDS)
    counts = parts["kind"].value_counts()
    if unknown or counts.get("start", 0) != 1 or counts.get("end", 0) != 1:
        raise DataError(
            "waterfall: column 'kind' must hold one 'start', one 'end' and"
            f" 'part' otherwise; it holds {', '.join(map(str, parts['kind']))}"
        )
    ranks = parts.set_index("kind")["places"]
    return float(ranks["start"]), parts[parts["kind"] == "part"], float(ranks["end"])


def _axes(ax: Axes, parts: pd.DataFrame, levels: Sequence[float]) -> None:
    frame.rank_down(ax, levels)
    order = [parts[parts["kind"] == kind] for kind in ("start", "part", "end")]
    names = [str(label) for part in order for label in part["label"]]
    room = 0.86 * 72 * style.WIDTH / len(names) - 4
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_xticks(range(len(names)), [style.wrap(name, room) for name in names])
    ax.tick_params(axis="x", length=0, labelcolor=style.INK)


def _bar(ax: Axes, i: int, before: float, after: float, *, digits: int) -> None:
    places = after - before
    better = places <= 0
    ax.bar(
        i,
        places,
        BAR,
        bottom=before,
        facecolor=style.TINT if better else "white",
        edgecolor=style.ECONOMY if better else style.LOSS,
        linewidth=1.2,
        hatch="" if better else "////",
        zorder=2,
        gid="better" if better else "worse",
    )
    sign = "▲ " if better else "▼ "
    ax.annotate(
        (sign if round(places, digits) else "") + number(abs(places), digits),
        (i, after),
        xytext=(0, 4 if better else -4),
        textcoords="offset points",
        ha="center",
        va="bottom" if better else "top",
        color=style.ECONOMY if better else style.LOSS,
        weight="bold",
        size=style.TEXT,
        path_effects=style.halo(),
    )


def _stand(ax: Axes, i: int, rank: float) -> None:
    """Start and end as the dot the economy has everywhere, its rank beside it."""
    ax.plot(
        [i],
        [rank],
        marker="o",
        markersize=11,
        color=style.ECONOMY,
        zorder=5,
        gid="rank",
        markeredgecolor="white",
    )
    ax.annotate(
        number(rank) if float(rank).is_integer() else number(rank, 1),
        (i, rank),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=style.ECONOMY,
        weight="bold",
        size=style.TITLE,
        path_effects=style.halo(),
    )
