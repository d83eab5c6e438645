"""Which notebooks are run for which economies, and what came of each?

A pipeline file lists stories and notebooks. Every notebook runs in a kernel of its own; a story's
folder appears whole when its last notebook is done, and a notebook that fails takes no other down.
"""

import json
import logging
import os
import re
import shutil
import signal
import tempfile
import threading
import time
import tomllib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from tqdm import tqdm

from rankings import export, messages
from rankings.errors import InputError, RankingsError, suggest
from rankings.store import write_text

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
LOCK = ".rankings.lock"
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

# A name becomes a folder or a file: nothing in it can lead elsewhere.
Name = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=80)]
Iso3 = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
NAME_WANTED = "letters, digits and hyphens"
WANTED = {
    "name": NAME_WANTED,
    "out": NAME_WANTED,
    "front": NAME_WANTED,
    "notebooks": f"names of {NAME_WANTED}",
    "as_of": 'a year or "newest"',
    "economies": "a group's name or a list of ISO3 codes",
}
Given = dict[str, Any]
Members = Callable[[str | list[str]], Mapping[str, str]]


class Parameters(BaseModel):
    """What a notebook can be told; what is left out is not given to it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    economy: str | None = None
    as_of: int | str | None = None
    band: str | None = None
    target_year: int | None = None
    peers: str | None = None
    language: str | None = None
    seed: int | None = None

    def given(self) -> Given:
        """The parameters that are set."""
        return self.model_dump(include=set(Parameters.model_fields), exclude_none=True)


class Story(Parameters):
    """One folder of pages: one set of parameters, or one per economy of ``economies``.

    With ``economies`` (a group's name or ISO3 codes) the folder's name gets the economy's code in
    front, and ``{name}`` in title and sentence becomes the economy's name.
    """

    name: Name
    title: str
    sentence: str = ""
    economies: str | list[Iso3] | None = None

    @model_validator(mode="after")
    def _one_or_many(self) -> "Story":
        if self.economy and self.economies:
            raise ValueError("expected economy or economies, found both; leave one out")
        return self


class Pipeline(BaseModel):
    """Stories and the notebooks that each is told by; ``front`` becomes a story's index page."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: str
    out: Name
    notebooks: list[Name]
    front: Name
    defaults: Parameters = Parameters()
    stories: list[Story]

    @model_validator(mode="after")
    def _complete(self) -> "Pipeline":
        if self.front not in self.notebooks:
            raise ValueError(f"front: {suggest('notebook', self.front, self.notebooks)}")
        if not self.stories:
            raise ValueError("expected at least one [[stories]], found none")
        _once("notebooks", self.notebooks)
        return self


def _once(kind: str, names: Sequence[str]) -> None:
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise ValueError(f"{kind}: expected each name once, found {', '.join(twice)} again")


def load(path: Path) -> Pipeline:
    """The pipeline in a TOML file.

    Raises:
        InputError: no such file, not TOML, or keys and values that are not a pipeline's; one line
            for each, naming file and key.
    """
    if not path.is_file():
        raise InputError(suggest("pipeline", path, map(str, sorted(path.parent.glob("*.toml")))))
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")), where=str(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected TOML, found: {error}") from None


def parse(table: Mapping[str, Any], *, where: str) -> Pipeline:
    """The pipeline that a table describes; ``where`` is named in the `InputError` if it is none."""
    try:
        return Pipeline.model_validate(table)
    except ValidationError as error:
        raise InputError("\n".join(_lines(error, where))) from None


def _lines(error: ValidationError, where: str) -> list[str]:
    """One line for each key that is wrong."""
    lines = {}
    for wrong in error.errors(include_url=False):
        # Within a choice of types pydantic adds a step for each type, which no file holds.
        path = [part for part in wrong["loc"] if not re.search(r"\W|^(int|str)$", str(part))]
        above = tuple(path[:2]) if len(path) > 1 else ()
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        place = ", ".join(f"no. {part + 1}" if isinstance(part, int) else part for part in path)
        match wrong["type"]:
            case "extra_forbidden":
                model = Story if "stories" in above else Parameters if above else Pipeline
                said = suggest("key", key, model.model_fields)
            case "missing":
                said = "expected a value, found none; add it"
            case "value_error":
                said = str(wrong["ctx"]["error"])
            case _:
                wanted = wrong["msg"].removeprefix("Input should be ")
                said = f"expected {WANTED.get(key, wanted)}, found {wrong['input']!r}"
        # Of two faults of one key the later is the more particular one.
        lines[above, key] = f"{where}: {place}: {said}" if place else f"{where}: {said}"
    return list(lines.values())


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


@dataclass(frozen=True)
class Results:
    """What came of a run; ``page`` leads to all stories."""

    page: Path
    records: list[Record]

    @property
    def ok(self) -> bool:
        """Whether every notebook ran to its end."""
        return all(record.status == "ok" for record in self.records)

    def summary(self) -> str:
        """How many notebooks ran, and one line for each that did not."""
        failed = [record for record in self.records if record.status == "failed"]
        done = f"{len(self.records) - len(failed)} of {len(self.records)} notebooks done"
        lines = [f"{each.story}/{each.notebook}: {each.error}" for each in failed]
        return "\n".join([f"{done}: {self.page}", *lines])


