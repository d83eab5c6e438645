"""Which notebooks are run for which economies, and what came of each?

A pipeline lists stories and notebooks. Every notebook runs in a kernel of its own; a story's
folder appears whole when its last notebook is done, and a notebook that fails takes no other down.
"""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from rankings import faults, store
from rankings.batch import fork_server, manifest
from rankings.batch.folders import alone_in, check_ownership, publish, tidy
from rankings.batch.pipelines import (
    Given,
    Members,
    Pipeline,
    Story,
    load,
    parse,
    spoken,
)
from rankings.batch.planning import Told, check_parameters, ground, plan_jobs, told_stories
from rankings.batch.worker import CELL_SECONDS, Job, Pool, Record, asked, failed, get_ready
from rankings.errors import InputError
from rankings.faults import interruptible
from rankings.language import messages
from rankings.pages import export

__all__ = [
    "CELL_SECONDS",
    "Pipeline",
    "Record",
    "Results",
    "Story",
    "load",
    "parse",
    "run",
]

# Of the notebooks that run now so many are named beside the bar.
NAMED = 3
# Fewer notebooks than this are done sooner than the warm process could have practised.
WORTH_PRACTICE = 6


class Runner(Protocol):
    """Runs jobs somewhere: `worker.Pool` here, `cluster.Cluster` elsewhere."""

    def records(
        self, planned: Sequence[Job], running: Callable[[list[Job]], object]
    ) -> Iterator[Record]:
        """The record of each job as it ends."""


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
        kept = sum(record.reused for record in self.records)
        done = f"{len(self.records) - len(failed)} of {len(self.records)} notebooks done"
        if kept:
            done += f" ({kept} stood as they were)"
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
    notebooks: Path | None = None,
    resume: bool = False,
    world: bool = False,
    limit: int = CELL_SECONDS,
    scheduler: str = "",
    pdf: bool = False,
    overview: Callable[[Mapping[str, str]], Any] | None = None,
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
        notebooks: the folder of the notebooks; the project's by default.
        resume: leave alone what an earlier run made of the same notebook, parameters, data and
            code, and run only the rest.
        world: whether these are stories of `rankings.story.question`: what they share is then
            computed once before, and their headline numbers are written.
        limit: seconds a cell may take.
        scheduler: address of a Dask scheduler, or "local" for a cluster made here; the notebooks
            are then run by its workers.
        pdf: whether each page becomes a PDF beside it, too.
        overview: makes the table of the landing page from why stories failed, by story; by default
            there is one where stories are told of several economies.

    Raises:
        InputError: before any notebook runs: a wrong parameter, a notebook that is not there or
            asks for other parameters, a folder that cannot be written, is in use or holds what no
            run made, no scheduler at the address; later: the folder can be written no more.
    """
    if jobs < 1:
        raise InputError(f"jobs: expected 1 or more, found {jobs}")
    if scheduler:
        from rankings.batch import cluster  # an optional extra

        cluster.check_address(scheduler)
    if pdf:
        from rankings.pages import pdf as pdfs  # loads the system's Pango

        pdfs.check()
    # Workers have folders of their own, so nothing may be relative to this one.
    store.settle()
    notebooks, out = (notebooks or store.notebooks_folder()).absolute(), out.absolute()
    with ExitStack() as stack:
        stack.enter_context(interruptible())
        lazy = _Warmth(stack, wanted=not scheduler)
        if not resume:
            lazy.start()  # they import while this process plans
            if not scheduler:
                get_ready()
        told = told_stories(pipeline, resolve, members)
        wanted = {name: asked(notebooks / f"{name}.ipynb") for name in pipeline.notebooks}
        check_parameters([(each.story, each.given) for each in told if not each.refused], wanted)
        planned = [
            replace(job, limit=limit)
            for each in told
            for job in plan_jobs(pipeline, each, wanted, notebooks, out)
        ]
        stack.enter_context(alone_in(out))
        scratch = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="rankings-", ignore_cleanup_errors=True)
        )
        try:
            this = _Run(pipeline, told, planned, out, world=world, resume=resume, pdf=pdf)
            this.table = overview
            if this.waiting:
                runner = _runner(this, lazy, jobs, scratch, scheduler, stack, progress)
                this.run(runner, progress)
            return this.finish(jobs if pdf else 0)
        except OSError as error:
            why, help_ = faults.cause(error)
            raise InputError(
                f"{error.filename or out}: {why}; what is done is kept: {help_}, "
                "then run again with --resume"
            ) from None


class _Warmth:
    """The run's warm process, started when it is known to be needed."""

    def __init__(self, stack: ExitStack, *, wanted: bool) -> None:
        self._stack, self._wanted = stack, wanted and fork_server.can_fork()
        self.held: fork_server.Lent | None = None

    def start(self) -> "fork_server.Lent | None":
        """The process, started at the first call if none was lent."""
        if self._wanted and self.held is None:
            self.held = self._stack.enter_context(fork_server.hold())
        return self.held


