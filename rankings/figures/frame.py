"""What do figures share around their data? Rank axes, editions, the band, breaks and the key."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from rankings.figures import placing, style
from rankings.figures.check import Band, need
from rankings.figures.labels import Key, Labels
from rankings.language.messages import _, number

BREAK_LOOK: dict[str, Any] = {"color": style.SOFT, "linewidth": 0.9, "linestyle": (0, (1, 2.5))}
LABEL_WIDTH = 118.0  # points for names at the right
AROUND_ROWS = 50.0  # points above and below rows: the axis, its words and the padding
LEADER: dict[str, Any] = {"linewidth": 0.7, "alpha": 0.6}


def rank_ticks(best: float, worst: float, *, most: int = 8) -> list[int]:
    """Round ranks to mark between two ranks; the first place is marked as 1, not 0."""
    steps = (1, 2, 5, 10, 20, 25, 50, 100)
    step = next((s for s in steps if (worst - best) / s < most), 200)
    ticks = {1, *(step * n for n in range(1, int(worst // step) + 1))}
    return sorted(tick for tick in ticks if best <= tick <= worst)


def rank_across(ax: Axes, last: float, *, label: str | None = None) -> None:
    """Ranks from left (best) to right along x."""
    ax.set_xlim(0, last + 1)
    ticks = rank_ticks(1, last)
    ax.set_xticks(ticks, [number(tick) for tick in ticks])
    name_across(ax, label or _("rank (1 is best)"))


def name_across(ax: Axes, words: str) -> None:
    """What the x axis shows, at its left end."""
    ax.set_xlabel(style.wrap(words, 300), loc="left")


def rank_down(ax: Axes, ranks: Iterable[float], *, room: bool = False) -> None:
    """Ranks down the y axis, best on top, over the ranks given and a little more.

    The axis ends at the first rank, unless ``room`` is wanted for words above a line there, or
    levels between ranks lead beyond it.
    """
    finite = [rank for rank in ranks if np.isfinite(rank)]
    best, worst = min(finite), max(finite)
    spare = max(2.0, 0.07 * (worst - best))
    top, bottom = best - spare, worst + spare
    if best >= 1 and not room:
        top = max(0.4, top)
    ax.set_ylim(bottom, top)
    ticks = rank_ticks(top, bottom)
    ax.set_yticks(ticks, [number(tick) for tick in ticks])
    ax.set_ylabel(_("rank (1 is best)"))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y")


def value_ticks(low: float, high: float, *, most: int = 5) -> tuple[list[float], list[str]]:
    """Round values between two limits and their labels in the reader's number format."""
    ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    step = float(ticks[1] - ticks[0])
    digits = next((d for d in range(6) if abs(round(step, d) - step) < 1e-9), 6)
    inside = [float(tick) for tick in ticks if low <= tick <= high]
    return inside, [number(tick, digits) for tick in inside]


def editions_across(ax: Axes, editions: Sequence[int]) -> None:
    """One tick per edition; where labels would touch, the last, the first, then later ones win."""
    first, last = min(editions), max(editions)
    spare = max(0.5, 0.025 * (last - first))
    ax.set_xlim(first - spare, last + spare)
    figure_width = style.page_of(ax).get_figwidth()
    # Labels at the right will take about a fifth of the width from the Axes.
    points = 0.8 * 72 * figure_width * ax.get_position().width
    nearest = (style.text_width("2024") + 3) * (last - first + 2 * spare) / points
    shown: list[int] = []
    for edition in [last, first, *sorted(editions, reverse=True)]:
        if all(abs(other - edition) >= nearest for other in shown):
            shown.append(edition)
    ax.set_xticks(sorted(editions), [str(e) if e in shown else "" for e in sorted(editions)])


def band_across(ax: Axes, band: Band) -> None:
    """The band as a vertical strip over all rows, named once above them."""
    best, worst = band
    ax.axvspan(best - 0.5, worst + 0.5, color=style.BAND, linewidth=0, zorder=0, gid="band")
    words = Labels(ax, placing.on_top)
    words.add(band_words(band), ((best + worst) / 2, 0.0), color=style.BAND_INK, weight="bold")


def band_down(ax: Axes, band: Band) -> None:
    """The band as a horizontal strip with thin edges that stay visible below other shades."""
    best, worst = band
    ax.axhspan(best - 0.5, worst + 0.5, color=style.BAND, linewidth=0, zorder=0, gid="band")
    for edge in (best - 0.5, worst + 0.5):
        ax.axhline(edge, color=style.BAND_INK, linewidth=0.7, alpha=0.7, zorder=2.2)


def band_words(band: Band) -> str:
    """How the band is called in a figure."""
    if band[0] == band[1]:
        return _("target rank {rank}", rank=number(band[0]))
    return _("target band {best}–{worst}", best=number(band[0]), worst=number(band[1]))


