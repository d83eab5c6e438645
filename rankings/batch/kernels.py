"""How does Jupyter's client talk to a kernel forked from the warm process? As to any other."""

import asyncio
import atexit
import json
import os
import signal
import socket
import sys
import time
from functools import cache
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import DottedObjectName, Type

from rankings.batch import fork_server

LAUNCHER = ["-m", "ipykernel_launcher"]


@cache
def _own_address() -> str:
    """A warm process of this process's own, kept until its end."""
    held = fork_server.Warm()
    atexit.register(held.close)
    return held.address


def address() -> str:
    """Where to ask for kernels: at the run's warm process, else at one of our own."""
    return os.environ.get(fork_server.ADDRESS) or _own_address()


def _reachable() -> bool:
    """Whether there is a warm process; without one a kernel starts the plain way."""
    try:
        fork_server.connected(address()).close()
    except OSError:
        return False
    return True


class Forked:
    """A forked kernel, with as much of `subprocess.Popen` as a provisioner asks for."""

    stdin = stdout = stderr = None

    def __init__(self, cmd: list[str], environment: dict[str, str], folder: str) -> None:
        self._line: socket.socket | None = fork_server.connected(address())
        fork_server.say(self._line, {"cmd": cmd, "env": environment, "cwd": folder})
        self.pid = int(fork_server.hear(self._line)["pid"])
        self.returncode: int | None = None
        self._heard = b""
        self._line.setblocking(False)

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        if self._line is None:
            return self.returncode
        try:
            part = self._line.recv(256)
        except BlockingIOError:
            return None
        except OSError:
            part = b""
        self._heard += part
        if part and not self._heard.endswith(b"\n"):
            return None
        self.returncode = json.loads(self._heard)["status"] if self._heard else -signal.SIGKILL
        self._line.close()
        self._line = None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code, once it has ended."""
        end = time.monotonic() + (timeout or 30)
        while self.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel and what it has started."""
        if self.poll() is None:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it now."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Provisioner(LocalProvisioner):
    """Launches a kernel by asking the warm process for a fork."""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Get a kernel running this command's arguments."""
        environment = options.get("env") or dict(os.environ)
        folder = str(options.get("cwd") or Path.cwd())
        forked = Forked(cmd, environment, folder)
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = folder
        await self._listening()
        return self.connection_info

    async def _listening(self) -> None:
        """Wait for the kernel's sockets: who connects too early waits 0.1 s to try again."""
        held: Any = self.connection_info
        sockets = [
            Path(f"{held['ip']}-{held[f'{name}_port']}")
            for name in ("shell", "iopub", "stdin", "control", "hb")
        ]
        end = time.monotonic() + fork_server.START_SECONDS
        while not all(path.exists() for path in sockets):
            if await self.poll() is not None or time.monotonic() > end:
                return
            await asyncio.sleep(0.002)

    async def wait(self) -> int | None:
        """Wait for its end; the plain way looks ten times a second only."""
        while self.process is not None and await self.poll() is None:
            await asyncio.sleep(0.002)
        self.process = None
        return 0


class Client(AsyncKernelClient):
    """A client that knows when a kernel is ready without waiting for silence."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask for the kernel's facts until both the answer and its end on IOPub are here.

        The plain way listens to IOPub for 0.2 s more; here the request's own "idle" is the end.
        """
        end = time.monotonic() + (timeout or 600)
        while True:
            asked = self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=1)
                while reply["parent_header"].get("msg_id") != asked:
                    reply = await self.shell_channel.get_msg(timeout=1)
                await self._idle(asked)
            except Empty:
                pass
            else:
                self._handle_kernel_info_reply(reply)
                return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _idle(self, asked: str) -> None:
        """Read IOPub up to the end of one request; `Empty` if it is not heard of."""
        while True:
            message = await self.iopub_channel.get_msg(timeout=0.2)
            if (
                message["parent_header"].get("msg_id") == asked
                and message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
            ):
                return

    wait_for_ready = _async_wait_for_ready


class Manager(AsyncKernelManager):
    """Manages one forked kernel over sockets in a folder: no port is taken twice."""

    client_class = DottedObjectName("rankings.batch.kernels.Client")
    client_factory = Type(Client, klass=AsyncKernelClient)

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        if self.provisioner is None and self._is_ours() and _reachable():
            self._sockets = fork_server.socket_directory()
            self.transport = "ipc"
            self.ip = str(Path(self._sockets.name) / "k")
            self.provisioner = Provisioner(
                kernel_id=self.kernel_id or "", kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**options)

    def _is_ours(self) -> bool:
        """Whether this is a kernel the warm process can become."""
        argv = list(self.kernel_spec.argv) if self.kernel_spec else []
        return argv[1:3] == LAUNCHER and self.format_kernel_cmd()[0] == sys.executable

    async def _async_wait(self, pollinterval: float = 0.002) -> None:
        await super()._async_wait(pollinterval)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if self._created_context and not restart and hasattr(self, "_sockets"):
            # The plain way waits 0.1 s for messages to a kernel that has ended.
            self._created_context = False
            self.context.destroy(linger=0)
        await super()._async_cleanup_resources(restart=restart)
        if not restart and hasattr(self, "_sockets"):
            self._sockets.cleanup()

    cleanup_resources = _async_cleanup_resources


def _own_spec() -> KernelSpec:
    return KernelSpec(
        argv=[sys.executable, *LAUNCHER, "-f", "{connection_file}"],
        display_name="Python 3",
        language="python",
    )


class OwnForked(Manager):
    """A forked kernel of this very interpreter, whatever kernels Jupyter's paths offer."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """This interpreter's."""
        return _own_spec()


class OwnPlain(AsyncKernelManager):
    """A kernel of this very interpreter, started the plain way."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """This interpreter's."""
        return _own_spec()


def own_manager() -> type[AsyncKernelManager]:
    """The manager class of a batch: its kernels are always this interpreter."""
    return OwnForked if fork_server.can_fork() else OwnPlain


def manager() -> type[AsyncKernelManager]:
    """The manager class of the engine: ours, or the plain one where no process can be forked."""
    return Manager if fork_server.can_fork() else AsyncKernelManager
