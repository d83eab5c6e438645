"""What happens to the figures before they are scaled? Divide, leave out, fill in.

Filling in never changes a value that is held. Definitions as in COINr 1.1.14.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from rankings.composite.tree import Tree
from rankings.errors import DataError, InputError

Impute = Callable[[pd.DataFrame], pd.DataFrame]


def take(tree: Tree, data: pd.DataFrame) -> pd.DataFrame:
    """The indicators of a tree, in its order, from a table indexed by economy.

    Raises:
        InputError: an indicator is not in the data.
        DataError: an economy twice, one economy only, a value that is infinite or no number, or
            an indicator that is missing everywhere.
    """
    absent = [code for code in tree.indicators if code not in data]
    if absent:
        raise InputError(f"the data have no indicator {absent[0]}")
    twice = data.index[data.index.duplicated()]
    if len(twice):
        raise DataError(f"the data have {twice[0]} twice")
    if len(data) < 2:
        raise DataError(f"a ranking needs at least two economies: the data have {len(data)}")
    try:
        values = data[tree.indicators].astype("float64")
    except (TypeError, ValueError) as failure:
        raise DataError(f"an indicator holds something that is no number: {failure}") from None
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise DataError(f"indicator {empty[0]} is missing everywhere")
    infinite = np.argwhere(np.isinf(values.to_numpy()))
    if len(infinite):
        row, column = infinite[0]
        raise DataError(f"{values.index[row]}, indicator {values.columns[column]} is infinite")
    return values


def denominate(tree: Tree, values: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Indicators divided by their denominator, where the tree names one.

    Raises:
        InputError: the data have no such column.
        DataError: a denominator is not above 0; economy and denominator are named.
    """
    divided = values.copy()
    named = tree.table.loc[tree.indicators, "denominator"].dropna()
    for code, name in named.items():
        if name not in data:
            raise InputError(f"indicator {code} is divided by {name}, which the data do not have")
        divisor = data[name].astype("float64")
        bad = divisor.index[~(divisor > 0) & divisor.notna()]
        if len(bad):
            raise DataError(f"{bad[0]}: the denominator {name} of {code} is {divisor[bad[0]]:g}")
        divided[code] = values[code] / divisor
    return divided


def screen(values: pd.DataFrame, least: float) -> pd.DataFrame:
    """The economies that hold at least a share of the indicators (0 to 1)."""
    return values.loc[values.notna().mean(axis=1) >= least]


def not_filled(values: pd.DataFrame) -> pd.DataFrame:
    """The values as they are: what is missing drops out of its mean."""
    return values


def by_mean(values: pd.DataFrame) -> pd.DataFrame:
    """Missing values filled with the indicator's mean."""
    return values.fillna(values.mean())


def by_median(values: pd.DataFrame) -> pd.DataFrame:
    """Missing values filled with the indicator's median."""
    return values.fillna(values.median())


def by_group(groups: pd.Series, statistic: str = "mean") -> Impute:
    """Missing values filled with the mean or median of the economy's group.

    An economy without a group, and one whose group has no value, keep their gap.

    Args:
        groups: the group of each economy, indexed by economy.
        statistic: "mean" or "median".
    """
    if statistic not in ("mean", "median"):
        raise InputError(f"groups are filled with their mean or median, not {statistic!r}")

    def apply(values: pd.DataFrame) -> pd.DataFrame:
        group = groups.reindex(values.index)
        grouped = values.groupby(group)
        centres = grouped.mean() if statistic == "mean" else grouped.median()
        filler = centres.reindex(group).set_axis(values.index)
        return values.fillna(filler)

    return apply


def across_economy(values: pd.DataFrame, directions: pd.Series) -> pd.DataFrame:
    """Missing values filled with the economy's mean over its other indicators, scaled 0 to 1.

    Each indicator is scaled by min-max (in its direction), the gap filled with the economy's mean
    scaled value, and scaled back; values that are held do not change.
    """
    turned = values * directions
    low, reach = turned.min(), turned.max() - turned.min()
    filler = ((turned - low) / reach).mean(axis=1)
    back = reach.to_numpy()[None, :] * filler.to_numpy()[:, None] + low.to_numpy()
    table = pd.DataFrame(back, values.index, values.columns) * directions
    return values.fillna(table)


def panel_filled(
    panel: pd.DataFrame, how: str = "latest", *, at_most: int | None = None
) -> pd.DataFrame:
    """A panel of indicators with gaps filled from the same economy's other years.

    Args:
        panel: indexed by economy and year (in this order), one column per indicator.
        how: "latest": the last value before the gap; "linear": on the line between the
            neighbours, beyond the ends the nearest value; "constant": the value before, and
            before the first the first one.
        at_most: with "latest", how many of the panel's years to look back.

    Raises:
        InputError: another way, or fewer than two years.
    """
    if panel.index.nlevels != 2:
        raise InputError("a panel is indexed by economy and year")
    if panel.index.get_level_values(1).nunique() < 2:
        raise InputError("a panel has at least two years to fill from")
    if how == "latest":
        return _latest(panel, at_most)
    if how not in ("linear", "constant"):
        raise InputError(f"a panel is filled by latest, linear or constant, not {how!r}")
    ordered = panel.sort_index(level=1)
    parts = [_within(rows, how) for _, rows in ordered.groupby(level=0, sort=False)]
    return pd.concat(parts).loc[panel.index]


def _latest(panel: pd.DataFrame, at_most: int | None) -> pd.DataFrame:
    """Look back over the panel's years, whether or not the economy has a row in each."""
    years = sorted(panel.index.get_level_values(1).unique())
    economies = list(dict.fromkeys(panel.index.get_level_values(0)))
    whole = panel.reindex(pd.MultiIndex.from_product([economies, years]))
    return whole.groupby(level=0, sort=False).ffill(limit=at_most).loc[panel.index]


def _within(rows: pd.DataFrame, how: str) -> pd.DataFrame:
    years = rows.index.get_level_values(1).to_numpy(dtype="float64")
    filled = rows.copy()
    for code in rows:
        values = rows[code].to_numpy(dtype="float64", copy=True)
        held = ~np.isnan(values)
        if held.all() or not held.any():
            continue
        if how == "linear":
            values[~held] = np.interp(years[~held], years[held], values[held])
        else:
            before = np.searchsorted(years[held], years[~held], side="right") - 1
            values[~held] = values[held][np.maximum(before, 0)]
        filled[code] = values
    return filled
