"""What if sub-indices or real drivers changed: which score, rank and chance, all at once?

A sub-index is set as it is. A driver (mobile broadband, schooling, services) is changed in the
newest edition whose indicators rebuild its sub-index, means, spreads and bounds taken again; what
that moves everybody's sub-index by, in points, is added to the values of the newest edition. The
score follows by the edition's weights. Its rank is told twice: with all others held still, and
among the joint draws of the model that the report speaks from, each economy shifted by its points.
"""

import numbers
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rankings.analysis import driver_whatif, recipes
from rankings.analysis.recipes import Recipe
from rankings.data.world import World
from rankings.errors import InputError, NotKnown
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel import shape as panels
from rankings.story.drivers import MOST
from rankings.story.outlook import choose_model, forecast_ranks
from rankings.story.question import Story

SUB_INDEX = "sub-index"
DRIVER = "driver"
HELD = "held"
MOVING = "moving"
LEVERS = [
    *("lever", "kind", "component", "now", "low", "high", "limit", "step", "fine", "edition"),
    *("cap", "available", "why_not"),
]
TOLD = ["median", "low80", "high80", "reach", "inside"]


@dataclass(frozen=True)
class Below:
    """A sub-index that can be rebuilt: its recipe, on the figures of the newest edition able."""

    recipe: Recipe
    edition: int
    figures: pd.DataFrame
    rebuilt: pd.DataFrame
    published: pd.DataFrame


@dataclass(frozen=True)
class Ground:
    """What every what-if of a story starts from.

    Attributes:
        now: published values of the newest edition, the index first, then its sub-indices.
        places: the economy's rank in each of them, and among how many: columns rank and of.
        weights: of the sub-indices in the index.
        tops: the highest value of each part.
        below: sub-index -> what it is rebuilt from; without those that cannot be.
    """

    now: pd.DataFrame
    places: pd.DataFrame
    weights: pd.Series
    tops: pd.Series
    below: dict[str, Below]


@dataclass(frozen=True)
class Drawn:
    """The others as drawn; empty where the measure is not forecast.

    Attributes:
        rivals: the other economies, in the order of the leads.
        leads: per edition ahead, by how much each rival (down) is ahead in each draw (across).
        before: the rows of `rankings.story.outlook.forecast_ranks`.
    """

    rivals: list[str]
    leads: list[np.ndarray]
    before: list[dict[Any, Any]]


# The same for every economy seen from the same year.
@remembered(most=16)
def _below(world: World, as_of: int, index: str, component: str) -> Below | None:
    known = recipes.held(world, as_of)
    for edition in reversed(known.editions(index)):
        for recipe in recipes.rebuildable(known, index, edition).values():
            if component not in recipe.nodes:
                continue
            own = replace(recipe, root=component)
            figures = known.figures(index, edition)
            rebuilt = recipes.rebuild(own, figures)
            published = panels.wide(known.panel, index, edition)
            return Below(own, edition, figures, rebuilt, published)
    return None


def _moved_parts(story: Story) -> tuple[pd.Series, pd.Series]:
    """Weights and highest values of what can be set: the parts one level down.

    A measure with nothing held below it, or whose parts are indicators, which are set in their own
    units, is its own one part.
    """
    if story.sub_indices and story.parts_are_measures:
        return story.weights, story.part_tops
    own = story.index.overall
    return pd.Series({own: 1.0}), pd.Series({own: story.scale_end})


def _below_part(story: Story, part: str) -> Below | None:
    """What a part is rebuilt from; the parts of our composite are standard scores: nothing."""
    if story.asked.composite:
        return None
    return _below(story.world, story.as_of, story.index.printed_in, part)


@remembered(most=4)
def _ground(story: Story) -> Ground:
    weights, tops = _moved_parts(story)
    parts = [str(each) for each in weights.index]
    below = {part: _below_part(story, part) for part in parts}
    now = story.parts.loc[story.scores.index, list(dict.fromkeys([story.index.overall, *parts]))]
    return Ground(
        now=now,
        places=pd.DataFrame(
            {"rank": [_rank(now[part], story.economy) for part in now], "of": now.notna().sum()}
        ),
        weights=weights,
        tops=tops,
        below={part: each for part, each in below.items() if each is not None},
    )


