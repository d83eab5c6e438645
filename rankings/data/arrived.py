"""Is what came the file, whole and of the layout expected?"""

import csv
import json
import zipfile
from pathlib import Path

from rankings.data.offers import Entry, line

HEAD = 65536
AGAIN = "try again later"
MOVED = "look on the publisher's site whether it has moved"


class BadAnswer(Exception):
    """What came instead of the file, and what to do about it."""

    def __init__(self, came: str, advice: str = AGAIN) -> None:
        super().__init__(came)
        self.came, self.advice = came, advice


def check(path: Path, entry: Entry) -> None:
    """Refuse what is not whole, not of the expected kind, or not of the expected layout."""
    kind = entry.kind.upper()
    with path.open("rb") as file:
        head = _text(file.read(HEAD))
    if not head.strip():
        raise BadAnswer("an empty file")
    if head.lstrip().startswith("<"):
        raise BadAnswer(f"a web page (HTML or XML) instead of {kind}", MOVED)
    if entry.kind in ("zip", "xlsx"):
        head = _first_member(path, kind)
    elif "\0" in head:
        raise BadAnswer(f"a binary file instead of {kind}", MOVED)
    rows = _rows(path, entry.kind)
    if lacking := [word for word in entry.expects if word not in head]:
        said = f"{kind} without {', '.join(lacking)}: {line(head)[:80]}"
        raise BadAnswer(said, "the publisher may have changed the layout, or answered an error")
    if rows == 0:
        raise BadAnswer(f"{kind} without a single row")
    if entry.page and rows is not None and rows >= entry.page:
        advice = "the rest would be on a next page: tell the project"
        raise BadAnswer(f"{rows:,} rows, as many as one page holds", advice)


def check_size(new: Path, held: str, size: int) -> None:
    """Refuse a file that shrank to less than half: an answer cut off without saying so.

    Args:
        new: the file that came.
        held: the name of the file held.
        size: its bytes.
    """
    came = new.stat().st_size
    if 2 * came < size:
        advice = f"if that is right, move {held} away and fetch again"
        raise BadAnswer(f"{came:,} bytes where {size:,} are held", advice)


def _text(raw: bytes) -> str:
    """Text enough to look for ASCII words in it."""
    return raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _first_member(path: Path, kind: str) -> str:
    """The beginning of the first file of an archive, all of whose files are whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
            if not names or (kind == "XLSX" and "[Content_Types].xml" not in names):
                raise BadAnswer(f"an archive that is not the {kind} expected", MOVED)
            with archive.open(names[0]) as member:
                return _text(member.read(HEAD))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as problem:
        raise BadAnswer(f"no readable {kind} ({line(problem)})") from None


def _rows(path: Path, kind: str) -> int | None:
    """How many rows a text file holds, without the header; None for an archive."""
    try:
        if kind == "csv":
            with path.open(encoding="latin-1", newline="") as file:
                return sum(1 for row in csv.reader(file) if row) - 1
        if kind == "json":
            data = json.loads(path.read_bytes())
            lists = [data, *(data.values() if isinstance(data, dict) else data)]
            return max((len(each) for each in lists if isinstance(each, list)), default=0)
    except (ValueError, TypeError, RecursionError, csv.Error) as problem:
        raise BadAnswer(f"no readable {kind.upper()} ({line(problem)})") from None
    return None
