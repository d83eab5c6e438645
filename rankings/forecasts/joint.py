"""Where does every measure go, on one set of paths? One draw of the world moves them all.

The sub-indices of the EGDI share their paths, so that in every draw it is their weighted mean; IDI
and GCI walk by their past standings; our composite is built in every draw from the parts it is made
of. A story about one measure and a story about another never contradict each other.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from rankings import store
from rankings.errors import InputError
from rankings.forecasts import registry
from rankings.forecasts.baselines import NO_CHANGE, walk_paths
from rankings.forecasts.closing import CLOSING_GAPS, Fits, Paths, closing_paths, overall_draws
from rankings.forecasts.draws import DRAWS, Draws
from rankings.forecasts.walk import Scaling, Walk, standing, walk
from rankings.panel import shape
from rankings.panel.definitions import definition
from rankings.panel.measures import CLOSING, PARTS, WALK, Measure, measure, measures

EGDI = "EGDI"
BESIDE = ("epi",)
STEP_YEARS = 2


class World(Protocol):
    """What is needed of a world: panels as known, figures, breaks, and a name of its data."""

    @property
    def fingerprint(self) -> str:
        """Names the data."""

    @property
    def panel(self) -> pd.DataFrame:
        """Every value of every vintage."""

    @property
    def breaks(self) -> pd.DataFrame:
        """Method breaks of all indices."""

    def known(self, as_of: int) -> pd.DataFrame:
        """The panel as known at the end of a year."""

    @property
    def every_series(self) -> pd.DataFrame:
        """Yearly series, every vintage held."""

    def series_at(self, until: int | str) -> pd.DataFrame:
        """Yearly series in use at the end of a year, or on a day: series, iso3, year, value."""

    def figures(self, as_of: int | str) -> registry.HasFigures:
        """The same with the indicators printed in the index's own annexes."""


class KeptDraws(Draws):
    """Draws whose ranks were read from a file; scores are drawn again when first asked for."""

    def __init__(self, facts: "Facts", ranks: np.ndarray, make: Callable[[], np.ndarray]) -> None:
        for name, value in facts.as_fields().items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_bars", {})
        self.__dict__["ranks"] = ranks
        self.__dict__["_make"] = make

    @cached_property
    def scores(self) -> np.ndarray:
        """As `Draws.scores`."""
        made: np.ndarray = self.__dict__["_make"]()
        return made


