"""What would another figure of a unit make of its score and rank? The whole index, built again.

Everything is taken anew with the changed figures: filled gaps, outliers, the lowest and highest
value of an indicator. Other units may therefore shift too, as they would if the figure were true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite import normalise, prepare
from rankings.composite.engine import fill_aggregates, weights_of
from rankings.composite.places import Array, from_best
from rankings.composite.tree import Tree
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.own.index import OwnIndex, build_scored, built, data_of
from rankings.own.question import OwnStory
from rankings.own.standing import from_the_top, pillar_ranks
from rankings.panel.inputs import to_numbers

COLUMNS = ["code", "before", "after", "rank_before", "rank_after", "of"]


def levers(story: OwnStory) -> pd.DataFrame:
    """The indicators that may be set, with the unit's figure now.

    One that is divided by what the unit does not have may not.

    Returns:
        Columns code, value (as in the table, missing where the unit has none), unit, direction,
        lowest and highest (among all units).

    Raises:
        InputError: the year has no scores.
    """
    made = built(story.index, story.year)
    codes = [code for code in made.tree.indicators if _lacks(story, code) is None]
    facts, held = made.tree.table.loc[codes], made.raw[codes]
    return pd.DataFrame(
        {
            "code": codes,
            "value": held.reindex([story.unit]).iloc[0].to_numpy(dtype="float64"),
            "unit": facts["unit"].to_numpy(),
            "direction": made.tree.directions[codes].astype("int64").to_numpy(),
            "lowest": held.min().to_numpy(),
            "highest": held.max().to_numpy(),
        }
    )


def what_if(story: OwnStory, settings: Mapping[str, float]) -> pd.DataFrame:
    """The unit's scores and ranks with some of its figures set.

    Args:
        story: the question.
        settings: by code of the indicator, in the unit of the table (before it is divided).

    Returns:
        Columns `COLUMNS`: the index, all it is made of above the indicators, then the
        indicators set; before and after are values on the scale of the index.

    Raises:
        InputError: no such indicator, a value that is no number, nothing set, or the unit has no
            figures in the year.
        DataError: figures a stage has no answer for.
    """
    if not settings:
        raise InputError("nothing is set: name an indicator and its value")
    return outcome(story, settings)


def outcome(story: OwnStory, settings: Mapping[str, float]) -> pd.DataFrame:
    """As `what_if`; with nothing set, the values and ranks there are, twice."""
    table = pd.DataFrame(rows_moved(story, settings))[COLUMNS]
    return table.astype({"rank_before": "Int64", "rank_after": "Int64"})


def rows_moved(story: OwnStory, settings: Mapping[str, float]) -> list[dict[str, Any]]:
    """The rows of `outcome`, for who has no time to make a table of them.

    Raises:
        InputError: as `what_if`, but that nothing may be set.
    """
    made = built(story.index, story.year)
    known = set(made.tree.indicators)
    for code, value in settings.items():
        if code not in known:
            raise InputError.suggest("indicator of this index", code, made.tree.indicators)
        if not np.isfinite(value):
            raise InputError("{code} must be a number, not {value}", code=code, value=value)
        lacking = _lacks(story, code)
        if lacking is not None:
            raise InputError(
                "{code} is divided by {denominator}, which {unit} does not have: nothing to change",
                code=code,
                denominator=lacking,
                unit=story.unit,
            )
    now = _standing(story.index, story.year, story.unit)
    if now is None:
        raise InputError(
            "{unit} has no figures in {year}: nothing to change", unit=story.unit, year=story.year
        )
    again = changed(story.index, story.year, story.unit, settings)
    rows = []
    for code in dict.fromkeys([*now.shown, *settings]):
        value, rank, of = now.nodes[code]
        row: dict[str, Any] = {"code": code, "before": value, "after": value, "of": of}
        row |= {"rank_before": rank, "rank_after": rank}
        if code in again:
            place = from_best(again[code][None, :])[0, now.row]
            row["after"] = float(again[code][now.row])
            row["of"] = int((~np.isnan(again[code])).sum())
            row["rank_after"] = pd.NA if np.isnan(place) else int(place)
        rows.append(row)
    return rows


def _lacks(story: OwnStory, code: str) -> str | None:
    """The denominator of an indicator, where the unit has no figure of it."""
    named = built(story.index, story.year).tree.table["denominator"][code]
    data = data_of(story.index, story.year)
    if pd.isna(named) or story.unit not in data.index or pd.notna(data.loc[story.unit, named]):
        return None
    return str(named)


@dataclass(frozen=True)
class _Standing:
    """Where a unit stands now.

    Attributes:
        row: of the unit in the tables of the index.
        shown: the index and all it is made of above the indicators, from the top.
        nodes: value, rank and count of units of everything, by code.
    """

    row: int
    shown: list[str]
    nodes: dict[str, tuple[float, object, int]]


@remembered(most=64)
def _standing(index: OwnIndex, year: int, unit: str) -> _Standing | None:
    """Where a unit stands in everything; None if it has no figures."""
    made, places = built(index, year), pillar_ranks(index, year)
    if unit not in made.raw.index:
        return None
    values = made.aggregated.loc[unit].to_numpy(dtype="float64")
    at, counts = places[list(made.aggregated)].loc[unit], made.aggregated.count()
    rows = {
        str(code): (float(value), place, int(of))
        for code, value, place, of in zip(made.aggregated, values, at, counts, strict=True)
    }
    return _Standing(int(made.raw.index.get_indexer(pd.Index([unit]))[0]), from_the_top(made), rows)


def changed(
    index: OwnIndex, year: int, unit: str, settings: Mapping[str, float]
) -> dict[str, Array]:
    """What becomes of all units where some figures of one unit are set.

    The stages before the means work indicator by indicator, so that only those set go through
    them again, and only what stands above them is averaged again. Where gaps are filled across
    indicators the whole index is built.

    Returns:
        Columns of `Built.aggregated` that may have changed, by code.

    Raises:
        DataError: figures a stage has no answer for.
    """
    made = built(index, year)
    codes = tuple(code for code in made.tree.indicators if code in settings)
    if not codes:
        return {}
    # A unit without a score sets no scale before, and perhaps does so after.
    unscored = bool(made.scores.isna().any())
    if "own mean" in index.settings.method.missing or unscored:
        data = data_of(index, year).copy()
        data.loc[unit, list(codes)] = [settings[code] for code in codes]
        again = build_scored(made.tree, data, made.method).aggregated
        return {str(code): again[code].to_numpy(dtype="float64") for code in again}
    ready = _ready(index, year, codes)
    method, figures = made.method, ready.divided.copy()
    at = made.raw.index.get_indexer(pd.Index([unit]))[0]
    with np.errstate(over="ignore"):
        figures[at] = np.array([settings[code] for code in codes]) / ready.divisors[at]
    table = to_numbers(pd.DataFrame(figures, made.raw.index, pd.Index(codes)))
    # Filling changes nothing that is held.
    if table.isna().to_numpy().any():
        table = prepare.check_stage(table, method.impute(table), "impute")
    turned = prepare.check_stage(table, method.treat(table), "treat") * ready.directions
    scaled = prepare.check_stage(turned, method.normalise(turned), "normalise")
    nodes = ready.nodes.copy()
    nodes[:, ready.places] = normalise.check(turned, scaled).to_numpy()
    fill_aggregates(made.tree, method, ready.weights, table.index, nodes, ready.above)
    tops = [parent for parent, _ in ready.above]
    return {str(made.tree.table.index[each]): nodes[:, each] for each in [*ready.places, *tops]}


@dataclass(frozen=True, eq=False)
class _Ready:
    """What does not change while figures of the same indicators are set.

    Attributes:
        divided: the figures of these indicators, divided, units down.
        divisors: what they are divided by; 1 without a denominator.
        directions: 1 or -1 for each.
        nodes: values of all nodes, in the order of the tree's table.
        places: of these indicators there.
        weights: of all nodes.
        above: the groups of the tree that they count in, from below.
    """

    divided: Array
    divisors: Array
    directions: pd.Series
    nodes: Array
    places: list[int]
    weights: Array
    above: list[tuple[int, npt.NDArray[np.int64]]]


@remembered(most=64)
def _ready(index: OwnIndex, year: int, codes: tuple[str, ...]) -> _Ready:
    made, data = built(index, year), data_of(index, year)
    tree = made.tree
    named = tree.table["denominator"]
    divisors = {code: data[named[code]] if pd.notna(named[code]) else 1.0 for code in codes}
    changing = {parent for code in codes for parent in _ancestors(tree, code)}
    order = tree.table.index
    return _Ready(
        divided=made.denominated[list(codes)].to_numpy(dtype="float64"),
        divisors=pd.DataFrame(divisors, index=made.raw.index).to_numpy(dtype="float64"),
        directions=tree.directions[list(codes)],
        nodes=made.aggregated[list(order)].to_numpy(dtype="float64"),
        places=[int(each) for each in order.get_indexer(pd.Index(codes))],
        weights=weights_of(tree, made.method).to_numpy(),
        above=[group for group in tree.groups if order[group[0]] in changing],
    )


def _ancestors(tree: Tree, code: str) -> list[str]:
    """Every node above one, up to the root."""
    found, parents = [], tree.table["parent"]
    while pd.notna(code := parents[code]):
        found.append(str(code))
    return found
