"""How good were the models fitted to each economy by itself? Computed before, kept with the data.

They take two minutes of computing for each as-of year and are there as baselines only, so a report
does not fit them again: ``data/record/fitted.csv`` holds their record, each row with a digest of
all that it was computed from. `tools.fitted` writes the file; tests compute a part of it again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.forecasts import backtest, registry
from rankings.memo import remembered
from rankings.panel.definitions import Index

DRAWS = 1000
SLOW = tuple(model for model in registry.MODELS if model.slow)
CELLS = ["edition", "component", "iso3", "value"]


def path() -> Path:
    """The file of the record."""
    return store.shipped("data", "record", "fitted.csv")


@remembered(most=4)
def inputs(panel: pd.DataFrame, index: Index, seed: int) -> str:
    """A digest of what the record of these models is computed from.

    They look at nothing but the index's own history. Its values are as printed, so the digest is
    the same on every system.
    """
    rows = panel.loc[panel["index"] == index.name, CELLS].sort_values(CELLS[:3])
    cells = hashlib.sha256(rows.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
    told = [cells, index.name, seed, DRAWS, *(each.label for each in SLOW)]
    return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()[:20]


def record(panel: pd.DataFrame, index: Index, seed: int) -> pd.DataFrame:
    """The rows of these models as `backtest.rolling` gives them; empty where they are not kept.

    Args:
        panel: as known at the as-of year.
        index: the index forecast.
        seed: of the draws.
    """
    if not path().is_file():
        return pd.DataFrame(columns=backtest.COLUMNS)
    held = pd.read_csv(path(), keep_default_na=False, na_values=[""])
    mine = held.loc[held["inputs"] == inputs(panel, index, seed)]
    return mine[backtest.COLUMNS].reset_index(drop=True)


def computed(panel: pd.DataFrame, index: Index, seed: int) -> pd.DataFrame:
    """The same rows computed now, with the digest of their inputs in the column ``inputs``."""
    rows = backtest.rolling(panel, index, seed, models=SLOW, draws=DRAWS)
    rows = rows.loc[rows["label"] != backtest.POINT]
    return rows.assign(inputs=inputs(panel, index, seed)).reset_index(drop=True)


def with_fitted(quick: pd.DataFrame, slow: pd.DataFrame) -> pd.DataFrame:
    """One record of both, in the order `backtest.rolling` gives the models and origins."""
    order = ordered_labels()
    rows = pd.concat([quick, slow], ignore_index=True)
    place = rows["label"].map({label: at for at, label in enumerate(order)})
    rows = rows.assign(place=place).sort_values(["origin", "place", "h"], kind="stable")
    return rows[backtest.COLUMNS].reset_index(drop=True)


def ordered_labels(models: Iterable[registry.Model] = registry.MODELS) -> list[str]:
    """Labels of rows as `backtest.rolling` gives them within an origin."""
    found = []
    for model in models:
        found += (
            [model.label, f"{model.label}{backtest.AS_POINT}"] if model.as_point else [model.label]
        )
    return [*found, backtest.POINT]
