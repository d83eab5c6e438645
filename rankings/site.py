"""How does a reader find an economy among many? A table to sort and search, and a map of tiles.

Everything is in one static page. Its script, ours and inside the page, only sorts and hides rows;
without it the page reads the same.
"""

import base64
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rankings import messages, world
from rankings.messages import _, number, percent

SCRIPT = Path(__file__).parent / "templates" / "page" / "site.js"
TILES = Path(__file__).with_name("tiles.toml")
CLASSES = 5


@dataclass(frozen=True)
class Line:
    """One row of the table: what is shown, and by what it is sorted."""

    iso3: str
    name: str
    href: str
    rank: int | None = None
    of: int = 0
    change: int | None = None
    chance: float | None = None
    median: int | None = None
    interval: str = ""
    region: str = ""
    failed: str = ""

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Text and sort key of the numeric cells."""
        blank = "\N{EN DASH}"
        change = blank if self.change is None else number(self.change, signed=True)
        return [
            (blank if self.rank is None else str(self.rank), _key(self.rank)),
            (change, _key(self.change)),
            (blank if self.chance is None else percent(self.chance), _key(self.chance)),
            (blank if self.median is None else str(self.median), _key(self.median)),
            (self.interval or blank, _key(self.median)),
        ]


def _key(value: float | None) -> str:
    return "" if value is None else repr(value)


@dataclass(frozen=True)
class Tile:
    """One economy on the map: its place, its rank and the class that colours it."""

    iso3: str
    row: int
    column: int
    label: str
    rank: str
    shade: int
    href: str


@dataclass(frozen=True)
class Overview:
    """All the landing page of many economies shows."""

    lines: list[Line]
    tiles: list[Tile]
    titles: list[str]
    classes: list[tuple[int, str]]
    groups: list[tuple[str, str]]
    words: dict[str, str]
    script: str
    script_hash: str


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


def script() -> str:
    """The page's script."""
    return SCRIPT.read_text(encoding="utf-8").strip()


def script_hash(text: str) -> str:
    """What a browser must find the script's bytes to be, in the form a page's policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def shade(rank: int, of: int) -> int:
    """The class of a rank: 0 for the first fifth, 4 for the last."""
    return min(CLASSES - 1, (rank - 1) * CLASSES // of)


def _regions() -> Mapping[str, str]:
    held = world.load().economies
    return dict(zip(held["iso3"], held["un_subregion"].fillna(""), strict=True))


def overview(
    rows: Mapping[str, Mapping[str, Any]],
    *,
    failed: Mapping[str, str],
    titles: Mapping[str, str],
    language: str = messages.SOURCE_LANGUAGE,
) -> Overview:
    """The table and the map of a run.

    Args:
        rows: headline numbers by story.
        failed: why a story could not be told, by story; it is listed all the same.
        titles: of all stories, in order.
        language: of the page's words.
    """
    regions = _regions()
    with messages.speaking(language):
        lines = [_line(story, row, failed.get(story, ""), regions) for story, row in rows.items()]
        lines += [
            Line("", titles[story], f"{story}/index.html", failed=why)
            for story, why in failed.items()
            if story not in rows
        ]
        lines.sort(key=lambda line: (line.rank or 10**6, line.name))
        text = script()
        return Overview(
            lines,
            _tiles(lines),
            _titles(rows),
            _classes(lines),
            _groups(lines),
            _words(),
            text,
            script_hash(text),
        )


def _line(story: str, row: Mapping[str, Any], why: str, regions: Mapping[str, str]) -> Line:
    rank = row["published_rank"] or row["competition_rank"]
    before = row["rank_before"]
    return Line(
        iso3=row["economy"],
        name=row["name"],
        href=f"{story}/index.html",
        rank=rank,
        of=row["of_economies"],
        # A smaller rank is better: up is plus.
        change=None if before is None or rank is None else before - rank,
        chance=row["p_rank_at_most_worst"],
        median=row["median_rank"],
        interval=f"{row['low80']}-{row['high80']}" if row["low80"] else "",
        region=regions.get(row["economy"], ""),
        failed=why,
    )


def _titles(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    first = next(iter(rows.values()))
    worst = first["band"].split(":")[1]
    due = first["forecast_edition"]
    return [
        _("Economy"),
        _("Rank {edition}", edition=first["edition"]),
        _("Since {edition}", edition=first["edition_before"]),
        _("P(rank ≤ {worst}) {edition}", worst=worst, edition=due),
        _("Median rank {edition}", edition=due),
        _("80 % interval"),
    ]


def _tiles(lines: Sequence[Line]) -> list[Tile]:
    held = places()
    return [
        Tile(
            line.iso3,
            *held[line.iso3],
            label=_(
                "{economy}: rank {rank} of {of}", economy=line.name, rank=line.rank, of=line.of
            ),
            rank=str(line.rank),
            shade=shade(line.rank, line.of),
            href=line.href,
        )
        for line in sorted(lines, key=lambda line: held.get(line.iso3, (0, 0)))
        if line.iso3 in held and line.rank is not None
    ]


def _classes(lines: Sequence[Line]) -> list[tuple[int, str]]:
    """The legend: from which to which rank a shade goes."""
    of = max((line.of for line in lines), default=0)
    found = []
    for each in range(CLASSES):
        ranks = [rank for rank in range(1, of + 1) if shade(rank, of) == each]
        if ranks:
            found.append((each, f"{ranks[0]}\N{EN DASH}{ranks[-1]}"))
    return found


def _groups(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Links that compare a region's economies: its name and the part after "#"."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.region:
            found.setdefault(line.region, []).append(line.iso3)
    return [
        (region, "compare=" + ",".join(codes))
        for region, codes in sorted(found.items())
        if len(codes) > 1
    ]


def _words() -> dict[str, str]:
    return {
        "search": _("Search an economy"),
        "compare": _("Compare"),
        "all": _("Show all"),
        "map": _("The world in tiles, shaded by rank"),
        "note": _(
            "One tile for each member of the United Nations, roughly where it lies; the layout "
            "implies no opinion on the status of any territory."
        ),
        "table": _("All economies"),
        "change": _("Plus is a move towards the first rank."),
        "failed": _("This report could not be made: {reason}", reason=""),
    }
