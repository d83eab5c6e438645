"""What a reader sees: true for every economy, with sources, without mixing kinds of rank."""

import re
import warnings

import pytest
from sampling import sampled

import rankings
from rankings.analysis import decompose
from rankings.figures import Picture
from rankings.language.messages import simulated, speaking
from rankings.panel.measures import measures
from rankings.panel.trees import tree
from rankings.report import (
    certainty,
    claims,
    hindsight,
    models,
    pictures,
    record,
    scenarios,
    standing,
    summary,
    target,
    why,
    words,
)
from rankings.report import change as moved
from rankings.report import drivers as drive
from rankings.report.verbs import collect_alone, collect_pictures
from rankings.story.distance import BAND_MEAN, reference_point, split_gap
from rankings.story.outlook import candidate_models, chance_over_assumptions, choose_model
from rankings.story.record import record_differences
from rankings.story.target import later_values
from rankings.tables import Prose, Table

PICTURES = collect_pictures()
VOICES = {name: each for name, each in collect_alone().items() if name not in PICTURES}
STORIES = {
    "vnm-2018": {"as_of": 2018, "target_year": 2020},
    "vnm-now": {},
    "first": {"economy": "DNK"},
    "last": {"economy": "SOM", "band": "100:150"},
    "not-in-idi": {"economy": "IND", "peers": "Southern Asia"},
    "few-editions": {"economy": "SSD"},
    "inside-the-band": {"economy": "CHL", "peers": "South America"},
    "long-ago": {"as_of": 2012, "target_year": 2014},
}


# Their figures have the edges of those of another story: no rank at an end, no edition missing.
LIKE_OTHERS = ("vnm-now", "not-in-idi", "inside-the-band")


@pytest.fixture(scope="module", params=STORIES.values(), ids=STORIES.keys())
def story(request: pytest.FixtureRequest) -> rankings.Story:
    return rankings.ask(**request.param)


def test_other_indices_have_a_line_or_say_why_not() -> None:
    known = rankings.ask()
    for index in ("IDI", "GCI"):
        shown = pictures.ranks_in(known, index)
        assert isinstance(shown, Picture)
        assert f"in the {index} by edition" in shown.alt
    alone = pictures.ranks_in(known, "2IPD")
    assert isinstance(alone, Prose)
    assert "is in 1 edition of the 2IPD" in alone.text
    india = pictures.ranks_in(rankings.ask("IND", 2010, "30:50", 2012), "GCI")
    assert isinstance(india, Prose)
    assert "India is in no edition of the GCI known then" in india.text


def test_ranks_from_one_to_another() -> None:
    assert words.span(51, 51.0) == "51"
    assert words.span(51, 53) == "51-53"


def test_everything_is_said_for_every_economy(story: rankings.Story) -> None:
    for name, voice in VOICES.items():
        shown = voice(story)
        plain = shown._repr_mimebundle_()["text/plain"]
        assert plain.strip(), name
        assert not re.search(r"\b(nan|NaN|None|<NA>|inf)\b", plain), (name, plain)
        assert "{" not in plain, (name, plain)
        if isinstance(shown, Table):
            assert shown.source.startswith("Source: "), name


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(STORIES, lambda name: name not in LIKE_OTHERS))
def test_every_figure_is_drawn_for_every_economy(name: str) -> None:
    story = rankings.ask(**STORIES[name])
    for draw in PICTURES.values():
        shown = draw(story)
        if shown is None:
            continue
        assert isinstance(shown, Picture)
        assert "nan" not in shown.alt
        assert shown.source.startswith("Source: ")


def test_the_split_adds_up(story: rankings.Story) -> None:
    for rank in (story.band.worst, story.band.best, BAND_MEAN):
        parts = split_gap(story, rank)
        reference = reference_point(story, rank)[story.index.overall]
        own = story.scores[story.economy]
        assert parts["points"].sum() == pytest.approx(reference - own, abs=1e-12)
        assert parts["places"].sum() == pytest.approx(round(parts["places"].sum()), abs=1e-9)
        rounding = parts.loc[parts["component"] == decompose.ROUNDING, "points"].iloc[0]
        assert abs(rounding) < 1e-3


def text(shown: Table | Prose) -> str:
    return shown._repr_mimebundle_()["text/plain"]


