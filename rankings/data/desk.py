"""What becomes of many files at once? Each is read, and taken, kept beside or refused by itself."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from rankings import sources
from rankings.data import ingest, own_store, resolve, world
from rankings.errors import DataError, InputError, RankingsError
from rankings.sources import files
from rankings.sources.delivery import Delivery

HELD, REFUSED = "held already, equal", "refused"
Opened = Callable[[], files.Content]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        file: its name; behind the archive's or below the folder's that it is in.
        kind: what it is, or nothing if it was not recognised.
        states: lines that say what it is in use for, or that it is kept beside or refused, and why.
        refused: whether it was refused.
        record: of the delivery that it became, if it brought anything new.
    """

    file: str
    kind: str
    states: list[str]
    refused: bool = False
    record: own_store.Record | None = None


def expand(paths: Sequence[Path]) -> list[tuple[str, Opened]]:
    """The files meant by paths: of a folder and of an archive of many, each that may hold data.

    Returns:
        For each file its name and what opens it.

    Raises:
        InputError: a folder or an archive holds no such file.
    """
    return [each for path in paths for each in _expanded(Path(path))]


def _expanded(path: Path) -> list[tuple[str, Opened]]:
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        names = [each.relative_to(path).as_posix() for each in inside]
        hidden = [any(part.startswith(".") for part in Path(name).parts) for name in names]
        kept = [
            (each, name)
            for each, name, hide in zip(inside, names, hidden, strict=True)
            if not hide and files.may_hold_data(name)
        ]
        if not kept:
            raise InputError(f"{path.name}: expected files of publishers, found none in the folder")
        return [
            (f"{path.name}/{name}{inner}", opened)
            for each, name in kept
            for inner, opened in _of_file(each)
        ]
    return [(f"{path.name}{inner}", opened) for inner, opened in _of_file(path)]


def _of_file(path: Path) -> list[tuple[str, Opened]]:
    """A file, or the members of an archive of many."""
    members = _members(path)
    if len(members) < 2:
        return [("", partial(files.open_file, path))]
    return [(f"/{name}", partial(_open_member, path, name)) for name in members]


def _members(path: Path) -> list[str]:
    """The files in an archive of several; none if it is something else."""
    try:
        with zipfile.ZipFile(path) as archive:
            if files.WORKBOOK_PART in archive.namelist():
                return []
            return files.data_members(archive)
    except (OSError, zipfile.BadZipFile):
        return []


def _open_member(path: Path, name: str) -> files.Content:
    shown = files.one_line(name)
    with files.damage_of(shown), zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        files.check_sizes(archive, path.name)
        raw = files.member_bytes(archive, name, shown)
        about = name.rpartition(".")[0] + files.ABOUT
        beside = files.member_bytes(archive, about, shown) if about in archive.namelist() else b""
    return files.content_of(raw, shown, beside)


def read_all(
    found: Sequence[tuple[str, Opened]], step: Callable[[str], object] = lambda file: None
) -> Iterator[tuple[str, Delivery | RankingsError]]:
    """What every file holds, or why it is refused; ``step`` is told each name before it is read."""
    for name, opened in found:
        step(name)
        try:
            yield name, replace(sources.read_content(opened()), file=name)
        except RankingsError as refusal:
            yield name, refusal


def take(
    read: Sequence[tuple[str, Delivery | RankingsError]],
    *,
    replace_held: bool = False,
    published: int | None = None,
    released: str | None = None,
    dry_run: bool = False,
) -> list[Outcome]:
    """Add the files that can be added, and say of each what became of it.

    Args:
        read: names and deliveries, as `read_all` gives them.
        replace_held: take the files' word against what is held.
        published: the year in which new editions became known.
        released: when series whose file has no date became known.
        dry_run: add nothing.

    Raises:
        InputError: the store cannot be written; nothing was added.
    """
    refused = {name: str(each) for name, each in read if isinstance(each, RankingsError)}
    good = {name: each for name, each in read if not isinstance(each, RankingsError)}
    wanted = sort_out(good, refused, released=released, replace_held=replace_held)
    records: dict[str, own_store.Record] = {}
    if wanted is not None and not dry_run:
        added = ingest.carry_out(
            wanted, replace=replace_held, published=published, released=released
        )
        records = {record.file: record for record in added}
    usage = world.load().usage
    return [
        _outcome(name, each, refused.get(name), records.get(name), usage, dry_run)
        for name, each in read
    ]


def sort_out(
    good: dict[str, Delivery],
    refused: dict[str, str],
    *,
    released: str | None,
    replace_held: bool,
) -> ingest.Plan | None:
    """The plan for the files that fit together and to what is held; None if none does.

    The others are moved from ``good`` to ``refused``, with the reason.
    """
    while good:
        try:
            wanted = ingest.compare(list(good.values()), released=released)
        except DataError as refusal:
            culprit = _culprit(good, released)
            refused[culprit] = str(refusal)
            del good[culprit]
            continue
        if not wanted.refused or replace_held:
            return wanted
        for name in _contradicting(good, released):
            refused[name] = (
                f"{name}: contradicts what is held; look with --dry-run at this file alone, and "
                "say --replace if it is right"
            )
            del good[name]
    return None


def _culprit(good: dict[str, Delivery], released: str | None) -> str:
    """The file, of those given last first, without which the others fit together."""
    names = list(good)
    for name in reversed(names):
        try:
            others = [each for other, each in good.items() if other != name]
            if others:
                ingest.compare(others, released=released)
            return name
        except DataError:
            continue
    for name in reversed(names):
        try:
            ingest.compare([good[name]], released=released)
        except DataError:
            return name
    return names[-1]


def _contradicting(good: dict[str, Delivery], released: str | None) -> list[str]:
    """The files that have another value than is held."""
    found = []
    for name, each in good.items():
        try:
            if ingest.compare([each], released=released).refused:
                found.append(name)
        except DataError:  # a part of an edition, which fits only together with its others
            found += [name] if len(each.differences) else []
    return found or list(good)


def _outcome(
    name: str,
    read: Delivery | RankingsError,
    refusal: str | None,
    record: own_store.Record | None,
    usage: pd.DataFrame,
    dry_run: bool,
) -> Outcome:
    kind = read.kind if isinstance(read, Delivery) else ""
    if refusal is not None:
        return Outcome(name, kind, [f"{REFUSED}: {refusal}"], refused=True)
    if record is not None:
        lines = resolve.lines(usage, record.name)
        return Outcome(name, kind, lines or ["added; no value of it counts"], record=record)
    if dry_run and isinstance(read, Delivery):
        plan = ingest.compare([read])
        return Outcome(name, kind, plan.lines()[: -len(plan.notes) or None] or [HELD])
    return Outcome(name, kind, [HELD])


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """The outcomes as a table of three columns: file, what it is, what became of it."""
    rows = [("file", "what it is", "what became of it")]
    for each in outcomes:
        for place, state in enumerate(each.states):
            first = place == 0
            kind = each.kind or "not recognised"
            rows.append((each.file if first else "", kind if first else "", state))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{file:<{widths[0]}}  {kind:<{widths[1]}}  {state}" for file, kind, state in rows]
