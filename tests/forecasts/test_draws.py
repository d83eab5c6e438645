"""Where is everybody heading? Joint draws, ranked in every draw."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import rankings
from rankings.errors import InputError
from rankings.forecasts.baselines import fit_line, line_forecast, own_line, random_walk
from rankings.forecasts.draws import Draws, chances, rank_forecast
from rankings.panel import ranks, scale
from rankings.panel import shape as panels

AHEAD = [2020, 2022]
BOTH = pytest.mark.parametrize("model", [random_walk, own_line])


def drawn(toy, model=random_walk, *, seed=1, draws=400, as_of=2018):
    return model(toy.known(as_of), toy.index, AHEAD, seed, draws)


def typed(scores, spread=1.0):
    """Draws with these scores, array (draws, editions, economies)."""
    array = np.asarray(scores, dtype=float)
    codes = tuple(f"E{place}" for place in range(array.shape[2]))
    editions = tuple(range(2020, 2020 + 2 * array.shape[1], 2))
    return Draws("typed", "TOY", 2018, editions, codes, array, spread)


@BOTH
def test_draws_have_one_score_per_draw_edition_and_economy(toy, model):
    draws = drawn(toy, model)
    assert draws.scores.shape == (400, 2, 3)
    assert draws.iso3 == ("AAA", "BBB", "CCC")
    assert (draws.origin, draws.editions) == (2018, (2020, 2022))
    assert np.isfinite(draws.scores).all()


@BOTH
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_ranks_of_a_draw_are_a_permutation(toy, model, seed):
    places = drawn(toy, model, seed=seed, draws=20).ranks
    assert (np.sort(places, axis=-1) == [1, 2, 3]).all()


@BOTH
def test_the_same_seed_gives_the_same_draws(toy, model):
    first, second = drawn(toy, model, seed=7), drawn(toy, model, seed=7)
    assert np.array_equal(first.scores, second.scores)
    assert not np.array_equal(first.scores, drawn(toy, model, seed=8).scores)


def test_a_random_walk_stays_where_it_is_on_average(toy):
    draws = drawn(toy, draws=20_000)
    assert draws.scores.mean(axis=0)[0] == pytest.approx([70, 80, 75], abs=0.25)
    assert draws.scores.mean(axis=0)[1] == pytest.approx([70, 80, 75], abs=0.25)


def test_a_step_is_a_past_step_of_some_economy_taken_whole(toy):
    """Recomputed by hand: z-scores by edition, their differences, and what they are worth."""
    values = toy.known(2018).pivot(index="edition", columns=["component", "iso3"], values="value")
    worth = 0
    for part in ("x", "y"):
        table = values[part]
        standing = table.sub(table.mean(axis=1), axis=0).div(table.std(axis=1, ddof=0), axis=0)
        steps = standing.diff().iloc[1:].to_numpy().ravel()
        worth = worth + 0.5 * table.loc[2018].std(ddof=0) * (steps - steps.mean())
    steps = drawn(toy).scores[:, 0, :] - np.array([70, 80, 75])
    assert np.abs(steps[..., None] - worth).min(axis=-1).max() < 1e-4
    seen = np.unique(np.abs(steps[..., None] - worth).argmin(axis=-1))
    assert len(seen) == 12, "every past step is drawn in 1200 picks"


def test_uncertainty_grows_with_the_square_root_of_the_editions_ahead(toy):
    spread = drawn(toy, draws=20_000).scores.std(axis=0)
    assert (spread[1] / spread[0]).mean() == pytest.approx(np.sqrt(2), rel=0.03)


def test_too_few_editions_for_a_trend(toy):
    with pytest.raises(
        InputError, match="comparable editions of the TOY known by then: 3; a trend"
    ):
        drawn(toy, as_of=2016)
    late = dataclasses.replace(toy.index, model_from=2014)
    with pytest.raises(InputError, match="known by then: 3;"):
        random_walk(toy.known(2018), late, AHEAD, 1, 10)


def test_an_economy_that_was_not_ranked(toy):
    draws = drawn(toy)
    with pytest.raises(InputError, match="ZZZ is not in TOY 2018: nothing to forecast"):
        draws.of("ZZZ")
    assert draws.of("CCC").shape == (400, 2)


def test_an_economy_that_left_is_not_forecast_but_its_steps_count(toy):
    gone = toy.known(2018).query("not (edition == 2018 and iso3 == 'CCC')")
    draws = random_walk(gone, toy.index, AHEAD, 1, 50)
    assert draws.iso3 == ("AAA", "BBB")
    assert draws.ranks.max() == 2


def test_newcomers_do_not_push_everybody_on(simulated):
    """Weak economies join: every standing before rises, which is no step of anybody's own."""
    levels = np.concatenate([np.arange(40.0, 60), np.zeros(15)])
    panel, index = simulated(np.tile(levels, (6, 1)))
    joined = panel.query("edition >= 2008 or value > 0").drop(columns="standing")
    joined = joined.pipe(scale.standings)
    assert (
        joined.query("iso3 == 'E000'")
        .groupby("edition")["standing"]
        .first()
        .is_monotonic_increasing
    )
    draws = random_walk(joined, index, [2012], 1, 4000)
    assert draws.scores.mean(axis=0)[0] == pytest.approx(levels, abs=0.5)


