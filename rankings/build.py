"""What does ``rankings build`` make of ``data/raw``? Every processed table, once, for everybody.

The same lock on the same platform gives the same bytes; elsewhere the content hashes in the
manifest are the same.
"""

import json
from pathlib import Path

import pandas as pd

from rankings import panel as panels
from rankings import ranks, scale, store
from rankings.errors import DataError
from rankings.sources import plain

INDEX_TABLES = ["egdi", "idi", "gci", "postal", "gtmi"]
INDICATOR_TABLES = ["egdi_indicators", "idi_indicators"]
SERIES_TABLES = ["telecom", "human_capital"]
FACTS = {
    "economies": ["un_member_since", "asean_member_since"],
    "editions": ["edition", "published_year", "reference_year"],
    "breaks": ["edition", "previous_edition"],
    "editions_not_held": ["edition", "published_year"],
    "targets": ["rank_best", "rank_worst", "deadline", "set_in"],
    "claims": ["rank", "of", "said_in"],
    "anchors": ["edition", "rank", "of"],
    "sources": [],
}


def _raw(name: str) -> Path:
    return store.raw_folder() / f"{name}.csv"


def read_facts(name: str) -> pd.DataFrame:
    """A table of facts about the indices (economies, editions, breaks, ...), numbers typed.

    Raises:
        DataError: a cell that must be a whole number is not; file, line and column are named.
    """
    table = store.read_csv(_raw(name))
    for column in FACTS[name]:
        whole = pd.to_numeric(table[column], errors="coerce")
        wrong = table[column].notna() & ~(whole % 1 == 0)
        if wrong.any():
            line = int(wrong.to_numpy().argmax())
            raise DataError(
                f"{name}.csv, line {line + 2}, column {column}: expected a whole number, "
                f"found {table[column].iloc[line]!r}"
            )
        table[column] = whole.astype("Int64")
    if name == "anchors":
        table["value"] = pd.to_numeric(table["value"])
    return table


def build() -> dict[str, object]:
    """Build all processed tables from the raw ones and write their manifest.

    Returns:
        The manifest: ``raw`` (fingerprint of the input) and ``tables``, for each table its
        ``rows`` and ``content`` hash.

    Raises:
        DataError: a raw table breaks its promise; nothing is marked as built.
    """
    fingerprint = store.raw_digest()
    facts = {name: read_facts(name) for name in FACTS}
    held = panels.assemble(
        [plain.load_index(_raw(name)) for name in INDEX_TABLES], facts["editions"]
    )
    _check_codes(held, facts["economies"], facts["sources"])
    tables = facts | {
        "panel": held.pipe(ranks.add_ranks).pipe(scale.standings),
        "indicators": pd.concat(
            [plain.load_indicators(_raw(name)) for name in INDICATOR_TABLES], ignore_index=True
        ),
        "series": pd.concat(
            [plain.load_series(_raw(name)) for name in SERIES_TABLES], ignore_index=True
        ),
    }
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
