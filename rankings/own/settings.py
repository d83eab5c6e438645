"""What does the TOML beside a table of one's own say? Every key, its kind, and what is wrong.

Keys that are left out have the defaults written here. A file of `rankings own init` shows them all.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, ValidationError

from rankings import texts
from rankings.errors import InputError, Phrase

Missing = Literal[
    "none",
    "mean",
    "median",
    "group mean",
    "group median",
    "own mean",
    "latest",
    "linear",
    "constant",
]
# These fill a gap from the unit's other years, the others from the same year.
BEFORE = "latest"
FROM_YEARS = (BEFORE, "linear", "constant")
FROM_GROUP = ("group mean", "group median")
Outliers = Literal["none", "winsorise"]
Normalise = Literal[
    "min-max",
    "z-score",
    "percentile rank",
    "rank",
    "borda",
    "distance to best",
    "distance to target",
    "fraction of best",
    "goalposts",
    "unchanged",
]
Aggregate = Literal["arithmetic", "geometric", "harmonic", "copeland"]
MORE, LESS = 1, -1


def _direction(value: object) -> object:
    return {"more": MORE, "less": LESS}.get(value, value) if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Part(BaseModel):
    """A table of the TOML: keys that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TableFacts(_Part):
    """Where the figures are: the file, and which of its columns say what a row is of."""

    file: str | None = None
    sheet: str | None = None
    unit: str
    code: str | None = None
    year: str | None = None
    groups: tuple[str, ...] = Field((), strict=False)
    score: str | None = None
    rank: str | None = None
    of: str | None = None


class Named(_Part):
    """A column that is no indicator: what it is called and measured in."""

    name: str | None = None
    unit: str | None = None
    column: str | None = None


class Pillar(_Part):
    """An aggregate: what it belongs to and how much it counts there."""

    name: str | None = None
    parent: str | None = None
    weight: float = 1.0


class Indicator(Pillar):
    """An indicator: what it belongs to, how much it counts, and how it is read."""

    unit: str | None = None
    column: str | None = None
    direction: Annotated[Literal[1, -1], BeforeValidator(_direction)] = 1
    denominator: str | None = None
    target: float | None = None
    goalposts: tuple[float, float] | None = Field(None, strict=False)
    error: str | None = None


class Root(_Part):
    """The index itself."""

    code: str = "index"
    name: str | None = None


class MethodFacts(_Part):
    """How scores are made."""

    missing: Annotated[tuple[Missing, ...], BeforeValidator(_listed)] = Field(
        ("none",), strict=False
    )
    group: str | None = None
    look_back: int | None = Field(None, ge=0)
    outliers: Outliers = "none"
    winsorise_at_most: int = Field(5, ge=0)
    normalise: Normalise = "min-max"
    range: tuple[float, float] = Field((0.0, 100.0), strict=False)
    aggregate: Aggregate | dict[str, Aggregate] = "arithmetic"
    least_available: float = 0.0


class VariedFacts(_Part):
    """What is varied for the intervals of ranks; an empty list leaves that part as it is."""

    missing: tuple[Missing, ...] = Field((), strict=False)
    outliers: tuple[Outliers, ...] = Field((), strict=False)
    normalise: tuple[Normalise, ...] | None = Field(None, strict=False)
    aggregate: tuple[Aggregate, ...] | None = Field(None, strict=False)
    weight_noise: float = Field(0.25, ge=0, le=1)
    weight_sets: int = Field(100, ge=1, le=100_000)
    leave_one_out: bool = False
    draws: int = 4096
    seed: int = 2018


class Reweighted(_Part):
    """Weights that hold from a year on."""

    from_year: int
    of: dict[str, FiniteFloat]


class Break(_Part):
    """A change of method in a year that cannot be calculated out of the figures."""

    year: int
    what: str


class Settings(_Part):
    """The whole file.

    ``names`` holds, by language and code, what nodes, columns and units are called in another
    language; ``title`` and ``source`` may stand among the codes.
    """

    title: str = ""
    source: str = ""
    table: TableFacts
    index: Root = Root()
    pillars: dict[str, Pillar] = Field(default_factory=dict)
    indicators: dict[str, Indicator] = Field(default_factory=dict)
    denominators: dict[str, Named] = Field(default_factory=dict)
    groups: dict[str, Named] = Field(default_factory=dict)
    method: MethodFacts = MethodFacts()
    varied: VariedFacts = VariedFacts()
    weights: tuple[Reweighted, ...] = Field((), strict=False)
    breaks: tuple[Break, ...] = Field((), strict=False)
    names: dict[str, dict[str, str]] = Field(default_factory=dict)


class CoinrSettings(Settings):
    """The file beside COINr's own tables, which say themselves what the index is made of."""

    table: TableFacts = TableFacts(unit="uName", code="uCode", year="Time")


