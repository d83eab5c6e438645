"""Where does the economy stand among all others, on every measure at once?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from rankings.figures import frame, style
from rankings.figures.check import Band, HasBand, need, need_band, need_economy, need_unique
from rankings.language.messages import _, listing, number, plural

TICK = 0.17  # half the height of an economy's tick, in rows
NAMED = 20  # peers that are named below the figure; more are counted


@style.drawing()
def strip(
    standings: pd.DataFrame,
    *,
    economy: str,
    band: Band | HasBand,
    peers: Sequence[str] = (),
    ax: Axes,
) -> Axes:
    """All economies as ticks along their rank, one row per measure, our economy as a dot.

    Args:
        standings: Columns ``label`` (the row, in display order), ``iso3``, ``name``, ``rank``,
            ``of`` (economies ranked); an economy without a rank is left out of that row.
        economy: ISO3 code of the economy shown large.
        band: Best and worst rank aimed at, shaded over all rows.
        peers: ISO3 codes shown as open marks.
        ax: The Axes drawn on.
    """
    need(standings, ["label", "iso3", "name", "rank", "of"], name="strip")
    name = need_economy(standings, economy, name="strip")
    need_unique(standings, ["label", "iso3"], name="strip")
    ranked = standings.dropna(subset=["rank"])
    rows = {label: row for row, label in enumerate(pd.unique(standings["label"]))}
    last = float(np.nanmax(standings[["rank", "of"]].to_numpy(dtype=float)))
    frame.row_labels(ax, [str(label) for label in rows])
    frame.rank_across(ax, last, label=_("rank (1 is best); each tick is one economy"))
    frame.band_across(ax, need_band(band))
    for label, row in rows.items():
        _row(ax, ranked[ranked["label"] == label], row, peers=peers, economy=economy)
    for label, of in standings.groupby("label", sort=False)["of"].max().items():
        _of(ax, rows[label], float(of))
    _label_economy(ax, ranked[ranked["iso3"] == economy], rows, last=last)
    _key(ax, name, _names(standings, peers))
    return ax


def _row(ax: Axes, ranked: pd.DataFrame, row: int, *, peers: Sequence[str], economy: str) -> None:
    ours = ranked["iso3"] == economy
    others = ranked.loc[~ours, "rank"].to_numpy(dtype=float)
    # As `Axes.vlines`, which takes several times as long for so many.
    ticks = np.empty((len(others), 2, 2))
    ticks[:, :, 0], ticks[:, 0, 1], ticks[:, 1, 1] = others[:, None], row - TICK, row + TICK
    look: dict[str, Any] = {"colors": style.WORLD, "linewidths": 0.6, "zorder": 2}
    ax.add_collection(LineCollection(list(ticks), **look), autolim=False)
    marked = ranked.loc[ranked["iso3"].isin(list(peers)) & ~ours, "rank"]
    # A mark at the first or the last rank is whole, and takes no room from the others.
    whole: dict[str, Any] = {"clip_on": False, "in_layout": False}
    ax.plot(marked, np.full(len(marked), row), zorder=3, **whole, **_peer_look())
    own = ranked.loc[ours, "rank"]
    ax.plot(own, np.full(len(own), row), zorder=5, gid="economy", **whole, **_own_look())


def _own_look() -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 11,
        "color": style.ECONOMY,
        "markeredgecolor": "white",
        "markeredgewidth": 1.2,
        "linestyle": "none",
    }


def _peer_look() -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": 6,
        "markerfacecolor": "white",
        "markeredgecolor": style.PEER,
        "markeredgewidth": 1.4,
        "linestyle": "none",
    }


def _of(ax: Axes, row: int, of: float) -> None:
    if np.isfinite(of):
        ax.annotate(
            _("of {n}", n=number(of)),
            (1, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(6, 0),
            textcoords="offset points",
            va="center_baseline",
            color=style.SOFT,
            size=style.SMALL,
        )


def _label_economy(ax: Axes, own: pd.DataFrame, rows: dict[str, int], *, last: float) -> None:
    """The rank over each dot; where the economy has none, words in its place."""
    for label, row in rows.items():
        here = own.loc[own["label"] == label, "rank"]
        if here.empty:
            ax.text(last / 2, row - 0.32, _("not ranked"), ha="center", color=style.ECONOMY)
            continue
        ax.annotate(
            number(here.iloc[0]),
            (here.iloc[0], row),
            xytext=(0, 6.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=style.ECONOMY,
            weight="bold",
            size=style.TEXT,
            path_effects=style.halo(),
            zorder=6,
        )


def _names(standings: pd.DataFrame, peers: Sequence[str]) -> list[str]:
    names = standings.drop_duplicates("iso3", keep="last").set_index("iso3")["name"]
    return [str(names[peer]) for peer in peers if peer in names.index]


def _key(ax: Axes, name: str, peers: Sequence[str]) -> None:
    marks = [(Line2D([], [], **_own_look()), name)]
    if peers:
        told = _("peers: {names}", names=listing(peers))
        if len(peers) > NAMED:
            told = plural("peers: {count} economy", "peers: {count} economies", len(peers))
        marks.append((Line2D([], [], **_peer_look()), told))
    frame.key(ax, marks)
