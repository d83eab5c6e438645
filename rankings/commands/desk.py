"""The commands of the data desk: releases held, forecasts on record, and what figures moved."""

import datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from rankings.commands.shared import as_lines, as_text, economy_code, records
from rankings.data import vintages, world
from rankings.errors import InputError


def _say(rows: pd.DataFrame, as_json: bool, digits: int = 3) -> None:
    """A table for a person, or JSON."""
    if as_json:
        click.echo(as_text(records(rows)))
    else:
        click.echo(as_lines(rows, digits))


@click.command()
@click.argument("series", required=False)
@click.argument("economy", required=False)
@click.option("--year", type=int, help="Only this year.")
@click.option("--json", "as_json", is_flag=True, help="JSON rows.")
def releases(series: str | None, economy: str | None, year: int | None, as_json: bool) -> None:
    """Every release held of SERIES; with ECONOMY (ISO3) each of its figures, release by release."""
    held = world.load()
    rows = held.every_series
    if series is not None and series not in set(rows["series"]):
        raise InputError.suggest("series", series, sorted(set(rows["series"])))
    if series is None or economy is None:
        found = vintages.releases(rows)
        _say(found if series is None else found.loc[found["series"] == series], as_json)
        return
    mine = rows.loc[(rows["series"] == series) & (rows["iso3"] == economy_code(economy))]
    mine = mine if year is None else mine.loc[mine["year"] == year]
    mine = mine.sort_values(["year", "released"], ignore_index=True)
    _say(mine[["year", "released", "vintage", "value", "source_id", "current"]], as_json, 4)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON rows.")
def facts(as_json: bool) -> None:
    """Figures of Viet Nam as published, of rankings of which no table is held."""
    _say(world.load().facts, as_json)


@click.command()
@click.argument("index")
@click.argument("edition", type=int)
@click.option("--seed", type=int, default=2018, show_default=True, help="Of the draws.")
@click.option("--ship", is_flag=True, help="Among the project's own entries, in data/forecasts.")
def register(index: str, edition: int, seed: int, ship: bool) -> None:
    """Put the forecast of the next EDITION of INDEX on record, before it is seen."""
    from rankings.forecasts import registered

    made = registered.register(world.load(), index, edition, seed=seed, ship=ship)
    click.echo(f"registered {made.stem}: {made}")


@click.command()
@click.option("--economy", help="What was said of it beside what came, instead of the scores.")
@click.option("--json", "as_json", is_flag=True, help="JSON rows.")
def score(economy: str | None, as_json: bool) -> None:
    """How good registered forecasts were whose edition is held by now, against no change."""
    from rankings.forecasts import registered

    held = world.load()
    every = registered.entries()
    if economy is not None:
        rows = registered.beside(held, every)
        rows = rows.loc[rows["iso3"] == economy_code(economy)]
        _say(rows[registered.BESIDE], as_json)
        return
    found = registered.scores(held, every)
    if as_json:
        click.echo(as_text(records(found)))
        return
    if not found.empty:
        _say(found, as_json)
    still = [each for each in every if each.name not in set(found["entry"])]
    for entry in still:
        click.echo(f"open: {entry.name}, registered {entry.day}: {entry.head['seen']}")
    if not every:
        click.echo("nothing is registered")


@click.command()
@click.argument("economy", required=False)
@click.option("--day", default="", help="Releases up to this ISO date  [default: today]")
@click.option("--seed", type=int, default=2018, show_default=True, help="Of the draws.")
@click.option("--json", "as_json", is_flag=True, help="JSON rows.")
def moves(economy: str | None, day: str, seed: int, as_json: bool) -> None:
    """What newly released figures moved in the forecast of the next EGDI, by economy.

    With ECONOMY (ISO3): release by release, with the figures before and after.
    """
    from rankings.forecasts import moves as moving

    held = world.load()
    iso3 = None if economy is None else economy_code(economy)
    rows = moving.moves(
        held, day or datetime.datetime.now(tz=datetime.UTC).date().isoformat(), seed
    )
    shown: Any = moving.by_economy(rows) if iso3 is None else rows.loc[rows["iso3"] == iso3]
    _say(shown, as_json, 4)


@click.group()
def maintain() -> None:
    """What those who keep the project do to the tables it ships."""


@maintain.command(name="ship-edition")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--published", type=int, help="Year in which it came out  [default: edition]")
@click.option("--document", default="", help="Title of the report.")
@click.option("--address", default="", help="Where its publisher offers it.")
def ship_edition(files: tuple[Path, ...], published: int, document: str, address: str) -> None:
    """Turn publishers' FILES of a new edition into rows of data/raw, and all that goes with it."""
    from rankings.data import ship

    for line in ship.ship(files, published=published, document=document, address=address):
        click.echo(line)


@maintain.command(name="ship-series")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--released", help="Date of a release whose file has none, as 2026-08.")
@click.option("--document", default="", help="Title of the download.")
@click.option("--address", default="", help="Where its publisher offers it.")
def ship_series(files: tuple[Path, ...], released: str | None, document: str, address: str) -> None:
    """Turn publishers' FILES of yearly series into tables of data/raw, a table a release."""
    from rankings.data import ship_series as shipping

    for line in shipping.ship_releases(
        files, released=released, document=document, address=address
    ):
        click.echo(line)


COMMANDS = (releases, facts, register, score, moves, maintain)
