"""How does a refusal read in the reader's language? The lines a table is replaced by.

Stages refuse in English, in one line; what of it can stand on a page is known here by its form.
"""

import re
from functools import cache

from rankings.data import world
from rankings.errors import InputError, RankingsError
from rankings.language.messages import _, language, listing
from rankings.panel.definitions import definitions
from rankings.report import words

FIELD = re.compile(r"\\{(\w+)\\}")


def known(message: str) -> str:
    """A message said elsewhere, marked for the catalogue."""
    return message


FORMS = [
    # Parameters of a story, as an address or a form may have them.
    known("{code} is not an economy; did you mean {near}?"),
    known("{code} is not an economy: give an ISO 3166 code of three letters, as VNM"),
    known("as_of is a year or 'newest', not {value}"),
    known(
        "as_of {year}: the newest edition held was published in {newest}, what became known later "
        "is not held; use {last} or earlier"
    ),
    known(
        "as_of {year}: {count} comparable editions of {index} were known by then, and a forecast "
        "needs {fewest}; use {first} or later"
    ),
    known("target_year {year} is more than {most} years after {as_of}: no forecast reaches so far"),
    known("seed is a whole number of 0 or more, not {value}"),
    known("band {band} is the wrong way round: did you mean {other}?"),
    known("band {band}: the best rank there is is 1"),
    known("band {band} reaches beyond rank {last}, the last one there is"),
    known("{band} is not a band of ranks as 30:50; as an official target: {hint}"),
    known(
        "no edition of {index} was known at the end of {year}; the first was published in {first}"
    ),
    known(
        "nothing held was published by the end of {year}: the first is {index} {edition}, "
        "published in {first}"
    ),
    known("{code} ({name}) is not ranked in {index} {edition}; it is in {parts}"),
    known("{code} ({name}) is not ranked in {index} {edition}"),
    known(
        "no {index} edition is due after {newest} and by {until}; the next one is due in "
        "{following}"
    ),
    known("{code} ({name}) is not in {index} {edition}; it is in the editions {editions}"),
    known("{code} ({name}) is not in {index}; it is in no edition known"),
    known(
        "{edition} is not an edition of the {index} before {year} that holds {economy}; there are: "
        "{editions}"
    ),
    known("the chance asked for is between 0 and 100 %, not {chance} %"),
    known("{key} is longer than {most} characters"),
    known("{key} is a whole number, not {value}"),
    known("{key} is a number, not {value}"),
    known("set is lever:value, as tii:0.85, and not {value}"),
    known("set names {lever} twice"),
    known("{given} is not a known {kind}; did you mean {near}?"),
    known("{given} is not a known {kind}; known: {choices}"),
    known("peers are a group or codes as THA,MYS; groups: {choices}"),
    known("{index} has {count} comparable editions known by then; a trend needs at least {fewest}"),
    known("{index} has {count} comparable editions known by then; a model needs at least {fewest}"),
    known("{index} is held without {parts}: no model of its parts"),
    known("{index} {edition} is held without {parts}"),
    # Why a table stands empty.
    known("{economy} has fewer than two editions of {index}: no distance"),
    known("{index} {start} is made of {old}, {end} of {new}: a split by sub-index is not possible"),
    known("{parts} of {index} {edition} is not held: a split by sub-index is not possible"),
    known(
        "too few economies have {parts} in both {index} {start} and {end}: {count} held, {fewest} "
        "needed"
    ),
    known(
        "the sub-indices of {index} {edition} are not defined: a split by sub-index is not "
        "possible for this edition"
    ),
    known("{economy} is not ranked in {index} {edition}: nothing to compare"),
    known("{index} {edition} prints no {parts} of {economy}: no split"),
    known("{economy} is not in both editions"),
    known("no indicators below {index} are held: no what-if is possible"),
    known(
        "the indicators below {index} {edition} are not held: a what-if is possible for {editions}"
    ),
    known("the indicators below {index} {edition} are not held: no what-if is possible"),
    known("{economy} is not in {index} {edition}"),
    known("{economy} is not ranked in {index} {edition}"),
    known("{part} {edition} cannot be rebuilt with {indicator}; use edition {editions}"),
    known("{indicator} is a number, 0 or more, not {asked}"),
    known("{indicator} cannot be above {limit}, not {asked}"),
    known("{index} {edition} prints no {parts} of {economy}: its {part} cannot be rebuilt"),
    known("no edition of {index} after {edition} is held: others cannot move on"),
    known("how {index} {part} {edition} is made of indicators is not held; it is for {editions}"),
    known("how {index} {part} {edition} is made of indicators is not held"),
    known("{economy} has no {score} here: it is not ranked"),
    known("none of {peers} is ranked here beside {economy}"),
    known("no {series} up to {year}: the first year held is {first}"),
    known("no {series} up to {year}: none is held"),
    known("{economy} has no income per head held: name its peers instead"),
    known("{count} peers have {part}: a comparison needs at least {fewest}"),
    known("{part}: all peers have the same value, there is no scale"),
    known("{economy} is not ranked at the end of {year}: it has no {parts}"),
    known("no {part} of the {index} was known by the end of {year}"),
    known("fewer than two economies have all pillars at the end of {year}"),
    known("the cost of {part} is {cost}: give 0 or more"),
    known(
        "{points} points are needed and the caps leave room for {room}: the rank is out of reach "
        "on this edition's scale"
    ),
]

