"""Fit the slow baselines again and keep their record: ``python -m tools.fitted`` (some minutes).

Due when the history of the index, a model in `rankings.forecasts.single` or the judging of
forecasts has changed: `tests/forecasts/test_fitted.py` says so.
"""

from collections.abc import Sequence

import pandas as pd

from rankings import store
from rankings.data import world
from rankings.forecasts import fitted
from rankings.panel.definitions import definition

# The stories of `pipelines/report.toml`; their seed is that of every pipeline here.
INDEX, SEED = "EGDI", 2018
YEARS = (2018, None)


def main(years: Sequence[int | None] = YEARS) -> None:
    """Write the record for these as-of years; None is the newest."""
    held = world.load()
    tables = []
    for year in years:
        panel = held.known(year or held.newest_year)
        tables.append(fitted.computed(panel, definition(INDEX), SEED))
        print(f"{year or held.newest_year}: {len(tables[-1])} rows", flush=True)
    rows = pd.concat(tables, ignore_index=True)
    text = rows.to_csv(index=False, lineterminator="\n")
    fitted.path().parent.mkdir(exist_ok=True)
    store.write_text(fitted.path(), text)


if __name__ == "__main__":
    main()
