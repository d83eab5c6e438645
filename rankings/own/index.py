"""What is an index of one's own: its tree, its figures year by year, and what it makes of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rankings.composite import prepare
from rankings.composite.engine import Built, Method, build
from rankings.composite.tree import Tree, from_table
from rankings.errors import InputError, RankingsError
from rankings.memo import remembered
from rankings.own import method as methods
from rankings.own.settings import Settings
from rankings.panel import ranks

COMPUTED, PUBLISHED = "computed", "published"
RESULTS = [
    *["unit", "name", "year", "score", "rank", "of", "basis"],
    *["computed_score", "computed_rank", "computed_of", "published_score", "published_rank"],
]


@dataclass(frozen=True, eq=False)
class OwnIndex:
    """A table of one's own and what its TOML says, checked and joined.

    Attributes:
        name: of its folder.
        title: what a reader sees.
        source: where the figures are from, as the folder says.
        settings: the TOML.
        described: every column and node there is: code, name, parent, weight, direction, level,
            unit, denominator, target, type (Indicator, Aggregate, Denominator, Group, Other), and
            the folder's own further columns; in its order.
        table: the table as its file holds it, cells as text.
        names: name of each unit, by its code, in the order of the table.
        figures: indexed by year and unit; columns are indicators and denominators.
        groups: the same index; a column a group.
        errors: the same index; standard errors of indicators that have them.
        published: the same index; columns score, rank and of, missing where not printed.
        columns: label in the table of each node or column that is in it, by code.
        files: names of the files it was read from.
        hindsight: whether gaps of a year may be filled from later years.
    """

    name: str
    title: str
    source: str
    settings: Settings
    described: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    names: pd.Series = field(repr=False)
    figures: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    errors: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    columns: dict[str, str] = field(default_factory=dict, repr=False)
    files: tuple[str, ...] = ()
    hindsight: bool = True

    @property
    def years(self) -> list[int]:
        """The years of the table, in order."""
        return sorted({int(year) for year in self.figures.index.get_level_values(0)})

    @property
    def tree(self) -> Tree:
        """The whole tree, with the weights of the newest year."""
        return tree_of(self, self.years[-1], whole=True)

    def named(self, code: str, language: str) -> str:
        """What a node, a column or a unit is called in a language; as in the table without one."""
        own = self.settings.names.get(language, {})
        if code in own:
            return own[code]
        if code in self.names.index:
            return str(self.names[code])
        return str(self._labels.get(code, code))

    @cached_property
    def digest(self) -> str:
        """A fingerprint of everything the index is computed from."""
        parts = [self.settings.model_dump_json(), self.described.to_csv(), self.table.to_csv()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def _labels(self) -> dict[str, str]:
        return dict(zip(self.described["code"], self.described["name"], strict=True))

    def of_year(self, table: pd.DataFrame, year: int) -> pd.DataFrame:
        """The rows of a year, units down; empty where there are none."""
        return table.loc[table.index.get_level_values(0) == year].droplevel(0)

    def check_year(self, year: int) -> int:
        """The year itself, or `InputError` naming those there are."""
        if year not in self.years:
            raise InputError(
                "{index} has no figures of {year}; it has {years}",
                index=self.title,
                year=year,
                years=", ".join(map(str, self.years)),
            )
        return year


@remembered(most=16)
def until(index: OwnIndex, year: int) -> OwnIndex:
    """The index as it stood at a year: no row of a later one, from which gaps could be filled."""

    def cut(table: pd.DataFrame) -> pd.DataFrame:
        return table.loc[table.index.get_level_values(0) <= year]

    if year >= index.years[-1]:
        return index
    return replace(
        index,
        figures=cut(index.figures),
        groups=cut(index.groups),
        errors=cut(index.errors),
        published=cut(index.published),
    )


@remembered(most=64)
def tree_of(index: OwnIndex, year: int, *, whole: bool = False) -> Tree:
    """The tree of a year: its weights, without indicators that nobody has in it unless ``whole``.

    Raises:
        InputError: as `composite.tree.from_table`.
    """
    nodes = index.described.loc[index.described["type"].isin(["Indicator", "Aggregate"])]
    nodes = nodes.assign(weight=weights_of(index, year).reindex(nodes["code"]).to_numpy())
    if not whole:
        nodes = _without(nodes, set(not_held(index, year)))
    return from_table(nodes.drop(columns=["type"]).reset_index(drop=True))


def _without(nodes: pd.DataFrame, gone: set[str]) -> pd.DataFrame:
    """The nodes without some, nor aggregates that are left with nothing."""
    while True:
        kept = nodes.loc[~nodes["code"].isin(gone)]
        parents = set(kept["parent"].dropna())
        empty = kept.loc[(kept["type"] == "Aggregate") & ~kept["code"].isin(parents), "code"]
        if empty.empty:
            return kept
        gone = gone | set(empty)


def weights_of(index: OwnIndex, year: int) -> pd.Series:
    """The weight of each node among its siblings in a year, by code."""
    given = index.described.set_index("code")["weight"].astype("float64")
    changes = sorted(index.settings.weights, key=lambda each: each.from_year)
    for change in changes:
        if change.from_year <= year:
            given = given.copy()
            given.update(pd.Series(change.of, dtype="float64"))
    return given


@remembered(most=64)
def not_held(index: OwnIndex, year: int) -> list[str]:
    """Indicators that no unit has in a year, nor after filling from other years."""
    held = filled(index).loc[lambda rows: rows.index.get_level_values(0) == year]
    return [code for code in methods.indicators(index.described) if held[code].isna().all()]


@remembered(most=8)
def filled(index: OwnIndex) -> pd.DataFrame:
    """The figures, their gaps filled from other years where the settings say so."""
    return methods.fill_from_years(
        index.figures, index.described, index.settings.method, hindsight=index.hindsight
    )


def method_of(index: OwnIndex, year: int) -> Method:
    """The reference method of a year."""
    return methods.reference(
        index.settings, index.described, tree_of(index, year), index.of_year(index.groups, year)
    )


def varied_of(index: OwnIndex, year: int) -> Mapping[str, Mapping[str, object]]:
    """What is varied in a year, part by part."""
    return methods.varied(
        index.settings, index.described, tree_of(index, year), index.of_year(index.groups, year)
    )


def data_of(index: OwnIndex, year: int) -> pd.DataFrame:
    """The figures of a year of the units that have any, as the engine takes them."""
    rows = index.of_year(filled(index), year)
    wanted = [code for code in methods.indicators(index.described) if code in rows]
    return rows.loc[rows[wanted].notna().any(axis=1)]


@remembered(most=64)
def built(index: OwnIndex, year: int) -> Built:
    """The composite of a year with every stage.

    Raises:
        InputError: fewer than two units have figures in it.
        DataError: figures a stage has no answer for; year, unit and indicator are named.
    """
    index.check_year(year)
    data = data_of(index, year)
    if len(data) < 2:
        raise InputError(
            "{index} {year}: units with figures: {count}; a ranking needs two",
            index=index.title,
            year=year,
            count=len(data),
        )
    try:
        return build_scored(tree_of(index, year), data, method_of(index, year))
    except RankingsError as refusal:
        if len(index.years) == 1:
            raise
        raise type(refusal)("{year}: {reason}", year=year, reason=refusal) from None


def build_scored(tree: Tree, data: pd.DataFrame, method: Method) -> Built:
    """The composite among the units that get a score: one with too few figures sets no scale.

    Returns:
        Every stage with a row for each unit of the data; missing, but for its figures, for a unit
        that gets no score.

    Raises:
        InputError: one unit alone gets a score.
        DataError: as `composite.engine.build`.
    """
    kept = data
    while True:
        made = build(tree, kept, method)
        scored = made.scores.notna().to_numpy()
        if scored.all() or not scored.any():
            break
        kept = kept.loc[scored]
        if len(kept) < 2:
            raise InputError("one unit alone gets a score: a ranking needs two")
    if len(kept) == len(data):
        return made
    stages = ("denominated", "imputed", "treated", "normalised", "aggregated")
    tables = {name: getattr(made, name).reindex(data.index) for name in stages}
    return replace(made, raw=prepare.take(tree, data), **tables)


def scores(index: OwnIndex, year: int) -> pd.Series:
    """Computed scores of the units that have one, by unit; raises as `built`."""
    return built(index, year).scores.dropna()


@remembered(most=64)
def results(index: OwnIndex, year: int) -> pd.DataFrame:
    """Score and rank of every unit of a year, best first.

    A year for which the table has published ranks is ranked as published, and the ranks computed
    from its figures stand beside; the two kinds are never mixed in one column.

    Returns:
        Columns `RESULTS`: score is the published one where the ranks are, and the computed one
        where none is printed; rank is of ``of`` units; ``basis`` says which ranks they are.
        A unit without a score comes last.

    Raises:
        InputError, DataError: as `built`, where nothing is published either.
    """
    index.check_year(year)
    printed = index.of_year(index.published, year)
    has_ranks = bool(printed["rank"].notna().any())
    computed = pd.Series(dtype="float64")
    try:
        computed = scores(index, year)
    except RankingsError:
        if not has_ranks:
            raise
    units = index.of_year(index.figures, year).index
    table = pd.DataFrame(
        {
            "unit": units,
            "name": index.names.reindex(units).to_numpy(),
            "year": year,
            "computed_score": computed.reindex(units).to_numpy(dtype="float64"),
            "computed_rank": ranks.competition(computed).reindex(units).to_numpy(),
            "computed_of": len(computed),
            "published_score": printed["score"].reindex(units).to_numpy(dtype="float64"),
            "published_rank": printed["rank"].reindex(units).to_numpy(),
        }
    )
    for column in ("computed_rank", "published_rank"):
        table[column] = table[column].astype("Int64")
    basis = PUBLISHED if has_ranks else COMPUTED
    shown = table[f"{basis}_score"]
    table["score"] = shown.fillna(table["computed_score"]) if has_ranks else shown
    table["rank"] = table[f"{basis}_rank"]
    table["of"] = _of(table["rank"], printed["of"] if has_ranks else printed["of"].iloc[:0])
    table["basis"] = basis
    order = np.lexsort((table["name"].astype(str), table["rank"].fillna(len(table) + 1)))
    return table.iloc[order].reset_index(drop=True)[RESULTS]


def _of(places: pd.Series, printed: pd.Series) -> int:
    """How many units are ranked: as printed, or counted; a last rank cannot be beyond it."""
    counted = [int(places.count()), int(places.max()) if places.notna().any() else 0]
    return max([*counted, *printed.dropna().astype(int)])


def reproduction(index: OwnIndex, year: int) -> pd.DataFrame:
    """Computed scores beside printed ones, of the units that have both.

    Returns:
        Columns unit, name, computed_score, published_score, difference, computed_rank and
        published_rank; empty where nothing can be compared.
    """
    table = results(index, year)
    both = table.loc[table["computed_score"].notna() & table["published_score"].notna()]
    shown = both.assign(difference=both["computed_score"] - both["published_score"])
    return shown[
        [
            *["unit", "name", "computed_score", "published_score", "difference"],
            *["computed_rank", "published_rank"],
        ]
    ].reset_index(drop=True)
