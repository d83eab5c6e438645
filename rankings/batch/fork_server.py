"""How does a notebook get a kernel at once? A process that has imported everything forks it.

The warm process (``python -m rankings.batch.fork_server SOCKET``) imports the package, draws
nothing, starts no thread and waits. Each kernel is a fork of it: a process of its own, with its own
memory, working folder and environment, so nothing one report does is seen by the next. A kernel
lives as long as the connection it was asked for over, and the warm process as long as its standard
input is open.
"""

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from typing import Self

log = logging.getLogger(__name__)

ADDRESS = "RANKINGS_WARM"
START_SECONDS = 120.0
# One thread of linear algebra per kernel: with more, notebooks side by side slow each other.
KERNEL_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "JUPYTER_PLATFORM_DIRS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
# Of the warm process only: pyarrow's allocator starts no thread, the debugger says nothing.
OWN_ENVIRONMENT = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# Of the libraries, what a kernel imports and what this package imports only when first used; its
# own modules are collected (`preload`). Not the inline backend and not tqdm.auto: both look at
# import for a notebook around them.
PRELOADED = [
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.iostream",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.extensions.storemagic",
    "sqlite3",
    "tornado.platform.asyncio",
    "tornado.queues",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.dataset",
    "scipy.stats",
    "seaborn",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "PIL.PngImagePlugin",
    "statsmodels.api",
    "babel.numbers",
]


# A socket's path has no more letters than this on any system, the name of the socket included.
LONGEST_SOCKET = 103
# As long as the longest name below such a folder, of multiprocessing.
SAMPLE = "pymp-12345678/listener-12345678"


@cache
def socket_folder() -> Path | None:
    """A folder for temporary files in which a socket can be made; None if there is none.

    TMPDIR on a cluster may be longer than a socket's path can be, a folder on a network may hold
    no sockets.
    """
    named = (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp")
    for folder in (Path(each) for each in named if each):
        if len(os.fsencode(folder / SAMPLE)) <= LONGEST_SOCKET and _takes_sockets(folder):
            return folder
    return None


def _takes_sockets(folder: Path) -> bool:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="rk-", dir=folder) as place,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line,
        ):
            line.bind(str(Path(place) / "s"))
            return True
    except OSError:
        return False


def socket_directory() -> "tempfile.TemporaryDirectory[str]":
    """A folder for sockets, nobody else's; it goes with the object."""
    return tempfile.TemporaryDirectory(
        prefix="rk-", dir=socket_folder(), ignore_cleanup_errors=True
    )


@contextlib.contextmanager
def short_temporary() -> Iterator[None]:
    """Within it temporary files are made where a socket's path is short enough."""
    held, tempfile.tempdir = tempfile.tempdir, str(socket_folder() or tempfile.gettempdir())
    try:
        yield
    finally:
        tempfile.tempdir = held


class Lent:
    """A warm process that somebody else holds, and that outlives whoever asks it.

    Attributes:
        address: what others ask at.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._lines: list[socket.socket] = []

    def practise(self, stories: Sequence[Mapping[str, Any]], front: Path) -> None:
        """Let it open these stories, so that kernels find tables read and first times over.

        Args:
            stories: their parameters.
            front: the notebook whose calls are made of each.

        It is not waited for: who asks for a kernel meanwhile gets it afterwards.
        """
        with contextlib.suppress(OSError):
            self._lines.append(connected(self.address))
            told = {"practise": [dict(story) for story in stories], "front": str(front)}
            say(self._lines[-1], told)

    def close(self) -> None:
        """Ask it for nothing more."""
        for line in self._lines:
            line.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Warm(Lent):
    """A warm process as its starter holds it: it ends with it."""

    def __init__(self) -> None:
        # Imported here: the warm process itself imports pandas later, as if within a kernel.
        from rankings import store

        self._folder = socket_directory()
        super().__init__(str(Path(self._folder.name) / "warm"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rankings.batch.fork_server", self.address],
            stdin=subprocess.PIPE,
            env={
                **os.environ,
                **store.child_environment(),
                **KERNEL_ENVIRONMENT,
                **OWN_ENVIRONMENT,
            },
            cwd=self._folder.name,
        )

    @property
    def pid(self) -> int:
        """Of the warm process."""
        return self._process.pid

    def close(self) -> None:
        """End it, and every kernel with it."""
        assert self._process.stdin is not None
        super().close()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def hold() -> Lent:
    """The warm process lent by whoever started this program (`ADDRESS` is set), else one's own."""
    lent = os.environ.get(ADDRESS, "")
    if lent:
        with contextlib.suppress(OSError):  # it has ended since
            connected(lent, 0).close()
            return Lent(lent)
    return Warm()


def can_fork() -> bool:
    """Whether this system can have a warm process.

    Windows has no fork; on macOS a process that has used the system's libraries must not be forked.
    """
    forks = hasattr(os, "fork") and hasattr(socket, "AF_UNIX")
    return forks and sys.platform not in ("win32", "darwin") and socket_folder() is not None


def connected(address: str, seconds: float = START_SECONDS) -> socket.socket:
    """A line to a warm process, which may still be starting."""
    end = time.monotonic() + seconds
    while True:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(address)
        except OSError as error:
            line.close()
            # A socket nobody listens at, or no folder for it: that process is gone.
            gone = isinstance(error, ConnectionRefusedError) or not Path(address).parent.is_dir()
            if gone or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return line


