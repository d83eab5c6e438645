"""Files: written whole or not at all, built the same every time, rebuilt when the raw change."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

import rankings
from rankings import store
from rankings.data import build
from rankings.errors import DataError
from rankings.sources import plain

ROOT = Path(__file__).resolve().parents[2]
LONG = [*build.INDEX_TABLES, *build.INDICATOR_TABLES, *build.SERIES_TABLES]
KEPT = {"AFG", "CMR", "DNK", "FIN", "KHM", "VNM"}
FRAME = pd.DataFrame(
    {
        "iso3": ["NAM", "VNM", None],
        "value": [0.1, 1 / 3, float("nan")],
        "rank": pd.array([1, None, 3], dtype="Int64"),
    }
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The raw tables, the long ones with a few economies only."""
    raw = tmp_path_factory.mktemp("small") / "raw"
    shutil.copytree(ROOT / "data" / "raw", raw)
    for name in LONG:
        header, *lines = (raw / f"{name}.csv").read_text(encoding="utf-8").splitlines(True)
        kept = [line for line in lines if KEPT & set(line.split(",")[:5])]
        (raw / f"{name}.csv").write_text("".join([header, *kept]), encoding="utf-8")
    return raw


@pytest.fixture
def home(small, tmp_path, monkeypatch):
    """A project of its own."""
    shutil.copytree(small, tmp_path / "data" / "raw")
    monkeypatch.setenv("RANKINGS_HOME", str(tmp_path))
    return tmp_path


def edit(home, name, old, new):
    """Change the first occurrence of a text in a raw table."""
    path = home / "data" / "raw" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def double(home, name):
    """Repeat the last line of a raw table; its number comes back."""
    path = home / "data" / "raw" / f"{name}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="utf-8")
    return len(lines) + 1


def overall(world, edition=2024):
    rows = world.panel.query("index == 'EGDI' and component == 'egdi' and edition == @edition")
    return rows.set_index("iso3")


# Files


def test_the_home_is_the_checkout_or_what_the_environment_says(home, monkeypatch):
    assert store.root() == home
    assert store.raw_folder() == home / "data" / "raw"
    monkeypatch.delenv("RANKINGS_HOME")
    assert store.root() == ROOT


def test_a_home_without_raw_tables(tmp_path, monkeypatch):
    monkeypatch.setenv("RANKINGS_HOME", str(tmp_path))
    with pytest.raises(DataError, match=f"no folder data/raw below {tmp_path}.*set RANKINGS_HOME"):
        store.root()


def test_namibia_is_not_missing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("iso2,value\nNA,1\n,n/a\n", encoding="utf-8")
    table = store.read_csv(path)
    assert table["iso2"].tolist()[0] == "NA"
    assert table["iso2"].isna().tolist() == [False, True]
    assert table["value"].tolist() == ["1", "n/a"]


def test_a_table_that_is_not_there(tmp_path, home):
    with pytest.raises(DataError, match=r"gone.csv is not in .*: restore it from the repository"):
        store.read_csv(tmp_path / "gone.csv")
    with pytest.raises(DataError, match=r"panel.parquet is not built: run `rankings build`"):
        store.read("panel")


def test_every_raw_table_that_is_gone_is_named(home):
    shipped = [*LONG, *build.PARTIAL_TABLES, "economies", "editions", "sources"]
    for name in shipped:
        path = home / "data" / "raw" / f"{name}.csv"
        away = path.rename(home / "away.csv")
        with pytest.raises(DataError, match=rf"^{name}\.csv is not in .*: restore it"):
            build.build()
        assert store.manifest() == {}
        away.rename(path)


