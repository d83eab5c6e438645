"""On which assumption does a chance hang? The range over what no past step can tell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.joint import EGDI, Joint
from rankings.forecasts.walk import normal_score, values_of
from rankings.panel.measures import WALK, Measure, measure

# Places by which an assumption must move the median rank to be worth a word.
MATTERS = 5


@dataclass(frozen=True)
class ChanceRange:
    """A chance with what it hangs on.

    Attributes:
        chance: as the model has it.
        low: the smallest over what is varied.
        high: the largest.
        varied: what is varied: sub-indices whose definition is new ("hci"), or "scale"; empty
            where nothing is, and then low and high are the chance itself.
    """

    chance: float
    low: float
    high: float
    varied: tuple[str, ...]


def redefined(breaks: pd.DataFrame, index: str, edition: int) -> tuple[str, ...]:
    """Sub-indices that an edition measures by items not held, so that old and new cannot be told.

    Args:
        breaks: `World.breaks`.
        index: the index's name.
        edition: the edition.
    """
    rows = breaks.loc[
        (breaks["index"] == index)
        & (breaks["edition"] == edition)
        & breaks["comparable"].str.startswith("not separable")
    ]
    return tuple(rows["component"])


def chance_range(
    drawn: Joint, code: str, economy: str, rank: int, edition: int | None = None
) -> ChanceRange:
    """The chance of a rank or better, and the range over what nobody can know.

    A sub-index whose definition is new may be drawn back to what its old figures say, or stay
    where the new definition put it; in a saturated top the scale of standings matters.

    Args:
        drawn: the joint draws.
        code: of the measure.
        economy: ISO3.
        rank: the worst rank that counts.
        edition: the edition; the last one by default.
    """
    asked = measure(code)
    central = _chance(drawn, asked, economy, rank, edition)
    others, varied = [], []
    for names, other in _variants(drawn, asked, economy, rank):
        varied += [name for name in names if name not in varied]
        others.append(_chance(other, asked, economy, rank, edition))
    every = [central, *others]
    return ChanceRange(central, min(every), max(every), tuple(varied))


def chance_ranges(drawn: Joint, code: str, rank: int, edition: int | None = None) -> pd.DataFrame:
    """The same for all economies of a measure at once, and where the assumption matters.

    Args:
        drawn: the joint draws.
        code: of the measure.
        rank: the worst rank that counts.
        edition: the edition; the last one by default.

    Returns:
        One row per economy: iso3, chance, chance_low, chance_high, median (rank), median_best
        and median_worst over what is varied, varied (what is, joined by "+"; empty: nothing), and
        matters: whether the median moves by `MATTERS` places or more.
    """
    asked = measure(code)
    central = drawn.draws(asked.code)
    at = -1 if edition is None else central.editions.index(edition)
    others = list(_variants(drawn, asked, "", rank))
    every = [central, *(other.draws(asked.code) for _, other in others)]
    chances = np.array([(each.ranks[:, at] <= rank).mean(axis=0) for each in every])
    middles = np.array([np.median(each.ranks[:, at], axis=0) for each in every])
    names = dict.fromkeys(name for parts, _ in others for name in parts)
    return pd.DataFrame(
        {
            "iso3": central.iso3,
            "chance": chances[0],
            "chance_low": chances.min(axis=0),
            "chance_high": chances.max(axis=0),
            "median": middles[0],
            "median_best": middles.min(axis=0),
            "median_worst": middles.max(axis=0),
            "varied": "+".join(names),
            "matters": np.ptp(middles, axis=0) >= MATTERS,
        }
    )


def _variants(
    drawn: Joint, asked: Measure, economy: str, rank: int
) -> Iterator[tuple[tuple[str, ...], Joint]]:
    """Draws under the other assumptions, each with what it changes."""
    if asked.forecast == WALK:
        top = asked.regime(drawn.newest(asked)).saturated_to
        own = values_of(drawn.panel, asked).iloc[-1].rank(ascending=False, method="min")
        if top and (rank <= top or own.get(economy, np.inf) <= top):
            yield ("scale",), replace(drawn, scaling=normal_score)
        return
    if drawn.model == NO_CHANGE:
        return
    new = redefined(drawn.world.breaks, EGDI, drawn.newest(measure(EGDI)))
    if asked.code != EGDI and not asked.composite:
        new = tuple(part for part in new if part == asked.component)
    # Each may stay or be drawn back, whatever the others do.
    for count in range(1, len(new) + 1):
        for parts in combinations(new, count):
            yield parts, replace(drawn, stays=parts)


def _chance(drawn: Joint, asked: Measure, economy: str, rank: int, edition: int | None) -> float:
    draws = drawn.draws(asked.code)
    at = -1 if edition is None else draws.editions.index(edition)
    return float((draws.of(economy)[:, at] <= rank).mean())
