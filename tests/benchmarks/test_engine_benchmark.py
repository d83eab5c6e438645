"""The bench measures what it says, and the fast way gives what the plain loop gives."""

import json

import pandas as pd
import pytest
from counting import calls

from benchmarks import engine as bench
from rankings.composite.engine import Method, build
from rankings.composite.uncertainty import uncertainty


@pytest.mark.slow
def test_ten_thousand_replicates_are_told_with_their_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "NAIVE", 4)
    monkeypatch.setattr(bench, "BENCHES", [bench.bench_uncertainty])
    bench.main(as_json=True)
    table = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert list(table) == bench.COLUMNS
    assert table["replicates"].eq(10_000).all()
    assert table[["seconds", "cpu_seconds", "ratio"]].gt(0).all(axis=None)
    assert table["peak_mb"].lt(500).all()
    assert table["ranks_that_differ"].eq(0).all()
    assert table["note"].str.contains("scaled up").all()
    text = bench.as_text(table, as_json=False)
    assert "COINr 1.1.14" in text
    assert "naive_seconds" in text


@pytest.mark.parametrize(
    ("economies", "shape", "gaps"), [(51, bench.ASEM_SHAPE, 0.0), (193, bench.WIDE_SHAPE, 0.02)]
)
def test_replicates_are_reckoned_at_once(
    economies: int, shape: dict[str, list[int]], gaps: float
) -> None:
    """Told by calls of functions: they hardly grow with the draws, as those of a loop would."""
    tree, data = bench.synthetic(economies, shape, gaps=gaps)
    varied = bench.wide_variations(tree) if gaps else bench.vignette(tree)

    def work(draws: int) -> int:
        return calls(lambda: uncertainty(tree, data, Method(), varied, seed=1, draws=draws))

    some, many = work(1000), work(10_000)
    assert many < 1.1 * some
    assert 10_000 * calls(lambda: build(tree, data, Method())) > 50 * many


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
