"""What lies below a sub-index, and what would a driver change? Indices as trees of indicators.

A recipe is a data file below ``rankings/panel/recipes``: which indicators make a sub-index, with
which weights, normalisation and caps, in which editions. It is rebuilt from the printed indicators
and held against the published value (`reproduction`). A what-if changes indicators of one economy
and rebuilds everything: z-scores, lowest and highest value are taken again with the changed figure,
so other economies may shift too. Results are given on the published values: published + (rebuilt
with the change - rebuilt without it), so that no change gives the published figures exactly.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rankings import store
from rankings.data.world import World
from rankings.errors import DataError, InputError, NotKnown
from rankings.memo import remembered
from rankings.panel import scale
from rankings.panel import shape as panels

FOLDER = Path(__file__).parents[1] / "panel" / "recipes"
# Z-scores and bounds need (nearly) everybody: a recipe is not run on fewer than this share.
FEWEST_SHARE = 0.9


@dataclass(frozen=True)
class Held:
    """The tables an explanation takes its rows from, as known at some moment.

    Attributes:
        panel: values by index, edition, vintage, economy and component.
        indicators: indicators below the sub-indices: index, edition, iso3, indicator, value.
        breaks: method breaks: index, component, edition, what_changed.
    """

    panel: pd.DataFrame
    indicators: pd.DataFrame
    breaks: pd.DataFrame

    @remembered(most=32)
    def figures(self, index: str, edition: int) -> pd.DataFrame:
        """Indicators of an edition, economies down; empty where none are held."""
        rows = self.indicators
        rows = rows.loc[(rows["index"] == index) & (rows["edition"] == edition)]
        return rows.pivot(index="iso3", columns="indicator", values="value")

    def editions(self, index: str) -> list[int]:
        """Editions of an index in the panel, in order."""
        return sorted(self.panel.loc[self.panel["index"] == index, "edition"].unique().tolist())


@remembered(most=8)
def held(world: World, as_of: int) -> Held:
    """The tables as known at the end of a year, with every vintage published by then.

    Raises:
        InputError: nothing was published by then.
    """
    known = panels.known(world.panel, as_of)
    editions = known[["index", "edition"]].drop_duplicates()
    indicators = world.indicators.merge(editions, on=["index", "edition"], validate="m:1")
    return Held(known, indicators, world.breaks)


@dataclass(frozen=True)
class Node:
    """One step up the tree: the weighted mean of its children, and what is done around it.

    Attributes:
        of: child -> weight (a mean: only their ratios matter).
        combine: "plain", or "z-score" (children are standardised first).
        rescale: "none", or "min-max" (0 for the lowest economy, 1 for the highest).
        goalposts: values that give 0 and 100, cut off beyond; None without.
        log: goalposts act on ln(x + 1).
        divide_by: the mean is divided by this.
    """

    of: dict[str, float]
    combine: str = "plain"
    rescale: str = "none"
    goalposts: tuple[float, float] | None = None
    log: bool = False
    divide_by: float = 1.0

    def value(self, table: pd.DataFrame) -> pd.Series:
        """Its value for the economies that have all children; `DataError` if nobody has."""
        children = table[list(self.of)].dropna()
        if children.empty:
            raise DataError(
                "no economy has all of {parts}: nothing to combine", parts=", ".join(self.of)
            )
        if self.combine == "z-score":
            children = children.apply(scale.zscore)
        mean = scale.arithmetic(children, np.array(list(self.of.values()))) / self.divide_by
        if self.goalposts is not None:
            mean = self._between(mean, np.asarray(self.goalposts, dtype=float))
        return scale.minmax(mean) if self.rescale == "min-max" else mean

    def _between(self, values: pd.Series, goalposts: np.ndarray) -> pd.Series:
        low, high = np.log1p(goalposts) if self.log else goalposts
        at = values.map(np.log1p) if self.log else values
        return (100 * (at - low) / (high - low)).clip(0, 100)


@dataclass(frozen=True)
class Recipe:
    """How one (sub-)index is made of indicators in a span of editions.

    Attributes:
        name: of its file.
        index: the index.
        root: the component on top.
        editions: the first and the last it holds for.
        top: the highest value there is.
        nodes: the tree.
        caps: indicator -> value above which more does not count.
        limits: indicator -> value it cannot exceed.
    """

    name: str
    index: str
    root: str
    editions: tuple[int, int]
    top: float
    nodes: dict[str, Node]
    caps: dict[str, float]
    limits: dict[str, float]

    def upward(self, node: str) -> list[str]:
        """The node and the nodes below it, children first."""
        below = [child for child in self.nodes[node].of if child in self.nodes]
        return [*dict.fromkeys(each for child in below for each in self.upward(child)), node]

    def leaves(self, node: str | None = None) -> list[str]:
        """The indicators below a node (the root by default)."""
        children = [child for at in self.upward(node or self.root) for child in self.nodes[at].of]
        return [child for child in children if child not in self.nodes]

    def capped(self, figures: pd.DataFrame) -> pd.DataFrame:
        """The figures, none above its cap."""
        caps = np.array([self.caps.get(str(name), np.inf) for name in figures])
        values = figures.to_numpy(dtype="float64")
        return pd.DataFrame(np.where(values > caps, caps, values), figures.index, figures.columns)


def read_recipe(path: Path) -> Recipe:
    """The recipe in one TOML file."""
    facts: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    nodes = {name: _node(path.stem, name, entry) for name, entry in facts["nodes"].items()}
    first, last = facts["editions"]
    return Recipe(
        name=path.stem,
        index=facts["index"],
        root=facts["root"],
        editions=(int(first), int(last)),
        top=float(facts["top"]),
        nodes=nodes,
        caps={name: float(most) for name, most in facts.get("caps", {}).items()},
        limits={name: float(most) for name, most in facts.get("limits", {}).items()},
    )


def _node(recipe: str, name: str, entry: dict[str, Any]) -> Node:
    if not entry.get("of") or min(entry["of"].values()) <= 0:
        raise DataError(
            "{recipe}.toml: node {part} needs children with weights above 0",
            recipe=recipe,
            part=name,
        )
    if entry.get("combine", "plain") not in ("plain", "z-score"):
        raise DataError(
            "{recipe}.toml: node {part} combines by plain or z-score", recipe=recipe, part=name
        )
    posts = entry.get("goalposts")
    return Node(**{**entry, "goalposts": None if posts is None else (posts[0], posts[1])})


@cache
def recipes() -> tuple[Recipe, ...]:
    """All recipes held, by name."""
    return tuple(read_recipe(path) for path in store.ours(FOLDER, ".toml"))


def recipe_of(index: str, component: str, edition: int) -> Recipe:
    """The recipe of a component in an edition.

    Raises:
        InputError: none is held; the editions that have one are named.
    """
    able = [each for each in recipes() if each.index == index and component in each.nodes]
    for each in able:
        if each.editions[0] <= edition <= each.editions[1]:
            return each
    spans = ", ".join("-".join(map(str, dict.fromkeys(each.editions))) for each in able)
    if spans:
        raise InputError(
            "how {index} {part} {edition} is made of indicators is not held; it is for {editions}",
            index=index,
            part=component,
            edition=edition,
            editions=spans,
        )
    raise InputError(
        "how {index} {part} {edition} is made of indicators is not held",
        index=index,
        part=component,
        edition=edition,
    )


def rebuild(recipe: Recipe, figures: pd.DataFrame, node: str | None = None) -> pd.DataFrame:
    """Every node of a recipe (or those up to one) from indicators.

    Args:
        recipe: the recipe.
        figures: indicators, economies down; above a cap they are cut off there.
        node: the highest node wanted; the root by default.

    Returns:
        Economies down, nodes across; missing where an indicator below is missing.

    Raises:
        InputError: an indicator is not among the figures.
        DataError: a z-scored indicator has no variance, or nobody has all indicators.
    """
    lacking = [each for each in recipe.leaves(node) if each not in figures]
    if lacking:
        raise InputError(
            "{recipe} needs {parts}, which is not among the figures",
            recipe=recipe.name,
            parts=", ".join(lacking),
        )
    table = recipe.capped(figures).copy()
    for at in recipe.upward(node or recipe.root):
        try:
            table[at] = recipe.nodes[at].value(table)
        except DataError as wrong:
            raise DataError(
                "{recipe}, {part}: {reason}; use another edition",
                recipe=recipe.name,
                part=at,
                reason=wrong,
            ) from wrong
    return table[recipe.upward(node or recipe.root)]


def contributions(held: Held, index: str, component: str, edition: int) -> pd.DataFrame:
    """What lies one level below a sub-index in an edition, on the scale of the sub-index itself.

    Where a formula standardises its indicators and then sets the lowest economy to 0 and the
    highest to 1, each indicator is given the same shift and stretch, so that the weighted mean of
    the columns is the sub-index as rebuilt.

    Returns:
        Economies down, indicators (or nodes below) across.

    Raises:
        InputError: no recipe of that edition is held, or its indicators are not.
        NotKnown: the formula does more than a weighted mean can show.
    """
    recipe = recipe_of(index, component, edition)
    figures = held.figures(index, edition)
    economies = panels.wide(held.panel, index, edition)[component].dropna().index
    why = obstacle(recipe, figures, component, economies, _least(recipe))
    node = recipe.nodes[component]
    if why or node.goalposts is not None or node.divide_by != 1:
        raise NotKnown(
            "{index} {part} {edition} cannot be split by its indicators",
            index=index,
            part=component,
            edition=edition,
        )
    table = recipe.capped(figures).copy()
    for below in recipe.upward(component)[:-1]:
        table[below] = recipe.nodes[below].value(table)
    children = table[list(node.of)].dropna()
    if node.combine == "z-score":
        children = children.apply(scale.zscore)
    if node.rescale == "none":
        return children
    mean = scale.arithmetic(children, np.array(list(node.of.values())))
    return (children - mean.min()) / (mean.max() - mean.min())


def obstacle(
    recipe: Recipe, figures: pd.DataFrame, node: str, economies: pd.Index, share: float = 1.0
) -> str:
    """Why a node cannot be rebuilt for these economies, or "" if it can.

    Args:
        recipe: the recipe.
        figures: indicators, economies down.
        node: the node wanted.
        economies: those that should have it.
        share: the least share of them that must have every indicator.
    """
    have = figures.reindex(index=economies, columns=recipe.leaves(node))
    counts = have.notna().sum()
    if len(have.dropna()) >= share * len(economies) and len(economies):
        return ""
    if not have.notna().all(axis=1).any() and counts.min() == 0:
        return f"{', '.join(counts.index[counts == 0])} is not held"
    return f"{counts.idxmin()} is held for {counts.min()} of {len(economies)} economies"


@remembered(most=4)
def reproduction(held: Held) -> pd.DataFrame:
    """Every recipe rebuilt and held against the published value.

    Returns:
        One row per recipe, edition held and published component: recipe, index, component,
        edition, compared and of (economies), max_error, mean_error (absolute), worst (ISO3) and
        note (why it could not be rebuilt, else "").
    """
    rows = []
    for recipe in recipes():
        first, last = recipe.editions
        for edition in (each for each in held.editions(recipe.index) if first <= each <= last):
            published = panels.wide(held.panel, recipe.index, edition)
            for component in [each for each in recipe.nodes if each in published]:
                figures = held.figures(recipe.index, edition)
                row = _held_against(recipe, figures, published[component].dropna())
                rows.append(
                    {"recipe": recipe.name, "index": recipe.index, "edition": edition, **row}
                )
    return pd.DataFrame(rows)


def _least(recipe: Recipe) -> float:
    """The share of economies a recipe needs; fixed goalposts ask for nobody else's figures."""
    relative = any(n.combine == "z-score" or n.rescale != "none" for n in recipe.nodes.values())
    return FEWEST_SHARE if relative else 1e-9


