"""Which model speaks, and what do its draws say of the economy's rank?"""

import pandas as pd

from rankings.errors import InputError, NotKnown
from rankings.forecasts import assumptions, backtest, closing, gaps, record
from rankings.forecasts import registry as forecast_models
from rankings.forecasts.baselines import NO_CHANGE, OWN_LINE
from rankings.forecasts.draws import chances, rank_forecast
from rankings.forecasts.information import Held, Information, look
from rankings.memo import remembered
from rankings.panel.definitions import Index
from rankings.panel.measures import CLOSING, WALK, measures
from rankings.story.question import MEASURE, Story


def standing_series(story: Story) -> pd.DataFrame:
    """Standing of the economy in the index and its sub-indices, by edition.

    Returns:
        Columns edition, component, value, rank (by score), of, standing.
    """
    rows = story.panel.loc[
        (story.panel["index"] == story.index.name)
        & (story.panel["iso3"] == story.economy)
        & story.panel["component"].isin([story.index.overall, *story.sub_indices])
    ]
    return rows.rename(columns={"competition_rank": "rank", "of_economies": "of"})[
        ["edition", "component", "value", "rank", "of", "standing"]
    ]


@remembered(most=8)
def past_record(story: Story) -> pd.DataFrame:
    """Back-test of the quick models on outcomes known at the as-of year; empty without any.

    Of a measure whose editions fall into regimes that cannot be compared it is that of the regime
    of the newest edition; `whole_record` has them all.
    """
    if story.measure == MEASURE:
        try:
            return backtest.record(
                story.panel, story.index, story.seed, figures=story.figures, key=story.key
            )
        except InputError:
            return pd.DataFrame(columns=backtest.COLUMNS)
    rows = whole_record(story)
    if rows.empty:
        return pd.DataFrame(columns=backtest.COLUMNS)
    return rows.loc[rows["regime"] == story.asked.regime(story.edition).name]


@remembered(most=8)
def whole_record(story: Story) -> pd.DataFrame:
    """The record of a measure in every regime; empty where no outcome was known.

    Returns:
        The columns of `backtest.rolling` and regime, of the models that reports may name.
    """
    try:
        rows = record.record(story.world, story.measure, story.as_of, story.seed)
        rows = record.since(rows, record.first_origin(story.measure))
    except InputError:
        return pd.DataFrame(columns=[*backtest.COLUMNS, "regime"])
    named = {model.label for model in forecast_models.MODELS} | {backtest.POINT}
    rows = rows.assign(label=labels_of(rows), todays_figures=~rows["real_time"].astype(bool))
    return rows.loc[rows["label"].isin(named)].reset_index(drop=True)


def labels_of(rows: pd.DataFrame) -> pd.Series:
    """Model and information of each row of a record as one label."""
    own = rows["information"] == "history"
    return rows["model"].where(own, rows["model"] + ", " + rows["information"])


def stated_chances(story: Story, label: str) -> pd.DataFrame:
    """What one model said of rank `backtest.TOP` or better, and what came, by economy.

    Of a measure whose editions fall into regimes it is that of the newest edition's. Columns
    chance and came (0 or 1) among others.
    """
    if story.measure == MEASURE:
        return backtest.chances_on_record(
            story.panel,
            story.index,
            story.seed,
            forecast_models.labelled(label),
            figures=story.figures,
            key=story.key,
        )
    rows = record.chances(story.world, story.measure, story.as_of, story.seed)
    rows = record.since(rows, record.first_origin(story.measure))
    same = rows["regime"] == story.asked.regime(story.edition).name
    return rows.loc[same & (labels_of(rows) == label)]


def candidate_models(story: Story) -> tuple[str, ...]:
    """Labels of the models the report may speak from, by what was known."""
    every = forecast_models.candidates(story.as_of, story.ahead[0])
    if story.asked.forecast == WALK:
        every = [model for model in every if model.name == NO_CHANGE]
    return tuple(model.label for model in every)


@remembered(most=8)
def choose_model(story: Story) -> str:
    """The model the report speaks from: the best record on outcomes known at the as-of year.

    Raises:
        NotKnown: the measure cannot be forecast, with the reason.
    """
    able = candidate_models(story)
    if len(able) == 1:
        return able[0]
    return backtest.choose(past_record(story), able, min(3, len(story.ahead)))


def models_shown(story: Story) -> list[str]:
    """The models a report shows beside each other: the chosen one, no change, the own line."""
    line = [OWN_LINE] if story.measure == MEASURE else []
    return list(dict.fromkeys([choose_model(story), NO_CHANGE, *line]))


