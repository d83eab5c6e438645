"""Does every change of rank split into terms that add up, and are they the right terms?"""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from counting import calls
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import rankings
from rankings.analysis import change, decompose, moves, recipes
from rankings.analysis.recipes import Held
from rankings.errors import InputError
from rankings.panel import ranks
from rankings.panel.definitions import definition

EGDI = definition("EGDI")
PARTS = ["osi", "tii", "hci"]
NO_BREAKS = pd.DataFrame(
    columns=["index", "component", "edition", "previous_edition", "what_changed"]
).astype({"edition": "int64", "previous_edition": "int64"})
NO_INDICATORS = pd.DataFrame(columns=["index", "edition", "iso3", "indicator", "value"])


@pytest.fixture(scope="module")
def held() -> Held:
    world = rankings.load()
    return recipes.held(world, world.newest_year)


def panel_of(editions: dict[int, dict[str, list[float]]], printed: dict[int, list[int]]):
    """A panel of EGDI: edition -> economy -> osi, tii, hci; edition -> published ranks."""
    rows = []
    for edition, economies in editions.items():
        for place, (iso3, values) in enumerate(economies.items()):
            overall = float(EGDI.weights_of(edition)[PARTS].to_numpy() @ np.array(values))
            named = dict(zip(["egdi", *PARTS], [overall, *values], strict=True))
            for component, value in named.items():
                rank = printed[edition][place] if component == "egdi" else None
                rows.append((edition, iso3, component, value, rank))
    table = pd.DataFrame(rows, columns=["edition", "iso3", "component", "value", "published_rank"])
    return table.assign(
        index="EGDI",
        vintage=table["edition"].astype(str),
        published_year=table["edition"],
        published_rank=table["published_rank"].astype("Int64"),
    )


def small(after: dict[str, list[float]], printed: list[int]) -> change.Step:
    before = {"AAA": [0.2, 0.5, 0.5], "BBB": [0.4, 0.5, 0.5], "CCC": [0.6, 0.5, 0.5]}
    panel = panel_of({2016: before, 2018: after}, {2016: [3, 2, 1], 2018: printed})
    return change.step(Held(panel, NO_INDICATORS, NO_BREAKS), EGDI, 2016, 2018)


def places(table: pd.DataFrame, economy: str) -> dict[tuple[str, str], float]:
    rows = table.loc[table["iso3"] == economy]
    return dict(zip(zip(rows["term"], rows["component"], strict=True), rows["places"], strict=True))


# A small world


def test_own_move_is_own_and_pushes_the_passed_down() -> None:
    """A jumps from last to first by OSI alone: two own places, and one by others for B and C."""
    at = small({"AAA": [0.8, 0.5, 0.5], "BBB": [0.4, 0.5, 0.5], "CCC": [0.6, 0.5, 0.5]}, [1, 3, 2])
    table = change.split(at)
    mover, passed = places(table, "AAA"), places(table, "BBB")
    assert mover[("own", "osi")] == -2
    assert passed[("others", "osi")] == 1
    silent = {term: value for term, value in mover.items() if term != ("own", "osi")}
    assert not any(silent.values())
    assert not any(value for term, value in passed.items() if term != ("others", "osi"))


def test_points_of_own_moves_are_weight_times_change() -> None:
    at = small({"AAA": [0.8, 0.2, 0.5], "BBB": [0.4, 0.5, 0.5], "CCC": [0.6, 0.5, 0.5]}, [2, 3, 1])
    own = change.split(at, "AAA").query("term == 'own'").set_index("component")["points"]
    assert own["osi"] == pytest.approx(0.2)
    assert own["tii"] == pytest.approx(-0.1)
    assert own["hci"] == 0


def test_published_rank_of_a_hidden_digit_goes_to_rounding() -> None:
    """Two economies tie on printed digits and were ranked 2 and 3: one place is rounding."""
    after = {"AAA": [0.4, 0.5, 0.5], "BBB": [0.4, 0.5, 0.5], "CCC": [0.6, 0.5, 0.5]}
    table = change.totals(small(after, [3, 2, 1])).set_index("iso3")
    assert table.loc["AAA", "rounding"] == 1
    assert table.loc["BBB", "rounding"] == 0
    assert table.loc["AAA", "change"] == 0


