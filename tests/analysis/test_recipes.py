"""Do the recipes rebuild what was published, and does a what-if say what would have been?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rankings
from rankings.analysis import driver_whatif, recipes
from rankings.analysis.recipes import Held, Node, Recipe
from rankings.errors import DataError, InputError
from rankings.panel.definitions import definition

EGDI = definition("EGDI")
IDI = definition("IDI")


@pytest.fixture(scope="module")
def held() -> Held:
    world = rankings.load()
    return recipes.held(world, world.newest_year)


@pytest.fixture(scope="module")
def reproduced(held: Held) -> pd.DataFrame:
    return recipes.reproduction(held).set_index(["component", "edition"])


def recipe(nodes: dict[str, Node], caps: dict[str, float] | None = None) -> Recipe:
    return Recipe("small", "EGDI", "top", (2000, 2000), 1, nodes, caps or {}, {})


FIGURES = pd.DataFrame(
    {"users": [10.0, 20.0, 30.0], "phones": [100.0, 150.0, 50.0]}, index=["AAA", "BBB", "CCC"]
)


# A small world


def test_z_scores_are_averaged_and_rescaled() -> None:
    """users: -a, 0, a and phones: 0, a, -a with a = sqrt(1.5): means -a/2, a/2, 0."""
    tree = recipe({"top": Node({"users": 1, "phones": 1}, "z-score", "min-max")})
    assert recipes.rebuild(tree, FIGURES)["top"].tolist() == pytest.approx([0.0, 1.0, 0.5])


def test_caps_cut_off_before_anything_else() -> None:
    tree = recipe({"top": Node({"phones": 1}, "plain", "min-max")}, {"phones": 100})
    assert recipes.rebuild(tree, FIGURES)["top"].tolist() == [1, 1, 0]


def test_a_tree_is_climbed_from_the_leaves() -> None:
    tree = recipe(
        {
            "top": Node({"low": 3, "users": 1}),
            "low": Node({"phones": 1}, divide_by=10),
        }
    )
    assert tree.upward("top") == ["low", "top"]
    assert tree.leaves() == ["phones", "users"]
    assert recipes.rebuild(tree, FIGURES)["top"].tolist() == [10, 16.25, 11.25]


@pytest.mark.parametrize(
    ("goalposts", "log", "values"),
    [((0, 20), False, [50, 100, 100]), ((30, 10), False, [100, 50, 0]), ((0, 30), True, None)],
)
def test_goalposts(goalposts: tuple[float, float], log: bool, values: list[float] | None) -> None:
    tree = recipe({"top": Node({"users": 1}, goalposts=goalposts, log=log)})
    expected = values or (100 * np.log([11, 21, 31]) / np.log(31)).tolist()
    assert recipes.rebuild(tree, FIGURES)["top"].tolist() == pytest.approx(expected)


def test_a_missing_indicator_leaves_the_economy_out() -> None:
    tree = recipe({"top": Node({"users": 1, "phones": 1}, "plain")})
    gap = FIGURES.assign(phones=[100.0, np.nan, 50.0])
    assert recipes.rebuild(tree, gap)["top"].isna().tolist() == [False, True, False]


def test_no_variance_and_nobody_are_refused_by_name() -> None:
    tree = recipe({"top": Node({"users": 1, "phones": 1}, "z-score")})
    with pytest.raises(DataError, match=r"small, top: users: all values are equal"):
        recipes.rebuild(tree, FIGURES.assign(users=5.0))
    with pytest.raises(DataError, match="no economy has all of users, phones"):
        recipes.rebuild(tree, FIGURES.assign(users=np.nan))
    with pytest.raises(InputError, match="small needs phones"):
        recipes.rebuild(tree, FIGURES[["users"]])


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 50), st.floats(-100, 100))
def test_units_do_not_matter_to_z_scores(factor: float, shift: float) -> None:
    tree = recipe({"top": Node({"users": 2, "phones": 1}, "z-score", "min-max")})
    other = FIGURES.assign(users=FIGURES["users"] * factor + shift)
    assert recipes.rebuild(tree, other)["top"].tolist() == pytest.approx(
        recipes.rebuild(tree, FIGURES)["top"].tolist(), abs=1e-9
    )


# The files


def test_every_recipe_file_is_a_tree_over_held_indicators(held: Held) -> None:
    named = set(held.indicators["indicator"])
    for each in recipes.recipes():
        assert each.root in each.nodes, each.name
        assert set(each.leaves()) <= named, each.name
        assert set(each.caps) | set(each.limits) <= set(each.leaves()), each.name
        assert set(each.nodes) == set(each.upward(each.root)), each.name


def test_a_broken_file_is_named(tmp_path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        'index = "EGDI"\nroot = "tii"\neditions = [1, 2]\ntop = 1\n[nodes.tii]\nof = { a = -1 }\n'
    )
    with pytest.raises(DataError, match=r"odd\.toml: node tii .* above 0"):
        recipes.read_recipe(path)


# Held against the published values


@pytest.mark.parametrize(
    ("component", "edition", "compared", "most", "mean"),
    [
        ("tii", 2012, 192, 0.0091, 0.0001),  # Ghana alone is off by more than 0.0002
        ("tii", 2018, 193, 0.0001, 0.00003),
        ("tii", 2022, 193, 0.0001, 0.00003),
        ("hci", 2010, 183, 0.00001, 0.00001),
        ("hci", 2012, 192, 0.0007, 0.0003),
        ("hci", 2014, 193, 0.0002, 0.0001),
        ("hci", 2018, 193, 0.0045, 0.0001),  # Monaco and Tuvalu are off
        ("hci", 2020, 193, 0.0002, 0.00005),
        ("hci", 2022, 190, 0.0003, 0.0001),
        ("osi", 2022, 193, 0.0001, 0.00003),
        ("epi", 2022, 193, 0.0001, 0.00003),
        ("universal_connectivity", 2024, 156, 0.08, 0.03),
        ("meaningful_connectivity", 2024, 113, 0.1, 0.032),
        ("overall", 2024, 109, 0.08, 0.03),
    ],
)
def test_recipes_reproduce_the_published_value(
    reproduced: pd.DataFrame, component: str, edition: int, compared: int, most: float, mean: float
) -> None:
    row = reproduced.loc[(component, edition)]
    assert row["compared"] == compared
    assert row["max_error"] < most
    assert row["mean_error"] < mean


def test_the_worst_cells_are_the_known_ones(reproduced: pd.DataFrame) -> None:
    assert reproduced.loc[("tii", 2012), "worst"] == "GHA"
    assert reproduced.loc[("hci", 2018), "worst"] == "MCO"


def test_what_cannot_be_rebuilt_says_why(reproduced: pd.DataFrame) -> None:
    notes = reproduced["note"]
    assert notes[("tii", 2020)] == "mobile_cellular_subs is held for 70 of 193 economies"
    assert notes[("hci", 2016)] == "mean_years_schooling is not held"
    assert reproduced.loc[[("tii", 2020), ("hci", 2016)], "compared"].eq(0).all()


# What if


def values(table: pd.DataFrame, column: str) -> dict[str, float]:
    return dict(zip(table["component"], table[column], strict=True))


def test_mobile_broadband_and_schooling_of_2018(held: Held) -> None:
    """Mobile broadband from 46 to 72 per 100 and a year of schooling more: 88 becomes 85."""
    changes = {"active_mobile_broadband_subs": 72, "mean_years_schooling": 9}
    table = driver_whatif.what_if(held, EGDI, "VNM", changes, 2018)
    before, after = values(table, "rank_before"), values(table, "rank_after")
    assert (before["egdi"], before["tii"], before["hci"]) == (88, 100, 120)
    assert (after["egdi"], after["tii"], after["hci"]) == (85, 90, 114)
    gain = {name: values(table, "after")[name] - values(table, "before")[name] for name in before}
    assert gain["egdi"] == pytest.approx((gain["tii"] + gain["hci"]) / 3, abs=1e-9)
    assert gain["osi"] == 0
    # The z-scores of all others are taken anew, so they shift, by next to nothing.
    assert 0 < values(table, "others_shift")["tii"] < 0.001


def test_no_change_gives_the_published_figures(held: Held) -> None:
    table = driver_whatif.what_if(held, EGDI, "VNM", {})
    assert table["edition"].unique().tolist() == [2022]
    assert table["before"].tolist() == table["after"].tolist()
    assert table["rank_before"].tolist() == table["rank_after"].tolist()
    now = {"active_mobile_broadband_subs": 46.44}
    assert driver_whatif.what_if(held, EGDI, "VNM", now, 2018)["rank_after"][0] == 88


def test_caps_are_respected_and_said(held: Held) -> None:
    steps = driver_whatif.applied(held, EGDI, "VNM", {"active_mobile_broadband_subs": 130}).iloc[0]
    assert (steps["used"], steps["cap"], steps["capped"]) == (120, 120, True)
    free = driver_whatif.applied(held, EGDI, "VNM", {"mean_years_schooling": 9}).iloc[0]
    assert free["used"] == 9
    assert not free["capped"]
    over, at = (
        driver_whatif.what_if(held, EGDI, "VNM", {"active_mobile_broadband_subs": value})
        for value in (130, 120)
    )
    assert over["after"].tolist() == at["after"].tolist()


def test_a_change_that_moves_a_bound_shifts_everybody(held: Held) -> None:
    """Were Viet Nam far above everybody, the scale would end at Viet Nam."""
    far = {"fixed_broadband_subs": 300.0}
    table = driver_whatif.what_if(held, EGDI, "VNM", far, 2018).set_index("component")
    assert table.loc["tii", "bound"] == "highest"
    assert table.loc["tii", "others_shift"] > 0.1
    assert table.loc["tii", "rank_after"] == 1


def test_e_participation_moves_osi_and_its_own_index(held: Held) -> None:
    table = driver_whatif.what_if(held, EGDI, "VNM", {"e_information": 0.9}).set_index("component")
    assert table.loc["epi", "after"] > table.loc["epi", "before"]
    assert table.loc["osi", "after"] > table.loc["osi", "before"]
    assert table.loc["egdi", "rank_after"] < 86


def test_idi_moves_nobody_else(held: Held) -> None:
    changes = {"ind_mobile_broadband_per100": 120.0}
    table = driver_whatif.what_if(held, IDI, "VNM", changes).set_index("component")
    assert (table["others_shift"] == 0).all()
    score = 100 * (120 - 96.9) / 150
    rise = table["after"] - table["before"]
    assert rise["universal_connectivity"] == pytest.approx(score / 3)
    assert rise["overall"] == pytest.approx(score / 6)
    assert table.loc["overall", "rank_after"] == 62


def test_others_take_their_next_edition(held: Held) -> None:
    """HCI is set among the 2020 figures, TII recomputed the 2020 way, OSI carried over."""
    changes = {"active_mobile_broadband_subs": 72.0}
    table = driver_whatif.what_if(held, EGDI, "VNM", changes, 2018, driver_whatif.NEXT).set_index(
        "component"
    )
    assert table.loc["hci", "basis"] == driver_whatif.PLACED
    assert table.loc["tii", "basis"] == driver_whatif.CARRIED_NEW
    assert table.loc["osi", "basis"] == driver_whatif.CARRIED
    assert table.loc["osi", "after"] == 0.7361
    # Its own figures of 2018, not those it has in 2020 (HCI 0.6779).
    assert 0.66 < table.loc["hci", "after"] < 0.6775
    assert table.loc["tii", "after"] > 0.545  # 0.545 is 2018 the 2020 way, without the change


def test_own_indicators_of_the_next_edition_give_its_published_value(held: Held) -> None:
    """With its HCI indicators of 2020 among everybody's of 2020 it has the HCI of 2020."""
    names = ["adult_literacy", "expected_years_schooling", "gross_enrolment"]
    names += ["mean_years_schooling"]
    later = held.figures("EGDI", 2020).loc["VNM", names].to_dict()
    table = driver_whatif.what_if(held, EGDI, "VNM", later, 2018, driver_whatif.NEXT).set_index(
        "component"
    )
    assert table.loc["hci", "after"] == pytest.approx(0.6779, abs=1e-9)
    assert table.loc["hci", "rank_after"] == 117


