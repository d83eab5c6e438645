"""Each standing closes part of its gaps: one regression for all economies, drawn jointly.

For every sub-index and every number of editions ahead, the past steps of all economies are
regressed on the gaps they had before them. What the regression leaves over is drawn again, a
whole economy's row at a time, so that sub-indices stay correlated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from rankings.forecasts import gaps as gap
from rankings.forecasts.draws import DRAWS, Draws
from rankings.forecasts.information import Calendar, Held, Information, look, memory
from rankings.panel.definitions import Index

CLOSING_GAPS = "closing gaps"
MOMENTUM = "momentum"
FEWEST_STEPS = 2
SLOTS = 2**16


@dataclass(frozen=True)
class Fit:
    """The pooled regression of one sub-index over so many editions ahead, in standings.

    Attributes:
        expected: expected step of each economy from the origin.
        residuals: what the fit left over in past steps; array (steps, economies).
        shares: the share of each gap that is closed.
    """

    expected: np.ndarray
    residuals: np.ndarray
    shares: np.ndarray

    @property
    def spread(self) -> float:
        """Standard deviation of what is left over, newer steps counting more."""
        known = np.isfinite(self.residuals)
        weights = memory(self.residuals.shape)[known]
        return float(np.sqrt(np.average(self.residuals[known] ** 2, weights=weights)))


Fits = Mapping[str, Fit]


def gap_table(held: Held, component: str, wanted: gap.Gaps) -> np.ndarray:
    """Array (editions, economies, gaps) of a component; a gap nobody knows counts as none."""
    each = [
        np.stack([function(held, component, at) for at in range(len(held.editions))])
        for function in wanted.get(component, ())
    ]
    shape = (len(held.editions), len(held.iso3), 0)
    return np.nan_to_num(np.stack(each, axis=-1)) if each else np.zeros(shape)


def regress(standing: np.ndarray, table: np.ndarray, ahead: int) -> Fit:
    """Past steps of all economies on the gaps before them (statsmodels WLS).

    What moves all economies alike cancels in a rank and is taken out of every step first. A gap
    that was never known before a past step has a share of 0.

    Args:
        standing: array (editions, economies).
        table: array (editions, economies, gaps).
        ahead: editions that a step spans.
    """
    # Imported where it is used: statsmodels takes a second, and most commands fit nothing.
    from statsmodels.regression.linear_model import WLS

    steps = standing[ahead:] - standing[:-ahead]
    steps = steps - np.nanmean(steps, axis=1, keepdims=True)
    known = np.isfinite(steps)
    before = table[: len(steps)][known]
    told = before.any(axis=0)
    design = np.column_stack([np.ones(len(before)), before[:, told]])
    fit = WLS(steps[known], design, weights=memory(steps.shape)[known]).fit()
    residuals, shares = np.full(steps.shape, np.nan), np.zeros(table.shape[-1])
    residuals[known], shares[told] = fit.resid, fit.params[1:]
    expected = table[-1] @ shares
    return Fit(expected - expected.mean(), residuals, shares)


def fits(held: Held, wanted: gap.Gaps, furthest: int) -> list[Fits]:
    """The fits of all sub-indices for 1, 2, ... editions ahead, as far as the past allows.

    Args:
        held: what may be looked at.
        wanted: the gaps of each sub-index; one without any is expected to stay.
        furthest: editions ahead; fewer come back where fewer than `FEWEST_STEPS` steps of that
            length are known.
    """
    longest = max(len(held.editions) - FEWEST_STEPS, 1)
    tables = {component: gap_table(held, component, wanted) for component in held.standings}
    return [
        {
            component: regress(standing, tables[component], ahead)
            for component, standing in held.standings.items()
        }
        for ahead in range(1, min(furthest, longest) + 1)
    ]


def choose_terms(held: Held, choices: Mapping[str, tuple[tuple[gap.Gap, ...], ...]]) -> gap.Gaps:
    """The terms of each sub-index that did best in past steps forecast from before them.

    For every earlier edition with `FEWEST_STEPS` steps behind it the next step is forecast as if
    one stood there; the terms with the smallest mean squared error are taken. Nothing after the
    origin is looked at.

    Args:
        held: what may be looked at.
        choices: sets of gaps to choose from, by sub-index.
    """
    return {
        component: min(choices[component], key=lambda terms: _past_error(held, component, terms))
        for component in held.standings
        if component in choices
    }


def _past_error(held: Held, component: str, terms: tuple[gap.Gap, ...]) -> float:
    """Mean squared error, in standings, of one-edition forecasts from earlier editions."""
    standing = held.standings[component]
    table = gap_table(held, component, {component: terms})
    squares = []
    for at in range(FEWEST_STEPS, len(standing) - 1):
        step = standing[at + 1] - standing[at]
        expected = regress(standing[: at + 1], table[: at + 1], 1).expected
        squares.append(np.nanmean((step - np.nanmean(step) - expected) ** 2))
    return float(np.mean(squares)) if squares else 0.0


def _rows(fit: Fits) -> tuple[np.ndarray, np.ndarray]:
    """Whole rows of residuals one edition ahead, in standings, and the chance of each."""
    left = np.stack([fit[component].residuals for component in fit], axis=-1)
    whole = np.isfinite(left).all(axis=-1)
    chance = memory(whole.shape)[whole]
    chance = chance / chance.sum()
    return left[whole] - chance @ left[whole], chance


@dataclass(frozen=True)
class Paths:
    """Joint paths of all components of an index for all economies.

    A path adds up rows of one-edition residuals, a whole economy's row at a time, so that the
    components stay correlated, around the move expected. Each component is scaled so that its
    spread after so many editions is the one its own regression over as many editions left.

    Attributes:
        held: what was looked at.
        ahead: fits for 1, 2, ... editions ahead.
        weights: of the components in the overall score.
        editions: those drawn.
        rows: residuals in standings, (slots, components): drawing a slot is drawing a row.
        picks: the slot of each step, (draws, editions, economies).
    """

    held: Held
    ahead: list[Fits]
    weights: pd.Series
    editions: tuple[int, ...]
    rows: np.ndarray = field(repr=False)
    picks: np.ndarray = field(repr=False)

    def component(self, name: str) -> np.ndarray:
        """Scores of a component, (draws, editions, economies), the world's mean held still.

        Beyond the longest step the past allows, the expected move stays and the spread grows.
        """
        place = list(self.held.standings).index(name)
        scores = np.zeros(self.picks.shape, dtype=np.float32)
        now, spread = self.held.now[name].to_numpy(), self.held.spread[name]
        for at in range(len(self.editions)):
            reach = min(at + 1, len(self.ahead))
            far, near = self.ahead[reach - 1][name], self.ahead[0][name]
            growth = far.spread / near.spread / np.sqrt(reach)
            step = (self.rows[:, place] * (growth * spread)).astype(np.float32)
            for before in range(at + 1):
                scores[:, at] += step[self.picks[:, before]]
            scores[:, at] += (now + spread * far.expected).astype(np.float32)
        return scores

    def overall(self) -> np.ndarray:
        """Scores of the index: in every draw the weighted mean of its components."""
        parts = (
            self.component(str(name)) * np.float32(weight) for name, weight in self.weights.items()
        )
        return np.add.reduce(list(parts))


def draw_paths(
    ahead: list[Fits], held: Held, weights: pd.Series, editions: list[int], size: int, seed: int
) -> Paths:
    """Paths of so many draws; the same seed gives the same."""
    generator = np.random.default_rng(seed)
    rows, chance = _rows(ahead[0])
    # Slots in proportion to the chances: drawing a slot is drawing a row, in a third of the time.
    middles = (np.arange(SLOTS) + 0.5) / SLOTS
    slots = np.searchsorted(chance.cumsum(), middles).clip(max=len(rows) - 1)
    shape = (size, len(editions), len(held.iso3))
    picks = generator.integers(SLOTS, size=shape, dtype=np.uint16)
    return Paths(held, ahead, weights, tuple(editions), rows[slots], picks)


def closing_paths(
    panel: pd.DataFrame,
    index: Index,
    editions: list[int],
    seed: int,
    draws: int = DRAWS,
    *,
    series: pd.DataFrame | None = None,
    information: Information = "history",
    calendar: Calendar = "then",
    wanted: gap.Gaps | None = None,
    choices: Mapping[str, tuple[tuple[gap.Gap, ...], ...]] | None = None,
    beside: tuple[str, ...] = (),
) -> Paths:
    """Joint paths of all components: expected moves and a bootstrap of what they left over.

    Args:
        panel: the panel as known at the origin; sister indices are read from it too.
        index: the index to forecast.
        editions: the editions ahead, in order.
        seed: of the generator; the same seed gives the same draws.
        draws: how many.
        series: figures by year, needed unless the information is "history".
        information: what counts as known, see `rankings.forecasts.information.Held`.
        calendar: by whose rules, likewise.
        wanted: the gaps of each component; those of the information by default.
        choices: sets of gaps of which the best by past steps are taken instead.
        beside: components drawn that are no part of the overall score.
    """
    held = look(
        panel,
        index,
        editions[0],
        series=series,
        information=information,
        calendar=calendar,
        beside=beside,
    )
    if choices is not None:
        wanted = choose_terms(held, choices)
    elif wanted is None:
        wanted = gap.BY_INFORMATION[information]
    ahead = fits(held, wanted, len(editions))
    return draw_paths(ahead, held, index.weights_of(held.editions[-1]), editions, draws, seed)


def closing_gaps(
    panel: pd.DataFrame,
    index: Index,
    editions: list[int],
    seed: int,
    draws: int = DRAWS,
    *,
    name: str = CLOSING_GAPS,
    **options: Any,
) -> Draws:
    """Joint draws of the index itself; see `closing_paths` for the arguments.

    Args:
        panel: as there.
        index: as there.
        editions: as there.
        seed: as there.
        draws: as there.
        name: of the model, as the draws carry it.
        options: the other arguments of `closing_paths`.
    """
    return overall_draws(closing_paths(panel, index, editions, seed, draws, **options), index, name)


def overall_draws(paths: Paths, index: Index, name: str = CLOSING_GAPS) -> Draws:
    """The draws of the overall score of some paths, in points of the origin edition."""
    held = paths.held
    spread = float(held.now[index.overall].std(ddof=0))
    origin = held.editions[-1]
    return Draws(name, index.name, origin, paths.editions, held.iso3, paths.overall(), spread)


def momentum(
    panel: pd.DataFrame, index: Index, editions: list[int], seed: int, draws: int = DRAWS
) -> Draws:
    """Pooled autoregression of each sub-index on its standing and its last step."""
    wanted = dict.fromkeys(index.titles, (gap.to_mean, gap.momentum))
    return closing_gaps(panel, index, editions, seed, draws, wanted=wanted, name=MOMENTUM)
