"""The tree of a composite: its order, its weights, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from rankings.composite import weights
from rankings.composite.tree import Tree, check_weights, from_table
from rankings.errors import InputError

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
