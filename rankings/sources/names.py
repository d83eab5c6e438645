"""Which economy is meant by a publisher's name or code? One answer, or a refusal with suggestions.

Names are looked up in the book of `rankings.panel.names`, the same that understands a person.
"""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from rankings import store
from rankings.errors import InputError
from rankings.panel.names import Book, book, facts, key, nearest_codes
from rankings.sources.sheets import Row, Sheet, shown

FOLDER = Path(__file__).parent


@cache
def _facts(file: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))


@cache
def _raw(home: str | None) -> Path:
    """The folder of the committed tables; looked for once, as every cell of a file asks for it."""
    return store.raw_folder()


def _folder() -> Path:
    return _raw(os.environ.get("RANKINGS_HOME"))


@cache
def _economies(folder: Path) -> dict[str, tuple[str, str, bool]]:
    table = store.read_csv(folder / "economies.csv")
    members = table["un_member_since"].notna()
    rows = zip(table["iso3"], table["iso2"].fillna(""), table["name_en"], members, strict=True)
    return {str(iso3): (str(iso2), str(name), bool(un)) for iso3, iso2, name, un in rows}


def economies() -> dict[str, tuple[str, str, bool]]:
    """ISO3 -> ISO2, English name, whether a member state of the United Nations."""
    return _economies(_folder())


def un_members() -> frozenset[str]:
    """The economies that the UN's Survey covers."""
    return frozenset(iso3 for iso3, (_, _, member) in economies().items() if member)


@cache
def _book(folder: Path) -> Book:
    return book(store.read_csv(folder / "economies.csv"))


def known_names() -> Book:
    """The book of names over the committed economies."""
    return _book(_folder())


def _publisher_codes() -> dict[str, str]:
    """Codes that publishers' files have in place of ISO's -> ISO3."""
    return {str(code): str(iso3) for code, iso3 in facts()["publisher_codes"].items()}


def resolve_name(name: str) -> str:
    """The ISO3 code of the economy a publisher calls so, today or in former years.

    Raises:
        InputError: no or more than one economy is called so; the nearest ones are suggested.
    """
    known = known_names()
    if found := known.named(name):
        return found
    if several := known.several(name):
        raise InputError(f"{shown(name)} may be {known.called(several)}: write which one is meant")
    if near := known.near_names(name):
        raise InputError(
            f"{shown(name)} is not a known economy; did you mean {known.called(near)}?"
        )
    raise InputError(f"{shown(name)} is not a known economy: write its English name as the UN does")


def left_out(code: str) -> str | None:
    """The name of an aggregate or unlisted territory that readers leave out, else None."""
    facts = _facts("aggregates.toml")
    name = facts["aggregates"].get(code, facts["territories"].get(code))
    return None if name is None else str(name)


@cache
def _aggregate_names() -> dict[str, str]:
    facts = _facts("aggregates.toml")
    found = {key(str(name)): code for code, name in facts["aggregates"].items()}
    for code, words in facts["also"].items():
        found |= {key(word): code for word in words}
    return found


def by_name(sheet: Sheet, row: Row, column: str) -> str:
    """The economy a cell names; refused with the cell's place."""
    try:
        return resolve_name(sheet.text(row, column))
    except InputError as refusal:
        raise sheet.fault(row, column, "the name of one economy", str(refusal)) from None


def by_code(
    sheet: Sheet, row: Row, column: str, label: str | None = None, *, strict: bool = False
) -> str | None:
    """The economy a cell's code means; None for an aggregate or a territory that is none of ours.

    Args:
        sheet: the table.
        row: the row.
        column: the label of the code.
        label: the label of the name beside it, which must not name another economy.
        strict: refuse whatever is neither an economy's code nor on the committed list.

    Raises:
        DataError: code and name contradict each other, the name is that of an economy of ours and
            the code is not, or the code is unknown and ``strict``.
    """
    code = row.cells[column].strip()
    name = row.cells[label].strip() if label else ""
    named = known_names().named(name) if name else None
    if code in economies() or left_out(code):
        meant = code if code in economies() else None
        if named not in (None, code):
            cure = f"code and name must agree: {named}?"
            raise sheet.fault(row, str(label), f"the name of {code}", cure)
        return meant
    if (alias := _publisher_codes().get(code)) and not strict:
        meant = str(alias)
    elif strict or named or code in known_names().mistaken:
        raise sheet.fault(row, column, "an ISO 3166 code of three letters", _hint(code, name))
    else:
        meant = None
    if named not in (None, meant):
        raise sheet.fault(
            row, str(label), f"the name of {code}", f"code and name must agree: {named}?"
        )
    return meant


def dropped_as(code: str, name: str = "") -> str:
    """How a row that is left out is told: its code and what it is called."""
    return f"{code} {name or left_out(code) or '(not on the list of aggregates)'}".strip()


def _hint(code: str, name: str) -> str:
    """What an unknown code may have been meant for."""
    known = known_names()
    upper = code.upper()
    mistaken = known.codes.get(upper) or known.mistaken.get(upper) or _publisher_codes().get(upper)
    near = [each for each in (known.named(name), mistaken) if each]
    near = near or (nearest_codes(code, list(known.names)) if code else [])
    if near:
        return f"did you mean {known.called(dict.fromkeys(near))}?"
    return "correct it, or list it in rankings/sources/aggregates.toml if it is an aggregate"
