"""Why did a unit's rank change between two years? Own moves, the others', and the method's."""

import itertools

import numpy as np
import pandas as pd

from rankings.analysis import change
from rankings.analysis.recipes import Held
from rankings.composite.tree import Tree
from rankings.errors import InputError, RankingsError
from rankings.memo import remembered
from rankings.own.index import OwnIndex, not_held, tree_of
from rankings.own.question import OwnStory
from rankings.own.standing import parts
from rankings.panel.definitions import Index

NAME = "own"
BREAKS = ["index", "component", "previous_edition", "edition", "what_changed"]


@remembered(most=8)
def computed_years(index: OwnIndex) -> list[int]:
    """The years whose index is computed and a mean of its pillars, in order."""
    found = []
    for year in index.years:
        try:
            parts(index, year)
        except RankingsError:
            continue
        found.append(year)
    return found


def by_component(wide: pd.DataFrame) -> pd.DataFrame:
    """A table of units by components, whatever these are called, as rows.

    Returns:
        Columns iso3, component and value.
    """
    return pd.DataFrame(
        {
            "iso3": np.tile(wide.index.to_numpy(), wide.shape[1]),
            "component": np.repeat(wide.columns.to_numpy(), len(wide)),
            "value": wide.to_numpy(dtype="float64").T.ravel(),
        }
    )


@remembered(most=8)
def as_panel(index: OwnIndex) -> pd.DataFrame:
    """Computed scores and pillars of all years in the shape of the panel.

    Values are on the scale of `own.standing.parts`. An edition is a year, known in that year.
    """
    tables = []
    for year in computed_years(index):
        scores, pillars, _ = parts(index, year)
        wide = pillars.assign(**{str(scores.name): scores})
        long = by_component(wide)
        tables.append(long.dropna(subset="value").assign(edition=year))
    if not tables:
        raise InputError("{index}: no year has scores", index=index.title)
    panel = pd.concat(tables, ignore_index=True)
    return panel.assign(
        index=NAME,
        vintage=panel["edition"].astype(str),
        published_year=panel["edition"],
        published_rank=pd.array([pd.NA] * len(panel), dtype="Int64"),
        source_id=index.name,
    )


@remembered(most=8)
def as_definition(index: OwnIndex) -> Index:
    """The index as the engine of published indices knows one: its pillars, weights and rhythm."""
    years = computed_years(index)
    tree = index.tree
    rows = [
        {
            **{"first_edition": year, "last_edition": year, "parent": tree.root},
            **{"child": code, "weight": float(weight)},
        }
        for year in years
        for code, weight in parts(index, year)[2].items()
    ]
    gaps = set(np.diff(years).tolist())
    columns = ["first_edition", "last_edition", "parent", "child", "weight"]
    return Index(
        name=NAME,
        title=index.title,
        publisher=index.source,
        overall=tree.root,
        rhythm=gaps.pop() if len(gaps) == 1 else None,
        model_from=max((each.year for each in index.settings.breaks), default=0),
        titles={code: code for code in [tree.root, *_pillars(tree)]},
        areas={},
        weights=pd.DataFrame(rows, columns=columns),
    )


def _pillars(tree: Tree) -> list[str]:
    return tree.children[tree.root]


@remembered(most=8)
def _held(index: OwnIndex) -> Held:
    panel = as_panel(index)
    figures = pd.DataFrame(columns=["index", "edition", "iso3", "indicator", "value"])
    return Held(panel, figures, breaks(index))


@remembered(most=8)
def breaks(index: OwnIndex) -> pd.DataFrame:
    """Changes of method that cannot be calculated out: stated, or by what comes, goes or weighs.

    Returns:
        Columns index, component, previous_edition, edition, what_changed.
    """
    years = computed_years(index)
    root = index.tree.root
    before = {year: earlier for earlier, year in itertools.pairwise(years)}
    rows = [
        {
            **{"index": NAME, "component": root, "edition": each.year, "what_changed": each.what},
            "previous_edition": max((y for y in years if y < each.year), default=each.year),
        }
        for each in index.settings.breaks
    ]
    for year, earlier in before.items():
        came, gone = set(not_held(index, earlier)), set(not_held(index, year))
        for code in sorted(came ^ gone):
            what = f"{code} is in the table" if code in came - gone else f"nobody has {code}"
            rows.append(
                {
                    **{"index": NAME, "component": _above(index, code), "edition": year},
                    **{"previous_edition": earlier, "what_changed": what},
                }
            )
        for code in _reweighted(index, earlier, year):
            rows.append(
                {
                    **{"index": NAME, "component": code, "edition": year},
                    **{"previous_edition": earlier, "what_changed": f"weights within {code}"},
                }
            )
    return pd.DataFrame(rows, columns=BREAKS)


def _above(index: OwnIndex, code: str) -> str:
    """The pillar of the index that an indicator belongs to."""
    tree = index.tree
    at = code
    while tree.table["parent"][at] != tree.root:
        at = str(tree.table["parent"][at])
    return at


def _reweighted(index: OwnIndex, start: int, end: int) -> list[str]:
    """The pillars within which weights changed, of nodes that both years have."""
    old, new = tree_of(index, start).weights, tree_of(index, end).weights
    both = [code for code in old.index if code in new.index]
    moved = [code for code in both if abs(old[code] - new[code]) > 1e-12]
    inner = set(_pillars(index.tree))
    return sorted({_above(index, code) for code in moved if code not in inner})


def pair(story: OwnStory) -> tuple[int, int]:
    """The story's year and the one before it that has scores.

    Raises:
        InputError: the year has no computed scores, or is the first that has.
    """
    years = computed_years(story.index)
    if story.year not in years or years.index(story.year) == 0:
        raise InputError(
            "{year} and an earlier year are not both computed: nothing to compare; computed: "
            "{years}",
            year=story.year,
            years=", ".join(map(str, years)) or "none",
        )
    return years[years.index(story.year) - 1], story.year


def compare(story: OwnStory, start: int | None = None, end: int | None = None) -> change.Step:
    """Two years to compare; the story's and the one before by default.

    Raises:
        InputError: as `pair` and `change.step`.
    """
    if start is None or end is None:
        start, end = pair(story)
    return change.step(_held(story.index), as_definition(story.index), start, end)


def totals(story: OwnStory) -> pd.DataFrame:
    """The unit's changes of rank from year to year, by term; columns of `change.totals` and years.

    A pair of years that cannot be compared has no row: a pillar is in one of them only, or the
    unit is.
    """
    years = computed_years(story.index)
    rows = []
    for start, end in itertools.pairwise(years):
        try:
            found = change.totals(compare(story, start, end), story.unit)
        except RankingsError:
            continue
        rows.append(found.assign(from_year=start, to_year=end))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def split(story: OwnStory, since: int | None = None) -> pd.DataFrame:
    """The change of the unit's rank to the story's year by term and pillar, as `change.split`.

    Args:
        story: the question.
        since: an earlier year; the one before by default.

    Raises:
        InputError: as `compare`, or the unit is not in both years.
    """
    return change.split(_since(story, since), story.unit)


def total(story: OwnStory, since: int | None = None) -> pd.Series:
    """The same change by term alone: the unit's row of `change.totals`; raises as `split`."""
    return change.totals(_since(story, since), story.unit).iloc[0]


def _since(story: OwnStory, since: int | None) -> change.Step:
    return compare(story) if since is None else compare(story, since, story.year)
