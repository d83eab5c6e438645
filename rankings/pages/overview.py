"""How does a reader find an economy among many? A table to sort and search, and a map of tiles.

Everything is in one static page. Its script, ours and inside the page, only sorts and hides rows;
without it the page reads the same.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rankings.data import world
from rankings.language import messages
from rankings.language.messages import _, fact, listing, number, simulated
from rankings.panel import economies, position
from rankings.panel.map import CLASSES, places, shade
from rankings.panel.trees import is_published, tree
from rankings.report import models, words

SCRIPT = Path(__file__).parent / "templates" / "page" / "site.js"


@dataclass(frozen=True)
class Line:
    """One row of the table: what is shown, and by what it is sorted and found."""

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
    asked: str = ""
    also: str = ""
    measure: str = ""
    methods: str = ""
    numbers: tuple[tuple[str, str], ...] = ()

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Text and sort key of the numeric cells: ``numbers``, or those of a country's forecast."""
        if self.numbers:
            return list(self.numbers)
        blank = "\N{EN DASH}"
        change = blank if self.change is None else number(self.change, signed=True)
        rank = blank if self.rank is None else str(self.rank)
        return [
            (f"{rank} ({self.methods})" if self.methods else rank, sort_key(self.rank)),
            (change, sort_key(self.change)),
            (blank if self.chance is None else simulated(self.chance), sort_key(self.chance)),
            (blank if self.median is None else str(self.median), sort_key(self.median)),
            (self.interval or blank, sort_key(self.median)),
        ]


def sort_key(value: float | None) -> str:
    """By what the page's script sorts a number; empty for none, which comes last."""
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
    measure: str = ""


@dataclass(frozen=True)
class Overview:
    """All the landing page of many economies shows.

    Attributes:
        lines: of the table, best rank first.
        tiles: of the map, row by row.
        width: columns of the map.
        titles: of the table's columns; the last but one is that of the lines' ``asked``, where
            the lines differ in it.
        caption: of the table: which question is asked.
        source: the line under the table: reports, and what is our calculation.
        legend: of the map: which index and edition shade it.
        classes: the legend: shade, and from which to which rank.
        groups: links that compare a group's economies: its name and the part after "#".
        measures: code and name of each measure, where there are several: the page shows one at a
            time.
        questions: code of each of them and the one question asked of it; empty where a measure has
            several, which then stand in the rows.
        words: of the page, by use.
        script: of the page.
        script_hash: what a browser must find the script to be.
        compared: whether the last column leads to comparisons within groups.
    """

    lines: list[Line]
    tiles: list[Tile]
    width: int
    titles: list[str]
    caption: str
    source: str
    legend: str
    classes: list[tuple[int, str]]
    groups: list[tuple[str, str]]
    measures: list[tuple[str, str]]
    questions: list[tuple[str, str]]
    words: dict[str, str]
    script: str
    script_hash: str
    compared: bool = True


def script() -> str:
    """The page's script."""
    return SCRIPT.read_text(encoding="utf-8").strip()


def script_hash(text: str) -> str:
    """What a browser must find the script's bytes to be, in the form a page's policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


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
    with messages.speaking(language):
        questions = _questions(rows.values())
        several = not questions and len({_asked(row) for row in rows.values()}) > 1
        lines = [
            _line(story, row, failed.get(story, ""), _asked(row) if several else "")
            for story, row in rows.items()
        ]
        lines += [
            Line("", titles[story], f"{story}/index.html", failed=why)
            for story, why in failed.items()
            if story not in rows
        ]
        lines.sort(key=lambda line: (line.rank or 10**6, line.name))
        first = next(iter(rows.values()))
        tiles = _tiles(lines)
        text = script()
        return Overview(
            lines=lines,
            tiles=tiles,
            width=max((tile.column for tile in tiles), default=1),
            titles=_titles(first, several=several, switched=bool(questions)),
            caption=_("All economies of this page") if several else _asked(first),
            source=_source(rows.values()),
            legend=_legend(first, several=several or bool(questions)),
            classes=_classes(lines),
            groups=_groups(lines),
            measures=_measures(rows.values()),
            questions=questions,
            words=_words(len(lines)),
            script=text,
            script_hash=script_hash(text),
        )


def _measures(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The measures of the page in the order of the run, if there are several."""
    codes = list(dict.fromkeys(row["measure"] for row in rows))
    if len(codes) < 2:
        return []
    return [(code, words.measure(tree(code).name, tree(code).overall)) for code in codes]


