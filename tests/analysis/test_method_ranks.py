"""How much does a rank depend on the method?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankings.analysis import method_ranks
from rankings.panel import shape as panels

HEADLINE = ["EGDI", "GCI", "IDI"]
VALUES = pd.DataFrame(
    {"one": [9.0, 5.0, 1.0, 7.0], "two": [1.0, 5.0, 9.0, np.nan]},
    index=["AAA", "BBB", "CCC", "DDD"],
)


@pytest.fixture(scope="module")
def values2018(seen2018):
    """Newest overall values of three indices known at the end of 2018."""
    newest = panels.newest_edition(seen2018.panel)
    overall = newest["component"].isin(["egdi", "overall"]) & newest["index"].isin(HEADLINE)
    return newest.loc[overall].pivot(index="iso3", columns="index", values="value")


@st.composite
def tables(draw):
    """Values of a few economies in a few indices; no column is constant."""
    columns = draw(st.integers(1, 4))
    rows = draw(st.integers(2, 12))
    cells = st.lists(st.integers(0, 500), min_size=rows, max_size=rows, unique=True)
    names = [f"E{place:02d}" for place in range(rows)]
    return pd.DataFrame({f"i{c}": draw(cells) for c in range(columns)}, index=names, dtype=float)


def test_the_methods_have_names_of_their_own():
    assert list(method_ranks.variants())[:3] == method_ranks.PLAIN
    assert len(method_ranks.variants()) == 5


def test_the_best_in_everything_is_first_by_every_method():
    values = VALUES.dropna().assign(two=VALUES["one"])
    table = method_ranks.by_method(values, "AAA")
    assert (table["rank"] == 1).all()
    assert (table["of"] == 3).all()
    assert table.loc[table["plain"], "method"].tolist() == method_ranks.PLAIN


def test_mirror_images_tie_under_equal_weights():
    """9 and 1, 5 and 5, 1 and 9: all means are 5, except the geometric one."""
    table = method_ranks.by_method(VALUES.drop("DDD"), "AAA").set_index("method")
    assert (table.loc[method_ranks.PLAIN, "rank"] == 1).all()
    assert table.loc["min-max 1-100, geometric mean", "rank"] == 2


def test_an_economy_outside_an_index_can_stretch_its_scale():
    values = VALUES.copy()
    values.loc["DDD", "one"] = 90.0
    table = method_ranks.by_method(values, "AAA").set_index("method")
    assert (table["of"] == 3).all()
    assert table.loc["min-max", "rank"] == 1
    assert table.loc["min-max, all economies of each index", "rank"] == 3


@settings(max_examples=25)
@given(tables(), st.data())
def test_ranks_lie_between_1_and_n(values, data):
    economy = data.draw(st.sampled_from(list(values.index)))
    table = method_ranks.by_method(values, economy)
    assert table["rank"].between(1, len(values)).all()
    weights = method_ranks.by_weights(values, economy, 1, draws=50)
    assert 1 <= weights["low"] <= weights["median"] <= weights["high"] <= weights["of"]


@settings(max_examples=20)
@given(tables(), st.data())
def test_the_methods_agree_on_a_single_index(values, data):
    economy = data.draw(st.sampled_from(list(values.index)))
    single = values[["i0"]]
    rank = int((single["i0"] > single.loc[economy, "i0"]).sum()) + 1
    assert (method_ranks.by_method(single, economy)["rank"] == rank).all()
    weights = method_ranks.by_weights(single, economy, 1, draws=20)
    assert weights[["low", "median", "high"]].tolist() == [rank] * 3


def test_weights_run_from_one_index_to_the_other():
    weights = method_ranks.by_weights(VALUES, "AAA", 1, draws=2000)
    assert weights.to_dict() == {"low": 1, "median": weights["median"], "high": 3, "of": 3}
    middle = method_ranks.by_weights(VALUES, "BBB", 1, draws=2000)
    assert middle[["low", "median", "high"]].tolist() == [2, 2, 2]


def test_the_same_seed_gives_the_same_weights(values2018):
    one, same = (method_ranks.by_weights(values2018, "VNM", 3, draws=200) for _ in range(2))
    assert one.equals(same)
    assert one["of"] == 173


def test_an_economy_without_every_index_has_no_mean(values2018):
    with pytest.raises(KeyError):
        method_ranks.by_method(VALUES, "DDD")
    assert values2018.dropna().shape == (173, 3)


def test_the_illustration_of_2018_over_methods(values2018):
    table = method_ranks.by_method(values2018, "VNM")
    plain = table.loc[table["plain"], "rank"]
    assert (plain.min(), plain.max()) == (99, 101)
    assert (table["rank"].min(), table["rank"].max()) == (96, 103)
    assert (table["of"] == 173).all()


@pytest.mark.parametrize("seed", [1, 2018])
def test_the_illustration_of_2018_over_weights(values2018, seed):
    weights = method_ranks.by_weights(values2018, "VNM", seed)
    assert weights[["low", "high", "of"]].tolist() == [89, 109, 173]
    assert 99 <= weights["median"] <= 101
