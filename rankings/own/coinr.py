"""What do COINr's own tables say, and how is an index written as them? iData and iMeta.

iData has a row per unit (and year), iMeta a row per column of iData and per aggregate. Columns that
COINr does not know are kept under their own names, and written back.
"""

import pandas as pd

from rankings.composite.tree import COINR, from_table
from rankings.errors import InputError, Phrase
from rankings.own.sheets import Sheet

UNIT, CODE, YEAR = "uName", "uCode", "Time"
DESCRIBED = [
    *["code", "parent", "weight", "direction", "level", "name", "unit"],
    *["denominator", "target", "lower", "upper", "type"],
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
    table["name"] = table["name"].fillna(table["code"])
    if not wrong:
        from_table(nodes_of(table))
    return table, wrong


def nodes_of(described: pd.DataFrame) -> pd.DataFrame:
    """The rows of a description that are nodes of the tree, as `composite.tree` reads them."""
    kept = described.loc[described["type"].isin(["Indicator", "Aggregate"])]
    return kept.drop(columns=["type", "column"], errors="ignore")
