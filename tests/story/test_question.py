"""Checked parameters: what a story takes, and what it knows."""

import datetime

import numpy as np
import pytest

import rankings
from rankings.analysis.targets import Band
from rankings.errors import DataError, InputError
from rankings.forecasts import registry
from rankings.story import question


def test_the_default_question_is_viet_nams_newest() -> None:
    asked = rankings.ask()
    assert (asked.economy, asked.name, asked.edition) == ("VNM", "Viet Nam", 2024)
    assert asked.ahead == [2026, 2028, 2030]
    assert asked.band == Band(30, 50)


def test_seen_from_2018() -> None:
    asked = rankings.ask(as_of=2018, target_year=2020)
    assert asked.ahead == [2020]
    assert asked.edition == 2018
    assert asked.panel["published_year"].max() == 2018
    gci = asked.panel.loc[asked.panel["index"] == "GCI", "edition"]
    assert gci.max() == 2017  # GCI 2018 came out in 2019


def test_peers_are_the_members_of_that_year() -> None:
    then = rankings.ask(as_of=2018, target_year=2020).peers
    now = rankings.ask().peers
    assert len(then) == 9
    assert set(now) - set(then) == {"TLS"}  # joined in 2025
    assert rankings.ask(peers="EST,LVA").peers == ("EST", "LVA")


def test_a_deadline_between_editions_means_the_last_one_by_then() -> None:
    assert rankings.ask(target_year=2029).ahead == [2026, 2028]


def test_bands_come_from_official_targets() -> None:
    assert (
        question.resolve({"band": "ict-2020", "as_of": 2018, "target_year": 2020})["band"]
        == "30:50"
    )
    asked = question.resolve({"band": "egov-2030+egov-strategy-2030"})
    assert (asked["band"], asked["as_of"]) == ("30:50", 2025)
    with pytest.raises(InputError, match="did you mean egov-2030"):
        rankings.ask(band="egov-2031")


@pytest.mark.parametrize("value", [2020.5, True, None, "soon", datetime.date(2030, 12, 31), -1])
def test_a_target_year_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="target_year is a year"):
        rankings.ask(target_year=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["2030", " 2030 ", 2030.0, np.int64(2030), np.float64(2030)])
def test_a_target_year_is_taken_as_it_was_meant(value: object) -> None:
    asked = rankings.ask(target_year=value)  # type: ignore[arg-type]
    assert (asked.target_year, type(asked.target_year)) == (2030, int)


@pytest.mark.parametrize("value", [1850, None, "", (30, 50, 60), (30.5, 50), {"best": 30}, True])
def test_a_band_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="band is two ranks"):
        rankings.ask(band=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [["THA", "MYS"], ("MYS", "THA", "MYS"), {"THA", "MYS"}, "THA, MYS"]
)
def test_peers_may_be_a_list_and_each_counts_once(value: object) -> None:
    assert sorted(rankings.ask(peers=value).peers) == ["MYS", "THA"]  # type: ignore[arg-type]


def test_an_index_that_was_not_out_yet() -> None:
    with pytest.raises(InputError, match="nothing held was published by the end of 2001"):
        rankings.ask(as_of=2001, target_year=2010)


@pytest.mark.parametrize("year", [2003, 2005, 2009])
def test_too_few_editions_for_a_forecast_is_said_at_the_door(year: int) -> None:
    with pytest.raises(InputError, match="a forecast needs 4; use 2010 or later"):
        rankings.ask(as_of=year, target_year=2014)


def test_the_first_year_named_works() -> None:
    assert rankings.ask(as_of=2010, target_year=2014).ahead == [2012, 2014]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seed": -1}, "seed is a whole number of 0 or more"),
        ({"peers": ""}, "peers are a group or codes"),
        ({"target_year": 2100}, "no forecast reaches so far"),
        ({"band": "security-2030"}, "a target of GCI"),
    ],
)
def test_weak_input_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        rankings.ask(**given)  # type: ignore[arg-type]


def test_a_group_of_ones_own(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "groups.csv").write_text("group,iso3\nCLMV,KHM\nCLMV,LAO\nCLMV,MMR\n")
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path))
    world = rankings.World(rankings.load().fingerprint)
    assert world.groups == {"CLMV": ["KHM", "LAO", "MMR"]}
    monkeypatch.setattr("rankings.data.world.load", lambda: world)
    assert rankings.ask(peers="CLMV").peers == ("KHM", "LAO", "MMR")


def test_a_table_read_late_is_of_the_build_the_world_was_opened_on() -> None:
    world = rankings.World("another build")
    with pytest.raises(DataError, match="ask again"):
        _ = world.series


def test_groups_are_those_of_now(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKINGS_STORE", str(tmp_path))
    world = rankings.World(rankings.load().fingerprint)
    assert world.groups == {}
    (tmp_path / "groups.csv").write_text("group,iso3\nMekong,KHM\nMekong,LAO\n")
    assert world.groups == {"Mekong": ["KHM", "LAO"]}


# numpy leaves an archive it could not open half made.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", b"no archive at all"])
def test_damaged_draws_are_made_anew(tmp_path, damage: bytes) -> None:
    path = tmp_path / "draws.npz"
    path.write_bytes(damage)
    assert registry._kept(path) is None
