"""What is on the one sheet of an XLSX workbook? Its plain cells as text, read by openpyxl.

Formulas are refused: their stored result may be stale. So are definitions in the XML, which could
blow a small file up.
"""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl

from rankings.errors import DataError
from rankings.sources import files
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import Record, Sheet, sheet, shown

CURE = "save the sheet as CSV"
MOST_COLUMNS = 2000


def read_workbook(content: Content) -> Sheet:
    """The only sheet with data of a workbook.

    Raises:
        DataError: several sheets hold data, a cell is a formula or an error, or the workbook is
            broken.
    """
    name = content.name
    _check_parts(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content.data), read_only=True)
        held = {
            one_line(page.title): _records(
                page.iter_rows(), f"{name}, sheet {one_line(page.title)}"
            )
            for page in book.worksheets
        }
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part leads to
        raise DataError(
            f"{name}: expected a whole workbook, found a broken one "
            f"({one_line(str(error))}); {CURE}"
        ) from None
    filled = {title: rows for title, rows in held.items() if rows}
    if len(filled) != 1:
        titles = ", ".join(filled) or "none"
        raise DataError(
            f"{name}: expected one sheet with data, found {len(filled)} ({titles}); "
            "keep the sheet that holds the data, or save it as CSV"
        )
    [(title, rows)] = filled.items()
    return sheet(rows, f"{name}, sheet {title}", unit="row")


def _check_parts(content: Content) -> None:
    """No part of the archive is damaged or holds XML definitions."""
    name = content.name
    with files.damage_of(name), zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        for part in archive.namelist():
            data = files.member_bytes(archive, part, name)
            if part.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
                raise DataError(
                    f"{name}: expected plain cells, found XML definitions in {part}; {CURE}"
                )


def _records(rows: Iterable[tuple[Any, ...]], name: str) -> list[Record]:
    """Rows with their numbers; blank rows at the end go."""
    found: list[Record] = []
    for number, row in enumerate(rows, start=1):
        cells = [_cell(cell, name) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise DataError(
                f"{name}, row {number}: expected at most {MOST_COLUMNS} columns, "
                f"found {len(cells)}; {CURE}"
            )
        found.append((number, cells))
    while found and not found[-1][1]:
        found.pop()
    widest = len(found[0][1]) if found else 0
    return [(number, cells + [""] * (widest - len(cells))) for number, cells in found]


def _cell(cell: Any, name: str) -> str:
    value = cell.value
    if value is None:
        return ""
    where = f"{name}, cell {cell.coordinate}"
    if cell.data_type == "f":
        raise DataError(
            f"{where}: expected a plain value, found a formula; "
            "paste the values over the formulas and save again"
        )
    if isinstance(value, str) and cell.data_type != "e":
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    raise DataError(f"{where}: expected a text or a number, found {shown(str(value))}; {CURE}")


def _number(value: float) -> str:
    """A stored number as a person wrote it: 0.3376 for 0.33760000000000001, 2018 for 2018.0."""
    whole = value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)
