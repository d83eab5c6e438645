"""A table as its file holds it: every cell as text, under its label, with its line number.

Readers take cells by label from here and never by position; a cell that is not what it should be
is refused in one line that names file, line and column.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rankings.errors import DataError

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
COMMA_DECIMAL = re.compile(r"[+-]?[0-9]+,[0-9]+")
AGAIN = "download the file again"
# What publishers write where there is no figure. It is never read as 0.
ABSENT = frozenset(["", "..", "...", "…", "-", "–", "—", "n/a", "N/A", "n.a.", "NA", "NaN", "null"])
RESAVED = "another program than the publisher's saved the file: figures may be rounded by it"


def shown(text: object) -> str:
    """A found cell as messages quote it: on one line and not endless."""
    quoted = ascii(text) if any(not c.isprintable() for c in str(text)) else repr(text)
    return quoted if len(quoted) <= 60 else quoted[:50] + "...'"


@dataclass(frozen=True)
class Row:
    """One row: where it stands in the file, and its cells by label."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes:
        file: the name that messages begin with.
        header: the labels in the file's order.
        rows: the rows below it.
        unit: what a row's number counts: line (CSV), row (XLSX) or entry (JSON).
        ended: whether the last line ends with a line break (always true where there are no lines).
    """

    file: str
    header: tuple[str, ...]
    rows: list[Row]
    unit: str = "line"
    ended: bool = True

    def fault(self, row: Row, column: str, expected: str, cure: str = AGAIN) -> DataError:
        """The refusal of one cell."""
        found = row.cells.get(column)
        return DataError(
            f"{self.file}, {self.unit} {row.line}, column {shown(column)[1:-1]}: "
            f"expected {expected}, found {'nothing' if not found else shown(found)}; {cure}"
        )

    def absent(self, row: Row, column: str) -> bool:
        """Whether a cell says that there is no figure."""
        return row.cells[column].strip() in ABSENT

    def text(self, row: Row, column: str, allowed: Sequence[str] | None = None) -> str:
        """A cell that must not be empty, or must be one of a few words."""
        cell = row.cells[column].strip()
        if allowed is not None and cell not in allowed:
            words = " or ".join(shown(word) if word else "nothing" for word in allowed[:6])
            raise self.fault(row, column, words)
        if allowed is None and not cell:
            raise self.fault(row, column, "a text")
        return cell

    def number(self, row: Row, column: str, low: float, high: float) -> float:
        """A number written with a decimal point, between two bounds."""
        cell = row.cells[column].strip()
        expected = f"a number from {low:g} to {high:g}"
        if not NUMBER.fullmatch(cell):
            comma = COMMA_DECIMAL.fullmatch(cell)
            cure = "write decimals with a point" if comma else AGAIN
            raise self.fault(row, column, expected, cure)
        value = float(cell)
        if not low <= value <= high:
            raise self.fault(row, column, expected)
        return value

    def whole(self, row: Row, column: str, low: int, high: int) -> int:
        """A whole number between two bounds."""
        cell = row.cells[column].strip()
        if not WHOLE.fullmatch(cell) or not low <= int(cell) <= high:
            raise self.fault(row, column, f"a whole number from {low} to {high}")
        return int(cell)

    def check_ended(self) -> None:
        """`DataError` if the file stops inside its last line."""
        if not self.ended:
            last = self.rows[-1].line if self.rows else 1
            raise DataError(
                f"{self.file}, line {last}, column {shown(self.header[-1])[1:-1]}: expected the "
                f"last line to end with a line break, found the end of the file; it is cut off: "
                f"{AGAIN}"
            )

    def check_header(
        self, expected: Sequence[str], *, exact: bool = False, ordered: bool = False
    ) -> None:
        """`DataError` unless every expected label stands once.

        Args:
            expected: the labels.
            exact: they stand in this order and alone.
            ordered: they stand in this order; others may stand between them.
        """
        for label in expected:
            if label not in self.header:
                strange = [each for each in self.header if each not in expected]
                near = get_close_matches(label, strange, n=1, cutoff=0.5) or strange[:1]
                found = f"{shown(near[0])} instead" if near else f"{len(self.header)} columns"
                raise DataError(
                    f"{self.file}, {self.unit} 1, column {label}: expected this column, "
                    f"found {found}; give the publisher's file unchanged"
                )
        header = [each for each in self.header if exact or each in expected]
        if (exact or ordered) and header != list(expected):
            for place, label in enumerate(header):
                wanted = expected[place] if place < len(expected) else "no further column"
                if label != wanted:
                    raise DataError(
                        f"{self.file}, {self.unit} 1, column {place + 1}: expected {wanted}, "
                        f"found {shown(label)}; give the publisher's file with its own columns "
                        "in their order"
                    )


Record = tuple[int, list[str]]


def records(text: str, file: str) -> list[Record]:
    """The lines of a CSV as cells, each with its line number; blank ones at the end go.

    Raises:
        DataError: quotes do not match, or the cells are separated by something else than commas.
    """
    found: list[Record] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as failure:
        raise DataError(
            f"{file}, line {line}: expected cells separated by commas and quoted in pairs, "
            f"found a broken line ({failure}); {AGAIN}"
        ) from None
    while found and not any(cell.strip() for cell in found[-1][1]):
        found.pop()
    if not found:
        raise DataError(f"{file}: expected a table, found only blank lines; {AGAIN}")
    _check_commas(found[0][1], file)
    return found


def _check_commas(first: list[str], file: str) -> None:
    whole = ",".join(first)
    for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if whole.count(sign) > max(whole.count(","), 1):
            raise DataError(
                f"{file}, line 1: expected columns separated by commas, found {word}; "
                "save the file as CSV with commas and decimal points"
            )


def sheet(
    found: list[Record], file: str, *, unit: str = "line", ended: bool = True, spare: bool = False
) -> Sheet:
    """Records as a table; the first is the header.

    Args:
        found: records from the header on.
        file: the name that messages begin with.
        unit: what the record numbers count.
        ended: whether the last line was ended.
        spare: whether every line ends with a comma, as in World Bank bulk files.

    Raises:
        DataError: a label is empty or doubled, a row has too few or too many cells or is blank.
    """
    line, header = found[0]
    if spare:
        if header[-1] != "":
            raise DataError(
                f"{file}, {unit} {line}, column {len(header)}: expected the line to end with a "
                f"comma, found {shown(header[-1])}; {AGAIN}"
            )
        header = header[:-1]
    for place, label in enumerate(header):
        if not label.strip() or label in header[:place]:
            what = "twice" if label.strip() else "without a name"
            raise DataError(
                f"{file}, {unit} {line}, column {place + 1}: expected every column once and named, "
                f"found {shown(label)} {what}; give the publisher's file unchanged"
            )
    rows = [_row(number, cells, header, file, unit, spare) for number, cells in found[1:]]
    if not rows:
        raise DataError(f"{file}, {unit} {line + 1}: expected rows, found none; {AGAIN}")
    return Sheet(file, tuple(header), rows, unit, ended)


def _row(
    number: int, cells: list[str], header: list[str], file: str, unit: str, spare: bool
) -> Row:
    wanted = len(header) + spare
    if len(cells) != wanted or (spare and cells[-1] != ""):
        place = min(len(cells), wanted)
        column = header[place] if place < len(header) else f"{place}"
        raise DataError(
            f"{file}, {unit} {number}, column {shown(column)[1:-1]}: expected {wanted} cells, "
            f"found {len(cells) if cells else 'a blank line'}; the line is cut off or has a stray "
            f"comma: {AGAIN}"
        )
    return Row(number, dict(zip(header, cells, strict=False)))


def read_csv(text: str, file: str) -> Sheet:
    """A CSV whose first line is its header."""
    return sheet(records(text, file), file, ended=text.endswith(("\n", "\r")))
