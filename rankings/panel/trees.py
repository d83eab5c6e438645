"""What is each measure made of, one level down? Every measure as an index with parts of its own.

An index of a publisher is what its definition file says. A sub-index, as the TII, is an index whose
reports are those of the index it belongs to and whose parts are the indicators that a recipe
rebuilds it from, where one is held. A composite is made of the measures its file names. So whatever
asks an `Index` for its parts, weights and decimals asks the same of every measure.
"""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rankings import store
from rankings.errors import InputError
from rankings.panel.definitions import Index, added, definition, definitions
from rankings.panel.measures import LATEST, RECIPES, Measure, measure, measures

WEIGHTS = ["first_edition", "last_edition", "parent", "child", "weight"]


def tree(name: str) -> Index:
    """The index of a name, or a measure seen as one.

    Raises:
        InputError: no index or measure has that name.
    """
    return _tree(name, added())


# An analyst's own definitions come and go while a program runs.
@cache
def _tree(name: str, _added: tuple[Path, ...]) -> Index:
    if name in definitions():
        return definition(name)
    asked = measure(name)
    if asked.code in definitions():
        return definition(asked.code)
    return _composite(asked) if asked.composite else _part(asked)


def tree_at(name: str, edition: int) -> Index:
    """The same as it compares with an edition: models learn from the editions of its regime on."""
    return _tree_at(name, edition, added())


@cache
def _tree_at(name: str, edition: int, _added: tuple[Path, ...]) -> Index:
    found = tree(name)
    if found.host == found.name:  # its record has a first origin; its year-ends all compare
        return found
    regimes = [each for each in measure(name).regimes if each.holds(edition)]
    first = max([found.model_from, *(each.first_edition for each in regimes)])
    return found if first == found.model_from else replace(found, model_from=first)


def part_top(name: str, part: str, edition: int) -> float | None:
    """The highest value of a part of an index in an edition; None where no scale is stated."""
    index = tree(name)
    try:
        of = measure(name if index.host == index.name else f"{index.printed_in}:{part}")
        return of.scale(edition).high
    except InputError:
        return None


def is_published(name: str) -> bool:
    """Whether it is an index with reports of its own, not a part or a composite."""
    return name in definitions()


def _part(asked: Measure) -> Index:
    """A sub-index or pillar of a publisher's index."""
    host = definition(asked.index)
    weights = _recipe_weights(asked)
    below = {child: child for child in weights["child"].unique()}
    named = {name: host.titles[name] for name in below if name in host.titles}
    return replace(
        host,
        name=asked.code,
        title=asked.title,
        overall=asked.component,
        titles=below | named | {asked.component: asked.title},
        labels=host.labels,
        areas={asked.component: asked.area} if asked.area else {},
        weights=weights,
        placeholders=tuple(p for p in host.placeholders if asked.component in p.components),
        figures=tuple(each for each in host.figures if each.component == asked.component),
        headline=None,
        decimals=tuple(
            (each.first_edition, each.last_edition, each.digits) for each in asked.scales
        ),
        rank_slack={},
        sum_slack=frozenset(),
        host=host.name,
    )


def _decimals(asked: Measure) -> tuple[tuple[int, int, int], ...]:
    return tuple((each.first_edition, each.last_edition, each.digits) for each in asked.scales)


def _recipe_weights(asked: Measure) -> pd.DataFrame:
    """Weights of the indicators one level below a sub-index, by edition, from its recipes."""
    rows: list[dict[str, object]] = []
    for path in store.ours(RECIPES, ".toml"):
        facts: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        node = facts["nodes"].get(asked.component)
        if facts["index"] != asked.index or node is None:
            continue
        first, last = facts["editions"]
        total = float(sum(node["of"].values()))
        rows += [
            {
                **{"first_edition": int(first), "last_edition": int(last)},
                **{"parent": asked.component, "child": child, "weight": share / total},
            }
            for child, share in node["of"].items()
        ]
    return pd.DataFrame(rows, columns=WEIGHTS)


def _composite(asked: Measure) -> Index:
    """A composite of measures; its parts are called by their codes."""
    parts = [measures()[code] for code in asked.children]
    pairs = zip(asked.children, asked.weights, strict=True)
    rows = [(0, LATEST, asked.component, child, weight) for child, weight in pairs]
    return Index(
        name=asked.code,
        title=asked.title,
        publisher="",
        overall=asked.component,
        rhythm=asked.rhythm,
        model_from=0,
        titles={asked.component: asked.title} | {part.code: part.title for part in parts},
        areas={part.code: part.area for part in parts},
        weights=pd.DataFrame(rows, columns=WEIGHTS),
        labels={asked.component: asked.code}
        | {part.code: definition(part.index).labels[part.component] for part in parts},
        decimals=tuple(
            (each.first_edition, each.last_edition, each.digits) for each in asked.scales
        ),
        host=asked.code,
    )
