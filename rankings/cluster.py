"""How does the same run go on other machines? By a Dask scheduler, a job at a time.

A worker there needs this package and its data, nothing of this run's folder: the notebook goes
with the job, and what it made comes back. See docs/cluster.md.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rankings.errors import InputError
from rankings.store import write_whole
from rankings.worker import Job, Parcel, Record, failed, one_line, work_away

if TYPE_CHECKING:
    from pathlib import Path

CONNECT_SECONDS = 20
# A worker that ends takes its job with it once; the second time the job is at fault.
DEATHS = 1


class Cluster:
    """The workers of a Dask scheduler.

    Raises:
        InputError: nobody answers at the address, or Dask is not installed.
    """

    def __init__(self, address: str) -> None:
        try:
            dask: Any = import_module("dask")
            distributed: Any = import_module("distributed")
        except ImportError:
            raise InputError(
                "a scheduler needs Dask: install the extra, pip install 'ict-rankings[cluster]'"
            ) from None
        dask.config.set({"distributed.scheduler.allowed-failures": DEATHS})
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

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def records(
        self, planned: Sequence[Job], running: Callable[[list[Job]], object]
    ) -> Iterator[Record]:
        """The record of each job as it ends, its files written here."""
        jobs: dict[Any, Job] = {}
        for job in planned:
            parcel = Parcel(job, job.source.read_bytes())
            future = self._client.submit(work_away, parcel, pure=False, retries=0)
            jobs[future] = job
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
                running(list(jobs.values())[:2])
        finally:
            if jobs:
                self._client.cancel(list(jobs))


def _said(error: BaseException) -> str:
    if type(error).__name__ == "KilledWorker":
        return f"the workers that ran it ended, {DEATHS + 1} times"
    return one_line(error)


def _write(path: "Path", content: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(content))
