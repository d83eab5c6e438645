"""Every number of an index of one's own as files: ranks, pillars, changes, intervals, forecasts."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.errors import InputError, RankingsError
from rankings.own import certainty, coinr, index, moves, outlook, standing
from rankings.own.folder import find_folder
from rankings.own.question import OwnStory
from rankings.pages.own_workbook import log, write_workbook
from rankings.report import own_method
from rankings.report import own_words as told


def tables(story: OwnStory) -> dict[str, pd.DataFrame]:
    """The tables that the index can give, by the name of their file; unrounded, without words.

    ``ranks`` (of every year), ``intervals`` and ``choices`` (over methods) and ``confidence`` are
    of all units; ``pillars``, ``gap``, ``strengths``, ``changes``, ``forecast`` and ``record`` of
    the unit asked for. One that the table cannot support is left out.
    """
    made = {name: told.attempt(make, story) for name, make in _makers().items()}
    return {
        name: table.rename(columns={"iso3": "unit"})
        for name, table in made.items()
        if not isinstance(table, RankingsError) and len(table)
    }


def _makers() -> dict[str, Callable[[OwnStory], pd.DataFrame]]:
    return {
        "ranks": _ranks,
        "intervals": lambda asked: certainty.intervals(asked.index, asked.year).intervals,
        "choices": lambda asked: certainty.choices(asked.index, asked.year).economies,
        "confidence": lambda asked: certainty.confidence_sets(asked.index, asked.year, asked.seed),
        "pillars": standing.pillars,
        "gap": lambda asked: standing.split_gap(asked, asked.band.worst),
        "strengths": lambda asked: pd.concat(standing.best_and_worst(asked)),
        "changes": moves.totals,
        "forecast": outlook.forecast,
        "record": outlook.summary,
    }


def _ranks(story: OwnStory) -> pd.DataFrame:
    found = [told.attempt(partial(_of_year, year), story) for year in story.index.years]
    return pd.concat([each for each in found if not isinstance(each, RankingsError)])


def _of_year(year: int, story: OwnStory) -> pd.DataFrame:
    return index.results(story.index, year)


# Names, a line each, the files of a folder that this program wrote.
LIST = ".written"


def check_tables(out: Path) -> None:
    """`InputError` if `write_tables` would replace a file that this program did not write."""
    _check_folder(out, [f"{name}.csv" for name in _makers()])


def check_export(story: OwnStory, out: Path) -> None:
    """The same for `write_export`, which does not write into the folder of the index either."""
    if out.resolve() == find_folder(story.folder).resolve():
        raise InputError("{folder} is the folder of the index: choose another one", folder=str(out))
    _check_folder(out, [*EXPORTED, f"{story.index.name}.xlsx"])


def _check_folder(out: Path, names: list[str]) -> None:
    listed = _listed(out)
    foreign = [name for name in names if (out / name).exists() and name not in listed]
    if foreign:
        raise InputError(
            "{folder}: not written by this program, and in the way: {files}. Move that "
            "away, or choose another folder",
            folder=str(out),
            files=", ".join(foreign),
        )


def _listed(out: Path) -> set[str]:
    try:
        names = (out / LIST).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return set()
    # Names of files of this folder and nothing else, whatever the list came to say.
    return {name for name in names if Path(name).suffix and Path(name).name == name}


def _claim(out: Path, names: Iterable[str]) -> None:
    """List files as this program's before they are written: a run that stops leaves none foreign.

    Raises:
        InputError: one of them is there and is not listed.
    """
    names = list(names)
    _check_folder(out, names)
    out.mkdir(parents=True, exist_ok=True)
    _keep_list(out, {*_listed(out), *names})


def _keep_list(out: Path, names: set[str]) -> None:
    store.write_text(out / LIST, "".join(f"{name}\n" for name in sorted(names)))


def write_tables(story: OwnStory, out: Path) -> list[Path]:
    """Each table as a CSV in a folder; the files. A table of an earlier run that is none now goes.

    Raises:
        InputError: one of the files is there and was written by somebody else.
    """
    made = tables(story)
    _claim(out, [f"{name}.csv" for name in made])
    files = [
        store.write_text(out / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
        for name, table in made.items()
    ]
    stale = _listed(out) - {path.name for path in files}
    for name in stale:
        (out / name).unlink(missing_ok=True)
    _keep_list(out, _listed(out) - stale)
    return files


EXPORTED = ("method.toml", "iData.csv", "iMeta.csv", "method.txt", "log.txt")


def write_export(story: OwnStory, out: Path) -> list[Path]:
    """All that others need to go on: COINr's tables, a workbook, the method and the log.

    Returns:
        The files: method.toml, iData.csv, iMeta.csv, NAME.xlsx, method.txt (in words) and log.txt.

    Raises:
        InputError: as `check_export`.
    """
    check_export(story, out)
    workbook = f"{story.index.name}.xlsx"
    _claim(out, [*EXPORTED, workbook])
    files = coinr.write(story.index, out)
    files.append(write_workbook(story, out / workbook))
    words = "\n".join(own_method.steps(story)) + "\n"
    files.append(store.write_text(out / "method.txt", words))
    lines = [f"{what}: {value}" for what, value in log(story).itertuples(index=False)]
    files.append(store.write_text(out / "log.txt", "\n".join(lines) + "\n"))
    return files
