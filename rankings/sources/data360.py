"""World Bank Data360: the wide file (years across) and the long one (API and bulk CSV).

Data360 mirrors other publishers' indices without their ranks. Years are editions. The mirror of
the EGDI keeps the zeros that the UN stores for what was not measured.
"""

import re
from collections.abc import Iterable
from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, egov, held, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content
from rankings.sources.sheets import AGAIN, Row, Sheet, shown

WIDE, LONG = "wb-data360-wide", "wb-data360-long"
AREA, LABEL, YEAR, VALUE = "REF_AREA", "REF_AREA_LABEL", "TIME_PERIOD", "OBS_VALUE"
DATABASE, INDICATOR, STATUS = "DATABASE_ID", "INDICATOR", "OBS_STATUS"
WIDE_HEADER = (
    *("FREQ", "FREQ_LABEL", AREA, LABEL, INDICATOR, "INDICATOR_LABEL", "UNIT_MEASURE"),
    *("UNIT_MEASURE_LABEL", DATABASE, "DATABASE_ID_LABEL", "UNIT_MULT", "UNIT_MULT_LABEL"),
    *(STATUS, "OBS_STATUS_LABEL", "OBS_CONF", "OBS_CONF_LABEL"),
)
LONG_HEADER = (
    *(VALUE, "UNIT_MULT", STATUS, DATABASE, INDICATOR, AREA, "SEX", "AGE", "URBANISATION"),
    *("COMP_BREAKDOWN_1", "COMP_BREAKDOWN_2", "COMP_BREAKDOWN_3", YEAR, "FREQ", "UNIT_MEASURE"),
)
FIXED = {
    "FREQ": ["A"],
    "UNIT_MULT": ["0", ""],
    "SEX": ["_T"],
    "AGE": ["_T", "_Z"],
    "URBANISATION": ["_T", "_Z"],
    "COMP_BREAKDOWN_1": ["_Z", "_T"],
    "COMP_BREAKDOWN_2": ["_Z", "_T"],
    "COMP_BREAKDOWN_3": ["_Z", "_T"],
}
MEASURED, UNMEASURED = ["A", "E", "F", "P", "B"], ["M", "O", "L", "Q"]
ZERO = "the file stores 0: EGDI not computed, or the economy was not assessed"
Cell = tuple[Row, str, str, str, int, str, float]


def load_wide(sheet: Sheet, content: Content) -> Delivery:
    """The editions in a wide file, of one indicator or of a whole database.

    Columns besides those expected are described, never read as figures. Indicators that are none
    of this suite's are told and left.

    Raises:
        DataError: the file is not whole, or a cell is not what it should be.
    """
    sheet.check_header(WIDE_HEADER, ordered=True)
    sheet.check_ended()
    years = _years(sheet)
    dropped: list[str] = []
    left: set[str] = set()
    cells = list(_wide_cells(sheet, years, dropped, left))
    return _deliver(WIDE, sheet, content, cells, dropped, _further(sheet, WIDE_HEADER, years, left))


def _further(sheet: Sheet, known: Iterable[str], years: list[str], left: set[str]) -> list[str]:
    """Notes on columns and indicators of the file that are not read."""
    besides = [label for label in sheet.header if label not in {*known, *years}]
    notes = codes.told_left(left, "indicators")
    if besides and years:
        notes.append(f"columns besides those of a wide file, not read: {', '.join(besides[:6])}")
    return notes


def _years(sheet: Sheet) -> list[str]:
    """The labels that are years, ascending."""
    years = [label for label in sheet.header if re.fullmatch(r"(19|20)[0-9]{2}", label)]
    if not years:
        raise DataError(
            f"{sheet.file}, {sheet.unit} 1, column {len(sheet.header)}: expected years as columns, "
            f"found {shown(sheet.header[-1])}; give the wide file (WIDEF) unchanged"
        )
    if years != sorted(years):
        raise DataError(
            f"{sheet.file}, {sheet.unit} 1, column {years[0]}: expected the years in their order, "
            f"found {shown(','.join(years))}; give the wide file (WIDEF) unchanged"
        )
    return years


def _wide_cells(
    sheet: Sheet, years: list[str], dropped: list[str], left: set[str]
) -> Iterable[Cell]:
    seen: dict[Any, int] = {}
    found: dict[tuple[str, str], set[str]] = {}
    for row in sheet.rows:
        if not _is_ours(row, sheet, left):
            continue
        index, component, high = _described(sheet, row)
        if (index, component) not in found:
            for year in years:
                held.check_edition(sheet, Row(1, {year: year}), year, index, int(year))
        iso3 = _economy(sheet, row, dropped)
        area = row.cells[AREA].strip()
        codes.check_once(sheet, row, AREA, seen, (component, iso3 or area))
        members = found.setdefault((index, component), set())
        if iso3 is None:
            continue
        members.add(iso3)
        for year in years:
            if not sheet.absent(row, year):
                value = _value(sheet, row, year, index, component, int(year), high)
                yield row, year, index, component, int(year), iso3, value
    _check_whole(sheet, found)


def _is_ours(row: Row, sheet: Sheet, left: set[str]) -> bool:
    """Whether a row is of an indicator of ours; else it is remembered as left.

    A file of which nothing is ours is refused at its first row.
    """
    if codes.known_component(row.cells[DATABASE], row.cells[INDICATOR]) is not None:
        return True
    if not any(
        codes.known_component(each.cells[DATABASE], each.cells[INDICATOR]) for each in sheet.rows
    ):
        codes.component_of(sheet, row, DATABASE, INDICATOR)
    left.add(row.cells[INDICATOR].strip())
    return False


