"""Which file does a publisher serve under a stable address, and is what came whole and right?

A download goes to a temporary file beside its place, is checked, and only then renamed into place,
so a good file is never replaced by a bad one. Checksums, dates and what the server said of the
version are remembered in ``remembered.json``. pooch downloads; what is added are the limits, which
answers are refused, and which are asked for again.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http.client import responses as phrases
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pooch  # type: ignore[import-untyped]
import requests
from tqdm import tqdm
from urllib3 import Retry

from rankings import store
from rankings.data.arrived import AGAIN, MOVED, BadAnswer, check, check_size
from rankings.data.downloads import Memory, check_bundle, remember, remembered, scratch, unharmed
from rankings.data.offers import Entry, catalogue, is_safe, line
from rankings.errors import DataError, InputError

__all__ = ["Entry", "Fetched", "Limits", "catalogue", "fetch"]

DOWNLOADS = "downloads"
# Small, so that a server that drips is noticed in time.
CHUNK = 256


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


class _NotModified(Exception):
    """The server says that the file held is the newest."""


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
        known = unharmed(entry, path)
        if known and not refresh:
            return _cached(entry, path, known)
        check_bundle(name)
        place.mkdir(parents=True, exist_ok=True)
        return _download(entry, path, known, limits or Limits(), progress)
    except _NotModified:
        assert known is not None
        remember(place, name, known.model_copy(update={"checked": date.today()}))
        return _cached(entry, path, known)
    except BadAnswer as bad:
        state = f"{path} is as it was" if path.exists() else "nothing was written"
        raise DataError(
            f"{name}: asked for {entry.address}, came {bad.came}; {bad.advice}; {state}"
        ) from None
    except OSError as problem:
        raise DataError(
            f"{name}: {place} cannot be used ({problem.strerror or line(problem)}): "
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


def _cached(entry: Entry, path: Path, known: Memory) -> Fetched:
    return Fetched(path, known.sha256, False, entry.verified_live, True)


# Getting and putting in place


def _download(
    entry: Entry, path: Path, known: Memory | None, limits: Limits, progress: bool
) -> Fetched:
    """Download to a temporary folder beside the file, check, put in place, remember."""
    with scratch(path.parent, limits.total) as folder:
        get = _Get(entry, limits, known, progress)
        pooch.get_logger().setLevel("WARNING")  # it would print a checksum for programmers
        new = Path(pooch.retrieve(entry.address, None, entry.file, folder, downloader=get))
        check(new, entry)
        if known:
            check_size(new, known.file, known.size)
        return _put(new, path, entry, get.headers)


def _put(new: Path, path: Path, entry: Entry, headers: dict[str, str]) -> Fetched:
    """Rename the checked file into place; a file of other content is kept beside."""
    sha256, memory = str(pooch.file_hash(new)), remembered(path.parent).get(entry.name)
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
    remember(path.parent, entry.name, memory)
    changed = bool(before) and before != sha256
    return Fetched(path, sha256, changed, entry.verified_live, False, kept)


class _Again(Exception):
    """What came may be another the next time: after how many seconds, if the server says so."""

    def __init__(self, bad: BadAnswer, pause: float | None = None) -> None:
        super().__init__(bad.came)
        self.bad, self.pause = bad, pause


class _Meter:
    """The bar that pooch's downloader tells of every piece: every limit is noticed here."""

    def __init__(self, bar: Any, limits: Limits, ends: float) -> None:
        self.bar, self.limits, self.ends = bar, limits, ends
        self.size, self.total = 0, 0

    def update(self, size: int) -> None:
        """Count a piece; `BadAnswer` beyond a limit."""
        self.size += size
        if self.size - CHUNK > self.limits.size:
            raise _too_big(self.limits)
        if time.monotonic() > self.ends:
            raise BadAnswer(f"only {self.size:,} bytes within {self.limits.total:g} seconds")
        self.bar.update(size)

    def reset(self) -> None:
        """The file is whole: what pooch counts then is no piece."""
        self.size = 0

    def close(self) -> None:
        """The bar is closed by whoever opened it."""


def _too_big(limits: Limits) -> BadAnswer:
    return BadAnswer(f"more than the {limits.size:,} bytes that are taken", MOVED)


