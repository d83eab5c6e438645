"""Which parameters does a story take, and what is each of them allowed to be? The one door.

Command options, notebook defaults, pipeline keys and the explorer's addresses are made from
`Parameters`, and every value a user gives passes through it, whatever it came through: Python,
papermill, a command line, a TOML or YAML file, an address. A value is taken exactly as it was
meant, or refused in one line; nothing is cut off or guessed.
"""

import datetime
import numbers
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rankings import store
from rankings.errors import InputError
from rankings.panel.measures import measure

NEWEST = "newest"
WHOLE = re.compile(r"\s*(\d{1,9})(?:\.0*)?\s*")


class ParameterError(InputError, ValueError):
    """A parameter of a kind or value that has no right answer."""


def _whole(value: object) -> int | None:
    """A whole number from any kind of number, or from digits; None where it is none."""
    if isinstance(value, str) and (found := WHOLE.fullmatch(value)):
        return int(found[1])
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    # A year of 2018.9 is no year: what would be cut off is refused.
    if real and float(str(value)).is_integer() and float(str(value)) >= 0:
        return int(float(str(value)))
    return None


def _shown(value: object) -> str:
    """A value as a message repeats it: a date as it is written, the rest as Python writes it."""
    return str(value) if isinstance(value, datetime.date) else repr(value)[:60]


def _as_of(value: object) -> int | str:
    if isinstance(value, str) and value.strip().casefold() == NEWEST:
        return NEWEST
    if (found := _whole(value)) is not None:
        return found
    if isinstance(value, datetime.date):
        raise ParameterError(
            "as_of is a year or 'newest', not {value}; give {year}", value=value, year=value.year
        )
    raise ParameterError("as_of is a year or 'newest', not {value}", value=_shown(value))


def _target_year(value: object) -> int:
    if (found := _whole(value)) is not None:
        return found
    if isinstance(value, datetime.date):
        raise ParameterError(
            "target_year is a year, not {value}; give {year}", value=value, year=value.year
        )
    raise ParameterError("target_year is a year, not {value}", value=_shown(value))


def _seed(value: object) -> int:
    if (found := _whole(value)) is not None:
        return found
    raise ParameterError("seed is a whole number of 0 or more, not {value}", value=_shown(value))


def _text(value: object) -> str:
    """A text without blanks around it; empty where there is none."""
    return value.strip() if isinstance(value, str) else ""


def _economy(value: object) -> str:
    if found := _text(value):
        return found
    raise ParameterError(
        "economy is a code of three letters, as VNM, not {value}", value=_shown(value)
    )


def _language(value: object) -> str:
    found = _text(value)
    if not found:
        raise ParameterError(
            "language is one of {choices}, not {value}",
            choices=", ".join(store.languages()),
            value=_shown(value),
        )
    if found not in store.languages():
        raise ParameterError.suggest("language", found, store.languages())
    return found


def _band(value: object) -> str:
    if found := _text(value):
        return found
    if isinstance(value, list | tuple) and len(value) == 2:
        return ":".join(str(_rank(end)) for end in value)
    # YAML 1.1 takes 30:50 for a number of base sixty: 1850.
    if isinstance(value, int) and not isinstance(value, bool) and value >= 60:
        raise ParameterError(
            "band is two ranks in quotes, as '30:50', not {value}: {value} may be {other}, which "
            "YAML reads as a number; quote it",
            value=value,
            other=f"{value // 60}:{value % 60:02}",
        )
    raise ParameterError(
        "band is two ranks in quotes, as '30:50', not {value}", value=_shown(value)
    )


def _rank(value: object) -> int:
    """One end of a band that is given as two numbers."""
    if (found := _whole(value)) is not None:
        return found
    raise ParameterError("band is two ranks, as 30:50, not {value}", value=_shown(value))


def _peers(value: object) -> str:
    if isinstance(value, str):
        return _peer(value)
    if isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        # A set has no order of its own.
        codes = sorted(value) if isinstance(value, set | frozenset) else list(value)
        if codes:
            return ",".join(dict.fromkeys(_peer(code) for code in codes))
    raise ParameterError("peers are a group or codes as THA,MYS, not {value}", value=_shown(value))


def _peer(value: object) -> str:
    """A group or code."""
    if found := _text(value):
        return found
    raise ParameterError("peers are a group or codes as THA,MYS, not {value}", value=_shown(value))


def _measure(value: object) -> str:
    """The code of a measure, however it is called."""
    if not _text(value):
        raise ParameterError("measure is a name as EGDI or TII, not {value}", value=_shown(value))
    try:
        return measure(value).code
    except InputError as refusal:
        raise ParameterError("{reason}", reason=refusal) from None


Economy = Annotated[str, BeforeValidator(_economy)]
AsOf = Annotated[int | str, BeforeValidator(_as_of)]
BandText = Annotated[str, BeforeValidator(_band)]
TargetYear = Annotated[int, BeforeValidator(_target_year)]
Peers = Annotated[str, BeforeValidator(_peers)]
Language = Annotated[str, BeforeValidator(_language)]
Seed = Annotated[int, BeforeValidator(_seed)]
MeasureCode = Annotated[str, BeforeValidator(_measure)]


def _field(default: object, description: str, short: str | None = None) -> Any:
    """A parameter: its default, what it is, and its name in options and addresses if shorter."""
    return Field(default, description=description, json_schema_extra={"short": short or ""})


class Parameters(BaseModel):
    """The parameters of a story: name, kind, default and what each means.

    `model_fields` is where every other place takes them from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    economy: Economy = _field("VNM", "ISO3 code.")
    as_of: AsOf = _field(NEWEST, "A year, its end.")
    band: BandText = _field("30:50", "Ranks, best:worst, or ids of official targets.")
    target_year: TargetYear = _field(2030, "Deadline.", "by")
    peers: Peers = _field("ASEAN", "A group or ISO3 codes.")
    language: Language = _field(store.SOURCE_LANGUAGE, "Of words and number formats.")
    seed: Seed = _field(2018, "Of the random draws.")
    measure: MeasureCode = _field("EGDI", "What the rank is of, as EGDI, TII, IDI, GCI or ICT.")


def read_parameters(given: Mapping[str, Any]) -> Parameters:
    """The parameters given, each of its kind; the defaults for those left out.

    Raises:
        InputError: the first that is of no kind it can be, or a name that is no parameter.
    """
    for name in given:
        if name not in Parameters.model_fields:
            raise ParameterError.suggest("parameter", name, Parameters.model_fields)
    try:
        return Parameters(**given)
    except ValidationError as error:
        raise refusal_in(error) from None


def refusal_in(error: ValidationError) -> InputError:
    """The refusal that a validation ended with."""
    wrong = error.errors(include_url=False)[0]
    found = wrong.get("ctx", {}).get("error")
    if isinstance(found, InputError):
        return found
    return InputError("{key}: {reason}", key=".".join(map(str, wrong["loc"])), reason=wrong["msg"])


def short_name(name: str) -> str:
    """What a parameter is called in options and addresses: ``by`` for ``target_year``."""
    extra = Parameters.model_fields[name].json_schema_extra
    short = extra.get("short") if isinstance(extra, dict) else None
    return str(short or name)
