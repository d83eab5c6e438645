"""Commands that ask: where does it stand, why, what would it take, and how good were forecasts?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from rankings import store, tables
from rankings.commands.shared import (
    as_lines,
    as_text,
    economy_code,
    numbers_set,
    records,
    say_strays,
    story_options,
)
from rankings.data import world
from rankings.errors import InputError
from rankings.language import messages
from rankings.panel import position
from rankings.panel.definitions import definition
from rankings.panel.measures import measures
from rankings.story import measured, question
from rankings.story.parameters import Parameters, read_parameters

if TYPE_CHECKING:
    from rankings.batch.run import Results


@click.command()
@click.argument("economy")
@story_options("as_of")
@click.option("--index", help="Only this index, as EGDI.")
@click.option("--measure", "name", help="Only this measure, as EGDI, TII, GCI or ICT.")
@click.option("--edition", type=int, help="Only this edition.")
@click.option("--all-editions", is_flag=True, help="Every edition known, not only the newest.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows.")
def show(
    economy: str,
    as_of: str,
    index: str | None,
    name: str | None,
    edition: int | None,
    all_editions: bool,
    as_json: bool,
) -> None:
    """Where ECONOMY (ISO3) stands in every index known at the end of a year."""
    held = world.load()
    economy = economy_code(economy)
    then = question.year(as_of, held)
    known = held.known(then)
    if name is not None:
        code = read_parameters({"measure": name}).measure
        rows = measured.rows_of(held, then, code)
        known = rows.loc[rows["component"] == measures()[code].component]
        _check_held(known, held, then, economy, code)
    every = all_editions or edition is not None
    rows = position.history(known, economy) if every else position.newest(known, economy)
    rows = position.only(rows, index=index, edition=edition)[position.COLUMNS]
    if as_json:
        click.echo(as_text(records(rows)))
    else:
        click.echo(as_lines(rows))


def _check_held(known: pd.DataFrame, held: world.World, then: int, economy: str, code: str) -> None:
    """`InputError` if a measure was not known then, or not of an economy."""
    if known.empty:
        raise InputError(
            "no edition of {index} was known at the end of {year}; the first was published "
            "in {first}",
            index=code,
            year=then,
            first=measured.first_published(held, code),
        )
    if economy not in set(known["iso3"]):
        raise InputError(
            "{economy} is in no edition of {index} known at the end of {year}",
            economy=economy,
            index=code,
            year=then,
        )


@click.command()
@story_options(*Parameters.model_fields)
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: build/NAME]")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--resume", is_flag=True, help="Run only what is missing, failed or changed.")
@click.option("--pdf", is_flag=True, help="Each page as a PDF beside it, too.")
def report(out: Path | None, jobs: int, resume: bool, pdf: bool, **given: Any) -> None:
    """The report of one economy and one deadline: every notebook as a page."""
    from rankings.batch import run as batches  # papermill takes a second to import

    say_strays()
    asked = question.resolve(given | {"economy": economy_code(given["economy"])})
    name = f"{asked['economy']}-{asked['as_of']}-{asked['target_year']}".lower()
    if asked["measure"] != Parameters.model_fields["measure"].default:
        name += f"-{asked['measure'].lower().replace(':', '-')}"
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
    fields = {
        **{"economy": named, "as_of": asked["as_of"], "year": asked["target_year"]},
        **{"band": asked["band"].replace(":", "-"), "measure": asked["measure"]},
    }
    with messages.speaking(asked["language"]):
        if asked["measure"] != Parameters.model_fields["measure"].default:
            return messages._(
                "{economy}, seen from {as_of}: {measure}, band {band} by {year}", **fields
            )
        return messages._("{economy}, seen from {as_of}: band {band} by {year}", **fields)


@click.command()
@click.argument("economy")
@story_options("as_of", "language", "seed")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object a target.")
def scorecard(economy: str, as_json: bool, **given: Any) -> None:
    """What became of every official target of ECONOMY, and what chance the open ones have."""
    from rankings.report import scorecard as words_of
    from rankings.story import scorecard as cards

    held = world.load()
    year = question.year(given["as_of"], held)
    # The deadline of the story itself is not asked about: an edition due after the year will do.
    asked = question.ask(economy_code(economy), target_year=year + 4, **given)
    if not as_json:
        click.echo(words_of.answer(asked).text)
        shown = words_of.table(asked)
        if isinstance(shown, tables.Table):
            click.echo(shown.plain())
        return
    rows = cards.scorecard(asked)
    why = rows["why_no_chance"].map(str, na_action="ignore")
    rows = rows.assign(why_no_chance=why)
    click.echo(as_text(records(rows)))


@click.command()
@click.argument("economy")
@click.option(
    "--set", "settings", multiple=True, metavar="LEVER=VALUE", help="As tii=0.85; again for more."
)
@story_options("as_of", "band", "target_year", "language", "seed", "measure")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; levers as a list.")
def whatif(economy: str, settings: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """What other sub-indices or drivers make of the score, rank and chance of ECONOMY (ISO3).

    Without --set: the levers there are, with their values now.
    """
    from rankings.report import whatif as asking

    wanted = numbers_set(settings, "tii=0.85")
    economy = economy_code(economy)
    asked = question.ask(economy, **given)
    if not wanted:
        shown = asking.levers_table(asked)
        rows = records(asking.levers(asked))
        click.echo(as_text(rows) if as_json else shown.plain())
        return
    answer = asking.what_if(asked, wanted)
    if not as_json:
        click.echo(answer.plain())
        return
    facts = {
        **{"economy": economy, "as_of": asked.as_of, "band": str(asked.band)},
        **{"target_year": asked.target_year, "measure": asked.measure},
        **{"index": asked.index.name, "edition": asked.edition},
        **{
            "model": answer.model,
            "seed": asked.seed,
            "settings": answer.settings,
            "points": answer.points,
        },
        "components": records(answer.components),
        "chances": records(answer.chances),
        **{"note": answer.note, "source": answer.source},
    }
    click.echo(as_text(facts))


@click.command()
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

    say_strays()
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


@click.command()
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
        click.echo(as_text(records(rows)))
        return
    click.echo(as_lines(backtesting.summary(rows), 3))
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
        click.echo(as_text(records(rows)))
        return
    click.echo(as_lines(record.summary(rows), 3))
    few = record.few_origins(rows)
    if few:
        click.echo(f"three origins or fewer: {', '.join(few)}")
    if not rows["real_time"].all():
        click.echo("real_time False: pseudo-real-time, series in today's vintage")


@click.command()
@click.option("--own", type=click.Path(path_type=Path), help="Folder of an index of your own.")
@click.option("--port", type=click.IntRange(1024, 65535), default=8866, show_default=True)
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@click.option("--token", help="Of the address  [default: a fresh one]")
def explore(own: Path | None, port: int, no_browser: bool, token: str | None) -> None:
    """Open the explorer in the browser: this machine only, until Ctrl-C."""
    from rankings.explorer import serve  # the widget takes a second to import

    if own is None:
        serve.serve(port, browser=not no_browser, token=token)
        return
    from rankings.explorer import own_desk

    serve.serve(port, browser=not no_browser, token=token, desk=own_desk.desk(own))


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object a number.")
def diff(before: Path, after: Path, as_json: bool) -> None:
    """What changed between the runs in the folders BEFORE and AFTER, by economy, and why."""
    from rankings.pages import differences

    rows = differences.differences(before, after)
    if as_json:
        click.echo(as_text(records(rows)))
    elif rows.empty:
        click.echo("no number differs")
    else:
        click.echo(as_lines(rows))
