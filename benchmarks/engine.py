"""How fast are the heavy computations, against the best plain loop and the peer?

``rankings bench`` runs everything once and prints a table. The loop of the composite
engine (`plain_loop`) is what a competent person would write in numpy: it keeps the tables of all
stages and climbs the tree once a replicate, with arrays alone. It runs on every replicate in the
same process; the ratio is one of processor times. Other naive loops run on fewer replicates and
their time is scaled up, which the table says. The peer's times were measured elsewhere and are
quoted with their source.
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from rankings.analysis import change, confidence, decompose, recipes
from rankings.composite import aggregate, normalise, outliers, prepare, weights
from rankings.composite.engine import Method, build
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.sobol import saltelli, sensitivity
from rankings.composite.tree import Tree, from_table
from rankings.composite.uncertainty import sequence, summarise, to_picks, uncertainty
from rankings.data import world
from rankings.forecasts.draws import rank_forecast
from rankings.panel import ranks
from rankings.panel.definitions import definition
from rankings.report import whatif
from rankings.story import question
from rankings.story.outlook import choose_model

SEED = 1
NAIVE = 60  # replicates of the naive loop of confidence sets
FEW = 5
PEER = "COINr 1.1.14, R 4.2.2, 2 shared cores; as measured for the project (FIELD.md, section 5)"
# Sizes of the groups of siblings: the shape of the peer's ASEM example, and a smaller wide one.
ASEM_SHAPE = {"a": [5, 6, 8, 8, 3], "b": [5, 9, 5]}
WIDE_SHAPE = {"a": [3, 3, 3], "b": [3, 3]}

COLUMNS = [
    "task",
    "economies",
    "indicators",
    "replicates",
    "seconds",
    "cpu_seconds",
    "peak_mb",
    "naive_replicates",
    "naive_seconds",
    "ratio",
    "growth",
    "ranks_that_differ",
    "peer_replicates",
    "peer_seconds",
    "note",
]


def synthetic(
    economies: int, shape: dict[str, list[int]], *, gaps: float = 0.0
) -> tuple[Tree, pd.DataFrame]:
    """A tree of three levels above the indicators, and skewed figures with a common factor.

    Args:
        economies: how many.
        shape: pillar -> sizes of its groups of indicators.
        gaps: share of values missing.
    """
    rows: list[dict[str, object]] = [{"code": "index", "parent": None}]
    for pillar, sizes in shape.items():
        rows.append({"code": pillar, "parent": "index"})
        for group, size in enumerate(sizes):
            rows.append({"code": f"{pillar}{group}", "parent": pillar})
            rows += [
                {"code": f"{pillar}{group}_{i}", "parent": f"{pillar}{group}"} for i in range(size)
            ]
    tree = from_table(pd.DataFrame(rows))
    generator = np.random.default_rng(SEED)
    common = generator.normal(size=(economies, 1))
    noise = generator.normal(size=(economies, len(tree.indicators)))
    spread = generator.uniform(0.1, 1.2, size=len(tree.indicators))
    values = np.exp(spread * (0.7 * common + 0.7 * noise))
    values[generator.random(values.shape) < gaps] = np.nan
    names = pd.Index([f"E{number:03d}" for number in range(economies)])
    return tree, pd.DataFrame(values, index=names, columns=tree.indicators)


def vignette(tree: Tree) -> Varied:
    """The variations of the peer's vignette: outliers, normalisation, noisy weights, mean."""
    return {
        "treat": {f"winsorise up to {most}": outliers.winsorising(most) for most in range(1, 6)},
        "normalise": {
            "min-max 1-100": normalise.minmax(1, 100),
            "z-score 10 +- 2": normalise.zscore(10, 2),
        },
        "weights": dict(weights.noisy(tree, {2: 0.25, 3: 0.25}, 100, SEED)),
        "aggregate": {"arithmetic": aggregate.arithmetic, "geometric": aggregate.geometric},
    }


def wide_variations(tree: Tree) -> Varied:
    """Six parts of the method at once, imputation and a dropped indicator among them."""
    dropped = {"none": None, **{f"without {code}": code for code in tree.indicators}}
    impute = {
        "not filled": prepare.not_filled,
        "mean": prepare.by_mean,
        "median": prepare.by_median,
    }
    return {"impute": impute, **vignette(tree), "drop": dropped}


def measure(work: Callable[[], object]) -> tuple[float, float, float]:
    """Wall and processor seconds of the better of two runs, and peak MB of a third."""
    runs = []
    for _ in range(2):
        start, busy = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - start, time.process_time() - busy))
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return *min(runs), peak / 1e6


