"""What would other indicators of one economy make of its sub-indices, its index and its ranks?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rankings.analysis.methods import method_change, revise
from rankings.analysis.recipes import Held, Recipe, rebuild, rebuildable, recipes
from rankings.errors import InputError
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import Index

APPLIED = ["component", "indicator", "now", "asked", "used", "cap", "capped", "edition"]


HELD = "held"


NEXT = "next edition"


GROWN = "given growth"


PLACED = "set among the next edition"


CARRIED = "carried over"


CARRIED_NEW = "carried over by the next edition's method"


CARRIED_OLD = "carried over, method changed"


def newest(held: Held, index: Index) -> int:
    """The newest edition whose indicators can be rebuilt into the index or a sub-index.

    Raises:
        InputError: there is none.
    """
    for edition in reversed(held.editions(index.name)):
        if rebuildable(held, index.name, edition):
            return edition
    raise InputError(
        "no indicators below {index} are held: no what-if is possible", index=index.name
    )


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
        if possible:
            raise InputError(
                "the indicators below {index} {edition} are not held: a what-if is possible for "
                "{editions}",
                index=index.name,
                edition=at,
                editions=possible,
            )
        raise InputError(
            "the indicators below {index} {edition} are not held: no what-if is possible",
            index=index.name,
            edition=at,
        )
    figures = held.figures(index.name, at)
    if economy not in panels.wide(held.panel, index.name, at).index:
        raise InputError(
            "{economy} is not in {index} {edition}", economy=economy, index=index.name, edition=at
        )
    rows = []
    for indicator, asked in changes.items():
        recipe = _recipe_with(held, index.name, at, able, indicator)
        _check_figure(figures, recipe, economy, indicator, asked, (index.name, at))
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
        raise InputError.suggest(
            "indicator of {index} {edition}",
            indicator,
            known,
            shown=20,
            index=index,
            edition=edition,
        )
    elsewhere = [
        each
        for each in held.editions(index)
        if any(indicator in recipe.leaves() for recipe in rebuildable(held, index, each).values())
    ]
    raise InputError(
        "{part} {edition} cannot be rebuilt with {indicator}; use edition {editions}",
        part=others[0].root,
        edition=edition,
        indicator=indicator,
        editions=" or ".join(map(str, elsewhere)),
    )


def _check_figure(
    figures: pd.DataFrame,
    recipe: Recipe,
    economy: str,
    indicator: str,
    asked: float,
    of: tuple[str, int],
) -> None:
    if not (isinstance(asked, int | float) and np.isfinite(asked) and asked >= 0):
        raise InputError(
            "{indicator} is a number, 0 or more, not {asked}",
            indicator=indicator,
            asked=repr(asked),
        )
    if asked > recipe.limits.get(indicator, np.inf):
        raise InputError(
            "{indicator} cannot be above {limit}, not {asked}",
            indicator=indicator,
            limit=f"{recipe.limits[indicator]:g}",
            asked=f"{asked:g}",
        )
    own = figures.reindex([economy])[recipe.leaves()].iloc[0]
    if own.isna().any():
        raise InputError(
            "{index} {edition} prints no {parts} of {economy}: its {part} cannot be rebuilt",
            index=of[0],
            edition=of[1],
            parts=", ".join(own.index[own.isna()]),
            economy=economy,
            part=recipe.root,
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
        raise InputError(
            "{economy} is not ranked in {index} {edition}",
            economy=economy,
            index=index.name,
            edition=at,
        )
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
        raise InputError(
            "others are {held}, {next} or points by component, not {value}",
            held=repr(HELD),
            next=repr(NEXT),
            value=repr(others),
        )
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
    names = [str(each) for each in new if each in base]
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
        raise InputError.suggest(
            "component of {index} {edition}",
            unknown[0],
            weights.index,
            index=index.name,
            edition=at,
        )
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
        raise InputError(
            "no edition of {index} after {edition} is held: others cannot move on",
            index=index.name,
            edition=at,
        )
    base = panels.wide(held.panel, index.name, later[0]).dropna(subset=[index.overall])
    if economy not in base.index:
        raise InputError(
            "{economy} is not ranked in {index} {edition}",
            economy=economy,
            index=index.name,
            edition=later[0],
        )
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
