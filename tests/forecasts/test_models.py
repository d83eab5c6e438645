"""Forecast models: what they may see, whether their chances come true, what they are worth."""

import dataclasses
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scoringrules
from counting import calls

import rankings
from rankings.errors import InputError
from rankings.forecasts import backtest, closing, gaps, registry, single
from rankings.forecasts.baselines import OWN_LINE, random_walk
from rankings.forecasts.draws import FEWEST_EDITIONS, Draws, standings_of
from rankings.forecasts.information import CARRY, Held, look
from rankings.panel import ranks, scale
from rankings.panel.definitions import Index, definition

EDITIONS = [2004, 2005, 2008, 2010, 2012, 2014, 2016, 2018, 2020, 2022, 2024]
ORIGINS = [2012, 2014, 2016, 2018, 2020, 2022]
ALONE = {OWN_LINE, single.OWN_DRIFT, single.LOCAL_TREND, single.DAMPED_TREND, single.ARIMA}
POOLED = [model for model in registry.MODELS if model.name not in ALONE]
PSEUDO = [model for model in registry.MODELS if model.todays_figures]


@pytest.fixture(scope="module")
def egdi() -> Index:
    return definition("EGDI")


@pytest.fixture(scope="module")
def known(held: rankings.World) -> pd.DataFrame:
    return held.known(2024)


def seen_from(panel: pd.DataFrame, origin: int) -> pd.DataFrame:
    """The EGDI up to an origin, and all that other indices ever published."""
    return panel.loc[(panel["index"] != "EGDI") | (panel["edition"] <= origin)]


# --- no peeking ------------------------------------------------------------------------------


