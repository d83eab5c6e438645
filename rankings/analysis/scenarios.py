"""What would become of the rank at another pace? The same draws of all others, other own paths.

The names are those of the WHO's Triple Billion scenarios (business as usual, best pace, pace of
the best fifth of the income group, halt, fixed target by a year), here for a rank.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings.analysis import neighbours, targets
from rankings.errors import InputError
from rankings.forecasts.draws import Draws
from rankings.panel import ranks
from rankings.panel.definitions import Index
from rankings.panel.measures import measure

AS_NOW = "as now"
OWN_BEST = "own best pace"
INCOME_MEDIAN = "median pace of its income quarter"
INCOME_TOP = "pace of the top fifth of its income quarter"
HALTED = "halted"
TO_TARGET = "straight line to the target"
BY_HAND = "by hand"


@dataclass(frozen=True)
class Paces:
    """Own pace of each scenario, in standing (standard deviations) per edition ahead.

    Attributes:
        per_edition: scenario -> pace.
        quarter: the income quarter (1 lowest) and the year of its figures, as text.
    """

    per_edition: dict[str, float]
    quarter: str


def paces(
    panel: pd.DataFrame,
    index: Index,
    economy: str,
    series: pd.DataFrame,
    rank: int,
    editions: int,
    by_hand: float | None = None,
) -> Paces:
    """The pace of every scenario, from what was known.

    Args:
        panel: as known at the as-of year.
        index: the index.
        economy: ISO3.
        series: yearly series, for the income quarters.
        rank: the rank aimed at.
        editions: how many are left.
        by_hand: points of the index gained by the deadline, as a what-if of drivers gives them.

    Returns:
        Steps over more years than an edition takes are counted per edition. "Halted" keeps the own
        score in points while the world's mean goes on as over its last two steps (changes of
        method included); the straight line reaches the standing that the rank has now, where that
        is higher. A scenario without its figures is left out, "halted" at a change of scale.

    Raises:
        InputError: the economy has no standing in the newest edition.
    """
    steps = targets.changes(panel, index, 1)
    rows = panel.loc[(panel["index"] == index.name) & (panel["component"] == index.overall)]
    newest = rows.loc[rows["edition"] == rows["edition"].max()].set_index("iso3")
    if economy not in newest.index:
        raise InputError(
            "{economy} is not in the newest {index} known: no pace to give",
            economy=economy,
            index=index.name,
        )
    spread = float(newest["value"].std(ddof=0))
    paced = targets.per_edition(steps, index)
    own = paced.loc[steps["iso3"] == economy]
    level = ranks.holders(newest["standing"], rank).mean()
    means = rows.groupby("edition")["value"].mean().sort_index()
    found = {AS_NOW: 0.0}
    if len({measure(index.name).scale(int(each)).high for each in means.index[-3:]}) == 1:
        found[HALTED] = -float(means.diff().tail(2).mean()) / spread
    if level > newest["standing"][economy]:
        found[TO_TARGET] = (level - newest["standing"][economy]) / editions
    if len(own.dropna()):
        found[OWN_BEST] = float(own.max())
    quarter = ""
    quarters = neighbours.income_quarters(series, int(rows["published_year"].max()))
    mine = quarters.loc[quarters["iso3"] == economy]
    if len(mine):
        members = neighbours.same_income(quarters, economy)
        group = paced.loc[steps["iso3"].isin(members)]
        if len(group):
            found[INCOME_MEDIAN] = float(group.median())
            found[INCOME_TOP] = float(group.quantile(0.8))
        quarter = f"{int(mine['quarter'].iloc[0])} ({int(mine['year'].iloc[0])})"
    if by_hand is not None:
        found[BY_HAND] = by_hand / spread / editions
    return Paces(found, quarter)


def run(draws: Draws, economy: str, wanted: Paces, best: int, worst: int) -> pd.DataFrame:
    """The rank at the last edition ahead under every pace, all others as drawn.

    Returns:
        Columns scenario, per_edition (standing), points (of the origin's scale, by the deadline),
        median, low80, high80 (rank), reach (P(rank <= worst)), inside (P(best..worst)) and of.
        "As now" keeps the own draws as they are; every other path moves their middle.
    """
    place = draws.place(economy)
    scores = draws.scores[:, -1, :]
    others = np.sort(np.delete(scores, place, axis=1), axis=1)
    ahead = len(draws.editions)
    rows = []
    for scenario, pace in wanted.per_edition.items():
        points = pace * ahead * draws.spread
        own = scores[:, place] + points
        rank = 1 + (others > own[:, None]).sum(axis=1)
        low, middle, high = np.quantile(rank, [0.1, 0.5, 0.9], method="inverted_cdf")
        rows.append(
            {
                "scenario": scenario,
                "per_edition": pace,
                "points": points,
                "median": int(middle),
                "low80": int(low),
                "high80": int(high),
                "reach": float((rank <= worst).mean()),
                "inside": float(((rank >= best) & (rank <= worst)).mean()),
                "of": scores.shape[1],
            }
        )
    return pd.DataFrame(rows).sort_values("reach", ignore_index=True, kind="stable")
