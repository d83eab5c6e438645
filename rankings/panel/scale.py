"""On which scale may scores be compared? Plain functions from scores to scores.

Editions of these indices are rescaled, recomposed and re-weighted, so a raw score of one edition
says nothing beside one of another. Within an edition an economy's **standing**, its distance from
the mean of all economies in standard deviations, is free of that edition's scale.
"""

import numpy as np
import pandas as pd

from rankings.errors import DataError
from rankings.panel import ranks


def _spread(scores: pd.Series, spread: float) -> float:
    if scores.isna().all() or ranks.is_constant(scores.min(), scores.max()):
        raise DataError(
            "{part}: all values are equal, there is no scale", part=scores.name or "scores"
        )
    return spread


def zscore(scores: pd.Series) -> pd.Series:
    """Distance from the mean in (population) standard deviations; no unit.

    Raises:
        DataError: all scores are equal.
    """
    return (scores - scores.mean()) / _spread(scores, float(scores.std(ddof=0)))


def minmax(scores: pd.Series) -> pd.Series:
    """0 for the worst score and 1 for the best.

    Raises:
        DataError: all scores are equal.
    """
    low = scores.min()
    return (scores - low) / _spread(scores, float(scores.max() - low))


def minmax_1_100(scores: pd.Series) -> pd.Series:
    """1 for the worst score and 100 for the best, so that a geometric mean is defined."""
    return 1 + 99 * minmax(scores)


def percentile(scores: pd.Series) -> pd.Series:
    """Share of economies at or below each score (ties at their mean place)."""
    return scores.rank() / scores.count()


def arithmetic(scores: pd.DataFrame, weights: np.ndarray | None = None) -> pd.Series:
    """Weighted arithmetic mean across columns (equal weights by default)."""
    return pd.Series(np.average(scores, axis=1, weights=weights), index=scores.index)


def geometric(scores: pd.DataFrame, weights: np.ndarray | None = None) -> pd.Series:
    """Weighted geometric mean across columns.

    Raises:
        DataError: a score is not above zero; the row and column are named.
    """
    rows, columns = np.nonzero(~(scores.to_numpy() > 0))
    if len(rows):
        raise DataError(
            "a geometric mean needs scores above 0: found {value} at {economy}, {part}",
            value=scores.iloc[rows[0], columns[0]],
            economy=scores.index[rows[0]],
            part=scores.columns[columns[0]],
        )
    logarithms = pd.DataFrame(np.log(scores.to_numpy()), scores.index, scores.columns)
    return arithmetic(logarithms, weights).map(np.exp)


def standings(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel with the column ``standing``: the z-score of each value within its edition.

    Computed per index, edition, vintage and component over all economies that have the value. A
    value built on a placeholder (``rests_on_placeholder``) is no value here: it has no standing
    and moves nobody else's.
    """
    measured = panel["value"]
    if "rests_on_placeholder" in panel:
        measured = measured.mask(panel["rests_on_placeholder"])
    keys = [panel[name] for name in ("index", "edition", "vintage", "component")]
    values = measured.groupby(keys)
    centre, spread = values.transform("mean"), values.transform("std", ddof=0)
    flat = ranks.is_constant(values.transform("min"), values.transform("max"))
    return panel.assign(standing=(measured - centre) / spread.mask(flat))