def _questions(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The question of each measure, where the page switches between measures and each has one."""
    held = list(rows)
    asked = {(row["measure"], _asked(row)) for row in held}
    codes = [code for code, _name in _measures(held)]
    return sorted(asked, key=lambda each: codes.index(each[0])) if len(asked) == len(codes) else []


def _asked(row: Mapping[str, Any]) -> str:
    """Which question a row answers: index and edition, band and deadline."""
    best, worst = map(int, row["band"].split(":"))
    if row["model"] is None:
        return _(
            "Rank in the {index} {edition}, of {of} economies; no forecast of it is made",
            index=row["index"],
            edition=row["edition"],
            of=row["of_economies"],
        )
    return _(
        "Rank in the {index} {edition}, of {of} economies, and chance of rank {worst} or better "
        "by {year} (the band is {band})",
        index=row["index"],
        edition=row["edition"],
        of=row["of_economies"],
        band=words.span(best, worst),
        worst=worst,
        year=row["target_year"],
    )


def _line(story: str, row: Mapping[str, Any], why: str, asked: str) -> Line:
    held = world.load()
    rank = _rank(held, row)
    before = row["rank_before"]
    regions = dict(zip(held.economies["iso3"], held.economies["un_subregion"], strict=True))
    region = regions.get(row["economy"])
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
        interval=words.span(row["low80"], row["high80"]) if row["low80"] else "",
        region=fact(region) if isinstance(region, str) else "",
        failed=why,
        asked=asked,
        also=held.name(row["economy"], messages.SOURCE_LANGUAGE),
        measure=row["measure"],
        methods=words.span(row["rank_low"], row["rank_high"]) if row.get("rank_low") else "",
    )


def _rank(held: world.World, row: Mapping[str, Any]) -> Any:
    """The printed rank; by score where none is printed or the printed ones count scores."""
    return row["competition_rank"] if _is_derived(held, row) else row["published_rank"]


def _is_derived(held: world.World, row: Mapping[str, Any]) -> bool:
    """Whether the rank shown is derived from the scores, not as printed."""
    if row["published_rank"] is None:
        return row["competition_rank"] is not None
    return row["edition"] in position.dense_of(held.known(row["as_of"]), tree(row["index"]))


def _titles(first: Mapping[str, Any], *, several: bool, switched: bool) -> list[str]:
    if several or switched:
        return [
            _("Economy"),
            _("Rank"),
            _("Places gained"),
            _("Chance of the band or better"),
            _("Median rank"),
            _("80 % interval"),
            *([] if switched else [_("Question")]),
            _("Compare"),
        ]
    index, due = first["index"], first["forecast_edition"]
    return [
        _("Economy"),
        _(
            "{index} {edition}: rank of {of}",
            index=index,
            edition=first["edition"],
            of=first["of_economies"],
        ),
        _("Places gained since {index} {edition}", index=index, edition=_before(first)),
        _(
            "{index} {edition}: chance of rank ≤ {worst}",
            index=index,
            edition=due,
            worst=first["band"].split(":")[1],
        ),
        _("{index} {edition}: median rank", index=index, edition=due),
        _("{index} {edition}: 80 % interval", index=index, edition=due),
        _("Compare"),
    ]


def _before(row: Mapping[str, Any]) -> str:
    return str(row["edition_before"] or "\N{EN DASH}")


def _source(rows: Iterable[Mapping[str, Any]]) -> str:
    """Where the ranks come from, and how the chances were computed."""
    every, held = list(rows), world.load()
    # A measure may rest on the reports of another: of each measure one row speaks.
    known = list({(row["measure"], *_printed(row)): row for row in every}.values())
    reports = "; ".join(
        dict.fromkeys(
            words.vintage_name(held, *each) for row in known for each in _behind(held, row)
        )
    )
    published = [is_published(_printed(row)[0]) for row in known]
    ours = [words.our_composite()] if not all(published) else []
    if any(row.get("rank_low") for row in every):
        ours.append(_("In brackets: the ranks that other ways to compute it give."))
    derived = [
        f"{words.measure(tree(row['index']).name, tree(row['index']).overall)} {row['edition']}"
        for row in known
        if is_published(_printed(row)[0]) and _is_derived(held, row)
    ]
    if derived:
        ours.append(
            _("Ranks in the {indices} are derived from the scores.", indices=listing(derived))
        )
    drawn = [row for row in known if row["model"]]
    named = "; ".join(dict.fromkeys(models.model_name(row["model"]) for row in drawn))
    forecast = [
        _(
            "Joint forecast of all {n} economies ({model}), {draws} draws, seed {seed}.",
            n=row["of_economies"],
            model=named,
            draws=number(row["draws"]),
            seed=row["seed"],
        )
        for row in drawn[:1]
    ]
    return " ".join(
        [
            *([_("Source: {reports}.", reports=reports)] if reports else []),
            *ours,
            *forecast,
            *([models.pseudo()] if "*" in named else []),
            words.our_model(),
            _("Plus is a climb."),
        ]
    )


def _printed(row: Mapping[str, Any]) -> tuple[str, int, str]:
    return tree(row["index"]).printed_in, row["edition"], row["vintage"]


def _behind(held: world.World, row: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """The reports behind a row: its own, or those of the parts of our composite known then."""
    if is_published(_printed(row)[0]):
        return [_printed(row)]
    rows = held.known(row["as_of"])
    return [
        (*each, words.vintage(rows, *each))
        for each in words.editions_behind(held, row["index"], row["as_of"])
    ]


def _legend(first: Mapping[str, Any], *, several: bool) -> str:
    """Which ranks shade the map."""
    if several:
        return _("Rank:")
    return _(
        "{index} {edition}, rank of {of}:",
        index=first["index"],
        edition=first["edition"],
        of=first["of_economies"],
    )


def _tiles(lines: Sequence[Line]) -> list[Tile]:
    """The economies that have a place on the map, its empty rows and columns cut off."""
    held = places()
    shown = [line for line in lines if line.iso3 in held and line.rank is not None]
    if not shown:
        return []
    above = min(held[line.iso3][0] for line in shown) - 1
    left = min(held[line.iso3][1] for line in shown) - 1
    return [
        Tile(
            line.iso3,
            held[line.iso3][0] - above,
            held[line.iso3][1] - left,
            label=_(
                "{economy}: rank {rank} of {of}",
                economy=line.name,
                rank=line.cells[0][0],
                of=line.of,
            ),
            rank=str(line.rank),
            shade=shade(line.rank or 1, line.of),
            href=line.href,
            measure=line.measure,
        )
        for line in sorted(shown, key=lambda line: held[line.iso3])
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
    """ASEAN, the regions and the analyst's own groups, each with the economies of the page."""
    held = world.load()
    found: dict[str, list[str]] = {}
    for name in (economies.ASEAN, *held.groups):
        members = set(economies.members(held.economies, name, held.newest_year, held.groups))
        found[name] = [line.iso3 for line in lines if line.iso3 in members]
    own = list(found)
    for line in lines:
        if line.region:
            found.setdefault(line.region, []).append(line.iso3)
    return [
        (name, "compare=" + ",".join(dict.fromkeys(found[name])))
        for name in [*own, *sorted(set(found) - set(own))]
        if len(set(found[name])) > 1
    ]


def _words(count: int) -> dict[str, str]:
    return {
        "search": _("Search an economy"),
        "compare": _("Compare"),
        "all": _("Show all"),
        "measure": _("Measure"),
        "shown": _("{shown} of {count} lines", shown="{shown}", count=count),
        "map": _("The world in tiles, shaded by rank"),
        "note": _(
            "One tile for each member of the United Nations on this page, roughly where it lies. "
            "No borders and no seas are drawn; the layout implies no opinion on the status of any "
            "territory."
        ),
        "table": _("All economies"),
        "failed": _("This report could not be made: {reason}", reason=""),
    }
