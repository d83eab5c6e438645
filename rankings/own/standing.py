"""Where does a unit stand, among whom, in what is it strong, and what is it short of?"""

import numpy as np
import pandas as pd

from rankings.analysis import decompose, targets
from rankings.composite import strengths
from rankings.composite.aggregate import Mean, arithmetic
from rankings.composite.engine import Built, aggregate_for
from rankings.composite.engine import ranks as rank_table
from rankings.composite.weights import effective
from rankings.errors import InputError, RankingsError
from rankings.memo import remembered
from rankings.own import index as indices
from rankings.own.index import OwnIndex, built
from rankings.own.question import OwnStory
from rankings.panel import ranks

EACH_SIDE = 4
BAND_MEAN = "band"


def neighbours(story: OwnStory, each_side: int = EACH_SIDE) -> pd.DataFrame:
    """The results around the unit, best first.

    Raises:
        InputError: the unit has no rank.
    """
    table = story.results.loc[story.results["rank"].notna()].reset_index(drop=True)
    at = np.flatnonzero(table["unit"] == story.unit)
    if not len(at):
        raise InputError(
            "{unit} has no rank in {year}: its figures are missing",
            unit=story.unit,
            year=story.year,
        )
    first = max(0, min(int(at[0]) - each_side, len(table) - 2 * each_side - 1))
    return table.iloc[first : first + 2 * each_side + 1].reset_index(drop=True)


def history(story: OwnStory) -> pd.DataFrame:
    """Rank and score of the unit in every year of the table.

    Returns:
        Columns of `own.index.results`, one row per year in which the unit has a rank.
    """
    rows = []
    for year in story.index.years:
        try:
            table = indices.results(story.index, year)
        except RankingsError:
            continue  # a year that cannot be ranked
        rows.append(table.loc[(table["unit"] == story.unit) & table["rank"].notna()])
    return pd.concat(rows, ignore_index=True)


def coverage(index: OwnIndex) -> pd.DataFrame:
    """What the table holds, year by year.

    Returns:
        Columns year, units, ranked, basis (of the ranks), scored (units with a computed score),
        indicators (that somebody has) and empty (share of their cells, among units with figures).
    """
    rows = []
    for year in index.years:
        figures = index.of_year(index.figures, year)
        codes = [
            code
            for code in index.described.loc[index.described["type"] == "Indicator", "code"]
            if figures[code].notna().any()
        ]
        held = figures.loc[figures[codes].notna().any(axis=1), codes]
        try:
            table = indices.results(index, year)
        except RankingsError:
            continue
        rows.append(
            {
                "year": year,
                "units": len(figures),
                "ranked": int(table["rank"].count()),
                "basis": str(table["basis"].iloc[0]),
                "scored": int(table["computed_score"].count()),
                "indicators": len(codes),
                "empty": float(held.isna().to_numpy().mean()) if held.size else np.nan,
            }
        )
    return pd.DataFrame(rows)


@remembered(most=64)
def pillar_ranks(index: OwnIndex, year: int) -> pd.DataFrame:
    """Ranks of all nodes, units down; raises as `own.index.built`."""
    return rank_table(built(index, year).aggregated)


def pillars(story: OwnStory) -> pd.DataFrame:
    """The unit's place in the index and in everything it is made of, from the top.

    Returns:
        Columns code, parent, level, weight (in the whole), value (normalised), rank and of; a node
        of which the unit has no value is missing in both.

    Raises:
        InputError: nothing could be computed for the year.
    """
    made = built(story.index, story.year)
    places = pillar_ranks(story.index, story.year)
    counted = effective(made.tree)
    rows = []
    for code in from_the_top(made):
        has = story.unit in places.index
        rows.append(
            {
                "code": code,
                "parent": made.tree.table["parent"][code],
                "level": int(made.tree.levels[code]),
                "weight": float(counted[code]),
                "value": made.aggregated[code].get(story.unit, np.nan) if has else np.nan,
                "rank": places[code].get(story.unit, pd.NA) if has else pd.NA,
                "of": int(places[code].count()),
            }
        )
    return pd.DataFrame(rows).astype({"rank": "Int64"})


def from_the_top(made: Built) -> list[str]:
    """The nodes above the indicators, each before its children; of a flat tree all."""
    tree = made.tree
    order, waiting = [], [tree.root]
    while waiting:
        code = waiting.pop(0)
        order.append(code)
        waiting = [c for c in tree.children[code] if c in tree.children] + waiting
    if len(order) == 1:
        return [*order, *tree.children[tree.root]]
    return order


# The distance to a band


def top_mean(index: OwnIndex, year: int) -> Mean:
    """The mean that makes the index of its pillars.

    Raises:
        InputError: it is no power mean, so that nothing adds up.
    """
    made = built(index, year)
    found = aggregate_for(made.method, int(made.tree.levels[made.tree.root]))
    if not isinstance(found, Mean):
        raise InputError("the index is no mean of its pillars: no exact split")
    return found


