"""Why did the place change from one edition to another? Exact terms that add up to the change.

From the published rank of the first edition to that of the second the figures are changed in
steps, and each step's change of rank is one term:

- **rounding**: the rank recomputed from the printed sub-indices against the published rank;
- **coverage**: ranked among the economies that both editions have, against all;
- **method**: the first edition's figures computed the second edition's way, where that can be
  done; by component a Shapley split over what changed (recipes of sub-indices, weights);
- **own** and **others**: the economy's and everybody else's moves, the Shapley value over 2K
  players (own and others by sub-index, all other economies moving together). "Own" in all is the
  sum of its K players, which differs from a game of two players, own and others.

With more than `decompose.EXACT` sub-indices, or changes of method, the orders of the Shapley value
are sampled, and every row says with which standard error.

Ranks count from the best: a negative term is a gain of places. Where a method cannot be applied
to the old figures its term is missing and the row says "not separable": the own and others' moves
of that component then hold the change of method too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rankings.analysis import decompose, moves
from rankings.analysis import methods as analysis_methods
from rankings.analysis.recipes import Held
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import Index

OWN, OTHERS, METHOD, COVERAGE, ROUNDING = "own", "others", "method", "coverage", "rounding"
TERMS = [OWN, OTHERS, METHOD, COVERAGE, ROUNDING]
WEIGHTS = "weights"
UNCHANGED, SEPARATED, NOT_SEPARABLE = "unchanged", "separated", "not separable"
PUBLISHED, COMPUTED = "published", "computed"
FEWEST_COMMON = 2
METHOD_PAIRS = 100  # of sampled orders of changes of method: each step computes an edition anew


@dataclass(frozen=True)
class Step:
    """Two editions of an index (or of one sub-index), seen by the economies ranked in both.

    Attributes:
        held: the tables.
        index: the index.
        start: the first edition.
        end: the second.
        component: the index's headline component, or one sub-index.
    """

    held: Held
    index: Index
    start: int
    end: int
    component: str

    @cached_property
    def weights(self) -> tuple[pd.Series, pd.Series]:
        """Weights of the sub-indices in both editions; one of weight 1 for a sub-index alone."""
        if self.component != self.index.overall:
            alone = pd.Series({self.component: 1.0})
            return alone, alone
        old, new = self.index.weights_of(self.start), self.index.weights_of(self.end)
        if set(old.index) != set(new.index):
            raise InputError(
                "{index} {start} is made of {old}, {end} of {new}: a split by sub-index is not "
                "possible",
                index=self.index.name,
                start=self.start,
                old=", ".join(old.index),
                end=self.end,
                new=", ".join(new.index),
            )
        return old, new[old.index]

    @property
    def parts(self) -> list[str]:
        """The sub-indices, in the order of the definition."""
        return list(self.weights[0].index)

    @cached_property
    def rows(self) -> dict[int, pd.DataFrame]:
        """Panel rows of both editions."""
        return {edition: self._rows(edition) for edition in (self.start, self.end)}

    def _rows(self, edition: int) -> pd.DataFrame:
        """Panel rows of an edition: of the newest report that prints the sub-indices.

        A report that restates only the overall value of an edition is passed over.

        Raises:
            InputError: the edition, or its sub-indices, are not held.
        """
        panel = self.held.panel
        rows = panel.loc[(panel["index"] == self.index.name) & (panel["edition"] == edition)]
        if rows.empty:
            panels.wide(panel, self.index.name, edition)  # raises, naming those held
        needed = {self.component, *self.parts}
        printed = rows.groupby("vintage")["component"].agg(set)
        complete = [vintage for vintage, names in printed.items() if needed <= names]
        if not complete:
            lacking = sorted(needed - set(rows["component"])) or sorted(needed)
            raise InputError(
                "{index} {edition} is held without {parts}: a split by sub-index is not possible",
                parts=", ".join(lacking),
                index=self.index.name,
                edition=edition,
            )
        return panels.newest_vintage(rows.loc[rows["vintage"].isin(complete)])

    def ranked(self, edition: int) -> pd.DataFrame:
        """Values of the economies ranked in an edition; `InputError` if it is not held."""
        table = panels.wide(self.rows[edition], self.index.name, edition)
        return table.dropna(subset=[self.component])

    @cached_property
    def before(self) -> pd.DataFrame:
        """Values of the first edition."""
        return self.ranked(self.start)

    @cached_property
    def after(self) -> pd.DataFrame:
        """Values of the second edition."""
        return self.ranked(self.end)

    @cached_property
    def common(self) -> pd.Index:
        """Economies ranked, with all sub-indices, in both editions.

        Raises:
            InputError: fewer than two.
        """
        old, new = (t[self.parts].dropna().index for t in (self.before, self.after))
        both = old.intersection(new)
        if len(both) < FEWEST_COMMON:
            raise InputError(
                "too few economies have {parts} in both {index} {start} and {end}: {count} "
                "held, {fewest} needed",
                parts=", ".join(self.parts),
                index=self.index.name,
                start=self.start,
                end=self.end,
                count=len(both),
                fewest=FEWEST_COMMON,
            )
        return both

    def recomputed(self, edition: int) -> pd.Series:
        """Scores from the printed sub-indices; as printed where a sub-index is missing."""
        old, new = self.weights
        table, weights = (self.before, old) if edition == self.start else (self.after, new)
        scores = table[self.parts].dot(weights)
        return scores.fillna(table[self.component])

    def published(self, edition: int) -> tuple[pd.Series, str]:
        """Ranks of an edition and what they are: "published", or "computed" from printed values.

        Published ranks are used where both editions print one for every economy.
        """
        printed = {each: self._printed(each) for each in (self.start, self.end)}
        if all(each.notna().all() for each in printed.values()):
            return printed[edition].astype(float), PUBLISHED
        values = self.before if edition == self.start else self.after
        return moves.competition_ranks(values[self.component]), COMPUTED

    def _printed(self, edition: int) -> pd.Series:
        """Published ranks; missing where they are dense, as these count scores, not economies."""
        rows = self.rows[edition]
        rows = rows.loc[rows["component"] == self.component]
        printed = rows.set_index("iso3")["published_rank"]
        scores = (self.before if edition == self.start else self.after)[self.component]
        found = printed.reindex(scores.index).astype("Int64")
        dense, plain = ranks.dense(scores), ranks.competition(scores)
        counts_scores = bool(found.eq(dense).all()) and not plain.equals(dense)
        return found.where(pd.Series(not counts_scores, index=found.index))

    @cached_property
    def changes(self) -> dict[str, str]:
        """By component whose method changed between the editions: what changed."""
        breaks = self.held.breaks
        what = {
            part: analysis_methods.method_change(breaks, self.index, part, self.start, self.end)
            for part in self.parts
        }
        return {part: text for part, text in what.items() if text}

    @cached_property
    def revised(self) -> dict[str, pd.Series | str]:
        """By component whose method changed: its first edition the new way, or why not."""
        found: dict[str, pd.Series | str] = {}
        for part in self.changes:
            new = analysis_methods.revise(self.held, self.index, part, self.start, self.end)
            short = not isinstance(new, str) and new.reindex(self.common).isna().any()
            found[part] = "not all economies can be recomputed" if short else new
        return found

    @cached_property
    def methods(self) -> pd.DataFrame:
        """What the method term is made of; columns component, status, reason."""
        rows = [(part, *self._status(part)) for part in self.parts]
        old, new = self.weights
        if self.component == self.index.overall:
            same = bool(np.allclose(old, new, atol=1e-12))
            shown = ", ".join(f"{part} {old[part]:.2f} to {new[part]:.2f}" for part in self.parts)
            rows.append((WEIGHTS, UNCHANGED, "") if same else (WEIGHTS, SEPARATED, shown))
        return pd.DataFrame(rows, columns=["component", "status", "reason"])

    @cached_property
    def old(self) -> "_Old":
        """The first edition the second's way."""
        return _method_split(self)

    def _status(self, part: str) -> tuple[str, str]:
        if part not in self.changes:
            return UNCHANGED, ""
        what, found = self.changes[part], self.revised[part]
        return (NOT_SEPARABLE, f"{what} ({found})") if isinstance(found, str) else (SEPARATED, what)


