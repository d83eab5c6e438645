"""Can a finished figure be read? What overlaps, leaves the page or is too small, in words."""

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text

from rankings.figures import style

SLACK = 1.0  # pixels: the room around letters may touch


def words(figure: Figure) -> list[Text]:
    """All texts of a figure that can be seen, where they are drawn."""
    figure.draw_without_rendering()
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    off = {id(text) for ax in figure.axes if not ax.axison for text in ax.findobj(Text)}
    texts = [text for text in found if isinstance(text, Text) and id(text) not in off]
    return [text for text in texts if text.get_text().strip()]


def unreadable(figure: Figure) -> list[str]:
    """One line for each text that leaves the figure, is too small, or overlaps another."""
    texts = words(figure)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    page = figure.bbox.padded(SLACK / 2)
    said = [
        f"{name!r} leaves the figure"
        for name, box in boxes
        if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1
    ]
    said += [
        f"{text.get_text()!r} is smaller than {style.SMALL:g} points"
        for text in texts
        if float(text.get_fontsize()) < style.SMALL
    ]
    said += [
        f"{one!r} overlaps {other!r}"
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    ]
    return said
