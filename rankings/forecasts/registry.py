"""Which forecast models are there, what may each look at, and which one speaks in a report?"""

import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from rankings import store
from rankings.errors import Phrase
from rankings.forecasts import closing, gaps, single
from rankings.forecasts.baselines import NO_CHANGE, OWN_LINE, own_line, random_walk
from rankings.forecasts.draws import Draws
from rankings.forecasts.information import Information
from rankings.panel.definitions import Index

CLOSING_GAPS = closing.CLOSING_GAPS
CLOSING_PRINTED = "closing gaps, printed figures"
# The same with other terms: selected by their score, those judged by today's rules as well, and
# chosen anew at each origin by what was known there.
SELECTED = "closing gaps, selected terms"
SELECTED_TODAY = "closing gaps, selected terms, today's rules"
CHOSEN_ANEW = "closing gaps, terms chosen at each origin"
# Draws held in memory, by file: those of a few models; one of ten thousand takes tens of megabytes.
READ = 4
_read: dict[Path, Draws] = {}
# What reading a damaged file of arrays may raise.
DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class HasFigures(Protocol):
    """What the models take figures from: a `World`, or a stand-in with these two tables."""

    @property
    def series(self) -> pd.DataFrame:
        """Yearly figures: series, iso3, year, value."""

    @property
    def indicators(self) -> pd.DataFrame:
        """Indicators printed in the index's own annexes, by edition."""


Draw = Callable[[pd.DataFrame, Index, list[int], int, int, HasFigures | None], Draws]


@dataclass(frozen=True)
class Model:
    """One model with what it may look at.

    Attributes:
        name: its key in tables.
        title: what a reader sees.
        information: "history" (the index alone), "origin" (what was known just after the last
            edition) or "nowcast" (what is known just before the next one).
        draw: panel as known at the origin, index, editions ahead, seed, draws, figures -> draws.
        title: what readers know it by; a star where ``todays_figures``.
        used: whether reports speak from it.
        needs_figures: it cannot do without figures.
        todays_figures: it reads series in today's vintage, so its back-test is
            pseudo-real-time: revisions made since are in it.
        slow: it fits one economy after the other.
        as_point: its median counts as a single number in the record, too.
    """

    name: str
    information: Information
    draw: Draw
    title: Phrase = field(kw_only=True)
    used: bool = False
    needs_figures: bool = False
    todays_figures: bool = False
    slow: bool = False
    as_point: bool = False

    @property
    def label(self) -> str:
        """Name and information, as one key of tables: "closing gaps, nowcast"."""
        return self.name if self.information == "history" else f"{self.name}, {self.information}"


def _alone(model: Callable[..., Draws]) -> Draw:
    """A model that needs no figures."""

    def draw(
        panel: pd.DataFrame,
        index: Index,
        editions: list[int],
        seed: int,
        draws: int,
        figures: HasFigures | None,
    ) -> Draws:
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
    **options: Any,
) -> Draw:
    """The pooled model with one kind of information, the figures it goes by and other options."""

    def draw(
        panel: pd.DataFrame,
        index: Index,
        editions: list[int],
        seed: int,
        draws: int,
        figures: HasFigures | None,
    ) -> Draws:
        return closing.closing_gaps(
            panel,
            index,
            editions,
            seed,
            draws,
            series=None if figures is None else series(figures),
            information=information,
            name=name,
            **options,
        )

    return draw


def _each(forecast: single.Forecast, name: str, title: Phrase, **facts: bool) -> Model:
    """A baseline fitted to each economy by itself."""
    draw = _alone(partial(single.each_alone, forecast, name))
    return Model(name, "history", draw, title=title, **facts)


def _informed(information: Information, title: Phrase) -> Model:
    """The pooled model that reports speak from, with what is known at a moment."""
    return Model(
        CLOSING_GAPS,
        information,
        _closing(information, _yearly),
        title=title,
        used=True,
        needs_figures=True,
        todays_figures=True,
    )


def _other_terms(name: str, title: Phrase, **options: Any) -> Model:
    """The pooled model with other terms, kept for its record."""
    draw = _closing("nowcast", _yearly, name, **options)
    return Model(name, "nowcast", draw, title=title, needs_figures=True, todays_figures=True)


