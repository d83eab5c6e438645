"""Which bytes did the publisher send? One data file out of a path, a gzip or a zip, and its text.

Nothing is unpacked to disk, and nothing larger than `LIMIT` is unpacked at all.
"""

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rankings import texts
from rankings.errors import DataError, InputError

LIMIT = 200 * 1024 * 1024
RATIO = 100
SMALL = 1024 * 1024
CHUNK = 1024 * 1024
# What stands beside the data: of the World Bank, of a Mac, of Our World in Data.
BESIDE_THE_DATA = ("Metadata_", "__MACOSX/", ".")
ABOUT = ".metadata.json"
NO_DATA = (ABOUT, ".md", ".txt", ".pdf", ".html", ".htm", ".docx", ".png", ".jpg", ".py", ".r")
ZIP, GZIP, OLD_WORKBOOK = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
WORKBOOK_PART = "xl/workbook.xml"
NOT_TABLES = {
    b"PK\x05\x06": "an empty zip archive",
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
}
HTML = re.compile(rb"<\s*(!doctype|html|head|body|script|\?xml|div|title|table)", re.IGNORECASE)


class Readable(Protocol):
    """Anything that unpacks bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""


@dataclass(frozen=True)
class Content:
    """The data of one file.

    Attributes:
        name: the file's name as messages show it; a member of an archive is named behind it.
        data: the bytes of the table itself.
        sha256: fingerprint of the original bytes, archive and all.
        workbook: whether the bytes are an Excel workbook, new or old.
        about: what a file of metadata beside it says (JSON of Our World in Data); may be empty.
    """

    name: str
    data: bytes
    sha256: str
    workbook: bool = False
    about: bytes = b""

    def source_id(self, kind: str, document: str = "") -> str:
        """What rows of this file call their source: kind, fingerprint and known document."""
        return ":".join(part for part in (kind, self.sha256[:12], document) if part)


def one_line(text: object) -> str:
    """Text for a message: no line breaks, no control characters, not endless."""
    line = "".join(letter if letter.isprintable() else "�" for letter in str(text))
    return line if len(line) <= 100 else line[:97] + "..."


def open_file(path: Path) -> Content:
    """The data of a file, unpacked if it is compressed.

    Raises:
        InputError: there is no such file.
        DataError: it is empty, too large, damaged, or holds no single table.
    """
    name = one_line(path.name)
    return content_of(_bytes_of(path, name), name, _about(path))


def _about(path: Path) -> bytes:
    """The metadata that Our World in Data gives beside its CSV."""
    beside = path.with_name(path.name.partition(".")[0] + ABOUT)
    return beside.read_bytes() if beside.is_file() else b""


def content_of(raw: bytes, name: str, about: bytes = b"") -> Content:
    """The data of some bytes, unpacked if they are compressed.

    Raises:
        DataError: they are empty, too many, damaged, or hold no single table.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    if raw.startswith(GZIP):
        raw = _unpack_gzip(raw, name)
        if raw.startswith(GZIP) or (raw.startswith(ZIP) and not _is_workbook(raw, name)):
            raise DataError(
                f"{name}: expected one table, found an archive in an archive; unpack it"
            )
    if raw.startswith(ZIP) and not _is_workbook(raw, name):
        with damage_of(name), zipfile.ZipFile(io.BytesIO(raw)) as archive:
            name, raw, about = _unpack_zip(archive, name)
    if raw.startswith(OLD_WORKBOOK) or (raw.startswith(ZIP) and _is_workbook(raw, name)):
        return Content(name, raw, sha256, workbook=True)
    _check_is_table(raw, name)
    return Content(name, raw, sha256, about=about)


def _is_workbook(raw: bytes, name: str) -> bool:
    with damage_of(name), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if WORKBOOK_PART not in archive.namelist():
            return False
        check_sizes(archive, name)
    return True


def data_members(archive: zipfile.ZipFile) -> list[str]:
    """The names of the files in an archive that may hold data, in their order."""
    return [
        member.filename
        for member in archive.infolist()
        if not member.is_dir() and may_hold_data(member.filename)
    ]


def may_hold_data(name: str) -> bool:
    """Whether a file may be a table: not a note, a picture or metadata beside one."""
    last = name.rsplit("/", 1)[-1]
    return not (
        name.startswith(BESIDE_THE_DATA)
        or last.startswith(BESIDE_THE_DATA)
        or last.casefold().endswith(NO_DATA)
    )


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "nothing" if not path.exists() else "no file"
            raise InputError(f"{name}: expected a file, found {what} at {one_line(path)}; check it")
        size = path.stat().st_size
        if size > LIMIT:
            raise DataError(
                f"{name}: expected at most {LIMIT >> 20} MB, found {size / (1 << 20):,.0f} MB; "
                "give the publisher's file of one indicator"
            )
        raw = path.read_bytes()
    except (OSError, ValueError) as failure:
        raise InputError(f"{name}: cannot be opened ({one_line(failure)}); check it") from None
    if not raw.strip():
        raise DataError(f"{name}: expected a table, found an empty file; download it again")
    return raw


