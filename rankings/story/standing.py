"""Where does an economy stand in every index, as known then? Rows, without words."""

import pandas as pd

from rankings.analysis import method_ranks, neighbours
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel import position, ranks
from rankings.panel import shape as panels
from rankings.panel.definitions import headline_indices, is_overall
from rankings.panel.trees import tree
from rankings.story.question import Story

HEADLINE = headline_indices()


def own_rank(story: Story) -> int:
    """The economy's rank by score in the newest edition: 1 + the economies strictly above."""
    return int(ranks.competition(story.scores)[story.economy])


def is_certain(story: Story) -> bool:
    """Whether every rank lies within the band: its worst rank is that of the last economy."""
    return story.band.worst >= len(story.scores)


def in_band(story: Story) -> bool:
    """Whether the economy stands at the band's worst rank or better already, by score."""
    return own_rank(story) <= story.band.worst


@remembered(most=8)
def newest_rows(story: Story) -> pd.DataFrame:
    """The economy's newest known rows with its place among the peers."""
    newest = position.newest(story.known, story.economy)
    return position.among(newest, story.known, [story.economy, *story.peers])


@remembered(most=8)
def own_row(story: Story) -> pd.Series:
    """The economy's row of the measure itself in the newest edition."""
    rows = position.newest(story.panel, story.economy)
    mine = (rows["index"] == story.index.name) & (rows["component"] == story.index.overall)
    return rows.loc[mine].iloc[0]


@remembered(most=8)
def part_rows(story: Story) -> pd.DataFrame:
    """The economy's rows of what the measure is made of, the weakest by rank first."""
    rows = position.newest(story.panel, story.economy)
    mine = (rows["index"] == story.index.name) & rows["component"].isin(story.sub_indices)
    return rows.loc[mine].sort_values("competition_rank", ascending=False)


def rows_of_edition(story: Story, index: str, edition: int | None = None) -> pd.DataFrame:
    """The economy's rows of one index in one edition (the newest known that holds it).

    Returns:
        Columns of `position.history`.

    Raises:
        InputError: the economy is not in that index or edition; the editions that hold it are
            named.
    """
    held = position.history(story.panel, story.economy)
    found = held.loc[held["index"] == tree(index).name]
    at = int(found["edition"].max()) if edition is None and len(found) else edition
    rows = found.loc[found["edition"] == at]
    if rows.empty:
        raise _not_there(story, index, at, sorted(set(found["edition"])))
    return rows.reset_index(drop=True)


def _not_there(story: Story, index: str, at: int | None, editions: list[int]) -> InputError:
    """Why an economy has no rows in an edition: that edition, every one known, or the index."""
    if editions:
        return InputError(
            "{code} ({name}) is not in {index} {edition}; it is in the editions {editions}",
            code=story.economy,
            name=story.name,
            index=index,
            edition=at,
            editions=", ".join(map(str, editions)),
        )
    if at is None:
        return InputError(
            "{code} ({name}) is not in {index}; it is in no edition known",
            code=story.economy,
            name=story.name,
            index=index,
        )
    return InputError(
        "{code} ({name}) is not in {index} {edition}; it is in no edition known",
        code=story.economy,
        name=story.name,
        index=index,
        edition=at,
    )


def all_editions(story: Story) -> pd.DataFrame:
    """All editions known of the story's economy; columns of `position.history`."""
    return position.history(story.known, story.economy)


def measure_editions(story: Story) -> pd.DataFrame:
    """All editions known of the measure and its parts; columns of `position.history`."""
    held = position.history(story.panel, story.economy)
    return held.loc[held["index"] == story.index.name]


def stated_positions(story: Story) -> pd.DataFrame:
    """Positions of the economy stated in public by then without naming an index."""
    held = story.world.claims
    return held.loc[(held["economy"] == story.economy) & (held["said_in"] <= story.as_of)]


def match_position(story: Story, claim: pd.Series) -> pd.DataFrame:
    """The economy's rows, known when the claim was made, that have the stated rank."""
    then = story.world.known(int(claim["said_in"]))
    return position.stated(position.history(then, story.economy), int(claim["rank"]))


def headline_scores(story: Story) -> pd.DataFrame:
    """Newest known overall values of the three headline indices, economies down."""
    newest = panels.newest_edition(story.known)
    held = newest.loc[newest["index"].isin(HEADLINE) & is_overall(newest)]
    return held.pivot(index="iso3", columns="index", values="value")


def ranks_of_the_mean(story: Story) -> pd.DataFrame:
    """Ranks in the plain mean of the three indices by method; empty if one is missing."""
    values = headline_scores(story)
    if values.shape[1] < len(HEADLINE) or story.economy not in values.dropna().index:
        return pd.DataFrame(columns=["method", "plain", "rank", "of"])
    return method_ranks.by_method(values, story.economy)


def income_peers(story: Story) -> tuple[pd.DataFrame, list[str]]:
    """Income quarters at the newest year up to the as-of year, and those of the own quarter."""
    quarters = neighbours.income_quarters(story.figures.series, story.as_of)
    return quarters, neighbours.same_income(quarters, story.economy)
