"""Which file does a publisher serve under a stable address, and is what came whole and right?

Addresses are data: ``addresses.toml`` lists them by a short name, and says what must be clicked
where there is no address. A download is streamed to a temporary file beside its place, checked,
and only then renamed into place, so a good file is never replaced by a bad one. Checksums, dates
and what the server said of the version are remembered in ``remembered.json``.
"""

import csv
import json
import shutil
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import responses as phrases
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit

import pooch  # type: ignore[import-untyped]
import requests
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3 import Retry
from urllib3.exceptions import HTTPError, MaxRetryError, ResponseError

from rankings import store
from rankings.errors import DataError, InputError

ADDRESSES = Path(__file__).parent / "addresses.toml"
DOWNLOADS = "downloads"
REMEMBERED = "remembered.json"
SCRATCH = ".fetching-"
LOCAL = {"127.0.0.1", "localhost", "::1"}
HEAD = 65536
AGAIN = "try again later"
MOVED = "look on the publisher's site whether it has moved"


class Entry(BaseModel):
    """One thing a publisher offers; the fields are explained in ``addresses.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    publisher: str
    address: str = ""
    file: str = ""
    kind: Literal["csv", "json", "xlsx", "zip", ""] = ""
    expects: tuple[str, ...] = ()
    page: int | None = None
    also: tuple[str, ...] = ()
    where: str = ""
    verified_live: bool = False
    verified_on: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.address) == bool(self.where):
            raise ValueError(f"{self.name} needs either an address or a where")
        if self.address and not (self.kind and self.file and _is_safe(self.address)):
            raise ValueError(f"{self.name} needs a kind, a file and an address of https://")
        if self.file != Path(self.file).name or self.file.startswith("."):
            raise ValueError(f"{self.name}: {self.file!r} is not a plain file name")
        if self.verified_live != (self.verified_on is not None):
            raise ValueError(f"{self.name}: verified_live = true goes with verified_on, a date")
        return self


class Memory(BaseModel):
    """What is remembered of a download."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    address: str
    sha256: str
    size: int
    fetched: date
    checked: date
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Limits:
    """How long to wait and how much to take; seconds and bytes.

    Attributes:
        connect: for a connection.
        read: between two pieces of an answer.
        total: for one file, all attempts together.
        size: of a file, unpacked if it was sent compressed.
        retries: after the first attempt.
        wait: between attempts, none at first, then 2, 4, 8, ... times this.
        redirects: followed at most.
    """

    connect: float = 10
    read: float = 30
    total: float = 600
    size: int = 100_000_000
    retries: int = 4
    wait: float = 1
    redirects: int = 5


@dataclass(frozen=True)
class Fetched:
    """What `fetch` brought.

    Attributes:
        path: where the file is.
        sha256: its checksum.
        changed: whether its content differs from what was held or remembered before.
        verified_live: whether a person has looked at what this address serves.
        from_cache: whether the file was held already.
        kept: where the file held before went, if its content was another.
    """

    path: Path
    sha256: str
    changed: bool
    verified_live: bool
    from_cache: bool
    kept: Path | None = None


class _BadAnswer(Exception):
    """What came instead of the file, and what to do about it."""

    def __init__(self, came: str, advice: str = AGAIN) -> None:
        super().__init__(came)
        self.came, self.advice = came, advice


class _NotModified(Exception):
    """The server says that the file held is the newest."""


