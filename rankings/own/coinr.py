"""What do COINr's own tables say, and how is an index written as them? iData and iMeta.

iData has a row per unit (and year), iMeta a row per column of iData and per aggregate. Columns that
COINr does not know are kept under their own names, and written back.
"""

from pathlib import Path

import pandas as pd

from rankings import store
from rankings.composite.tree import COINR, from_table
from rankings.errors import InputError, Phrase
from rankings.own.index import OwnIndex
from rankings.own.settings import write_settings
from rankings.own.sheets import Sheet

UNIT, CODE, YEAR = "uName", "uCode", "Time"
DESCRIBED = [
    *["code", "parent", "weight", "direction", "level", "name", "unit"],
    *["denominator", "target", "lower", "upper", "error", "type"],
]
MISSING = "NA"
META = [
    *["Level", "iCode", "iName", "Direction", "Weight", "Unit", "Target"],
    *["Denominator", "Parent", "Type"],
]
TYPES = ("Indicator", "Aggregate", "Denominator", "Group", "Other")


def read_meta(sheet: Sheet) -> tuple[pd.DataFrame, list[InputError]]:
    """COINr's iMeta as `OwnIndex.described`, and the cells that are wrong in it.

    Columns that COINr does not know are kept under their own names.

    Raises:
        InputError: a column is missing, a code is there twice, or the nodes are no tree.
    """
    for column in ("iCode", "Type", "Parent"):
        if column not in sheet.labels:
            raise InputError.suggest("column of {table}", column, sheet.labels, table=sheet.file)
    wrong: list[InputError] = []
    table = pd.DataFrame(index=sheet.cells.index)
    for label in sheet.labels:
        ours = COINR.get(label, "type" if label == "Type" else label)
        if ours in ("weight", "direction", "level", "target", "lower", "upper"):
            table[ours], found = sheet.numbers(label)
        elif ours in ("code", "type"):
            table[ours], found = sheet.texts(label)
        else:
            cells = sheet.cells[label]
            table[ours], found = cells.mask(cells.isin(["", "NA"])), []
        wrong += found
    for row, kind in table["type"].items():
        if kind and kind not in TYPES:
            expected = Phrase("one of {choices}", choices=", ".join(TYPES))
            wrong.append(sheet.refusal(int(str(row)), "Type", expected, Phrase("correct it")))
    twice = table.index[table["code"].duplicated()]
    if len(twice):
        expected = Phrase("each code once")
        raise sheet.refusal(int(twice[0]), "iCode", expected, Phrase("remove the second row"))
    extra = [column for column in table if column not in DESCRIBED]
    table = table.reindex(columns=[*DESCRIBED, *extra]).reset_index(drop=True)
    table["name"] = table["name"].astype("object").fillna(table["code"])
    if not wrong:
        check_nodes(table)
        from_table(nodes_of(table))
    return table, wrong


def check_nodes(described: pd.DataFrame) -> None:
    """That what something stands below is a pillar, and that each pillar has something below it.

    Raises:
        InputError: an indicator as a parent, or an empty pillar; else its figures, or it, would be
            lost without a word.
    """
    kinds = described.set_index("code")["type"]
    parents = described["parent"].dropna()
    for parent in parents[parents.map(kinds) == "Indicator"]:
        raise InputError(
            "{code} is an indicator, and nothing stands below one: name a pillar as the parent",
            code=parent,
        )
    for code in kinds.index[(kinds == "Aggregate") & ~kinds.index.isin(parents)]:
        raise InputError(
            "nothing stands below {code}: name it as the parent of an indicator, or remove it",
            code=code,
        )


def nodes_of(described: pd.DataFrame) -> pd.DataFrame:
    """The rows of a description that are nodes of the tree, as `composite.tree` reads them."""
    kept = described.loc[described["type"].isin(["Indicator", "Aggregate"])]
    return kept.drop(columns=["type", "column"], errors="ignore")


def to_idata(index: OwnIndex) -> pd.DataFrame:
    """The table as COINr's iData, cells as the table has them.

    Returns:
        Columns uName, uCode, Time (of a table with years), groups, denominators, indicators, then
        any other column of the table, under the codes of the description. A missing figure is
        "NA", as R reads it. A table that was iData comes back as it was.
    """
    facts = index.settings.table
    codes = index.table[facts.code or facts.unit]
    columns = {UNIT: index.table[facts.unit], CODE: codes}
    if facts.year is not None:
        columns[YEAR] = index.table[facts.year]
    for kind in ("Group", "Denominator", "Indicator"):
        for code in index.described.loc[index.described["type"] == kind, "code"]:
            columns[str(code)] = _plain(index, str(code), kind)
    used = {facts.unit, facts.code, facts.year, *index.columns.values()}
    rest = {label: index.table[label] for label in index.table if label not in used}
    made = pd.DataFrame(columns | rest)
    if set(made) == set(index.table):
        made = made[list(index.table)]
    return made.mask(made == "", MISSING)


def _plain(index: OwnIndex, code: str, kind: str) -> pd.Series:
    """A column's cells; decimals with a point, and "NA" for what the table has as missing."""
    cells = index.table[index.columns.get(code, code)]
    if kind == "Group":
        return cells
    numbers = pd.Series(index.figures[code].to_numpy())
    shown = cells.where(~cells.str.contains(",", regex=False), cells.str.replace(",", "."))
    return shown.where(numbers.notna(), MISSING)


def to_imeta(index: OwnIndex) -> pd.DataFrame:
    """The description as COINr's iMeta, a row per column of iData and per aggregate.

    Returns:
        Columns Level, iCode, iName, Direction, Weight, Unit, Target, Denominator, Parent, Type, and
        those that COINr does not know (goalposts as lower and upper, columns of errors). Columns
        that a table has beside are of the type "Other". What was iMeta comes back as it was.
    """
    known = {ours: theirs for theirs, ours in COINR.items()} | {"type": "Type"}
    table = index.described.rename(columns=known)
    posts = [each for each in ("lower", "upper", "error") if table[each].isna().all()]
    table = table.drop(columns=posts)
    order = [*META, *(column for column in table if column not in META)]
    beside = [label for label in to_idata(index) if label not in {UNIT, CODE, YEAR}]
    others = [label for label in beside if label not in set(table["iCode"])]
    rows = pd.DataFrame({"iCode": others, "iName": others, "Type": "Other"})
    return pd.concat([table, rows], ignore_index=True)[order] if others else table[order]


def write(index: OwnIndex, folder: Path) -> list[Path]:
    """iData.csv and iMeta.csv of an index in a folder; COINr's `new_coin(iData, iMeta)` takes them.

    Beside them method.toml holds what they cannot say (the method, what is varied, what was
    published, names in other languages), so that the folder is the same index again.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [store.write_text(folder / "method.toml", write_settings(index.settings))]
    for name, table in (("iData.csv", to_idata(index)), ("iMeta.csv", to_imeta(index))):
        text = table.map(_cell).to_csv(index=False, na_rep=MISSING, lineterminator="\n")
        files.append(store.write_text(folder / name, text))
    return files


def _cell(cell: object) -> object:
    """Numbers as short as they are exact: 1 for 1.0."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return repr(cell) if isinstance(cell, float) and cell == cell else cell
