"""What changed between two runs, and why."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rankings.cli import main
from rankings.errors import DataError, InputError
from rankings.pages.differences import differences

VIET_NAM = {
    **{"story": "vnm", "economy": "VNM", "name": "Viet Nam", "as_of": 2025, "band": "30:50"},
    **{"target_year": 2030, "seed": 2018, "value": 0.7709, "competition_rank": 71},
    **{"p_rank_at_most_worst": 0.0766, "published_rank": None, "source": "UN"},
}


def run(folder: Path, *rows: dict[str, Any], data: str = "d", code: str = "c") -> Path:
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(rows), encoding="utf-8")
    manifest = json.dumps({"data": data, "code": code, "stories": {}})
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    return folder


def test_equal_runs_do_not_differ(tmp_path: Path) -> None:
    one = run(tmp_path / "one", VIET_NAM)
    other = run(tmp_path / "other", VIET_NAM | {"source": "UN DESA", "value": 0.7709 + 1e-12})
    assert differences(one, other).empty
    done = CliRunner().invoke(main, ["diff", str(one), str(other)])
    assert (done.exit_code, done.stdout) == (0, "no number differs\n")


def test_each_number_is_told_with_its_reason(tmp_path: Path) -> None:
    one = run(tmp_path / "one", VIET_NAM)
    later = VIET_NAM | {"p_rank_at_most_worst": 0.09, "published_rank": 71}
    other = run(tmp_path / "other", later, data="newer")
    rows = differences(one, other).set_index("field")
    assert rows.loc["p_rank_at_most_worst", ["before", "after"]].tolist() == [0.0766, 0.09]
    assert rows.loc["published_rank", "after"] == 71
    assert set(rows["why"]) == {"data"}
    assert len(rows) == 2


def test_parameters_and_code_are_reasons(tmp_path: Path) -> None:
    one = run(tmp_path / "one", VIET_NAM)
    other = run(tmp_path / "other", VIET_NAM | {"band": "1:50", "value": 0.5}, code="newer")
    rows = differences(one, other)
    assert set(rows["field"]) == {"band", "value"}
    assert set(rows["why"]) == {"parameters + code"}


def test_stories_of_one_run_alone_are_told(tmp_path: Path) -> None:
    laos = VIET_NAM | {"story": "lao", "economy": "LAO"}
    rows = differences(run(tmp_path / "one", VIET_NAM), run(tmp_path / "other", laos))
    assert rows[["economy", "field"]].to_numpy().tolist() == [["VNM", "removed"], ["LAO", "added"]]


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}', '[{"story": "a"}]'])
def test_results_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    one = run(tmp_path / "one", VIET_NAM)
    other = run(tmp_path / "other", VIET_NAM)
    (other / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="run it again"):
        differences(one, other)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    one = run(tmp_path / "one", VIET_NAM)
    with pytest.raises(InputError, match=r"holds no run: results\.json"):
        differences(one, tmp_path)
    done = CliRunner().invoke(main, ["diff", str(one), str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
