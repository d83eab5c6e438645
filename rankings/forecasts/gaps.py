"""Where is a standing drawn to? Gaps that later steps have been seen to close in part.

Each gap is a function of what is held, a component and the position of an edition; it returns
one number per economy, missing where nothing is known (which then counts as no gap).
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from rankings.forecasts.information import Held, Information, memory

Gap = Callable[[Held, str, int], np.ndarray]
Gaps = Mapping[str, tuple[Gap, ...]]

TELECOM = (
    "mobile_cellular_per100",
    "mobile_broadband_per100",
    "fixed_broadband_per100",
    "internet_users_pct",
)
SCHOOLING = (
    "expected_years_schooling",
    "mean_years_schooling",
    "adult_literacy_pct",
    "ger_tertiary_pct",
)
GROWTH_YEARS = 4


def to_own_past(held: Held, component: str, at: int) -> np.ndarray:
    """From the standing now to its mean over the editions so far, newer ones counting more.

    A questionnaire's single result is noisy: what an economy scored before says where it stands.
    """
    past = held.standings[component][: at + 1]
    weights = memory(past.shape) * np.isfinite(past)
    # Without any edition the mean is of no account: the standing now is missing too.
    total = np.where(weights.any(axis=0), weights.sum(axis=0), 1.0)
    return (np.nan_to_num(past) * weights).sum(axis=0) / total - past[at]


def to_figures(held: Held, component: str, at: int, *, names: tuple[str, ...]) -> np.ndarray:
    """From the standing now to the standing that newer figures say."""
    year = held.newest_year(at)
    if year is None:
        return np.full(len(held.iso3), np.nan)
    return held.figures(names, year) - held.standings[component][at]


def to_sisters(held: Held, component: str, at: int) -> np.ndarray:
    """From the standing now to the standing in sister indices of digital government."""
    return held.sister(at) - held.standings[component][at]


def growth(
    held: Held, component: str, at: int, *, names: tuple[str, ...], years: int = GROWTH_YEARS
) -> np.ndarray:
    """How far the standing in the figures rose over the last years known."""
    year = held.newest_year(at)
    if year is None:
        return np.full(len(held.iso3), np.nan)
    return held.figures(names, year) - held.figures(names, year - years)


def to_mean(held: Held, component: str, at: int) -> np.ndarray:
    """From the standing now to the mean of the world, which is 0."""
    return -held.standings[component][at]


def momentum(held: Held, component: str, at: int) -> np.ndarray:
    """The last step; missing at the first edition."""
    standing = held.standings[component]
    return standing[at] - standing[at - 1] if at else standing[at] * np.nan


TO_TELECOM = partial(to_figures, names=TELECOM)
TO_SCHOOLING = partial(to_figures, names=SCHOOLING)
TELECOM_GROWTH = partial(growth, names=TELECOM)

# What leaving a gap out costs, in places of rank CRPS over the origins 2012-2022 (nowcast, 1 / 2 /
# 3 editions ahead): own past .08 / .23 / .32, sisters .05 / .07 / 0, telecom growth .04 / .03 /
# .02, telecom .24 / .49 / .50, schooling .07 / .15 / .24. Income, households online, regions,
# momentum, the standing in other sub-indices and spreads by level cost places or gained none.
FIGURES: Gaps = {
    "osi": (to_own_past, to_sisters, TELECOM_GROWTH),
    "tii": (TO_TELECOM,),
    "hci": (TO_SCHOOLING,),
}
PRINTED: Gaps = {"osi": (to_own_past,), "tii": (TO_TELECOM,), "hci": (TO_SCHOOLING,)}
HISTORY: Gaps = {"osi": (to_own_past,)}
BY_INFORMATION: Mapping[Information, Gaps] = {
    "history": HISTORY,
    "printed": PRINTED,
    "origin": FIGURES,
    "nowcast": FIGURES,
}

# What the EGDI's annexes call the figures above.
_PRINTED_AS = {
    "mobile_cellular_subs": "mobile_cellular_per100",
    "active_mobile_broadband_subs": "mobile_broadband_per100",
    "wireless_broadband_subs": "mobile_broadband_per100",
    "fixed_broadband_subs": "fixed_broadband_per100",
    "internet_users": "internet_users_pct",
    "expected_years_schooling": "expected_years_schooling",
    "mean_years_schooling": "mean_years_schooling",
    "adult_literacy": "adult_literacy_pct",
    "gross_enrolment": "ger_tertiary_pct",
}


def printed_series(indicators: pd.DataFrame) -> pd.DataFrame:
    """The indicators the EGDI's own annexes printed, as series by year of the edition.

    They are what the publisher held at the time, so nothing in them is hindsight. Gross
    enrolment stands in the place of tertiary enrolment.

    Args:
        indicators: `World.indicators`.
    """
    rows = indicators.loc[
        (indicators["index"] == "EGDI") & indicators["indicator"].isin(_PRINTED_AS)
    ]
    return pd.DataFrame(
        {
            "series": rows["indicator"].map(_PRINTED_AS),
            "iso3": rows["iso3"],
            "year": rows["edition"],
            "value": rows["value"],
        }
    ).reset_index(drop=True)