def read_settings(path: Path, *, coinr: bool = False) -> Settings:
    """The settings in a TOML file.

    Args:
        path: of the file.
        coinr: whether COINr's description lies beside it, so that the tree is not asked for.

    Raises:
        InputError: no TOML, a key that is not known, or a value of another kind; file and key are
            named.
    """
    return check_settings(texts.read_toml(path), path.name, coinr=coinr)


def check_settings(facts: Mapping[str, Any], file: str, *, coinr: bool = False) -> Settings:
    """Settings from the tables of a TOML file; raises as `read_settings`."""
    kind = CoinrSettings if coinr else Settings
    try:
        return kind.model_validate(dict(facts))
    except ValidationError as error:
        raise _refusal(error, file, kind) from None


def _refusal(error: ValidationError, file: str, kind: type[Settings]) -> InputError:
    """The first thing wrong, with its key; a key that is not known before what it left missing."""
    found = error.errors(include_url=False)
    wrong = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    # Within a choice of types pydantic adds a step for each type, which no file holds.
    path = [
        str(part) for part in wrong["loc"] if not re.search(r"[\W]", str(part).replace(" ", ""))
    ]
    key = ".".join(path)
    if wrong["type"] == "extra_forbidden":
        known = _keys(kind, path[:-1])
        reason: object = InputError.suggest("key", path[-1], known)
        return InputError("{file}: {key}: {reason}", file=file, key=key, reason=reason)
    if wrong["type"] == "missing":
        return InputError("{file}: {key}: expected a value, found none; add it", file=file, key=key)
    return InputError(
        "{file}: {key}: expected {expected}, found {found}; correct it",
        file=file,
        key=key,
        expected=_wanted(wrong["type"], wrong["msg"], wrong.get("ctx", {})),
        found=repr(wrong["input"])[:60],
    )


# What a value of another kind should have been.
KINDS = {
    "model_type": Phrase("a table in braces"),
    "dict_type": Phrase("a table"),
    "tuple_type": Phrase("a list"),
    "string_type": Phrase("a text in quotes"),
    "int_type": Phrase("a whole number"),
    "float_type": Phrase("a number"),
    "bool_type": Phrase("true or false"),
    "finite_number": Phrase("a finite number"),
    "too_long": Phrase("a list of two"),
    "missing_argument": Phrase("a list of two"),
}


def _wanted(kind: str, message: str, limits: Mapping[str, Any]) -> object:
    """What would have been taken, as the end of a sentence."""
    if "ge" in limits:
        return Phrase("{least} or more", least=limits["ge"])
    if "le" in limits:
        return Phrase("{most} or less", most=limits["le"])
    plain = message.removeprefix("Input should be ").removeprefix("a valid ")
    return KINDS.get(kind, plain[:1].lower() + plain[1:])


def _keys(kind: type[BaseModel], path: list[str]) -> list[str]:
    """The keys of the table at a path of the file."""
    at: Any = kind
    tables = {
        "pillars": Pillar,
        "indicators": Indicator,
        "denominators": Named,
        "groups": Named,
        "weights": Reweighted,
        "breaks": Break,
    }
    for part in path[:1]:
        at = tables.get(part) or at.model_fields[part].annotation
    return list(at.model_fields)


# What the tables of COINr say themselves.
IN_TABLES = {"index", "pillars", "indicators", "denominators", "groups"}


def write_settings(settings: Settings) -> str:
    """The TOML to lie beside COINr's tables: every setting that they do not hold.

    `read_settings` with ``coinr`` gives the same settings from it.
    """
    facts = settings.model_dump(exclude=IN_TABLES, exclude_none=True)
    published = {
        key: facts["table"][key] for key in ("score", "rank", "of") if key in facts["table"]
    }
    facts["table"] = {"unit": "uName", "code": "uCode", "year": "Time"} | published
    plain = {key: value for key, value in facts.items() if not isinstance(value, dict | tuple)}
    lines = [f"{key} = {toml_value(value)}" for key, value in plain.items()]
    for key, value in facts.items():
        if isinstance(value, tuple):
            for each in value:
                lines += ["", f"[[{key}]]", *(f"{k} = {toml_value(v)}" for k, v in each.items())]
        elif isinstance(value, dict) and key == "names":
            for language, names in value.items():
                lines += [
                    "",
                    f"[names.{language}]",
                    *(f"{_key(k)} = {toml_value(v)}" for k, v in names.items()),
                ]
        elif isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{_key(k)} = {toml_value(v)}" for k, v in value.items())]
    return "\n".join(lines).strip() + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        pairs = (f"{_key(str(k))} = {toml_value(v)}" for k, v in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
