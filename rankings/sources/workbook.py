"""What is on the one sheet of an XLSX workbook? Its cells as text, and nothing that was computed.

A workbook is a zip of XML files; the three kinds of cell that hold plain data are all that is
read. Formulas are refused: their stored result may be stale.
"""

import io
import re
import zipfile
from xml.etree import ElementTree

from rankings.errors import DataError
from rankings.sources import files
from rankings.sources.files import Content, one_line
from rankings.sources.sheets import Record, Sheet, sheet, shown

CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
CURE = "save the sheet as CSV"
MOST_COLUMNS = 2000


def read_workbook(content: Content) -> Sheet:
    """The only sheet with data of a workbook.

    Raises:
        DataError: several sheets hold data, or a cell is a formula or an error.
    """
    name = content.name
    with files.damage_of(name), zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        texts = _shared_texts(archive, name)
        held = {
            title: _records(_xml(archive, part, name), texts, f"{name}, sheet {title}")
            for title, part in _sheets(archive, name)
        }
    filled = {title: rows for title, rows in held.items() if rows}
    if len(filled) != 1:
        titles = ", ".join(filled) or "none"
        raise DataError(
            f"{name}: expected one sheet with data, found {len(filled)} ({titles}); "
            "keep the sheet that holds the data, or save it as CSV"
        )
    [(title, rows)] = filled.items()
    return sheet(rows, f"{name}, sheet {title}", unit="row")


def _xml(archive: zipfile.ZipFile, part: str, name: str) -> ElementTree.Element:
    data = files.member_bytes(archive, part, name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise DataError(f"{name}: expected plain cells, found XML definitions in {part}; {CURE}")
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise DataError(
            f"{name}: expected a whole workbook, found a broken {part}; {CURE}"
        ) from None


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _children(element: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [each for each in element.iter() if _tag(each) == tag]


def _text(element: ElementTree.Element) -> str:
    """The text of a cell or a shared string; phonetic readings beside it are left out."""
    if _tag(element) == "t":
        return element.text or ""
    return "".join(_text(each) for each in element if _tag(each) in ("t", "r", "is"))


def _shared_texts(archive: zipfile.ZipFile, name: str) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in archive.namelist():
        return []
    return [_text(each) for each in _children(_xml(archive, part, name), "si")]


def _sheets(archive: zipfile.ZipFile, name: str) -> list[tuple[str, str]]:
    """Title and part of every sheet, by the workbook's own references."""
    links = _xml(archive, "xl/_rels/workbook.xml.rels", name)
    targets = {each.get("Id"): each.get("Target", "") for each in _children(links, "Relationship")}
    found = []
    for each in _children(_xml(archive, files.WORKBOOK_PART, name), "sheet"):
        link = next((value for key, value in each.items() if key.endswith("}id")), None)
        target = targets.get(link, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets/" in part:
            found.append((one_line(each.get("name", "?")), part))
    return found


def _records(root: ElementTree.Element, texts: list[str], name: str) -> list[Record]:
    """Rows with their numbers, cells put into their columns; blank rows at the end go."""
    found: list[Record] = []
    for row in _children(root, "row"):
        cells: dict[int, str] = {}
        number = len(found) + 1
        for cell in row:
            place = CELL.fullmatch(cell.get("r", ""))
            if place is None:
                raise DataError(f"{name}: expected cells with an address, found none; {CURE}")
            number = int(place[2])
            cells[_column(place[1])] = _cell(cell, texts, name)
        width = max((at for at, text in cells.items() if text != ""), default=-1) + 1
        if width > MOST_COLUMNS:
            raise DataError(
                f"{name}, row {number}: expected at most {MOST_COLUMNS} columns, "
                f"found {width}; {CURE}"
            )
        found.append((number, [cells.get(at, "") for at in range(width)]))
    while found and not found[-1][1]:
        found.pop()
    widest = len(found[0][1]) if found else 0
    return [(number, cells + [""] * (widest - len(cells))) for number, cells in found]


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _cell(cell: ElementTree.Element, texts: list[str], name: str) -> str:
    where = f"{name}, cell {cell.get('r')}"
    if any(_tag(each) == "f" for each in cell):
        raise DataError(
            f"{where}: expected a plain value, found a formula; "
            "paste the values over the formulas and save again"
        )
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = next((each.text or "" for each in cell if _tag(each) == "v"), "")
    if value == "" or kind in ("str", "d"):
        return value
    if kind == "s" and value.isdecimal() and int(value) < len(texts):
        return texts[int(value)]
    if kind == "n":
        return _number(value, where)
    raise DataError(f"{where}: expected a text or a number, found {shown(value)}; {CURE}")


def _number(value: str, where: str) -> str:
    """A stored number as a person wrote it: 0.3376 for 0.33760000000000001, 2018 for 2018.0."""
    try:
        number = float(value)
    except ValueError:
        raise DataError(f"{where}: expected a number, found {shown(value)}; {CURE}") from None
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(number)
