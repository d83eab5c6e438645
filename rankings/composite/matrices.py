"""Many weight sets at once: the root scores of one normalised table under power means."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.aggregate import Mean, NotPositiveError
from rankings.composite.engine import Method, aggregate_for
from rankings.composite.tree import Tree
from rankings.composite.weights import effective_sets
from rankings.errors import DataError

Array = npt.NDArray[np.float64]


def one_product(tree: Tree, normalised: pd.DataFrame, mean: Mean, weights: Array) -> Array:
    """Root scores of many weight sets (rows) under one mean, without gaps: one product."""
    leaves = tree.table.index.get_indexer(pd.Index(tree.indicators))
    counts = effective_sets(tree, weights)[:, leaves]
    used = np.flatnonzero((counts > 0).sum(axis=0))
    values = normalised[tree.indicators].to_numpy(dtype="float64")[:, used]
    codes = [tree.indicators[place] for place in used]
    bent = _named(mean, values, normalised.index, codes, tree.root)
    return mean.unbend(counts[:, used] @ bent.T)


def _named(mean: Mean, values: Array, economies: pd.Index, codes: list[str], parent: str) -> Array:
    """The values bent; a refusal names economy and node."""
    try:
        return mean.bend(values)
    except NotPositiveError as failure:
        economy = str(economies[failure.row])
        raise DataError(f"{parent}: {failure.say(economy, codes[failure.column])}") from None


def climb_many(tree: Tree, normalised: pd.DataFrame, method: Method, weights: Array) -> Array:
    """Root scores of many weight sets: the tree climbed once, gaps dropping out of their mean."""
    at = {str(code): place for place, code in enumerate(tree.table.index)}
    sets, economies = len(weights), len(normalised)
    nodes: dict[str, Array] = {
        code: np.broadcast_to(normalised[code].to_numpy(dtype="float64"), (sets, economies))
        for code in tree.indicators
    }
    for parent, children in tree.children.items():
        mean = aggregate_for(method, int(tree.levels[parent]))
        assert isinstance(mean, Mean)
        sums, total, held, counted = (np.zeros((sets, economies)) for _ in range(4))
        for child in children:
            weight = weights[:, [at[child]]]
            here = ~np.isnan(nodes[child]) & (weight > 0)
            values = np.where(here, nodes[child], 1.0)
            bent = _named(mean, values.T, normalised.index, [child] * sets, parent).T
            sums += np.where(here, weight * bent, 0.0)
            total += here * weight
            held += here
            counted += weight > 0
        enough = (total > 0) & (held >= method.least_available * counted)
        mixed = np.divide(sums, total, out=np.ones_like(sums), where=enough)
        nodes[parent] = np.where(enough, mean.unbend(mixed), np.nan)
    return nodes[tree.root]