def test_a_file_is_written_whole(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    assert store.write_text(path, "Việt Nam") == path
    assert path.read_bytes() == "Việt Nam".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("failure", [ValueError, OSError, KeyboardInterrupt])
def test_a_failing_writer_leaves_the_old_file(tmp_path, failure):
    path = store.write_text(tmp_path / "a.txt", "old")

    def half(temporary: Path) -> None:
        temporary.write_text("ha", encoding="utf-8")
        raise failure("disk full")

    with pytest.raises(failure, match="disk full"):
        store.write_whole(path, half)
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_failing_writer_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(ZeroDivisionError):
        store.write_whole(tmp_path / "a.txt", lambda _: 1 / 0)
    assert list(tmp_path.iterdir()) == []


def test_a_digest_names_files_and_bytes_in_any_order(tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("1", encoding="utf-8")
    two.write_text("2", encoding="utf-8")
    before = store.digest([one, two])
    assert store.digest([two, one]) == before
    two.write_text("3", encoding="utf-8")
    assert store.digest([one, two]) != before
    two.write_text("2", encoding="utf-8")
    assert store.digest([one, two]) == before
    assert store.digest([one, two.rename(tmp_path / "three.csv")]) != before


def test_a_digest_sees_a_change_of_the_same_length_and_time(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("a,1\n", encoding="utf-8")
    long_ago = path.stat().st_mtime - 3600
    os.utime(path, (long_ago, long_ago))
    before = store.digest([path])
    path.write_text("a,2\n", encoding="utf-8")
    os.utime(path, (long_ago, long_ago))
    assert store.digest([path]) != before


@pytest.mark.parametrize("form", ["parquet", "feather", "pickle"])
def test_the_content_digest_is_that_of_the_cells(tmp_path, form):
    path = tmp_path / "a"
    getattr(FRAME, f"to_{form}")(path)
    again = getattr(pd, f"read_{form}")(path)
    assert store.content_digest(again) == store.content_digest(FRAME)


def test_the_content_digest_sees_every_cell_and_column():
    changed = [
        FRAME.assign(value=[0.1, 1 / 3 + 1e-16, float("nan")]),
        FRAME.assign(rank=pd.array([1, 2, 3], dtype="Int64")),
        FRAME.rename(columns={"rank": "place"}),
        FRAME.iloc[::-1],
        FRAME[["value", "iso3", "rank"]],
    ]
    digests = {store.content_digest(each) for each in [FRAME, *changed]}
    assert len(digests) == 6


def test_a_saved_table_comes_back(home):
    assert store.save("small", FRAME) == store.content_digest(FRAME)
    pd.testing.assert_frame_equal(store.read("small"), FRAME)


@pytest.mark.parametrize("text", ["", "{half", "[]", "null", '{"raw": 1}'])
def test_a_broken_manifest_means_not_built(home, text):
    store.write_text(store.processed_folder() / store.MANIFEST, text)
    assert not store.is_fresh()


# Builds


def test_two_builds_give_the_same_bytes(home):
    folder = home / "data" / "processed"
    manifests, files = [], []
    for _ in range(2):
        manifests.append(build.build())
        files.append({path.name: path.read_bytes() for path in folder.iterdir()})
        shutil.rmtree(folder)
    assert manifests[0] == manifests[1]
    assert files[0] == files[1]
    assert len(files[0]) == len(manifests[0]["tables"]) + 1


@pytest.mark.slow
def test_the_manifest_is_that_of_the_tables_in_use(held):
    """The content hashes of what lies in data/processed are those of a build from scratch."""
    written = store.manifest()
    assert written["raw"] == held.fingerprint == store.raw_digest()
    for name, facts in written["tables"].items():
        table = store.read(name)
        assert (len(table), store.content_digest(table)) == (facts["rows"], facts["content"])


def test_a_build_is_fresh_until_a_raw_table_changes(home):
    assert not store.is_fresh()
    build.build()
    assert store.is_fresh()
    edit(home, "targets", "digital content share", "digital content part")
    assert not store.is_fresh()
    edit(home, "targets", "digital content part", "digital content share")
    assert store.is_fresh()
    (home / "data" / "processed" / "panel.parquet").unlink()
    assert not store.is_fresh()


def test_a_new_raw_table_is_a_change(home):
    before = store.raw_digest()
    (home / "data" / "raw" / "new.csv").write_text("a\n1\n", encoding="utf-8")
    assert store.raw_digest() != before


def test_a_stale_table_is_built_again(home):
    first = rankings.load()
    assert overall(first)["competition_rank"].to_dict() == {
        "DNK": 1,
        "FIN": 2,
        "VNM": 3,
        "KHM": 4,
        "CMR": 5,
        "AFG": 6,
    }
    edit(home, "egdi", "EGDI,2024,2024,VNM,egdi,0.77092", "EGDI,2024,2024,VNM,egdi,0.99")
    second = rankings.load()
    assert second.fingerprint != first.fingerprint
    changed = overall(second).loc["VNM"]
    assert (changed["value"], changed["competition_rank"]) == (0.99, 1)
    assert changed["published_rank"] == 71, "what was printed stays what was printed"
    assert overall(second).loc["DNK", "competition_rank"] == 2
    assert overall(first).loc["VNM", "value"] == 0.77092
    assert rankings.load() is second


def test_nothing_is_marked_as_built_where_the_raw_are_broken(home):
    build.build()
    before = (home / "data" / "processed" / store.MANIFEST).read_bytes()
    edit(home, "egdi", "0.11752", "n.a.")
    with pytest.raises(DataError):
        rankings.load()
    assert (home / "data" / "processed" / store.MANIFEST).read_bytes() == before
    assert not store.is_fresh()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("egdi", "0.11752", "n.a.", r"egdi.csv, column value, line 2: 'n.a.'"),
        ("egdi", "0.11752", "-1", r"egdi.csv, column value, line 2: .*-1"),
        ("egdi", "0.11752", "", r"egdi.csv, column value, line 2: "),
        ("egdi", "0.11752", "1e400", r"egdi.csv, column value, line 2: "),
        ("egdi", ",168,", ",168th,", r"egdi.csv, column published_rank, line 2: '168th'"),
        ("egdi", "2003,2003,AFG", "2003,2003,Afg", r"egdi.csv, column iso3, line 2: 'Afg'"),
        ("egdi", "EGDI,2003,", "EGDI,first,", r"egdi.csv, column edition, line 2: 'first'"),
        ("egdi", ",value,", ",score,", r"egdi.csv.*(value|score)"),
        ("editions", "GCI,2018,GCIv3,2019", "GCI,2018,GCIv3,soon", "column published_year.*'soon'"),
        ("editions", "GCI,2018,GCIv3", "GCI,2018,other", "editions.csv lists no GCI 2018 GCIv3"),
        (
            "targets",
            ",1,50,,,,,2020,",
            ",1,fifty,,,,,2020,",
            r"targets.csv, line 4, column rank_worst",
        ),
        ("targets", "rank_worst", "rank_last", r"targets.csv.*rank_worst"),
        ("anchors", "0.35726", "low", r"anchors.csv, line 6, column value.*'low'"),
        ("economies", "VNM,", "VNX,", "economies.csv does not explain iso3 VNM"),
        ("sources", "itu-gci-2018", "itu-gci-1818", "does not explain source_id itu-gci-2018"),
    ],
)
def test_a_wrong_cell_is_named(home, name, old, new, words):
    edit(home, name, old, new)
    with pytest.raises(DataError, match=words) as caught:
        build.build()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["egdi", "gci", "telecom", "editions", "economies", "targets"])
