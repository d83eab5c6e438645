"""What does a table of one's own hold? Its cells by row and column, as CSV or a workbook.

A CSV may come from a spreadsheet of any language: commas, semicolons or tabs, and decimal commas
where cells are not separated by commas. What can be read in two ways is refused with its place.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from rankings import texts
from rankings.errors import DataError, InputError, Phrase
from rankings.sources import files, workbook
from rankings.sources.sheets import ABSENT, shown

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
COMMA_NUMBER = re.compile(r"[+-]?[0-9]+,[0-9]+")
# A mark that may stand before decimals or between thousands, as in 1.234.
TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
WORKBOOKS = (".xlsx", ".xls")
SUFFIXES = (".csv", *WORKBOOKS)
YEARS = (1900, 2200)
# What the number of a row counts.
UNITS = {"line": Phrase("line"), "row": Phrase("row")}


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes:
        file: the name that messages begin with.
        cells: one row per row of the table, one column per label, blank cells empty; indexed by
            the number the row has in the file.
        unit: what that number counts: line (CSV) or row (workbook).
        comma: whether decimals may be written with a comma.
    """

    file: str
    cells: pd.DataFrame
    unit: str
    comma: bool

    @property
    def labels(self) -> list[str]:
        """The labels of the columns, in the file's order."""
        return [str(label) for label in self.cells.columns]

    def refusal(
        self, row: int, column: str, expected: Phrase, cure: Phrase, found: str | None = None
    ) -> InputError:
        """What is said of one cell."""
        cell = str(self.cells.loc[row, column]) if found is None else found
        return InputError(
            "{file}, {unit} {row}, column {column}: expected {expected}, found {found}; {cure}",
            file=self.file,
            unit=UNITS[self.unit],
            row=row,
            column=column,
            expected=expected,
            found=shown(cell) if cell else Phrase("nothing"),
            cure=cure,
        )

    def texts(self, column: str) -> tuple[pd.Series, list[InputError]]:
        """A column of words, and what is wrong: a cell that is empty."""
        cells = self.cells[column]
        wrong = [
            self.refusal(
                int(row), column, Phrase("a text"), Phrase("fill it in, or remove the row")
            )
            for row in cells.index[cells == ""]
        ]
        return cells, wrong

    def numbers(self, column: str) -> tuple[pd.Series, list[InputError]]:
        """A column of numbers, missing where there is none, and the cells that are neither."""
        values = np.full(len(self.cells), np.nan)
        wrong = []
        for place, (row, cell) in enumerate(self.cells[column].items()):
            if cell in ABSENT:
                continue
            number = self._number(str(cell))
            if self._has_both_marks and TWO_WAYS.fullmatch(str(cell)):
                expected = Phrase("a number that can be read in one way")
                cure = Phrase("write decimals with one mark in the whole file, thousands without")
                wrong.append(self.refusal(int(str(row)), column, expected, cure))
            elif number is None or not np.isfinite(number):
                cure = Phrase("correct it, or leave it empty where the figure is missing")
                if COMMA_NUMBER.fullmatch(str(cell)):
                    cure = Phrase("write decimals with a point and thousands without a mark")
                wrong.append(self.refusal(int(str(row)), column, Phrase("a number"), cure))
            else:
                values[place] = number
        return pd.Series(values, self.cells.index, name=column), wrong

    def years(self, column: str) -> tuple[pd.Series, list[InputError]]:
        """A column of years, and the cells that are none (0 in their place)."""
        first, last = YEARS
        found = []
        wrong = []
        for row, cell in self.cells[column].items():
            number = self._number(str(cell))
            fits = number is not None and float(number).is_integer() and first <= number <= last
            if not fits:
                expected = Phrase("a year from {first} to {last}", first=first, last=last)
                wrong.append(self.refusal(int(str(row)), column, expected, Phrase("correct it")))
            found.append(int(number) if fits and number is not None else 0)
        return pd.Series(found, self.cells.index, dtype="int64", name=column), wrong

    @cached_property
    def _has_both_marks(self) -> bool:
        """Whether some numbers of the file have a decimal comma and some have a point."""
        if not self.comma:
            return False
        cells = {str(cell) for column in self.cells for cell in self.cells[column]}
        commas = any(COMMA_NUMBER.fullmatch(cell) for cell in cells)
        return commas and any("." in cell and NUMBER.fullmatch(cell) for cell in cells)

    def _number(self, cell: str) -> float | None:
        if NUMBER.fullmatch(cell):
            return float(cell)
        if self.comma and COMMA_NUMBER.fullmatch(cell):
            return float(cell.replace(",", "."))
        return None


