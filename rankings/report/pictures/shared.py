"""What pictures have in common: the band's ends, names, and who stands beside the economy."""

import pandas as pd

from rankings.panel import position, ranks
from rankings.story.question import Story


def band_ends(story: Story) -> tuple[int, int]:
    """The best and the worst rank of the band."""
    return story.band.best, story.band.worst


def with_names(story: Story, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the column ``name`` in the reader's language."""
    return frame.assign(name=frame["iso3"].map(story.names))


def nearest_peers(story: Story, held: pd.DataFrame, edition: int, most: int = 10) -> list[str]:
    """The peers that stood nearest in an edition; the best ones where the economy is not in it."""
    newest = held.loc[held["edition"] == edition].set_index("iso3")["rank"]
    peers = newest[newest.index.isin(story.peers)]
    return list((peers - newest.get(story.economy, 1)).abs().sort_values().index[:most])


def rows_beside(story: Story) -> pd.DataFrame:
    """The economy, the ten nearest peers and the holders of the band's ends, by rank.

    Returns:
        Columns edition, iso3, rank, of, basis, name; the newest edition of the target's index.
    """
    held = position.rank_table(story.panel, story.index)
    held = held.loc[held["edition"] == story.edition]
    ends = [iso3 for rank in band_ends(story) for iso3 in ranks.holders(story.scores, rank).index]
    codes = {story.economy, *nearest_peers(story, held, story.edition), *ends}
    rows = with_names(story, held.loc[held["iso3"].isin(codes)])
    return rows.sort_values(["rank", "iso3"], ignore_index=True)
