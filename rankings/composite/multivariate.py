"""Do the indicators of a group say the same thing? Reliability, components and correlations.

Formulas: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 4.
"""

import numpy as np
import pandas as pd

from rankings.composite.tree import Tree
from rankings.composite.weights import components
from rankings.errors import DataError, InputError
from rankings.panel import ranks

METHODS = ("pearson", "spearman", "kendall")


def cronbach(values: pd.DataFrame) -> float:
    """Cronbach's alpha: k/(k - 1) (1 - sum of variances / variance of the sum).

    Economies with a gap are left out.

    Raises:
        DataError: fewer than two columns, fewer than two economies without gaps, or no variance.
    """
    complete = values.dropna()
    count = complete.shape[1]
    if count < 2 or len(complete) < 2:
        raise DataError(
            f"alpha needs two indicators and two economies without gaps: "
            f"{count} and {len(complete)} are held"
        )
    covariance = np.cov(complete.to_numpy(dtype="float64"), rowvar=False)
    # Indicators that cancel each other leave rounding in place of the variance of their sum.
    if not covariance.sum() > ranks.SAME * np.abs(covariance).sum():
        raise DataError(f"alpha of {', '.join(map(str, values))}: their sum has no variance")
    return float(count / (count - 1) * (1 - np.trace(covariance) / covariance.sum()))


def reliability(tree: Tree, aggregated: pd.DataFrame) -> pd.DataFrame:
    """Cronbach's alpha of every group of siblings, and of all indicators below an aggregate.

    Returns:
        Columns set (the aggregate), of ("children" or "indicators", where these differ), level
        (of the members), k (how many) and alpha. Groups of one have none.
    """
    rows = []
    for parent, children in tree.children.items():
        for name, members in (("children", children), ("indicators", tree.below(parent))):
            if len(members) < 2 or (name == "indicators" and members == children):
                continue
            rows.append(
                {
                    "set": parent,
                    "of": name,
                    "level": int(tree.levels[members[0]]),
                    "k": len(members),
                    "alpha": cronbach(aggregated[members]),
                }
            )
    return pd.DataFrame(rows, columns=["set", "of", "level", "k", "alpha"])


def principal_components(tree: Tree, aggregated: pd.DataFrame, level: int = 1) -> pd.DataFrame:
    """Principal components of the correlation matrix of each group of siblings of a level.

    Returns:
        Columns group, component (from 1), deviation (its standard deviation), eigenvalue and
        share (of the variance).
    """
    parts = []
    for parent, children in tree.children.items():
        members = [child for child in children if tree.levels[child] == level]
        if not members:
            continue
        size, _ = components(aggregated[members], parent)
        size = np.maximum(size, 0.0)
        parts.append(
            pd.DataFrame(
                {
                    "group": parent,
                    "component": np.arange(1, len(size) + 1),
                    "deviation": np.sqrt(size),
                    "eigenvalue": size,
                    "share": size / size.sum(),
                }
            )
        )
    if not parts:
        raise InputError(f"the tree has no level {level} below an aggregate")
    return pd.concat(parts, ignore_index=True)


def correlations(tree: Tree, aggregated: pd.DataFrame, method: str = "pearson") -> pd.DataFrame:
    """Correlation of every node with its parent and with the composite.

    Returns:
        Columns code, parent, level, with_parent, with_root. A negative one says that the node
        pulls against the group it belongs to; one near 0 that it does not count there. Missing
        where a node is the same for all but for rounding.

    Raises:
        InputError: a method other than `METHODS`.
    """
    _check_method(method)
    aggregated = _varying(aggregated)
    rows = [
        {
            "code": child,
            "parent": parent,
            "level": int(tree.levels[child]),
            "with_parent": aggregated[child].corr(aggregated[parent], method=method),  # type: ignore[arg-type]
            "with_root": aggregated[child].corr(aggregated[tree.root], method=method),  # type: ignore[arg-type]
        }
        for parent, children in tree.children.items()
        for child in children
    ]
    return pd.DataFrame(rows)


def pairs(
    tree: Tree, aggregated: pd.DataFrame, method: str = "pearson", above: float = 0.9
) -> pd.DataFrame:
    """Siblings that say nearly the same, or the opposite.

    Returns:
        Columns parent, code, other, correlation and flag: "redundant" (above ``above``) or
        "negative" (below 0); other pairs are left out.

    Raises:
        InputError: a method other than `METHODS`.
    """
    _check_method(method)
    aggregated = _varying(aggregated)
    rows = []
    for parent, children in tree.children.items():
        matrix = aggregated[children].corr(method=method).to_numpy()  # type: ignore[arg-type]
        for i, j in zip(*np.triu_indices(len(children), 1), strict=True):
            value = float(matrix[i, j])
            if value > above or value < 0:
                flag = "redundant" if value > above else "negative"
                rows.append((parent, children[i], children[j], value, flag))
    return pd.DataFrame(rows, columns=["parent", "code", "other", "correlation", "flag"])


def _varying(values: pd.DataFrame) -> pd.DataFrame:
    """The columns that vary by more than rounding; the others are missing: nothing correlates."""
    flat = values.columns[ranks.is_constant(values.min(), values.max())]
    return values.assign(**dict.fromkeys(flat, np.nan))


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise InputError(f"a correlation is one of {', '.join(METHODS)}, not {method!r}")
