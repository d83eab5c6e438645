"""The guides of CONTRIBUTING: one of each kind is added in a copy, and found everywhere."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
COPIED = ["data/raw", "docs", "notebooks", "rankings", "tools"]
pytestmark = pytest.mark.slow

MODEL = """    Model(
        "made-up model",
        "history",
        _alone(random_walk),
        title=Phrase("a made-up model"),
        used=True,
    ),
"""
FIGURE = '''"""A figure of its own file."""

from rankings.figures import Picture
from rankings.report.verbs import verb
from rankings.story.question import Story


@verb
def dots(story: Story) -> Picture | None:
    """How many dots there are."""
    return None
'''
INDEX = """name = "DRI"
title = "Dots Readiness Index"
publisher = "A made-up publisher"
table = "dots"
overall = "overall"

[components.overall]
title = "Dots Readiness Index"
label = "Dots (DRI)"
area = "services"

[measures.DRI]
component = "overall"
also = ["dots"]
why_not = "one edition is held, no step: it has no record"

[[scales]]
editions = [2020, 9999]
range = [0, 10]
digits = 1
"""
MEASURE = """
[measures.LAW]
component = "legal"
also = ["law of the net"]
why_not = "too few editions of this part of the index are held for a record"
"""
ASKED = """
import json, sys
from rankings import ask, load
from rankings.forecasts import registry
from rankings.language import messages
from rankings.panel.definitions import definitions
from rankings.explorer import page
from rankings.explorer.question import ask as explored
from rankings.report import models, standing, target, trend, verbs, words
from rankings.store import code_digest
from tools import gallery

world = load()
story = ask("VNM", language="fr", target_year=2028)
exhibit = gallery.exhibits()[-1]
law = ask("VNM", target_year=2028, measure="law of the net")
json.dump({
    "measure": [law.measure, standing.history_table(law).caption],
    "forecast": trend.answer(law).text,
    "offered": page.choices(explored(law))["measure"],
    "indices": list(definitions()),
    "label": words.measure("DRI", "overall"),
    "edition": story.edition,
    "position": standing.position_table(story).frame.to_csv(),
    "languages": messages.languages(),
    "name": world.name("VNM", "fr"),
    "said": target.target_sentence(story).text,
    "candidates": [model.label for model in registry.candidates(2018, 2020)],
    "title": models.model_name("made-up model"),
    "verbs": sorted(verbs.collect_verbs()),
    "exhibit": [exhibit.title, exhibit.reading, exhibit.line],
    "digest": code_digest("rankings.forecasts.registry"),
}, sys.stdout)
"""


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(path: Path, **cells: object) -> None:
    """A row at the end of a table, its other cells empty."""
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    assert set(cells) <= set(names)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, names, lineterminator="\n").writerow(cells)


def rewrite(path: Path, edit: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    """A table with each row edited, or left out where nothing comes back."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [made for row in csv.DictReader(file) if (made := edit(row)) is not None]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def add_model(copy: Path) -> None:
    path = copy / "rankings" / "forecasts" / "registry.py"
    change(path, "MODELS: tuple[Model, ...] = (\n", f"MODELS: tuple[Model, ...] = (\n{MODEL}")


def add_figure(copy: Path) -> None:
    (copy / "rankings" / "report" / "dotted.py").write_text(FIGURE, encoding="utf-8")


def add_source(raw: Path) -> None:
    append(
        raw / "sources.csv",
        source_id="dots-2025",
        publisher="A made-up publisher",
        document="Dots Readiness Index 2025",
        terms="none",
        how_checked="made up",
    )
    change(raw / "SOURCES.md", "\n## ", "\n`dots-2025`: a made-up publisher.\n\n## ")


def add_index(copy: Path) -> None:
    raw = copy / "data" / "raw"
    (copy / "rankings" / "panel" / "indices" / "dri.toml").write_text(INDEX, encoding="utf-8")
    header = (raw / "postal.csv").read_text(encoding="utf-8").splitlines()[0]
    (raw / "dots.csv").write_text(header + "\n", encoding="utf-8")
    for place, iso3 in enumerate(["SGP", "MYS", "VNM", "THA"], start=1):
        append(
            raw / "dots.csv",
            **{"index": "DRI", "edition": 2025, "vintage": 2025, "iso3": iso3},
            **{"component": "overall", "value": 10 - place, "published_rank": place},
            **{"reference_year": 2024, "source_id": "dots-2025"},
        )
    append(
        raw / "editions.csv",
        **{"index": "DRI", "edition": 2025, "vintage": 2025, "published_year": 2025},
        **{"reference_year": 2024, "report": "Dots Readiness Index 2025", "scale_min": 0},
        **{"scale_max": 10, "rank_rule": "competition", "comparable_group": "2025"},
        **{"source_id": "dots-2025"},
    )


