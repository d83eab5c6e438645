"""How good were these forecasts before? Rolling origins, outcomes known at the as-of year only."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from rankings import store
from rankings.errors import InputError
from rankings.forecasts import registry
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.draws import Draws
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel.definitions import Index

FIRST_TRAINING = 4
TOP = 50
COLUMNS = [
    *[
        "label",
        "model",
        "information",
        "origin",
        "h",
        "n",
        "crps",
        "mae",
        "coverage80",
        "coverage95",
    ],
    *["brier", "used", "todays_figures"],
]
# Behind the label of a model whose single number is scored.
AS_POINT = ", point"
POINT = f"{NO_CHANGE}{AS_POINT}"


def universe(panel: pd.DataFrame, index: Index) -> list[str]:
    """Economies with an overall score in every edition models may learn from.

    One that rests on a placeholder is none.

    Ranks are recomputed among them, so that coverage does not move a rank in the test. Who
    belongs is known only at the end: the test is of ranks among these, not of coverage.
    """
    rows = panel.loc[
        (panel["index"] == index.name)
        & (panel["component"] == index.overall)
        & (panel["edition"] >= index.model_from)
    ]
    held = rows.pivot(index="edition", columns="iso3", values="standing").dropna(axis=1)
    return list(held.columns)


def score_origin(outcome: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Scores of one model at one origin, a row per edition ahead.

    Args:
        outcome: the ranks that came, editions down and economies across.
        draws: the forecast.

    Returns:
        Columns h, n, crps (ensemble CRPS of the rank, in places), mae (of the median),
        coverage80, coverage95, brier (of the chance to rank `TOP` or better).

    Source: Gneiting and Raftery (2007), CRPS; computed by scoringrules.
    """
    import scoringrules  # half a second, and a record kept needs none

    rows = []
    for ahead, edition in enumerate(draws.editions):
        came = outcome.loc[edition].reindex(list(draws.iso3)).to_numpy(dtype=float)
        drawn = draws.ranks[:, ahead, :].T.astype(float)
        low95, low80, middle, high80, high95 = np.quantile(
            drawn, [0.025, 0.1, 0.5, 0.9, 0.975], axis=1, method="inverted_cdf"
        )
        rows.append(
            {
                "h": ahead + 1,
                "n": len(came),
                "crps": float(
                    np.mean(scoringrules.crps_ensemble(came, drawn, sorted_ensemble=False))
                ),
                "mae": float(np.abs(middle - came).mean()),
                "coverage80": float(((came >= low80) & (came <= high80)).mean()),
                "coverage95": float(((came >= low95) & (came <= high95)).mean()),
                "brier": float((((drawn <= TOP).mean(axis=1) - (came <= TOP)) ** 2).mean()),
            }
        )
    return pd.DataFrame(rows)


