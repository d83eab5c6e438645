"""What the browser tests share: a browser that is found, what pages asked for, servers.

The fixtures over it are in `conftest.py`, whose docstring says how a test uses them.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import waiting
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "browser"
VARIABLE = "RANKINGS_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = (
    "as root: apt-get update && apt-get install -y chromium; "
    f"or name an installed Chromium or Chrome in {VARIABLE}"
)
# The last two keep the browser itself from asking anybody anything: what is left is the page's.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# Milliseconds. Everything waits for a sign on the page; this only ends what hangs.
LONG = 180_000
# Schemes that load nothing from anywhere.
LOCAL = {"file", "data", "blob", "about", "chrome-error"}

# Console errors that are no fault of the page, each with its reason; no test adds to this list.
EXCUSED: dict[str, str] = {}


@dataclass(frozen=True)
class Found:
    """The browser of this run: its path, and how it was found in words."""

    path: str
    how: str


def find_chromium(environment: Mapping[str, str] = os.environ) -> Found | None:
    """The browser named in the environment, else the first known name on the path, else None."""
    if named := environment.get(VARIABLE):
        path = shutil.which(named, path=environment.get("PATH"))
        return Found(path, f"named by {VARIABLE}") if path else None
    for name in NAMES:
        if path := shutil.which(name, path=environment.get("PATH")):
            return Found(path, f"{name} on the PATH")
    return None


def vietnamese_fonts() -> list[str] | None:
    """Families of installed fonts that have every Vietnamese letter, sorted; None if not known."""
    try:
        told = subprocess.run(
            ["fc-list", ":lang=vi", "family"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return sorted({line.split(",")[0].strip() for line in told.splitlines() if line.strip()})


@dataclass
class Recorder:
    """Everything the pages of a context asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context, those opened later too."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", self._weberror)
        context.on("page", self._page)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _weberror(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _page(self, page: Page) -> None:
        page.on("websocket", self._websocket)

    def _websocket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)

    @property
    def outside(self) -> list[str]:
        """Addresses asked for that are neither files nor on 127.0.0.1."""
        return [url for url in self.requests if not is_local(url)]

    @property
    def complaints(self) -> list[str]:
        """Console errors and uncaught exceptions, without the excused ones."""
        return [text for text in self.errors if not any(re.search(each, text) for each in EXCUSED)]

    def check(self) -> None:
        """No request left the machine, and no page complained."""
        assert self.outside == [], "requests that leave the machine"
        assert self.complaints == [], "errors on the console"


def is_local(url: str) -> bool:
    """Whether nothing leaves the machine when this address is asked for."""
    parts = urlsplit(url)
    return parts.scheme in LOCAL or parts.hostname == "127.0.0.1"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def status(url: str, seconds: float = 60) -> int | None:
    """The HTTP status an address answers with; None if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return None


@dataclass
class Served:
    """A running server: the address it answers at, its process and what it has written."""

    url: str
    process: subprocess.Popen[bytes]
    written: Path

    @property
    def log(self) -> str:
        """What the server has written so far, to both of its streams."""
        return self.written.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float) -> None:
        """Until the address answers, whatever the status."""
        end = time.monotonic() + seconds
        while status(self.url) is None:
            ended = self.process.poll()
            assert ended is None, f"the server ended with {ended}:\n{self.log}"
            assert time.monotonic() < end, f"no answer at {self.url} in {seconds} s:\n{self.log}"
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server and all it started; its group of processes is its own."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(timeout=60)
                return
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue


def serve(
    command: Sequence[str],
    url: str,
    written: Path,
    *,
    seconds: float = waiting.LONG,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Served:
    """Start a command and wait until the address answers; as the fixture `server`."""
    written.parent.mkdir(parents=True, exist_ok=True)
    with written.open("wb") as file:
        process = subprocess.Popen(
            list(command),
            cwd=cwd or ROOT,
            env=os.environ | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(url, process, written)
    try:
        served.wait(seconds)
    except BaseException:
        served.stop()
        raise
    return served