def test_a_trend_line_goes_on(simulated):
    """Straight histories without noise: each line simply continues, and ranks swap in time."""
    start, slope = np.arange(8.0) * 10, np.array([0, 2, -2, 0, 0, 2, -2, 0])
    panel, index = simulated(start + slope * np.arange(6)[:, None] * 0.5)
    draws = own_line(panel, index, [2012, 2014], 3, 200)
    newest = start + slope * 2.5
    moved = np.median(draws.scores, axis=0) - newest
    assert moved[0] == pytest.approx(slope * 0.5, abs=0.2)
    assert moved[1] == pytest.approx(slope, abs=0.3)


def test_a_short_history_has_no_line(simulated):
    generator = np.random.default_rng(5)
    histories = np.arange(6.0) * 3 + generator.normal(size=(6, 6)).cumsum(axis=0)
    panel, index = simulated(histories)
    short = panel.query("not (iso3 == 'E000' and edition < 2006)")
    lines = own_line(short, index, [2012], 3, 100).scores
    walks = random_walk(short, index, [2012], 3, 100).scores
    assert np.array_equal(lines[:, :, 0], walks[:, :, 0])
    assert not np.array_equal(lines[:, :, 1], walks[:, :, 1])
    three = pd.Series([1.0, 2, 4], index=[2004, 2006, 2008])
    assert line_forecast(three, np.array([[1, 2010.0]])) is None


def test_the_line_is_the_least_squares_line():
    standing = pd.Series([0.1, 0.4, 0.3, 0.9], index=[2010, 2012, 2014, 2016])
    fit = fit_line(standing)
    slope, constant = np.polyfit(standing.index, standing, 1)
    assert fit.params == pytest.approx([constant, slope])
    ahead = line_forecast(standing, np.array([[1.0, 2018]]))
    assert ahead["mean"] == pytest.approx(constant + slope * 2018)
    assert ahead["df"] == 2
    # The standard error of a new observation, from the textbook.
    residual = standing - (constant + slope * standing.index)
    inside = 1 + 1 / 4 + (2018 - 2013) ** 2 / 20
    assert ahead["error"] == pytest.approx(np.sqrt((residual**2).sum() / 2 * inside))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=4),
    st.integers(0, 4),
    st.integers(1, 6),
)
def test_the_score_to_beat_is_that_of_the_others(rows, place, rank):
    """Small whole numbers, so that ties are many."""
    draws = typed([[row] for row in rows])
    economy = draws.iso3[place]
    others = np.sort(np.delete(draws.scores, place, axis=2), axis=2)[:, :, ::-1]
    expected = others[:, :, rank - 1] if rank <= 4 else np.full((len(rows), 1), -np.inf)
    for _again in range(2):
        assert np.array_equal(draws.bar(economy, rank), expected)


def test_a_changed_copy_of_draws_has_bars_of_its_own():
    draws = typed([[[1.0, 2.0, 3.0]]])
    assert draws.bar("E0", 1).item() == 3.0
    better = dataclasses.replace(draws, scores=draws.scores + 10.0)
    assert better.bar("E0", 1).item() == 13.0


