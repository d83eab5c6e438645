"""What do thousands of variants of a method give? The same engine, in matrices.

A **replicate** picks one choice for each factor of the method that is varied. Only distinct picks
are computed. With one power mean on all levels and no gaps a composite is one weighted sum of
bent indicators, so that all weight sets of a variant are one matrix product; with gaps, or a mean
per level, the tree is climbed for many weight sets at once; any other aggregation is computed
replicate by replicate. All three give what `engine.build` gives, and tests say so. Scores are made
and ranked in blocks: what is kept are the ranks, four bytes each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite import places, prepare
from rankings.composite.aggregate import Mean
from rankings.composite.engine import Method, Stage, aggregate_for, climb, scale
from rankings.composite.matrices import root_scores
from rankings.composite.tree import Tree, check_weight_rows, check_weights, read_weights
from rankings.composite.weight_sets import WeightSets
from rankings.composite.weights import without_sets
from rankings.errors import DataError, InputError, RankingsError
from rankings.panel.inputs import check_room, label

Array = npt.NDArray[np.float64]
Picks = npt.NDArray[np.int64]
Varied = Mapping[str, Mapping[str, object]]

_CELLS = 1 << 19  # scores of a block: bounds the memory, whatever the number of replicates


@dataclass(frozen=True)
class Plan:
    """What is varied, of which composite.

    Attributes:
        tree: of the composite.
        data: economies down, indicators and denominators across.
        reference: the method that is varied.
        varied: part of the method (a field of `Method`) -> name of a choice -> the choice.
    """

    tree: Tree
    data: pd.DataFrame
    reference: Method
    varied: Varied

    def __post_init__(self) -> None:
        known = [part.name for part in fields(Method)]
        for factor, choices in self.varied.items():
            if factor not in known:
                raise InputError.suggest("part of a method", factor, known)
            if not isinstance(choices, Mapping):
                raise InputError(f"the choices for {factor} need names: give them as a dict")
            if not choices:
                raise InputError(f"{factor} is varied, but no choice is given")
        if not self.varied:
            raise InputError("nothing is varied: name a part of the method and its choices")

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The names of the choices of each factor."""
        return {factor: list(choices) for factor, choices in self.varied.items()}

    @cached_property
    def sizes(self) -> list[int]:
        """How many choices each factor has."""
        return [len(names) for names in self.names.values()]

    @cached_property
    def denominated(self) -> pd.DataFrame:
        """The indicators before the first stage that can vary."""
        return prepare.denominate(self.tree, prepare.take(self.tree, self.data), self.data)

    @cached_property
    def weight_rows(self) -> Array:
        """The weight sets to choose from, checked: sets down, nodes across.

        Raises:
            InputError: as `check_weights`; the set is named.
        """
        if "weights" not in self.varied:
            given = self.reference.weights
            return check_weights(
                self.tree, self.tree.weights if given is None else given
            ).to_numpy()[None, :]
        names = self.names["weights"]
        return check_weight_rows(
            self.tree, self._read_weights(names), lambda at: f"weights {names[at]!r}: "
        )

    def _read_weights(self, names: list[str]) -> Array:
        given, codes = self.varied["weights"], self.tree.table.index
        if isinstance(given, WeightSets) and given.codes.equals(codes):
            table = given.table()
            if table is not None:
                return table
        each = [given[name] for name in names]
        if all(isinstance(one, pd.Series) and one.index.equals(codes) for one in each):
            arrays = [np.asarray(one.to_numpy()) for one in each]  # type: ignore[attr-defined]
            # Read one by one with every check, thousands of series take ten times as long.
            if all(array.dtype == np.float64 for array in arrays):
                return np.array(arrays)
        rows = np.empty((len(names), len(codes)))
        for at, name in enumerate(names):
            weights = given[name]
            try:
                rows[at] = read_weights(
                    self.tree, self.tree.weights if weights is None else weights
                )
            except InputError as failure:
                raise InputError(f"weights {name!r}: {failure}") from None
        return rows

    def reference_scores(self) -> pd.Series:
        """The scores by the reference method, as `engine.build` gives them; some may be missing."""
        normalised = _Stages(self).normalised(self.reference)
        climbed = climb(self.tree, normalised, self.reference)
        return climbed[self.tree.root].reindex(self.denominated.index)

    def method(self, pick: npt.ArrayLike) -> Method:
        """The method of one replicate: the place of its choice for each factor."""
        return self.reference.but(
            **{factor: self.varied[factor][name] for factor, name in self._named(pick)}
        )

    def say(self, pick: npt.ArrayLike) -> str:
        """The names of a replicate's choices."""
        return ", ".join(f"{factor}: {name}" for factor, name in self._named(pick))

    def _named(self, pick: npt.ArrayLike) -> list[tuple[str, str]]:
        chosen = zip(self.names.items(), np.asarray(pick).tolist(), strict=True)
        return [(factor, names[place]) for (factor, names), place in chosen]

    def table(self) -> pd.DataFrame:
        """What is varied: columns factor, count (of choices), choices (their names)."""
        rows = []
        for factor, choices in self.names.items():
            names = [str(name) for name in choices]
            listed = names if len(names) <= 8 else [*names[:2], "...", names[-1]]
            rows.append({"factor": factor, "count": len(names), "choices": "; ".join(listed)})
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Replicates:
    """Places of all replicates, kept once for each distinct pick.

    Attributes:
        plan: what was varied.
        economies: in the order of the columns below.
        picks: the distinct picks.
        ranks: distinct picks down, economies across.
        row_of: for each replicate the row of its pick.
    """

    plan: Plan
    economies: pd.Index
    picks: Picks
    ranks: places.Places
    row_of: npt.NDArray[np.int64]

    @cached_property
    def scores(self) -> Array:
        """Distinct picks down, economies across; computed when asked for.

        Raises:
            InputError: they do not fit into memory.
        """
        rows, economies = self.ranks.shape
        check_room(rows, economies, 8, "replicates")
        scores = np.empty((rows, economies))
        for places_of, block in _blocks(self.plan, self.picks):
            scores[places_of] = block
        return scores

    def rank_table(self) -> pd.DataFrame:
        """Ranks of every replicate: economies down, replicates (from 1) across."""
        return self._wide(self.ranks)

    def score_table(self) -> pd.DataFrame:
        """Scores of every replicate: economies down, replicates (from 1) across."""
        return self._wide(self.scores)

    def _wide(self, values: npt.NDArray[np.generic]) -> pd.DataFrame:
        numbers = pd.RangeIndex(1, len(self.row_of) + 1)
        return pd.DataFrame(values[self.row_of].T, index=self.economies, columns=numbers)


