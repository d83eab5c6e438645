"""What may a model look at? Standings by edition, and figures by the year they speak of.

A model learns from every past step as if it had stood there, so the same rule of what was known
holds for a row of 2012 as for today: ``information`` names that rule.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.forecasts.draws import FEWEST_EDITIONS, standings_of
from rankings.memo import remembered
from rankings.panel.definitions import Figure, Index

# Which rules hold for an edition: those known then, or those known today.
Calendar = Literal["then", "today"]
Information = Literal["history", "printed", "origin", "nowcast"]
# What is one edition older counts this much less; between 0.7 and 0.9 the scores do not move.
MEMORY = 0.8
CARRY = 10
FEWEST_FIGURES = 30
# Today's reading of the past takes all figures as out in the year after the one they speak of.
OUT_AFTER = 1
TODAY = 9999
NO_SERIES = pd.DataFrame({"series": [], "iso3": [], "year": [], "value": []})


def standardise(values: np.ndarray) -> np.ndarray:
    """Standing among those that have a value; all missing if too few have one."""
    known = np.isfinite(values)
    count = int(known.sum())
    if count < FEWEST_FIGURES:
        return np.full(values.shape, np.nan)
    centred = values - np.where(known, values, 0.0).sum() / count
    spread = np.sqrt(np.where(known, centred**2, 0.0).sum() / count)
    return np.asarray(centred / spread if spread > 0 else values * 0.0)


def memory(shape: tuple[int, ...]) -> np.ndarray:
    """Weight of editions or steps, the newest 1; array (editions, economies)."""
    ages = np.arange(shape[0] - 1, -1, -1, dtype=float)
    return np.broadcast_to(MEMORY ** ages[:, np.newaxis], shape)


@dataclass(frozen=True)
class Held:
    """All that a model may look at, from the origin edition back.

    Attributes:
        standings: component -> array (editions, economies).
        editions: the editions held, the last one is the origin.
        following: the first edition ahead.
        iso3: the economies, those with a value of every component at the origin.
        now: values at the origin, economies down and components across.
        worth: points of the overall score that one standing of a component is worth; 0 for a
            component that stands beside it.
        spread: points of a component that one standing of it is worth.
        information: which figures count as known at an edition. "history": none; "printed":
            those its own annex printed; "origin": those out at the end of its year; "nowcast":
            those out at the end of the year before the edition that follows; the same for sister
            indices.
        series: columns series, iso3, year, value.
        sisters: rows of other indices' overall standing, with the year of their publication.
        rules: which series stand for a sub-index, from which edition on, with which caps, and
            when they are out.
        calendar: "then": the rules of the origin hold, and a figure counts from when it was out;
            "today": the rules of the newest edition there is hold, and every figure is out after
            a year, as one who looks back would have it.
    """

    standings: dict[str, np.ndarray]
    editions: tuple[int, ...]
    following: int
    iso3: tuple[str, ...]
    now: pd.DataFrame
    worth: pd.Series
    information: Information
    series: pd.DataFrame = field(repr=False)
    sisters: pd.DataFrame = field(repr=False)
    rules: tuple[Figure, ...] = ()
    spread: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    calendar: Calendar = "then"

    def next_edition(self, at: int) -> int:
        """The edition after the one at a position: held, or the first one ahead."""
        return (*self.editions, self.following)[at + 1]

    def year_end(self, at: int) -> int | None:
        """The year at whose end one stands at an edition (by position); None: no figures."""
        years = {
            "history": None,
            "printed": self.editions[at],
            "origin": self.editions[at],
            "nowcast": self.next_edition(at) - 1,
        }
        return years[self.information]

    def newest_year(self, at: int, out_after: int = OUT_AFTER) -> int | None:
        """The newest reference year known at an edition, of figures out after so many years."""
        stand = self.year_end(at)
        # An annex prints what it counts, whatever year that speaks of: its year is the edition's.
        return stand if stand is None or self.information == "printed" else stand - out_after

    @cached_property
    def _filled(self) -> dict[str, pd.DataFrame]:
        """Each series by year and economy; a gap takes the last value up to `CARRY` years old."""
        years = range(int(self.series["year"].min()), self.following + 1)
        return {
            name: table.reindex(index=years, columns=list(self.iso3)).ffill(limit=CARRY)
            for name, table in _by_year(self.series).items()
        }

    def rules_of(self, component: str) -> list[Figure]:
        """The series that stand for a sub-index by the rules known at the origin."""
        edition = self._rules
        return [
            rule
            for rule in self.rules
            if rule.component == component and rule.counted_from <= edition <= rule.counted_to
        ]

    @remembered(most=256)
    def figures(self, component: str, at: int, back: int = 0) -> np.ndarray:
        """Standing that the figures of a sub-index say, as known at an edition (by position).

        It is the mean standing in the series that stand for the sub-index. An economy without a
        series is judged by the others; without any it is missing.

        Args:
            component: the sub-index.
            at: position of the edition.
            back: years before the newest known.
        """
        if self.year_end(at) is None:
            return np.full(len(self.iso3), np.nan)
        known = {rule.series: self._known(rule, at, back) for rule in self.rules_of(component)}
        rows = [standardise(row) for row in known.values() if row is not None]
        if not rows:
            return np.full(len(self.iso3), np.nan)
        each = np.stack(rows)
        count = np.isfinite(each).sum(axis=0)
        mean = np.where(count > 0, np.nansum(each, axis=0) / np.maximum(count, 1), np.nan)
        return standardise(mean)

    def _known(self, rule: Figure, at: int, back: int) -> np.ndarray | None:
        """One series as known at an edition, no value above its cap; None if there is none yet."""
        then = self.calendar == "then"
        newest = self.newest_year(at, rule.out_after if then else OUT_AFTER)
        table = self._filled.get(rule.series)
        if table is None or newest is None or newest - back not in table.index:
            return None
        row = table.to_numpy()[table.index.get_loc(newest - back)]
        return np.asarray(np.minimum(row, rule.cap(self._rules)))

    @property
    def _rules(self) -> int:
        """The edition whose rules are known: one reading of all past steps."""
        return self.editions[-1] if self.calendar == "then" else TODAY

    @remembered(most=64)
    def sister(self, at: int) -> np.ndarray:
        """Mean standing in the newest edition of each sister index that was out by then."""
        if self.information not in ("origin", "nowcast"):
            return np.full(len(self.iso3), np.nan)
        last = self.editions[at] if self.information == "origin" else self.next_edition(at) - 1
        out = self.sisters.loc[self.sisters["published_year"] <= last]
        newest = out.loc[out["edition"] == out.groupby("index")["edition"].transform("max")]
        return newest.groupby("iso3")["standing"].mean().reindex(list(self.iso3)).to_numpy()


@remembered(most=8)
def _newest_of_each(figures: pd.DataFrame) -> pd.DataFrame:
    """One row per series, economy and year: the last one given."""
    return figures.drop_duplicates(["series", "iso3", "year"], keep="last")


@remembered(most=8)
def _by_year(series: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Each series as a table, years down and economies across."""
    return {
        str(name): rows.pivot(index="year", columns="iso3", values="value")
        for name, rows in series.groupby("series")
    }


