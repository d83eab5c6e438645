"""How much does each node count? Weights as series indexed by code, one per set.

Weights are relative among siblings; what an indicator counts in the whole is its **effective**
weight: its share among siblings times the effective weight of its parent.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.tree import Tree, check_weights
from rankings.errors import DataError, InputError

Array = npt.NDArray[np.float64]


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
    result = np.ones_like(sets)
    for parent, children in reversed(tree.groups):
        total = sets[:, children].sum(axis=1, keepdims=True)
        # A parent without weight of its own may have none below it either.
        share = np.zeros((len(sets), len(children)))
        np.divide(sets[:, children], total, out=share, where=total > 0)
        result[:, children] = share * result[:, [parent]]
    return result


def without_sets(tree: Tree, sets: Array, code: str) -> Array:
    """Weight sets (rows) with a node left out; a parent left with nothing goes too.

    Raises:
        InputError: no such node, or nothing is left of the composite.
    """
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
    ordered = weights.reindex(tree.table.index)
    kept = without_sets(tree, ordered.to_numpy(dtype="float64")[None, :], code)
    return pd.Series(kept[0], index=tree.table.index)


def noisy(
    tree: Tree, noise: Mapping[int, float], count: int, seed: int, weights: pd.Series | None = None
) -> dict[str, pd.Series]:
    """Weight sets around the given ones.

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
        InputError: a share outside 0 to 1, or a level the tree does not have.
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
    draws = np.random.default_rng(seed).uniform(-1, 1, size=(count, len(base)))
    sets = base.to_numpy() * (1 + draws * share.to_numpy())
    return {
        f"noisy weights {number}": pd.Series(row, index=base.index)
        for number, row in enumerate(sets, start=1)
    }


def any_at_all(tree: Tree, count: int, seed: int) -> dict[str, pd.Series]:
    """Weight sets drawn evenly from all there are: Dirichlet(1, ..., 1) among siblings."""
    generator = np.random.default_rng(seed)
    sets: dict[str, pd.Series] = {}
    for number in range(1, count + 1):
        drawn = pd.Series(1.0, index=tree.table.index)
        for children in tree.children.values():
            drawn[children] = generator.dirichlet(np.ones(len(children)))
        sets[f"drawn weights {number}"] = drawn
    return sets


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
        members = [child for child in children if tree.levels[child] == level]
        if members:
            weights[members] = loadings(values[members], parent)[:, 0]
    return weights


def components(values: pd.DataFrame, group: str) -> tuple[Array, Array]:
    """Eigenvalues (largest first) and eigenvectors (columns) of the correlation matrix.

    Raises:
        DataError: a column without variance, or fewer than two rows without gaps.
    """
    complete = values.dropna()
    if len(complete) < 2:
        raise DataError(f"group {group}: fewer than two economies hold all of it")
    flat = complete.columns[~(complete.max() > complete.min())]
    if len(flat):
        raise DataError(f"{flat[0]} has no variance: group {group} has no correlations")
    correlation = np.corrcoef(complete.to_numpy(dtype="float64"), rowvar=False)
    size, vectors = np.linalg.eigh(np.atleast_2d(correlation))
    return size[::-1], vectors[:, ::-1]


def loadings(values: pd.DataFrame, group: str) -> Array:
    """The eigenvectors of a group, each with the sign that makes its sum positive."""
    _, vectors = components(values, group)
    return vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
