"""The gallery: every figure on one page in each language, with alt text, line and source."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from sampling import whole

import rankings
from rankings.figures import layout, style
from rankings.language import messages
from rankings.report import verbs
from tools import gallery

MODULES = {name.rsplit(".", 1)[1]: import_module(name) for name in verbs.modules()}


def test_every_exhibit_is_named_once_and_its_line_is_python() -> None:
    shown = gallery.exhibits()
    for names in ([each.title for each in shown], [each.line for each in shown]):
        assert len(set(names)) == len(shown)
    assert len({each.name for each in shown}) == len(shown)
    for each in shown:
        called = ast.parse(each.line, mode="eval").body
        assert isinstance(called, ast.Call)
        assert each.reading.endswith(".")


def test_of_every_figure_something_is_said() -> None:
    assert set(gallery.words()) == set(verbs.collect_pictures())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "by_line"), [("en", True), ("vi", False), pytest.param("vi", True, marks=whole)]
)
def test_every_exhibit_is_read_and_says_its_finding(language: str, by_line: bool) -> None:
    """``by_line``: also drawn by the line of Python that stands under it."""
    with messages.speaking(language):
        story = rankings.ask(as_of=2018, target_year=2020, language=language)
        for each in gallery.exhibits():
            picture = each.draw(story)
            assert picture is not None, each.line
            if by_line:
                made = eval(each.line, {**MODULES, "story": story})
                assert (made.alt, made.source) == (picture.alt, picture.source), each.line
            assert layout.unreadable(picture.figure) == [], each.line
            assert re.search(r"\d", picture.alt), each.line
            assert picture.source.startswith("Source: " if language == "en" else "Nguồn: ")
            assert picture.figure.get_figwidth() == style.WIDTH


class Drawn:
    """A figure that takes no time."""

    alt = "Rank 88 of 193 [by score]"

    def save(self, path: Path) -> Path:
        path.write_bytes(b"png")
        return path


def test_a_page_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(story: rankings.Story) -> Drawn:
        drawn.append(story.language)
        return Drawn()

    one = gallery.Exhibit("Strip", "How far.", "pictures.strip(story)", draw)  # type: ignore[arg-type]
    none = gallery.Exhibit("None", "Not drawn.", "pictures.none(story)", lambda story: None)
    monkeypatch.setattr(gallery, "exhibits", lambda: [one, none])
    folder = tmp_path / "new" / "gallery"
    ran = CliRunner().invoke(gallery.main, [str(folder)])
    assert ran.exit_code == 0, ran.output
    assert drawn == ["en", "vi"]
    text = (folder / "gallery-en.md").read_text(encoding="utf-8")
    assert "![Rank 88 of 193 \\[by score\\]](en-pictures-strip.png)" in text
    assert "Not drawn" not in text
    assert gallery.pictured(text) == ["en-pictures-strip.png"]
    assert 'language="vi"' in (folder / "gallery-vi.md").read_text(encoding="utf-8")
    CliRunner().invoke(gallery.main, [str(folder)])
    assert drawn == ["en", "vi"]  # nothing has changed
    (folder / "vi-pictures-strip.png").unlink()
    CliRunner().invoke(gallery.main, [str(folder)])
    assert drawn == ["en", "vi"] * 2  # a picture is missing


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    ran = CliRunner().invoke(gallery.main, [str(tmp_path), "--language", "xx"])
    assert "'xx' is not a known language" in str(ran.exception)
