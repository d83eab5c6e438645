"""How far away in years? Time distance to the levels that a rank has had.

S-distance of Sicherl: the difference between the times at which two reach the same level, by
linear interpolation between editions. Levels are standings, the scale that editions share.
"""

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.panel import ranks
from rankings.panel.definitions import Index

FEWEST = 4


def time_distance(panel: pd.DataFrame, index: Index, economy: str, rank: int) -> pd.DataFrame:
    """When did the economy reach the level that a rank had in each edition?

    Args:
        panel: as known at the as-of year.
        index: the index.
        economy: ISO3.
        rank: whose level.

    Returns:
        One row per edition: edition, level (standing of the rank's holders then; missing where
        fewer economies were ranked), reached (the year the economy first got there; missing if it
        has not), at_start (it was there in its first edition, so it got there then or before), lag
        (years after that edition; below 0 it was there before), extrapolated (the year in which
        its pace over the last `FEWEST` editions would get it there; missing where reached, or at
        no pace upwards).

    Raises:
        InputError: the economy has fewer than two editions.
    """
    rows = panel.loc[
        (panel["index"] == index.name)
        & (panel["component"] == index.overall)
        & (panel["edition"] >= index.model_from)
    ]
    wide = rows.pivot(index="edition", columns="iso3", values="standing").sort_index()
    own = wide[economy].dropna() if economy in wide else pd.Series(dtype=float)
    if len(own) < 2:
        raise InputError(
            "{economy} has fewer than two editions of {index}: no distance",
            economy=economy,
            index=index.name,
        )
    recent = own.tail(FEWEST)
    pace = float(np.polyfit(recent.index.to_numpy(dtype=float), recent.to_numpy(), 1)[0])
    result = []
    for edition, standings in wide.iterrows():
        ranked = standings.dropna()
        # Early editions ranked fewer economies: a rank beyond them had no level.
        level = float(ranks.holders(ranked, rank).mean()) if rank <= len(ranked) else np.nan
        reached = _first_time(own, level)
        ahead = np.nan
        if np.isnan(reached) and pace > 0 and not np.isnan(level):
            ahead = float(own.index[-1]) + (level - float(own.iloc[-1])) / pace
        result.append(
            {
                "edition": int(str(edition)),
                "level": level,
                "reached": reached,
                "at_start": bool(own.iloc[0] >= level),
                "lag": reached - float(str(edition)),
                "extrapolated": ahead,
            }
        )
    return pd.DataFrame(result)


def _first_time(own: pd.Series, level: float) -> float:
    """When a line through the economy's editions first reaches a level; missing if never."""
    times, values = own.index.to_numpy(dtype=float), own.to_numpy()
    if values[0] >= level:
        return float(times[0])
    above = np.flatnonzero(values >= level)
    if not len(above):
        return float("nan")
    at = int(above[0])
    share = (level - values[at - 1]) / (values[at] - values[at - 1])
    return float(times[at - 1] + share * (times[at] - times[at - 1]))
