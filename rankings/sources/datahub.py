"""ITU DataHub: the CSV of the download button, one line per series, economy and year.

One file mixes the count and the rate under the same name, and the units of one of them are wrong:
a series is known by its ``seriesCode`` alone.
"""

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


def load(sheet: Sheet, content: Content) -> Delivery:
    """The series of an export; the file has no date, so the vintage stays blank.

    Raises:
        DataError: a row is not a value of a known series for a known economy and year.
    """
    sheet.check_header(HEADER, exact=True)
    rows, dropped = read_rows(sheet, content.source_id(KIND))
    if not rows:
        raise DataError(f"{sheet.file}: expected values of economies, found none; {AGAIN}")
    found = sorted({row["series"] for row in rows})
    notes = [
        f"series by their code: {', '.join(found)}",
        "the file has no date: give the day of the download when you keep it",
        "the file does not say how many lines it has: a file cut off between lines is not noticed",
    ]
    return deliver(KIND, content, series=rows, dropped=dropped, notes=notes)


def read_rows(sheet: Sheet, source: str) -> tuple[list[dict[str, Any]], set[str]]:
    """The rows of economies, and the aggregates and territories that are left out."""
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    seen: dict[Any, int] = {}
    for row in sheet.rows:
        series = codes.series_of(sheet, row, CODE, KIND)
        code = row.cells[AREA].strip()
        iso3 = names.by_code(sheet, row, AREA, NAME)
        year = sheet.whole(row, YEAR, 1960, 2100)
        codes.check_once(sheet, row, YEAR, seen, (series, code or row.cells[NAME], year))
        value = row.cells[VALUE].strip()
        if iso3 is None:
            dropped.add(f"{code} {row.cells[NAME].strip()}".strip())
        elif value:
            number = sheet.number(row, VALUE, *codes.bounds(series))
            note = row.cells["dataNote"].strip() or None
            fact = {"series": series, "iso3": iso3, "year": year, "value": number}
            rows.append(fact | {"source_id": source, "note": note})
    return rows, dropped
