"""What has the analyst added to the shipped data? One folder a delivery, whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.errors import DataError, InputError

TABLES = ["index", "indicators", "series", "not_measured", "editions", "breaks", "sources"]
RECORD = "delivery.json"
# What the rows that came with the project are called where others name their delivery.
SHIPPED = "data/raw"


@dataclass(frozen=True)
class Record:
    """What is remembered of an added file.

    Attributes:
        name: of the delivery's folder, as `withdraw` takes it.
        kind: of the file, as its content told.
        file: its name when it was added.
        sha256: of its bytes.
        added: the day, ISO.
        replaces: (index, edition, vintage) of held editions it has other values of.
        notes: what a person should know.
        order: in which it was added, from 1.
    """

    name: str
    kind: str
    file: str
    sha256: str
    added: str
    replaces: list[tuple[str, int, str]]
    notes: list[str]
    order: int = 1


def records() -> list[Record]:
    """Everything added, in the order in which it was added.

    Raises:
        DataError: a delivery's record cannot be read.
    """
    found = [_record(path) for path in store.own_deliveries()]
    return sorted(found, key=lambda each: (each.order, each.added, each.name))


def orders() -> dict[str, int]:
    """The place of every delivery in the order in which they were added, from 1."""
    return {record.name: place for place, record in enumerate(records(), start=1)}


def next_order() -> int:
    """The order of the delivery to be added next."""
    return max((record.order for record in records()), default=0) + 1


def free_name(wanted: str) -> str:
    """A name for a delivery that none has: a file added again counts from then on."""
    taken = {path.name for path in store.own_deliveries()}
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _record(path: Path) -> Record:
    try:
        held = json.loads((path / RECORD).read_text(encoding="utf-8"))
        held["replaces"] = [(str(i), int(e), str(v)) for i, e, v in held["replaces"]]
        return Record(**held)
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{path / RECORD} cannot be read ({error}): take it out with "
            f"`rankings withdraw {path.name}` and ingest the file again"
        ) from None


def add(
    record: Record, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str] | None = None
) -> Path:
    """Put a delivery into the own store: written beside, then renamed into place.

    Args:
        record: what is remembered of it.
        tables: those of `TABLES` that it brings.
        texts: further files, by their name.

    Raises:
        InputError: there is no own store, or its disk is full or read-only; nothing is left.
    """
    own = store.own_folder()
    if own is None:
        raise InputError("RANKINGS_STORE is set empty: there is no own store to add to")
    scratch = None
    try:
        own.mkdir(parents=True, exist_ok=True)
        _sweep(own)
        scratch = Path(tempfile.mkdtemp(dir=own, prefix=".incoming-"))
        for name, table in tables.items():
            if len(table):
                table.to_csv(scratch / f"{name}.csv", index=False, lineterminator="\n")
        for name, written in (texts or {}).items():
            (scratch / name).write_text(written, encoding="utf-8")
        text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
        (scratch / RECORD).write_text(text, encoding="utf-8")
        scratch.chmod(0o755)
        place = own / record.name
        if place.exists():
            raise InputError(f"{record.name} is added already; withdraw it first")
        return scratch.rename(place)
    except OSError as error:
        raise InputError(
            f"{own} cannot be written ({error.strerror}): nothing was added; "
            "make room or set RANKINGS_STORE to another folder"
        ) from None
    finally:
        if scratch is not None and scratch.exists():
            shutil.rmtree(scratch, ignore_errors=True)


def _sweep(own: Path) -> None:
    """Remove what a killed run left behind: it was never part of the store."""
    for left in own.glob(".incoming-*"):
        shutil.rmtree(left, ignore_errors=True)


def withdraw(name: str) -> None:
    """Take a delivery out again; everything is as before it came.

    Raises:
        InputError: there is no such delivery.
    """
    held = {path.name: path for path in store.own_deliveries()}
    if name not in held:
        if not held:
            raise InputError("nothing is added: own store")
        raise InputError.suggest("delivery", name, held)
    # A rename first: a run killed in the middle leaves nothing that looks like a delivery.
    gone = held[name].rename(held[name].with_name(f".incoming-{name}"))
    shutil.rmtree(gone)


def paths(name: str) -> list[Path]:
    """The files of one kind of table, of every delivery, in the order they were added."""
    own = store.own_folder()
    if own is None:
        return []
    found = [own / record.name / f"{name}.csv" for record in records()]
    return [path for path in found if path.is_file()]
