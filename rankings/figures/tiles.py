"""Where in the world are the economies ahead? A tile for each, without borders or seas."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from rankings.figures import frame, style
from rankings.figures.check import Band, HasBand, need, need_band, need_economy, need_numbers
from rankings.language.messages import _, number

# From the first class to the last: all lighter than the economy, and its two letters are legible.
SHADES = ("#858F98", "#9FA8B0", "#BDC4CA", "#D5D9DE", "#EAECEF")
EDGE = 0.06  # free around a tile, in tiles
TALL = 1.12  # height of a tile, in widths


@style.drawing()
def tiles(grid: pd.DataFrame, *, economy: str, band: Band | HasBand, ax: Axes) -> Axes:
    """One tile per economy, darker for a better rank; the band outlined, the economy in blue.

    Args:
        grid: Columns ``iso3``, ``code`` (two letters written in the tile), ``name``, ``rank``,
            ``shade`` (the class of the rank, 0 for the best), ``row``, ``column`` (of the tile,
            from 1). Without a rank the tile is empty.
        economy: ISO3 code of the economy shown in blue, a little larger.
        band: Best and worst rank aimed at.
        ax: The Axes drawn on; `tiles_height` says how high its figure should be.
    """
    need(grid, ["iso3", "code", "name", "rank", "shade", "row", "column"], name="tiles")
    need_numbers(grid, ["row", "column"], name="tiles")
    name, target = need_economy(grid, economy, name="tiles"), need_band(band)
    bottom = _axes(ax, grid)
    for tile in grid.to_dict("records"):
        _tile(ax, tile, ours=tile["iso3"] == economy, band=target)
    _classes(ax, grid.dropna(subset=["rank"]), bottom)
    own = grid.loc[grid["iso3"] == economy, "rank"].iloc[0]
    place = _("not ranked") if pd.isna(own) else number(float(own))
    _key(ax, f"{name}: {place}", target, lacking=bool(grid["rank"].isna().any()))
    return ax


def tiles_height(grid: pd.DataFrame) -> float:
    """Inches of canvas that keep the tiles nearly square."""
    pitch = (style.WIDTH - 2 * style.PAD / 72) / float(grid["column"].max())
    return float(pitch * TALL * (grid["row"].max() + 2.1) + 0.15)


def _axes(ax: Axes, grid: pd.DataFrame) -> float:
    """Axes in tiles, rows downwards; the row of the classes' key is returned."""
    bottom = float(grid["row"].max()) + 1.6
    ax.set_xlim(0.5, float(grid["column"].max()) + 0.5)
    ax.set_ylim(bottom + 0.5, 0.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    return bottom


def _tile(ax: Axes, tile: dict[Any, Any], *, ours: bool, band: Band) -> None:
    ranked = pd.notna(tile["rank"])
    inside = ranked and band[0] <= tile["rank"] <= band[1]
    fill = "white" if not ranked else SHADES[int(tile["shade"])]
    look: dict[str, Any] = {
        "facecolor": fill,
        "edgecolor": style.RULE,
        "linewidth": 0.5,
        "zorder": 2,
    }
    if not ranked:
        look |= {"edgecolor": style.PEER, "linewidth": 0.8, "linestyle": (0, (1.5, 1.5))}
    if inside:
        look |= {"facecolor": style.BAND, "edgecolor": style.BAND_INK, "linewidth": 1.5}
    if ours:
        look |= {"facecolor": style.ECONOMY, "zorder": 4}
    if ours and not inside:
        look |= {"edgecolor": "white", "linewidth": 1.2, "linestyle": "-"}
    half = 0.5 + (0.16 if ours else -EDGE)
    x, y = float(tile["column"]), float(tile["row"])
    gid = "economy" if ours else "band" if inside else "tile" if ranked else "unranked"
    ax.add_patch(
        Rectangle((x - half, y - half), 2 * half, 2 * half, gid=gid, clip_on=False, **look)
    )
    ax.text(
        x,
        y,
        str(tile["code"]),
        gid="code",
        ha="center",
        va="center_baseline",
        size=style.SMALL,
        color="white" if ours else style.INK,
        weight="bold" if ours else "normal",
        zorder=5,
        clip_on=False,
    )


def _classes(ax: Axes, ranked: pd.DataFrame, row: float) -> None:
    """From which to which rank a shade goes, as wide tiles under the others."""
    ax.text(0.5 + EDGE, row, _("rank"), va="center_baseline", color=style.SOFT)
    left = 3.0 + style.text_width(_("rank")) / 40
    for shade, ranks in ranked.groupby("shade")["rank"]:
        colour = SHADES[int(float(str(shade)))]
        box = Rectangle((left, row - 0.5), 3.2, 0.95, facecolor=colour, gid="class")
        ax.add_patch(box)
        span = f"{number(ranks.min())}–{number(ranks.max())}"
        ax.text(left + 1.6, row, span, ha="center", va="center_baseline", size=style.SMALL)
        left += 3.35


def _key(ax: Axes, own: str, band: Band, *, lacking: bool) -> None:
    square: dict[str, Any] = {"marker": "s", "markersize": 10, "linestyle": "none"}
    marks = [
        (Line2D([], [], color=style.ECONOMY, **square), own),
        (
            Line2D(
                [],
                [],
                markerfacecolor=style.BAND,
                markeredgecolor=style.BAND_INK,
                markeredgewidth=1.5,
                **square,
            ),
            frame.band_words(band),
        ),
    ]
    if lacking:
        empty = Line2D(
            [], [], markerfacecolor="white", markeredgecolor=style.PEER, color="white", **square
        )
        marks.append((empty, _("not ranked")))
    frame.key(ax, marks)
