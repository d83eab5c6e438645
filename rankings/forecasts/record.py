"""How good were forecasts of each measure before? Rolling origins, every measure by its own rule.

The EGDI and its parts are forecast from every past edition, ranks among the economies measured in
all of them. A walk is forecast from every past edition as it was known when it came out, and judged
by the first printing of what came, among the economies in both. The composite is forecast from past
year-ends.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from rankings import store
from rankings.errors import InputError
from rankings.forecasts import as_known, backtest, closing, gaps, joint, registry
from rankings.forecasts.baselines import NO_CHANGE, walk_paths
from rankings.forecasts.closing import CLOSING_GAPS, Paths
from rankings.forecasts.draws import Draws
from rankings.forecasts.information import Information
from rankings.forecasts.walk import values_of, walk
from rankings.panel import ranks, shape
from rankings.panel.definitions import definition
from rankings.panel.measures import CLOSING, PARTS, WALK, Measure, measure

KEYS = ["measure", "regime", "model", "information", "h", "origin", "n", "crps", "mae"]
KEYS += ["coverage80", "coverage95", "brier", "used", "real_time"]
STATED = ["measure", "regime", "model", "information", "origin", "h", "iso3", "chance", "came"]
FURTHEST = 3
DRAWS = 2000
SINCE = 2012
FEW = 3


def record(
    world: joint.World, code: str, as_of: int, seed: int, *, slow: bool = False, draws: int = DRAWS
) -> pd.DataFrame:
    """The record of a measure on outcomes known at the end of a year, computed once and kept.

    Args:
        world: the tables.
        code: of the measure.
        as_of: the year.
        seed: of the draws.
        slow: the baselines fitted to each economy by itself, too (the EGDI alone has them).
        draws: per forecast.

    Returns:
        Columns `KEYS`: one row per regime, model, origin and edition ahead (h). CRPS and mae are
        in places; brier is that of rank 50 or better; used: reports may speak from it; real_time:
        nothing in it was revised after the origin. Regimes are never to be averaged.

    Raises:
        InputError: the measure has no record, with the reason, or no outcome was known yet.
    """
    return _kept(world, measure(code), as_of, seed, slow, draws, RECORD)


def chances(
    world: joint.World, code: str, as_of: int, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """What the forecasts of a measure on record said of rank `backtest.TOP`, and what came.

    Args:
        world: as in `record`.
        code: of a measure other than the EGDI (of which see `backtest.chances_on_record`).
        as_of: as in `record`.
        seed: as in `record`.
        draws: as in `record`.

    Returns:
        Columns `STATED`: one row per regime, model, origin, edition ahead and economy; chance is
        that of rank `backtest.TOP` or better, came is 0 or 1.

    Raises:
        InputError: as `record`.
    """
    return _kept(world, measure(code), as_of, seed, False, draws, CHANCES)


RECORD, CHANCES = "record", "chances"


def _kept(
    world: joint.World, asked: Measure, as_of: int, seed: int, slow: bool, draws: int, wanted: str
) -> pd.DataFrame:
    """One of the two tables of a record, which are computed and kept together."""
    asked.check_forecast()
    inputs = [world.fingerprint, asked.code, as_of, seed, slow, draws]
    paths = {name: store.cached(name, inputs, __name__, ".parquet") for name in (RECORD, CHANCES)}
    if paths[wanted].is_file():
        try:
            return pd.read_parquet(paths[wanted])
        except (OSError, ValueError):  # damaged, or pruned meanwhile
            pass
    rows = _computed(world, asked, as_of, seed, slow, draws)
    tables = {RECORD: rows[KEYS], CHANCES: _of_economies(rows)}
    for name, path in paths.items():
        table = tables[name]
        store.write_whole(path, partial(table.to_parquet, index=False))
    return tables[wanted]


def _of_economies(rows: pd.DataFrame) -> pd.DataFrame:
    """A row per economy of the forecasts that have stated chances."""
    if "chance" not in rows:
        return pd.DataFrame(columns=STATED)
    held = rows.loc[rows["chance"].notna(), STATED]
    return held.explode(["iso3", "chance", "came"], ignore_index=True).astype(
        {"chance": float, "came": int}
    )


def first_origin(code: str) -> int:
    """The first origin that counts: `SINCE` for the EGDI and its parts, else any."""
    return SINCE if measure(code).forecast == CLOSING else 0


def since(rows: pd.DataFrame, first: int) -> pd.DataFrame:
    """The rows of origins from a year on; `InputError` if there are none."""
    found = rows.loc[rows["origin"] >= first]
    if found.empty:
        origins = ", ".join(str(each) for each in sorted(rows["origin"].unique()))
        raise InputError(
            "no origin from {first} on has an outcome; origins: {editions}",
            first=first,
            editions=origins,
        )
    return found.reset_index(drop=True)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over origins, by regime, editions ahead and model, best first; and how many origins."""
    key = ["measure", "regime", "h", "model", "information"]
    means = rows.groupby(key, as_index=False, sort=False).agg(
        origins=("origin", "nunique"),
        n=("n", "mean"),
        **{name: (name, "mean") for name in KEYS[7:12]},
        used=("used", "first"),
        real_time=("real_time", "first"),
    )
    return means.sort_values(["regime", "h", "crps"], ignore_index=True)