def test_a_forecast_table_is_made_of_quantiles_of_ranks():
    scores = np.zeros((100, 1, 3))
    scores[:, 0, 1], scores[:, 0, 2] = 10, 20
    scores[:40, 0, 0], scores[40:95, 0, 0], scores[95:, 0, 0] = 30, 15, 5
    table = rank_forecast(typed(scores), "E0")
    assert table.iloc[0].to_dict() == {
        "median": 2,
        "low95": 1,
        "low80": 1,
        "high80": 2,
        "high95": 3,
        "edition": 2020,
        "of": 3,
    }
    chance = chances(typed(scores), "E0", 2, 2).iloc[0]
    assert (chance["reach"], chance["inside"], chance["of"]) == (0.95, pytest.approx(0.55), 3)
    assert chance["better"] == pytest.approx(0.4), "rank 2, the band's best, is inside it"


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 3), st.integers(0, 2))
def test_intervals_are_nested_and_chances_are_monotone(toy, seed, best, width):
    draws = drawn(toy, seed=seed, draws=50)
    worst = min(3, best + width)
    rows = rank_forecast(draws, "BBB")
    ordered = rows[["low95", "low80", "median", "high80", "high95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert ((ordered >= 1) & (ordered <= 3)).all()
    chance = chances(draws, "BBB", best, worst)
    assert chance["reach"].to_numpy() == pytest.approx(chance["inside"] + chance["better"])
    assert (chances(draws, "BBB", 1, 3)[["reach", "inside"]] == 1).all(axis=None)
    assert (chance["reach"] <= chances(draws, "BBB", best, 3)["reach"]).all()


def test_a_world_whose_chances_are_known(simulated):
    """Sixty far pairs; steps are normal with sd 1: P(overtake) is Phi(-gap / sqrt(2 h))."""
    generator = np.random.default_rng(11)
    gaps = np.linspace(0, 3, 60)
    newest = np.stack([20.0 * np.arange(60), 20.0 * np.arange(60) + gaps], axis=1).ravel()
    back = generator.normal(size=(8, 120))[::-1].cumsum(axis=0)[::-1]
    panel, index = simulated(np.vstack([newest + back, newest]))
    draws = random_walk(panel, index, [2018, 2020, 2022], 4, 4000)
    for pair in (10, 30, 59):
        lower, upper = (draws.scores[:, :, draws.place(f"E{2 * pair + k:03d}")] for k in (0, 1))
        expected = norm.cdf(-gaps[pair] / np.sqrt(2 * np.array([1, 2, 3])))
        assert (lower > upper).mean(axis=0) == pytest.approx(expected, abs=0.025)
        places = draws.of(f"E{2 * pair:03d}")
        assert ((places <= 119 - 2 * pair).mean(axis=0)) == pytest.approx(expected, abs=0.025)


@pytest.mark.slow
@BOTH
def test_real_draws_rank_all_193_in_every_draw(seen2018, model):
    made = model(seen2018.panel, seen2018.index, [2020], 5, 500)
    assert made.ranks.shape == (500, 1, 193)
    # One more than are strictly above: scores that tie share the rank.
    above = (made.scores[..., None, :] > made.scores[..., :, None]).sum(axis=-1)
    assert (made.ranks == above + 1).all()


@pytest.mark.slow
def test_the_chance_of_2020_seen_from_2018_was_one_percent(walk2018):
    chance = chances(walk2018, "VNM", 30, 50)
    assert list(chance["edition"]) == [2020]
    assert 0.005 <= chance["reach"].item() <= 0.02


@pytest.mark.slow
def test_the_chances_of_the_editions_to_2030(walk2025):
    chance = chances(walk2025, "VNM", 30, 50).set_index("edition")
    assert 0.08 <= chance.loc[2026, "reach"] <= 0.12
    assert 0.14 <= chance.loc[2028, "reach"] <= 0.20
    assert 0.18 <= chance.loc[2030, "reach"] <= 0.25
    assert (chance["inside"] < chance["reach"]).all()


@pytest.mark.slow
def test_the_interval_of_2020_held_what_came(walk2018):
    row = rank_forecast(walk2018, "VNM").iloc[0]
    assert row["low80"] < 86 < row["high80"]
    assert abs(row["median"] - 88) <= 2


def tampered(held, as_of):
    """The panel with every edition after ``as_of`` turned upside down, ranked and scaled anew."""
    raw = held.panel.drop(
        columns=["competition_rank", "dense_rank", "of_economies", "of_ranks", "standing"]
    )
    first = raw.groupby(["index", "edition"])["published_year"].transform("min")
    later = first > as_of
    assert later.sum() > 3000
    value = raw["value"].where(~later, 1000 - 7 * raw["value"])
    again = raw.query("index == 'EGDI' and edition == @as_of")
    again = again.assign(vintage="restated", published_year=as_of + 1, value=again["value"] / 2)
    changed = pd.concat([raw.assign(value=value), again], ignore_index=True)
    return changed.pipe(ranks.add_ranks).pipe(scale.standings)


@pytest.mark.slow
@BOTH
def test_no_peeking_into_later_editions(held, seen2018, model):
    """Later values, and a later restatement of what was known, change nothing seen from 2018."""
    changed = panels.newest_vintage(panels.known(tampered(held, 2018), 2018))
    pd.testing.assert_frame_equal(
        changed.sort_values(panels.KEY, ignore_index=True),
        seen2018.panel.sort_values(panels.KEY, ignore_index=True),
    )
    honest = model(seen2018.panel, seen2018.index, [2020], 5, 300)
    assert np.array_equal(honest.scores, model(changed, seen2018.index, [2020], 5, 300).scores)


@BOTH
def test_what_was_known_does_count(seen2018, model):
    bent = seen2018.panel.copy()
    newest = (bent["iso3"] == "VNM") & (bent["edition"] == 2018) & (bent["index"] == "EGDI")
    assert newest.sum() == 5
    bent.loc[newest, ["value", "standing"]] += 0.1
    one, other = (
        model(each, seen2018.index, [2020], 5, 100).of("VNM").mean()
        for each in (seen2018.panel, bent)
    )
    assert other < one - 2


def test_a_story_too_early_for_a_trend():
    story = rankings.ask(as_of=2010)
    panel = story.world.known(2008)
    with pytest.raises(InputError, match="editions of the EGDI known by then: 3;"):
        random_walk(panel, story.index, [2010, 2012], 1)
