"""How do the economy's drivers compare with the world's and the band's? A panel an indicator."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from rankings.figures import frame, style
from rankings.figures.check import need, need_economy, need_numbers
from rankings.language.messages import _, number

HALF = 0.28  # half the height of the band's box, in rows
COLUMN = 46.0  # points of a column of written values
MISSING = "\N{EN DASH}"
OWN: dict[str, Any] = {
    "marker": "o",
    "markersize": 9,
    "color": style.ECONOMY,
    "markeredgecolor": "white",
    "linestyle": "none",
}
BOX: dict[str, Any] = {
    "marker": "s",
    "markersize": 10,
    "markerfacecolor": style.BAND,
    "markeredgecolor": style.BAND_INK,
    "linestyle": "none",
}


@style.drawing()
def drivers(values: pd.DataFrame, *, economy: str, ax: Axes) -> Axes:
    """Every economy as a tick on each indicator's own scale, the band's middle half shaded.

    Args:
        values: Columns ``label`` (the row, in display order), ``iso3``, ``name``, ``value`` and
            ``inside`` (whether the economy stands in the target band). Where the economy has no
            value, a dash stands in its column.
        economy: ISO3 code of the economy shown large.
        ax: The Axes drawn on.
    """
    columns = ["label", "iso3", "name", "value", "inside"]
    need_numbers(need(values, columns, name="drivers"), ["value"], name="drivers")
    name = need_economy(values, economy, name="drivers")
    labels = [str(label) for label in pd.unique(values["label"])]
    frame.row_labels(ax, labels)
    ax.set_xlim(-0.02, 1.02)
    for row, label in enumerate(labels):
        _row(ax, row, values.loc[values["label"] == label], economy)
    _write(ax, _("own"), (1, 1), column=0, va="bottom")
    _write(ax, _("band"), (1, 1), column=1, va="bottom")
    ax.set_xticks([0, 1], [_("lowest"), _("highest")])
    for words, side in zip(ax.get_xticklabels(), ("left", "right"), strict=True):
        words.set(ha=side)
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    frame.key(
        ax,
        [
            (Line2D([], [], **OWN), name),
            (Line2D([], [], **BOX), _("middle half of the band")),
        ],
    )
    return ax


def _row(ax: Axes, row: int, values: pd.DataFrame, economy: str) -> None:
    """One indicator: the world's ticks, the band's quartiles, the economy's dot, two numbers."""
    low, high = values["value"].min(), values["value"].max()
    spread = (high - low) or 1.0
    digits = 2 if high <= 1 else 1
    inside = values.loc[values["inside"].astype(bool), "value"]
    ax.vlines((values["value"] - low) / spread, row - 0.2, row + 0.2, color=style.WORLD, lw=0.8)
    at = (1, row)
    if len(inside):
        first, middle, last = np.quantile(inside, [0.25, 0.5, 0.75])
        box = Rectangle(
            ((first - low) / spread, row - HALF),
            (last - first) / spread,
            2 * HALF,
            facecolor=style.BAND,
            edgecolor=style.BAND_INK,
            linewidth=1.0,
            zorder=2,
            gid="band",
        )
        ax.add_patch(box)
        _write(ax, number(middle, digits), at, column=1)
    own = values.loc[values["iso3"] == economy, "value"]
    if own.empty:
        _write(ax, MISSING, at, column=0)
        return
    ax.plot([(float(own.iloc[0]) - low) / spread], [row], zorder=4, gid="economy", **OWN)
    _write(ax, number(float(own.iloc[0]), digits), at, column=0)


def _write(
    ax: Axes, words: str, at: tuple[float, float], *, column: int, va: str = "center_baseline"
) -> None:
    """A word in a column right of the rows: the economy's in blue, then the band's."""
    ax.annotate(
        words,
        at,
        xycoords="axes fraction" if va == "bottom" else ax.get_yaxis_transform(),
        xytext=((column + 1) * COLUMN, 0),
        textcoords="offset points",
        ha="right",
        va=va,
        color=style.BAND_INK if column else style.ECONOMY,
        weight="normal" if column else "bold",
        size=style.SMALL,
    )
