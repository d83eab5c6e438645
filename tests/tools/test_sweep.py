"""Does the sweep see what is wrong, and is nothing wrong with a dozen stories?"""

from collections import Counter

import pytest
from sampling import sampled

from rankings.tables import Prose
from tools import sweep, sweep_checks

ASKED = sweep.Asked(1, "VNM", 2018, "30:50", 2020, "ASEAN", "en", drawn=False)


def told(text: str, language: str = "en", call: str = "target.answer(story)") -> sweep.Told:
    """A story that tells nothing but this text."""
    given = ASKED.given | {"language": language}
    asked = sweep.Asked(1, **given, drawn=False)
    return sweep.Told(asked, sweep.ask(**given), {call: Prose(text)})


def kinds(text: str, language: str = "en") -> set[str]:
    return {kind for kind, _where, _what in sweep_checks.patterns(told(text, language))}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("lacks 0.1 points, 1 places.", "one of many"),
        ("The 1 economies between", "the one of many"),
        ("It is in 0 editions.", "none of many"),
        ("ranks 193-193 of them", "same twice"),
        ("80 % between 1 and 1.", "between the same"),
        ("in places: .", "list of nothing"),
        ("Thailand, . And", "list of nothing"),
        ("rank None", "raw value"),
        ("about nan years", "raw value"),
        ("mean_years_schooling: 9", "raw code"),
        ("the tii of", "raw code"),
        ("better than 1 is success", "no such rank"),
        ("it is 1 of 1 here", "one of one"),
        ("moved \N{MINUS SIGN}0.0 places", "negative nothing"),
        ("an invented edition of 2007", "no edition there"),
    ],
)
def test_what_no_page_may_show_is_found(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rank 1 is best; 21 places, 0.1 points, 50-53 and 1-11, between 1 and 11.",
        "10 economies, 100 editions, 2024: 5. Seen at 10:30",
        "0.05 points and 1,000 draws.",
    ],
)
def test_what_a_page_may_show_is_left_alone(text: str) -> None:
    assert kinds(text) == set()


def test_english_and_a_blank_before_the_sign_are_found_in_vietnamese() -> None:
    assert "English in Vietnamese" in kinds("Hạng of the", "vi")
    assert "blank before % in Vietnamese" in kinds("Xác suất 80 %", "vi")
    assert kinds("Xác suất 80%, hạng 5", "vi") == set()


def test_a_code_in_place_of_a_name_is_found() -> None:
    for text in ("Ahead are THA and Malaysia.", "Lower ind cov 3g pct to 90."):
        found = list(sweep_checks.codes(told(text)))
        assert [kind for kind, _where, _what in found] == ["raw code"]


def test_a_chance_of_nothing_is_found() -> None:
    assert list(sweep_checks.chances_shown(told("The chance is 0 %.")))
    assert not list(sweep_checks.chances_shown(told("The chance is < 1 %, of rank 30 %.")))


def test_a_figure_is_not_found_within_a_longer_one() -> None:
    assert sweep_checks.contains("rank 88 of 193.", "88")
    assert not sweep_checks.contains("rank 188 of 193.", "88")
    assert not sweep_checks.contains("0.881 points", "88")


def test_the_drawing_is_repeatable_and_hits_the_edges() -> None:
    # Of a few years: our composite of each has to be made before anybody's rank in it is known.
    stories = sweep.draw_stories(400, 1, (2010, 2018, 2024))
    assert stories == sweep.draw_stories(400, 1, (2010, 2018, 2024))
    assert {each.as_of for each in stories} == {2010, 2018, 2024}
    assert {each.language for each in stories} == {"en", "vi"}
    assert Counter(each.drawn for each in stories)[True] == 40
    bands = {each.band for each in stories}
    assert {"1:1", "30:50", "193:193", "50:50"} <= bands
    assert {"AND", "LIE", "MCO"} & {each.economy for each in stories}


# Of an early year and of 2018, of the EGDI, of a part of it and of the GCI, in both languages.
SOME = (5, 9, 12)


@pytest.mark.slow
@pytest.mark.parametrize("number", sampled(range(1, 13), lambda number: number in SOME))
def test_a_dozen_stories_are_right(number: int) -> None:
    asked = sweep.draw_stories(12, 2018)[number - 1]
    assert [str(finding) for finding in sweep.run([asked])] == []
