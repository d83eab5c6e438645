"""ITU DataHub: the answer of its interface for one series, JSON, a list of economies and years.

Every number is written as a text, each economy with its code; the answer has no date.
"""

from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, datahub, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import AGAIN, Row, Sheet, shown

KIND = "itu-datahub-api"
CODE, AREA, NAME, YEAR, VALUE = "code", "isoCode", "shortName", "dataYear", "value"
FIELDS = (CODE, AREA, NAME, YEAR, "dataNote")


def is_answer(entries: Any) -> bool:
    """Whether parsed JSON is an answer of this interface."""
    first = entries[0] if isinstance(entries, list) and entries else entries
    return isinstance(first, dict) and {CODE, AREA, YEAR, "answer"} <= set(first)


def is_list_of_names(entries: Any) -> bool:
    """Whether parsed JSON is one of the interface's lists that hold no figures of series."""
    first = entries[0] if isinstance(entries, list) and entries else entries
    return isinstance(first, dict) and bool({"CountryID", "codeID"} & set(first))


def load(entries: Any, content: Content) -> Delivery:
    """The series of an answer; other series, aggregates and territories are told and left.

    Raises:
        DataError: an entry is not a value of a known economy and year, or no series is of ours.
    """
    listed = entries if isinstance(entries, list) else [entries]
    rows = [_row(number, each, content.name) for number, each in enumerate(listed, start=1)]
    sheet = Sheet(content.name, (*FIELDS, VALUE), rows, unit="entry")
    if not any(codes.known_series(row.cells[CODE], datahub.KIND) for row in rows):
        codes.series_of(sheet, rows[0], CODE, datahub.KIND)
    found, dropped, left = _facts(sheet, content.source_id(KIND))
    if not found:
        raise DataError(f"{sheet.file}: expected values of economies, found none; {AGAIN}")
    notes = [
        f"series by their code: {', '.join(sorted({each['series'] for each in found}))}",
        "the answer has no date: give the day you asked with --released",
        *codes.told_left(left),
    ]
    return deliver(KIND, content, series=found, dropped=dropped, notes=notes)


def _row(number: int, entry: Any, file: str) -> Row:
    """One entry as a row of text."""
    if not isinstance(entry, dict):
        raise DataError(
            f"{file}, entry {number}: expected an entry of the DataHub, found {shown(entry)}; "
            f"{AGAIN}"
        )
    cells = {}
    for field in FIELDS:
        value = entry.get(field)
        if not isinstance(value, str) and not (value is None and field == "dataNote"):
            raise DataError(
                f"{file}, entry {number}, column {field}: expected the interface's field, "
                f"found {'nothing' if value is None else shown(one_line(value))}; {AGAIN}"
            )
        cells[field] = value or ""
    return Row(number, cells | {VALUE: _value(number, entry.get("answer", {}), file)})


def _value(number: int, answer: Any, file: str) -> str:
    """The one value of an entry; nothing where its answer is empty."""
    listed = answer if isinstance(answer, list) else []
    values = [each.get(VALUE) if isinstance(each, dict) else each for each in listed]
    if not isinstance(answer, list | None) or len(values) > 1:
        found = f"{len(values)} values" if isinstance(answer, list) else shown(one_line(answer))
        raise DataError(
            f"{file}, entry {number}, column answer: expected one value, found {found}; {AGAIN}"
        )
    if not values or values[0] is None:
        return ""
    if not isinstance(values[0], str):
        raise DataError(
            f"{file}, entry {number}, column answer: expected a value as the interface writes it, "
            f"found {shown(one_line(values[0]))}; {AGAIN}"
        )
    return values[0]


def _facts(sheet: Sheet, source: str) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """The values of economies, what was left out, and the series that are none of ours."""
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    left: set[str] = set()
    seen: dict[Any, int] = {}
    for row in sheet.rows:
        series = codes.known_series(row.cells[CODE], datahub.KIND)
        if series is None:
            left.add(row.cells[CODE].strip() or "without a code")
            continue
        iso3 = names.by_code(sheet, row, AREA, NAME)
        year = sheet.whole(row, YEAR, 1960, 2100)
        who = iso3 or row.cells[AREA].strip() or row.cells[NAME]
        codes.check_once(sheet, row, YEAR, seen, (series, who, year))
        if iso3 is None:
            dropped.add(names.dropped_as(row.cells[AREA].strip(), row.cells[NAME].strip()))
        elif not sheet.absent(row, VALUE):
            value = sheet.number(row, VALUE, *codes.bounds(series))
            fact = {"series": series, "iso3": iso3, "year": year, "value": value}
            note = row.cells["dataNote"].strip() or None
            rows.append(fact | {"source_id": source, "note": note})
    return rows, dropped, left