MODELS: tuple[Model, ...] = (
    Model(NO_CHANGE, "history", _alone(random_walk), title=Phrase("no change"), used=True),
    Model(OWN_LINE, "history", _alone(own_line), title=Phrase("own straight line"), as_point=True),
    _each(single.drift, single.OWN_DRIFT, Phrase("own drift"), as_point=True),
    _each(single.local_trend, single.LOCAL_TREND, Phrase("own local linear trend"), slow=True),
    _each(single.damped_trend, single.DAMPED_TREND, Phrase("own damped trend (ETS)"), slow=True),
    _each(single.arima, single.ARIMA, Phrase("own ARIMA(0,1,1)"), slow=True),
    Model(closing.MOMENTUM, "history", _alone(closing.momentum), title=Phrase("momentum")),
    Model(
        CLOSING_GAPS,
        "history",
        _alone(closing.closing_gaps),
        title=Phrase("closing gaps, history only"),
    ),
    Model(
        CLOSING_PRINTED,
        "origin",
        _closing("printed", _printed, CLOSING_PRINTED),
        title=Phrase("closing gaps, printed annexes"),
        needs_figures=True,
    ),
    _informed("origin", Phrase("closing gaps, figures known after the last edition*")),
    _informed("nowcast", Phrase("closing gaps, figures known before the next edition*")),
    _other_terms(
        SELECTED,
        Phrase("closing gaps, terms selected by their score*"),
        wanted=gaps.SELECTED,
    ),
    _other_terms(
        SELECTED_TODAY,
        Phrase("closing gaps, terms selected by their score, today's caps and dates*"),
        wanted=gaps.SELECTED,
        calendar="today",
    ),
    _other_terms(
        CHOSEN_ANEW,
        Phrase("closing gaps, terms chosen anew at each origin*"),
        choices=gaps.CHOICES,
    ),
)
QUICK = tuple(model for model in MODELS if not model.slow)


def find(name: str, information: Information) -> Model:
    """One model by name and information; `KeyError` if there is none."""
    return {(model.name, model.information): model for model in MODELS}[name, information]


def labelled(label: str) -> Model:
    """One model by its label; `KeyError` if there is none."""
    return {model.label: model for model in MODELS}[label]


def information_at(as_of: int, following: int) -> Information:
    """What counts as known at the end of a year: "nowcast" from the year before the next edition.

    By then the figures that edition will use are out; before, only what was known just after the
    last edition.
    """
    return "nowcast" if as_of >= following - 1 else "origin"


def candidates(as_of: int, following: int) -> list[Model]:
    """The models a report standing there may speak from, `used` ones with what is known then."""
    then = information_at(as_of, following)
    return [model for model in MODELS if model.used and model.information in ("history", then)]


def drawn(
    model: Model,
    panel: pd.DataFrame,
    index: Index,
    editions: list[int],
    seed: int,
    draws: int,
    figures: HasFigures | None,
    key: Iterable[object],
) -> Draws:
    """The draws of a model for all economies, computed once and kept beside the built tables.

    Args:
        model: which.
        panel: as known at the origin.
        index: the index.
        editions: the editions ahead.
        seed: of the generator.
        draws: how many.
        figures: series and indicators, for models that need them.
        key: names the data the panel was taken from (its fingerprint and the as-of year).
    """
    inputs = [*key, model.label, index.name, *editions, seed, draws]
    path = store.cached("draws", inputs, __name__, ".npz")
    held = _read.get(path) or _kept(path)
    if held is None:
        held = model.draw(panel, index, editions, seed, draws, figures)
        facts = [held.model, held.index, str(held.origin), str(held.spread)]
        with_ranks = held.ranks

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file:
                np.savez(
                    file,
                    facts=np.array(facts),
                    editions=np.array(held.editions),
                    iso3=np.array(held.iso3),
                    scores=held.scores,
                    ranks=with_ranks,
                )

        store.keep(path, write)
    _read[path] = held
    for old in list(_read)[:-READ]:
        _read.pop(old, None)  # another thread may have been first
    return held


def _kept(path: Path) -> Draws | None:
    """The draws kept in a file; None if there are none or the file is damaged."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            name, index, origin, spread = (str(each) for each in held["facts"])
            draws = Draws(
                name,
                index,
                int(origin),
                tuple(int(each) for each in held["editions"]),
                tuple(str(each) for each in held["iso3"]),
                held["scores"],
                float(spread),
            )
            draws.__dict__["ranks"] = held["ranks"]
    except DAMAGED:
        return None
    return draws
