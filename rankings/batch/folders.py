"""How does a folder of pages appear whole or not at all, and for one run at a time?"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rankings.errors import InputError

LOCK = ".rankings.lock"


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold the output folder; the lock falls with the process, so it is never stale."""
    import fcntl

    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise InputError(
            f"{out}: expected a folder that can be written, found: {error.strerror}; "
            "choose another folder"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise InputError(
                f"{out}: in use by process {file.read().strip() or 'unknown'}; "
                "wait for it, or choose another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def building(place: Path) -> Path:
    """Where a story is built until it is whole: beside its place."""
    return place.with_name(f".{place.name}.building")


def _retired(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def publish(place: Path) -> None:
    """Put a finished story in place of the one before."""
    if place.exists():
        place.rename(_retired(place))
    building(place).rename(place)
    shutil.rmtree(_retired(place), ignore_errors=True)


def tidy(place: Path) -> None:
    """Remove what a broken-off run left of a story; a finished one it had moved comes back."""
    if _retired(place).exists() and not place.exists():
        _retired(place).rename(place)
    for left in (building(place), _retired(place)):
        shutil.rmtree(left, ignore_errors=True)
