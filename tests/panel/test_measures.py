"""What can a rank be asked of? Every name as users write it, every fact from a definition file."""

import pytest

import rankings
from rankings.errors import InputError
from rankings.panel.definitions import definitions
from rankings.panel.measures import measure, measures


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("EGDI", "EGDI"),
        ("egdi", "EGDI"),
        ("e-government", "EGDI"),
        ("E Government", "EGDI"),
        ("tii", "TII"),
        ("telecom", "TII"),
        ("Telecom (TII)", "TII"),
        ("Telecommunication Infrastructure Index", "TII"),
        ("Human capital (HCI)", "HCI"),
        ("security", "GCI"),
        ("Security (GCI)", "GCI"),
        (" gci ", "GCI"),
        ("GCI legal", "GCI:legal"),
        ("gci:legal", "GCI:legal"),
        ("legal", "GCI:legal"),
        ("idi", "IDI"),
        ("post", "2IPD"),
        ("GTMI", "GTMI"),
        ("ict", "ICT"),
    ],
)
def test_names_as_users_write_them(written: str, code: str) -> None:
    assert measure(written).code == code


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("TTI", "did you mean TII"),
        ("overall", "say IDI or GCI or 2IPD or GTMI"),
        ("happiness", "known: EGDI, OSI, TII"),
        (5, "a name as EGDI or TII, not 5"),
        ("", "known: EGDI"),
    ],
)
def test_a_name_nobody_has_is_refused_with_what_would_work(written: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        measure(written)


def test_every_component_is_a_measure_with_one_parent(held: rankings.World) -> None:
    every = measures()
    for name, index in definitions().items():
        own = {each.component: each for each in every.values() if each.index == name}
        assert set(own) == set(index.titles) - {"tier"}
        for each in own.values():
            assert (each.parent is None) == (each.component == index.overall)
            assert each.parent is None or each.parent in every
            rows = held.panel.query("index == @name and component == @each.component")
            for edition, values in rows.groupby("edition")["value"]:
                scale = each.scale(int(edition))
                inside = (values >= scale.low) & (values <= scale.high)
                assert inside.all() or (name, edition) == ("EGDI", 2003)


def test_what_a_measure_is_made_of_one_level_down() -> None:
    assert measure("EGDI").children == ("osi", "tii", "hci")
    assert set(measure("GCI").children) == {
        *("legal", "technical", "organizational", "capacity", "cooperation")
    }
    assert "internet_users" in measure("TII").children
    assert "mean_years_schooling" in measure("HCI").children
    assert "epi" in measure("OSI").children
    composite = measure("ICT")
    assert set(composite.children) == {"TII", "GCI", "HCI", "OSI"}
    assert sum(composite.weights) == pytest.approx(1)


def test_what_can_be_forecast_and_why_not() -> None:
    can = [code for code, each in measures().items() if each.forecast]
    assert can == ["EGDI", "OSI", "TII", "HCI", "EPI", "IDI", "GCI", "ICT"]
    for each in measures().values():
        assert bool(each.forecast) != bool(each.why_not)
    with pytest.raises(InputError, match="2IPD cannot be forecast: one edition is held"):
        measure("post").check_forecast()
    with pytest.raises(InputError, match="GTMI cannot be forecast: two editions"):
        measure("GTMI").check_forecast()


def test_editions_ahead_keep_a_rhythm_or_are_assumed() -> None:
    assert measure("TII").editions_ahead(2024, 2025, 2030) == [2026, 2028, 2030]
    assert measure("IDI").editions_ahead(2025, 2025, 2027) == [2026, 2027]
    # At the end of 2018 no edition of 2018 was out: the next one is that of 2019.
    assert measure("IDI").editions_ahead(2017, 2018, 2020) == [2019, 2020]
    assert measure("GCI").editions_ahead(2024, 2025, 2030) == [2027, 2030]
    assert measure("GCI").editions_ahead(2017, 2018, 2020) == [2018, 2020]
    with pytest.raises(InputError, match=r"no GCI edition .* the next one is assumed in 2027"):
        measure("GCI").editions_ahead(2024, 2025, 2026)
    with pytest.raises(InputError, match=r"no EGDI edition .* is due in 2026"):
        measure("EGDI").editions_ahead(2024, 2025, 2025)
    with pytest.raises(InputError, match="no dates of its next editions are assumed as of 2050"):
        measure("GCI").editions_ahead(2024, 2050, 2060)


def test_the_year_an_edition_speaks_of_is_the_one_in_the_table(held: rankings.World) -> None:
    rows = held.editions.dropna(subset=["reference_year"])
    for row in rows.loc[rows["index"] == "IDI"].to_dict("records"):
        assert measure("IDI").data_year(row["edition"]) == row["reference_year"]
    assert measure("GCI").data_year(2020) is None
