"""Does a delivery repeat what ``data/raw`` holds, and if not, where does it differ?

A publisher may revise a figure, so single differences are told and not refused. Figures of which
more than half differ are not those of the edition they name: a relabelled edition, columns
exchanged, rows shifted.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.errors import DataError
from rankings.panel.definitions import definitions
from rankings.sources import plain
from rankings.sources.delivery import DIFFERENCES, Delivery
from rankings.sources.sheets import Row, Sheet

EDITION = ["index", "edition", "vintage"]
ENOUGH = 20
DECIMALS = {"EGDI": 5}


@cache
def _held(path: Path, changed: float) -> pd.DataFrame:
    return plain.load_index(path)


def held(index: str) -> pd.DataFrame:
    """The committed rows of an index; no rows if it is a new one."""
    known = definitions().get(index)
    path = store.raw_folder() / f"{known.table if known else index}.csv"
    if not known or not path.is_file():
        return pd.DataFrame(columns=list(plain.INDEX_TABLE.columns))
    return _held(path, path.stat().st_mtime)


@cache
def _facts(path: Path, changed: float) -> pd.DataFrame:
    return store.read_csv(path)


def facts(name: str) -> pd.DataFrame:
    """A committed table of facts, as text."""
    path = store.raw_folder() / f"{name}.csv"
    return _facts(path, path.stat().st_mtime if path.is_file() else 0.0)


@cache
def _editions(path: Path, changed: float) -> dict[tuple[str, int], list[tuple[str, str]]]:
    listed = store.read_csv(path)
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for _, row in listed.iterrows():
        key = (str(row["index"]), int(row["edition"]))
        found.setdefault(key, []).append((str(row["vintage"]), str(row["source_id"])))
    return found


def _edition(index: str, edition: int) -> tuple[str, str] | None:
    """Vintage and source of an edition that was printed in one report only."""
    path = store.raw_folder() / "editions.csv"
    reports = _editions(path, path.stat().st_mtime).get((index, edition), [])
    return reports[0] if len(reports) == 1 else None


def vintage(index: str, edition: int) -> str:
    """The report that printed an edition; the edition's own label if it is not listed."""
    known = _edition(index, edition)
    return known[0] if known else str(edition)


def document(index: str, edition: int) -> str:
    """The source id of the document of a held edition; nothing if it is not listed."""
    known = _edition(index, edition)
    return known[1] if known else ""


def check_edition(sheet: Sheet, row: Row, column: str, index: str, edition: int) -> None:
    """`DataError` if a year before the newest held edition is no edition of the index."""
    known = sorted(int(each) for each in held(index)["edition"].unique())
    if known and edition < known[-1] and edition not in known:
        listed = ", ".join(map(str, known))
        raise sheet.fault(row, column, f"an edition of the {index} ({listed})")


def compare(delivery: Delivery) -> Delivery:
    """The delivery with its differences from the held tables, and a note for each edition.

    Raises:
        DataError: more than half of a component's figures differ from the held ones.
    """
    if delivery.index.empty:
        return delivery
    found = [_beside(rows, str(index)) for index, rows in delivery.index.groupby("index")]
    cells = pd.concat(found, ignore_index=True)
    notes = list(delivery.notes)
    for (index, edition), rows in cells.groupby(["index", "edition"]):
        _check_is_that_edition(rows, delivery.file)
        notes += _told(rows, f"{index} {edition}")
    differing = cells.loc[cells["differs"] | cells["held_value"].isna(), DIFFERENCES]
    return replace(delivery, notes=notes, differences=differing.reset_index(drop=True))


def _beside(rows: pd.DataFrame, index: str) -> pd.DataFrame:
    """Cells of held editions with the held figures; ``differs`` beyond held decimals.

    A cell that the held edition does not have (a placeholder, another component) has none.
    """
    ours = held(index)[[*plain.KEY, "value", "published_rank"]]
    ours = ours.rename(columns={"value": "held_value", "published_rank": "held_rank"})
    ours = ours.astype({"edition": "int64"})
    editions = ours[EDITION].drop_duplicates()
    given = rows[[*plain.KEY, "value", "published_rank"]].merge(editions, on=EDITION)
    both = given.merge(ours, on=plain.KEY, how="left", validate="1:1")
    value = both["value"].astype(float) - both["held_value"].astype(float)
    rank = both["published_rank"].astype(float) - both["held_rank"].astype(float)
    both["differs"] = (value.abs() > _allowed(index)) | (rank.notna() & (rank != 0))
    return both


def _allowed(index: str) -> float:
    """Half of the last decimal held."""
    return 0.51 * 10.0 ** -DECIMALS.get(index, 4)


def _check_is_that_edition(rows: pd.DataFrame, file: str) -> None:
    for component, cells in rows.groupby("component"):
        common = cells.loc[cells["held_value"].notna()]
        wrong = common.loc[common["differs"]]
        if len(common) >= ENOUGH and len(wrong) > len(common) / 2:
            first = wrong.iloc[0]
            named = f"{first['index']} {first['edition']}"
            other = _looks_like(wrong)
            raise DataError(
                f"{file}, column {component}: expected the figures of {named}, found "
                f"{len(wrong)} of {len(common)} to differ from those held "
                f"({first['iso3']} {first['value']:g}, held {first['held_value']:g})"
                f"{other}; check the year, the columns and the order of the rows"
            )


def _looks_like(wrong: pd.DataFrame) -> str:
    """Which other edition or component these figures are, if they are one."""
    index = str(wrong["index"].iloc[0])
    same = held(index).merge(wrong[["iso3", "value"]], on="iso3", suffixes=("", "_found"))
    equal = same.loc[(same["value"] - same["value_found"]).abs() < _allowed(index)]
    for (edition, component), rows in equal.groupby(["edition", "component"]):
        if len(rows) >= 0.8 * len(wrong):
            return f"; they are those of {component} {edition}"
    return ""


def _told(cells: pd.DataFrame, edition: str) -> list[str]:
    """What a person should know of an edition that is held already."""
    common = cells.loc[cells["held_value"].notna()]
    wrong = common.loc[common["differs"]]
    notes = [f"{edition}: {len(common)} cells are held too, and equal"]
    if len(wrong):
        notes = [
            f"{edition}: {len(wrong)} of {len(common)} cells differ from data/raw: {_few(wrong)}"
        ]
    if len(common) < len(cells):
        new = cells.loc[cells["held_value"].isna()]
        notes.append(f"{edition}: {len(new)} cells are not in data/raw: {_few(new)}")
    return notes


def _few(cells: pd.DataFrame) -> str:
    named = [
        f"{row['iso3']} {row['component']} {row['value']:g}"
        + ("" if pd.isna(row["held_value"]) else f" (held {row['held_value']:g})")
        for _, row in cells.head(3).iterrows()
    ]
    return ", ".join(named) + (", ..." if len(cells) > 3 else "")
