"""Where may the rank go from here, and how likely is it to reach the band?"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rankings.figures import frame, placing, style
from rankings.figures.check import Band, HasBand, need, need_band, need_economy, need_numbers
from rankings.figures.history import OWN_LINE
from rankings.figures.labels import Labels
from rankings.language.messages import _, number, percent, simulated

LEVELS = ["low95", "low80", "median", "high80", "high95"]


@style.drawing()
def fan(
    history: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    economy: str,
    band: Band | HasBand,
    hindsight: pd.DataFrame | None = None,
    ax: Axes,
) -> Axes:
    """Ranks known, then the ranks expected as nested shades from the last one known.

    Args:
        history: Columns ``edition``, ``rank``; with ``iso3`` and ``name`` as well, the rows of
            the economy are taken.
        forecast: Columns ``edition``, ``median``, ``low95``, ``low80``, ``high80``, ``high95``
            (low is the better rank); of the economy alone if there is an ``iso3``.
        economy: ISO3 code, or the name to write if the history has no ``iso3``.
        band: Best and worst rank aimed at.
        hindsight: Columns ``edition``, ``rank``: what came, drawn as hollow marks.
        ax: The Axes drawn on.
    """
    known, name = _known(history, economy)
    came, ranks = _came(hindsight, economy), need_band(band)
    forecast = need(_only(forecast, economy), ["edition", *LEVELS], name="fan forecast")
    need_numbers(forecast, LEVELS, name="fan forecast")
    ahead = forecast.set_index("edition")[LEVELS].astype(float).sort_index()
    spread = pd.concat([pd.DataFrame(dict.fromkeys(LEVELS, known.iloc[-1:])), ahead])
    frame.editions_across(ax, sorted({int(e) for e in [*known.index, *ahead.index, *came.index]}))
    frame.rank_down(ax, [*known, *ahead.to_numpy().ravel(), *came, *ranks])
    frame.band_down(ax, ranks)
    _shades(ax, spread)
    ax.plot(known.index, known, gid="economy", **OWN_LINE)
    ax.plot(spread.index, spread["median"], gid="median", **MEDIAN_LINE)
    if len(came):
        ax.plot(came.index, came, gid="hindsight", **CAME)
        frame.key(ax, [(Line2D([], [], **CAME), _("what came"))])
    _words(ax, name, known, came, spread)
    _ends(ax, ahead.iloc[-1], ranks)
    return ax


MEDIAN_LINE: dict[str, Any] = {
    "color": style.ECONOMY,
    "linewidth": 1.8,
    "linestyle": (0, (3, 1.6)),
    "zorder": 4,
}


CAME: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 8,
    "markerfacecolor": "white",
    "markeredgecolor": style.INK,
    "markeredgewidth": 1.6,
    "zorder": 6,
}


def _known(history: pd.DataFrame, economy: str) -> tuple[pd.Series, str]:
    need(history, ["edition", "rank"], name="fan history")
    name = economy
    if "iso3" in history.columns:
        need(history, ["name"], name="fan history")
        name = need_economy(history, economy, name="fan history")
    history = _only(history, economy)
    ranks = history.set_index("edition")["rank"].astype(float).sort_index()
    need(ranks.dropna().to_frame(), ["rank"], name=f"fan history of {economy}")
    return ranks.loc[: ranks.last_valid_index()], name


def _only(table: pd.DataFrame, economy: str) -> pd.DataFrame:
    return table[table["iso3"] == economy] if "iso3" in table.columns else table


def _came(hindsight: pd.DataFrame | None, economy: str) -> pd.Series:
    if hindsight is None or hindsight.empty:
        return pd.Series(dtype=float)
    need(hindsight, ["edition", "rank"], name="fan hindsight")
    return (
        _only(hindsight, economy).set_index("edition")["rank"].astype(float).dropna().sort_index()
    )


def _shades(ax: Axes, spread: pd.DataFrame) -> None:
    for low, high, strength in (("low95", "high95", 0.30), ("low80", "high80", 0.55)):
        ax.fill_between(
            spread.index.to_numpy(dtype=float),
            spread[low].to_numpy(dtype=float),
            spread[high].to_numpy(dtype=float),
            color=style.TINT,
            alpha=strength,
            linewidth=0,
            zorder=1.6,
            gid=low[3:],
        )


def _words(ax: Axes, name: str, known: pd.Series, came: pd.Series, spread: pd.DataFrame) -> None:
    """The last known rank at its point, and what came at each of its own."""
    x = spread.index.to_numpy(dtype=float)
    lines = [np.column_stack([x, spread[level].to_numpy(dtype=float)]) for level in LEVELS]
    lines.append(np.column_stack([known.index.to_numpy(dtype=float), known.to_numpy()]))
    words = Labels(ax, placing.beside_line, paths=lines)
    own = style.wrap(f"{name} {number(known.iloc[-1])}", 150, weight="bold")
    at = (float(known.index[-1]), float(known.iloc[-1]))
    edged = {"path_effects": style.halo()}
    words.add(own, at, color=style.ECONOMY, weight="bold", **edged)
    for edition, rank in zip(came.index, came, strict=True):
        at = (float(edition), float(rank))
        words.add(number(rank), at, color=style.INK, **edged)


def _ends(ax: Axes, end: pd.Series, band: Band) -> None:
    """Median, intervals and the band's name at the right."""
    words = Labels(ax, placing.at_right)
    edge = ax.get_xlim()[1]
    median = _("median {rank}", rank=number(end["median"]))
    words.add(median, (edge, end["median"]), color=style.ECONOMY, weight="bold")
    for level in ("80", "95"):
        interval = _(
            "{share} of draws: {low}–{high}",
            share=percent(int(level) / 100),
            low=number(end[f"low{level}"]),
            high=number(end[f"high{level}"]),
        )
        interval = style.wrap(interval, frame.LABEL_WIDTH)
        words.add(interval, (edge, end[f"high{level}"]), color=style.ECONOMY)
    frame.band_at_right(words, band, edge)


@style.drawing()
def chance(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Probabilities as bars on a track from 0 to 100 %.

    Args:
        rows: Columns ``label``, ``probability`` (0 to 1), ``highlighted``, in display order.
        ax: The Axes drawn on.
    """
    need(rows, ["label", "probability", "highlighted"], name="chance")
    need_numbers(rows, ["probability"], name="chance")
    frame.row_labels(ax, [str(label) for label in rows["label"]], own=rows["highlighted"])
    places = np.arange(len(rows))
    ax.barh(places, 1.0, 0.46, color="#EFF1F3", zorder=1, gid="track")
    colours = [style.ECONOMY if own else style.PEER for own in rows["highlighted"]]
    ax.barh(places, rows["probability"], 0.46, color=colours, zorder=2, gid="chance")
    for place, (share, own) in enumerate(
        zip(rows["probability"], rows["highlighted"], strict=True)
    ):
        ax.annotate(
            simulated(share),
            (share, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center_baseline",
            color=style.ECONOMY if own else style.INK,
            weight="bold" if own else "normal",
            path_effects=style.halo(),
        )
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], [percent(share) for share in (0, 0.5, 1)])
    ax.spines["bottom"].set_visible(False)
    return ax
