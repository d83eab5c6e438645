"""Can every refusal that may stand on a page be told in the reader's language?"""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import rankings
from rankings.analysis import change, recipes
from rankings.errors import InputError, Phrase
from rankings.explorer import answers
from rankings.language import extraction, messages
from rankings.language.messages import speaking
from rankings.panel.definitions import definition
from rankings.report import refusals
from rankings.story.parameters import ParameterError

PACKAGE = Path(rankings.__file__).parent
# What is refused here may stand on a page, in an answer of the explorer or in a line of a batch.
FOLDERS = ("panel", "analysis", "forecasts", "story", "explorer", "language", "report")
FILES = ("errors.py", "composite/official.py", "data/world.py")
CATALOGUES = sorted(messages.LOCALES.glob("*/LC_MESSAGES/rankings.po"))
# The one place that repeats a template, made above it from phrases.
REPEATED = {("errors.py", "said.template")}


def modules() -> list[Path]:
    inside = [path for folder in FOLDERS for path in sorted((PACKAGE / folder).glob("*.py"))]
    return [*inside, *(PACKAGE / name for name in FILES)]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in modules():
        for call in extraction.refusals(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(PACKAGE).as_posix(), call


def wrong_with(call: ast.Call) -> str:
    """What keeps a call from being told in another language; empty if nothing does."""
    template = call.args[0]
    if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
        return "the template is pieced together"
    given = {keyword.arg for keyword in call.keywords}
    if None in given:
        return "fields are given by **"
    if is_suggest(call):
        given -= {"shown"}
    parts = list(string.Formatter().parse(template.value)) if given or is_field(template) else []
    named = {field for _, field, _, _ in parts if field is not None}
    if any(spec or conversion for _, _, spec, conversion in parts):
        return "a field is formatted by the template"
    if named != given:
        return f"fields {sorted(named ^ given)} are missing or left over"
    return ""


def is_suggest(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "suggest"


def is_field(template: ast.Constant) -> bool:
    return "{" in template.value


def passed_on(name: str, call: ast.Call) -> bool:
    """A phrase made of a text that is collected where it stands: of a file, or of an argument."""
    made = isinstance(call.func, ast.Name) and call.func.id == "Phrase"
    return made and isinstance(call.args[0], ast.Name | ast.Attribute)


def test_every_refusal_is_a_template_with_its_fields() -> None:
    found = [(name, call) for name, call in calls() if not passed_on(name, call)]
    assert len(found) > 100
    faults = {f"{name}:{call.lineno}": wrong_with(call) for name, call in found}
    assert {place: fault for place, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('InputError(f"{economy} is not ranked")', "pieced"),
        ('DataError("no " + name)', "pieced"),
        ("ParameterError(str(error))", "pieced"),
        ('InputError("a" if x else "b")', "pieced"),
        ('InputError("{economy} is not ranked")', "economy"),
        ('InputError("not ranked", economy=economy)', "economy"),
        ('InputError("{economy} is not ranked", **fields)', "**"),
        ('InputError("{share:.2f} is no share", share=share)', "formatted"),
        ('InputError.suggest("component of {index}", name, known)', "index"),
    ],
)
def test_what_cannot_be_translated_is_found(source: str, fault: str) -> None:
    (call,) = extraction.refusals(ast.parse(source))
    assert fault in wrong_with(call)


def test_every_template_is_in_every_catalogue() -> None:
    wanted = {call.args[0].value for _, call in calls() if isinstance(call.args[0], ast.Constant)}
    for path in CATALOGUES:
        with path.open("rb") as file:
            held = {str(each.id) for each in read_po(file) if each.id and each.string}
        assert sorted(wanted - held) == [], "run `make messages`, and translate them"


def test_a_refusal_that_is_pieced_together_elsewhere_is_no_message(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text('raise DataError(f"{name}: broken; " "download it again")\n')
    with source.open("rb") as file:
        assert list(extraction.code(file, ["_"], [], {})) == []
    source.write_text('raise InputError.suggest("index", name, known) or _("Shown")\n')
    with source.open("rb") as file:
        found = [text for _, _, text, _ in extraction.code(file, ["_"], [], {})]
    assert found == ["Shown", "index"]


def test_names_within_a_refusal_are_translated() -> None:
    refusal = InputError(
        "{economy} is not ranked at the end of {year}: it has no {parts}",
        economy="PRK",
        year=2018,
        parts="telecom, services",
    )
    assert str(refusal) == "PRK is not ranked at the end of 2018: it has no telecom, services"
    with speaking("vi"):
        assert refusals.told(refusal) == (
            "Triều Tiên không được xếp hạng vào cuối năm 2018: thiếu viễn thông và dịch vụ"
        )


def test_what_is_no_message_stays_as_it_was_raised() -> None:
    with speaking("vi"):
        assert refusals.told(InputError("something {else}")) == "something {else}"
        assert refusals.told(InputError("")) == ""
        assert refusals.told(ValueError("seven")) == "seven"


def test_a_refusal_within_a_refusal_is_told_with_it() -> None:
    inner = InputError("{economy} is not in both editions", economy="PRK")
    outer = InputError(
        "{index} {start}-{end}: {reason}", index="IDI", start=2023, end=2024, reason=inner
    )
    assert str(outer) == "IDI 2023-2024: PRK is not in both editions"
    with speaking("vi"):
        assert refusals.told(inner) in refusals.told(outer)
        assert refusals.told(inner).startswith("Triều Tiên")


def test_a_word_that_is_not_known_is_told_with_its_kind() -> None:
    refusal = ParameterError.suggest("index", "EGDl", ["EGDI", "IDI"])
    assert isinstance(refusal, ParameterError)
    assert str(refusal) == "'EGDl' is not a known index; did you mean EGDI?"
    of = InputError.suggest("component of {index}", "x", ["osi"], index="EGDI")
    assert str(of) == "'x' is not a known component of EGDI; known: osi"
    with speaking("vi"):
        assert refusals.told(refusal) == ("'EGDl': không có chỉ số này; có phải ý quý vị là EGDI?")
    assert refusals.told(Phrase("no peers")) == "no peers"


def test_a_refusal_names_measures_indicators_and_economies_not_codes(
    held: rankings.World,
) -> None:
    at = recipes.held(held, 2025)
    with pytest.raises(InputError) as raised:
        change.step(at, definition("IDI"), 2024, 2025)
    assert "universal_connectivity" in str(raised.value), "who calls a stage knows its codes"
    assert refusals.told(raised.value) == (
        "too few economies have IDI universal connectivity and IDI meaningful connectivity in both "
        "IDI 2024 and 2025: 1 held, 2 needed"
    )
    refusal = InputError(
        "{index} {edition} prints no {parts} of {economy}: its {part} cannot be rebuilt",
        index="EGDI",
        edition=2018,
        parts="adult_literacy, tii",
        economy="SOM",
        part="hci",
    )
    assert refusals.told(refusal) == (
        "EGDI 2018 prints no Adult literacy, % and Telecom (TII) of Somalia: its Human capital "
        "(HCI) cannot be rebuilt"
    )


def test_the_explorer_refuses_in_the_language_asked_for() -> None:
    query = {"economy": "VNM", "as_of": "soon", "language": "vi"}
    reply = answers.answer({"kind": "open", "query": query}).reply
    assert reply["kind"] == "refusal"
    assert reply["text"] != "as_of is a year or 'newest', not 'soon'"
    assert "'soon'" in reply["text"]