# Words that stand in those lines beside names of measures, indicators and economies.
NAMES = {
    "telecom": known("telecom"),
    "security": known("security"),
    "human_capital": known("human capital"),
    "services": known("services"),
    "no peers": known("no peers"),
    "gni_pc_2017ppp": known("national income per head"),
    "part of an address": known("part of an address"),
    "index": known("index"),
    "language": known("language"),
    "lever": known("lever"),
    "group of peers": known("group of peers"),
    "way for the others": known("way for the others"),
}
# Fields that hold several names.
MANY = ("parts", "peers", "old", "new")
# Fields that repeat what was typed, or what can be typed instead.
TYPED = ("code", "given", "value", "key", "lever", "other", "choices")


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (form, re.compile(FIELD.sub(r"(?P<\1>.*?)", re.escape(form)), re.DOTALL)) for form in FORMS
    ]


def told(refusal: Exception) -> str:
    """The refusal in words, in the language spoken now, with names instead of codes.

    As it was raised if its form is not known here.
    """
    if isinstance(refusal, RankingsError) and refusal.fields:
        index = str(refusal.fields.get("index", ""))
        return _(
            refusal.template,
            **{name: _said(name, value, index) for name, value in refusal.fields.items()},
        )
    text = str(refusal)
    for form, pattern in _patterns():
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            index = fields.get("index", "")
            named = {field: _said(field, value, index) for field, value in fields.items()}
            return _(form, **named)
    return text


def _said(field: str, value: object, index: str) -> str:
    """What stands in a field, in the language spoken."""
    if isinstance(value, RankingsError):
        return told(value)
    value = str(value)
    if field in TYPED:
        return value
    if field == "near":
        return listing(value.split(" or "), either=True)
    if field == "hint":
        return told(InputError(value))
    return _named(value, index, several=field in MANY)


def _named(value: str, index: str, *, several: bool) -> str:
    """The names of the codes in a field; what is no code stays."""
    names = [_name(code, index) for code in value.split(", ")]
    return listing(names) if several else ", ".join(names)


def _name(code: str, index: str) -> str:
    if code in NAMES:
        return _(NAMES[code])
    for each in definitions().values():
        if code in each.titles and index in ("", each.name):
            return words.measure(each.name, code)
    if code in words.indicators():
        return words.indicator(code)
    try:
        held = world.load()
        return held.name(code, language()) if code in set(held.economies["iso3"]) else code
    except RankingsError:  # what is refused may be that there is no data
        return code