def test_a_doubled_key_is_named(home, name):
    line = double(home, name)
    with pytest.raises(DataError, match=rf"{name}.csv.*line ({line - 1}|{line})") as caught:
        build.build()
    assert "\n" not in str(caught.value)


def test_a_table_of_a_new_index_has_the_same_layout(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(
        "index,edition,vintage,iso3,component,value,printed_value,published_rank,"
        "reference_year,source_id,note\nNEW,2020,2020,NAM,overall,1.5,,3,,ours,\n",
        encoding="utf-8",
    )
    table = plain.load_index(path)
    assert table.loc[0, ["value", "published_rank"]].tolist() == [1.5, 3]
    assert table["edition"].dtype == "int64"
    assert table[["printed_value", "reference_year", "note"]].isna().all(axis=None)


@pytest.mark.parametrize("name", build.WHOLE)
def test_facts_are_typed(name):
    table = build.read_facts(name)
    assert len(table)
    for column in build.WHOLE[name]:
        assert table[column].dtype == "Int64"


def test_the_build_counts_are_those_of_the_raw(held):
    tables = store.manifest()["tables"]
    lines = {
        path.stem: len(pd.read_csv(path, dtype=str)) for path in store.raw_folder().glob("*.csv")
    }
    held_rows = tables["panel"]["rows"] + tables["placeholders"]["rows"]
    assert held_rows == sum(lines[name] for name in build.INDEX_TABLES)
    assert tables["series"]["rows"] == sum(lines[name] for name in build.SERIES_TABLES)
    for name in build.WHOLE:
        assert tables[name]["rows"] == lines[name]


def test_the_manifest_is_readable(home):
    written = build.build()
    path = home / "data" / "processed" / store.MANIFEST
    assert json.loads(path.read_text(encoding="utf-8")) == written


def test_a_kept_file_that_another_process_removes_is_no_error(home):
    kept = store.cached("draws", [], "rankings.store", ".npz")
    # A link to nothing is listed and cannot be looked at, as a file that is gone by then.
    (kept.parent / "draws-gone.npz").symlink_to("nowhere")
    assert store.cached("draws", [], "rankings.store", ".npz") == kept


def test_a_table_being_replaced_is_waited_for(home, monkeypatch):
    held = rankings.load()
    path = store.processed_folder() / store.MANIFEST
    text = path.read_text(encoding="utf-8")
    path.unlink()
    pauses = []

    def written(seconds):
        pauses.append(seconds)
        path.write_text(text, encoding="utf-8")

    monkeypatch.setattr("rankings.data.world.time.sleep", written)
    assert len(rankings.World(held.fingerprint).targets)
    assert len(pauses) == 1


def test_a_world_does_not_read_tables_of_a_later_build(home):
    held = rankings.World(rankings.load().fingerprint)
    edit(home, "targets", "2030", "2031")
    later = rankings.load()
    assert later.fingerprint != held.fingerprint
    with pytest.raises(DataError, match="ask again"):
        _ = held.targets
    assert later.targets.map(lambda cell: "2031" in str(cell)).any(axis=None)