@pytest.fixture(scope="module")
def seen() -> rankings.Story:
    return rankings.ask(as_of=2018, target_year=2020)


def test_where_100_of_193_comes_from(seen: rankings.Story) -> None:
    assert "Telecom (TII) 2018, 0.3890" in text(claims.answer(seen))
    details = text(claims.details(seen))
    assert "99 Peru 0.3913, 100 Viet Nam 0.3890, 101 Algeria 0.3889" in details
    assert "of which 99 are better, while 111 economies are ahead" in details
    assert "by economies it is 112 of 195" in details
    assert "GCI 2017 was also quoted as 101" in details


def test_the_illustration_comes_with_its_interval(seen: rankings.Story) -> None:
    said = text(standing.illustration(seen))
    assert "99-101 of the 173 economies" in said
    assert "96-103 over all methods" in said
    assert "89-109 (5th to 95th percentile) over all weights" in said
    assert "not a published figure" in said


def test_the_economy_at_rank_50_is_two(seen: rankings.Story) -> None:
    assert "Serbia and Slovakia" in text(why.gap_table(seen))
    assert "Malta" in text(why.gap_table(seen))


def test_hindsight_reads_later_editions_only(seen: rankings.Story) -> None:
    came = later_values(seen)
    assert came["published_year"].min() > 2018
    egdi = came.loc[came["index"] == "EGDI"]
    assert list(egdi["published_rank"]) == [86, 86, 71]
    assert "missed by 36 places" in text(hindsight.answer(seen))
    assert "GCI" in set(came["index"])
    assert 2018 in set(came.loc[came["index"] == "GCI", "edition"])


def test_the_target_names_its_documents() -> None:
    seen_then = text(target.target_sentence(rankings.ask(as_of=2018, target_year=2020)))
    assert "conference of October 2018" in seen_then
    now = text(target.target_sentence(rankings.ask()))
    assert "Decision 749/QD-TTg" in now
    assert "Decision 942/QD-TTg" in now
    other = text(target.target_sentence(rankings.ask(economy="EST")))
    assert "No official target" in other


def test_the_cut_off_says_what_is_not_held() -> None:
    said = text(summary.cutoff(rankings.ask()))
    assert "newest edition held: 2024" in said
    assert "EGDI 2026" in said
    assert "IDI 2026" in said


def test_security_by_pillars_only_where_they_are_held(seen: rankings.Story) -> None:
    assert isinstance(why.security(seen), Prose)
    assert "pillars are not held" in text(why.security(seen))
    assert isinstance(why.security(rankings.ask()), Table)


def test_schooling_is_called_a_proxy(seen: rankings.Story) -> None:
    assert "proxy of ICT human capital" in text(why.proxy(seen))


def test_published_and_derived_ranks_are_apart(seen: rankings.Story) -> None:
    shown = standing.position_table(seen)
    frame = shown.frame.set_index(["index", "component"])
    assert frame.loc[("EGDI", "tii"), "competition"] == "100 of 193"
    assert frame["published_rank"].isna().loc[("EGDI", "tii")]
    assert frame.loc[("GCI", "overall"), "published_rank"] == 100
    assert frame.loc[("GCI", "overall"), "competition"] == "112 of 195"


def test_own_and_others_moves_of_2016_to_2018(seen: rankings.Story) -> None:
    said = text(moved.answer(seen))
    assert "from 89 of 193 to 88 of 193 (published ranks)" in said
    assert "its own moves +22.1 places, everybody else's \N{MINUS SIGN}21.1" in said
    assert "method not separable" in said
    assert "cannot be separated" in said


def test_nine_of_the_places_of_2020_are_method(held: rankings.World) -> None:
    from rankings.analysis import change, recipes
    from rankings.panel.definitions import definition

    step = change.step(recipes.held(held, 2020), definition("EGDI"), 2018, 2020, "tii")
    total = change.totals(step, "VNM").iloc[0]
    assert (total["start"], total["end"], total["method"]) == (100, 69, -9)


def test_the_composite_is_never_without_its_interval(seen: rankings.Story) -> None:
    assert "94 of 193, between 86 and 99" in text(certainty.composite_answer(seen))


