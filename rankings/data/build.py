"""What does ``rankings build`` make of the raw tables? Every processed table, once, for everybody.

The same lock on the same platform gives the same bytes; elsewhere the content hashes in the
manifest are the same.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from rankings import store
from rankings.data import corrections, own_store, resolve
from rankings.errors import DataError
from rankings.panel import placeholders, ranks, scale
from rankings.panel import shape as panels
from rankings.panel.definitions import definitions
from rankings.sources import plain

INDEX_TABLES = [index.table for index in definitions().values() if index.table]
INDICATOR_TABLES = ["egdi_indicators", "idi_indicators"]
SERIES_ROLES = {
    "telecom": resolve.BASE,
    "human_capital": resolve.BASE,
    "telecom_2026": resolve.NEWER,
    "human_capital_2025": resolve.NEWER,
    "price_baskets": resolve.NEWER,
    "telecom_then": resolve.THEN,
    "human_capital_then": resolve.THEN,
}
SERIES_TABLES = list(SERIES_ROLES)
# Tables of releases that `rankings maintain ship-series` wrote begin so; each is a newer one.
RELEASES = "series_"
# Editions of which too few economies are held to rank anybody.
PARTIAL_TABLES = ["gtmi_partial"]
WHOLE = {
    "economies": ["un_member_since", "asean_member_since"],
    "editions": ["edition", "published_year", "reference_year"],
    "breaks": ["edition", "previous_edition"],
    "editions_not_held": ["edition", "published_year"],
    "targets": ["rank_best", "rank_worst", "deadline", "set_in"],
    "claims": ["rank", "of", "said_in"],
    "anchors": ["edition", "rank", "of"],
    "facts": ["rank", "of"],
    "corrections": ["edition"],
    "not_measured": ["edition"],
    "sources": [],
}
NUMBERS = {
    "editions": ["scale_min", "scale_max"],
    "anchors": ["value"],
    "targets": ["value_low", "value_high"],
    "facts": ["value"],
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
ADDED = ["editions", "breaks", "sources", "not_measured"]
SHIPPED = own_store.SHIPPED
INDICATOR_KEY = ["index", "edition", "vintage", "iso3", "parent", "indicator"]
EDITION = ["index", "edition", "vintage"]
# What is told of values that are held and do not count.
BESIDE = [*panels.KEY, "value", "delivery", "file", "line", "because"]


def _raw(name: str) -> Path:
    return store.raw_folder() / f"{name}.csv"


def read_facts(name: str, *, shipped: bool = False) -> pd.DataFrame:
    """A table of facts about the indices (economies, editions, breaks, ...), numbers typed.

    Args:
        name: of the table.
        shipped: leave out what was added.

    Raises:
        DataError: a cell that must be a number is not; file, line and column are named.
    """
    tables = [_typed(_raw(name), name)]
    if name in ADDED and not shipped:
        # The newest word first: of two deliveries that explain the same, the later one counts.
        tables += [_typed(path, name) for path in reversed(own_store.paths(name))]
    stacked = pd.concat(tables, ignore_index=True)
    key = KEYS.get(name, [])
    return stacked.drop_duplicates(key, ignore_index=True) if len(tables) > 1 and key else stacked


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


class _File(NamedTuple):
    """A table of rows: where it is, what it says, the delivery it came in, and that one's order."""

    path: Path
    digest: str
    delivery: str
    order: int


def _files(names: list[str], added: str) -> tuple[_File, ...]:
    """Shipped and added tables of one layout."""
    orders = own_store.orders() | {SHIPPED: 0}
    places = [(_raw(name), SHIPPED) for name in names]
    places += [(path, path.parent.name) for path in own_store.paths(added)]
    return tuple(
        _File(path, store.digest([store.present(path)]), delivery, orders[delivery])
        for path, delivery in places
    )


