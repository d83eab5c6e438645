"""The figures of a story: finished tables handed to `rankings.figures`, with what they show.

Notebooks call them all as ``pictures.NAME``; the files are by notebook. They lie apart from the
words because they import matplotlib, which takes longer than everything else a headline needs.
"""

from rankings.report.pictures.standing import illustration, rank_history, ranks_in, strip
from rankings.report.pictures.target import chance, growth
from rankings.report.pictures.trend import fan, residuals, standing_lines
from rankings.report.pictures.why import dumbbell, waterfall
from rankings.report.pictures.world import bar_table, rank_intervals, slope, tiles

__all__ = [
    "bar_table",
    "chance",
    "dumbbell",
    "fan",
    "growth",
    "illustration",
    "rank_history",
    "rank_intervals",
    "ranks_in",
    "residuals",
    "slope",
    "standing_lines",
    "strip",
    "tiles",
    "waterfall",
]
