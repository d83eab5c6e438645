"""What does a table look like to a reader? A finished frame, formatted, with its source."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jinja2
import pandas as pd

from rankings.language import messages

TEMPLATES = Path(__file__).parent / "pages" / "templates"
MISSING = "\N{EN DASH}"
SOURCE = "source"
# Significant digits of the numbers that go with a table in a notebook.
DIGITS = 9
# A spreadsheet takes a text that starts so for a formula, and would run it.
PLACE = re.compile(r"\d+/\d+")
FORMULA = ("=", "+", "-", "@", "\t", "\n")


@dataclass(frozen=True)
class Column:
    """How one column is shown.

    Attributes:
        title: its heading.
        show: turns a cell into text.
        number: set right-aligned in tabular figures.
    """

    title: str
    show: Callable[[object], str] = str
    number: bool = False


def text(title: str) -> Column:
    """A column of words."""
    return Column(title)


def figure(title: str, digits: int = 0, *, signed: bool = False) -> Column:
    """A column of numbers with a fixed count of decimals."""
    return Column(
        title, lambda cell: messages.number(float(str(cell)), digits, signed=signed), True
    )


def year(title: str) -> Column:
    """A column of years or editions: whole numbers without separators."""
    return Column(title, lambda cell: str(int(float(str(cell)))), True)


def simulated(title: str, *, certain: bool = False) -> Column:
    """A column of simulated chances shown as percentages; ``certain`` ones as they are."""
    return Column(title, lambda cell: messages.simulated(float(str(cell)), certain=certain), True)


def share(title: str, digits: int = 0) -> Column:
    """A column of shares shown as percentages."""
    return Column(title, lambda cell: messages.percent(float(str(cell)), digits), True)


@dataclass(frozen=True)
class Table:
    """A table as it is shown; ``frame`` keeps the numbers behind it.

    Attributes:
        frame: the finished table, unrounded.
        columns: which columns are shown, in order, and how.
        caption: what is seen.
        source: the line under it: publisher, document, edition.
        ours: rows of the economy the report is about (marked).
        band: rows within the target band (marked).
        language: of its numbers; that spoken when it was made.
    """

    frame: pd.DataFrame
    columns: dict[str, Column]
    caption: str
    source: str
    ours: frozenset[int] = field(default_factory=frozenset)
    band: frozenset[int] = field(default_factory=frozenset)
    language: str = field(default_factory=messages.language)

    def cells(self) -> list[list[str]]:
        """All cells as text in the table's language, row by row; a missing one is a dash."""
        with messages.speaking(self.language):
            return [
                [
                    MISSING if _is_missing(row[name]) else column.show(row[name])
                    for name, column in self.columns.items()
                ]
                for row in self.frame[list(self.columns)].to_dict("records")
            ]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # The numbers behind the cells go with them: a page offers them as files.
        return {
            "text/html": self.html(aligned=True),
            "text/plain": self.plain(),
            "text/csv": self.csv(DIGITS),
        }

    def html(self, *, aligned: bool = False) -> str:
        """The table as HTML.

        Args:
            aligned: words stand at the left whatever the page's style says: that of JupyterLab
                sets every column to the right. Without it there is no style of its own.
        """
        return _template("table.html.j2").render(
            aligned=aligned,
            caption=self.caption,
            source=self.source,
            columns=list(self.columns.values()),
            rows=[
                {"cells": cells, "ours": place in self.ours, "band": place in self.band}
                for place, cells in enumerate(self.cells())
            ],
        )

    def plain(self) -> str:
        """The table as text: caption, rows (the economy's marked by a star), source."""
        titles = [column.title for column in self.columns.values()]
        rows = pd.DataFrame(self.cells(), columns=titles)
        rows.insert(0, " ", ["*" if place in self.ours else "" for place in range(len(rows))])
        return f"{self.caption}\n{rows.to_string(index=False)}\n{self.source}"

    def csv(self, digits: int | None = None) -> str:
        """The shown columns as CSV text to calculate with, the line under the table last.

        Numbers are unrounded, or have so many significant digits; a missing cell is empty, lists
        are joined by "; ". The header has the names of the frame's columns, then ``source``
        (``table_source`` where a column is called so already). Text that a spreadsheet would take
        for a formula is preceded by an apostrophe, and the stroke of a place such as 7/11 is a
        division slash, or it would be taken for a date; text with commas, quotes or line breaks is
        quoted. Lines, and breaks within a cell, are a line feed.
        """
        shown = self.frame[list(self.columns)]
        name = SOURCE if SOURCE not in shown else f"table_{SOURCE}"
        whole = shown.assign(**{name: self.source}).astype(object)
        plain = whole.map(_plain).map(lambda cell: _significant(cell, digits))
        return plain.to_csv(index=False, lineterminator="\n")


def _plain(cell: object) -> object:
    """A cell of a CSV file: numbers as they are, text that no spreadsheet runs."""
    if isinstance(cell, list | tuple):
        cell = "; ".join(map(str, cell))
    if not isinstance(cell, str):
        return cell
    # The csv module does not quote a lone carriage return, which ends a row for its reader.
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    if PLACE.fullmatch(text):
        text = text.replace("/", "\N{DIVISION SLASH}")
    return f"'{text}" if text.startswith(FORMULA) else text


def _significant(cell: object, digits: int | None) -> object:
    """A number with so many significant digits, which no machine computes otherwise."""
    if digits is None or not isinstance(cell, float):
        return cell
    return float(f"{cell:.{digits}g}")


def _is_missing(cell: object) -> bool:
    return not isinstance(cell, list | tuple) and bool(pd.isna(cell))  # type: ignore[call-overload]


@cache
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def table(
    frame: pd.DataFrame,
    columns: dict[str, Column],
    *,
    caption: str,
    source: str,
    ours: pd.Series | None = None,
    band: pd.Series | None = None,
) -> Table:
    """A `Table` of a frame; ``ours`` and ``band`` are masks over its rows."""

    def rows_of(mask: pd.Series | None) -> frozenset[int]:
        if mask is None:
            return frozenset()
        return frozenset(place for place, on in enumerate(mask) if on)

    return Table(
        frame.reset_index(drop=True), columns, caption, source, rows_of(ours), rows_of(band)
    )


@dataclass(frozen=True)
class Prose:
    """A sentence or two with results, as shown: ``kind`` says in which voice.

    Kinds: "answer" (the headline), "text", "note" (small print), "warning" (a method break, a
    limit) and "hindsight" (what only later editions tell).
    """

    text: str
    kind: str = "text"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {
            "text/html": _template("prose.html.j2").render(prose=self),
            "text/plain": self.text,
        }

    @property
    def paragraphs(self) -> list[str]:
        """The text by paragraph."""
        return [part for part in self.text.split("\n") if part]
