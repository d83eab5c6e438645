"""UNDP Human Development Report: the "complete time series" CSV, one row an economy, years across.

Latin-1, with regional rows ``ZZ...`` at its end. Four of its series are kept; they are tied
together by the formula of the HDI, which therefore tests them.
"""

import math
import re
from typing import Any

from rankings.errors import DataError
from rankings.sources import codes, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.files import Content
from rankings.sources.sheets import AGAIN, Row, Sheet, shown

KIND = "undp-hdr"
HEADER = ("iso3", "country", "hdicode", "region")
STEMS = {
    "hdi": "hdi",
    "eys": "expected_years_schooling",
    "mys": "mean_years_schooling",
    "gnipc": "gni_pc_2017ppp",
}
# Reports by the year of their newest figures: what they are called, and their incomes' dollars.
REPORTS = {2019: "HDR 2020", 2021: "HDR 2021-22", 2022: "HDR 2023-24", 2023: "HDR 2025"}
DOLLARS = {"2017": "gni_pc_2017ppp", "2021": "gni_pc_2021ppp"}
RANK = re.compile(r"hdi_rank_(20[0-9]{2})")
# Reports whose incomes are in dollars of 2017; later ones use 2021 and are another series.
DOLLARS_OF_2017, DOLLARS_OF_2021 = range(2019, 2023), range(2023, 2025)
DOCUMENTS = {2022: "undp-hdr-2023-24"}
LIFE = (25.0, 90.0)
# The goalpost of health is 85 years; rounding of the HDI leaves a fifth of a year.
MOST_LIFE, LIFE_SLACK = 85.0, 1.0


def load(sheet: Sheet, content: Content) -> Delivery:
    """Human development, schooling and income of all economies and years.

    Raises:
        DataError: the file is not the whole table, or its figures contradict each other.
    """
    sheet.check_header(HEADER)
    newest = _newest(sheet)
    series = dict(STEMS)
    stems = {stem: _years(sheet, stem, newest) for stem in STEMS}
    report = REPORTS.get(newest)
    named = report or "Human Development Report"
    notes = [f"{named}, with figures up to {newest}; the file has no date of its own"]
    if newest in DOLLARS_OF_2021:
        series["gnipc"] = DOLLARS["2021"]
        notes.append("incomes are in dollars of 2021: delivered as gni_pc_2021ppp")
    elif newest not in DOLLARS_OF_2017:
        del stems["gnipc"]
        notes.append("in dollars of which year incomes are is not known: they are not delivered")
    source = content.source_id(KIND, DOCUMENTS.get(newest, ""))
    rows: list[dict[str, Any]] = []
    dropped: set[str] = set()
    seen: dict[Any, int] = {}
    for row in sheet.rows:
        codes.check_once(sheet, row, "iso3", seen, row.cells["iso3"].strip())
        iso3 = names.by_code(sheet, row, "iso3", "country")
        if iso3 is None:
            dropped.add(names.dropped_as(row.cells["iso3"].strip(), row.cells["country"].strip()))
            continue
        facts = _facts(sheet, row, stems)
        _check_formula(sheet, row, facts, income="gnipc" in stems)
        for (stem, year), value in facts.items():
            fact = {"series": series[stem], "iso3": iso3, "year": year, "value": value}
            rows.append(fact | {"source_id": source, "vintage": report})
    codes.check_members(sheet, set(seen), names.un_members(), "iso3")
    return deliver(KIND, content, series=rows, dropped=dropped, notes=notes)


def _newest(sheet: Sheet) -> int:
    """The year of the newest figures: the one the rank is given for."""
    ranks = [int(found[1]) for label in sheet.header if (found := RANK.fullmatch(label))]
    if len(ranks) != 1:
        raise DataError(
            f"{sheet.file}, {sheet.unit} 1, column hdi_rank_2022: expected one column "
            f"hdi_rank_ and a year, found {len(ranks)}; give the report's time series unchanged"
        )
    return ranks[0]


def _years(sheet: Sheet, stem: str, newest: int) -> list[int]:
    """The years of a series: without a gap, in order, up to the newest."""
    labels = [each for each in sheet.header if re.fullmatch(rf"{stem}_[0-9]{{4}}", each)]
    years = [int(each.rpartition("_")[2]) for each in labels]
    if not years or years != list(range(newest - len(years) + 1, newest + 1)):
        found = f"{labels[0]} to {labels[-1]}, {len(labels)} columns" if labels else "none"
        raise DataError(
            f"{sheet.file}, {sheet.unit} 1, column {stem}_{newest}: expected {stem}_ and every "
            f"year up to {newest} in order, found {shown(found)[1:-1]}; give the file unchanged"
        )
    return years


def _facts(sheet: Sheet, row: Row, stems: dict[str, list[int]]) -> dict[tuple[str, int], float]:
    found = {}
    for stem, years in stems.items():
        low, high = codes.bounds(STEMS[stem])
        for year in years:
            column = f"{stem}_{year}"
            if not sheet.absent(row, column):
                found[stem, year] = sheet.number(row, column, low, high)
    return found


def _check_formula(
    sheet: Sheet, row: Row, facts: dict[tuple[str, int], float], *, income: bool
) -> None:
    """The HDI and its parts give the life expectancy of the file, or one of them is wrong.

    HDI^3 = health x education x income, with the goalposts used since 2014. Where the file has no
    life expectancy, they must give one that is human.
    """
    for (stem, year), value in facts.items():
        parts = [facts.get((each, year)) for each in ("eys", "mys", "gnipc")]
        if stem != "hdi" or not income or None in parts:
            continue
        eys, mys, gni = (float(part) for part in parts if part is not None)
        education = (min(eys, 18) / 18 + min(mys, 15) / 15) / 2
        earned = math.log(min(max(gni, 100), 75000) / 100) / math.log(750)
        life = 20 + 65 * value**3 / max(education * earned, 1e-9)
        low, high = _life(sheet, row, year)
        if not low <= life <= high:
            raise sheet.fault(
                row,
                f"hdi_{year}",
                f"an HDI that fits {eys:g} and {mys:g} years of schooling and {gni:g} dollars",
                f"one of the four cells is wrong: {AGAIN}",
            )


def _life(sheet: Sheet, row: Row, year: int) -> tuple[float, float]:
    """Between which ages the life expectancy of a row must lie."""
    column = f"le_{year}"
    if column not in sheet.header or sheet.absent(row, column):
        return LIFE
    stated = min(sheet.number(row, column, 10, 100), MOST_LIFE)
    return stated - LIFE_SLACK, stated + LIFE_SLACK
