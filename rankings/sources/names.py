"""Which economy is meant by a publisher's name or code? One answer, or a refusal with suggestions.

A name is compared whole after case, accents and punctuation are taken away; a name that is merely
near a known one, or that several economies answer to, is never resolved.
"""

import os
import re
import tomllib
import unicodedata
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from rankings import store
from rankings.errors import DataError, InputError
from rankings.panel.economies import nearest_codes
from rankings.sources.sheets import Row, Sheet, shown

FOLDER = Path(__file__).parent
SHORT = {"st": "saint", "rep": "republic", "dem": "democratic", "is": "islands"}
NO_HELP = {"the", "of", "and", "republic", "democratic", "islands", "saint", "united", "states"}


@cache
def key(name: str) -> str:
    """A name without what publishers write differently: case, accents, punctuation, "the"."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and "))
    letters = "".join(each for each in letters if not unicodedata.combining(each)).casefold()
    words = re.sub(r"[^a-z0-9]+", " ", re.sub("['’`´ʼ.]", "", letters)).split()
    return " ".join(SHORT.get(word, word) for word in words if word != "the")


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
def _names(folder: Path) -> dict[str, str]:
    """Key of every known name -> ISO3."""
    found: dict[str, str] = {}
    listed = {iso3: [name] for iso3, (_, name, _) in _economies(folder).items()}
    for iso3, words in [*listed.items(), *_facts("names.toml")["names"].items()]:
        for word in words:
            if found.setdefault(key(word), iso3) != iso3:
                raise DataError(f"names.toml: {word!r} names {found[key(word)]} and {iso3}")
    return found


def resolve_name(name: str) -> str:
    """The ISO3 code of the economy a publisher calls so, today or in former years.

    Raises:
        InputError: no or more than one economy is called so; the nearest ones are suggested.
    """
    known = _names(_folder())
    asked = key(name)
    several = {key(word): codes for word, codes in _facts("names.toml")["ambiguous"].items()}
    if asked in several:
        raise InputError(
            f"{shown(name)} may be {_called(several[asked])}: write which one is meant"
        )
    if asked in known:
        return known[asked]
    near = _near_names(asked, known)
    if near:
        raise InputError(f"{shown(name)} is not a known economy; did you mean {_called(near)}?")
    raise InputError(f"{shown(name)} is not a known economy: write its English name as the UN does")


def _called(codes: list[str]) -> str:
    known = economies()
    return " or ".join(f"{known[code][1]} ({code})" for code in codes)


def _near_names(asked: str, known: dict[str, str]) -> list[str]:
    """Economies whose name is near, or shares a telling word with what was asked; four at most."""
    close = [known[each] for each in get_close_matches(asked, known, n=3, cutoff=0.75)]
    words = {word for word in asked.split() if len(word) > 3} - NO_HELP
    sharing = [iso3 for each, iso3 in known.items() if words & set(each.split())]
    return list(dict.fromkeys([*close, *sharing]))[:4]


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
    named = _names(_folder()).get(key(name))
    if label and named not in (None, code):
        raise sheet.fault(row, label, f"the name of {code}", f"code and name must agree: {named}?")
    return code if code in economies() else None


def _hint(code: str, name: str) -> str:
    """What an unknown code may have been meant for."""
    known = economies()
    mistaken = _facts("names.toml")["mistaken_codes"].get(code)
    named = _names(_folder()).get(key(name)) if name else None
    near = [str(each) for each in (named, mistaken) if each]
    near = near or (nearest_codes(code, list(known)) if code else [])
    if near:
        return f"did you mean {_called(list(dict.fromkeys(near)))}?"
    return "correct it, or list it in rankings/sources/aggregates.toml if it is an aggregate"
