"""Where does a measure go of which only its past standings are known? A random walk of them.

Every step of every economy is a past step of some economy, from all that were known at the origin.
Steps are counted in years of data where editions speak of stated years (the spread grows with
their root), else one by one. What a step across a change of method took is not in the pool; the
definition file says by what factors spreads are widened.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.draws import DRAWS, Draws
from rankings.panel.measures import Measure, Regime
from rankings.panel.shape import newest_vintage, row_at

Scaling = Callable[[pd.Series], pd.Series]


def standing(values: pd.Series) -> pd.Series:
    """Distance from the mean in standard deviations."""
    return (values - values.mean()) / values.std(ddof=0)


def normal_score(values: pd.Series) -> pd.Series:
    """The standard normal quantile of each rank: it tells places in a saturated top apart."""
    # Imported here: it takes a fifth of the time in which any command starts.
    from scipy.special import ndtri

    places = values.rank()
    return pd.Series(ndtri((places - 0.5) / values.count()), index=values.index)


@dataclass(frozen=True)
class Walk:
    """Paths of one measure's standings.

    Attributes:
        measure: which.
        origin: the newest edition.
        editions: those drawn.
        iso3: the economies.
        now: values at the origin.
        level: standings at the origin, on the scale used.
        spread: points of value that one standing is worth at the origin.
        pool: past steps per unit of time, centred.
        reach: factor of each step drawn, one per edition ahead.
        picks: which past step each step is, (draws, editions, economies).
        widened: factor on the spread of each edition ahead, beside the root of time.
        fitted: a factor was fitted on the one break it is for.
    """

    measure: Measure
    origin: int
    editions: tuple[int, ...]
    iso3: tuple[str, ...]
    now: np.ndarray = field(repr=False)
    level: np.ndarray = field(repr=False)
    spread: float
    pool: np.ndarray = field(repr=False)
    reach: tuple[float, ...]
    picks: np.ndarray = field(repr=False)
    widened: tuple[float, ...]
    fitted: bool

    @cached_property
    def standings(self) -> np.ndarray:
        """Standings in every draw, (draws, editions, economies)."""
        pool = self.pool.astype(np.float32)
        moved = np.zeros(self.picks.shape[::2], dtype=np.float32)
        drawn = np.empty(self.picks.shape, dtype=np.float32)
        for at, (reach, wider) in enumerate(zip(self.reach, self.widened, strict=True)):
            moved = moved + pool[self.picks[:, at]] * np.float32(reach)
            drawn[:, at] = self.level.astype(np.float32) + moved * np.float32(wider)
        return drawn

    def draws(self) -> Draws:
        """The draws in points of the origin edition, the world's mean held still."""
        scores = np.float32(self.now.mean()) + np.float32(self.spread) * self.standings
        code = self.measure.code
        return Draws(NO_CHANGE, code, self.origin, self.editions, self.iso3, scores, self.spread)


