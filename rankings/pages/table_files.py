"""The tables of a page as files to calculate with: CSV each, and all of them in one workbook.

They lie inside the page, as its pictures do, so that a page sent on loses nothing. The bytes hang
on the tables alone, not on hour or system: the same page is the same file.
"""

import base64
import csv
import datetime
import io
import re
import zipfile
from typing import Any

from markupsafe import Markup

CSV = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
# The first moment a ZIP archive can name.
THEN = (1980, 1, 1, 0, 0, 0)
CREATED = datetime.datetime(*THEN)
# The system an entry of an archive says it was made on.
UNIX = 3


def held(node: Any) -> list[str]:
    """The tables of an executed notebook in their order, each as CSV text."""
    return [
        output.data[CSV]
        for cell in node.cells
        for output in cell.get("outputs", [])
        if CSV in output.get("data", {})
    ]


def csv_link(text: str, file: str) -> Markup:
    """The link below a table that saves it, with a mark of its encoding for spreadsheets."""
    return _link(text.encode("utf-8-sig"), f"{CSV};charset=utf-8", file, "CSV")


def workbook_link(tables: list[str], file: str, label: str) -> Markup:
    """The link that saves all tables of a page, a sheet each."""
    return _link(workbook(tables), WORKBOOK, file, label)


def _link(data: bytes, kind: str, file: str, label: str) -> Markup:
    inside = base64.b64encode(data).decode()
    form = '<p class="rk-files"><a download="{}" href="data:{};base64,{}">{}</a></p>'
    return Markup(form).format(file, kind, inside, label)


def workbook(tables: list[str]) -> bytes:
    """A workbook with a sheet for each table: names of columns, then rows, numbers as numbers."""
    from openpyxl import Workbook  # a page without tables needs none

    book = Workbook(write_only=True)
    book.properties.created = CREATED
    for number, text in enumerate(tables, start=1):
        sheet = book.create_sheet(str(number))
        for row in csv.reader(io.StringIO(text)):
            sheet.append([_cell(each) for each in row])
    made = io.BytesIO()
    book.save(made)
    return of_one_moment(made.getvalue())


def _cell(text: str) -> str | float | int | None:
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if re.search(r"[.eE]", text) else int(text)


def of_one_moment(data: bytes) -> bytes:
    """A workbook with every entry, and the document itself, of one moment and system.

    Whoever writes the same cells again, elsewhere or later, then has the same bytes.
    """
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, THEN)
            entry.create_system = UNIX  # else 0 where it is Windows
            new.writestr(entry, part, zipfile.ZIP_DEFLATED)
    return made.getvalue()
