"""Headline numbers of many stories: what is shared is computed once, in two processes if due."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rankings.forecasts import backtest
from rankings.pages import results

THEN = {"economy": "VNM", "as_of": 2018, "band": "30:50", "target_year": 2020, "seed": 2018}
NOW = THEN | {"as_of": "newest", "target_year": 2030}


@pytest.mark.parametrize(
    ("kept", "here", "beside"),
    [
        ([], [NOW], [THEN]),
        (["newest"], [THEN], []),
        ([2018, "newest"], [], []),
    ],
)
def test_records_not_kept_are_shared_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: list[Any], here: Any, beside: Any
) -> None:
    newest = results.ask(**NOW).as_of

    def at(index: Any, seed: int, key: Any) -> Path:
        year = "newest" if key[-1] == newest else key[-1]
        path = tmp_path / f"{year}-{seed}"
        if year in kept:
            path.touch()
        return path

    monkeypatch.setattr(backtest, "kept_at", at)
    # Another language has the same record.
    asked = [THEN, THEN | {"language": "vi"}, NOW]
    assert results._shared_out(asked) == (here, beside)


def test_another_process_keeps_the_outlook_and_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        started.append(command)
        return real([sys.executable, "-c", "raise SystemExit(3)"], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    with results._computing([THEN]):
        pass
    with results._computing([]):
        pass
    assert [command[1:3] for command in started] == [["-m", "rankings.pages.results"]]


@pytest.mark.slow
def test_the_other_process_runs_as_it_is_called() -> None:
    environment = results.os.environ | results.store.child_environment()
    done = subprocess.run(
        [sys.executable, "-m", "rankings.pages.results", results.json.dumps([THEN])],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
