"""What can a rank be asked of? Indices, their sub-indices, and a composite of them.

A measure is one component of one index, with what the engine needs to tell its story: what it is
made of one level down, its scale, when its editions come, and how it can be forecast, or why not.
The facts stand in the definition file of the index.
"""

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from rankings.errors import InputError, NotKnown, Phrase
from rankings.panel import definitions
from rankings.panel.names import key

COMPOSITES = Path(__file__).parents[1] / "composite" / "catalogue"
RECIPES = Path(__file__).parent / "recipes"
CLOSING, WALK, PARTS = "closing gaps", "random walk", "parts"
LATEST = 9999
TOO_FEW = Phrase("too few editions of this part of the index are held for a record")


@dataclass(frozen=True)
class Scale:
    """The scale of the values of some editions: first, last, lowest, highest, decimals shown."""

    first_edition: int
    last_edition: int
    low: float
    high: float
    digits: int


@dataclass(frozen=True)
class Regime:
    """Editions whose standings may be compared as a walk.

    Attributes:
        name: as the record shows it.
        first_edition: the first one.
        last_edition: the last one.
        fewest: editions known before a forecast is made.
        pooled: whether steps of earlier regimes serve it too.
        widened: factors on the spread, 1, 2, ... steps ahead (the last one for all further).
        saturated_to: the last rank of a top where the scale matters; 0: none.
    """

    name: str
    first_edition: int
    last_edition: int
    fewest: int
    pooled: bool = False
    widened: tuple[float, ...] = (1.0,)
    saturated_to: int = 0

    def holds(self, edition: int) -> bool:
        """Whether an edition belongs to it."""
        return self.first_edition <= edition <= self.last_edition


@dataclass(frozen=True)
class WalkBreak:
    """A change of method between two regimes, as far as a walk can be carried across it.

    Attributes:
        edition: the first one of the new method.
        known_from: the year from which on anybody could know.
        widened: factor on the spread.
        fitted: the factor was fitted on this very break, so it is not tested.
    """

    edition: int
    known_from: int
    widened: float
    fitted: bool


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        code: its short name ("TII").
        index: the index whose rows hold it ("EGDI"); of a composite its own code.
        component: the component in those rows.
        title: its full name.
        area: what it answers for ("telecom"); empty where nothing is said.
        parent: code of the measure above it; None for an index.
        children: components one level down, whatever the edition: sub-indices, or indicators
            where a recipe rebuilds it; for a composite the codes of its pillars' measures.
        weights: of the children of a composite, in their order; else empty.
        scales: by edition.
        rhythm: years between editions where the publisher keeps one.
        assumed: (first, last as-of year) -> editions assumed to come, where there is no rhythm.
        data_behind: (first, last edition, years): the data of an edition are so many years
            behind its label; empty where the publisher does not say.
        forecast: "closing gaps", "random walk", "parts", or empty.
        why_not: why it cannot be forecast; empty where it can.
        regimes: editions that may be compared.
        breaks: between the regimes.
        also: other names users write.
    """

    code: str
    index: str
    component: str
    title: str
    area: str
    parent: str | None
    children: tuple[str, ...]
    weights: tuple[float, ...]
    scales: tuple[Scale, ...]
    rhythm: int | None
    assumed: tuple[tuple[int, int, tuple[int, ...]], ...]
    data_behind: tuple[tuple[int, int, int], ...]
    forecast: str
    why_not: str
    regimes: tuple[Regime, ...]
    breaks: tuple[WalkBreak, ...]
    also: tuple[str, ...]

    @property
    def composite(self) -> bool:
        """Whether it is a composite of other measures and not a publisher's."""
        return self.forecast == PARTS

    def scale(self, edition: int) -> Scale:
        """The scale of an edition; `InputError` if none is defined."""
        for scale in self.scales:
            if scale.first_edition <= edition <= scale.last_edition:
                return scale
        raise InputError(
            "no scale of {index} {edition} is defined", index=self.code, edition=edition
        )

    def regime(self, edition: int) -> Regime:
        """The regime an edition belongs to; `InputError` if it belongs to none."""
        for regime in self.regimes:
            if regime.holds(edition):
                return regime
        raise InputError(
            "{index} {edition} belongs to no regime: it cannot be forecast from",
            index=self.code,
            edition=edition,
        )

    def data_year(self, edition: int) -> int | None:
        """The year the data of an edition speak of; None where that is not stated."""
        for first, last, behind in self.data_behind:
            if first <= edition <= last:
                return edition - behind
        return None

    def check_forecast(self) -> None:
        """`NotKnown` with the reason where the measure cannot be forecast."""
        if self.why_not:
            raise NotKnown(
                "{index} cannot be forecast: {reason}", index=self.code, reason=Phrase(self.why_not)
            )

    def editions_ahead(self, newest: int, as_of: int, until: int) -> list[int]:
        """The editions expected after the newest one known, up to a year.

        By the publisher's rhythm (none that should have come by ``as_of`` and did not), or those
        assumed at ``as_of``.

        Raises:
            InputError: none is expected by then, or nothing is assumed.
        """
        if self.rhythm is not None:
            first = newest + self.rhythm
            due = [year for year in range(first, until + 1, self.rhythm) if year > as_of]
            following = next(year for year in range(first, first + 99, self.rhythm) if year > as_of)
        else:
            ahead = self._assumed_at(as_of, newest)
            due = [year for year in ahead if year <= until]
            following = ahead[0]
        if not due:
            raise self._none_by(newest, until, following)
        return due

    def _none_by(self, newest: int, until: int, following: int) -> InputError:
        if self.rhythm:
            return InputError(
                "no {index} edition is expected after {newest} and by {until}; the next one is "
                "due in {following}",
                index=self.code,
                newest=newest,
                until=until,
                following=following,
            )
        return InputError(
            "no {index} edition is expected after {newest} and by {until}; the next one is "
            "assumed in {following}",
            index=self.code,
            newest=newest,
            until=until,
            following=following,
        )

    def _assumed_at(self, as_of: int, newest: int) -> list[int]:
        for first, last, editions in self.assumed:
            ahead = [edition for edition in editions if edition > newest]
            if first <= as_of <= last and ahead:
                return ahead
        raise InputError(
            "{index} keeps no regular rhythm, and no dates of its next editions are "
            "assumed as of {year}: add them to the definition file",
            index=self.code,
            year=as_of,
        )