def few_origins(rows: pd.DataFrame) -> list[str]:
    """Regimes and editions ahead whose record rests on `FEW` origins or fewer: "GCI h=3 (1)"."""
    counts = rows.groupby(["regime", "h"], as_index=False).agg(origins=("origin", "nunique"))
    few = counts.loc[counts["origins"] <= FEW]
    return [f"{row['regime']} h={row['h']} ({row['origins']})" for row in few.to_dict("records")]


def _computed(
    world: joint.World, asked: Measure, as_of: int, seed: int, slow: bool, draws: int
) -> pd.DataFrame:
    if asked.code == joint.EGDI:
        tables = [_of_index(world, asked, as_of, seed, slow, draws)]
    elif asked.forecast == CLOSING:
        tables = list(_of_part(world, asked, as_of, seed, draws))
    elif asked.forecast == WALK:
        tables = list(_of_walk(world, asked, as_of, seed, draws))
    else:
        assert asked.forecast == PARTS
        tables = list(_of_composite(world, asked, as_of, seed, draws))
    if not tables:
        raise InputError(
            "{index}: no outcome was known by {year}, nothing to test a forecast on",
            index=asked.code,
            year=as_of,
        )
    return pd.concat(tables, ignore_index=True).assign(measure=asked.code)


def _of_index(
    world: joint.World, asked: Measure, as_of: int, seed: int, slow: bool, draws: int
) -> pd.DataFrame:
    """The record of the EGDI itself, with all models there are."""
    models = registry.MODELS if slow else registry.QUICK
    found = backtest.rolling(
        world.known(as_of),
        definition(asked.index),
        seed,
        figures=world.figures(as_of),
        models=models,
        furthest=FURTHEST,
        draws=draws,
    )
    found = found.assign(regime=asked.regimes[0].name, real_time=~found["todays_figures"])
    return pd.concat([found, *_of_index_then(world, asked, as_of, seed, draws)])


def _of_index_then(
    world: joint.World, asked: Measure, as_of: int, seed: int, draws: int
) -> Iterator[pd.DataFrame]:
    """The same at the origins of which releases of series are held, read as known then."""
    index = definition(asked.index)
    for origin, ahead, known, outcome in backtest.origins(world.known(as_of), index, FURTHEST):
        facts = {"regime": asked.regimes[0].name, "origin": origin}
        for name, series, real in as_known.readings(world, index, ahead[0], as_of):
            made = (CLOSING_GAPS, name, False)
            paths = as_known.paths(series, known, index, ahead, seed=seed + origin, draws=draws)
            drawn = closing.overall_draws(paths, index)
            yield _scored(outcome, drawn, made, facts).assign(real_time=real)


# Model, information, and whether reports speak from it.
Make = tuple[str, str, bool]
MADE: tuple[Make, ...] = (
    (NO_CHANGE, "history", True),
    (CLOSING_GAPS, "history", False),
    (CLOSING_GAPS, "origin", True),
    (CLOSING_GAPS, "nowcast", True),
    (registry.SELECTED_TODAY, "nowcast", False),
)


