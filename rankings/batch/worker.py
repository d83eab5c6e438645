"""How does one notebook run in a kernel of its own, next to others, and become a page?"""

import ast
import errno
import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import connection, forkserver, get_context, parent_process
from pathlib import Path
from typing import Any, Literal

from rankings import store
from rankings.batch import fork_server, papermill_engine
from rankings.batch.pipelines import Given
from rankings.errors import InputError, RankingsError
from rankings.language import messages
from rankings.pages import export
from rankings.store import write_text

KERNEL = "python3"
CELL_SECONDS = 300
START_SECONDS = 300
FRONT = "index.html"
# Faults of the folder, not of a notebook: the next notebook would meet them too.
FULL = {
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "ENAMETOOLONG")
    if hasattr(errno, name)
}


@dataclass(frozen=True)
class Job:
    """One notebook of one story, with all that a worker needs to know.

    Attributes:
        key: a hash of everything its pages hang on.
        refused: why it cannot be run at all, if so.
        limit: seconds a cell may take.
    """

    story: str
    notebook: str
    title: str
    source: Path
    folder: Path
    pages: tuple[tuple[str, str], ...]
    page: str
    parameters: Given
    key: str = ""
    refused: str = ""
    limit: int = CELL_SECONDS

    @property
    def executed(self) -> Path:
        """Where the executed notebook is written."""
        return self.folder / "notebooks" / f"{self.notebook}.ipynb"

    @property
    def frame(self) -> dict[str, Any]:
        """What the page says around the notebook."""
        language = self.parameters.get("language", messages.SOURCE_LANGUAGE)
        return {"title": self.title, "language": language, "pages": self.pages}


@dataclass(frozen=True)
class Record:
    """What came of one notebook; ``answer`` is the headline it gave.

    Attributes:
        stops: number of the fault if a folder cannot be written: no other notebook would fare
            better.
        where: that folder or file, where it is known.
        reused: it stands as an earlier run left it.
    """

    story: str
    notebook: str
    seconds: float
    status: Literal["ok", "failed"]
    error: str = ""
    answer: str = ""
    stops: int = 0
    where: str = ""
    reused: bool = False


def _papermill() -> Any:
    with export.quick_imports():
        import papermill
        from papermill.engines import papermill_engines
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    papermill_engines.register(papermill_engine.NAME, papermill_engine.Engine)
    return papermill


def asked(notebook: Path) -> set[str]:
    """Names in a notebook's parameters cell."""
    if not notebook.is_file():
        known = sorted(path.stem for path in notebook.parent.glob("*.ipynb"))
        raise InputError(
            "{folder}: {reason}",
            folder=notebook.parent,
            reason=InputError.suggest("notebook", notebook.stem, known),
        )
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [
            "".join(cell["source"])
            for cell in cells
            if "parameters" in cell["metadata"].get("tags", [])
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{notebook}: expected a notebook, found: {one_line(error)}") from None
    try:
        names = _assigned(tagged[0]) if tagged else set()
    except SyntaxError as error:
        raise InputError(
            f"{notebook}: expected Python in the cell tagged 'parameters', found: {error}"
        ) from None
    if not names:
        raise InputError(f"{notebook}: expected a cell tagged 'parameters', found none; tag it")
    return names


def _assigned(source: str) -> set[str]:
    """Names that a cell gives a value. papermill finds the same, but takes a second to import."""
    names: set[str] = set()
    for line in ast.parse(source).body:
        targets = line.targets if isinstance(line, ast.Assign) else []
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            targets = [line.target]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


class _Worker:
    """A process that runs one job after the other, and the line to it."""

    def __init__(self, context: Any, scratch: str, address: str) -> None:
        self.line, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve,
            args=(theirs, scratch, address, dict(os.environ) | store.child_environment()),
            daemon=True,
        )
        self.process.start()
        theirs.close()

    def end(self) -> str:
        """End it now; how it ended, in words."""
        self.line.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _forks() -> Any:
    """How worker processes start: forked from a process that has imported what they need.

    Where no process can be forked, or no socket be made, each starts by itself.
    """
    if fork_server.can_fork():
        context: Any = get_context("forkserver")
        context.set_forkserver_preload(["rankings.batch.preload"])
        with suppress(OSError), fork_server.short_temporary():
            forkserver.ensure_running()
            return context
    return get_context("spawn")


