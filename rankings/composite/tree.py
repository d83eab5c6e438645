"""What is the composite made of? A tree of indicators and aggregates, read from one table.

The table has one row per node: its code, its parent (none for the root), its weight among the
children of that parent, and for indicators a direction (1: more is better, -1: less is better),
the denominator, the target and whatever else is known. Goalposts, targets and denominators are
columns, never code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.errors import DataError, InputError
from rankings.panel.inputs import check_labels, label, shown, to_number_series

Array = npt.NDArray[np.float64]

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
        above = {
            str(code): None if pd.isna(parent) else str(parent)
            for code, parent in self.table["parent"].items()
        }
        depth: dict[str, int] = {}
        for code in above:
            # Upwards to a node whose depth is known, or past the root; each node once.
            path: dict[str, None] = {}
            at: str | None = code
            while at is not None and at not in depth:
                if at in path:
                    raise InputError(f"the tree runs in a circle through {at}")
                path[at] = None
                at = above[at]
            start = -1 if at is None else depth[at]
            for steps, node in enumerate(reversed(path), 1):
                depth[node] = start + steps
        return {code: depth[code] for code in above}

    def below(self, code: str) -> list[str]:
        """The indicators below a node, or the indicator itself."""
        found: list[str] = []
        ahead = [code]
        while ahead:
            node = ahead.pop()
            if node in self.children:
                ahead += reversed(self.children[node])
            else:
                found.append(node)
        return found

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
    nodes = _read(table.rename(columns=dict(columns or {})))
    _check_shape(nodes)
    tree = Tree(nodes)
    deepest = tree._depth
    if "level" not in nodes:
        nodes["level"] = _levels(tree, max(deepest.values()) + 1)
    _check_levels(tree)
    check_weights(tree, tree.weights, sums_to=sums_to)
    return tree


def _read(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a description as nodes, indexed by code; codes and parents are words."""
    known = table.columns[table.columns.isin(COLUMNS)]
    check_labels(known, "the description of the tree has the column")
    if "code" not in table or "parent" not in table:
        raise InputError("a tree needs the columns code and parent")
    nodes = table.mask(table.map(_is_blank))
    if "level" in nodes:
        nodes = nodes.loc[nodes["level"].notna()]
    if nodes.empty:
        raise InputError("the tree is empty: it needs an indicator and a composite above it")
    if nodes["code"].isna().any():
        place = int(np.flatnonzero(nodes["code"].isna())[0]) + 1
        raise InputError(f"node {place} of the tree has no code")
    nodes = nodes.assign(
        code=[label(code) for code in nodes["code"]],
        parent=pd.Series(
            [label(parent) if pd.notna(parent) else None for parent in nodes["parent"]],
            index=nodes.index,
            dtype="object",
        ),
    )
    nodes = nodes.set_index("code", drop=False).rename_axis(None)
    nodes = nodes.assign(
        weight=_figures(nodes, "weight") if "weight" in nodes else 1.0,
        direction=_figures(nodes, "direction") if "direction" in nodes else 1.0,
    )
    if "level" in nodes:
        nodes["level"] = _figures(nodes, "level")
    for column in ("name", "unit", "denominator"):
        if column not in nodes:
            nodes[column] = None
    return nodes


def _is_blank(cell: object) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _figures(nodes: pd.DataFrame, column: str) -> pd.Series:
    """A column of figures; `InputError` names the node that has something else."""
    found = pd.to_numeric(nodes[column], errors="coerce").astype("float64")
    wrong = np.flatnonzero((found.isna() & nodes[column].notna()) | np.isinf(found))
    if len(wrong):
        raise InputError(
            f"{nodes.index[wrong[0]]} has the {column} {shown(nodes[column].iloc[wrong[0]])}: "
            "it must be a number"
        )
    return found


def _check_shape(nodes: pd.DataFrame) -> None:
    twice = nodes.index[nodes.index.duplicated()]
    if len(twice):
        raise InputError(f"the tree has {twice[0]} twice")
    parents = nodes["parent"].dropna()
    orphans = parents[~parents.isin(nodes.index)]
    if len(orphans):
        parent = orphans.iloc[0]
        raise InputError(
            "{code} has the parent {parent}, which is not in the tree: {reason}",
            code=orphans.index[0],
            parent=parent,
            reason=InputError.suggest("code", parent, nodes.index),
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
            f"{wrong[0]} has the direction {nodes['direction'][wrong[0]]:g}: it must be 1 or -1"
        )


