"""What are the numbers behind the places? A table whose cells carry a bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rankings.figures import frame, style
from rankings.figures.check import (
    Band,
    HasBand,
    need,
    need_band,
    need_economy,
    need_numbers,
    need_unique,
)
from rankings.language.messages import number

NAME_WIDTH = 165.0  # points at most
LEAST_NAMES = 80.0  # points at least: what the shade means stands above the names
GAP = 10.0  # points between columns
THICK = 0.42  # of a row
MISSING = "\N{EN DASH}"
ROOM = 72 * style.WIDTH - 2 * style.PAD


@dataclass(frozen=True)
class _Columns:
    """Where things stand across the table, in points from its left edge."""

    rank: float
    name: float
    starts: list[float]
    number: float
    bar: float


@style.drawing()
def bar_table(
    cells: pd.DataFrame, *, economy: str, band: Band | HasBand, digits: int = 3, ax: Axes
) -> Axes:
    """A row per economy, a column per measure: the value, and a bar from 0 to the scale's end.

    Args:
        cells: Columns ``iso3``, ``name``, ``rank`` (of the row), ``label`` (of the column, in
            display order), ``value`` and ``full`` (the value of a whole bar); rows in display
            order. A missing value is a dash.
        economy: ISO3 code of the economy shown bold.
        band: Best and worst rank aimed at: the rows within it are shaded.
        digits: Decimals of the values.
        ax: The Axes drawn on, of a figure of the one width.
    """
    need(cells, ["iso3", "name", "rank", "label", "value", "full"], name="bar_table")
    need_numbers(cells, ["full"], name="bar_table")
    need_economy(cells, economy, name="bar_table")
    need_unique(cells, ["iso3", "label"], name="bar_table")
    target = need_band(band)
    rows = cells.drop_duplicates("iso3")[["iso3", "name", "rank"]].reset_index(drop=True)
    labels = [str(label) for label in pd.unique(cells["label"])]
    columns = _columns(rows, cells, len(labels), digits)
    _axes(ax, len(rows))
    _header(ax, labels, columns, _shade(target, rows["rank"].dropna()))
    for y, row in enumerate(rows.to_dict("records")):
        ours = row["iso3"] == economy
        if pd.notna(row["rank"]) and target[0] <= row["rank"] <= target[1]:
            ax.axhspan(y - 0.5, y + 0.5, color=style.BAND, linewidth=0, zorder=0, gid="band")
        _write(ax, y, row, columns, ours=ours)
        own = cells.loc[cells["iso3"] == row["iso3"]].set_index("label")
        for label, start in zip(labels, columns.starts, strict=True):
            value, full = own["value"].get(label), own["full"].get(label)
            _cell(ax, (start, y), value, full, columns, digits=digits, ours=ours)
    return ax


def _columns(rows: pd.DataFrame, cells: pd.DataFrame, count: int, digits: int) -> _Columns:
    bold: dict[str, Any] = {"weight": "bold"}
    rank = max(style.text_width(_rank(each), **bold) for each in rows["rank"]) + 4
    named = (style.wrap(str(name), NAME_WIDTH, weight="bold") for name in rows["name"])
    wide = max(style.text_width(line, **bold) for name in named for line in name.split("\n"))
    wide = max(wide, LEAST_NAMES)
    held = cells["value"].dropna()
    written = max((style.text_width(number(v, digits), **bold) for v in held), default=10.0)
    left = rank + 8 + wide + GAP
    each = (ROOM - left) / count
    bar = each - written - 5 - GAP
    starts = [left + i * each for i in range(count)]
    return _Columns(rank, rank + 8, starts, written, bar)


def _rank(rank: float) -> str:
    return MISSING if pd.isna(rank) else number(rank)


def _axes(ax: Axes, rows: int) -> None:
    ax.set_xlim(0, ROOM)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    for y in range(rows + 1):
        ax.axhline(y - 0.5, color=style.RULE, linewidth=0.6, zorder=1)


def _shade(band: Band, shown: pd.Series) -> str:
    """What the shade means; on which side of the rows the band lies if none of them is in it."""
    words = frame.band_words(band)
    if shown.between(*band).any() or shown.empty:
        return words
    if (shown > band[1]).all():
        return f"\N{UPWARDS ARROW} {words}"
    return f"\N{DOWNWARDS ARROW} {words}" if (shown < band[0]).all() else words


def _header(ax: Axes, labels: list[str], columns: _Columns, band: str) -> None:
    """What each column shows, and what the shade means, above the rows."""
    width = columns.number + 5 + columns.bar
    heads = [
        (start, style.wrap(label, width), style.SOFT, "normal")
        for start, label in zip(columns.starts, labels, strict=True)
    ]
    shade = style.wrap(band, columns.starts[0] - columns.name - GAP, weight="bold")
    heads.append((columns.name, shade, style.BAND_INK, "bold"))
    for x, words, colour, weight in heads:
        ax.annotate(
            words,
            (x, 1),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 4),
            textcoords="offset points",
            va="bottom",
            color=colour,
            weight=weight,
            size=style.SMALL,
        )


def _write(ax: Axes, y: int, row: Mapping[Any, Any], columns: _Columns, *, ours: bool) -> None:
    colour, weight = (style.ECONOMY, "bold") if ours else (style.INK, "normal")
    rank = _rank(row["rank"])
    name = style.wrap(str(row["name"]), NAME_WIDTH, weight="bold")
    look: dict[str, Any] = {"color": colour, "weight": weight, "size": style.SMALL}
    # On the line of the values beside it.
    look["va"] = "center" if "\n" in name else "center_baseline"
    ax.text(columns.rank, y, rank, ha="right", **look)
    ax.text(columns.name, y, name, gid="economy" if ours else "name", linespacing=1.05, **look)


def _cell(
    ax: Axes,
    at: tuple[float, float],
    value: Any,
    full: Any,
    columns: _Columns,
    *,
    digits: int,
    ours: bool,
) -> None:
    x, y = at
    lacking = value is None or bool(pd.isna(value))
    words = MISSING if lacking else number(float(value), digits)
    ax.text(
        x + columns.number,
        y,
        words,
        ha="right",
        va="center_baseline",
        size=style.SMALL,
        color=style.ECONOMY if ours else style.INK,
        weight="bold" if ours else "normal",
    )
    if lacking:
        return
    left = x + columns.number + 5
    whole = Rectangle(
        (left, y - THICK / 2),
        columns.bar,
        THICK,
        facecolor="white",
        zorder=2,
        edgecolor=style.RULE,
        linewidth=0.6,
        gid="track",
    )
    share = float(value) / float(full)
    bar = Rectangle(
        (left, y - THICK / 2),
        columns.bar * share,
        THICK,
        zorder=3,
        facecolor=style.ECONOMY if ours else style.PEER,
        gid="bar",
    )
    ax.add_patch(whole)
    ax.add_patch(bar)
