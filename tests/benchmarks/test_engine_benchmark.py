"""The bench measures what it says, and the fast way gives what the plain loop gives."""

import json

import pandas as pd
import pytest

from benchmarks import engine as bench


@pytest.mark.slow
def test_ten_thousand_replicates_take_seconds_and_little_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Processor time, with room for a busy machine; the bench itself prints the wall time too."""
    monkeypatch.setattr(bench, "NAIVE", 4)
    monkeypatch.setattr(bench, "BENCHES", [bench.bench_uncertainty])
    bench.main(as_json=True)
    table = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert list(table) == bench.COLUMNS
    assert table["replicates"].eq(10_000).all()
    assert table["cpu_seconds"].lt(4).all()
    assert table["peak_mb"].lt(500).all()
    assert table["ratio"].gt(50).all()
    assert table["ranks_that_differ"].eq(0).all()
    assert table["note"].str.contains("scaled up").all()
    text = bench.as_text(table, as_json=False)
    assert "COINr 1.1.14" in text
    assert "naive_seconds" in text


def test_the_sensitivity_row_counts_all_runs_of_the_design(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "NAIVE", 2)
    monkeypatch.setattr(bench, "measure", lambda work: (1.0, 1.0, 1.0) if work() else None)
    table = bench.bench_sensitivity(8)
    assert table["replicates"].to_list() == [8 * 6, 8 * 8]
    assert table["ranks_that_differ"].eq(0).all()


def test_a_slider_moved_gives_the_ranks_of_ordering_everybody_again() -> None:
    row = bench.bench_what_if().iloc[0]
    assert (row["economies"], row["replicates"], row["ranks_that_differ"]) == (193, 30_000, 0)
