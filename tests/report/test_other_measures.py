"""Stories of other measures at their edges: a table, or a sentence that says what is not known."""

import rankings
from rankings.report import certainty, pictures, why
from rankings.tables import Prose


def test_residuals_of_the_composite_are_in_its_points() -> None:
    story = rankings.ask("BIH", 2021, "79:87", 2030, measure="ICT")
    picture = pictures.residuals(story)
    assert picture is not None
    assert "residuals in points of the ICT" in picture.alt


def test_a_reference_that_lacks_a_pillar_is_told() -> None:
    story = rankings.ask("USA", 2021, "97:194", 2030, measure="GCI")
    said = why.answer(story)
    assert isinstance(said, Prose)
    assert "has no GCI legal measures in this edition" in said.text


def test_an_economy_of_no_part_has_no_composite() -> None:
    story = rankings.ask("ABW", 2021, "65:65", 2030, measure="2IPD")
    said = certainty.composite_answer(story).text
    assert (
        said == "No composite: Aruba is not ranked at the end of 2021: none of the parts holds it."
    )