# Several models look at one origin.
@remembered(most=16)
def look(
    panel: pd.DataFrame,
    index: Index,
    following: int,
    *,
    series: pd.DataFrame | None = None,
    information: Information = "history",
    calendar: Calendar = "then",
    beside: tuple[str, ...] = (),
) -> Held:
    """What is held of an index at the newest edition in the panel.

    Args:
        panel: the panel as known at the origin: one vintage of each value; rows of the sister
            indices are used where the information allows it.
        index: the index to forecast.
        following: the first edition ahead.
        series: figures; may reach further than is used.
        information: see `Held`.
        calendar: see `Held`.
        beside: components that are no part of the overall score, where they are held.

    Raises:
        InputError: too few comparable editions, an origin edition without its sub-indices, or
            figures are needed and none are given.
    """
    if information != "history" and (series is None or series.empty):
        raise InputError(
            "information {value} needs the series: pass world.series", value=repr(information)
        )
    rows = panel.loc[panel["index"] == index.name]
    origin = int(rows["edition"].max())
    weights = index.weights_of(origin)
    components = list(weights.index)
    newest = rows.loc[rows["edition"] == origin]
    now = newest.pivot(index="iso3", columns="component", values="value")
    missing = {index.overall, *components} - set(now.columns)
    if missing:
        raise InputError(
            "{index} {edition} is held without {parts}",
            index=index.name,
            edition=origin,
            parts=", ".join(sorted(missing)),
        )
    now = now.dropna(subset=[index.overall, *components])
    components += [each for each in beside if each in now and now[each].notna().all()]
    history = standings_of(panel, index, components)
    if len(history) < FEWEST_EDITIONS:
        raise InputError(
            "comparable editions of the {index} known by then: {count}; a model needs at least "
            "{fewest}",
            index=index.name,
            count=len(history),
            fewest=FEWEST_EDITIONS,
        )
    figures = NO_SERIES if series is None else series
    return Held(
        standings={
            each: history[each].reindex(columns=now.index).to_numpy() for each in components
        },
        editions=tuple(int(edition) for edition in history.index),
        following=following,
        iso3=tuple(now.index),
        now=now,
        worth=now[components].std(ddof=0) * weights.reindex(components, fill_value=0.0),
        spread=now[components].std(ddof=0),
        information=information,
        series=_newest_of_each(figures),
        sisters=panel.loc[panel["index"].isin(index.sisters) & (panel["component"] == "overall")],
        rules=index.figures,
        calendar=calendar,
    )
