"""How good were forecasts like these before, and how sure is that?"""

from functools import lru_cache

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.forecasts import backtest
from rankings.forecasts import registry as forecast_models
from rankings.forecasts.baselines import NO_CHANGE
from rankings.story.outlook import choose_model
from rankings.story.question import Story

FEWEST_ORIGINS = 4


BINS = [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0]


@lru_cache(maxsize=4)
def full_record(story: Story) -> pd.DataFrame:
    """The back-test of every model, the slow ones of single economies included; empty without."""
    try:
        return backtest.record(
            story.panel,
            story.index,
            story.seed,
            figures=story.figures,
            key=story.key,
            models=forecast_models.MODELS,
        )
    except InputError:
        return pd.DataFrame(columns=backtest.COLUMNS)


def record_differences(story: Story) -> pd.DataFrame:
    """Paired differences of CRPS from no change over origins; negative is better.

    Returns:
        Columns label, h, difference (places), error (its standard error over origins, missing
        with one origin) and origins.
    """
    rows = full_record(story)
    wide = rows.pivot(index=["origin", "h"], columns="label", values="crps")
    paired = wide.sub(wide[NO_CHANGE], axis=0).drop(columns=NO_CHANGE)
    grouped = paired.groupby("h")
    count = grouped.count()
    error = grouped.std(ddof=1) / count.map(np.sqrt)
    found = pd.DataFrame(
        {
            "difference": grouped.mean().stack(),
            "error": error.stack(),
            "origins": count.stack(),
        }
    )
    return found.rename_axis(["h", "label"]).reset_index()


@lru_cache(maxsize=4)
def calibration_bins(story: Story) -> pd.DataFrame:
    """Chances of rank 50 or better that were stated, and how often they came true.

    Returns:
        Columns stated (mean chance in the bin), came (share that came true) and count, over all
        economies, origins and editions ahead of the chosen model.
    """
    stated = backtest.chances(
        story.panel,
        story.index,
        story.seed,
        forecast_models.labelled(choose_model(story)),
        figures=story.figures,
    )
    bins = pd.cut(stated["chance"], BINS, include_lowest=True)
    grouped = stated.groupby(bins, observed=True)
    return grouped.agg(
        stated=("chance", "mean"), came=("came", "mean"), count=("came", "size")
    ).reset_index(drop=True)
