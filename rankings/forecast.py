"""Which forecast models are there, what may each look at, and which one speaks in a report?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pandas as pd

from rankings import trend
from rankings.definitions import Index
from rankings.models import alone, closing, gaps
from rankings.models.held import Information

CLOSING_GAPS = closing.CLOSING_GAPS
CLOSING_PRINTED = "closing gaps, printed figures"


class HasFigures(Protocol):
    """What the models take figures from: a `World`, or a stand-in with these two tables."""

    @property
    def series(self) -> pd.DataFrame:
        """Yearly figures: series, iso3, year, value."""

    @property
    def indicators(self) -> pd.DataFrame:
        """Indicators printed in the index's own annexes, by edition."""


Draw = Callable[[pd.DataFrame, Index, list[int], int, int, HasFigures | None], trend.Draws]


@dataclass(frozen=True)
class Model:
    """One model with what it may look at.

    Attributes:
        name: as tables show it.
        information: "history" (the index alone), "origin" (what was known just after the last
            edition) or "nowcast" (what is known just before the next one).
        draw: panel as known at the origin, index, editions ahead, seed, draws, figures -> draws.
        used: whether reports speak from it.
        needs_figures: it cannot do without figures.
        todays_figures: it reads series in today's vintage, so its back-test is
            pseudo-real-time: revisions made since are in it.
        slow: it fits one economy after the other.
    """

    name: str
    information: Information
    draw: Draw
    used: bool = False
    needs_figures: bool = False
    todays_figures: bool = False
    slow: bool = False


def _alone(model: Callable[..., trend.Draws]) -> Draw:
    """A model that needs no figures."""

    def draw(
        panel: pd.DataFrame,
        index: Index,
        editions: list[int],
        seed: int,
        draws: int,
        figures: HasFigures | None,
    ) -> trend.Draws:
        return model(panel, index, editions, seed, draws)

    return draw


def _printed(figures: HasFigures) -> pd.DataFrame:
    return gaps.printed_series(figures.indicators)


def _yearly(figures: HasFigures) -> pd.DataFrame:
    return figures.series


def _closing(
    information: Information,
    series: Callable[[HasFigures], pd.DataFrame],
    name: str = CLOSING_GAPS,
) -> Draw:
    """The pooled model with one kind of information and the figures it goes by."""

    def draw(
        panel: pd.DataFrame,
        index: Index,
        editions: list[int],
        seed: int,
        draws: int,
        figures: HasFigures | None,
    ) -> trend.Draws:
        return closing.closing_gaps(
            panel,
            index,
            editions,
            seed,
            draws,
            series=None if figures is None else series(figures),
            information=information,
            name=name,
        )

    return draw


def _each(forecast: alone.Forecast, name: str, slow: bool = True) -> Model:
    """A baseline fitted to each economy by itself."""
    return Model(name, "history", _alone(partial(alone.each_alone, forecast, name)), slow=slow)


MODELS: tuple[Model, ...] = (
    Model(trend.NO_CHANGE, "history", _alone(trend.random_walk), used=True),
    Model(trend.OWN_LINE, "history", _alone(trend.own_line)),
    _each(alone.drift, alone.OWN_DRIFT, slow=False),
    _each(alone.local_trend, alone.LOCAL_TREND),
    _each(alone.damped_trend, alone.DAMPED_TREND),
    _each(alone.arima, alone.ARIMA),
    Model(closing.MOMENTUM, "history", _alone(closing.momentum)),
    Model(CLOSING_GAPS, "history", _alone(closing.closing_gaps)),
    Model(
        CLOSING_PRINTED,
        "origin",
        _closing("printed", _printed, CLOSING_PRINTED),
        needs_figures=True,
    ),
    *(
        Model(
            CLOSING_GAPS,
            information,
            _closing(information, _yearly),
            used=True,
            needs_figures=True,
            todays_figures=True,
        )
        for information in ("origin", "nowcast")
    ),
)
QUICK = tuple(model for model in MODELS if not model.slow)


def find(name: str, information: Information) -> Model:
    """One model by name and information; `KeyError` if there is none."""
    return {(model.name, model.information): model for model in MODELS}[name, information]


def speaking(as_of: int, following: int) -> Model:
    """The model a report speaks from.

    Just before the next edition, from the end of the year before it, the figures that edition
    will use are out.

    Args:
        as_of: the year at whose end the report stands.
        following: the next edition.
    """
    return find(CLOSING_GAPS, "nowcast" if as_of >= following - 1 else "origin")