def _levels(tree: Tree, most: int) -> pd.Series:
    """Levels counted from the root, so that siblings share one; indicators are at level 1."""
    counted = {
        code: most - depth if code in tree.children else 1 for code, depth in tree._depth.items()
    }
    return pd.Series(counted)


def _check_levels(tree: Tree) -> None:
    broken = tree.table.index[tree.table["level"] % 1 != 0]
    if len(broken):
        raise InputError(f"{broken[0]} has no whole number as its level")
    levels = tree.levels
    for parent, children in tree.children.items():
        for child in children:
            if levels[child] >= levels[parent]:
                raise InputError(
                    f"{child} at level {levels[child]} lies below {parent} at level "
                    f"{levels[parent]}: levels must grow towards the root"
                )


def check_weights(
    tree: Tree, weights: pd.Series | Mapping[str, float], *, sums_to: float | None = None
) -> pd.Series:
    """The weights in the order of the tree.

    Raises:
        InputError: weights that are no series of numbers by code, name a node twice or one the
            tree does not have; a node without a weight or with a negative one; children of a
            parent without a positive weight, or whose weights do not sum to ``sums_to``.
    """
    rows = check_weight_rows(tree, read_weights(tree, weights)[None, :], lambda _: "", sums_to)
    return pd.Series(rows[0], index=tree.table.index)


def read_weights(tree: Tree, weights: object) -> Array:
    """Weights by code as numbers in the order of the tree; missing where none is given.

    Raises:
        InputError: no series or mapping, a code twice or unknown, or a weight that is no number.
    """
    codes = tree.table.index
    known = isinstance(weights, pd.Series) and weights.index.equals(codes)
    if isinstance(weights, pd.Series) and known and weights.dtype == "float64":
        return weights.to_numpy()
    if not isinstance(weights, pd.Series | Mapping):
        raise InputError(f"weights are given by code, as a series, not as {shown(weights)}")
    given = pd.Series(weights, dtype="object")
    named = pd.Index([label(code) for code in given.index])
    if named.has_duplicates:
        raise InputError(f"the weights name {named[named.duplicated()][0]} twice")
    unknown = named[~named.isin(codes)]
    if len(unknown):
        raise InputError(
            "weights: {reason}", reason=InputError.suggest("code of the tree", unknown[0], codes)
        )
    try:
        numbers = to_number_series(given.set_axis(named), "weight")
    except DataError as failure:
        raise InputError(str(failure)) from None
    return numbers.reindex(codes).to_numpy()


def check_weight_rows(
    tree: Tree, rows: Array, name: Callable[[int], str], sums_to: float | None = None
) -> Array:
    """Weight sets as rows, nodes across in the order of the tree; the root counts 1 if not given.

    Args:
        tree: of the weights.
        rows: the sets.
        name: how a message begins that is about the set at that place.
        sums_to: what the weights of each parent's children must sum to, if anything.

    Raises:
        InputError: as in `check_weights`.
    """
    codes, root = tree.table.index, tree.groups[-1][0]
    checked = rows
    if np.isnan(rows[:, root]).any():
        checked = rows.copy()
        checked[:, root] = np.where(np.isnan(rows[:, root]), 1.0, rows[:, root])
    # Missing weights and negative ones alike fail this comparison.
    bad = ~((checked >= 0) & (checked < np.inf))
    if bad.any():
        place, node = np.argwhere(bad)[0]
        weight = checked[place, node]
        problem = f"{codes[node]} has no weight"
        if not np.isnan(weight):
            sign = "negative" if weight < 0 else "infinite"
            problem = f"the weight of {codes[node]} is {weight:g}: a weight must not be {sign}"
        raise InputError(f"{name(int(place))}{problem}")
    for parent, children in tree.groups:
        with np.errstate(over="ignore"):
            total = checked[:, children].sum(axis=1)
        counts = (checked[:, parent] > 0) | (parent == root)
        problems = [((total <= 0) & counts, "are all zero"), (np.isinf(total), "sum to infinity")]
        if sums_to is not None:
            off = np.abs(total - sums_to) > 1e-9 * max(1.0, abs(sums_to))
            problems.append((off, f"sum to {total[0]:g}, not {sums_to:g}"))
        for wrong, problem in problems:
            if wrong.any():
                start = name(int(np.flatnonzero(wrong)[0]))
                raise InputError(f"{start}the weights below {codes[parent]} {problem}")
    return checked
