"""The commands of an index of one's own: from a folder with a table to ranks and a report."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import pandas as pd

from rankings import store
from rankings.commands.shared import as_lines, as_text, numbers_set, records

if TYPE_CHECKING:
    from rankings.own.question import OwnStory

Command = TypeVar("Command", bound=Callable[..., object])


@click.group()
def own() -> None:
    """An index of your own: a folder with a table and what it is made of."""


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a commented example into FOLDER: it runs as it is."""
    from rankings.own import starter

    for path in starter.write_example(folder):
        click.echo(f"wrote {path}")
    click.echo(f"now: rankings own check {folder}, then rankings own run {folder}")


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """What is wrong with the table in FOLDER, and what it can support; exit code 2 if wrong."""
    from rankings.own import checks
    from rankings.own import folder as folders
    from rankings.own.index import results

    found = folders.read_folder(folders.find_folder(folder))
    for wrong in found.wrong:
        click.echo(f"rankings: {wrong}", err=True)
    if found.wrong or found.index is None:
        sys.exit(2)
    index = found.index
    for year in index.years:
        results(index, year)  # refuses what no score can be made of
    click.echo(f"{index.title}: {checks.shape(index)}")
    for note in checks.notes(index):
        click.echo(f"note: {note}")
    for each in checks.supports(index):
        click.echo(f"{'yes' if each.possible else 'no ':<4}{each.question}: {each.detail}")


ALL = "all"


def _asked(function: Command) -> Command:
    """The options of a question to an index of one's own."""
    options = [
        click.option("--year", help="Of the table.", default="newest", show_default=True),
        click.option("--band", default="", help="Ranks, best:worst  [default: the best tenth]"),
        click.option("--language", default="en", show_default=True, help="Of words and numbers."),
        click.option("--seed", default=2018, show_default=True, help="Of the random draws."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--unit", "units", multiple=True, help="Code or name; again for more, or all.")
@_asked
@click.option("--out", type=click.Path(path_type=Path), help="Folder  [default: build/own-NAME]")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--pdf", is_flag=True, help="Each page as a PDF beside it, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; pages only with --out.")
def run(
    folder: Path,
    units: tuple[str, ...],
    out: Path | None,
    jobs: int,
    pdf: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Ranks of the index in FOLDER, a page for each --unit, and all numbers as files."""
    from rankings.own.question import ask_own

    first = units[0] if units and units[0] != ALL else ""
    story = ask_own(folder, first, **given)
    table = story.results
    if as_json:
        click.echo(as_text(_records(table)))
        if out is None:
            return
    else:
        shown = table[["rank", "of", "unit", "name", "score", "basis"]]
        click.echo(as_lines(shown))
    _write(story, units, out, jobs=jobs, pdf=pdf, quiet=as_json)


def _write(
    story: "OwnStory",
    units: tuple[str, ...],
    out: Path | None,
    *,
    jobs: int,
    pdf: bool,
    quiet: bool,
) -> None:
    """Pages and files; exit code 1 if a page failed."""
    from rankings.batch import own as pages
    from rankings.pages import own_results

    place = out or store.root() / "build" / f"own-{story.index.name}"
    wanted = list(units) or [story.unit]
    if ALL in units:
        wanted = [str(unit) for unit in story.results["unit"]]
    own_results.check_tables(place / "tables")
    own_results.check_export(story, place / "export")
    done = pages.write_pages(story, wanted, place, jobs=jobs, pdf=pdf)
    own_results.write_tables(story, place / "tables")
    own_results.write_export(story, place / "export")
    click.echo(done.summary(), err=quiet)
    click.echo(f"numbers: {place / 'tables'}; for other programs: {place / 'export'}", err=quiet)
    if not done.ok:
        sys.exit(1)


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--unit", default="", help="Code or name  [default: the middle one]")
@click.option("--set", "settings", multiple=True, metavar="INDICATOR=VALUE", help="Again for more.")
@_asked
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows.")
def whatif(folder: Path, unit: str, settings: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """What other figures make of the score and rank of a unit of the index in FOLDER.

    Without --set: the indicators there are, with the unit's figures now.
    """
    from rankings.own import whatif as asking
    from rankings.own.question import ask_own
    from rankings.report import own_whatif

    story = ask_own(folder, unit, **given)
    wanted = numbers_set(settings, "speed=4.5")
    if as_json:
        rows = asking.what_if(story, wanted) if wanted else asking.levers(story)
        click.echo(as_text(_records(rows)))
        return
    shown = own_whatif.answer_table(story, wanted) if wanted else own_whatif.levers_table(story)
    click.echo(shown.plain())


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@_asked
def export(folder: Path, out: Path, **given: Any) -> None:
    """Write the index in FOLDER to OUT: iData and iMeta for COINr, a workbook, method and log."""
    from rankings.own.question import ask_own
    from rankings.pages import own_results

    for path in own_results.write_export(ask_own(folder, **given), out):
        click.echo(f"wrote {path}")


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--code", default="", help="Of the measure, as DRI  [default: the folder's name]")
@click.option("--edition", type=int, help="The year of a table that has none.")
def measure(folder: Path, code: str, edition: int | None) -> None:
    """Make the index in FOLDER, whose units are economies, a measure: --measure CODE anywhere.

    `rankings withdraw` with the name that is printed takes it out again.
    """
    from datetime import UTC, datetime

    from rankings.own import as_measure
    from rankings.own import folder as folders

    index = folders.open_folder(folder)
    today = datetime.now(tz=UTC).date().isoformat()
    wanted = code or re.sub(r"[^A-Za-z0-9]", "", index.name)
    added = as_measure.add_measure(index, wanted, today, edition)
    editions = ", ".join(map(str, added.editions))
    click.echo(f"{added.code}: {index.title}, editions {editions}, {added.economies} economies")
    for name in added.replaced:
        click.echo(f"replaces {name}")
    click.echo(f"added {added.delivery}")
    click.echo(f"now: rankings report --economy NAME --measure {added.code}")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values: missing cells are null, whole numbers are integers."""
    if "year" in table:
        table = table.assign(year=table["year"].where(table["year"] > 0))
    return records(table.convert_dtypes())
