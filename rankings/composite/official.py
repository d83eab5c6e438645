"""Where does a country stand in ICT as a whole, and how sure is that place?

The composite is data (``rankings/composite/catalogue/ict.toml``). Its table holds score, rank and
interval side by side: there is no function here that gives the rank alone.
"""

from dataclasses import dataclass

import pandas as pd

from rankings.composite.defined import ICT, Definition, read_definition
from rankings.composite.engine import build
from rankings.composite.sobol import Sensitivity, sensitivity
from rankings.composite.tree import Tree
from rankings.composite.uncertainty import Uncertainty, uncertainty
from rankings.errors import DataError, InputError
from rankings.memo import remembered
from rankings.panel.shape import known, newest_vintage


@dataclass(frozen=True)
class Composite:
    """The official composite at the end of a year.

    Attributes:
        definition: what it is made of.
        as_of: the year.
        table: iso3, one column per pillar, score, rank, low, median, high (the 5 to 95 % interval
            of the rank over methods), mean_shift and of; best rank first.
        left_out: iso3 and missing (the pillars an economy lacks) of those not ranked.
        sources: pillar, index, component, edition, vintage, economies (that hold it) and
            source_id.
        varied: factor, count and choices behind the interval.
        mean_shift: Rbar_S, the mean absolute shift of ranks over methods.
        draws: replicates behind the interval.
    """

    definition: Definition
    as_of: int
    table: pd.DataFrame
    left_out: pd.DataFrame
    sources: pd.DataFrame
    varied: pd.DataFrame
    mean_shift: float
    draws: int

    def row(self, economy: str) -> pd.Series:
        """One economy's line of the table: its pillars, score, rank and interval.

        Raises:
            InputError: it is not ranked; the pillars it lacks are named.
        """
        found = self.table.loc[self.table["iso3"] == economy]
        if len(found):
            return found.iloc[0]
        lacking = self.left_out.set_index("iso3")["missing"]
        if economy in lacking.index:
            raise InputError(
                "{economy} is not ranked at the end of {year}: it has no {parts}",
                economy=economy,
                year=self.as_of,
                parts=lacking[economy],
            )
        raise InputError.suggest("economy of this composite", economy, self.table["iso3"])


def pillar_values(panel: pd.DataFrame, as_of: int, tree: Tree) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pillars' values in the newest editions known, and where they come from.

    Returns:
        Economies down and pillars across (missing where an edition leaves an economy out), and
        the sources as in `Composite`.

    Raises:
        InputError: no edition of a pillar's index was known by then.
    """
    held = newest_vintage(known(panel, as_of))
    columns, sources = {}, []
    for code in tree.indicators:
        index, component = (str(tree.table.loc[code, name]) for name in ("index", "component"))
        rows = held.loc[(held["index"] == index) & (held["component"] == component)]
        if rows.empty:
            raise InputError(
                "no {part} of the {index} was known by the end of {year}",
                part=component,
                index=index,
                year=as_of,
            )
        rows = rows.loc[rows["edition"] == rows["edition"].max()]
        columns[code] = rows.set_index("iso3")["value"]
        sources.append(
            {
                "pillar": code,
                "index": index,
                "component": component,
                "edition": int(rows["edition"].iloc[0]),
                "vintage": str(rows["vintage"].iloc[0]),
                "economies": len(rows),
                "source_id": "; ".join(sorted(rows["source_id"].unique())),
            }
        )
    return pd.DataFrame(columns).sort_index(), pd.DataFrame(sources)


@remembered(most=8)
def ict_composite(panel: pd.DataFrame, as_of: int, name: str = ICT) -> Composite:
    """Score, rank and rank interval of every economy that has all pillars.

    Args:
        panel: of all vintages, or as known at the end of ``as_of``.
        as_of: a year; what was published later is not used.
        name: of the composite's file.

    Raises:
        InputError: a pillar had no edition by then.
        DataError: fewer than two economies have all pillars.
    """
    facts = read_definition(name)
    values, sources = pillar_values(panel, as_of, facts.tree)
    complete = _complete(values, as_of)
    result = _vary(facts, complete)
    built = build(facts.tree, complete, facts.reference)
    intervals = result.intervals.set_index("iso3").rename(columns={"reference": "rank"})
    shown = intervals[["rank", "low", "median", "high", "mean_shift", "of"]]
    table = complete.assign(score=built.scores).join(shown)
    table = table.rename_axis("iso3").reset_index()
    return Composite(
        definition=facts,
        as_of=as_of,
        table=table.sort_values(["rank", "iso3"], ignore_index=True),
        left_out=_left_out(values),
        sources=sources,
        varied=result.varied,
        mean_shift=result.mean_shift,
        draws=result.draws,
    )


@remembered(most=4)
def ict_sensitivity(panel: pd.DataFrame, as_of: int, name: str = ICT) -> Sensitivity:
    """Which choice moves the rank of each economy: Sobol indices of the official composite.

    Raises:
        InputError, DataError: as in `ict_composite`.
    """
    facts = read_definition(name)
    values, _ = pillar_values(panel, as_of, facts.tree)
    complete = _complete(values, as_of)
    return sensitivity(facts.tree, complete, facts.reference, facts.varied, seed=facts.seed)


def _vary(facts: Definition, values: pd.DataFrame) -> Uncertainty:
    return uncertainty(
        facts.tree, values, facts.reference, facts.varied, seed=facts.seed, draws=facts.draws
    )


def _complete(values: pd.DataFrame, as_of: int) -> pd.DataFrame:
    complete = values.dropna()
    if len(complete) < 2:
        raise DataError(
            "fewer than two economies have all pillars at the end of {year}", year=as_of
        )
    return complete


def _left_out(values: pd.DataFrame) -> pd.DataFrame:
    gaps = values.loc[values.isna().any(axis=1)]
    missing = [", ".join(gaps.columns[row]) for row in gaps.isna().to_numpy()]
    return pd.DataFrame({"iso3": gaps.index.to_numpy(), "missing": pd.Series(missing, dtype="str")})
