"""A measure as an index: its rows, its parts, and one draw of the world behind all of them."""

import numpy as np
import pandas as pd
import pytest

import rankings
from rankings.composite import official
from rankings.errors import InputError, NotKnown
from rankings.forecasts.closing import CLOSING_GAPS
from rankings.forecasts.record import composite_parts
from rankings.panel.measures import measure, measures
from rankings.panel.trees import tree
from rankings.report import pictures
from rankings.story import measured, outlook, whatif
from rankings.story.question import Story
from rankings.story.standing import own_rank

FORECAST = [code for code, each in measures().items() if each.forecast and code != "EGDI"]
HELD = [code for code, each in measures().items() if not each.forecast]


def told(code: str, economy: str = "VNM", as_of: int = 2018, until: int = 2020) -> Story:
    return rankings.ask(economy, as_of, "30:50", until, measure=code)


@pytest.mark.parametrize("code", ["OSI", "TII", "HCI", "EPI"])
def test_the_rows_of_a_part_are_those_its_report_prints(code: str) -> None:
    story = told(code)
    known = story.world.known(2018)
    mine = known.loc[
        (known["index"] == "EGDI")
        & (known["component"] == measure(code).component)
        & (known["edition"] == 2018)
    ].set_index("iso3")
    assert story.scores.to_dict() == mine["value"].to_dict()
    assert own_rank(story) == mine.loc["VNM", "competition_rank"]


def test_what_is_asked_is_the_100th_of_193() -> None:
    story = told("telecom")
    assert (story.measure, own_rank(story), len(story.scores)) == ("TII", 100, 193)


@pytest.mark.parametrize(("code", "as_of"), [("TII", 2018), ("HCI", 2018), ("OSI", 2022)])
def test_indicators_add_up_to_the_part_as_published(code: str, as_of: int) -> None:
    story = told(code, as_of=as_of, until=as_of + 2)
    parts = story.parts[story.sub_indices].dot(story.weights)
    assert story.weights.sum() == pytest.approx(1)
    off = (parts - story.scores).abs()
    # Misprints of the annex aside (as of Monaco's schooling in 2018).
    assert (off < 2e-4).sum() >= len(story.scores) - 2


def test_a_part_without_a_recipe_says_which_edition_had_one() -> None:
    with pytest.raises(NotKnown, match="newest edition that is was 2022"):
        _ = told("TII", as_of=2025, until=2030).weights


def test_the_composite_is_the_official_one() -> None:
    story = told("ICT", as_of=2025, until=2030)
    made = official.ict_composite(story.world.panel, 2025).table.set_index("iso3")
    ranks = story.scores.rank(ascending=False, method="min").astype(int)
    assert ranks.to_dict() == made["rank"].to_dict()


@pytest.mark.parametrize("as_of", [2018, 2025])
def test_in_every_draw_the_composite_is_the_mean_of_its_parts(as_of: int) -> None:
    """Standard scores of TII, HCI and OSI on the same paths, and of the GCI as it walks."""
    story = told("ICT", as_of=as_of, until=as_of + 5)
    joint = story.joint(CLOSING_GAPS)
    drawn = joint.draws("ICT").scores
    both = list(joint.draws("ICT").iso3)
    parts = {code: joint.draws(code) for code in ("TII", "HCI", "OSI")}
    share = np.zeros(drawn.shape[::2])
    for code in ("TII", "HCI", "OSI"):
        places = [parts[code].iso3.index(iso3) for iso3 in both]
        scores = parts[code].scores[:, 0, places].astype(float)
        spread = scores.std(axis=1, keepdims=True)
        share += 0.25 * (scores - scores.mean(axis=1, keepdims=True)) / spread
    rest = (drawn[:, 0].astype(float) - 100) / 10 - share
    # What is left is a quarter of one standard score: of mean 0, and of spread a quarter.
    assert np.allclose(rest.mean(axis=1), 0, atol=1e-3)
    assert np.allclose(rest.std(axis=1), 0.25, atol=1e-3)


@pytest.mark.parametrize("as_of", [2018, 2025])
def test_in_every_draw_the_egdi_is_the_mean_of_its_parts(as_of: int) -> None:
    story = told("EGDI", as_of=as_of, until=as_of + 5)
    joint = story.joint(CLOSING_GAPS)
    whole = joint.draws("EGDI").scores
    mean = sum(joint.draws(code).scores.astype(float) for code in ("OSI", "TII", "HCI")) / 3
    assert np.allclose(whole, mean, atol=1e-4)


def test_the_egdi_of_its_own_page_is_that_of_all_measures() -> None:
    story = told("EGDI", as_of=2025, until=2030)
    label = outlook.choose_model(story)
    assert (story.draws(label).ranks == story.joint(CLOSING_GAPS).draws("EGDI").ranks).all()


@pytest.mark.parametrize("code", FORECAST)
def test_a_measure_that_can_be_forecast_is(code: str) -> None:
    story = told(code)
    rows = outlook.forecast_ranks(story)
    assert list(rows["edition"]) == story.ahead
    assert rows["reach"].between(0, 1).all()
    assert set(outlook.models_shown(story)) <= set(outlook.candidate_models(story))


