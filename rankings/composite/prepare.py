"""What happens to the figures before they are scaled? Divide, leave out, fill in.

Filling in never changes a value that is held. Definitions as in COINr 1.1.14.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from rankings.composite.aggregate import check_share, enough
from rankings.composite.tree import Tree
from rankings.errors import DataError, InputError
from rankings.panel import ranks
from rankings.panel.inputs import check_labels, label, to_numbers, whole_number

Impute = Callable[[pd.DataFrame], pd.DataFrame]


def take(tree: Tree, data: pd.DataFrame) -> pd.DataFrame:
    """The indicators of a tree, in its order, from a table indexed by economy.

    Codes are compared as words: a column named by the whole number 1 is the indicator "1".

    Raises:
        InputError: an indicator is not in the data.
        DataError: an economy or a column twice, one economy only, a value that is infinite, too
            large or no number (economy and indicator named), or an indicator that is missing
            everywhere.
    """
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"the data must be a table, not {type(data).__name__}")
    places = _columns(data)
    absent = [code for code in tree.indicators if code not in places]
    if absent:
        raise InputError(f"the data have no indicator {absent[0]}")
    columns = [_only(places, code) for code in tree.indicators]
    check_labels(data.index, "the data have")
    if len(data) < 2:
        raise DataError(f"a ranking needs at least two economies: the data have {len(data)}")
    values = to_numbers(data.iloc[:, columns].set_axis(tree.indicators, axis=1))
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise DataError(f"indicator {empty[0]} is missing everywhere")
    return values


def _columns(data: pd.DataFrame) -> dict[str, list[int]]:
    """Where the data have each column, by its name as a word."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(data.columns):
        places.setdefault(label(name), []).append(at)
    return places


def _only(places: dict[str, list[int]], code: str) -> int:
    """Where the data have a column; `DataError` if they have it twice."""
    if len(places[code]) > 1:
        raise DataError(f"the data have the column {code} {len(places[code])} times: keep one")
    return places[code][0]


def denominate(tree: Tree, values: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Indicators divided by their denominator, where the tree names one.

    Raises:
        InputError: the data have no such column.
        DataError: a denominator that is not above 0, infinite or no number, missing wherever the
            indicator has a figure, or a quotient beyond what a number can hold; denominator and
            economy or indicator are named.
    """
    divided, places = values.copy(), _columns(data)
    named = tree.table.loc[tree.indicators, "denominator"].dropna()
    for code, given in named.items():
        name = label(given)
        if name not in places:
            raise InputError(f"indicator {code} is divided by {name}, which the data do not have")
        divisor = to_numbers(data.iloc[:, [_only(places, name)]], "denominator").iloc[:, 0]
        bad = divisor.index[~(divisor > 0) & divisor.notna()]
        if len(bad):
            raise DataError(f"{bad[0]}: the denominator {name} of {code} is {divisor[bad[0]]:g}")
        with np.errstate(over="ignore", under="ignore"):
            divided[code] = values[code] / divisor
        _check_quotient(values[code], divided[code], name)
        if divided[code].isna().all():
            raise DataError(
                f"indicator {code} has no value left: where it has a figure, its denominator "
                f"{name} is missing"
            )
    return divided


def _check_quotient(value: pd.Series, quotient: pd.Series, name: str) -> None:
    lost = np.isinf(quotient) | ((quotient == 0) & (value != 0))
    if lost.any():
        economy = value.index[lost][0]
        raise DataError(
            f"{economy}: indicator {value.name} divided by {name} is beyond what a number holds "
            f"({value[economy]:g} is the indicator): use other units"
        )


def check_stage(before: pd.DataFrame, after: object, stage: str) -> pd.DataFrame:
    """What a stage of the method made of a table, its rows and columns in the order of the table.

    A stage may give its rows in another order or leave some out: each value stays with the
    economy and the indicator it is labelled with.

    Args:
        before: the table the stage was given.
        after: what it gave.
        stage: its name, for messages.

    Raises:
        DataError: no table, a label twice or one the table does not have, an indicator left out,
            fewer than two economies, or a value that is infinite or no number.
    """
    if after is before:
        return before
    if not isinstance(after, pd.DataFrame):
        raise DataError(
            f"the stage {stage} must give a table like the one it gets, not {type(after).__name__}"
        )
    for labels, known in ((after.index, before.index), (after.columns, before.columns)):
        check_labels(labels, f"the stage {stage} gives")
        new = labels.difference(known, sort=False)
        if len(new):
            raise DataError(
                f"the stage {stage} gives {new[0]}, which is not in the table it gets: it must "
                "keep the names of rows and columns"
            )
    lost = before.columns.difference(after.columns, sort=False)
    if len(lost):
        raise DataError(f"the stage {stage} leaves out the indicator {lost[0]}")
    kept = before.index[before.index.isin(after.index)]
    if len(kept) < 2:
        raise DataError(f"the stage {stage} leaves {len(kept)} economies: a ranking needs two")
    return to_numbers(after.reindex(index=kept, columns=before.columns), f"after {stage},")


def screen(values: pd.DataFrame, least: float) -> pd.DataFrame:
    """The economies that hold at least a share of the indicators (0 to 1).

    Raises:
        InputError: a share outside 0 to 1.
    """
    held = values.notna().sum(axis=1).to_numpy()
    return values.loc[enough(held, values.shape[1], check_share(least))]


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
    check_labels(groups.index, "the groups name")

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
    low, high = turned.min(), turned.max()
    # What is the same for all says nothing of one economy: it is missing from the mean.
    reach = (high - low).mask(ranks.is_constant(low, high))
    filler = ((turned - low) / reach).mean(axis=1)
    back = reach.fillna(0.0).to_numpy()[None, :] * filler.to_numpy()[:, None] + low.to_numpy()
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
        DataError: an economy twice in a year, or a value that is infinite or no number.
    """
    if panel.index.nlevels != 2:
        raise InputError("a panel is indexed by economy and year")
    check_labels(panel.index, "the panel has")
    panel = to_numbers(panel)
    if at_most is not None:
        at_most = whole_number("the years to look back", at_most)
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
