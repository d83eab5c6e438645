"""Many weight sets at once: the root scores of one normalised table under power means."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.aggregate import Mean, NoMeanError, enough
from rankings.composite.engine import Method, aggregate_for
from rankings.composite.tree import Tree
from rankings.composite.weights import effective_sets
from rankings.errors import DataError

Array = npt.NDArray[np.float64]


def root_scores(tree: Tree, normalised: pd.DataFrame, method: Method, weights: Array) -> Array:
    """Root scores of many weight sets (rows) under power means: sets down, economies across.

    Economies without a gap are one product if all levels share a mean; the others are climbed.

    Raises:
        DataError: a value its mean cannot take; economy and node are named.
    """
    means = {aggregate_for(method, int(tree.levels[parent])) for parent in tree.children}
    mean = means.pop()
    if means or not isinstance(mean, Mean):
        return climb_many(tree, normalised, method, weights)
    gaps = np.isnan(normalised.to_numpy(dtype="float64")).any(axis=1)
    if not gaps.any():
        return one_product(tree, normalised, mean, weights)
    scores = np.empty((len(weights), len(normalised)))
    if not gaps.all():
        scores[:, ~gaps] = one_product(tree, normalised[~gaps], mean, weights)
    scores[:, gaps] = climb_many(tree, normalised[gaps], method, weights)
    return scores


def one_product(tree: Tree, normalised: pd.DataFrame, mean: Mean, weights: Array) -> Array:
    """Root scores of many weight sets (rows) under one mean, without gaps: one product."""
    leaves = tree.table.index.get_indexer(pd.Index(tree.indicators))
    counts = effective_sets(tree, weights)[:, leaves]
    used = np.flatnonzero(counts.any(axis=0))
    values = normalised[tree.indicators].to_numpy(dtype="float64")[:, used]
    codes = [tree.indicators[place] for place in used]
    bent = _bend(mean, values, normalised.index, codes, tree.root)
    return mean.unbend(counts[:, used] @ bent.T)


def _bend(mean: Mean, values: Array, economies: pd.Index, codes: list[str], parent: str) -> Array:
    """The values bent; a refusal names economy and node."""
    try:
        return mean.bend(values)
    except NoMeanError as failure:
        economy = str(economies[failure.row])
        raise DataError(f"{parent}: {failure.say(economy, codes[failure.column])}") from None


def climb_many(tree: Tree, normalised: pd.DataFrame, method: Method, weights: Array) -> Array:
    """Root scores of many weight sets: the tree climbed once, gaps dropping out of their mean."""
    climb = _Climb(tree, normalised, method, weights)
    for parent, children in tree.groups:
        climb.aggregate(parent, children)
    return climb.nodes[tree.groups[-1][0]]


class _Climb:
    """Scores of the aggregates made so far: sets down, economies across."""

    def __init__(
        self, tree: Tree, normalised: pd.DataFrame, method: Method, weights: Array
    ) -> None:
        self.tree, self.method, self.weights = tree, method, weights
        self.economies, self.codes = normalised.index, tree.table.index
        self.leaves = {
            self.codes.get_loc(code): normalised[code].to_numpy(dtype="float64")
            for code in tree.indicators
        }
        self.nodes: dict[int, Array] = {}

    def aggregate(self, parent: int, children: npt.NDArray[np.int64]) -> None:
        """The score of one aggregate from those of its children."""
        mean = aggregate_for(self.method, int(self.tree.levels.iloc[parent]))
        assert isinstance(mean, Mean)
        shares = self._shares(children)
        sums, total, held = self._indicators(mean, parent, children, shares)
        for at, child in enumerate(children):
            if child in self.nodes:
                self._add(mean, parent, child, shares[:, [at]], (sums, total, held))
        counted = (shares > 0).sum(axis=1, keepdims=True)
        available = (total > 0) & enough(held, counted, self.method.least_available)
        mixed = np.divide(sums, total, out=np.ones_like(sums), where=available)
        self.nodes[parent] = np.where(available, mean.unbend(mixed), np.nan)

    def _shares(self, children: npt.NDArray[np.int64]) -> Array:
        """What each child counts among its siblings, set by set; 0 where none of them counts."""
        given = self.weights[:, children]
        whole = given.sum(axis=1, keepdims=True)
        return np.divide(given, whole, out=np.zeros_like(given), where=whole > 0)

    def _indicators(
        self, mean: Mean, parent: int, children: npt.NDArray[np.int64], shares: Array
    ) -> tuple[Array, Array, Array]:
        """Sums of bent values, of weights and of counts over the indicators among the children.

        Their values are the same for all sets, so that each is one product.
        """
        here = [at for at, child in enumerate(children) if child in self.leaves]
        used = [at for at in here if (shares[:, at] > 0).any()]
        if not used:
            empty = np.zeros((3, len(shares), len(self.economies)))
            return empty[0], empty[1], empty[2]
        values = np.column_stack([self.leaves[children[at]] for at in used])
        known = ~np.isnan(values)
        names = [str(self.codes[children[at]]) for at in used]
        bent = _bend(mean, np.where(known, values, 1.0), self.economies, names, self.codes[parent])
        weights, present = shares[:, used], known.T.astype(np.float64)
        sums = weights @ np.where(known, bent, 0.0).T
        return sums, weights @ present, (weights > 0).astype(np.float64) @ present

    def _add(
        self, mean: Mean, parent: int, child: int, share: Array, to: tuple[Array, Array, Array]
    ) -> None:
        """One aggregate among the children, whose values differ by set."""
        values = self.nodes.pop(child)
        here = ~np.isnan(values) & (share > 0)
        names = [str(self.codes[child])] * len(values)
        values = np.where(here, values, 1.0)
        bent = _bend(mean, values.T, self.economies, names, self.codes[parent]).T
        sums, total, held = to
        sums += np.where(here, share * bent, 0.0)
        total += here * share
        held += here
