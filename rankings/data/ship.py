"""How does a new edition become part of data/raw? Rows, source, notes to fill in, checksums.

For those who keep the project: `rankings ingest` adds to an analyst's own store, this to the
committed tables. All tables are written or none; what a program cannot know is marked `TO_FILL`.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rankings import store
from rankings.data import build, ingest
from rankings.errors import InputError
from rankings.panel.definitions import definition, definitions
from rankings.sources import plain

TO_FILL = "TO FILL IN"
CHECKSUMS, NOTES = "CHECKSUMS.sha256", "SOURCES.md"
Row = dict[str, str]


@dataclass
class Shipment:
    """What shipping some files changes.

    Attributes:
        added: rows to be added, by table.
        removed: keys of rows of editions_not_held that are held now.
        said: what a person must still do, a line each.
    """

    added: dict[str, list[Row]] = field(default_factory=dict)
    removed: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def ship(
    paths: Sequence[Path], *, published: int | None = None, document: str = "", address: str = ""
) -> list[str]:
    """Add the new editions of publishers' files to data/raw, whole or not at all.

    Args:
        paths: the files; of an edition that comes in several, all of them.
        published: the year in which it came out; the edition's label if left out.
        document: title of the report, for sources.csv.
        address: where the publisher offers it.

    Returns:
        What was written and what is to be filled in, a line each.

    Raises:
        DataError: a file is none of those known, does not add up, or the tables do not build with
            it; data/raw is as it was.
        InputError: there is no new edition in the files, or they contradict what is held.
    """
    wanted = ingest.plan(paths)
    if wanted.refused:
        raise InputError(
            "the files contradict what is held ({count} other values): look at them with "
            "`rankings ingest --dry-run` first; nothing was written",
            count=len(wanted.differing) + len(wanted.contradicted),
        )
    if not wanted.new:
        raise InputError(
            "there is no edition in the files that is not held; releases of series are shipped "
            "with `rankings maintain ship-series`"
        )
    shipment = Shipment()
    for edition in wanted.new:
        _edition(shipment, wanted, edition, published, document, address)
    write(texts_of(shipment))
    rows = [f"{name}: {len(each)} rows added" for name, each in sorted(shipment.added.items())]
    return [*rows, *shipment.said]


def _edition(
    shipment: Shipment,
    wanted: ingest.Plan,
    named: tuple[str, int, str],
    published: int | None,
    document: str,
    address: str,
) -> None:
    """All rows that one new edition brings."""
    index, edition, vintage = named
    if index not in definitions():
        raise InputError("{index} is no index of data/raw", index=index)
    before = _last(store.read_csv(raw_path("editions")), index)
    source = _renamed(before["source_id"], before["edition"], edition)
    given = pd.concat([each.index for each in wanted.deliveries], ignore_index=True)
    mine = given.loc[
        (given["index"] == index) & (given["edition"] == edition) & (given["vintage"] == vintage)
    ].drop_duplicates(plain.KEY)
    _add(shipment, definition(index).table, _plain(mine.assign(source_id=source)))
    zeros = pd.concat([each.not_measured for each in wanted.deliveries], ignore_index=True)
    zeros = zeros.loc[(zeros["index"] == index) & (zeros["edition"] == edition)]
    if len(zeros):
        _add(shipment, "not_measured", _plain(zeros.assign(source_id=source)))
    ranked = bool(mine["published_rank"].notna().any())
    _add(shipment, "editions", [_listed(before, mine, published, document, source, ranked)])
    known = _last(store.read_csv(raw_path("sources")), before["source_id"], "source_id")
    if source not in set(store.read_csv(raw_path("sources"))["source_id"]):
        _add(shipment, "sources", [_source(known, source, document, address)])
    changed = _break(index, edition, before["edition"], mine, source)
    _add(shipment, "breaks", [changed])
    shipment.removed.append((index, str(edition)))
    shipment.said += [
        f"{index} {edition}: fill in {TO_FILL} in editions.csv, sources.csv, {NOTES} and "
        "breaks.csv (a line for each component whose method changed), then `make checksums`",
        f"{index} {edition}: set described_to in rankings/panel/indices/{index.lower()}.toml, and "
        "the counts in tests/data/test_raw.py",
    ]


def _add(shipment: Shipment, name: str, rows: Iterable[Row]) -> None:
    shipment.added.setdefault(name, []).extend(rows)


def raw_path(name: str) -> Path:
    """A table of data/raw."""
    return store.raw_folder() / f"{name}.csv"


def _last(table: pd.DataFrame, value: str, column: str = "index") -> Row:
    """The last row with a value: of editions, the newest edition of an index."""
    rows = table.loc[table[column] == value]
    if "edition" in rows:
        rows = rows.iloc[rows["edition"].astype(int).argsort(kind="stable")]
    found = rows.iloc[-1]
    return {str(key): "" if pd.isna(cell) else str(cell) for key, cell in found.items()}


def _renamed(name: str, before: str, edition: int) -> str:
    """The name of a thing of the new edition after that of the edition before."""
    return name.replace(before, str(edition)) if before in name else f"{name}-{edition}"


def cell(value: Any) -> str:
    """A cell as data/raw has it: blanks for what is missing, short decimals for numbers."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, float):
        return str(np.format_float_positional(value, trim="-"))
    return str(value)


