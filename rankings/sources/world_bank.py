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
from rankings.sources.sheets import AGAIN, Record, Row, Sheet, sheet, shown

API, BULK = "wb-api", "wb-bulk"
DATE = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
CODE, NAME, INDICATOR = "Country Code", "Country Name", "Indicator Code"
BULK_HEADER = (NAME, CODE, "Indicator Name", INDICATOR)
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


def load_bulk(found: list[Record], content: Content, *, ended: bool) -> Delivery:
    """The series of a bulk file: four lines about the file, then years across.

    Raises:
        DataError: the file is not one whole indicator as the World Bank writes it.
    """
    about = {
        cells[0]: (line, cells[1:2]) for line, cells in found[:5] if cells and cells[0] != NAME
    }
    line, date = about.get("Last Updated Date", (3, [""]))
    vintage = _vintage("".join(date), content.name, f"line {line}, column Last Updated Date")
    top = next((n for n, (_, cells) in enumerate(found[:10]) if cells and cells[0] == NAME), None)
    if top is None:
        raise DataError(
            f"{content.name}, line 5, column {NAME}: expected the line of column names, "
            f"found {shown(','.join(found[-1][1])[:30])}; give the World Bank's file unchanged"
        )
    table = sheet(found[top:], content.name, ended=ended, spare=True)
    table.check_ended()
    years = [label for label in table.header if label not in BULK_HEADER]
    first = int(years[0]) if years and re.fullmatch("(19|20)[0-9]{2}", years[0]) else 1960
    run = [str(year) for year in range(first, first + max(len(years), 1))]
    table.check_header((*BULK_HEADER, *run), exact=True)
    rows, dropped = _bulk_rows(table, years, vintage, content)
    return _deliver(BULK, content, rows, dropped, [f"release of {vintage}"])


def _bulk_rows(
    table: Sheet, years: list[str], vintage: str, content: Content
) -> tuple[list[dict[str, Any]], set[str]]:
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    seen: dict[Any, int] = {}
    source, first = content.source_id(BULK), table.rows[0]
    series = codes.series_of(table, first, INDICATOR, "world-bank")
    low, high = codes.bounds(series)
    for row in table.rows:
        if row.cells[INDICATOR] != first.cells[INDICATOR]:
            raise table.fault(row, INDICATOR, f"{first.cells[INDICATOR]} as in line {first.line}")
        code = row.cells[CODE].strip()
        codes.check_once(table, row, CODE, seen, code)
        iso3 = names.by_code(table, row, CODE, NAME)
        if iso3 is None:
            dropped.add(f"{code} {names.left_out(code)}")
            continue
        for year in years:
            if row.cells[year].strip():
                if int(year) > int(vintage[:4]):
                    raise table.fault(row, year, f"nothing after the release of {vintage}")
                value = table.number(row, year, low, high)
                fact = {"series": series, "iso3": iso3, "year": int(year), "vintage": vintage}
                rows.append(fact | {"value": value, "source_id": source})
    codes.check_members(table, set(seen), names.un_members(), CODE)
    return rows, dropped


def load_api(text: str, content: Content) -> Delivery:
    """The series in one page of the API's answer.

    Raises:
        DataError: the answer is an error, is cut off, or is not the API's.
    """
    about, entries = _answer(text, content.name)
    vintage = _vintage(about.get("lastupdated"), content.name, "first element, field lastupdated")
    notes = [f"release of {vintage}", *_check_page(about, len(entries), content.name)]
    table = Sheet(content.name, API_CELLS, _api_rows(entries, content.name), unit="entry")
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    seen: dict[Any, int] = {}
    for row in table.rows:
        fact = _api_fact(table, row, seen, dropped, int(vintage[:4]))
        if fact:
            rows.append(fact | {"vintage": vintage, "source_id": content.source_id(API)})
    return _deliver(API, content, rows, dropped, notes)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a field stands twice in {one_line(list(found))}")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _answer(text: str, file: str) -> tuple[dict[str, Any], list[Any]]:
    """The two elements of an answer; numbers stay text, so that one check serves all layouts."""
    try:
        answer = json.loads(
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
        f"entries, found {shown(text.strip()[:40])}; save the API's answer unchanged"
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
        dropped.add(f"{row.cells['countryiso3code'].strip() or row.cells['country.id']} {who}")
        return None
    if row.cells["country.id"].strip() not in (iso3, names.economies()[iso3][0]):
        raise table.fault(row, "country.id", f"the code of {iso3}", "id and code must agree")
    if not row.cells["value"].strip():
        return None
    value = table.number(row, "value", *codes.bounds(series))
    return {"series": series, "iso3": iso3, "year": year, "value": value}