@remembered(most=16)
def step(held: Held, index: Index, start: int, end: int, component: str | None = None) -> Step:
    """Two editions to compare, checked.

    Raises:
        InputError: the editions are not in order or not held, sub-indices are not held or are
            not the same in both, or the component is unknown.
    """
    if not start < end:
        raise InputError(
            "editions {start} and {end}: the first must be the earlier one", start=start, end=end
        )
    asked = component or index.overall
    if asked not in index.titles:
        raise InputError.suggest("component of {index}", asked, index.titles, index=index.name)
    found = Step(held, index, start, end, asked)
    assert len(found.common), "common raises on less than two economies"
    return found


@dataclass(frozen=True)
class _Old:
    """The first edition the second's way: weighted parts; places and points by what changed."""

    parts: pd.DataFrame
    places: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    points: dict[str, np.ndarray]


def _method_split(at: Step) -> _Old:
    """What changed in the method, in places and points: the Shapley split over its changes."""
    separated = at.methods["status"] == SEPARATED
    players = at.methods.loc[separated, "component"].tolist()
    values = at.before.loc[at.common, at.parts]

    def table(inside: Sequence[object]) -> pd.DataFrame:
        """The first edition's weighted parts with some of the changes made."""
        return _with_method(at, values, inside) * at.weights[WEIGHTS in inside]

    def worth(inside: Sequence[object]) -> np.ndarray:
        """Places and points of all economies."""
        scores = table(inside).sum(axis=1).to_numpy()
        return np.concatenate([moves.places_in(scores[None, :], scores)[0], scores])

    if len(players) <= decompose.EXACT:
        sets = [
            [name for name, here in zip(players, members, strict=True) if here]
            for members in moves.members(len(players))
        ]
        shares = moves.shapley(np.array([worth(inside) for inside in sets]))
        errors = np.zeros_like(shares)
    else:

        def walk(order: np.ndarray) -> np.ndarray:
            joined = [players[player] for player in order]
            return np.array([worth(joined[:size]) for size in range(len(joined) + 1)])

        shares, errors = decompose.sample_orders(len(players), walk, pairs=METHOD_PAIRS)
    count = len(at.common)
    return _Old(
        table(players),
        dict(zip(players, shares[:, :count], strict=True)),
        dict(zip(players, errors[:, :count], strict=True)),
        dict(zip(players, shares[:, count:], strict=True)),
    )


