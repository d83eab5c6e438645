"""Did the method change between two editions, and what would the older one be by the new method?"""

import pandas as pd

from rankings.analysis.recipes import Held, obstacle, rebuild, recipe_of
from rankings.errors import InputError
from rankings.panel import shape as panels
from rankings.panel.definitions import Index


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
