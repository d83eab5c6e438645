"""Which stages of the engine do the words of a TOML stand for? The method and what is varied."""

from collections.abc import Mapping

import pandas as pd

from rankings.composite import aggregate, normalise, outliers, prepare, weights
from rankings.composite.engine import Method, Stage
from rankings.composite.tree import Tree
from rankings.errors import InputError
from rankings.own.settings import BEFORE, FROM_GROUP, FROM_YEARS, MethodFacts, Settings

MEANS: dict[str, aggregate.Aggregate] = {
    "arithmetic": aggregate.arithmetic,
    "geometric": aggregate.geometric,
    "harmonic": aggregate.harmonic,
    "copeland": aggregate.copeland,
}
# Normalisations whose result can be brought above 0, so that every mean is defined for it.
RELATIVE = ("min-max", "z-score", "percentile rank")
# The scale above 0 on which these are varied.
ABOVE_0 = (1.0, 100.0)
AS_GIVEN, NOTHING_LEFT_OUT = "as given", "nothing"


def indicators(described: pd.DataFrame) -> list[str]:
    """The codes of the indicators, in the order of the description."""
    return [str(code) for code in described.loc[described["type"] == "Indicator", "code"]]


def groups_of(described: pd.DataFrame) -> list[str]:
    """The codes of the groups, in the order of the description."""
    return [str(code) for code in described.loc[described["type"] == "Group", "code"]]


def fill_from_years(
    figures: pd.DataFrame, described: pd.DataFrame, facts: MethodFacts, *, hindsight: bool = True
) -> pd.DataFrame:
    """The figures with the gaps of indicators filled from the same unit's other years, if asked.

    Args:
        figures: indexed by year and unit.
        described: of the columns.
        facts: of the method.
        hindsight: whether later years fill gaps, too. Without them the line and the constant of
            a year both end at the last value before it.

    Raises:
        InputError: there is one year only.
    """
    ways = [way for way in facts.missing if way in FROM_YEARS]
    codes = indicators(described)
    for way in ways:
        panel = figures[codes].swaplevel()
        if way == BEFORE or hindsight:
            done = prepare.panel_filled(panel, way, at_most=facts.look_back)
        else:
            done = prepare.panel_filled(panel, BEFORE)
        figures = figures.copy()
        figures[codes] = done.swaplevel().loc[figures.index, codes]
    return figures


def reference(
    settings: Settings, described: pd.DataFrame, tree: Tree, groups: pd.DataFrame
) -> Method:
    """The method that the settings name, for the units of one year.

    Args:
        settings: of the index.
        described: of its columns and nodes.
        tree: of that year.
        groups: of that year, units down.

    Raises:
        InputError: a group, a target or goalposts that are asked for are not there.
    """
    facts = settings.method
    return Method(
        impute=_imputes(facts, tuple(facts.missing), tree, groups),
        treat=_treat(facts.outliers, facts),
        normalise=_normalise(facts.normalise, facts, tree, facts.range),
        aggregate=_aggregate(facts),
        least_available=facts.least_available,
    )


def _imputes(facts: MethodFacts, ways: tuple[str, ...], tree: Tree, groups: pd.DataFrame) -> Stage:
    """What fills gaps from the same year: one way after the other."""
    stages = [_impute(way, facts, tree, groups) for way in ways if way not in ("none", *FROM_YEARS)]
    if not stages:
        return prepare.not_filled

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        for stage in stages:
            values = stage(values)
        return values

    return apply


def _impute(way: str, facts: MethodFacts, tree: Tree, groups: pd.DataFrame) -> Stage:
    if way in FROM_GROUP:
        return prepare.by_group(groups[group_for(facts, groups)], way.removeprefix("group "))
    if way == "own mean":
        return lambda values: prepare.across_economy(values, tree.directions)
    return {"mean": prepare.by_mean, "median": prepare.by_median}[way]


def group_for(facts: MethodFacts, groups: pd.DataFrame) -> str:
    """The group by which gaps are filled: the one named, or the one of the fewest classes.

    The fewer classes, the more values stand behind each mean. Of several that have as few the
    first counts.

    Raises:
        InputError: there is no such group, or none at all.
    """
    if facts.group is not None:
        if facts.group not in groups:
            raise InputError.suggest("group of this table", facts.group, map(str, groups))
        return facts.group
    classes = groups.nunique()
    usable = classes.loc[classes >= 2]
    if usable.empty:
        raise InputError("method.missing fills gaps by group, and the table has no group")
    return str(usable.index[int(usable.to_numpy().argmin())])


def _treat(word: str, facts: MethodFacts) -> Stage:
    return (
        outliers.winsorising(facts.winsorise_at_most)
        if word == "winsorise"
        else (outliers.untreated)
    )


