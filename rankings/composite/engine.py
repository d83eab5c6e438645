"""From indicators to one score: the stages in a row, each a function handed in.

data -> denominate -> impute -> treat -> turn and normalise -> aggregate -> rank. A `Method` says
which function each stage uses; a sensitivity run is the same engine with other functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite import normalise, outliers, places, prepare
from rankings.composite.aggregate import (
    Aggregate,
    NoMeanError,
    arithmetic,
    check_share,
    enough,
)
from rankings.composite.tree import Tree, check_weights
from rankings.composite.weights import without
from rankings.errors import DataError, InputError

Array = npt.NDArray[np.float64]
Stage = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Method:
    """Which function each stage uses.

    Attributes:
        impute: fills gaps (`prepare`).
        treat: draws outliers in (`outliers.winsorising`).
        normalise: brings indicators to one scale (`normalise`).
        weights: a weight for each node, or None for those of the tree.
        aggregate: the mean (`aggregate`), or level of the parent -> mean.
        drop: an indicator or aggregate left out, or None.
        least_available: share of its children an aggregate needs to have a value, 0 to 1; exactly
            the share is enough (`aggregate.enough`).
    """

    impute: Stage = prepare.not_filled
    treat: Stage = outliers.untreated
    normalise: Stage = field(default_factory=normalise.minmax)
    weights: pd.Series | None = None
    aggregate: Aggregate | Mapping[int, Aggregate] = arithmetic
    drop: str | None = None
    least_available: float = 0.0

    def __post_init__(self) -> None:
        check_share(self.least_available)

    def but(self, **changes: object) -> "Method":
        """The method with some of its parts exchanged."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Built:
    """A composite and every table on the way.

    Attributes:
        tree: of the composite.
        method: by which it was built.
        raw: the indicators as given.
        denominated: divided by their denominators.
        imputed: gaps filled.
        treated: outliers drawn in.
        normalised: on one scale, more is better.
        aggregated: the normalised indicators and every aggregate; the root is the score.
    """

    tree: Tree
    method: Method
    raw: pd.DataFrame
    denominated: pd.DataFrame
    imputed: pd.DataFrame
    treated: pd.DataFrame
    normalised: pd.DataFrame
    aggregated: pd.DataFrame

    @property
    def scores(self) -> pd.Series:
        """The composite's score of each economy of the data.

        Missing where too little is held or a stage left the economy out.
        """
        return self.aggregated[self.tree.root].reindex(self.raw.index)

    @property
    def ranks(self) -> pd.Series:
        """Competition rank of each score; ties (within `places.TOLERANCE`) share the better."""
        return ranks(self.scores.to_frame()).iloc[:, 0].rename("rank")


def ranks(scores: pd.DataFrame, tolerance: float = places.TOLERANCE) -> pd.DataFrame:
    """Competition rank of each column's values, best 1; missing is missing."""
    counted = places.from_best(scores.to_numpy(dtype="float64").T, tolerance).T
    return pd.DataFrame(counted, scores.index, scores.columns).astype("Int64")


def build(tree: Tree, data: pd.DataFrame, method: Method | None = None) -> Built:
    """The composite of a tree.

    Args:
        tree: of the composite.
        data: economies down (the index), indicators and denominators across.
        method: which function each stage uses.

    Raises:
        InputError: weights, an indicator or a denominator that is not there (named).
        DataError: figures a stage has no answer for (economy, indicator or parent named).
    """
    method = method or Method()
    raw = prepare.take(tree, data)
    denominated = prepare.denominate(tree, raw, data)
    imputed = prepare.check_stage(denominated, method.impute(denominated), "impute")
    treated = prepare.check_stage(imputed, method.treat(imputed), "treat")
    normalised = scale(tree, treated, method.normalise)
    aggregated = climb(tree, normalised, method)
    return Built(tree, method, raw, denominated, imputed, treated, normalised, aggregated)