def _with_method(at: Step, values: pd.DataFrame, inside: Sequence[object]) -> pd.DataFrame:
    changed = values.copy()
    for part in at.parts:
        revised = at.revised.get(part)
        if part in inside and isinstance(revised, pd.Series):
            changed[part] = revised.reindex(at.common)
    return changed


@remembered(most=16)
def ladder(at: Step) -> pd.DataFrame:
    """The ranks between the two published ones, of the economies in both editions.

    Returns:
        Columns iso3, published_start, recomputed_start, common_start, method (the first
        edition's figures the second's way), common_end, recomputed_end, published_end, basis
        ("published", or "computed" where no comparable ranks are printed in both).
    """
    printed, basis = at.published(at.start)
    start, end = at.recomputed(at.start), at.recomputed(at.end)
    columns = {
        "published_start": printed,
        "recomputed_start": moves.competition_ranks(start),
        "common_start": moves.competition_ranks(start[at.common]),
        "method": moves.competition_ranks(at.old.parts.sum(axis=1)),
        "common_end": moves.competition_ranks(end[at.common]),
        "recomputed_end": moves.competition_ranks(end),
        "published_end": at.published(at.end)[0],
    }
    table = pd.DataFrame({name: each.reindex(at.common) for name, each in columns.items()})
    return table.astype("int64").assign(basis=basis).rename_axis("iso3").reset_index()


def split(at: Step, economy: str | None = None) -> pd.DataFrame:
    """The change of rank between two editions, term by term.

    Args:
        at: the editions, from `step`.
        economy: ISO3; all economies ranked in both editions by default.

    Returns:
        Columns iso3, term (`TERMS`), component, places (they sum to the change of rank, exactly;
        below 0 is towards 1st; missing where a method is not separable), places_error (standard
        error of places where orders are sampled, else 0), points (of the overall
        score: own, method and rounding sum to the change of score; others move nobody's score),
        status (of the component's method: `UNCHANGED`, `SEPARATED` or `NOT_SEPARABLE`) and
        reason (what changed in the method, and why it cannot be split off).

    Raises:
        InputError: the economy is not in both editions.

    Source: Shapley over 2K players between editions; see the module's first lines.
    """
    columns, places, errors, points = _terms(at)
    chosen = at.common if economy is None else pd.Index([_in_both(at, economy)])
    rows = at.common.get_indexer(chosen)
    table = pd.concat([columns] * len(chosen), ignore_index=True)
    table.insert(0, "iso3", np.repeat(np.asarray(chosen, dtype=object), len(columns)))
    table.insert(3, "places", places[:, rows].T.ravel())
    table.insert(4, "places_error", errors[:, rows].T.ravel())
    table.insert(5, "points", points[:, rows].T.ravel())
    return table


