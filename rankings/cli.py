"""The command line: what a person or a script says to the package."""

import sys
import traceback
from typing import Any

import click

from rankings import faults, store
from rankings.commands import data, desk, maintenance, own, stories
from rankings.errors import RankingsError
from rankings.faults import interruptible


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
        except OSError as error:  # of --version and --help, which are said before any command
            code = _tell(error)
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
            sys.exit(_tell(error))


def _tell(error: OSError) -> int:
    """Say what the machine refused; the exit code."""
    if not faults.is_gone(error):
        frames = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
        speaking = bool(frames) and frames[-1].f_code is click.echo.__code__
        told = faults.told(error, "standard output" if speaking else None)
        click.echo(f"rankings: {told}", err=True)
    return 1


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ict-rankings")
def main() -> None:
    """Where a country stands in the world's ICT rankings, why, and what its target takes."""


for module in (stories, data, maintenance):
    for command in vars(module).values():
        if isinstance(command, click.Command):
            main.add_command(command)
for command in (*desk.COMMANDS, own.own):
    main.add_command(command)
