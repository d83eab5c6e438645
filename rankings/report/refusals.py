"""How does a refusal read in the reader's language? The lines a table is replaced by.

Stages refuse in English, in one line, by a template and its fields; here the template is
translated and its fields are named.
"""

from rankings.data import world
from rankings.errors import Phrase, RankingsError
from rankings.language.messages import _, language, listing
from rankings.panel.definitions import definitions
from rankings.report import words

# Words that stand in those lines beside names of measures, indicators and economies.
NAMES = {
    "telecom": Phrase("telecom"),
    "security": Phrase("security"),
    "human_capital": Phrase("human capital"),
    "services": Phrase("services"),
    "no peers": Phrase("no peers"),
    "gni_pc_2017ppp": Phrase("national income per head"),
    "index": Phrase("index"),
    "edition": Phrase("edition"),
}
# Fields that hold several names.
MANY = ("parts", "peers", "old", "new")
# Fields that repeat what was typed, or what can be typed instead.
TYPED = ("code", "given", "value", "key", "lever", "other", "choices")


def told(refusal: Exception | Phrase) -> str:
    """The refusal in words, in the language spoken now, with names instead of codes.

    What has no translation stays as it was raised.
    """
    if not isinstance(refusal, RankingsError | Phrase):
        return str(refusal)
    index = str(refusal.fields.get("index", ""))
    fields = {name: _said(name, value, index) for name, value in refusal.fields.items()}
    return _(refusal.template, **fields)


def sentence(refusal: Exception | Phrase) -> str:
    """The refusal as a sentence of running text."""
    text = told(refusal)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _said(field: str, value: object, index: str) -> str:
    """What stands in a field, in the language spoken."""
    if isinstance(value, RankingsError | Phrase):
        return told(value)
    value = str(value)
    if field in TYPED:
        return value
    if field == "near":
        return listing(value.split(" or "), either=True)
    return _named(value, index, several=field in MANY)


def _named(value: str, index: str, *, several: bool) -> str:
    """The names of the codes in a field; what is no code stays."""
    names = [_name(code, index) for code in value.split(", ")]
    return listing(names) if several else ", ".join(names)


def _name(code: str, index: str) -> str:
    if code in NAMES:
        return told(NAMES[code])
    if ":" in code:
        return words.code_called(code)
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
