"""How does a folder of pages appear whole or not at all, for one run at a time, and nothing else?

A run replaces and removes only what an earlier run's manifest lists. What an analyst has laid
beside the pages stays, and a folder or a page of the same name that no run made is refused.
"""

import contextlib
import os
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from rankings import faults, store
from rankings.errors import InputError

LOCK = ".rankings.lock"
# Where the file system has no locks: a file that is there as long as its process lives.
MARK = ".rankings.running"
# Of so many names a refusal lists the first.
NAMED = 4


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold the output folder; the lock falls with the process, so it is never stale."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = _locked(out)
    except Timeout:
        holder = _holder(out / LOCK) or "unknown"
        raise InputError(
            f"{out}: in use by process {holder}; wait for it, or choose another folder"
        ) from None
    except OSError as error:
        why, _help = faults.cause(error)
        raise InputError(
            f"{out}: expected a folder that can be written, found: {why}; choose another folder"
        ) from None
    try:
        _write_holder(out / LOCK, str(os.getpid()))
        yield
    finally:
        _write_holder(out / LOCK, "")
        lock.release()


def _locked(out: Path) -> BaseFileLock:
    """The lock, held."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it falls back by itself
        lock: BaseFileLock = FileLock(out / LOCK, timeout=0, mode=0o644)
        try:
            lock.acquire()
        except Timeout:
            raise
        except (OSError, NotImplementedError):
            lock = SoftFileLock(out / MARK, timeout=0)
            lock.acquire()
    return lock


def _write_holder(path: Path, text: str) -> None:
    # Windows lets nobody write to a file that is locked, not even its holder.
    with contextlib.suppress(OSError):
        path.write_text(text, encoding="ascii")


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def check_ownership(
    out: Path, files: Collection[str], stories: Collection[str], listed: Mapping[str, set[str]]
) -> None:
    """Nothing that this run would replace was made by somebody else.

    Args:
        out: the folder.
        files: names of files that the run writes beside the stories, or within them.
        stories: names of folders that the run writes.
        listed: what earlier runs made: files of each story's folder; under "" those beside them.

    Raises:
        InputError: the first few names that no run made.
    """
    foreign = [
        name for name in files if os.path.lexists(out / name) and not _is_listed(name, listed)
    ]
    foreign += [
        f"{name}{os.sep}"
        for name in stories
        if name not in listed and os.path.lexists(out / name) and not _is_empty(out / name)
    ]
    if foreign:
        more = ", ..." if len(foreign) > NAMED else ""
        raise InputError(
            f"{out}: {', '.join(foreign[:NAMED])}{more} there was not made by this program and "
            "would be replaced: move it away, or choose another folder"
        )


def _is_listed(name: str, listed: Mapping[str, set[str]]) -> bool:
    story, slash, file = name.partition("/")
    return file in listed.get(story, ()) if slash else name in listed.get("", ())


def _is_empty(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink() and not any(place.iterdir())


def building(place: Path) -> Path:
    """Where a story is built until it is whole: beside its place."""
    return place.with_name(f".{place.name}.building")


def _retired(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def publish(place: Path, listed: Collection[str]) -> None:
    """Put a finished story in place of the one before; what no run made is taken along.

    Args:
        place: the story's folder.
        listed: the files that runs made in it, by their addresses within it.
    """
    if place.exists():
        store.replace(place, _retired(place))
    store.replace(building(place), place)
    _take_along(place, listed)


def tidy(place: Path, listed: Collection[str]) -> None:
    """Remove what a broken-off run left of a story; a finished one it had moved comes back."""
    if _retired(place).exists() and not place.exists():
        store.replace(_retired(place), place)
    _take_along(place, listed)
    shutil.rmtree(building(place), ignore_errors=True)


def _take_along(place: Path, listed: Collection[str]) -> None:
    """Empty the folder that was replaced: what runs made goes, all else moves to the new one."""
    old = _retired(place)
    if not old.exists():
        return
    for path in sorted(old.rglob("*"), reverse=True):
        name = path.relative_to(old).as_posix()
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()  # not empty: something of it could not be moved
        elif name in listed:
            path.unlink()
        else:
            store.replace(path, _free(place / name))
    old.rmdir()


def _free(target: Path) -> Path:
    """A path nothing lies at: the target itself, or with a number behind its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number, found = 1, target
    while os.path.lexists(found):
        number += 1
        found = target.with_name(f"{target.stem} ({number}){target.suffix}")
    return found