def test_an_economy_that_enters_above_is_coverage() -> None:
    after = {
        "AAA": [0.2, 0.5, 0.5],
        "BBB": [0.4, 0.5, 0.5],
        "CCC": [0.6, 0.5, 0.5],
        "NEW": [0.9, 0.9, 0.9],
    }
    at = small(after, [4, 3, 2, 1])
    table = change.totals(at).set_index("iso3")
    assert list(table.index) == ["AAA", "BBB", "CCC"]
    assert (table["coverage"] == 1).all()
    assert (table[["own", "others", "rounding"]] == 0).all(axis=None)
    with pytest.raises(InputError, match=r"NEW is not ranked in EGDI 2016"):
        change.split(at, "NEW")


def test_dense_printed_ranks_are_not_taken_for_places() -> None:
    """Printed 3, 2, 2, 1 count scores (GCI): places are computed, 4, 2, 2, 1."""
    before = {
        "AAA": [0.1, 0.5, 0.5],
        "BBB": [0.4, 0.5, 0.5],
        "CCC": [0.4, 0.5, 0.5],
        "DDD": [0.6, 0.5, 0.5],
    }
    panel = panel_of({2016: before, 2018: before}, {2016: [3, 2, 2, 1], 2018: [3, 2, 2, 1]})
    at = change.step(Held(panel, NO_INDICATORS, NO_BREAKS), EGDI, 2016, 2018)
    row = change.totals(at, "AAA").iloc[0]
    assert (row["start"], row["end"], row["basis"]) == (4, 4, "computed")


def test_new_weights_are_a_method_term() -> None:
    """From 2010 (.34/.33/.33) to 2012 (equal) with the same figures only the weights move."""
    same = {"AAA": [0.60, 0.50, 0.50], "BBB": [0.50, 0.601, 0.50]}
    panel = panel_of({2010: same, 2012: same}, {2010: [1, 2], 2012: [2, 1]})
    at = change.step(Held(panel, NO_INDICATORS, NO_BREAKS), EGDI, 2010, 2012)
    terms = places(change.split(at), "AAA")
    assert terms[("method", "weights")] == 1
    assert sum(value for term, value in terms.items() if term[0] != "method") == 0


def test_editions_with_one_common_economy_are_refused() -> None:
    panel = panel_of(
        {2016: {"AAA": [0.1, 0.1, 0.1]}, 2018: {"AAA": [0.2, 0.1, 0.1]}}, {2016: [1], 2018: [1]}
    )
    with pytest.raises(InputError, match=r"too few economies .*: 1 held, 2 needed"):
        change.step(Held(panel, NO_INDICATORS, NO_BREAKS), EGDI, 2016, 2018)


# Identities

GRID = st.integers(0, 6).map(lambda tenth: tenth / 10)


def tables(rows: int = 4, parts: int = 3):
    return arrays(float, (rows, parts), elements=GRID)


def brute_force(old: np.ndarray, new: np.ndarray, economy: int) -> list[float]:
    parts = range(old.shape[1])
    players = [f"own{k}" for k in parts] + [f"others{k}" for k in parts]
    worth = {}
    for size in range(len(players) + 1):
        for group in combinations(players, size):
            own = sum((new if f"own{k}" in group else old)[economy, k] for k in parts)
            rest = sum((new if f"others{k}" in group else old)[:, k] for k in parts)
            others = pd.Series(np.delete(rest, economy))
            worth[frozenset(group)] = float(ranks.rank_against(own, others))
    return decompose.shapley(players, worth)[players].tolist()


