"""Forecasts on record: written once, never changed, scored when their edition is held."""

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import rankings
from rankings.cli import main
from rankings.data import ingest, own_store
from rankings.errors import DataError, InputError
from rankings.forecasts import registered
from rankings.panel import ranks
from rankings.report import entries, on_record
from rankings.tables import Prose, Table

DAY = datetime.date(2026, 11, 30)
DRAWS = 400


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty own store, and no entries of the project."""
    folder = tmp_path / "store"
    monkeypatch.setenv("RANKINGS_STORE", str(folder))
    monkeypatch.setattr(registered, "shipped_folder", lambda: tmp_path / "shipped")
    return folder


def put(index: str = "EGDI", edition: int = 2026, **others: object) -> Path:
    world = rankings.load()
    return registered.register(world, index, edition, day=DAY, draws=DRAWS, **others)


def made_up(folder: Path) -> list[Path]:
    """An EGDI 2026 in which every value stands where it stood, but the first two changed places."""
    rows = rankings.load().panel.query("index == 'EGDI' and edition == 2024")
    plain = rows.assign(edition=2026, vintage="2026", source_id="mine", note=None)
    plain = plain.assign(printed_value=None, published_rank=None)
    first, second = plain.query("component == 'egdi'").nlargest(2, "value")["iso3"]
    swapped = {first: second, second: first}
    plain["iso3"] = plain["iso3"].replace(swapped)
    columns = [*ingest.KEY, "value", "printed_value", "published_rank", "reference_year"]
    path = folder / "egdi-2026.csv"
    plain[[*columns, "source_id", "note"]].to_csv(path, index=False)
    return [path]


def test_an_entry_says_what_was_known_and_has_every_economy_and_measure(own: Path) -> None:
    head = json.loads(put().read_text(encoding="utf-8"))
    assert head["registered"] == "2026-11-30"
    assert head["seen"].startswith("not seen by us; since when it is out, if it is, is not known")
    assert any("undp-hdr-2025 2025-05" in each for each in head["known"]["releases"])
    assert any("wb-wdi-2026-08 2026-08" in each for each in head["known"]["releases"])
    assert "EGDI 2024 2024" in head["known"]["editions"]
    [entry] = registered.entries()
    counts = entry.table.groupby(["measure", "model"]).size()
    assert set(counts.index.get_level_values(0)) == {"EGDI", "OSI", "TII", "HCI", "EPI"}
    assert set(counts.index.get_level_values(1)) == {"closing gaps", "no change"}
    assert (counts == 193).all()


def test_an_entry_is_what_the_draws_say(own: Path) -> None:
    from rankings.forecasts.joint import Joint

    put()
    drawn = Joint(rankings.load(), 2025, 2026, 2018, DRAWS, known="2026-11-30").draws("EGDI")
    ranked = drawn.of("VNM")[:, 0]
    [entry] = registered.entries()
    row = entry.table.query("measure == 'EGDI' and model == 'closing gaps' and iso3 == 'VNM'")
    assert row["chance50"].item() == pytest.approx((ranked <= 50).mean(), abs=5e-5)
    assert row["chance30"].item() == pytest.approx((ranked <= 30).mean(), abs=5e-5)
    cuts = np.quantile(ranked, [0.025, 0.1, 0.5, 0.9, 0.975], method="inverted_cdf")
    found = row[["low95", "low80", "median", "high80", "high95"]].to_numpy()[0].tolist()
    assert found == cuts.tolist()
    assert row["rank_now"].item() == 71


def test_registering_again_adds_an_entry_and_touches_none(own: Path) -> None:
    first = put()
    before = {path.name: path.read_bytes() for path in first.parent.glob("egdi*")}
    second = put(seed=7)
    assert (first.stem, second.stem) == ("egdi-2026-1", "egdi-2026-2")
    assert {name: (first.parent / name).read_bytes() for name in before} == before
    listed = pd.read_csv(first.parent / "index.csv")
    assert list(listed["entry"]) == ["egdi-2026-1", "egdi-2026-2"]
    assert listed["sha256"].is_unique


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_changed_entry_is_refused_by_name(own: Path, suffix: str) -> None:
    path = put("GCI", 2027).with_suffix(suffix)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("no change", "my change", 1), encoding="utf-8")
    with pytest.raises(DataError, match="gci-2027-1 is not as it was registered on 2026-11-30"):
        registered.entries()
    path.unlink()
    with pytest.raises(DataError, match="is not there"):
        registered.entries()


@pytest.mark.parametrize(
    ("index", "edition", "said"),
    [
        ("EGDI", 2024, "is held"),
        ("EGDI", 2028, "the next edition is that of 2026"),
        ("IDI", 2026, "is out and is not held"),
        ("GCI", 2026, "the next one is assumed in 2027"),
        ("TII", 2026, "register EGDI"),
        ("GTMI", 2027, "cannot be forecast"),
    ],
)
def test_what_cannot_be_registered_says_why(own: Path, index: str, edition: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        put(index, edition)
    assert not own.exists()


def test_without_a_store_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKINGS_STORE", "")
    done = CliRunner().invoke(main, ["register", "GCI", "2027"])
    assert done.exit_code == 2
    assert "no own store to register in" in done.stderr


def test_an_edition_that_comes_is_scored_and_all_is_as_before_when_it_goes(
    own: Path, tmp_path: Path
) -> None:
    put()
    call = CliRunner().invoke
    before = rankings.load().panel
    said = call(main, ["score"]).stdout
    assert "open: own: egdi-2026-1, registered 2026-11-30: not seen by us" in said
    assert json.loads(call(main, ["score", "--json"]).stdout) == []
    [record] = ingest.carry_out(ingest.plan(made_up(tmp_path)))
    found = pd.DataFrame(json.loads(call(main, ["score", "--json"]).stdout))
    assert set(found["measure"]) == {"EGDI", "OSI", "TII", "HCI", "EPI"}
    assert set(found["model"]) == {"closing gaps", "no change", "no change, point"}
    point = found.query("measure == 'EGDI' and model == 'no change, point'")
    assert point["mae"].item() == pytest.approx(2 / 193)
    assert (found["n"] == 193).all()
    _by_hand(found)
    mine = pd.DataFrame(json.loads(call(main, ["score", "--economy", "VNM", "--json"]).stdout))
    assert mine.query("measure == 'EGDI'")["came"].tolist() == [71, 71]
    _in_a_report()
    _on_the_page()
    with pytest.raises(InputError, match="is held"):
        put()
    own_store.withdraw(record.name)
    pd.testing.assert_frame_equal(rankings.load().panel, before)
    assert json.loads(call(main, ["score", "--json"]).stdout) == []
    assert registered.beside(rankings.load())["came"].isna().all()


def _in_a_report() -> None:
    """Notebook 35 shows what was said beside what came, and the scores."""
    story = rankings.ask("VNM")
    assert story.as_of == 2026
    shown = on_record.table(story)
    assert isinstance(shown, Table)
    row = shown.frame.set_index("measure").loc["EGDI"]
    assert (row["rank_now"], row["came"]) == (71, 71)
    scored = on_record.score_table(story)
    assert isinstance(scored, Table)
    assert len(scored.frame) == 15
    before = on_record.table(rankings.ask("VNM", as_of=2018, target_year=2020))
    assert isinstance(before, Prose)


def _on_the_page() -> None:
    """The site's page has the rank that came and the scores."""
    [told] = entries.told_entries(rankings.load(), ["VNM", "THA"])
    assert told.heading == "EGDI 2026, registered on 2026-11-30 (scored)"
    shown, scored = told.tables
    assert shown.frame.set_index("iso3")["came"].to_dict() == {"VNM": 71, "THA": 52}
    point = scored.frame.query("measure == 'EGDI' and model == 'no change, point'")
    assert point["mae"].item() == pytest.approx(2 / 193)


