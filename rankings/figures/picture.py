"""How is a figure handed to a reader? As an image with words that carry its finding."""

import base64
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine

from rankings.errors import InputError
from rankings.figures import style

# Dates and program versions would change the bytes of an unchanged figure.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
SOURCE_ID = "source"


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
        with style.drawing():
            self.figure.savefig(buffer, format=kind, dpi=style.DPI, metadata=METADATA[kind])
        return buffer.getvalue()

    def save(self, path: Path | str) -> Path:
        """Write the picture; the suffix of the path says the kind."""
        path = Path(path)
        path.write_bytes(self.render(path.suffix.lstrip(".").lower()))
        return path


@style.drawing()
def _finish(figure: Figure, source: str) -> None:
    """Add the source line once, let the layout settle, and keep it as it is."""
    if source and all(text.get_gid() != SOURCE_ID for text in figure.texts):
        _write_source(figure, source)
    if engine := figure.get_layout_engine():
        _settle(figure, engine)
    figure.set_layout_engine("none")
    # The solver's last digits depend on memory addresses, and with them the bytes of the image.
    for ax in figure.axes:
        x, y, width, height = np.round(ax.get_position().bounds, 6).tolist()
        ax.set_position((x, y, width, height))


def _settle(figure: Figure, engine: LayoutEngine) -> None:
    """The layout makes room for labels, and labels move with the layout, until both rest."""
    before = np.zeros(4)
    for _round in range(6):
        engine.execute(figure)
        after = np.array([ax.get_position().bounds for ax in figure.axes])
        if np.allclose(before, after, atol=2e-4):
            return
        before = after


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
