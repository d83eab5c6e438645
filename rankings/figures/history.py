"""How have ranks moved from edition to edition?"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rankings.figures import frame, placing, style
from rankings.figures.check import Band, HasBand, need, need_band, need_economy, need_unique
from rankings.figures.labels import Labels
from rankings.language.messages import number


@style.drawing()
def rank_history(
    history: pd.DataFrame,
    *,
    economy: str,
    band: Band | HasBand,
    breaks: pd.DataFrame | None = None,
    ax: Axes,
) -> Axes:
    """Rank against edition, best on top: our economy bold, all others in the table as peers.

    Args:
        history: Columns ``edition``, ``iso3``, ``name``, ``rank``, ``of``; the economy and its
            peers only. A missing rank interrupts the line.
        economy: ISO3 code of the economy shown bold.
        band: Best and worst rank aimed at.
        breaks: Columns ``edition`` (the first under the new method) and ``label``; drawn
            between that edition and the one before.
        ax: The Axes drawn on.
    """
    need(history, ["edition", "iso3", "name", "rank", "of"], name="rank_history")
    name, ranks = need_economy(history, economy, name="rank_history"), need_band(band)
    wide = _wide(history, "rank")
    editions = [int(edition) for edition in wide.index]
    frame.editions_across(ax, editions)
    own = wide[economy].dropna()
    need(own.to_frame(), [economy], name=f"rank_history: ranks of {economy}")
    shown = [*wide.to_numpy(dtype=float).ravel(), *ranks]
    # A leader's ranks stand above its line, and above them the flags of the breaks.
    frame.rank_down(ax, shown, room=float(own.min()) < 0.1 * np.nanmax(shown))
    frame.band_down(ax, ranks)
    _peer_lines(ax, wide.drop(columns=economy))
    ax.plot(wide.index, wide[economy], gid="economy", **OWN_LINE)
    _rank_labels(ax, own)
    ends = Labels(ax, placing.at_right, leaders=frame.LEADER)
    _name_ends(ends, wide, _names(history), economy=economy, own=name)
    frame.band_at_right(ends, ranks, ax.get_xlim()[1])
    flags = frame.break_lines(ax, frame.between(breaks, editions))
    frame.make_room(ax, ends, flags)
    return ax


OWN_LINE: dict[str, Any] = {
    "color": style.ECONOMY,
    "linewidth": 2.8,
    "marker": "o",
    "markersize": 6.5,
    "markeredgecolor": "white",
    "markeredgewidth": 1.0,
    "zorder": 5,
}
PEER_LINE: dict[str, Any] = {
    "color": style.PEER,
    "linewidth": 1.1,
    "marker": "o",
    "markersize": 3.2,
    "markerfacecolor": "white",
    "zorder": 3,
}


def value_axis(ax: Axes, values: Sequence[float] | np.ndarray) -> None:
    """A y axis over the values with a few round marks to read along."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    spare = 0.08 * (float(np.ptp(finite)) or abs(float(finite[0])) or 1.0)
    low, high = float(finite.min()) - spare, float(finite.max()) + spare
    ax.set_ylim(low, high)
    ax.set_yticks(*frame.value_ticks(low, high))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y")


def trace(ax: Axes, line: pd.Series, places: Sequence[float], look: dict[str, Any]) -> None:
    """One line over the editions, dashed where it crosses a break of method."""
    x, y = line.index.to_numpy(dtype=float), line.to_numpy(dtype=float)
    crosses = [any(a < place < b for place in places) for a, b in pairwise(x)]
    solid = np.insert(y, np.flatnonzero(crosses) + 1, np.nan)
    at = np.insert(x, np.flatnonzero(crosses) + 1, np.nan)
    ax.plot(at, solid, **look)
    thin = {**look, "marker": "", "linestyle": (0, (1.6, 1.8)), "linewidth": 1.1}
    for i in np.flatnonzero(crosses):
        ax.plot(x[i : i + 2], y[i : i + 2], gid="across", **thin)


def _wide(table: pd.DataFrame, column: str) -> pd.DataFrame:
    need_unique(table, ["edition", "iso3"], name="history")
    wide = table.pivot(index="edition", columns="iso3", values=column).astype(float)
    return wide.sort_index()


def _names(table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(table["iso3"], table["name"].astype(str), strict=True))


def _peer_lines(ax: Axes, wide: pd.DataFrame) -> None:
    for iso3 in wide.columns:
        ax.plot(wide.index, wide[iso3], **PEER_LINE)


def _rank_labels(ax: Axes, own: pd.Series) -> None:
    """The rank at each edition; the last one stands with the name at the right."""
    path = np.column_stack([own.index.to_numpy(dtype=float), own.to_numpy()])
    words = Labels(ax, placing.beside_line, paths=[path])
    for edition, rank in path[:-1]:
        words.add(
            number(rank),
            (edition, rank),
            color=style.ECONOMY,
            weight="bold",
            path_effects=style.halo(),
        )


def _name_ends(
    ends: Labels,
    wide: pd.DataFrame,
    names: dict[str, str],
    *,
    economy: str,
    own: str,
) -> None:
    for iso3 in wide.columns:
        line = wide[iso3].dropna()
        if line.empty:
            continue
        ours = iso3 == economy
        weight = "bold" if ours else "normal"
        name = own if ours else names[iso3]
        words = f"{name}\N{NO-BREAK SPACE}{number(line.iloc[-1])}"
        ends.add(
            style.wrap(words, frame.LABEL_WIDTH, weight=weight),
            (float(line.index[-1]), float(line.iloc[-1])),
            color=style.ECONOMY if ours else style.SOFT,
            weight=weight,
        )
