"""Which place does a score take, and of how many?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rankings.errors import InputError
from rankings.panel import ranks

# As printed: at most five decimals, so that a tie is a tie.
PRINTED = st.lists(st.integers(0, 100_000), min_size=1, max_size=40).map(
    lambda cells: pd.Series(cells, index=[f"E{place}" for place in range(len(cells))]) / 100_000
)
TIED = pd.Series({"AAA": 0.9, "BBB": 0.7, "CCC": 0.7, "DDD": 0.5, "EEE": np.nan})

EGDI = {
    2003: (97, 173),
    2004: (112, 178),
    2005: (105, 179),
    2008: (91, 182),
    2010: (90, 183),
    2012: (83, 190),
    2014: (99, 193),
    2016: (89, 193),
    2018: (88, 193),
    2020: (86, 193),
    2022: (86, 193),
    2024: (71, 193),
}


def row(held, index, edition, component, iso3="VNM", vintage=None):
    """One row of the real panel."""
    panel = held.panel
    rows = panel.loc[
        (panel["index"] == index)
        & (panel["edition"] == edition)
        & (panel["component"] == component)
        & (panel["iso3"] == iso3)
        & ((panel["vintage"] == vintage) if vintage else True)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_ties_share_the_better_place_and_leave_a_gap():
    assert ranks.competition(TIED).tolist()[:4] == [1, 2, 2, 4]


def test_dense_ranks_leave_no_gap():
    assert ranks.dense(TIED).tolist()[:4] == [1, 2, 2, 3]


def test_a_missing_score_has_no_rank():
    assert ranks.competition(TIED).isna().tolist() == [False, False, False, False, True]
    assert ranks.dense(TIED).isna().sum() == 1


def test_the_last_bit_of_a_float_does_not_break_a_tie():
    scores = pd.Series({"AAA": 0.1 + 0.2, "BBB": 0.3})
    assert scores["AAA"] != scores["BBB"]
    assert ranks.competition(scores).tolist() == [1, 1]
    assert ranks.rank_against(0.3, scores) == 1


@given(PRINTED)
def test_a_rank_lies_between_1_and_n(scores):
    assert ranks.competition(scores).between(1, len(scores)).all()
    assert ranks.competition(scores).min() == 1


@given(PRINTED)
def test_dense_is_never_worse_than_competition(scores):
    assert (ranks.dense(scores) <= ranks.competition(scores)).all()
    assert ranks.dense(scores).max() == scores.nunique()


@given(PRINTED, st.integers(-300_000, 300_000))
def test_shifting_every_score_moves_no_rank(scores, shift):
    moved = scores + shift / 100_000
    assert ranks.competition(moved).equals(ranks.competition(scores))
    assert ranks.dense(moved).equals(ranks.dense(scores))


@given(PRINTED)
def test_a_rank_counts_the_economies_strictly_above(scores):
    above = [int((scores > own + 1e-6).sum()) + 1 for own in scores]
    assert ranks.competition(scores).tolist() == above
    assert [ranks.rank_against(own, scores) for own in scores] == above


@given(arrays(np.float64, (7, 2, 5), elements=st.floats(-9, 9), unique=True))
def test_every_simulated_draw_is_a_permutation(scores):
    places = ranks.order(scores)
    assert places.shape == scores.shape
    assert (np.sort(places, axis=-1) == np.arange(1, 6)).all()
    best = np.take_along_axis(scores, scores.argmax(axis=-1)[..., None], axis=-1)
    assert (scores[places == 1] == best.ravel()).all()


@given(arrays(np.float64, (7, 2, 5), elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])))
def test_simulated_scores_that_tie_share_the_place(scores):
    above = (scores[..., None, :] > scores[..., :, None]).sum(axis=-1)
    assert (ranks.order(scores) == above + 1).all()
    assert (ranks.order(scores[0, 0]) == above[0, 0] + 1).all()


def test_order_and_competition_agree_where_nothing_ties():
    scores = np.array([0.2, 0.9, 0.5, 0.1])
    assert ranks.order(scores).tolist() == ranks.competition(pd.Series(scores)).tolist()


# Whole numbers apart, or apart by no more than rounding leaves.
NEAR = st.lists(
    st.tuples(st.integers(-4, 4), st.integers(-2, 2)).map(lambda cell: cell[0] + cell[1] * 1e-15),
    min_size=1,
    max_size=12,
)


@given(NEAR, st.sampled_from([1e-200, 1e-10, 1e-3, 7.0, 1e10, 1e200]))
def test_another_unit_moves_no_rank(values, unit):
    scores = pd.Series(values)
    assert ranks.competition(scores * unit).equals(ranks.competition(scores))
    assert ranks.dense(scores * unit).equals(ranks.dense(scores))
    counted = ranks.count_above(scores * unit, scores * unit)
    assert counted.tolist() == (ranks.competition(scores) - 1).tolist()


@given(NEAR)
def test_every_rank_follows_one_rule(values):
    scores = pd.Series(values)
    placed = ranks.competition(scores)
    assert ranks.competition_rows(scores.to_numpy()).tolist() == placed.tolist()
    assert [ranks.rank_against(own, scores) for own in scores] == placed.tolist()
    assert [ranks.rank_against(own, scores.drop(at)) for at, own in scores.items()] == (
        placed.tolist()
    )
    counted = ranks.count_others_above(scores.to_numpy(), scores.to_numpy())
    assert (counted + 1).tolist() == placed.tolist()
    equal = pd.Series(ranks.levels(scores.to_numpy()))
    assert equal.rank(ascending=False, method="min").tolist() == placed.tolist()
    for rank in placed:
        assert set(ranks.holders(scores, rank).index) == set(placed.index[placed == rank])


@given(NEAR, st.randoms())
def test_a_rank_does_not_depend_on_the_order_of_scores(values, chance):
    scores = pd.Series(values)
    shuffled = scores.sample(frac=1, random_state=chance.randrange(1000))
    assert ranks.competition(shuffled)[scores.index].equals(ranks.competition(scores))


def test_near_large_numbers_are_told_apart_and_rounding_is_not():
    """A dong in a trillion counts; the last bit of a sum does not."""
    assert ranks.competition(pd.Series([2e11, 2e11 + 1])).tolist() == [2, 1]
    assert ranks.competition(pd.Series([(0.1 + 0.2) * 1e-10, 0.3e-10])).tolist() == [1, 1]
    assert ranks.competition(pd.Series([1e-17, 0.0, 1.0])).tolist() == [2, 2, 1]


def test_infinite_scores_stand_at_the_ends():
    scores = pd.Series([1.0, np.inf, -np.inf, 2.0, np.inf])
    assert ranks.competition(scores).tolist() == [4, 1, 5, 3, 1]
    assert ranks.count_above([np.inf, 1.0, -np.inf], [1.0, np.inf, 2.0]).tolist() == [0, 2, 3]


def test_ranks_hold_any_number_of_economies():
    many = pd.Series(np.arange(40_000.0))
    assert (ranks.competition(many).min(), ranks.competition(many).max()) == (1, 40_000)
    assert ranks.order(many.to_numpy()).max() == 40_000
    assert ranks.competition_rows(many.to_numpy()).max() == 40_000


@pytest.mark.parametrize(
    ("value", "rank"), [(0.95, 1), (0.9, 1), (0.8, 2), (0.7, 2), (0.6, 4), (0.1, 5)]
)
def test_rank_against(value, rank):
    assert ranks.rank_against(value, TIED.dropna()) == rank


@pytest.mark.parametrize(
    ("rank", "codes"), [(1, {"AAA"}), (2, {"BBB", "CCC"}), (3, {"BBB", "CCC"}), (4, {"DDD"})]
)
def test_all_who_tie_hold_a_rank(rank, codes):
    assert set(ranks.holders(TIED, rank).index) == codes


@pytest.mark.parametrize("rank", [0, -1, 5])
def test_a_rank_nobody_can_hold(rank):
    with pytest.raises(InputError, match=f"rank {rank} does not exist: there are 4 economies"):
        ranks.holders(TIED, rank)


@given(PRINTED, st.data())
def test_a_holder_takes_its_rank_or_ties_above_it(scores, data):
    rank = data.draw(st.integers(1, len(scores)))
    at = ranks.holders(scores, rank)
    places = ranks.competition(scores)[at.index]
    assert len(set(places)) == 1
    assert places.iloc[0] <= rank < places.iloc[0] + len(at)


def test_within_a_band_best_first():
    assert ranks.within(TIED, 2, 4).index.tolist() == ["BBB", "CCC", "DDD"]
    assert ranks.within(TIED, 3, 3).empty


def test_ranks_are_added_within_an_edition_and_vintage(toy):
    panel = toy.panel.query("component == 'overall'").set_index(["vintage", "edition", "iso3"])
    tied = panel.loc[("R2014", 2014)]
    assert tied["competition_rank"].to_dict() == {"AAA": 1, "BBB": 2, "CCC": 2}
    assert tied["dense_rank"].to_dict() == {"AAA": 1, "BBB": 2, "CCC": 2}
    assert (tied["of_economies"].unique(), tied["of_ranks"].unique()) == ([3], [2])
    assert (panel["of_economies"] == 3).all(), "two vintages of an edition are two rankings"
    first = panel.loc[("R2017", 2016)]
    assert first["competition_rank"].to_dict() == {"AAA": 2, "BBB": 2, "CCC": 1}


def test_a_tier_is_not_ranked(held):
    tiers = held.panel.query("component == 'tier'")
    assert len(tiers) == 194
    assert tiers[["competition_rank", "dense_rank"]].isna().all(axis=None)


@pytest.mark.parametrize("edition", EGDI)
def test_viet_nam_in_the_egdi(held, edition):
    rank, of = EGDI[edition]
    found = row(held, "EGDI", edition, "egdi")
    assert (found["published_rank"], found["competition_rank"]) == (rank, rank)
    assert found["of_economies"] == of


@pytest.mark.parametrize(
    ("component", "rank"), [("osi", 59), ("tii", 100), ("hci", 120), ("epi", 72)]
)
def test_viet_nam_in_the_sub_indices_of_2018(held, component, rank):
    found = row(held, "EGDI", 2018, component)
    assert (found["competition_rank"], found["of_economies"]) == (rank, 193)
    assert pd.isna(found["published_rank"])


def test_the_three_kinds_of_rank_of_gci_2017(held):
    found = row(held, "GCI", 2017, "overall")
    assert found["value"] == pytest.approx(0.245)
    assert (found["published_rank"], found["dense_rank"]) == (100, 100)
    assert (found["competition_rank"], found["of_economies"]) == (112, 195)


def test_gci_2018_counts_ranks_not_economies(held):
    found = row(held, "GCI", 2018, "overall")
    assert (found["published_rank"], found["dense_rank"]) == (50, 50)
    assert found["of_economies"] == 193
    assert found["of_ranks"] == 175


def test_idi_2017(held):
    found = row(held, "IDI", 2017, "overall")
    assert found["value"] == pytest.approx(4.43)
    assert (found["competition_rank"], found["of_economies"]) == (108, 176)


def test_who_stands_at_the_ends_of_the_band_in_2018(seen2018):
    assert set(ranks.holders(seen2018.scores, 50).index) == {"SRB", "SVK"}
    assert ranks.competition(seen2018.scores)[["SRB", "SVK"]].tolist() == [49, 49]
    assert list(ranks.holders(seen2018.scores, 30).index) == ["MLT"]
