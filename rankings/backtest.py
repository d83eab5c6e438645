"""How good were these forecasts before? Rolling origins, outcomes known at the as-of year only."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import scoringrules

from rankings import forecast, ranks, trend
from rankings.definitions import Index

FIRST_TRAINING = 4
TOP = 50
COLUMNS = [
    *["model", "information", "origin", "h", "n", "crps", "mae", "coverage80", "coverage95"],
    *["brier", "used", "todays_figures"],
]
POINT = "no change, point"


def universe(panel: pd.DataFrame, index: Index) -> list[str]:
    """Economies with an overall score in every edition models may learn from.

    Ranks are recomputed among them, so that coverage does not move a rank in the test.
    """
    rows = panel.loc[
        (panel["index"] == index.name)
        & (panel["component"] == index.overall)
        & (panel["edition"] >= index.model_from)
    ]
    held = rows.pivot(index="edition", columns="iso3", values="value").dropna(axis=1)
    return list(held.columns)


def score_origin(outcome: pd.DataFrame, draws: trend.Draws) -> pd.DataFrame:
    """Scores of one model at one origin, a row per edition ahead.

    Args:
        outcome: the ranks that came, editions down and economies across.
        draws: the forecast.

    Returns:
        Columns h, n, crps (ensemble CRPS of the rank, in places), mae (of the median),
        coverage80, coverage95, brier (of the chance to rank `TOP` or better).

    Source: Gneiting and Raftery (2007), CRPS; computed by scoringrules.
    """
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


def rolling(
    panel: pd.DataFrame,
    index: Index,
    seed: int,
    *,
    figures: forecast.HasFigures | None = None,
    models: Iterable[forecast.Model] = forecast.QUICK,
    furthest: int = 3,
    draws: int = 1000,
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

    Returns:
        Columns model, information, origin, h, n, crps, mae, coverage80, coverage95, brier, used
        and todays_figures: one row per model, origin and edition ahead; `POINT` is last
        edition's rank itself, without spread.
    """
    members = universe(panel, index)
    rows = panel.loc[(panel["index"] == index.name) & panel["iso3"].isin(members)]
    overall = rows.loc[(rows["component"] == index.overall) & (rows["edition"] >= index.model_from)]
    table = overall.pivot(index="edition", columns="iso3", values="value")
    places = table.apply(ranks.competition, axis=1)
    editions = [int(edition) for edition in table.index]
    others = panel.loc[panel["index"] != index.name]
    results = []
    for at in range(FIRST_TRAINING - 1, len(editions) - 1):
        origin, ahead = editions[at], editions[at + 1 : at + 1 + furthest]
        known = pd.concat([rows.loc[rows["edition"] <= origin], others])
        outcome = places.loc[ahead]
        for model in models:
            if model.needs_figures and figures is None:
                continue
            made = model.draw(known, index, ahead, seed + origin, draws, figures)
            results.append(
                score_origin(outcome, made).assign(
                    model=model.name,
                    information=model.information,
                    used=model.used,
                    todays_figures=model.todays_figures,
                    origin=origin,
                )
            )
        point = _point(places, origin, ahead)
        results.append(
            point.assign(
                model=POINT, information="history", used=False, todays_figures=False, origin=origin
            )
        )
    return pd.concat(results, ignore_index=True)[COLUMNS]


def _point(places: pd.DataFrame, origin: int, ahead: list[int]) -> pd.DataFrame:
    """Last edition's rank as the forecast: its CRPS is its mean absolute error."""
    errors = places.loc[ahead].sub(places.loc[origin], axis=1).abs().mean(axis=1)
    return pd.DataFrame(
        {
            "h": range(1, len(ahead) + 1),
            "n": places.shape[1],
            "crps": errors.to_numpy(dtype=float),
            "mae": errors.to_numpy(dtype=float),
            "coverage80": np.nan,
            "coverage95": np.nan,
            "brier": np.nan,
        }
    )


def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Mean over origins by model and editions ahead, and over how many origins."""
    means = results.groupby(["model", "information", "h"], as_index=False, sort=False).agg(
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


def choose(results: pd.DataFrame) -> str:
    """The model with spread whose mean CRPS one edition ahead was smallest."""
    spread = results.loc[(results["model"] != POINT) & (results["h"] == 1)]
    return str(spread.groupby("model")["crps"].mean().idxmin())
