"""The commands of an index of one's own: from a folder with a table to ranks and a report."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

from rankings import faults


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


@own.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--year", type=int, help="Of the table  [default: newest]")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows.")
def run(folder: Path, year: int | None, as_json: bool) -> None:
    """Ranks of the index in FOLDER."""
    from rankings.own import folder as folders
    from rankings.own.index import results

    index = folders.open_folder(folder)
    table = results(index, index.years[-1] if year is None else year)
    if as_json:
        click.echo(_json(_records(table)))
        return
    shown = table[["rank", "of", "unit", "name", "score", "basis"]]
    click.echo(shown.to_string(index=False, na_rep="-"))


def _json(facts: object) -> str:
    """JSON that the output can take: plain ASCII where it has not every letter."""
    return json.dumps(facts, indent=1, ensure_ascii=not faults.is_unicode(sys.stdout))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values: missing cells are null, whole numbers are integers."""
    rows = table.assign(year=table["year"].where(table["year"] > 0)).convert_dtypes()
    return [
        {
            str(key): None if pd.isna(cell) else getattr(cell, "item", lambda c=cell: c)()
            for key, cell in row.items()
        }
        for row in rows.to_dict("records")
    ]
