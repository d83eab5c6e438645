"""A file dropped in: recognised, compared, taken whole or refused, taken out again."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from sampling import whole

import rankings
from rankings import store
from rankings.cli import main
from rankings.data import build, ingest, own_store
from rankings.errors import DataError, InputError

ROOT = Path(__file__).parents[2]
HEADER = (
    "Survey Year,Country Name,E-Government Rank,E-Government Index,E-Participation Index,"
    "Online Service Index,Human Capital Index,Telecommunication Infrastructure Index"
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty own store; the built tables of the shipped data are not touched."""
    folder = tmp_path / "store"
    monkeypatch.setenv("RANKINGS_STORE", str(folder))
    return folder


def survey(edition: int, path: Path, change: dict[tuple[str, str], float] | None = None) -> Path:
    """A file as the portal gives it: the figures of 2024 under another year, or of an edition."""
    held = rankings.load().panel
    source = edition if edition <= 2024 else 2024
    rows = held.loc[(held["index"] == "EGDI") & (held["edition"] == source)]
    wide = rows.pivot(index="iso3", columns="component", values="value").round(5)
    for (iso3, part), value in (change or {}).items():
        wide.loc[iso3, part] = value
        wide.loc[iso3, "egdi"] = round(wide.loc[iso3, ["osi", "tii", "hci"]].mean(), 5)
    names = rankings.load().economies.set_index("iso3")["name_en"]
    rank = wide["egdi"].rank(ascending=False, method="min").astype(int)
    if source == edition and not change:
        rank = rows.loc[rows["component"] == "egdi"].set_index("iso3")["published_rank"]
    lines = [HEADER]
    for iso3, row in wide.iterrows():
        figures = ",".join(f"{row[part]:.5f}" for part in ("egdi", "epi", "osi", "hci", "tii"))
        lines.append(f'{edition},"{names[iso3]} ",{rank[iso3]},{figures}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def take(*paths: Path, **options: object) -> list[own_store.Record]:
    return ingest.carry_out(ingest.plan(paths), **options)


def test_an_edition_held_already_adds_nothing(own: Path, tmp_path: Path) -> None:
    plan = ingest.plan([survey(2018, tmp_path / "a.csv")])
    assert plan.equal == [("EGDI", 2018, "2018")]
    assert not plan.refused
    assert ingest.carry_out(plan) == []
    assert own_store.records() == []


def test_a_new_edition_is_known_everywhere_and_gone_when_withdrawn(
    own: Path, tmp_path: Path
) -> None:
    before = rankings.ask()
    [record] = take(
        survey(2026, tmp_path / "EGOV_DATA_2026.csv", {("VNM", "osi"): 0.95, ("VNM", "tii"): 0.95})
    )
    assert record.name.startswith("un-egov-")
    after = rankings.ask()
    assert (before.edition, after.edition) == (2024, 2026)
    assert after.as_of == 2026
    assert after.ahead == [2028, 2030]
    own_rows = after.panel.loc[(after.panel["iso3"] == "VNM") & (after.panel["edition"] == 2026)]
    assert set(own_rows["component"]) == {"egdi", "osi", "tii", "hci", "epi"}
    assert own_rows["delivery"].unique() == [record.name]
    said = CliRunner().invoke(main, ["show", "VNM", "--index", "EGDI", "--json"]).stdout
    assert json.loads(said)[0]["edition"] == 2026
    from rankings.report import standing
    from rankings.report import summary as page
    from rankings.story.target import later_values

    assert "EGDI 2026" in page.cutoff(after)._repr_mimebundle_()["text/plain"]
    assert "2026" in standing.answer(after)._repr_mimebundle_()["text/plain"]
    seen = rankings.ask(as_of=2018, target_year=2020)
    assert 2026 in set(later_values(seen)["edition"])
    own_store.withdraw(record.name)
    assert rankings.ask().edition == 2024
    pd.testing.assert_frame_equal(rankings.ask().panel, before.panel)


def test_other_values_for_a_held_edition_are_refused_with_the_differences(
    own: Path, tmp_path: Path
) -> None:
    path = survey(2018, tmp_path / "a.csv", {("VNM", "tii"): 0.4})
    plan = ingest.plan([path])
    assert plan.refused
    assert any("differs: EGDI 2018 VNM tii: held 0.389, given 0.4" in line for line in plan.lines())
    with pytest.raises(InputError, match="say --replace"):
        ingest.carry_out(plan)
    assert store.own_deliveries() == []


def test_replace_takes_the_files_word_and_withdraw_gives_it_back(own: Path, tmp_path: Path) -> None:
    path = survey(2018, tmp_path / "a.csv", {("VNM", "tii"): 0.4})
    [record] = take(path, replace=True)
    assert ("EGDI", 2018, "2018") in record.replaces
    panel = rankings.load().panel
    cell = panel.query("index == 'EGDI' and edition == 2018 and iso3 == 'VNM' and component=='tii'")
    assert list(cell["value"]) == [0.4]
    assert len(panel) == len(rankings.load().panel.drop_duplicates(ingest.KEY))
    own_store.withdraw(record.name)
    cell = rankings.load().panel.query(
        "index == 'EGDI' and edition == 2018 and iso3 == 'VNM' and component == 'tii'"
    )
    assert list(cell["value"]) == [0.389]


def test_a_newer_release_of_one_economy_and_year_counts_there_alone(
    own: Path, tmp_path: Path
) -> None:
    before = rankings.load().series
    page = {"page": 1, "pages": 1, "per_page": 50, "total": 1, "lastupdated": "2026-10-08"}
    row = {
        "indicator": {"id": "IT.NET.BBND.P2", "value": "Fixed broadband subscriptions (per 100)"},
        "country": {"id": "VN", "value": "Viet Nam"},
        "countryiso3code": "VNM",
        "date": "2024",
        "value": 25.5,
        "unit": "",
        "obs_status": "",
        "decimal": 2,
    }
    path = tmp_path / "page.json"
    path.write_text(json.dumps([page, [row]]), encoding="utf-8")
    [record] = take(path)
    rows = store.read("series")
    mine = rows.loc[rows["delivery"] == record.name]
    assert list(mine["vintage"]) == ["2026-10-08"]
    assert mine["current"].all()
    after = rankings.load().series
    assert len(after) == len(before)
    changed = after.merge(before, on=["series", "iso3", "year"], suffixes=("", "_before"))
    changed = changed.loc[changed["value"] != changed["value_before"]]
    assert changed[["iso3", "year", "value"]].to_numpy().tolist() == [["VNM", 2024, 25.5]]


def test_the_shipped_data_is_never_edited(own: Path, tmp_path: Path) -> None:
    before = store.digest(sorted((ROOT / "data" / "raw").glob("*")))
    take(survey(2026, tmp_path / "a.csv"))
    assert store.digest(sorted((ROOT / "data" / "raw").glob("*"))) == before


def test_a_file_that_does_not_add_up_is_refused(own: Path, tmp_path: Path) -> None:
    path = survey(2026, tmp_path / "a.csv")
    text = path.read_text(encoding="utf-8").splitlines()
    at = next(place for place, line in enumerate(text) if line.startswith('2026,"Viet Nam'))
    cells = text[at].split(",")
    cells[5] = "0.10000"
    text[at] = ",".join(cells)
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    with pytest.raises((DataError, InputError)) as refusal:
        take(path)
    assert "a.csv, line 188, column E-Government Index" in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert store.own_deliveries() == []


def test_two_files_of_one_edition_must_agree(own: Path, tmp_path: Path) -> None:
    one = survey(2026, tmp_path / "a.csv")
    two = survey(2026, tmp_path / "b.csv", {("VNM", "osi"): 0.9})
    with pytest.raises(DataError, match="two of the files give EGDI 2026"):
        ingest.plan([one, two])


def test_the_command_line_says_what_it_did(own: Path, tmp_path: Path) -> None:
    path = survey(2026, tmp_path / "a.csv")
    call = CliRunner().invoke
    dry = call(main, ["ingest", "--dry-run", str(path)])
    assert dry.exit_code == 0
    assert "new: EGDI 2026" in dry.stdout
    assert store.own_deliveries() == []
    assert call(main, ["ingest", str(path)]).exit_code == 0
    again = call(main, ["ingest", str(path)])
    assert "nothing new" in again.stdout
    listed = call(main, ["withdraw"]).stdout.split()[0]
    trace = call(main, ["trace", "VNM", "egdi", "2026"]).stdout
    assert listed in trace
    assert "SHA-256" in trace
    assert call(main, ["withdraw", listed]).exit_code == 0
    assert call(main, ["withdraw", listed]).exit_code == 2


def test_without_an_own_store_nothing_can_be_added(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = survey(2026, tmp_path / "a.csv")
    monkeypatch.setenv("RANKINGS_STORE", "")
    with pytest.raises(InputError, match="there is no own store"):
        take(path)


def test_a_full_disk_leaves_the_store_as_it_was(own: Path, tmp_path: Path) -> None:
    """A size limit on files stands in for the full disk: tests may run as root."""
    path = survey(2026, tmp_path / "a.csv")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rankings.data import ingest\n"
        "from rankings.errors import InputError\n"
        "wanted = ingest.plan([Path(sys.argv[1])])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    ingest.carry_out(wanted)\n"
        "except InputError as refusal:\n"
        "    print('refused:', refusal)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env=os.environ | {"RANKINGS_STORE": str(own)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused:" in done.stdout, done.stderr
    assert "nothing was added" in done.stdout
    assert store.own_deliveries() == []
    assert not list(own.glob(".incoming-*"))


KILLED = """
import os, signal, sys
from rankings.cli import main

def die(event, told):
    if event == sys.argv[2] and sys.argv[3] in str(told[0]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
main(["ingest", sys.argv[1]])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "name", "rows"),
    [
        pytest.param("open", "index.csv", 0, marks=whole),
        pytest.param("open", "delivery.json", 0, marks=whole),
        ("os.rename", ".incoming-", 0),  # the moment that counts: before it nothing is there
        ("os.remove", "manifest.json", 965),
        pytest.param("os.rename", ".panel.parquet.", 965, marks=whole),
        ("os.rename", ".manifest.json.", 965),
    ],
)
def test_killed_half_way_the_store_is_old_or_new(
    own: Path, tmp_path: Path, event: str, name: str, rows: int
) -> None:
    """Killed just before a step on the disk: the edition is there whole, or not at all."""
    path = survey(2026, tmp_path / "a.csv")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), event, name],
        env=os.environ | {"RANKINGS_STORE": str(own)},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    panel = rankings.load().panel
    assert (panel["edition"].eq(2026) & panel["index"].eq("EGDI")).sum() == rows
    take(path)
    assert rankings.ask().edition == 2026


def test_a_broken_record_is_named(own: Path, tmp_path: Path) -> None:
    [record] = take(survey(2026, tmp_path / "a.csv"))
    (own / record.name / "delivery.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="rankings withdraw"):
        build.build()
    own_store.withdraw(record.name)
    build.build()


# Which delivery counts.


def vnm(edition: int, component: str = "egdi") -> float:
    """A value of Viet Nam in the EGDI, as it counts now."""
    rows = rankings.load().panel.query(
        "index == 'EGDI' and edition == @edition and iso3 == 'VNM' and component == @component"
    )
    [value] = rows["value"]
    return float(value)


def test_the_last_of_several_corrections_counts_and_withdrawing_it_brings_back_the_one_before(
    own: Path, tmp_path: Path
) -> None:
    first = survey(2018, tmp_path / "a.csv", {("VNM", "tii"): 0.4})
    second = survey(2018, tmp_path / "b.csv", {("VNM", "tii"): 0.5})
    [one] = take(first, replace=True)
    [two] = take(second, replace=True)
    assert vnm(2018, "tii") == 0.5
    [again] = take(first, replace=True)
    assert again.name not in (one.name, two.name)
    assert vnm(2018, "tii") == 0.4
    said = CliRunner().invoke(main, ["trace", "VNM", "tii", "2018"]).stdout
    assert f"kept beside    0.5 in {two.name}" in said
    assert f"kept beside    0.389 in {own_store.SHIPPED}" in said
    assert CliRunner().invoke(main, ["check"]).stdout.count("kept beside, because") >= 2
    own_store.withdraw(again.name)
    assert vnm(2018, "tii") == 0.5
    own_store.withdraw(one.name)
    assert vnm(2018, "tii") == 0.5
    own_store.withdraw(two.name)
    assert vnm(2018, "tii") == 0.389


def test_a_correction_of_an_added_edition_outlives_the_file_it_corrects(
    own: Path, tmp_path: Path
) -> None:
    [first] = take(survey(2026, tmp_path / "a.csv"), published=2025)
    [second] = take(survey(2026, tmp_path / "b.csv", {("VNM", "osi"): 0.99}), replace=True)
    own_store.withdraw(first.name)
    assert vnm(2026, "osi") == 0.99
    known = rankings.load().editions.query("index == 'EGDI' and edition == 2026")
    assert list(known["published_year"]) == [2025]
    own_store.withdraw(second.name)
    assert rankings.ask().edition == 2024


def parts(tmp_path: Path) -> list[Path]:
    """The EGDI 2026 in two tables of the plain layout: the overall value, and its parts."""
    rows = rankings.load().panel.query("index == 'EGDI' and edition == 2024")
    plain = rows.assign(edition=2026, vintage="2026", source_id="mine", note=None)
    columns = [*ingest.KEY, "value", "printed_value", "published_rank", "reference_year"]
    plain = plain.assign(printed_value=None, published_rank=None)[[*columns, "source_id", "note"]]
    paths = [tmp_path / "overall.csv", tmp_path / "parts.csv"]
    overall = plain["component"] == "egdi"
    plain.loc[overall].to_csv(paths[0], index=False)
    plain.loc[~overall].to_csv(paths[1], index=False)
    return paths


@pytest.mark.parametrize("gone", [0, 1])
def test_an_edition_that_lost_a_file_answers_nothing_and_hinders_nothing(
    own: Path, tmp_path: Path, gone: int
) -> None:
    before = rankings.load().panel
    records = take(*parts(tmp_path))
    assert rankings.ask().edition == 2026
    done = CliRunner().invoke(main, ["withdraw", records[gone].name])
    assert done.exit_code == 0, done.output
    pd.testing.assert_frame_equal(rankings.load().panel, before)
    assert rankings.ask().edition == 2024
    checked = CliRunner().invoke(main, ["check"])
    assert checked.exit_code == 1
    assert "EGDI 2026 (2026) is listed and no value of it counts" in checked.stdout
    assert records[1 - gone].name in checked.stdout
    own_store.withdraw(records[1 - gone].name)
    assert CliRunner().invoke(main, ["check"]).exit_code == 0


def release(path: Path, date: str, value: float, years: range, codes: dict[str, str]) -> Path:
    """A page of the World Bank's API: one value for all."""
    rows = [
        {
            "indicator": {"id": "IT.NET.BBND.P2", "value": "Fixed broadband subscriptions"},
            "country": {"id": iso2, "value": rankings.load().name(iso3, "en")},
            "countryiso3code": iso3,
            "date": str(year),
            "value": value,
        }
        for iso3, iso2 in codes.items()
        for year in years
    ]
    page = {"page": 1, "pages": 1, "per_page": 5000, "total": len(rows), "lastupdated": date}
    path.write_text(json.dumps([page, rows]), encoding="utf-8")
    return path


def broadband(iso3: str = "VNM") -> dict[int, float]:
    rows = rankings.load().series.query("series == 'fixed_broadband_per100' and iso3 == @iso3")
    return dict(zip(rows["year"], rows["value"], strict=True))


def test_an_older_release_added_later_is_kept_beside_and_said_to_be(
    own: Path, tmp_path: Path
) -> None:
    codes = {"VNM": "VN", "THA": "TH"}
    new = release(tmp_path / "new.json", "2026-10-07", 31.0, range(2020, 2025), codes)
    old = release(tmp_path / "old.json", "2026-09-01", 21.0, range(2019, 2025), codes)
    call = CliRunner().invoke
    said = call(main, ["ingest", str(new)]).stdout
    assert "(2026-10-07): in use for 2 economies, 2020-2024" in said
    said = call(main, ["ingest", str(old)]).stdout
    assert "(2026-09-01): in use for 2 economies, 2019; 10 of 12 values kept beside" in said
    assert broadband()[2024] == 31.0
    assert broadband()[2019] == 21.0
    name = next(each.name for each in own_store.records() if each.file == "new.json")
    said = call(main, ["withdraw", name]).stdout
    assert "in use for 2 economies, 2019-2024" in said
    assert broadband()[2024] == 21.0


def test_the_same_release_packed_anew_is_held_already_and_another_value_of_it_is_refused(
    own: Path, tmp_path: Path
) -> None:
    codes = {"VNM": "VN"}
    take(release(tmp_path / "a.json", "2026-10-07", 31.0, range(2020, 2025), codes))
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.json").read_bytes(), mtime=7))
    assert take(packed) == []
    other = release(tmp_path / "b.json", "2026-10-07", 32.0, range(2020, 2025), codes)
    with pytest.raises(InputError, match="5 other values"):
        take(other)
    [record] = take(other, replace=True)
    assert record.order == 2
    assert broadband()[2024] == 32.0


def test_a_file_without_a_date_counts_from_its_newest_year_or_from_the_date_given(
    own: Path, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "series,iso3,year,vintage,value,source_id,note\n"
        "fixed_broadband_per100,VNM,2024,,77,mine,\n",
        encoding="utf-8",
    )
    said = CliRunner().invoke(main, ["ingest", str(path)]).stdout
    assert "(no date in the file): kept beside, because data/raw is newer (2026-08)" in said
    assert broadband()[2024] != 77
    said = CliRunner().invoke(main, ["ingest", "--released", "2026-10", str(path)]).stdout
    assert "(2026-10): in use for 1 economy, 2024" in said
    assert broadband()[2024] == 77
    refused = CliRunner().invoke(main, ["ingest", "--released", "soon", str(path)])
    assert refused.exit_code == 2


def test_a_page_with_some_economies_of_an_edition_held_contradicts_nothing(
    own: Path, tmp_path: Path
) -> None:
    path = parts(tmp_path)[0]
    text = path.read_text(encoding="utf-8").replace(",2026,2026,", ",2024,2024,")
    path.write_text("\n".join(text.splitlines()[:13]) + "\n", encoding="utf-8")
    plan = ingest.plan([path])
    assert not plan.refused
    assert any("not in the file and kept as held: 181 values" in line for line in plan.lines())
    assert ingest.carry_out(plan) == []
