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
from rankings.panel.names import Book, book, key, nearest_codes
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


def by_code(sheet: Sheet, row: Row, column: str, label: str | None = None) -> str | None:
    """The economy a cell's code means; None for an aggregate or territory of the committed list.

    Args:
        sheet: the table.
        row: the row.
        column: the label of the code.
        label: the label of the name beside it, which must not name another economy.

    Raises:
        DataError: the code is unknown, or code and name contradict each other.
    """
    code = row.cells[column].strip()
    name = row.cells[label].strip() if label else ""
    if not code and key(name) in _aggregate_names():
        return None
    if code not in economies() and left_out(code) is None:
        raise sheet.fault(row, column, "an ISO 3166 code of three letters", _hint(code, name))
    named = known_names().named(name)
    if label and named not in (None, code):
        raise sheet.fault(row, label, f"the name of {code}", f"code and name must agree: {named}?")
    return code if code in economies() else None


def _hint(code: str, name: str) -> str:
    """What an unknown code may have been meant for."""
    known = known_names()
    upper = code.upper()
    mistaken = known.codes.get(upper) or known.mistaken.get(upper)
    near = [each for each in (known.named(name), mistaken) if each]
    near = near or (nearest_codes(code, list(known.names)) if code else [])
    if near:
        return f"did you mean {known.called(dict.fromkeys(near))}?"
    return "correct it, or list it in rankings/sources/aggregates.toml if it is an aggregate"
