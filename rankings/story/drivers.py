"""Which drivers lie below the sub-indices, and what do other figures of them gain?"""

from collections.abc import Mapping, Sequence

import pandas as pd

from rankings.analysis import driver_whatif
from rankings.analysis import recipes as drivers
from rankings.errors import InputError
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import definition
from rankings.panel.trees import is_published
from rankings.story.attribution import known_tables
from rankings.story.question import Story

MOST = 1.5


def rebuilt_edition(story: Story) -> int | None:
    """The newest edition known then whose indicators are held; None if there is none."""
    try:
        host = definition(story.index.printed_in)
        known = known_tables(story)
    except InputError:  # a composite has no report of its own
        return None
    for edition in reversed(known.editions(host.name)):
        if recipes_below(story, edition):
            return edition
    return None


def recipes_below(story: Story, edition: int) -> dict[str, drivers.Recipe]:
    """The recipes that rebuild the measure, or a part of it, from an edition's own figures."""
    able = drivers.rebuildable(known_tables(story), story.index.printed_in, edition)
    if is_published(story.measure):
        return able
    return {root: recipe for root, recipe in able.items() if root == story.index.overall}


def driver_rows(story: Story, at: int) -> pd.DataFrame:
    """All economies' indicators of an edition that can be rebuilt; columns of the figure."""
    shown = known_tables(story).figures(story.index.printed_in, at)
    recipes = recipes_below(story, at).values()
    listed = dict.fromkeys(name for each in recipes for name in each.leaves() if name in shown)
    scores = panels.wide(story.panel, story.index.name, at)[story.index.overall].dropna()
    inside = ranks.within(scores, story.band.best, story.band.worst).index
    rows = shown[list(listed)].melt(ignore_index=False, var_name="name_of").dropna().reset_index()
    return rows.assign(
        name=rows["iso3"].map(story.names),
        inside=rows["iso3"].isin(inside),
    )


def drivers_at_band(story: Story, names: Sequence[str]) -> dict[str, float]:
    """Indicators raised to the median of the band, where the economy is below it.

    Returns:
        Indicator -> value, as `what_if_table` takes it; what is at the band already is left out.
    """
    at = rebuilt_edition(story)
    if at is None:
        return {}
    values = driver_rows(story, at)
    middle = values.loc[values["inside"]].groupby("name_of")["value"].median()
    own = values.loc[values["iso3"] == story.economy].set_index("name_of")["value"]
    return {
        name: round(float(middle[name]), 2)
        for name in names
        if name in middle.index and name in own.index and own[name] < middle[name]
    }


def points_gained(story: Story, changes: Mapping[str, float]) -> float | None:
    """Points of the index that changed drivers give, all others held still; None without any."""
    try:
        host = definition(story.index.printed_in)
        rows = driver_whatif.what_if(known_tables(story), host, story.economy, dict(changes))
    except InputError:
        return None
    rows = rows.loc[rows["component"] == story.index.overall]
    if rows.empty or not changes:
        return None
    return float(rows["after"].iloc[0] - rows["before"].iloc[0])
