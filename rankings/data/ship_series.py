"""How does a release of yearly series become part of data/raw? A table of its own, never merged.

As `rankings.data.ship` does for editions: for those who keep the project, all tables or none, and
what a program cannot know is marked `TO_FILL`. A table ``series_KIND_DATE.csv`` counts as a release
newer than those the project began with (`build.series_roles`).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rankings import store
from rankings.data import build, ingest, resolve
from rankings.data import ship as editions
from rankings.errors import InputError
from rankings.sources import plain
from rankings.sources.delivery import Delivery

KEY = [*resolve.SERIES_KEY, "vintage"]
COLUMNS = list(plain.SERIES_TABLE.columns)
# A source of the same publisher, whose terms hold for its next release too, by kind of file.
LIKE = {"wb": "wb-wdi-", "itu": "itu-datahub-", "undp": "undp-hdr-", "owid": "owid-"}
BLANK = ("publisher", "document", "terms", "how_checked")


def ship_releases(
    paths: Sequence[Path], *, released: str | None = None, document: str = "", address: str = ""
) -> list[str]:
    """Add the releases of series in publishers' files to data/raw, whole or not at all.

    Args:
        paths: the files; those of one kind and date become one table.
        released: ISO date, month or year of the release of series whose file has no date.
        document: title of the download, for sources.csv.
        address: where the publisher offers it.

    Returns:
        What was written and what is to be filled in, a line each.

    Raises:
        DataError: a file is none of those known, does not add up, or the tables do not build with
            it; data/raw is as it was.
        InputError: the files hold editions, contradict a release that is shipped or bring nothing
            but what is, or have no date and none was given.
    """
    wanted = ingest.plan(paths, released=released)
    if any(len(each.index) or len(each.indicators) for each in wanted.deliveries):
        raise InputError(
            "the files hold editions of an index: ship those with `rankings maintain ship-edition`"
        )
    if len(wanted.contradicted):
        raise InputError(
            "the files contradict what is held ({count} other values): look at them with "
            "`rankings ingest --dry-run` first; nothing was written",
            count=len(wanted.contradicted),
        )
    tables = _releases(wanted.deliveries, released)
    if not tables:
        raise InputError("every value of these files is in data/raw already, with this date")
    shipment = ship_of(tables, document, address)
    ship_write(tables, shipment)
    return [
        *(f"{name}: {len(rows)} rows" for name, rows in tables.items()),
        *shipment.said,
    ]


def _releases(deliveries: Sequence[Delivery], released: str | None) -> dict[str, pd.DataFrame]:
    """The rows that are not shipped yet, by name of the table they become."""
    shipped = build.held_series_rows()
    shipped = shipped.loc[shipped["delivery"] == build.SHIPPED, KEY].drop_duplicates()
    found: dict[str, list[pd.DataFrame]] = {}
    for each in deliveries:
        rows = each.series.assign(vintage=_dated(each, released))
        new = rows.merge(shipped, on=KEY, how="left", indicator=True)
        new = new.loc[(new["_merge"] == "left_only").to_numpy(), COLUMNS]
        for vintage, part in new.groupby("vintage"):
            source = f"{each.kind}-{re.sub(r'[^0-9a-z-]+', '-', str(vintage).lower())}"
            name = build.RELEASES + source.replace("-", "_")
            found.setdefault(name, []).append(part.assign(source_id=source))
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
    return {name: rows.drop_duplicates(KEY, ignore_index=True) for name, rows in tables.items()}


def _dated(each: Delivery, released: str | None) -> pd.Series:
    """The vintage of every row: as its file says, else as it was given."""
    vintages = each.series["vintage"]
    undated = vintages.isna() | vintages.astype("str").str.startswith(resolve.UNDATED)
    if undated.any() and released is None:
        raise InputError(
            "{file} has no date: give the day or month of the release with --released",
            file=each.file,
        )
    return vintages.mask(undated, released)


def ship_of(tables: dict[str, pd.DataFrame], document: str, address: str) -> editions.Shipment:
    """The lines of sources.csv that the tables need, and what a person must still do."""
    shipment = editions.Shipment()
    known = store.read_csv(editions.raw_path("sources"))
    for name, rows in tables.items():
        source = str(rows["source_id"].iloc[0])
        if source in set(known["source_id"]):
            continue
        shipment.added.setdefault("sources", []).append(_source(known, source, document, address))
        shipment.said.append(
            f"{name}: fill in {editions.TO_FILL} in sources.csv and {editions.NOTES}, then "
            "`make checksums`; set the count of its rows in tests/data/test_raw.py"
        )
    return shipment


def _source(known: pd.DataFrame, source: str, document: str, address: str) -> editions.Row:
    """The line of sources.csv: publisher and terms as those of its release before."""
    like = LIKE.get(source.partition("-")[0], "\0")
    before = known.loc[known["source_id"].str.startswith(like)]
    if len(before):
        row = {str(key): editions.cell(value) for key, value in before.iloc[-1].items()}
    else:
        row = {name: f"{editions.TO_FILL}: {name}" for name in BLANK}
    return {
        **row,
        "source_id": source,
        "document": document or f"{editions.TO_FILL}: title of the download",
        "address": address,
        "how_checked": f"{editions.TO_FILL}: against which release it was compared",
    }


def ship_write(tables: dict[str, pd.DataFrame], shipment: editions.Shipment) -> None:
    """Write the tables and what goes with them, and build; if that fails nothing is there."""
    new = {
        editions.raw_path(name): editions.csv_text(rows, COLUMNS, KEY)
        for name, rows in tables.items()
    }
    there = [path.name for path in new if path.exists()]
    if there:
        raise InputError("{file} is in data/raw already: take it out first", file=there[0])
    editions.write(editions.texts_of(shipment) | new)
