"""Official targets an analyst adds: one CSV of the own store beside those shipped.

A target is a rank of a measure, or a value that a yearly series of the analyst's own tells.
"""

import math
from pathlib import Path
from typing import Any

import pandas as pd

from rankings import texts
from rankings.errors import DataError, InputError, RankingsError
from rankings.panel.measures import measure
from rankings.panel.names import Book

NAME = "targets.csv"
NEEDED = ["id", "economy", "deadline", "set_in", "document"]
RANK = ["measure", "rank_worst"]
VALUE = ["series", "value_low"]
FIRST_YEAR, LAST_YEAR = 1990, 2100


def with_own(shipped: pd.DataFrame, path: Path, known: Book) -> pd.DataFrame:
    """The targets shipped and those of a file, in the columns of the shipped ones.

    Args:
        shipped: rows of `targets.csv` of data/raw.
        path: a CSV with the columns `NEEDED`, and for a rank `RANK` and perhaps rank_best (1 where
            it is left out); for a value `VALUE` and perhaps value_high, unit, subject (what it is a
            value of) and area. A measure is named as anywhere ("EGDI", "telecom", "GCI"), and so is
            an economy; "ICT" is our composite. A series is named as in the table that holds it.
        known: the economies there are.

    Raises:
        DataError: a column is missing, or a cell is not what its column holds; file, line and
            column are named.
    """
    if not path.is_file():
        return shipped
    rows: list[dict[str, Any]] = []
    taken = set(shipped["id"])
    for line in texts.read_table(path, NEEDED):
        row = _row(line, path.name, known)
        if row["id"] in taken:
            raise _fault(path.name, line, "id", "an id of its own", "it is there already")
        taken.add(row["id"])
        rows.append(row)
    own = pd.DataFrame(rows, columns=list(shipped.columns)).astype(shipped.dtypes.to_dict())
    return pd.concat([shipped, own], ignore_index=True)


def _row(line: texts.Line, file: str, known: Book) -> dict[str, Any]:
    cells = line.cells
    economy = known.find(cells["economy"])
    if economy is None:
        near = known.suggested(cells["economy"])
        raise _fault(file, line, "economy", "an economy's code", f"did you mean {near}?")
    set_in = _whole(line, file, "set_in", FIRST_YEAR, LAST_YEAR)
    asked = _value(line, file) if cells.get("series") else _rank(line, file, known)
    return {
        "id": cells["id"],
        "economy": economy,
        **asked,
        "deadline": _whole(line, file, "deadline", set_in, LAST_YEAR),
        "set_in": set_in,
        "document": cells["document"],
        "source_id": "",
        "address": "",
    }


def _rank(line: texts.Line, file: str, known: Book) -> dict[str, Any]:
    """What a target asks for in a measure's ranks."""
    try:
        asked = measure(line.cells.get("measure", ""))
    except InputError as refusal:
        raise _fault(file, line, "measure", "a measure", str(refusal)) from None
    worst = _whole(line, file, "rank_worst", 1, len(known.names))
    best = 1
    if line.cells.get("rank_best", ""):
        best = _whole(line, file, "rank_best", 1, worst)
    return {
        "area": "overall" if asked.composite else asked.area,
        "index": asked.index,
        "component": asked.component,
        "rank_best": float(best),
        "rank_worst": float(worst),
    }


def _value(line: texts.Line, file: str) -> dict[str, Any]:
    """What a target asks for in the values of a yearly series."""
    for column in (*RANK, "rank_best"):
        if line.cells.get(column):
            raise _fault(
                file,
                line,
                column,
                "nothing beside a series",
                "write rank and value in two rows",
            )
    low = _number(line, file, "value_low")
    high = _number(line, file, "value_high") if line.cells.get("value_high") else None
    if high is not None and high < low:
        raise _fault(file, line, "value_high", f"a number from {low:g} on", "check it")
    return {
        "area": line.cells.get("area") or "own series",
        "component": line.cells.get("subject") or line.cells["series"],
        "value_low": low,
        "value_high": high,
        "unit": line.cells.get("unit") or None,
        "series": line.cells["series"],
    }


def _number(line: texts.Line, file: str, column: str) -> float:
    """A number of a cell."""
    try:
        found = float(line.cells.get(column, ""))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise _fault(file, line, column, "a number", "write it with digits and a point")
    return found


def _whole(line: texts.Line, file: str, column: str, low: int, high: int) -> int:
    """A whole number of a cell."""
    expected = f"a whole number from {low} to {high}"
    try:
        found = int(line.cells.get(column, ""))
    except ValueError:
        raise _fault(file, line, column, expected, "write digits alone") from None
    if not low <= found <= high:
        raise _fault(file, line, column, expected, "check it")
    return found


def _fault(file: str, line: texts.Line, column: str, expected: str, help_: str) -> RankingsError:
    return DataError(
        "{file}, line {line}, column {column}: expected {expected}, found {value}; {help}",
        file=file,
        line=line.number,
        column=column,
        expected=expected,
        value=repr(line.cells.get(column, "")),
        help=help_,
    )