def _check_whole(sheet: Sheet, found: dict[tuple[str, str], set[str]]) -> None:
    """Every indicator of the UN's index has every member state."""
    for (index, _), members in found.items():
        if index == "EGDI":
            codes.check_members(sheet, members, names.un_members(), AREA)


def _described(sheet: Sheet, row: Row) -> tuple[str, str, float]:
    """What a row measures; refused where it is a part, a share or another unit."""
    for column, allowed in FIXED.items():
        if column in sheet.header:
            sheet.text(row, column, allowed)
    index, component, high = codes.component_of(sheet, row, DATABASE, INDICATOR)
    if "RANK" in row.cells["UNIT_MEASURE"].upper():
        raise sheet.fault(row, "UNIT_MEASURE", "the unit of a score", "give the scores")
    sheet.text(row, STATUS, MEASURED + UNMEASURED)
    return index, component, high


def _economy(sheet: Sheet, row: Row, dropped: list[str]) -> str | None:
    label = LABEL if LABEL in sheet.header else None
    iso3 = names.by_code(sheet, row, AREA, label)
    if iso3 is None:
        code = row.cells[AREA].strip()
        dropped.append(names.dropped_as(code, row.cells[label].strip() if label else ""))
    return iso3


def _value(
    sheet: Sheet, row: Row, column: str, index: str, component: str, edition: int, high: float
) -> float:
    """A score within the scale of its edition."""
    if index == "EGDI":
        high = float(egov.FACTS["above_one"].get(str(edition), {}).get(component, high))
    if index == "GCI" and edition < 2020:
        high = 1.0
    return sheet.number(row, column, 0, high)


def load_long(sheet: Sheet, content: Content) -> Delivery:
    """The editions in a long file; it may hold some economies only, as the API gives pages.

    Raises:
        DataError: a row is not an annual national total of an index of this suite.
    """
    sheet.check_header(LONG_HEADER)
    sheet.check_ended()
    dropped: list[str] = []
    left: set[str] = set()
    cells = list(_long_cells(sheet, dropped, left))
    if not cells:
        raise DataError(f"{sheet.file}: expected values of economies, found none; {AGAIN}")
    return _deliver(LONG, sheet, content, cells, dropped, codes.told_left(left, "indicators"))


def _long_cells(sheet: Sheet, dropped: list[str], left: set[str]) -> Iterable[Cell]:
    seen: dict[Any, int] = {}
    for row in sheet.rows:
        if not _is_ours(row, sheet, left):
            continue
        index, component, high = _described(sheet, row)
        edition = sheet.whole(row, YEAR, 2003, 2100)
        held.check_edition(sheet, row, YEAR, index, edition)
        iso3 = _economy(sheet, row, dropped)
        area = row.cells[AREA].strip()
        codes.check_once(sheet, row, AREA, seen, (component, edition, iso3 or area))
        unmeasured = row.cells[STATUS].strip() in UNMEASURED
        if iso3 is not None and not (unmeasured and sheet.absent(row, VALUE)):
            value = _value(sheet, row, VALUE, index, component, edition, high)
            yield row, VALUE, index, component, edition, iso3, value


def _deliver(
    kind: str,
    sheet: Sheet,
    content: Content,
    cells: list[Cell],
    dropped: list[str],
    further: list[str],
) -> Delivery:
    listed = held.facts("not_measured")
    keys = zip(listed["index"], listed["edition"], listed["component"], listed["iso3"], strict=True)
    placeholders = dict(zip(keys, listed["why"], strict=True))
    scores, zeros = [], []
    editions = {(cell[2], cell[4]) for cell in cells}
    known = {each: _of_edition(*each, content, kind) for each in editions}
    for row, column, index, component, edition, iso3, value in cells:
        base = known[index, edition] | {"iso3": iso3, "component": component}
        why = placeholders.get((index, str(edition), component, iso3), "")
        if value == 0 and not why and component == "egdi":
            why = _new_zero(sheet, row, column, edition)
        if value == 0 and why:
            zeros.append(base | {"value_in_file": value, "rank_in_file": None, "why": why})
        else:
            scores.append(base | {"value": value})
    notes = [*_notes(scores, bool(zeros)), *further]
    return deliver(kind, content, index=scores, not_measured=zeros, dropped=dropped, notes=notes)


def _of_edition(index: str, edition: int, content: Content, kind: str) -> dict[str, Any]:
    """What all rows of an edition share."""
    return {
        "index": index,
        "edition": edition,
        "vintage": held.vintage(index, edition),
        "source_id": content.source_id(kind, held.document(index, edition)),
    }


def _new_zero(sheet: Sheet, row: Row, column: str, edition: int) -> str:
    """Why an EGDI of 0 is no score; in an edition held without it, it is an error."""
    if edition in set(held.held("EGDI")["edition"]):
        raise sheet.fault(row, column, f"a score above 0, as the EGDI of {edition} has here")
    return ZERO


def _notes(scores: list[dict[str, Any]], zeros: bool) -> list[str]:
    counts: dict[tuple[str, int, str], int] = {}
    for each in scores:
        key = (each["index"], each["edition"], each["component"])
        counts[key] = counts.get(key, 0) + 1
    notes = ["Data360 gives no ranks: none are delivered"]
    if zeros:
        notes.append("zeros that stand for no measurement are delivered apart")
    for (index, edition, component), count in sorted(counts.items()):
        every = held.held(index)
        rows = every.loc[(every["edition"] == edition) & (every["component"] == component)]
        if len(rows) and count < len(rows):
            notes.append(
                f"{index} {edition} {component}: {count} of the {len(rows)} economies held"
            )
        if not len(rows):
            notes.append(f"{index} {edition} {component}: {count} economies, none held so far")
    return notes
