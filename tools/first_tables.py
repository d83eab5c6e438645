"""The tables that data/raw began with, from the compilation they were read from.

    python -m tools.first_tables FOLDER    # writes the tables, then run `make checksums`

FOLDER holds one CSV file per table as compiled from copies of publishers' files; what each was
checked against is told in data/raw/SOURCES.md. Rows come out in the layout of data/raw, sorted by
key, every row with its source; a remark on a cell follows from the figures beside it, or from what
was read in the printed report and stands below. The same input gives the same bytes. Editions and
vintages that came later are written by `tools/vintages.py` and `rankings maintain`.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from tools.vintages import INDEX, RAW, SERIES, Row, write_table

# Reads a table of the compilation by its name; makes the rows of a table of data/raw from it.
Reader = Callable[[str], list[Row]]
Make = Callable[[Reader], Iterator[Row]]

INDICATORS = ["index", "edition", "vintage", "iso3", "parent", "indicator", "value", "unit"]
INDICATORS += ["check", "reference_year", "source_id", "note"]
NOT_MEASURED = ["index", "edition", "vintage", "iso3", "component", "value_in_file"]
NOT_MEASURED += ["rank_in_file", "why", "source_id"]

# Remarks that a rule gives.
NO_DATA = "missing data counted as zero in the published EGDI"
LOWEST = "lowest value of the min-max scale, not a missing one"
ABOVE_ONE = "above 1 in the source; kept as published"
RESTS_ON_IT = "rests on an HCI above 1 in the source"
TIED = "equals {other} at four decimals; the published rank follows hidden digits"
TIED_POST = "equals {other} at two decimals; the published ranks differ"
PRINTED = "the printed annex reproduces the published EGDI, the data centre's value does not"
DIFFERS = "does not reproduce the published sub-index"
AS_PRINTED = "agrees with the printed annex, not with the TII of the data centre"
AT_THE_CAP = "inferred: the published TII is reproduced only with the cap of 120"
DECIMALS = "more decimals than ITU prints (two)"
ESTIMATE = "estimate by ITU"
NEIGHBOUR = "printed score and rank are those of the neighbouring row; the pillars add up to value"
# Remarks on single cells: what a reader of the printed report saw.
READ = {
    ("GCIv2", "2017", "CAN", "overall"): "from one transcription; printed rank not held",
    ("GCIv4", "2020", "CAN", "overall"): "printed score and rank not held",
    ("GCIv4", "2020", "FIN", "organizational"): (
        "suspect: the other four pillars and the overall imply 18.04"
    ),
    ("GCIv4", "2020", "KWT", "overall"): (
        "printed score and rank trade places with DOM; here the rounded pillars add up to the "
        "printed 75.07"
    ),
    ("GCIv4", "2020", "ROU", "overall"): (
        "another transcription prints 76.50; the pillars add up to value"
    ),
    ("MISR2015", "2010", "CPV", "overall"): (
        "as printed; the sub-indices held give 3.42, see component use"
    ),
    ("MISR2015", "2010", "CPV", "use"): (
        "suspect: its rank of 98 and the overall value imply about 1.18"
    ),
}
# Why a cell that the data centre stores as 0 is no score: the compilation's words and ours.
WHY = {
    "EGDI not computed (0 + filler rank)": (
        "EGDI not computed: the file stores 0 and one shared filler rank"
    ),
    "not a member / not assessed": (
        "not a member or not assessed: the file stores 0 in every index"
    ),
    "component missing (0 in file, EGDI not computed)": (
        "data missing: the file stores 0 and no EGDI was computed"
    ),
}


def number(text: str) -> str:
    """A figure in its shortest writing: 0.0 is 0, 163.0 is 163; blank stays blank."""
    return f"{Decimal(text).normalize():f}" if text else ""


def index_row(row: Row, index: str, vintage: str, source: str, **more: str) -> Row:
    """One value of an edition; a rank only where the publisher printed it."""
    printed = number(row["rank"]) if row.get("rank_basis") == "published" else ""
    found = dict.fromkeys(INDEX, "") | {"index": index, "edition": row["edition"]}
    found |= {"vintage": vintage, "iso3": row["iso3"], "component": row.get("component", "")}
    found |= {"value": number(row["value"]), "published_rank": printed, "source_id": source}
    read = READ.get((vintage, row["edition"], row["iso3"], found["component"]), "")
    return found | {"note": read} | more


def corrections() -> dict[tuple[str, ...], str]:
    """Cells that the printed report contradicts: edition, economy, component -> as printed."""
    with (RAW / "corrections.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["edition"], row["iso3"], row["component"]): row["corrected"]
            for row in csv.DictReader(file)
            if row["index"] == "EGDI"
        }


def tied(rows: Iterable[Row], words: str) -> dict[tuple[str, str], str]:
    """Remarks on overall values that are equal and carry different published ranks."""
    equal = defaultdict(list)
    for row in rows:
        if row["rank_basis"] == "published":
            equal[row["edition"], number(row["value"])].append(row)
    return {
        (row["edition"], row["iso3"]): words.format(other=other["iso3"])
        for group in equal.values()
        for row in group
        for other in group
        if number(row["rank"]) != number(other["rank"])
    }


def egdi(read: Reader) -> Iterator[Row]:
    """The EGDI and its components."""
    rows = read("egdi")
    printed, ties = corrections(), tied(rows, TIED)
    above = {
        (row["edition"], row["iso3"])
        for row in rows
        if row["component"] == "hci" and Decimal(row["value"]) > 1
    }
    for row in rows:
        edition, iso3, component = row["edition"], row["iso3"], row["component"]
        found = index_row(row, "EGDI", edition, f"un-egov-{edition}")
        if component in ("tii", "hci") and found["value"] == "0":
            found["note"] = NO_DATA if int(edition) <= 2005 else LOWEST
        elif (edition, iso3) in above and component in ("egdi", "hci"):
            found["note"] = ABOVE_ONE if component == "hci" else RESTS_ON_IT
        elif (edition, iso3, component) in printed:
            found |= {"printed_value": printed[edition, iso3, component], "note": PRINTED}
        elif component == "egdi":
            found["note"] = ties.get((edition, iso3), "")
        yield found


def egdi_indicators(read: Reader) -> Iterator[Row]:
    """The indicators that the sub-indices are made of."""
    printed = corrections()
    for row in read("egdi_indicators"):
        edition, note = row["edition"], ""
        if row["check"] == "mismatch":
            corrected = (edition, row["iso3"], row["parent"]) in printed
            note = AS_PRINTED if corrected else DIFFERS
        elif row["check"] == "inferred_at_cap_120":
            note = AT_THE_CAP
        told = {"index": "EGDI", "vintage": edition, "value": number(row["value"])}
        yield row | told | {"reference_year": "", "source_id": f"un-egov-{edition}", "note": note}


def not_measured(read: Reader) -> Iterator[Row]:
    """Cells stored as 0 that are no score."""
    for row in read("egdi_not_measured"):
        told = {"index": "EGDI", "vintage": row["edition"], "why": WHY[row["why"]]}
        told |= {part: number(row[part]) for part in ("value_in_file", "rank_in_file")}
        yield row | told | {"source_id": f"un-egov-{row['edition']}"}


def gci(read: Reader) -> Iterator[Row]:
    """The GCI; of 2020 with the printed scores, some of which stand in a neighbour's row."""
    with (RAW / "editions.csv").open(encoding="utf-8", newline="") as file:
        held = [row for row in csv.DictReader(file) if row["index"] == "GCI"]
    vintages = {row["edition"]: row["vintage"] for row in held}
    for row in read("gci"):
        edition = row["edition"]
        vintage = vintages[edition]
        printed = number(row["value_printed"]) if edition == "2020" else ""
        found = index_row(row, "GCI", vintage, f"itu-gci-{edition}", printed_value=printed)
        found["published_rank"] = number(row["rank_printed"])
        if printed and abs(Decimal(printed) - Decimal(found["value"])) > Decimal("0.005"):
            found["note"] = found["note"] or NEIGHBOUR
        yield found


