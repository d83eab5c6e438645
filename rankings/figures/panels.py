"""Against a moving world, does each component gain or lose ground?"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rankings.errors import InputError
from rankings.figures import frame, placing, style
from rankings.figures.check import need, need_numbers
from rankings.figures.history import OWN_LINE, trace, value_axis
from rankings.figures.labels import Labels
from rankings.language.messages import _

OWN = "economy"
LABEL_WIDTH = 84.0
MARK_LINE: dict[str, Any] = {
    "color": style.BAND_INK,
    "linewidth": 1.2,
    "markerfacecolor": "white",
    "markersize": 4.5,
    "zorder": 3,
}


@style.drawing()
def standing_lines(
    series: pd.DataFrame,
    *,
    breaks: pd.DataFrame | None = None,
    axes: Sequence[Axes],
) -> Sequence[Axes]:
    """One panel per component: standing against the world mean, in standard deviations.

    Args:
        series: Columns ``component``, ``label`` (of the panel), ``line`` (``economy``, then the
            economies at the band's worst and best rank, such as ``rank50``, ``rank30``),
            ``line_label``, ``edition``, ``value`` (0 is the world mean).
        breaks: Columns ``edition`` (the first under the new method) and ``label``; with a
            column ``component``, each is drawn in its own panels only.
        axes: One Axes per component, in the order of the table; all get the same scale.
    """
    columns = ["component", "label", "line", "line_label", "edition", "value"]
    need_numbers(need(series, columns, name="standing_lines"), ["value"], name="standing_lines")
    components = list(pd.unique(series["component"]))
    if len(axes) < len(components):
        raise InputError(f"standing_lines: {len(components)} components, {len(axes)} axes given")
    if OWN not in set(series["line"]):
        raise InputError(f"standing_lines: no rows with line {OWN!r}")
    marks = [line for line in pd.unique(series["line"]) if line != OWN]
    looks = {OWN: {**OWN_LINE, "linewidth": 2.4, "markersize": 5}}
    looks |= {line: {**MARK_LINE, "marker": _mark(i)} for i, line in enumerate(marks)}
    for component, ax in zip(components, axes, strict=False):
        _panel(ax, series[series["component"] == component], looks, _own(breaks, component))
        value_axis(ax, [*series["value"], 0.0])
    for ax in axes[len(components) :]:
        ax.set_axis_off()
    editions = sorted(int(edition) for edition in series["edition"].unique())
    _say_breaks(
        axes[len(components) - 1],
        dict.fromkeys(label for label, _x in frame.between(breaks, editions)),
    )
    return axes


def _say_breaks(ax: Axes, names: Iterable[str]) -> None:
    """What the dotted lines and the dashes are, once under the last panel."""
    if said := "; ".join(names):
        dots = Line2D([], [], **frame.BREAK_LOOK)
        frame.key(ax, [(dots, _("change of method: {names}", names=said))])


def _mark(i: int) -> str:
    return (style.WORST_MARK, style.BEST_MARK, "s")[min(i, 2)]


def _own(breaks: pd.DataFrame | None, component: str) -> pd.DataFrame | None:
    if breaks is None or "component" not in breaks.columns:
        return breaks
    return breaks[breaks["component"] == component]


def _panel(
    ax: Axes,
    rows: pd.DataFrame,
    looks: dict[str, dict[str, Any]],
    breaks: pd.DataFrame | None,
) -> None:
    editions = sorted(int(edition) for edition in rows["edition"].unique())
    places = frame.between(breaks, editions)
    frame.editions_across(ax, editions)
    flags = frame.break_lines(ax, places, named=False)
    ax.axhline(0, color=style.SOFT, linewidth=0.9, zorder=1.8, gid="world")
    ends = Labels(ax, placing.at_right, leaders=frame.LEADER)
    for line, look in looks.items():
        part = rows[rows["line"] == line].sort_values("edition").set_index("edition")
        if part.empty:
            continue
        trace(ax, part["value"], [x for _label, x in places], look)
        weight = "bold" if line == OWN else "normal"
        ends.add(
            style.wrap(str(part["line_label"].iloc[-1]), LABEL_WIDTH, weight=weight),
            (float(part.index[-1]), float(part["value"].iloc[-1])),
            color=look["color"],
            weight=weight,
        )
    ends.add(style.wrap(_("world mean"), LABEL_WIDTH), (ax.get_xlim()[1], 0), color=style.SOFT)
    place = ax.get_subplotspec()
    if place is None or place.is_first_col():
        ax.set_ylabel(_("standard deviations"))
    ax.set_title(style.wrap(str(rows["label"].iloc[0]), 215, size=style.TEXT, weight="bold"))
    frame.make_room(ax, ends, flags)
