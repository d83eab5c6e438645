"""Publishers' files made from the committed tables, and the damage that files come to."""

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import openpyxl
import pandas as pd
from hypothesis import strategies as st

from rankings import store
from rankings.sources import resolve_name

SAMPLES = Path(__file__).parent / "samples"
EGOV = "un-egov.csv"
WIDE = "data360-wide.csv"
GCI = "data360-long.csv"
API = "worldbank-api.json"
BULK = "worldbank-bulk.csv"
DATAHUB = "itu-datahub.csv"
TII = "data360-wide-tii.csv"
HDR25 = "undp-hdr25.csv"
# The same kinds as their publishers gave them, whole; they lie beside the project.
WHOLE = {
    EGOV: "EGOV_DATA_2018.csv",
    WIDE: "UN_EGDI_EGDI_WIDEF.csv",
    TII: "UN_EGDI_TII_WIDEF.csv",
    GCI: "ITU_GCI_data360.csv",
    API: "wb_IT.NET.BBND.P2.json",
    BULK: "API_IT.CEL.SETS.P2_DS2_en_csv_v2_887311.csv",
    DATAHUB: "itu_datahub_lit_bandwidth.csv",
    "itu-datahub-older.csv": "active-mobile-broadband-subscriptions_1711147050645.csv",
    "itu-datahub-two-series.csv": "mobile-cellular-subscriptions_1758627613877.csv.gz",
    HDR25: "HDR25_Composite_indices_complete_time_series.csv.gz",
}
OLD_WORKBOOK = "API_IT.NET.USER.ZS_DS2_en_excel_v2_2163445.xls"
EGOV_HEADER = (
    "Survey Year,Country Name,E-Government Rank,E-Government Index,E-Participation Index,"
    "Online Service Index,Human Capital Index,Telecommunication Infrastructure Index"
)
EDITIONS = [2003, 2004, 2005, 2008, 2010, 2012, 2014, 2016, 2018, 2020, 2022, 2024]
FORMER = {
    "TUR": "Turkey",
    "MKD": "The former Yugoslav Republic of Macedonia",
    "SWZ": "Swaziland",
    "CPV": "Cape Verde",
    "CZE": "Czechia",
    "LBY": "Libyan Arab Jamahiriya",
    "GEO": "Georgia (Country)",
}


@cache
def raw(name: str) -> pd.DataFrame:
    return store.read_csv(store.raw_folder() / f"{name}.csv")


@cache
def portal_file(edition: int, label: int | None = None, former: bool = False) -> str:
    """An edition as the UN's portal gives it: zeros for what was not measured, padded names."""
    scores, blanks = raw("egdi"), raw("not_measured")
    scores = scores.loc[scores["edition"] == str(edition)]
    blanks = blanks.loc[blanks["edition"] == str(edition)]
    names = raw("economies").set_index("iso3")["name_en"].to_dict()
    cells = {(r.iso3, r.component): r.value for r in scores.itertuples()}
    cells |= {(r.iso3, r.component): r.value_in_file for r in blanks.itertuples()}
    ranks = dict(scores.loc[scores["component"] == "egdi", ["iso3", "published_rank"]].to_numpy())
    ranks |= {r.iso3: r.rank_in_file for r in blanks.itertuples() if r.component == "egdi"}
    lines = [EGOV_HEADER]
    for place, iso3 in enumerate(sorted({iso3 for iso3, _ in cells})):
        name = (FORMER.get(iso3) if former else None) or names[iso3]
        rank = "" if pd.isna(ranks[iso3]) else ranks[iso3]
        values = [f"{float(cells[iso3, c]):.5f}" for c in ("egdi", "epi", "osi", "hci", "tii")]
        quoted = name if place % 11 == 0 else f'"{name} "'
        lines.append(",".join([str(label or edition), quoted, str(rank), *values]))
    return "\n".join(lines) + "\n"