# It holds one number per draw, edition and economy (46 MB for three editions ahead).
@remembered(most=4)
def _drawn(story: Story) -> Drawn:
    """The others around the economy of a story, in the draws of the model it speaks from."""
    try:
        draws = story.draws(choose_model(story))
        place = draws.place(story.economy)
    except NotKnown:
        return Drawn([], [], [])
    others = np.delete(draws.scores, place, axis=2) - draws.scores[:, :, [place]]
    rivals = [iso3 for iso3 in draws.iso3 if iso3 != story.economy]
    leads = [np.ascontiguousarray(others[:, at].T) for at in range(len(draws.editions))]
    return Drawn(rivals, leads, forecast_ranks(story).to_dict("records"))


def lever_rows(story: Story) -> pd.DataFrame:
    """What can be set, and from where to where.

    Returns:
        One row per lever, the sub-indices of the newest edition first, then the indicators below
        them, in the order of the sub-indices: lever (its name in `compute_whatif`), kind
        (`SUB_INDEX` or `DRIVER`), component (the sub-index it acts through), now (published
        value), low, high and step (of a slider), limit (the highest value that can be set), fine
        (the indicator is a share of 1), edition (of ``now``), cap (above which more does not
        count; missing without one), available (bool) and why_not (the refusal; None for one that
        is available).
    """
    return pd.DataFrame(_levers(story).values(), columns=LEVERS)


@remembered(most=32)
def _levers(story: Story) -> dict[str, dict[str, Any]]:
    """The rows of `lever_rows` by name."""
    ground = _ground(story)
    rows = [_sub_index_row(story, ground, part) for part in map(str, ground.weights.index)]
    for part, below in ground.below.items():
        why = _why_not(story, part, below)
        rows += [_driver_row(story, part, below, name, why) for name in below.recipe.leaves()]
    return {row["lever"]: row for row in rows}


def _sub_index_row(story: Story, ground: Ground, part: str) -> dict[str, Any]:
    now, top = float(ground.now[part][story.economy]), float(ground.tops[part])
    why = (
        None
        if pd.notna(now)
        else InputError("The {edition} edition has no value.", edition=story.edition)
    )
    return {
        "lever": part,
        "kind": SUB_INDEX,
        "component": part,
        "now": now,
        "low": 0.0,
        "high": top,
        "limit": top,
        "step": 0.001 if top <= 1 else 0.1 if top > 20 else 0.01,
        "fine": False,
        "edition": story.edition,
        "cap": np.nan,
        "available": why is None,
        "why_not": why,
    }


def _driver_row(
    story: Story, part: str, below: Below, name: str, why: InputError | None
) -> dict[str, Any]:
    recipe, known = below.recipe, below.figures[name]
    now = float(known.get(story.economy, np.nan))
    most = float(known.max())
    share = recipe.limits.get(name) == 1
    cap = recipe.caps.get(name, np.nan)
    # A printed figure above a cap stays within its slider.
    high = np.nanmax([now, np.nanmin([recipe.limits.get(name, most), cap])])
    return {
        "lever": name,
        "kind": DRIVER,
        "component": part,
        "now": now,
        "low": 0.0,
        "high": float(high),
        "limit": recipe.limits.get(name, MOST * most),
        "step": 0.01 if share else 0.1,
        "fine": share,
        "edition": below.edition,
        "cap": cap,
        "available": why is None,
        "why_not": why,
    }


def _why_not(story: Story, part: str, below: Below) -> InputError | None:
    """Why the economy's sub-index cannot be rebuilt; None where it can."""
    own = below.figures.reindex([story.economy])[below.recipe.leaves()].iloc[0]
    lacking = [str(name) for name in own.index[own.isna()]]
    if not lacking:
        return None
    return InputError(
        "{index} {edition} prints no {parts} of {economy}: its {part} cannot be rebuilt",
        index=story.index.name,
        edition=below.edition,
        parts=", ".join(lacking),
        economy=story.economy,
        part=part,
    )


