"""Where does one economy stand? Its rows in the panel, each rank with its own "of"."""

import pandas as pd

from rankings.errors import InputError
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel.definitions import Index, definitions
from rankings.panel.shape import newest_edition

COLUMNS = [
    "index",
    "component",
    "edition",
    "vintage",
    "reference_year",
    "published_year",
    "value",
    "printed_value",
    "published_rank",
    "competition_rank",
    "dense_rank",
    "of_economies",
    "of_ranks",
    "source_id",
]


def history(panel: pd.DataFrame, economy: str) -> pd.DataFrame:
    """Every row of an economy in a panel of known, newest vintages.

    Returns:
        The columns `COLUMNS`, in the order of indices, components and editions of reports.

    Raises:
        InputError: the economy is in none of the indices known.
    """
    # The panel of a composite has no printed values.
    rows = panel.loc[panel["iso3"] == economy].reindex(columns=COLUMNS)
    if rows.empty:
        raise InputError("{economy} is in none of the indices known by then", economy=economy)
    order = _order()
    keys = pd.MultiIndex.from_frame(rows[["index", "component"]])
    places = pd.Series([order.get(key, len(order)) for key in keys], index=rows.index)
    return (
        rows.assign(_place=places)
        .sort_values(["_place", "edition"])
        .drop(columns="_place")
        .reset_index(drop=True)
    )


def _order() -> dict[tuple[str, str], int]:
    """Indices and components in the order of their definition files."""
    listed = [(name, part) for name, index in definitions().items() for part in index.titles]
    return {pair: place for place, pair in enumerate(listed)}


def newest(panel: pd.DataFrame, economy: str) -> pd.DataFrame:
    """The economy's rows in the newest edition of each index known; columns as in `history`."""
    return history(newest_edition(panel), economy)


def only(
    rows: pd.DataFrame, *, index: str | None = None, edition: int | None = None
) -> pd.DataFrame:
    """The rows of one index or edition.

    Raises:
        InputError: no such index or edition among the rows; those there are are named.
    """
    for column, wanted in (("index", index), ("edition", edition)):
        if wanted is None:
            continue
        found = list(dict.fromkeys(rows[column]))
        if wanted not in found:
            raise InputError.suggest("{column} of this economy", wanted, found, column=column)
        rows = rows.loc[rows[column] == wanted]
    return rows.reset_index(drop=True)


def among(rows: pd.DataFrame, panel: pd.DataFrame, members: list[str]) -> pd.DataFrame:
    """The rows of one economy with its place among a group.

    Returns:
        ``rows`` with ``peer_rank`` (competition rank among the members that have the value) and
        ``of_peers``.
    """
    key = ["index", "edition", "vintage", "component"]
    everybody = {*members, *rows["iso3"]} if "iso3" in rows else set(members)
    group = panel.loc[panel["iso3"].isin(everybody), [*key, "value"]]
    merged = rows.reset_index(names="row").merge(group, on=key, suffixes=("", "_peer"))
    above = merged["value_peer"] > merged["value"] + ranks.TOLERANCE
    counted = merged.assign(above=above).groupby("row")["above"].agg(["sum", "count"])
    ranked = counted.reindex(rows.index).astype("Int64").where(rows["component"] != "tier")
    return rows.assign(peer_rank=ranked["sum"] + 1, of_peers=ranked["count"])


def stated(rows: pd.DataFrame, rank: int) -> pd.DataFrame:
    """The rows whose published, competition or dense rank is the stated one.

    Returns:
        ``rows`` with ``as_rank``: how the rank arises ("published", "competition", "dense").
    """
    kinds = {
        "published": rows["published_rank"].eq(rank).fillna(False),
        "competition": rows["competition_rank"].eq(rank).fillna(False),
        "dense": rows["dense_rank"].eq(rank).fillna(False),
    }
    table = pd.DataFrame(kinds).astype(bool)
    named = table.apply(lambda row: [kind for kind in kinds if row[kind]], axis=1)
    return rows.assign(as_rank=named).loc[table.any(axis=1)].reset_index(drop=True)


def neighbours(
    panel: pd.DataFrame, index: str, component: str, edition: int, economy: str, span: int = 2
) -> pd.DataFrame:
    """The economies just above and below in one measure.

    Returns:
        Columns iso3, value, competition_rank, of_economies, best first, ``span`` each side.
    """
    rows = panel.loc[
        (panel["index"] == index)
        & (panel["component"] == component)
        & (panel["edition"] == edition)
    ].sort_values(["value", "iso3"], ascending=[False, True], ignore_index=True)
    at = int(rows.index[rows["iso3"] == economy][0])
    near = rows.iloc[max(0, at - span) : at + span + 1]
    return near[["iso3", "value", "competition_rank", "of_economies"]].reset_index(drop=True)


@remembered(most=16)
def rank_table(panel: pd.DataFrame, index: Index) -> pd.DataFrame:
    """Ranks of all economies in the overall value of an index, by edition.

    Returns:
        Columns edition, iso3, rank (published where printed, else competition), of, basis
        ("published" or "competition"). Printed dense ranks count scores, not economies: there
        the competition rank stands.
    """
    rows = panel.loc[(panel["index"] == index.name) & (panel["component"] == index.overall)]
    printed = rows["published_rank"].notna() & ~rows["edition"].isin(dense_editions(rows))
    return pd.DataFrame(
        {
            "edition": rows["edition"],
            "iso3": rows["iso3"],
            "rank": rows["published_rank"].where(printed, rows["competition_rank"]),
            "of": rows["of_economies"],
            "basis": printed.map({True: "published", False: "competition"}),
        }
    ).reset_index(drop=True)


@remembered(most=16)
def dense_of(panel: pd.DataFrame, index: Index) -> list[int]:
    """`dense_editions` of the overall value of an index."""
    mine = (panel["index"] == index.name) & (panel["component"] == index.overall)
    return dense_editions(panel.loc[mine])


def dense_editions(rows: pd.DataFrame) -> list[int]:
    """Editions of one component whose printed ranks are dense ones.

    They are nearer to the dense ranks derived here than to the competition ranks; equal to them
    they need not be, where a row is misprinted or an economy is not held.
    """
    off = {
        rule: (rows["published_rank"] - rows[f"{rule}_rank"]).abs().groupby(rows["edition"]).sum()
        for rule in ("dense", "competition")
    }
    nearer = off["dense"] < off["competition"]
    return [int(str(edition)) for edition in nearer.index[nearer]]
