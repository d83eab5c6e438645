"""In which indicators does an economy stand well, in which badly, and which decide its rank?"""

import numpy as np
import pandas as pd

from rankings.composite.engine import Built, Stage, ranks
from rankings.composite.replicates import Plan, run
from rankings.composite.tree import Tree
from rankings.errors import InputError
from rankings.panel.inputs import by_name, check_labels, label, to_numbers
from rankings.panel.ranks import levels


def profile(tree: Tree, values: pd.DataFrame, economy: str) -> pd.DataFrame:
    """An economy's rank in every indicator it holds, best first.

    Returns:
        Columns code, name, group (the parent), rank, of, value, unit, last (whether no economy
        stands below it); ties stand in the order of their groups' names, then of the tree.

    Raises:
        InputError: no such economy.
    """
    absent = [code for code in tree.indicators if code not in values]
    if absent:
        raise InputError(f"the values have no indicator {absent[0]}")
    for labels in (values.index, values.columns):
        check_labels(labels, "the values have")
    if economy not in values.index:
        raise InputError.suggest("economy of this composite", economy, values.index)
    values = to_numbers(values[tree.indicators])
    turned = values[tree.indicators] * tree.directions
    placed = ranks(turned)
    own = placed.loc[economy].dropna().astype("int64")
    facts = tree.table.loc[own.index]
    table = pd.DataFrame(
        {
            "code": own.index,
            "name": facts["name"].to_numpy(),
            "group": facts["parent"].to_numpy(),
            "rank": own.to_numpy(),
            "of": values[own.index].count().to_numpy(),
            "value": values[own.index].loc[economy].to_numpy(dtype="float64"),
            "unit": facts["unit"].to_numpy(),
            "last": (own == placed.max()[own.index]).to_numpy(),
        }
    )
    return table.sort_values(["rank", "group"], kind="stable", ignore_index=True)


def strengths_and_weaknesses(
    tree: Tree,
    values: pd.DataFrame,
    economy: str,
    *,
    count: int = 5,
    least_distinct: float = 0.0,
    keep_last: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The indicators in which an economy ranks best and worst.

    Args:
        tree: of the composite.
        values: the indicators as they are shown (not normalised).
        economy: its code.
        count: how many of each.
        least_distinct: leave out indicators with a smaller share of distinct values (yes/no
            questions rank everybody first).
        keep_last: whether an indicator in which nobody stands below it is shown. The peer leaves
            it out, since a value shared by many at the bottom is no weakness of one.

    Returns:
        Two tables with the columns of `profile`: best first, and worst last.
    """
    table = profile(tree, values, economy)
    held = to_numbers(values[table["code"]])
    different = held.apply(lambda column: pd.Series(levels(column.to_numpy())))
    distinct = different.nunique(dropna=False).to_numpy() / len(values)
    shown = table.loc[(distinct > least_distinct) & (~table["last"] | keep_last)]
    return (
        shown.head(count).reset_index(drop=True),
        shown.tail(count).reset_index(drop=True),
    )


def leave_one_out(built: Built, level: int = 1) -> pd.DataFrame:
    """What the ranks become without each node of a level, one at a time.

    Returns:
        Ranks with economies down, "reference" and the node left out across. A parent left with
        nothing below it is left out with its last child.

    Raises:
        InputError: the tree has no such level below the root.
    """
    tree = built.tree
    codes = [code for code in tree.table.index if tree.levels[code] == level and code != tree.root]
    if not codes:
        raise InputError(f"the tree has no level {level} below {tree.root}")
    choices: dict[str, object] = {"reference": None, **{code: code for code in codes}}
    # Economies that a stage left out have no rank to lose.
    held = built.normalised.index
    # The tables before aggregation are those of the composite: only the weights change.
    method = built.method.but(
        impute=_fixed(built.imputed.loc[held]),
        treat=_fixed(built.treated.loc[held]),
        normalise=_fixed(built.normalised),
    )
    data = built.raw.loc[held]
    divisors = [label(name) for name in tree.table["denominator"].dropna()]
    data = data.assign(**dict.fromkeys(divisors, 1.0))
    done = run(Plan(tree, data, method, {"drop": choices}), np.arange(len(choices))[:, None])
    table = pd.DataFrame(done.ranks[done.row_of].T, index=done.economies, columns=list(choices))
    return table.astype("int64")


def _fixed(table: pd.DataFrame) -> Stage:
    return lambda _: table


def influence(built: Built, level: int = 1) -> pd.DataFrame:
    """How much each node of a level matters: the mean absolute shift of ranks without it.

    Returns:
        Columns code, mean_shift, most_shift and most_shifted (the economy that moves most),
        most influential first; by name where several are as influential.
    """
    table = leave_one_out(built, level)
    shift = table.drop(columns="reference").sub(table["reference"], axis=0).abs()
    # By name, so that the first of several that move as far does not depend on the order of rows.
    shift = shift.iloc[by_name(shift.index)]
    found = pd.DataFrame(
        {
            "code": shift.columns,
            "mean_shift": shift.mean().to_numpy(),
            "most_shift": shift.max().to_numpy(),
            "most_shifted": shift.idxmax().to_numpy(),
        }
    )
    return found.sort_values(["mean_shift", "code"], ascending=[False, True], ignore_index=True)
