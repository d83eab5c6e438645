"""World Bank, World Development Indicators: the API's JSON and the bulk CSV of one indicator.

Both mix economies with aggregates and carry the date of the release, which becomes the vintage.
"""

import json
import re
from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import AGAIN, RESAVED, Record, Row, Sheet, sheet, shown

API, BULK = "wb-api", "wb-bulk"
DATE = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
CODE, NAME, INDICATOR = "Country Code", "Country Name", "Indicator Code"
SERIES_CODE, UPDATED = "Series Code", "Last Updated Date"
YEAR = re.compile(r"((?:19|20)[0-9]{2})(?: \[YR(?:19|20)[0-9]{2}\])?")
BULK_HEADER = (NAME, CODE, "Indicator Name", INDICATOR)
DATABANK_HEADER = (NAME, CODE, "Series Name", SERIES_CODE)
SERIES_NAME = {INDICATOR: "Indicator Name", SERIES_CODE: "Series Name"}
API_CELLS = ("indicator.id", "country.id", "country.value", "countryiso3code", "date", "value")
NOTHING = object()
FIRST_YEAR = 1950


def _vintage(found: object, file: str, place: str) -> str:
    if not isinstance(found, str) or not DATE.fullmatch(found):
        raise DataError(
            f"{file}, {place}: expected the date of the release as 2020-03-18, "
            f"found {shown(found)}; {AGAIN}"
        )
    return found


def _deliver(
    kind: str, content: Content, rows: list[dict[str, Any]], dropped: set[str], notes: list[str]
) -> Delivery:
    if not rows:
        raise DataError(f"{content.name}: expected values of economies, found none; {AGAIN}")
    years = [row["year"] for row in rows]
    economies = len({row["iso3"] for row in rows})
    notes = [*notes, f"{economies} economies, {min(years)}-{max(years)}"]
    return deliver(kind, content, series=rows, dropped=dropped, notes=notes)


def load_bulk(
    found: list[Record], content: Content, *, ended: bool, unit: str = "line"
) -> Delivery:
    """The series of a bulk file or a workbook, or of a table of the DataBank, years across.

    Series that are none of this suite's are told and left. Footnotes below the table are told.

    Raises:
        DataError: the file is not a whole table as the World Bank writes it.
    """
    top = _top(found, content.name, unit)
    footnotes = _footnotes(found, top) if ended else []
    table, saved = _table(found[top : len(found) - len(footnotes)], content.name, ended, unit)
    table.check_ended()
    table.check_header(BULK_HEADER if INDICATOR in table.header else DATABANK_HEADER, ordered=True)
    code = next(label for label in (INDICATOR, SERIES_CODE) if label in table.header)
    years = _years(table, databank=code == SERIES_CODE)
    vintage, date_notes = _release(found[:top], footnotes, content.name, unit)
    rows, dropped, left = _bulk_rows(table, code, years, vintage, content)
    if code == INDICATOR:
        seen = {row.cells[CODE].strip() for row in table.rows}
        codes.check_members(table, seen, names.un_members(), CODE)
    notes = [*date_notes, *saved, *codes.told_left(left)]
    return _deliver(BULK, content, rows, dropped, notes)


def _top(found: list[Record], file: str, unit: str) -> int:
    """The place of the line of column names."""
    for place, (_, cells) in enumerate(found[:10]):
        if NAME in cells and CODE in cells and {INDICATOR, SERIES_CODE} & set(cells):
            return place
    raise DataError(
        f"{file}, {unit} 5, column {NAME}: expected the line of column names, "
        f"found {shown(','.join(found[-1][1])[:30])}; give the World Bank's file unchanged"
    )


def _footnotes(found: list[Record], top: int) -> list[str]:
    """Lines below the table that have a text in their first cell alone, or nothing."""
    told: list[str] = []
    for _, cells in reversed(found[top + 1 :]):
        if any(cell.strip() for cell in cells[1:]):
            break
        told.append(cells[0].strip() if cells else "")
    return told


def _table(found: list[Record], file: str, ended: bool, unit: str) -> tuple[Sheet, list[str]]:
    """The table below its header, and a note if another program saved it.

    The World Bank ends every line with a comma; a spreadsheet that saves the file again does not.
    """
    spare = found[0][1][-1] == ""
    while spare and len(found[0][1]) > 1 and found[0][1][-2] == "":
        found = [(line, cells[:-1]) for line, cells in found]
    saved = [RESAVED] if unit == "line" and not spare and INDICATOR in found[0][1] else []
    return sheet(found, file, unit=unit, ended=ended, spare=spare), saved


