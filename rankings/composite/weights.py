"""How much does each node count? Weights as series indexed by code, one per set.

Weights are relative among siblings; what an indicator counts in the whole is its **effective**
weight: its share among siblings times the effective weight of its parent.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.tree import Tree, check_weights, read_weights
from rankings.composite.weight_sets import WeightSets
from rankings.errors import DataError, InputError
from rankings.panel import ranks
from rankings.panel.inputs import by_name, label, whole_number

Array = npt.NDArray[np.float64]

_ALIKE = 1e-9  # eigenvalues and loadings of a correlation matrix nearer than this are the same


def given(tree: Tree) -> pd.Series:
    """The weights of the tree's table."""
    return tree.weights


def equal(tree: Tree) -> pd.Series:
    """One for every node: siblings count the same."""
    return pd.Series(1.0, index=tree.table.index)


def effective(tree: Tree, weights: pd.Series | None = None) -> pd.Series:
    """What each node counts in the whole; the root 1.

    Raises:
        InputError: as `check_weights`.
    """
    checked = check_weights(tree, tree.weights if weights is None else weights)
    table = effective_sets(tree, checked.to_numpy()[None, :])
    return pd.Series(table[0], index=tree.table.index)


def effective_sets(tree: Tree, sets: Array) -> Array:
    """Effective weights of many sets at once: sets down, nodes across in the tree's order."""
    # Nodes down: the weights of one node in all sets lie beside each other in memory.
    given = np.ascontiguousarray(sets.T)
    counted = np.ones_like(given)
    for parent, children in reversed(tree.groups):
        siblings = given[children]
        total = siblings.sum(axis=0)
        # A parent without weight of its own may have none below it either.
        share = np.divide(counted[parent], total, out=np.zeros_like(total), where=total > 0)
        counted[children] = siblings * share
    return counted.T


def without_sets(tree: Tree, sets: Array, code: str) -> Array:
    """Weight sets (rows) with a node left out; a parent left with nothing goes too.

    Raises:
        InputError: no such node, or nothing is left of the composite.
    """
    code = label(code)
    if code not in tree.table.index or code == tree.root:
        raise InputError(f"{code} is no node below {tree.root}: it cannot be left out")
    kept = sets.copy()
    kept[:, tree.table.index.get_loc(code)] = 0.0
    for parent, children in tree.groups:
        kept[(kept[:, children] <= 0).all(axis=1), parent] = 0.0
    if (kept[:, tree.groups[-1][0]] <= 0).any():
        raise InputError(f"without {code} nothing is left of {tree.root}")
    return kept


def without(tree: Tree, weights: pd.Series, code: str) -> pd.Series:
    """The weights of one set with a node left out; as `without_sets`."""
    kept = without_sets(tree, read_weights(tree, weights)[None, :], code)
    return pd.Series(kept[0], index=tree.table.index)


def noisy(
    tree: Tree, noise: Mapping[int, float], count: int, seed: int, weights: pd.Series | None = None
) -> WeightSets:
    """Weight sets around the given ones.

    The draws belong to codes, not to places: rows of the tree in another order give the same.

    Args:
        tree: the tree.
        noise: level -> share by which weights of that level vary either way (0.25: between
            three and five quarters of the given weight, uniformly).
        count: how many sets.
        seed: of the random numbers.
        weights: those to vary; the tree's own by default.

    Returns:
        "noisy weights 1" ... -> a set.

    Raises:
        InputError: a share outside 0 to 1, a level the tree does not have, or no whole number.
    """
    base = check_weights(tree, tree.weights if weights is None else weights)
    share = pd.Series(0.0, index=base.index)
    for level, size in noise.items():
        at_level = tree.levels.index[tree.levels == level]
        if not 0 <= size <= 1:
            raise InputError(f"weights vary by a share between 0 and 1, not {size:g}")
        if not len(at_level):
            raise InputError(f"the tree has no level {level}")
        share[at_level] = size
    number = whole_number("the number of weight sets", count, 0)
    generator = np.random.default_rng(whole_number("the seed", seed, 0))
    draws = np.empty((number, len(base)))
    draws[:, by_name(base.index)] = generator.uniform(-1, 1, size=draws.shape)
    return _named(base.to_numpy() * (1 + draws * share.to_numpy()), tree, "noisy")


