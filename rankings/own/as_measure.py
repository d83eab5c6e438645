"""An index of one's own whose units are economies, as a measure like those of publishers.

Scores and pillars of all years go into the analyst's own store as the editions of an index, with a
definition beside them that says what an index's file in this package says: title, parts, weights,
scale, rhythm and how it can be forecast. From then on whatever takes a measure takes this one.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd

from rankings import load
from rankings.data import build, own_store
from rankings.errors import DataError, InputError, Phrase
from rankings.own.index import OwnIndex, built
from rankings.own.moves import breaks, by_component
from rankings.own.settings import toml_value
from rankings.own.standing import is_linear, parts
from rankings.panel.definitions import ADDED
from rankings.panel.measures import LATEST, measure
from rankings.panel.names import Book, book
from rankings.sources import plain

KIND = "own-index"
OVERALL = "overall"
CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")
COMPONENT = re.compile(r"[a-z0-9_]+")
# Steps are drawn from past ones, and a forecast from so many editions is judged by one more: with
# fewer there is no record.
FEWEST = 3
NEEDED = FEWEST + 1


@dataclass(frozen=True)
class Added:
    """What became a measure.

    Attributes:
        code: its code.
        delivery: the name under which `rankings withdraw` takes it out again.
        editions: its editions, in order.
        economies: how many the newest edition ranks.
        replaced: deliveries of an earlier state of it, taken out.
    """

    code: str
    delivery: str
    editions: list[int]
    economies: int
    replaced: list[str]


def add_measure(index: OwnIndex, code: str, today: str, edition: int | None = None) -> Added:
    """Put an index of one's own into the own store as a measure.

    What an earlier call put there under this code is replaced as a whole. An edition holds what was
    known in its year: where gaps are filled from other years, from earlier ones only.

    Args:
        index: whose units are economies, by code or name.
        code: what the measure is to be called ("DRI"): capitals and digits.
        today: ISO date remembered with it.
        edition: the year of a table that has none.

    Raises:
        InputError: a unit is no economy or two are the same, a score lies below 0, a published rank
            is of a unit without a score, the code is taken, or a year is missing; nothing was
            added.
    """
    code = _free_code(code)
    index = replace(index, hindsight=False)
    years = _editions(index, edition)
    rows = _rows(index, code, years)
    definition = _definition(index, code, years, rows)
    sha = hashlib.sha256((definition + index.digest).encode()).hexdigest()
    earlier = [each.name for each in own_store.records() if each.kind == KIND and each.file == code]
    record = own_store.Record(
        name=own_store.free_name(f"{KIND}-{sha[:12]}"),
        kind=KIND,
        file=code,
        sha256=sha,
        added=today,
        replaces=[],
        notes=[f"computed from the folder {index.name}"],
        order=own_store.next_order(),
    )
    source = f"{KIND}:{sha[:12]}"
    tables = {
        "index": rows.assign(source_id=source)[list(plain.INDEX_TABLE.columns)],
        "editions": _edition_rows(index, code, years, source),
        "breaks": _break_rows(index, code, years, source),
        "sources": _source_rows(index, sha, source),
    }
    own_store.add(record, tables, {ADDED: definition})
    try:
        build.build()
    except (DataError, InputError):
        own_store.withdraw(record.name)
        raise
    for name in earlier:
        own_store.withdraw(name)
    if earlier:
        build.build()
    newest = rows.loc[(rows["edition"] == max(years.values())) & (rows["component"] == OVERALL)]
    return Added(code, record.name, sorted(years.values()), len(newest), earlier)


def _free_code(given: str) -> str:
    """The code, if nothing else answers to it."""
    code = given.strip().upper()
    if not CODE.fullmatch(code):
        raise InputError(
            "{value} is no code of a measure: expected 2 to 12 capitals and digits, as DRI",
            value=repr(given),
        )
    try:
        found = measure(code)
    except InputError:
        return code
    if found.index == code and code in own_codes():
        return code
    raise InputError(
        "{code} is the {title} already: choose another code", code=code, title=found.title
    )


def own_codes() -> set[str]:
    """The codes of the measures that were added so."""
    return {each.file for each in own_store.records() if each.kind == KIND}


def _editions(index: OwnIndex, edition: int | None) -> dict[int, int]:
    """Which edition each year of the table becomes; 0 is the year of a table that has none."""
    if index.years != [0]:
        return {year: year for year in index.years}
    if edition is None:
        raise InputError(
            "{index} has no years: say which one its figures are of, as --edition 2025",
            index=index.title,
        )
    return {0: edition}


def _economies(index: OwnIndex, known: Book) -> dict[str, str]:
    """ISO3 code of each unit."""
    found: dict[str, str] = {}
    for unit, name in index.names.items():
        by_code, by_name = known.find(str(unit)), known.find(str(name))
        if by_code and by_name and by_code != by_name:
            raise InputError(
                "{unit} is {economy} by its name and {other} by its code, {code}: correct one",
                unit=str(name),
                economy=by_name,
                other=by_code,
                code=str(unit),
            )
        iso3 = by_code or by_name
        if iso3 is None:
            raise InputError(
                "{unit} is no economy: an index becomes a measure where each of its units is one, "
                "by ISO code or name",
                unit=str(name),
            )
        if iso3 in found.values():
            raise InputError(
                "{unit} is {economy}, which is in the table already: keep one of them",
                unit=str(name),
                economy=iso3,
            )
        found[str(unit)] = iso3
    return found


def _rows(index: OwnIndex, code: str, years: Mapping[int, int]) -> pd.DataFrame:
    """Scores and pillars of all years, in the plain layout of an index but for the source."""
    iso3 = _economies(index, book(load().economies))
    tables = []
    for year, edition in years.items():
        made = built(index, year)
        scores = made.scores.dropna()
        children = made.tree.children[made.tree.root]
        wide = made.aggregated.loc[scores.index, children].assign(**{made.tree.root: scores})
        wide = wide.rename(columns=_components(index))
        printed = _printed(index, year, scores)
        long = by_component(wide.rename(index=iso3)).assign(edition=edition)
        ranks = long["iso3"].map(printed.rename(index=iso3)).astype("Int64")
        tables.append(long.assign(published_rank=ranks.where(long["component"] == OVERALL)))
    rows = pd.concat(tables, ignore_index=True).dropna(subset="value")
    if (rows["value"] < 0).any():
        raise InputError(
            "{index}: scores below 0 have no place on a scale; normalise by min-max or goalposts",
            index=index.title,
        )
    empty = {"printed_value": None, "reference_year": None, "note": None}
    return rows.assign(index=code, vintage=rows["edition"].astype(str), **empty)


def _printed(index: OwnIndex, year: int, scores: pd.Series) -> pd.Series:
    """The published ranks of a year; each must be of a unit that has a score, too."""
    ranks = index.of_year(index.published, year)["rank"].dropna()
    without = [unit for unit in ranks.index if unit not in scores.index]
    if without:
        raise InputError(
            "{unit} has a published rank and no figures to compute its score from: ranks among "
            "some of the units would be no ranks of the index",
            unit=f"{index.names[without[0]]}{f' ({year})' if year else ''}",
        )
    return ranks


def _components(index: OwnIndex) -> dict[str, str]:
    """What each node of the two highest levels is called as a component."""
    tree = index.tree
    for code in tree.children[tree.root]:
        if not COMPONENT.fullmatch(code.lower()):
            raise InputError(
                "{code}: as part of a measure a pillar has a code of Latin letters, digits and _; "
                "give it one, and its name under name",
                code=code,
            )
    return {tree.root: OVERALL} | {code: code.lower() for code in tree.children[tree.root]}


def _definition(index: OwnIndex, code: str, years: Mapping[int, int], rows: pd.DataFrame) -> str:
    """The definition file: what `rankings.panel.definitions` and `measures` read."""
    named = _components(index)
    if len(set(named.values())) < len(named):
        raise InputError(
            "{index}: codes of pillars differ by letter case alone, or one is called {name}",
            index=index.title,
            name=OVERALL,
        )
    editions = sorted(years.values())
    lines = _head(index, code, editions)
    for node, component in named.items():
        title = index.title if component == OVERALL else index.named(node, "")
        label = code if component == OVERALL else f"{title} ({code})"
        lines += [f"[components.{toml_value(component)}]"]
        lines += [f"title = {toml_value(title)}", f"label = {toml_value(label)}"]
    lines += _weights(index, years, named)
    lines += ["[[scales]]", f"editions = [0, {LATEST}]"]
    high, digits = _scale(index, rows)
    lines += [f"range = [0, {high:g}]", f"digits = {digits}"]
    lines += _forecast(index, code, editions)
    return "\n".join(lines) + "\n"


def _head(index: OwnIndex, code: str, editions: list[int]) -> list[str]:
    facts: dict[str, object] = {
        "name": code,
        "title": index.title,
        "publisher": index.source or index.title,
        "computed_from": index.source or ", ".join(index.files),
        "table": "",
        "overall": OVERALL,
        "described_to": editions[-1],
        "sum_tolerance": 1e-6 * max(1.0, index.settings.method.range[1]),
    }
    apart = {end - start for start, end in pairwise(editions)}
    if len(apart) == 1:
        facts["rhythm"] = apart.pop()
    return [f"{key} = {toml_value(value)}" for key, value in facts.items()]


def _weights(index: OwnIndex, years: Mapping[int, int], named: Mapping[str, str]) -> list[str]:
    """The weights by edition; those of the newest one hold on.

    None of an edition whose score is not the weighted mean of its pillars.
    """
    spans: list[tuple[int, int, dict[str, float]]] = []
    for year, edition in years.items():
        of = _weights_of(index, year, named)
        if spans and spans[-1][2] == of:
            spans[-1] = (spans[-1][0], edition, of)
        else:
            spans.append((edition, edition, of))
    first, _last, of = spans[-1]
    spans[-1] = (first, LATEST, of)
    lines = []
    for first, last, of in spans:
        if of:
            lines += ["[[weights]]", f"editions = [{first}, {last}]"]
            lines += [f"parent = {toml_value(OVERALL)}", f"of = {toml_value(of)}"]
    return lines


def _weights_of(index: OwnIndex, year: int, named: Mapping[str, str]) -> dict[str, float]:
    try:
        if not is_linear(index, year):
            return {}
    except InputError:
        return {}
    weights = parts(index, year)[2]
    return {named[str(node)]: float(weight) for node, weight in weights.items()}


def _scale(index: OwnIndex, rows: pd.DataFrame) -> tuple[float, int]:
    """The highest value of the scale, and the decimals shown on it."""
    high = max(float(index.settings.method.range[1]), float(rows["value"].max()))
    digits = 4 if high <= 1 else 3 if high <= 10 else 2
    return high, digits


def _forecast(index: OwnIndex, code: str, editions: list[int]) -> list[str]:
    """How it is forecast: by its past standings, those from each change of method on apart."""
    lines = [f"[measures.{code}]", f"component = {toml_value(OVERALL)}"]
    starts = _starts(index, editions)
    if len(editions) < NEEDED or len({b - a for a, b in pairwise(editions)}) != 1:
        few = Phrase("fewer than four editions are held: there is no record")
        uneven = Phrase("its editions come at uneven distances, so that no next one is known")
        why = few if len(editions) < NEEDED else uneven
        return [*lines, f"why_not = {toml_value(str(why))}"]
    lines += [f"forecast = {toml_value('random walk')}"]
    for start, following in zip(starts, [*starts[1:], LATEST + 1], strict=True):
        name = code if len(starts) == 1 else f"{code} from {start}"
        lines += ["[[regimes]]", f"name = {toml_value(name)}"]
        lines += [f"editions = [{start}, {following - 1}]", f"fewest = {FEWEST}"]
    return lines


def _starts(index: OwnIndex, editions: list[int]) -> list[int]:
    """The first edition of each method."""
    found = breaks(index)
    whole = found.loc[found["component"] == index.tree.root, "edition"]
    return sorted({editions[0], *(int(year) for year in whole if year in editions)})


def _edition_rows(
    index: OwnIndex, code: str, years: Mapping[int, int], source: str
) -> pd.DataFrame:
    starts = _starts(index, sorted(years.values()))
    rows = [
        {
            **{"index": code, "edition": edition, "vintage": str(edition)},
            **{"published_year": edition, "reference_year": None},
            "report": f"{index.title} {edition}",
            "scale_min": 0.0,
            "scale_max": None,
            "rank_rule": "none",
            "comparable_group": f"{code} from {max(s for s in starts if s <= edition)}",
            "note": "computed from a folder of the analyst's own",
            "source_id": source,
        }
        for edition in sorted(years.values())
    ]
    return pd.DataFrame(rows)


def _break_rows(index: OwnIndex, code: str, years: Mapping[int, int], source: str) -> pd.DataFrame:
    """Changes of method, named as the definition names components."""
    named = _components(index)
    found = breaks(index)
    found = found.loc[found["component"].isin(list(named)) & (len(years) > 1)]
    return found.assign(
        index=code,
        component=found["component"].map(named),
        comparable="by rank and standing, not by value",
        source_id=source,
    )


def _source_rows(index: OwnIndex, sha: str, source: str) -> pd.DataFrame:
    row = {
        "source_id": source,
        "publisher": index.source or index.title,
        "document": f"{', '.join(index.files)} of the folder {index.name}, digest {sha}",
        "address": "",
        "terms": "the analyst's own",
        "how_checked": "computed by rankings own",
    }
    return pd.DataFrame([row])
