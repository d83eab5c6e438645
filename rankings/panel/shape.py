"""The one table shape: who had which value, in which edition, as which report printed it.

An **edition** is the index's own label, a **vintage** is the report that printed it, and the
**reference year** is what the data speak of. A year ``as_of`` means its end: known are the
vintages published by then.
"""

from collections.abc import Iterable

import pandas as pd

from rankings.errors import DataError, InputError
from rankings.memo import remembered

KEY = ["index", "edition", "vintage", "iso3", "component"]
ONE_VINTAGE = ["index", "edition", "iso3", "component"]


def assemble(tables: Iterable[pd.DataFrame], editions: pd.DataFrame) -> pd.DataFrame:
    """The panel: all index tables stacked, each row with the year in which it became known.

    Returns:
        The columns of the index tables and ``published_year``, sorted by `KEY`.

    Raises:
        DataError: an edition is not listed in ``editions``, or a key occurs twice.
    """
    stacked = pd.concat(list(tables), ignore_index=True)
    dates = editions[["index", "edition", "vintage", "published_year"]]
    panel = stacked.merge(dates, on=["index", "edition", "vintage"], how="left", validate="m:1")
    undated = panel.loc[panel["published_year"].isna(), ["index", "edition", "vintage"]]
    if len(undated):
        raise DataError(
            "editions.csv lists no {edition}: add the line with the year it was published",
            edition=" ".join(map(str, undated.iloc[0])),
        )
    panel["published_year"] = panel["published_year"].astype("int64")
    return check_panel(panel.sort_values(KEY, ignore_index=True))


def check_panel(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel unchanged; `DataError` if a key occurs twice or a column is missing."""
    missing = {*KEY, "value", "published_year", "source_id"} - set(panel.columns)
    if missing:
        raise DataError("the panel has no column {parts}", parts=", ".join(sorted(missing)))
    doubled = panel.loc[panel.duplicated(KEY), KEY]
    if len(doubled):
        raise DataError("the panel has {row} twice", row=" ".join(map(str, doubled.iloc[0])))
    return panel


def known(panel: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The rows published by the end of ``as_of``.

    Raises:
        InputError: nothing was published by then.
    """
    rows = panel.loc[panel["published_year"] <= as_of]
    if rows.empty:
        first = panel.sort_values("published_year", kind="stable").iloc[0]
        raise InputError(
            "nothing held was published by the end of {year}: the first is {index} "
            "{edition}, published in {first}",
            year=as_of,
            index=first["index"],
            edition=first["edition"],
            first=first["published_year"],
        )
    return rows


def later(panel: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Hindsight: the rows of editions first published after ``as_of``; may be empty."""
    first = panel.groupby(["index", "edition"])["published_year"].transform("min")
    return panel.loc[first > as_of]


def newest_vintage(panel: pd.DataFrame) -> pd.DataFrame:
    """One value per index, edition, economy and component: the one of the newest vintage.

    A restated edition replaces the one printed before as a whole, so vintages are never mixed
    within an edition.
    """
    newest = panel.groupby(["index", "edition"])["published_year"].transform("max")
    return panel.loc[panel["published_year"] == newest]


@remembered(most=8)
def newest_edition(panel: pd.DataFrame) -> pd.DataFrame:
    """The rows of each index's newest edition."""
    return panel.loc[panel["edition"] == panel.groupby("index")["edition"].transform("max")]


def row_at(table: pd.DataFrame, label: int | str) -> pd.Series:
    """The row of a label that stands once in a table."""
    return pd.Series(table.loc[label])


@remembered(most=64)
def wide(panel: pd.DataFrame, index: str, edition: int) -> pd.DataFrame:
    """Values of one edition, economies down and components across (newest vintage).

    Raises:
        InputError: the edition is not in the panel.
    """
    rows = panel.loc[(panel["index"] == index) & (panel["edition"] == edition)]
    if rows.empty:
        held = sorted(panel.loc[panel["index"] == index, "edition"].unique())
        raise InputError(
            "{index} {edition} is not held or not known yet; held: {editions}",
            index=index,
            edition=edition,
            editions=", ".join(map(str, held)),
        )
    return newest_vintage(rows).pivot(index="iso3", columns="component", values="value")
