"""Why is the place what it is? Exact splits of a distance, in score and in places."""

from itertools import combinations
from math import factorial

import pandas as pd

from rankings.errors import InputError
from rankings.panel import ranks

ROUNDING = "rounding"


def shapley(players: list[str], worth: dict[frozenset[str], float]) -> pd.Series:
    """The Shapley value of each player: its mean contribution over all orders of joining.

    Args:
        players: their names.
        worth: what each coalition (every subset of players) is worth.

    Returns:
        One value per player; they sum to worth(all) - worth(nobody) exactly.

    Source: Shapley (1953), A value for n-person games.
    """
    count = len(players)
    values = dict.fromkeys(players, 0.0)
    for player in players:
        rest = [other for other in players if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for group in combinations(rest, size):
                before = frozenset(group)
                values[player] += weight * (worth[before | {player}] - worth[before])
    return pd.Series(values)


def distance(
    scores: pd.Series,
    parts: pd.DataFrame,
    weights: pd.Series,
    economy: str,
    reference: pd.Series,
) -> pd.DataFrame:
    """The distance of one economy to a reference, split by sub-index in score and in places.

    The economy's sub-indices are replaced by the reference's, alone and in every combination,
    while every other economy keeps its score; the place it would take is looked up each time.

    Args:
        scores: published overall score of each economy, indexed by ISO3.
        parts: its sub-indices, economies down and components across.
        weights: weight of each component in the overall score.
        economy: ISO3 of the economy.
        reference: the components of the reference and its overall score under ``scores.name``.

    Returns:
        One row per component and one ``rounding`` row (published overall scores differ from
        the weighted sub-indices in the last printed decimal), with the columns component, own,
        reference, gap (reference - own), points (weight x gap; they sum to the gap in overall
        score), places (Shapley; they sum to the change of rank; negative is towards 1st) and
        places_alone (this component at the reference's level and nothing else).

    Raises:
        InputError: the economy is not in this edition, or a sub-index is missing.
    """
    if economy not in scores.index or pd.isna(scores[economy]):
        raise InputError(
            "{economy} has no {part} in this edition: nothing to split",
            economy=economy,
            part=scores.name,
        )
    own = parts.loc[economy].loc[weights.index]
    there = reference[weights.index]
    lacking = [name for name in weights.index if pd.isna(own[name]) or pd.isna(there[name])]
    if lacking:
        raise InputError(
            "{economy} or its reference has no {part} in this edition: no exact split",
            economy=economy,
            part=lacking[0],
        )
    gap = reference[weights.index] - own
    points = weights * gap
    total = float(reference[str(scores.name)] - scores[economy])
    points[ROUNDING] = total - points.sum()
    others = scores.drop(economy).dropna()
    worth = {
        frozenset(group): float(
            ranks.rank_against(float(scores[economy] + points[list(group)].sum()), others)
        )
        for size in range(len(points) + 1)
        for group in combinations(points.index, size)
    }
    nobody = worth[frozenset()]
    table = pd.DataFrame(
        {
            "own": own,
            "reference": reference[weights.index],
            "gap": gap,
            "points": points,
            "places": shapley(list(points.index), worth),
            "places_alone": {name: worth[frozenset([name])] - nobody for name in points.index},
        }
    ).reindex([*weights.index, ROUNDING])
    return table.rename_axis("component").reset_index()


def mean_of(parts: pd.DataFrame, scores: pd.Series, economies: pd.Index) -> pd.Series:
    """The mean sub-indices and overall score of some economies: a reference for `distance`."""
    reference = parts.loc[economies].mean()
    reference[str(scores.name)] = scores[economies].mean()
    return reference