def get_ready() -> None:
    """Let what workers are forked from import already, while this process does other things."""
    _forks()


class Pool:
    """So many worker processes; one that is killed takes down no job but its own, and that twice.

    Args:
        jobs: notebooks run at the same time.
        scratch: a folder for the workers' own.
        address: of the warm process; "" without one.
    """

    def __init__(self, jobs: int, scratch: str, address: str = "") -> None:
        self.jobs, self.scratch, self.address = jobs, scratch, address
        self._context: Any = _forks()
        self._idle: list[_Worker] = []

    def start(self) -> None:
        """Start the workers, which then import while this process does other things."""
        self._idle = [self._new() for _number in range(self.jobs)]

    def _new(self) -> _Worker:
        return _Worker(self._context, self.scratch, self.address)

    def records(
        self, planned: Sequence[Job], running: Callable[[list[Job]], object]
    ) -> Iterator[Record]:
        """The record of each job as it ends; ``running`` is told what runs now."""
        waiting = deque((job, 1) for job in planned)
        idle, self._idle = self._idle, []
        busy: dict[Any, tuple[_Worker, Job, int]] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self.jobs:
                    worker = idle.pop() if idle else self._new()
                    job, attempt = waiting.popleft()
                    busy[worker.line] = (worker, job, attempt)
                    try:
                        worker.line.send(job)
                    except OSError:
                        continue  # it is dead: told below, as its line is readable
                running([job for _worker, job, _attempt in busy.values()])
                for line in connection.wait(list(busy)):
                    worker, job, attempt = busy.pop(line)
                    try:
                        record: Record = worker.line.recv()
                    except (EOFError, OSError):
                        how = worker.end()
                        if attempt == 1:
                            waiting.appendleft((job, 2))
                        else:
                            yield failed(job, 0.0, f"the process that ran it ended twice: {how}")
                    else:
                        idle.append(worker)
                        yield record
        finally:
            for worker in [*idle, *(worker for worker, _job, _attempt in busy.values())]:
                worker.end()


def _serve(line: Any, scratch: str, address: str, environment: dict[str, str]) -> None:
    """A worker's life: jobs in, records out, until the line closes."""
    # The process that workers are forked from may have been started long before.
    os.environ.clear()
    os.environ.update(environment)
    fault: OSError | None = None
    try:
        _start(scratch, address)
    except OSError as error:
        fault = error
    while True:
        try:
            job = line.recv()
        except (EOFError, OSError):
            return
        line.send(_stopped(job, 0.0, fault) if fault else work(job))


def _start(scratch: str, address: str) -> None:
    """Prepare a worker: a folder of its own, none of the user's Jupyter settings, no interrupts."""
    # A kernel imports from its working folder first; an empty one cannot shadow a module.
    own = tempfile.mkdtemp(dir=scratch)
    os.chdir(own)
    os.environ.update(fork_server.KERNEL_ENVIRONMENT, IPYTHONDIR=own, JUPYTER_RUNTIME_DIR=own)
    if address:
        os.environ[fork_server.ADDRESS] = address
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def work(job: Job) -> Record:
    """Run one notebook and write its page; a failure is a record and a page, never an exception."""
    started = time.monotonic()
    try:
        error = _execute(job)
        if not error:
            # The front page is for a reader who asks for no code.
            code = job.page != FRONT
            export.to_html(job.executed, job.folder / job.page, code=code, **job.frame)
            answer = export.answer(job.executed)
            return Record(job.story, job.notebook, time.monotonic() - started, "ok", "", answer)
    except OSError as raised:
        if raised.errno in FULL:
            return _stopped(job, time.monotonic() - started, raised)
        error = one_line(raised)
    except Exception as raised:
        error = one_line(raised)
    return failed(job, time.monotonic() - started, error)


def failed(job: Job, seconds: float, error: str) -> Record:
    """The record of a notebook that did not run to its end, its page written."""
    try:
        export.failure_page(job.folder / job.page, reason=f"{job.notebook}: {error}", **job.frame)
    except OSError as raised:
        if raised.errno in FULL:
            return _stopped(job, seconds, raised)
    return Record(job.story, job.notebook, seconds, "failed", error)


