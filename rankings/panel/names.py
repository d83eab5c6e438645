"""Which economy is meant by a name or a code? One book, for people and for publishers' files.

The book holds the names in every language of ``economies.csv``, what publishers call an economy
besides (``names.toml``), and the codes of two and three letters that are in use. A name is compared
whole; one that is merely near a known one, or that several economies answer to, is never resolved.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rankings.errors import DataError
from rankings.memo import remembered

FACTS = Path(__file__).parent / "names.toml"
SHORT = {"st": "saint", "rep": "republic", "dem": "democratic", "is": "islands"}
NO_HELP = {"the", "of", "and", "republic", "democratic", "islands", "saint", "united", "states"}
# Letters that Unicode does not take apart into a base letter and a mark.
WHOLE_LETTERS = str.maketrans("đøłıðþæœ", "dolidtao", "")
# A slip in a code of three letters is looked for among what is so short.
LONGEST_CODE = 4


@dataclass(frozen=True)
class Book:
    """What is known of names and codes.

    Attributes:
        names: ISO3 -> English name.
        codes: every other code in use (ISO2, and such as UK and EL) -> ISO3.
        mistaken: codes of old and of other lists, which are suggested and never read.
        spelled: a name as written, letter case apart -> the economies called so.
        keys: a name without accents and punctuation -> the economies called so.
        doubtful: a key that is never read as an economy -> the ones it may mean.
    """

    names: Mapping[str, str]
    codes: Mapping[str, str]
    mistaken: Mapping[str, str]
    spelled: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, tuple[str, ...]]
    doubtful: Mapping[str, tuple[str, ...]]

    def named(self, name: str) -> str | None:
        """The one economy called so, if there is one."""
        found = self.spelled.get(_spelling(name)) or self.keys.get(key(name), ())
        return found[0] if len(found) == 1 and key(name) not in self.doubtful else None

    def find(self, given: str) -> str | None:
        """The one economy a person means by a code or a name, if there is one."""
        found = self._meant(given)
        return found[0] if len(found) == 1 and key(given) not in self.doubtful else None

    def several(self, given: str) -> tuple[str, ...]:
        """The economies among which a code or name leaves the choice, if it does."""
        found = self.doubtful.get(key(given), ()) or self._meant(given)
        return () if self.find(given) else found

    def _meant(self, given: str) -> tuple[str, ...]:
        """The economies of a code or name.

        A code in capitals is that code. In other letters it may be a name as well: "Nga" is
        Russia in Vietnamese, NGA is Nigeria, and "nga" could be either.
        """
        text = _plain(given)
        code = text.upper() if text.isascii() else ""
        coded = (code,) if code in self.names else tuple(filter(None, [self.codes.get(code)]))
        if coded and text == code:
            return coded
        spelled = self.spelled.get(_spelling(text), ())
        if spelled and text[:1].isupper():
            return spelled
        return tuple(dict.fromkeys([*spelled, *coded])) or self.keys.get(key(text), ())

    def near(self, given: str) -> list[str]:
        """ISO3 codes of the economies nearest to a code or name that is none; four at most."""
        text = _plain(given)
        if mistaken := self.mistaken.get(text.upper()):
            return [mistaken]
        codes = nearest_codes(text, list(self.names)) if len(text) <= LONGEST_CODE else []
        return codes or self.near_names(text)

    def near_names(self, given: str) -> list[str]:
        """Economies whose name is near, or shares a telling word with what was given."""
        asked = key(given)
        close = get_close_matches(asked, self.keys, n=3, cutoff=0.75)
        words = {word for word in asked.split() if len(word) > 3} - NO_HELP
        sharing = [name for name in self.keys if words & set(name.split())]
        found = [iso3 for name in [*close, *sharing] for iso3 in self.keys[name]]
        return list(dict.fromkeys(found))[:4]

    def suggested(self, given: str) -> str:
        """What a code or name that is no one economy may have meant, as "KOR or PRK"."""
        return " or ".join(self.several(given) or self.near(given)) or "a code as VNM"

    def called(self, codes: Iterable[str]) -> str:
        """Economies in words: "Nigeria (NGA) or Russian Federation (RUS)"."""
        return " or ".join(f"{self.names[code]} ({code})" for code in codes)


@cache
def key(name: str) -> str:
    """A name without what publishers write differently: case, accents, punctuation, "the"."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and "))
    letters = "".join(each for each in letters if not unicodedata.combining(each)).casefold()
    letters = letters.translate(WHOLE_LETTERS)
    words = re.sub(r"[^a-z0-9]+", " ", re.sub("['’`´ʼ.]", "", letters)).split()
    return " ".join(SHORT.get(word, word) for word in words if word != "the")