def stated(outcome: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """What one forecast said of rank `TOP` or better, and what came.

    Args:
        outcome: as in `score_origin`.
        draws: the forecast.

    Returns:
        Columns h, iso3, edition, chance and came (0 or 1).
    """
    tables = []
    for at, edition in enumerate(draws.editions):
        came = outcome.loc[edition].reindex(list(draws.iso3)) <= TOP
        chance = (draws.ranks[:, at, :] <= TOP).mean(axis=0)
        found = {"h": at + 1, "iso3": draws.iso3, "edition": edition, "chance": chance}
        tables.append(pd.DataFrame({**found, "came": came.to_numpy(dtype=int)}))
    return pd.concat(tables, ignore_index=True)


def rolling(
    panel: pd.DataFrame,
    index: Index,
    seed: int,
    *,
    figures: registry.HasFigures | None = None,
    models: Iterable[registry.Model] = registry.QUICK,
    furthest: int = 3,
    draws: int = 1000,
    then: Callable[[int], pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Every model at every origin whose outcome is in the panel given.

    Args:
        panel: the panel as known at the as-of year: nothing later may choose a model.
        index: the index forecast.
        seed: of the draws.
        figures: the world's series and indicators; without them only models of the index's own
            history are run. Every model cuts them at its origin itself.
        models: which; `forecast.MODELS` for all.
        furthest: most editions ahead.
        draws: per forecast.
        then: as in `origins`.

    Returns:
        Columns `COLUMNS`: one row per model, origin and edition ahead; `POINT` is last edition's
        rank itself, without spread.
    """
    results = []
    for origin, ahead, known, outcome in origins(panel, index, furthest, then):
        for model in models:
            if model.needs_figures and figures is None:
                continue
            made = model.draw(known, index, ahead, seed + origin, draws, figures)
            results.append(
                score_origin(outcome, made).assign(
                    label=model.label,
                    model=model.name,
                    information=model.information,
                    used=model.used,
                    todays_figures=model.todays_figures,
                    origin=origin,
                )
            )
            if model.as_point:
                results.append(
                    error(_middle(made), outcome).assign(
                        label=f"{model.label}{AS_POINT}",
                        model=f"{model.name}{AS_POINT}",
                        information="history",
                        used=False,
                        todays_figures=False,
                        origin=origin,
                    )
                )
        last = known.loc[
            (known["index"] == index.name)
            & (known["edition"] == origin)
            & (known["component"] == index.overall)
        ].set_index("iso3")["value"]
        point = error(ranks.competition(last), outcome)
        results.append(
            point.assign(
                label=POINT,
                model=POINT,
                information="history",
                used=False,
                todays_figures=False,
                origin=origin,
            )
        )
    if not results:
        raise InputError(
            "{index}: no outcome was known yet, nothing to test a forecast on", index=index.name
        )
    return pd.concat(results, ignore_index=True)[COLUMNS]


def origins(
    panel: pd.DataFrame,
    index: Index,
    furthest: int,
    then: Callable[[int], pd.DataFrame] | None = None,
) -> Iterator[tuple[int, list[int], pd.DataFrame, pd.DataFrame]]:
    """Every origin with an outcome: the edition, those ahead, the panel then, the ranks to come.

    Rows of other indices are handed on whole: a model cuts them at its origin itself.

    Args:
        panel: as in `rolling`.
        index: as in `rolling`.
        furthest: as in `rolling`.
        then: the panel as it stood at an origin, where its earlier editions have been changed
            since; without it, the rows of the panel given.
    """
    members = universe(panel, index)
    rows = panel.loc[panel["index"] == index.name]
    held = rows.loc[rows["component"] == index.overall, "edition"]
    editions = [int(each) for each in sorted(held[held >= index.model_from].unique())]
    starts = range(FIRST_TRAINING - 1, len(editions) - 1)
    seen = {editions[at]: panel if then is None else then(editions[at]) for at in starts}
    if then is not None:
        # Whoever has a score now but had none then cannot be asked about.
        then_too = [set(universe(each, index)) for each in seen.values()]
        members = [each for each in members if all(each in found for found in then_too)]
    if not members:
        return
    overall = rows.loc[
        (rows["component"] == index.overall)
        & (rows["edition"] >= index.model_from)
        & rows["iso3"].isin(members)
    ]
    table = overall.pivot(index="edition", columns="iso3", values="value")
    places = table.apply(ranks.competition, axis=1)
    for at in starts:
        origin, ahead = editions[at], editions[at + 1 : at + 1 + furthest]
        held_then = seen[origin]
        own = (held_then["index"] == index.name) & held_then["iso3"].isin(members)
        others = held_then.loc[held_then["index"] != index.name]
        known = pd.concat([held_then.loc[own & (held_then["edition"] <= origin)], others])
        yield origin, ahead, known, places.loc[ahead]


def _middle(draws: Draws) -> pd.DataFrame:
    """Ranks of the mean scores, editions down: a forecast without its spread."""
    places = ranks.order(draws.scores.mean(axis=0))
    return pd.DataFrame(places, index=list(draws.editions), columns=list(draws.iso3))


def error(single: pd.Series | pd.DataFrame, outcome: pd.DataFrame) -> pd.DataFrame:
    """Scores of single ranks: the CRPS of a point is its absolute error."""
    gaps = outcome.sub(single, axis=1) if isinstance(single, pd.Series) else outcome - single
    errors = gaps.abs().mean(axis=1)
    return pd.DataFrame(
        {
            "h": range(1, len(outcome) + 1),
            "n": outcome.shape[1],
            "crps": errors.to_numpy(dtype=float),
            "mae": errors.to_numpy(dtype=float),
            "coverage80": np.nan,
            "coverage95": np.nan,
            "brier": np.nan,
        }
    )


@remembered(most=8)
def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Mean over origins by model and editions ahead, and over how many origins."""
    means = results.groupby(["label", "model", "information", "h"], as_index=False, sort=False).agg(
        origins=("origin", "nunique"),
        n=("n", "first"),
        crps=("crps", "mean"),
        mae=("mae", "mean"),
        coverage80=("coverage80", "mean"),
        coverage95=("coverage95", "mean"),
        brier=("brier", "mean"),
        used=("used", "first"),
        todays_figures=("todays_figures", "first"),
    )
    return means.sort_values(["h", "crps"], ignore_index=True)


def chances(
    panel: pd.DataFrame,
    index: Index,
    seed: int,
    model: registry.Model,
    *,
    figures: registry.HasFigures | None,
    furthest: int = 3,
    draws: int = 1000,
) -> pd.DataFrame:
    """What a model said of rank `TOP` or better at every origin, and what came.

    Args:
        panel: as in `rolling`.
        index: as in `rolling`.
        seed: as in `rolling`.
        model: which.
        figures: as in `rolling`.
        furthest: as in `rolling`.
        draws: as in `rolling`.

    Returns:
        Columns iso3, origin, edition, chance and came (0 or 1).
    """
    tables = []
    for origin, ahead, known, outcome in origins(panel, index, furthest):
        made = model.draw(known, index, ahead, seed + origin, draws, figures)
        tables.append(stated(outcome, made).assign(origin=origin))
    columns = ["iso3", "origin", "edition", "chance", "came"]
    return pd.concat(tables, ignore_index=True)[columns]


@remembered(most=16)
def choose(results: pd.DataFrame, labels: Iterable[str], furthest: int = 1) -> str:
    """The model with the smallest mean CRPS over the editions ahead that matter.

    Args:
        results: of `rolling`, on outcomes known at the as-of year.
        labels: models that may be chosen, as in the column ``label``.
        furthest: editions ahead that count; those without an outcome are left out.

    Returns:
        The label of the best; the first of ``labels`` if none has a record.
    """
    allowed = list(labels)
    rows = results.loc[results["label"].isin(allowed) & (results["h"] <= furthest)]
    if rows.empty:
        return allowed[0]
    # A mean of means, so that an edition ahead with fewer outcomes counts as much.
    scores = rows.groupby(["label", "h"])["crps"].mean().groupby("label").mean()
    return str(scores.idxmin())


@remembered(most=8)
def record(
    panel: pd.DataFrame,
    index: Index,
    seed: int,
    *,
    figures: registry.HasFigures | None,
    key: Iterable[object],
    models: Iterable[registry.Model] = registry.QUICK,
    draws: int = 1000,
) -> pd.DataFrame:
    """`rolling`, computed once and kept beside the built tables.

    Args:
        panel: as in `rolling`.
        index: as in `rolling`.
        seed: as in `rolling`.
        figures: as in `rolling`.
        key: names the data the panel was taken from.
        models: as in `rolling`.
        draws: as in `rolling`.
    """
    chosen = list(models)
    return _kept(
        kept_at(index, seed, key, chosen, informed=figures is not None, draws=draws),
        lambda: rolling(panel, index, seed, figures=figures, models=chosen, draws=draws),
    )


@remembered(most=8)
def chances_on_record(
    panel: pd.DataFrame,
    index: Index,
    seed: int,
    model: registry.Model,
    *,
    figures: registry.HasFigures | None,
    key: Iterable[object],
) -> pd.DataFrame:
    """`chances`, computed once and kept beside the built tables.

    Args:
        panel: as in `rolling`.
        index: as in `rolling`.
        seed: as in `rolling`.
        model: which.
        figures: as in `rolling`.
        key: names the data the panel was taken from.
    """
    inputs = [*key, index.name, seed, figures is not None, model.label]
    path = store.cached("stated", inputs, __name__, ".parquet")
    return _kept(path, lambda: chances(panel, index, seed, model, figures=figures))


def _kept(path: Path, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """A table kept beside the built ones; made where it is not there, or damaged."""
    if path.is_file():
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError):  # damaged, or pruned meanwhile
            pass
    found = make()
    store.keep(path, lambda temporary: found.to_parquet(temporary, index=False))
    return found


def kept_at(
    index: Index,
    seed: int,
    key: Iterable[object],
    models: Iterable[registry.Model] = registry.QUICK,
    *,
    informed: bool = True,
    draws: int = 1000,
) -> Path:
    """Where `record` keeps what it computes of these; ``informed`` is whether it has figures."""
    inputs = [*key, index.name, seed, draws, informed, *(model.label for model in models)]
    return store.cached("backtest", inputs, __name__, ".parquet")
