"""How is a way from one rank to another drawn and told? Shared by all waterfalls of places."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from rankings import figures
from rankings.language.messages import meaning
from rankings.report import words


def drawn(
    start: tuple[str, float],
    parts: Sequence[tuple[str, float]],
    end: tuple[str, float],
    *,
    height: float,
    title: str,
) -> tuple[Figure, str]:
    """A waterfall of places, and its steps in words.

    Args:
        start: label and rank where the way begins.
        parts: label and places of each step as ranks count them; told with plus for a climb.
        end: label and rank where it ends.
        height: of the figure, inches.
        title: of the figure.

    Returns:
        The figure; and the steps as "Services (OSI) +4.6; Telecom (TII) −1.3".
    """
    rows = pd.DataFrame([start, *parts, end], columns=["label", "places"])
    figure, ax = figures.canvas(height, title=title)
    figures.waterfall(
        rows.assign(
            places=rows["places"].astype("float64"),
            kind=["start", *["part"] * len(parts), "end"],
        ),
        ax=ax,
    )
    told = "; ".join(f"{label} {words.climbed(places)}" for label, places in parts)
    return figure, told or meaning("moves", "nothing")
