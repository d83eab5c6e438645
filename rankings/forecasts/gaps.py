"""Where is a standing drawn to? Gaps that later steps have been seen to close in part.

Each gap is a function of what is held, a component and the position of an edition; it returns
one number per economy, missing where nothing is known (which then counts as no gap).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from rankings.forecasts.information import Held, Information, memory
from rankings.memo import remembered

Gap = Callable[[Held, str, int], np.ndarray]
Gaps = Mapping[str, tuple[Gap, ...]]

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


def to_figures(held: Held, component: str, at: int, *, of: str) -> np.ndarray:
    """From the standing now to the standing that newer figures of a sub-index say."""
    return held.figures(of, at) - held.standings[component][at]


def to_sisters(held: Held, component: str, at: int) -> np.ndarray:
    """From the standing now to the standing in sister indices of digital government."""
    return held.sister(at) - held.standings[component][at]


def growth(
    held: Held, component: str, at: int, *, of: str, years: int = GROWTH_YEARS
) -> np.ndarray:
    """How far the standing in the figures of a sub-index rose over the last years known."""
    return held.figures(of, at) - held.figures(of, at, back=years)


def to_component(held: Held, component: str, at: int, *, of: str) -> np.ndarray:
    """From the standing now to the standing in another component."""
    return held.standings[of][at] - held.standings[component][at]


def to_mean(held: Held, component: str, at: int) -> np.ndarray:
    """From the standing now to the mean of the world, which is 0."""
    return -held.standings[component][at]


def momentum(held: Held, component: str, at: int) -> np.ndarray:
    """The last step; missing at the first edition."""
    standing = held.standings[component]
    return standing[at] - standing[at - 1] if at else standing[at] * np.nan


TO_TELECOM = partial(to_figures, of="tii")
TO_SCHOOLING = partial(to_figures, of="hci")
TELECOM_GROWTH = partial(growth, of="tii")
TO_SERVICES = partial(to_component, of="osi")

# What one would write down without a look at any score: a questionnaire is noisy, the other two
# sub-indices are made of figures that are out before.
OBVIOUS: Gaps = {
    "osi": (to_own_past,),
    "tii": (TO_TELECOM,),
    "hci": (TO_SCHOOLING,),
    # It is asked by the same questionnaire as OSI and beside it, with fewer questions.
    "epi": (to_own_past, TO_SERVICES, to_sisters),
}


def reads_sisters(components: Iterable[str]) -> bool:
    """Whether any of these components is drawn towards its standing in related indices."""
    return any(to_sisters in OBVIOUS.get(component, ()) for component in components)


# Selected by the very score they are judged by, so their record is somewhat too good; what the
# selection is worth without that hindsight is the record of the terms chosen at each origin.
# Leaving a gap out costs, in places of rank CRPS over the origins 2012-2022 (1 / 2 / 3 editions
# ahead): own past .08 / .23 / .32, sisters .05 / .07 / 0, telecom growth .04 / .03 / .02, telecom
# .24 / .49 / .50, schooling .07 / .15 / .24. Income, households online, regions, momentum, the
# standing in other sub-indices and spreads by level cost places or gained none.
SELECTED: Gaps = {**OBVIOUS, "osi": (to_own_past, to_sisters, TELECOM_GROWTH)}
HISTORY: Gaps = {"osi": (to_own_past,), "epi": (to_own_past, TO_SERVICES)}
BY_INFORMATION: Mapping[Information, Gaps] = {
    "history": HISTORY,
    "printed": OBVIOUS,
    "origin": OBVIOUS,
    "nowcast": OBVIOUS,
}
# What a choice anew at every origin may choose from.
_SERVICES: tuple[Gap, ...] = (to_own_past, to_sisters, TELECOM_GROWTH)
CHOICES: Mapping[str, tuple[tuple[Gap, ...], ...]] = {
    "osi": tuple(terms for count in range(4) for terms in combinations(_SERVICES, count)),
    "tii": ((), (TO_TELECOM,), (to_own_past, TO_TELECOM)),
    "hci": ((), (TO_SCHOOLING,), (to_own_past, TO_SCHOOLING)),
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


@remembered(most=4)
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
