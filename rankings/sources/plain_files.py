"""A table in the project's own layout, as anybody may bring it: a new or national index, UPU, GTMI.

Its cells are read as strictly as a publisher's. Values of an unknown index have no known scale, so
what is checked is form, economies, keys, and that published ranks fit the order of the values.
"""

from typing import Any

import pandas as pd

from rankings.sources import codes, held, names, plain
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content
from rankings.sources.sheets import Row, Sheet

INDEX, SERIES, INDICATORS = "plain-index", "plain-series", "plain-indicators"
SCHEMAS = {
    INDEX: plain.INDEX_TABLE,
    SERIES: plain.SERIES_TABLE,
    INDICATORS: plain.INDICATOR_TABLE,
}
LOWEST = {INDEX: 0.0, SERIES: 0.0, INDICATORS: -1e15}
WHOLE = {
    "edition": (1990, 2100),
    "published_rank": (1, 250),
    "reference_year": (1980, 2100),
    "year": (1950, 2100),
}
MAY_BE_BLANK = ["printed_value", "published_rank", "reference_year", "note", "check"]
GROUP = ["index", "edition", "vintage", "component"]
SLACK = 0.05


def load(sheet: Sheet, content: Content, kind: str) -> Delivery:
    """The table, its rows naming the file behind their own source.

    Raises:
        DataError: a cell is not what its column promises, or a key occurs twice.
    """
    columns = list(SCHEMAS[kind].columns)
    sheet.check_header(columns, exact=True)
    seen: dict[Any, int] = {}
    rows = []
    for row in sheet.rows:
        cells = _cells(sheet, row, kind)
        key = tuple(cells[column] for column in SCHEMAS[kind].unique or [])
        codes.check_once(sheet, row, columns[0], seen, key)
        rows.append(cells | {"source_id": content.source_id(kind, str(cells["source_id"]))})
    if kind == INDEX:
        check_scales(sheet, rows)
        explained = check_ranks(sheet, rows)
        return deliver(kind, content, index=rows, notes=[*explained, *_notes(rows)])
    if kind == SERIES:
        return deliver(kind, content, series=rows)
    return deliver(kind, content, indicators=rows)


def _cells(sheet: Sheet, row: Row, kind: str) -> dict[str, Any]:
    """The typed cells of a row."""
    found: dict[str, Any] = {}
    for column in sheet.header:
        text = row.cells[column].strip()
        blank = column in MAY_BE_BLANK or (kind == SERIES and column == "vintage")
        if not text and blank:
            found[column] = None
        elif column in WHOLE:
            found[column] = sheet.whole(row, column, *WHOLE[column])
        elif column in ("value", "printed_value"):
            found[column] = sheet.number(row, column, LOWEST[kind], 1e15)
        elif column == "iso3":
            found[column] = _economy(sheet, row)
        else:
            found[column] = sheet.text(row, column)
    return found


def _economy(sheet: Sheet, row: Row) -> str:
    iso3 = names.by_code(sheet, row, "iso3", strict=True)
    if iso3 is None:
        raise sheet.fault(row, "iso3", "an economy, not an aggregate", "leave the row out")
    return iso3


def check_scales(sheet: Sheet, rows: list[dict[str, Any]]) -> None:
    """Values of an edition that is listed lie on its scale (overall values only)."""
    listed = held.facts("editions")
    keys = zip(listed["index"], listed["edition"], listed["vintage"], strict=True)
    scales = dict(zip(keys, listed["scale_max"], strict=True))
    for row, cells in zip(sheet.rows, rows, strict=True):
        high = scales.get((cells["index"], str(cells["edition"]), cells["vintage"]))
        if cells["component"] in ("overall", "egdi") and isinstance(high, str):
            sheet.number(row, "value", 0, float(high))


def check_ranks(sheet: Sheet, rows: list[dict[str, Any]]) -> list[str]:
    """Published ranks count the economies at hand and follow the order of their values.

    Some slack is left: publishers rank on hidden digits, share ranks or not, and a copy may lack
    an economy or two. A row whose own note explains it is told and not refused.
    """
    table = pd.DataFrame(rows)
    printed = table["printed_value"].astype(float).fillna(table["value"].astype(float))
    groups = printed.groupby([table[column] for column in GROUP])
    room = 3 + SLACK * groups.transform("size")
    rank = table["published_rank"].astype(float)
    low = groups.rank(ascending=False, method="dense") - room
    high = groups.rank(ascending=False, method="max") + room
    told = []
    for place in table.index[(rank < low) | (rank > high)]:
        cells = rows[place]
        if cells["note"]:
            told.append(f"{cells['iso3']} {cells['component']}: {cells['note']}")
            continue
        raise sheet.fault(
            sheet.rows[place],
            "published_rank",
            f"a rank from {max(low[place], 1):.0f} to {high[place]:.0f} for this value",
            "give all ranked economies, or leave the ranks blank",
        )
    return told


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    listed = held.facts("editions")
    known = set(zip(listed["index"], listed["edition"], listed["vintage"], strict=True))
    new = sorted({(row["index"], str(row["edition"]), row["vintage"]) for row in rows} - known)
    return [
        f"{index} {edition} ({vintage}) is not listed in editions.csv yet"
        for index, edition, vintage in new
    ]
