"""Where is everybody heading? Joint forecasts of all scores, ranked in every draw.

A rank depends on everybody, so no rank is ever extrapolated: the scores of all economies are
drawn together and each draw is ranked. Everything happens on the scale editions share, the
standing (z-score within the edition); what moves all economies alike cancels in a rank.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel.definitions import Index

DRAWS = 10_000
FEWEST_EDITIONS = 4


@dataclass(frozen=True)
class Draws:
    """Joint draws of the overall score of all economies.

    Attributes:
        model: which model made them.
        index: the index's name.
        origin: the newest edition used.
        editions: the editions forecast, in order.
        iso3: the economies, in the order of the last axis.
        scores: array (draws, editions, economies) in points of the origin edition: standing
            times that edition's spread plus its mean. The world's own mean is held still, as
            what moves everybody alike changes no rank.
        spread: one standard deviation of the overall score in the origin edition.
    """

    model: str
    index: str
    origin: int
    editions: tuple[int, ...]
    iso3: tuple[str, ...]
    scores: np.ndarray
    spread: float
    _bars: dict[int, np.ndarray] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def ranks(self) -> np.ndarray:
        """Rank of every economy in every draw, array (draws, editions, economies)."""
        return ranks.order(self.scores)

    def of(self, economy: str) -> np.ndarray:
        """Ranks of one economy, array (draws, editions).

        Raises:
            InputError: it was not ranked at the origin.
        """
        return self.ranks[:, :, self.place(economy)]

    def bar(self, economy: str, rank: int) -> np.ndarray:
        """The score of the ``rank``-th best of all others, array (draws, editions).

        It is what an economy must beat for that rank; -inf where there are not so many others.

        Raises:
            InputError: it was not ranked at the origin.
        """
        own = self.scores[:, :, self.place(economy)]
        count = len(self.iso3)
        if rank > count - 1:
            return np.full(own.shape, -np.inf)
        if rank not in self._bars:
            # The rank-th best of all and the next one: one of the two, whoever is left out.
            kth = [count - rank - 1, count - rank]
            self._bars[rank] = np.partition(self.scores, kth, axis=2)[:, :, kth]
        next_one, at_rank = np.moveaxis(self._bars[rank], 2, 0)
        return np.where(own >= at_rank, next_one, at_rank)

    def place(self, economy: str) -> int:
        """Position of an economy on the last axis; `InputError` if it is not there."""
        if economy not in self.iso3:
            raise InputError(
                "{economy} is not in {index} {edition}: nothing to forecast",
                economy=economy,
                index=self.index,
                edition=self.origin,
            )
        return self.iso3.index(economy)


def standings_of(panel: pd.DataFrame, index: Index, components: list[str]) -> pd.DataFrame:
    """Standing by edition (down) and component x economy (across), editions fit for models.

    Editions before the index's ``model_from`` are left out.
    """
    return _standings(panel, index, tuple(components))


@remembered(most=16)
def _standings(panel: pd.DataFrame, index: Index, components: tuple[str, ...]) -> pd.DataFrame:
    rows = panel.loc[
        (panel["index"] == index.name)
        & panel["component"].isin(components)
        & (panel["edition"] >= index.model_from)
    ]
    held = set(rows["component"].unique())
    absent = [part for part in components if part not in held]
    if absent:
        raise InputError(
            "{index} is held without {parts}: no model of its parts",
            index=index.name,
            parts=", ".join(absent),
        )
    return rows.pivot(index="edition", columns=["component", "iso3"], values="standing")


def newest_values(panel: pd.DataFrame, index: Index) -> pd.DataFrame:
    """Values of the newest edition: economies with an overall score, components across."""
    rows = panel.loc[panel["index"] == index.name]
    newest = rows.loc[rows["edition"] == rows["edition"].max()]
    table = newest.pivot(index="iso3", columns="component", values="value")
    return table.dropna(subset=[index.overall])


def check_enough(history: pd.DataFrame, index: Index) -> None:
    """`InputError` where a history has fewer than `FEWEST_EDITIONS` editions."""
    if len(history) < FEWEST_EDITIONS:
        raise InputError(
            "comparable editions of the {index} known by then: {count}; a trend needs at least "
            "{fewest}",
            index=index.name,
            count=len(history),
            fewest=FEWEST_EDITIONS,
        )


def rank_forecast(draws: Draws, economy: str) -> pd.DataFrame:
    """The forecast of one economy's rank.

    Returns:
        One row per edition ahead: edition, median, low95, low80, high80, high95 (ranks; "low"
        is the better end) and ``of`` (economies ranked).
    """
    cuts = np.quantile(
        draws.of(economy), [0.5, 0.025, 0.1, 0.9, 0.975], axis=0, method="inverted_cdf"
    )
    table = pd.DataFrame(
        cuts.T.astype(int), columns=["median", "low95", "low80", "high80", "high95"]
    )
    return table.assign(edition=draws.editions, of=len(draws.iso3))


def chances(draws: Draws, economy: str, best: int, worst: int) -> pd.DataFrame:
    """Chance of the band by edition ahead.

    Returns:
        Columns edition, reach (P(rank <= worst): success, as a rank better than the band is
        success too) and the two parts that add up to it: inside (P(best <= rank <= worst)) and
        better (P(rank < best)); and of.
    """
    rank = draws.of(economy)
    return pd.DataFrame(
        {
            "edition": draws.editions,
            "reach": (rank <= worst).mean(axis=0),
            "inside": ((rank >= best) & (rank <= worst)).mean(axis=0),
            "better": (rank < best).mean(axis=0),
            "of": len(draws.iso3),
        }
    )
