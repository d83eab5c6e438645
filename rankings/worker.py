"""How does one notebook run in a kernel of its own, next to others, and become a page?"""

import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any, Literal

from rankings import export, messages
from rankings.errors import InputError, RankingsError, suggest
from rankings.pipelines import Given
from rankings.store import write_text

KERNEL = "python3"
CELL_SECONDS = 300
START_SECONDS = 120
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


FRONT = "index.html"


@dataclass(frozen=True)
class Job:
    """One notebook of one story, with all that a worker needs to know."""

    story: str
    notebook: str
    title: str
    source: Path
    folder: Path
    pages: tuple[tuple[str, str], ...]
    page: str
    parameters: Given

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
    """What came of one notebook; ``answer`` is the headline it gave."""

    story: str
    notebook: str
    seconds: float
    status: Literal["ok", "failed"]
    error: str = ""
    answer: str = ""


def _papermill() -> Any:
    with export.quick_imports():
        import papermill
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    return papermill


def asked(notebook: Path) -> set[str]:
    """Names in a notebook's parameters cell."""
    if not notebook.is_file():
        known = sorted(path.stem for path in notebook.parent.glob("*.ipynb"))
        raise InputError(f"{notebook.parent}: {suggest('notebook', notebook.stem, known)}")
    papermill = _papermill()
    try:
        node = papermill.iorw.load_notebook_node(str(notebook))
    except Exception as error:
        raise InputError(f"{notebook}: expected a notebook, found: {one_line(error)}") from None
    node.metadata["kernelspec"] = {"name": KERNEL, "language": "python", "display_name": KERNEL}
    names = set(papermill.inspect_notebook(node))
    if not names:
        raise InputError(f"{notebook}: expected a cell tagged 'parameters', found none; tag it")
    return names


@contextmanager
def workers(jobs: int, scratch: str) -> Iterator[ProcessPoolExecutor]:
    """Worker processes; if the run is broken off they end at once, and their kernels with them."""
    others = set(active_children())
    pool = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(scratch,)
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - others:
            child.terminate()
        raise
    pool.shutdown()


def _start(scratch: str) -> None:
    """Prepare a worker: a folder of its own, none of the user's Jupyter settings, no interrupts."""
    if home := os.environ.get("RANKINGS_HOME"):
        os.environ["RANKINGS_HOME"] = str(Path(home).resolve())
    # A kernel imports from its working folder first; an empty one cannot shadow a module.
    own = tempfile.mkdtemp(dir=scratch)
    os.chdir(own)
    os.environ.update(KERNEL_ENVIRONMENT, IPYTHONDIR=own, JUPYTER_RUNTIME_DIR=own)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
    except Exception as raised:
        error = one_line(raised)
    seconds = time.monotonic() - started
    if error:
        return failed(job, seconds, error)
    return Record(job.story, job.notebook, seconds, "ok", answer=export.answer(job.executed))


def failed(job: Job, seconds: float, error: str) -> Record:
    """The record of a notebook that did not run to its end, its page written."""
    export.failure_page(job.folder / job.page, reason=f"{job.notebook}: {error}", **job.frame)
    return Record(job.story, job.notebook, seconds, "failed", error)


def _execute(job: Job) -> str:
    """Run one notebook in a fresh kernel; "" or, in one line, where and why it stopped."""
    papermill = _papermill()
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    begun: list[int] = []
    for attempt in (1, 2):
        try:
            papermill.execute_notebook(
                _literal(job.source),
                _literal(job.executed),
                job.parameters,
                kernel_name=KERNEL,
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                start_timeout=START_SECONDS,
                execution_timeout=CELL_SECONDS,
                shutdown_kernel="immediate",
                extra_arguments=["--log-level=ERROR"],
                on_cell_execute=lambda cell, cell_index: begun.append(cell_index),
            )
            return ""
        except papermill.PapermillExecutionError as error:
            return f"cell [{error.exec_count}]: {error.ename}: {' '.join(error.evalue.split())}"
        except Exception as error:
            # Two kernels starting at once can pick the same port; the second try finds another.
            if begun or attempt == 2:
                return f"cell [{len(begun)}]: {one_line(error)}" if begun else one_line(error)
        finally:
            _forget_paths(job.executed)
    return ""


def _forget_paths(executed: Path) -> None:
    """Leave out of an executed notebook where on this machine it was made."""
    if executed.is_file():
        node = json.loads(executed.read_text(encoding="utf-8"))
        for key in ("input_path", "output_path"):
            node["metadata"].get("papermill", {}).pop(key, None)
        write_text(executed, json.dumps(node, indent=1, ensure_ascii=False) + "\n")


def _literal(path: Path) -> str:
    """A path as papermill takes it: it would fill in fields in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def one_line(error: BaseException) -> str:
    """An error as a line: its kind and the first line of what it says."""
    first = next(iter(str(error).strip().splitlines()), "")
    return first if isinstance(error, RankingsError) else f"{type(error).__name__}: {first}"
