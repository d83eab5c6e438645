"""Which economies are there, what are they called, and which groups do they form?

Names and groups imply no opinion on the legal status of any territory.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from rankings import texts
from rankings.errors import DataError, InputError
from rankings.memo import remembered
from rankings.panel.names import Book, book

UNITED_NATIONS = "UN"
ASEAN = "ASEAN"
CODES = ("codes as THA,MYS",)


def check_economy(economies: pd.DataFrame, given: str) -> str:
    """The ISO3 code of an economy, given by a code of two or three letters or by name.

    Raises:
        InputError: no economy is called so, or more than one; the nearest are suggested.
    """
    if not given.strip():
        raise InputError("no economy is given: give an ISO 3166 code of three letters, as VNM")
    known = book(economies)
    if iso3 := known.find(given):
        return iso3
    if several := known.several(given):
        raise InputError(
            "{given} may be {near}: give the code of one", given=given, near=_listed(known, several)
        )
    if near := known.near(given):
        raise InputError(
            "{code} is not an economy; did you mean {near}?", code=given, near=_listed(known, near)
        )
    raise InputError(
        "{code} is not an economy: give an ISO 3166 code of three letters, as VNM", code=given
    )


def _listed(known: Book, codes: Iterable[str]) -> str:
    return " or ".join(f"{code}, {known.names[code]}" for code in codes)


def name(economies: pd.DataFrame, iso3: str, language: str) -> str:
    """The name of an economy in a language; English where the language has none."""
    row = economies.loc[economies["iso3"] == iso3].iloc[0]
    local = row.get(f"name_{language}")
    return str(local if pd.notna(local) else row["name_en"])


@remembered(most=8)
def names(economies: pd.DataFrame, language: str) -> pd.Series:
    """Names of all economies in a language, indexed by ISO3; English where it has none."""
    table = economies.set_index("iso3")
    column = f"name_{language}"
    if column not in table:
        return table["name_en"]
    return table[column].fillna(table["name_en"])


def groups(economies: pd.DataFrame) -> list[str]:
    """Names a group may be called by: ASEAN, UN, and the regions of the UN's M49."""
    return [ASEAN, UNITED_NATIONS, *sorted(economies["un_subregion"].dropna().unique())]


def own_groups(path: Path, known: Book) -> dict[str, list[str]]:
    """The groups an analyst defines: a CSV with the columns group and iso3; none without a file.

    In place of a code a name will do, as anywhere.

    Args:
        path: the file.
        known: the economies there are.

    Raises:
        DataError: the file has other columns, or names what is no economy; line and column are
            named.
    """
    if not path.is_file():
        return {}
    found: dict[str, list[str]] = {}
    for line in texts.read_table(path, ["group", "iso3"]):
        iso3 = known.find(line.cells["iso3"])
        if iso3 is None:
            raise DataError(
                "{file}, line {line}, column iso3: expected an economy, found {value}; did you "
                "mean {near}?",
                file=path.name,
                line=line.number,
                value=repr(line.cells["iso3"]),
                near=known.suggested(line.cells["iso3"]),
            )
        members = found.setdefault(line.cells["group"], [])
        if iso3 not in members:
            members.append(iso3)
    return found


def members(
    economies: pd.DataFrame,
    group: str,
    as_of: int,
    own: Mapping[str, list[str]] | None = None,
) -> list[str]:
    """ISO3 codes of a group at the end of a year, or of a list "THA,MYS,IDN".

    Args:
        economies: the table of economies.
        group: ASEAN, UN, a region, a group of ``own``, or codes.
        as_of: the year at whose end membership counts.
        own: groups an analyst defines, by name.

    Raises:
        InputError: neither a group nor a list of economies.
    """
    group = texts.tidy(group)
    every = [*groups(economies), *(own or {})]
    alike = list(dict.fromkeys(each for each in every if each.casefold() == group.casefold()))
    if len(alike) > 1 and group not in alike:
        raise InputError(
            "{group} may be {choices}: write it as one of them",
            group=group,
            choices=", ".join(alike),
        )
    asked = group if group in alike else next(iter(alike), group)
    if own and asked in own:
        return list(dict.fromkeys(check_economy(economies, code) for code in own[asked]))
    if asked == ASEAN:
        return list(economies.loc[economies["asean_member_since"] <= as_of, "iso3"])
    if asked == UNITED_NATIONS:
        return list(economies.loc[economies["un_member_since"] <= as_of, "iso3"])
    in_region = economies["un_subregion"] == asked
    if in_region.any():
        return list(economies.loc[in_region, "iso3"])
    codes = [part.strip() for part in group.split(",") if part.strip()]
    known = [*(own or {}), *groups(economies)]
    if not codes:
        raise InputError(
            "peers are a group or codes as THA,MYS; groups: {choices}", choices=", ".join(known)
        )
    # One word may be a group or an economy: who misspells it is told of both.
    alone = book(economies)
    if len(codes) == 1 and not alone.find(codes[0]) and not alone.several(codes[0]):
        near = alone.near(codes[0]) if len(codes[0]) == 3 else []
        unknown = InputError.suggest("group of peers", group, known, shown=len(known))
        if "near" in unknown.fields:
            raise unknown
        raise InputError("{reason}; or {near}", reason=unknown, near=" or ".join(near or CODES))
    return list(dict.fromkeys(check_economy(economies, code) for code in codes))
