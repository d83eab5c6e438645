"""How good were forecasts like these before, and how sure is that?"""

import numpy as np
import pandas as pd

from rankings.forecasts import fitted, registered
from rankings.forecasts.baselines import NO_CHANGE
from rankings.memo import remembered
from rankings.story.outlook import choose_model, past_record, stated_chances
from rankings.story.question import MEASURE, Story

FEWEST_ORIGINS = 4


BINS = [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0]


@remembered(most=4)
def full_record(story: Story) -> pd.DataFrame:
    """The back-test of every model, those fitted to each economy as kept; empty without any.

    Of another measure than the EGDI it is `past_record`: nothing is fitted to single economies.
    """
    quick = past_record(story)
    if quick.empty or story.measure != MEASURE:
        return quick
    return fitted.with_fitted(quick, fitted.record(story.panel, story.index, story.seed))


def lacks_fitted(story: Story) -> bool:
    """Whether the models fitted to each economy by itself are missing in `full_record`."""
    labels = set(full_record(story)["label"])
    fits = story.measure == MEASURE
    return fits and not labels.issuperset(model.label for model in fitted.SLOW)


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


@remembered(most=4)
def calibration_bins(story: Story) -> pd.DataFrame:
    """Chances of rank 50 or better that were stated, and how often they came true.

    Returns:
        Columns stated (mean chance in the bin), came (share that came true) and count, over all
        economies, origins and editions ahead of the chosen model.
    """
    stated = stated_chances(story, choose_model(story))
    bins = pd.cut(stated["chance"], BINS, include_lowest=True)
    grouped = stated.groupby(bins, observed=True)
    return grouped.agg(
        stated=("chance", "mean"), came=("came", "mean"), count=("came", "size")
    ).reset_index(drop=True)


def on_record(story: Story) -> list[registered.Entry]:
    """Forecasts registered by the end of the as-of year; all of them where it is the newest.

    Raises:
        DataError: an entry is not as it was on its day.
    """
    newest = story.as_of >= story.world.newest_year
    return [
        entry
        for entry in registered.entries()
        if newest or int(entry.day.partition("-")[0]) <= story.as_of
    ]


def said_before(story: Story) -> pd.DataFrame:
    """What was on record of the economy beside what came.

    Returns:
        One row per entry and measure: entry, registered, index, edition, measure, rank_now (before
        the edition), median, low80, high80, chance50, plain50 (the same chance by no change) and
        came (missing while the edition is not held by the end of the as-of year).
    """
    every = on_record(story)
    if not every:
        return pd.DataFrame()
    rows = registered.beside(story.world, every)
    rows = rows.loc[rows["iso3"] == story.economy]
    key = ["entry", "measure"]
    plain = rows.loc[rows["model"] == NO_CHANGE, [*key, "chance50"]]
    first = rows.drop_duplicates(key)
    told = first.merge(plain, on=key, how="left", suffixes=("", "_plain"), validate="1:1")
    told = told.rename(columns={"chance50_plain": "plain50"})
    known = {(index, int(edition)) for index, edition in _held(story)}
    seen = [each in known for each in zip(told["index"], told["edition"], strict=True)]
    return told.assign(came=told["came"].where(pd.Series(seen, index=told.index)))


def _held(story: Story) -> list[tuple[str, int]]:
    pairs = story.panel[["index", "edition"]].drop_duplicates()
    return [(str(index), int(edition)) for index, edition in pairs.to_numpy().tolist()]


def scores_on_record(story: Story) -> pd.DataFrame:
    """Scores of the entries whose edition is held; columns of `registered.scores`."""
    every = on_record(story)
    found = registered.scores(story.world, every)
    known = set(_held(story))
    kept = [each in known for each in zip(found["index"], found["edition"], strict=True)]
    return found.loc[kept].reset_index(drop=True)