def catalogue(path: Path = ADDRESSES) -> list[Entry]:
    """Everything that can be fetched, and what must be clicked instead, in the file's order.

    Raises:
        DataError: an entry is incomplete or the file is no TOML.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return [Entry(**({"name": name} | table)) for name, table in tables.items()]
    except (ValidationError, tomllib.TOMLDecodeError, TypeError) as problem:
        said = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else problem
        raise DataError(f"{path.name} has a faulty entry: {_line(said)}") from None


def fetch(
    name: str,
    *,
    folder: Path,
    refresh: bool = False,
    progress: bool = True,
    limits: Limits | None = None,
    among: Sequence[Entry] | None = None,
) -> Fetched:
    """Get one file of the catalogue, from the cache if it is held and unharmed.

    Args:
        name: as the catalogue calls it.
        folder: the analyst's own store; files go to ``downloads`` below it.
        refresh: ask the publisher even if the file is held.
        progress: draw a progress bar where stderr is a terminal.
        limits: other than the usual ones.
        among: another catalogue.

    Raises:
        InputError: the name is unknown, or has no address; the message says what to click.
        DataError: what came is not the file; the file held before is as it was.
    """
    entry = _find(name, catalogue() if among is None else among)
    place = folder / DOWNLOADS
    path = place / entry.file
    try:
        known = _unharmed(entry, path)
        if known and not refresh:
            return _cached(entry, path, known)
        place.mkdir(parents=True, exist_ok=True)
        return _download(entry, path, known, limits or Limits(), progress)
    except _NotModified:
        assert known is not None
        _remember(place, name, known.model_copy(update={"checked": date.today()}))
        return _cached(entry, path, known)
    except _BadAnswer as bad:
        state = f"{path} is as it was" if path.exists() else "nothing was written"
        raise DataError(
            f"{name}: asked for {entry.address}, came {bad.came}; {bad.advice}; {state}"
        ) from None
    except OSError as problem:
        raise DataError(
            f"{name}: {place} cannot be used ({problem.strerror or _line(problem)}): "
            "make room, or choose another folder"
        ) from None


def _find(name: str, entries: Sequence[Entry]) -> Entry:
    """The entry of a name, if it has an address."""
    known = {entry.name: entry for entry in entries}
    if name not in known:
        raise InputError.suggest("download", name, known, shown=30)
    if known[name].where:
        raise InputError(f"{name} cannot be fetched: {known[name].where}")
    return known[name]


# Memory


def _remembered(place: Path) -> dict[str, Memory]:
    """Name -> what is remembered of it."""
    path = place / REMEMBERED
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, Memory]).validate_json(path.read_bytes())
    except ValidationError:
        raise DataError(
            f"{path} cannot be read: move it away, and everything is fetched anew"
        ) from None


def _remember(place: Path, name: str, memory: Memory) -> None:
    """Add one download to what is remembered."""
    held = _remembered(place) | {name: memory}
    rows = {key: held[key].model_dump(mode="json") for key in sorted(held)}
    store.write_text(place / REMEMBERED, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def _unharmed(entry: Entry, path: Path) -> Memory | None:
    """What is remembered of the file held, if it is from this address and still has its bytes."""
    memory = _remembered(path.parent).get(entry.name)
    if memory is None or not path.is_file():
        return None
    same = (memory.address, memory.file) == (entry.address, entry.file)
    return memory if same and pooch.file_hash(path) == memory.sha256 else None


def _cached(entry: Entry, path: Path, known: Memory) -> Fetched:
    return Fetched(path, known.sha256, False, entry.verified_live, True)


# Getting and putting in place


def _download(
    entry: Entry, path: Path, known: Memory | None, limits: Limits, progress: bool
) -> Fetched:
    """Download to a temporary folder beside the file, check, put in place, remember."""
    with _scratch(path.parent, limits) as scratch, _Session() as session:
        get = _Get(entry, limits, known, progress, session)
        pooch.get_logger().setLevel("WARNING")  # it would print a checksum for programmers
        new = Path(pooch.retrieve(entry.address, None, entry.file, scratch, downloader=get))
        _check(new, entry)
        _check_size(new, known)
        return _put(new, path, entry, get.headers)


@contextmanager
def _scratch(place: Path, limits: Limits) -> Iterator[Path]:
    """A folder that goes away again; what a killed run left goes too, once it must be dead."""
    for left in place.glob(f"{SCRATCH}*"):
        if left.stat().st_mtime < time.time() - 2 * limits.total - 3600:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=place) as name:
        yield Path(name)


def _put(new: Path, path: Path, entry: Entry, headers: dict[str, str]) -> Fetched:
    """Rename the checked file into place; a file of other content is kept beside."""
    sha256, memory = str(pooch.file_hash(new)), _remembered(path.parent).get(entry.name)
    held = str(pooch.file_hash(path)) if path.is_file() else ""
    before = memory.sha256 if memory else held
    kept = None
    if held and held != sha256:
        kept = path.with_name(f"{path.stem}.{held[:12]}{path.suffix}")
        store.write_whole(kept, lambda temporary: shutil.copyfile(path, temporary))
    new.chmod(0o644)
    new.replace(path)
    today = date.today()
    memory = Memory(
        file=entry.file,
        address=entry.address,
        sha256=sha256,
        size=path.stat().st_size,
        fetched=today,
        checked=today,
        etag=headers.get("ETag", ""),
        last_modified=headers.get("Last-Modified", ""),
    )
    _remember(path.parent, entry.name, memory)
    changed = bool(before) and before != sha256
    return Fetched(path, sha256, changed, entry.verified_live, False, kept)


class _Session(requests.Session):
    """A session that knows no redirects: requests would read their bodies, however long."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Patience(Retry):
    """urllib3's retries with back-off, which end when the time for the whole file does."""

    ends = float("inf")

    def new(self, **changes: Any) -> Self:
        fresh = super().new(**changes)
        fresh.ends = self.ends
        return fresh

    def is_exhausted(self) -> bool:
        return super().is_exhausted() or time.monotonic() >= self.ends

    def increment(self, *args: Any, **told: Any) -> Self:
        response, left = told.get("response"), self.ends - time.monotonic()
        if response is not None and (self.get_retry_after(response) or 0) > left:
            raise MaxRetryError(told["_pool"], "", ResponseError("asked to wait too long"))
        return super().increment(*args, **told)