def _checked(story: Story, settings: Mapping[str, float]) -> dict[str, float]:
    """The settings in the order of the levers, each a number its lever can have."""
    known = _levers(story)
    as_known = {name.casefold(): name for name in known}
    given: dict[str, float] = {}
    for written, value in settings.items():
        name = as_known.get(str(written).casefold())
        if name is None:
            raise InputError.suggest("lever", written, known, shown=len(known))
        _check_value(known[name], value)
        if name in given:
            raise InputError(
                "{code} is set twice: {value} and {other}",
                code=name,
                value=f"{given[name]:g}",
                other=f"{value:g}",
            )
        given[name] = float(value) + 0.0  # no minus before a zero
    found = {name: given[name] for name in known if name in given}
    for name in found:
        part = known[name]["component"]
        if name != part and part in found:
            raise InputError(
                "{set} is set and so is {driver}, which acts through it: drop {set} to see "
                "what the driver does, or drop {driver}",
                set=part,
                driver=name,
            )
    return found


def _check_value(lever: dict[str, Any], value: object) -> None:
    if lever["why_not"] is not None:
        raise InputError(
            "{lever} cannot be set: {reason}", lever=lever["lever"], reason=lever["why_not"]
        )
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not 0 <= float(str(value)) <= lever["limit"]:
        raise InputError(
            "{lever} is a number from 0 to {limit} ({indicator}, now {now}), not {value}",
            lever=lever["lever"],
            limit=f"{lever['limit']:g}",
            indicator=lever["lever"],
            now=f"{lever['now']:g}",
            value=value,
        )


@dataclass(frozen=True)
class Change:
    """What the settings below one sub-index do.

    Attributes:
        points: of the sub-index, by economy.
        steps: of `rankings.analysis.driver_whatif.applied`: indicator, asked, used, cap.
        bound: "highest" or "lowest" where the economy comes to hold an end of the scale, or "".
    """

    below: Below
    points: pd.Series
    steps: dict[str, tuple[float, float]]
    bound: str


