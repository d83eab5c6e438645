"""How is a figure handed to a reader? As an image with words that carry its finding."""

import base64
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from PIL import Image

from rankings.errors import InputError
from rankings.figures import style
from rankings.language import messages

# Dates and program versions would change the bytes of an unchanged figure.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
SOURCE_ID = "source"
# Of the PNG: half the time of the usual 6 for as many bytes, as drawings are mostly plain.
COMPRESS_LEVEL = 3


class Picture:
    """A finished figure with its alt text and source line; a notebook shows it as an image.

    Args:
        figure: A figure made by `style.canvas`; its layout is final from here on.
        alt: What is seen, in a sentence or two: read aloud, and compared by nbval.
        source: Publisher, edition and date, written small under the drawing.
    """

    def __init__(self, figure: Figure, alt: str, source: str) -> None:
        if not alt.strip():
            raise InputError("a picture needs an alt text that says what is seen")
        self.figure = figure
        self._language = messages.language()
        self.alt = " ".join(alt.split())
        self.source = " ".join(source.split())
        _finish(figure, self.source)

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        image = base64.b64encode(self.render("png")).decode("ascii")
        width = round(self.figure.get_figwidth() * style.CSS_DPI)
        data = {"image/png": image, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": width}}

    def render(self, kind: str) -> bytes:
        """The file's bytes, the same on every call: ``png``, ``svg`` or ``pdf``."""
        if kind not in METADATA:
            raise InputError(f"no picture of kind {kind!r}; known: {', '.join(METADATA)}")
        buffer = BytesIO()
        with style.drawing(), messages.speaking(self._language):
            if kind == "png":
                _image(self.figure).save(
                    buffer, "png", dpi=(style.DPI, style.DPI), compress_level=COMPRESS_LEVEL
                )
            else:
                self.figure.savefig(buffer, format=kind, dpi=style.DPI, metadata=METADATA[kind])
        return buffer.getvalue()

    def save(self, path: Path | str) -> Path:
        """Write the picture; the suffix of the path says the kind."""
        path = Path(path)
        path.write_bytes(self.render(path.suffix.lstrip(".").lower()))
        return path


def _image(figure: Figure) -> Image.Image:
    """The figure drawn once, on white: `Figure.savefig` draws it twice and keeps the alpha."""
    figure.set_dpi(style.DPI)
    # The canvas that measured the words knows their widths.
    held = figure.canvas
    canvas: Any = held if isinstance(held, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    size = canvas.get_width_height()
    return Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")


@style.drawing()
def _finish(figure: Figure, source: str) -> None:
    """Add the source line once, let the layout settle, and keep it as it is."""
    if source and all(text.get_gid() != SOURCE_ID for text in figure.texts):
        _write_source(figure, source)
    if engine := figure.get_layout_engine():
        _settle(figure, engine)
    figure.set_layout_engine(None)
    # The solver's last digits depend on memory addresses, and with them the bytes of the image.
    for ax in figure.axes:
        x, y, width, height = np.round(ax.get_position().bounds, 6).tolist()
        ax.set_position((x, y, width, height))


def _settle(figure: Figure, engine: LayoutEngine) -> None:
    """The layout makes room for labels, and labels move with the layout, until both rest."""
    witnesses = [_Witness(ax) for ax in figure.axes]
    for _round in range(6):
        engine.execute(figure)
        if all(witness.at_rest() for witness in witnesses):
            break
    for witness in witnesses:
        witness.remove()


class _Witness(Artist):
    """Draws nothing and takes no room; it sees where its Axes stood when the layout measured it.

    The layout measures, moves, measures and moves again: where the second move was none, another
    round would find nothing to do.
    """

    def __init__(self, ax: Axes) -> None:
        super().__init__()
        self._ax = ax
        self._seen = np.zeros(4)
        ax.add_artist(self)
        self.set_clip_on(False)  # what is clipped to its Axes is not measured

    def get_tightbbox(self, renderer: RendererBase | None = None) -> None:
        """No room."""
        self._seen = np.array(self._ax.get_position().bounds)

    def at_rest(self) -> bool:
        """Whether the Axes has not moved since it was measured."""
        return np.allclose(self._seen, self._ax.get_position().bounds, atol=2e-4)


def _write_source(figure: Figure, source: str) -> None:
    """Grow the figure at the bottom by the lines of the source; the drawing keeps its size."""
    width, height = figure.get_size_inches()
    lines = style.wrap(source, width * 72 - 2 * style.PAD)
    room = ((lines.count("\n") + 1) * style.SMALL * style.LEADING + style.PAD) / 72
    figure.set_size_inches(width, height + room)
    foot = room / (height + room)
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        engine = ConstrainedLayoutEngine()
        figure.set_layout_engine(engine)
    engine.set(rect=(0, foot, 1, 1 - foot))
    figure.text(
        style.PAD / 72 / width,
        style.PAD / 72 / (height + room),
        lines,
        size=style.SMALL,
        color=style.SOFT,
        va="bottom",
        gid=SOURCE_ID,
    )