@cache
def publisher_file(name: str) -> bytes:
    """A file of one of the kinds in `WHOLE`: the sample with its publisher's layout.

    Some kinds are read only with every member of the UN in them. The members that such a sample
    leaves out follow in the same layout: with the committed figures, in the bulk file made up.
    """
    sample = (SAMPLES / name).read_bytes()
    encoding = "latin-1" if name == HDR25 else "utf-8-sig"
    rows = list(csv.reader(io.StringIO(sample.decode(encoding))))
    completed = {
        EGOV: _portal_rows,
        WIDE: partial(_wide_rows, component="egdi"),
        TII: partial(_wide_rows, component="tii"),
        BULK: _bulk_rows,
        HDR25: _hdr_rows,
    }
    more = completed[name](rows) if name in completed else []
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(more)
    return sample + out.getvalue().encode(encoding.removesuffix("-sig"))


def _portal_rows(rows: list[list[str]]) -> list[list[str]]:
    present = {resolve_name(row[1].strip()) for row in rows[1:]}
    every = csv.reader(portal_file(2018).splitlines()[1:])
    return [row for row in every if resolve_name(row[1].strip()) not in present]


def _absent(present: set[str]) -> dict[str, str]:
    """Names of the members of the UN that are not there, by code."""
    members = raw("economies").loc[lambda rows: rows["un_member_since"].notna()]
    return {row.iso3: row.name_en for row in members.itertuples() if row.iso3 not in present}


def _wide_rows(rows: list[list[str]], *, component: str) -> list[list[str]]:
    """Rows of Data360's wide file, each like the first but for its economy and figures."""
    years = rows[0][16:]
    held = [(r.iso3, r.edition, r.component, r.value) for r in raw("egdi").itertuples()]
    held += [
        (r.iso3, r.edition, r.component, r.value_in_file) for r in raw("not_measured").itertuples()
    ]
    cells = {(iso3, edition): value for iso3, edition, part, value in held if part == component}
    return [
        [*rows[1][:2], iso3, name, *rows[1][4:16]]
        + [f"{float(cells[iso3, year]):g}" if (iso3, year) in cells else "" for year in years]
        for iso3, name in _absent({row[2] for row in rows}).items()
    ]


def _bulk_rows(rows: list[list[str]]) -> list[list[str]]:
    """Rows of the World Bank's bulk file with made-up figures in two years."""
    top = next(row for row in rows if row[:1] == ["Country Name"])
    like = rows[-1]
    figures = {"2016": "90.25", "2017": "91.5"}
    return [
        [name, iso3, *like[2:4], *(figures.get(label, "") for label in top[4:])]
        for iso3, name in _absent({row[1] for row in rows if len(row) > 1}).items()
    ]


def _hdr_rows(rows: list[list[str]]) -> list[list[str]]:
    """Rows of UNDP's time series with the committed HDI and years of schooling, nothing else."""
    stems = {"hdi": "hdi", "expected_years_schooling": "eys", "mean_years_schooling": "mys"}
    cells = {
        (r.iso3, f"{stems[r.series]}_{r.year}"): r.value
        for r in raw("human_capital").itertuples()
        if r.series in stems
    }
    return [
        [iso3, name, *(cells.get((iso3, column), "") for column in rows[0][2:])]
        for iso3, name in _absent({row[0] for row in rows}).items()
    ]