def _paths(
    series: pd.DataFrame,
    known: pd.DataFrame,
    made: Make,
    ahead: list[int],
    seed: int,
    draws: int,
) -> Paths:
    index = definition(joint.EGDI)
    today: dict[str, Any] = {"wanted": gaps.SELECTED, "calendar": "today"}
    if made[0] == NO_CHANGE:
        return walk_paths(known, index, ahead, seed, draws, joint.BESIDE)
    return closing.closing_paths(
        known,
        index,
        ahead,
        seed,
        draws,
        series=series,
        information=cast(Information, made[1]),
        beside=joint.BESIDE,
        **(today if made[0] == registry.SELECTED_TODAY else {}),
    )


def _of_part(
    world: joint.World, asked: Measure, as_of: int, seed: int, draws: int
) -> Iterator[pd.DataFrame]:
    """The record of a sub-index, drawn on the paths of its index."""
    series = world.series_at(as_of)
    panel, index = world.known(as_of), definition(asked.index)
    places = values_of(panel, asked)[backtest.universe(panel, index)].apply(
        ranks.competition, axis=1
    )
    for origin, ahead, known, _ in backtest.origins(panel, index, FURTHEST):
        outcome = places.loc[ahead]
        facts = {"regime": asked.regimes[0].name, "origin": origin}
        for made in MADE:
            paths = _paths(series, known, made, ahead, seed + origin, draws)
            drawn = joint.component_draws(asked, paths, made[0])
            yield _scored(outcome, drawn, made, facts)
        if not as_known.released_by(world, index, ahead[0], asked.component).empty:
            for name, then, real in as_known.readings(world, index, ahead[0], as_of):
                paths = as_known.paths(then, known, index, ahead, seed=seed + origin, draws=draws)
                drawn = joint.component_draws(asked, paths, CLOSING_GAPS)
                scored = _scored(outcome, drawn, (CLOSING_GAPS, name, False), facts)
                yield scored.assign(real_time=real)
        yield _point(shape.row_at(places, origin), outcome, facts)


def _scored(outcome: pd.DataFrame, drawn: Draws, made: Make, facts: dict[str, Any]) -> pd.DataFrame:
    """A row per edition ahead: its scores, and by economy what was said of rank `TOP`."""
    said = backtest.stated(outcome, drawn).groupby("h", sort=True)
    by_economy: dict[str, Any] = {
        name: [list(each) for _, each in said[name]] for name in ("iso3", "chance", "came")
    }
    return backtest.score_origin(outcome, drawn).assign(
        model=made[0],
        information=made[1],
        used=made[2],
        real_time=made[1] == "history",
        **by_economy,
        **facts,
    )


def _point(last: pd.Series, outcome: pd.DataFrame, facts: dict[str, Any]) -> pd.DataFrame:
    """No change as a single number: the last rank itself."""
    return backtest.error(last, outcome).assign(
        model=backtest.POINT, information="history", used=False, real_time=True, **facts
    )


def _first_printed(world: joint.World, asked: Measure, as_of: int) -> pd.DataFrame:
    """Values of each edition as first printed, editions down and economies across."""
    rows = shape.known(world.panel, as_of)
    rows = rows.loc[
        (rows["index"] == asked.index)
        & (rows["component"] == asked.component)
        & rows["standing"].notna()
    ]
    first = rows.groupby("edition")["published_year"].transform("min")
    return rows.loc[rows["published_year"] == first].pivot(
        index="edition", columns="iso3", values="value"
    )


def _of_walk(
    world: joint.World, asked: Measure, as_of: int, seed: int, draws: int
) -> Iterator[pd.DataFrame]:
    """The record of a walk, a forecast from each edition as it was known when it came out."""
    came = _first_printed(world, asked, as_of)
    rows = world.panel.loc[world.panel["index"] == asked.index]
    out = rows.groupby("edition")["published_year"].min()
    whole = came.columns[came.notna().all()] if asked.rhythm is None else came.columns
    for regime in asked.regimes:
        editions = [int(edition) for edition in came.index if regime.holds(int(edition))]
        for at in range(regime.fewest - 1, len(editions) - 1):
            origin, ahead = editions[at], editions[at + 1 : at + 1 + FURTHEST]
            known = shape.known(world.panel, int(out[origin]))
            known = known.loc[known["edition"] <= origin]
            for h in range(1, len(ahead) + 1):
                yield from _one_walk(asked, regime.name, known, came, whole, ahead[:h], seed, draws)