def _plain(rows: pd.DataFrame) -> list[Row]:
    return [
        {str(key): cell(value) for key, value in row.items()} for row in rows.to_dict("records")
    ]


def _listed(
    before: Mapping[str, str],
    mine: pd.DataFrame,
    published: int | None,
    document: str,
    source: str,
    ranked: bool,
) -> Row:
    """The line of editions.csv."""
    edition = str(mine["edition"].iloc[0])
    return {
        "index": before["index"],
        "edition": edition,
        "vintage": str(mine["vintage"].iloc[0]),
        "published_year": str(published or edition),
        "reference_year": "",
        "report": document or _renamed(before["report"], before["edition"], int(edition)),
        "scale_min": before["scale_min"],
        "scale_max": before["scale_max"],
        "rank_rule": "competition" if ranked else "none",
        "comparable_group": edition,
        "note": f"{TO_FILL}: what is new in the method, ties, what is missing",
        "source_id": source,
    }


def _source(before: Mapping[str, str], source: str, document: str, address: str) -> Row:
    """The line of sources.csv: as that of the edition before, where nothing else was said."""
    return {
        **before,
        "source_id": source,
        "document": document or f"{TO_FILL}: title of the report",
        "address": address,
        "how_checked": f"{TO_FILL}: sums of parts and sizes were checked when it was shipped",
    }


def _break(index: str, edition: int, before: str, mine: pd.DataFrame, source: str) -> Row:
    """A line of breaks.csv for the index itself, to be filled in or taken out."""
    overall = "egdi" if index == "EGDI" else "overall"
    parts = ", ".join(sorted(set(mine["component"]) - {overall}))
    return {
        "index": index,
        "component": overall,
        "edition": str(edition),
        "previous_edition": before,
        "what_changed": f"{TO_FILL}: of the index or of {parts or 'its parts'}; take the line out "
        "if nothing did",
        "comparable": f"{TO_FILL}: what may still be compared",
        "source_id": source,
    }


def texts_of(shipment: Shipment) -> dict[Path, str]:
    """The text of every table that changes, rows sorted by key, and of the notes on sources."""
    texts = {}
    gone = set(shipment.removed)
    names = [*shipment.added, "editions_not_held"]
    for name in names:
        with raw_path(name).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns, rows = list(reader.fieldnames or []), list(reader)
        rows += [
            {column: row.get(column, "") for column in columns}
            for row in shipment.added.get(name, [])
        ]
        if name == "editions_not_held":
            rows = [row for row in rows if (row["index"], row["edition"]) not in gone]
        key = build.KEYS.get(name) or plain.KEY
        rows.sort(key=lambda row: [row[part] for part in key])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        texts[raw_path(name)] = text.getvalue()
    notes = store.raw_folder() / NOTES
    texts[notes] = _noted(notes.read_text(encoding="utf-8"), shipment.added.get("sources", []))
    return texts


def csv_text(rows: pd.DataFrame, columns: list[str], key: list[str]) -> str:
    """A table in the layout of data/raw, its rows sorted by a key."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(_plain(rows[columns]), key=lambda row: [row[part] for part in key]))
    return text.getvalue()


def _noted(text: str, sources: list[Row]) -> str:
    """The notes with a line for each new source, in the order of their ids."""
    lines = text.splitlines()
    places = [at for at, line in enumerate(lines) if line.startswith("| `")]
    start = next(at for at, line in enumerate(lines) if line.startswith("## Sources"))
    places = [at for at in places if at > start]
    first, last = places[0], places[-1]
    listed = lines[first : last + 1]
    for row in sources:
        where = f"{row['document']} ({row['address']})" if row["address"] else row["document"]
        said = [f"`{row['source_id']}`", row["publisher"], where, row["terms"], row["how_checked"]]
        listed.append(f"| {' | '.join(said)} |")
    lines[first : last + 1] = sorted(listed, key=lambda line: line.split("`")[1])
    return "\n".join(lines) + "\n"


def write(texts: Mapping[Path, str]) -> None:
    """Write all of it and build; if that fails everything is put back."""
    folder = store.raw_folder()
    sums = folder / CHECKSUMS
    before = {path: path.read_bytes() for path in [*texts, sums] if path.exists()}
    try:
        for path, text in texts.items():
            store.write_text(path, text)
        store.write_text(sums, checksums(folder))
        build.build()
    except BaseException:
        for path in texts:
            if path not in before:
                path.unlink(missing_ok=True)
        for path, held in before.items():
            path.write_bytes(held)
        raise


def checksums(folder: Path) -> str:
    """The text of CHECKSUMS.sha256: every table and the notes on sources, sorted by name."""
    paths = sorted([*folder.glob("*.csv"), folder / NOTES], key=lambda path: path.name)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths
    )