@pytest.mark.parametrize("code", [each for each in HELD if ":" not in each])
def test_a_measure_without_a_record_has_no_forecast(code: str) -> None:
    story = told(code, as_of=2025, until=2030)
    assert not outlook.is_forecast(story)
    with pytest.raises(NotKnown, match="cannot be forecast"):
        outlook.choose_model(story)
    still = whatif.compute_whatif(story, {})
    assert list(still.chances["others"]) == [whatif.HELD]


def test_a_move_of_its_own_score_moves_the_rank() -> None:
    story = told("2IPD", as_of=2025, until=2030)
    best = float(story.scores.max())
    moved = whatif.compute_whatif(story, {"overall": best})
    assert moved.components.iloc[0]["rank_after"] <= 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"measure": "TTI"}, "did you mean"),
        ({"measure": ""}, "a name as EGDI"),
        ({"measure": 7}, "a name as EGDI"),
        ({"measure": "2IPD", "as_of": 2018}, "no edition of 2IPD was known"),
        ({"measure": "IDI", "economy": "PRK", "as_of": 2025, "target_year": 2030}, "not ranked"),
        ({"measure": "IDI", "band": "100:190"}, "beyond rank"),
        ({"measure": "GCI", "band": "egov-2020"}, "is a target of EGDI"),
        ({"measure": "GCI", "as_of": 2025, "target_year": 2026}, "no GCI edition is expected"),
        ({"measure": "ICT", "as_of": 2014, "target_year": 2020}, "no edition of ICT was known"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_the_door(given: dict[str, object], says: str) -> None:
    asked = {"economy": "VNM", "as_of": 2018, "band": "30:50", "target_year": 2020} | given
    with pytest.raises(InputError, match=says) as refused:
        rankings.ask(**asked)
    assert "\n" not in str(refused.value)


def test_a_composite_breaks_where_a_part_does() -> None:
    world = rankings.load()
    found = measured.breaks_of(world, 2025, "ICT")
    pairs = set(zip(found["component"], found["edition"], strict=True))
    # The GCI of 2018 was published in 2019: the year-end of 2020 is the first to count it.
    assert {("TII", 2020), ("HCI", 2024), ("GCI", 2020), ("GCI", 2024)} <= pairs


def test_a_tree_of_an_index_is_its_definition() -> None:
    assert tree("EGDI").overall == "egdi"
    assert tree("telecom").overall == "tii"
    assert tree("GCI:legal").printed_in == "GCI"


def test_parts_of_the_composite_are_on_one_scale() -> None:
    parts = composite_parts(rankings.load().known(2025), measure("ICT"))
    assert np.allclose(parts.mean(), 100)
    assert np.allclose(parts.std(ddof=0), 10)
    assert isinstance(parts, pd.DataFrame)


@pytest.mark.parametrize("measure", ["OSI", "EPI"])
def test_residuals_are_in_points_of_the_measure(measure: str) -> None:
    story = rankings.ask("VNM", 2018, "30:50", 2020, measure=measure)
    fitted = outlook.fitted_model(story)
    assert fitted is not None
    part = measure.lower()
    left = fitted[1][part].residuals
    spread = float(np.nanstd(left)) * float(story.scores.std(ddof=0))
    shown = pictures.residuals(story)
    assert shown is not None
    assert f"standard deviation {spread:.3f}" in shown.alt


@pytest.mark.parametrize(("as_of", "fewest"), [(2018, 8), (2025, 17)])
def test_every_lever_of_every_measure_can_be_set(
    as_of: int, fewest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Parts and scores alone are asked about: nobody is drawn.
    monkeypatch.setattr(whatif, "_drawn", lambda _story: whatif.Drawn([], [], []))
    asked = 0
    for code in measures():
        try:
            story = rankings.ask("VNM", as_of, "30:50", measure=code)
            levers = whatif.lever_rows(story)
        except (InputError, NotKnown):
            continue  # not held by then
        asked += 1
        for row in levers.loc[levers["available"]].to_dict("records"):
            there = whatif.compute_whatif(story, {row["lever"]: row["now"]}, last=True).components
            assert np.allclose(there["before"], there["after"])
            most = whatif.compute_whatif(story, {row["lever"]: row["limit"]}, last=True).components
            part = most.set_index("component").loc[row["component"]]
            assert part["after"] != part["before"] or row["now"] in (row["limit"], row["cap"])
    assert asked >= fewest


@pytest.mark.parametrize("code", ["EGDI", "ICT", "2IPD"])
def test_the_last_edition_alone_is_told_what_all_are_told(code: str) -> None:
    story = told(code, as_of=2025, until=2030)
    lever = whatif.lever_rows(story).iloc[0]
    asked = {str(lever["lever"]): float(lever["limit"])}
    whole, last = (whatif.compute_whatif(story, asked, last=each) for each in (False, True))
    pd.testing.assert_frame_equal(whole.components, last.components)
    rows = whole.chances.iloc[[0, -1]] if len(whole.chances) > 1 else whole.chances
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), last.chances)
