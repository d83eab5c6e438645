"""Which series, index or component is a publisher's code, and what values can it have?"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from rankings.errors import DataError, InputError
from rankings.sources.sheets import Row, Sheet


@cache
def facts() -> dict[str, Any]:
    """The tables of ``series.toml``."""
    return tomllib.loads((Path(__file__).parent / "series.toml").read_text(encoding="utf-8"))


def series_of(sheet: Sheet, row: Row, column: str, publisher: str) -> str:
    """The suite's name of the series in a cell.

    Raises:
        DataError: the code is not a series of this suite; the nearest ones are suggested.
    """
    return str(_known(sheet, row, column, facts()[publisher], "series"))


def known_series(code: str, publisher: str) -> str | None:
    """The suite's name of a publisher's series; None if it is not one of this suite."""
    found = facts()[publisher].get(code.strip())
    return None if found is None else str(found)


def told_left(codes: Iterable[str], what: str = "series") -> list[str]:
    """The note on what a file holds besides, which is left; none if there is nothing."""
    named = sorted(set(codes))
    if not named:
        return []
    shown = ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")
    return [f"{what} in the file that are not of this suite and are left: {shown}"]


def known_component(database: str, indicator: str) -> tuple[str, str, float] | None:
    """Index, component and highest value of a Data360 indicator; None if it is none of ours."""
    databases = facts()["data360"]
    code = facts()["data360_also"].get(indicator.strip(), indicator.strip())
    found = databases.get(database.strip(), {}).get(code)
    return None if found is None else (str(found[0]), str(found[1]), float(found[2]))


def component_of(sheet: Sheet, row: Row, database: str, indicator: str) -> tuple[str, str, float]:
    """Index, component and highest value of a Data360 indicator.

    Raises:
        DataError: database or indicator are not held by this suite.
    """
    indicators = dict(_known(sheet, row, database, facts()["data360"], "database"))
    for also, code in facts()["data360_also"].items():
        if code in indicators:
            indicators[also] = indicators[code]
    index, component, high = _known(sheet, row, indicator, indicators, "indicator")
    return str(index), str(component), float(high)


def _known(sheet: Sheet, row: Row, column: str, codes: dict[str, Any], kind: str) -> Any:
    code = row.cells[column].strip()
    if code not in codes:
        raise sheet.fault(
            row, column, f"a {kind} of this suite", str(InputError.suggest(kind, code, codes))
        )
    return codes[code]


def bounds(series: str) -> tuple[float, float]:
    """Lowest and highest value a series can have."""
    low, high = facts()["series"][series]
    return float(low), float(high)


def check_once(sheet: Sheet, row: Row, column: str, seen: dict[Any, int], fact: Any) -> None:
    """`DataError` if a fact was met before; the line it was met in is named."""
    if fact in seen:
        what = " ".join(str(part) for part in (fact if isinstance(fact, tuple) else (fact,)))
        raise sheet.fault(row, column, f"every value once ({what} is in {sheet.unit} {seen[fact]})")
    seen[fact] = row.line


def check_members(sheet: Sheet, found: set[str], members: frozenset[str], column: str) -> None:
    """`DataError` if an economy that the publisher always lists is missing."""
    missing = sorted(members - found)
    if missing:
        raise DataError(
            f"{sheet.file}, {sheet.unit} {sheet.rows[-1].line}, column {column}: expected every "
            f"member state of the UN, found {len(members) - len(missing)} of {len(members)}, "
            f"without {', '.join(missing[:5])}; the file is not whole: download the file again"
        )