def run(
    pipeline: Pipeline,
    *,
    out: Path,
    jobs: int = 2,
    progress: bool = True,
    resolve: Callable[[Given], Given],
    members: Members | None = None,
    notebooks: Path = NOTEBOOKS,
) -> Results:
    """Run a pipeline into a folder: a page per notebook, a landing page over all stories.

    Args:
        pipeline: what to run.
        out: the folder of the pages; a story of the same name in it is replaced.
        jobs: notebooks run at the same time.
        progress: whether a terminal shows a bar.
        resolve: turns a story's parameters into plain and checked ones, or raises `InputError`.
        members: needed for stories with ``economies``: turns a group's name, or ISO3 codes, into
            ISO3 code and name of each economy.
        notebooks: the folder of the notebooks.

    Raises:
        InputError: before any notebook runs: a wrong parameter, a notebook that is not there or
            asks for other parameters, or a folder that cannot be written or is in use.
    """
    if jobs < 1:
        raise InputError(f"jobs: expected 1 or more, found {jobs}")
    told = _told(pipeline, resolve, members)
    asked = {name: _asked(notebooks / f"{name}.ipynb") for name in pipeline.notebooks}
    _check_parameters(told, asked)
    # Workers have folders of their own, so nothing may be relative to this one.
    notebooks, out = notebooks.absolute(), out.absolute()
    planned = [
        _job(
            pipeline,
            story,
            {name: given[name] for name in given if name in asked[notebook]},
            notebooks / f"{notebook}.ipynb",
            out,
        )
        for story, given in told
        for notebook in pipeline.notebooks
    ]
    with _alone_in(out), tempfile.TemporaryDirectory(prefix="rankings-") as scratch:
        records = _run_all(planned, jobs, progress, scratch)
        return Results(_landing(pipeline, told, planned, records, out), records)


def _told(
    pipeline: Pipeline, resolve: Callable[[Given], Given], members: Members | None
) -> list[tuple[Story, Given]]:
    """Every story with its resolved parameters, one per economy."""
    told = []
    for story in chain.from_iterable(_expanded(each, members) for each in pipeline.stories):
        try:
            told.append((story, resolve(pipeline.defaults.given() | story.given())))
        except InputError as error:
            raise InputError(f"{story.name}: {error}") from None
    try:
        _once("stories", [story.name for story, _given in told])
    except ValueError as error:
        raise InputError(str(error)) from None
    return told


def _expanded(story: Story, members: Members | None) -> Iterator[Story]:
    if story.economies is None:
        yield story
        return
    if members is None:
        raise InputError(f"{story.name}: economies cannot be looked up here; give one economy")
    for iso3, name in members(story.economies).items():
        own = {
            "name": f"{iso3.lower()}-{story.name}",
            "title": story.title.replace("{name}", name),
            "sentence": story.sentence.replace("{name}", name),
            "economy": iso3,
            "economies": None,
        }
        yield Story.model_validate(story.model_dump() | own)


def _papermill() -> Any:
    with export.quick_imports():
        import papermill
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    return papermill


def _asked(notebook: Path) -> set[str]:
    """Names in a notebook's parameters cell."""
    if not notebook.is_file():
        known = sorted(path.stem for path in notebook.parent.glob("*.ipynb"))
        raise InputError(f"{notebook.parent}: {suggest('notebook', notebook.stem, known)}")
    papermill = _papermill()
    try:
        node = papermill.iorw.load_notebook_node(str(notebook))
    except Exception as error:
        raise InputError(f"{notebook}: expected a notebook, found: {_one_line(error)}") from None
    node.metadata["kernelspec"] = {"name": KERNEL, "language": "python", "display_name": KERNEL}
    names = set(papermill.inspect_notebook(node))
    if not names:
        raise InputError(f"{notebook}: expected a cell tagged 'parameters', found none; tag it")
    return names


def _check_parameters(told: list[tuple[Story, Given]], asked: Mapping[str, set[str]]) -> None:
    """Every notebook is given all it asks for, and nothing is given that none asks for."""
    known = set().union(*asked.values())
    for story, given in told:
        for notebook, names in asked.items():
            if missing := sorted(names - set(given)):
                raise InputError(
                    f"{story.name}: notebook {notebook} asks for {', '.join(missing)}, which the "
                    "pipeline does not give; add it, or take it out of the parameters cell"
                )
        if unknown := sorted(set(given) - known):
            raise InputError(f"{story.name}: {suggest('parameter', unknown[0], sorted(known))}")


