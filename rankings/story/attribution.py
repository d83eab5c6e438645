"""What moved the economy between two editions: itself, the others, the method?"""

from dataclasses import replace

import pandas as pd

from rankings.analysis import change, recipes
from rankings.data.world import World
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel.measures import measure
from rankings.panel.trees import is_published, tree
from rankings.story import measured
from rankings.story.question import Story


@remembered(most=8)
def known_tables(story: Story) -> recipes.Held:
    """The tables of attribution as known in the story."""
    return recipes.held(story.world, story.as_of)


def editions_moved(story: Story, index: str) -> tuple[int, int] | None:
    """The newest two editions of an index or measure known then that hold the economy, or None."""
    rows = story.panel.loc[
        (story.panel["index"] == index)
        & (story.panel["iso3"] == story.economy)
        & (story.panel["component"] == tree(index).overall)
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
        found = _step(story, index, *pair)
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


def _step(story: Story, index: str, start: int, end: int) -> change.Step:
    return _step_in(story.world, story.as_of, index, start, end)


def _step_in(world: World, as_of: int, index: str, start: int, end: int) -> change.Step:
    """The step of an index, of one of its parts, or of our composite, as known at a year's end."""
    asked = tree(index)
    if is_published(asked.name):
        return change.step(recipes.held(world, as_of), asked, start, end)
    if is_published(asked.printed_in):
        host = tree(asked.printed_in)
        return change.step(recipes.held(world, as_of), host, start, end, asked.overall)
    return change.step(_with_own_rows(world, as_of, asked.name), asked, start, end)


@remembered(most=8)
def _with_own_rows(world: World, as_of: int, code: str) -> recipes.Held:
    """The tables of attribution with the rows and breaks of a composite."""
    known = recipes.held(world, as_of)
    panel = pd.concat([known.panel, measured.rows_of(world, as_of, code)])
    breaks = pd.concat([known.breaks, measured.breaks_of(world, as_of, code)])
    return replace(known, panel=panel, breaks=breaks)


def later_step(story: Story, end: int) -> change.Step:
    """Hindsight: the step of the measure from the newest edition known to one that came after.

    Raises:
        InputError: it cannot be split.
    """
    now = story.world.newest_year
    return _step_in(story.world, now, story.index.name, story.edition, end)


def name_of(step: change.Step) -> str:
    """Code of the measure a step is of: the index, or the part of it."""
    if step.component == step.index.overall:
        return step.index.name
    return measure(f"{step.index.name}:{step.component}").code