def is_forecast(story: Story) -> bool:
    """Whether the measure can be forecast from what was known."""
    try:
        story.draws(NO_CHANGE)
    except NotKnown:
        return False
    return True


@remembered(most=16)
def forecast_ranks(story: Story, label: str | None = None) -> pd.DataFrame:
    """Rank forecast and chances by edition ahead, of the chosen or another model."""
    draws = story.draws(label or choose_model(story))
    ranks = rank_forecast(draws, story.economy)
    odds = chances(draws, story.economy, story.band.best, story.band.worst)
    return ranks.merge(odds.drop(columns="of"), on="edition", validate="1:1")


@remembered(most=8)
def chance_over_assumptions(story: Story) -> assumptions.ChanceRange | None:
    """The chance of the band at the deadline, over what nobody can know yet.

    A sub-index that the newest edition measures by new items, not held, is drawn back to what its
    old figures say, or stays where the new definition put everybody: both are tried, one by one
    and together. In a saturated top the scale of standings matters. None where the chosen model
    expects no moves, or nothing is varied.
    """
    model = forecast_models.labelled(choose_model(story))
    if model.name != forecast_models.CLOSING_GAPS and story.asked.forecast != WALK:
        return None
    story.draws(model.label)  # or the reason why there is no chance
    drawn = story.joint(model.name)
    found = assumptions.chance_range(drawn, story.measure, story.economy, story.band.worst)
    return found if found.varied else None


def fitted_model(story: Story) -> tuple[Held, closing.Fits] | None:
    """What the chosen model looks at and its regressions one edition ahead; None for others.

    The regressions are those of the sub-indices the measure is drawn from.
    """
    model = forecast_models.labelled(choose_model(story))
    if model.name != forecast_models.CLOSING_GAPS:
        return None
    if story.measure != MEASURE:
        paths = story.joint(model.name).paths
        drawn = _drawn_from(story)
        return paths.held, {part: fit for part, fit in paths.ahead[0].items() if part in drawn}
    return _fitted(
        story.panel, story.index, story.ahead[0], story.figures.series, model.information
    )


# The same for every economy seen from the same year.
@remembered(most=4)
def _fitted(
    panel: pd.DataFrame,
    index: Index,
    following: int,
    series: pd.DataFrame,
    information: Information,
) -> tuple[Held, closing.Fits]:
    held = look(panel, index, following, series=series, information=information)
    return held, closing.fits(held, gaps.BY_INFORMATION[information], 1)[0]


def sisters_read(story: Story) -> list[str]:
    """The related indices known then that the model of gaps looks at for this measure."""
    drawn = story.index.weights["child"] if story.measure == MEASURE else _drawn_from(story)
    if not gaps.reads_sisters(drawn):
        return []
    known = set(story.panel["index"].unique())
    return [each for each in story.index.sisters if each in known]


def _drawn_from(story: Story) -> dict[str, str]:
    """The components of the EGDI a measure is drawn from, each with its name in the measure."""
    if not story.asked.composite:
        return {story.asked.component: story.asked.component}
    parts = [measures()[code] for code in story.asked.children]
    return {part.component: part.code for part in parts if part.forecast == CLOSING}


def expected_moves(story: Story) -> pd.DataFrame:
    """Where the chosen model expects the economy to be drawn, by sub-index.

    Returns:
        Columns component, standing (now), pull (expected move of standing, one edition ahead) and
        points (of the index); empty for models that expect no move.
    """
    fitted = fitted_model(story)
    if fitted is None or story.economy not in fitted[0].iso3:
        return pd.DataFrame(columns=["component", "standing", "pull", "points"])
    held, fits = fitted
    place = held.iso3.index(story.economy)
    named = {} if story.measure == MEASURE else _drawn_from(story)
    return pd.DataFrame(
        [
            {
                "component": named.get(part, part),
                "standing": float(held.standings[part][-1][place]),
                "pull": float(fit.expected[place]),
                "points": float(fit.expected[place] * worth(story, held, part)),
            }
            for part, fit in fits.items()
        ]
    )


def worth(story: Story, held: Held, part: str) -> float:
    """Points of the measure that one standard deviation of a component of the EGDI is worth."""
    if story.measure == MEASURE:
        return float(held.worth[part])
    own = _drawn_from(story).get(part, part)
    spread = story.parts[own].std(ddof=0)
    return float(spread * (story.weights[own] if story.asked.composite else 1.0))
