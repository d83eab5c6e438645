"""What is an index made of, and when does it come out?

Facts about an index are data, one TOML file each below ``rankings/panel/indices``. The engine that
aggregates, ranks and splits is the same for every index.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from rankings import store
from rankings.errors import DataError, InputError, NotKnown

FOLDER = Path(__file__).parent / "indices"
# In a delivery of the own store: what an index that it brings is made of.
ADDED = "definition.toml"


@dataclass(frozen=True)
class Placeholder:
    """Cells of an index that hold a value though nothing was measured.

    Attributes:
        components: where they occur.
        first_edition: the first edition that has them.
        last_edition: the last one.
        value: what the publisher stored.
        why: what it did, in English.
    """

    components: tuple[str, ...]
    first_edition: int
    last_edition: int
    value: float
    why: str


@dataclass(frozen=True)
class Figure:
    """A yearly series that stands for a sub-index, with what was known of it when.

    Attributes:
        component: the sub-index.
        series: the series' name.
        counted_from: the first edition that counts it; before, nobody knew that one would.
        counted_to: the last such edition held so far.
        out_after: years from the year described to the year-end at which the figure is out.
        caps: pairs of an edition and the value above which that edition and later ones count no
            more.
    """

    component: str
    series: str
    counted_from: int
    counted_to: int
    out_after: int
    caps: tuple[tuple[int, float], ...] = ()

    def cap(self, edition: int) -> float:
        """The highest value counted by the rules of an edition; inf where there is no cap."""
        return next((cap for first, cap in reversed(self.caps) if first <= edition), float("inf"))


@dataclass(frozen=True)
class Index:
    """One index: its name, its headline component and the tree below it.

    Attributes:
        name: the code used in every table ("EGDI").
        title: the publisher's name of it.
        publisher: who releases it.
        overall: the component that is the index itself ("egdi", "overall").
        rhythm: years between editions where the publisher keeps one, else None.
        model_from: the first edition that models may learn from.
        described_to: the last edition whose method changes are in breaks.csv; None if unknown.
        titles: component -> its full name.
        areas: component -> the area it answers for (telecom, security, human capital,
            services, e-government, ...).
        weights: columns first_edition, last_edition, parent, child, weight; a weight holds for
            editions from the first to the last inclusive. Empty where sub-indices are not held.
        placeholders: which stored values are no scores.
        figures: yearly series that stand for a sub-index, and when they were known.
        headline: its place among the indices every report shows (1, 2, ...); None if not one.
        sum_tolerance: how far a published overall may lie from that of its published, rounded
            parts; None where none are held.
        table: the table of data/raw with its rows.
        labels: component -> the short name on pages.
        decimals: (first edition, last edition, decimals of a score as printed).
        sisters: indices whose overall values its models may look at.
        rank_slack: edition -> by how many places printed ranks may differ from those of the
            printed scores, and why.
        sum_slack: (edition, ISO3) whose printed overall is not that of the printed parts.
        host: the index whose reports print it, where that is another one; a composite's own name.
        computed_from: of an index that an analyst computed, whose figures it is made of; nobody
            published it.
    """

    name: str
    title: str
    publisher: str
    overall: str
    rhythm: int | None
    model_from: int
    titles: dict[str, str]
    areas: dict[str, str]
    weights: pd.DataFrame
    described_to: int | None = None
    placeholders: tuple[Placeholder, ...] = ()
    figures: tuple[Figure, ...] = ()
    headline: int | None = None
    sum_tolerance: float | None = None
    table: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    decimals: tuple[tuple[int, int, int], ...] = ()
    sisters: tuple[str, ...] = ()
    rank_slack: dict[int, tuple[int, str]] = field(default_factory=dict)
    sum_slack: frozenset[tuple[int, str]] = frozenset()
    host: str = ""
    computed_from: str = ""

    @property
    def printed_in(self) -> str:
        """The index whose reports print it; of a composite its own name."""
        return self.host or self.name

    def digits(self, edition: int) -> int:
        """Decimals a score of an edition is shown with: as many as its publisher prints."""
        held = (count for first, last, count in self.decimals if first <= edition <= last)
        return next(held, 2)

    def weights_of(self, edition: int) -> pd.Series:
        """Weight of each sub-index in the overall value of an edition, indexed by component.

        Raises:
            NotKnown: the index has no held sub-indices in that edition.
        """
        table = self.weights
        held = table.loc[(table["first_edition"] <= edition) & (table["last_edition"] >= edition)]
        if held.empty:
            raise NotKnown(
                "the sub-indices of {index} {edition} are not defined: a split by sub-index is "
                "not possible for this edition",
                index=self.name,
                edition=edition,
            )
        return held.set_index("child")["weight"]

    def next_editions(self, newest: int, until: int) -> list[int]:
        """Editions due after the newest held one, up to a year, by the publisher's rhythm.

        Raises:
            InputError: the index keeps no rhythm, or no edition is due by then.
        """
        if self.rhythm is None:
            raise InputError(
                "{index} keeps no regular rhythm: its next edition cannot be dated", index=self.name
            )
        due = list(range(newest + self.rhythm, until + 1, self.rhythm))
        if not due:
            raise InputError(
                "no {index} edition is due after {newest} and by {until}; the next one is due "
                "in {following}",
                index=self.name,
                newest=newest,
                until=until,
                following=newest + self.rhythm,
            )
        return due


def _weights(facts: dict[str, object], name: str) -> pd.DataFrame:
    """The weight table of a definition file; each parent's weights must sum to one."""
    rows: list[dict[str, object]] = []
    entries = facts.get("weights", [])
    for entry in entries if isinstance(entries, list) else []:
        first, last = entry["editions"]
        for child, weight in entry["of"].items():
            rows.append(
                {
                    "first_edition": int(first),
                    "last_edition": int(last),
                    "parent": str(entry["parent"]),
                    "child": str(child),
                    "weight": float(weight) / float(entry.get("divide_by", 1)),
                }
            )
    table = pd.DataFrame(
        rows, columns=["first_edition", "last_edition", "parent", "child", "weight"]
    )
    sums = table.groupby(["first_edition", "parent"])["weight"].sum()
    whole = 1.0 if not facts.get("points", False) else sums
    wrong = sums[(sums - whole).abs() > 1e-9]
    if len(wrong):
        raise DataError(
            "{index}.toml: weights of {edition} sum to {total}, not 1",
            index=name,
            edition=wrong.index[0],
            total=f"{wrong.iloc[0]:g}",
        )
    return table


