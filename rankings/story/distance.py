"""How far is the band, and which sub-index makes the distance?"""

import pandas as pd

from rankings.analysis import decompose
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import definition
from rankings.story.question import Story

BAND_MEAN = "band"


def reference_point(story: Story, rank: int | str) -> pd.Series:
    """Sub-indices and score of the economy at a rank, or of the band's mean economy."""
    if rank == BAND_MEAN:
        inside = ranks.within(story.scores, story.band.best, story.band.worst)
        if inside.empty:
            # Nobody holds a rank of the band where economies tie above it: the tie stands for it.
            inside = ranks.holders(story.scores, story.band.worst)
        return decompose.mean_of(story.parts, story.scores, inside.index)
    held = ranks.holders(story.scores, int(rank))
    return decompose.mean_of(story.parts, story.scores, held.index)


@remembered(most=64)
def split_gap(story: Story, rank: int | str) -> pd.DataFrame:
    """The distance to a rank or to the band's mean, split; columns of `decompose.distance`."""
    return decompose.distance(
        story.scores,
        story.parts,
        story.weights,
        story.economy,
        reference_point(story, rank),
    )


def security_rows(story: Story) -> pd.DataFrame:
    """GCI pillars of the newest edition known beside those of the economies at the band's ends.

    Returns:
        Columns component, own, at_worst, at_best (points of 20); empty where no pillars are
        held or the economy has none.
    """
    known = story.known.loc[story.known["index"] == "GCI"]
    if known.empty:
        return pd.DataFrame()
    edition = int(known["edition"].max())
    wide = panels.wide(known, "GCI", edition)
    pillars = [
        part
        for part in definition("GCI").titles
        if part in wide and part not in ("overall", "tier")
    ]
    if not pillars or story.economy not in wide.index:
        return pd.DataFrame()
    complete = wide.dropna(subset=pillars)
    if story.economy not in complete.index:
        return pd.DataFrame()
    at = {
        name: _pillars_at(complete, pillars, rank)
        for name, rank in (("at_worst", story.band.worst), ("at_best", story.band.best))
    }
    frame = pd.DataFrame({"own": complete.loc[story.economy, pillars], **at})
    return frame.rename_axis("component").reset_index().assign(edition=edition)


def _pillars_at(complete: pd.DataFrame, pillars: list[str], rank: int) -> pd.Series:
    """Mean pillars of the economies at a rank; missing where fewer economies have pillars."""
    if rank > len(complete):
        return pd.Series(float("nan"), index=pillars)
    held = ranks.holders(complete["overall"], rank)
    return complete.loc[complete.index.isin(held.index), pillars].mean()