def _years(table: Sheet, *, databank: bool) -> dict[str, int]:
    """The columns of years; in a bulk file every year up to the last, in their order."""
    years = {label: int(found[1]) for label in table.header if (found := YEAR.fullmatch(label))}
    listed = list(years.values())
    due = listed if databank else list(range(listed[0], listed[0] + len(listed))) if listed else []
    if not listed or listed != due or listed != sorted(set(listed)):
        strange = next((year for year, want in zip(listed, due, strict=False) if year != want), "")
        raise DataError(
            f"{table.file}, {table.unit} {table.rows[0].line - 1}, column {strange}: expected "
            f"years as columns in their order, found {shown(','.join(table.header[4:])[:40])}; "
            "give the publisher's file with its own columns in their order"
        )
    return years


def _release(
    about: list[Record], footnotes: list[str], file: str, unit: str
) -> tuple[str | None, list[str]]:
    """The date of the release, as the lines above or below a table state it, and notes on it."""
    for line, cells in about:
        if cells and cells[0].strip() == UPDATED:
            stated = cells[1].strip() if len(cells) > 1 else ""
            if DATE.fullmatch(stated):
                return stated, [f"release of {stated}"]
            date = _rewritten(stated)
            if date is None:
                _vintage(stated, file, f"{unit} {line}, column {UPDATED}")
            return date, [f"release of {date}, stated as {stated}: {RESAVED}"]
    for text in footnotes:
        stated = text.partition("Last Updated:")[2].strip()
        if stated:
            month, _, rest = stated.partition("/")
            day, _, year = rest.partition("/")
            date = f"{year:0>4}-{month:0>2}-{day:0>2}"  # the DataBank writes the month first
            return _vintage(date, file, "the footnote Last Updated"), [f"release of {date}"]
    if about:
        _vintage("", file, f"{unit} {about[0][0]}, column {UPDATED}")
    return None, ["the file has no date: give the day of its release with --released"]


def _rewritten(stated: str) -> str | None:
    """A date as a spreadsheet writes it, if it can only be one: 18/03/2020 or 3/18/2020."""
    found = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]((?:19|20)[0-9]{2})", stated)
    if not found:
        return None
    one, two, year = (int(part) for part in found.groups())
    dates = {(one, two), (two, one)}
    possible = sorted(date for date in dates if date[0] <= 12 and date[0] >= 1 and date[1] <= 31)
    return f"{year}-{possible[0][0]:02}-{possible[0][1]:02}" if len(possible) == 1 else None


def _bulk_rows(
    table: Sheet, code: str, years: dict[str, int], vintage: str | None, content: Content
) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """Rows of economies, what was left out, and the series that are none of ours."""
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    left: set[str] = set()
    seen: dict[Any, int] = {}
    source = content.source_id(BULK)
    if not any(codes.known_series(row.cells[code], "world-bank") for row in table.rows):
        codes.series_of(table, table.rows[0], code, "world-bank")
    called = SERIES_NAME[code]
    ours = {
        row.cells[called].strip()
        for row in table.rows
        if codes.known_series(row.cells[code], "world-bank")
    }
    for row in table.rows:
        series = codes.known_series(row.cells[code], "world-bank")
        if series is None and row.cells[called].strip() in ours:
            codes.series_of(table, row, code, "world-bank")
        if series is None:
            left.add(row.cells[code].strip() or "without a code")
            continue
        area = row.cells[CODE].strip()
        iso3 = names.by_code(table, row, CODE, NAME)
        codes.check_once(table, row, CODE, seen, (series, iso3 or area))
        if iso3 is None:
            dropped.add(names.dropped_as(area, row.cells[NAME].strip()))
            continue
        base = {"series": series, "iso3": iso3, "vintage": vintage, "source_id": source}
        for label, year in years.items():
            if table.absent(row, label):
                continue
            if vintage and year > int(vintage[:4]):
                raise table.fault(row, label, f"nothing after the release of {vintage}")
            value = table.number(row, label, *codes.bounds(series))
            rows.append(base | {"year": year, "value": value})
    return rows, dropped, left