def test_the_record_and_its_choice(seen: rankings.Story) -> None:
    assert choose_model(seen) in candidate_models(seen)
    said = text(models.record_answer(seen))
    assert "trend lines do worse than no change" in said
    assert "Pseudo-real-time" in text(models.record_table(seen))
    rows = record_differences(seen)
    assert rows.query("h == 1")["origins"].max() == 4  # outcomes up to 2018 only
    for told in (models.record_table, record.difference_table, record.calibration_table):
        assert "editions 2010 to 2018" in text(told(seen))  # origins and outcomes


def test_a_what_if_of_drivers_moves_the_rank(seen: rankings.Story) -> None:
    changes = {"active_mobile_broadband_subs": 72, "mean_years_schooling": 9}
    shown = drive.what_if_table(seen, changes)
    assert isinstance(shown, Table)
    after = shown.frame.set_index("component")["rank_after"]
    assert (after["egdi"], after["tii"], after["hci"]) == (85, 90, 114)


def test_a_chance_that_hangs_on_an_assumption_is_a_range() -> None:
    story = rankings.ask("VNM")
    spread = chance_over_assumptions(story)
    assert spread is not None
    assert set(spread.varied) == {"tii", "hci"}
    assert spread.low <= spread.chance <= spread.high
    ends = f"{simulated(spread.low)} to {simulated(spread.high)}"
    assert ends in text(target.assumption_answer(story))
    assert ends in text(summary.answer(story))
    assert "(HCI) and " in text(target.assumption_answer(story))


def test_without_a_redefined_sub_index_no_range_is_told(seen2018: rankings.Story) -> None:
    assert chance_over_assumptions(seen2018) is None
    assert "hangs on no reading" in text(target.assumption_answer(seen2018))
    assert " to " not in text(summary.answer(seen2018)).partition("chance")[2]


def test_a_table_of_two_rows_has_room_for_its_heads() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = pictures.bar_table(rankings.ask("MWI", 2019, "193:193", 2030, "MWI", "vi"))
        assert isinstance(shown, Picture)
        drawn = shown._repr_mimebundle_()
    assert "image/png" in (drawn[0] if isinstance(drawn, tuple) else drawn)


def test_beside_nobody_nobody_is_named() -> None:
    """Serbia alone: it is the one at the band's rank, and no peer is in the edition."""
    shown = pictures.bar_table(rankings.ask("SRB", 2011, "81:81", 2017, "SSD,PRK"))
    assert isinstance(shown, Picture)
    assert shown.alt.endswith("(HCI) 0.89100.")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_indicator_has_a_name(held: rankings.World, language: str) -> None:
    with speaking(language):
        named = words.indicators()
        assert set(held.indicators["indicator"]) <= set(named)
        assert all(name[0].isupper() and "_" not in name for name in named.values())


def test_no_part_of_a_measure_is_shown_by_its_code() -> None:
    for each in measures().values():
        for child in each.children:
            named = tree(each.code)
            shown = words.measure(named.name, child)
            assert "_" not in shown, (each.code, child)


@pytest.mark.parametrize("measure", ["OSI", "TII"])
def test_the_headline_begins_with_the_measure_asked_about(measure: str) -> None:
    # Not ranked in the EGDI 2010, nor in the IDI or GCI known then.
    said = standing.answer(rankings.ask("SOM", 2011, "100:190", 2012, measure=measure)).text
    assert re.fullmatch(
        rf"At the end of 2011, Somalia stood \d+ of \d+ in the {measure} 2010 .*", said
    )


def test_an_economy_that_was_not_in_an_edition_has_no_split_of_what_came() -> None:
    said = scenarios.came_by(rankings.ask("YEM", 2011, "11:11", 2015, measure="IDI")).text
    assert "No split: " in said


def test_our_composite_is_never_told_without_its_interval() -> None:
    story = rankings.ask("VNM", 2018, "30:50", 2020, measure="ICT")
    for said in (standing.answer(story).text, summary.answer(story).text):
        assert "other ways to compute it give ranks 86-99" in said


@pytest.mark.parametrize("measure", ["OSI", "EPI"])
def test_a_measure_that_reads_no_series_says_so(measure: str) -> None:
    source = models.forecast_source(rankings.ask(measure=measure))
    assert f"{measure} itself reads none of these series." in source
    assert "schooling from" not in source
