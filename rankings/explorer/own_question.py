"""What does the explorer of an index of one's own show? A unit, a year, and the figures set.

The folder is chosen by who starts the explorer; no address names one. An address names its index,
so that one that was sent for another index is told apart.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from rankings.errors import InputError
from rankings.own.folder import find_folder, open_folder
from rankings.own.index import OwnIndex
from rankings.own.moves import computed_years
from rankings.own.question import OwnStory, ask_about
from rankings.story.parameters import NEWEST

# Keys of the address, in the order in which it is written, with their defaults.
DEFAULTS = {
    **{"own": "", "unit": "", "year": NEWEST, "since": "", "band": "", "language": "en"},
    **{"seed": "2018", "set": ""},
}
# Settings may be many; an address that is longer was not made by the explorer.
LONGEST = 4000


@dataclass(frozen=True)
class OwnQuestion:
    """What one page of the explorer of an own index shows, checked.

    Attributes:
        story: index, unit, year, band, language and seed.
        since: the earlier year that the change is counted from; None where there is none.
        settings: indicator -> figure set by hand.
    """

    story: OwnStory
    since: int | None
    settings: tuple[tuple[str, float], ...] = ()

    @property
    def looked_at(self) -> "OwnQuestion":
        """What the views show: they do not follow the sliders."""
        return replace(self, settings=())

    @property
    def query(self) -> dict[str, str]:
        """The question as an address carries it; what is left out has its default."""
        asked = self.story
        before = earlier(asked)
        usual = self.since is None or self.since == before[-1]
        words = {
            "own": asked.index.name,
            "unit": asked.unit,
            "year": str(asked.year) if asked.year else "",
            "since": "" if usual else str(self.since),
            "band": str(asked.band),
            "language": asked.language,
            "seed": str(asked.seed),
            "set": ",".join(f"{lever(code)}:{value:.6g}" for code, value in self.settings),
        }
        return {key: value for key, value in words.items() if value and value != DEFAULTS[key]}


def lever(code: str) -> str:
    """The code of an indicator as addresses and pages write it, without what parts them there."""
    return "".join(each if each.isalnum() or each in "_.-" else quote(each) for each in code)


def earlier(asked: OwnStory) -> list[int]:
    """The years before the story's with scores, in order; none where its own has none."""
    years = computed_years(asked.index)
    return [year for year in years if year < asked.year] if asked.year in years else []


class Reader:
    """Reads questions to the index in one folder."""

    def __init__(self, folder: Path | str) -> None:
        """Open the folder.

        Raises:
            InputError: as `own.folder.open_folder`.
        """
        self.folder = find_folder(folder)
        self.forget()

    def forget(self) -> None:
        """Let the next question look again at the files, if they changed."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        self.index = _opened(self.folder, tuple(facts))

    def read(self, words: Mapping[str, str]) -> OwnQuestion:
        """The question in an address.

        Args:
            words: keys and values of the query, as text.

        Raises:
            InputError: a key is unknown, a value is none of its kind, it asks for another index,
                or as `own.question.ask_about`. Figures set are checked where they act, by
                `own.whatif`.
        """
        for key, value in words.items():
            if key not in DEFAULTS:
                raise InputError.suggest("part of an address", key[:LONGEST], DEFAULTS, shown=20)
            if len(value) > LONGEST:
                raise InputError("{key} is longer than {most} characters", key=key, most=LONGEST)
        given = {**DEFAULTS, **{key: value for key, value in words.items() if value}}
        if given["own"] not in ("", self.index.name):
            raise InputError(
                "the address is of the index {asked}, and here {index} is open",
                asked=given["own"][:60],
                index=self.index.name,
            )
        named = ("unit", "year", "band", "language", "seed")
        asked = _asked(self.index, self.folder, tuple(given[each] for each in named))
        # However it was asked for, one question is one story: what is kept for it is found again.
        same = (asked.unit, str(asked.year or NEWEST), str(asked.band), asked.language)
        asked = _asked(self.index, self.folder, (*same, str(asked.seed)))
        return OwnQuestion(asked, _since(asked, given["since"]), _settings(given["set"]))


@lru_cache(maxsize=4)
def _opened(folder: Path, _files: tuple[tuple[str, int, int], ...]) -> OwnIndex:
    return open_folder(folder)


# A slider sends the same question many times, with other figures.
@lru_cache(maxsize=32)
def _asked(index: OwnIndex, folder: Path, given: tuple[str, ...]) -> OwnStory:
    unit, year, band, language, seed = given
    return ask_about(index, folder, unit, year, band, language, _whole("seed", seed))


def _since(asked: OwnStory, given: str) -> int | None:
    years = earlier(asked)
    if not given:
        return years[-1] if years else None
    year = _whole("since", given)
    if year not in years:
        raise InputError(
            "{since} is no year before {year} with scores; there are: {years}",
            since=year,
            year=asked.year,
            years=", ".join(map(str, years)) or "none",
        )
    return year


def _whole(key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("{key} is a whole number, not {value}", key=key, value=repr(text[:60]))
    return int(text)


def _settings(text: str) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, colon, value = part.partition(":")
        code = unquote(name)
        if not colon:
            raise InputError(
                "set is indicator:value, as speed:4.5, and not {value}", value=repr(part[:60])
            )
        if code in found:
            raise InputError("set names {lever} twice", lever=repr(code))
        try:
            found[code] = float(value)
        except ValueError:
            found[code] = math.nan
        if not math.isfinite(found[code]):
            raise InputError(
                "{key} is a number, not {value}", key=code[:60], value=repr(value[:60])
            )
    return tuple(sorted(found.items()))