def test_a_method_that_cannot_be_followed_is_named(held: Held) -> None:
    table = driver_whatif.what_if(
        held, EGDI, "VNM", {"mean_years_schooling": 9}, 2022, driver_whatif.NEXT
    )
    basis = values(table, "basis")
    assert basis["hci"] == basis["tii"] == driver_whatif.CARRIED_OLD
    assert basis["osi"] == driver_whatif.CARRIED


def test_others_grow_by_given_points(held: Held) -> None:
    changes = {"mean_years_schooling": 9.0}
    still = driver_whatif.what_if(held, EGDI, "VNM", changes, 2018)
    grown = driver_whatif.what_if(held, EGDI, "VNM", changes, 2018, {"tii": 0.1})
    assert values(grown, "after") == values(still, "after")
    assert values(grown, "rank_after")["tii"] > values(still, "rank_after")["tii"]
    assert values(grown, "rank_after")["osi"] == values(still, "rank_after")["osi"]


def test_nobody_grows_above_the_top_of_the_scale(held: Held) -> None:
    """All others end at 1 in TII: level with an economy at 1, above one that is not."""
    first = driver_whatif.what_if(
        held, EGDI, "VNM", {"fixed_broadband_subs": 300}, 2018, {"tii": 5}
    )
    assert values(first, "rank_after")["tii"] == 1
    last = driver_whatif.what_if(held, EGDI, "VNM", {}, 2018, {"tii": 5})
    assert values(last, "rank_after")["tii"] == 193