def plain_loop(plan: Plan, picks: np.ndarray) -> np.ndarray:
    """Ranks of replicates, one after the other; every table before aggregation is made once.

    Returns:
        Replicates down, economies across.
    """
    tree, codes = plan.tree, plan.tree.table.index
    drops = list(plan.varied.get("drop", {None: None}).values())
    sets = plan.weight_rows
    kept: dict[tuple[object, ...], np.ndarray] = {}
    found = np.empty((len(picks), len(plan.data)), dtype=np.int32)
    for row, pick in enumerate(picks.tolist()):
        chosen = dict(zip(plan.varied, pick, strict=True))
        stages = tuple(chosen.get(name) for name in ("impute", "treat", "normalise", "aggregate"))
        if stages not in kept:
            kept[stages] = _bent(plan, pick)
        weights_now = sets[chosen.get("weights", 0)]
        left_out = drops[chosen.get("drop", 0)]
        if left_out is not None:
            weights_now = weights_now.copy()
            weights_now[codes.get_loc(left_out)] = 0.0
        climb = _climb_gaps if "drop" in chosen or np.isnan(kept[stages]).any() else _climb_plain
        score = climb(tree, kept[stages], weights_now)
        found[row] = len(score) + 1 - np.searchsorted(np.sort(score), score, side="right")
    return found


def _bent(plan: Plan, pick: list[int]) -> np.ndarray:
    """Nodes down, economies across: indicators on the scale on which their mean is arithmetic."""
    method = plan.method(pick)
    assert isinstance(method.aggregate, aggregate.Mean)
    built = build(plan.tree, plan.data, method.but(aggregate=aggregate.arithmetic))
    nodes = np.full((len(plan.tree.table), len(plan.data)), np.nan)
    leaves = plan.tree.table.index.get_indexer(pd.Index(plan.tree.indicators))
    nodes[leaves] = method.aggregate.bend(built.normalised.to_numpy()).T
    return nodes


def _climb_plain(tree: Tree, nodes: np.ndarray, weights_now: np.ndarray) -> np.ndarray:
    """The root's score, the tree climbed in place; nothing is missing."""
    for parent, children in tree.groups:
        share = weights_now[children]
        nodes[parent] = share @ nodes[children] / share.sum()
    return nodes[tree.groups[-1][0]]


def _climb_gaps(tree: Tree, nodes: np.ndarray, weights_now: np.ndarray) -> np.ndarray:
    """The same where a gap, or a node left out, drops out with its weight."""
    with np.errstate(invalid="ignore"):
        for parent, children in tree.groups:
            share, values = weights_now[children], nodes[children]
            held = ~np.isnan(values)
            nodes[parent] = (share @ np.where(held, values, 0.0)) / (share @ held)
    return nodes[tree.groups[-1][0]]


def _row(
    task: str,
    plan: Plan,
    picks: np.ndarray,
    work: Callable[[], object],
    peer: tuple[int, float] | None = None,
) -> dict[str, object]:
    seconds, busy, peak = measure(work)
    start, spent = time.perf_counter(), time.process_time()
    looped = plain_loop(plan, picks)
    naive_seconds, spent = time.perf_counter() - start, time.process_time() - spent
    done = run(plan, picks)
    return {
        "task": task,
        "economies": len(plan.data),
        "indicators": len(plan.tree.indicators),
        "replicates": len(picks),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(busy, 3),
        "peak_mb": round(peak, 1),
        "naive_replicates": len(picks),
        "naive_seconds": round(naive_seconds, 2),
        "ratio": round(spent / busy, 1),
        "ranks_that_differ": int((looped != done.ranks[done.row_of]).sum()),
        "peer_replicates": peer[0] if peer else pd.NA,
        "peer_seconds": peer[1] if peer else pd.NA,
        "note": "naive: one numpy climb a replicate, all stages kept; ratio of processor times"
        + (f"; peer: {PEER}" if peer else ""),
    }