@remembered(most=64)
def parts(index: OwnIndex, year: int) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """Scores, pillars and their weights, on the scale on which the index is a weighted sum.

    That scale is the index's own for arithmetic means; otherwise that of `Mean.bend` (its sign
    changed for powers below 0, so that more is better), on which ranks are the same.

    Returns:
        Scores (named as the root) and the pillars that count of the units that have a score;
        weights sum to 1.

    Raises:
        InputError: as `top_mean`.
    """
    mean = top_mean(index, year)
    made = built(index, year)
    tree = made.tree
    every = tree.weights[tree.children[tree.root]]
    # What counts for nothing is no part of the sum, and may hold what its mean cannot take.
    weights = every.loc[every > 0]
    children = list(weights.index)
    table = made.aggregated.loc[made.scores.notna(), [tree.root, *children]]
    if mean != arithmetic:
        sign = -1.0 if mean.power < 0 else 1.0
        bent = sign * mean.bend(table.to_numpy(dtype="float64"))
        table = pd.DataFrame(bent, table.index, table.columns)
    return table[tree.root], table[children], weights / weights.sum()


def is_linear(index: OwnIndex, year: int) -> bool:
    """Whether points of pillars add up to points of the index on its own scale."""
    return top_mean(index, year) == arithmetic


def _scored(story: OwnStory, scores: pd.Series) -> None:
    if story.unit not in scores.index:
        raise InputError(
            "{unit} has no figures in {year}: nothing to split", unit=story.unit, year=story.year
        )


def band_ends(story: OwnStory) -> pd.DataFrame:
    """The units at the band's ends and how far away they are; columns as `targets.gap`.

    Ranks are those of the computed scores.

    Raises:
        InputError: the unit has no computed score, or the band reaches beyond those that have.
    """
    scores = indices.scores(story.index, story.year)
    _scored(story, scores)
    story.band.check(len(scores))
    return targets.gap(scores, story.unit, story.band)


def split_gap(story: OwnStory, rank: int | None = None) -> pd.DataFrame:
    """The distance to the unit at a rank, or to the mean of the band, by pillar.

    Args:
        story: the question.
        rank: of the reference; the mean of the units within the band by default.

    Returns:
        Columns of `decompose.distance`, without the row of rounding: computed scores have none.

    Raises:
        InputError: as `band_ends` and `top_mean`, or a pillar that the unit does not have.
    """
    scores, pillars_of, weights = parts(story.index, story.year)
    _scored(story, scores)
    story.band.check(len(scores))
    if rank is None:
        inside = ranks.within(scores, story.band.best, story.band.worst)
        inside = inside if len(inside) else ranks.holders(scores, story.band.worst)
    else:
        inside = ranks.holders(scores, rank)
    complete = pillars_of.loc[inside.index].dropna().index
    if complete.empty:
        raise InputError("nobody in the band has every pillar: no exact split")
    reference = decompose.mean_of(pillars_of, scores, complete)
    found = decompose.distance(scores, pillars_of, weights, story.unit, reference, story.seed)
    # A unit without a pillar has none; what is left is arithmetic's last digit.
    shown = found["component"].ne(decompose.ROUNDING)
    if found.loc[~shown, "points"].abs().max() <= 1e-9 * max(1.0, abs(float(scores.abs().max()))):
        found = found.loc[shown]
    return found.reset_index(drop=True)


# Strengths


def best_and_worst(story: OwnStory, count: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The indicators in which the unit ranks best and worst, by its figures as given.

    Returns:
        Two tables with the columns of `strengths.profile`; of few indicators none is in both.

    Raises:
        InputError: the unit has no figures in the year.
    """
    made = built(story.index, story.year)
    if story.unit not in made.denominated.index:
        raise InputError(
            "{unit} has no figures in {year}: no strengths", unit=story.unit, year=story.year
        )
    shown = strengths.profile(made.tree, made.denominated, story.unit)
    count = min(count, len(shown) // 2)
    return strengths.strengths_and_weaknesses(
        made.tree, made.denominated, story.unit, count=max(1, count), keep_last=True
    )


def influence(story: OwnStory) -> pd.DataFrame:
    """What the unit's rank becomes without each pillar (or indicator of an index without pillars).

    Returns:
        Columns code, rank, change (plus is worse), mean_shift (of all units' ranks), sorted by
        the size of the change.

    Raises:
        InputError: the unit has no score, or the index is made of one thing only.
    """
    made = built(story.index, story.year)
    tree = made.tree
    _scored(story, made.scores.dropna())
    children = tree.children[tree.root]
    if len(children) < 2:
        raise InputError("the index is made of one pillar: nothing can be left out")
    scored = made.scores.dropna().index
    own: dict[str, int] = {}
    shift: dict[str, float] = {}
    whole = ranks.competition(made.scores[scored]).astype("float64")
    scores, pillars_of, weights = parts(story.index, story.year)
    for code in children:
        rest = [each for each in children if each != code]
        held = pillars_of[rest].notna().to_numpy()
        count = held @ weights[rest].to_numpy()
        sums = np.where(held, pillars_of[rest].to_numpy(), 0.0) @ weights[rest].to_numpy()
        left = pd.Series(np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0))
        place = ranks.competition(left.set_axis(scores.index))
        if pd.isna(place[story.unit]):
            continue
        own[code] = int(place[story.unit])
        shift[code] = float((place.astype("float64") - whole[scores.index]).abs().mean())
    table = pd.DataFrame({"rank": own, "mean_shift": shift}).rename_axis("code").reset_index()
    table["change"] = table["rank"] - int(whole[story.unit])
    order = np.argsort(-table["change"].abs().to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)[["code", "rank", "change", "mean_shift"]]
