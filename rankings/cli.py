"""The command line: what a person or a script says to the package."""

import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click
import pandas as pd

from rankings import cli_desk, faults, store
from rankings.data import build as building
from rankings.data import own_store, resolve, world
from rankings.errors import InputError, RankingsError
from rankings.faults import interruptible
from rankings.language import messages
from rankings.panel import names, position
from rankings.panel.definitions import definition
from rankings.panel.economies import check_economy
from rankings.story import question
from rankings.story.parameters import Parameters, read_parameters, short_name

if TYPE_CHECKING:
    from rankings.batch.run import Results
    from rankings.data.desk import Opened
    from rankings.data.fetch import Fetched


class _Group(click.Group):
    """Whatever stops a command is told here, once, in one line; a traceback is a fault of ours.

    Exit code 2 for a refusal of what was asked, 1 for a fault of the machine, 130 for Ctrl-C.
    """

    def main(self, *args: Any, **options: Any) -> Any:
        faults.prepare_streams()
        code = 0
        try:
            super().main(*args, **options)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.exit(faults.close_streams(code))

    def invoke(self, ctx: click.Context) -> object:
        try:
            store.settle()
            with interruptible():
                return super().invoke(ctx)
        except RankingsError as refusal:
            click.echo(f"rankings: {refusal}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("rankings: interrupted", err=True)
            sys.exit(130)
        except MemoryError:
            click.echo("rankings: no memory is left; close other programs", err=True)
            sys.exit(1)
        except OSError as error:
            if not faults.is_gone(error):
                click.echo(f"rankings: {faults.told(error)}", err=True)
            sys.exit(1)


def _say_strays() -> None:
    """Name the files that look like the project's and are read by nobody."""
    if left := store.strays():
        named = ", ".join(str(path) for path in left[:5]) + (", ..." if len(left) > 5 else "")
        click.echo(
            f"left alone, as it is not called like a file of this project: {named}", err=True
        )


def _json(facts: object) -> str:
    """JSON that the output can take: plain ASCII where it has not every letter."""
    return json.dumps(facts, indent=1, ensure_ascii=not faults.is_unicode(sys.stdout))


def _economy(given: str) -> str:
    """The ISO3 code of an economy; how it was understood is said where it was not a code."""
    held = world.load().economies
    iso3 = check_economy(held, given)
    if iso3 != given.strip():
        click.echo(f"{given.strip()}: {iso3}, {names.book(held).names[iso3]}", err=True)
    return iso3


Command = TypeVar("Command", bound=Callable[..., object])


def story_options(*names: str) -> Callable[[Command], Command]:
    """The options for these parameters of a story: name, default and help as `Parameters` has them.

    Values stay text here: `Parameters` is what reads them.
    """

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            field = Parameters.model_fields[name]
            option = f"--{short_name(name).replace('_', '-')}"
            command = click.option(
                option, name, default=str(field.default), show_default=True, help=field.description
            )(command)
        return command

    return decorate


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ict-rankings")
def main() -> None:
    """Where a country stands in the world's ICT rankings, why, and what its target takes."""


for _each in cli_desk.COMMANDS:
    main.add_command(_each)


@main.command()
@click.option("--force", is_flag=True, help="Build even if the tables are those of data/raw.")
def build(force: bool) -> None:
    """Make data/processed from data/raw."""
    _say_strays()
    if store.is_fresh() and not force:
        click.echo("data/processed is built from data/raw as it is now")
        return
    manifest = building.build()
    tables = manifest["tables"]
    assert isinstance(tables, dict)
    rows = sum(int(table["rows"]) for table in tables.values())
    click.echo(f"built {len(tables)} tables with {rows:,} rows in data/processed")


@main.command()
@click.argument("economy")
@story_options("as_of")
@click.option("--index", help="Only this index, as EGDI.")
@click.option("--edition", type=int, help="Only this edition.")
@click.option("--all-editions", is_flag=True, help="Every edition known, not only the newest.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows.")
def show(
    economy: str,
    as_of: str,
    index: str | None,
    edition: int | None,
    all_editions: bool,
    as_json: bool,
) -> None:
    """Where ECONOMY (ISO3) stands in every index known at the end of a year."""
    held = world.load()
    economy = _economy(economy)
    known = held.known(question.year(as_of, held))
    every = all_editions or edition is not None
    rows = position.history(known, economy) if every else position.newest(known, economy)
    rows = position.only(rows, index=index, edition=edition)[position.COLUMNS]
    if as_json:
        click.echo(_json(_records(rows)))
    else:
        click.echo(rows.to_string(index=False, na_rep="-"))


def _records(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows as plain values: missing cells are null, whole numbers are integers."""
    return [
        {
            key: None if pd.isna(cell) else getattr(cell, "item", lambda c=cell: c)()
            for key, cell in row.items()
        }
        for row in rows.to_dict("records")
    ]


@main.command()
@story_options(*Parameters.model_fields)
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: build/NAME]")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--resume", is_flag=True, help="Run only what is missing, failed or changed.")
@click.option("--pdf", is_flag=True, help="Each page as a PDF beside it, too.")
def report(out: Path | None, jobs: int, resume: bool, pdf: bool, **given: Any) -> None:
    """The report of one economy and one deadline: every notebook as a page."""
    from rankings.batch import run as batches  # papermill takes a second to import

    _say_strays()
    asked = question.resolve(given | {"economy": _economy(given["economy"])})
    name = f"{asked['economy']}-{asked['as_of']}-{asked['target_year']}".lower()
    plan = batches.parse(
        {
            "title": _title(asked),
            "out": name,
            "notebooks": [path.stem for path in store.question_notebooks()],
            "front": "90-report",
            "stories": [{"name": name, "title": _title(asked)} | asked],
        },
        where="report",
    )
    folder = out or store.root() / "build" / name
    results = batches.run(
        plan,
        out=folder,
        jobs=jobs,
        resolve=question.resolve,
        resume=resume,
        world=True,
        pdf=pdf,
    )
    _finish(results)


def _title(asked: dict[str, Any]) -> str:
    named = world.load().name(asked["economy"], asked["language"])
    with messages.speaking(asked["language"]):
        return messages._(
            "{economy}, seen from {as_of}: band {band} by {year}",
            economy=named,
            as_of=asked["as_of"],
            band=asked["band"].replace(":", "-"),
            year=asked["target_year"],
        )


@main.command()
@click.argument("economy")
@click.option(
    "--set", "settings", multiple=True, metavar="LEVER=VALUE", help="As tii=0.85; again for more."
)
@story_options("as_of", "band", "target_year", "language", "seed")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; levers as a list.")
def whatif(economy: str, settings: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """What other sub-indices or drivers make of the score, rank and chance of ECONOMY (ISO3).

    Without --set: the levers there are, with their values now.
    """
    from rankings.report import whatif as asking

    wanted = _settings(settings)
    economy = _economy(economy)
    asked = question.ask(economy, **given)
    if not wanted:
        shown = asking.levers_table(asked)
        rows = _records(asking.levers(asked))
        click.echo(_json(rows) if as_json else shown.plain())
        return
    answer = asking.what_if(asked, wanted)
    if not as_json:
        click.echo(answer.plain())
        return
    facts = {
        **{"economy": economy, "as_of": asked.as_of, "band": str(asked.band)},
        **{"target_year": asked.target_year, "index": asked.index.name, "edition": asked.edition},
        **{
            "model": answer.model,
            "seed": asked.seed,
            "settings": answer.settings,
            "points": answer.points,
        },
        "components": _records(answer.components),
        "chances": _records(answer.chances),
        **{"note": answer.note, "source": answer.source},
    }
    click.echo(_json(facts))


def _settings(given: Sequence[str]) -> dict[str, float]:
    """Levers and values from words as "tii=0.85"."""
    found: dict[str, float] = {}
    for word in given:
        name, _, value = word.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise InputError(
                f"--set takes a lever and a number, as tii=0.85, not {word!r}"
            ) from None
        if name in found:
            raise InputError(f"{name} is set twice: {found[name]:g} and {number:g}")
        found[name] = number
    return found


@main.command()
@click.argument("pipeline", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: build/NAME]")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--resume", is_flag=True, help="Run only what is missing, failed or changed.")
@click.option("--limit", type=click.IntRange(1), help="Seconds a cell may take  [default: 300]")
@click.option("--language", help="Of stories that name none  [default: as in the file]")
@click.option(
    "--scheduler", default="", help="Run on a Dask cluster, as tcp://host:8786, or local."
)
@click.option("--pdf", is_flag=True, help="Each page as a PDF beside it, too.")
def batch(
    pipeline: Path,
    out: Path | None,
    jobs: int,
    resume: bool,
    limit: int | None,
    language: str | None,
    scheduler: str,
    pdf: bool,
) -> None:
    """Run the notebooks a PIPELINE file names, for each of its stories."""
    from rankings.batch import run as batches

    _say_strays()
    plan = batches.load(pipeline).speaking(language)
    folder = out or store.root() / "build" / plan.out
    results = batches.run(
        plan,
        out=folder,
        jobs=jobs,
        resolve=question.resolve,
        members=question.members,
        resume=resume,
        world=True,
        limit=limit or batches.CELL_SECONDS,
        scheduler=scheduler,
        pdf=pdf,
    )
    _finish(results)


def _finish(results: "Results") -> None:
    """Say where the report is; exit code 1 if a notebook failed."""
    click.echo(results.summary())
    if not results.ok:
        sys.exit(1)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the files' word against what is held.")
@click.option("--published", type=int, help="Year the new editions came out  [default: edition]")
@click.option("--released", help="Date of series whose file has none, as 2026-08 or 2026-08-20.")
@click.option("--dry-run", is_flag=True, help="Say what is new or differs, change nothing.")
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Say what values, ranks and headline numbers would become, change nothing.",
)
@click.option("--economy", default="VNM", show_default=True, help="Whose numbers --explain shows.")
def ingest(files: tuple[Path, ...], explained: bool, economy: str, **given: Any) -> None:
    """Add publishers' FILES to the own store: recognised, checked, compared, then taken.

    A folder or a zip of many files is taken file by file: what is refused hinders no other.
    """
    from rankings.data import desk

    found = desk.expand(files)
    if explained:
        _explain(found, economy, given["published"], given["released"])
    elif len(found) == 1 and files[0].is_file():
        _ingest(files, **given)
    else:
        _ingest_many(found, **given)


def _explain(
    found: list[tuple[str, "Opened"]], economy: str, published: int | None, released: str | None
) -> None:
    from rankings.data import desk
    from rankings.pages import explain as explaining

    deliveries = []
    for _, read in desk.read_all(found):
        if isinstance(read, RankingsError):
            raise read
        deliveries.append(read)
    check_economy(world.load().economies, economy)
    for line in explaining.explain(
        deliveries, economy=economy, published=published, released=released
    ):
        click.echo(line)


def _ingest_many(
    found: list[tuple[str, "Opened"]],
    *,
    replace: bool,
    published: int | None,
    released: str | None,
    dry_run: bool,
) -> None:
    """Many files: progress, then a table of what became of each; exit code 2 if one is refused."""
    from tqdm import tqdm

    from rankings.data import desk

    with tqdm(total=len(found), unit="file", file=sys.stderr, disable=None) as bar:
        read = []
        for each in desk.read_all(found, bar.set_description_str):
            read.append(each)
            bar.update()
    outcomes = desk.take(
        read, replace_held=replace, published=published, released=released, dry_run=dry_run
    )
    for line in desk.table(outcomes):
        click.echo(line)
    if any(each.refused for each in outcomes):
        sys.exit(2)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listed", is_flag=True, help="What can be fetched; so without a NAME.")
@click.option("--refresh", is_flag=True, help="Ask the publisher even if the file is held.")
@click.option("--keep-only", is_flag=True, help="Keep the file, do not ingest it.")
def fetch(names: tuple[str, ...], listed: bool, refresh: bool, keep_only: bool) -> None:
    """Get files from their publishers into the own store, checked, then ingest them."""
    from rankings.data import fetch as fetching  # requests and pooch take a moment to import

    if listed or not names:
        for entry in fetching.catalogue():
            how = f"by hand: {entry.where}" if entry.where else entry.address
            live = "" if entry.where or entry.verified_live else "  [not verified live]"
            click.echo(f"{entry.name}{live}\n    {entry.title} ({entry.publisher})\n    {how}")
        return
    folder = store.own_folder()
    if folder is None:
        raise InputError("RANKINGS_STORE is set empty: there is no own store to fetch into")
    refused = False
    for name in names:
        try:
            got = fetching.fetch(name, folder=folder, refresh=refresh)
            click.echo(_fetched(got))
            if not keep_only:
                _ingest([got.path])
        except RankingsError as refusal:  # the other names are still fetched
            click.echo(f"rankings: {refusal}", err=True)
            refused = True
    if refused:
        sys.exit(2)


def _fetched(got: "Fetched") -> str:
    """One line on a fetched file."""
    notes = [
        "held already" if got.from_cache else "",
        "content changed" if got.changed else "",
        f"the file before is {got.kept.name}" if got.kept else "",
        "" if got.verified_live else "not verified live",
    ]
    return "  ".join([str(got.path), got.sha256[:12], ", ".join(filter(None, notes))])


def _ingest(
    files: Sequence[Path],
    *,
    replace: bool = False,
    published: int | None = None,
    released: str | None = None,
    dry_run: bool = False,
) -> None:
    from rankings.data import ingest as ingesting

    wanted = ingesting.plan(files, released=released)
    for line in wanted.lines():
        click.echo(line)
    if dry_run:
        return
    records = ingesting.carry_out(wanted, replace=replace, published=published, released=released)
    usage = world.load().usage
    for record in records:
        click.echo(f"added {record.name}")
        for line in resolve.lines(usage, record.name):
            click.echo(f"    {line}")
    if not records:
        click.echo("nothing new: all of it is held already")


@main.command()
@click.argument("names", nargs=-1)
def withdraw(names: tuple[str, ...]) -> None:
    """Take added files out again by their NAMES; without any, list what was added."""
    before = world.load().usage if names else None
    for name in names:
        own_store.withdraw(name)
        click.echo(f"withdrew {name}")
    usage = world.load().usage
    if before is not None:
        for line in _in_their_place(before, usage, names):
            click.echo(f"    {line}")
        return
    for record in own_store.records():
        click.echo(f"{record.name}  {record.file}  added {record.added}")
        for line in resolve.lines(usage, record.name):
            click.echo(f"    {line}")


def _in_their_place(before: pd.DataFrame, now: pd.DataFrame, gone: Sequence[str]) -> list[str]:
    """What counts now of that which the deliveries that are gone told of."""
    told = set(before.loc[before["delivery"].isin(gone), "what"])
    left = now.loc[now["what"].isin(told) & (now["used"] > 0)]
    lines = [f"{row['delivery']}: {resolve.describe(row)}" for row in left.to_dict("records")]
    for what in sorted(told - set(now["what"])):
        shipped = before.loc[(before["what"] == what) & (before["delivery"] == own_store.SHIPPED)]
        lines.append(f"{what}: {'as shipped' if len(shipped) else 'no longer held'}")
    return lines


@main.command()
@click.option("--index", default="egdi", show_default=True, help="Which index.")
@click.option("--measure", "name", help="Which measure, as EGDI, TII, IDI or GCI.")
@story_options("as_of", "seed")
@click.option("--quick", is_flag=True, help="Leave the slow models of single economies out.")
@click.option("--slow", is_flag=True, help="With --measure: the slow models, too.")
@click.option("--since", type=int, help="First origin  [default: 2012 for the EGDI and its parts]")
@click.option("--json", "as_json", is_flag=True, help="JSON rows.")
def backtest(
    index: str,
    name: str | None,
    as_of: str,
    seed: str,
    quick: bool,
    slow: bool,
    since: int | None,
    as_json: bool,
) -> None:
    """How good forecasts of ranks were before: rolling origins, every model."""
    if name is not None:
        whole = read_parameters({"seed": seed}).seed
        _measure_record(name, as_of, whole, slow, since, as_json)
        return
    since = 2012 if since is None else since
    from rankings.forecasts import backtest as backtesting
    from rankings.forecasts import registry

    held = world.load()
    then = question.year(as_of, held)
    found = backtesting.record(
        held.known(then),
        definition(index.upper()),
        read_parameters({"seed": seed}).seed,
        figures=held.figures(then),
        key=(held.fingerprint, then),
        models=registry.QUICK if quick else registry.MODELS,
        draws=2000,
    )
    rows = found.loc[found["origin"] >= since]
    if rows.empty:
        raise InputError(
            f"no origin from {since} on has an outcome; origins: "
            f"{', '.join(str(each) for each in sorted(found['origin'].unique()))}"
        )
    if as_json:
        click.echo(_json(_records(rows)))
        return
    click.echo(backtesting.summary(rows).round(3).to_string(index=False, na_rep="-"))
    if rows["todays_figures"].any():
        click.echo("todays_figures: pseudo-real-time, series in today's vintage")


def _measure_record(
    name: str, as_of: str, seed: int, slow: bool, since: int | None, as_json: bool
) -> None:
    """The record of one measure: rows, or means over origins with how many there are."""
    from rankings.forecasts import record

    held = world.load()
    rows = record.record(held, name, question.year(as_of, held), seed, slow=slow)
    rows = record.since(rows, record.first_origin(name) if since is None else since)
    if as_json:
        click.echo(_json(_records(rows)))
        return
    click.echo(record.summary(rows).round(3).to_string(index=False, na_rep="-"))
    few = record.few_origins(rows)
    if few:
        click.echo(f"three origins or fewer: {', '.join(few)}")
    if not rows["real_time"].all():
        click.echo("real_time False: pseudo-real-time, series in today's vintage")


@main.command()
@click.argument("what", type=click.Choice(["engine", "batch", "explorer"]), default="engine")
@click.option("--json", "as_json", is_flag=True, help="JSON records.")
@click.option("--economies", type=click.IntRange(1, 193), help="batch: how many  [default: 8, 24]")
def bench(what: str, as_json: bool, economies: int | None) -> None:
    """Time the heavy computations, many reports, or the explorer, against the naive way."""
    timing = _beside_the_package(f"benchmarks.{what}")
    if what == "batch":
        timing.main(as_json, [economies] if economies else timing.SIZES)
    else:
        timing.main(as_json)


def _beside_the_package(module: str) -> ModuleType:
    """A module of ``benchmarks`` or ``tools``: they lie in the clone and are not installed.

    Raises:
        InputError: this is no clone of the repository.
    """
    folder = store.root()
    if not (folder / f"{module.replace('.', '/')}.py").is_file():
        raise InputError(f"{module.split('.')[0]} is not in {folder}: only a clone has it")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return import_module(module)


@main.command()
@click.option("--all", "every", is_flag=True, help="List every known exception.")
def check(every: bool) -> None:
    """What is held, from where, and whether it adds up; exit code 1 if it does not."""
    from rankings.data import audit as checking

    _say_strays()
    text, good = checking.page(world.load(), every=every)
    click.echo(text)
    if not good:
        sys.exit(1)


@main.command()
@click.argument("economy")
@click.argument("component")
@click.argument("edition", type=int)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object a vintage.")
def trace(economy: str, component: str, edition: int, as_json: bool) -> None:
    """Where a number comes from: ECONOMY COMPONENT EDITION, as in VNM tii 2018."""
    from rankings.data import provenance as tracing

    held = world.load()
    if as_json:
        found = tracing.facts(held, _economy(economy), component, edition)
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for lines in tracing.chain(held, _economy(economy), component, edition):
        click.echo("\n".join(lines) + "\n")


@main.command()
@click.argument("notebooks", nargs=-1, type=click.Path(path_type=Path))
def refresh(notebooks: tuple[Path, ...]) -> None:
    """Re-run committed NOTEBOOKS (all by default) with their default parameters, in place."""
    refreshing = _beside_the_package("tools.refresh")
    paths = list(notebooks) or store.ours(store.notebooks_folder(), ".ipynb", store.NOTEBOOK)
    for path in paths:
        refreshing.rerun(path)
        click.echo(f"refreshed {path.name}")
    if not paths:
        raise InputError("there are no notebooks to refresh")


@main.command()
@click.option("--stories", type=click.IntRange(1), default=40, show_default=True)
@click.option("--seed", type=int, default=2018, show_default=True, help="Of the drawing.")
@click.option("--since-story", type=click.IntRange(1), default=1, help="Leave those before out.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--year", "years", type=int, multiple=True, help="As-of year; again for more.")
def sweep(stories: int, seed: int, since_story: int, jobs: int, years: tuple[int, ...]) -> None:
    """Check stories drawn from all that may be asked, every page of them; exit code 1 if wrong."""
    sweeping = _beside_the_package("tools.sweep")
    if not sweeping.main(stories, seed, since_story, jobs, years):
        sys.exit(1)


@main.command()
@click.option("--port", type=click.IntRange(1024, 65535), default=8866, show_default=True)
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@click.option("--token", help="Of the address  [default: a fresh one]")
def explore(port: int, no_browser: bool, token: str | None) -> None:
    """Open the explorer in the browser: this machine only, until Ctrl-C."""
    from rankings.explorer import serve  # the widget takes a second to import

    serve.serve(port, browser=not no_browser, token=token)
