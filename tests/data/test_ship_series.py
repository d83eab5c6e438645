"""A release of series in data/raw: a table of its own, source, checksums; whole or none."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import rankings
from rankings import store
from rankings.cli import main
from rankings.data import build, ship_series
from rankings.data import ship as editions
from rankings.errors import DataError, InputError

ROOT = Path(__file__).parents[2]
SERIES = "fixed_broadband_per100"
CODE, LABEL = "IT.NET.BBND.P2", "Fixed broadband subscriptions (per 100 people)"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a copy of data/raw and no own store."""
    folder = tmp_path / "project" / "data" / "raw"
    shutil.copytree(ROOT / "data" / "raw", folder)
    monkeypatch.setenv("RANKINGS_HOME", str(tmp_path / "project"))
    monkeypatch.setenv("RANKINGS_STORE", "")
    return folder


def release(path: Path, day: str = "2027-03-18", viet_nam: float = 25.5) -> Path:
    """An answer of the World Bank's interface of a later day, for two economies."""
    given = [("VNM", "VN", "2023", 24.25), ("VNM", "VN", "2024", viet_nam)]
    given += [("THA", "TH", "2023", 18.5), ("THA", "TH", "2024", None)]
    head = {"page": 1, "pages": 1, "per_page": 1000, "total": len(given), "sourceid": "2"}
    rows = [
        {
            "indicator": {"id": CODE, "value": LABEL},
            "country": {"id": short, "value": iso3},
            **{"countryiso3code": iso3, "date": year, "value": value, "unit": ""},
            **{"obs_status": "", "decimal": 1},
        }
        for iso3, short, year, value in given
    ]
    path.write_text(json.dumps([{**head, "lastupdated": day}, rows]), encoding="utf-8")
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def in_use() -> pd.Series:
    """The values that count, by year, of Viet Nam, and where they come from."""
    rows = rankings.load().series
    mine = rows.loc[(rows["series"] == SERIES) & (rows["iso3"] == "VNM") & rows["current"]]
    return mine.set_index("year")[["value", "source_id"]].loc[[2022, 2023, 2024]]


def test_a_release_becomes_a_table_and_its_values_count(raw: Path, tmp_path: Path) -> None:
    before, used = bytes_of(raw), in_use()
    file = release(tmp_path / "one.json")
    done = CliRunner().invoke(main, ["maintain", "ship-series", str(file), "--document", "WDI"])
    assert done.exit_code == 0, done.output
    name = "series_wb_api_2027_03_18"
    assert f"{name}: 3 rows" in done.stdout
    changed = {each for each, held in bytes_of(raw).items() if before.get(each) != held}
    assert changed == {f"{name}.csv", "sources.csv", "SOURCES.md", "CHECKSUMS.sha256"}
    lines = (raw / f"{name}.csv").read_text("utf-8").splitlines()
    assert lines[0] == "series,iso3,year,vintage,value,source_id,note"
    assert lines[1:] == [
        f"{SERIES},THA,2023,2027-03-18,18.5,wb-api-2027-03-18,",
        f"{SERIES},VNM,2023,2027-03-18,24.25,wb-api-2027-03-18,",
        f"{SERIES},VNM,2024,2027-03-18,25.5,wb-api-2027-03-18,",
    ]
    assert f"{name}.csv" in (raw / "CHECKSUMS.sha256").read_text("utf-8")
    now = in_use()
    assert now.loc[2022].equals(used.loc[2022])
    assert now["value"].to_dict() | {2022: 0.0} == {2022: 0.0, 2023: 24.25, 2024: 25.5}
    assert set(now.loc[[2023, 2024], "source_id"]) == {"wb-api-2027-03-18"}
    source = rankings.load().sources.set_index("source_id").loc["wb-api-2027-03-18"]
    assert source["publisher"].startswith("World Bank")
    assert editions.TO_FILL in source["how_checked"]
    assert build.series_roles()[name] == "newer"

    again = CliRunner().invoke(main, ["maintain", "ship-series", str(file)])
    assert again.exit_code == 2
    assert "in data/raw already" in again.stderr


def test_what_contradicts_or_has_no_date_or_is_an_edition_is_refused(
    raw: Path, tmp_path: Path
) -> None:
    file = release(tmp_path / "one.json")
    ship_series.ship_releases([file])
    before = bytes_of(raw)
    other = release(tmp_path / "two.json", viet_nam=26.5)
    with pytest.raises(InputError, match="contradict what is held"):
        ship_series.ship_releases([other])
    plain = tmp_path / "plain.csv"
    plain.write_text(
        f"series,iso3,year,vintage,value,source_id,note\n{SERIES},VNM,2024,,25.5,mine,\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="--released"):
        ship_series.ship_releases([plain])
    rows = rankings.load().panel.query("index == 'EGDI' and edition == 2024")
    columns = [*build.plain.KEY, "value", "printed_value", "published_rank", "reference_year"]
    edition = rows.assign(source_id="mine", note=None)[[*columns, "source_id", "note"]]
    edition.to_csv(tmp_path / "egdi.csv", index=False)
    with pytest.raises(InputError, match="ship-edition"):
        ship_series.ship_releases([tmp_path / "egdi.csv"])
    assert bytes_of(raw) == before


def test_what_does_not_build_leaves_nothing(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(raw)

    def fails() -> None:
        raise DataError("no")

    monkeypatch.setattr(build, "build", fails)
    with pytest.raises(DataError):
        ship_series.ship_releases([release(tmp_path / "one.json")])
    assert bytes_of(raw) == before
    assert not store.strays()