@settings(max_examples=15, deadline=None)
@given(tables(), tables())
def test_equals_the_shapley_value_of_64_coalitions(old: np.ndarray, new: np.ndarray) -> None:
    """The vectorised split equals the plain one, ties and all."""
    moved = moves.count_moves(old, new)
    for economy in range(len(old)):
        assert moved[:, economy] == pytest.approx(brute_force(old, new, economy), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(tables(6), tables(6))
def test_moves_add_up_to_the_change_of_rank(old: np.ndarray, new: np.ndarray) -> None:
    first, last = (ranks.competition(pd.Series(each.sum(axis=1))) for each in (old, new))
    total = moves.count_moves(old, new).sum(axis=0)
    assert total == pytest.approx((last - first).to_numpy(float), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(tables(5), tables(5), st.integers(0, 4), st.integers(0, 2))
def test_what_did_not_move_gets_nothing(
    old: np.ndarray, new: np.ndarray, economy: int, part: int
) -> None:
    """own_k is 0 if the economy's k stands still; others_k is 0 if nobody else's k moves."""
    still = new.copy()
    still[economy, part] = old[economy, part]
    assert moves.count_moves(old, still)[part, economy] == 0
    alone = new.copy()
    others = np.arange(len(old)) != economy
    alone[others, part] = old[others, part]
    assert moves.count_moves(old, alone)[3 + part, economy] == 0


def test_eleven_parts_and_more_are_sampled_with_their_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """22 players have 4 million coalitions: with eleven parts the orders are sampled instead."""
    monkeypatch.setattr(decompose, "PAIRS", 60)
    generator = np.random.default_rng(4)
    old, new = generator.random((2, 12, 11)) / 11
    new[3] = old[3]  # nothing of its own moved
    new[:, 5] = old[:, 5]  # a part in which nobody moved
    places, errors = moves.estimate_moves(old, new)
    assert places.shape == errors.shape == (22, 12)
    ranked = [pd.Series(parts.sum(axis=1)).pipe(ranks.competition) for parts in (old, new)]
    assert places.sum(axis=0) == pytest.approx((ranked[1] - ranked[0]).to_numpy(float), abs=1e-9)
    assert (places[:11, 3] == 0).all()
    assert (errors[:11, 3] == 0).all()
    assert (places[[5, 16]] == 0).all()
    assert 0 < errors.max() < 0.4
    again, _ = moves.estimate_moves(old, new)
    assert (again == places).all()


def test_sampled_moves_lie_within_their_error_of_the_counted_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(2)
    old, new = generator.random((2, 8, 4))
    counted, none = moves.estimate_moves(old, new)
    assert (none == 0).all()
    monkeypatch.setattr(decompose, "EXACT", 3)
    monkeypatch.setattr(decompose, "PAIRS", 150)
    sampled, errors = moves.estimate_moves(old, new)
    assert (np.abs(sampled - counted) <= 4 * errors + 1e-12).all()
    assert 0 < errors.max() < 0.2


def test_the_method_split_is_sampled_alike(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """More changes of method than are counted: the terms still add up, with their errors."""
    at = change.step(held, EGDI, 2018, 2020)
    counted = change.split(at, "VNM")
    assert (counted["places_error"].dropna() == 0).all()
    monkeypatch.setattr(decompose, "EXACT", 0)
    monkeypatch.setattr(decompose, "PAIRS", 20)
    monkeypatch.setattr(change, "METHOD_PAIRS", 20)
    sampled = change.split(change.Step(held, EGDI, 2018, 2020, "egdi"), "VNM")
    assert list(sampled["component"]) == list(counted["component"])
    assert sampled["places"].sum() == pytest.approx(counted["places"].sum(), abs=1e-9)
    off = (sampled["places"] - counted["places"]).abs()
    assert (off <= 5 * sampled["places_error"] + 1e-9)[off.notna()].all()
    method = sampled.loc[sampled["term"] == change.METHOD, "places_error"].dropna()
    assert len(method)


@given(tables(5), st.sampled_from([1e-10, 1e10]))
def test_moves_do_not_depend_on_the_unit(old: np.ndarray, unit: float) -> None:
    new = old[::-1].copy()
    assert (
        moves.count_moves(old * unit, new * unit).tolist() == moves.count_moves(old, new).tolist()
    )


@settings(max_examples=60, deadline=None)
@given(tables(5), st.integers(0, 2), st.sampled_from([-0.3, 0.1, 0.5]))
def test_the_same_gain_for_everybody_changes_nothing(
    old: np.ndarray, part: int, gain: float
) -> None:
    new = old.copy()
    new[:, part] += gain
    assert moves.count_moves(old, new).sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(arrays(float, (16, 3), elements=st.integers(0, 20).map(float)))
def test_shapley_shares_the_whole_worth(worth: np.ndarray) -> None:
    assert moves.shapley(worth).sum(axis=0) == pytest.approx(worth[-1] - worth[0])


# The published figures


def test_viet_nam_2016_to_2018(held: Held) -> None:
    """89 to 88: 22.1 places by own moves against 21.1 by others."""
    at = change.step(held, EGDI, 2016, 2018)
    row = change.totals(at, "VNM").iloc[0]
    assert (row["start"], row["end"], row["basis"]) == (89, 88, "published")
    assert row["own"] == pytest.approx(-22.1, abs=0.05)
    assert row["others"] == pytest.approx(21.1, abs=0.05)
    terms = places(change.split(at, "VNM"), "VNM")
    own = [terms[("own", part)] for part in PARTS]
    assert own == pytest.approx([-14.5, -2.1, -5.5], abs=0.05)


def test_the_method_of_tii_2020_is_split_off(held: Held) -> None:
    """On 2018 figures the 2020 way Viet Nam is 91st in TII: 9 of the 31 places are method."""
    at = change.step(held, EGDI, 2018, 2020, "tii")
    row = change.totals(at, "VNM").iloc[0]
    assert (row["start"], row["end"], row["method"]) == (100, 69, -9)
    assert row["own"] + row["others"] == -22
    assert change.ladder(at).set_index("iso3").loc["VNM", "method"] == 91


def test_the_method_of_egdi_2020_is_split_by_what_changed(held: Held) -> None:
    at = change.step(held, EGDI, 2018, 2020)
    ladder = change.ladder(at).set_index("iso3").loc["VNM"]
    assert (ladder["published_start"], ladder["method"], ladder["published_end"]) == (88, 85, 86)
    methods = at.methods.set_index("component")["status"]
    assert methods["tii"] == methods["hci"] == change.SEPARATED
    assert methods["osi"] == methods["weights"] == change.UNCHANGED
    terms = places(change.split(at, "VNM"), "VNM")
    assert terms[("method", "tii")] + terms[("method", "hci")] == pytest.approx(-3)


@pytest.mark.parametrize(
    ("start", "end", "mixed"),
    [(2020, 2022, "osi"), (2022, 2024, "tii, hci"), (2016, 2018, "tii"), (2018, 2020, "")],
)
def test_what_cannot_be_separated_says_so(held: Held, start: int, end: int, mixed: str) -> None:
    at = change.step(held, EGDI, start, end)
    assert change.totals(at, "VNM").loc[0, "not_separable"] == mixed
    rows = change.split(at, "VNM").query("term == 'method' and status == 'not separable'")
    assert ", ".join(rows["component"]) == mixed
    assert rows["places"].isna().all()
    assert rows["reason"].str.len().gt(20).all()


def test_weights_of_2012_are_split_off(held: Held) -> None:
    methods = change.step(held, EGDI, 2010, 2012).methods.set_index("component")
    assert methods.loc["weights", "status"] == change.SEPARATED
    assert "osi 0.34 to 0.33" in methods.loc["weights", "reason"]
    assert methods.loc["hci", "status"] == change.SEPARATED
    assert methods.loc["tii", "status"] == change.NOT_SEPARABLE


@pytest.mark.parametrize(("start", "end"), [(2003, 2024), (2010, 2012), (2018, 2020), (2012, 2018)])
def test_terms_add_up_for_every_economy(held: Held, start: int, end: int) -> None:
    at = change.step(held, EGDI, start, end)
    table = change.totals(at)
    assert table[change.TERMS].sum(axis=1).to_numpy() == pytest.approx(
        table["change"].to_numpy(float), abs=1e-9
    )
    printed = held.panel.query("index == 'EGDI' and component == 'egdi'")
    printed = printed.pivot(index="iso3", columns="edition", values="published_rank")
    moved = (printed[end] - printed[start]).dropna()
    assert table.set_index("iso3")["change"].to_dict() == moved.loc[table["iso3"]].to_dict()
    points = change.split(at).groupby("iso3")["points"].sum()
    scores = held.panel.query("index == 'EGDI' and component == 'egdi'")
    scores = scores.pivot(index="iso3", columns="edition", values="value")
    gained = (scores[end] - scores[start])[points.index]
    assert points.to_numpy() == pytest.approx(gained.to_numpy(), abs=1e-9)


def test_idi_2015_uses_the_report_that_prints_sub_indices(held: Held) -> None:
    """IDI 2015 was restated without sub-indices: the split stays within the report of 2015."""
    at = change.step(held, definition("IDI"), 2010, 2015)
    row = change.totals(at, "VNM").iloc[0]
    assert (row["start"], row["end"], row["basis"]) == (94, 102, "published")
    assert row[change.TERMS].sum() == pytest.approx(8)
    cape_verde = change.split(at, "CPV").query("term == 'rounding'")["points"].iloc[0]
    assert cape_verde == pytest.approx(0.28, abs=0.01)


def test_gci_has_ten_players_and_computed_ranks(held: Held) -> None:
    at = change.step(held, definition("GCI"), 2020, 2024)
    table = change.totals(at)
    assert set(table["basis"]) == {"computed"}
    assert table[change.TERMS].sum(axis=1).to_numpy() == pytest.approx(
        table["change"].to_numpy(float), abs=1e-9
    )
    own = change.split(at, "VNM").query("term == 'own'").set_index("component")["places"]
    assert own["legal"] == own["cooperation"] == 0  # 20 of 20 in both editions
    assert (at.methods.query("component != 'weights'")["status"] == change.NOT_SEPARABLE).all()
    with pytest.raises(InputError, match=r"GCI 2020 prints no .*legal.* of YEM"):
        change.split(at, "YEM")


@pytest.mark.parametrize(
    ("index", "start", "end", "component", "words"),
    [
        ("IDI", 2017, 2023, None, "2017 is made of access, use, skills"),
        ("IDI", 2016, 2017, None, "IDI 2016 is held without"),
        ("IDI", 2024, 2025, None, "1 held, 2 needed"),
        ("GCI", 2018, 2020, None, "sub-indices of GCI 2018 are not defined"),
        ("GTMI", 2020, 2022, None, "not defined"),
        ("EGDI", 2020, 2018, None, "must be the earlier"),
        ("EGDI", 2016, 2017, None, "EGDI 2017 is not held"),
        ("EGDI", 2016, 2018, "tiii", "did you mean tii"),
    ],
)
def test_refusals_name_what_is_missing(
    held: Held, index: str, start: int, end: int, component: str | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        change.step(held, definition(index), start, end, component)


def test_an_economy_not_ranked_is_named(held: Held) -> None:
    with pytest.raises(InputError, match="CAF is not ranked in EGDI 2012"):
        change.split(change.step(held, EGDI, 2010, 2012), "CAF")


@pytest.mark.parametrize(
    ("index", "start", "end"),
    [("IDI", 2017, 2023), ("GCI", 2014, 2017), ("GCI", 2017, 2018), ("GCI", 2018, 2020)],
)
def test_steps_that_cannot_be_split_still_tell_their_method(
    held: Held, index: str, start: int, end: int
) -> None:
    methods = change.methods_between(held, definition(index), start, end)
    assert methods["status"].tolist() == [change.NOT_SEPARABLE]
    assert str(end) in methods.loc[0, "reason"]


def test_an_earlier_year_does_not_know_a_later_edition() -> None:
    then = recipes.held(rankings.load(), 2018)
    with pytest.raises(InputError, match="EGDI 2020 is not held or not known yet"):
        change.step(then, EGDI, 2018, 2020)


def test_all_economies_are_split_at_once(held: Held) -> None:
    old, new = np.random.default_rng(1).random((2, 193, 3))
    some, every = (calls(lambda n=n: moves.count_moves(old[:n], new[:n])) for n in (20, 193))
    assert some == every
    change.split(change.step(held, EGDI, 2018, 2020))
    work = calls(lambda: change.split(change.step(held, EGDI, 2018, 2020)))
    assert work < 100_000  # 25,000; one more call to pandas for each economy would be as many