@cache
def read_definition(path: Path) -> Index:
    """The definition in one TOML file."""
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    components = facts["components"]
    return Index(
        name=facts["name"],
        title=facts["title"],
        publisher=facts["publisher"],
        overall=facts["overall"],
        rhythm=facts.get("rhythm"),
        model_from=int(facts.get("model_from", 0)),
        described_to=facts.get("described_to"),
        titles={key: str(each["title"]) for key, each in components.items()},
        areas={key: str(each["area"]) for key, each in components.items() if "area" in each},
        weights=_weights(facts, path.stem),
        placeholders=tuple(_placeholder(each) for each in facts.get("placeholders", [])),
        figures=tuple(_figure(each) for each in facts.get("figures", [])),
        headline=facts.get("headline"),
        sum_tolerance=facts.get("sum_tolerance"),
        table=facts.get("table", path.stem),
        labels={key: str(each["label"]) for key, each in components.items() if "label" in each},
        decimals=tuple((*each["editions"], each["digits"]) for each in facts.get("scales", [])),
        sisters=tuple(facts.get("sisters", [])),
        computed_from=facts.get("computed_from", ""),
        rank_slack={
            each["edition"]: (each["places"], each["why"]) for each in facts.get("rank_slack", [])
        },
        sum_slack=frozenset((each["edition"], each["iso3"]) for each in facts.get("sum_slack", [])),
    )


def _figure(facts: dict[str, Any]) -> Figure:
    first, last = facts["counted"]
    caps = sorted((int(edition), float(cap)) for edition, cap in facts.get("caps", {}).items())
    out = int(facts["out_after"])
    return Figure(facts["component"], facts["series"], int(first), int(last), out, tuple(caps))


def _placeholder(facts: dict[str, Any]) -> Placeholder:
    first, last = facts["editions"]
    return Placeholder(
        tuple(facts["components"]), int(first), int(last), float(facts["value"]), str(facts["why"])
    )


def added() -> tuple[Path, ...]:
    """The definition files of indices an analyst has added, one a delivery, oldest first."""
    folder = store.own_folder()
    if folder is None:
        return ()
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return ()
    return _added_in(folder, changed)


@lru_cache(maxsize=8)
def _added_in(folder: Path, _changed: int) -> tuple[Path, ...]:
    """Those of a folder as it was changed last: deliveries come and go as a whole."""
    found = folder.glob(f"[!.]*/{ADDED}")
    return tuple(sorted(found, key=lambda path: (path.stat().st_mtime_ns, path)))


def files() -> dict[str, Path]:
    """The definition file of each index, in the order in which reports show them.

    Those of this package, then those of indices that an analyst has added.
    """
    return _files(added())


@cache
def _files(own: tuple[Path, ...]) -> dict[str, Path]:
    found = [(read_definition(path), path) for path in store.ours(FOLDER, ".toml")]
    found.sort(key=lambda pair: (pair[0].headline or 99, pair[0].name))
    found += [(read_definition(path), path) for path in own]
    return {index.name: path for index, path in found}


def definitions() -> dict[str, Index]:
    """All defined indices by name, in the order in which reports show them."""
    return _definitions(added())


@cache
def _definitions(own: tuple[Path, ...]) -> dict[str, Index]:
    return {name: read_definition(path) for name, path in _files(own).items()}


def headline_indices() -> tuple[str, ...]:
    """The indices that every report shows, in their order."""
    return tuple(name for name, index in definitions().items() if index.headline)


def is_overall(rows: pd.DataFrame) -> pd.Series:
    """Which rows (columns index, component) are of an index itself, not of a part of it."""
    overall = rows["index"].map({name: each.overall for name, each in definitions().items()})
    return rows["component"] == overall


def definition(name: str) -> Index:
    """One index by its name; `InputError` with a suggestion if there is none."""
    known = definitions()
    if name not in known:
        raise InputError.suggest("index", name, known)
    return known[name]
