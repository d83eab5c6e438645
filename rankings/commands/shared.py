"""What the commands have in common: options, what they print, what is left alone."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import pandas as pd

from rankings import faults, store
from rankings.data import work, world
from rankings.errors import InputError
from rankings.panel import names
from rankings.panel.economies import check_economy
from rankings.story.parameters import Parameters, short_name


def say_strays() -> None:
    """Name the files that look like the project's and are read by nobody."""
    if left := store.strays():
        named = ", ".join(str(path) for path in left[:5]) + (", ..." if len(left) > 5 else "")
        click.echo(
            f"left alone, as it is not called like a file of this project: {named}", err=True
        )
    if older := work.older_version(store.root()):
        click.echo(
            f"{store.root()}: notebooks and pipelines are of version {older}; those you have not "
            f"changed come to {work.own_version()} by: rankings init {store.root()}",
            err=True,
        )


def as_text(facts: object) -> str:
    """JSON that the output can take: plain ASCII where it has not every letter."""
    return json.dumps(facts, indent=1, ensure_ascii=not faults.is_unicode(sys.stdout))


def records(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows as plain values: missing cells are null, whole numbers are integers."""
    return [
        {
            key: None if pd.isna(cell) else getattr(cell, "item", lambda c=cell: c)()
            for key, cell in row.items()
        }
        for row in rows.to_dict("records")
    ]


def as_lines(rows: pd.DataFrame, digits: int | None = None) -> str:
    """Rows as lines for a person: a dash where a cell is missing, whole numbers kept whole."""
    rounded = rows if digits is None else rows.round(digits)
    whole = rounded.select_dtypes("Int64")
    said = {str(name): whole[name].astype("string").fillna("-") for name in whole}
    return rounded.assign(**said).to_string(index=False, na_rep="-")


def economy_code(given: str) -> str:
    """The ISO3 code of an economy; how it was understood is said where it was not a code."""
    held = world.load().economies
    iso3 = check_economy(held, given)
    if iso3 != given.strip():
        click.echo(f"{given.strip()}: {iso3}, {names.book(held).names[iso3]}", err=True)
    return iso3


def numbers_set(given: Sequence[str], example: str) -> dict[str, float]:
    """Names and numbers from words as "tii=0.85".

    Raises:
        InputError: a word is not of that form, or a name stands in two.
    """
    found: dict[str, float] = {}
    for word in given:
        name, _, value = word.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise InputError(
                "--set takes a name and a number, as {example}, not {value}",
                example=example,
                value=repr(word),
            ) from None
        if name in found:
            raise InputError(
                "{code} is set twice: {value} and {other}",
                code=name,
                value=f"{found[name]:g}",
                other=f"{number:g}",
            )
        found[name] = number
    return found


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
