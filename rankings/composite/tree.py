"""What is the composite made of? A tree of indicators and aggregates, read from one table.

The table has one row per node: its code, its parent (none for the root), its weight among the
children of that parent, and for indicators a direction (1: more is better, -1: less is better),
the denominator, the target and whatever else is known. Goalposts, targets and denominators are
columns, never code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.errors import InputError, suggest

COLUMNS = ["code", "parent", "weight", "direction", "level", "name", "unit", "denominator"]

# The columns of a COINr metadata table (iMeta), which has rows of other types as well.
COINR = {
    "iCode": "code",
    "Parent": "parent",
    "Weight": "weight",
    "Direction": "direction",
    "Level": "level",
    "iName": "name",
    "Unit": "unit",
    "Denominator": "denominator",
    "Target": "target",
}


@dataclass(frozen=True)
class Tree:
    """A checked tree.

    Attributes:
        table: columns `COLUMNS` (and any others given), indexed by code in the order given;
            level is 1 for indicators and grows to the root.
    """

    table: pd.DataFrame

    @cached_property
    def root(self) -> str:
        """The code of the composite itself."""
        return str(self.table.index[self.table["parent"].isna()][0])

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Codes below each aggregate, in the order of the table; leaves first, the root last."""
        groups = self.table.groupby("parent", sort=False).groups
        depth = self._depth
        parents = sorted(groups, key=lambda code: -depth[str(code)])
        return {str(parent): [str(code) for code in groups[parent]] for parent in parents}

    @cached_property
    def indicators(self) -> list[str]:
        """Codes of the leaves, in the order of the table."""
        return [str(code) for code in self.table.index if code not in self.children]

    @cached_property
    def directions(self) -> pd.Series:
        """1 or -1 for each indicator."""
        return self.table.loc[self.indicators, "direction"].astype("float64")

    @cached_property
    def weights(self) -> pd.Series:
        """The given weight of each node among its siblings, indexed by code."""
        return self.table["weight"].astype("float64")

    @cached_property
    def levels(self) -> pd.Series:
        """The level of each node: 1 for an indicator, the highest for the root."""
        return self.table["level"].astype("int64")

    @cached_property
    def groups(self) -> list[tuple[int, npt.NDArray[np.int64]]]:
        """Place of each parent and of its children in the table; leaves first, the root last."""
        at = {str(code): place for place, code in enumerate(self.table.index)}
        return [
            (at[parent], np.array([at[child] for child in children]))
            for parent, children in self.children.items()
        ]

    @cached_property
    def _depth(self) -> dict[str, int]:
        parents = self.table["parent"]
        depth: dict[str, int] = {}
        for code in self.table.index:
            path = [str(code)]
            while pd.notna(above := parents[path[-1]]):
                if above in path:
                    raise InputError(f"the tree runs in a circle through {above}")
                path.append(str(above))
            depth[str(code)] = len(path) - 1
        return depth

    def below(self, code: str) -> list[str]:
        """The indicators below a node, or the indicator itself."""
        if code not in self.children:
            return [code]
        return [leaf for child in self.children[code] for leaf in self.below(child)]

    def ancestor(self, code: str, level: int) -> str:
        """The node of a level above (or at) a node."""
        while self.levels[code] < level and code != self.root:
            code = str(self.table["parent"][code])
        return code


