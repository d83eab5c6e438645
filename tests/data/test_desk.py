"""Many files at once, each taken, kept beside or refused; what a file would change."""

import datetime
import gzip
import json
from pathlib import Path

import pytest
import strategies as made
from click.testing import CliRunner

import rankings
from rankings import sources, store
from rankings.cli import main
from rankings.data import desk, ingest, own_store
from rankings.errors import InputError
from rankings.forecasts import registered
from rankings.pages import explain, results


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty own store."""
    folder = tmp_path / "store"
    monkeypatch.setenv("RANKINGS_STORE", str(folder))
    return folder


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of files: two that are taken, one held, one refused, and notes beside them."""
    folder = tmp_path / "files"
    (folder / "deeper").mkdir(parents=True)
    (folder / "EGOV_DATA_2018.csv").write_text(made.portal_file(2018), encoding="utf-8")
    (folder / "databank.csv").write_bytes(made.databank_file())
    (folder / "deeper" / "answer.json.gz").write_bytes(gzip.compress(made.datahub_answer()))
    (folder / "broken.csv").write_bytes(made.databank_file().replace(b"VNM", b"VNN"))
    (folder / "README.md").write_text("# notes", encoding="utf-8")
    (folder / ".hidden.csv").write_text("a,b\n", encoding="utf-8")
    return folder


STATES = {
    "EGOV_DATA_2018.csv": "held already, equal",
    "databank.csv": "fixed_broadband_per100 (2026-10-07): in use for",
    "deeper/answer.json.gz": "fixed_broadband_per100 (no date in the file): kept beside, because",
    "broken.csv": "refused: ",
}


