"""An index of one's own whose units are economies: a measure and a target like any other."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from own_folders import ASEM, PROVINCES, write

import rankings
from rankings.cli import main
from rankings.errors import DataError, InputError
from rankings.own.as_measure import add_measure
from rankings.own.folder import open_folder
from rankings.own.index import results, until
from rankings.panel.measures import measure, measures
from rankings.panel.names import book
from rankings.report import standing, target
from rankings.story import distance, outlook, scorecard

TODAY = "2026-11-30"
UNITS = ["VNM", "THA", "Laos", "MYS", "SGP", "IDN", "PHL", "Campuchia", "MMR", "BRN", "CHN", "JPN"]
TOML = """
title = "Digital Reach Index"
source = "made up by a test"

[table]
unit = "economy"
year = "year"

[pillars.Access]
weight = 2
[pillars.Use]

[indicators]
lines = { parent = "Access" }
speed = { parent = "Access" }
share = { parent = "Use" }

[method]
range = [0.0, 100.0]
"""


def table(years: range, seed: int = 1) -> str:
    """Figures that move by a little from year to year."""
    random = np.random.default_rng(seed)
    now = random.normal(50, 15, (len(UNITS), 3))
    lines = ["economy,year,lines,speed,share"]
    for year in years:
        now = now + random.normal(1, 3, now.shape)
        lines += [
            ",".join([unit, str(year), *(f"{value:.3f}" for value in row)])
            for unit, row in zip(UNITS, now, strict=True)
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("own") / "reach", table(range(2019, 2025)), TOML)


@pytest.fixture(scope="module")
def added(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store to which the index was added as DRI."""
    store = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANKINGS_STORE", str(store))
        done = CliRunner().invoke(main, ["own", "measure", str(folder), "--code", "dri"])
        assert done.exit_code == 0, done.output
        assert "DRI: Digital Reach Index, editions 2019" in done.stdout
        yield store


@pytest.fixture(scope="module")
def asked(added: Path) -> rankings.Story:
    return rankings.ask("VNM", 2024, "3:5", 2027, measure="DRI")


def test_its_ranks_are_those_of_the_folder(folder: Path, added: Path) -> None:
    own = results(open_folder(folder), 2024).set_index("unit")["rank"]
    shown = CliRunner().invoke(main, ["show", "VNM", "--measure", "DRI", "--json"])
    (row,) = json.loads(shown.stdout)
    assert (row["edition"], row["competition_rank"]) == (2024, own["VNM"])
    traced = CliRunner().invoke(main, ["trace", "LAO", "dri", "2024"])
    assert "own-index" in traced.stdout


def test_names_and_parts_are_understood(added: Path) -> None:
    assert measure("digital reach index").code == "DRI"
    assert {"DRI", "DRI:access", "DRI:use"} <= set(measures())


def test_a_story_is_told_of_it(asked: rankings.Story) -> None:
    assert asked.index.weights_of(2024).round(6).to_dict() == {"access": 0.666667, "use": 0.333333}
    assert "made up by a test" in standing.history_table(asked).source
    split = distance.split_gap(asked, asked.band.best)
    assert split["component"].tolist()[:2] == ["access", "use"]
    assert asked.ahead == [2025, 2026, 2027]
    assert "DRI 2027" in target.answer(asked).text


def test_it_has_a_forecast_and_a_record(asked: rankings.Story) -> None:
    drawn = asked.draws(outlook.choose_model(asked))
    assert len(drawn.iso3) == len(UNITS)
    done = CliRunner().invoke(main, ["backtest", "--measure", "DRI", "--json"])
    rows = pd.DataFrame(json.loads(done.stdout))
    assert set(rows["measure"]) == {"DRI"}
    assert rows["crps"].notna().all()


def test_it_is_a_target(added: Path) -> None:
    (added / "targets.csv").write_text(
        "id,economy,measure,rank_worst,deadline,set_in,document\n"
        "reach,THA,DRI,4,2027,2023,A plan\n",
        encoding="utf-8",
    )
    rankings.data.world._world.cache_clear()
    rows = scorecard.scorecard(rankings.ask("THA", 2024, "3:5", 2027)).set_index("id")
    assert rows.loc["reach", "measure"] == "DRI"
    assert rows.loc["reach", "status"] == "open"
    assert 0 <= rows.loc["reach", "chance"] <= 1


def test_it_is_replaced_as_a_whole_and_taken_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    folder = write(tmp_path / "reach", table(range(2019, 2025)), TOML)
    first = add_measure(open_folder(folder), "DRI", TODAY)
    write(folder, table(range(2021, 2024), seed=2), TOML.replace("weight = 2", "weight = 1"))
    second = add_measure(open_folder(folder), "DRI", TODAY)
    assert second.replaced == [first.delivery]
    held = rankings.load().panel
    assert sorted(held.loc[held["index"] == "DRI", "edition"].unique()) == [2021, 2022, 2023]
    asked = rankings.ask("VNM", 2023, "3:5", 2026, measure="DRI")
    assert set(asked.index.weights_of(2023).index) == {"access", "use"}
    assert asked.index.weights_of(2023)["use"] == pytest.approx(0.5)
    done = CliRunner().invoke(main, ["withdraw", second.delivery])
    assert done.exit_code == 0, done.output
    assert "DRI" not in measures()
    with pytest.raises(InputError, match="DRI"):
        measure("DRI")