def idi(read: Reader) -> Iterator[Row]:
    """The IDI to 2017, of each report that prints it, and from 2023."""
    for row in read("idi_2008_2017"):
        report = row["vintage"].lower()
        source = f"itu-{report[:-4]}-{report[-4:]}"
        found = index_row(row, "IDI", row["vintage"], source, reference_year=row["reference_year"])
        decimals = -int(Decimal(found["value"]).as_tuple().exponent)
        found["note"] = found["note"] or (DECIMALS if decimals > 2 else "")
        yield found
    for row in read("idi_2023_2025"):
        if row["component"].partition("_")[0] not in ("ind", "score"):
            edition = row["edition"]
            told = {"reference_year": row["reference_year"]}
            yield index_row(row, "IDI", f"IDI{edition}", f"itu-idi-{edition}", **told)


UNITS = {"pct": "%", "gni": "% of GNI", "gb": "GB", "per100": "per 100"}
UNIVERSAL = {"internet_users", "households_internet", "mobile_broadband"}


def idi_indicators(read: Reader) -> Iterator[Row]:
    """The indicators of the IDI 2024 and their scores."""
    remarks = {"ITU estimate": ESTIMATE, "lagged value 2021": "value of 2021"}
    for row in read("idi_2023_2025"):
        kind, _, name = row["component"].partition("_")
        if kind not in ("ind", "score"):
            continue
        parent = "universal" if any(name.startswith(each) for each in UNIVERSAL) else "meaningful"
        unit = "0-100" if kind == "score" else UNITS[name.rpartition("_")[2]]
        told = {"index": "IDI", "vintage": f"IDI{row['edition']}", "unit": unit, "check": ""}
        told |= {"parent": f"{parent}_connectivity", "indicator": row["component"]}
        told |= {"value": number(row["value"]), "source_id": f"itu-idi-{row['edition']}"}
        yield row | told | {"note": remarks.get(row["note"], "")}


