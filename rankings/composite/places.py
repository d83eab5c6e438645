"""Which place does each of many score vectors give, when some scores differ only by noise?

The rule of `rankings.panel.ranks`, and no other: 5.1 and 5.1000000000000005 in one file are one
value (the peer ranks them apart).
"""

from rankings.panel.ranks import SAME as TOLERANCE
from rankings.panel.ranks import Array, Places, from_best, from_worst
from rankings.panel.ranks import competition_rows as competition

__all__ = ["TOLERANCE", "Array", "Places", "competition", "from_best", "from_worst"]
