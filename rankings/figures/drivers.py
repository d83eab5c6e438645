"""How do the economy's drivers compare with the world's and the band's? A row an indicator."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from rankings.figures import frame, style
from rankings.figures.check import need, need_economy, need_numbers
from rankings.messages import _, number

HALF = 0.28


@style.drawing()
def drivers(values: pd.DataFrame, *, economy: str, ax: Axes) -> Axes:
    """Every economy as a tick on each indicator's own scale, the band's middle half shaded.

    Args:
        values: Columns ``label`` (the row, in display order), ``iso3``, ``name``, ``value`` and
            ``inside`` (whether the economy stands in the target band).
        economy: ISO3 code of the economy shown large.
        ax: The Axes drawn on.
    """
    columns = ["label", "iso3", "name", "value", "inside"]
    need_numbers(need(values, columns, name="drivers"), ["value"], name="drivers")
    name = need_economy(values, economy, name="drivers")
    labels = [str(label) for label in pd.unique(values["label"])]
    frame.row_labels(ax, labels)
    ax.set_xlim(-0.02, 1.34)
    for row, label in enumerate(labels):
        _row(ax, row, values.loc[values["label"] == label], economy)
    ax.text(1.03, -0.55, _("own"), color=style.ECONOMY, weight="bold", va="bottom")
    ax.text(1.2, -0.55, _("band"), color=style.BAND_INK, weight="bold", va="bottom")
    ax.set_xticks([0, 1], [_("lowest"), _("highest")])
    ax.spines["bottom"].set_visible(False)
    _key(ax, name)
    return ax


def _row(ax: Axes, row: int, values: pd.DataFrame, economy: str) -> None:
    """One indicator: the world's ticks, the band's quartiles, the economy's dot, two numbers."""
    low, high = values["value"].min(), values["value"].max()
    spread = (high - low) or 1.0
    digits = 2 if high <= 1 else 1
    inside = values.loc[values["inside"].astype(bool), "value"]
    ax.vlines((values["value"] - low) / spread, row - 0.2, row + 0.2, color=style.WORLD, lw=0.8)
    if len(inside):
        first, middle, last = np.quantile(inside, [0.25, 0.5, 0.75])
        box = Rectangle(
            ((first - low) / spread, row - HALF),
            (last - first) / spread,
            2 * HALF,
            facecolor=style.BAND,
            edgecolor=style.BAND_INK,
            linewidth=0.8,
            zorder=2,
            gid="band",
        )
        ax.add_patch(box)
        ax.text(1.2, row, number(middle, digits), color=style.BAND_INK, va="center")
    own = values.loc[values["iso3"] == economy, "value"]
    if len(own):
        at = (float(own.iloc[0]) - low) / spread
        ax.plot(
            [at],
            [row],
            "o",
            color=style.ECONOMY,
            markersize=8,
            zorder=4,
            gid="economy",
            markeredgecolor="white",
        )
        ax.text(
            1.03,
            row,
            number(float(own.iloc[0]), digits),
            color=style.ECONOMY,
            weight="bold",
            va="center",
        )


def _key(ax: Axes, name: str) -> None:
    marks: list[tuple[Line2D | Patch, str]] = [
        (Line2D([], [], marker="o", linestyle="", color=style.ECONOMY, markersize=8), name),
        (
            Patch(facecolor=style.BAND, edgecolor=style.BAND_INK, linewidth=0.8),
            _("middle half of the band"),
        ),
    ]
    ax.legend(
        [mark for mark, _label in marks],
        [label for _mark, label in marks],
        loc="upper left",
        bbox_to_anchor=(0, -0.08),
        ncols=2,
        borderaxespad=0,
    )
