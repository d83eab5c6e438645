"""Does every language say everything? Catalogues, cells, facts of tables and rendered reports."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from sampling import sampled

import rankings
from rankings.batch import planning
from rankings.figures import Picture
from rankings.language import cells as locale_cells
from rankings.language import extraction, messages
from rankings.language.messages import _, fact, meaning, percent, plural, shortest, speaking
from rankings.panel.definitions import definition
from rankings.report import drivers as drive
from rankings.report import summary, verbs, words
from rankings.tables import Table

ROOT = Path(__file__).parents[2]
PICTURES = list(verbs.collect_pictures().values())
VOICES = [each for each in verbs.collect_alone().values() if each not in PICTURES]
TEMPLATE = messages.LOCALES / "rankings.pot"
CATALOGUES = sorted(messages.LOCALES.glob("*/LC_MESSAGES/rankings.po"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIELD = re.compile(r"\{\w+\}")
# Words of English prose that are no words of Vietnamese.
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|was|were|be|by|from|with|that|at|not|for|all|its|this|which|ranks?|"
    r"editions?|economy|economies|scores?|held|known|has|have|or|above|below|better|between|"
    r"published|points|places|years?|chance|method|weights?|their|where|what|who|more|one|each)\b",
    re.IGNORECASE,
)
# Names of methods and notebooks, commands and addresses are the same in every language.
SAME = re.compile(
    r"https?://\S+|\b\d\d-[a-z]+(?:-[a-z]+)+|rankings (?:show|report|whatif|backtest) [^\n]*|"
    r"z-score|dense rank|"
    r"CC BY(?:-NC)?(?:-SA)?(?: \d\.0(?: IGO)?)?",
    re.IGNORECASE,
)
# A point between digits is a thousand's here, and three digits follow it.
DECIMAL_POINT = re.compile(r"\b0\.\d|\b\d+\.(?:\d{1,2}|\d{4,})(?![.\d])")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def said(catalogue: Catalog) -> dict[tuple[str | None, str], Message]:
    """Messages by context and (singular) English text, the header left out."""
    return {(m.context, forms(m.id)[0]): m for m in catalogue if m.id}


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read(request.param)


def test_there_is_vietnamese() -> None:
    assert "vi" in messages.languages()
    assert {path.parts[-3] for path in CATALOGUES} == set(messages.languages()) - {"en"}


def test_the_template_holds_every_message_of_the_code(tmp_path: Path, monkeypatch) -> None:
    recipe = re.search(r"extract (.+?)\n\t@for", (ROOT / "Makefile").read_text(), re.DOTALL)
    assert recipe is not None
    options = shlex.split(recipe[1].replace("\\\n", " "))
    options[options.index("-o") + 1] = str(tmp_path / "rankings.pot")
    monkeypatch.chdir(ROOT)
    CommandLineInterface().run(["pybabel", "-q", "extract", *options])
    fresh, kept = said(read(tmp_path / "rankings.pot")), said(read(TEMPLATE))
    assert set(fresh) - set(kept) == set(), "run `make messages`"
    assert set(kept) - set(fresh) == set(), "run `make messages`"


def test_per_cent_stands_as_the_language_sets_it(catalogue: Catalog) -> None:
    with speaking(str(catalogue.locale)):
        apart = percent(0.8).removeprefix("80").removesuffix("%")
    wrong = re.compile("[\\d}]%" if apart else r"[\d}]\s%")
    texts = [text for message in said(catalogue).values() for text in forms(message.string)]
    assert [text for text in texts if wrong.search(text)] == []


def test_every_message_is_translated(catalogue: Catalog) -> None:
    wanted, held = said(read(TEMPLATE)), said(catalogue)
    assert set(wanted) - set(held) == set()
    assert set(held) - set(wanted) == set()
    empty = [key for key, m in held.items() if not all(text.strip() for text in forms(m.string))]
    assert empty == []
    assert [key for key, m in held.items() if m.fuzzy] == []
    assert len(catalogue.obsolete) == 0


def test_fields_and_marks_are_those_of_english(catalogue: Catalog) -> None:
    for message in said(catalogue).values():
        english = forms(message.id)[-1]
        if isinstance(message.id, tuple):
            assert len(forms(message.string)) == catalogue.num_plurals
        for text in forms(message.string):
            assert sorted(set(FIELD.findall(text))) == sorted(set(FIELD.findall(english))), english
            assert len(text) - len(text.lstrip()) == len(english) - len(english.lstrip()), english
            assert re.match("#* ?", text)[0] == re.match("#* ?", english)[0], english
            assert text.count("\n\n") == english.count("\n\n"), english
            assert text.endswith("*") == english.endswith("*"), english


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    for path in CATALOGUES:
        assert extraction.compiled(path) == path.with_suffix(".mo").read_bytes(), path


def cells() -> Iterator[tuple[str, str]]:
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield path.name, "".join(cell["source"])


def test_every_cell_and_every_notebook_has_a_translation() -> None:
    for language in set(messages.languages()) - {"en"}:
        for notebook, source in cells():
            text = locale_cells.translated(source, language)
            assert text != source, notebook
            assert 'lang="en"' not in text, (notebook, source)
            assert locale_cells.translated(source, "en") == source
        for path in NOTEBOOKS:
            with speaking(language):
                assert planning.label(path.stem) != re.sub(r"^\d+-", "", path.stem).capitalize()


def test_a_cell_without_a_translation_is_marked_as_english() -> None:
    text = locale_cells.translated("Nobody wrote *this* before.", "vi")
    assert text == '<div lang="en">\n\nNobody wrote *this* before.\n\n</div>'
    assert locale_cells.translated(" ", "vi") == " "


def test_words_of_several_meanings_and_facts() -> None:
    assert meaning("who", "Ahead") == "Ahead"
    assert _("") == ""
    assert fact("public act") == "public act"
    assert shortest(72.0) == "72"
    with speaking("vi"):
        assert meaning("who", "Ahead") != _("Ahead")
        assert fact("public act") == "văn bản công khai"
        assert shortest(9.12) == "9,12"
        assert _("") == ""
        assert _("{rank} of {of}", rank=88, of=193) == "88/193"
        one = plural(
            "{economy} has {count} edition: too few for a line.",
            "{economy} has {count} editions: too few for a line.",
            1,
            economy="Lào",
        )
        assert one.startswith("Lào chỉ có 1 kỳ")


def titles(held: rankings.World) -> list[str]:
    """Titles of documents, which stay as published, the longest first."""
    documents = {fact(each).split(";")[0] for each in held.sources["document"]}
    reports = zip(held.editions["index"], held.editions["report"], strict=True)
    named = {str(title).removeprefix(definition(index).publisher) for index, title in reports}
    named = {each.lstrip(" ,") for each in named} | documents
    return sorted([*named, "Human Development Report", "Unicode Consortium"], key=len, reverse=True)


def left_in_english(text: str, held: rankings.World) -> list[str]:
    """Lines with English words or numbers outside titles, addresses and names of methods."""
    for title in titles(held):
        text = text.replace(title, "")
    text = SAME.sub("", text)
    return [line for line in text.split("\n") if ENGLISH.search(line) or DECIMAL_POINT.search(line)]


@pytest.fixture(
    scope="module",
    params=sampled(
        [
            {"as_of": 2018, "target_year": 2020},
            {"economy": "THA"},
            {"economy": "SOM", "band": "100:150", "peers": "Eastern Africa"},
        ],
        lambda given: given.get("economy") != "THA",
        lambda given: f"{given.get('economy', 'VNM')}-{given.get('as_of', 'now')}".lower(),
    ),
)
def told(request: pytest.FixtureRequest) -> rankings.Story:
    with speaking("en"):
        return rankings.ask(language="vi", **request.param)


@pytest.fixture(scope="module")
def drawn(told: rankings.Story) -> dict[str, Picture]:
    """Every picture of a story that has one, by the name of its verb."""
    shown = {draw.__name__: draw(told) for draw in PICTURES}
    return {name: picture for name, picture in shown.items() if picture is not None}


@pytest.mark.slow
def test_a_report_has_no_english_left(told: rankings.Story, held: rankings.World) -> None:
    changed = {"mean_years_schooling": 12.5}
    for voice in [*VOICES, partial(drive.what_if_table, changes=changed)]:
        shown = voice(told)
        text = shown._repr_mimebundle_()["text/plain"]
        assert left_in_english(text, held) == [], voice
        assert "{" not in text, voice
        if isinstance(shown, Table):
            assert shown.source.startswith("Nguồn: "), voice


@pytest.mark.slow
def test_figures_have_no_english_left(drawn: dict[str, Picture], held: rankings.World) -> None:
    for name, shown in drawn.items():
        texts = [text for ax in shown.figure.axes for text in ax.findobj(_is_text)]
        drawn = [text.get_text() for text in texts if text.get_gid() != "code"]  # as ISO has them
        spoken = [shown.alt, shown.source, *drawn, shown.figure.get_suptitle()]
        assert left_in_english("\n".join(spoken), held) == [], name


@pytest.mark.slow
def test_no_label_leaves_its_figure(drawn: dict[str, Picture]) -> None:
    for shown in drawn.values():
        shown.render("png")  # labels find their places when they are drawn
        renderer = shown.figure.canvas.get_renderer()
        room = shown.figure.bbox.padded(1)
        for text in shown.figure.findobj(_is_text):
            if text.get_visible() and text.get_text().strip():
                box = text.get_window_extent(renderer)
                out = [room.x0 - box.x0, box.x1 - room.x1, room.y0 - box.y0, box.y1 - room.y1]
                assert max(out) <= 0, text.get_text()


def _is_text(artist: object) -> bool:
    return hasattr(artist, "get_text") and not hasattr(artist, "get_texts")


def test_numbers_and_names_are_those_of_the_language(seen2018: rankings.Story) -> None:
    told = rankings.ask(as_of=2018, target_year=2020, language="vi", peers="UN")
    assert told.name == "Việt Nam"
    with speaking("vi"):
        assert words.group(told) == "Liên hợp quốc"
        assert words.score(0.5931, "EGDI", 2018) == "0,5931"
    assert "nhóm xếp hạng mục tiêu 30-50" in summary.question(told).text
    assert words.group(seen2018) == "ASEAN"
    assert summary.question(seen2018).text.startswith("Viet Nam, as known at the end of 2018")
