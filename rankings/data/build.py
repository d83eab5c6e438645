"""What does ``rankings build`` make of the raw tables? Every processed table, once, for everybody.

The same lock on the same platform gives the same bytes; elsewhere the content hashes in the
manifest are the same.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.data import corrections, own_store
from rankings.errors import DataError
from rankings.panel import placeholders, ranks, scale
from rankings.panel import shape as panels
from rankings.sources import plain

INDEX_TABLES = ["egdi", "idi", "gci", "postal", "gtmi"]
INDICATOR_TABLES = ["egdi_indicators", "idi_indicators"]
SERIES_TABLES = ["telecom", "human_capital"]
WHOLE = {
    "economies": ["un_member_since", "asean_member_since"],
    "editions": ["edition", "published_year", "reference_year"],
    "breaks": ["edition", "previous_edition"],
    "editions_not_held": ["edition", "published_year"],
    "targets": ["rank_best", "rank_worst", "deadline", "set_in"],
    "claims": ["rank", "of", "said_in"],
    "anchors": ["edition", "rank", "of"],
    "corrections": ["edition"],
    "not_measured": ["edition"],
    "sources": [],
}
NUMBERS = {
    "editions": ["scale_min", "scale_max"],
    "anchors": ["value"],
    "corrections": ["expected", "corrected"],
}
KEYS = {
    "economies": ["iso3"],
    "editions": ["index", "edition", "vintage"],
    "breaks": ["index", "component", "edition"],
    "editions_not_held": ["index", "edition"],
    "targets": ["id"],
    "claims": ["id"],
    "corrections": panels.KEY,
    "sources": ["source_id"],
}
ADDED = ["editions", "sources", "not_measured"]
SHIPPED = "data/raw"


def _raw(name: str) -> Path:
    return store.raw_folder() / f"{name}.csv"


def read_facts(name: str) -> pd.DataFrame:
    """A table of facts about the indices (economies, editions, breaks, ...), numbers typed.

    Raises:
        DataError: a cell that must be a number is not; file, line and column are named.
    """
    files = [_raw(name), *(own_store.paths(name) if name in ADDED else [])]
    return pd.concat([_typed(path, name) for path in files], ignore_index=True)


def _check_key(table: pd.DataFrame, name: str, path: Path) -> None:
    """No two lines of a table of facts have the same key."""
    key = KEYS.get(name)
    missing = [column for column in key or [] if column not in table]
    if key is None or missing:
        return
    doubled = table.duplicated(key)
    if doubled.any():
        line = int(doubled.to_numpy().argmax())
        what = " ".join(str(table[column].iloc[line]) for column in key)
        raise DataError(f"{path.name}, line {line + 2}: {what} is there already; keep one line")


def _typed(path: Path, name: str) -> pd.DataFrame:
    table = store.read_csv(path)
    _check_key(table, name, path)
    for column in WHOLE[name]:
        table[column] = _number(table, column, path, "a whole number").astype("Int64")
    for column in NUMBERS.get(name, []):
        table[column] = _number(table, column, path, "a number")
    return table


def _number(table: pd.DataFrame, column: str, path: Path, expected: str) -> pd.Series:
    if column not in table:
        raise DataError(f"{path.name} has no column {column}")
    values = pd.to_numeric(table[column], errors="coerce")
    wrong = table[column].notna() & values.isna()
    if expected == "a whole number":
        wrong |= values.notna() & (values % 1 != 0)
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        raise DataError(
            f"{path.name}, line {line + 2}, column {column}: expected {expected}, "
            f"found {table[column].iloc[line]!r}"
        )
    return values


def _stacked(names: list[str], added: str, load: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    """Shipped and added tables of one layout, each row with the file it stands in and its line."""
    files = [(_raw(name), SHIPPED) for name in names]
    files += [(path, path.parent.name) for path in own_store.paths(added)]
    tables = []
    for path, delivery in files:
        table = load(path)
        lines = range(2, len(table) + 2)
        tables.append(table.assign(delivery=delivery, file=path.name, line=lines))
    return pd.concat(tables, ignore_index=True)


def _without_replaced(table: pd.DataFrame) -> pd.DataFrame:
    """The table without the editions that an added file was told to stand for."""
    for record in own_store.records():
        for index, edition, vintage in record.replaces:
            gone = (
                (table["index"] == index)
                & (table["edition"] == edition)
                & (table["vintage"] == vintage)
                & (table["delivery"] != record.name)
            )
            table = table.loc[~gone]
    return table


def held_index_rows() -> pd.DataFrame:
    """All index values held, shipped and added, as they stand in their files.

    Returns:
        Columns of ``plain.INDEX_TABLE`` and delivery, file, line.
    """
    return _without_replaced(_stacked(INDEX_TABLES, "index", plain.load_index))


def held_series_rows() -> pd.DataFrame:
    """All yearly series held, every vintage; ``current`` marks the vintage that models use.

    Returns:
        Columns of ``plain.SERIES_TABLE`` and delivery, file, line, current.
    """
    rows = _stacked(SERIES_TABLES, "series", plain.load_series)
    counts = rows.groupby(["series", "delivery"])["iso3"].nunique()
    current = {}
    for series, group in counts.groupby(level="series"):
        of = group.droplevel("series")
        # A partial file is kept beside the fuller one and never half-replaces it.
        whole = of.index[of >= of.get(SHIPPED, 0)]
        added = [name for name in whole if name != SHIPPED]
        current[series] = added[-1] if added else whole[0]
    return rows.assign(current=rows["delivery"] == rows["series"].map(current))


def build() -> dict[str, object]:
    """Build all processed tables from the raw ones and write their manifest.

    Returns:
        The manifest: ``raw`` (fingerprint of the input) and ``tables``, for each table its
        ``rows`` and ``content`` hash.

    Raises:
        DataError: a raw table breaks its promise; nothing is marked as built.
    """
    fingerprint = store.raw_digest()
    facts = {name: read_facts(name) for name in WHOLE}
    held = panels.assemble([held_index_rows()], facts["editions"])
    held = corrections.apply(held, facts["corrections"])
    _check_codes(held, facts["economies"], facts["sources"])
    measured, missing = placeholders.take_out(held)
    tables = facts | {
        "placeholders": missing,
        "panel": measured.pipe(ranks.add_ranks).pipe(scale.standings),
        "indicators": _stacked(INDICATOR_TABLES, "indicators", plain.load_indicators),
        "series": held_series_rows(),
    }
    # While tables are replaced one by one nothing says of which build they are.
    (store.processed_folder() / store.MANIFEST).unlink(missing_ok=True)
    written = {
        name: {"rows": len(table), "content": store.save(name, table)}
        for name, table in tables.items()
    }
    manifest: dict[str, object] = {"raw": fingerprint, "tables": written}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    store.write_text(store.processed_folder() / store.MANIFEST, text)
    return manifest


def _check_codes(panel: pd.DataFrame, economies: pd.DataFrame, sources: pd.DataFrame) -> None:
    """Every economy and every source of the panel is explained, or `DataError`."""
    for column, table, file in [
        ("iso3", economies, "economies.csv"),
        ("source_id", sources, "sources.csv"),
    ]:
        unknown = sorted(set(panel[column]) - set(table[column]))
        if unknown:
            raise DataError(f"{file} does not explain {column} {', '.join(unknown[:5])}")
