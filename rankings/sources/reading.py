"""Which publisher's layout is a file, and what does it hold? Its content decides, not its name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rankings import texts
from rankings.errors import DataError
from rankings.sources import (
    data360,
    datahub,
    datahub_api,
    egov,
    egov_checks,
    hdr,
    held,
    owid,
    plain,
    plain_files,
    world_bank,
)
from rankings.sources.delivery import Delivery
from rankings.sources.files import Content, decode, one_line, open_file
from rankings.sources.sheets import Record, Sheet, records, sheet, shown
from rankings.sources.workbook import read_workbook

SIGNS: dict[str, tuple[str, ...]] = {
    egov.KIND: egov_checks.HEADER,
    data360.LONG: data360.LONG_HEADER,
    data360.WIDE: data360.WIDE_HEADER,
    datahub.KIND: datahub.HEADER,
    hdr.KIND: hdr.HEADER,
    owid.KIND: owid.HEADER,
    plain_files.INDEX: tuple(plain.INDEX_TABLE.columns),
    plain_files.SERIES: tuple(plain.SERIES_TABLE.columns),
    plain_files.INDICATORS: tuple(plain.INDICATOR_TABLE.columns),
}
ENOUGH = 0.5
# The only file that its publisher gives in Latin-1: of UNDP.
LATIN = (b"iso3,country,hdicode", b"\xef\xbb\xbfiso3,country,hdicode")
LOADERS: dict[str, Callable[[Sheet, Content], Delivery]] = {
    egov.KIND: egov.load,
    data360.LONG: data360.load_long,
    data360.WIDE: data360.load_wide,
    datahub.KIND: datahub.load,
    hdr.KIND: hdr.load,
    owid.KIND: owid.load,
    plain_files.INDEX: lambda table, content: plain_files.load(table, content, plain_files.INDEX),
    plain_files.SERIES: lambda table, content: plain_files.load(table, content, plain_files.SERIES),
    plain_files.INDICATORS: lambda table, content: plain_files.load(
        table, content, plain_files.INDICATORS
    ),
}


def read(path: Path) -> Delivery:
    """What a publisher's file holds, checked, in the project's plain layouts.

    CSV, Excel workbooks new and old, and JSON are read, also out of gzip or a zip with one data
    file.

    Raises:
        InputError: there is no such file.
        DataError: the file is not, or not wholly and consistently, what a known publisher gives;
            one line names file, line and column, what was expected and found, and what to do.
    """
    return read_content(open_file(Path(path)))


def read_content(content: Content) -> Delivery:
    """What the bytes of a file hold; as `read`."""
    return held.compare(_load(content))


def _load(content: Content) -> Delivery:
    if content.workbook:
        return _load_workbook(content)
    text, notes = decode(content, latin=content.data.startswith(LATIN))
    if text.lstrip(" \t\r\n").startswith(("[", "{")):
        delivery = _load_json(text, content)
    else:
        ended = text.endswith(("\n", "\r"))
        delivery = _load_records(records(text, content.name), content, ended=ended)
    return replace(delivery, notes=[*delivery.notes, *notes])


def _load_json(text: str, content: Content) -> Delivery:
    answer = world_bank.parse_json(text, content.name)
    if datahub_api.is_answer(answer):
        return datahub_api.load(answer, content)
    if datahub_api.is_list_of_names(answer):
        raise DataError(
            f"{content.name}: expected figures of a series by economy (isoCode) and year, found a "
            "list of the DataHub without them; save the answer of /data/bycode/... unchanged"
        )
    return world_bank.load_api(answer, content)


def _load_workbook(content: Content) -> Delivery:
    """The one sheet of a workbook that is a publisher's table; other sheets are told."""
    sheets = read_workbook(content)
    known = {title: rows for title, rows in sheets.items() if is_table(rows)}
    if len(known) > 1:
        raise DataError(
            f"{content.name}: expected one sheet with data, found {len(known)} "
            f"({', '.join(map(one_line, known))}); keep the sheet that holds the data, or save it "
            "as CSV"
        )
    title, rows = next(iter((known or sheets).items()))
    named = replace(content, name=f"{content.name}, sheet {one_line(title)}")
    delivery = _load_records(rows, named, ended=True, unit="row")
    besides = [one_line(each) for each in sheets if each != title]
    notes = [f"sheets besides {title} are not read: {', '.join(besides)}"] if besides else []
    return replace(delivery, file=content.name, notes=[*delivery.notes, *notes])


def is_table(rows: list[Record]) -> bool:
    """Whether the rows of a sheet are a publisher's table."""
    return _is_bulk(rows) or _best(rows[0][1])[1] >= ENOUGH


def _load_records(
    found: list[Record], content: Content, *, ended: bool, unit: str = "line"
) -> Delivery:
    if _is_bulk(found):
        return world_bank.load_bulk(found, content, ended=ended, unit=unit)
    kind = recognise(found[0][1], content.name)
    if kind.startswith("plain-"):
        found = _tidied(found)
    return LOADERS[kind](sheet(found, content.name, ended=ended, unit=unit), content)


def _tidied(found: list[Record]) -> list[Record]:
    """A user's table without the blank lines and the empty last columns that spreadsheets add."""
    rows = [(line, list(map(texts.tidy, cells))) for line, cells in found]
    rows = [(line, cells) for line, cells in rows if any(cells)]
    named = max(place for place, label in enumerate(rows[0][1], start=1) if label)
    return [(line, cells[:named] if not any(cells[named:]) else cells) for line, cells in rows]


def _is_bulk(found: list[Record]) -> bool:
    """Bulk files and tables of the World Bank begin with lines about themselves, or at once."""
    starts = {cells[0].strip() for _, cells in found[:5] if cells}
    first = set(found[0][1])
    return bool(starts & {"Data Source", world_bank.UPDATED}) or any(
        set(header) <= first for header in (world_bank.BULK_HEADER, world_bank.DATABANK_HEADER)
    )


def _best(header: list[str] | tuple[str, ...]) -> tuple[str, float]:
    """The kind that a header has the most columns of, and the share it has of them."""
    shares = {
        kind: sum(label in header for label in labels) / len(labels)
        for kind, labels in SIGNS.items()
    }
    kind = max(shares, key=shares.__getitem__)
    return kind, shares[kind]


def recognise(header: list[str] | tuple[str, ...], file: str) -> str:
    """The kind whose columns a header has, or has the most of.

    Raises:
        DataError: it has too few of any kind's columns.
    """
    kind, share = _best(header)
    if share < ENOUGH:
        raise DataError(
            f"{file}, line 1: expected the columns of a known publisher "
            f"({', '.join([*SIGNS, world_bank.API, world_bank.BULK, datahub_api.KIND])}), "
            f"found {shown(','.join(header))}; give the publisher's own file, or bring it into the "
            "project's own layout"
        )
    return kind