def with_gaps() -> str:
    """The table without some figures of each year, and without `share` in the first."""
    head, *lines = table(range(2019, 2025)).splitlines()
    kept = [head]
    for place, line in enumerate(lines):
        unit, year, lines_, speed, share = line.split(",")
        share = "" if year == "2019" or place % 7 == 3 else share
        lines_ = "" if place % 5 == 2 else lines_
        kept.append(",".join([unit, year, lines_, speed, share]))
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize("way", ["linear", "constant"])
def test_an_edition_holds_nothing_of_a_later_year(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    facts = f'{TOML}missing = ["{way}", "mean"]\n'
    index = open_folder(write(tmp_path / "reach", with_gaps(), facts))
    add_measure(index, "DRI", TODAY)
    held = rankings.load().panel
    held = held.loc[held["index"] == "DRI"].set_index("iso3")
    assert "DRI:use" in measures()
    known = book(rankings.load().economies)
    for year in index.years[1:]:
        then = results(until(index, year), year).set_index("unit")["computed_score"].dropna()
        then.index = [known.find(unit) for unit in then.index]
        rows = held.loc[(held["edition"] == year) & (held["component"] == "overall"), "value"]
        pd.testing.assert_series_equal(
            rows.sort_index(), then.sort_index(), check_names=False, check_index_type=False
        )
    first = held.loc[held["edition"] == 2019]
    assert set(first["component"]) == {"overall", "access"}
    assert first["value"].notna().all()
    afterwards = results(index, 2020).set_index("unit")["computed_score"]
    assert not np.allclose(
        np.sort(afterwards),
        np.sort(held.loc[(held["edition"] == 2020) & (held["component"] == "overall"), "value"]),
    )
    asked = rankings.ask("VNM", 2024, "3:5", 2027, measure="DRI")
    assert asked.index.weights_of(2019).to_dict() == {"access": 1.0}
    assert "DRI 2027" in target.answer(asked).text


@pytest.mark.parametrize(
    ("folder", "code", "edition", "said"),
    [
        (PROVINCES, "DTI", None, "is no economy"),
        (ASEM, "EGDI", None, "choose another code"),
        (ASEM, "TII", None, "choose another code"),
        (ASEM, "T I", None, "is no code of a measure"),
    ],
)
def test_what_cannot_be_a_measure_is_refused_and_nothing_is_written(
    folder: Path,
    code: str,
    edition: int | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    with pytest.raises(InputError, match=said):
        add_measure(open_folder(folder), code, TODAY, edition)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("lines", "toml", "said"),
    [
        ("VNM,1\nTHA,2\n", "", "say which one its figures are of"),
        ("VNM,1\nViệt Nam,2\nTHA,3\n", "", "in the table already"),
        ("VNM,-1\nTHA,2\nLAO,3\n", '[method]\nnormalise = "unchanged"\n', "scores below 0"),
    ],
)
def test_a_table_that_says_too_little_is_refused(
    lines: str, toml: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    facts = f'[table]\nunit = "economy"\n[indicators]\nx = {{}}\n{toml}'
    index = open_folder(write(tmp_path / "small", f"economy,x\n{lines}", facts))
    edition = None if "which one" in said else 2025
    with pytest.raises(InputError, match=said):
        add_measure(index, "SMALL", TODAY, edition)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(("years", "said"), [(range(2020, 2023), "fewer than four editions")])
def test_without_a_record_there_is_no_forecast(
    years: range, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    add_measure(open_folder(write(tmp_path / "reach", table(years), TOML)), "DRI", TODAY)
    assert said in measure("DRI").why_not
    assert (
        "DRI cannot be forecast"
        in target.answer(rankings.ask("VNM", 2022, "3:5", 2026, measure="DRI")).text
    )


def test_nothing_says_that_it_was_published(asked: rankings.Story) -> None:
    line = standing.neighbours_table(asked).source
    assert "computed by the analyst from figures of made up by a test" in line
    assert "published 2024" not in line


def test_published_ranks_stay_published_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    facts = '[table]\nunit = "economy"\nrank = "printed"\n[indicators]\nx = {}\n'
    lines = "economy,x,printed\nVNM,1,3\nTHA,2,1\nLAO,3,2\n"
    add_measure(open_folder(write(tmp_path / "p", lines, facts)), "PRINTED", TODAY, 2025)
    held = rankings.load().panel
    rows = held.loc[(held["index"] == "PRINTED") & (held["component"] == "overall")]
    rows = rows.set_index("iso3")
    assert rows["published_rank"].to_dict() == {"VNM": 3, "THA": 1, "LAO": 2}
    assert rows["competition_rank"].to_dict() == {"VNM": 3, "THA": 2, "LAO": 1}
    few = open_folder(write(tmp_path / "q", lines + "MMR,,4\n", facts))
    with pytest.raises(InputError, match="published rank and no figures"):
        add_measure(few, "FEW", TODAY, 2025)
    dated = "".join(f"{row},{year}\n" for year in (2023, 2024) for row in ("VNM,1,2", "THA,2,1"))
    lines = f"economy,x,printed,year\n{dated}MMR,,3,2024\n"
    facts = facts.replace("[ind", 'year = "year"\n[ind')
    with pytest.raises(InputError, match=r"\(2024\) has a published rank and no figures"):
        add_measure(open_folder(write(tmp_path / "r", lines, facts)), "FEW", TODAY)


def test_a_build_that_fails_leaves_what_was_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path / "store"))
    first = add_measure(open_folder(folder), "DRI", TODAY)

    def fail() -> None:
        raise DataError("no")

    changed = write(tmp_path / "other", table(range(2019, 2025), seed=9), TOML)
    with monkeypatch.context() as patch:
        patch.setattr("rankings.own.as_measure.build.build", fail)
        with pytest.raises(DataError):
            add_measure(open_folder(changed), "DRI", TODAY)
    assert [path.name for path in (tmp_path / "store").glob("own-index-*")] == [first.delivery]
