"""What would it take to stand in the band?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import rankings
from rankings.analysis import targets
from rankings.analysis.targets import Band
from rankings.errors import InputError
from rankings.forecasts.draws import Draws
from rankings.panel import ranks
from rankings.panel.measures import measure

EGDI = measure("EGDI")


def typed(scores, spread=1.0):
    """Draws with these scores, array (draws, editions, economies)."""
    array = np.asarray(scores, dtype=float)
    codes = tuple(f"E{place}" for place in range(array.shape[2]))
    editions = tuple(range(2020, 2020 + 2 * array.shape[1], 2))
    return Draws("typed", "TOY", 2018, editions, codes, array, spread)


def share_within(draws, economy, rank, added, ahead=0):
    """Share of draws in which the economy, given so many points more, ranks so well or better."""
    scores = draws.scores[:, ahead, :].copy()
    own = scores[:, draws.place(economy)] + added
    others = np.delete(scores, draws.place(economy), axis=1)
    return float(((others > own[:, None] + ranks.TOLERANCE).sum(axis=1) + 1 <= rank).mean())


@pytest.mark.parametrize("text", ["30:50", "30-50", "30–50", " 30 : 50 "])
def test_a_band_of_ranks(held, text):
    wanted = targets.band(text, held.targets)
    assert wanted == Band(30, 50)
    assert str(wanted) == "30:50"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("egov-2030+egov-strategy-2030", Band(30, 50)),
        ("egov-strategy-2030+egov-2030", Band(30, 50)),
        ("ict-2020", Band(30, 50)),
        ("egov-2020", Band(1, 50)),
        ("egov-strategy-2030", Band(1, 30)),
    ],
)
def test_a_band_of_official_targets(held, text, expected):
    assert targets.band(text, held.targets) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50:30", "band 50:30 is the wrong way round: did you mean 30:50"),
        ("0:50", "band 0:50: the best rank there is is 1"),
        ("top fifty", "'top fifty' is not a band of ranks as 30:50"),
        ("egov-2031", "did you mean egov-2030"),
        ("egov-2030+nonsense", "'nonsense' is not a known target"),
        ("content-2020", "'content-2020' is not a known target"),
        ("", "is not a band of ranks"),
        ("30", "is not a band of ranks"),
        ("-5:50", "is not a band of ranks"),
    ],
)
def test_what_is_no_band(held, text, words):
    with pytest.raises(InputError, match=words):
        targets.band(text, held.targets)


@given(st.integers(1, 300), st.integers(0, 300))
def test_a_band_reads_what_it_writes(best, width):
    wanted = Band(best, best + width)
    nothing = pd.DataFrame(columns=["id", "rank_best", "rank_worst"])
    assert targets.band(str(wanted), nothing) == wanted


def test_a_band_must_lie_among_the_economies():
    assert Band(30, 193).check(193) == Band(30, 193)
    with pytest.raises(InputError, match="band 30:194 reaches beyond rank 193"):
        Band(30, 194).check(193)
    with pytest.raises(InputError, match="band 30:500 reaches beyond rank 193"):
        rankings.ask(band="30:500")


def test_who_set_the_band(held):
    both = targets.official(held.targets, "VNM", Band(30, 50), 2030, EGDI)
    assert sorted(both["id"]) == ["egov-2030", "egov-strategy-2030"]
    assert list(targets.official(held.targets, "VNM", Band(30, 50), 2020, EGDI)["id"]) == [
        "egov-2020",
        "ict-2020",
    ]
    assert targets.official(held.targets, "THA", Band(30, 50), 2030, EGDI).empty
    assert targets.official(held.targets, "VNM", Band(20, 60), 2030, EGDI).empty


def test_needed_by_hand():
    """Own score 0; the score to beat for rank 2 is 1, 2, ... 10 over ten draws."""
    scores = np.zeros((10, 1, 4))
    scores[:, 0, 1], scores[:, 0, 2], scores[:, 0, 3] = 100, np.arange(1, 11), -5
    table = targets.needed(typed(scores, spread=4), "E0", 2, (0.5, 0.9, 1.0)).set_index("certainty")
    assert 5 <= table.loc[0.5, "points"] < 6
    assert 9 <= table.loc[0.9, "points"] < 10
    assert table.loc[1.0, "points"] == 10
    assert table.loc[1.0, "standing"] == table.loc[1.0, "per_edition"] == 2.5


def test_needed_is_spread_over_the_editions_ahead():
    scores = np.zeros((10, 3, 2))
    scores[:, :, 1] = 6
    table = targets.needed(typed(scores, spread=2), "E0", 1, (0.5,))
    assert table["editions_ahead"].tolist() == [1, 2, 3]
    assert table["points"].tolist() == [6, 6, 6]
    assert table["per_edition"].tolist() == [3, 1.5, 1]


def test_nothing_is_needed_where_the_chance_is_there():
    scores = np.zeros((10, 1, 2))
    scores[:, 0, 0] = 1
    assert (targets.needed(typed(scores), "E0", 1)["points"] == 0).all()


@given(
    st.integers(0, 10_000),
    st.integers(2, 120),
    st.integers(1, 4),
    st.sampled_from([0.1, 0.5, 0.8, 0.95]),
)
def test_needed_is_enough_and_not_more_on_the_same_draws(seed, count, rank, certainty):
    scores = np.random.default_rng(seed).normal(loc=[0, 1, 2, 1, 0], size=(count, 1, 5))
    draws = typed(scores)
    points = targets.needed(draws, "E0", rank, (certainty,))["points"].item()
    assert share_within(draws, "E0", rank, points + 1e-8) >= certainty - 1e-12
    lacking = np.sort(np.sort(scores[:, 0, 1:], axis=1)[:, -rank] - scores[:, 0, 0])
    enough = int(np.ceil(round(certainty * count, 9))) - 1
    if lacking[enough] > 0:
        assert share_within(draws, "E0", rank, lacking[enough] - 1e-8) < certainty
        assert points <= lacking[min(enough + 1, count - 1)]


def test_needed_where_the_chance_is_known():
    """A standard normal against 2: q takes 2 + Phi^-1(q)."""
    scores = np.full((40_000, 1, 2), 2.0)
    scores[:, 0, 0] = np.random.default_rng(8).normal(size=40_000)
    table = targets.needed(typed(scores), "E0", 1, (0.1, 0.5, 0.8, 0.95))
    assert table["points"].to_numpy() == pytest.approx(2 + norm.ppf(table["certainty"]), abs=0.03)


def test_the_last_rank_needs_nothing():
    """`ask` accepts a band down to the last rank, and everybody has that one."""
    scores = np.random.default_rng(1).normal(size=(20, 1, 4))
    assert (targets.needed(typed(scores), "E0", 4)["points"] == 0).all()


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_more_certainty_and_a_better_rank_take_more(seed, rank):
    draws = typed(np.random.default_rng(seed).normal(loc=[0, 1, 2, 1, 0], size=(50, 2, 5)))
    better, worse = (targets.needed(draws, "E0", each)["points"] for each in (rank, rank + 1))
    assert (better >= worse).all()
    assert (np.diff(better.to_numpy().reshape(2, 3), axis=1) >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("rank", [30, 50])
def test_needed_for_viet_nam_in_2020(seen2018, walk2018, rank):
    for row in targets.needed(walk2018, "VNM", rank).to_dict("records"):
        assert share_within(walk2018, "VNM", rank, row["points"]) >= row["certainty"]
        assert share_within(walk2018, "VNM", rank, row["points"] - 0.001) < row["certainty"]
        assert row["standing"] == pytest.approx(row["points"] / seen2018.scores.std(ddof=0))


def test_an_even_chance_in_2020_takes_about_the_gap_of_2018(seen2018, walk2018):
    needed = targets.needed(walk2018, "VNM", 50, (0.5,))["points"].item()
    gap = targets.gap(seen2018.scores, "VNM", Band(30, 50))["gap"].iloc[0]
    assert needed == pytest.approx(gap, abs=0.02)


def test_changes_in_the_toy_world(toy):
    one = targets.changes(toy.known(2018), toy.index, 1)
    assert len(one) == 12
    row = one.query("iso3 == 'CCC' and start == 2014").iloc[0]
    assert (row["end"], row["start_rank"], row["end_rank"]) == (2016, 2, 1)
    standing = (
        toy.known(2018).query("component == 'overall' and iso3 == 'CCC'").set_index("edition")
    )
    assert row["change"] == pytest.approx(
        standing.loc[2016, "standing"] - standing.loc[2014, "standing"]
    )
    two = targets.changes(toy.known(2018), toy.index, 2)
    assert sorted(set(zip(two["start"], two["end"], strict=True))) == [
        (2010, 2014),
        (2012, 2016),
        (2014, 2018),
    ]


def test_changes_need_both_ends(toy):
    gone = toy.known(2018).query("not (iso3 == 'AAA' and edition == 2014)")
    assert len(targets.changes(gone, toy.index, 1).query("iso3 == 'AAA'")) == 2


@pytest.mark.parametrize("editions", [5, 6, 9])
def test_no_changes_over_more_editions_than_there_are(toy, editions):
    assert targets.changes(toy.known(2018), toy.index, editions).empty


def test_who_ever_grew_so_fast():
    achieved = pd.DataFrame({"iso3": ["AAA", "AAA", "BBB"], "change": [0.2, 0.5, 0.1]})
    fast = targets.ever_achieved(achieved, 0.2)
    assert fast[["spans", "spans_fast", "economies", "economies_fast"]].tolist() == [3, 2, 2, 1]
    assert fast["share"] == 0.5
    assert targets.ever_achieved(achieved, 0.6)["economies_fast"] == 0
    assert targets.ever_achieved(achieved, 0.0)["share"] == 1


def test_nobody_could_grow_where_no_span_is_long_enough():
    nobody = targets.ever_achieved(pd.DataFrame({"iso3": [], "change": []}), 0.2)
    assert (nobody["economies"], nobody["economies_fast"]) == (0, 0)


@settings(max_examples=30)
@given(st.floats(-1, 1), st.floats(0, 1))
def test_fewer_grew_faster(toy, required, more):
    achieved = targets.changes(toy.known(2018), toy.index, 1)
    slow, fast = (targets.ever_achieved(achieved, each) for each in (required, required + more))
    assert fast["economies_fast"] <= slow["economies_fast"] <= slow["economies"]


def test_the_window_of_precedents():
    assert targets.window(88) == (80, 110)
    assert targets.window(5) == (1, 27)


def test_precedents_in_the_toy_world(toy):
    found = targets.precedents(toy.known(2018), toy.index, 3, 1, 4)
    assert found["iso3"].tolist() == ["CCC", "BBB"]
    assert found.set_index("iso3").loc["BBB"].to_dict() == {
        "start": 2016,
        "end": 2018,
        "start_rank": 2,
        "start_of": 3,
        "end_rank": 1,
        "end_of": 3,
        "editions": 1,
    }


def test_the_shortest_way_is_kept(toy):
    """90 to 50 in two editions, then 88 to 40 in one: the second is the precedent."""
    places = {2010: 90, 2012: 75, 2014: 50, 2016: 88, 2018: 40}
    panel = pd.DataFrame({"edition": list(places), "competition_rank": list(places.values())})
    panel = panel.assign(
        index="TOY", component="overall", iso3="EEE", standing=0.0, of_economies=190
    )
    found = targets.precedents(panel, toy.index, 88, 50, 3).iloc[0]
    assert found[["start", "end", "editions"]].tolist() == [2016, 2018, 1]
    early = targets.precedents(panel.query("edition < 2018"), toy.index, 88, 50, 3).iloc[0]
    assert early[["start", "end", "editions"]].tolist() == [2010, 2014, 2]


def test_a_precedent_starts_below_the_rank(toy):
    found = targets.precedents(toy.known(2018), toy.index, 1, 2, 2)
    assert (found["start_rank"] > 2).all()
    assert (found["end_rank"] <= 2).all()


def test_only_kazakhstan_did_it_in_one_edition(seen2018, seen2025):
    for story in (seen2018, seen2025):
        found = targets.precedents(story.panel, story.index, 88, 50, 1)
        assert found["iso3"].tolist() == ["KAZ"]
        assert found.loc[0, ["start", "end", "start_rank", "end_rank"]].tolist() == [
            2008,
            2010,
            81,
            46,
        ]


def test_precedents_for_a_deadline_further_than_the_record(held):
    """As of 2012 five comparable editions are known; nine are due until 2030."""
    story = rankings.ask(as_of=2012, target_year=2030)
    assert len(story.ahead) == 9
    found = targets.precedents(story.panel, story.index, 83, 50, len(story.ahead))
    assert "KAZ" in set(found["iso3"])


def test_the_gap_to_the_band_in_2018(seen2018):
    table = targets.gap(seen2018.scores, "VNM", Band(30, 50)).set_index("rank")
    assert table.loc[50, "holders"] == ["SRB", "SVK"]
    assert table.loc[30, "holders"] == ["MLT"]
    assert table.loc[50, "gap"] == pytest.approx(0.7155 - 0.5931)
    assert table["score"].is_monotonic_increasing


@pytest.mark.parametrize(("economy", "below"), [("DNK", False), ("VNM", True)])
def test_the_sign_of_a_gap(seen2018, economy, below):
    assert (targets.gap(seen2018.scores, economy, Band(30, 50))["gap"] > 0).all() == below


def test_changes_of_all_economies_are_made_once(toy):
    known = toy.known(2018)
    assert targets.changes(known, toy.index, 1) is targets.changes(known, toy.index, 1)