def load_api(answer: Any, content: Content) -> Delivery:
    """The series in one page of the API's answer, parsed by `parse_json`.

    Raises:
        DataError: the answer is an error, is cut off, or is not the API's.
    """
    about, entries = _answer(answer, content.name)
    vintage = _vintage(about.get("lastupdated"), content.name, "first element, field lastupdated")
    notes = [f"release of {vintage}", *_check_page(about, len(entries), content.name)]
    table = Sheet(content.name, API_CELLS, _api_rows(entries, content.name), unit="entry")
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    left: set[str] = set()
    seen: dict[Any, int] = {}
    known = set(codes.facts()["world-bank"])
    if not any(row.cells["indicator.id"].strip() in known for row in table.rows):
        codes.series_of(table, table.rows[0], "indicator.id", "world-bank")
    for row in table.rows:
        if row.cells["indicator.id"].strip() not in known:
            left.add(row.cells["indicator.id"].strip())
            continue
        fact = _api_fact(table, row, seen, dropped, int(vintage[:4]))
        if fact:
            rows.append(fact | {"vintage": vintage, "source_id": content.source_id(API)})
    return _deliver(API, content, rows, dropped, [*notes, *codes.told_left(left)])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a field stands twice in {one_line(list(found))}")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def parse_json(text: str, file: str) -> Any:
    """JSON whose numbers stay text, so that one check serves all layouts.

    Raises:
        DataError: it is broken, or a field stands twice.
    """
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=_no_number,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as failure:
        line = getattr(failure, "lineno", 1)
        raise DataError(
            f"{file}, line {line}: expected whole JSON, "
            f"found it broken ({one_line(failure)}); {AGAIN}"
        ) from None


def _answer(answer: Any, file: str) -> tuple[dict[str, Any], list[Any]]:
    """The two elements of an answer."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        if "message" in answer[0]:
            raise DataError(
                f"{file}: expected data, found an error of the API "
                f"({one_line(answer[0]['message'])}); ask for an indicator that exists"
            )
        if len(answer) == 2 and isinstance(answer[1], list) and answer[1]:
            return answer[0], answer[1]
    raise DataError(
        f"{file}: expected the World Bank API's list of two elements, about the page and its "
        f"entries, found {shown(str(answer)[:40])}; save the API's answer unchanged"
    )


def _check_page(about: dict[str, Any], entries: int, file: str) -> list[str]:
    """`DataError` if a page has not the entries it announces; a note if it is one of several."""
    fields = {}
    for name in ("page", "pages", "per_page", "total"):
        text = str(about.get(name, ""))
        if not re.fullmatch("[0-9]{1,9}", text):
            raise DataError(
                f"{file}, first element, field {name}: expected a whole number, "
                f"found {shown(text)}; save the API's answer unchanged"
            )
        fields[name] = int(text)
    due = min(fields["per_page"], fields["total"] - (fields["page"] - 1) * fields["per_page"])
    if entries != due:
        raise DataError(
            f"{file}, first element, field total: expected {due} entries on page {fields['page']}, "
            f"found {entries}; {AGAIN}"
        )
    if fields["pages"] > 1:
        return [f"page {fields['page']} of {fields['pages']}: the other pages are not in this file"]
    return []


def _api_rows(entries: list[Any], file: str) -> list[Row]:
    """Entries as rows of text; nested fields are labelled country.id, country.value, ..."""
    rows = []
    for number, entry in enumerate(entries, start=1):
        cells: dict[str, str] = {}
        for label in API_CELLS:
            field, _, inner = label.partition(".")
            value = entry.get(field, NOTHING) if isinstance(entry, dict) else NOTHING
            if inner:
                value = value.get(inner, NOTHING) if isinstance(value, dict) else NOTHING
            if not isinstance(value, str) and not (value is None and label == "value"):
                found = "nothing" if value is NOTHING else shown(value)
                raise DataError(
                    f"{file}, entry {number}, column {label}: expected the API's field, "
                    f"found {found}; {AGAIN}"
                )
            cells[label] = value or ""
        rows.append(Row(number, cells))
    return rows


def _api_fact(
    table: Sheet, row: Row, seen: dict[Any, int], dropped: set[str], newest: int
) -> dict[str, Any] | None:
    """One value of an economy; None for an aggregate or an empty value."""
    series = codes.series_of(table, row, "indicator.id", "world-bank")
    year = table.whole(row, "date", FIRST_YEAR, newest)
    iso3 = names.by_code(table, row, "countryiso3code", "country.value")
    who = iso3 or row.cells["country.value"].strip()
    codes.check_once(table, row, "date", seen, (series, who, year))
    if iso3 is None:
        area = row.cells["countryiso3code"].strip() or row.cells["country.id"].strip()
        dropped.add(f"{area} {who}")
        return None
    codes_of = (iso3, names.economies()[iso3][0], row.cells["countryiso3code"].strip())
    if row.cells["country.id"].strip() not in codes_of:
        raise table.fault(row, "country.id", f"the code of {iso3}", "id and code must agree")
    if table.absent(row, "value"):
        return None
    value = table.number(row, "value", *codes.bounds(series))
    return {"series": series, "iso3": iso3, "year": year, "value": value}