@cache
def hdr_file() -> bytes:
    """UNDP's time series as far as the committed tables go, in Latin-1 with regional rows."""
    stems = {
        "hdi": "hdi",
        "eys": "expected_years_schooling",
        "mys": "mean_years_schooling",
        "gnipc": "gni_pc_2017ppp",
    }
    table = raw("human_capital")
    cells = {(r.series, r.iso3, int(r.year)): r.value for r in table.itertuples()}
    economies = raw("economies")
    kept = economies["un_member_since"].notna() | economies["iso3"].isin(["HKG", "PSE"])
    years = range(2000, 2023)
    header = ["iso3", "country", "hdicode", "region", "hdi_rank_2022"]
    header += [f"{stem}_{year}" for stem in stems for year in years] + ["co2_prod_2022"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for row in economies.loc[kept].itertuples():
        values = [cells.get((name, row.iso3, y), "") for name in stems.values() for y in years]
        writer.writerow([row.iso3, row.name_en, "", "", "", *values, "70.1"])
    for code, name in (("ZZA.VHHD", "Very high human development"), ("ZZK.WORLD", "World")):
        writer.writerow([code, name, "", "", "", *["0.5"] * (len(header) - 6), "70.1"])
    return out.getvalue().encode("latin-1")


def workbook(
    rows: list[list[object]],
    *,
    formula: str = "",
    more: bool = False,
    beside: dict[str, list[list[object]]] | None = None,
) -> bytes:
    """A small XLSX, its formula (if any) in one cell; with a second sheet of the same rows."""
    book = openpyxl.Workbook()
    sheets = [book.active, *([book.create_sheet("More")] if more else [])]
    sheets[0].title = "Data"
    for sheet in sheets:
        for row in rows:
            sheet.append(row)
        if formula:
            sheet[formula] = "=1+1"
    for title, cells in (beside or {}).items():
        further = book.create_sheet(title)
        for row in cells:
            further.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


@cache
def broadband() -> list[tuple[str, str, int, str]]:
    """Fixed broadband as the committed table has it, of member states: iso3, name, year, value."""
    economies = raw("economies")
    names = economies.loc[economies["un_member_since"].notna()].set_index("iso3")["name_en"]
    rows = raw("telecom").loc[lambda table: table["series"] == "fixed_broadband_per100"]
    return [
        (row.iso3, names[row.iso3], int(row.year), row.value)
        for row in rows.itertuples()
        if row.iso3 in names.index and int(row.year) >= 2018
    ]


@cache
def owid_file() -> bytes:
    """A table of Our World in Data, with aggregates and a column that is none of ours."""
    lines = ["Entity,Code,Year,Fixed broadband subscriptions (per 100 people),Region"]
    lines += [f'"{name}",{iso3},{year},{value},x' for iso3, name, year, value in broadband()]
    lines += ["World,OWID_WRL,2020,15.9,", "Asia,,2020,14.1,"]
    return ("\n".join(lines) + "\n").encode()


@cache
def databank_file() -> bytes:
    """A table of the World Bank's DataBank, ".." for what is absent, footnotes below."""
    cells = {(iso3, year): value for iso3, _, year, value in broadband()}
    years = range(2018, 2025)
    header = ",".join(f"{year} [YR{year}]" for year in years)
    lines = [f"Country Name,Country Code,Series Name,Series Code,{header}"]
    for iso3, name in sorted({(iso3, name) for iso3, name, _, _ in broadband()}):
        figures = ",".join(cells.get((iso3, year), "..") for year in years)
        lines.append(f'"{name}",{iso3},Fixed broadband,IT.NET.BBND.P2,{figures}')
    lines += ["", "Data from database: World Development Indicators", "Last Updated: 10/07/2026"]
    return ("\n".join(lines) + "\n").encode()


@cache
def datahub_answer() -> bytes:
    """An answer of the DataHub's interface: every value a text."""
    entries = [
        {
            **{"codeID": 12, "code": "i992b", "isoCode": iso3, "countryID": 1, "shortName": name},
            **{"dataYear": year, "answer": [{"value": value, "id": 5}]},
            **{"dataSource": "ITU", "dataNote": ""},
        }
        for iso3, name, year, value in broadband()
        if year >= 2022
    ]
    return json.dumps(entries).encode()


@cache
def bulk_workbook() -> bytes:
    """The World Bank's Excel download: a sheet of data and one of metadata."""
    cells = {(iso3, year): float(value) for iso3, _, year, value in broadband()}
    years = range(2018, 2025)
    rows: list[list[object]] = [
        ["Data Source", "World Development Indicators"],
        ["Last Updated Date", pd.Timestamp("2026-04-08").to_pydatetime()],
        [],
        ["Country Name", "Country Code", "Indicator Name", "Indicator Code", *map(str, years)],
    ]
    economies = raw("economies")
    members = economies.loc[economies["un_member_since"].notna(), ["iso3", "name_en"]]
    for iso3, name in members.itertuples(index=False):
        figures = [cells.get((iso3, year)) for year in years]
        rows.append([name, iso3, "Fixed broadband", "IT.NET.BBND.P2", *figures])
    return workbook(rows, beside={"Metadata - Countries": [["Country Code", "Region"]]})


# Damage. `Harm` says what may be true of a file that is accepted all the same.


@dataclass(frozen=True)
class Harm:
    """What was done to a file: its bytes now, and whether figures themselves were changed."""

    what: str
    data: bytes
    figures: bool = False


Damage = Callable[[bytes, random.Random], Harm]
TOKENS = [
    *("", "0", "-1", "1.5", "0,33", "1e999", "nan", "inf", "n.a.", "..", "0.5", "=1+1", "1 000"),
    *("VNM", "VNN", "WLD", "Korea", "Congo", "Niger", "2019", "200", "0.50000", "<b>", "'", "٣"),
]


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def delete_lines(data: bytes, chance: random.Random) -> Harm:
    lines = _lines(data)
    at = chance.randrange(len(lines))
    del lines[at : at + chance.choice([1, 1, 2, 30])]
    return Harm("lines deleted", b"\n".join(lines))


def double_line(data: bytes, chance: random.Random) -> Harm:
    lines = _lines(data)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return Harm("line doubled", b"\n".join(lines))


def swap_lines(data: bytes, chance: random.Random) -> Harm:
    lines = _lines(data)
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return Harm("lines exchanged", b"\n".join(lines))


def cut(data: bytes, chance: random.Random) -> Harm:
    at = (
        len(data) - chance.randrange(1, 400)
        if chance.random() < 0.5
        else chance.randrange(len(data))
    )
    return Harm("cut off", data[: max(at, 0)])


def drop_bytes(data: bytes, chance: random.Random) -> Harm:
    at = chance.randrange(len(data))
    return Harm("bytes lost", data[:at] + data[at + chance.choice([1, 2, 7, 500]) :], True)


def flip_byte(data: bytes, chance: random.Random) -> Harm:
    at = chance.randrange(len(data))
    return Harm("byte changed", data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :], True)


