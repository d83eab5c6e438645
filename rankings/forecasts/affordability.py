"""Would prices have told where TII went? One step with the new definition, two without it.

Since 2024 TII counts affordability; no series held was in it. The price of a basket in % of income
per head is tried as one more gap of the regression of "closing gaps", on the one step into the new
definition and, as a check, on the two before it, where affordability was no part of TII.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rankings.data.world import World
from rankings.forecasts import gaps
from rankings.forecasts.information import look, standardise
from rankings.panel.definitions import definition

FIXED, MOBILE = "basket_fixed_bb_5gb_pct_gni", "basket_mobile_bb_5gb_pct_gni"
# Edition before, edition after, basket, year of the basket: those out before the edition after.
TRIALS = (
    (2018, 2020, FIXED, 2018),
    (2020, 2022, FIXED, 2020),
    (2022, 2024, FIXED, 2022),
    (2022, 2024, MOBILE, 2023),
)
FOLDS = 10
COLUMNS = [
    "edition",
    "following",
    "basket",
    "year",
    "n",
    "share",
    "error",
    "without",
    "with_basket",
]


def trials(world: World) -> pd.DataFrame:
    """The regression of each step of TII with and without the basket.

    Returns:
        Columns `COLUMNS`: ``share`` of the gap to the standing by price that is closed (with its
        standard ``error``), and the root mean squared error, in standings, of steps forecast
        ``without`` the basket and ``with_basket``, each for economies that were left out of the fit
        (every tenth at a time). ``n``: economies with a basket and both editions.
    """
    return pd.DataFrame([_trial(world, *each) for each in TRIALS], columns=COLUMNS)


def _trial(world: World, edition: int, following: int, basket: str, year: int) -> dict[str, object]:
    from statsmodels.regression.linear_model import OLS

    step, old, price = _step(world, edition, following, basket, year)
    known = np.isfinite(step) & np.isfinite(price) & np.isfinite(old).all(axis=1)
    step, old, price = step[known], old[known], price[known]
    plain = np.column_stack([np.ones(len(step)), old])
    both = np.column_stack([plain, price])
    fit = OLS(step, both).fit()
    return {
        "edition": edition,
        "following": following,
        "basket": basket,
        "year": year,
        "n": len(step),
        "share": float(fit.params[-1]),
        "error": float(fit.bse[-1]),
        "without": _left_out(step, plain),
        "with_basket": _left_out(step, both),
    }


def _step(
    world: World, edition: int, following: int, basket: str, year: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps of TII standings, the gaps the model has, and the gap to the standing by price."""
    index, panel = definition("EGDI"), world.panel
    series = world.series
    known = panel.loc[(panel["index"] != index.name) | (panel["edition"] <= edition)]
    held = look(known, index, following, series=series, information="nowcast")
    after = panel.loc[
        (panel["index"] == index.name)
        & (panel["edition"] == following)
        & (panel["component"] == "tii")
    ].set_index("iso3")["standing"]
    now = held.standings["tii"][-1]
    at = len(held.editions) - 1
    wanted = gaps.BY_INFORMATION["nowcast"]["tii"]
    old = np.column_stack([gap(held, "tii", at) for gap in wanted])
    prices = series.loc[(series["series"] == basket) & (series["year"] == year)]
    cheap = -np.log(prices.set_index("iso3")["value"].reindex(list(held.iso3)))
    step = after.reindex(list(held.iso3)).to_numpy() - now
    return step, old, standardise(cheap.to_numpy(dtype=float)) - now


def _left_out(step: np.ndarray, design: np.ndarray) -> float:
    """Root mean squared error of steps of economies left out of the fit."""
    squares = [
        (step[out] - design[out] @ np.linalg.lstsq(design[~out], step[~out], rcond=None)[0]) ** 2
        for out in _folds(len(step))
    ]
    return float(np.sqrt(np.concatenate(squares).mean()))


def _folds(count: int) -> Iterator[np.ndarray]:
    places = np.arange(count) % FOLDS
    for fold in range(FOLDS):
        yield places == fold
