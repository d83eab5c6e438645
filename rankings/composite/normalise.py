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
from rankings.panel import ranks
from rankings.panel.inputs import check_labels, label, to_numbers

Normalise = Callable[[pd.DataFrame], pd.DataFrame]


def _range(values: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The lowest value of each indicator and its range.

    Raises:
        DataError: an indicator that is missing everywhere, the same for all but for rounding, or
            too large for its range to be a number; it is named.
    """
    worst, best = values.min(), values.max()
    empty = worst.index[worst.isna()]
    if len(empty):
        raise DataError(f"indicator {empty[0]} is missing everywhere")
    with np.errstate(over="ignore"):
        spread = best - worst
    flat = worst.index[ranks.is_constant(worst, best)]
    if len(flat):
        raise DataError(f"indicator {flat[0]} cannot be scaled: its values have no variance")
    _check_size(values, spread)
    return worst, spread


def _check_size(values: pd.DataFrame, spread: pd.Series) -> None:
    """That the spread of each indicator is a number that can be divided by."""
    bad = spread.index[~(np.isfinite(spread) & (spread > 0))]
    if len(bad):
        far = values[bad[0]].abs().idxmax()
        raise DataError(
            f"{far}, indicator {bad[0]}: {values.loc[far, bad[0]]:g} is too large or too small "
            "to be scaled: give the indicator in another unit"
        )


def _reach(goal: pd.Series, worst: pd.Series) -> pd.Series:
    """How far a goal lies above the worst value; missing if not, but for rounding."""
    reach = goal - worst
    return reach.where((reach > 0) & ~ranks.is_constant(worst, goal) & np.isfinite(reach))


def _by_indicator(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Numbers by indicator, its codes as words; `DataError` if one is there twice."""
    words = table.set_axis([label(code) for code in table.index])
    check_labels(words.index, f"the {what}s name")
    return to_numbers(words, what)


def minmax(low: float = 0.0, high: float = 100.0) -> Normalise:
    """The worst value at ``low`` and the best at ``high``.

    Raises:
        DataError: (by the function returned) an indicator without variance; it is named.
    """
    if not high > low or not np.isfinite(high - low):
        raise InputError(f"a min-max scale runs from low to high: {low:g} to {high:g} is none")

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        worst, spread = _range(values)
        return (values - worst) / spread * (high - low) + low

    return apply


def zscore(mean: float = 0.0, deviation: float = 1.0) -> Normalise:
    """Mean and (sample) standard deviation as given."""
    if not 0 < deviation < np.inf:
        raise InputError(f"a standard deviation must be above 0: {deviation:g} is not")

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        _, spread = _range(values)
        # In a unit in which squares neither overflow nor vanish; a power of two changes no digit.
        _, exponent = np.frexp(spread.to_numpy())
        plain = pd.DataFrame(np.ldexp(values, -exponent), values.index, values.columns)
        return (plain - plain.mean()) / plain.std(ddof=1) * deviation + mean

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
    others = values.count() - 1.0
    few = others.index[others < 1]
    if len(few):
        reason = "cannot be scaled: its values are those of one economy"
        if others[few[0]] < 0:
            reason = "is missing everywhere"
        raise DataError(f"indicator {few[0]} {reason}")
    return (rank(values, tolerance) - 1) / others


def distance_to_best(values: pd.DataFrame) -> pd.DataFrame:
    """1 less the distance to the best value, in units of the range (0 to 1)."""
    _, spread = _range(values)
    return 1 - (values.max() - values) / spread


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
        goal = _by_indicator(targets.to_frame("value"), "target")["value"]
        return _distance(values, goal.reindex(values.columns), "the target", cap)

    return apply


def _distance(values: pd.DataFrame, goal: pd.Series, what: str, cap: bool) -> pd.DataFrame:
    reach = _reach(goal, values.min())
    bad = reach.index[reach.isna()]
    if len(bad):
        raise DataError(f"indicator {bad[0]}: {what} is missing or not above the worst value")
    scaled = 1 - (goal - values) / reach
    return scaled.clip(upper=1) if cap else scaled


def fraction_of_best(values: pd.DataFrame) -> pd.DataFrame:
    """The value divided by the best one, which must be above 0."""
    best = values.max()
    low = best.index[~(best > 0)]
    if len(low):
        missing = best.isna()[low[0]]
        reason = "is missing everywhere" if missing else "cannot be scaled: it does not exceed 0"
        raise DataError(f"indicator {low[0]} {reason}")
    return values / best


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
        ends = _by_indicator(posts[["lower", "upper"]], "goalpost")
        missing = values.columns.difference(ends.index[ends.notna().all(axis=1)])
        if len(missing):
            raise InputError(f"indicator {missing[0]} has no goalposts")
        lower, upper = (ends.loc[values.columns, name] for name in ("lower", "upper"))
        if not directed:
            turned = upper < lower
            lower, upper = lower.where(~turned, -lower), upper.where(~turned, -upper)
        flat = lower.index[_reach(upper, lower).isna()]
        if len(flat):
            raise InputError(f"indicator {flat[0]}: its upper goalpost is not above the lower one")
        share = (values - lower) / (upper - lower)
        return (share.clip(0, 1) if cut else share) * scale

    return apply


def scaled(lower: float = 0.0, upper: float = 100.0) -> Normalise:
    """A fixed line, whatever the data: 0 at ``lower`` and 100 at ``upper`` (GII 2020)."""
    if ranks.is_constant(lower, upper) or not np.isfinite(upper - lower):
        raise InputError(f"a scale needs two different ends, not {lower:g} and {upper:g}")
    return lambda values: (values - lower) / (upper - lower) * 100


def unchanged(values: pd.DataFrame) -> pd.DataFrame:
    """The values as they are, for indicators that share a scale already."""
    return values


def by_indicator(special: Mapping[str, Normalise], otherwise: Normalise) -> Normalise:
    """One function for the indicators named, another for the rest."""
    named = {label(code): function for code, function in special.items()}

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        unknown = [code for code in named if code not in values]
        if unknown:
            raise InputError(f"no indicator {unknown[0]} to normalise")
        rest = [code for code in values if code not in named]
        parts = [otherwise(values[rest])] if rest else []
        parts += [function(values[[code]]) for code, function in named.items()]
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
