"""The rows of a measure that no publisher's index is named after: a part of one, or a composite.

A story about the TII reads a panel in which the TII is an index: the rows that the EGDI's reports
print of it and, where a recipe rebuilds it, its indicators on the scale its formula gives them. Our
composite has one row per economy and year-end, from the parts newest then.
"""

import pandas as pd

from rankings.analysis import recipes
from rankings.data.world import World
from rankings.errors import RankingsError
from rankings.forecasts.joint import EGDI
from rankings.forecasts.record import composite_parts, composite_values
from rankings.memo import remembered
from rankings.panel import ranks, scale
from rankings.panel import shape as panels
from rankings.panel.measures import Measure, measure
from rankings.panel.trees import is_published

OURS = "our calculation"


@remembered(most=24)
def panel_of(world: World, as_of: int, code: str) -> pd.DataFrame:
    """The panel as known at the end of a year, with the rows of the measure as an index.

    Args:
        world: all that is held.
        as_of: the year.
        code: of the measure.
    """
    known = world.known(as_of)
    if is_published(code):
        return known
    return pd.concat([known, rows_of(world, as_of, code)], ignore_index=True)


@remembered(most=24)
def rows_of(world: World, as_of: int, code: str) -> pd.DataFrame:
    """The rows of one measure as an index, newest vintages known; columns of the panel."""
    asked = measure(code)
    if asked.composite:
        return _composite_rows(world, as_of, asked)
    known = world.known(as_of)
    if is_published(code):
        return known.loc[known["index"] == code]
    mine = known.loc[
        (known["index"] == asked.index) & (known["component"] == asked.component)
    ].assign(index=asked.code)
    held = recipes.held(world, as_of)
    below = [_indicator_rows(held, asked, mine, int(each)) for each in sorted(set(mine["edition"]))]
    return pd.concat([mine, *(each for each in below if len(each))], ignore_index=True)


@remembered(most=8)
def later_rows(world: World, as_of: int, code: str) -> pd.DataFrame:
    """Rows of one measure's own value in editions that came after a year, as known today."""
    asked = measure(code)
    if asked.composite:
        newest = world.newest_year
        rows = rows_of(world, newest, code)
        rows = rows.loc[rows["component"] == asked.component]
        return rows.loc[rows["edition"] > as_of] if newest > as_of else rows.iloc[:0]
    rows = panels.newest_vintage(panels.later(world.panel, as_of))
    mine = (rows["index"] == asked.index) & (rows["component"] == asked.component)
    return rows.loc[mine].assign(index=asked.code)


@remembered(most=24)
def breaks_of(world: World, as_of: int, code: str) -> pd.DataFrame:
    """Method breaks of one measure, under its name; columns of `World.breaks`.

    Of an index all of them, of a part of one its own. A composite breaks where a part of it does,
    at the first year-end that counts the part's new edition.
    """
    held = world.breaks
    if is_published(code):
        return held.loc[held["index"] == code]
    asked = measure(code)
    if not asked.composite:
        mine = (held["index"] == asked.index) & (held["component"] == asked.component)
        return held.loc[mine].assign(index=asked.code)
    rows = rows_of(world, as_of, code)
    ends = sorted({int(each) for each in rows["edition"]})
    found = [
        held.loc[(held["index"] == part.index) & (held["component"] == part.component)].assign(
            index=asked.code, component=part.code
        )
        for part in map(measure, asked.children)
    ]
    moved = pd.concat(found, ignore_index=True)
    pairs = moved[["component", "edition"]].to_numpy()
    first = pd.Series([_first_end(world, ends, as_of, *each) for each in pairs], dtype="Int64")
    counted = moved.assign(edition=first).dropna(subset=["edition"])
    return counted.astype({"edition": "int64"}).sort_values(
        ["edition", "component"], ignore_index=True
    )


def _first_end(world: World, ends: list[int], as_of: int, code: str, edition: int) -> int | None:
    """The first year-end, but for the very first one, that counts an edition of a part."""
    part = measure(code)
    for end in ends:
        known = world.known(as_of if end == ends[-1] else end)
        held = known.loc[known["index"] == part.index, "edition"]
        if held.max() >= edition:
            return None if end == ends[0] else end
    return None


def first_published(world: World, code: str) -> int:
    """The year in which the first edition of a measure came; of a composite, of its last part."""
    asked = measure(code)
    parts = [measure(each) for each in asked.children] if asked.composite else [asked]
    rows = world.panel
    firsts = [
        rows.loc[
            (rows["index"] == each.index) & (rows["component"] == each.component),
            "published_year",
        ].min()
        for each in parts
    ]
    return int(max(firsts))


def _indicator_rows(
    held: recipes.Held, asked: Measure, mine: pd.DataFrame, edition: int
) -> pd.DataFrame:
    """The parts of a sub-index in one edition; empty where no recipe rebuilds it there."""
    try:
        parts = recipes.contributions(held, asked.index, asked.component, edition)
    except RankingsError:
        return pd.DataFrame()
    facts = mine.loc[mine["edition"] == edition].iloc[0]
    return _ranked(_long(parts), facts, source_id=facts["source_id"])


def _composite_rows(world: World, as_of: int, asked: Measure) -> pd.DataFrame:
    """One row per economy, part and year-end: the editions of the EGDI give the year-ends."""
    known = world.known(as_of)
    editions = sorted({int(each) for each in known.loc[known["index"] == EGDI, "edition"]})
    made = []
    for edition in editions:
        # The newest one is seen from the as-of year, the others from their own end.
        seen = known if edition == editions[-1] else world.known(edition)
        try:
            parts = composite_parts(seen, asked)
        except (RankingsError, IndexError):
            continue
        table = parts.assign(**{asked.component: composite_values(seen, asked)})
        facts = pd.Series({"edition": edition, "vintage": str(edition), "published_year": edition})
        made.append(_ranked(_long(table), facts, index=asked.code, source_id=OURS))
    return pd.concat(made, ignore_index=True) if made else known.iloc[:0]


def _long(table: pd.DataFrame) -> pd.DataFrame:
    """Economies down and components across as rows: iso3, component, value."""
    named = table.rename_axis(index="iso3", columns="component")
    return pd.DataFrame({"value": named.stack()}).reset_index()


def _ranked(rows: pd.DataFrame, facts: pd.Series, **told: object) -> pd.DataFrame:
    """Rows of one edition with what a panel says of each: ranks, standing, no printed rank."""
    shared = {name: facts.get(name) for name in ("index", "edition", "vintage", "published_year")}
    whole = rows.assign(
        **(shared | told),
        reference_year=facts.get("reference_year"),
        published_rank=pd.array([pd.NA] * len(rows), dtype="Int64"),
        rests_on_placeholder=False,
    )
    return scale.standings(ranks.add_ranks(whole))
