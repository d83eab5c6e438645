"""How does a reader find a unit of an index of one's own? A table of all units to sort and search.

As the table of a run over many economies (`rankings.pages.overview`), without its map.
"""

from collections.abc import Mapping

import pandas as pd

from rankings.errors import RankingsError
from rankings.language.messages import _, number, speaking
from rankings.own import certainty
from rankings.own.index import PUBLISHED, built
from rankings.own.question import OwnStory
from rankings.pages.overview import Line, Overview, script, script_hash, sort_key
from rankings.report import own_words as told
from rankings.report import words

# Parts of the index that have a column; a table wider than a screen is read by nobody.
MOST_PARTS = 10
BLANK = "\N{EN DASH}"


def overview(
    story: OwnStory, pages: Mapping[str, str], *, failed: Mapping[str, str] | None = None
) -> Overview:
    """The table of all units of the story's year: rank, score, interval over methods, parts.

    Args:
        story: of one unit: index, year and language are those of the table.
        pages: folder of the pages of a unit, by its code; others have no link.
        failed: why a page could not be made, by folder.
    """
    with speaking(story.language):
        parts, spans = _parts(story), _spans(story)
        lines = [
            _line(story, row, pages.get(str(row["unit"]), ""), parts, spans, failed or {})
            for row in story.results.to_dict("records")
        ]
        text = script()
        return Overview(
            lines=lines,
            tiles=[],
            width=1,
            titles=_titles(story, parts, spans),
            caption=_(
                "{title}: {kind} ranks of {of} units",
                title=told.titled(story, story.title),
                kind=told.basis(str(story.row["basis"])),
                of=int(story.row["of"]),
            ),
            source=_source(story, parts, spans),
            legend="",
            classes=[],
            groups=[],
            measures=[],
            questions=[],
            words={
                "search": _("Search a unit"),
                "compare": _("Compare"),
                "all": _("Show all"),
                "shown": _("{shown} of {count} lines", shown="{shown}", count=len(lines)),
                "table": _("All units"),
                "failed": _("This report could not be made: {reason}", reason=""),
            },
            script=text,
            script_hash=script_hash(text),
            compared=False,
        )


def _parts(story: OwnStory) -> pd.DataFrame:
    """Values of what the index is made of, units down; no columns where nothing is computed."""
    made = told.attempt(lambda asked: built(asked.index, asked.year), story)
    if isinstance(made, RankingsError):
        return pd.DataFrame()
    return made.aggregated[made.tree.children[made.tree.root][:MOST_PARTS]]


Spans = Mapping[str, tuple[float, float, float]]


def _spans(story: OwnStory) -> Spans:
    """Ends and median of the ranks over methods, by unit; empty where there are none."""
    found = told.attempt(lambda asked: certainty.intervals(asked.index, asked.year), story)
    if isinstance(found, RankingsError):
        return {}
    rows = found.intervals[["iso3", "low", "high", "median"]].to_numpy().tolist()
    return {str(unit): (float(low), float(high), float(mid)) for unit, low, high, mid in rows}


def _line(
    story: OwnStory,
    row: Mapping[object, object],
    folder: str,
    parts: pd.DataFrame,
    spans: Spans,
    failed: Mapping[str, str],
) -> Line:
    unit = str(row["unit"])
    cells = [
        _cell(row["rank"], 0),
        _cell(row["score"], told.digits(story.results["score"])),
    ]
    if len(spans):
        cells.append(_span(spans, unit))
    cells += [_cell(parts[code].get(unit), told.digits(parts[code])) for code in parts]
    return Line(
        iso3=unit,
        name=story.named(unit),
        href=f"{folder}/index.html" if folder else "",
        failed=failed.get(folder, ""),
        also=str(row["name"]),
        numbers=tuple(cells),
    )


def _cell(value: object, digits: int) -> tuple[str, str]:
    """A number as it is read and by what it is sorted."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return BLANK, sort_key(None)
    held = float(str(value))
    return number(held, digits), sort_key(held)


def _span(spans: Spans, unit: str) -> tuple[str, str]:
    if unit not in spans:
        return BLANK, sort_key(None)
    low, high, median = spans[unit]
    return words.span(low, high), sort_key(median)


def _titles(story: OwnStory, parts: pd.DataFrame, spans: Spans) -> list[str]:
    return [
        _("Unit"),
        _("Rank"),
        _("Score"),
        *([_("Rank by other methods, 5-95 %")] if len(spans) else []),
        *(story.named(code) for code in parts),
    ]


def _source(story: OwnStory, parts: pd.DataFrame, spans: Spans) -> str:
    notes = [] if story.row["basis"] == PUBLISHED else [told.ours()]
    if len(parts.columns):
        notes.append(_("Parts of the index are computed, on its scale; more is better."))
    if len(spans):
        notes.append(_("Intervals over methods, 5th to 95th percentile; our calculation."))
        notes += told.among(story)
    return told.source(story, *notes)