def rows_of(panel: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The rows of a measure that have a standing, every vintage in the panel."""
    return panel.loc[
        (panel["index"] == measure.index)
        & (panel["component"] == measure.component)
        & panel["standing"].notna()
    ]


def values_of(panel: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Values of a measure, newest vintage, editions down and economies across."""
    rows = newest_vintage(rows_of(panel, measure))
    return rows.pivot(index="edition", columns="iso3", values="value").sort_index()


def _regime_of(measure: Measure, edition: int) -> Regime:
    measure.check_forecast()
    return measure.regime(edition)


def _both_ends(rows: pd.DataFrame, start: int, end: int) -> tuple[pd.Series, pd.Series]:
    """Values of two editions from the report that prints both.

    Publishers restate the earlier edition so that the two compare. Where no report prints both it
    is the first printing of the later one against the newest of the earlier one by then.
    """
    reports = [set(rows.loc[rows["edition"] == each, "published_year"]) for each in (start, end)]
    both = reports[0] & reports[1]
    later = max(both) if both else min(reports[1])
    earlier = later if both else max((year for year in reports[0] if year <= later), default=0)
    if not earlier:
        earlier = min(reports[0])
    values = [
        rows.loc[(rows["edition"] == edition) & (rows["published_year"] == year)].set_index("iso3")
        for edition, year in ((start, earlier), (end, later))
    ]
    return values[0]["value"], values[1]["value"]


def past_steps(panel: pd.DataFrame, measure: Measure, scaling: Scaling = standing) -> np.ndarray:
    """All past steps of all economies, per unit of time and centred.

    Steps are taken within a regime; those of earlier regimes are in where the newest one is
    pooled with them.

    Args:
        panel: as known at the origin, every vintage.
        measure: whose.
        scaling: what a standing is.
    """
    rows = rows_of(panel, measure)
    editions = sorted(int(edition) for edition in rows["edition"].unique())
    newest = _regime_of(measure, editions[-1])
    found = []
    for start, end in pairwise(editions):
        regime = next((each for each in measure.regimes if each.holds(start)), None)
        if regime is None or not regime.holds(end) or not (regime == newest or newest.pooled):
            continue
        before, after = (scaling(values) for values in _both_ends(rows, start, end))
        step = (after - before).dropna()
        found.append(((step - step.mean()) / np.sqrt(_apart(measure, start, end))).to_numpy())
    known = sum(newest.holds(edition) for edition in editions)
    if known < newest.fewest or not found:
        raise InputError(
            "comparable editions of the {index} known by then: {count}; a forecast needs at "
            "least {fewest}",
            index=measure.code,
            count=known,
            fewest=max(newest.fewest, 2),
        )
    return np.concatenate(found)


def _apart(measure: Measure, start: int, end: int) -> int:
    """Units of time between two editions: years of data, or one step."""
    years = measure.data_year(start), measure.data_year(end)
    return 1 if years[0] is None or years[1] is None else years[1] - years[0]


def walk(
    panel: pd.DataFrame,
    measure: Measure,
    editions: list[int],
    seed: int,
    draws: int = DRAWS,
    *,
    as_of: int | None = None,
    scaling: Scaling = standing,
) -> Walk:
    """Joint paths of all economies of one measure.

    Args:
        panel: as known at the origin, every vintage.
        measure: one that is forecast by its past standings.
        editions: the editions ahead, in order.
        seed: of the generator; the same seed gives the same draws.
        draws: how many.
        as_of: the year one stands in: breaks of method known by then widen the spread. None:
            every break is taken as known.
        scaling: what a standing is.

    Raises:
        InputError: the measure cannot be forecast, or too few editions were known.
    """
    table = values_of(panel, measure)
    origin = int(table.index[-1])
    regime = _regime_of(measure, origin)
    now = row_at(table, origin).dropna()
    pool = past_steps(panel, measure, scaling)
    level = scaling(now)
    generator = np.random.default_rng([seed, *measure.code.encode()])
    shape = (draws, len(editions), len(now))
    picks = generator.integers(len(pool), size=shape, dtype=np.uint16)
    reach, widened, fitted = _time(measure, regime, origin, editions, as_of)
    return Walk(
        measure,
        origin,
        tuple(editions),
        tuple(now.index),
        now.to_numpy(),
        level.to_numpy(),
        float(now.to_numpy().std()),
        pool,
        reach,
        picks,
        widened,
        fitted,
    )


def _time(
    measure: Measure, regime: Regime, origin: int, editions: list[int], as_of: int | None
) -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Factors of the steps: root of time between editions, and widening by editions ahead."""
    reach, widened, fitted = [], [], False
    for ahead, (before, edition) in enumerate(pairwise([origin, *editions])):
        wider = regime.widened[min(ahead, len(regime.widened) - 1)]
        for crossed in measure.breaks:
            known = as_of is None or crossed.known_from <= as_of
            if known and origin < crossed.edition <= edition:
                wider, fitted = wider * crossed.widened, fitted or crossed.fitted
        reach.append(float(np.sqrt(_apart(measure, before, edition))))
        widened.append(wider)
    return tuple(reach), tuple(widened), fitted