def from_table(
    table: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    *,
    sums_to: float | None = None,
) -> Tree:
    """A tree from a table with at least a code and a parent per row.

    Args:
        table: one row per node; weight is 1 and direction 1 where the table has no such column.
        columns: their name -> ours, for instance `COINR`; rows without a level (groups,
            denominators) are left out where the table has levels.
        sums_to: what the given weights of each parent's children must sum to, if anything.

    Raises:
        InputError: a code twice, no or two roots, a circle, an orphan (its parent is no row), a
            direction other than 1 and -1, or weights that `check_weights` refuses; the node is
            named.
    """
    nodes = table.rename(columns=dict(columns or {}))
    if "code" not in nodes or "parent" not in nodes:
        raise InputError("a tree needs the columns code and parent")
    if "level" in nodes:
        nodes = nodes.loc[nodes["level"].notna()]
    nodes = nodes.set_index("code", drop=False).rename_axis(None)
    nodes = nodes.assign(
        parent=nodes["parent"].astype("object").where(nodes["parent"].notna(), None),
        weight=nodes["weight"].astype("float64") if "weight" in nodes else 1.0,
        direction=nodes.get("direction", 1),
    )
    for column in ("name", "unit", "denominator"):
        if column not in nodes:
            nodes[column] = None
    _check_shape(nodes)
    tree = Tree(nodes)
    deepest = tree._depth
    if "level" not in nodes:
        nodes["level"] = _levels(tree, max(deepest.values()) + 1)
    _check_levels(tree)
    check_weights(tree, tree.weights, sums_to=sums_to)
    return tree


def _check_shape(nodes: pd.DataFrame) -> None:
    twice = nodes.index[nodes.index.duplicated()]
    if len(twice):
        raise InputError(f"the tree has {twice[0]} twice")
    parents = nodes["parent"].dropna()
    orphans = parents[~parents.isin(nodes.index)]
    if len(orphans):
        parent = orphans.iloc[0]
        raise InputError(
            f"{orphans.index[0]} has the parent {parent}, which is not in the tree: "
            + suggest("code", parent, nodes.index)
        )
    roots = list(nodes.index[nodes["parent"].isna()])
    if len(roots) > 1:
        raise InputError(f"the tree has {len(roots)} roots: {', '.join(map(str, roots[:5]))}")
    if not roots:
        raise InputError(f"the tree has no root: it runs in a circle through {nodes.index[0]}")
    if len(nodes) == 1:
        raise InputError(f"{roots[0]} has nothing below it: a tree needs an indicator")
    wrong = nodes.index[~nodes["direction"].isin([1, -1]) & ~nodes.index.isin(parents)]
    if len(wrong):
        raise InputError(
            f"{wrong[0]} has the direction {nodes['direction'][wrong[0]]}: it must be 1 or -1"
        )


def _levels(tree: Tree, most: int) -> pd.Series:
    """Levels counted from the root, so that siblings share one; indicators are at level 1."""
    counted = {
        code: most - depth if code in tree.children else 1 for code, depth in tree._depth.items()
    }
    return pd.Series(counted)


def _check_levels(tree: Tree) -> None:
    levels = tree.levels
    for parent, children in tree.children.items():
        for child in children:
            if levels[child] >= levels[parent]:
                raise InputError(
                    f"{child} at level {levels[child]} lies below {parent} at level "
                    f"{levels[parent]}: levels must grow towards the root"
                )


def check_weights(tree: Tree, weights: pd.Series, *, sums_to: float | None = None) -> pd.Series:
    """The weights in the order of the tree.

    Raises:
        InputError: a node has no weight or a negative one, the children of a parent have no
            positive weight, or theirs do not sum to ``sums_to``.
    """
    ordered = weights.reindex(tree.table.index).astype("float64")
    values = ordered.to_numpy(copy=True)
    codes = tree.table.index
    root = tree.groups[-1][0]
    values[root] = 1.0 if np.isnan(values[root]) else values[root]
    if np.isnan(values).any():
        raise InputError(f"{codes[np.isnan(values)][0]} has no weight")
    bad = (values < 0) | ~np.isfinite(values)
    if bad.any():
        raise InputError(
            f"the weight of {codes[bad][0]} is {values[bad][0]:g}: a weight must not be negative"
        )
    for parent, children in tree.groups:
        total = float(values[children].sum())
        if total <= 0 and (values[parent] > 0 or parent == root):
            raise InputError(f"the weights below {codes[parent]} are all zero")
        if sums_to is not None and abs(total - sums_to) > 1e-9:
            raise InputError(f"the weights below {codes[parent]} sum to {total:g}, not {sums_to:g}")
    return pd.Series(values, index=codes)