def _scales(facts: dict[str, Any], component: str) -> tuple[Scale, ...]:
    rows = facts.get("scales", [])
    own = [each for each in rows if component in each.get("components", [])]
    general = [each for each in rows if "components" not in each]
    return tuple(_scale(each) for each in own or general)


def _scale(facts: dict[str, Any]) -> Scale:
    (first, last), (low, high) = facts["editions"], facts["range"]
    return Scale(int(first), int(last), float(low), float(high), int(facts["digits"]))


def _regimes(facts: dict[str, Any]) -> tuple[Regime, ...]:
    return tuple(_regime(each) for each in facts.get("regimes", []))


def _regime(facts: dict[str, Any]) -> Regime:
    first, last = facts["editions"]
    return Regime(
        name=facts["name"],
        first_edition=int(first),
        last_edition=int(last),
        fewest=int(facts["fewest"]),
        pooled=bool(facts.get("pooled", False)),
        widened=tuple(float(each) for each in facts.get("widened", [1.0])),
        saturated_to=int(facts.get("saturated_to", 0)),
    )


def _breaks(facts: dict[str, Any]) -> tuple[WalkBreak, ...]:
    return tuple(WalkBreak(**each) for each in facts.get("walk_breaks", []))


def _assumed(facts: dict[str, Any]) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    rows = facts.get("assumed", [])
    return tuple(
        (int(each["as_of"][0]), int(each["as_of"][1]), tuple(each["editions"])) for each in rows
    )


def _data_behind(facts: dict[str, Any]) -> tuple[tuple[int, int, int], ...]:
    rows = facts.get("data_year", [])
    return tuple(
        (int(each["editions"][0]), int(each["editions"][1]), int(each["behind"])) for each in rows
    )


