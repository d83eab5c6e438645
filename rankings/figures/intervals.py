"""How much does the rank depend on the method?"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from rankings.figures import frame, style
from rankings.figures.check import Band, HasBand, need, need_band, need_numbers
from rankings.language.messages import _, number


@style.drawing()
def interval_rows(
    rows: pd.DataFrame,
    *,
    economy_label: str | None = None,
    band: Band | HasBand | None = None,
    ax: Axes,
) -> Axes:
    """One rank with its interval per row, best rank at the left, numbers written at the right.

    Args:
        rows: Columns ``label``, ``low``, ``middle``, ``high`` (ranks, low is the better),
            ``highlighted``, in display order.
        economy_label: Whose ranks these are, for the axis.
        band: Best and worst rank aimed at, shaded over all rows, where the ranks are of the
            index it speaks of.
        ax: The Axes drawn on.
    """
    numbers = ["low", "middle", "high"]
    need(rows, ["label", *numbers, "highlighted"], name="interval_rows")
    need_numbers(rows, numbers, name="interval_rows")
    frame.row_labels(ax, [str(label) for label in rows["label"]], own=rows["highlighted"])
    target = None if band is None else need_band(band)
    ends = [*rows["low"], *rows["high"], *(target or ())]
    _axis(ax, float(min(ends)), float(max(ends)), economy_label)
    if target:
        frame.band_across(ax, target)
    for row, (low, middle, high, own) in enumerate(
        zip(rows["low"], rows["middle"], rows["high"], rows["highlighted"], strict=True)
    ):
        _row(ax, row, (low, middle, high), own=bool(own))
    return ax


def _axis(ax: Axes, low: float, high: float, economy: str | None) -> None:
    spare = max(1.0, 0.05 * (high - low))
    left, right = max(0.0, low - spare), high + spare
    ax.set_xlim(left, right)
    ticks = frame.rank_ticks(max(1.0, left), right)
    ax.set_xticks(ticks, [number(tick) for tick in ticks])
    words = _("rank of {economy} (1 is best)", economy=economy) if economy else ""
    frame.name_across(ax, words or _("rank (1 is best)"))
    ax.grid(axis="x")


def _row(ax: Axes, row: int, ranks: tuple[float, float, float], *, own: bool) -> None:
    low, middle, high = ranks
    colour = style.ECONOMY if own else style.PEER
    ax.plot(
        [low, high],
        [row, row],
        color=colour,
        linewidth=4.5 if own else 2.2,
        zorder=2,
        alpha=0.55 if own else 1.0,
        gid="interval",
    )
    ax.plot([middle], [row], zorder=3, gid="middle", **_look(colour, own=own))
    words = _("{rank} ({low}–{high})", rank=number(middle), low=number(low), high=number(high))
    ax.annotate(
        words if low < high else number(middle),
        (1, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(8, 0),
        textcoords="offset points",
        va="center_baseline",
        color=style.ECONOMY if own else style.INK,
        weight="bold" if own else "normal",
        size=style.SMALL,
    )


def _look(colour: str, *, own: bool) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 10.5 if own else 7,
        "markerfacecolor": colour if own else "white",
        "markeredgecolor": "white" if own else colour,
        "markeredgewidth": 1.2 if own else 1.6,
        "linestyle": "none",
    }
