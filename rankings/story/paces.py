"""At which pace does the economy reach the band?"""

import pandas as pd

from rankings.analysis import scenarios
from rankings.memo import remembered
from rankings.story.outlook import choose_model
from rankings.story.question import Story
from rankings.story.target import points_needed


@remembered(most=16)
def scenario_rows(story: Story, by_hand: float | None = None) -> pd.DataFrame:
    """The rank at the deadline under every pace; columns of `scenarios.run`."""
    wanted = scenarios.paces(
        story.panel,
        story.index,
        story.economy,
        story.figures.series,
        story.band.worst,
        len(story.ahead),
        by_hand,
    )
    draws = story.draws(choose_model(story))
    return scenarios.run(draws, story.economy, wanted, story.band.best, story.band.worst)


def points_at(story: Story, certainty: float) -> float:
    """Points needed beyond the pace of all others for the band's worst rank, by certainty."""
    rows = points_needed(story)
    mine = (rows["rank"] == story.band.worst) & (rows["certainty"] == certainty)
    return float(rows.loc[mine, "points"].iloc[0])


def own_parts(story: Story) -> pd.Series:
    """The economy's values in the newest edition, by component."""
    return story.parts.T[story.economy]
