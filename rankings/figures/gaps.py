"""How far is it from here to the band, sub-index by sub-index?"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rankings.figures import frame, placing, style
from rankings.figures.check import need, need_numbers
from rankings.figures.labels import Labels
from rankings.language.messages import _, number

COLUMN = 58.0  # points between the columns of written gaps


@style.drawing()
def dumbbell(
    gaps: pd.DataFrame, *, economy_label: str | None = None, digits: int = 3, ax: Axes
) -> Axes:
    """Own value and the values at the band's worst and best rank, one row per sub-index.

    Args:
        gaps: Columns ``label``, ``own``, ``at_worst``, ``at_best``, ``label_worst``,
            ``label_best`` (how the two marks are called, such as "rank 50").
        economy_label: The economy's name for the key.
        digits: Decimals of the values written.
        ax: The Axes drawn on.
    """
    values = ["own", "at_worst", "at_best"]
    need(gaps, ["label", *values, "label_worst", "label_best"], name="dumbbell")
    need_numbers(gaps, values, name="dumbbell")
    frame.row_labels(ax, [str(label) for label in gaps["label"]])
    ax.set_ylim(len(gaps) - 0.4, -0.5)
    _value_axis(ax, gaps[values].to_numpy(dtype=float).ravel().tolist())
    for row, gap in enumerate(gaps.itertuples(index=False)):
        _row(ax, row, gap, digits=digits)
    _written(ax, gaps, "at_worst", "label_worst", column=0, digits=digits)
    _written(ax, gaps, "at_best", "label_best", column=1, digits=digits)
    last = gaps.iloc[-1]
    _key(ax, economy_label, str(last["label_worst"]), str(last["label_best"]))
    return ax


def _value_axis(ax: Axes, values: Sequence[float]) -> None:
    spare = 0.09 * ((max(values) - min(values)) or 1.0)
    low, high = min(values) - spare, max(values) + spare
    ax.set_xlim(low, high)
    ax.set_xticks(*frame.value_ticks(low, high))
    frame.name_across(ax, _("value of the index"))
    ax.grid(axis="x")


def _look(mark: str) -> dict[str, Any]:
    own = mark == "o"
    return {
        "marker": mark,
        "markersize": 11 if own else 7.5,
        "color": style.ECONOMY if own else style.BAND_INK,
        "markerfacecolor": style.ECONOMY if own else style.BAND,
        "markeredgecolor": "white" if own else style.BAND_INK,
        "markeredgewidth": 1.2,
        "linestyle": "none",
    }


def _row(ax: Axes, row: int, gap: Any, *, digits: int) -> None:
    furthest = max((gap.at_worst, gap.at_best), key=lambda value: abs(value - gap.own))
    ax.plot([gap.own, furthest], [row, row], color=style.TINT, linewidth=3, zorder=2, gid="gap")
    ax.plot([gap.at_worst], [row], zorder=3, **_look(style.WORST_MARK))
    ax.plot([gap.at_best], [row], zorder=3, **_look(style.BEST_MARK))
    ax.plot([gap.own], [row], zorder=5, gid="economy", **_look("o"))
    ax.annotate(
        number(gap.own, digits),
        (gap.own, row),
        xytext=(0, 6.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=style.ECONOMY,
        weight="bold",
        path_effects=style.halo(),
    )
    words = Labels(ax, placing.below)
    for value in (gap.at_worst, gap.at_best):
        words.add(
            number(value, digits), (value, row), color=style.BAND_INK, path_effects=style.halo()
        )


def _written(
    ax: Axes, gaps: pd.DataFrame, column_of: str, mark: str, *, column: int, digits: int
) -> None:
    """The gaps to one mark as a column of numbers right of the rows."""
    right = (column + 1) * (COLUMN + 8)
    look: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "size": style.SMALL}
    # Kept together, "rank 50" does not end with its number alone on a line.
    name = str(gaps[mark].iloc[-1]).replace(" ", "\N{NO-BREAK SPACE}")
    heading = _("gap to {mark}", mark=name)
    ax.annotate(
        style.wrap(heading, COLUMN),
        (1, 1),
        xycoords="axes fraction",
        xytext=(right, 4),
        va="bottom",
        color=style.BAND_INK,
        **look,
    )
    for row, length in enumerate(gaps[column_of] - gaps["own"]):
        ax.annotate(
            number(length, digits, signed=True),
            (1, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(right, 0),
            va="center_baseline",
            weight="bold",
            **look,
        )


def _key(ax: Axes, economy: str | None, worst: str, best: str) -> None:
    words = {"o": economy or _("own value"), style.WORST_MARK: worst, style.BEST_MARK: best}
    marks = [(Line2D([], [], **_look(mark)), text) for mark, text in words.items()]
    frame.key(ax, marks)
