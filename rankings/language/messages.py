"""Which words and number formats does a reader of this language see?

Sentences with results are written here once, in English, as gettext messages with named
fields; a language is one compiled catalogue below ``rankings/language/locale``. Numbers, signs and
lists are formatted by Babel's CLDR data for the same language.
"""

import gettext
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from babel.core import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, get_decimal_symbol

from rankings.errors import InputError
from rankings.store import DOMAIN, LOCALES, SOURCE_LANGUAGE, languages

__all__ = [
    "SOURCE_LANGUAGE",
    "_",
    "check_language",
    "fact",
    "language",
    "languages",
    "listing",
    "meaning",
    "number",
    "percent",
    "plural",
    "shortest",
    "simulated",
    "speaking",
]


_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def check_language(language: str) -> str:
    """The language itself, or `InputError` naming those there are."""
    if language not in languages():
        raise InputError.suggest("language", language, languages())
    return language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language within a ``with`` block."""
    token = _language.set(check_language(language))
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    """The language spoken now."""
    return _language.get()


@cache
def _catalogue(folder: Path, language: str) -> gettext.NullTranslations:
    """A compiled catalogue, looked for once: `gettext` searches the folders at every call."""
    return gettext.translation(DOMAIN, folder, [language], fallback=True)


def _(message: str, /, **fields: object) -> str:
    """The message in the language spoken now, its ``{fields}`` filled in."""
    catalogue = _catalogue(LOCALES, language())
    text = catalogue.gettext(message) if message else ""  # "" is the catalogue's own header
    return text.format(**fields) if fields else text


def fact(text: object) -> str:
    """A text that a table holds (see `rankings.language.extraction`), in the language spoken."""
    return _(str(text))


def meaning(context: str, message: str, /, **fields: object) -> str:
    """As `_`, for an English word of several meanings: the context says which one is meant."""
    catalogue = _catalogue(LOCALES, language())
    text = catalogue.pgettext(context, message)
    return text.format(**fields) if fields else text


def plural(one: str, many: str, count: int, /, **fields: object) -> str:
    """The message that fits a count ("1 edition", "3 editions"); ``{count}`` is filled in."""
    catalogue = _catalogue(LOCALES, language())
    return catalogue.ngettext(one, many, count).format(count=count, **fields)


def number(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """A number with a fixed count of decimals, in the language's format.

    ``signed`` writes a plus for gains; a value that rounds to zero carries no sign.
    """
    # Sums of the same terms in another order differ in the last bit: a half is still a half.
    rounded = round(round(float(value), digits + 9), digits)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(abs(rounded), format=pattern, locale=language())
    if rounded < 0:
        return "\N{MINUS SIGN}" + text
    return "+" + text if signed and rounded > 0 else text


def shortest(value: float) -> str:
    """A number with the decimals it has, up to six digits: 72, 9.12."""
    return f"{value:g}".replace(".", get_decimal_symbol(language()))


def percent(share: float, digits: int = 0) -> str:
    """A share between 0 and 1 as a percentage; below the last digit shown it says "< 1 %".

    Halves are rounded up from the decimals the share is written with, so that one share prints
    the same whatever kind of number carries it.
    """
    exact = 100 * Decimal(repr(float(share)))
    step = Decimal(1).scaleb(-digits)
    if 0 < exact < step:
        return f"<\N{NO-BREAK SPACE}{_percent(step)}"
    if 100 - step < exact < 100:
        return f">\N{NO-BREAK SPACE}{_percent(100 - step)}"
    return _percent(exact.quantize(step, ROUND_HALF_UP))


def _percent(value: Decimal) -> str:
    """A number with the sign of per cent: set apart in English here, as CLDR has it elsewhere."""
    space = "\N{NO-BREAK SPACE}" if language() == SOURCE_LANGUAGE else _percent_space(language())
    digits = -int(value.as_tuple().exponent)
    text = format_decimal(value, format="0" + "." * (digits > 0) + "0" * digits, locale=language())
    return f"{text}{space}%"


@cache
def _percent_space(language: str) -> str:
    pattern = Locale.parse(language).percent_formats[None].pattern
    return pattern.partition("%")[0].lstrip("#,.0")


def simulated(share: float, *, certain: bool = False) -> str:
    """A simulated chance as a percentage: what no draw showed, or every draw, is not certain.

    Args:
        share: of the draws.
        certain: it could not be otherwise, as rank 193 or better of 193.
    """
    tiny = 1e-9
    return percent(share if certain else min(max(float(share), tiny), 1 - tiny))


def listing(words: Iterable[str], *, either: bool = False) -> str:
    """Words as a list in a sentence: "Serbia and Slovakia", or "Serbia or Slovakia"."""
    return format_list(list(words), "or" if either else "standard", locale=language())