def _job(pipeline: Pipeline, story: Story, given: Given, source: Path, out: Path) -> Job:
    language = given.get("language", messages.SOURCE_LANGUAGE)
    files = {name: f"{name}.html" for name in pipeline.notebooks} | {pipeline.front: "index.html"}
    inner = sorted(files, key=lambda name: name != pipeline.front)
    with messages.speaking(language):
        pages = [(_label(name), files[name]) for name in inner]
        if len(pipeline.stories) > 1 or pipeline.stories[0].economies:
            pages.insert(0, (messages._("All reports"), "../index.html"))
    return Job(
        story=story.name,
        notebook=source.stem,
        title=story.title,
        source=source,
        folder=_building(out / story.name),
        pages=tuple(pages),
        page=files[source.stem],
        parameters=given,
    )


def _label(notebook: str) -> str:
    """What a notebook is called in the navigation: "20-who-moved" is "Who moved"."""
    words = re.sub(r"^\d+-", "", notebook).replace("-", " ")
    return messages._(words[:1].upper() + words[1:])


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Hold the output folder; the lock falls with the process, so it is never stale."""
    import fcntl

    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise InputError(
            f"{out}: expected a folder that can be written, found: {error.strerror}; "
            "choose another folder"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise InputError(
                f"{out}: in use by process {file.read().strip() or 'unknown'}; "
                "wait for it, or choose another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _building(place: Path) -> Path:
    return place.with_name(f".{place.name}.building")


def _retired(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _publish(place: Path) -> None:
    """Put a finished story in place of the one before."""
    if place.exists():
        place.rename(_retired(place))
    _building(place).rename(place)
    shutil.rmtree(_retired(place), ignore_errors=True)


def _tidy(place: Path) -> None:
    """Remove what a broken-off run left of a story; a finished one it had moved comes back."""
    if _retired(place).exists() and not place.exists():
        _retired(place).rename(place)
    for left in (_building(place), _retired(place)):
        shutil.rmtree(left, ignore_errors=True)


def _run_all(planned: Sequence[Job], jobs: int, progress: bool, scratch: str) -> list[Record]:
    """Run every job and put each story in place as soon as its last notebook is done."""
    places = {job.story: job.folder.parent / job.story for job in planned}
    for place in places.values():
        _tidy(place)
    open_jobs = Counter(job.story for job in planned)
    records = []
    try:
        with tqdm(total=len(planned), unit=" notebooks", disable=None if progress else True) as bar:
            for record in _records(planned, jobs, scratch, bar):
                records.append(record)
                bar.update()
                open_jobs[record.story] -= 1
                if not open_jobs[record.story]:
                    _publish(places[record.story])
    finally:
        for place in places.values():
            _tidy(place)
    order = {(job.story, job.notebook): number for number, job in enumerate(planned)}
    return sorted(records, key=lambda record: order[record.story, record.notebook])


def _records(planned: Sequence[Job], jobs: int, scratch: str, bar: "tqdm[Any]") -> Iterator[Record]:
    """The record of each job as it ends, so many at a time, in processes that are kept."""
    waiting = deque(planned)
    running: dict[Future[Record], Job] = {}
    with ExitStack() as stack:
        pool = stack.enter_context(_workers(jobs, scratch))
        while waiting or running:
            while waiting and len(running) < jobs:
                try:
                    future = pool.submit(work, waiting[0])
                except BrokenProcessPool:
                    pool = stack.enter_context(_workers(jobs, scratch))
                    continue
                running[future] = waiting.popleft()
            bar.set_postfix_str(
                ", ".join(f"{job.story}/{job.notebook}" for job in running.values())
            )
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                if error := future.exception():
                    yield _failed(job, 0.0, f"the process that ran it ended: {_one_line(error)}")
                else:
                    yield future.result()


@contextmanager
def _workers(jobs: int, scratch: str) -> Iterator[ProcessPoolExecutor]:
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
            export.to_html(job.executed, job.folder / job.page, **job.frame)
    except Exception as raised:
        error = _one_line(raised)
    seconds = time.monotonic() - started
    if error:
        return _failed(job, seconds, error)
    return Record(job.story, job.notebook, seconds, "ok", answer=export.answer(job.executed))


def _failed(job: Job, seconds: float, error: str) -> Record:
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
                return f"cell [{len(begun)}]: {_one_line(error)}" if begun else _one_line(error)
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


def _one_line(error: BaseException) -> str:
    first = next(iter(str(error).strip().splitlines()), "")
    return first if isinstance(error, RankingsError) else f"{type(error).__name__}: {first}"


def _landing(
    pipeline: Pipeline,
    told: Sequence[tuple[Story, Given]],
    planned: Sequence[Job],
    records: Sequence[Record],
    out: Path,
) -> Path:
    """The page that leads to every story, each with its own sentence or the answer it gave."""
    fronts = [record for record in records if record.notebook == pipeline.front]
    answers = {front.story: front.answer or front.error for front in fronts}
    pages = {job.story: [page for page in job.pages if page[1][0] != "."] for job in planned}
    return export.index_page(
        out / "index.html",
        title=pipeline.title,
        language=pipeline.defaults.language or messages.SOURCE_LANGUAGE,
        stories=[
            export.Story(
                story.title,
                story.sentence or answers[story.name],
                [(title, f"{story.name}/{href}") for title, href in pages[story.name]],
            )
            for story, _given in told
        ],
    )
