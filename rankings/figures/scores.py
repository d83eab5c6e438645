"""Did stated chances come true? Points near the line are right."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rankings.figures import placing, style
from rankings.figures.check import need, need_numbers
from rankings.figures.labels import Labels
from rankings.language.messages import _, number, percent


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
    path = rows[["stated", "came"]].to_numpy(dtype=float)
    words = Labels(ax, placing.beside_line, paths=[path, np.array([[0.0, 0.0], [1.0, 1.0]])])
    for at, count in zip(path.tolist(), rows["count"], strict=True):
        words.add(
            _("n = {count}", count=number(float(count))),
            (at[0], at[1]),
            color=style.SOFT,
            path_effects=style.halo(),
        )
    ticks = [0, 0.25, 0.5, 0.75, 1]
    ax.set_xticks(ticks, [percent(tick) for tick in ticks])
    ax.set_yticks(ticks, [percent(tick) for tick in ticks])
    ax.set_xlim(-0.06, 1.14)
    ax.set_ylim(-0.12, 1.08)
    ax.set_xlabel(_("chance stated"), loc="left")
    ax.set_ylabel(_("share that came true"))
    ax.grid(axis="y")
    return ax