def _normalise(
    word: str, facts: MethodFacts, tree: Tree, scale: tuple[float, float]
) -> normalise.Normalise:
    """The normalisation of a word; its lower and upper end are those of the scale."""
    low, high = scale

    def stretched(function: normalise.Normalise) -> normalise.Normalise:
        return lambda values: low + (high - low) * function(values)

    posts = tree.table.reindex(columns=["lower", "upper"]).loc[tree.indicators]
    targets = tree.table.reindex(columns=["target"])["target"].loc[tree.indicators]
    made: dict[str, normalise.Normalise] = {
        "min-max": normalise.minmax(low, high),
        "z-score": normalise.zscore((low + high) / 2, (high - low) / 10),
        "percentile rank": stretched(normalise.percentile_rank),
        "rank": normalise.rank,
        "borda": normalise.borda,
        "distance to best": stretched(normalise.distance_to_best),
        "distance to target": stretched(
            normalise.distance_to_target(targets.astype("float64") * tree.directions, cap=True)
        ),
        "fraction of best": stretched(normalise.fraction_of_best),
        "goalposts": _between_posts(posts, low, high),
        "unchanged": normalise.unchanged,
    }
    return made[word]


def _between_posts(posts: pd.DataFrame, low: float, high: float) -> normalise.Normalise:
    inner = normalise.goalposts(posts.astype("float64"), scale=1.0, directed=False)
    return lambda values: low + (high - low) * inner(values)


def _aggregate(facts: MethodFacts) -> aggregate.Aggregate | dict[int, aggregate.Aggregate]:
    if isinstance(facts.aggregate, str):
        return MEANS[facts.aggregate]
    levels = {}
    for level, word in facts.aggregate.items():
        if not (level.isascii() and level.isdigit()):
            raise InputError(
                'method.aggregate names means by level, as 2 = "arithmetic", not {key}',
                key=repr(level),
            )
        levels[int(level)] = MEANS[word]
    return levels


def varied(
    settings: Settings, described: pd.DataFrame, tree: Tree, groups: pd.DataFrame
) -> dict[str, Mapping[str, object]]:
    """What is varied, for the units of one year: part of the method -> name -> choice.

    Where the settings name no choices, normalisations that depend on the data are varied among
    `RELATIVE`, and arithmetic means beside geometric ones; others stay as they are. On a scale of
    `ABOVE_0`, so that every mean is defined: an arithmetic mean gives the same ranks on it.

    Raises:
        InputError: as `reference`, and shares of weights that are none.
    """
    asked, facts = settings.varied, settings.method
    scale = facts.range if min(facts.range) > 0 else ABOVE_0
    chosen: dict[str, Mapping[str, object]] = {}
    words = _words(settings)
    chosen["normalise"] = {
        word: _normalise(word, facts, tree, scale) for word in words["normalise"]
    }
    chosen["aggregate"] = {word: MEANS[word] for word in words["aggregate"]}
    chosen["treat"] = {word: _treat(word, facts) for word in words["outliers"]}
    chosen["impute"] = {word: _imputes(facts, (word,), tree, groups) for word in words["missing"]}
    if asked.weight_sets > 1 and asked.weight_noise > 0:
        levels = sorted(set(tree.levels[tree.levels.index != tree.root]))
        noise = dict.fromkeys(levels, asked.weight_noise)
        sets: dict[str, object] = {AS_GIVEN: tree.weights}
        noisy = weights.noisy(tree, noise, asked.weight_sets - 1, asked.seed)
        chosen["weights"] = sets | dict(noisy)
    if asked.leave_one_out:
        chosen["drop"] = {NOTHING_LEFT_OUT: None, **{code: code for code in tree.indicators}}
    return {part: choices for part, choices in chosen.items() if len(choices) > 1}


def _words(settings: Settings) -> dict[str, list[str]]:
    """The words of the choices of each part, the method's own first."""
    asked, facts = settings.varied, settings.method
    scales: tuple[str, ...] = asked.normalise or ()
    if asked.normalise is None and facts.normalise in RELATIVE:
        scales = RELATIVE
    means: tuple[str, ...] = asked.aggregate or ()
    one = facts.aggregate if isinstance(facts.aggregate, str) else None
    if asked.aggregate is None and one and set(scales) <= set(RELATIVE) and scales:
        means = ("arithmetic", "geometric")
    found: dict[str, list[str]] = {
        "normalise": [facts.normalise, *scales] if scales else [],
        "aggregate": [*([one] if one else []), *means] if means else [],
        "outliers": [facts.outliers, *asked.outliers] if asked.outliers else [],
        "missing": [*facts.missing[-1:], *asked.missing] if asked.missing else [],
    }
    return {part: list(dict.fromkeys(words)) for part, words in found.items()}
