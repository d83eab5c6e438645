"""What does every figure look like? Colours, type and measures, said once.

Colours differ in lightness as well as hue, and every role has a weight or a marker of its own,
so that a figure printed in grey, or seen by a colour-blind reader, says the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, overload

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path

ECONOMY = "#0B4A8F"  # our economy: dark, filled, heavy
TINT = "#7FA9D6"  # the same hue, light enough to shade with
BAND = "#FCE9BC"  # the band of ranks aimed at
BAND_INK = "#8A5A00"  # words, edges and marks of the band
LOSS = "#B54E25"  # what goes the wrong way (hatched too)
PEER = "#767F89"  # peers: mid-grey, thin, open marks
WORLD = "#BEC5CC"  # all other economies
INK = "#1F252B"
SOFT = "#545C65"  # axis words, notes and the source
RULE = "#D5DADF"  # thin lines to read along

WORST_MARK, BEST_MARK = "D", "^"  # the band's worst and best rank, wherever they are drawn

WIDTH = 7.2  # inches
DPI = 160
CSS_DPI = 96
TITLE, TEXT, SMALL = 12.0, 10.5, 10.0  # points; nothing is smaller
LEADING = 1.25  # height of a line of text, in sizes
PAD = 6.0  # points between the edge of a figure and anything in it

RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.color": INK,
    "text.parse_math": False,  # names and sources may hold a dollar sign
    "text.hinting": "no_hinting",  # the same widths at every resolution
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.labelcolor": SOFT,
    "axes.labelsize": SMALL,
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "svg.hashsalt": "rankings",
    "pdf.fonttype": 42,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in this style, whatever the session's settings are, and leave those as they were."""
    with rc_context():
        rcdefaults()
        for name, value in RC.items():
            rcParams[name] = value  # type: ignore[index]
        yield


@overload
def canvas(height: float, *, title: str = "") -> tuple[Figure, Axes]: ...
@overload
def canvas(
    height: float, rows: int, cols: int = 1, *, title: str = "", **subplots: Any
) -> tuple[Figure, list[Axes]]: ...
@drawing()
def canvas(
    height: float, rows: int = 0, cols: int = 1, *, title: str = "", **subplots: Any
) -> tuple[Figure, Axes | list[Axes]]:
    """A figure of the one width, outside pyplot, and its Axes (a list, row by row, if asked).

    Args:
        height: Inches for the drawing; the title, a key under the Axes and the source line of
            a `Picture` add their own lines to it.
        rows: Rows of panels; left out, one Axes is returned by itself.
        cols: Panels in a row.
        title: What is seen, in one sentence; wrapped, left-aligned.
        subplots: Passed to `Figure.subplots`, such as ``sharey=True``.
    """
    lines = balanced(title, WIDTH * 72 - 2 * PAD, size=TITLE, weight="bold") if title else ""
    above = (lines.count("\n") + 1) * TITLE * LEADING + PAD if title else 0.0
    figure = Figure(
        figsize=(WIDTH, height + above / 72),
        dpi=DPI,
        layout=ConstrainedLayoutEngine(w_pad=PAD / 72, h_pad=PAD / 72, wspace=0.04, hspace=0.06),
    )
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(lines, x=PAD / 72 / WIDTH, ha="left", size=TITLE, weight="bold")
    grid = figure.subplots(max(rows, 1), cols, squeeze=False, **subplots)
    axes: list[Axes] = list(grid.flat)
    return figure, axes if rows else axes[0]


def page_of(ax: Axes) -> Figure:
    """The whole figure an Axes is part of."""
    figure = ax.get_figure(root=True)
    assert figure is not None, "an Axes without a figure cannot be drawn on"
    return figure


def grow(figure: Figure, inches: float) -> None:
    """Make a canvas taller by what its words need; a figure laid out by hand stays as it is."""
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.set_figheight(figure.get_figheight() + inches)


def row_height(rows: int, *, each: float = 0.5, rest: float = 1.0) -> float:
    """Inches of canvas for a figure with one row per label."""
    return rest + each * rows


def text_width(text: str, *, size: float = SMALL, weight: str = "normal") -> float:
    """Points that one line of text is wide: its words and the spaces between them."""
    words = text.split(" ")
    # No letter draws nearer to a space in this font, so words that are met again need no measuring.
    units = sum(_word_width(word, weight) for word in words if word)
    return (units + (len(words) - 1) * _word_width(" ", weight)) * size / UNIT


UNIT = 100.0


@lru_cache(maxsize=16384)
def _word_width(word: str, weight: str) -> float:
    """Points that a word is wide at the size `UNIT`."""
    font = FontProperties(family="DejaVu Sans", size=UNIT, weight=weight)
    return float(text_to_path.get_text_width_height_descent(word, font, ismath=False)[0])


def wrap(text: str, points: float, *, size: float = SMALL, weight: str = "normal") -> str:
    """The text in lines no wider than so many points; a word too long for a line is cut."""

    def fits(line: str) -> bool:
        return text_width(line, size=size, weight=weight) <= points

    lines: list[str] = []
    for word in text.split(" "):
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
            continue
        while not fits(word):
            # An address is cut without a hyphen, which a reader might copy.
            dash = "" if "/" in word or "." in word else "-"
            cut = max(
                (n for n in range(1, len(word)) if fits(word[:n] + dash)),
                default=1,
            )
            lines.append(word[:cut] + dash)
            word = word[cut:]
        lines.append(word)
    return "\n".join(lines)


def balanced(text: str, points: float, *, size: float = SMALL, weight: str = "normal") -> str:
    """The text in as few lines as `wrap` needs, but of about one length."""
    best = wrap(text, points, size=size, weight=weight)
    for share in (0.9, 0.8, 0.7, 0.6, 0.5):
        narrower = wrap(text, share * points, size=size, weight=weight)
        if narrower.count("\n") > best.count("\n") or "\n" not in best:
            break
        best = narrower
    return best


def halo() -> list[withStroke]:
    """A white edge that keeps words readable across lines and ticks."""
    return [withStroke(linewidth=2.6, foreground="white")]
