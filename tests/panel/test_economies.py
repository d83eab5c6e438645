"""What are economies called, and which groups do they form?"""

import pandas as pd
import pytest

from rankings.errors import InputError
from rankings.panel import economies


def test_a_known_code_comes_back(toy, held):
    assert economies.check_economy(toy.economies, "AAA") == "AAA"
    assert economies.check_economy(held.economies, "NAM") == "NAM"


@pytest.mark.parametrize("given_", ["VMN", "VNN", "Vietnm", "VIE"])
def test_viet_nam_is_suggested_for_a_slip(held, given_):
    with pytest.raises(InputError, match=r"is not an economy; did you mean VNM, Viet Nam\?"):
        economies.check_economy(held.economies, given_)


@pytest.mark.parametrize(
    "given_", ["vnm", "VN", "vn", " VNM ", "Viet Nam", "viet nam", "Vietnam", "Việt Nam"]
)
def test_viet_nam_is_understood_by_code_and_name(held, given_):
    assert economies.check_economy(held.economies, given_) == "VNM"


def test_a_name_of_two_economies_is_refused_with_both(held):
    both = r"may be KOR, Republic of Korea or PRK, Democratic People's Republic of Korea: give"
    with pytest.raises(InputError, match=both):
        economies.check_economy(held.economies, "Korea")


@pytest.mark.parametrize("given_", ["Atlantis", "", "12345"])
def test_nothing_near(held, given_):
    with pytest.raises(InputError, match="give an ISO 3166 code of three letters, as VNM"):
        economies.check_economy(held.economies, given_)


def test_names_fall_back_to_english(toy):
    assert economies.name(toy.economies, "AAA", "vi") == "An Pha"
    assert economies.name(toy.economies, "CCC", "vi") == "Gamma"
    assert economies.name(toy.economies, "AAA", "fr") == "Alpha"
    assert economies.names(toy.economies, "vi").to_dict() == {
        "AAA": "An Pha",
        "BBB": "Bê Ta",
        "CCC": "Gamma",
    }
    assert economies.names(toy.economies, "fr")["BBB"] == "Beta"


def test_names_and_name_agree(held):
    for language in ("en", "vi"):
        names = economies.names(held.economies, language)
        assert names.notna().all()
        assert names["VNM"] == economies.name(held.economies, "VNM", language)
    assert held.name("VNM", "vi") == "Việt Nam"


def test_membership_is_that_of_the_year(toy):
    assert economies.members(toy.economies, "ASEAN", 1966) == []
    assert economies.members(toy.economies, "ASEAN", 2024) == ["BBB"]
    assert economies.members(toy.economies, "ASEAN", 2025) == ["BBB", "CCC"]
    assert economies.members(toy.economies, "UN", 1959) == ["AAA"]
    assert economies.members(toy.economies, "Southern Sea", 1900) == ["BBB", "CCC"]


def test_groups_of_the_real_world(held):
    assert len(economies.members(held.economies, "ASEAN", 2018)) == 10
    assert set(economies.members(held.economies, "ASEAN", 2025)) - set(
        economies.members(held.economies, "ASEAN", 2024)
    ) == {"TLS"}
    assert len(economies.members(held.economies, "UN", 2025)) == 193
    assert set(economies.members(held.economies, "UN", 2011)) - set(
        economies.members(held.economies, "UN", 2010)
    ) == {"SSD"}


def test_every_group_offered_has_members(held):
    offered = economies.groups(held.economies)
    assert offered[:2] == ["ASEAN", "UN"]
    assert len(offered) == len(set(offered))
    for group in offered:
        assert economies.members(held.economies, group, 2025)


def test_a_list_keeps_its_order(toy):
    assert economies.members(toy.economies, "CCC, AAA", 2018) == ["CCC", "AAA"]
    assert economies.members(toy.economies, "BBB", 2018) == ["BBB"]


def test_a_group_and_its_economies_are_understood_in_any_letters(held):
    assert economies.members(held.economies, "asean", 2018) == economies.members(
        held.economies, "ASEAN", 2018
    )
    assert economies.members(held.economies, "Thailand, my", 2018) == ["THA", "MYS"]
    assert economies.members(held.economies, "estonia", 2018) == ["EST"]


def test_a_wrong_code_in_a_list(held):
    with pytest.raises(InputError, match="THI is not an economy; did you mean"):
        economies.members(held.economies, "MYS,THI", 2018)


def test_a_wrong_group_is_met_with_the_nearest(held):
    with pytest.raises(InputError, match="not a known group of peers; did you mean South-eastern"):
        economies.members(held.economies, "South-eastern Asien", 2018)


def test_one_word_that_is_neither_group_nor_code_gets_the_groups_there_are(held):
    for word in ("Foo", "Nordics"):
        with pytest.raises(InputError) as raised:
            economies.members(held.economies, word, 2018, {"Neighbours": ["THA"]})
        for group in ["Neighbours", *economies.groups(held.economies)]:
            assert group in str(raised.value)
    with pytest.raises(InputError, match=r"; or VNM$"):
        economies.members(held.economies, "VNN", 2018)


def test_peers_leave_out_the_economy_itself(seen2018, seen2025):
    assert "VNM" not in seen2018.peers
    assert (len(seen2018.peers), len(seen2025.peers)) == (9, 10)


def test_every_economy_of_the_panel_has_a_name(held):
    assert set(held.panel["iso3"]) <= set(held.economies["iso3"])
    assert not held.economies["iso3"].duplicated().any()
    assert pd.notna(held.economies["name_en"]).all()


def test_groups_that_differ_by_case_are_told_apart(toy):
    own = {"G1": ["AAA"], "g1": ["BBB"], "asean": ["AAA"]}
    assert economies.members(toy.economies, "G1", 2025, own) == ["AAA"]
    assert economies.members(toy.economies, "g1", 2025, own) == ["BBB"]
    assert economies.members(toy.economies, "ASEAN", 2025, own) == ["BBB", "CCC"]
    assert economies.members(toy.economies, "asean", 2025, own) == ["AAA"]
    with pytest.raises(InputError, match="may be ASEAN, asean"):
        economies.members(toy.economies, "Asean", 2025, own)
