"""Which published cells are known to be wrong, and what do they say rightly?

A correction names the value it expects to find. Once a publisher mends the cell, the expectation
fails and the correction asks to be withdrawn: nothing is corrected twice.
"""

import pandas as pd

from rankings.data.own_store import SHIPPED
from rankings.errors import DataError
from rankings.panel.ranks import TOLERANCE
from rankings.panel.shape import KEY


def apply(panel: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """The panel with the corrected values.

    A cell that a file added by the analyst tells otherwise is left as that file has it.

    Args:
        panel: columns `rankings.panel.shape.KEY`, value, and delivery where files were added.
        corrections: columns `KEY`, expected, corrected.

    Returns:
        The panel with ``value`` corrected and ``stored_value`` (what the publisher's file holds,
        where it was corrected; else missing).

    Raises:
        DataError: a correction's cell is not there, or holds another value than expected.
    """
    merged = panel.merge(
        corrections[[*KEY, "expected", "corrected"]], on=KEY, how="left", validate="1:1"
    )
    found = merged["corrected"].notna()
    if found.sum() != len(corrections):
        missing = corrections.merge(panel[KEY], on=KEY, how="left", indicator=True)
        first = missing.loc[missing["_merge"] == "left_only"].iloc[0]
        raise DataError(f"corrections.csv: the cell {_cell(first)} is not held; withdraw the line")
    off = found & ((merged["value"] - merged["expected"]).abs() > TOLERANCE)
    if "delivery" in merged:
        found &= ~(off & (merged["delivery"] != SHIPPED))
        off &= merged["delivery"] == SHIPPED
    mended = merged.loc[off]
    if len(mended):
        first = mended.iloc[0]
        raise DataError(
            f"corrections.csv: {_cell(first)} was expected to hold {first['expected']:g} and "
            f"holds {first['value']:g}: if the publisher has mended it, withdraw the line"
        )
    corrected = panel.assign(
        stored_value=merged["value"].where(found).to_numpy(),
        value=merged["corrected"].where(found, merged["value"]).to_numpy(),
    )
    return corrected


def _cell(row: pd.Series) -> str:
    return " ".join(str(row[name]) for name in KEY)
