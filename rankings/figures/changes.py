"""Is the growth required something anyone has managed?"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rankings.figures import frame, placing, style
from rankings.figures.check import need, need_numbers
from rankings.figures.labels import Labels
from rankings.figures.placing import Array
from rankings.language.messages import _, number


@style.drawing()
def growth(
    changes: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    axis_label: str | None = None,
    digits: int = 3,
    ax: Axes,
) -> Axes:
    """How all economies' values changed over as many editions, with marks to compare.

    Args:
        changes: Column ``change``, a row per economy and span of editions.
        marks: Columns ``label``, ``value``; with a column ``highlighted``, only those rows are
            drawn in the economy's colour.
        axis_label: What the changes are, if "change of the value" does not say enough.
        digits: Decimals of the marks' values.
        ax: The Axes drawn on.
    """
    need_numbers(need(changes, ["change"], name="growth"), ["change"], name="growth")
    need_numbers(need(marks, ["label", "value"], name="growth marks"), ["value"], name="growth")
    values = changes["change"].to_numpy(dtype=float)
    reach = np.concatenate([values, marks["value"].to_numpy(dtype=float)])
    _bars(ax, values)
    _axes(ax, float(reach.min()), float(reach.max()), axis_label)
    top = ax.get_ylim()[1]
    words = Labels(ax, placing.flags, leaders={"linewidth": 1.2})
    for i in range(len(marks)):
        _mark(ax, marks.iloc[i], words, top=top, digits=digits)
    return ax


def _bars(ax: Axes, values: Array) -> None:
    """Bars for the many, and a tick on the axis for each, so that the few are seen too."""
    # Not above: loading it, and the scipy.stats it needs, takes longer than most answers in words.
    import seaborn as sns

    bars: dict[str, Any] = {
        "color": style.WORLD,
        "alpha": 1.0,
        "edgecolor": "white",
        "linewidth": 0.8,
    }
    sns.histplot(x=values, bins="auto", ax=ax, **bars)
    sns.rugplot(x=values, height=0.03, color=style.PEER, linewidth=0.5, alpha=0.6, ax=ax)


def _axes(ax: Axes, low: float, high: float, label: str | None) -> None:
    spare = 0.04 * ((high - low) or 1.0)
    ax.set_xlim(low - spare, high + spare)
    ax.set_xticks(*frame.value_ticks(low - spare, high + spare, most=7))
    frame.name_across(ax, label or _("change of the value"))
    top = ax.get_ylim()[1]
    ax.set_ylim(0, top)
    ax.set_yticks(*frame.value_ticks(0, top, most=4))
    ax.set_ylabel(_("number of changes"))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y")


def _mark(ax: Axes, mark: pd.Series, words: Labels, *, top: float, digits: int) -> None:
    own = bool(mark.get("highlighted", True))
    colour = style.ECONOMY if own else style.SOFT
    value = float(mark["value"])
    ax.axvline(value, color=colour, linewidth=2.2 if own else 1.4, zorder=4, gid="mark")
    text = f"{mark['label']}: {number(value, digits, signed=True)}"
    weight = "bold" if own else "normal"
    words.add(style.balanced(text, 190, weight=weight), (value, top), color=colour, weight=weight)
