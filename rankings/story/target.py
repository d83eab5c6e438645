"""What does the band take, who has done it, and what came? Tables, without words."""

import pandas as pd

from rankings.analysis import targets
from rankings.memo import remembered
from rankings.panel import shape as panels
from rankings.panel.definitions import is_overall
from rankings.panel.trees import is_published
from rankings.story import measured
from rankings.story.outlook import choose_model
from rankings.story.question import Story
from rankings.story.standing import HEADLINE, own_rank

PRECEDENT_EDITIONS = 3


@remembered(most=8)
def points_needed(story: Story) -> pd.DataFrame:
    """What must be added at the deadline for each end of the band, by certainty.

    Returns:
        The columns of `targets.needed`, the band's worst rank first.
    """
    draws = story.draws(choose_model(story))
    ends = dict.fromkeys([story.band.worst, story.band.best])
    rows = pd.concat(
        [targets.needed(draws, story.economy, rank) for rank in ends], ignore_index=True
    )
    return rows.loc[rows["edition"] == story.ahead[-1]].reset_index(drop=True)


def editions_compared(story: Story) -> int:
    """Over how many editions growth is compared: those left, or as many as the record has."""
    rows = story.panel.loc[
        (story.panel["index"] == story.index.name)
        & (story.panel["edition"] >= story.index.model_from)
    ]
    return max(1, min(len(story.ahead), rows["edition"].nunique() - 1))


def gains_achieved(story: Story) -> pd.DataFrame:
    """What all economies achieved over so many editions; columns of `targets.changes`."""
    return targets.changes(story.panel, story.index, editions_compared(story))


@remembered(most=8)
def find_precedents(story: Story) -> pd.DataFrame:
    """Who went from about there to the band's worst rank or better."""
    return targets.precedents(
        story.panel, story.index, own_rank(story), story.band.worst, precedent_editions(story)
    )


def precedent_window(story: Story) -> tuple[int, int]:
    """Ranks from which a precedent may start, as far as any known edition has ranks."""
    low, high = targets.window(own_rank(story))
    rows = targets.comparable_rows(story.panel, story.index)
    return low, min(high, int(rows.groupby("edition")["iso3"].nunique().max()))


def precedent_editions(story: Story) -> int:
    """Over how many editions a precedent may stretch: those left, or three."""
    return max(PRECEDENT_EDITIONS, len(story.ahead))


@remembered(most=8)
def later_values(story: Story) -> pd.DataFrame:
    """What came: the economy's overall values in editions published after the as-of year.

    Returns:
        Columns index, edition, published_year, value, published_rank, competition_rank,
        of_economies, method_break (True where the overall or a sub-index changed method).
    """
    rows = panels.newest_vintage(panels.later(story.world.panel, story.as_of))
    rows = rows.loc[
        (rows["iso3"] == story.economy)
        & is_overall(rows)
        & rows["index"].isin([*HEADLINE, story.index.name])
    ]
    breaks = story.world.breaks[["index", "edition"]]
    if not is_published(story.measure):
        own = measured.later_rows(story.world, story.as_of, story.measure)
        rows = pd.concat([own.loc[own["iso3"] == story.economy], rows])
        now = story.world.newest_year
        broken = measured.breaks_of(story.world, now, story.measure)
        breaks = pd.concat([breaks, broken[["index", "edition"]]])
    merged = rows.merge(
        breaks.drop_duplicates().assign(method_break=True), on=["index", "edition"], how="left"
    )
    order = {name: place for place, name in enumerate(dict.fromkeys([story.index.name, *HEADLINE]))}
    merged = merged.assign(
        method_break=merged["method_break"].eq(True), _order=merged["index"].map(order)
    )
    return merged.sort_values(["_order", "edition"]).drop(columns="_order").reset_index(drop=True)
