"""What does a text say that a person wrote or a program saved? Its letters, its table, its TOML.

Every file of a user's own is read here (groups, pipelines, tables in the project's layout), however
a spreadsheet or an editor saved it: UTF-8 with or without its mark, UTF-16, or the code pages of
Windows for Western European languages (cp1252) and Vietnamese (cp1258). What could be read in two
ways is refused, with file, line and column.
"""

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rankings.errors import DataError, InputError

UTF16 = (b"\xff\xfe", b"\xfe\xff")
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# Vietnamese is written in cp1258 as a letter and its tone behind it.
VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
OWN_LETTERS = frozenset("ăđơưĂĐƠƯ")
# Blanks that are not seen, and are never meant, in a cell.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None)


@dataclass(frozen=True)
class Decoded:
    """A text and how its bytes were read: utf-8, utf-16, cp1252 or cp1258."""

    text: str
    encoding: str


def decode(data: bytes, file: str) -> Decoded:
    """The text of some bytes, in composed letters (NFC).

    Args:
        data: the bytes.
        file: the name that messages begin with.

    Raises:
        DataError: the bytes are no text, or can be read in two ways; the line is named.
    """
    if data.startswith(UTF16):
        text = _utf16(data, file)
        if "\x00" in text:
            raise DataError(f"{file}: expected text, found zero bytes in it; save it as UTF-8")
        return Decoded(text, "utf-16")
    try:
        return Decoded(_composed(data.decode("utf-8-sig")), "utf-8")
    except UnicodeDecodeError as failure:
        return _of_windows(data, file, failure.start)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _utf16(data: bytes, file: str) -> str:
    try:
        return _composed(data.decode("utf-16"))
    except UnicodeDecodeError as failure:
        raise DataError(
            f"{file}: expected whole text in UTF-16, found it broken at byte {failure.start + 1}; "
            "save the file as UTF-8"
        ) from None


def _of_windows(data: bytes, file: str, at: int) -> Decoded:
    """A text in a code page of Windows."""
    line = data[:at].count(b"\n") + 1
    where = f"{file}, line {line}: expected text in UTF-8, found the byte 0x{data[at]:02x}"
    # Letters of UTF-8 beside others: the file was damaged, and is in no one code page.
    if MULTIBYTE.search(data):
        raise DataError(f"{where}; save the file as UTF-8 or download it again")
    western = _read(data, "cp1252")
    vietnamese = _read(data, "cp1258")
    if western is None and vietnamese is None:
        raise DataError(f"{where}, which is in no code page; save the file as UTF-8")
    if vietnamese is None or western is None or vietnamese == western:
        found, page = (western, "cp1252") if western is not None else (vietnamese, "cp1258")
        return Decoded(str(found), page)
    sure = _looks_vietnamese(data.decode("cp1258"))
    if sure is None:
        one, other = _first_difference(western, vietnamese)
        raise DataError(f"{where}, which may be {one!r} or {other!r}; save the file as UTF-8")
    return Decoded(vietnamese, "cp1258") if sure else Decoded(western, "cp1252")


def _read(data: bytes, page: str) -> str | None:
    try:
        return _composed(data.decode(page))
    except UnicodeDecodeError:
        return None


def _looks_vietnamese(text: str) -> bool | None:
    """Whether a text read as cp1258 is Vietnamese; None if that cannot be said."""
    tones = [place for place, letter in enumerate(text) if letter in TONES]
    if any(place == 0 or text[place - 1] not in VOWELS for place in tones):
        return False
    if len({text[place] for place in tones}) > 1 or (tones and OWN_LETTERS & set(text)):
        return True
    return None if tones or {"đ", "Đ"} & set(text) else False


def _first_difference(one: str, other: str) -> tuple[str, str]:
    words = zip(re.split(r"[\s,;]+", one), re.split(r"[\s,;]+", other), strict=False)
    return next(((a, b) for a, b in words if a != b), (one[:20], other[:20]))


def tidy(cell: str) -> str:
    """A cell without the blanks around it that nobody sees; inner ones become one blank each.

    Letters are composed: one written as a letter and a mark is the letter that has the mark.
    """
    return unicodedata.normalize("NFC", " ".join(cell.translate(INVISIBLE).split()))


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, and its cells by label."""

    number: int
    cells: dict[str, str]


def read_table(path: Path, columns: Sequence[str]) -> list[Line]:
    """The lines of a user's CSV, cells without blanks around them; blank lines are left out.

    Args:
        path: the file; messages begin with its name.
        columns: that it must have; others are read too.

    Raises:
        DataError: no text, no such columns, a line with more or fewer cells, an empty cell of a
            column that it must have; file, line and column are named.
    """
    file = path.name
    found = _cells(_bytes(path), file)
    if not found:
        raise DataError(f"{file}, line 1: expected the columns {_named(columns)}, found nothing")
    _, header = found[0]
    labels = [tidy(label) for label in header]
    while labels and not labels[-1]:
        labels.pop()
    for column in columns:
        if labels.count(column) != 1:
            what = "it twice" if column in labels else ",".join(labels) or "a blank line"
            raise DataError(
                f"{file}, line 1, column {column}: expected the columns {_named(columns)}, "
                f"found {what}; correct the first line"
            )
    return [_line(number, cells, labels, columns, file) for number, cells in found[1:]]


def read_cells(path: Path) -> tuple[list[tuple[int, list[str]]], str]:
    """Every line of a user's CSV that is not blank, with its number; and what separates cells.

    Raises:
        DataError: no text, or quotes that do not match; file and line are named.
    """
    data = _bytes(path)
    return _cells(data, path.name), _dialect(decode(data, path.name).text).delimiter


def _named(columns: Sequence[str]) -> str:
    return " and ".join(columns)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise DataError(f"{path.name}: cannot be opened ({failure.strerror}); check it") from None


def _cells(data: bytes, file: str) -> list[tuple[int, list[str]]]:
    """Every line that is not blank, with its number."""
    text = decode(data, file).text
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(tidy(cell) for cell in cells):
                found.append((number, cells))
            number = reader.line_num + 1
    except csv.Error as failure:
        raise DataError(
            f"{file}, line {number}: expected cells separated by commas and quoted in pairs, found "
            f"a broken line ({failure}); correct it"
        ) from None
    return found


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, or what a spreadsheet of another language writes for them in the first line."""
    first = text.lstrip("\n\r ").partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count) if first else ","

    return Found


def _line(
    number: int, cells: list[str], labels: list[str], columns: Sequence[str], file: str
) -> Line:
    tidied = [tidy(cell) for cell in cells]
    if any(tidied[len(labels) :]):
        raise DataError(
            f"{file}, line {number}, column {len(labels) + 1}: expected {len(labels)} cells, found "
            f"{tidied[len(labels)]!r} beyond them; name its column in the first line, or remove it"
        )
    found = dict(zip(labels, [*tidied, *[""] * len(labels)], strict=False))
    for column in columns:
        if not found[column]:
            raise DataError(
                f"{file}, line {number}, column {column}: expected a text, found nothing; "
                "fill it in, or remove the line"
            )
    return Line(number, found)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a user's TOML file.

    Raises:
        InputError: it cannot be opened, or is no TOML; file, line and column are named.
    """
    try:
        text = decode(path.read_bytes(), path.name).text
    except OSError as failure:
        raise InputError(f"{path}: cannot be opened ({failure.strerror}); check it") from None
    except DataError as failure:
        raise InputError(str(failure)) from None
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: expected TOML, found: {error}") from None