@cache
def _indicators() -> dict[tuple[str, str], tuple[str, ...]]:
    """Indicators below each sub-index, by index and sub-index, of all recipes held."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for path in sorted(RECIPES.glob("*.toml"), reverse=True):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        for node, below in facts["nodes"].items():
            found.setdefault((facts["index"], node), {}).update(dict.fromkeys(below["of"]))
    return {key: tuple(names) for key, names in found.items()}


def _children(index: definitions.Index, component: str) -> tuple[str, ...]:
    table = index.weights
    below = table.loc[table["parent"] == component, "child"]
    return tuple(dict.fromkeys(below)) or _indicators().get((index.name, component), ())


def _parent(index: definitions.Index, component: str) -> str | None:
    """The component above: by weight, else the index itself for a component beside its parts."""
    if component == index.overall:
        return None
    table = index.weights
    above = list(table.loc[table["child"] == component, "parent"])
    return str(above[-1]) if above else index.overall


def _of_index(path: Path) -> list[Measure]:
    """The measures of one index: those its file names, and its other components."""
    index = definitions.read_definition(path)
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    named = {each["component"]: (code, each) for code, each in facts.get("measures", {}).items()}
    codes = {
        part: named[part][0] if part in named else f"{index.name}:{part}"
        for part in index.titles
        if part != "tier"
    }
    made = []
    for part, code in codes.items():
        own = named[part][1] if part in named else {}
        parent = _parent(index, part)
        forecast = str(own.get("forecast", ""))
        why_not = "" if forecast else own.get("why_not", str(TOO_FEW))
        made.append(
            Measure(
                code=code,
                index=index.name,
                component=part,
                title=index.titles[part],
                area=index.areas.get(part, ""),
                parent=None if parent is None else codes.get(parent, index.name),
                children=_children(index, part),
                weights=(),
                scales=_scales(facts, part),
                rhythm=index.rhythm,
                assumed=_assumed(facts),
                data_behind=_data_behind(facts),
                forecast=forecast,
                why_not=why_not,
                regimes=_regimes(facts),
                breaks=_breaks(facts),
                also=tuple(own.get("also", [])),
            )
        )
    return made


def _composite(path: Path, files: tuple[Path, ...]) -> Measure:
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    code, own = next(iter(facts["measures"].items()))
    pillars = facts["pillars"].values()
    above = {(each.index, each.component): each for each in _published(files)}
    parts = [above[pillar["index"], pillar["component"]] for pillar in pillars]
    return Measure(
        code=code,
        index=facts["name"],
        component=own["component"],
        title=facts["title"],
        area="overall",
        parent=None,
        children=tuple(part.code for part in parts),
        weights=tuple(float(pillar["weight"]) for pillar in pillars),
        scales=_scales(facts, own["component"]),
        rhythm=2,
        assumed=(),
        data_behind=(),
        forecast=str(own["forecast"]),
        why_not="",
        regimes=_regimes(facts),
        breaks=(),
        also=tuple(own.get("also", [])),
    )


@cache
def _published(files: tuple[Path, ...]) -> tuple[Measure, ...]:
    return tuple(each for path in files for each in _of_index(path))


def measures() -> dict[str, Measure]:
    """All measures by code: indices with their parts, then composites."""
    return _measures(tuple(definitions.files().values()))


@cache
def _measures(files: tuple[Path, ...]) -> dict[str, Measure]:
    composites = [
        _composite(path, files)
        for path in sorted(COMPOSITES.glob("*.toml"))
        if "measures" in tomllib.loads(path.read_text(encoding="utf-8"))
    ]
    return {each.code: each for each in (*_published(files), *composites)}


def _plain(name: str) -> str:
    """Letters and figures alone, letter case and accents apart, as names are compared."""
    return key(re.sub(r"[_:\-]+", " ", name))


def _names() -> dict[str, str]:
    """Every name a measure answers to, plain, with its code; what two measures share is left out.

    Codes come first, then other names, then titles and components.
    """
    return _named(tuple(definitions.files().values()))


@cache
def _named(files: tuple[Path, ...]) -> dict[str, str]:
    every = _measures(files).values()
    ways = [
        [(each.code, each.code) for each in every],
        [(f"{each.index}:{each.component}", each.code) for each in every],
        [(name, each.code) for each in every for name in each.also],
        [(each.title, each.code) for each in every],
        [(each.component, each.code) for each in every],
    ]
    names: dict[str, str] = {}
    for pairs in ways:
        found: dict[str, set[str]] = {}
        for name, code in pairs:
            found.setdefault(_plain(name), set()).add(code)
        for name, codes in found.items():
            if len(codes) == 1 and name not in names:
                names[name] = codes.pop()
    return names


def measure(name: object) -> Measure:
    """The measure a name means, however it is written: "TII", "tii", "telecom", "Telecom (TII)".

    Raises:
        InputError: no measure has that name, or several share it; the nearest ones are named.
    """
    if not isinstance(name, str):
        raise InputError("a measure is a name as EGDI or TII, not {value}", value=repr(name))
    names = _names()
    inside = re.search(r"\(([^()]+)\)\s*$", name)
    for way in (name, inside[1] if inside else name, re.sub(r"\([^()]*\)", " ", name)):
        found = names.get(_plain(way))
        if found:
            return measures()[found]
    plain = _plain(name)
    shared = [each.code for each in measures().values() if plain == _plain(each.component)]
    if shared:
        raise InputError(
            "{given} is a part of several indices: say {near}", given=name, near=" or ".join(shared)
        )
    near = get_close_matches(plain, names, n=3, cutoff=0.7)
    near += [known for known in names if len(plain) > 3 and plain in known]
    if near:
        raise InputError(
            "{given} is not a known {kind}; did you mean {near}?",
            given=repr(name),
            kind=Phrase("measure"),
            near=" or ".join(list(dict.fromkeys(names[known] for known in near))[:3]),
        )
    raise InputError.suggest("measure", name, [code for code in measures() if ":" not in code])
