"""On which scale may scores be compared?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankings.errors import DataError
from rankings.panel import ranks, scale

SCORES = st.lists(st.integers(0, 1000), min_size=2, max_size=30, unique=True).map(
    lambda cells: pd.Series(cells, dtype=float, name="score") / 1000
)
SCALES = [scale.zscore, scale.minmax, scale.minmax_1_100, scale.percentile]
THREE = pd.Series({"AAA": 10.0, "BBB": 20.0, "CCC": 40.0}, name="overall")
PAIR = pd.DataFrame({"x": [1.0, 4.0], "y": [9.0, 4.0]}, index=["AAA", "BBB"])


def test_three_economies_on_each_scale():
    assert scale.minmax(THREE).tolist() == pytest.approx([0, 1 / 3, 1])
    assert scale.minmax_1_100(THREE).tolist() == pytest.approx([1, 34, 100])
    assert scale.percentile(THREE).tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    # The mean is 70 / 3 and the variance 1400 / 9.
    expected = np.array([-40, -10, 50]) / np.sqrt(1400)
    assert scale.zscore(THREE).tolist() == pytest.approx(expected)


def test_ties_share_their_mean_percentile():
    assert scale.percentile(pd.Series([1.0, 2.0, 2.0, 3.0])).tolist() == [0.25, 0.625, 0.625, 1]


@given(SCORES)
def test_a_standing_has_mean_0_and_spread_1(scores):
    standing = scale.zscore(scores)
    assert standing.mean() == pytest.approx(0, abs=1e-9)
    assert standing.std(ddof=0) == pytest.approx(1)


@pytest.mark.parametrize("normalise", SCALES)
@given(scores=SCORES)
def test_no_scale_moves_a_rank(normalise, scores):
    assert ranks.competition(normalise(scores)).equals(ranks.competition(scores))


@pytest.mark.parametrize("normalise", SCALES)
@given(scores=SCORES, shift=st.integers(-5, 5), unit=st.integers(1, 100))
def test_the_unit_does_not_matter(normalise, scores, shift, unit):
    moved = normalise(shift + unit * scores)
    pd.testing.assert_series_equal(moved, normalise(scores), atol=1e-9)


@pytest.mark.parametrize("normalise", SCALES)
def test_a_missing_score_stays_missing(normalise):
    assert normalise(pd.Series([1.0, np.nan, 3.0])).isna().tolist() == [False, True, False]


@pytest.mark.parametrize("normalise", [scale.zscore, scale.minmax, scale.minmax_1_100])
@pytest.mark.parametrize("value", [0.5, 0.1])  # the mean of three times 0.1 is not 0.1
def test_equal_scores_have_no_scale(normalise, value):
    with pytest.raises(DataError, match="legal: all values are equal"):
        normalise(pd.Series([value] * 3, name="legal"))


def test_means():
    assert scale.arithmetic(PAIR).to_dict() == {"AAA": 5, "BBB": 4}
    assert scale.geometric(PAIR).to_dict() == pytest.approx({"AAA": 3, "BBB": 4})
    weights = np.array([3.0, 1.0])
    assert scale.arithmetic(PAIR, weights).to_dict() == {"AAA": 3, "BBB": 4}
    assert scale.geometric(PAIR, weights)["AAA"] == pytest.approx(9**0.25)


@given(st.lists(st.tuples(*[st.floats(0.01, 100)] * 3), min_size=1, max_size=10))
def test_the_geometric_mean_is_at_most_the_arithmetic(rows):
    scores = pd.DataFrame(rows, columns=["x", "y", "z"])
    assert (scale.geometric(scores) <= scale.arithmetic(scores) * (1 + 1e-12)).all()


@given(st.floats(0.01, 100), st.lists(st.floats(0.1, 5), min_size=2, max_size=4))
def test_the_mean_of_equal_scores_is_that_score(value, weights):
    scores = pd.DataFrame([[value] * len(weights)])
    assert scale.arithmetic(scores, np.array(weights))[0] == pytest.approx(value)
    assert scale.geometric(scores, np.array(weights))[0] == pytest.approx(value)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_geometric_mean_refuses_what_is_not_above_zero(value):
    scores = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, value]}, index=["AAA", "BBB"])
    with pytest.raises(DataError, match=f"above 0: found {value} at BBB, y"):
        scale.geometric(scores)


def test_standings_are_taken_within_an_edition_and_vintage(toy):
    overall = toy.panel.query("component == 'overall'").set_index(["edition", "vintage", "iso3"])
    assert overall.loc[(2010, "R2010"), "standing"].tolist() == pytest.approx(
        [np.sqrt(1.5), 0, -np.sqrt(1.5)]
    )
    restated = overall.loc[(2012, "R2014"), "standing"]
    assert restated.sum() == pytest.approx(0)
    assert restated["CCC"] > overall.loc[(2012, "R2012", "CCC"), "standing"]


def test_one_value_alone_has_no_standing(held):
    alone = held.panel.query("index == 'IDI' and edition == 2025 and component != 'overall'")
    assert (alone["of_economies"] == 1).all()
    assert alone["standing"].isna().all()


@pytest.mark.parametrize("value", [0.5, 0.1])
def test_equal_values_have_no_standing(value):
    panel = pd.DataFrame(
        {"index": "TOY", "edition": 1, "vintage": "a", "component": "x", "value": [value] * 3}
    )
    assert scale.standings(panel)["standing"].isna().all()


def test_every_edition_of_the_real_panel_is_on_the_same_scale(held):
    groups = held.panel.groupby(["index", "edition", "vintage", "component"])["standing"]
    means, spreads = groups.mean().dropna(), groups.std(ddof=0).dropna()
    assert means.abs().max() < 1e-9
    assert (spreads - 1).abs().max() < 1e-9