def _stopped(job: Job, seconds: float, error: OSError) -> Record:
    """The record of a notebook that no folder could be written for."""
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return Record(
        job.story,
        job.notebook,
        seconds,
        "failed",
        f"{error.strerror}",
        stops=error.errno or errno.EIO,
        where=where,
    )


def _execute(job: Job) -> str:
    """Run one notebook in a fresh kernel; "" or, in one line, where and why it stopped."""
    from rankings.batch import kernels  # Jupyter's client takes a moment to import

    papermill = _papermill()
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    begun: list[int] = []
    for attempt in (1, 2):
        begun.clear()
        try:
            papermill.execute_notebook(
                _literal(job.source),
                _literal(job.executed),
                job.parameters,
                engine_name=papermill_engine.NAME,
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                start_timeout=START_SECONDS,
                execution_timeout=job.limit,
                shutdown_kernel="immediate",
                extra_arguments=["--log-level=ERROR"],
                kernel_manager_class=kernels.own_manager(),
                on_cell_execute=lambda cell, cell_index: begun.append(cell_index),
            )
            return ""
        except papermill.PapermillExecutionError as error:
            return f"cell [{error.exec_count}]: {error.ename}: {' '.join(error.evalue.split())}"
        except OSError as error:
            if error.errno in FULL:
                raise
            if attempt == 2:
                return _told(begun, error)
        except Exception as error:
            # A kernel that was killed, or never came up, gets a second try; a slow cell does not.
            died = not begun or type(error).__name__ == "DeadKernelError"
            if not died or attempt == 2:
                return _told(begun, error)
        finally:
            _forget(job.executed)
    return ""


def _told(begun: list[int], error: Exception) -> str:
    return f"cell [{len(begun)}]: {one_line(error)}" if begun else one_line(error)


def _forget(executed: Path) -> None:
    """Leave out of an executed notebook where on this machine it was made, and when.

    Two runs of the same cells then give the same bytes.
    """
    if not executed.is_file():
        return
    try:
        node = json.loads(executed.read_text(encoding="utf-8"))
    except ValueError:  # broken off while it was written
        executed.unlink()
        return
    held = node["metadata"].get("papermill", {})
    node["metadata"]["papermill"] = {
        key: held[key] for key in ("parameters", "exception", "version") if key in held
    }
    for cell in node["cells"]:
        cell["metadata"].pop("papermill", None)
        cell["metadata"].pop("execution", None)
        tags = cell["metadata"].get("tags", [])
        for tag in ("injected-parameters", "papermill-error-cell-tag"):
            if tag in tags and "id" in cell:
                cell["id"] = tag
    seen: set[str] = set()
    for number, cell in enumerate(node["cells"]):
        if cell.get("id") in seen:
            cell["id"] = f"{cell['id']}-{number}"
        seen.add(cell.get("id"))
    write_text(executed, json.dumps(node, indent=1, ensure_ascii=False) + "\n")


def _literal(path: Path) -> str:
    """A path as papermill takes it: it would fill in fields in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def one_line(error: BaseException) -> str:
    """An error as a line: its kind and the first line of what it says."""
    first = next(iter(str(error).strip().splitlines()), "")
    return first if isinstance(error, RankingsError) else f"{type(error).__name__}: {first}"


@dataclass(frozen=True)
class Parcel:
    """A job sent to another machine, with its notebook; what comes back is a record and files."""

    job: Job
    notebook: bytes


def work_away(parcel: Parcel) -> tuple[Record, dict[str, bytes]]:
    """Run a job in a folder of this machine's own and hand over what it made."""
    with tempfile.TemporaryDirectory(prefix="rankings-") as scratch:
        source = Path(scratch) / parcel.job.source.name
        source.write_bytes(parcel.notebook)
        job = replace(parcel.job, source=source, folder=Path(scratch) / "story")
        record = work(job)
        files = {
            path.relative_to(job.folder).as_posix(): path.read_bytes()
            for path in sorted(job.folder.rglob("*"))
            if path.is_file()
        }
    return record, files
