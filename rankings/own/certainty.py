"""How sure is a rank: over methods, over weights, and over the errors of the figures?"""

import contextlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings import store
from rankings.analysis import acceptability, confidence
from rankings.composite.engine import build
from rankings.composite.sobol import Sensitivity, sensitivity
from rankings.composite.uncertainty import Uncertainty, uncertainty
from rankings.errors import InputError
from rankings.memo import remembered
from rankings.own.index import (
    OwnIndex,
    built,
    data_of,
    method_of,
    scores,
    tree_of,
    varied_of,
)
from rankings.own.question import OwnStory
from rankings.own.standing import parts

# The covariance of errors from so many draws is right to a tenth; each builds the whole index.
ERROR_DRAWS = 400
BASIS = "standard errors of indicators, drawn and carried through every stage"


def _scored_data(index: OwnIndex, year: int) -> pd.DataFrame:
    """The figures of the units that have a score: a replicate must give everybody one."""
    data = data_of(index, year)
    return data.loc[data.index.isin(scores(index, year).index)]


def check_varied(index: OwnIndex, year: int) -> None:
    """`InputError` where nothing is varied, or no score can be computed."""
    built(index, year)
    if not varied_of(index, year):
        raise InputError("nothing is varied: name choices under [varied] in the TOML")


@remembered(most=8)
def intervals(index: OwnIndex, year: int) -> Uncertainty:
    """Ranks of every unit over all methods that the TOML varies.

    Raises:
        InputError, DataError: as `composite.uncertainty.uncertainty`, or nothing is varied.
    """
    check_varied(index, year)
    asked = index.settings.varied
    return uncertainty(
        tree_of(index, year),
        _scored_data(index, year),
        method_of(index, year),
        varied_of(index, year),
        seed=asked.seed,
        draws=asked.draws,
    )


@remembered(most=8)
def choices(index: OwnIndex, year: int) -> Sensitivity:
    """Sobol indices of every unit's rank; raises as `intervals`."""
    check_varied(index, year)
    return sensitivity(
        tree_of(index, year),
        _scored_data(index, year),
        method_of(index, year),
        varied_of(index, year),
        seed=index.settings.varied.seed,
    )


def interval_of(story: OwnStory) -> pd.Series:
    """The unit's line of `intervals`.

    Raises:
        InputError: as `intervals`, or the unit has no score.
    """
    table = intervals(story.index, story.year).intervals
    return _line(story, table)


def _line(story: OwnStory, table: pd.DataFrame) -> pd.Series:
    found = table.loc[table["iso3"] == story.unit]
    if found.empty:
        raise InputError(
            "{unit} has no score in {year}: its figures are missing",
            unit=story.unit,
            year=story.year,
        )
    return found.iloc[0]


@dataclass(frozen=True)
class Weighed:
    """What any weights of the pillars make of the ranks.

    Attributes:
        table: from `acceptability.acceptability`: share of draws, units by ranks.
        own: the unit's ranks in short, from `acceptability.likely`.
        lead: comparisons with the other units, nearest first, from `acceptability.robust`.
        left_out: units without every pillar.
    """

    table: pd.DataFrame
    own: pd.Series
    lead: pd.DataFrame
    left_out: list[str]


@remembered(most=8)
def weighed(index: OwnIndex, year: int, unit: str, seed: int) -> Weighed:
    """Ranks over weights of the pillars drawn evenly from all that sum to one.

    Raises:
        InputError, DataError: as `acceptability.acceptability`, or the unit lacks a pillar.
    """
    _, pillars, weights = parts(index, year)
    if pillars.shape[1] < 2:
        raise InputError("the index is made of one pillar: there are no weights to draw")
    complete = pillars.dropna()
    if unit not in complete.index:
        raise InputError("{unit} does not have every pillar in {year}", unit=unit, year=year)
    table = acceptability.acceptability(complete, seed=seed)
    return Weighed(
        table,
        acceptability.likely(table, unit),
        acceptability.robust(complete, weights, unit),
        [str(each) for each in pillars.index.difference(complete.index)],
    )


@remembered(most=8)
def confidence_sets(index: OwnIndex, year: int, seed: int) -> pd.DataFrame:
    """Confidence sets for the ranks of all units, where indicators have standard errors.

    Every indicator with an error is drawn anew around its figure, `ERROR_DRAWS` times, and the
    index built from the draws; the covariance of the scores is that of their errors.

    Returns:
        Columns of `confidence.sets` with marginal_best and marginal_worst, and best and worst of
        the simultaneous sets; best rank first.

    Raises:
        InputError: no errors are given, or as many units as draws.
        DataError: as `own.index.built`, of a draw.
    """
    path = store.cached("own-errors", [index.digest, year, seed], __name__, ".parquet")
    if path.is_file():
        with contextlib.suppress(OSError, ValueError):  # damaged, or pruned meanwhile
            return pd.read_parquet(path)
    found = _confidence_sets(index, year, seed)
    # Many pages of one index show the same sets, each from a process of its own.
    store.keep(path, lambda temporary: found.to_parquet(temporary, index=False))
    return found


def _confidence_sets(index: OwnIndex, year: int, seed: int) -> pd.DataFrame:
    covariance = _covariance(index, year, seed)
    estimates = scores(index, year)
    together = confidence.sets(
        estimates, covariance, confidence.SIMULTANEOUS, seed=seed, basis=BASIS
    )
    alone = confidence.sets(estimates, covariance, seed=seed, basis=BASIS)
    found = together.assign(
        marginal_best=alone["best"].to_numpy(), marginal_worst=alone["worst"].to_numpy()
    )
    return found.sort_values(["rank", "iso3"], ignore_index=True)


def _covariance(index: OwnIndex, year: int, seed: int) -> pd.DataFrame:
    errors = index.of_year(index.errors, year)
    held = [code for code in errors if code in tree_of(index, year).indicators]
    if not held or not bool((errors[held] > 0).to_numpy().any()):
        raise InputError("no standard errors are given: name their column as an indicator's error")
    data = _scored_data(index, year)
    if len(data) >= ERROR_DRAWS:
        raise InputError(
            "{draws} draws of {count} units give no covariance",
            draws=ERROR_DRAWS,
            count=len(data),
        )
    spread = errors.reindex(data.index)[held].fillna(0.0).to_numpy(dtype="float64")
    centre = data[held].to_numpy(dtype="float64")
    tree, method = tree_of(index, year), method_of(index, year)
    # By name, so that the order of rows in the table does not matter.
    order = np.argsort(data.index.astype(str).to_numpy(), kind="stable")
    generator = np.random.default_rng(seed)
    drawn = np.empty((ERROR_DRAWS, len(data)))
    for row in range(ERROR_DRAWS):
        noise = np.empty_like(spread)
        noise[order] = generator.standard_normal(spread.shape)
        figures = data.copy()
        figures[held] = centre + noise * spread
        drawn[row] = build(tree, figures, method).scores.to_numpy()
    units = built(index, year).scores.dropna().index
    return pd.DataFrame(np.cov(drawn, rowvar=False), data.index, data.index).loc[units, units]


def error_sets(story: OwnStory) -> pd.DataFrame:
    """`confidence_sets` around the unit; raises as there, or where the unit has no score."""
    table = confidence_sets(story.index, story.year, story.seed)
    _line(story, table)
    at = int(table.index[table["iso3"] == story.unit][0])
    first = max(0, min(at - 4, len(table) - 9))
    return table.iloc[first : first + 9].reset_index(drop=True)