def bench_weight_sets(
    sets: int = 10_000, scales: Sequence[int] = (2, 4), units: Sequence[int] = (386, 772, 1544)
) -> pd.DataFrame:
    """Ranks and intervals over distinct weight sets: two sizes of table, then ever larger ones.

    Returns:
        Columns `COLUMNS`. Growth is the time a set and economy take, in that of the first row:
        1 in all rows would be exactly linear.
    """
    sizes = [(193, WIDE_SHAPE, sets), (51, ASEM_SHAPE, sets)]
    sizes += [(193, WIDE_SHAPE, sets * scale) for scale in scales]
    sizes += [(economies, WIDE_SHAPE, sets) for economies in units]
    rows = []
    for economies, shape, count in sizes:
        tree, data = synthetic(economies, shape)
        drawn = weights.noisy(tree, {1: 0.25, 2: 0.25, 3: 0.25}, count, SEED)
        picks = np.arange(count)[:, None]
        plan = Plan(tree, data, Method(), {"weights": drawn})
        rows.append(_row("distinct weight sets", plan, picks, partial(rank_afresh, plan, picks)))
    table = pd.DataFrame(rows, columns=COLUMNS)
    each = table["cpu_seconds"] / (table["replicates"] * table["economies"])
    table["growth"] = (each / each.iloc[0]).round(2)
    return table


def rank_afresh(plan: Plan, picks: np.ndarray) -> object:
    """Ranks and intervals from nothing kept of an earlier run."""
    return summarise(run(replace(plan), picks))