def postal(read: Reader) -> Iterator[Row]:
    """The 2IPD of the one edition held."""
    rows = read("postal_2ipd")
    ties = tied(rows, TIED_POST)
    for row in rows:
        note = ties.get((row["edition"], row["iso3"]), "")
        yield index_row(row, "2IPD", row["edition"], f"upu-pdr-{row['edition']}", note=note)


def gtmi(read: Reader) -> Iterator[Row]:
    """The GTMI of 2020 and 2022."""
    for row in read("gtmi"):
        yield index_row(row, "GTMI", row["edition"], f"wb-gtmi-{row['edition']}")


# Of each series: source and vintage.
DATAHUB = ("itu-datahub-2025", "DataHub 2025")
BOTH = ("itu-datahub-2025_wb-wdi", "")
BANK = ("wb-wdi_itu-2019", "")
HDR = ("undp-hdr-2023-24", "HDR 2023-24")
UIS = ("unesco-uis", "")
RELEASES = {
    "fixed_broadband_per100": BOTH,
    "mobile_cellular_per100": BOTH,
    "internet_users_pct": BANK,
    "fixed_telephone_per100": BANK,
    "households_internet_pct": DATAHUB,
    "mobile_broadband_per100": DATAHUB,
    "pop_coverage_4g_pct": DATAHUB,
    "pop_coverage_5g_pct": DATAHUB,
    "adult_literacy_pct": UIS,
    "ger_tertiary_pct": UIS,
    "expected_years_schooling": HDR,
    "mean_years_schooling": HDR,
    "gni_pc_2017ppp": HDR,
    "hdi": HDR,
}
SPIKES = {
    ("fixed_broadband_per100", "CYM", "2019"),
    ("fixed_broadband_per100", "KNA", "2017"),
    ("mobile_broadband_per100", "FJI", "2017"),
    ("mobile_broadband_per100", "POL", "2014"),
}
SPIKE = "lone spike against the years beside it"


def series(name: str) -> Make:
    """What makes a table of yearly series out of one of the compilation."""

    def make(read: Reader) -> Iterator[Row]:
        for row in read(name):
            source, vintage = RELEASES[row["series"]]
            told = {"vintage": vintage, "source_id": source, "value": number(row["value"])}
            lone = (row["series"], row["iso3"], row["year"]) in SPIKES
            yield row | told | {"note": SPIKE if lone else ""}

    return make


TABLES: dict[str, tuple[list[str], list[str], Make]] = {
    "egdi": (INDEX, INDEX[:5], egdi),
    "egdi_indicators": (INDICATORS, INDICATORS[:6], egdi_indicators),
    "not_measured": (NOT_MEASURED, NOT_MEASURED[:5], not_measured),
    "gci": (INDEX, INDEX[:5], gci),
    "idi": (INDEX, INDEX[:5], idi),
    "idi_indicators": (INDICATORS, INDICATORS[:6], idi_indicators),
    "postal": (INDEX, INDEX[:5], postal),
    "gtmi": (INDEX, INDEX[:5], gtmi),
    "telecom": (SERIES, SERIES[:4], series("telecom")),
    "human_capital": (SERIES, SERIES[:4], series("human_capital")),
}


def later(path: Path, rows: list[Row]) -> list[Row]:
    """The rows of a table that belong to editions shipped since; they are kept."""
    if "edition" not in rows[0] or not path.is_file():
        return []
    written = {(row["edition"], row["vintage"]) for row in rows}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row for row in csv.DictReader(file) if (row["edition"], row["vintage"]) not in written
        ]


def main(folder: Path, target: Path = RAW) -> None:
    """Write every table that the folder has the input of."""

    def read(name: str) -> list[Row]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    for name, (columns, key, make) in TABLES.items():
        try:
            rows = list(make(read))
        except FileNotFoundError as lost:
            print(f"{lost.filename} is not there: {name}.csv stays as it is", file=sys.stderr)
            continue
        path = target / f"{name}.csv"
        write_table(path, columns, key, rows + later(path, rows))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
