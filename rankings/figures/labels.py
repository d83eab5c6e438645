"""Who writes the labels? Texts that find their place each time they are drawn.

A longer name or a taller title then moves labels; it does not make them overlap.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from rankings.figures import placing, style
from rankings.figures.placing import Array, Boxes, Place


class Labels(Artist):
    """Labels of one Axes, kept apart by one place function.

    Args:
        ax: The Axes the labels belong to.
        place: How they are placed.
        leaders: Look of the thin lines from points to labels; none are drawn without it.
        paths: Lines, as rows of x and y, that labels keep off where they can.
    """

    def __init__(
        self,
        ax: Axes,
        place: Place,
        *,
        leaders: dict[str, Any] | None = None,
        paths: Sequence[Array] = (),
    ) -> None:
        super().__init__()
        self._ax = ax
        self._place = place
        self._leader_look = leaders
        self._path = np.concatenate([np.empty((0, 2)), *map(_dense, paths)])
        self._anchors: list[tuple[float, float]] = []
        self._texts: list[Text] = []
        self._leaders: list[Line2D] = []
        self._sizes: dict[object, Array] = {}
        self.set_zorder(6)
        self.set_clip_on(False)
        ax.add_artist(self)

    def add(self, text: str, xy: tuple[float, float], **look: Any) -> None:
        """One more label, pointing at a place in data coordinates."""
        look = {"size": style.SMALL, **look}
        label = Text(text=text, ha="center", va="center", multialignment="left", **look)
        leader = Line2D([], [], **{"color": label.get_color(), **(self._leader_look or {})})
        leader.set_visible(self._leader_look is not None)
        for child in (label, leader):
            child.axes = self._ax
            child.set_figure(self._ax.figure)
            child.set_transform(IdentityTransform())
            child.set_clip_on(False)
        self._anchors.append((float(xy[0]), float(xy[1])))
        self._texts.append(label)
        self._leaders.append(leader)

    def arrange(self, renderer: RendererBase) -> list[Bbox]:
        """Put every label where it goes at the present size of the Axes; their boxes."""
        if not self._texts:
            return []
        boxes = self._boxes(renderer)
        taken = []
        for i, centre in enumerate(self._place(boxes)):
            self._texts[i].set_position((float(centre[0]), float(centre[1])))
            taken.append(Bbox.from_bounds(*(centre - boxes.sizes[i] / 2), *boxes.sizes[i]))
            x, y = boxes.anchors[i].tolist()
            low = centre - boxes.sizes[i] / 2
            if self._place is placing.at_right:
                ends = [[x, low[0] - 2 * boxes.point], [y, centre[1]]]
            elif self._place is placing.at_left:
                right = low[0] + boxes.sizes[i][0]
                ends = [[x, right + 2 * boxes.point], [y, centre[1]]]
            else:
                ends = [[x, x], [y, low[1] + boxes.sizes[i][1]]]
            self._leaders[i].set_data(*np.array(ends, dtype=float))
        return taken

    def _boxes(self, renderer: RendererBase) -> Boxes:
        page = style.page_of(self._ax)
        point = page.dpi / 72
        return Boxes(
            anchors=self._ax.transData.transform(np.array(self._anchors, dtype=float)),
            sizes=self._measured(renderer, page.dpi),
            room=self._ax.get_window_extent(renderer),
            page=page.bbox.padded(-style.PAD * point),
            point=point,
            path=self._ax.transData.transform(self._path),
        )

    def _measured(self, renderer: RendererBase, dpi: float) -> Array:
        """Width and height of each label: the layout asks many times, the words stay the same."""
        key = (type(renderer), dpi, *(text.get_text() for text in self._texts))
        if key not in self._sizes:
            extents = [text.get_window_extent(renderer) for text in self._texts]
            self._sizes[key] = np.array([extent.size for extent in extents])
        return self._sizes[key]

    def draw(self, renderer: RendererBase) -> None:
        """Arrange, then draw leaders below words."""
        if not self.get_visible():
            return
        self.arrange(renderer)
        for child in self.get_children():
            child.draw(renderer)
        self.stale = False

    def get_children(self) -> list[Artist]:
        """Leaders and texts."""
        return [*self._leaders, *self._texts]

    def lines(self) -> int:
        """Lines of text in all labels."""
        return sum(text.get_text().count("\n") + 1 for text in self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """The room the words take, so that the layout leaves it free."""
        renderer = renderer or style.page_of(self._ax)._get_renderer()  # type: ignore[attr-defined]
        boxes = self.arrange(renderer)
        return Bbox.union(boxes) if boxes else Bbox.null()

    def get_tightbbox(self, renderer: RendererBase | None = None) -> Bbox:
        """The same as the window extent."""
        return self.get_window_extent(renderer)


class Key(Legend):
    """A legend below its Axes that may be wider than it: it asks the layout for height only."""

    def get_tightbbox(self, renderer: RendererBase | None = None) -> Bbox:
        """The legend's box, no wider than the Axes."""
        box, room = super().get_tightbbox(renderer), self.axes.get_window_extent(renderer)
        assert box is not None
        return Bbox.from_extents(room.x0, box.y0, room.x1, box.y1)


def _dense(path: Array) -> Array:
    """Points along a line, close enough for none of its parts to pass a label unseen."""
    path = np.asarray(path, dtype=float)
    path = path[np.isfinite(path).all(axis=1)]
    steps = np.linspace(0.0, 1.0, 24)[:, None]
    pieces = [a + steps * (b - a) for a, b in pairwise(path)]
    return np.concatenate([np.empty((0, 2)), *pieces])
