"""What would another figure of a unit make of its score and rank? The whole index, built again.

Everything is taken anew with the changed figures: filled gaps, outliers, the lowest and highest
value of an indicator. Other units may therefore shift too, as they would if the figure were true.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rankings.composite.engine import build
from rankings.composite.engine import ranks as rank_table
from rankings.errors import InputError
from rankings.own.index import built, data_of, method_of, tree_of
from rankings.own.question import OwnStory
from rankings.own.standing import from_the_top

COLUMNS = ["code", "before", "after", "rank_before", "rank_after", "of"]


def levers(story: OwnStory) -> pd.DataFrame:
    """The indicators that may be set, with the unit's figure now.

    Returns:
        Columns code, value (as in the table, missing where the unit has none), unit, direction,
        lowest and highest (among all units).

    Raises:
        InputError: the year has no scores.
    """
    made = built(story.index, story.year)
    facts = made.tree.table.loc[made.tree.indicators]
    own = made.raw.reindex([story.unit]).iloc[0]
    return pd.DataFrame(
        {
            "code": made.tree.indicators,
            "value": own.to_numpy(dtype="float64"),
            "unit": facts["unit"].to_numpy(),
            "direction": made.tree.directions.astype("int64").to_numpy(),
            "lowest": made.raw.min().to_numpy(),
            "highest": made.raw.max().to_numpy(),
        }
    )


def what_if(story: OwnStory, settings: Mapping[str, float]) -> pd.DataFrame:
    """The unit's scores and ranks with some of its figures set.

    Args:
        story: the question.
        settings: by code of the indicator, in the unit of the table (before it is divided).

    Returns:
        Columns `COLUMNS`: the index, all it is made of above the indicators, then the
        indicators set; before and after are values on the scale of the index.

    Raises:
        InputError: no such indicator, a value that is no number, nothing set, or the unit has no
            figures in the year.
        DataError: figures a stage has no answer for.
    """
    made = built(story.index, story.year)
    tree = made.tree
    if not settings:
        raise InputError("nothing is set: name an indicator and its value")
    for code, value in settings.items():
        if code not in tree.indicators:
            raise InputError.suggest("indicator of this index", code, tree.indicators)
        if not np.isfinite(value):
            raise InputError("{code} must be a number, not {value}", code=code, value=value)
    if story.unit not in made.raw.index:
        raise InputError(
            "{unit} has no figures in {year}: nothing to change", unit=story.unit, year=story.year
        )
    changed = data_of(story.index, story.year).copy()
    for code, value in settings.items():
        changed.loc[story.unit, code] = value
    method = method_of(story.index, story.year)
    again = build(tree_of(story.index, story.year), changed, method)
    shown = list(dict.fromkeys([*from_the_top(made), *settings]))
    tables = [made.aggregated, again.aggregated]
    before, after = (table[shown].loc[story.unit] for table in tables)
    rank_before, rank_after = (
        rank_table(table[shown]).loc[story.unit].astype("Int64") for table in tables
    )
    return pd.DataFrame(
        {
            "code": shown,
            "before": before.to_numpy(dtype="float64"),
            "after": after.to_numpy(dtype="float64"),
            "rank_before": rank_before.array,
            "rank_after": rank_after.array,
            "of": again.aggregated[shown].count().to_numpy(),
        }
    )
