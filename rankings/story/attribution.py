"""What moved the economy between two editions: itself, the others, the method?"""

from rankings.analysis import change, recipes
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel.definitions import definition
from rankings.story.question import Story


@remembered(most=8)
def known_tables(story: Story) -> recipes.Held:
    """The tables of attribution as known in the story."""
    return recipes.held(story.world, story.as_of)


def editions_moved(story: Story, index: str) -> tuple[int, int] | None:
    """The newest two editions of an index known then that hold the economy; None without two."""
    rows = story.panel.loc[
        (story.panel["index"] == index)
        & (story.panel["iso3"] == story.economy)
        & (story.panel["component"] == definition(index).overall)
    ]
    found = sorted(rows["edition"])
    return (int(found[-2]), int(found[-1])) if len(found) > 1 else None


@remembered(most=32)
def split_move(
    story: Story, index: str, start: int | None = None, end: int | None = None
) -> change.Step | InputError:
    """The step between two editions (the newest two known), or the refusal: why no split."""
    newest = editions_moved(story, index)
    pair = newest and (start or newest[0], end or newest[1])
    if pair is None:
        return InputError(
            "{index}: fewer than two editions of {economy} were known",
            index=index,
            economy=story.economy,
        )
    try:
        found = change.step(known_tables(story), definition(index), *pair)
        change.totals(found, story.economy)
    except InputError as refusal:
        return InputError(
            "{index} {start}-{end}: {reason}",
            index=index,
            start=pair[0],
            end=pair[1],
            reason=refusal,
        )
    return found