def _held_against(recipe: Recipe, figures: pd.DataFrame, published: pd.Series) -> dict[str, object]:
    component = str(published.name)
    row: dict[str, object] = {"component": component, "compared": 0, "of": len(published)}
    why = obstacle(recipe, figures, component, published.index, _least(recipe))
    if why:
        return {**row, "max_error": np.nan, "mean_error": np.nan, "worst": "", "note": why}
    error = (rebuild(recipe, figures, component)[component] - published).dropna().abs()
    return {
        **row,
        "compared": len(error),
        "max_error": float(error.max()),
        "mean_error": float(error.mean()),
        "worst": str(error.idxmax()),
        "note": "",
    }


@remembered(most=64)
def rebuildable(held: Held, index: str, edition: int) -> dict[str, Recipe]:
    """The recipes that can be run on an edition's own figures, by their root."""
    figures = held.figures(index, edition)
    able: dict[str, Recipe] = {}
    if figures.empty:
        return able
    parts = panels.wide(held.panel, index, edition)
    for recipe in recipes():
        if recipe.index == index and recipe.editions[0] <= edition <= recipe.editions[1]:
            economies = parts[recipe.root].dropna().index
            if not obstacle(recipe, figures, recipe.root, economies, _least(recipe)):
                able[recipe.root] = recipe
    return able