def band_at_right(words: Labels, band: Band, edge: float) -> None:
    """The band's name among the labels at the right."""
    text = style.wrap(band_words(band), LABEL_WIDTH, weight="bold")
    middle = (band[0] + band[1]) / 2
    words.add(text, (edge, middle), color=style.BAND_INK, weight="bold")


def between(breaks: pd.DataFrame | None, editions: Sequence[int]) -> list[tuple[str, float]]:
    """Each break's label and the middle between the edition that changed and the one before.

    Breaks at or before the first edition, or after the last, separate nothing and are left out.
    """
    if breaks is None or len(breaks) == 0:
        return []
    need(breaks, ["edition", "label"], name="breaks")
    # Pairs, not a table by label: the same part may break several times.
    places: list[tuple[str, float]] = []
    for edition, label in zip(breaks["edition"], breaks["label"], strict=True):
        before = [e for e in editions if e < edition]
        after = [e for e in editions if e >= edition]
        if before and after:
            places.append((str(label), (max(before) + min(after)) / 2))
    return places


def break_lines(ax: Axes, places: Sequence[tuple[str, float]], *, named: bool = True) -> Labels:
    """Method breaks as thin dotted lines, their names as flags above the Axes."""
    words = Labels(ax, placing.flags, leaders=BREAK_LOOK)
    for label, x in places:
        ax.axvline(x, zorder=1.5, gid="break", **BREAK_LOOK)
        if named:
            words.add(style.balanced(label, 170), (x, ax.get_ylim()[1]), color=style.SOFT)
    return words


def make_room(ax: Axes, column: Labels, flags: Labels) -> None:
    """Make a canvas tall enough for the labels at the right, if they are many or long.

    Were the column taller than its Axes, the layout would shrink the Axes to hold it, and the
    column would stand out even more.
    """
    figure, place = style.page_of(ax), ax.get_subplotspec()
    panels = place.get_gridspec().nrows if place else 1
    line = style.SMALL * style.LEADING
    needed = line * (column.lines() + flags.lines()) + 2 * len(column) + 4 * len(flags) + 36
    needed += _title_height(ax.get_title(loc="left"), style.TEXT)
    above = _title_height(figure.get_suptitle(), style.TITLE)
    style.grow(figure, max(0.0, panels * needed + above - 72 * figure.get_figheight()) / 72)


def _title_height(title: str, size: float) -> float:
    return (title.count("\n") + 1) * size * style.LEADING + style.PAD if title else 0.0


def key(ax: Axes, marks: Sequence[tuple[Line2D, str]]) -> None:
    """The few marks that carry no label of their own, under the Axes and the words there.

    It starts at the left edge of the figure: in one line if that is wide enough, else in rows.
    """
    figure = style.page_of(ax)
    room = 72 * figure.get_figwidth() - 2 * style.PAD
    words = [style.wrap(text, room - 24) for _mark, text in marks]
    long = sum(max(map(style.text_width, text.split("\n"))) + 34 for text in words) > room
    lines = [text.count("\n") + 1 for text in words]
    style.grow(figure, 14 * (sum(lines) if long else max(lines)) / 72)
    axis_words = ax.get_xlabel()
    down = 26 + (14 * (axis_words.count("\n") + 1) if axis_words else 0)
    edge = blended_transform_factory(figure.transFigure, ax.transAxes)
    shift = ScaledTranslation(style.PAD / 72, -down / 72, figure.dpi_scale_trans)
    legend = Key(
        ax,
        [mark for mark, _text in marks],
        words,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=edge + shift,
        ncols=1 if long else len(marks),
        borderpad=0,
        borderaxespad=0,
        handlelength=1.1,
        handletextpad=0.5,
        columnspacing=1.6,
        labelspacing=0.35,
        labelcolor=style.SOFT,
    )
    legend.set_clip_on(False)
    ax.add_artist(legend)


def row_labels(ax: Axes, names: Sequence[str], *, own: Iterable[bool] = ()) -> None:
    """One row per name from the top down, the names at the left in as many lines as rows hold.

    Where a name needs more lines than its row holds, the canvas grows.
    """
    figure = style.page_of(ax)
    line = style.SMALL * style.LEADING
    words = _title_height(figure.get_suptitle(), style.TITLE) + AROUND_ROWS
    pitch = (72 * figure.get_figheight() - words) / len(names)
    most = max(1, int(pitch // line))
    for points in (150, 180, 210, 260):
        lines = [style.wrap(name, points) for name in names]
        highest = max(name.count("\n") + 1 for name in lines)
        if highest <= min(most, 2):
            break
    style.grow(figure, max(0.0, highest * line - pitch) * len(names) / 72 if highest > 1 else 0.0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), lines)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK, pad=6)
    for label, ours in zip(ax.get_yticklabels(), own, strict=False):
        if ours:
            label.set(fontweight="bold", color=style.ECONOMY)
