"""Did stated chances come true? Points near the line are right."""

import pandas as pd
from matplotlib.axes import Axes

from rankings.figures import style
from rankings.figures.check import need, need_numbers
from rankings.messages import _, number, percent


@style.drawing()
def calibration(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Share that came true against the chance stated, a point per group of forecasts.

    Args:
        rows: Columns ``stated``, ``came`` (0 to 1) and ``count`` (forecasts in the group).
        ax: The Axes drawn on.
    """
    columns = ["stated", "came", "count"]
    need_numbers(need(rows, columns, name="calibration"), columns, name="calibration")
    ax.plot([0, 1], [0, 1], color=style.SOFT, linewidth=1, linestyle=(0, (3, 2)), gid="right")
    ax.plot(
        rows["stated"],
        rows["came"],
        "o-",
        color=style.ECONOMY,
        linewidth=1.6,
        markersize=7,
        gid="record",
    )
    for row in rows.itertuples():
        ax.annotate(
            _("n = {count}", count=number(float(str(row.count)))),
            (float(str(row.stated)), float(str(row.came))),
            xytext=(9, -12),
            textcoords="offset points",
            color=style.SOFT,
            size=style.SMALL,
            path_effects=style.halo(),
        )
    ticks = [0, 0.25, 0.5, 0.75, 1]
    ax.set_xticks(ticks, [percent(tick) for tick in ticks])
    ax.set_yticks(ticks, [percent(tick) for tick in ticks])
    ax.set_xlim(-0.03, 1.14)
    ax.set_ylim(-0.05, 1.05)
    ax.set_xlabel(_("chance stated"), loc="left")
    ax.set_ylabel(_("share that came true"))
    ax.grid(axis="y")
    return ax