def change_digit(data: bytes, chance: random.Random) -> Harm:
    digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    at = chance.choice(digits)
    return Harm(
        "digit changed", data[:at] + str(chance.randrange(10)).encode() + data[at + 1 :], True
    )


def _table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")))


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "surrogateescape")


def change_cell(data: bytes, chance: random.Random) -> Harm:
    rows = _table(data)
    row = chance.choice([row for row in rows if row])
    row[chance.randrange(len(row))] = chance.choice(TOKENS)
    return Harm("cell changed", _written(rows), True)


def swap_cells(data: bytes, chance: random.Random) -> Harm:
    rows = [row for row in _table(data) if row]
    one, two = chance.sample(rows, 2)
    at = chance.randrange(min(len(one), len(two)))
    one[at], two[at] = two[at], one[at]
    return Harm("cells exchanged", _written(rows), True)


def swap_columns(data: bytes, chance: random.Random) -> Harm:
    rows = _table(data)
    whole = chance.random() < 0.4
    wide = max(len(row) for row in rows)
    one, two = chance.randrange(wide), chance.randrange(wide)
    for place, row in enumerate(rows):
        if len(row) == wide and (whole or place):
            row[one], row[two] = row[two], row[one]
    return Harm("columns exchanged", _written(rows), not whole)


def drop_column(data: bytes, chance: random.Random) -> Harm:
    rows = _table(data)
    at = chance.randrange(max(len(row) for row in rows))
    return Harm("column lost", _written([row[:at] + row[at + 1 :] for row in rows]))


def double_column(data: bytes, chance: random.Random) -> Harm:
    rows = _table(data)
    at = chance.randrange(max(len(row) for row in rows))
    return Harm(
        "column doubled", _written([row[:at] + row[at : at + 1] + row[at:] for row in rows])
    )