def add_edition(copy: Path) -> None:
    """An EGDI 2026 with the figures of 2024."""
    raw = copy / "data" / "raw"
    newest = []

    def kept(row: dict[str, str]) -> dict[str, str]:
        if row["edition"] == row["vintage"] == "2024":
            made = {"edition": "2026", "vintage": "2026", "source_id": "dots-2025", "note": ""}
            newest.append(row | made)
        return row

    rewrite(raw / "egdi.csv", kept)
    for row in newest:
        append(raw / "egdi.csv", **row)

    def edition(row: dict[str, str]) -> dict[str, str]:
        if row["index"] == "EGDI" and row["edition"] == row["vintage"] == "2024":
            made.append(row | {"edition": "2026", "vintage": "2026", "published_year": "2026"})
        return row

    made: list[dict[str, str]] = []
    rewrite(raw / "editions.csv", edition)
    append(raw / "editions.csv", **(made[0] | {"source_id": "dots-2025"}))
    due = ("EGDI", "2026")
    rewrite(
        raw / "editions_not_held.csv",
        lambda row: None if (row["index"], row["edition"]) == due else row,
    )


def add_measure(copy: Path) -> None:
    path = copy / "rankings" / "panel" / "indices" / "gci.toml"
    change(path, "\n[[scales]]", MEASURE + "\n[[scales]]")


def add_language(copy: Path) -> None:
    """A French catalogue with one message, and the names of economies."""
    locale = copy / "rankings" / "language" / "locale"
    folder = locale / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "rankings.po").write_text(
        'msgid ""\nmsgstr ""\n"Language: fr\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
        'msgid "Dots (DRI)"\nmsgstr "Points (DRI)"\n',
        encoding="utf-8",
    )
    run(copy, "-m", "rankings.language.extraction", str(folder / "rankings.po"))
    rewrite(
        copy / "data" / "raw" / "economies.csv",
        lambda row: row | {"name_fr": "Viêt Nam" if row["iso3"] == "VNM" else row["name_en"]},
    )


def checksums(raw: Path) -> None:
    """As `make checksums` writes them."""
    files = sorted([*raw.glob("*.csv"), raw / "SOURCES.md"], key=lambda path: path.name)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (raw / "CHECKSUMS.sha256").write_text("".join(lines), encoding="utf-8")


def run(copy: Path, *words: str) -> str:
    """What the package of the copy answers."""
    environment = os.environ | {"RANKINGS_HOME": str(copy), "RANKINGS_STORE": ""}
    environment |= {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which each guide was followed once."""
    folder = tmp_path_factory.mktemp("guides") / "project"
    leave = shutil.ignore_patterns("*.pyc.*")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", folder)
    add_source(folder / "data" / "raw")
    for follow in (add_model, add_figure, add_index, add_edition, add_measure, add_language):
        follow(folder)
    checksums(folder / "data" / "raw")
    run(folder, "-m", "rankings", "build")
    return folder


@pytest.fixture(scope="module")
def found(copy: Path) -> dict[str, Any]:
    return json.loads(run(copy, "-c", ASKED))


def test_an_index_is_found(copy: Path, found: dict[str, Any]) -> None:
    assert found["indices"] == ["EGDI", "IDI", "GCI", "2IPD", "DRI", "GTMI"]
    assert found["label"] == "Dots (DRI)"
    (row,) = json.loads(run(copy, "-m", "rankings", "show", "VNM", "--index", "DRI", "--json"))
    assert (row["edition"], row["published_rank"], row["of_economies"]) == (2025, 3, 4)
    assert "Points (DRI)" in found["position"]
    assert "dots.csv" in run(copy, "-m", "rankings", "trace", "VNM", "dri", "2025")


def test_a_measure_is_found(copy: Path, found: dict[str, Any]) -> None:
    assert found["measure"][0] == "LAW"
    assert "LAW edition" in found["measure"][1]
    assert "LAW cannot be forecast: too few editions" in found["forecast"]
    assert "LAW" in {each["value"] for each in found["offered"]}
    shown = json.loads(run(copy, "-m", "rankings", "show", "VNM", "--measure", "LAW", "--json"))
    assert [row["competition_rank"] for row in shown] == [1]


def test_an_edition_is_found(copy: Path, found: dict[str, Any]) -> None:
    assert found["edition"] == 2026
    shown = json.loads(run(copy, "-m", "rankings", "show", "VNM", "--index", "EGDI", "--json"))
    assert {row["edition"] for row in shown} == {2026}


def test_a_model_is_found(found: dict[str, Any]) -> None:
    assert found["candidates"][0] == "made-up model"
    assert found["title"] == "a made-up model"


def test_a_figure_is_found(found: dict[str, Any]) -> None:
    assert "dotted.dots" in found["verbs"]
    assert found["exhibit"] == ["dotted: dots", "How many dots there are.", "dotted.dots(story)"]


def test_a_language_is_found(copy: Path, found: dict[str, Any]) -> None:
    assert found["languages"] == ["en", "fr", "vi"]
    assert found["name"] == "Viêt Nam"
    assert "Viêt Nam" in found["said"]
    assert "Points (DRI)" in found["position"]


def test_code_that_is_added_leaves_no_old_draws_in_use(found: dict[str, Any]) -> None:
    from rankings.store import code_digest

    assert found["digest"] != code_digest("rankings.forecasts.registry")
