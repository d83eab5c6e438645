"""Are the tables of a page to be had as files, the same numbers, and always the same bytes?"""

import base64
import csv
import io
import re

import openpyxl
import pytest

import rankings
from rankings.pages import table_files
from rankings.report import target
from rankings.tables import Table

LINK = re.compile(r'download="([^"]+)" href="data:[^;]+(?:;charset=utf-8)?;base64,([^"]*)"')


@pytest.fixture(scope="module")
def table() -> Table:
    return target.chances_table(rankings.ask("VNM", 2018, "30:50", 2020, language="vi"))


def test_a_link_holds_the_numbers_behind_the_cells(table: Table) -> None:
    text = table._repr_mimebundle_()["text/csv"]
    name, inside = LINK.search(str(table_files.csv_link(text, "x.csv"))).groups()
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(inside).decode("utf-8-sig"))))
    assert name == "x.csv"
    assert [float(row["reach"]) for row in rows] == pytest.approx(list(table.frame["reach"]))
    assert all("UN DESA" in row["source"] for row in rows)


def test_a_workbook_has_a_sheet_a_table_with_numbers_as_numbers(table: Table) -> None:
    text = table.csv(9)
    data = table_files.workbook([text, text])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["1", "2"]
    header, first, *_others = list(book["2"].values)
    row = dict(zip(header, first, strict=True))
    assert row["edition"] == 2020
    assert row["reach"] == pytest.approx(table.frame["reach"].iloc[0])
    assert "Nguồn" in row["source"]


def test_the_same_tables_are_the_same_bytes(table: Table) -> None:
    text = table.csv(9)
    assert table_files.workbook([text]) == table_files.workbook([text])


def test_a_workbook_has_the_same_bytes_on_every_system(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = table.csv(9)
    here = table_files.workbook([text])
    monkeypatch.setattr("sys.platform", "win32")
    assert table_files.workbook([text]) == here


def test_a_text_that_a_spreadsheet_would_run_stays_text() -> None:
    data = table_files.workbook(["a,b\n'=1+1,2\n"])
    cell = openpyxl.load_workbook(io.BytesIO(data))["1"]["A2"]
    assert (cell.data_type, cell.value) == ("s", "'=1+1")


def test_numbers_that_go_with_a_notebook_have_nine_digits(table: Table) -> None:
    lines = table._repr_mimebundle_()["text/csv"].splitlines()
    held = [cell for row in csv.reader(lines[1:]) for cell in row if re.fullmatch(r"0\.\d+", cell)]
    assert held
    assert all(len(cell.lstrip("0.").replace(".", "")) <= 9 for cell in held)