def read_sheet(path: Path, sheet: str | None = None) -> Sheet:
    """The table of a CSV or of a workbook's sheet, its first line the labels.

    Args:
        path: of the file.
        sheet: the name of a workbook's sheet; its only one, or the first, by default.

    Raises:
        InputError: no such file or sheet, no text or workbook, no rows, or a label twice or
            missing; file, row and column are named.
    """
    if not path.is_file():
        near = [each.name for each in sorted(path.parent.glob("*")) if each.suffix in SUFFIXES]
        raise InputError.suggest("table in the folder", path.name, near)
    try:
        found, unit, comma = _records(path, sheet)
    except DataError as failure:
        raise InputError(failure.template, **failure.fields) from None
    if not found:
        raise InputError("{file}: expected a table, found nothing; fill it in", file=path.name)
    labels = [texts.tidy(cell) for cell in found[0][1]]
    while labels and not labels[-1]:
        labels.pop()
    _check_labels(labels, found[0][0], path.name, unit)
    rows = [(number, _row(cells, labels, number, path.name, unit)) for number, cells in found[1:]]
    if not rows:
        raise InputError(
            "{file}, {unit} {row}: expected rows below the labels, found none; fill them in",
            file=path.name,
            unit=UNITS[unit],
            row=found[0][0] + 1,
        )
    index = pd.Index([number for number, _ in rows], dtype="int64")
    cells = pd.DataFrame([row for _, row in rows], index, labels, dtype="object")
    return Sheet(path.name, cells, unit, comma)


def _records(path: Path, sheet: str | None) -> tuple[list[tuple[int, list[str]]], str, bool]:
    """Rows with their numbers, what the numbers count, and whether decimals may have a comma."""
    if path.suffix.lower() not in WORKBOOKS:
        lines, separator = texts.read_cells(path)
        return lines, "line", separator != ","
    held = workbook.read_workbook(files.open_file(path))
    if sheet is not None and sheet not in held:
        raise InputError.suggest("sheet of {file}", sheet, held, file=path.name)
    rows = held[sheet] if sheet is not None else next(iter(held.values()))
    filled = [(number, row) for number, row in rows if any(texts.tidy(cell) for cell in row)]
    return filled, "row", False


def _check_labels(labels: list[str], row: int, file: str, unit: str) -> None:
    for place, label in enumerate(labels):
        if label and label not in labels[:place]:
            continue
        found = Phrase("{label} twice", label=shown(label)) if label else Phrase("no name")
        raise InputError(
            "{file}, {unit} {row}, column {column}: expected each column once and named, found "
            "{found}; correct the labels",
            file=file,
            unit=UNITS[unit],
            row=row,
            column=place + 1,
            found=found,
        )


def _row(cells: list[str], labels: list[str], number: int, file: str, unit: str) -> list[str]:
    tidied = [texts.tidy(cell) for cell in cells]
    beyond = [cell for cell in tidied[len(labels) :] if cell]
    if beyond:
        raise InputError(
            "{file}, {unit} {row}, column {column}: expected {count} cells, found {found} beyond "
            "them; name its column, or remove it",
            file=file,
            unit=UNITS[unit],
            row=number,
            column=len(labels) + 1,
            count=len(labels),
            found=shown(beyond[0]),
        )
    return [*tidied[: len(labels)], *[""] * (len(labels) - len(tidied))]
