"""What do thousands of variants of a method give? The same engine, in matrices.

A **replicate** picks one choice for each factor of the method that is varied. Only distinct picks
are computed. With one power mean on all levels and no gaps a composite is one weighted sum of
bent indicators, so that all weight sets of a variant are one matrix product; with gaps, or a mean
per level, the tree is climbed for many weight sets at once; any other aggregation is computed
replicate by replicate. All three give what `engine.build` gives, and tests say so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite import places, prepare
from rankings.composite.aggregate import Mean
from rankings.composite.engine import Method, Stage, aggregate_for, climb, scale, weights_of
from rankings.composite.matrices import climb_many, one_product
from rankings.composite.tree import Tree
from rankings.composite.weights import without_sets
from rankings.errors import DataError, InputError, RankingsError, suggest

Array = npt.NDArray[np.float64]
Picks = npt.NDArray[np.int64]
Varied = Mapping[str, Mapping[str, object]]

_CELLS = 2_000_000  # of a block: bounds the memory, whatever the number of replicates


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
                raise InputError(suggest("part of a method", factor, known))
            if not choices:
                raise InputError(f"{factor} is varied, but no choice is given")
        if not self.varied:
            raise InputError("nothing is varied: name a part of the method and its choices")

    @cached_property
    def sizes(self) -> list[int]:
        """How many choices each factor has."""
        return [len(choices) for choices in self.varied.values()]

    @cached_property
    def denominated(self) -> pd.DataFrame:
        """The indicators before the first stage that can vary."""
        return prepare.denominate(self.tree, prepare.take(self.tree, self.data), self.data)

    def method(self, pick: npt.ArrayLike) -> Method:
        """The method of one replicate: the place of its choice for each factor."""
        chosen = zip(self.varied.items(), np.asarray(pick).tolist(), strict=True)
        return self.reference.but(
            **{factor: list(choices.values())[place] for (factor, choices), place in chosen}
        )

    def say(self, pick: npt.ArrayLike) -> str:
        """The names of a replicate's choices."""
        chosen = zip(self.varied.items(), np.asarray(pick).tolist(), strict=True)
        return ", ".join(f"{factor}: {list(choices)[place]}" for (factor, choices), place in chosen)

    def table(self) -> pd.DataFrame:
        """What is varied: columns factor, count (of choices), choices (their names)."""
        rows = []
        for factor, choices in self.varied.items():
            names = [str(name) for name in choices]
            listed = names if len(names) <= 8 else [*names[:2], "...", names[-1]]
            rows.append({"factor": factor, "count": len(names), "choices": "; ".join(listed)})
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Replicates:
    """Scores and places of all replicates, kept once for each distinct pick.

    Attributes:
        plan: what was varied.
        economies: in the order of the columns below.
        scores: distinct picks down, economies across.
        ranks: likewise.
        row_of: for each replicate the row of its pick.
    """

    plan: Plan
    economies: pd.Index
    scores: Array
    ranks: places.Places
    row_of: npt.NDArray[np.int64]

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
        InputError: picks that are no choices of the plan.
        DataError: a replicate that fails or leaves an economy without a score. It is named, and
            nothing is returned: the peer keeps a silent gap instead.
    """
    distinct, at = _distinct(plan, np.asarray(picks, dtype=np.int64))
    economies = plan.denominated.index
    scores = np.empty((len(distinct), len(economies)))
    for rows, variant in _variants(plan, distinct):
        scores[rows] = variant
    _check_complete(plan, distinct, scores)
    ranks = np.empty(scores.shape, dtype=np.int32)
    step = max(1, _CELLS // max(1, len(economies)))
    for start in range(0, len(scores), step):
        ranks[start : start + step] = places.competition(scores[start : start + step], tolerance)
    return Replicates(plan, economies, scores, ranks, at)


def _distinct(plan: Plan, picks: Picks) -> tuple[Picks, npt.NDArray[np.int64]]:
    if picks.ndim != 2 or picks.shape[1] != len(plan.sizes):
        raise InputError(f"a pick names one choice for each of {len(plan.sizes)} factors")
    if not len(picks) or (picks < 0).any() or (picks >= np.array(plan.sizes)).any():
        raise InputError("a pick lies outside the choices of its factor, or there is none")
    number = np.ravel_multi_index(tuple(picks.T), tuple(plan.sizes))
    found, at = np.unique(number, return_inverse=True)
    rows = np.column_stack(np.unravel_index(found, tuple(plan.sizes)))
    return rows.astype(np.int64), at


def _variants(plan: Plan, picks: Picks) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
    """Rows of picks that differ in their weights alone, and their scores."""
    factors = list(plan.varied)
    apart = [place for place, name in enumerate(factors) if name not in ("weights", "drop")]
    tables = _Stages(plan)
    if apart:
        _, group = np.unique(picks[:, apart], axis=0, return_inverse=True)
    else:
        group = np.zeros(len(picks), dtype=np.int64)
    made: dict[int, Array] = {}
    for number in range(int(group.max()) + 1):
        rows = np.flatnonzero(group == number)
        try:
            method = plan.method(picks[rows[0]])
            normalised = tables.normalised(method)
            yield rows, _scores(plan, normalised, method, picks[rows], made)
        except RankingsError as failure:
            raise DataError(f"replicate ({plan.say(picks[rows[0]])}): {failure}") from failure


class _Stages:
    """Normalised tables, each stage computed once for each chain of choices before it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[tuple[int, ...], pd.DataFrame] = {}

    def _stage(self, key: tuple[Stage, ...], before: pd.DataFrame, last: bool) -> pd.DataFrame:
        name = tuple(id(function) for function in key)
        if name not in self._made:
            make = key[-1]
            self._made[name] = scale(self._plan.tree, before, make) if last else make(before)
        return self._made[name]

    def normalised(self, method: Method) -> pd.DataFrame:
        """The table of a method before aggregation."""
        chain = (method.impute, method.treat, method.normalise)
        table = self._plan.denominated
        for length in (1, 2, 3):
            table = self._stage(chain[:length], table, length == 3)
        return table


