"""The newer and older vintages in data/raw, from the compilation they were read from.

    python -m tools.vintages FOLDER    # writes the tables, then run `make checksums`

FOLDER holds one CSV file per table as compiled from publishers' files; data/raw/SOURCES.md names
the publishers' files and what they were checked against. Rows come out in the layout of data/raw,
sorted by key, numbers as they stand, every row with its source. The same input gives the same
bytes.
"""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw"
Row = dict[str, str]

SERIES = ["series", "iso3", "year", "vintage", "value", "source_id", "note"]
INDEX = ["index", "edition", "vintage", "iso3", "component", "value", "printed_value"]
INDEX += ["published_rank", "reference_year", "source_id", "note"]
FACTS = ["index", "period", "component", "value", "rank", "of", "source_url", "note", "source_id"]

# Vintages where the compilation's rows name none, by source.
VINTAGES = {
    "wb-wdi-2026-08": "2026-08",
    "undp-hdr-2025": "HDR 2025",
    "itu-datahub-2025-12": "2025-12",
}
# Sources under the names of data/raw/sources.csv.
SOURCES = {
    "itu19": "itu-statistics-2019",
    "wdi19": "wb-wdi-2019-07",
    "wdi20": "wb-wdi-2020-03",
    "wdi21": "wb-wdi-2021-03",
    "wdi21x": "wb-wdi-2021-03-cut",
    "wdi23": "wb-wdi-2023-03",
    "owid25": "owid-2025-01",
    "hdr2122": "undp-hdr-2021-22",
}
SCHOOLING = {"2022-09": "HDR 2021-22"}
NOTES = {"wb-wdi-2021-03-cut": "month of the release inferred"}


def series_row(row: Row) -> Row:
    """One value of a yearly series."""
    source = SOURCES.get(row["source_id"], row["source_id"])
    vintage = row.get("vintage") or VINTAGES[source]
    vintage = SCHOOLING.get(vintage, vintage) if source.startswith("undp") else vintage
    note = NOTES.get(source, "")
    return row | {"vintage": vintage, "source_id": source, "note": note}


def index_row(row: Row) -> Row:
    """One value of an edition of which only some economies are held."""
    told = {"index": "GTMI", "vintage": row["edition"], "note": f"group {row['group']}"}
    return row | told | dict.fromkeys(["printed_value", "published_rank", "reference_year"], "")


def fact_row(row: Row) -> Row:
    """One figure of Viet Nam as published."""
    return row | {"period": row["edition"]}


TABLES: dict[str, tuple[str, list[str], list[str], Callable[[Row], Row]]] = {
    "telecom_2026": ("telecom_wdi_2026", SERIES, SERIES[:4], series_row),
    "human_capital_2025": ("human_capital_hdr_2025", SERIES, SERIES[:4], series_row),
    "price_baskets": ("itu_price_baskets", SERIES, SERIES[:4], series_row),
    "telecom_then": ("vintages_telecom", SERIES, SERIES[:4], series_row),
    "human_capital_then": ("vintages_schooling", SERIES, SERIES[:4], series_row),
    "gtmi_partial": ("gtmi_2025_partial", INDEX, INDEX[:5], index_row),
    "facts": ("viet_nam_as_published_additions", FACTS, FACTS[:3], fact_row),
}


def rows(path: Path, make: Callable[[Row], Row]) -> Iterator[Row]:
    """The rows of a table of the compilation in the layout of data/raw."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield make(row)


def write_table(path: Path, columns: list[str], key: list[str], made: Iterable[Row]) -> None:
    """Write rows as a table of data/raw, sorted by key."""
    found = sorted(made, key=lambda row: [row[part] for part in key])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    print(f"{path.name}: {len(found):,} rows")


def main(folder: Path, target: Path = RAW) -> None:
    """Write every table that the folder has the input of."""
    for name, (given, columns, key, make) in TABLES.items():
        source = folder / f"{given}.csv"
        if not source.is_file():
            print(f"{source} is not there: {name}.csv stays as it is", file=sys.stderr)
            continue
        write_table(target / f"{name}.csv", columns, key, rows(source, make))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
