"""Which zeros are no scores? Missing figures that a publisher counted as zero.

Whatever is derived (standings, ranks of the sub-index, models, precedents) leaves them out. An
overall score that was built on one stays as published, with its published rank and its place among
the published scores, and has no standing: nobody's progress is measured from it.
"""

import numpy as np
import pandas as pd

from rankings.panel.definitions import Index, definitions
from rankings.panel.shape import KEY

CELL = KEY[:-1]


def are_placeholders(panel: pd.DataFrame, index: Index) -> pd.Series:
    """Whether each row of a panel is a placeholder of this index, as its definition says."""
    found = pd.Series(False, index=panel.index)
    for rule in index.placeholders:
        found |= (
            (panel["index"] == index.name)
            & panel["component"].isin(rule.components)
            & panel["edition"].between(rule.first_edition, rule.last_edition)
            & (panel["value"] == rule.value)
        )
    return found


def take_out(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The panel without placeholders, and the placeholders.

    Returns:
        The other rows with the column ``rests_on_placeholder`` (whether the value is a weighted
        sum of parts one of which is a placeholder), and the rows taken out.
    """
    zero = pd.Series(False, index=panel.index)
    resting = pd.Series(False, index=panel.index)
    for index in definitions().values():
        own = are_placeholders(panel, index)
        zero |= own
        resting |= _rest_on(panel, panel.loc[own], index)
    marked = panel.assign(rests_on_placeholder=resting)
    return marked.loc[~zero].reset_index(drop=True), panel.loc[zero].reset_index(drop=True)


def _rest_on(panel: pd.DataFrame, placeholders: pd.DataFrame, index: Index) -> pd.Series:
    """Whether each row is the parent, by the weights of its edition, of a placeholder."""
    parents = placeholders[[*CELL, "component"]].merge(
        index.weights, left_on="component", right_on="child"
    )
    valid = parents["edition"].between(parents["first_edition"], parents["last_edition"])
    parents = parents.loc[valid, [*CELL, "parent"]]
    keys = set(parents.itertuples(index=False, name=None))
    resting = pd.Series(False, index=panel.index)
    if keys:
        # Most rows are of other editions or components: only the rest is looked at one by one.
        near = (panel["index"] == index.name) & panel["component"].isin(parents["parent"])
        near &= panel["edition"].isin(parents["edition"])
        own = panel.loc[near, [*CELL, "component"]]
        found = [row in keys for row in own.itertuples(index=False, name=None)]
        resting.loc[own.index] = np.array(found, dtype=bool)
    return resting