class _Get:
    """What pooch calls to fill its temporary file, within the limits."""

    def __init__(
        self,
        entry: Entry,
        limits: Limits,
        known: Memory | None,
        progress: bool,
        session: requests.Session,
    ) -> None:
        self.entry, self.limits, self.progress = entry, limits, progress
        self.session, self.known, self.headers = session, known, dict[str, str]()
        self.ends = time.monotonic() + limits.total
        self.patience = _Patience(
            total=limits.retries,
            redirect=0,
            other=0,  # a certificate that is refused once is refused again
            backoff_factor=limits.wait,
            status_forcelist=[429, *range(500, 600)],
            raise_on_status=False,
        )
        self.patience.ends = self.ends
        session.verify = True
        session.headers.update({"User-Agent": "ict-rankings", "Accept-Encoding": "identity"})
        session.headers.update(_conditions(known))
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=self.patience))

    def __call__(self, url: str, output_file: str, _manager: object) -> None:
        """Fill the file; an answer that breaks off is asked for again, with the same patience."""
        patience = self.patience
        while True:
            try:
                with self._open(url) as response:
                    self._check_head(response)
                    self._stream(response, Path(output_file))
                return
            except HTTPError as problem:
                try:
                    patience = patience.increment("GET", url, error=problem)
                except HTTPError:
                    raise _BadAnswer(f"an answer that breaks off ({_line(problem)})") from None
                patience.sleep()

    def _open(self, url: str) -> requests.Response:
        """The answer, after redirects that stay with the publisher."""
        for _ in range(self.limits.redirects + 1):
            try:
                timeout = (self.limits.connect, self.limits.read)
                response = self.session.get(url, stream=True, timeout=timeout)
            except requests.exceptions.SSLError as problem:
                advice = "the connection is not safe, so nothing is taken from it"
                raise _BadAnswer(f"a refused certificate ({_reason(problem)})", advice) from None
            except requests.RequestException as problem:
                advice = "check the connection to the internet or try again later"
                raise _BadAnswer(f"no answer ({_reason(problem)})", advice) from None
            if not response.is_redirect:
                return response
            response.close()
            url = self._next(url, response.headers["Location"])
        said = f"more than {self.limits.redirects} redirects, the last to {_line(url)}"
        raise _BadAnswer(said, MOVED)

    def _next(self, url: str, location: str) -> str:
        """Where a redirect leads, if that is still the publisher, and as safe as before."""
        allowed = {_host(self.entry.address), *self.entry.also}
        try:
            target = urljoin(url, location)
            host, safe = _host(target), _is_safe(target)
        except ValueError:
            raise _BadAnswer(f"a redirect to no address ({_line(location)})", MOVED) from None
        if host not in allowed:
            raise _BadAnswer(f"a redirect to another host ({host}), not followed", MOVED)
        if not safe or (url.startswith("https:") and not target.startswith("https:")):
            raise _BadAnswer("a redirect from https to http, not followed", MOVED)
        return target

    def _check_head(self, response: requests.Response) -> None:
        """Refuse by status and declared length, before anything is read."""
        status = response.status_code
        if status == 304 and self.known:
            raise _NotModified
        if status != 200:
            advice = MOVED if status in (404, 410) else AGAIN
            if status in (401, 403):
                advice = "open the address in a browser: a login may be needed now"
            raise _BadAnswer(f"HTTP {status} {phrases.get(status, '')}".strip(), advice)
        if _length(response) > self.limits.size:
            raise self._too_big()
        self.headers = {key: response.headers.get(key, "") for key in ("ETag", "Last-Modified")}

    def _stream(self, response: requests.Response, path: Path) -> None:
        """Write the body piece by piece as it arrives, so that every limit is noticed in time."""
        bar = tqdm(
            total=_length(response) or None,
            desc=self.entry.name,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=None if self.progress else True,
        )
        size = 0
        with bar, path.open("wb") as file:
            # read1, as read waits for a full piece: a server that drips would never be noticed.
            while piece := response.raw.read1(HEAD, decode_content=True):
                size += len(piece)
                if size > self.limits.size:
                    raise self._too_big()
                if time.monotonic() > self.ends:
                    raise _BadAnswer(f"only {size:,} bytes within {self.limits.total:g} seconds")
                file.write(piece)
                bar.update(len(piece))

    def _too_big(self) -> _BadAnswer:
        return _BadAnswer(f"more than the {self.limits.size:,} bytes that are taken", MOVED)