def shift_column(data: bytes, chance: random.Random) -> Harm:
    """A column slides by some rows beside the others, as when lists are pasted side by side."""
    rows = _table(data)
    wide = max(len(row) for row in rows)
    body = [row for row in rows if len(row) == wide][1:]
    at, by = chance.randrange(wide), chance.choice([1, 2, 5])
    column = [row[at] for row in body]
    for row, cell in zip(body, column[by:] + column[:by], strict=True):
        row[at] = cell
    return Harm("column shifted", _written(rows), True)


def other_commas(data: bytes, chance: random.Random) -> Harm:
    sign = chance.choice([b";", b"\t", b"|"])
    changed = data.replace(b",", sign)
    return Harm(
        "other separator", changed.replace(b".", b",") if chance.random() < 0.5 else changed
    )


def encode(data: bytes, chance: random.Random) -> Harm:
    text = data.decode("utf-8", "replace")
    how = chance.choice(["utf-16", "utf-8-sig", "cp1250", "utf-32", "cp037"])
    return Harm(f"encoded as {how}", text.encode(how, "replace"))


def put_html(data: bytes, chance: random.Random) -> Harm:
    page = b"<!DOCTYPE html><html><body>Error 503</body></html>\n"
    at = chance.choice([0, 0, chance.randrange(len(data)), len(data)])
    keep = chance.random() < 0.5
    return Harm("a web page in it", data[:at] + page + (data[at:] if keep else b""))


def put_bytes(data: bytes, chance: random.Random) -> Harm:
    at = chance.randrange(len(data) + 1)
    junk = chance.choice([b"\x00", b'"', b",", b"\n", b"\r", b"\xff\xfe", b'""', b"[", b"\xc3"])
    return Harm("stray bytes", data[:at] + junk + data[at:], True)


def wrap(data: bytes, chance: random.Random) -> Harm:
    """Harmless: another line ending, or an archive."""
    how = chance.randrange(3)
    if how == 0:
        return Harm("CRLF", data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    if how == 1:
        return Harm("gzip", gzip.compress(data))
    return Harm("zip", archive({"data.csv": data, "Metadata_Country.csv": b"a,b\n"}))


def break_archive(data: bytes, chance: random.Random) -> Harm:
    packed = gzip.compress(data) if chance.random() < 0.5 else archive({"data.csv": data})
    harm = chance.choice([cut, flip_byte, drop_bytes])(packed, chance)
    return Harm(f"archive, {harm.what}", harm.data, True)


DAMAGES: list[Damage] = [
    *(delete_lines, double_line, swap_lines, cut, drop_bytes, flip_byte, change_digit),
    *(change_cell, change_cell, swap_cells, swap_columns, drop_column, double_column),
    *(shift_column, other_commas, encode, put_html, put_bytes, wrap, break_archive),
]


def change_json(data: bytes, chance: random.Random) -> Harm:
    """One field of one entry of the API's answer is lost, doubled or another."""
    answer = json.loads(data)
    entries = answer[1] if isinstance(answer[1], list) else answer
    entry = chance.choice(entries)
    field = chance.choice(sorted(entry))
    new = chance.choice([None, "", 0, -1, 1e300, "x", [], {}, "2019", True, "WLD", float("nan")])
    match chance.randrange(4):
        case 0:
            del entry[field]
        case 1:
            entry[field] = new
        case 2:
            entries.append(dict(entry))
        case 3:
            answer[0][chance.choice(sorted(answer[0]))] = new
    return Harm("field changed", json.dumps(answer).encode(), True)


JSON_DAMAGES: list[Damage] = [
    *(change_json, change_json, change_json, cut, drop_bytes, flip_byte, change_digit, encode),
    *(put_html, put_bytes),
]


BINARY_DAMAGES: list[Damage] = [cut, drop_bytes, flip_byte, flip_byte, put_html, put_bytes]


def damages(
    *, as_json: bool = False, binary: bool = False
) -> st.SearchStrategy[tuple[Damage, int]]:
    """A damage and the seed that decides where it strikes."""
    if binary:
        return st.tuples(st.sampled_from(BINARY_DAMAGES), st.integers(0, 10**9))
    listed = JSON_DAMAGES if as_json else DAMAGES
    return st.tuples(st.sampled_from(listed), st.integers(0, 2**32 - 1))