class _Get:
    """pooch's downloader within the limits: which answers are taken, and which are asked again."""

    def __init__(self, entry: Entry, limits: Limits, known: Memory | None, progress: bool) -> None:
        self.entry, self.limits, self.known, self.progress = entry, limits, known, progress
        self.headers = dict[str, str]()
        self.ends = time.monotonic() + limits.total
        self.hops, self.answer = 0, requests.Response()

    def __call__(self, url: str, output_file: str, _manager: object) -> None:
        """Fill the file; what may pass is asked for again, with growing waits."""
        for failed in range(1, self.limits.retries + 2):
            self.hops, self.answer = 0, requests.Response()
            try:
                return self._stream(url, Path(output_file))
            except _Again as again:
                pause = self.limits.wait * 2 ** (failed - 1) if failed > 1 else 0.0
                pause = pause if again.pause is None else again.pause
                late = time.monotonic() + pause >= self.ends
                if failed > self.limits.retries or late:
                    raise again.bad from None
                if pause:
                    time.sleep(pause)

    def _stream(self, url: str, path: Path) -> None:
        """One attempt. Redirects stay with the publisher; the head is judged before the body."""
        bar = tqdm(
            desc=self.entry.name,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=None if self.progress else True,
        )
        told = {"User-Agent": "ict-rankings", "Accept-Encoding": "identity"}
        with bar:
            get = pooch.HTTPDownloader(
                progressbar=_Meter(bar, self.limits, self.ends),
                chunk_size=CHUNK,
                timeout=(self.limits.connect, self.limits.read),
                headers=told | _conditions(self.known),
                hooks={"response": self._judge},
            )
            try:
                get(url, str(path), None)
            except requests.exceptions.SSLError as problem:
                # A certificate that is refused once is refused again.
                advice = "the connection is not safe, so nothing is taken from it"
                came = f"a refused certificate ({_reason(problem)})"
                raise BadAnswer(came, advice) from None
            except requests.RequestException as problem:
                raise _Again(self._broken(problem)) from None
            finally:
                if self.answer.raw is not None:
                    self.answer.close()

    def _broken(self, problem: Exception) -> BadAnswer:
        """What a failed connection is, before the answer or within it."""
        if self.answer.raw is not None:
            return BadAnswer(f"an answer that breaks off ({line(problem)})")
        advice = "check the connection to the internet or try again later"
        return BadAnswer(f"no answer ({_reason(problem)})", advice)

    def _judge(self, response: requests.Response, *_: object, **__: object) -> None:
        """Refuse by status, place and declared length, before anything of the body is read."""
        try:
            if response.is_redirect:
                self._check_redirect(response.url, response.headers["Location"])
                # The body of a redirect is of no use, however long: requests would read it.
                response.close()
                response._content, response._content_consumed = b"", True  # type: ignore[attr-defined]
            else:
                self._check_head(response)
        except BaseException:
            response.close()
            raise

    def _check_redirect(self, url: str, location: str) -> None:
        """A redirect leads to the publisher, and is as safe as before."""
        self.hops += 1
        if self.hops > self.limits.redirects:
            said = f"more than {self.limits.redirects} redirects, the last to {line(location)}"
            raise BadAnswer(said, MOVED)
        try:
            target = urljoin(url, location)
            host, safe = _host(target), is_safe(target)
        except ValueError:
            raise BadAnswer(f"a redirect to no address ({line(location)})", MOVED) from None
        if host not in {_host(self.entry.address), *self.entry.also}:
            raise BadAnswer(f"a redirect to another host ({host}), not followed", MOVED)
        if not safe or (url.startswith("https:") and not target.startswith("https:")):
            raise BadAnswer("a redirect from https to http, not followed", MOVED)

    def _check_head(self, response: requests.Response) -> None:
        status = response.status_code
        if status == 304 and self.known:
            raise _NotModified
        if status != 200:
            advice = MOVED if status in (404, 410) else AGAIN
            if status in (401, 403):
                advice = "open the address in a browser: a login may be needed now"
            bad = BadAnswer(f"HTTP {status} {phrases.get(status, '')}".strip(), advice)
            if status == 429 or status >= 500:
                raise _Again(bad, Retry().get_retry_after(response.raw))
            raise bad
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > self.limits.size:
            raise _too_big(self.limits)
        self.answer = response
        self.headers = {key: response.headers.get(key, "") for key in ("ETag", "Last-Modified")}


def _conditions(known: Memory | None) -> dict[str, str]:
    """Headers that ask for the file only if it is another than the one held."""
    if known is None:
        return {}
    if known.etag:
        return {"If-None-Match": known.etag}
    return {"If-Modified-Since": known.last_modified} if known.last_modified else {}


def _host(address: str) -> str:
    """Host, and port where it is not the scheme's own."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.hostname}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def _reason(problem: Exception) -> str:
    """The innermost cause of a failed connection, in one line."""
    inner = problem.args[0] if problem.args else problem
    return line(getattr(inner, "reason", None) or inner)
