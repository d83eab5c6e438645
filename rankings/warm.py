"""How does a notebook get a kernel at once? A process that has imported everything forks it.

The warm process (``python -m rankings.warm SOCKET``) imports the package, draws nothing, starts no
thread and waits. Each kernel is a fork of it: a process of its own, with its own memory, working
folder and environment, so nothing one report does is seen by the next. A kernel lives as long as
the connection it was asked for over, and the warm process as long as its standard input is open.
"""

import contextlib
import json
import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

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
# What the notebooks import, and what those import only when first used. Not the inline backend
# and not tqdm.auto: both look at import for a notebook around them.
PRELOADED = [
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.iostream",
    "ipykernel.datapub",
    "IPython.core.completer",
    "comm",
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
    "rankings.story",
    "rankings.figures",
    *(
        f"rankings.report.{name}"
        for name in (
            *("around", "drive", "gap", "heading", "moved", "page", "pictures"),
            *("record", "standing", "sure", "ways", "why"),
        )
    ),
]


class Warm:
    """A warm process as its starter holds it; ``address`` is what others ask at."""

    def __init__(self) -> None:
        # The path of a socket must be short; the folder is nobody else's.
        self._folder = tempfile.TemporaryDirectory(prefix="rk-")
        self.address = str(Path(self._folder.name) / "warm")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rankings.warm", self.address],
            stdin=subprocess.PIPE,
            env={**os.environ, **KERNEL_ENVIRONMENT},
            cwd=self._folder.name,
        )

    def open(self, tables: Mapping[str, Any]) -> None:
        """Let every kernel find a world already read."""
        path = Path(self._folder.name) / "world"
        path.write_bytes(pickle.dumps(dict(tables), protocol=5))
        with connected(self.address) as line:
            say(line, {"open": str(path)})
            hear(line)

    @property
    def pid(self) -> int:
        """Of the warm process."""
        return self._process.pid

    def close(self) -> None:
        """End it, and every kernel with it."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def can_fork() -> bool:
    """Whether this system can have a warm process."""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and sys.platform != "win32"


def connected(address: str, seconds: float = START_SECONDS) -> socket.socket:
    """A line to a warm process, which may still be starting."""
    end = time.monotonic() + seconds
    while True:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(address)
        except OSError:
            line.close()
            # Without its folder there is no such process any more, and waiting would be in vain.
            if time.monotonic() > end or not Path(address).parent.is_dir():
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
    """Import what kernels will need, as if within one: pandas looks for that when imported."""
    import builtins

    class Stub:
        kernel = True
        config: dict[str, Any] = {"IPKernelApp": True}

    builtins.get_ipython = Stub  # type: ignore[attr-defined]
    try:
        for name in names:
            with contextlib.suppress(ImportError):
                import_module(name)
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def open_world(tables: Mapping[str, Any]) -> None:
    """Take over the tables another process has read: reading Parquet here would start threads."""
    from rankings import world

    world._world(tables["fingerprint"]).__dict__.update(tables["tables"])


class _Server:
    """Forks a kernel for each line that asks for one, and tells on that line how it ended."""

    def __init__(self, address: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(64)
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
        if "open" in asked:
            open_world(pickle.loads(Path(asked["open"]).read_bytes()))
            _settle()
            with line, contextlib.suppress(OSError):
                say(line, {"ok": True})
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
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
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
    import_module("rankings.warm").main(sys.argv[1])
