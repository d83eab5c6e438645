"""What is on the sheets of an Excel workbook, new (.xlsx) or old (.xls)? Their cells as text.

Formulas are refused where the workbook shows them (.xlsx): their stored result may be stale. So are
definitions in the XML, which could blow a small file up.
"""

import datetime
import io
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rankings.errors import DataError
from rankings.sources import files
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import Record, shown

CURE = "save the sheet as CSV"
MOST_COLUMNS = 2000
FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*>\s*<f[\s>/]')
WRONG = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*\st="e"[^>]*>')


def read_workbook(content: Content) -> dict[str, list[Record]]:
    """The rows of every sheet that holds something, by the sheet's name.

    Raises:
        DataError: a cell is a formula or an error, or the workbook is broken.
    """
    name = content.name
    if content.data.startswith(files.ZIP):
        _check_parts(content)
    held = {
        title: _records(rows, f"{name}, sheet {one_line(title)}")
        for title, rows in _sheets(content).items()
    }
    filled = {title: rows for title, rows in held.items() if rows}
    if not filled:
        raise DataError(f"{name}: expected a sheet with data, found none; {CURE}")
    return filled


def _sheets(content: Content) -> dict[str, list[list[Any]]]:
    """The cells of every sheet as calamine reads them."""
    from python_calamine import CalamineWorkbook  # few files are workbooks

    try:
        with _unheard():
            book = CalamineWorkbook.from_filelike(io.BytesIO(content.data))
            return {
                title: book.get_sheet_by_name(title).to_python(skip_empty_area=False)
                for title in book.sheet_names
            }
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a broken part may make calamine panic, which is no Exception
        raise DataError(
            f"{content.name}: expected a whole workbook, found a broken one "
            f"({one_line(str(error))}); {CURE}"
        ) from None


@contextmanager
def _unheard() -> Iterator[None]:
    """What calamine writes to the process's stderr when it panics is not seen."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check_parts(content: Content) -> None:
    """No part of the archive is damaged, holds XML definitions, a formula or an error."""
    name = content.name
    with files.damage_of(name), zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        for part in archive.namelist():
            data = files.member_bytes(archive, part, name)
            if not part.endswith((".xml", ".rels")):
                continue
            if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
                raise DataError(
                    f"{name}: expected plain cells, found XML definitions in {part}; {CURE}"
                )
            if part.startswith("xl/worksheets/"):
                _check_cells(data, f"{name}, {part.rpartition('/')[2]}")


def _check_cells(data: bytes, name: str) -> None:
    formula, wrong = FORMULA.search(data), WRONG.search(data)
    if formula:
        raise DataError(
            f"{name}, cell {formula[1].decode()}: expected a plain value, found a formula; "
            "paste the values over the formulas and save again"
        )
    if wrong:
        raise DataError(
            f"{name}, cell {wrong[1].decode()}: expected a text or a number, "
            f"found an error of Excel; {CURE}"
        )


def _records(rows: Iterable[list[Any]], name: str) -> list[Record]:
    """Rows with their numbers, all as wide as the widest; blank rows at the end go."""
    found: list[Record] = []
    for number, row in enumerate(rows, start=1):
        cells = [_cell(cell, f"{name}, row {number}") for cell in row]
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
    widest = max((len(cells) for _, cells in found), default=0)
    return [(number, cells + [""] * (widest - len(cells))) for number, cells in found]


def _cell(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    raise DataError(f"{where}: expected a text or a number, found {shown(str(value))}; {CURE}")


def _number(value: float) -> str:
    """A stored number as a person wrote it: 0.3376 for 0.33760000000000001, 2018 for 2018.0."""
    whole = value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)
