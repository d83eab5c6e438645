"""What is a composite of ours made of? Facts in a file below ``rankings/composite/catalogue``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from rankings import store, texts
from rankings.composite import aggregate, normalise, outliers, weights
from rankings.composite.engine import Method, Stage
from rankings.composite.tree import Tree, from_table
from rankings.errors import InputError

FOLDER = Path(__file__).parent / "catalogue"
ICT = "ict"

# All on a scale above 0, so that every mean is defined for each of them.
NORMALISE: dict[str, Stage] = {
    "min-max": normalise.minmax(1, 100),
    "z-score": normalise.zscore(100, 10),
    "percentile rank": lambda values: 1 + 99 * normalise.percentile_rank(values),
}
AGGREGATE: dict[str, aggregate.Aggregate] = {
    "arithmetic": aggregate.arithmetic,
    "geometric": aggregate.geometric,
    "harmonic": aggregate.harmonic,
}
TREAT: dict[str, Stage] = {
    "as published": outliers.untreated,
    "winsorised": outliers.winsorising(5),
}
STAGES: dict[str, dict[str, object]] = {
    "normalise": dict(NORMALISE),
    "aggregate": dict(AGGREGATE),
    "treat": dict(TREAT),
}


@dataclass(frozen=True)
class Definition:
    """A composite as its file defines it.

    Attributes:
        name: short name ("ICT").
        title: what it is.
        status: whose it is.
        tree: its pillars; columns index and component say where their values stand.
        reference: the method of score and rank.
        varied: the choices behind the interval.
        draws: replicates.
        seed: of their sequence.
    """

    name: str
    title: str
    status: str
    tree: Tree
    reference: Method
    varied: dict[str, dict[str, object]]
    draws: int
    seed: int


@cache
def read_definition(name: str = ICT) -> Definition:
    """The composite defined in ``rankings/composite/catalogue/<name>.toml``.

    Raises:
        InputError: no such file, a method that is not known, or weights that do not sum to 1.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise InputError.suggest(
            "composite", name, [each.stem for each in store.ours(FOLDER, ".toml")]
        )
    return define(texts.read_toml(path))


def define(facts: dict[str, object]) -> Definition:
    """A definition from the facts of its file; raises as `read_definition`."""
    name = str(facts["name"])
    tree = _tree(name, _mapping(facts["pillars"]))
    varied = _mapping(facts["varied"])
    choices = {part: _choices(part, varied[part]) for part in STAGES if part in varied}
    sets = {"as given": tree.weights}
    count, seed = int(str(varied["weight_sets"])), int(str(varied["seed"]))
    sets |= weights.noisy(tree, {1: float(str(varied["weight_noise"]))}, count - 1, seed)
    chosen = {
        part: _choices(part, [word])[str(word)]
        for part, word in _mapping(facts["reference"]).items()
    }
    return Definition(
        name=name,
        title=str(facts["title"]),
        status=str(facts["status"]),
        tree=tree,
        reference=Method().but(**chosen),
        varied={**choices, "weights": dict(sets)},
        draws=int(str(varied["draws"])),
        seed=seed,
    )


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"a composite's file needs a table here, not {value!r}")
    return {str(key): each for key, each in value.items()}


def _tree(name: str, pillars: dict[str, object]) -> Tree:
    rows = [{"code": code, "parent": name, **_mapping(facts)} for code, facts in pillars.items()]
    root = {"code": name, "parent": None, "weight": 1.0, "index": None, "component": None}
    return from_table(pd.DataFrame([*rows, root]), sums_to=1.0)


def _choices(part: str, words: object) -> dict[str, object]:
    if part not in STAGES:
        raise InputError.suggest("part of a composite's method", part, STAGES)
    listed = [str(word) for word in (words if isinstance(words, list) else [words])]
    for word in listed:
        if word not in STAGES[part]:
            raise InputError.suggest("choice for {part}", word, STAGES[part], part=part)
    return {word: STAGES[part][word] for word in listed}
