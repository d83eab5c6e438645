"""What leaves the suite of an index of one's own: COINr's tables, a workbook, pages, sentences."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import own_folders
import pandas as pd
import pytest
from beside import shared
from click.testing import CliRunner
from own_folders import ASEM, PROVINCES, read, write

from rankings.batch import own as batch
from rankings.cli import main
from rankings.own import coinr
from rankings.own.folder import open_folder
from rankings.own.index import built, results
from rankings.own.question import OwnStory, ask_own
from rankings.pages import own_results, own_workbook, table_files
from rankings.report import own, own_certainty, own_method, own_moves
from rankings.tables import Prose, Table

PIECES = [
    *(own.question, own.coverage_table, own.support_table, own.notes, own.answer),
    *(own.neighbours_table, own.ranking_picture, own.distinct, own.reproduction_table),
    *(own.pillars_table, own.gap_answer, own.gap_table, own.gap_picture),
    *(own.strengths_table, own.influence_table),
    *(own_moves.history_table, own_moves.history_picture, own_moves.change_answer),
    *(own_moves.change_table, own_moves.changes_table, own_moves.forecast_answer),
    *(own_moves.forecast_table, own_moves.forecast_picture, own_moves.record_table),
    own_moves.record_note,
    *(own_certainty.interval_answer, own_certainty.interval_table),
    *(own_certainty.interval_picture, own_certainty.choices_table, own_certainty.varied),
    *(own_certainty.weights_answer, own_certainty.weights_table),
    *(own_certainty.errors_answer, own_certainty.errors_table),
    *(own_method.method, own_method.tree_table, own_method.again),
]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> OwnStory:
    folder = own_folders.made_up(tmp_path_factory.mktemp("made-up") / "panel")
    return ask_own(folder, "Tỉnh 10", band="1:10")


def text_of(shown: object) -> str:
    if isinstance(shown, Prose):
        return shown.text
    return shown.plain() if isinstance(shown, Table) else repr(shown)


@pytest.mark.parametrize("year", [2017, 2022])
@pytest.mark.parametrize("unit", ["TP. Đà Nẵng", "TP. Hà Nội", "Trà Vinh"])
def test_every_piece_says_something_true_of_provinces(unit: str, year: int) -> None:
    story = ask_own(PROVINCES, unit if year == 2022 or unit != "Trà Vinh" else "An Giang", year)
    said = [piece(story) for piece in PIECES]
    for shown in said:
        assert "nan" not in text_of(shown).lower().split()
        assert "{" not in text_of(shown)
    assert f"is {story.row['rank']} of 63" in text_of(own.answer(story))
    assert "(published rank)" in text_of(own.answer(story))
    told = text_of(own.notes(story))
    assert "2022: change of method: another index" in told
    assert "computed and published scores of 5 units differ by at most 0.000055" in told


@pytest.mark.slow
def test_every_piece_of_the_made_up_panel_speaks(panel: OwnStory) -> None:
    said = {piece.__name__: text_of(piece(panel)) for piece in PIECES}
    assert "None" not in said.values()
    for text in said.values():
        assert "Not from this table" not in text
    assert "moved from rank" in said["change_answer"]
    assert "Median forecast for 2027" in said["forecast_answer"]
    assert "95 % confidence" in said["errors_answer"].replace("\N{NO-BREAK SPACE}", " ")


def test_coinrs_tables_come_back_as_they_were(tmp_path: Path) -> None:
    """Out of the example, in again without a word of ours, and out: the same bytes."""
    first, again = tmp_path / "first", tmp_path / "again"
    coinr.write(open_folder(ASEM), first)
    (first / "method.toml").unlink()
    index = open_folder(first)
    coinr.write(index, again)
    for name in ("iData.csv", "iMeta.csv"):
        assert (again / name).read_bytes() == (first / name).read_bytes()
    meta, data = read(first / "iMeta.csv"), read(first / "iData.csv")
    assert meta.shape == (68, 10)
    assert meta["Type"].value_counts().to_dict() == {
        "Indicator": 49,
        "Aggregate": 11,
        "Group": 4,
        "Denominator": 4,
    }
    assert data.shape == (51, 60)
    # The two tables alone are built as COINr builds its example.
    ours, theirs = results(index, 2018), results(open_folder(ASEM), 2018)
    pd.testing.assert_series_equal(ours["score"], theirs["score"])


def test_coinrs_own_files_lose_nothing(tmp_path: Path) -> None:
    theirs = shared("reference", "asem", reason="COINr's own files, in and out")
    source, out = tmp_path / "asem", tmp_path / "out"
    source.mkdir()
    for name in ("iData.csv", "iMeta.csv"):
        (source / name).write_bytes((theirs / f"input_{name}").read_bytes())
    index = open_folder(source)
    coinr.write(index, out)
    for name in ("iData.csv", "iMeta.csv"):
        pd.testing.assert_frame_equal(pd.read_csv(out / name), pd.read_csv(source / name))
    done = CliRunner().invoke(main, ["own", "run", str(source), "--json"])
    ranks = pd.read_csv(theirs / "results_full_ranks.csv").set_index("uCode")["Index"]
    assert {row["unit"]: row["rank"] for row in json.loads(done.stdout)} == ranks.to_dict()


def test_an_export_is_the_same_index_again(panel: OwnStory, tmp_path: Path) -> None:
    coinr.write(panel.index, tmp_path / "out")
    again = open_folder(tmp_path / "out")
    assert again.settings.method == panel.index.settings.method
    assert again.settings.varied == panel.index.settings.varied
    assert list(again.errors) == ["a4"]
    for year in panel.index.years:
        pd.testing.assert_frame_equal(results(again, year), results(panel.index, year))
    provinces = open_folder(PROVINCES)
    coinr.write(provinces, tmp_path / "provinces")
    again = open_folder(tmp_path / "provinces")
    for year in (2017, 2022):
        pd.testing.assert_frame_equal(results(again, year), results(provinces, year))
    assert again.settings.names == provinces.settings.names
    assert again.settings.breaks == provinces.settings.breaks


def test_goalposts_weights_and_directions_survive_the_way_through_coinr(tmp_path: Path) -> None:
    toml = own_folders.TOML.replace("speed = {}", "speed = { goalposts = [0, 10], weight = 2 }")
    toml = toml.replace('direction = "less" }', 'direction = "less", goalposts = [10, 0] }')
    index = open_folder(write(tmp_path / "a", toml=toml + '[method]\nnormalise = "goalposts"\n'))
    # By hand: speed 10, 20, 40 and cost 50, 30, 40, the first counting twice.
    assert results(index, 0).set_index("unit")["score"].to_dict() == pytest.approx(
        {"Cục A": 70 / 3, "Cục B": 70 / 3, "Cục C": 40}
    )
    coinr.write(index, tmp_path / "b")
    again = open_folder(tmp_path / "b")
    pd.testing.assert_frame_equal(results(again, 0), results(index, 0))


def test_the_workbook_holds_every_stage_and_how_to_redo_it(tmp_path: Path) -> None:
    story = ask_own(ASEM, "VNM", language="en")
    path = own_workbook.write_workbook(story, tmp_path / "asem.xlsx")
    with zipfile.ZipFile(path) as archive:
        assert {(each.date_time[0], each.create_system) for each in archive.infolist()} == {
            (1980, table_files.UNIX)
        }
        about = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", about)) == {"1980-01-01T"}
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames[0] == "Ranks"
    made = built(story.index, 2018)
    for title, table in (
        ("Divided 2018", made.denominated),
        ("Outliers treated 2018", made.treated),
        ("Aggregated 2018", made.aggregated),
    ):
        found = pd.read_excel(path, sheet_name=title, engine="openpyxl").set_index("unit")
        assert list(found) == ["name", *table]
        found = found[list(table)]
        pd.testing.assert_frame_equal(
            found.astype("float64"), table, check_names=False, check_index_type=False
        )
    log = dict(book["Log"].iter_rows(values_only=True))
    assert log["command"].startswith("rankings own run examples/asem --unit VNM --year 2018")
    assert re.fullmatch("[0-9a-f]{64}", log["SHA-256, table.csv"])
    told = [row[0] for row in book["Method"].iter_rows(values_only=True)]
    assert "Normalisation: min-max, from 0 to 100." in told


def test_a_text_that_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    story = ask_own(write(tmp_path / "x", own_folders.TABLE.replace("Cục A", "=1+1")))
    path = own_workbook.write_workbook(story, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(path)["Ranks"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert cell.data_type == "s"


def test_tables_are_those_of_the_questions_that_have_an_answer(tmp_path: Path) -> None:
    made = own_results.tables(ask_own(PROVINCES, "TP. Đà Nẵng"))
    # The best tenth of 63 ranks reaches beyond the five that have figures: no gap.
    assert set(made) == {"ranks", "intervals", "choices", "pillars", "strengths"}
    assert len(made["ranks"]) == 116
    written = own_results.write_tables(ask_own(PROVINCES, "TP. Đà Nẵng", band="1:3"), tmp_path)
    assert "gap.csv" in {path.name for path in written}
    assert len(read(tmp_path / "ranks.csv")) == 116


def test_names_of_folders_are_plain_and_apart() -> None:
    assert batch._name("TP. Đà Nẵng", set()) == "tp-da-nang"
    assert batch._name("Thừa Thiên - Huế", set()) == "thua-thien-hue"
    assert batch._name("東京", set()) == "unit"
    assert batch._name("tp da nang", {"tp-da-nang"}) == "tp-da-nang-2"


@pytest.mark.slow
@pytest.mark.usefixtures("one_warm_process")
def test_one_command_leads_from_a_table_to_pages(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rankings", "own", "run", str(PROVINCES), "--out", str(out)),
            *("--unit", "Đà Nẵng", "--unit", "ha noi", "--band", "1:3", "--language", "vi"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "2 of 2 notebooks done" in done.stdout
    landing = (out / "index.html").read_text(encoding="utf-8")
    for folder, name in (("tp-da-nang", "TP. Đà Nẵng"), ("tp-ha-noi", "TP. Hà Nội")):
        assert f"{folder}/index.html" in landing
        page = (out / folder / "index.html").read_text(encoding="utf-8")
        assert name in page
        assert "Hạ tầng số" in page
        assert "Traceback" not in page
    assert read(out / "tables" / "ranks.csv").shape[0] == 116
    assert (out / "export" / "provinces.xlsx").is_file()


@pytest.mark.parametrize(
    ("aggregate", "units"),
    [("arithmetic", 2), ("geometric", 9), ("harmonic", 9), ("copeland", 2)],
)
def test_every_piece_speaks_of_small_and_flat_indices(
    tmp_path: Path, aggregate: str, units: int
) -> None:
    table = "agency,a,b,c\n" + "".join(
        f"U{n},{3 + n},{1 + (7 * n) % 11},{(n * n) % 5 + n}\n" for n in range(units)
    )
    toml = '[table]\nunit = "agency"\n[indicators]\na = {}\nb = { direction = "less" }\nc = {}\n'
    toml += f'[method]\nrange = [1, 100]\naggregate = "{aggregate}"\n[varied]\ndraws = 256\n'
    for language in ("en", "vi"):
        story = ask_own(write(tmp_path, table, toml), "U1", language=language)
        for piece in PIECES:
            text = text_of(piece(story))
            assert "nan" not in text.lower().split()
            assert "{" not in text


def test_source_lines_name_the_years_that_are_read(panel: OwnStory) -> None:
    read = {
        "2019-2024": (
            *(own.coverage_table, own.support_table, own_moves.history_table),
            *(own_moves.changes_table, own_moves.forecast_table, own_moves.record_table),
        ),
        "2023-2024": (own_moves.change_table,),
        "2024": (own.neighbours_table, own.gap_table),
    }
    for years, makers in read.items():
        for make in makers:
            table = make(panel)
            assert isinstance(table, Table)
            assert table.source.startswith(f"Source: made up by a test, {years}.")
    since = own_moves.change_table(panel, since=2020)
    then = own_moves.forecast_table(ask_own(panel.folder, panel.unit, 2022))
    assert since
    assert then
    assert since.source.startswith("Source: made up by a test, 2020, 2024.")
    assert then.source.startswith("Source: made up by a test, 2019-2022.")