def _stacked(files: tuple[_File, ...], load: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    """Tables of one layout, each row with the file it stands in and its line.

    ``order`` says in which order the deliveries were added; what is shipped has 0.
    """
    tables = []
    for path, digest, delivery, order in files:
        table = _loaded(path, digest, load)
        lines = range(2, len(table) + 2)
        tables.append(table.assign(delivery=delivery, file=path.name, line=lines, order=order))
    return pd.concat(tables, ignore_index=True)


# Reading and checking a table takes most of the time of adding a file, which needs all of them
# three times: to compare, to take and to build.
@lru_cache(maxsize=64)
def _loaded(path: Path, _bytes: str, load: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    return load(path)


def every_index_row() -> pd.DataFrame:
    """All index values held, shipped and added, of every delivery.

    Returns:
        Columns of ``plain.INDEX_TABLE`` and delivery, file, line, order, ``measured`` (false where
        a delivery says that there is no such value; the value is then missing), ``released`` (when
        the edition was published) and ``used`` (whether it is the one that counts).
    """
    files = _files(INDEX_TABLES, "index")
    rows = _stacked(files, plain.load_index).assign(measured=True)
    if own_store.records():
        rows = pd.concat([rows, *_not_measured()], ignore_index=True)
    # Deliveries of one edition and vintage repeat the same report: the later one corrects it.
    return resolve.mark_used(rows.assign(released=""), panels.KEY).pipe(_without_partial_editions)


def _not_measured() -> list[pd.DataFrame]:
    """What the deliveries say was not measured, as index rows without a value."""
    orders = own_store.orders()
    found = []
    for path in own_store.paths("not_measured"):
        rows = _typed(path, "not_measured")
        name, lines = path.parent.name, range(2, len(rows) + 2)
        kept = rows[[*panels.KEY, "source_id"]].astype({"edition": "int64"})
        placed = kept.assign(delivery=name, file=path.name, line=lines)
        found.append(placed.assign(order=orders[name], measured=False))
    return found


def _without_partial_editions(rows: pd.DataFrame) -> pd.DataFrame:
    """No row counts of an edition whose overall value, or a sub-index it is made of, is not held.

    That happens when one of the files an edition came in is withdrawn.
    """
    held = rows.loc[rows["used"] & rows["measured"]]
    added = held.loc[held["delivery"] != SHIPPED, EDITION].drop_duplicates()
    partial = {
        (index, edition, vintage)
        for (index, edition, vintage), group in held.merge(added, on=EDITION).groupby(EDITION)
        if missing_components(str(index), int(str(edition)), set(group["component"]))
    }
    if not partial:
        return rows
    gone = [tuple(row) in partial for row in rows[EDITION].to_numpy().tolist()]
    return rows.assign(used=rows["used"] & ~pd.Series(gone, index=rows.index))


def missing_components(index: str, edition: int, found: set[str]) -> list[str]:
    """The components without which an edition cannot be ranked and that are not among those found.

    The overall value always; of the EGDI, whose report is about its sub-indices, these too.
    """
    known = definitions().get(index)
    if known is None:
        return []
    table = known.weights
    weights = table.loc[(table["first_edition"] <= edition) & (table["last_edition"] >= edition)]
    needed = [known.overall, *(weights["child"] if index == "EGDI" else [])]
    return [part for part in needed if part not in found]


def held_index_rows() -> pd.DataFrame:
    """The index values that count, shipped and added, as they stand in their files.

    Returns:
        Columns of ``plain.INDEX_TABLE`` and delivery, file, line.
    """
    return _counting(every_index_row())


def _counting(rows: pd.DataFrame) -> pd.DataFrame:
    kept = rows.loc[rows["used"] & rows["measured"]]
    gone = ["order", "measured", "released", "used"]
    return kept.drop(columns=gone).reset_index(drop=True)


def series_roles() -> dict[str, str]:
    """The tables of series in data/raw and what each is held for."""
    shipped = sorted(path.stem for path in store.raw_folder().glob(f"{RELEASES}*.csv"))
    return SERIES_ROLES | dict.fromkeys(shipped, resolve.NEWER)


def held_series_rows() -> pd.DataFrame:
    """All yearly series held, every vintage; ``current`` marks the values that models use.

    Returns:
        Columns of ``plain.SERIES_TABLE`` and delivery, file, line, order, released (ISO date, month
        or year in which the vintage became known), role (of the table: "base", "newer" or "then",
        for what was added "added"), current: for every series, economy and year, the value of the
        newest release that has it. Releases of role "then" never count: they are kept to see with
        the eyes of their time.
    """
    return _series_rows(_files(list(series_roles()), "series")).copy(deep=False)


# Adding a file needs them three times, too, twice of the same files.
@lru_cache(maxsize=2)
def _series_rows(files: tuple[_File, ...]) -> pd.DataFrame:
    rows = _stacked(files, plain.load_series).pipe(resolve.add_release_dates)
    rows["role"] = _roles(rows)
    counted = rows["role"] != resolve.THEN
    marked = resolve.mark_used(rows.loc[counted], resolve.SERIES_KEY)["used"]
    return rows.assign(current=marked.reindex(rows.index, fill_value=False))


def _roles(rows: pd.DataFrame) -> pd.Series:
    """What each series row is held for; of the tables that were added: "added"."""
    by_file = {f"{name}.csv": role for name, role in series_roles().items()}
    shipped = rows["delivery"] == SHIPPED
    return rows["file"].map(by_file).where(shipped, "added")


def held_indicators() -> pd.DataFrame:
    """The indicators that count, shipped and added; of two deliveries of one the later counts."""
    rows = _stacked(_files(INDICATOR_TABLES, "indicators"), plain.load_indicators)
    marked = resolve.mark_used(rows.assign(released=""), INDICATOR_KEY)
    kept = marked.loc[marked["used"]].drop(columns=["order", "released", "used"])
    return kept.reset_index(drop=True)


def _usage(index: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """What every delivery counts for, what is shipped only where a delivery tells of it too."""
    named = index["index"] + " " + index["edition"].astype(str)
    printed = " as printed in " + index["vintage"]
    named += printed.where(index["vintage"] != index["edition"].astype(str), "")
    counted = series.loc[series["role"] != resolve.THEN].rename(columns={"current": "used"})
    tables = [
        _touched(index, [*EDITION, "component"], named, panels.KEY, "edition"),
        _touched(counted, ["series"], counted["series"], resolve.SERIES_KEY, "year"),
    ]
    return pd.concat([each for each in tables if len(each)] or tables[:1], ignore_index=True)


def _touched(
    rows: pd.DataFrame, group: list[str], what: pd.Series, key: list[str], year: str
) -> pd.DataFrame:
    added = rows.loc[rows["delivery"] != SHIPPED, group].drop_duplicates()
    if added.empty:
        return resolve.usage(rows.iloc[:0], key, what.iloc[:0], year)
    touched = rows.merge(added.assign(touched=True), on=group, how="left")["touched"].notna()
    kept = touched.to_numpy()
    return resolve.usage(rows.loc[kept], key, what.loc[kept], year)


def _beside(rows: pd.DataFrame) -> pd.DataFrame:
    """Index values that are held and do not count, and why."""
    used = rows.loc[rows["used"], [*panels.KEY, "delivery"]]
    told = rows.loc[~rows["used"] & rows["measured"]].merge(
        used, on=panels.KEY, how="left", suffixes=("", "_used"), validate="m:1"
    )
    because = told["delivery_used"] + " was added later"
    alone = "the edition is not held whole"
    rows = told.assign(because=because.fillna(alone))[BESIDE]
    return pd.concat([rows, partial_editions()[BESIDE]], ignore_index=True)


def partial_editions() -> pd.DataFrame:
    """Values of editions of which only some economies are held: nobody can be ranked by them.

    Returns:
        Columns of ``plain.INDEX_TABLE`` and delivery, file, line, because.
    """
    tables = []
    for path in map(_raw, PARTIAL_TABLES):
        rows = _loaded(path, store.digest([store.present(path)]), plain.load_index)
        count = rows["iso3"].nunique()
        because = f"only {count} economies of this edition are held: no rank can be had from a part"
        lines = range(2, len(rows) + 2)
        placed = rows.assign(delivery=SHIPPED, file=path.name, line=lines)
        tables.append(placed.assign(because=because))
    return pd.concat(tables, ignore_index=True)


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
    index, series = every_index_row(), held_series_rows()
    held = panels.assemble([_counting(index)], facts["editions"])
    held = corrections.apply(held, facts["corrections"])
    _check_codes(held, facts["economies"], facts["sources"])
    facts["not_measured"] = _still_not_measured(facts["not_measured"], held)
    facts["editions"] = facts["editions"].merge(held[EDITION].drop_duplicates(), on=EDITION)
    measured, missing = placeholders.take_out(held)
    tables = facts | {
        "placeholders": missing,
        "panel": measured.pipe(ranks.add_ranks).pipe(scale.standings),
        "indicators": held_indicators(),
        "series": series,
        "usage": _usage(index, series),
        "beside": _beside(index),
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


def _still_not_measured(listed: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """The cells said not to be measured, each once, but for those a delivery has a value of."""
    once = listed.drop_duplicates(panels.KEY)
    both = once.merge(panel[panels.KEY], on=panels.KEY, how="left", indicator=True)
    return once.loc[(both["_merge"] == "left_only").to_numpy()].reset_index(drop=True)


def _check_codes(panel: pd.DataFrame, economies: pd.DataFrame, sources: pd.DataFrame) -> None:
    """Every economy and every source of the panel is explained, or `DataError`."""
    for column, table, file in [
        ("iso3", economies, "economies.csv"),
        ("source_id", sources, "sources.csv"),
    ]:
        unknown = sorted(set(panel[column].unique()) - set(table[column]))
        if unknown:
            raise DataError(f"{file} does not explain {column} {', '.join(unknown[:5])}")