def any_at_all(tree: Tree, count: int, seed: int) -> WeightSets:
    """Weight sets drawn evenly from all there are: Dirichlet(1, ..., 1) among siblings.

    As in `noisy`, the draws belong to codes.
    """
    number = whole_number("the number of weight sets", count, 0)
    generator = np.random.default_rng(whole_number("the seed", seed, 0))
    rows = np.ones((number, len(tree.table)))
    codes = tree.table.index
    for _, children in sorted(tree.groups, key=lambda group: str(codes[group[0]])):
        named = children[by_name(codes[children])]
        rows[:, named] = generator.dirichlet(np.ones(len(named)), size=number)
    return _named(rows, tree, "drawn")


def _named(rows: Array, tree: Tree, kind: str) -> WeightSets:
    names = [f"{kind} weights {number}" for number in range(1, len(rows) + 1)]
    return WeightSets(rows, tree.table.index, names)


def principal(tree: Tree, values: pd.DataFrame, level: int = 1) -> pd.Series:
    """Weights of a level from the first principal component of each group of siblings.

    The loadings of the correlation matrix's first eigenvector; its sign, which is arbitrary, is
    chosen so that the loadings sum to more than 0 (the peer leaves it to chance). A loading can
    be negative: such a set is a diagnosis, and the engine refuses to aggregate with it.

    Args:
        tree: the tree.
        values: nodes of that level across; economies with a gap in a group are left out of it.
        level: the level to weight; other nodes keep their given weight.

    Raises:
        DataError: a node without variance, or fewer than two economies without gaps.
    """
    weights = tree.weights.copy()
    for parent, children in tree.children.items():
        members = sorted(child for child in children if tree.levels[child] == level)
        if members:
            weights[members] = _first(values[members], parent)
    return weights


def _first(values: pd.DataFrame, group: str) -> Array:
    """The first component's loadings; `DataError` if the second is as large."""
    size, _ = components(values, group)
    if len(size) > 1 and size[0] - size[1] <= _ALIKE * size[0]:
        raise DataError(
            f"group {group}: its first two components are equally large, so no weights follow "
            "from them; use given or equal weights"
        )
    return loadings(values, group)[:, 0]


def components(values: pd.DataFrame, group: str) -> tuple[Array, Array]:
    """Eigenvalues (largest first) and eigenvectors (columns) of the correlation matrix.

    Raises:
        DataError: a column without variance, or fewer than two rows without gaps.
    """
    complete = values.dropna()
    if len(complete) < 2:
        raise DataError(f"group {group}: fewer than two economies hold all of it")
    flat = complete.columns[ranks.is_constant(complete.min(), complete.max())]
    if len(flat):
        raise DataError(f"{flat[0]} has no variance: group {group} has no correlations")
    correlation = np.corrcoef(complete.to_numpy(dtype="float64"), rowvar=False)
    size, vectors = np.linalg.eigh(np.atleast_2d(correlation))
    return size[::-1], vectors[:, ::-1]


def loadings(values: pd.DataFrame, group: str) -> Array:
    """The eigenvectors of a group, each with the sign that makes its sum positive.

    Where the sum is 0 but for rounding, the first indicator by name gets the positive sign.
    """
    _, vectors = components(values, group)
    sums = vectors.sum(axis=0)
    first = vectors[by_name(values.columns)]
    # The first loading that is not 0 in the order of names.
    lead = first[np.argmax(np.abs(first) > _ALIKE, axis=0), np.arange(vectors.shape[1])]
    turn = np.where(np.abs(sums) > _ALIKE, sums, lead) < 0
    return vectors * np.where(turn, -1.0, 1.0)
