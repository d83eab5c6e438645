"""What is read from a folder, what its scores are, and what is said of one that is wrong."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import own_folders
import pandas as pd
import pytest
from click.testing import CliRunner
from own_folders import ASEM, COMPUTED, PROVINCES, TABLE, TOML, read, write

from rankings.cli import main
from rankings.errors import InputError
from rankings.own import checks, starter
from rankings.own.folder import open_folder, read_folder
from rankings.own.index import PUBLISHED, not_held, reproduction, results, weights_of


def say(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["own", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_asem_equals_the_peer_rank_by_rank() -> None:
    code, out, _ = say("run", str(ASEM), "--json")
    rows = pd.DataFrame(json.loads(out)).set_index("unit")
    theirs = read(COMPUTED / "ranks.csv").set_index("iso3")["Index"]
    scores = read(COMPUTED / "aggregates.csv")
    chosen = (scores["scale"] == "minmax_0_100") & (scores["mean"] == "a_amean")
    scores = scores.loc[chosen].set_index("iso3")["Index"]
    assert code == 0
    assert len(rows) == 51
    assert (rows["rank"] == theirs.reindex(rows.index)).all()
    np.testing.assert_allclose(rows["score"], scores.reindex(rows.index), rtol=0, atol=1e-9)


def test_provinces_are_ranked_as_published() -> None:
    index = open_folder(PROVINCES)
    table = results(index, 2022)
    assert len(table) == 63
    assert table["rank"].notna().all()
    assert set(table["basis"]) == {PUBLISHED}
    assert set(table["of"]) == {63}
    assert table["rank"].value_counts()[15] == 2
    assert table["computed_score"].count() == 5
    assert table["score"].count() == 6
    assert reproduction(index, 2022)["difference"].abs().max() < 0.00006
    old = results(index, 2017)
    assert (len(old), set(old["of"]), old["computed_score"].count()) == (53, {63}, 0)


def test_a_score_is_what_is_reckoned_by_hand(tmp_path: Path) -> None:
    table = results(open_folder(write(tmp_path)), 0).set_index("unit")
    # speed 0, 1/3, 1; cost turned: 1, 0, 1/2.
    assert table["score"].to_dict() == pytest.approx({"Cục A": 50, "Cục B": 100 / 6, "Cục C": 75})
    assert table["rank"].to_dict() == {"Cục C": 1, "Cục A": 2, "Cục B": 3}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_how_a_spreadsheet_saved_it_does_not_matter(tmp_path: Path, encoding: str) -> None:
    text = TABLE.replace(",", ";").replace(";4;", ";4,0;").replace("Cục C", "Cục Viễn thông ")
    if encoding == "cp1258":
        text = text.replace("ụ", "u\u0323").replace("ễ", "ê\u0303")
    table = results(open_folder(write(tmp_path, text.encode(encoding))), 0)
    assert table["unit"].to_list() == ["Cục Viễn thông", "Cục A", "Cục B"]


def test_a_workbook_is_read_like_the_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "notes"
    book.active.append(["nothing to see here"])
    sheet = book.create_sheet("figures")
    sheet.append(["agency", "speed", "cost"])
    for row in (["Cục A", 1, 5], ["Cục B", 2, 7], ["Cục C", 4, 6]):
        sheet.append(row)
    (tmp_path / "x").mkdir()
    folder = write(tmp_path / "x", toml=TOML.replace("[table]", '[table]\nsheet = "figures"'))
    (folder / "table.csv").unlink()
    book.save(folder / "figures.xlsx")
    plain = write(tmp_path / "y")
    pd.testing.assert_frame_equal(results(open_folder(folder), 0), results(open_folder(plain), 0))


WRONG = [
    ("Cục B,2,7", "Cục B,zwei,7", "table.csv, line 3, column speed: expected a number"),
    ("Cục B,2,7", "Cục B,2.1.3,7", "table.csv, line 3, column speed: expected a number"),
    ("Cục B,2,7", 'Cục B,"2,5",7', "write decimals with a point"),
    ("Cục B,2,7", "Cục B,1e999,7", "table.csv, line 3, column speed"),
    ("Cục B,2,7", "Cục A,2,7", "table.csv, line 3, column agency: expected each unit once"),
    ("Cục B,2,7", ",2,7", "table.csv, line 3, column agency: expected a text, found nothing"),
    ("Cục B,2,7", "Cục B,2,7,8", "line 3, column 4: expected 3 cells"),
    ("agency,speed", "agency,agency", "column 2: expected each column once"),
    ("agency,speed", "agency,", "column 2: expected each column once and named"),
    ("agency,speed", "agency,Speed", "indicators.speed"),
    ("Cục B,2,7\nCục C,4,6\n", "", "at least two"),
    (TABLE, "", "found nothing"),
    (TABLE, "agency,speed,cost\n", "expected rows below the labels"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG)
def test_a_wrong_cell_is_named_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TABLE
    write(tmp_path, TABLE.replace(old, new))
    for command in ("run", "check"):
        code, out, err = say(command, str(tmp_path))
        assert code == 2, out
        assert said in err or "two" in err
        assert len(err.strip().splitlines()) == 1
        assert "Traceback" not in err


WRONG_TOML = [
    ("speed = {}", "speed = { direction = 2 }", "index.toml: indicators.speed.direction"),
    ("speed = {}", 'speed = { parent = "nobody" }', "nobody"),
    ("speed = {}", 'speed = { denominator = "people" }', "indicators.speed.denominator"),
    ("speed = {}", "speed = { wieght = 2 }", "did you mean weight?"),
    ("speed = {}", 'speed = { weight = "2" }', "indicators.speed.weight: expected"),
    ("speed = {}", "speed = 3", "indicators.speed: expected a table in braces, found 3"),
    ("speed = {}", "speed = { goalposts = [1] }", "indicators.speed.goalposts"),
    ("speed = {}", "speed = { goalposts = 1 }", "expected a list, found 1"),
    ("speed = {}", "speed = { weight = -1 }", "a weight must not be negative"),
    ("speed = {}", 'speed = { column = "sped" }', "did you mean speed?"),
    ('unit = "agency"', "", "table.unit: expected a value, found none"),
    ("[table]", "[tabel]", "did you mean table?"),
    ("[indicators]", '[method]\nnormalise = "minmax"\n[indicators]', "method.normalise: expected"),
    ("[indicators]", '[method]\nnormalise = "goalposts"\n[indicators]', "has no goalposts"),
    ("[indicators]", '[method]\nmissing = "group mean"\n[indicators]', "has no group"),
    ("[indicators]", "[method]\nrange = [5, 5]\n[indicators]", "runs from low to high"),
    ("[indicators]", '[method]\naggregate = "geometric"\n[indicators]', "needs values above 0"),
    ("[indicators]", '[method]\naggregate = { top = "geometric" }\n[indicators]', "by level"),
    ("[indicators]", "[indicators", "expected TOML"),
    ("[indicators]", "[[weights]]\nfrom_year = 2020\nof = { sped = 1 }\n[indicators]", "speed?"),
    (TOML, "", "table: expected a value, found none"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG_TOML)
def test_a_wrong_key_is_named_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TOML
    write(tmp_path, toml=TOML.replace(old, new))
    code, _, err = say("run", str(tmp_path))
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_check_says_all_that_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, TABLE.replace("1,5", "x,y").replace("Cục C,4", "Cục C,z"))
    code, out, err = say("check", str(tmp_path))
    assert (code, out) == (2, "")
    places = re.findall(r"line (\d+), column (\w+)", err)
    assert places == [("2", "speed"), ("2", "cost"), ("4", "speed")]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, said in (
        (tmp_path / "empty", "rankings own init writes an example"),
        (tmp_path / "emtpy", "did you mean empty?"),
        (write(tmp_path / "full") / "table.csv", "is a file: give the folder"),
    ):
        code, _, err = say("run", str(folder))
        assert code == 2
        assert said in err
    (tmp_path / "full" / "other.toml").write_text("")
    assert "expected one TOML" in say("run", str(tmp_path / "full"))[2]


def test_denominators_and_errors_of_measurement_are_checked(tmp_path: Path) -> None:
    toml = TOML.replace("speed = {}", 'speed = { denominator = "cost", error = "cost" }')
    write(tmp_path, TABLE.replace("2,7", "2,-7"), toml + "[denominators]\ncost = {}\n")
    assert "two columns" in say("run", str(tmp_path))[2]
    toml = toml.replace('cost = { direction = "less" }\n', "")
    write(tmp_path, TABLE.replace("2,7", "2,-7"), toml + "[denominators]\ncost = {}\n")
    _, _, err = say("check", str(tmp_path))
    assert "line 3, column cost: expected a denominator above 0, found '-7'" in err
    assert "line 3, column cost: expected a standard error of 0 or more" in err


def test_the_example_that_init_writes_runs_and_is_not_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert say("init", str(folder))[0] == 0
    code, out, _ = say("check", str(folder))
    assert code == 0
    assert out.count("\nyes ") == 7
    code, out, _ = say("run", str(folder), "--json")
    assert code == 0
    assert len(json.loads(out)) == 11
    (folder / "table.csv").write_text("mine", encoding="utf-8")
    (folder / "index.toml").unlink()
    code, _, err = say("init", str(folder))
    assert code == 2
    assert "is there already" in err
    assert (folder / "table.csv").read_text(encoding="utf-8") == "mine"
    assert not (folder / "index.toml").exists()


def test_every_key_of_the_example_is_one(tmp_path: Path) -> None:
    """Also those behind a comment sign: each is taken when it is uncommented."""
    text = (starter.TEMPLATES / "index.toml").read_text(encoding="utf-8")
    commented = re.findall(r"^# ([a-z_]+ = .*)$", text, re.M)
    assert len(commented) >= 10
    for line in commented:
        if line.split(" = ")[0] in ("score", "rank", "of", "parent", "population", "year", "what"):
            continue
        if line.startswith("from_year"):
            continue
        (tmp_path / "index.toml").write_text(text.replace(f"# {line}", line), encoding="utf-8")
        (tmp_path / "table.csv").write_bytes((starter.TEMPLATES / "table.csv").read_bytes())
        if not line.startswith("of = "):
            open_folder(tmp_path)


def test_the_figures_of_the_example_are_those_held(held: object) -> None:
    series = {
        "internet_users": "internet_users_pct",
        "households_internet": "households_internet_pct",
        "mobile_broadband": "mobile_broadband_per100",
        "fixed_broadband": "fixed_broadband_per100",
        "coverage_4g": "pop_coverage_4g_pct",
        "schooling_expected": "expected_years_schooling",
        "schooling_mean": "mean_years_schooling",
    }
    # As they were before the releases of 2025 and 2026, which revised some.
    then = held.series_at(2024)  # type: ignore[attr-defined]
    rows = then.set_index(["series", "iso3", "year"])["value"]
    table = read(starter.TEMPLATES / "table.csv")
    for row in table.to_dict("records"):
        for column, name in series.items():
            there = rows.get((name, row["iso3"], row["year"]), np.nan)
            assert row[column] == there or (np.isnan(row[column]) and np.isnan(there))


def test_weights_change_from_a_year_on(tmp_path: Path) -> None:
    table = "agency,year,speed,cost\n" + "".join(
        f"{unit},{year},{at + year % 5},{3 * at * at - year % 3}\n"
        for at, unit in enumerate("ABCD")
        for year in (2020, 2021, 2022)
    )
    toml = TOML.replace('unit = "agency"', 'unit = "agency"\nyear = "year"')
    toml += "[[weights]]\nfrom_year = 2022\nof = { speed = 3 }\n"
    index = open_folder(write(tmp_path, table, toml))
    assert [weights_of(index, year)["speed"] for year in index.years] == [1, 1, 3]
    assert index.years == [2020, 2021, 2022]


def test_the_made_up_panel_is_ranked_in_every_year(tmp_path: Path) -> None:
    index = open_folder(own_folders.made_up(tmp_path / "panel"))
    for year in index.years:
        table = results(index, year)
        ranked = table.dropna(subset="score")
        assert ranked["rank"].to_list() == ranked["score"].rank(ascending=False).to_list()
        assert len(ranked) >= 58
    assert not_held(index, 2021) == []  # filled from the years beside it
    without = own_folders.MADE_UP_TOML.replace('"linear", ', "")
    (tmp_path / "panel" / "index.toml").write_text(without, encoding="utf-8")
    index = open_folder(tmp_path / "panel")
    assert not_held(index, 2021) == ["b4"]
    told = "\n".join(map(str, checks.notes(index)))
    assert "2021: nobody has a figure of b4" in told
    assert "2024: units without a score for lack of figures: 1 (Tỉnh 06)" in told


def test_the_order_of_rows_and_columns_changes_nothing(tmp_path: Path) -> None:
    one = own_folders.made_up(tmp_path / "one")
    table = read(one / "table.csv")
    columns = [*table.columns[:3], *table.columns[3:][::-1]]
    shuffled = table.sample(frac=1, random_state=1)[columns]
    other = write(tmp_path / "two", shuffled.to_csv(index=False), own_folders.MADE_UP_TOML)
    for year in (2019, 2024):
        pd.testing.assert_frame_equal(
            results(open_folder(one), year), results(open_folder(other), year)
        )


def test_a_command_by_its_own_process_speaks_vietnamese_names(tmp_path: Path) -> None:
    folder = write(tmp_path / "thử nghiệm")
    done = subprocess.run(
        [sys.executable, "-m", "rankings", "own", "run", str(folder), "--json"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    rows = json.loads(done.stdout.decode())
    assert [row["unit"] for row in rows] == ["Cục C", "Cục A", "Cục B"]
    assert rows[0]["year"] is None


def test_a_year_that_is_not_there_is_refused() -> None:
    code, _, err = say("run", str(PROVINCES), "--year", "2019")
    assert code == 2
    assert "has no figures of 2019; it has 2017, 2022" in err


def test_no_score_is_made_of_one_unit(tmp_path: Path) -> None:
    read_one = read_folder(write(tmp_path, "agency,speed,cost\nA,1,2\n"))
    assert read_one.index is not None
    with pytest.raises(InputError, match="a ranking needs two"):
        results(read_one.index, 0)
