"""Which publisher's layout is a file, and what does it hold? Its content decides, not its name."""

from collections.abc import Callable
from pathlib import Path

from rankings.errors import DataError
from rankings.sources import (
    data360,
    datahub,
    egov,
    egov_checks,
    hdr,
    held,
    plain,
    plain_files,
    world_bank,
)
from rankings.sources.delivery import Delivery
from rankings.sources.files import Content, decode, open_file
from rankings.sources.sheets import AGAIN, Record, Sheet, records, sheet, shown
from rankings.sources.workbook import read_workbook

SIGNS: dict[str, tuple[str, ...]] = {
    egov.KIND: egov_checks.HEADER,
    data360.LONG: data360.LONG_HEADER,
    data360.WIDE: data360.WIDE_HEADER,
    datahub.KIND: datahub.HEADER,
    hdr.KIND: hdr.HEADER,
    plain_files.INDEX: tuple(plain.INDEX_TABLE.columns),
    plain_files.SERIES: tuple(plain.SERIES_TABLE.columns),
    plain_files.INDICATORS: tuple(plain.INDICATOR_TABLE.columns),
}
ENOUGH = 0.5
LOADERS: dict[str, Callable[[Sheet, Content], Delivery]] = {
    egov.KIND: egov.load,
    data360.LONG: data360.load_long,
    data360.WIDE: data360.load_wide,
    datahub.KIND: datahub.load,
    hdr.KIND: hdr.load,
    plain_files.INDEX: lambda table, content: plain_files.load(table, content, plain_files.INDEX),
    plain_files.SERIES: lambda table, content: plain_files.load(table, content, plain_files.SERIES),
    plain_files.INDICATORS: lambda table, content: plain_files.load(
        table, content, plain_files.INDICATORS
    ),
}


def read(path: Path) -> Delivery:
    """What a publisher's file holds, checked, in the project's plain layouts.

    CSV, XLSX and JSON are read, also out of gzip or a zip with one data file.

    Raises:
        InputError: there is no such file.
        DataError: the file is not, or not wholly and consistently, what a known publisher gives;
            one line names file, line and column, what was expected and found, and what to do.
    """
    content = open_file(Path(path))
    return held.compare(_load(content))


def _load(content: Content) -> Delivery:
    if content.workbook:
        table = read_workbook(content)
        return LOADERS[recognise(table.header, content.name)](table, content)
    if content.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{")):
        return world_bank.load_api(decode(content), content)
    return _load_csv(content)


def _load_csv(content: Content) -> Delivery:
    latin = content.data.lstrip(b"\xef\xbb\xbf").startswith(b"iso3,country,hdicode")
    text = decode(content, latin=latin)
    ended = text.endswith(("\n", "\r"))
    found = records(text, content.name)
    if _is_bulk(found):
        return world_bank.load_bulk(found, content, ended=ended)
    kind = recognise(found[0][1], content.name)
    return LOADERS[kind](sheet(found, content.name, ended=ended), content)


def _is_bulk(found: list[Record]) -> bool:
    """World Bank bulk files begin with lines about themselves."""
    starts = {cells[0] for _, cells in found[:5] if cells}
    return bool(starts & {"Data Source", "Last Updated Date"})


def recognise(header: list[str] | tuple[str, ...], file: str) -> str:
    """The kind whose columns a header has, or has the most of.

    Raises:
        DataError: it has too few of any kind's columns.
    """
    shares = {
        kind: sum(label in header for label in labels) / len(labels)
        for kind, labels in SIGNS.items()
    }
    kind = max(shares, key=shares.__getitem__)
    if shares[kind] < ENOUGH:
        raise DataError(
            f"{file}, line 1: expected the columns of a known publisher "
            f"({', '.join([*SIGNS, world_bank.API, world_bank.BULK])}), "
            f"found {shown(','.join(header))}; {AGAIN}, or bring it into the project's own layout"
        )
    return kind