@pytest.mark.parametrize(
    ("index", "economy", "changes", "edition", "words"),
    [
        (EGDI, "VNM", {"mobile_broadband": 70}, 2018, "did you mean active_mobile_broadband_subs"),
        (EGDI, "VNM", {"mean_years_schooling": 9}, 2024, "possible for .*2018, 2020, 2022"),
        (EGDI, "VNM", {"internet_users": 80}, 2020, "use edition 2012 or 2018 or 2022"),
        (EGDI, "VNM", {"fixed_telephone_subs": 1}, 2022, "use edition 2012 or 2018"),
        (EGDI, "MYS", {"mean_years_schooling": 9}, 2022, "prints no .* of MYS"),
        (EGDI, "HKG", {"mean_years_schooling": 9}, 2022, "HKG is not in EGDI 2022"),
        (EGDI, "VNM", {"mean_years_schooling": -1}, 2022, "0 or more"),
        (EGDI, "VNM", {"mean_years_schooling": float("nan")}, 2022, "0 or more"),
        (EGDI, "VNM", {"adult_literacy": 101}, 2022, "cannot be above 100"),
        (definition("GCI"), "VNM", {"laws": 1}, None, "no indicators below GCI are held"),
        (IDI, "USA", {"ind_own_mobile_phone_pct": 90}, 2024, "of USA"),
    ],
)
def test_refusals_name_what_would_work(
    held: Held, index, economy: str, changes: dict[str, float], edition: int | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        driver_whatif.what_if(held, index, economy, changes, edition)


def test_unknown_ways_for_others_are_refused(held: Held) -> None:
    with pytest.raises(InputError, match="others are 'held', 'next edition' or points"):
        driver_whatif.what_if(held, EGDI, "VNM", {}, 2018, "faster")
    with pytest.raises(InputError, match="did you mean tii"):
        driver_whatif.what_if(held, EGDI, "VNM", {}, 2018, {"tti": 0.1})
    short = replace(held, panel=held.panel.query("edition <= 2022"))
    with pytest.raises(InputError, match="no edition of EGDI after 2022"):
        driver_whatif.what_if(short, EGDI, "VNM", {}, 2022, driver_whatif.NEXT)


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"EGDI tii 2024 .* not held; it is for 2012, 2018"):
        recipes.recipe_of("EGDI", "tii", 2024)


def test_only_what_was_known_then() -> None:
    then = recipes.held(rankings.load(), 2019)
    assert driver_whatif.newest(then, EGDI) == 2018
    assert then.indicators["edition"].max() == 2018
