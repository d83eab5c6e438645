"""The bench measures what it says, and the fast way gives what the plain loop gives."""

import json

import numpy as np
import pandas as pd
import pytest
from counting import calls

from benchmarks import engine as bench
from rankings.composite import weights
from rankings.composite.engine import Method, build
from rankings.composite.replicates import Plan
from rankings.composite.uncertainty import sequence, to_picks, uncertainty


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed runs once, and its times are made up."""
    monkeypatch.setattr(bench, "measure", lambda work: (1.0, 1.0, 1.0) if work() else None)


def test_the_plain_loop_gives_the_ranks_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything varied, gaps and a node left out among it."""
    tree, data = bench.synthetic(20, bench.WIDE_SHAPE, gaps=0.1)
    plan = Plan(tree, data, Method(), bench.wide_variations(tree))
    picks = to_picks(sequence(len(plan.sizes), 32, 1), plan.sizes)
    looped = bench.plain_loop(plan, picks)
    built = [build(tree, data, plan.method(pick)).ranks.to_list() for pick in picks]
    assert looped.tolist() == built


def test_weight_sets_are_compared_with_the_loop_and_with_their_own_growth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch)
    table = bench.bench_weight_sets(60, scales=[2], units=[386])
    assert list(table) == bench.COLUMNS
    assert table["replicates"].to_list() == [60, 60, 120, 60]
    assert table["economies"].to_list() == [193, 51, 193, 386]
    assert table["indicators"].to_list() == [15, 49, 15, 15]
    assert table["ranks_that_differ"].eq(0).all()
    assert table["growth"].to_list() == [1.0, 3.78, 0.5, 0.5]  # a second each, however much


def test_ten_thousand_distinct_weight_sets_need_little_memory() -> None:
    tree, data = bench.synthetic(193, bench.WIDE_SHAPE)
    drawn = weights.noisy(tree, {1: 0.25}, 10_000, 1)
    plan = Plan(tree, data, Method(), {"weights": drawn})
    peak = bench.measure(lambda: bench.rank_afresh(plan, np.arange(10_000)[:, None]))[2]
    assert peak < 60  # the ranks are 8 MB


def test_the_table_quotes_the_peer_and_says_what_the_loop_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quick(monkeypatch)
    monkeypatch.setattr(bench, "BENCHES", [lambda: bench.bench_uncertainty(64)])
    bench.main(as_json=True)
    table = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert list(table) == bench.COLUMNS
    assert table["replicates"].eq(64).all()
    assert table["ranks_that_differ"].eq(0).all()
    assert table["note"].str.contains("all stages kept").all()
    text = bench.as_text(table, as_json=False)
    assert "COINr 1.1.14" in text
    assert "naive_seconds" in text


@pytest.mark.parametrize(
    ("economies", "shape", "gaps"), [(51, bench.ASEM_SHAPE, 0.0), (193, bench.WIDE_SHAPE, 0.02)]
)
def test_replicates_are_computed_at_once(
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
    quick(monkeypatch)
    table = bench.bench_sensitivity(8)
    assert table["replicates"].to_list() == [8 * 6, 8 * 8]
    assert table["ranks_that_differ"].eq(0).all()


def test_a_slider_moved_gives_the_ranks_of_ordering_everybody_again() -> None:
    row = bench.bench_what_if().iloc[0]
    assert (row["economies"], row["replicates"], row["ranks_that_differ"]) == (193, 30_000, 0)