def bench_uncertainty(draws: int = 10_000) -> pd.DataFrame:
    """Rank intervals over methods: 51 x 49, and 193 x 15 with gaps; columns `COLUMNS`.

    Replicates that pick the same are computed once; the loop computes each.
    """
    rows = []
    for economies, shape, gaps, peer in (
        (51, ASEM_SHAPE, 0.0, (10_000, 2110.0)),
        (193, WIDE_SHAPE, 0.02, (200, 17.0)),
    ):
        tree, data = synthetic(economies, shape, gaps=gaps)
        varied = wide_variations(tree) if gaps else vignette(tree)
        plan = Plan(tree, data, Method(), varied)
        rows.append(
            _row(
                "rank intervals over methods",
                plan,
                to_picks(sequence(len(plan.sizes), draws, SEED), plan.sizes),
                lambda plan=plan: uncertainty(  # type: ignore[misc]
                    plan.tree, plan.data, plan.reference, plan.varied, seed=SEED, draws=draws
                ),
                peer,
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def bench_sensitivity(base: int = 2048) -> pd.DataFrame:
    """Sobol indices of every economy, with bootstrap intervals; columns `COLUMNS`.

    The peer's figure is for one output (the mean shift), not for each economy.
    """
    rows = []
    for economies, shape, gaps in ((51, ASEM_SHAPE, 0.0), (193, WIDE_SHAPE, 0.02)):
        tree, data = synthetic(economies, shape, gaps=gaps)
        varied = wide_variations(tree) if gaps else vignette(tree)
        plan = Plan(tree, data, Method(), varied)
        rows.append(
            _row(
                "Sobol indices of every economy",
                plan,
                to_picks(saltelli(sequence(2 * len(plan.sizes), base, SEED)), plan.sizes),
                lambda plan=plan: sensitivity(  # type: ignore[misc]
                    plan.tree, plan.data, plan.reference, plan.varied, seed=SEED, base=base
                ),
                None if gaps else (3_000, 507.0),
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def bench_confidence(economies: int = 193, draws: int = 10_000) -> pd.DataFrame:
    """Simultaneous confidence sets of all ranks; columns `COLUMNS`.

    The naive loop holds all differences of a draw at once, pair by pair of economies.
    """
    generator = np.random.default_rng(SEED)
    names = pd.Index([f"E{number:03d}" for number in range(economies)])
    scores = pd.Series(np.sort(generator.uniform(size=economies))[::-1], index=names)
    covariance = confidence.independent(pd.Series(0.02, index=names))
    seconds, busy, peak = measure(
        lambda: confidence.sets(scores, covariance, confidence.SIMULTANEOUS, draws=draws, seed=SEED)
    )
    start = time.process_time()
    for _ in range(NAIVE):
        noise = generator.normal(scale=0.02, size=economies)
        largest = 0.0
        for one in range(economies):
            largest = max(largest, float(np.abs(noise[one] - noise).max()) / (0.02 * 2**0.5))
    each = (time.process_time() - start) / NAIVE
    row = {
        "task": "confidence sets of all ranks, one pass of the naive loop",
        "economies": economies,
        "replicates": draws,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(busy, 3),
        "peak_mb": round(peak, 1),
        "naive_replicates": NAIVE,
        "naive_seconds": round(each * draws, 1),
        "ratio": round(each * draws / busy, 1),
        "peer_replicates": 1_000,
        "peer_seconds": 9.6,
        "note": "peer of the confidence sets: csranks 1.2.3, 1.1 GB, as measured for the project "
        "(FIELD.md, section 5); ours steps down, the naive loop does not",
    }
    return pd.DataFrame([row], columns=COLUMNS)


def bench_attribution() -> pd.DataFrame:
    """The split of every economy's rank change, EGDI 2016 to 2018; columns `COLUMNS`.

    The naive loop asks for each economy and each coalition by itself.
    """
    held = recipes.held(world.load(), 2018)
    step = change.step(held, definition("EGDI"), 2016, 2018)
    seconds, busy, peak = measure(
        lambda: change.split(change.step(held, definition("EGDI"), 2016, 2018))
    )
    old, new = (table.loc[step.common, step.parts] for table in (step.before, step.after))
    start = time.process_time()
    for iso3 in step.common[:FEW]:
        _naive_split(old, new, str(iso3))
    each = (time.process_time() - start) / FEW
    row = {
        "task": "Shapley split of a rank change, every economy",
        "economies": len(step.common),
        "indicators": len(step.parts),
        "replicates": len(step.common),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(busy, 3),
        "peak_mb": round(peak, 1),
        "naive_replicates": FEW,
        "naive_seconds": round(each * len(step.common), 2),
        "ratio": round(each * len(step.common) / busy, 1),
        "note": "naive split: one economy and one coalition at a time",
    }
    return pd.DataFrame([row], columns=COLUMNS)


def _naive_split(old: pd.DataFrame, new: pd.DataFrame, iso3: str) -> pd.Series:
    """The same split by the general Shapley value, coalition by coalition."""
    own = old.index == iso3
    players = [(who, at) for who in ("own", "others") for at in range(old.shape[1])]
    worth: dict[frozenset[str], float] = {}
    for size in range(len(players) + 1):
        for group in combinations(players, size):
            mixed = old.to_numpy(copy=True)
            for who, at in group:
                rows = own if who == "own" else ~own
                mixed[rows, at] = new.to_numpy()[rows, at]
            scores = mixed.mean(axis=1)
            better = float((scores > scores[own] + ranks.TOLERANCE).sum() + 1)
            worth[frozenset(f"{who} {at}" for who, at in group)] = better
    return decompose.shapley([f"{who} {at}" for who, at in players], worth)


def bench_what_if() -> pd.DataFrame:
    """One slider moved, after the first time: score, rank and chance; columns `COLUMNS`.

    The naive way shifts the draws and orders all economies in each again.
    """
    asked = question.ask("VNM")
    draws = asked.draws(choose_model(asked))
    seconds, busy, peak = measure(lambda: whatif.what_if(asked, {"tii": 0.95}))
    ours = whatif.what_if(asked, {"tii": 0.95})
    start = time.process_time()
    for _ in range(FEW):
        scores = draws.scores.copy()
        scores[:, :, draws.place("VNM")] += ours.points
        looped = rank_forecast(replace(draws, scores=scores), "VNM")
    each = (time.process_time() - start) / FEW
    told = ours.chances.query("others == @whatif.MOVING")
    differ = sum(
        int((told[f"{name}_after"].to_numpy() != looped[name].to_numpy()).sum())
        for name in ("median", "low80", "high80")
    )
    row = {
        "task": "what-if of one slider, after the first",
        "economies": len(draws.iso3),
        "indicators": len(whatif.levers(asked)),
        "replicates": draws.scores.shape[0] * draws.scores.shape[1],
        "seconds": round(seconds, 4),
        "cpu_seconds": round(busy, 4),
        "peak_mb": round(peak, 1),
        "naive_replicates": FEW,
        "naive_seconds": round(each, 3),
        "ratio": round(each / busy),
        "ranks_that_differ": differ,
        "note": "naive what-if: all economies ordered again in every draw and edition ahead",
    }
    return pd.DataFrame([row], columns=COLUMNS)


BENCHES: list[Callable[[], pd.DataFrame]] = [
    bench_weight_sets,
    bench_uncertainty,
    bench_sensitivity,
    bench_confidence,
    bench_attribution,
    bench_what_if,
]


def main(as_json: bool = False) -> None:
    """Run every bench and print one table, or JSON records."""
    print(as_text(pd.concat([bench() for bench in BENCHES], ignore_index=True), as_json))


def as_text(table: pd.DataFrame, as_json: bool) -> str:
    """A table of benches as lines to read, or as JSON records."""
    if as_json:
        return json.dumps(json.loads(table.to_json(orient="records")), indent=2)
    lines = table.drop(columns="note").to_string(index=False)
    return "\n".join([lines, *dict.fromkeys(table["note"])])


if __name__ == "__main__":
    main(as_json="--json" in sys.argv[1:])