def scale(tree: Tree, treated: pd.DataFrame, function: Stage) -> pd.DataFrame:
    """The indicators turned so that more is better, then normalised."""
    turned = treated * tree.directions
    scaled = prepare.check_stage(turned, function(turned), "normalise")
    return normalise.check(turned.loc[scaled.index], scaled)


def weights_of(tree: Tree, method: Method) -> pd.Series:
    """The weights a method uses, checked, with its dropped node left out."""
    chosen = check_weights(tree, tree.weights if method.weights is None else method.weights)
    return chosen if method.drop is None else without(tree, chosen, method.drop)


def aggregate_for(method: Method, level: int) -> Aggregate:
    """The mean that makes aggregates of a level; `InputError` if the method names none."""
    if not isinstance(method.aggregate, Mapping):
        return method.aggregate
    if level not in method.aggregate:
        raise InputError(f"the method names no mean for level {level}")
    return method.aggregate[level]


def climb(tree: Tree, normalised: pd.DataFrame, method: Method) -> pd.DataFrame:
    """The normalised indicators and every aggregate above them, up to the root.

    Raises:
        InputError: weights that `check_weights` refuses.
        DataError: a value its mean cannot take, or an aggregate beyond what a number can hold
            (economy and node named).
    """
    codes = tree.table.index
    nodes = np.full((len(normalised), len(codes)), np.nan)
    leaves = codes.get_indexer(pd.Index(tree.indicators))
    nodes[:, leaves] = normalised[tree.indicators].to_numpy(dtype="float64")
    weights = weights_of(tree, method).to_numpy()
    fill_aggregates(tree, method, weights, normalised.index, nodes, tree.groups)
    order = [*tree.indicators, *tree.children]
    return pd.DataFrame(nodes, index=normalised.index, columns=codes)[order]


def fill_aggregates(
    tree: Tree,
    method: Method,
    weights: Array,
    economies: pd.Index,
    nodes: Array,
    groups: list[tuple[int, npt.NDArray[np.int64]]],
) -> None:
    """Put the aggregates of some groups of the tree into its nodes, from their children there.

    Args:
        tree: of the composite.
        method: which mean, and how much of its children an aggregate needs.
        weights: of each node, as `weights_of`.
        economies: the rows of the nodes, for messages.
        nodes: economies down, nodes across in the order of the tree's table; changed in place.
        groups: of `Tree.groups`, children before their parents.

    Raises:
        DataError: as `climb`.
    """
    codes, levels = tree.table.index, tree.levels.to_numpy()
    for parent, children in groups:
        # What counts for nothing needs no value: it may be missing or not positive.
        counted = children[weights[children] > 0]
        if not len(counted):
            continue
        combine = aggregate_for(method, int(levels[parent]))
        shares = weights[counted] / weights[counted].sum()
        siblings = nodes[:, counted]
        try:
            score = _combine(combine, siblings, shares)
        except NoMeanError as failure:
            economy, code = str(economies[failure.row]), codes[counted[failure.column]]
            raise DataError(f"{codes[parent]}: {failure.say(economy, code)}") from None
        except DataError as failure:
            raise DataError(f"{codes[parent]}: {failure}") from None
        infinite = np.flatnonzero(np.isinf(score))
        if len(infinite):
            economy = str(economies[infinite[0]])
            raise DataError(
                f"{codes[parent]}: the mean of {economy} is beyond what a number can hold"
            )
        held = (~np.isnan(siblings)).sum(axis=1)
        available = enough(held, len(counted), method.least_available)
        nodes[:, parent] = np.where(available, score, np.nan)


def _combine(combine: Aggregate, siblings: Array, shares: Array) -> Array:
    """One number per economy (row) from a mean; `DataError` if it gives another shape."""
    with np.errstate(all="ignore"):
        score: object = combine(siblings, shares)
    if isinstance(score, pd.Series):
        # Its labels are the numbers of the rows: they say where each value belongs.
        score = score.reindex(range(len(siblings)))
    found = np.asarray(score, dtype="float64")
    if found.shape != (len(siblings),):
        raise DataError(
            f"its mean must give one number for each of {len(siblings)} economies, not an array "
            f"of shape {found.shape}"
        )
    return found
