"""Each table of figures in data/raw is what its script writes from the compilation it is of."""

import csv
import shutil
from pathlib import Path

import beside
import pytest

from tools import first_tables, vintages

RAW = Path(__file__).parents[2] / "data" / "raw"
# Kept by hand: what publishers' documents say, a row at a time.
CATALOGUES = {"anchors", "breaks", "claims", "corrections", "economies", "editions"}
CATALOGUES |= {"editions_not_held", "sources", "targets"}
COLUMNS = ["iso3", "economy", "edition", "component", "value", "rank", "rank_basis"]


def test_every_table_is_written_by_a_script_or_named_as_kept_by_hand() -> None:
    written = {*first_tables.TABLES, *vintages.TABLES}
    assert not written & CATALOGUES
    # Releases of series since then are written by `rankings maintain ship-series`.
    found = {path.stem for path in RAW.glob("*.csv") if not path.stem.startswith("series_")}
    assert found == written | CATALOGUES


def test_what_the_scripts_write_is_what_is_shipped(tmp_path: Path) -> None:
    folder = beside.shared("figures", reason="the shipped tables are not written anew")
    for name in first_tables.TABLES:
        shutil.copy(RAW / f"{name}.csv", tmp_path)
    first_tables.main(folder, tmp_path)
    vintages.main(folder, tmp_path)
    for name in {*first_tables.TABLES, *vintages.TABLES}:
        written = (tmp_path / f"{name}.csv").read_bytes()
        assert written == (RAW / f"{name}.csv").read_bytes(), name


def test_an_edition_shipped_since_is_kept(tmp_path: Path) -> None:
    compiled(tmp_path, "egdi", "AAA,A,2024,egdi,0.3,7,published")
    rows = made(tmp_path, "egdi")
    assert first_tables.later(RAW / "egdi.csv", rows)
    assert not [
        row for row in first_tables.later(RAW / "egdi.csv", rows) if row["edition"] == "2024"
    ]


def compiled(folder: Path, name: str, *rows: str, columns: list[str] = COLUMNS) -> None:
    """A table of a compilation, made up."""
    text = "\n".join([",".join(columns), *rows])
    (folder / f"{name}.csv").write_text(text + "\n", encoding="utf-8")


def made(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows a script makes of it, by key."""

    def read(table: str) -> list[dict[str, str]]:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    _, key, make = first_tables.TABLES[name]
    return sorted(make(read), key=lambda row: [row[part] for part in key])


def test_a_rank_that_was_not_printed_is_left_out_and_a_zero_is_told(tmp_path: Path) -> None:
    compiled(
        tmp_path,
        "egdi",
        "AAA,A,2004,egdi,0.3,7,published",
        "AAA,A,2004,hci,0.0,99,derived",
        "AAA,A,2020,hci,0.0,99,derived",
        "AAA,A,2020,osi,0.0,99,derived",
    )
    rows = {(row["edition"], row["component"]): row for row in made(tmp_path, "egdi")}
    assert rows["2004", "egdi"]["published_rank"] == "7"
    assert rows["2004", "hci"]["published_rank"] == ""
    assert rows["2004", "hci"]["note"] == first_tables.NO_DATA
    assert rows["2020", "hci"]["note"] == first_tables.LOWEST
    assert (rows["2020", "osi"]["value"], rows["2020", "osi"]["note"]) == ("0", "")


def test_equal_values_with_ranks_of_their_own_name_each_other(tmp_path: Path) -> None:
    compiled(
        tmp_path,
        "egdi",
        "AAA,A,2020,egdi,0.5000,3,published",
        "BBB,B,2020,egdi,0.5,4,published",
        "CCC,C,2020,egdi,0.4,5,published",
        "DDD,D,2020,egdi,0.4,5,published",
    )
    notes = {row["iso3"]: row["note"] for row in made(tmp_path, "egdi")}
    assert "equals BBB" in notes["AAA"]
    assert "equals AAA" in notes["BBB"]
    assert notes["CCC"] == notes["DDD"] == ""


@pytest.mark.parametrize(
    ("printed", "told"), [("50.12", ""), ("50.13", first_tables.NEIGHBOUR), ("", "")]
)
def test_a_printed_score_of_another_row_is_told(tmp_path: Path, printed: str, told: str) -> None:
    columns = [*COLUMNS, "value_printed", "rank_printed"]
    compiled(tmp_path, "gci", f"AAA,A,2020,overall,50.1234,9,,{printed},", columns=columns)
    (row,) = made(tmp_path, "gci")
    assert (row["value"], row["printed_value"], row["note"]) == ("50.1234", printed, told)
