"""The tree of a composite: its order, its weights, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest

from rankings.composite import weights
from rankings.composite.tree import Tree, check_weights, from_table
from rankings.errors import DataError, InputError, RankingsError

NODES = """
code  parent weight direction
all   -      1      1
left  all    3      1
right all    1      1
a     left   1      1
b     left   1      -1
c     right  2      1
"""


def nodes() -> pd.DataFrame:
    lines = [line.split() for line in NODES.strip().splitlines()]
    table = pd.DataFrame(lines[1:], columns=lines[0])
    table["parent"] = table["parent"].replace("-", None)
    return table.astype({"weight": "float64", "direction": "int64"})


@pytest.fixture
def tree() -> Tree:
    return from_table(nodes())


def test_leaves_come_before_their_parents_and_the_root_last(tree: Tree) -> None:
    assert tree.root == "all"
    assert tree.indicators == ["a", "b", "c"]
    assert list(tree.children)[-1] == "all"
    assert tree.levels.to_dict() == {"all": 3, "left": 2, "right": 2, "a": 1, "b": 1, "c": 1}
    assert tree.below("left") == ["a", "b"]
    assert tree.ancestor("a", 2) == "left"


def test_effective_weights_multiply_down_and_sum_to_one(tree: Tree) -> None:
    counted = weights.effective(tree)
    assert counted.to_dict() == {
        "all": 1, "left": 0.75, "right": 0.25, "a": 0.375, "b": 0.375, "c": 0.25,
    }  # fmt: skip
    assert counted[tree.indicators].sum() == pytest.approx(1)


def test_an_uneven_tree_puts_siblings_on_their_own_levels() -> None:
    table = pd.DataFrame({"code": ["r", "x", "g", "y"], "parent": [None, "r", "r", "g"]})
    tree = from_table(table)
    assert tree.indicators == ["x", "y"]
    assert list(tree.children) == ["g", "r"]


def test_a_parent_without_children_left_goes_with_the_last(tree: Tree) -> None:
    kept = weights.without(tree, tree.weights, "c")
    assert kept["right"] == 0
    assert weights.effective(tree, kept)[["a", "b", "c"]].to_list() == [0.5, 0.5, 0]
    with pytest.raises(InputError, match="all is no node below all"):
        weights.without(tree, tree.weights, "all")
    with pytest.raises(InputError, match="without left nothing is left of all"):
        weights.without(tree, kept, "left")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"all": "left"}, "circle"),
        ({"left": None}, "2 roots: all, left"),
        ({"c": "wright"}, "c has the parent wright, which is not in the tree.*right"),
        ({"left": "a"}, "circle"),
    ],
)
def test_a_tree_that_is_none_is_refused(change: dict[str, str | None], message: str) -> None:
    table = nodes()
    for code, parent in change.items():
        table.loc[table["code"] == code, "parent"] = parent
    with pytest.raises(InputError, match=message):
        from_table(table)


def test_a_code_twice_a_direction_of_zero_and_a_lone_root_are_refused() -> None:
    table = nodes()
    with pytest.raises(InputError, match="has a twice"):
        from_table(pd.concat([table, table.loc[table["code"] == "a"]]))
    with pytest.raises(InputError, match="b has the direction 0"):
        from_table(table.assign(direction=table["direction"].replace(-1, 0)))
    with pytest.raises(InputError, match="nothing below it"):
        from_table(table.head(1))
    with pytest.raises(InputError, match="columns code and parent"):
        from_table(table.drop(columns="parent"))
    with pytest.raises(InputError, match="a at level 3 lies below left"):
        from_table(table.assign(level=[3, 2, 2, 3, 1, 1]))


def test_codes_of_whole_numbers_are_words() -> None:
    """A parent column with a gap turns 3 into 3.0: it is the same code."""
    tree = from_table(pd.DataFrame({"code": [1, 2, 3], "parent": [3, 3, None]}))
    assert (tree.root, tree.indicators) == ("3", ["1", "2"])
    given = pd.Series({1: 2.0, 2: 1.0})
    assert weights.effective(tree, given)[["1", "2"]].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert weights.without(tree, tree.weights, "1")["1"] == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"code": [], "parent": []}), "the tree is empty"),
        (pd.DataFrame(), "columns code and parent"),
        (nodes().assign(level=np.nan), "the tree is empty"),
        (nodes().assign(code=["all", None, "right", "a", "b", "c"]), "node 2 of the tree has no"),
        (nodes().assign(weight=["1", "x", "1", "1", "1", "1"]), "left has the weight 'x'"),
        (nodes().assign(weight=[1, np.inf, 1, 1, 1, 1]), "left has the weight inf"),
        (nodes().assign(direction=["1", "1", "1", "up", "1", "1"]), "a has the direction 'up'"),
        (nodes().assign(level=[3, 2, 2, 1.5, 1, 1]), "a has no whole number as its level"),
        (pd.concat([nodes(), nodes()[["code"]]], axis=1), "has the column code twice"),
    ],
)
def test_a_description_that_is_broken_is_refused_in_one_line(
    table: pd.DataFrame, words: str
) -> None:
    with pytest.raises(RankingsError, match=words) as failure:
        from_table(table)
    assert "\n" not in str(failure.value)


def test_blank_cells_of_a_description_are_missing() -> None:
    table = nodes().assign(denominator="", direction=["", " ", "", "1", "-1", "1"])
    table["parent"] = table["parent"].fillna("")
    tree = from_table(table)
    assert tree.root == "all"
    assert tree.directions.to_list() == [1, -1, 1]
    assert tree.table["denominator"].isna().all()


def test_weights_are_checked_where_they_enter(tree: Tree) -> None:
    given = tree.weights
    cases: list[tuple[object, str]] = [
        (pd.concat([given, given[["a"]]]), "the weights name a twice"),
        (pd.concat([given, pd.Series({"d": 1.0})]), "weights: 'd' is not a known code of the tree"),
        (given.astype(object).where(given.index != "a", "x"), "a, the weight: 'x' is no number"),
        (given.where(given.index != "a", np.inf), "a, the weight is infinite|weight of a is inf"),
        (given.where(~given.index.isin(["a", "b"]), 1e308), "weights below left sum to infinity"),
        ([1, 2, 3], "weights are given by code"),
    ]
    for wrong, words in cases:
        with pytest.raises(InputError, match=words):
            check_weights(tree, wrong)  # type: ignore[arg-type]
    assert check_weights(tree, given.to_dict()).equals(check_weights(tree, given))
    assert check_weights(tree, given.drop("all"))["all"] == 1


def test_weights_that_cannot_be_are_refused_by_name(tree: Tree) -> None:
    given = tree.weights
    with pytest.raises(InputError, match="weight of b is -1"):
        check_weights(tree, given.replace({"b": 1}).where(given.index != "b", -1.0))
    with pytest.raises(InputError, match="below left are all zero"):
        check_weights(tree, given.where(~given.index.isin(["a", "b"]), 0.0))
    with pytest.raises(InputError, match="a has no weight"):
        check_weights(tree, given.drop("a"))
    with pytest.raises(InputError, match="below left sum to 2, not 1"):
        from_table(nodes(), sums_to=1.0)


def test_noisy_weights_stay_within_their_share_of_their_level(tree: Tree) -> None:
    sets = weights.noisy(tree, {2: 0.25}, 50, seed=3)
    table = pd.DataFrame(sets)
    leaves = ["a", "b", "c"]
    assert table.loc[leaves].eq(tree.weights[leaves], axis=0).all(axis=None)
    assert table.loc["left"].between(3 * 0.75, 3 * 1.25).all()
    assert table.loc["left"].nunique() == 50
    again = pd.DataFrame(weights.noisy(tree, {2: 0.25}, 50, seed=3))
    pd.testing.assert_frame_equal(table, again)
    with pytest.raises(InputError, match="no level 7"):
        weights.noisy(tree, {7: 0.1}, 1, seed=3)
    with pytest.raises(InputError, match="share between 0 and 1"):
        weights.noisy(tree, {2: 1.5}, 1, seed=3)


def test_weights_drawn_from_all_there_are_sum_to_one_among_siblings(tree: Tree) -> None:
    for drawn in weights.any_at_all(tree, 5, seed=1).values():
        assert drawn[["left", "right"]].sum() == pytest.approx(1)
        assert drawn["c"] == pytest.approx(1)


def test_principal_weights_have_the_sign_that_makes_their_sum_positive(tree: Tree) -> None:
    x = np.arange(6.0)
    values = pd.DataFrame({"a": x, "b": x**2, "c": x})
    found = weights.principal(tree, values)
    assert found[["a", "b"]].to_list() == pytest.approx([np.sqrt(0.5)] * 2)
    turned = weights.principal(tree, values.assign(b=-x))
    # Their sum is 0: the first by name counts up, whatever the order of columns.
    assert turned["a"] > 0 > turned["b"]
    again = weights.principal(from_table(nodes().iloc[::-1]), values.assign(b=-x))
    assert again[["a", "b"]].to_list() == pytest.approx(turned[["a", "b"]].to_list())
    even = pd.DataFrame({"a": [1.0, 1, -1, -1], "b": [1.0, -1, 1, -1], "c": [1.0, 2, 3, 4]})
    with pytest.raises(DataError, match="group left: its first two components are equally large"):
        weights.principal(tree, even)
    noise = pd.DataFrame({"a": [0.3, 0.1 + 0.2, 0.3], "b": [1.0, 2, 4], "c": [1.0, 2, 3]})
    with pytest.raises(DataError, match="a has no variance: group left"):
        weights.principal(tree, noise)


def test_draws_of_weights_belong_to_codes_not_to_rows(tree: Tree) -> None:
    shuffled = from_table(nodes().iloc[[5, 2, 4, 0, 3, 1]])
    for draw in (
        lambda where: weights.noisy(where, {1: 0.5, 2: 0.25}, 4, seed=3),
        lambda where: weights.any_at_all(where, 4, seed=3),
    ):
        one, other = pd.DataFrame(draw(tree)), pd.DataFrame(draw(shuffled))
        pd.testing.assert_frame_equal(other.loc[one.index], one)
    for wrong in (-1, 1.5, None):
        with pytest.raises(InputError, match="the number of weight sets must be a whole number"):
            weights.noisy(tree, {1: 0.5}, wrong, seed=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the seed must be a whole number of 0 or more"):
        weights.any_at_all(tree, 1, seed=-1)


def test_weight_sets_read_like_a_dict_of_series(tree: Tree) -> None:
    sets = weights.noisy(tree, {1: 0.5}, 3, seed=1)
    rows = sets.table()
    assert rows is not None
    names = ["noisy weights 1", "noisy weights 2", "noisy weights 3"]
    assert list(sets) == names
    assert len(sets) == 3
    for plain in (dict(sets), {**sets}, sets.copy(), {} | sets, sets | {}, dict(sets.items())):
        assert [plain[name].to_list() for name in names] == rows.tolist()
    assert pickle.loads(pickle.dumps(sets))[names[1]].to_list() == rows[1].tolist()
    assert [each.to_list() for each in sets.values()] == rows.tolist()
    assert sets.get("none") is None
    fresh = weights.noisy(tree, {1: 0.5}, 3, seed=1)
    fresh[names[0]]["a"] = 7.0
    assert fresh[names[0]]["a"] == dict(fresh)[names[0]]["a"] == 7
    assert fresh.table() is None
    sets["given"] = tree.weights
    assert sets.table() is None
    assert sets["given"].equals(tree.weights)
    assert sets.pop(names[0]).to_list() == rows[0].tolist()
    assert sets.setdefault(names[1]).to_list() == rows[1].tolist()
    assert sets.popitem()[0] == "given"
    fresh = weights.noisy(tree, {1: 0.5}, 3, seed=1)
    assert fresh.popitem()[1].to_list() == rows[2].tolist()
