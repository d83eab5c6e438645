"""Do sliders move score, rank and chance as the recipes, the weights and the draws say?"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import rankings
from rankings.analysis import driver_whatif, recipes
from rankings.cli import main
from rankings.errors import InputError
from rankings.forecasts.draws import chances, rank_forecast
from rankings.report import target, whatif
from rankings.story.attribution import known_tables
from rankings.story.outlook import choose_model, forecast_ranks
from rankings.story.question import Story
from rankings.story.target import points_needed

TOLD = ["median", "low80", "high80", "reach", "inside"]
FASTER = {"active_mobile_broadband_subs": 100.0, "fixed_broadband_subs": 22.0}


@pytest.fixture(scope="module", params=["seen2018", "seen2025"])
def seen(request: pytest.FixtureRequest) -> Story:
    return request.getfixturevalue(request.param)


def moving(answer: whatif.WhatIf, when: str) -> pd.DataFrame:
    """The rows of all others drawn, with the names a forecast has."""
    rows = answer.chances.query("others == @whatif.MOVING").reset_index(drop=True)
    return rows.rename(columns={f"{name}_{when}": name for name in TOLD})[
        ["edition", *TOLD, "of"]
    ].astype(float)


def part(answer: whatif.WhatIf, component: str) -> pd.Series:
    return answer.components.set_index("component").loc[component]


def by_hand(story: Story, shift: pd.Series) -> pd.DataFrame:
    """The draws with everybody shifted by points, every economy sorted again in every draw."""
    draws = story.draws(choose_model(story))
    moved = replace(draws, scores=draws.scores + shift.reindex(list(draws.iso3)).to_numpy())
    rows = rank_forecast(moved, story.economy).merge(
        chances(moved, story.economy, story.band.best, story.band.worst).drop(columns="of"),
        on="edition",
    )
    return rows[["edition", *TOLD, "of"]].astype(float)


# Levers


def test_levers_are_the_sub_indices_then_the_indicators_below_them(seen: Story) -> None:
    rows = whatif.levers(seen)
    assert list(rows.columns) == whatif.LEVERS
    assert rows["lever"].is_unique
    assert rows["kind"].tolist() == sorted(rows["kind"], reverse=True)
    subs = rows.query("kind == @whatif.SUB_INDEX")
    assert subs["lever"].tolist() == ["osi", "tii", "hci"]
    assert subs["now"].tolist() == seen.parts.loc[seen.economy, ["osi", "tii", "hci"]].tolist()
    assert (rows["low"] == 0).all()
    assert ((rows["now"] <= rows["high"]) & (rows["high"] <= rows["limit"])).all()
    assert rows["available"].all()
    assert (rows["why_not"] == "").all()


def test_drivers_are_those_of_the_newest_edition_that_can_be_rebuilt(
    seen2018: Story, seen2025: Story
) -> None:
    old, new = (whatif.levers(each).set_index("lever") for each in (seen2018, seen2025))
    assert "services_provision" not in old.index
    assert old["edition"].unique().tolist() == [2018]
    drawn = new.query("kind == @whatif.DRIVER")
    assert drawn["edition"].unique().tolist() == [2022]
    assert drawn["component"].drop_duplicates().tolist() == ["osi", "tii", "hci"]
    assert new.loc["mean_years_schooling", ["now", "component"]].tolist() == [8.3, "hci"]
    assert new.loc["active_mobile_broadband_subs", ["cap", "high"]].tolist() == [120, 120]
    assert np.isnan(old["cap"]["active_mobile_broadband_subs"])
    assert (old["high"]["internet_users"], old["limit"]["internet_users"]) == (100, 100)


def test_each_sub_index_has_its_own_newest_edition() -> None:
    """Of 2020 only human capital can be rebuilt; telecom goes back to 2018."""
    rows = whatif.levers(rankings.ask(as_of=2020)).query("kind == @whatif.DRIVER")
    assert dict(zip(rows["component"], rows["edition"], strict=True)) == {"tii": 2018, "hci": 2020}


def test_an_economy_without_a_figure_is_told_why() -> None:
    story = rankings.ask(_lacking())
    rows = whatif.levers(story).set_index("lever")
    assert not rows["available"]["mean_years_schooling"]
    assert "prints no" in rows["why_not"]["mean_years_schooling"]
    assert rows["available"]["hci"]
    assert "prints no" in whatif.levers_table(story).plain()
    with pytest.raises(InputError, match="cannot be set: EGDI 2022 prints no"):
        whatif.what_if(story, {"mean_years_schooling": 9})


def _lacking() -> str:
    figures = recipes.held(rankings.load(), 2025).figures("EGDI", 2022)
    return str(figures.index[figures["mean_years_schooling"].isna()][0])


# Nothing changed


@pytest.mark.parametrize("as_now", [False, True])
def test_nothing_changed_gives_what_is_published_and_forecast(seen: Story, as_now: bool) -> None:
    rows = whatif.levers(seen)
    drawn = dict(zip(rows["lever"], rows["now"], strict=True)) if as_now else {}
    for kind in (whatif.SUB_INDEX, whatif.DRIVER) if as_now else ("",):
        named = rows.loc[rows["kind"] == kind, "lever"]
        answer = whatif.what_if(seen, {name: drawn[name] for name in named})
        got = answer.components
        assert got["before"].tolist() == seen.parts.loc[seen.economy, got["component"]].tolist()
        assert got["after"].tolist() == got["before"].tolist()
        assert got["rank_after"].tolist() == got["rank_before"].tolist()
        expected = forecast_ranks(seen)[["edition", *TOLD, "of"]].astype(float)
        for when in ("before", "after"):
            pd.testing.assert_frame_equal(moving(answer, when), expected, check_exact=True)
        shown = target.chances_table(seen).frame
        assert moving(answer, "after")["reach"].tolist() == shown["reach"].tolist()
        assert answer.points == 0
        assert answer.others_shift == 0


def test_the_ranks_before_are_those_of_the_panel(seen2018: Story) -> None:
    answer = whatif.what_if(seen2018, {})
    assert answer.components["rank_before"].tolist() == [88, 59, 100, 120]
    assert answer.components["of"].tolist() == [193] * 4
    still = answer.chances.iloc[0]
    assert (still["others"], still["edition"], still["of"]) == (whatif.HELD, 2018, 193)
    assert (still["median_before"], still["low80_after"], still["reach_after"]) == (88, 88, 0)


# A sub-index


def test_a_sub_index_moves_the_index_by_its_weight(seen: Story) -> None:
    before = seen.parts.loc[seen.economy]
    answer = whatif.what_if(seen, {"tii": 0.95})
    points = (0.95 - before["tii"]) / 3
    assert answer.points == pytest.approx(points)
    assert part(answer, "tii")["after"] == 0.95
    assert part(answer, "egdi")["after"] == pytest.approx(before["egdi"] + points)
    assert part(answer, "osi")["after"] == before["osi"]
    for name in ("egdi", "tii"):
        others = seen.parts[name].drop(seen.economy)
        better = int((others > part(answer, name)["after"] + 1e-9).sum())
        assert part(answer, name)["rank_after"] == 1 + better
    still = answer.chances.iloc[0]
    assert still["median_after"] == part(answer, "egdi")["rank_after"]
    shift = pd.Series(0.0, index=seen.scores.index)
    shift[seen.economy] = points
    pd.testing.assert_frame_equal(moving(answer, "after"), by_hand(seen, shift))


def test_the_needed_points_give_an_even_chance(seen: Story) -> None:
    needed = points_needed(seen).iloc[0]
    assert needed["certainty"] == 0.5
    own = seen.parts.loc[seen.economy]
    # Spread over the sub-indices, so that none goes beyond the scale.
    room = {name: 1 - own[name] for name in ("osi", "tii", "hci")}
    share = 3 * needed["points"] / sum(room.values())
    assert 0 < share < 1
    answer = whatif.what_if(seen, {name: own[name] + share * room[name] for name in room})
    assert answer.points == pytest.approx(needed["points"])
    assert moving(answer, "after")["reach"].iloc[-1] == pytest.approx(0.5, abs=0.001)
    assert moving(answer, "before")["reach"].iloc[-1] < 0.4


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_more_never_makes_a_chance_smaller(one: float, other: float) -> None:
    story = rankings.ask()
    low, high = (whatif.what_if(story, {"osi": each}) for each in sorted([one, other]))
    assert (moving(low, "after")["reach"] <= moving(high, "after")["reach"]).all()
    assert (moving(low, "after")["median"] >= moving(high, "after")["median"]).all()
    assert part(low, "egdi")["rank_after"] >= part(high, "egdi")["rank_after"]


# Drivers


def test_in_the_edition_itself_a_driver_does_what_its_recipe_says(seen2018: Story) -> None:
    changes = {"active_mobile_broadband_subs": 90.0, "mean_years_schooling": 9.0}
    answer = whatif.what_if(seen2018, changes)
    rows = driver_whatif.what_if(known_tables(seen2018), seen2018.index, "VNM", changes)
    got = answer.components.drop(columns="label")
    expected = rows.drop(columns=["others_shift", "bound", "basis", "edition"])
    pd.testing.assert_frame_equal(got, expected[got.columns], check_dtype=False)
    assert got["after"].iloc[0] > got["before"].iloc[0]


def test_a_driver_of_an_older_edition_adds_its_points(seen2025: Story) -> None:
    answer = whatif.what_if(seen2025, FASTER)
    rows = driver_whatif.what_if(known_tables(seen2025), seen2025.index, "VNM", FASTER).set_index(
        "component"
    )
    gained = rows["after"]["tii"] - rows["before"]["tii"]
    assert gained > 0.03
    assert part(answer, "tii")["after"] == pytest.approx(seen2025.parts["tii"]["VNM"] + gained)
    assert answer.points == pytest.approx(gained / 3)
    assert "indicators of 2022" in answer.note
    assert "value of 2024" in answer.note
    assert "method changed in between" in answer.note


@pytest.mark.parametrize("changes", [FASTER, {"fixed_broadband_subs": 84.0, "internet_users": 100}])
def test_everybody_is_shifted_in_every_draw(seen2025: Story, changes: dict[str, float]) -> None:
    """The second change takes the top of the scale, which lowers all others."""
    tables = known_tables(seen2025)
    recipe = recipes.recipe_of("EGDI", "tii", 2022)
    figures = tables.figures("EGDI", 2022)
    changed = figures.copy()
    for name, value in changes.items():
        changed.loc["VNM", name] = value
    moved = (recipes.rebuild(recipe, changed) - recipes.rebuild(recipe, figures))["tii"]
    now = seen2025.parts["tii"]
    shift = ((now + moved).clip(0, 1) - now) / 3
    answer = whatif.what_if(seen2025, changes)
    others = shift.drop("VNM").abs().max()
    assert others > 0
    assert answer.others_shift == pytest.approx(others, abs=1e-4)
    got, expected = moving(answer, "after"), by_hand(seen2025, shift)
    # The end of the scale is taken as it is, so an own value differs by the rounding printed.
    pd.testing.assert_frame_equal(got, expected, atol=0.001 if others > 0.01 else 1e-12, rtol=0)


def test_beyond_the_cap_nothing_changes(seen2025: Story) -> None:
    at, beyond = (
        whatif.what_if(seen2025, {"active_mobile_broadband_subs": each}) for each in (120, 170)
    )
    pd.testing.assert_frame_equal(at.chances, beyond.chances)
    pd.testing.assert_frame_equal(at.components, beyond.components)
    assert "counts up to 120: the rest of 170 changes nothing" in beyond.note
    assert "counts up to" not in at.note


def test_a_sub_index_stops_at_the_top_of_the_scale(seen2025: Story) -> None:
    answer = whatif.what_if(seen2025, {"fixed_broadband_subs": 84, "internet_users": 100})
    assert part(answer, "tii")["after"] == 1
    assert part(answer, "tii")["rank_after"] == 1
    assert "Telecom (TII) stops at 1." in answer.note


def test_levers_of_different_sub_indices_add_up_in_any_order(seen2025: Story) -> None:
    single = [
        whatif.what_if(seen2025, each)
        for each in ({"osi": 0.8}, FASTER, {"mean_years_schooling": 9.5})
    ]
    both = whatif.what_if(seen2025, {"mean_years_schooling": 9.5, **FASTER, "osi": 0.8})
    assert both.points == pytest.approx(sum(each.points for each in single))
    assert list(both.settings) == [
        *("osi", "fixed_broadband_subs", "active_mobile_broadband_subs", "mean_years_schooling")
    ]
    turned = whatif.what_if(seen2025, {"osi": 0.8, **FASTER, "mean_years_schooling": 9.5})
    pd.testing.assert_frame_equal(both.chances, turned.chances)


def test_what_was_asked_before_does_not_matter(seen2025: Story) -> None:
    first = whatif.what_if(seen2025, FASTER)
    whatif.what_if(seen2025, {"fixed_broadband_subs": 1.0, "hci": 0.0})
    handed_out = whatif.levers(seen2025)
    handed_out["now"] = 0.0
    again = whatif.what_if(seen2025, FASTER)
    pd.testing.assert_frame_equal(first.chances, again.chances, check_exact=True)
    assert whatif.levers(seen2025)["now"].iloc[0] == 0.70811


def test_a_lever_is_known_in_either_letter_case(seen2025: Story) -> None:
    as_written = whatif.what_if(seen2025, {"TII": 0.9, "Mean_Years_Schooling": 9})
    known = whatif.what_if(seen2025, {"tii": 0.9, "mean_years_schooling": 9})
    pd.testing.assert_frame_equal(as_written.chances, known.chances, check_exact=True)


# Refusals


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tiii": 0.9}, "'tiii' is not a known lever; did you mean tii?"),
        ({"electricity": 9}, "'electricity' is not a known lever; known: osi, tii, hci, e_inf"),
        ({"TII": 0.9, "tii": 0.8}, "tii is set twice: 0.9 and 0.8"),
        ({"tii": 1.01}, r"tii is a number from 0 to 1 \(tii, now 0.87797\), not 1.01"),
        ({"tii": -0.1}, "not -0.1"),
        ({"tii": float("nan")}, "not nan"),
        ({"tii": float("inf")}, "not inf"),
        ({"tii": True}, "not True"),
        ({"tii": "0.9"}, "not 0.9"),
        ({"tii": None}, "not None"),
        ({"internet_users": 101}, "internet_users is a number from 0 to 100"),
        ({"mean_years_schooling": 22}, r"from 0 to 21\.3 \(mean_years_schooling, now 8\.3\)"),
        (
            {"internet_users": 90, "tii": 0.9},
            "tii is set and so is internet_users, which acts through it: drop tii",
        ),
    ],
)
def test_what_has_no_right_answer_is_refused(
    seen2025: Story, changes: dict[str, float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        whatif.what_if(seen2025, changes)


# As shown


def test_it_shows_as_two_tables_with_their_source(seen2025: Story) -> None:
    answer = whatif.what_if(seen2025, FASTER)
    bundle = answer._repr_mimebundle_(include=None)
    assert bundle["text/html"].count("<table") == 2
    assert answer.note.split(".")[0] in bundle["text/plain"]
    assert "E-Government Survey 2022, published 2022" in bundle["text/plain"]
    assert "10,000 draws, seed 2018" in bundle["text/plain"]
    assert "Fixed broadband, per 100: 22; Mobile broadband, per 100: 100" in bundle["text/plain"]
    still = answer.chances_table.cells()[0]
    assert still[0] == "held"
    assert still[4:8] == ["–"] * 4


def test_it_speaks_the_language_of_the_reader(seen2025: Story) -> None:
    english = whatif.levers(seen2025)["label"].tolist()
    vietnamese = replace(seen2025, language="vi")
    spoken = whatif.levers(vietnamese)["label"].tolist()
    answer = whatif.what_if(vietnamese, FASTER)
    assert answer.chances_table.cells()[0][0] != "held"
    assert "Means" not in answer.note
    assert all(a != b for a, b in zip(english[3:], spoken[3:], strict=True))
    assert whatif.levers(seen2025)["label"].tolist() == english


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["whatif", *words])


def test_the_command_says_what_python_says() -> None:
    done = call("VNM", "--set", "tii=0.85", "--set", "mean_years_schooling=9", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    answer = rankings.what_if(rankings.ask("VNM"), {"tii": 0.85, "mean_years_schooling": 9})
    assert said["settings"] == answer.settings == {"tii": 0.85, "mean_years_schooling": 9}
    assert pd.DataFrame(said["components"])["after"].tolist() == answer.components["after"].tolist()
    got = pd.DataFrame(said["chances"])
    assert got["reach_after"].tolist() == answer.chances["reach_after"].tolist()
    assert (said["note"], said["source"]) == (answer.note, answer.source)
    assert (said["edition"], said["target_year"], said["seed"]) == (2024, 2030, 2018)
    told = call("VNM", "--set", "tii=0.85", "--set", "mean_years_schooling=9")
    assert told.stdout.strip() == answer.plain()


def test_the_command_lists_the_levers() -> None:
    told = call("VNM", "--as-of", "2018", "--by", "2020")
    assert told.exit_code == 0, told.output
    assert "active_mobile_broadband_subs" in told.stdout
    assert "E-Government Survey 2018" in told.stdout
    rows = json.loads(call("VNM", "--json").stdout)
    assert [row["lever"] for row in rows[:3]] == ["osi", "tii", "hci"]
    assert rows[0]["cap"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["VNN"], "did you mean VNM"),
        (["VNM", "--set", "tii"], "--set takes a name and a number, as tii=0.85, not 'tii'"),
        (["VNM", "--set", "tii=0,85"], "not 'tii=0,85'"),
        (["VNM", "--set", "tii=0.8", "--set", "tii=0.9"], "tii is set twice: 0.8 and 0.9"),
        (["VNM", "--set", "tii=2"], "tii is a number from 0 to 1"),
        (["VNM", "--set", "tii=nan"], "not nan"),
    ],
)
def test_the_command_refuses_in_one_line(words: list[str], said: str) -> None:
    done = call(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