def run(plan: Plan, picks: npt.ArrayLike, tolerance: float = places.TOLERANCE) -> Replicates:
    """Scores and ranks of replicates.

    Args:
        plan: what is varied.
        picks: one row per replicate: the place (from 0) of the choice for each factor.
        tolerance: below which scores tie; see `places`.

    Raises:
        InputError: picks that are no choices of the plan, weights that are refused (the set is
            named), or more replicates than fit into memory.
        DataError: a replicate that fails or leaves an economy without a score. It is named, and
            nothing is returned: the peer keeps a silent gap instead.
    """
    distinct, at = _distinct(plan, np.asarray(picks))
    economies = plan.denominated.index
    _ = plan.weight_rows  # weights that are refused are named before anything is computed
    check_room(len(distinct), len(economies), 4, "replicates")
    ranks = np.empty((len(distinct), len(economies)), dtype=np.int32)
    for rows, scores in _blocks(plan, distinct):
        ranks[rows] = places.competition(scores, tolerance)
    return Replicates(plan, economies, distinct, ranks, at)


def _distinct(plan: Plan, picks: Picks) -> tuple[Picks, npt.NDArray[np.int64]]:
    if picks.ndim != 2 or picks.shape[1] != len(plan.sizes):
        raise InputError(f"a pick names one choice for each of {len(plan.sizes)} factors")
    if picks.dtype.kind not in "iu":
        raise InputError("a pick is the place of a choice: give whole numbers from 0")
    if not len(picks) or (picks < 0).any() or (picks >= np.array(plan.sizes)).any():
        raise InputError("a pick lies outside the choices of its factor, or there is none")
    if float(np.prod(plan.sizes, dtype=np.float64)) > 2**62:
        found, at = np.unique(picks.astype(np.int64), axis=0, return_inverse=True)
        return found, at.reshape(-1)
    number = np.ravel_multi_index(tuple(picks.T), tuple(plan.sizes))
    found, at = np.unique(number, return_inverse=True)
    rows = np.column_stack(np.unravel_index(found, tuple(plan.sizes)))
    return rows.astype(np.int64), at


