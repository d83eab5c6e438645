"""Whose place in an index of one's own is asked for, in which year, towards which band?"""

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.analysis.targets import Band, read_ranks
from rankings.errors import DataError, InputError
from rankings.own import index as indices
from rankings.own.folder import find_folder, open_folder
from rankings.own.index import OwnIndex
from rankings.story.parameters import NEWEST, read_parameters

# What is meant where nothing is given: the middle unit, the best tenth.
MIDDLE, BEST_TENTH = "", ""


@dataclass(frozen=True, eq=False)
class OwnStory:
    """One unit's question to an index of one's own, each parameter checked.

    Attributes:
        index: the index.
        unit: the unit's code.
        year: of the table.
        band: the target band of ranks.
        language: of sentences, tables and figures.
        seed: of every random draw that the index's own TOML does not seed.
        folder: below the project, as "examples/asem", or in full.
    """

    index: OwnIndex
    unit: str
    year: int
    band: Band
    language: str
    seed: int
    folder: str = field(default="", compare=False)

    @cached_property
    def results(self) -> pd.DataFrame:
        """Score and rank of every unit in the year; columns as `own.index.results`."""
        return indices.results(self.index, self.year)

    @property
    def row(self) -> pd.Series:
        """The unit's line of the results."""
        return self.results.loc[self.results["unit"] == self.unit].iloc[0]

    @property
    def name(self) -> str:
        """The unit's name in the story's language."""
        return self.named(self.unit)

    @property
    def title(self) -> str:
        """The index's title in the story's language."""
        return self.index.settings.names.get(self.language, {}).get("title", self.index.title)

    @property
    def source(self) -> str:
        """Where the figures are from, in the story's language; empty if the folder does not say."""
        own = self.index.settings.names.get(self.language, {})
        return own.get("source", self.index.source)

    def named(self, code: object) -> str:
        """What a unit, a node or a column is called in the story's language."""
        return self.index.named(str(code), self.language)


def ask_own(
    folder: str | Path,
    unit: str = MIDDLE,
    year: int | str = NEWEST,
    band: str = BEST_TENTH,
    language: str = "en",
    seed: int = 2018,
) -> OwnStory:
    """Check the parameters and open the folder.

    Args:
        folder: of the table and its TOML, from here or below the project.
        unit: code or name of a unit; the middle one of the ranking by default.
        year: of the table; its newest by default.
        band: ranks as "10:20"; the best tenth by default.
        language: of words and number formats.
        seed: of the random draws.

    Raises:
        InputError: anything wrong with the folder's files, or a parameter that has no right answer.
    """
    found = find_folder(folder)
    return ask_about(open_folder(found), found, unit, year, band, language, seed)


def ask_about(
    index: OwnIndex,
    folder: Path,
    unit: str = MIDDLE,
    year: int | str = NEWEST,
    band: str = BEST_TENTH,
    language: str = "en",
    seed: int = 2018,
) -> OwnStory:
    """`ask_own` of an index that is open already; ``folder`` is where it was read from.

    Raises:
        InputError: a parameter that has no right answer.
    """
    given = read_parameters({"as_of": year, "language": language, "seed": seed})
    then = index.years[-1] if isinstance(given.as_of, str) else index.check_year(given.as_of)
    table = indices.results(index, then)
    chosen = find_unit(index, table, str(unit).strip())
    return OwnStory(
        index=index,
        unit=chosen,
        year=then,
        band=_band(str(band).strip(), table),
        language=given.language,
        seed=given.seed,
        folder=_address(folder),
    )


def _address(folder: Path) -> str:
    """A folder as a notebook finds it from anywhere: below the project, or in full."""
    try:
        home = store.root()
    except DataError:
        return str(folder)
    return folder.relative_to(home).as_posix() if folder.is_relative_to(home) else str(folder)


def find_unit(index: OwnIndex, table: pd.DataFrame, given: str) -> str:
    """The code of a unit from its code or name, in any language the folder names it in.

    Raises:
        InputError: the year has no such unit, or several of that name.
    """
    units = [str(unit) for unit in table["unit"]]
    ranked = [str(unit) for unit in table.loc[table["rank"].notna(), "unit"]]
    if not given:
        return ranked[(len(ranked) - 1) // 2]
    if given in units:
        return given
    if given in index.names.index:
        held = index.figures.index
        years = held.get_level_values(0)[held.get_level_values(1) == given]
        raise InputError(
            "{unit} is not in the table of this year; its years: {years}",
            unit=given,
            years=", ".join(map(str, sorted(set(years)))),
        )
    called = {unit: {_plain(unit), _plain(str(index.names[unit]))} for unit in units}
    for names in index.settings.names.values():
        for unit in units:
            called[unit] |= {_plain(names[unit])} if unit in names else set()
    found = [unit for unit in units if _plain(given) in called[unit]]
    # "Da Nang" is "TP. Đà Nẵng": a part of one unit's name alone.
    found = found or [unit for unit in units if any(_plain(given) in each for each in called[unit])]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            "{given} may be {near}: give one of these", given=repr(given), near=" or ".join(found)
        )
    known = [*units, *(str(index.names[unit]) for unit in units)]
    raise InputError.suggest("unit of {index}", given, dict.fromkeys(known), index=index.title)


def _plain(name: str) -> str:
    """A name without marks and case, so that "Da Nang" is found."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _band(given: str, table: pd.DataFrame) -> Band:
    last = int(table["of"].iloc[0])
    if not given:
        return Band(1, max(1, round(last / 10)))
    found = read_ranks(given)
    if found is None:
        raise InputError("{band} is not a band of ranks as 10:20", band=repr(given))
    return found.check(last)