def say(line: socket.socket, message: Mapping[str, Any]) -> None:
    """Send one message."""
    line.sendall(json.dumps(message).encode() + b"\n")


def hear(line: socket.socket) -> dict[str, Any]:
    """Wait for one message; `ConnectionError` if the other end is gone."""
    heard = b""
    while not heard.endswith(b"\n"):
        part = line.recv(1)
        if not part:
            raise ConnectionError("the warm process ended")
        heard += part
    return json.loads(heard)


def preload(names: Sequence[str] = PRELOADED) -> None:
    """Import what kernels will need, as if within one: pandas looks for that when imported.

    These libraries and every module that notebooks speak with. One that cannot be imported is
    told of and left to the kernel that needs it.
    """
    import builtins

    class Stub:
        kernel = True
        config = MappingProxyType({"IPKernelApp": True})

    builtins.get_ipython = Stub  # type: ignore[attr-defined]
    try:
        for name in names:
            _import(name)
        from rankings import figures, store  # noqa: F401
        from rankings.report.verbs import modules

        for name in modules():
            _import(name)
        store.code_digest(store.BUILDER)  # asked for by every kernel that opens the tables
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def _import(name: str) -> None:
    try:
        import_module(name)
    except ImportError as error:
        log.warning("The warm process could not import %s: %s", name, error)


class _Server:
    """Forks a kernel for each line that asks for one, and tells on that line how it ended."""

    def __init__(self, address: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Seen only once it listens.
        self.listener.bind(address + ".new")
        self.listener.listen(64)
        Path(address + ".new").rename(address)
        self.children: dict[int, socket.socket] = {}
        self.choice = selectors.DefaultSelector()
        self.woken, self.waker = socket.socketpair()
        for end in (self.woken, self.waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        for each in (self.listener, self.woken, sys.stdin):
            self.choice.register(each, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until standard input closes."""
        while True:
            for key, _events in self.choice.select():
                if key.fileobj is sys.stdin:
                    if not os.read(0, 1):
                        return
                elif key.fileobj is self.listener:
                    self.answer(self.listener.accept()[0])
                elif key.fileobj is self.woken:
                    with contextlib.suppress(BlockingIOError):
                        self.woken.recv(4096)
                    self.bury()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self.hung_up(key.fileobj)

    def answer(self, line: socket.socket) -> None:
        """Do what a new line asks for."""
        try:
            asked = hear(line)
        except (ConnectionError, ValueError):
            line.close()
            return
        if "practise" in asked:
            from rankings.batch import rehearsal

            rehearsal.practise(asked["practise"], Path(asked["front"]))
            _settle()
            line.close()
            return
        pid = os.fork()
        if not pid:
            self.leave(line)
            _become_kernel(asked["cmd"], asked["env"], asked["cwd"])
        self.children[pid] = line
        self.choice.register(line, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            say(line, {"pid": pid})

    def bury(self) -> None:
        """Tell of every kernel that ended how it ended."""
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            line = self.children.pop(pid, None)
            if line is None:
                continue
            with contextlib.suppress(KeyError, ValueError):
                self.choice.unregister(line)
            with line, contextlib.suppress(OSError):
                say(line, {"status": os.waitstatus_to_exitcode(status)})
            _kill(pid)  # what it started and left behind

    def hung_up(self, line: socket.socket) -> None:
        """Nobody waits for this kernel any more."""
        with contextlib.suppress(OSError):
            if line.recv(1):
                return
        self.choice.unregister(line)
        for pid, held in self.children.items():
            if held is line:
                _kill(pid)

    def leave(self, line: socket.socket) -> None:
        """In a fork: hold nothing of the server."""
        signal.set_wakeup_fd(-1)
        self.choice.close()
        for end in (self.listener, self.woken, self.waker, line, *self.children.values()):
            end.close()


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _become_kernel(cmd: list[str], environment: dict[str, str], folder: str) -> NoReturn:
    """Turn a fork into a kernel as a command of its own would have started it."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        _seed_anew()
        sys.argv = list(cmd)
        sys.modules["__main__"] = ModuleType("__main__")
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance(
            argv=[*_after_launcher(cmd), f"--IPKernelApp.parent_handle={os.getppid()}"]
        )
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _after_launcher(cmd: list[str]) -> list[str]:
    """The kernel's own arguments in ``python -m ipykernel_launcher -f FILE ...``."""
    return cmd[cmd.index("ipykernel_launcher") + 1 :]


def _seed_anew() -> None:
    import random

    import numpy as np

    random.seed()
    np.random.seed(None)  # noqa: NPY002 - the state every fork would otherwise share


def _settle() -> None:
    """Let the collector leave alone what is shared with the forks."""
    import gc

    gc.collect()
    gc.freeze()


def main(address: str) -> None:
    """Be the warm process."""
    here = sys.path[0] if sys.path else ""
    if here == "" or Path(here) == Path.cwd():
        del sys.path[0]  # a kernel puts its own working folder there
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    _settle()
    server = _Server(address)
    try:
        server.serve()
    finally:
        for pid in server.children:
            _kill(pid)
        os._exit(0)


if __name__ == "__main__":
    # Under its own name, so that a fork's fresh __main__ takes nothing away from it.
    import_module("rankings.batch.fork_server").main(sys.argv[1])
