"""The bench measures what it says, and the fast way gives what the plain loop gives."""

import json

import pandas as pd
import pytest

from rankings import bench


def test_every_row_says_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "NAIVE", 4)
    small = [lambda: bench.bench_uncertainty(64), lambda: bench.bench_sensitivity(8)]
    monkeypatch.setattr(bench, "BENCHES", small)
    bench.main(as_json=True)
    table = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert list(table) == bench.COLUMNS
    assert (table["ranks_that_differ"] == 0).all()
    assert (table[["seconds", "cpu_seconds", "peak_mb", "naive_seconds"]] > 0).all(axis=None)
    assert table["note"].str.contains("scaled up").all()
    bench.main()
    assert "COINr 1.1.14" in capsys.readouterr().out


@pytest.mark.slow
def test_ten_thousand_replicates_take_seconds_and_little_memory() -> None:
    """Processor time, with room for a busy machine; the bench itself prints the wall time."""
    table = bench.bench_uncertainty()
    assert (table["cpu_seconds"] < 4).all()
    assert (table["peak_mb"] < 500).all()
    assert (table["ratio"] > 50).all()