def _blocks(plan: Plan, picks: Picks) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
    """Rows of picks and their scores, in blocks of bounded size.

    Raises:
        DataError: a replicate that fails or leaves an economy without a score; it is named.
    """
    tables = _Stages(plan)
    for rows in _variants(plan, picks):
        first = plan.say(picks[rows[0]])
        try:
            method = plan.method(picks[rows[0]])
            normalised = tables.normalised(method)
        except RankingsError as failure:
            raise DataError(f"replicate ({first}): {failure}") from failure
        step = max(1, _CELLS // max(1, len(normalised)))
        for start in range(0, len(rows), step):
            here = rows[start : start + step]
            try:
                with np.errstate(all="ignore"):
                    scores = _scores(plan, normalised, method, picks[here])
            except RankingsError as failure:
                raise DataError(f"replicate ({first}): {failure}") from failure
            yield here, _complete(plan, picks[here], scores, normalised.index)


def _variants(plan: Plan, picks: Picks) -> list[npt.NDArray[np.int64]]:
    """Rows of picks that differ in their weights alone."""
    factors = list(plan.varied)
    apart = [place for place, name in enumerate(factors) if name not in ("weights", "drop")]
    if not apart:
        return [np.arange(len(picks))]
    _, group = np.unique(picks[:, apart], axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1)


class _Stages:
    """Normalised tables, each stage computed once for each chain of choices before it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[tuple[int, ...], pd.DataFrame] = {}

    def _stage(self, chain: tuple[Stage, ...], name: str, before: pd.DataFrame) -> pd.DataFrame:
        key = tuple(id(function) for function in chain)
        if key not in self._made:
            make = chain[-1]
            self._made[key] = (
                scale(self._plan.tree, before, make)
                if name == "normalise"
                else prepare.check_stage(before, make(before), name)
            )
        return self._made[key]

    def normalised(self, method: Method) -> pd.DataFrame:
        """The table of a method before aggregation."""
        chain = (method.impute, method.treat, method.normalise)
        table = self._plan.denominated
        for length, name in enumerate(("impute", "treat", "normalise"), start=1):
            table = self._stage(chain[:length], name, table)
        return table


def _weight_rows(plan: Plan, picks: Picks) -> Array:
    """Weights of picks as rows in the order of the tree, a dropped node left out."""
    factors, table = list(plan.varied), plan.weight_rows
    chosen = np.zeros(len(picks), dtype=np.int64)
    if "weights" in factors:
        chosen = picks[:, factors.index("weights")]
    rows = table[chosen]
    drops: list[Any] = [plan.reference.drop]
    which = np.zeros(len(picks), dtype=np.int64)
    if "drop" in factors:
        drops = list(plan.varied["drop"].values())
        which = picks[:, factors.index("drop")]
    for place, code in enumerate(drops):
        here = which == place
        if code is not None and here.any():
            rows[here] = without_sets(plan.tree, rows[here], label(code))
    return rows


def _scores(plan: Plan, normalised: pd.DataFrame, method: Method, picks: Picks) -> Array:
    """Scores of picks that share a normalised table and a mean: picks down, economies across."""
    tree = plan.tree
    means = [aggregate_for(method, int(tree.levels[parent])) for parent in tree.children]
    if all(isinstance(mean, Mean) for mean in means):
        return root_scores(tree, normalised, method, _weight_rows(plan, picks))
    built = (climb(tree, normalised, plan.method(pick))[tree.root] for pick in picks)
    return np.vstack([score.to_numpy() for score in built])


def _complete(plan: Plan, picks: Picks, scores: Array, held: pd.Index) -> Array:
    """The scores of all economies of the plan; `DataError` names one that has none."""
    economies = plan.denominated.index
    if len(held) < len(economies):
        row, lost = 0, economies.difference(held, sort=False)[0]
    elif np.isfinite(scores).all():
        return scores
    else:
        row, column = np.argwhere(~np.isfinite(scores))[0]
        lost = economies[column]
        if np.isinf(scores[row, column]):
            raise DataError(
                f"replicate ({plan.say(picks[row])}): the score of {lost} is beyond what a "
                "number can hold; use another normalisation"
            )
    raise DataError(
        f"replicate ({plan.say(picks[row])}): {lost} has no score; "
        "fill its gaps or leave it out (prepare.screen) before methods are varied"
    )
