"""How does the same run go on other machines? By a Dask scheduler, a job at a time.

A worker there needs this package and its data, nothing of this run's folder: the notebook goes
with the job, and what it made comes back. See docs/cluster.md.
"""

import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rankings import faults
from rankings.batch.worker import Job, Parcel, Record, failed, one_line, work_away
from rankings.errors import InputError
from rankings.store import write_whole

if TYPE_CHECKING:
    from pathlib import Path

# Instead of an address: a cluster on this machine, for the length of the run.
LOCAL = "local"
# Together less than ten seconds: who has mistyped an address does not wait long.
REACH_SECONDS, CONNECT_SECONDS = 5, 4
FORM = re.compile(
    r"(?:(?P<protocol>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^:/\s\[\]]+):(?P<port>\d{1,5})"
)
PROTOCOLS = ("tcp", "tls", "ws", "wss")
# A worker that ends takes its job with it once; the second time the job is at fault.
DEATHS = 1


def check_address(address: str) -> None:
    """Nothing, or `InputError` if an address is no scheduler's or nobody listens there."""
    if address == LOCAL:
        return
    form = FORM.fullmatch(address)
    if form is None or (form["protocol"] or "tcp") not in PROTOCOLS or int(form["port"]) > 65535:
        raise InputError(
            f"{address}: expected a Dask scheduler as tcp://host:8786, or {LOCAL}; "
            "see docs/cluster.md"
        )
    try:
        _reach(form["host"].strip("[]"), int(form["port"]))
    except (OSError, UnicodeError) as error:
        why = faults.cause(error)[0] if isinstance(error, OSError) else "no name of a host"
        raise InputError(
            f"{address}: expected a Dask scheduler, found none ({why}); see docs/cluster.md"
        ) from None


def _reach(host: str, port: int) -> None:
    """Nothing once somebody listens there, who may just be starting; `OSError` if nobody does."""
    end = time.monotonic() + REACH_SECONDS
    while True:
        try:
            left = max(end - time.monotonic(), 1)
            socket.create_connection((host, port), timeout=left).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


class Cluster:
    """The workers of a Dask scheduler, or of a cluster made here for the run (`LOCAL`).

    Args:
        address: of the scheduler, or `LOCAL`.
        workers: of a cluster made here.

    Raises:
        InputError: nobody answers at the address, or Dask is not installed.
    """

    def __init__(self, address: str, workers: int = 2) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise InputError(
                "a scheduler needs Dask: install the extra, pip install 'ict-rankings[cluster]'"
            ) from None
        self._here = None
        if address == LOCAL:
            self._here = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.ERROR,
            )
            address = self._here.scheduler_address
        try:
            self._client = distributed.Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"{address}: expected a Dask scheduler, found none ({one_line(error)}); "
                "see docs/cluster.md"
            ) from None
        self._as_completed = distributed.as_completed
        # The scheduler's own setting, put back afterwards: other runs may count otherwise.
        self._deaths = self._client.run_on_scheduler(_allow_deaths, DEATHS)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # the scheduler may be gone
            self._client.run_on_scheduler(_allow_deaths, self._deaths)
        self._client.close()
        if self._here is not None:
            self._here.close()

    def dashboard(self) -> str:
        """In a line: where the scheduler's dashboard is, or why there is none."""
        if not self._client.run_on_scheduler(_has_bokeh):
            return "no dashboard: the host of the scheduler has no bokeh; pip install bokeh there"
        link = self._client.dashboard_link
        return f"dashboard: {link}" if link else "no dashboard: the scheduler was started without"

    def records(
        self, planned: Sequence[Job], running: Callable[[list[Job]], object]
    ) -> Iterator[Record]:
        """The record of each job as it ends, its files written here."""
        jobs: dict[Any, Job] = {}
        for job in planned:
            parcel = Parcel(job, job.source.read_bytes())
            future = self._client.submit(work_away, parcel, pure=False, retries=0)
            jobs[future] = job
        running(list(jobs.values()))
        try:
            for future in self._as_completed(list(jobs), loop=self._client.loop):
                job = jobs.pop(future)
                try:
                    record, files = future.result()
                except (Exception, CancelledError) as error:
                    record, files = failed(job, 0.0, _said(error)), {}
                for name, content in files.items():
                    _write(job.folder / name, content)
                yield record
                future.release()
                running(list(jobs.values()))
        finally:
            if jobs:
                self._client.cancel(list(jobs))


def _allow_deaths(count: int, dask_scheduler: Any) -> int:
    """On the scheduler: from now on a job may take so many workers with it; before, how many."""
    before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, count
    return int(before)


def _has_bokeh() -> bool:
    return find_spec("bokeh") is not None


def _said(error: BaseException) -> str:
    if type(error).__name__ == "KilledWorker":
        return f"the workers that ran it ended, {DEATHS + 1} times"
    return one_line(error)


def _write(path: "Path", content: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(content))