def _one_walk(
    asked: Measure,
    regime: str,
    known: pd.DataFrame,
    came: pd.DataFrame,
    whole: Iterable[str],
    ahead: list[int],
    seed: int,
    draws: int,
) -> Iterator[pd.DataFrame]:
    """One forecast of a walk, scored at its last edition among the economies in both."""
    values = values_of(known, asked)
    origin, last = int(values.index[-1]), ahead[-1]
    outcome = shape.row_at(came, last)
    now = shape.row_at(values, origin)
    both = [iso3 for iso3 in whole if pd.notna(now.get(iso3, np.nan)) and pd.notna(outcome[iso3])]
    there = known.loc[(known["edition"] < origin) | known["iso3"].isin(both)]
    drawn = walk(there, asked, ahead, seed + origin, draws).draws()
    facts: dict[str, Any] = {"regime": regime, "origin": origin}
    places = pd.DataFrame([ranks.competition(outcome[both])], index=[last])
    only = Draws(
        drawn.model, drawn.index, origin, (last,), drawn.iso3, drawn.scores[:, -1:], drawn.spread
    )
    scored = _scored(places, only, (NO_CHANGE, "history", True), facts)
    yield scored.assign(h=len(ahead))
    yield _point(ranks.competition(now[both]), places, facts).assign(h=len(ahead))


def _of_composite(
    world: joint.World, asked: Measure, as_of: int, seed: int, draws: int
) -> Iterator[pd.DataFrame]:
    """The record of a composite between past year-ends."""
    series = world.series_at(as_of)
    parts = [measure(code) for code in asked.children]
    walking = next(part for part in parts if part.forecast == WALK)
    panel, index = world.known(as_of), definition(joint.EGDI)
    regime = asked.regimes[0]
    ends = [
        int(end)
        for end in sorted(panel.loc[panel["index"] == index.name, "edition"].unique())
        if regime.holds(int(end)) and end <= as_of
    ]
    held = {end: composite_values(world.known(end), asked) for end in ends}
    members = [
        iso3
        for iso3 in backtest.universe(panel, index)
        if all(iso3 in values.index for values in held.values())
    ]
    places = pd.DataFrame(
        {end: ranks.competition(composite_values(world.known(end), asked, members)) for end in ends}
    ).T
    for at, origin in enumerate(ends[:-1]):
        ahead = ends[at + 1 : at + 1 + FURTHEST]
        known = world.known(origin)
        own = known.loc[(known["index"] != index.name) | known["iso3"].isin(members)]
        every = shape.known(world.panel, origin)
        every = every.loc[(every["index"] == walking.index) & every["iso3"].isin(members)]
        steps = [origin + more for more in range(1, len(ahead) + 1)]
        walked = walk(every, walking, steps, seed + origin, draws)
        chance = joint.arrival(world.panel, walking, origin)
        compose = partial(
            joint.composite_draws, asked, walked=walked, chance=chance, seed=seed + origin
        )
        facts: dict[str, Any] = {"regime": regime.name, "origin": origin}
        # Sister indices out before the next year-end may be looked at: they are cut by the model.
        others = panel.loc[panel["index"] != index.name]
        own = pd.concat([own.loc[own["index"] == index.name], others])
        for made in (MADE[0], MADE[3], MADE[4]):
            paths = _paths(series, own, made, ahead, seed + origin, draws)
            yield _scored(places.loc[ahead], compose(paths=paths, model=made[0]), made, facts)
        yield _point(shape.row_at(places, origin), places.loc[ahead], facts)


def composite_parts(
    known: pd.DataFrame, asked: Measure, among: list[str] | None = None
) -> pd.DataFrame:
    """The parts of a composite by their newest editions in a panel, on one scale.

    Args:
        known: newest vintages as known at a year-end.
        asked: the composite.
        among: the economies standard scores are taken among; all that have every part by default.

    Returns:
        Economies down, codes of the parts across: 100 plus ten times the standard score.
    """
    parts = {code: values_of(known, measure(code)) for code in asked.children}
    table = pd.DataFrame({code: values.iloc[-1] for code, values in parts.items()}).dropna()
    table = table if among is None else table.loc[among]
    return 100 + 10 * (table - table.mean()) / table.std(ddof=0)


def composite_values(
    known: pd.DataFrame, asked: Measure, among: list[str] | None = None
) -> pd.Series:
    """Values of a composite: the weighted mean of its parts, as `composite_parts` has them."""
    parts = composite_parts(known, asked, among)
    return pd.Series(parts.to_numpy() @ np.array(asked.weights), index=parts.index)