def _plain(given: str) -> str:
    """A text as one line without blanks around it, its letters composed."""
    return " ".join(unicodedata.normalize("NFC", given).split())


def _spelling(name: str) -> str:
    return _plain(name).casefold()


@cache
def facts() -> dict[str, dict[str, Any]]:
    """The tables of ``names.toml``."""
    return tomllib.loads(FACTS.read_text(encoding="utf-8"))


@remembered(most=8)
def book(economies: pd.DataFrame) -> Book:
    """The book of the economies of a table (iso3, iso2, name_en and names in other languages).

    Raises:
        DataError: two economies have one English name, or ``names.toml`` gives one to two.
    """
    codes = [str(code) for code in economies["iso3"]]
    names = dict(zip(codes, economies["name_en"].astype(str), strict=True))
    known = facts()
    spelled: dict[str, tuple[str, ...]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for iso3, words in [*((c, [n]) for c, n in names.items()), *known["names"].items()]:
        for word in words if iso3 in names else []:
            if keys.setdefault(key(word), (iso3,)) != (iso3,):
                raise DataError(
                    "names.toml: {given} names {economy} and {other}",
                    given=repr(word),
                    economy=keys[key(word)][0],
                    other=iso3,
                )
            spelled[_spelling(word)] = (iso3,)
    doubtful = {
        key(word): there
        for word, several in known["ambiguous"].items()
        if (there := tuple(code for code in several if code in names))
    }
    _add_languages(economies, spelled, keys)
    twos = economies["iso2"] if "iso2" in economies else pd.Series("", index=economies.index)
    short = {str(two): iso3 for two, iso3 in zip(twos, codes, strict=True) if pd.notna(two) and two}
    other = {code: iso3 for code, iso3 in known["other_codes"].items() if iso3 in names}
    # What a publisher writes for an economy is no code of a person's, but tells what was meant.
    old = {**known["publisher_codes"], **known["mistaken_codes"]}
    mistaken = {code: iso3 for code, iso3 in old.items() if iso3 in names}
    return Book(names, {**other, **short}, mistaken, spelled, keys, doubtful)


def _add_languages(
    economies: pd.DataFrame,
    spelled: dict[str, tuple[str, ...]],
    keys: dict[str, tuple[str, ...]],
) -> None:
    """Names in other languages, where English has not given the same name to another economy."""
    columns = [
        column
        for column in map(str, economies.columns)
        if re.fullmatch(r"name_[a-z]{2,3}", column) and column != "name_en"
    ]
    local = [
        (str(iso3), str(word))
        for column in columns
        for iso3, word in zip(economies["iso3"], economies[column], strict=True)
        if pd.notna(word)
    ]
    plain: dict[str, tuple[str, ...]] = {}
    for iso3, word in local:
        spelled.setdefault(_spelling(word), (iso3,))
        plain[key(word)] = tuple(dict.fromkeys([*plain.get(key(word), ()), iso3]))
    for word, several in plain.items():
        keys.setdefault(word, several)


def nearest_codes(given: str, codes: list[str]) -> list[str]:
    """Codes that differ from what was given by one letter or by the order of two; VNM first."""
    asked = given.strip().upper()
    if asked in codes:
        return [asked]
    close = [
        code
        for code in codes
        if sorted(code) == sorted(asked)
        or sum(a != b for a, b in zip(code, asked, strict=False)) + abs(len(code) - len(asked)) == 1
    ]
    # Viet Nam is the suite's first reader: where its code is among the near ones it comes alone.
    return ["VNM"] if "VNM" in close else close[:3]
