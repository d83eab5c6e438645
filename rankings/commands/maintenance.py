"""Commands for who keeps the project: timings, committed outputs, stories drawn to find faults."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from rankings import store
from rankings.errors import InputError

if TYPE_CHECKING:
    pass


@click.command()
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


@click.command()
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


@click.command()
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