@dataclass(frozen=True)
class Facts:
    """What draws say beside their arrays."""

    model: str
    index: str
    origin: int
    editions: tuple[int, ...]
    iso3: tuple[str, ...]
    spread: float

    def as_fields(self) -> dict[str, object]:
        """The fields of `Draws` by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Joint:
    """One draw of the world after another, for every measure.

    Attributes:
        world: the tables.
        as_of: the year one stands in, its end.
        until: the deadline.
        seed: of the generators.
        size: how many draws.
        model: "closing gaps" (with what is known then) or "no change".
        stays: sub-indices whose expected move is left out, as if their new definition stayed
            where it put everybody.
        scaling: what a standing is to measures that walk.
        known: the day (ISO) up to which yearly figures are known; the end of ``as_of`` if empty.
    """

    world: World
    as_of: int
    until: int
    seed: int
    size: int = DRAWS
    model: str = CLOSING_GAPS
    stays: tuple[str, ...] = ()
    scaling: Scaling = standing
    known: str = ""

    def editions(self, code: str) -> list[int]:
        """The editions drawn of a measure; `InputError` if none is expected by the deadline."""
        asked = measure(code)
        asked.check_forecast()
        if asked.forecast != WALK:
            asked = measure(EGDI)
        return asked.editions_ahead(self.newest(asked), self.as_of, self.until)

    def draws(self, code: str) -> Draws:
        """The joint draws of a measure, kept beside the built tables.

        Raises:
            InputError: it cannot be forecast, no edition is expected by the deadline, or too
                little was known; the message says which.
        """
        asked = measure(code)
        editions = self.editions(asked.code)
        inputs = [self.world.fingerprint, *self._key(), asked.code, *editions]
        path = store.cached("world", inputs, __name__, ".npz")
        kept = _read(path)
        if kept is not None:
            return KeptDraws(kept[0], kept[1], lambda: self._draw(asked).scores)
        made = self._draw(asked)
        store.write_whole(path, lambda temporary: _write(temporary, made))
        return made

    def _key(self) -> tuple[Hashable, ...]:
        scaling = self.scaling.__name__
        model = (self.model, *self.stays, scaling, self.known)
        return (self.as_of, self.until, self.seed, self.size, *model)

    def newest(self, asked: Measure) -> int:
        """The newest edition known of a measure's index; `InputError` if there is none."""
        rows = self.panel.loc[self.panel["index"] == asked.index, "edition"]
        if rows.empty:
            raise InputError(
                "no edition of {index} was known at the end of {year}",
                index=asked.index,
                year=self.as_of,
            )
        return int(rows.max())

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The panel as known then, newest vintages."""
        return self.world.known(self.as_of)

    @cached_property
    def paths(self) -> Paths:
        """The paths of the EGDI and what is beside it."""
        index, editions = definition(EGDI), self.editions(EGDI)
        if self.model == NO_CHANGE:
            return walk_paths(self.panel, index, editions, self.seed, self.size, BESIDE)
        made = closing_paths(
            self.panel,
            index,
            editions,
            self.seed,
            self.size,
            series=self.world.series_at(self.known or self.as_of),
            information=registry.information_at(self.as_of, editions[0]),
            beside=BESIDE,
        )
        return staying(made, self.stays)

    def _due(self, code: str) -> list[int]:
        """The editions drawn of a measure, none if none is expected by the deadline."""
        try:
            return self.editions(code)
        except InputError:
            return []

    def walk_of(self, code: str) -> Walk:
        """The walk of a measure, as many steps as it or a composite of it needs."""
        asked = measure(code)
        editions = self._due(code)
        # A composite may see more arrivals by the deadline than are dated, never more than steps.
        needed = max(len(editions), len(self._due(EGDI)) if _is_part(asked) else 0)
        last = editions[-1] if editions else self.newest(asked)
        editions = [*editions, *(last + more + 1 for more in range(needed - len(editions)))]
        every = shape.known(self.world.panel, self.as_of)
        return walk(
            every, asked, editions, self.seed, self.size, as_of=self.as_of, scaling=self.scaling
        )

    def _draw(self, asked: Measure) -> Draws:
        if asked.forecast == WALK:
            return _first(self.walk_of(asked.code).draws(), len(self.editions(asked.code)))
        if asked.forecast == PARTS:
            gci = self.walk_of(_walking(asked).code)
            chance = arrival(self.world.panel, _walking(asked), self.as_of)
            return composite_draws(asked, self.paths, gci, chance, self.seed, self.model)
        return component_draws(asked, self.paths, self.model)


def joint(
    world: World,
    as_of: int,
    until: int,
    seed: int,
    draws: int = DRAWS,
    model: str = CLOSING_GAPS,
) -> Joint:
    """Joint draws of every measure seen from the end of a year, up to a deadline.

    Args:
        world: the tables.
        as_of: the year, its end.
        until: the deadline: editions up to it are drawn.
        seed: the same gives the same draws.
        draws: how many.
        model: "closing gaps", or "no change" for the plain spread of no change.
    """
    return Joint(world, as_of, until, seed, draws, model)


def _is_part(asked: Measure) -> bool:
    return any(asked.code in each.children for each in measures().values() if each.composite)


def _walking(composite: Measure) -> Measure:
    """The part of a composite that walks by its own standings."""
    return next(part for part in map(measure, composite.children) if part.forecast == WALK)


def _first(draws: Draws, count: int) -> Draws:
    return replace(draws, editions=draws.editions[:count], scores=draws.scores[:, :count])


def staying(paths: Paths, parts: tuple[str, ...]) -> Paths:
    """The same paths with no move expected of some components."""
    if not parts:
        return paths

    def still(fit: Fits) -> Fits:
        zero = np.zeros(len(paths.held.iso3))
        return {
            name: replace(each, expected=zero) if name in parts else each
            for name, each in fit.items()
        }

    return replace(paths, ahead=[still(fit) for fit in paths.ahead])


def component_draws(asked: Measure, paths: Paths, model: str) -> Draws:
    """Draws of the index of some paths, or of one of its components."""
    index = definition(asked.index)
    if asked.component == index.overall:
        return overall_draws(paths, index, model)
    held = paths.held
    if asked.component not in held.standings:
        raise InputError(
            "{measure} is not held in {index} {edition}",
            measure=asked.code,
            index=asked.index,
            edition=held.editions[-1],
        )
    return Draws(
        model,
        asked.code,
        held.editions[-1],
        paths.editions,
        held.iso3,
        paths.component(asked.component),
        float(held.now[asked.component].std(ddof=0)),
    )


def arrival(panel: pd.DataFrame, asked: Measure, as_of: int) -> float:
    """The chance that a new edition of an index without rhythm comes within `STEP_YEARS` years.

    By the mean time between the publications known at the end of ``as_of``.
    """
    rows = panel.loc[(panel["index"] == asked.index) & (panel["published_year"] <= as_of)]
    first = rows.groupby("edition")["published_year"].min()
    if len(first) < 2:
        raise InputError(
            "{index}: only one edition is known by {year}, so how often they come is not known",
            index=asked.code,
            year=as_of,
        )
    return min(1.0, STEP_YEARS * (len(first) - 1) / int(first.max() - first.min()))


def composite_draws(
    asked: Measure, paths: Paths, walked: Walk, chance: float, seed: int, model: str
) -> Draws:
    """Draws of a composite at the year-ends of the editions of its main index.

    In every draw it is the weighted mean of its parts' standard scores among the economies that
    have all of them. The part that keeps no rhythm arrives anew between two year-ends with a
    chance, for all economies alike; till then its last values count.
    """
    both = [iso3 for iso3 in paths.held.iso3 if iso3 in set(walked.iso3)]
    at_paths = [paths.held.iso3.index(iso3) for iso3 in both]
    at_walk = [walked.iso3.index(iso3) for iso3 in both]
    generator = np.random.default_rng([seed, *asked.code.encode()])
    come = generator.random((paths.picks.shape[0], len(paths.editions))) < chance
    arrived = come.cumsum(axis=1)
    still = np.broadcast_to(walked.level.astype(np.float32), walked.standings[:, :1].shape)
    steps = np.concatenate([still, walked.standings], axis=1)
    newest = np.take_along_axis(steps, arrived[:, :, np.newaxis], axis=1)
    total: np.ndarray | None = None
    now = np.zeros(len(both))
    for code, weight in zip(asked.children, asked.weights, strict=True):
        part = measure(code)
        if part.forecast == CLOSING:
            scores = paths.component(part.component)[:, :, at_paths]
            held = paths.held.now[part.component].to_numpy()[at_paths]
        else:
            scores, held = newest[:, :, at_walk], walked.now[at_walk]
        share = np.float32(weight) * standardised(scores)
        total = share if total is None else total + share
        now += weight * (held - held.mean()) / held.std()
    assert total is not None
    origin, points = paths.held.editions[-1], np.float32(10)
    scores = np.float32(100) + points * total
    return Draws(
        model, asked.code, origin, paths.editions, tuple(both), scores, float(10 * now.std())
    )


def standardised(scores: np.ndarray) -> np.ndarray:
    """Standard scores along the last axis, renewed in every draw."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    spread: np.ndarray = scores.std(axis=-1, keepdims=True)
    return centred / spread


def _write(path: Path, draws: Draws) -> None:
    few = len(draws.iso3) <= np.iinfo(np.uint8).max
    with path.open("wb") as file:
        np.savez(
            file,
            facts=np.array([draws.model, draws.index, str(draws.origin), repr(draws.spread)]),
            editions=np.array(draws.editions),
            iso3=np.array(draws.iso3),
            ranks=draws.ranks.astype(np.uint8 if few else np.int16),
        )


def _read(path: Path) -> tuple[Facts, np.ndarray] | None:
    """Facts and ranks kept in a file; None if there are none or the file is damaged."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            model, index, origin, spread = (str(each) for each in kept["facts"])
            editions = tuple(int(each) for each in kept["editions"])
            iso3 = tuple(str(each) for each in kept["iso3"])
            facts = Facts(model, index, int(origin), editions, iso3, float(spread))
            return facts, kept["ranks"].astype(np.int16)
    except registry.DAMAGED:
        return None


# --- what a chance hangs on ------------------------------------------------------------------