@contextmanager
def damage_of(name: str) -> Iterator[None]:
    """Whatever a damaged or locked archive raises becomes one `DataError`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError) as failure:
        raise _damaged(name, failure) from None
    except (NotImplementedError, RuntimeError) as failure:  # a password, an unknown compression
        raise _damaged(name, failure) from None


def _damaged(name: str, failure: Exception) -> DataError:
    return DataError(
        f"{name}: expected a whole archive, found a damaged or locked one "
        f"({one_line(failure)}); download it again"
    )


def _unpack_gzip(raw: bytes, name: str) -> bytes:
    with damage_of(name), gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
        return _read_capped(stream, len(raw), name)


def _read_capped(stream: Readable, packed: int, name: str) -> bytes:
    """All bytes of a stream; stops as soon as they are more than honest data would be."""
    parts: list[bytes] = []
    size = 0
    while part := stream.read(CHUNK):
        parts.append(part)
        size += len(part)
        _check_size(size, packed, name)
    return b"".join(parts)


def _check_size(size: int, packed: int, name: str) -> None:
    if size > LIMIT or (size > SMALL and size > RATIO * max(packed, 1)):
        raise DataError(
            f"{name}: expected an archive of at most {LIMIT >> 20} MB unpacked and {RATIO} times "
            f"its packed size, found {size:,} bytes or more out of {packed:,}; "
            "unpack it and give the data file itself"
        )


def check_sizes(archive: zipfile.ZipFile, name: str) -> None:
    """`DataError` if an archive would unpack to more than the limits, part by part or in sum."""
    members = archive.infolist()
    if members and min(member.header_offset for member in members) > 0:
        raise _damaged(name, ValueError("bytes before its first member"))
    for member in members:
        _check_size(member.file_size, member.compress_size, f"{name}, {one_line(member.filename)}")
    _check_size(sum(m.file_size for m in members), sum(m.compress_size for m in members), name)


def member_bytes(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """One part of an archive, never more than the limits whatever its directory claims."""
    with archive.open(member) as stream:
        return _read_capped(stream, archive.getinfo(member).compress_size, name)


def _unpack_zip(archive: zipfile.ZipFile, name: str) -> tuple[str, bytes, bytes]:
    check_sizes(archive, name)
    members = data_members(archive)
    if len(members) != 1:
        found = ", ".join(one_line(member) for member in members[:4]) or "none"
        raise DataError(
            f"{name}: expected one data file in the archive, found {len(members)} ({found}); "
            "unpack it and give the data file itself"
        )
    inner = f"{name}/{one_line(members[0])}"
    raw = member_bytes(archive, members[0], inner)
    if raw.startswith(GZIP) or (raw.startswith(ZIP) and not _is_workbook(raw, inner)):
        raise DataError(f"{inner}: expected one table, found an archive in an archive; unpack it")
    about = [each for each in archive.namelist() if each.endswith(ABOUT)]
    return inner, raw, member_bytes(archive, about[0], name) if about else b""


def _check_is_table(raw: bytes, name: str) -> None:
    if not raw.strip():
        raise DataError(f"{name}: expected a table, found an empty file; download it again")
    for start, what in NOT_TABLES.items():
        if raw.startswith(start):
            raise DataError(f"{name}: expected CSV, XLSX or JSON, found {what}; save it as CSV")
    if HTML.match(raw.removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise DataError(
            f"{name}, line 1: expected a table, found a web page (an error or log-in page saved "
            "under the file's name); download the file again"
        )
    if b"\x00" in raw and not raw.startswith(UTF16):
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        raise DataError(f"{name}, line {line}: expected text, found a zero byte; download it again")


def decode(content: Content, *, latin: bool = False) -> tuple[str, list[str]]:
    """The text of a file, and a note if another program than the publisher's saved it.

    Raises:
        DataError: the bytes are no text in UTF-8, UTF-16 or a code page of Windows, or can be read
            in two ways; the line of the first wrong one is named.
    """
    if latin:
        try:
            return content.data.decode("utf-8-sig"), []
        except UnicodeDecodeError:
            return content.data.decode("latin-1"), []
    found = texts.decode(content.data, content.name)
    note = f"the text is in {found.encoding}: another program than the publisher's saved it"
    return found.text, [] if found.encoding == "utf-8" else [note]
