"""The frozen answers are whole, a difference is told by its path, and a part is asked again.

All of it is compared by `python tools/frozen.py compare`; that takes minutes.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tools import frozen

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "frozen").glob("*.json"))


def kept(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "tests" / "frozen" / f"{name}.json").read_text(encoding="utf-8"))


def test_a_file_for_every_question_record_and_pipeline() -> None:
    questions = [each.name for each in frozen.QUESTIONS]
    assert len(set(questions)) == 20
    records = [f"backtest-egdi-{as_of}" for as_of in frozen.RECORDS]
    results = [f"results-{pipeline}" for pipeline in frozen.PIPELINES]
    assert sorted([*questions, *records, *results]) == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_frozen_file_reads_back_as_it_was_written(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    answer = json.loads(text)
    assert frozen.written(answer) == text
    found = frozen.leaves(answer)
    # Rows that share a name would hide each other's order; none do.
    assert not [path for path in found if "#" in path]
    assert len(found) > 50


def test_a_difference_is_told_with_its_question_and_path() -> None:
    name = "VNM-2018-30-50-2020"
    before, now = kept(name), kept(name)
    assert frozen.differences(name, before, now) == []
    now["whatif"]["components"][2]["rank_after"] = 53
    now["show"].reverse()  # the order of rows says nothing
    gone = now["trace"].pop()
    told = frozen.differences(name, before, now)
    assert told[0] == f"{name}: whatif.components[tii].rank_after: 52 -> 53"
    assert all(line.startswith(f"{name}: trace[VNM IDI overall 2017") for line in told[1:])
    assert all(line.endswith(" -> absent") for line in told[1:])
    assert len(told) == 1 + len(frozen.leaves(gone))


def test_numbers_are_kept_to_ten_significant_digits() -> None:
    given = {"a": [0.12345678912345, 12345678901234.5, 3], "label": "Services", "b": None}
    assert frozen._plain(given, {"label"}) == {"a": [0.1234567891, 12345678900000.0, 3], "b": None}


def test_show_and_trace_answer_as_they_did() -> None:
    question = frozen.QUESTIONS[0]
    before = kept(question.name)
    rows = frozen._said("show", question.economy, "--as-of", question.as_of, "--json")
    now = {"show": frozen._plain(rows, frozen.WORDS["show"])}
    assert frozen.differences(question.name, {"show": before["show"]}, now) == []
    component, edition = question.traces[0]
    rows = frozen._said("trace", question.economy, component, str(edition), "--json")
    now = {"trace": frozen._plain(rows, frozen.WORDS["trace"])}
    assert frozen.differences(question.name, {"trace": before["trace"][:1]}, now) == []


def test_compare_ends_with_1_where_a_number_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(frozen, "FROZEN", tmp_path)
    answer = {"show": [{"index": "EGDI", "value": 0.5}]}
    monkeypatch.setattr(frozen, "asked_again", lambda only, jobs: iter([("toy", answer)]))
    assert CliRunner().invoke(frozen.main, ["write"]).exit_code == 0
    assert CliRunner().invoke(frozen.main, ["compare"]).exit_code == 0
    (tmp_path / "toy.json").write_text(frozen.written({"show": [{"index": "EGDI", "value": 1}]}))
    done = CliRunner().invoke(frozen.main, ["compare"])
    assert done.exit_code == 1
    assert "toy: show[EGDI].value: 1 -> 0.5\n" in done.output
