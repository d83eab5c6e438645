"""A new edition in data/raw: rows, source, edition, notes to fill in, checksums; whole or none."""

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import rankings
from rankings import store
from rankings.cli import main
from rankings.data import build, ship
from rankings.errors import DataError, InputError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a copy of data/raw and no own store."""
    folder = tmp_path / "project" / "data" / "raw"
    shutil.copytree(ROOT / "data" / "raw", folder)
    monkeypatch.setenv("RANKINGS_HOME", str(tmp_path / "project"))
    monkeypatch.setenv("RANKINGS_STORE", "")
    return folder


def edition(path: Path, label: int = 2026) -> Path:
    """The figures of the EGDI 2024 under another year, in the project's plain layout."""
    rows = rankings.load().panel.query("index == 'EGDI' and edition == 2024")
    plain = rows.assign(edition=label, vintage=str(label), source_id="mine", note=None)
    plain = plain.assign(printed_value=None, reference_year=None)
    columns = [*build.plain.KEY, "value", "printed_value", "published_rank", "reference_year"]
    plain[[*columns, "source_id", "note"]].to_csv(path, index=False)
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_edition_is_shipped_with_all_that_goes_with_it(raw: Path, tmp_path: Path) -> None:
    file = edition(tmp_path / "egdi.csv")
    before = bytes_of(raw)
    done = CliRunner().invoke(main, ["maintain", "ship-edition", str(file), "--published", "2026"])
    assert done.exit_code == 0, done.output
    assert "egdi: 965 rows added" in done.stdout
    assert "described_to" in done.stdout
    changed = {name for name, held in bytes_of(raw).items() if before[name] != held}
    assert changed == {
        *("egdi.csv", "editions.csv", "sources.csv", "breaks.csv", "editions_not_held.csv"),
        *("SOURCES.md", "CHECKSUMS.sha256"),
    }
    egdi = pd.read_csv(raw / "egdi.csv", dtype=str, keep_default_na=False)
    mine = egdi.query("edition == '2026'")
    assert set(mine["source_id"]) == {"un-egov-2026"}
    assert mine["value"].str.fullmatch(r"(0|[1-9]\d*)(\.\d*[1-9])?").all()
    keys = egdi[build.plain.KEY].to_numpy().tolist()
    assert keys == sorted(keys)
    held = rankings.load()
    assert held.newest_year == 2026
    row = held.panel.query("index == 'EGDI' and edition == 2026 and iso3 == 'VNM'")
    assert row.set_index("component").loc["egdi", "value"] == 0.77092
    assert "un-egov-2026" in set(held.sources["source_id"])
    assert held.breaks.query("edition == 2026")["what_changed"].str.contains(ship.TO_FILL).all()
    assert held.editions_not_held.query("index == 'EGDI'").empty


def test_what_was_there_is_untouched_line_by_line(raw: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_text("utf-8").splitlines() for path in raw.glob("*.csv")}
    ship.ship([edition(tmp_path / "egdi.csv")])
    for name, lines in before.items():
        now = set((raw / name).read_text("utf-8").splitlines())
        lost = [line for line in lines if line not in now]
        assert len(lost) == (1 if name == "editions_not_held.csv" else 0), name


def test_the_checksums_are_those_of_the_makefile(raw: Path, tmp_path: Path) -> None:
    shipped = (ROOT / "data" / "raw" / "CHECKSUMS.sha256").read_text("utf-8")
    assert ship.checksums(ROOT / "data" / "raw") == shipped
    ship.ship([edition(tmp_path / "egdi.csv")])
    for line in (raw / "CHECKSUMS.sha256").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((raw / name).read_bytes()).hexdigest() == digest


def test_what_is_held_or_contradicts_is_refused_and_nothing_is_written(
    raw: Path, tmp_path: Path
) -> None:
    before = bytes_of(raw)
    with pytest.raises(InputError, match="no edition in the files that is not held"):
        ship.ship([edition(tmp_path / "held.csv", 2024)])
    text = edition(tmp_path / "other.csv", 2024).read_text("utf-8")
    (tmp_path / "other.csv").write_text(text.replace(",0.77092,", ",0.79092,"), encoding="utf-8")
    with pytest.raises(InputError, match="contradict what is held"):
        ship.ship([tmp_path / "other.csv"])
    assert bytes_of(raw) == before


def test_what_does_not_build_is_put_back(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(raw)

    def fails() -> None:
        raise DataError("no")

    monkeypatch.setattr(build, "build", fails)
    with pytest.raises(DataError):
        ship.ship([edition(tmp_path / "egdi.csv")])
    assert bytes_of(raw) == before
    assert not store.strays()
