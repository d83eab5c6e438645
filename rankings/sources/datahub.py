"""ITU DataHub: the CSV of the download button, one line per series, economy and year.

One file mixes the count and the rate under the same name, and the units of one of them are wrong:
a series is known by its ``seriesCode`` alone.
"""

import datetime
import re
from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content
from rankings.sources.sheets import AGAIN, Sheet

KIND = "itu-datahub"
CODE, AREA, NAME, VALUE, YEAR = "seriesCode", "entityIso", "entityName", "dataValue", "dataYear"
HEADER = (
    *("seriesID", CODE, "seriesName", "seriesParent", "seriesUnits", "entityID", AREA, NAME),
    *(VALUE, YEAR, "dataNote", "dataSource", "seriesDescription"),
)


STAMP = re.compile(r"_([0-9]{13})(?![0-9])")


def load(sheet: Sheet, content: Content) -> Delivery:
    """The series of an export; other series, aggregates and territories are told and left.

    The file has no date. Where its name still has the stamp of the download, that day is the
    vintage; else the vintage stays blank.

    Raises:
        DataError: a row is not a value of a known economy and year, or no series is of this suite.
    """
    sheet.check_header(HEADER, ordered=True)
    rows, dropped, left = read_rows(sheet, content.source_id(KIND))
    if not rows:
        raise DataError(f"{sheet.file}: expected values of economies, found none; {AGAIN}")
    vintage = stamped(content.name)
    found = sorted({row["series"] for row in rows})
    undated = "the file has no date: give the day of the download with --released"
    notes = [
        f"series by their code: {', '.join(found)}",
        f"downloaded on {vintage}, by the stamp in the file's name" if vintage else undated,
        "the file does not say how many lines it has: a file cut off between lines is not noticed",
        *codes.told_left(left),
    ]
    dated = [row | {"vintage": vintage} for row in rows]
    return deliver(KIND, content, series=dated, dropped=dropped, notes=notes)


def stamped(name: str) -> str | None:
    """The day of the download that the DataHub writes into a file's name, if it is still there."""
    found = STAMP.search(name)
    if not found:
        return None
    day = datetime.datetime.fromtimestamp(int(found[1]) / 1000, tz=datetime.UTC).date()
    return day.isoformat() if 2015 <= day.year <= 2100 else None


def read_rows(sheet: Sheet, source: str) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """The rows of economies, the aggregates and territories left out, and the series left."""
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    left: set[str] = set()
    seen: dict[Any, int] = {}
    if not any(codes.known_series(row.cells[CODE], KIND) for row in sheet.rows):
        codes.series_of(sheet, sheet.rows[0], CODE, KIND)
    for row in sheet.rows:
        series = codes.known_series(row.cells[CODE], KIND)
        if series is None:
            left.add(row.cells[CODE].strip() or "without a code")
            continue
        code = row.cells[AREA].strip()
        iso3 = names.by_code(sheet, row, AREA, NAME)
        year = sheet.whole(row, YEAR, 1960, 2100)
        who = iso3 or code or row.cells[NAME]
        codes.check_once(sheet, row, YEAR, seen, (series, who, year))
        if iso3 is None:
            dropped.add(names.dropped_as(code, row.cells[NAME].strip()))
        elif not sheet.absent(row, VALUE):
            number = sheet.number(row, VALUE, *codes.bounds(series))
            note = row.cells["dataNote"].strip() or None
            fact = {"series": series, "iso3": iso3, "year": year, "value": number}
            rows.append(fact | {"source_id": source, "note": note})
    return rows, dropped, left