def _runner(
    this: "_Run",
    lazy: _Warmth,
    jobs: int,
    scratch: str,
    scheduler: str,
    stack: ExitStack,
    progress: bool,
) -> Runner:
    """Who runs the jobs that wait, with all they share computed before."""
    if scheduler:
        from rankings.batch import cluster  # an optional extra

        away = stack.enter_context(cluster.Cluster(scheduler, jobs))
        this.prepare()
        if progress:
            print(away.dashboard(), file=sys.stderr, flush=True)
        return away
    held = lazy.start()
    get_ready()
    firsts = this.prepare()
    if held is not None and firsts and len(this.waiting) >= WORTH_PRACTICE:
        fronts = (job.source for job in this.planned if job.notebook == this.pipeline.front)
        held.practise(firsts, next(fronts))
    pool = Pool(min(jobs, len(this.waiting)), scratch, held.address if held else "")
    pool.start()
    return pool


class _Run:
    """One run into one folder: what waits, what stands, what came."""

    def __init__(
        self,
        pipeline: Pipeline,
        told: Sequence[Told],
        planned: Sequence[Job],
        out: Path,
        *,
        world: bool,
        resume: bool,
        pdf: bool,
    ) -> None:
        self.pipeline, self.told, self.planned, self.out = pipeline, told, planned, out
        self.world = world
        self.table: Callable[[Mapping[str, str]], Any] | None = None
        self.ledger = manifest.Ledger(out)
        self.records: dict[tuple[str, str], Record] = {}
        self.entries: dict[str, dict[str, dict[str, Any]]] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.waiting: list[Job] = []
        self._book: Any = None
        printed = [f"{job.story}/{_pdf_name(job)}" for job in planned if pdf]
        stories = [each.story.name for each in told]
        check_ownership(out, [*manifest.BESIDE, *printed], stories, self.ledger.listed)
        self._tidy()
        for story, ours in _by_story(planned).items():
            self._plan(story, ours, resume)

    def _tidy(self) -> None:
        for each in self.told:
            tidy(self.out / each.story.name, self.ledger.listed.get(each.story.name, ()))

    def _plan(self, story: str, ours: Sequence[Job], resume: bool) -> None:
        """Sort one story's jobs: those that stand, those that cannot be, those that wait."""
        held = {
            job.notebook: entry
            for job in ours
            if resume and (entry := self.ledger.reusable(story, job.notebook, job.key))
        }
        self.entries[story] = dict(held)
        for job in ours:
            if entry := held.get(job.notebook):
                self.records[story, job.notebook] = Record(
                    story, job.notebook, 0.0, "ok", "", entry["answer"], reused=True
                )
            else:
                self.waiting.append(job)
        if len(held) == len(ours):
            self.ledger.keep(story, self.entries[story])
            self.rows |= {story: row} if (row := _row_of(held)) else {}
        else:
            for name in manifest.made(held):
                if not (self.out / story / name).is_file():
                    continue  # a PDF that is gone is printed again when asked for
                copy = ours[0].folder / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.out / story / name, copy)

    def prepare(self) -> list[Given]:
        """Compute what the stories that wait share; one story of each kind comes back."""
        if not self.world:
            return []
        names = {job.story for job in self.waiting}
        given = [e.given for e in self.told if e.story.name in names and not e.refused]
        return list(self.book.prepare(given))

    @property
    def book(self) -> Any:
        """The headline numbers."""
        if self._book is None:
            from rankings.pages import results

            self._book = results.Book()
        return self._book

    def run(self, runner: Runner, progress: bool) -> None:
        """Run what waits and put each story in place as soon as its last notebook is done."""
        left = Counter(job.story for job in self.waiting)
        jobs = {(job.story, job.notebook): job for job in self.waiting}
        given = {each.story.name: each.given for each in self.told}
        try:
            with tqdm(
                total=len(self.waiting), unit=" notebooks", disable=None if progress else True
            ) as bar:

                def running(now: list[Job]) -> None:
                    bar.set_postfix_str(self._now(now))

                refused = (failed(job, 0.0, job.refused) for job in self.waiting if job.refused)
                ready = [job for job in self.waiting if not job.refused]
                for record in chain(refused, runner.records(ready, running)):
                    if record.stops:
                        raise OSError(record.stops, record.error, record.where or str(self.out))
                    self._note(jobs[record.story, record.notebook], record)
                    bar.update()
                    left[record.story] -= 1
                    if not left[record.story]:
                        self._publish(record.story, given[record.story])
        finally:
            self._tidy()

    def _now(self, running: Sequence[Job]) -> str:
        """How many have failed so far, and what runs: "1 failed, running lao/90-report"."""
        failed = sum(record.status == "failed" for record in self.records.values())
        names = [f"{job.story}/{job.notebook}" for job in running[:NAMED]]
        more = [f"{len(running) - NAMED} more"] if len(running) > NAMED else []
        parts = [f"{failed} failed"] if failed else []
        return ", ".join([*parts, *(["running " + ", ".join([*names, *more])] if names else [])])

    def _note(self, job: Job, record: Record) -> None:
        self.records[record.story, record.notebook] = record
        made = [job.folder / job.page, job.executed]
        self.entries[record.story][record.notebook] = {
            "key": job.key,
            "status": record.status,
            "error": record.error,
            "answer": record.answer,
            "files": {
                path.relative_to(job.folder).as_posix(): manifest.file_digest(path)
                for path in made
                if path.is_file()
            },
        }

    def _publish(self, story: str, given: Given) -> None:
        """Put a whole story in place, and its numbers in the book."""
        entries = self.entries[story]
        well = any(entry["status"] == "ok" for entry in entries.values())
        if self.world and well and (row := self.book.row(given)):
            self.rows[story] = row
            for entry in entries.values():
                entry["row"] = row
        self.ledger.add(story, {job: entries[job] for job in self.pipeline.notebooks})
        publish(self.out / story, self.ledger.listed[story])

    def _print(self, jobs: int) -> None:
        """Write each page as a PDF beside it, but for those that have theirs."""
        from rankings.pages import pdf

        due: list[tuple[Path, Path]] = []
        for story, ours in _by_story(self.planned).items():
            entries, before = self.entries[story], len(due)
            for job in ours:
                page = self.out / story / job.page
                made = page.with_name(_pdf_name(job))
                digest = manifest.file_digest(page)
                held = entries[job.notebook].get("pdf") or {}
                whole = held.get("page") == digest and held.get("made")
                if whole and manifest.file_digest(made) == held["made"]:
                    continue
                entries[job.notebook]["pdf"] = {"file": made.name, "page": digest, "made": ""}
                due.append((page, made))
            if len(due) > before:
                # Listed before it is there: a run killed now leaves nothing that is nobody's.
                self.ledger.add(story, entries)
        pdf.print_pages(due, jobs)
        for entries in self.entries.values():
            for entry in entries.values():
                held = entry.get("pdf")
                if held and not held["made"]:
                    story = next(name for name, each in self.entries.items() if each is entries)
                    held["made"] = manifest.file_digest(self.out / story / held["file"])

    def finish(self, printing: int = 0) -> Results:
        """Write what leads to all stories, and their PDFs, so many at a time."""
        if printing:
            self._print(printing)
        order = [each.story.name for each in self.told]
        rows = {name: self.rows[name] for name in order if name in self.rows}
        if self.world:
            from rankings.pages import results

            results.write(self.out, rows)
        page = self._landing(rows)
        data, code = ground()
        self.ledger.close({"data": data, "code": code})
        keys = [(job.story, job.notebook) for job in self.planned]
        return Results(page, [self.records[key] for key in keys])

    def _landing(self, rows: Mapping[str, Mapping[str, Any]]) -> Path:
        """The page that leads to every story, each with its own sentence or the answer it gave."""
        fronts = {s: r for (s, n), r in self.records.items() if n == self.pipeline.front}
        pages = {
            job.story: [page for page in job.pages if page[1][0] != "."] for job in self.planned
        }
        language = self.pipeline.defaults.language or messages.SOURCE_LANGUAGE
        stories = [
            export.Story(
                each.story.title,
                each.story.sentence
                or fronts[each.story.name].answer
                or fronts[each.story.name].error,
                [(title, f"{each.story.name}/{href}") for title, href in pages[each.story.name]],
                _other(each.story.own_language, language),
            )
            for each in self.told
        ]
        return export.index_page(
            self.out / "index.html",
            title=spoken(self.pipeline.title, language),
            language=language,
            stories=stories,
            overview=self._overview(rows),
            beside=self._beside(rows, language),
        )

    def _beside(
        self, rows: Mapping[str, Mapping[str, Any]], language: str
    ) -> list[tuple[str, str]]:
        """Title and address of the page of forecasts, where stories are told of economies."""
        if not rows:
            return []
        from rankings.pages import forecasts

        page = forecasts.write_page(self.out, {row["economy"] for row in rows.values()}, language)
        return [(forecasts.title(language), page.name)]

    def _overview(self, rows: Mapping[str, Mapping[str, Any]]) -> Any:
        """The table and the map of a run over many economies, or the run's own; None for others."""
        failed = {s: r.error for (s, _n), r in self.records.items() if r.status == "failed"}
        if self.table is not None:
            return self.table(failed)
        if len({row["economy"] for row in rows.values()}) < FEWEST_ECONOMIES:
            return None
        from rankings.pages import overview

        titles = {each.story.name: each.story.title for each in self.told}
        language = self.pipeline.defaults.language or messages.SOURCE_LANGUAGE
        return overview.overview(rows, failed=failed, titles=titles, language=language)


def _pdf_name(job: Job) -> str:
    return str(Path(job.page).with_suffix(".pdf"))


# From so many economies on the landing page is a table and a map.
FEWEST_ECONOMIES = 3


def _other(language: str | None, usual: str) -> str:
    """The language, if it is another than the usual one."""
    return "" if language in (None, usual) else str(language)


def _by_story(planned: Iterable[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in planned:
        found.setdefault(job.story, []).append(job)
    return found


def _row_of(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The headline numbers kept with a story's notebooks."""
    return next((dict(entry["row"]) for entry in entries.values() if entry.get("row")), None)
