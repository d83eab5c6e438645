"""The record of the slow baselines that is kept with the data is the one computed today."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rankings.data import world
from rankings.forecasts import backtest, fitted, registry
from rankings.panel.definitions import definition
from rankings.report import record
from rankings.story.question import ask
from rankings.story.record import full_record, lacks_fitted
from tools.fitted import INDEX, SEED, YEARS

EGDI = definition(INDEX)
SLOW = [model.label for model in fitted.SLOW]


@pytest.fixture(scope="module")
def held() -> Any:
    return world.load()


def test_it_is_kept_for_the_stories_of_the_report(held: Any) -> None:
    for year in YEARS:
        panel = held.known(year or held.newest_year)
        rows = fitted.record(panel, EGDI, SEED)
        told = "stale or absent: run `python -m tools.fitted`"
        assert sorted(rows["label"].unique()) == sorted(SLOW), told
        tested = {origin for origin, *_ in backtest.origins(panel, EGDI, 3)}
        assert set(rows["origin"]) == tested, told


@pytest.mark.slow
def test_it_is_what_is_computed_today(held: Any) -> None:
    # One origin and model, as every fit takes seconds: `python -m tools.fitted` computes all.
    panel = held.known(YEARS[0])
    kept = fitted.record(panel, EGDI, SEED)
    origin, ahead, known, outcome = next(backtest.origins(panel, EGDI, 3))
    model = next(each for each in fitted.SLOW if "damped" in each.name)
    made = model.draw(known, EGDI, ahead, SEED + origin, fitted.DRAWS, None)
    scored = backtest.score_origin(outcome, made)
    mine = kept.loc[(kept["origin"] == origin) & (kept["label"] == model.label)]
    columns = list(scored.columns)
    # Where a fit ends depends on the processor in the seventh digit, and so does a draw's rank.
    pd.testing.assert_frame_equal(
        mine[columns].reset_index(drop=True), scored, check_dtype=False, rtol=1e-4
    )


def test_the_record_of_a_report_has_every_model_in_its_order() -> None:
    story = ask("VNM", 2018, "30:50", 2020, "ASEAN", "en", SEED)
    rows = full_record(story)
    assert not lacks_fitted(story)
    first = rows.loc[(rows["origin"] == rows["origin"].min()) & (rows["h"] == 1), "label"]
    assert list(first) == fitted.ordered_labels()
    assert list(rows.columns) == backtest.COLUMNS
    assert set(rows["label"]) >= {model.label for model in registry.MODELS}


def test_another_seed_or_history_has_no_kept_record(held: Any) -> None:
    panel = held.known(2018)
    assert fitted.record(panel, EGDI, SEED + 1).empty
    changed = panel.copy()
    at = changed.index[(changed["index"] == INDEX) & changed["value"].notna()][0]
    changed.loc[at, "value"] += 0.01
    assert fitted.record(changed, EGDI, SEED).empty


def test_a_page_says_where_the_fitted_models_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted, "path", lambda: Path("is-not-there.csv"))
    story = ask("LAO", 2018, "30:50", 2020, "ASEAN", "en", SEED)
    assert lacks_fitted(story)
    assert "rankings backtest --as-of 2018 --seed 2018" in record.table(story).source
