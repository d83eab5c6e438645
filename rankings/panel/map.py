"""Where does each economy lie on the tile map, and in which fifth of the ranks?"""

import tomllib
from functools import cache
from pathlib import Path

TILES = Path(__file__).with_name("tiles.toml")


CLASSES = 5


@cache
def places() -> dict[str, tuple[int, int]]:
    """Row and column of every economy on the map, from 1."""
    rows = tomllib.loads(TILES.read_text(encoding="utf-8"))["rows"].split("\n")
    grid = [row.split() for row in rows if row.strip()]
    return {
        iso3: (row, column)
        for row, cells in enumerate(grid, start=1)
        for column, iso3 in enumerate(cells, start=1)
        if iso3 != "..."
    }


def shade(rank: int, of: int) -> int:
    """The class of a rank: 0 for the first fifth, 4 for the last."""
    return min(CLASSES - 1, (rank - 1) * CLASSES // of)
