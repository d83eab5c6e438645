"""All that is held, opened once: the tables every stage takes its rows from."""

import time
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd

from rankings import store
from rankings.data import own_targets, vintages
from rankings.errors import DataError
from rankings.memo import remembered
from rankings.panel import economies
from rankings.panel import shape as panels
from rankings.panel.names import book

# How often, and after how many seconds, a table is read again that is being replaced.
ATTEMPTS, PAUSE = 100, 0.1


@dataclass(frozen=True)
class World:
    """The processed tables, read when first asked for.

    Attributes:
        fingerprint: names the raw data these tables were built from.

    Examples:
        >>> import rankings
        >>> held = rankings.load()
        >>> held.name("VNM", "vi")
        'Việt Nam'
        >>> rows = held.known(2018).query("index == 'EGDI' and edition == 2018 and iso3 == 'VNM'")
        >>> rows.set_index("component").loc["egdi", ["value", "published_rank"]].tolist()
        [0.5931, 88.0]
    """

    fingerprint: str

    def _table(self, name: str) -> pd.DataFrame:
        """A built table, of the build this world was opened on."""
        # Read late, it could be of another build, and what follows from it would be kept as ours.
        for _attempt in range(ATTEMPTS):
            table = store.read(name)
            built = store.manifest().get("raw")
            if built == self.fingerprint:
                return table
            if built is not None:
                break
            time.sleep(PAUSE)  # another process is replacing the tables
        raise DataError("the data was built anew since it was opened here: ask again")

    @cached_property
    def panel(self) -> pd.DataFrame:
        """Every value held, of every vintage, with its ranks and its standing."""
        return self._table("panel")

    @cached_property
    def economies(self) -> pd.DataFrame:
        """One row per economy: iso3, names, memberships, region."""
        return self._table("economies")

    @cached_property
    def editions(self) -> pd.DataFrame:
        """One row per index, edition and vintage: when published, on which scale."""
        return self._table("editions")

    @cached_property
    def breaks(self) -> pd.DataFrame:
        """Method breaks: index, component, edition, previous_edition, what_changed, comparable."""
        return self._table("breaks")

    @cached_property
    def editions_not_held(self) -> pd.DataFrame:
        """Editions that exist or are due and are not held, with the evidence."""
        return self._table("editions_not_held")

    @cached_property
    def targets(self) -> pd.DataFrame:
        """Official rank targets: economy, index, rank_best, rank_worst, deadline, document.

        Those of targets.csv in the own store stand behind those shipped.
        """
        shipped, own = self._table("targets"), store.own_folder()
        if own is None:
            return shipped
        return own_targets.with_own(shipped, own / own_targets.NAME, book(self.economies))

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Positions stated in public without naming the index behind them."""
        return self._table("claims")

    @cached_property
    def anchors(self) -> pd.DataFrame:
        """Figures as quoted by publishers and press, to test ours against."""
        return self._table("anchors")

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Figures of Viet Nam as published, of indices and rankings of which no table is held."""
        return self._table("facts")

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per source: publisher, document, address, terms, how it was checked."""
        return self._table("sources")

    @cached_property
    def usage(self) -> pd.DataFrame:
        """What each added file counts for, and what is kept beside; see `rankings.data.resolve`."""
        return self._table("usage")

    @cached_property
    def beside(self) -> pd.DataFrame:
        """Index values that are held and do not count, with the reason in ``because``."""
        return self._table("beside")

    @cached_property
    def every_series(self) -> pd.DataFrame:
        """Yearly telecom and human-capital series, every release held; see `build`."""
        return self._table("series")

    @cached_property
    def series(self) -> pd.DataFrame:
        """Yearly telecom and human-capital series, the newest vintage of each value."""
        rows = self.every_series
        return rows.loc[rows["current"]].reset_index(drop=True)

    @remembered(most=8)
    def series_at(self, until: int | str) -> pd.DataFrame:
        """Yearly series in use at the end of a year, or on a day; see `vintages.in_use`."""
        return vintages.in_use(self.every_series, until)

    @remembered(most=8)
    def figures(self, as_of: int | str) -> vintages.Figures:
        """What forecasts look at: the series in use then, and indicators of the index itself."""
        return vintages.Figures(self.series_at(as_of), self.indicators)

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """Cells known to be wrong as published: expected, corrected, reason, document."""
        return self._table("corrections")

    @cached_property
    def not_measured(self) -> pd.DataFrame:
        """Cells stored as zero in the publisher's file that are not scores, and why."""
        return self._table("not_measured")

    @cached_property
    def placeholders(self) -> pd.DataFrame:
        """Cells a publisher filled with zero and counted though nothing was measured.

        They are in no panel; columns as the panel's before ranks.
        """
        return self._table("placeholders")

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Indicators below the sub-indices, by edition."""
        return self._table("indicators")

    @property
    def groups(self) -> dict[str, list[str]]:
        """Groups the analyst defines in groups.csv of the own store."""
        own = store.own_folder()
        if own is None:
            return {}
        return economies.own_groups(own / "groups.csv", book(self.economies))

    @remembered(most=8)
    def known(self, as_of: int) -> pd.DataFrame:
        """The panel as known at the end of a year: one row per value, its newest vintage."""
        return panels.newest_vintage(panels.known(self.panel, as_of))

    @property
    def newest_year(self) -> int:
        """The year in which the newest held edition was published."""
        return int(self.panel["published_year"].max())

    def name(self, iso3: str, language: str) -> str:
        """An economy's name in a language."""
        return economies.name(self.economies, iso3, language)


@cache
def _world(fingerprint: str) -> World:
    return World(fingerprint)


def load() -> World:
    """The world as held now; built first if a raw table has changed since the last build.

    Examples:
        >>> import rankings
        >>> held = rankings.load()
        >>> held is rankings.load()
        True
    """
    while True:
        if not store.is_fresh():
            from rankings.data import (
                build,  # schema checks take a second to import, and few runs build
            )

            build.build()
        # What the tables were built from, not what is there now: raw data may have been added
        # meanwhile. Nothing is said while another process builds, too.
        built = store.manifest().get("raw")
        if isinstance(built, str):
            return _world(built)