def _by_hand(found: pd.DataFrame) -> None:
    """Brier score, coverage and median error of the EGDI, from the entry and the made-up ranks."""
    [entry] = registered.entries()
    rows = entry.table.query("measure == 'EGDI' and model == 'closing gaps'").set_index("iso3")
    panel = rankings.load().panel
    values = panel.query("index == 'EGDI' and edition == 2026 and component == 'egdi'")
    came = ranks.competition(values.set_index("iso3")["value"]).reindex(rows.index)
    row = found.query("measure == 'EGDI' and model == 'closing gaps'").iloc[0]
    hit = [float(rank <= 50) for rank in came]
    brier = sum((c - h) ** 2 for c, h in zip(rows["chance50"], hit, strict=True)) / 193
    assert row["brier50"] == pytest.approx(brier)
    inside = (came >= rows["low80"]) & (came <= rows["high80"])
    assert row["coverage80"] == pytest.approx(inside.mean())
    assert row["mae"] == pytest.approx((rows["median"] - came).abs().mean())
    cuts = np.array([text.split() for text in rows["quantiles"]], dtype=float)
    off = np.abs(cuts - came.to_numpy()[:, np.newaxis]).mean(axis=1)
    spread = np.abs(cuts[:, :, np.newaxis] - cuts[:, np.newaxis, :]).mean(axis=(1, 2)) / 2
    assert row["crps"] == pytest.approx((off - spread).mean())


def test_the_projects_entries_are_whole_and_name_what_was_not_seen() -> None:
    found = {(each.index, each.edition): each for each in registered.entries()}
    assert {("EGDI", 2026), ("IDI", 2027), ("GCI", 2027)} <= set(found)
    assert all(each.head["seen"].startswith("not seen by us") for each in found.values())
    assert "IDI 2026 is out" in found["IDI", 2027].head["seen"]