def states(text: str, prefix: str) -> dict[str, str]:
    """What a table says of each file."""
    lines = [line.split("  ") for line in text.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {row[0].removeprefix(prefix): row[-1] for row in rows[1:] if row[0].startswith(prefix)}


def check(text: str, prefix: str) -> None:
    found = states(text, prefix)
    assert set(found) == set(STATES)
    for name, state in STATES.items():
        assert found[name].startswith(state), (name, found[name])


def test_a_folder_is_taken_file_by_file(own: Path, many: Path) -> None:
    done = CliRunner().invoke(main, ["ingest", str(many)])
    assert done.exit_code == 2, done.output
    check(done.stdout, "files/")
    assert "did you mean Viet Nam (VNM)?" in done.stdout
    assert len(own_store.records()) == 2
    again = CliRunner().invoke(main, ["ingest", str(many / "databank.csv"), str(many / "deeper")])
    assert again.exit_code == 0
    assert again.stdout.count("held already, equal") == 2
    assert len(own_store.records()) == 2


def test_a_zip_of_many_files_is_taken_like_a_folder(own: Path, many: Path, tmp_path: Path) -> None:
    paths = [path for path in many.rglob("*") if path.is_file()]
    packed = tmp_path / "many.zip"
    packed.write_bytes(
        made.archive({path.relative_to(many).as_posix(): path.read_bytes() for path in paths})
    )
    done = CliRunner().invoke(main, ["ingest", str(packed)])
    assert done.exit_code == 2, done.output
    check(done.stdout, "many.zip/")


def test_a_dry_run_of_many_files_adds_nothing(own: Path, many: Path) -> None:
    done = CliRunner().invoke(main, ["ingest", "--dry-run", str(many)])
    assert done.exit_code == 2
    assert "series fixed_broadband_per100 (2026-10-07)" in done.stdout
    assert store.own_deliveries() == []


def test_a_folder_without_data_is_refused(own: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("# notes", encoding="utf-8")
    done = CliRunner().invoke(main, ["ingest", str(tmp_path / "empty")])
    assert done.exit_code == 2
    assert "expected files of publishers, found none in the folder" in done.stderr


def test_a_file_that_contradicts_another_is_refused_and_the_first_is_taken(
    own: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "a.csv").write_bytes(made.databank_file())
    changed = made.databank_file().replace(b"Viet Nam", b"Viet Nam").split(b"\n")
    at = next(place for place, line in enumerate(changed) if b",VNM," in line)
    changed[at] = changed[at].rpartition(b",")[0] + b",99.5"
    (folder / "b.csv").write_bytes(b"\n".join(changed))
    done = CliRunner().invoke(main, ["ingest", str(folder)])
    assert done.exit_code == 2
    found = states(done.stdout, "two/")
    assert found["a.csv"].startswith("fixed_broadband_per100 (2026-10-07): in use for")
    assert "two of the files give fixed_broadband_per100 VNM 2024 2026-10-07" in found["b.csv"]


def test_a_file_that_contradicts_what_is_held_is_refused_and_the_others_are_taken(
    own: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "a.csv").write_bytes(made.databank_file())
    revised = made.portal_file(2018).replace("0.33760,0.43260,", "0.33760,0.43261,")
    assert revised != made.portal_file(2018)
    (folder / "b.csv").write_text(revised, encoding="utf-8")
    done = CliRunner().invoke(main, ["ingest", str(folder)])
    found = states(done.stdout, "two/")
    assert found["a.csv"].startswith("fixed_broadband_per100 (2026-10-07): in use for")
    assert "contradicts what is held" in found["b.csv"]
    done = CliRunner().invoke(main, ["ingest", "--replace", str(folder)])
    assert done.exit_code == 0
    assert states(done.stdout, "two/")["b.csv"] == "EGDI 2018: in use for 193 economies, 2018"


def test_what_a_file_would_change_is_said_and_nothing_is_kept(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([{"median_rank": 73}, {"median_rank": 70}])
    base = dict.fromkeys(explain.SAID) | {"band": "30:50", "target_year": 2030}
    monkeypatch.setattr(results, "headlines", lambda story: base | next(numbers))
    path = tmp_path / "EGOV_DATA_2018.csv"
    text = made.portal_file(2018).splitlines()
    at = next(place for place, line in enumerate(text) if "Viet Nam" in line)
    cells = text[at].split(",")
    tii = float(cells[7]) + 0.3
    egdi = (float(cells[5]) + float(cells[6]) + tii) / 3
    text[at] = ",".join([*cells[:3], f"{egdi:.5f}", *cells[4:7], f"{tii:.5f}"])
    path.write_text(ranked(text), encoding="utf-8")
    before = rankings.load().panel
    said = explain.explain([sources.read(path)])
    assert "EGDI 2018: in use for 193 economies, 2018" in said
    assert "values of EGDI 2018: 2 other" in said
    assert "    VNM tii: 0.389 -> 0.689" in said
    assert any(line.startswith("    VNM: 88 -> ") for line in said)
    assert "    median forecast rank: 73 -> 70" in said
    assert store.own_deliveries() == []
    assert rankings.load().panel.equals(before)


def ranked(lines: list[str]) -> str:
    """A survey's lines with the ranks of its scores."""
    scores = [float(line.split(",")[-5]) for line in lines[1:]]
    found = [lines[0]]
    for line, score in zip(lines[1:], scores, strict=True):
        cells = line.split(",")
        cells[-6] = str(1 + sum(other > score for other in scores))
        found.append(",".join(cells))
    return "\n".join(found) + "\n"


def test_what_a_new_vintage_would_change(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = dict.fromkeys(explain.SAID) | {"band": "30:50", "target_year": 2030}
    monkeypatch.setattr(results, "headlines", lambda story: base)
    rows = json.loads(made.datahub_answer())
    answer = [entry | {"answer": [{"value": "50"}]} for entry in rows]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer), encoding="utf-8")
    said = explain.explain([sources.read(path)], released="2026-09")
    assert any(line.startswith("values of fixed_broadband_per100: 0 new, ") for line in said)
    assert any(line.startswith("    VNM 2024: ") and line.endswith(" -> 50") for line in said)
    at = next(at for at, line in enumerate(said) if line.startswith("headline numbers"))
    assert said[at].endswith("none changes")
    day = datetime.datetime.now(tz=datetime.UTC).date()
    told = f"forecast of EGDI 2026 for VNM, with all figures released by {day}:"
    assert said[at + 1] == told
    assert ingest.carry_out(ingest.plan([path], released="2026-09"), released="2026-09")
    # What was said is what an entry of that day says, and before it what one said without it.
    entry = registered.register(rankings.load(), "EGDI", 2026, day=day)
    rows = store.read_csv(entry.with_suffix(".csv"))
    mine = rows.query("measure == 'EGDI' and model == 'closing gaps' and iso3 == 'VNM'").iloc[0]
    [chance] = [line for line in said[at:] if line.startswith("    chance of rank 50 or better")]
    assert chance.endswith(f"-> {100 * float(mine['chance50']):.1f} %")
    [median] = [line for line in said[at:] if line.startswith("    median rank")] or ["-> 71"]
    assert median.endswith(f"-> {mine['median']}")
    assert explain.explain([sources.read(path)], released="2026-09") == [
        "nothing would change: all of it is held already"
    ]


def test_a_store_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, many: Path) -> None:
    monkeypatch.setenv("RANKINGS_STORE", "")
    read = list(desk.read_all(desk.expand([many])))
    with pytest.raises(InputError, match="there is no own store"):
        desk.take(read)


def test_a_folder_of_one_file_is_a_folder(own: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "databank.csv").write_bytes(made.databank_file())
    done = CliRunner().invoke(main, ["ingest", str(tmp_path / "one")])
    assert done.exit_code == 0, done.output
    assert states(done.stdout, "one/")["databank.csv"].startswith("fixed_broadband_per100")
