"""Which place does a score take, and of how many?

Three kinds of rank are kept apart everywhere. **Published**: printed by the publisher, data.
**Competition**: 1 + number of economies strictly above, of so many economies. **Dense**: 1 +
number of distinct scores above, of so many ranks. Scores that differ by less than `TOLERANCE`
are the same score: what a publisher prints with five decimals may differ in the last bit.
"""

import numpy as np
import pandas as pd

from rankings.errors import InputError

TOLERANCE = 1e-9
_DECIMALS = 9


def competition(scores: pd.Series) -> pd.Series:
    """Competition rank of each score, best 1; ties share the better place, missing is missing."""
    return scores.round(_DECIMALS).rank(ascending=False, method="min").astype("Int64")


def dense(scores: pd.Series) -> pd.Series:
    """Dense rank of each score, best 1; equal scores share a place and leave no gap."""
    return scores.round(_DECIMALS).rank(ascending=False, method="dense").astype("Int64")


def add_ranks(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel with the ranks derived from its values, beside the published one.

    Returns:
        The panel and the columns ``competition_rank``, ``dense_rank``, ``of_economies`` (how
        many economies have the value) and ``of_ranks`` (how many distinct values there are).
        A tier is a class, not a score: its ranks are missing.
    """
    group = ["index", "edition", "vintage", "component"]
    values = panel.groupby(group)["value"]
    rounded = panel["value"].round(_DECIMALS)
    places = rounded.groupby([panel[name] for name in group])
    ranked = panel.assign(
        competition_rank=places.rank(ascending=False, method="min").astype("Int64"),
        dense_rank=places.rank(ascending=False, method="dense").astype("Int64"),
        of_economies=values.transform("count").astype("int64"),
        of_ranks=places.transform("nunique").astype("int64"),
    )
    ranked.loc[ranked["component"] == "tier", ["competition_rank", "dense_rank"]] = pd.NA
    return ranked


def order(scores: np.ndarray) -> np.ndarray:
    """Place of each score along the last axis, best 1, for simulated scores (which do not tie).

    ``scores`` may have any leading axes (draws, editions); the result has the same shape.
    """
    best_first = np.argsort(-scores, axis=-1)
    places = np.empty(scores.shape, dtype=np.int16)
    numbers = np.broadcast_to(np.arange(1, scores.shape[-1] + 1, dtype=np.int16), scores.shape)
    np.put_along_axis(places, best_first, numbers, axis=-1)
    return places


def rank_against(value: float, others: pd.Series) -> int:
    """Which competition rank would ``value`` take among ``others``?"""
    return int((others > value + TOLERANCE).sum()) + 1


def holders(scores: pd.Series, rank: int) -> pd.Series:
    """The economies at a rank: all whose score is the ``rank``-th best.

    Where several economies tie at that score, or nobody holds the rank because of a tie above,
    they all come back; their mean is "the economy at rank R".

    Raises:
        InputError: there are fewer economies than ``rank``, or it is below 1.
    """
    held = scores.dropna()
    if not 1 <= rank <= len(held):
        raise InputError(f"rank {rank} does not exist: there are {len(held)} economies")
    level = held.nlargest(rank).iloc[-1]
    return held.loc[(held - level).abs() <= TOLERANCE]


def within(scores: pd.Series, best: int, worst: int) -> pd.Series:
    """The economies whose competition rank lies in ``best``..``worst``, best score first."""
    places = competition(scores)
    return scores.loc[places.between(best, worst).fillna(False)].sort_values(ascending=False)