# Whoever moves one slider leaves the others where they are.
@remembered(most=64)
def _change(story: Story, part: str, settings: tuple[tuple[str, float], ...]) -> Change:
    """The sub-index rebuilt with other indicators; an own figure set to what it is moves nobody."""
    below, asked = _ground(story).below[part], dict(settings)
    changed = below.figures.copy()
    caps = below.recipe.caps
    used = {name: min(value, caps.get(name, np.inf)) for name, value in asked.items()}
    for name, value in used.items():
        changed.loc[story.economy, name] = value
    new = recipes.rebuild(below.recipe, changed)
    points, bound = driver_whatif.moves(
        below.recipe, below.rebuilt, new, below.published, story.economy
    )
    steps = {name: (asked[name], used[name]) for name in asked}
    return Change(below, points[part], steps, str(bound[part]))


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answer to one what-if, in numbers.

    Attributes:
        story: whose question it is.
        settings: lever -> value, in the order of `lever_rows`; empty without any.
        components: one row per component, the index first: component, before and after (values
            in the newest edition), rank_before, rank_after (by score, of the others held still)
            and of.
        chances: one row with all others held still (others `HELD`, the newest edition), then one
            per edition ahead with everybody drawn (others `MOVING`): others, edition, and, each
            with ``_before`` and ``_after``: median, low80, high80 (ranks), reach (P(rank <=
            worst)) and inside (P(best <= rank <= worst)); of. Held still there is one rank, so
            the three are equal and a chance is 0 or 1.
        points: by how many points of the index the economy's score moves.
        changes: what the drivers do, by sub-index.
        others_shift: the largest move of another economy's index, in points: means, spreads and
            bounds are taken again with changed drivers.
    """

    story: Story
    settings: dict[str, float]
    components: pd.DataFrame
    chances: pd.DataFrame
    points: float
    changes: dict[str, Change]
    others_shift: float

    @property
    def model(self) -> str | None:
        """The label of the forecast model whose draws are ranked; None without a forecast."""
        try:
            return choose_model(self.story)
        except NotKnown:
            return None

    @property
    def editions(self) -> list[int]:
        """The editions whose figures were used."""
        rebuilt = {each.below.edition for each in self.changes.values()}
        return sorted({self.story.edition, *rebuilt})


def compute_whatif(story: Story, settings: Mapping[str, float], *, last: bool = False) -> Outcome:
    """What other sub-indices or drivers would make of score, rank and chance.

    Args:
        story: whose.
        settings: lever -> value, all at once; names and limits are those of `lever_rows`. Without
            any, before and after are equal: the published figures and the forecast.
        last: of the editions ahead only the last one is ranked: a slider shows no other.

    Raises:
        InputError: an unknown lever, one that is not available, a value that is no number or
            beyond its limits, or a sub-index set together with a driver of its own.
    """
    ground = _ground(story)
    asked = _checked(story, settings)
    now = ground.now
    after, changes = _parts(story, ground, asked)
    parts = list(ground.weights.index)
    gains = ((after[parts] - now[parts]) @ ground.weights).fillna(0.0)
    overall = story.index.overall
    after[overall] = now[overall] + gains
    components = _components(story, ground, after, {overall, *asked, *changes})
    return Outcome(
        story,
        asked,
        components,
        _chances(story, ground, components.iloc[0], gains, last),
        float(gains[story.economy]),
        changes,
        float(gains.drop(story.economy).abs().max()),
    )


def _parts(
    story: Story, ground: Ground, asked: Mapping[str, float]
) -> tuple[pd.DataFrame, dict[str, Change]]:
    """The values with the sub-indices set or moved, none beyond the scale."""
    after, changes = ground.now.copy(), {}
    for part in map(str, ground.weights.index):
        if part in asked:
            after.loc[story.economy, part] = asked[part]
    for part, below in ground.below.items():
        mine = tuple((name, asked[name]) for name in below.recipe.leaves() if name in asked)
        if mine:
            changes[part] = _change(story, part, mine)
            moved = changes[part].points.reindex(after.index).fillna(0.0).to_numpy()
            value = after[part].to_numpy()
            after[part] = np.where(moved != 0, np.clip(value + moved, 0, ground.tops[part]), value)
    return after, changes


def _components(
    story: Story, ground: Ground, after: pd.DataFrame, touched: Container[str]
) -> pd.DataFrame:
    """Of `Outcome`; what is not touched keeps its rank."""
    before, later = (frame.loc[story.economy].to_numpy() for frame in (ground.now, after))
    ranks_before = ground.places["rank"].to_numpy()
    return pd.DataFrame(
        {
            "component": ground.now.columns.to_numpy(),
            "before": before,
            "after": later,
            "rank_before": ranks_before,
            "rank_after": [
                _rank(after[part], story.economy) if part in touched else int(rank)
                for part, rank in zip(after, ranks_before, strict=True)
            ],
            "of": ground.places["of"].to_numpy(),
        }
    )


def _rank(scores: pd.Series, economy: str) -> int:
    return ranks.rank_against(float(scores[economy]), scores)


def _chances(
    story: Story, ground: Ground, head: pd.Series, gains: pd.Series, last: bool
) -> pd.DataFrame:
    still = [_of_ranks(story, np.array([head[f"rank_{when}"]])) for when in ("before", "after")]
    rows = [_chance(HELD, story.edition, len(ground.now), *still)]
    drawn, ahead = _drawn(story), slice(-1, None) if last else slice(None)
    before = drawn.before[ahead]
    moved = _moved(story, drawn, gains, ahead) if gains.any() else iter(before)
    for was, now in zip(before, moved, strict=True):
        rows.append(_chance(MOVING, int(was["edition"]), int(was["of"]), was, now))
    return pd.DataFrame(rows)


def _moved(
    story: Story, drawn: Drawn, gains: pd.Series, ahead: slice
) -> Iterator[dict[str, float]]:
    """What the ranks of all draws say once everybody is shifted by its points."""
    shifts = gains[story.economy] - gains.reindex(drawn.rivals).fillna(0.0).to_numpy()
    small = np.min_scalar_type(len(drawn.rivals) + 1)
    for leads in drawn.leads[ahead]:
        yield _of_ranks(story, 1 + (leads > shifts[:, None]).sum(axis=0, dtype=small))


def _of_ranks(story: Story, rank: np.ndarray) -> dict[str, float]:
    """Median, interval and chances of ranks, as `rankings.forecasts.draws` takes them."""
    middle, low, high = np.quantile(rank, [0.5, 0.1, 0.9], method="inverted_cdf")
    best, worst = story.band.best, story.band.worst
    return {
        "median": int(middle),
        "low80": int(low),
        "high80": int(high),
        "reach": float((rank <= worst).mean()),
        "inside": float(((rank >= best) & (rank <= worst)).mean()),
    }


def _chance(
    others: str, edition: int, of: int, was: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, object]:
    told = {
        f"{name}_{when}": row[name]
        for name in TOLD
        for when, row in (("before", was), ("after", now))
    }
    return {"others": others, "edition": edition, **told, "of": of}