def _in_both(at: Step, economy: str) -> str:
    if economy in at.common:
        return economy
    name = at.index.name
    for edition, table in ((at.start, at.before), (at.end, at.after)):
        if economy not in table.index:
            raise InputError(
                "{economy} is not ranked in {index} {edition}: nothing to compare",
                economy=economy,
                index=name,
                edition=edition,
            )
        lacking = [part for part in at.parts if pd.isna(table[part][economy])]
        if lacking:
            missing = ", ".join(lacking)
            raise InputError(
                "{index} {edition} prints no {parts} of {economy}: no split",
                index=name,
                edition=edition,
                parts=missing,
                economy=economy,
            )
    raise InputError("{economy} is not in both editions", economy=economy)


@remembered(most=16)
def _terms(at: Step) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Term, component, status and reason of each row; places, errors, points (rows, economies)."""
    revised = at.old.parts
    after = at.after.loc[at.common, at.parts] * at.weights[1]
    ranked = ladder(at).set_index("iso3")
    methods = at.methods.set_index("component")
    shown = [name for name in methods.index if methods.loc[name, "status"] != UNCHANGED]
    count, nothing = len(at.parts), np.full(len(at.common), np.nan)
    heads = [(OWN, part) for part in at.parts] + [(OTHERS, part) for part in at.parts]
    heads += [(METHOD, str(name)) for name in shown] + [(COVERAGE, ""), (ROUNDING, "")]
    coverage = ranked["common_start"] - ranked["recomputed_start"]
    coverage += ranked["recomputed_end"] - ranked["common_end"]
    rounding = ranked["recomputed_start"] - ranked["published_start"]
    rounding += ranked["published_end"] - ranked["recomputed_end"]
    moved, uncertain = moves.estimate_moves(revised.to_numpy(), after.to_numpy())
    errors = [
        *uncertain,
        *(at.old.errors.get(str(name), nothing) for name in shown),
        *np.zeros((2, len(at.common))),
    ]
    places = [
        *moved,
        *(at.old.places.get(str(name), nothing) for name in shown),
        coverage.to_numpy(dtype=float),
        rounding.to_numpy(dtype=float),
    ]
    points = [
        *(after - revised).to_numpy().T,
        *[nothing] * count,
        *(at.old.points.get(str(name), nothing) for name in shown),
        nothing,
        _rounded(at).to_numpy(),
    ]
    columns = pd.DataFrame(heads, columns=["term", "component"])
    joined = columns.join(methods, on="component")
    columns["status"], columns["reason"] = joined["status"].fillna(""), joined["reason"].fillna("")
    return columns, np.array(places), np.array(errors), np.array(points)


def _rounded(at: Step) -> pd.Series:
    """Change of the printed score less that of the weighted sub-indices."""
    printed = at.after[at.component] - at.before[at.component]
    return (printed - (at.recomputed(at.end) - at.recomputed(at.start)))[at.common]


def totals(at: Step, economy: str | None = None) -> pd.DataFrame:
    """The change of rank by term.

    Returns:
        One row per economy: iso3, start and end (ranks), change, own, others, method, coverage,
        rounding (places; they sum to change; method is missing where none of it can be
        separated), not_separable (components whose own and others'
        moves hold a change of method that cannot be split off, joined by ", ") and basis.

    Raises:
        InputError: the economy is not in both editions.
    """
    terms = split(at, economy)
    # A method of which nothing could be separated is missing, not nought.
    sums = terms.groupby(["iso3", "term"], sort=False)["places"].sum(min_count=1).unstack()
    ranked = ladder(at).set_index("iso3").loc[sums.index]
    methods = at.methods
    mixed = methods.loc[methods["status"] == NOT_SEPARABLE, "component"]
    return (
        sums.reindex(columns=TERMS, fill_value=0.0)
        .assign(
            start=ranked["published_start"],
            end=ranked["published_end"],
            change=ranked["published_end"] - ranked["published_start"],
            not_separable=", ".join(mixed),
            basis=ranked["basis"],
        )[["start", "end", "change", *TERMS, "not_separable", "basis"]]
        .reset_index()
    )


def methods_between(held: Held, index: Index, start: int, end: int) -> pd.DataFrame:
    """What is known of the method between two editions, whether or not the rank can be split.

    Returns:
        Columns component, status and reason: for editions whose sub-indices are the same, those
        of `Step.methods`; else one row for the index as a whole, "not separable".

    Raises:
        InputError: the editions are not in order or not held.
    """
    try:
        return step(held, index, start, end).methods
    except InputError as refused:
        for edition in (start, end):
            panels.wide(held.panel, index.name, edition)
        if not start < end:
            raise
        what = analysis_methods.method_change(held.breaks, index, index.overall, start, end)
        status = NOT_SEPARABLE if what else UNCHANGED
        reason = f"{what} ({refused})" if what else str(refused)
        return pd.DataFrame([{"component": index.overall, "status": status, "reason": reason}])
