"""Which notebooks are run for which economies, and what came of each?

A pipeline lists stories and notebooks. Every notebook runs in a kernel of its own; a story's
folder appears whole when its last notebook is done, and a notebook that fails takes no other down.
"""

import re
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rankings import export, messages
from rankings.errors import InputError, suggest
from rankings.folders import alone_in, building, publish, tidy
from rankings.pipelines import Given, Members, Pipeline, Story, expanded, load, once, parse
from rankings.worker import FRONT, Job, Record, asked, failed, one_line, work, workers

__all__ = ["NOTEBOOKS", "Pipeline", "Record", "Results", "Story", "load", "parse", "run"]

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


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
    wanted = {name: asked(notebooks / f"{name}.ipynb") for name in pipeline.notebooks}
    _check_parameters(told, wanted)
    # Workers have folders of their own, so nothing may be relative to this one.
    notebooks, out = notebooks.absolute(), out.absolute()
    planned = [
        _job(
            pipeline,
            story,
            {name: given[name] for name in given if name in wanted[notebook]},
            notebooks / f"{notebook}.ipynb",
            out,
        )
        for story, given in told
        for notebook in pipeline.notebooks
    ]
    with alone_in(out), tempfile.TemporaryDirectory(prefix="rankings-") as scratch:
        records = _run_all(planned, jobs, progress, scratch)
        return Results(_landing(pipeline, told, planned, records, out), records)


def _told(
    pipeline: Pipeline, resolve: Callable[[Given], Given], members: Members | None
) -> list[tuple[Story, Given]]:
    """Every story with its resolved parameters, one per economy."""
    told = []
    for story in chain.from_iterable(expanded(each, members) for each in pipeline.stories):
        try:
            told.append((story, resolve(pipeline.defaults.given() | story.given())))
        except InputError as error:
            raise InputError(f"{story.name}: {error}") from None
    try:
        once("stories", [story.name for story, _given in told])
    except ValueError as error:
        raise InputError(str(error)) from None
    return told


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
    files = {name: f"{name}.html" for name in pipeline.notebooks} | {pipeline.front: FRONT}
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
        folder=building(out / story.name),
        pages=tuple(pages),
        page=files[source.stem],
        parameters=given,
    )


def _label(notebook: str) -> str:
    """What a notebook is called in the navigation: "20-who-moved" is "Who moved"."""
    words = re.sub(r"^\d+-", "", notebook).replace("-", " ")
    return messages._(words[:1].upper() + words[1:])


def _run_all(planned: Sequence[Job], jobs: int, progress: bool, scratch: str) -> list[Record]:
    """Run every job and put each story in place as soon as its last notebook is done."""
    places = {job.story: job.folder.parent / job.story for job in planned}
    for place in places.values():
        tidy(place)
    open_jobs = Counter(job.story for job in planned)
    records = []
    try:
        with tqdm(total=len(planned), unit=" notebooks", disable=None if progress else True) as bar:
            for record in _records(planned, jobs, scratch, bar):
                records.append(record)
                bar.update()
                open_jobs[record.story] -= 1
                if not open_jobs[record.story]:
                    publish(places[record.story])
    finally:
        for place in places.values():
            tidy(place)
    order = {(job.story, job.notebook): number for number, job in enumerate(planned)}
    return sorted(records, key=lambda record: order[record.story, record.notebook])


def _records(planned: Sequence[Job], jobs: int, scratch: str, bar: "tqdm[Any]") -> Iterator[Record]:
    """The record of each job as it ends, so many at a time, in processes that are kept."""
    waiting = deque(planned)
    running: dict[Future[Record], Job] = {}
    with ExitStack() as stack:
        pool = stack.enter_context(workers(jobs, scratch))
        while waiting or running:
            while waiting and len(running) < jobs:
                try:
                    future = pool.submit(work, waiting[0])
                except BrokenProcessPool:
                    pool = stack.enter_context(workers(jobs, scratch))
                    continue
                running[future] = waiting.popleft()
            bar.set_postfix_str(
                ", ".join(f"{job.story}/{job.notebook}" for job in running.values())
            )
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                if error := future.exception():
                    yield failed(job, 0.0, f"the process that ran it ended: {one_line(error)}")
                else:
                    yield future.result()


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
