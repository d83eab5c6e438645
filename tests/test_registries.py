"""Is what is added found everywhere? A made-up model, figure, verb and module, each added once."""

import ast
import json
import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import rankings
from rankings import store
from rankings.batch import fork_server, rehearsal
from rankings.errors import Phrase
from rankings.forecasts import backtest, registry
from rankings.forecasts.baselines import random_walk
from rankings.forecasts.information import Information
from rankings.report import models, verbs
from tools import gallery

PACKAGE = Path(rankings.__file__).parent
FRONT = PACKAGE.parent / "notebooks" / "90-report.ipynb"
MADE_UP = '''
"""A notebook's module."""
from rankings import figures
from rankings.figures import Picture
from rankings.report.verbs import verb
from rankings.tables import Prose


@verb
def sentence(story, edition=2018, *, short=False) -> Prose:
    """A sentence."""
    return Prose(f"{story.economy} in {edition}" + ("" if short else ", at length"), "note")


@verb
def asked(story, index) -> Prose:
    """A sentence that asks for more than a story."""


@verb
def picture(story) -> Picture | None:
    """How far it is."""
'''


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module of verbs beside the others."""
    verbs.collect_verbs()  # the others enter themselves once, when they are imported
    (tmp_path / "made_up.py").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.setattr(rankings.report, "__path__", [*rankings.report.__path__, str(tmp_path)])
    monkeypatch.setattr(verbs, "_verbs", dict(verbs._verbs))
    yield
    sys.modules.pop("rankings.report.made_up", None)


def test_a_module_of_verbs_is_found_by_all(added: None, tmp_path: Path) -> None:
    assert "rankings.report.made_up" in verbs.modules()
    assert {"made_up.sentence", "made_up.asked", "made_up.picture"} <= set(verbs.collect_verbs())
    assert "made_up.picture" in verbs.collect_pictures()
    assert "made_up.sentence" in verbs.collect_alone()
    assert "made_up.sentence" not in verbs.collect_pictures()
    assert "made_up.asked" not in verbs.collect_alone()
    last = gallery.exhibits()[-1]
    assert (last.title, last.reading) == ("made up: picture", "How far it is.")
    assert last.line == "made_up.picture(story)"


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "front.ipynb"
    made = [{"cell_type": "code", "source": [cell]} for cell in cells]
    path.write_text(json.dumps({"cells": made}), encoding="utf-8")
    return path


def test_what_the_front_notebook_shows_is_rehearsed(
    added: None, tmp_path: Path, seen2018: rankings.Story
) -> None:
    front = notebook(
        tmp_path,
        "story = ask(economy)\nmade_up.sentence(story)",
        "summary.plainly(made_up.sentence(story, story.edition, short=True))",
        "made_up.sentence(story, year)",
        "made_up.unknown(story)",
    )
    calls = rehearsal.rehearsed(front)
    assert calls == [
        "made_up.sentence(story)",
        "made_up.sentence(story, story.edition, short=True)",
    ]
    assert rehearsal.rehearse(seen2018, calls[1]).text == "VNM in 2018"


@pytest.mark.slow
def test_the_committed_front_is_rehearsed_whole(seen2018: rankings.Story) -> None:
    calls = rehearsal.rehearsed(FRONT)
    assert len(calls) > 20
    assert "why.split_table(story, story.band.worst)" in calls
    for call in calls:
        rehearsal.rehearse(seen2018, call)


def test_what_fails_in_practice_is_told(
    added: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rehearsal, "_reading_elsewhere", rehearsal.contextlib.nullcontext)
    given = {"economy": "VNM", "as_of": 2018, "target_year": 2020}
    with caplog.at_level(logging.WARNING):
        rehearsal.practise([given], notebook(tmp_path, "made_up.sentence(story)"))
        rehearsal.practise([{"economy": "XXX"}], notebook(tmp_path, "made_up.sentence(story)"))
    assert caplog.text == "", "a story without an answer is no fault"
    with caplog.at_level(logging.WARNING):
        rehearsal.practise([given], notebook(tmp_path, "made_up.sentence(story, story.nothing)"))
    assert "AttributeError" in caplog.text


def test_every_library_imported_beforehand_is_there(caplog: pytest.LogCaptureFixture) -> None:
    assert [name for name in fork_server.PRELOADED if find_spec(name) is None] == []
    assert not [name for name in fork_server.PRELOADED if name.startswith("rankings")]
    fork_server._import("rankings.nothing")
    assert "rankings.nothing" in caplog.text


@pytest.fixture
def new_model(monkeypatch: pytest.MonkeyPatch) -> registry.Model:
    def draw(panel, index, editions, seed, draws, figures):
        return random_walk(panel, index, editions, seed, draws)

    title = Phrase("a made-up model")
    made = registry.Model("made up", "history", draw, title=title, used=True, as_point=True)
    monkeypatch.setattr(registry, "MODELS", (*registry.MODELS, made))
    return made


def test_a_model_is_found_by_all(new_model: registry.Model, toy) -> None:
    assert models.model_name("made up") == "a made-up model"
    assert models.model_name("made up, point") == "a made-up model, a single number"
    assert models.model_name("nobody's") == "nobody's"
    assert new_model in registry.candidates(2018, 2020)
    assert registry.find("made up", "history") is registry.labelled("made up") is new_model
    rows = backtest.rolling(toy.known(2018), toy.index, 1, models=[new_model], draws=20)
    assert set(rows["label"]) == {"made up", "made up, point", backtest.POINT}


def test_every_model_has_a_title_of_its_own() -> None:
    titles = [str(model.title) for model in registry.MODELS]
    assert len(set(titles)) == len(titles)
    for model in registry.MODELS:
        assert str(model.title).endswith("*") == model.todays_figures
        assert model.information in Information.__args__


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of three modules in place of this one."""
    folder = tmp_path / "rankings"
    for name, text in {
        "__init__.py": "from rankings.unused import nothing\n",
        "store.py": "",
        "unused.py": "",
        "made/__init__.py": "",
        "made/thing.py": (
            "from typing import TYPE_CHECKING\n\nimport rankings.used.deep\n\n"
            "if TYPE_CHECKING:\n    from rankings import unused\n\n\n"
            "def make():\n    try:\n"
            "        from rankings.used import (\n            late,\n        )\n"
            "    finally:\n        pass\n"
        ),
        "used/__init__.py": "",
        "used/deep.py": "import pandas\n",
        "used/late.py": "from rankings.made import thing\n",
        "used/facts/egdi.toml": "a = 1\n",
        "used/beside.py": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(store, "__file__", str(folder / "store.py"))
    store.code_digest.cache_clear()
    yield folder
    store.code_digest.cache_clear()


def test_code_is_what_a_module_imports_and_its_facts(package: Path) -> None:
    found = [
        path.relative_to(package).as_posix() for path in store.import_closure("rankings.made.thing")
    ]
    wanted = ["made/__init__.py", "made/thing.py", "used/__init__.py", "used/deep.py"]
    assert found == [*wanted, "used/late.py"]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("made/thing.py", True),
        ("used/late.py", True),
        ("used/facts/egdi.toml", True),
        ("used/facts/new.toml", True),
        ("used/beside.py", False),
        ("unused.py", False),
        ("__init__.py", False),
        ("used/facts/egdi - Copy.toml", False),
    ],
)
def test_what_a_thing_was_made_by_is_told_apart(package: Path, name: str, counts: bool) -> None:
    before = store.code_digest("rankings.made.thing")
    with (package / name).open("a", encoding="utf-8") as file:
        file.write("b = 2\n")
    assert store.code_digest("rankings.made.thing") == before, "as long as the process lives"
    store.code_digest.cache_clear()
    assert (store.code_digest("rankings.made.thing") != before) is counts


def test_what_is_kept_is_named_by_the_module_that_makes_it() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "store.cached":
                found.append((path.name, ast.unparse(node.args[2])))
    assert len(found) >= 3
    assert {argument for _, argument in found} == {"__name__"}


def test_the_models_and_the_stages_are_within_what_is_digested() -> None:
    def names(module: str) -> set[str]:
        return {
            path.relative_to(PACKAGE).with_suffix("").as_posix()
            for path in store.import_closure(module)
        }

    models = names(registry.__name__)
    assert {f"forecasts/{each}" for each in ("gaps", "closing", "single", "draws")} <= models
    assert {"panel/ranks", "panel/definitions", "errors", "store"} <= models
    stages = names(store.BUILDER)
    assert {"data/build", "data/corrections", "data/resolve", "sources/plain"} <= stages
    assert not {name for name in models | stages if name.startswith(("language", "report"))}
