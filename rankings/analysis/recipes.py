"""What lies below a sub-index, and what would a driver change? Indices as trees of indicators.

A recipe is a data file below ``rankings/panel/recipes``: which indicators make a sub-index, with
which weights, normalisation and caps, in which editions. It is rebuilt from the printed indicators
and held against the published value (`reproduction`). A what-if changes indicators of one economy
and rebuilds everything: z-scores, lowest and highest value are taken again with the changed figure,
so other economies may shift too. Results are given on the published values: published + (rebuilt
with the change - rebuilt without it), so that no change gives the published figures exactly.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rankings import store
from rankings.data.world import World
from rankings.errors import DataError, InputError, suggest
from rankings.memo import remembered
from rankings.panel import ranks, scale
from rankings.panel import shape as panels
from rankings.panel.definitions import Index

FOLDER = Path(__file__).parents[1] / "panel" / "recipes"
APPLIED = ["component", "indicator", "now", "asked", "used", "cap", "capped", "edition"]
HELD = "held"
NEXT = "next edition"
GROWN = "given growth"
PLACED = "set among the next edition"
CARRIED = "carried over"
CARRIED_NEW = "carried over by the next edition's method"
CARRIED_OLD = "carried over, method changed"
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
            raise DataError(f"no economy has all of {', '.join(self.of)}: nothing to combine")
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
        return figures.clip(upper=pd.Series(self.caps).reindex(figures.columns), axis=1)


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
        raise DataError(f"{recipe}.toml: node {name} needs children with weights above 0")
    if entry.get("combine", "plain") not in ("plain", "z-score"):
        raise DataError(f"{recipe}.toml: node {name} combines by plain or z-score")
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
    raise InputError(
        f"how {index} {component} {edition} is made of indicators is not held"
        + (f"; it is for {spans}" if spans else "")
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
        raise InputError(f"{recipe.name} needs {', '.join(lacking)}: not among the figures")
    table = recipe.capped(figures).copy()
    for at in recipe.upward(node or recipe.root):
        try:
            table[at] = recipe.nodes[at].value(table)
        except DataError as wrong:
            raise DataError(f"{recipe.name}, {at}: {wrong}; use another edition") from wrong
    return table[recipe.upward(node or recipe.root)]


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


def newest(held: Held, index: Index) -> int:
    """The newest edition whose indicators can be rebuilt into the index or a sub-index.

    Raises:
        InputError: there is none.
    """
    for edition in reversed(held.editions(index.name)):
        if rebuildable(held, index.name, edition):
            return edition
    raise InputError(f"no indicators below {index.name} are held: no what-if is possible")


def _able(held: Held, index: str) -> list[int]:
    return [each for each in held.editions(index) if rebuildable(held, index, each)]


def applied(
    held: Held,
    index: Index,
    economy: str,
    changes: Mapping[str, float],
    edition: int | None = None,
) -> pd.DataFrame:
    """The changes as they enter the recipes, caps respected.

    Returns:
        One row per indicator: component (root of its recipe), indicator, now (printed), asked,
        used (the cap where asked is above it), cap (missing without one), capped (bool), edition.

    Raises:
        InputError: an unknown indicator, a value that is no number or below 0, an edition whose
            indicators are not held, or an economy without that figure in it.
    """
    at = newest(held, index) if edition is None else edition
    able = rebuildable(held, index.name, at)
    if not able:
        possible = ", ".join(map(str, _able(held, index.name)))
        raise InputError(
            f"the indicators below {index.name} {at} are not held: "
            + (f"a what-if is possible for {possible}" if possible else "no what-if is possible")
        )
    figures = held.figures(index.name, at)
    if economy not in panels.wide(held.panel, index.name, at).index:
        raise InputError(f"{economy} is not in {index.name} {at}")
    rows = []
    for indicator, asked in changes.items():
        recipe = _recipe_with(held, index.name, at, able, indicator)
        _check_figure(figures, recipe, economy, indicator, asked, f"{index.name} {at}")
        cap = recipe.caps.get(indicator, np.nan)
        rows.append(
            {
                "component": recipe.root,
                "indicator": indicator,
                "now": float(figures[indicator][economy]),
                "asked": float(asked),
                "used": float(np.nanmin([asked, cap])),
                "cap": cap,
                "capped": bool(asked > cap),
                "edition": at,
            }
        )
    return pd.DataFrame(rows, columns=APPLIED)


def _recipe_with(
    held: Held, index: str, edition: int, able: dict[str, Recipe], indicator: str
) -> Recipe:
    for recipe in able.values():
        if indicator in recipe.leaves():
            return recipe
    others = [each for each in recipes() if each.index == index and indicator in each.leaves()]
    known = [name for recipe in able.values() for name in recipe.leaves()]
    if not others:
        raise InputError(suggest(f"indicator of {index} {edition}", indicator, known, shown=20))
    elsewhere = [
        each
        for each in held.editions(index)
        if any(indicator in recipe.leaves() for recipe in rebuildable(held, index, each).values())
    ]
    raise InputError(
        f"{others[0].root} {edition} cannot be rebuilt with {indicator}; "
        f"use edition {' or '.join(map(str, elsewhere))}"
    )


def _check_figure(
    figures: pd.DataFrame, recipe: Recipe, economy: str, indicator: str, asked: float, where: str
) -> None:
    if not (isinstance(asked, int | float) and np.isfinite(asked) and asked >= 0):
        raise InputError(f"{indicator} is a number, 0 or more, not {asked!r}")
    if asked > recipe.limits.get(indicator, np.inf):
        raise InputError(f"{indicator} cannot be above {recipe.limits[indicator]:g}, not {asked:g}")
    own = figures.reindex([economy])[recipe.leaves()].iloc[0]
    if own.isna().any():
        raise InputError(
            f"{where} prints no {', '.join(own.index[own.isna()])} of {economy}: "
            f"its {recipe.root} cannot be rebuilt"
        )


def what_if(
    held: Held,
    index: Index,
    economy: str,
    changes: Mapping[str, float],
    edition: int | None = None,
    others: str | Mapping[str, float] = HELD,
) -> pd.DataFrame:
    """The sub-indices, the index and the ranks an economy would have with other indicators.

    Args:
        held: the tables.
        index: the index.
        economy: ISO3.
        changes: indicator -> new value, all at once.
        edition: which; the newest that can be rebuilt by default.
        others: `HELD` (everybody else keeps its figures), `NEXT` (everybody else takes those of
            the next edition; where that can be rebuilt the economy's figures are set among
            them, elsewhere its own value is carried over), or component -> points every other
            economy gains (nobody above the top of the scale).

    Returns:
        One row per component, the index first: component, before and after (values),
        rank_before and rank_after, of (economies ranked after), others_shift (largest shift of
        anybody else because means, spreads and bounds were taken again), bound ("highest" or
        "lowest" where the changed economy holds an end of the min-max scale, else ""), basis
        (`HELD`, `GROWN`, `PLACED`, `CARRIED`, `CARRIED_NEW` or `CARRIED_OLD`) and edition.

    Raises:
        InputError: as `applied`; an unknown way for others; no next edition.
    """
    steps = applied(held, index, economy, changes, edition)
    at = int(steps["edition"].iloc[0]) if len(steps) else edition or newest(held, index)
    now = panels.wide(held.panel, index.name, at).dropna(subset=[index.overall])
    if economy not in now.index:
        raise InputError(f"{economy} is not ranked in {index.name} {at}")
    figures = held.figures(index.name, at)
    changed = figures.copy()
    for indicator, used in zip(steps["indicator"], steps["used"], strict=True):
        changed.loc[economy, str(indicator)] = float(used)
    scene = _scene(now, rebuildable(held, index.name, at), figures, changed, economy)
    if not isinstance(others, str):
        scene = _grown(scene, index, at, economy, others, held)
    elif others == NEXT:
        scene = _among_next(scene, held, index, economy, at, changed)
    elif others != HELD:
        raise InputError(f"others are {HELD!r}, {NEXT!r} or points by component, not {others!r}")
    return _outcome(scene, index, at, economy, now)


@dataclass(frozen=True)
class _Scene:
    """Values before and after among the economies ranked against, and how they arose."""

    base: pd.DataFrame
    after: pd.DataFrame
    edition: int
    shift: pd.DataFrame
    bound: pd.Series
    basis: pd.Series


def moves(
    recipe: Recipe, old: pd.DataFrame, new: pd.DataFrame, base: pd.DataFrame, economy: str
) -> tuple[pd.DataFrame, pd.Series]:
    """By how many points changed indicators of one economy move everybody.

    Args:
        recipe: the recipe.
        old: of `rebuild`, without the change.
        new: of `rebuild`, with it.
        base: published values, economies down, components across.
        economy: ISO3, the one with other indicators.

    Returns:
        Points by economy (those of ``base``) and published component of the recipe, 0 where it
        cannot be rebuilt; and by component "highest" or "lowest" where the economy holds an end
        of the min-max scale with its change, else "".
    """
    names = [each for each in recipe.nodes if each in base]
    points = (new[names] - old[names]).reindex(base.index).fillna(0.0)
    bound = pd.Series("", index=names)
    ends = {1.0: "highest", 0.0: "lowest"}
    for name in names:
        if recipe.nodes[name].rescale == "min-max" and economy in new.index:
            own = float(new[name][economy])
            bound[name] = ends.get(own, "")
            # The end of the scale itself: a published value is off by its rounding.
            if bound[name] and points[name][economy]:
                points.loc[economy, name] = own - base[name][economy]
    return points, bound


def _scene(
    base: pd.DataFrame,
    able: Mapping[str, Recipe],
    figures: pd.DataFrame,
    changed: pd.DataFrame,
    economy: str,
    edition: int = 0,
) -> _Scene:
    """Published values plus what the changed indicators move, for everybody."""
    shift = pd.DataFrame(0.0, index=base.index, columns=base.columns)
    bound = pd.Series("", index=base.columns)
    for recipe in able.values():
        moved, ends = moves(
            recipe, rebuild(recipe, figures), rebuild(recipe, changed), base, economy
        )
        shift[moved.columns] = moved
        bound.update(ends)
    basis = pd.Series(HELD, index=base.columns)
    return _Scene(base, base + shift, edition, shift.drop(index=economy), bound, basis)


def _grown(
    scene: _Scene, index: Index, at: int, economy: str, points: Mapping[str, float], held: Held
) -> _Scene:
    """Every other economy gains points in some components, none above the top of the scale."""
    weights = index.weights_of(at)
    unknown = [each for each in points if each not in weights.index]
    if unknown:
        raise InputError(suggest(f"component of {index.name} {at}", unknown[0], weights.index))
    top = next(iter(rebuildable(held, index.name, at).values())).top
    after, basis = scene.after.copy(), scene.basis.copy()
    others = after.index != economy
    for name, gain in points.items():
        start = after.loc[others, name]
        after.loc[others, name] = np.maximum(start, np.minimum(start + gain, top))
        basis[name] = GROWN
    return replace(scene, after=after, basis=basis)


def _among_next(
    scene: _Scene, held: Held, index: Index, economy: str, at: int, changed: pd.DataFrame
) -> _Scene:
    """The economy's (changed) indicators or values among everybody else's next edition."""
    later = [each for each in held.editions(index.name) if each > at]
    if not later:
        raise InputError(f"no edition of {index.name} after {at} is held: others cannot move on")
    base = panels.wide(held.panel, index.name, later[0]).dropna(subset=[index.overall])
    if economy not in base.index:
        raise InputError(f"{economy} is not ranked in {index.name} {later[0]}")
    figures = held.figures(index.name, later[0])
    own = changed.loc[economy]
    able = {
        root: recipe
        for root, recipe in rebuildable(held, index.name, later[0]).items()
        if economy in figures.index and own.reindex(recipe.leaves()).notna().all()
    }
    moved = figures.copy()
    for name in {leaf for recipe in able.values() for leaf in recipe.leaves()}:
        moved.loc[economy, name] = own[name]
    among = _scene(base, able, figures, moved, economy, later[0])
    after, basis = among.after.copy(), pd.Series(PLACED, index=base.columns)
    placed = [name for recipe in able.values() for name in recipe.nodes if name in base]
    for name in [str(each) for each in base if each not in placed]:
        value, basis[name] = _carried(scene, held, index, economy, (at, later[0]), name, changed)
        after.loc[economy, name] = value
    return replace(among, after=after, basis=basis)


def _carried(
    scene: _Scene,
    held: Held,
    index: Index,
    economy: str,
    span: tuple[int, int],
    component: str,
    changed: pd.DataFrame,
) -> tuple[float, str]:
    """An own value for the next edition: by its recipe where that can be run, else as it is."""
    carried = float(scene.after[component][economy]) if component in scene.after else np.nan
    what = method_change(held.breaks, index, component, *span)
    if not what:
        return carried, CARRIED
    revised = revise(held, index, component, *span, figures=changed)
    if isinstance(revised, str):
        return carried, CARRIED_OLD
    return float(revised[economy]), CARRIED_NEW


def method_change(breaks: pd.DataFrame, index: Index, component: str, start: int, end: int) -> str:
    """What changed in the method of a component after ``start`` and up to ``end``; "" if nothing.

    A break recorded for the index as a whole counts for its sub-indices, unless the weights are
    what changed there.
    """
    rows = breaks.loc[
        (breaks["index"] == index.name) & (breaks["edition"] > start) & (breaks["edition"] <= end)
    ]
    kept = [
        component == part
        or (part == index.overall and not reweighted(index, int(before), int(edition)))
        for part, before, edition in zip(
            rows["component"], rows["previous_edition"], rows["edition"], strict=True
        )
    ]
    found = rows.loc[kept]
    said = [
        f"{edition}: {what}"
        for edition, what in zip(found["edition"], found["what_changed"], strict=True)
    ]
    if index.described_to is not None and end > index.described_to:
        said.append(f"{end}: whether the method changed is not known")
    return "; ".join(said)


def reweighted(index: Index, start: int, end: int) -> bool:
    """Whether the same sub-indices are held in both editions, with other weights."""
    try:
        old, new = index.weights_of(start), index.weights_of(end)
    except InputError:
        return False
    return set(old.index) == set(new.index) and bool((old - new).abs().max() > 1e-12)


def revise(
    held: Held,
    index: Index,
    component: str,
    start: int,
    end: int,
    figures: pd.DataFrame | None = None,
) -> pd.Series | str:
    """A component of ``start`` computed with the recipe of ``end``, or the reason why not.

    All economies with the component published must have every indicator of the new recipe.
    """
    try:
        recipe = recipe_of(index.name, component, end)
    except InputError as no_recipe:
        return str(no_recipe)
    own = held.figures(index.name, start) if figures is None else figures
    published = panels.wide(held.panel, index.name, start)
    ranked = published[[index.overall, component]].dropna().index
    why = obstacle(recipe, own, component, ranked)
    if why:
        return f"the method of {end} needs {recipe.name}, but in {start} {why}"
    return rebuild(recipe, own, component)[component]


def _outcome(scene: _Scene, index: Index, at: int, economy: str, now: pd.DataFrame) -> pd.DataFrame:
    """The index aggregated again, and every component ranked before and after."""
    weights = index.weights_of(scene.edition or at)
    parts = list(weights.index)
    after = scene.after.copy()
    after[index.overall] = scene.base[index.overall] + (after[parts] - scene.base[parts]) @ weights
    others_shift = scene.shift.assign(**{index.overall: scene.shift[parts] @ weights}).abs().max()
    basis = scene.basis.copy()
    basis[index.overall] = "; ".join(dict.fromkeys(basis[parts]))
    extra = [each for each in after if (after[each] != scene.base[each]).any()]
    rows = []
    for name in dict.fromkeys([index.overall, *parts, *extra]):
        values = after[name].dropna()
        rows.append(
            {
                "component": name,
                "before": now.loc[economy, name],
                "after": values[economy],
                "rank_before": int(ranks.competition(now[name])[economy]),
                "rank_after": ranks.rank_against(values[economy], values.drop(economy)),
                "of": len(values),
                "others_shift": float(others_shift[name]),
                "bound": scene.bound[name],
                "basis": basis[name],
                "edition": at,
            }
        )
    return pd.DataFrame(rows)