def spoilt(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The table with the values of some rows turned upside down."""
    changed = table.copy()
    for column in {"value", "standing"} & set(table.columns):
        changed.loc[rows, column] = 7 - 3 * changed.loc[rows, column]
    return changed


@pytest.mark.parametrize("origin", [2012, 2018, 2022])
@pytest.mark.parametrize(
    "model",
    registry.QUICK,
    ids=lambda model: f"{model.name}, {model.information}",
)
def test_figures_after_the_origin_change_nothing(
    held: rankings.World, known: pd.DataFrame, egdi: Index, model: registry.Model, origin: int
) -> None:
    ahead = [origin + 2, origin + 4]
    nowcast = model.information == "nowcast"
    last_year = ahead[0] - 2 if nowcast else origin - 1
    last_published = ahead[0] - 1 if nowcast else origin
    panel = seen_from(known, origin)
    later = (panel["index"] != "EGDI") & (panel["published_year"] > last_published)
    world = SimpleNamespace(
        series=spoilt(held.series, held.series["year"] > last_year),
        indicators=spoilt(held.indicators, held.indicators["edition"] > origin),
    )
    honest = model.draw(panel, egdi, ahead, 1, 50, held)
    blinded = model.draw(spoilt(panel, later), egdi, ahead, 1, 50, world)  # type: ignore[arg-type]
    assert later.any()
    np.testing.assert_array_equal(honest.scores, blinded.scores)


@pytest.mark.parametrize("model", PSEUDO, ids=lambda model: model.information)
def test_figures_before_the_origin_do_change_something(
    held: rankings.World, known: pd.DataFrame, egdi: Index, model: registry.Model
) -> None:
    year = {"origin": 2017, "nowcast": 2018}[model.information]
    world = SimpleNamespace(
        series=spoilt(held.series, held.series["year"] == year), indicators=held.indicators
    )
    panel = seen_from(known, 2018)
    honest = model.draw(panel, egdi, [2020], 1, 5, held)
    changed = model.draw(panel, egdi, [2020], 1, 5, world)  # type: ignore[arg-type]
    assert not np.array_equal(honest.scores, changed.scores)


def test_a_sister_index_counts_from_the_year_it_was_published(
    held: rankings.World, known: pd.DataFrame, egdi: Index
) -> None:
    # GCI 2014 came out in 2015: after EGDI 2014, before EGDI 2016.
    panel = seen_from(known, 2014)
    told = {
        information: look(panel, egdi, 2016, series=held.series, information=information)
        for information in ("history", "printed", "origin", "nowcast")
    }
    last = {name: view.sister(len(view.editions) - 1) for name, view in told.items()}
    assert np.isfinite(last["nowcast"]).sum() > 180
    assert not any(np.isfinite(last[name]).any() for name in ("history", "printed", "origin"))


def test_reference_years_follow_the_rule_of_each_information(
    held: rankings.World, known: pd.DataFrame, egdi: Index
) -> None:
    years = {
        information: [
            look(known, egdi, 2026, series=held.series, information=information).newest_year(at)
            for at in (2, 9, 10)  # editions 2008, 2022, 2024
        ]
        for information in ("history", "printed", "origin", "nowcast")
    }
    assert years == {
        "history": [None, None, None],
        "printed": [2008, 2022, 2024],
        "origin": [2007, 2021, 2023],
        "nowcast": [2008, 2022, 2024],
    }


# --- figures ---------------------------------------------------------------------------------


def small_view(series: pd.DataFrame, economies: int = 40) -> Held:
    """Two editions of one component, all at 0, and the figures given."""
    iso3 = tuple(f"E{number:02d}" for number in range(economies))
    zeros = np.zeros((2, economies))
    now = pd.DataFrame({"tii": zeros[0]}, index=list(iso3))
    worth = pd.Series({"tii": 1.0})
    none = pd.DataFrame({"index": [], "edition": [], "iso3": [], "standing": []})
    none["published_year"] = []
    rules = definition("EGDI").figures
    return Held({"tii": zeros}, (2018, 2020), 2022, iso3, now, worth, "origin", series, none, rules)


def yearly(name: str, year: int, values: np.ndarray) -> pd.DataFrame:
    iso3 = [f"E{number:02d}" for number in range(len(values))]
    return pd.DataFrame({"series": name, "iso3": iso3, "year": year, "value": values})


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def test_figures_are_standardised_capped_and_averaged() -> None:
    rising = np.arange(40.0)
    users = pd.concat([yearly("internet_users_pct", year, rising) for year in (2017, 2019)])
    one = standard(rising)
    np.testing.assert_allclose(small_view(users).figures("tii", 1), one, atol=1e-12)
    mobile = [yearly("mobile_cellular_per100", year, 90 + rising * 2) for year in (2017, 2019)]
    view = small_view(pd.concat([users, *mobile]))
    # The cap of 120 came with the edition of 2020: nobody knew of it in 2018.
    before = dataclasses.replace(view, editions=(2016, 2018), following=2020)
    capped, whole = np.minimum(90 + rising * 2, 120), 90 + rising * 2
    looking_back = dataclasses.replace(before, calendar="today")
    for seen, mobile_seen in [(view, capped), (before, whole), (looking_back, capped)]:
        np.testing.assert_allclose(
            seen.figures("tii", 1), standard(one + standard(mobile_seen)), atol=1e-12
        )


def test_a_series_counts_from_the_edition_that_counts_it() -> None:
    view = small_view(yearly("internet_users_pct", 2009, np.arange(40.0)))
    early = dataclasses.replace(view, editions=(2010, 2012), following=2014)
    names = {"internet_users_pct", "mobile_cellular_per100", "fixed_broadband_per100"}
    assert {rule.series for rule in early.rules_of("tii")} == names
    assert {rule.series for rule in view.rules_of("tii")} == {*names, "mobile_broadband_per100"}
    looking_back = dataclasses.replace(early, calendar="today")
    assert looking_back.rules_of("tii") == view.rules_of("tii")


def test_schooling_is_out_a_year_after_telecom() -> None:
    for name, component, year in [
        ("internet_users_pct", "tii", 2019),
        ("mean_years_schooling", "hci", 2018),
    ]:
        newest = small_view(yearly(name, year, np.arange(40.0)))
        assert np.isfinite(newest.figures(component, 1)).all()
        too_new = small_view(yearly(name, year + 1, np.arange(40.0)))
        assert np.isnan(too_new.figures(component, 1)).all()
        looking_back = dataclasses.replace(newest, calendar="today")
        assert np.isfinite(looking_back.figures(component, 1)).all()


def test_a_figure_is_carried_forward_but_never_back() -> None:
    for year, told in [(2020, False), (2019, True), (2019 - CARRY, True), (2018 - CARRY, False)]:
        view = small_view(yearly("internet_users_pct", year, np.arange(40.0)))
        assert np.isfinite(view.figures("tii", 1)).all() == told


def test_figures_of_too_few_economies_say_nothing() -> None:
    view = small_view(yearly("internet_users_pct", 2017, np.arange(20.0)))
    assert np.isnan(view.figures("tii", 1)).all()


def test_terms_chosen_anew_look_at_nothing_after_the_origin(
    held: rankings.World, known: pd.DataFrame, egdi: Index
) -> None:
    panel = seen_from(known, 2016)
    view = look(panel, egdi, 2018, series=held.series, information="nowcast")
    chosen = closing.choose_terms(view, gaps.CHOICES)
    assert set(chosen) == {"osi", "tii", "hci"}
    assert all(chosen[part] in gaps.CHOICES[part] for part in chosen)
    later = spoilt(held.series, held.series["year"] > 2016)
    blind = look(panel, egdi, 2018, series=later, information="nowcast")
    assert closing.choose_terms(blind, gaps.CHOICES) == chosen


def test_own_past_weighs_newer_editions_more_and_skips_missing_ones(egdi: Index) -> None:
    view = small_view(yearly("internet_users_pct", 2017, np.arange(40.0)))
    view.standings["tii"][:, 0] = [1.0, 2.0]
    view.standings["tii"][:, 1] = [np.nan, 2.0]
    pull = gaps.to_own_past(view, "tii", 1)
    assert pull[0] == pytest.approx((0.8 * 1 + 2) / 1.8 - 2)
    assert pull[1] == 0
    assert gaps.momentum(view, "tii", 1)[0] == 1
    assert np.isnan(gaps.momentum(view, "tii", 0)).all()
    assert gaps.to_mean(view, "tii", 1)[0] == -2


def test_printed_indicators_become_series_of_their_edition(held: rankings.World) -> None:
    table = gaps.printed_series(held.indicators)
    viet_nam = table.loc[(table["iso3"] == "VNM") & (table["series"] == "internet_users_pct")]
    printed = held.indicators.query(
        "iso3 == 'VNM' and indicator == 'internet_users' and index == 'EGDI'"
    )
    assert viet_nam.set_index("year")["value"].to_dict() == dict(
        zip(printed["edition"], printed["value"], strict=True)
    )
    assert not table.duplicated(["series", "iso3", "year"]).any()


# --- worlds whose truth is known -------------------------------------------------------------


@dataclass
class Made:
    """A world drawn by a known law: TII closes half its gap to the figures, OSI is noisy."""

    economies: int = 80
    share: float = 0.5
    seed: int = 0
    editions: list[int] = field(default_factory=lambda: list(range(2004, 2031, 2)))

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        size = (len(self.editions), self.economies)
        self.iso3 = [f"E{number:02d}" for number in range(self.economies)]
        true = random.normal(0, 1, self.economies) + random.normal(0, 0.15, size).cumsum(axis=0)
        figures = true + random.normal(0, 0.3, size).cumsum(axis=0)
        shock = random.standard_t(5, (*size, 3)) * [0.3, 0.15, 0.1]
        osi, tii, hci = true + shock[..., 0], true.copy(), true.copy()
        for at in range(1, size[0]):
            pull = self.share * (figures[at - 1] - tii[at - 1])
            tii[at] = tii[at - 1] + pull + shock[at, :, 1]
            hci[at] = hci[at - 1] + shock[at, :, 2]
        self.scores = {"osi": osi, "tii": tii, "hci": hci, "egdi": (osi + tii + hci) / 3}
        self.figures = figures

    @property
    def panel(self) -> pd.DataFrame:
        parts = []
        for component, values in self.scores.items():
            table = pd.DataFrame(values, index=self.editions, columns=self.iso3)
            part = table.rename_axis(index="edition", columns="iso3").stack().rename("value")
            parts.append(part.reset_index().assign(component=component))
        rows = pd.concat(parts, ignore_index=True).assign(index="EGDI", vintage="one")
        return scale.standings(rows.assign(published_year=rows["edition"]))

    @property
    def series(self) -> pd.DataFrame:
        return pd.concat(
            [
                yearly("internet_users_pct", edition - 1, values)
                for edition, values in zip(self.editions, self.figures, strict=True)
            ]
        )


@pytest.fixture(scope="module")
def made() -> list[tuple[Made, Draws]]:
    """Twelve worlds, forecast from their eleventh edition, three editions ahead."""
    index = definition("EGDI")
    worlds = [Made(seed=seed) for seed in range(12)]
    return [
        (
            world,
            closing.closing_gaps(
                world.panel.loc[world.panel["edition"] <= 2024],
                index,
                [2026, 2028, 2030],
                1,
                400,
                series=world.series,
                information="origin",
            ),
        )
        for world in worlds
    ]


def outcomes(world: Made, draws: Draws) -> np.ndarray:
    """The ranks that came, array (editions ahead, economies)."""
    places = [world.editions.index(edition) for edition in draws.editions]
    return ranks.order(world.scores["egdi"][places])


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_intervals_cover_as_promised(made: list[tuple[Made, Draws]], ahead: int) -> None:
    covered: dict[int, list[np.ndarray]] = {80: [], 95: []}
    for world, draws in made:
        came = outcomes(world, draws)[ahead]
        for level, inside in covered.items():
            tails = [(100 - level) / 200, (100 + level) / 200]
            low, high = np.quantile(draws.ranks[:, ahead], tails, axis=0, method="inverted_cdf")
            inside.append((came >= low) & (came <= high))
    assert 0.77 <= np.mean(covered[80]) <= 0.90
    assert 0.92 <= np.mean(covered[95]) <= 0.985


def test_chances_of_a_band_come_true(made: list[tuple[Made, Draws]]) -> None:
    chance, came = [], []
    for worst in (10, 20, 40, 60):
        chance += [(draws.ranks <= worst).mean(axis=0).ravel() for _, draws in made]
        came += [(outcomes(*each) <= worst).ravel() for each in made]
    said, came_true = np.concatenate(chance), np.concatenate(came)
    for low, high in [(0.02, 0.15), (0.15, 0.35), (0.35, 0.65), (0.65, 0.85), (0.85, 0.98)]:
        rows = (said > low) & (said <= high)
        assert rows.sum() > 300
        assert came_true[rows].mean() == pytest.approx(said[rows].mean(), abs=0.035)


def test_the_share_of_a_gap_that_is_closed_is_found(egdi: Index) -> None:
    found = []
    for seed in range(6):
        world = Made(seed=seed)
        panel = world.panel.loc[world.panel["edition"] <= 2024]
        view = look(panel, egdi, 2026, series=world.series, information="origin")
        fitted = closing.fits(view, gaps.OBVIOUS, 3)
        found.append([each["tii"].shares[0] for each in fitted])
    one, two, _ = np.mean(found, axis=0)
    assert one == pytest.approx(0.5, abs=0.06)
    assert two > one


def test_knowing_the_figures_beats_not_knowing_them(made: list[tuple[Made, Draws]]) -> None:
    index, gain = definition("EGDI"), []
    for world, informed in made[:6]:
        panel = world.panel.loc[world.panel["edition"] <= 2024]
        blind = closing.closing_gaps(panel, index, [2026], 1, 400)
        gain.append(
            rank_crps(outcomes(world, blind)[0], blind, 0)
            - rank_crps(outcomes(world, informed)[0], informed, 0)
        )
    assert np.mean(gain) > 0


# --- the draws themselves --------------------------------------------------------------------


def test_the_same_seed_gives_the_same_draws(known: pd.DataFrame, egdi: Index) -> None:
    one, again, other = (
        closing.closing_gaps(known, egdi, [2026, 2028], seed, 20).scores for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_the_mean_of_the_world_is_held_still(held: rankings.World, egdi: Index) -> None:
    panel = held.known(2024)
    drawn = closing.closing_gaps(
        panel, egdi, [2026, 2028], 1, 4000, series=held.series, information="nowcast"
    )
    now = panel.query("index == 'EGDI' and edition == 2024 and component == 'egdi'")["value"]
    assert len(drawn.iso3) == 193
    np.testing.assert_allclose(drawn.scores.mean(axis=(0, 2)), now.mean(), atol=2e-4)


def test_sub_indices_of_an_economy_are_drawn_together(known: pd.DataFrame, egdi: Index) -> None:
    paths = closing.closing_paths(known, egdi, [2026], 1, 2000, beside=("epi",))
    rows, chance = closing._rows(paths.ahead[0])
    assert list(paths.held.standings) == ["osi", "tii", "hci", "epi"]
    told = {name: paths.component(name)[:, 0] for name in paths.held.standings}
    for name, other in [("osi", "epi"), ("osi", "hci"), ("tii", "hci")]:
        places = [list(told).index(each) for each in (name, other)]
        one, two = rows[:, places].T
        expected = (chance @ (one * two)) / np.sqrt((chance @ one**2) * (chance @ two**2))
        moves = [told[each] - told[each].mean(axis=0) for each in (name, other)]
        drawn = (moves[0] * moves[1]).mean() / (moves[0].std() * moves[1].std())
        assert drawn == pytest.approx(expected, abs=0.02)


def test_in_every_draw_the_index_is_the_mean_of_its_parts(
    held: rankings.World, egdi: Index
) -> None:
    paths = closing.closing_paths(
        held.known(2024),
        egdi,
        [2026, 2028],
        1,
        200,
        series=held.series,
        information="nowcast",
        beside=("epi",),
    )
    mean = sum(paths.component(part).astype(float) for part in ("osi", "tii", "hci")) / 3
    np.testing.assert_allclose(paths.overall(), mean, atol=1e-6)
    alone = closing.closing_gaps(
        held.known(2024), egdi, [2026, 2028], 1, 200, series=held.series, information="nowcast"
    )
    np.testing.assert_array_equal(alone.scores, paths.overall())


def test_spread_goes_on_growing_beyond_what_the_past_allows(
    known: pd.DataFrame, egdi: Index
) -> None:
    early = known.loc[known["edition"] <= 2010]
    drawn = closing.closing_gaps(early, egdi, [2012, 2014, 2016, 2018], 1, 2000)
    spread = drawn.scores.std(axis=0).mean(axis=1)
    assert (np.diff(spread) > 0).all()


def test_a_gap_never_known_before_has_no_share() -> None:
    random = np.random.default_rng(0)
    standing = random.normal(size=(6, 50))
    table = random.normal(size=(6, 50, 2))
    table[:-1, :, 1] = 0
    fitted = closing.regress(standing, table, 1)
    assert fitted.shares[1] == 0
    assert fitted.shares[0] != 0


def test_too_little_is_refused_in_words(known: pd.DataFrame, egdi: Index) -> None:
    with pytest.raises(InputError, match="needs at least 4"):
        closing.closing_gaps(known.loc[known["edition"] <= 2008], egdi, [2010], 1, 5)
    with pytest.raises(InputError, match=r"needs the series: pass world\.series"):
        closing.closing_gaps(known, egdi, [2026], 1, 5, information="origin")
    bare = known.loc[~known["component"].isin(["hci", "osi"])]
    with pytest.raises(InputError, match="EGDI 2024 is held without hci, osi"):
        closing.closing_gaps(bare, egdi, [2026], 1, 5)


def test_ten_thousand_paths_of_all_economies_are_drawn_at_once(
    held: rankings.World, known: pd.DataFrame, egdi: Index
) -> None:
    model, ahead = registry.find(registry.CLOSING_GAPS, "origin"), [2026, 2028, 2030, 2032, 2034]
    model.draw(known, egdi, ahead, 1, 10, held)
    few, many = (
        calls(lambda n=n: model.draw(known, egdi, ahead, 1, n, held)) for n in (10, 10_000)
    )
    assert many < 1.01 * few
    drawn = model.draw(known, egdi, ahead, 1, 10_000, held)
    assert drawn.scores.shape == (10_000, 5, 193)


# --- baselines -------------------------------------------------------------------------------


def test_own_drift_goes_on_as_before() -> None:
    ahead = single.drift(np.array([0.0, 1.0, 1.0, 4.0]), 2)
    np.testing.assert_allclose(ahead.mean, [4 + 4 / 3, 4 + 8 / 3])
    sigma = np.std([1, 0, 3], ddof=1)
    np.testing.assert_allclose(ahead.error, sigma * np.sqrt([1 + 1 / 3, 2 * (1 + 2 / 3)]))


@pytest.mark.parametrize(
    "model", [single.drift, single.local_trend, single.damped_trend, single.arima]
)
def test_a_baseline_follows_a_plain_rise(model: single.Forecast) -> None:
    random = np.random.default_rng(1)
    ahead = single._fitted(model, np.linspace(-1, 1, 11) + random.normal(0, 0.02, 11), 3)
    assert ahead is not None
    assert ahead.mean.shape == ahead.error.shape == (3,)
    assert (ahead.error > 0).all()
    assert 0.7 < ahead.mean[0] < 1.5


def test_an_economy_too_short_for_a_model_keeps_no_change(egdi: Index, known: pd.DataFrame) -> None:
    assert single._fitted(single.drift, np.array([1.0, 2.0, 3.0]), 2) is None
    base = random_walk(known, egdi, [2026], 1, 20)
    drawn = single.each_alone(single.drift, "own drift", known, egdi, [2026], 1, 20)
    history = standings_of(known, egdi, ["egdi"])["egdi"][list(base.iso3)]
    short = (history.count() < FEWEST_EDITIONS).to_numpy()
    same = (drawn.scores == base.scores).all(axis=(0, 1))
    np.testing.assert_array_equal(same, short)


def test_models_are_told_apart_by_name_and_information() -> None:
    keys = [(model.name, model.information) for model in registry.MODELS]
    assert len(set(keys)) == len(keys)
    assert {model.information for model in registry.MODELS} == {"history", "origin", "nowcast"}
    assert registry.information_at(2024, 2026) == "origin"
    assert registry.information_at(2025, 2026) == "nowcast"
    labels = [model.label for model in registry.candidates(2025, 2026)]
    assert labels == ["no change", "closing gaps, nowcast"]
    assert len({model.label for model in registry.MODELS}) == len(registry.MODELS)


# --- what they are worth ---------------------------------------------------------------------


def rank_crps(came: np.ndarray, draws: Draws, ahead: int) -> float:
    drawn = draws.ranks[:, ahead].T.astype(float)
    return float(scoringrules.crps_ensemble(came.astype(float), drawn).mean())


@pytest.fixture(scope="module")
def scores(held: rankings.World, known: pd.DataFrame, egdi: Index) -> pd.DataFrame:
    """Mean over the origins 2012-2022 on the economies present throughout, pseudo-real-time."""
    members = backtest.universe(known, egdi)
    rows = known.loc[(known["index"] != "EGDI") | known["iso3"].isin(members)]
    overall = rows.query("index == 'EGDI' and component == 'egdi'")
    places = overall.pivot(index="edition", columns="iso3", values="value").rank(
        axis=1, ascending=False, method="min"
    )
    results = []
    for origin in ORIGINS:
        seen = seen_from(rows, origin)
        ahead = EDITIONS[EDITIONS.index(origin) + 1 :][:3]
        for model in POOLED:
            made = model.draw(seen, egdi, ahead, 1 + origin, 1000, held)
            for at, edition in enumerate(ahead):
                came = places.loc[edition, list(made.iso3)].to_numpy()
                bounds = np.quantile(
                    made.ranks[:, at],
                    [0.025, 0.1, 0.9, 0.975],
                    axis=0,
                    method="inverted_cdf",
                )
                results.append(
                    {
                        "model": f"{model.name}, {model.information}",
                        "h": at + 1,
                        "crps": rank_crps(came, made, at),
                        "coverage80": np.mean((came >= bounds[1]) & (came <= bounds[2])),
                        "coverage95": np.mean((came >= bounds[0]) & (came <= bounds[3])),
                        "n": len(came),
                    }
                )
    assert {result["n"] for result in results} == {165}
    return pd.DataFrame(results).groupby(["model", "h"]).mean().drop(columns="n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "bars"),
    [
        ("no change, history", [5.45, 6.72, 7.87]),
        ("closing gaps, history", [5.37, 6.65, 7.80]),
        ("closing gaps, printed figures, origin", [5.37, 6.65, 7.80]),
        ("closing gaps, origin", [5.10, 6.25, 7.30]),
        ("closing gaps, nowcast", [5.0, 5.9, 6.9]),
        ("closing gaps, terms chosen at each origin, nowcast", [5.0, 5.9, 6.9]),
        ("closing gaps, selected terms, today's rules, nowcast", [4.70, 5.50, 6.55]),
    ],
)
def test_rank_scores_stay_below_the_bars(
    scores: pd.DataFrame, model: str, bars: list[float]
) -> None:
    assert (scores.loc[model, "crps"].to_numpy() <= bars).all()


@pytest.mark.slow
def test_more_information_is_worth_more(scores: pd.DataFrame) -> None:
    each = [
        scores.loc[f"closing gaps, {information}", "crps"]
        for information in ("history", "origin", "nowcast")
    ]
    assert (each[0] > each[1]).all()
    assert (each[1] > each[2]).all()


@pytest.mark.slow
@pytest.mark.parametrize("information", ["history", "origin", "nowcast"])
def test_intervals_covered_what_came(scores: pd.DataFrame, information: str) -> None:
    covered = scores.loc[f"closing gaps, {information}"]
    assert covered["coverage80"].between(0.77, 0.90).all()
    assert covered["coverage95"].between(0.92, 0.98).all()


@pytest.mark.parametrize("model", POOLED, ids=lambda model: f"{model.name}, {model.information}")
def test_no_pooled_model_sees_a_great_leap_of_viet_nam(
    held: rankings.World, egdi: Index, model: registry.Model
) -> None:
    """Only Kazakhstan, 2008 to 2010, ever made the step from Viet Nam's place to the top 50."""
    then = model.draw(held.known(2018), egdi, [2020], 1, 2000, held)
    now = model.draw(held.known(2024), egdi, [2026, 2028, 2030], 1, 2000, held)
    assert (then.of("VNM") <= 50).mean() < 0.03
    chances = (now.of("VNM") <= 50).mean(axis=0)
    assert (np.diff(chances) > 0).all()
    assert 0.02 < chances[0] < 0.15
    assert chances[-1] < 0.30
