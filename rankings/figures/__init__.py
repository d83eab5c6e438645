"""What does a reader see? Finished tables drawn on the Axes given, in one visual language."""

from rankings.figures.bars import bar_table
from rankings.figures.changes import growth
from rankings.figures.drivers import drivers
from rankings.figures.gaps import dumbbell
from rankings.figures.history import rank_history
from rankings.figures.intervals import interval_rows
from rankings.figures.outlook import chance, fan
from rankings.figures.panels import standing_lines
from rankings.figures.picture import Picture
from rankings.figures.scores import calibration
from rankings.figures.slope import slope
from rankings.figures.standings import strip
from rankings.figures.steps import waterfall
from rankings.figures.style import canvas, drawing, row_height
from rankings.figures.tiles import tiles, tiles_height

__all__ = [
    "Picture",
    "bar_table",
    "calibration",
    "canvas",
    "chance",
    "drawing",
    "drivers",
    "dumbbell",
    "fan",
    "growth",
    "interval_rows",
    "rank_history",
    "row_height",
    "slope",
    "standing_lines",
    "strip",
    "tiles",
    "tiles_height",
    "waterfall",
]