def _conditions(known: Memory | None) -> dict[str, str]:
    """Headers that ask for the file only if it is another than the one held."""
    if known is None:
        return {}
    if known.etag:
        return {"If-None-Match": known.etag}
    return {"If-Modified-Since": known.last_modified} if known.last_modified else {}


def _length(response: requests.Response) -> int:
    """The declared length, 0 if there is none."""
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() else 0


def _host(address: str) -> str:
    """Host, and port where it is not the scheme's own."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.hostname}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def _is_safe(address: str) -> bool:
    """Whether an address is encrypted, or this very computer (as in tests)."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)


def _reason(problem: Exception) -> str:
    """The innermost cause of a failed connection, in one line."""
    inner = problem.args[0] if problem.args else problem
    return _line(getattr(inner, "reason", None) or inner)


def _line(said: object) -> str:
    """A foreign message as one short line."""
    return " ".join(str(said).split())[:200]


# Is it the file?


def _check(path: Path, entry: Entry) -> None:
    """Refuse what is not whole, not of the expected kind, or not of the expected layout."""
    kind = entry.kind.upper()
    with path.open("rb") as file:
        head = _text(file.read(HEAD))
    if not head.strip():
        raise _BadAnswer("an empty file")
    if head.lstrip().startswith("<"):
        raise _BadAnswer(f"a web page (HTML or XML) instead of {kind}", MOVED)
    if entry.kind in ("zip", "xlsx"):
        head = _first_member(path, kind)
    elif "\0" in head:
        raise _BadAnswer(f"a binary file instead of {kind}", MOVED)
    rows = _rows(path, entry.kind)
    if lacking := [word for word in entry.expects if word not in head]:
        said = f"{kind} without {', '.join(lacking)}: {_line(head)[:80]}"
        raise _BadAnswer(said, "the publisher may have changed the layout, or answered an error")
    if rows == 0:
        raise _BadAnswer(f"{kind} without a single row")
    if entry.page and rows is not None and rows >= entry.page:
        advice = "the rest would be on a next page: tell the project"
        raise _BadAnswer(f"{rows:,} rows, as many as one page holds", advice)


def _check_size(new: Path, known: Memory | None) -> None:
    """Refuse a file that shrank to less than half: an answer cut off without saying so."""
    size = new.stat().st_size
    if known and 2 * size < known.size:
        advice = f"if that is right, move {known.file} away and fetch again"
        raise _BadAnswer(f"{size:,} bytes where {known.size:,} are held", advice)


def _text(raw: bytes) -> str:
    """Text enough to look for ASCII words in it."""
    return raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _first_member(path: Path, kind: str) -> str:
    """The beginning of the first file of an archive, all of whose files are whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
            if not names or (kind == "XLSX" and "[Content_Types].xml" not in names):
                raise _BadAnswer(f"an archive that is not the {kind} expected", MOVED)
            with archive.open(names[0]) as member:
                return _text(member.read(HEAD))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as problem:
        raise _BadAnswer(f"no readable {kind} ({_line(problem)})") from None


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
        raise _BadAnswer(f"no readable {kind.upper()} ({_line(problem)})") from None
    return None
