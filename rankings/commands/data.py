"""Commands on the figures: build, take in, take out, check, and say where one comes from."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from rankings import store
from rankings.commands.shared import economy_code, say_strays
from rankings.data import own_store, resolve, world
from rankings.errors import InputError, RankingsError

if TYPE_CHECKING:
    from rankings.data.desk import Opened
    from rankings.data.fetch import Fetched


@click.command()
@click.option("--force", is_flag=True, help="Build even if the tables are those of data/raw.")
def build(force: bool) -> None:
    """Make data/processed from data/raw."""
    say_strays()
    if store.is_fresh() and not force:
        click.echo("data/processed is built from data/raw as it is now")
        return
    # Schema checks take a second to import.
    from rankings.data import build as building

    manifest = building.build()
    tables = manifest["tables"]
    assert isinstance(tables, dict)
    rows = sum(int(table["rows"]) for table in tables.values())
    click.echo(f"built {len(tables)} tables with {rows:,} rows in data/processed")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make FOLDER to work in without a clone: notebooks, pipelines, groups and targets to edit.

    Again in the same folder: what is missing or was not changed there comes to this version.
    """
    from rankings.data import work

    done = work.begin(folder)
    click.echo(f"{done.folder}: {len(done.made)} files made, {len(done.renewed)} renewed")
    for name in done.kept:
        click.echo(f"kept as you changed it, while this version has another: {name}")
    click.echo(f"now: cd {folder}, then rankings report")


@click.command()
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
    for line in explaining.explain(
        deliveries, economy=economy_code(economy), published=published, released=released
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


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listed", is_flag=True, help="What can be fetched; so without a NAME.")
@click.option("--refresh", is_flag=True, help="Ask the publisher even if the file is held.")
@click.option("--keep-only", is_flag=True, help="Keep the file, do not ingest it.")
def fetch(names: tuple[str, ...], listed: bool, refresh: bool, keep_only: bool) -> None:
    """Get files from their publishers into the own store, checked, then ingest them."""
    from rankings.data import fetch as fetching  # requests and pooch take a moment to import
    from rankings.data import offers

    if listed or not names:
        for entry in offers.catalogue():
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


@click.command()
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


@click.command()
@click.option("--all", "every", is_flag=True, help="List every known exception.")
def check(every: bool) -> None:
    """What is held, from where, and whether it adds up; exit code 1 if it does not."""
    from rankings.data import audit as checking

    say_strays()
    text, good = checking.page(world.load(), every=every)
    click.echo(text)
    if not good:
        sys.exit(1)


@click.command()
@click.argument("economy")
@click.argument("component")
@click.argument("edition", type=int)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, one object a vintage.")
def trace(economy: str, component: str, edition: int, as_json: bool) -> None:
    """Where a number comes from: ECONOMY COMPONENT EDITION, as in VNM tii 2018."""
    from rankings.data import provenance as tracing

    held = world.load()
    if as_json:
        found = tracing.facts(held, economy_code(economy), component, edition)
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for lines in tracing.chain(held, economy_code(economy), component, edition):
        click.echo("\n".join(lines) + "\n")
