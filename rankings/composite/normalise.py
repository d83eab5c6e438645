"""How are indicators brought to one scale? Plain functions from a table to a table.

Each takes the indicators (economies down, indicators across, already turned so that more is
better) and gives a table of the same shape; a missing value stays missing. Those with parameters
are made by a function: ``minmax(1, 100)``. Definitions after OECD/JRC, Handbook on Constructing
Composite Indicators (2008), and COINr 1.1.14.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from rankings.composite import places
from rankings.errors import DataError, InputError

Normalise = Callable[[pd.DataFrame], pd.DataFrame]


def _check_spread(spread: pd.Series, what: str = "have no variance") -> pd.Series:
    flat = spread.index[~(spread > 0)]
    if len(flat):
        missing = spread.isna()[flat[0]]
        reason = "is missing everywhere" if missing else f"cannot be scaled: its values {what}"
        raise DataError(f"indicator {flat[0]} {reason}")
    return spread


def minmax(low: float = 0.0, high: float = 100.0) -> Normalise:
    """The worst value at ``low`` and the best at ``high``.

    Raises:
        DataError: (by the function returned) an indicator without variance; it is named.
    """
    if not high > low:
        raise InputError(f"a min-max scale runs from low to high: {low:g} to {high:g} is none")

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        worst = values.min()
        spread = _check_spread(values.max() - worst)
        return (values - worst) / spread * (high - low) + low

    return apply


def zscore(mean: float = 0.0, deviation: float = 1.0) -> Normalise:
    """Mean and (sample) standard deviation as given."""
    if not deviation > 0:
        raise InputError(f"a standard deviation must be above 0: {deviation:g} is not")

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        _check_spread(values.max() - values.min())
        spread = values.std(ddof=1)
        return (values - values.mean()) / spread * deviation + mean

    return apply


def rank(values: pd.DataFrame, tolerance: float = places.TOLERANCE) -> pd.DataFrame:
    """1 for the worst value; ties share the lower number (those within the tolerance too).

    With ``tolerance=0`` values that differ in the last bit do not tie, as in the peer.
    """
    counted = places.from_worst(values.to_numpy(dtype="float64").T, tolerance).T
    return pd.DataFrame(counted, index=values.index, columns=values.columns)


def borda(values: pd.DataFrame, tolerance: float = places.TOLERANCE) -> pd.DataFrame:
    """Number of economies strictly below."""
    return rank(values, tolerance) - 1


def percentile_rank(values: pd.DataFrame, tolerance: float = places.TOLERANCE) -> pd.DataFrame:
    """Share of the other economies strictly below: 0 for the worst, 1 for a sole best."""
    others = _check_spread(values.count() - 1.0, "are those of one economy")
    return (rank(values, tolerance) - 1) / others


def distance_to_best(values: pd.DataFrame) -> pd.DataFrame:
    """1 less the distance to the best value, in units of the range (0 to 1)."""
    best = values.max()
    return 1 - (best - values) / _check_spread(best - values.min())


def distance_to_reference(economy: str, *, cap: bool = False) -> Normalise:
    """1 at the value of an economy and 0 at the worst; above 1 unless ``cap``.

    Raises:
        DataError: (by the function returned) the economy has no value of an indicator, or the
            worst one.
    """

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        if economy not in values.index:
            raise InputError(f"the reference {economy} is not among the economies")
        return _distance(values, values.T[economy], f"the value of {economy}", cap)

    return apply


def distance_to_target(targets: pd.Series, *, cap: bool = False) -> Normalise:
    """1 at the target of each indicator and 0 at the worst value; above 1 unless ``cap``.

    ``targets`` are on the scale the function sees: multiply them by the direction.
    """

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        return _distance(values, targets.reindex(values.columns), "the target", cap)

    return apply


def _distance(values: pd.DataFrame, goal: pd.Series, what: str, cap: bool) -> pd.DataFrame:
    reach = goal - values.min()
    bad = reach.index[~(reach > 0)]
    if len(bad):
        raise DataError(f"indicator {bad[0]}: {what} is missing or not above the worst value")
    scaled = 1 - (goal - values) / reach
    return scaled.clip(upper=1) if cap else scaled


def fraction_of_best(values: pd.DataFrame) -> pd.DataFrame:
    """The value divided by the best one, which must be above 0."""
    return values / _check_spread(values.max(), "do not exceed 0")


def goalposts(
    posts: pd.DataFrame, *, scale: float = 100.0, cut: bool = True, directed: bool = True
) -> Normalise:
    """0 at the lower post and ``scale`` at the upper one; cut there unless told otherwise.

    Args:
        posts: columns lower and upper, indexed by indicator. A post for an indicator of which
            less is better is on the turned scale (below 0) if ``directed``.
        scale: the value at the upper post.
        cut: whether values beyond a post stand at it.
        directed: False if the posts are on the indicator's own scale: then the upper post is the
            better end, below the lower one where less is better.
    """

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        missing = values.columns.difference(
            posts.index[posts[["lower", "upper"]].notna().all(axis=1)]
        )
        if len(missing):
            raise InputError(f"indicator {missing[0]} has no goalposts")
        lower, upper = (posts.loc[values.columns, name] for name in ("lower", "upper"))
        if not directed:
            turned = upper < lower
            lower, upper = lower.where(~turned, -lower), upper.where(~turned, -upper)
        flat = lower.index[~(upper > lower)]
        if len(flat):
            raise InputError(f"indicator {flat[0]}: its upper goalpost is not above the lower one")
        share = (values - lower) / (upper - lower)
        return (share.clip(0, 1) if cut else share) * scale

    return apply


def scaled(lower: float = 0.0, upper: float = 100.0) -> Normalise:
    """A fixed line, whatever the data: 0 at ``lower`` and 100 at ``upper`` (GII 2020)."""
    if lower == upper:
        raise InputError(f"a scale needs two different ends, not {lower:g} twice")
    return lambda values: (values - lower) / (upper - lower) * 100


def unchanged(values: pd.DataFrame) -> pd.DataFrame:
    """The values as they are, for indicators that share a scale already."""
    return values


def by_indicator(special: Mapping[str, Normalise], otherwise: Normalise) -> Normalise:
    """One function for the indicators named, another for the rest."""

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        unknown = [code for code in special if code not in values]
        if unknown:
            raise InputError(f"no indicator {unknown[0]} to normalise")
        rest = [code for code in values if code not in special]
        parts = [otherwise(values[rest])] if rest else []
        parts += [function(values[[code]]) for code, function in special.items()]
        return pd.concat(parts, axis=1)[list(values.columns)]

    return apply


def check(values: pd.DataFrame, normalised: pd.DataFrame) -> pd.DataFrame:
    """The normalised table; `DataError` where a value was held and none came out."""
    lost = values.notna().to_numpy() & ~np.isfinite(normalised.to_numpy(dtype="float64"))
    if lost.any():
        row, column = np.argwhere(lost)[0]
        raise DataError(
            f"the normalisation gives no number for {values.index[row]}, "
            f"indicator {values.columns[column]}"
        )
    return normalised