def _weight_rows(plan: Plan, picks: Picks, made: dict[int, Array]) -> Array:
    """Weights of picks as rows in the order of the tree; each set is checked once."""
    factors = list(plan.varied)
    rows = _checked_rows(plan, picks, made)
    drops: list[object] = [plan.reference.drop]
    which = np.zeros(len(picks), dtype=np.int64)
    if "drop" in factors:
        drops = list(plan.varied["drop"].values())
        which = picks[:, factors.index("drop")]
    for place, code in enumerate(drops):
        here = which == place
        if code is not None and here.any():
            rows[here] = without_sets(plan.tree, rows[here], str(code))
    return rows


def _checked_rows(plan: Plan, picks: Picks, made: dict[int, Array]) -> Array:
    """The weights chosen, before a node is left out."""
    factors = list(plan.varied)
    chosen = np.zeros(len(picks), dtype=np.int64)
    if "weights" in factors:
        chosen = picks[:, factors.index("weights")]
    for place in np.unique(chosen).tolist():
        if place not in made:
            method = plan.method(picks[np.flatnonzero(chosen == place)[0]])
            made[place] = weights_of(plan.tree, method.but(drop=None)).to_numpy()
    table = np.vstack([made[place] for place in sorted(made)])
    return table[np.searchsorted(sorted(made), chosen)]


def _scores(
    plan: Plan, normalised: pd.DataFrame, method: Method, picks: Picks, made: dict[int, Array]
) -> Array:
    """Scores of picks that share a normalised table and a mean: picks down, economies across."""
    tree = plan.tree
    means = [aggregate_for(method, int(tree.levels[parent])) for parent in tree.children]
    if not all(isinstance(mean, Mean) for mean in means):
        built = (climb(tree, normalised, plan.method(pick))[tree.root] for pick in picks)
        return np.vstack([score.to_numpy() for score in built])
    weights = _weight_rows(plan, picks, made)
    mean = means[0]
    if len(set(means)) == 1 and isinstance(mean, Mean) and not normalised.isna().any(axis=None):
        return one_product(tree, normalised, mean, weights)
    step = max(1, _CELLS // max(1, normalised.size))
    blocks = range(0, len(weights), step)
    return np.vstack(
        [climb_many(tree, normalised, method, weights[at : at + step]) for at in blocks]
    )


def _check_complete(plan: Plan, picks: Picks, scores: Array) -> None:
    bad = np.argwhere(~np.isfinite(scores))
    if len(bad):
        row, column = bad[0]
        raise DataError(
            f"replicate ({plan.say(picks[row])}): {plan.denominated.index[column]} has no score; "
            "fill its gaps or leave it out (prepare.screen) before methods are varied"
        )
