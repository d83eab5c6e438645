"""Our World in Data: the CSV below a chart, one line an economy and year.

It names neither its source nor its date in the table; the file of metadata beside it does, and both
are kept: the day on which the figures were last renewed is the vintage.
"""

import json
from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import AGAIN, Sheet
from rankings.sources.world_bank import DATE

KIND = "owid"
ENTITY, CODE, YEAR = "Entity", "Code", "Year"
HEADER = (ENTITY, CODE, YEAR)


def load(sheet: Sheet, content: Content) -> Delivery:
    """The series of a chart's table; other columns, aggregates and territories are told and left.

    Raises:
        DataError: no column is a series of this suite, or a cell is not what it should be.
    """
    sheet.check_header(HEADER, ordered=True)
    columns = {label: name for label in sheet.header if (name := _series(label))}
    if not columns:
        raise DataError(
            f"{sheet.file}, {sheet.unit} 1, column {sheet.header[-1]}: expected a series of this "
            f"suite ({'; '.join(sorted(set(codes.facts()[KIND].values())))}), found none; bring it "
            "into the project's own layout"
        )
    vintage, notes = _about(content, list(columns))
    rows, dropped = _rows(sheet, columns, content.source_id(KIND))
    if not rows:
        raise DataError(f"{sheet.file}: expected values of economies, found none; {AGAIN}")
    left = [label for label in sheet.header if label not in {*HEADER, *columns}]
    dated = [row | {"vintage": vintage} for row in rows]
    return deliver(
        KIND,
        content,
        series=dated,
        dropped=dropped,
        notes=[*notes, *codes.told_left(left, "columns")],
    )


def _series(label: str) -> str | None:
    """The series of a column; its name may be followed by details in brackets or behind a dash."""
    known = codes.facts()[KIND]
    word = label.strip()
    for end in ("", " - ", " – "):
        found = known.get(word.partition(end)[0].strip() if end else word)
        if found:
            return str(found)
    return None


def _about(content: Content, columns: list[str]) -> tuple[str | None, list[str]]:
    """Vintage and source as the metadata beside the table state them."""
    if not content.about:
        return None, [
            "there are no metadata beside the file: give the day of its release with --released"
        ]
    try:
        told = json.loads(content.about.decode("utf-8-sig"))
        facts = [told["columns"][label] for label in columns if label in told["columns"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise DataError(
            f"{content.name}: expected the chart's metadata beside it, found them broken; {AGAIN}"
        ) from None
    dates = {str(each.get("lastUpdated", "")) for each in facts if isinstance(each, dict)}
    whole = sorted(date for date in dates if DATE.fullmatch(date))
    cited = {str(each.get("citationShort", "")) for each in facts if isinstance(each, dict)}
    notes = [f"figures of {one_line(each)}" for each in sorted(cited - {""})]
    if not whole:
        return None, [*notes, "the metadata beside the file have no date"]
    return whole[-1], [*notes, f"last renewed on {whole[-1]}, by the metadata beside the file"]


def _rows(
    sheet: Sheet, columns: dict[str, str], source: str
) -> tuple[list[dict[str, Any]], set[str]]:
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    seen: dict[Any, int] = {}
    for row in sheet.rows:
        code, entity = row.cells[CODE].strip(), row.cells[ENTITY].strip()
        iso3 = None if not code else names.by_code(sheet, row, CODE, ENTITY)
        year = sheet.whole(row, YEAR, 1800, 2100)
        codes.check_once(sheet, row, YEAR, seen, (iso3 or code or entity, year))
        if iso3 is None:
            dropped.add(names.dropped_as(code, entity))
            continue
        for label, series in columns.items():
            if not sheet.absent(row, label):
                value = sheet.number(row, label, *codes.bounds(series))
                fact = {"series": series, "iso3": iso3, "year": year, "value": value}
                rows.append(fact | {"source_id": source})
    return rows, dropped
