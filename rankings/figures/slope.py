"""Who passed whom between two editions?"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rankings.errors import DataError
from rankings.figures import frame, placing, style
from rankings.figures.check import Band, HasBand, need, need_band, need_economy, need_unique
from rankings.figures.history import OWN_LINE, PEER_LINE
from rankings.figures.labels import Labels
from rankings.language.messages import _, number

SPARE = 0.04  # of the width, so that the marks lie within the Axes
PASSED: dict[str, Any] = {**PEER_LINE, "color": style.INK, "linewidth": 1.7, "markersize": 4.2}


@style.drawing()
def slope(ranks: pd.DataFrame, *, economy: str, band: Band | HasBand, ax: Axes) -> Axes:
    """Ranks of two editions joined by lines, best on top: the economy bold, peers in grey.

    Peers that changed sides with the economy are drawn dark. An economy without a rank in one of
    the editions is a mark without a line.

    Args:
        ranks: Columns ``edition``, ``iso3``, ``name``, ``rank``; two editions, the economy and
            its peers only.
        economy: ISO3 code of the economy shown bold.
        band: Best and worst rank aimed at.
        ax: The Axes drawn on.
    """
    need(ranks, ["edition", "iso3", "name", "rank"], name="slope")
    name, target = need_economy(ranks, economy, name="slope"), need_band(band)
    need_unique(ranks, ["edition", "iso3"], name="slope")
    editions = sorted(int(edition) for edition in ranks["edition"].unique())
    if len(editions) != 2:
        found = ", ".join(map(str, editions))
        raise DataError(f"slope: two editions expected in column 'edition', not {found}")
    wide = ranks.pivot(index="iso3", columns="edition", values="rank").astype(float)
    wide = wide[editions].dropna(how="all")
    own = need(wide.loc[wide.index == economy], [], name=f"slope: ranks of {economy}")
    frame.rank_down(ax, [*wide.to_numpy().ravel(), *target])
    _axes(ax, editions)
    frame.band_down(ax, target)
    names = dict(zip(ranks["iso3"], ranks["name"].astype(str), strict=True))
    passed = changed_sides(wide, own.iloc[0])
    _lines(ax, wide, economy, passed)
    _words(ax, wide, names, economy, passed, target)
    if passed:
        words = _("overtook {economy} or was overtaken", economy=name)
        frame.key(ax, [(Line2D([], [], **PASSED), words)])
    return ax


def changed_sides(wide: pd.DataFrame, own: pd.Series) -> set[str]:
    """The economies ahead of ours in one of two editions and behind in the other."""
    apart = np.sign(wide.to_numpy() - own.to_numpy())
    return set(wide.index[apart.prod(axis=1) < 0])


def _axes(ax: Axes, editions: list[int]) -> None:
    ax.set_xlim(-SPARE, 1 + SPARE)
    ax.set_xticks([0, 1], [str(edition) for edition in editions], fontweight="bold")
    ax.tick_params(axis="x", length=0, labelcolor=style.INK)
    # The ranks stand at both ends of the lines.
    ax.set_yticks([])
    ax.set_ylabel("")
    ax.vlines([0, 1], *ax.get_ylim(), color=style.RULE, linewidth=0.8, zorder=1)


def _lines(ax: Axes, wide: pd.DataFrame, economy: str, passed: set[str]) -> None:
    for iso3, row in wide.iterrows():
        look = OWN_LINE if iso3 == economy else PASSED if iso3 in passed else PEER_LINE
        ours = iso3 == economy
        ax.plot([0, 1], row, gid="economy" if ours else "peer", **{**look, "clip_on": False})


def _words(
    ax: Axes,
    wide: pd.DataFrame,
    names: dict[str, str],
    economy: str,
    passed: set[str],
    band: Band,
) -> None:
    """Name and first rank at the left; last rank and places gained at the right."""
    starts = Labels(ax, placing.at_left, leaders=frame.LEADER)
    ends = Labels(ax, placing.at_right, leaders=frame.LEADER)
    for key, (start, end) in zip(wide.index, wide.to_numpy(), strict=True):
        iso3 = str(key)
        ours = iso3 == economy
        look: dict[str, Any] = {
            "color": style.ECONOMY if ours else style.INK if iso3 in passed else style.SOFT,
            "weight": "bold" if ours else "normal",
        }
        if np.isfinite(start):
            text = f"{names[iso3]}\N{NO-BREAK SPACE}{number(start)}"
            starts.add(_wrapped(text, look), (0, start), **look)
        if np.isfinite(end):
            text = number(end) + _moved(start, end)
            if not np.isfinite(start):
                text = f"{text} {names[iso3]}"
            ends.add(_wrapped(text, look), (1, end), **look)
    frame.band_at_right(ends, band, 1 + SPARE)
    frame.make_room(ax, max(starts, ends, key=Labels.lines), Labels(ax, placing.flags))


def _wrapped(text: str, look: dict[str, Any]) -> str:
    return style.wrap(text, frame.LABEL_WIDTH + 24, weight=look["weight"])


def _moved(start: float, end: float) -> str:
    """How many places were gained or lost, as " ▲ 17"."""
    if not np.isfinite(start) or start == end:
        return ""
    sign = "▲" if end < start else "▼"
    return f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{sign}\N{NO-BREAK SPACE}{number(abs(end - start))}"
