"""Which economies are there, what are they called, and which groups do they form?

Names and groups imply no opinion on the legal status of any territory.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.errors import DataError, InputError, suggest
from rankings.memo import remembered

UNITED_NATIONS = "UN"
ASEAN = "ASEAN"
CODES = ("codes as THA,MYS",)


def check_economy(economies: pd.DataFrame, iso3: str) -> str:
    """The ISO3 code itself.

    Raises:
        InputError: no such code; the nearest codes and, for a name, its code are suggested.
    """
    if iso3 in set(economies["iso3"]):
        return iso3
    names = economies.set_index("iso3")["name_en"]
    by_name = names.index[names.str.casefold() == iso3.strip().casefold()]
    near = list(by_name) or nearest_codes(iso3, list(names.index))
    if near:
        shown = " or ".join(f"{code}, {names[code]}" for code in near)
        raise InputError(f"{iso3} is not an economy; did you mean {shown}?")
    raise InputError(f"{iso3} is not an economy: give an ISO 3166 code of three letters, as VNM")


def nearest_codes(given: str, codes: list[str]) -> list[str]:
    """Codes that differ from what was given by one letter or by the order of two; VNM first."""
    asked = given.strip().upper()
    if asked in codes:
        return [asked]
    close = [
        code
        for code in codes
        if sorted(code) == sorted(asked)
        or sum(a != b for a, b in zip(code, asked, strict=False)) + abs(len(code) - len(asked)) == 1
    ]
    # Viet Nam is the suite's first reader: where its code is among the near ones it comes alone.
    return ["VNM"] if "VNM" in close else close[:3]


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


def own_groups(path: Path) -> dict[str, list[str]]:
    """The groups an analyst defines: a CSV with the columns group and iso3; none without a file.

    Raises:
        DataError: the file has other columns.
    """
    if not path.is_file():
        return {}
    table = store.read_csv(path)
    if not {"group", "iso3"} <= set(table.columns):
        raise DataError(f"{path}: expected the columns group and iso3, found {list(table.columns)}")
    return {str(name): list(rows["iso3"]) for name, rows in table.groupby("group", sort=False)}


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
    if own and group in own:
        return list(dict.fromkeys(check_economy(economies, code) for code in own[group]))
    if group == ASEAN:
        return list(economies.loc[economies["asean_member_since"] <= as_of, "iso3"])
    if group == UNITED_NATIONS:
        return list(economies.loc[economies["un_member_since"] <= as_of, "iso3"])
    in_region = economies["un_subregion"] == group
    if in_region.any():
        return list(economies.loc[in_region, "iso3"])
    codes = [part.strip() for part in group.split(",") if part.strip()]
    known = [*(own or {}), *groups(economies)]
    if not codes:
        raise InputError(f"peers are a group or codes as THA,MYS; groups: {', '.join(known)}")
    # One word may be a group or a code: who misspells it is told of both.
    if len(codes) == 1 and codes[0] not in set(economies["iso3"]):
        near = nearest_codes(codes[0], list(economies["iso3"])) if len(codes[0]) == 3 else []
        said = suggest("group of peers", group, known, shown=len(known))
        raise InputError(said if said.endswith("?") else f"{said}; or {' or '.join(near or CODES)}")
    return list(dict.fromkeys(check_economy(economies, code) for code in codes))
