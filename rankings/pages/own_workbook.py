"""An index of one's own as a workbook: ranks, every stage, the method in words, how to redo it.

Numbers are unrounded. Text that a spreadsheet would take for a formula is stored as text.
"""

import hashlib
import io
import platform
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

import rankings
from rankings import store
from rankings.composite.engine import Built
from rankings.composite.engine import ranks as rank_table
from rankings.errors import RankingsError
from rankings.language.messages import _
from rankings.own import certainty, folder, index
from rankings.own.question import OwnStory
from rankings.pages import table_files
from rankings.report import own_method
from rankings.report import own_words as told
from rankings.report.verbs import spoken
from rankings.tables import FORMULA

# A sheet's name holds no more letters.
LONGEST = 31
STAGES = ("raw", "denominated", "imputed", "treated", "normalised", "aggregated")


@spoken
def write_workbook(story: OwnStory, path: Path) -> Path:
    """The workbook of an index in the story's language, every year of it.

    Returns:
        The file, written whole or not at all; of the same index the same bytes.
    """
    book = Workbook(write_only=True)
    book.properties.created = table_files.CREATED
    for title, table in sheets(story):
        _add(book, title, table)
    made = io.BytesIO()
    book.save(made)
    data = table_files.of_one_moment(made.getvalue())
    path.parent.mkdir(parents=True, exist_ok=True)
    return store.write_whole(path, lambda temporary: temporary.write_bytes(data))


def sheets(story: OwnStory) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every sheet, by its title, as a finished table."""
    years = story.index.years
    yield _("Ranks"), pd.concat([_results(story, year) for year in years], ignore_index=True)
    for year in years:
        made = told.attempt(partial(_built, year), story)
        if isinstance(made, RankingsError):
            continue
        of = f" {year}" if year else ""
        for stage in STAGES:
            table = made.aggregated if stage == "aggregated" else getattr(made, stage)
            yield f"{_stage(stage)}{of}", _labelled(story, table)
        parts = _("Ranks of parts")
        yield f"{parts}{of}", _labelled(story, rank_table(made.aggregated))
    row = told.attempt(lambda asked: certainty.intervals(asked.index, asked.year), story)
    if not isinstance(row, RankingsError):
        yield _("Intervals over methods"), _intervals(story, row.intervals)
    yield _("Tree"), own_method.tree_table(story).frame.drop(columns="label")
    yield _("Method"), pd.DataFrame({_("The method in words"): own_method.steps(story)})
    yield _("Log"), log(story)


def _built(year: int, story: OwnStory) -> Built:
    return index.built(story.index, year)


def _stage(name: str) -> str:
    return {
        "raw": lambda: _("As given"),
        "denominated": lambda: _("Divided"),
        "imputed": lambda: _("Gaps filled"),
        "treated": lambda: _("Outliers treated"),
        "normalised": lambda: _("Normalised"),
        "aggregated": lambda: _("Aggregated"),
    }[name]()


def _results(story: OwnStory, year: int) -> pd.DataFrame:
    table = told.attempt(lambda asked: index.results(asked.index, year), story)
    if isinstance(table, RankingsError):
        return pd.DataFrame(columns=index.RESULTS)
    names = [story.named(unit) for unit in table["unit"]]
    return table.assign(name=names, year=table["year"].where(table["year"] > 0))


def _labelled(story: OwnStory, table: pd.DataFrame) -> pd.DataFrame:
    """A stage with the names of its units in front."""
    named = table.rename_axis("unit").reset_index()
    named.insert(1, "name", [story.named(unit) for unit in named["unit"]])
    return named


def _intervals(story: OwnStory, table: pd.DataFrame) -> pd.DataFrame:
    named = table.rename(columns={"iso3": "unit"}).sort_values("reference")
    named.insert(1, "name", [story.named(unit) for unit in named["unit"]])
    return named


def log(story: OwnStory) -> pd.DataFrame:
    """What regenerates all of it: the command, the files with their digests, and the programs.

    Returns:
        Columns what and value.
    """
    rows = [("command", own_method.command(story))]
    place = folder.find_folder(story.folder)
    for name in story.index.files:
        digest = hashlib.sha256((place / name).read_bytes()).hexdigest()
        rows.append((f"SHA-256, {name}", digest))
    rows += [
        ("rankings", rankings.__version__),
        ("Python", platform.python_version()),
        ("numpy", np.__version__),
        ("pandas", pd.__version__),
    ]
    return pd.DataFrame(rows, columns=["what", "value"])


def _add(book: Workbook, title: str, table: pd.DataFrame) -> None:
    """A sheet: labels in bold, then the rows; the labels stay when it is scrolled."""
    sheet = book.create_sheet(title[:LONGEST])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(table):
        widest = max([len(str(column)), *(len(str(cell)) for cell in table[column].head(60))])
        letter = sheet.column_dimensions[_letter(place)]
        letter.width = min(60, widest + 2)
    head = [WriteOnlyCell(sheet, str(column)) for column in table]
    for cell in head:
        cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top")
    sheet.append(head)
    for row in table.astype(object).itertuples(index=False):
        sheet.append([_cell(sheet, value) for value in row])


def _letter(place: int) -> str:
    """The letters of a column counted from 0: A, ..., Z, AA."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _cell(sheet: object, value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str) and value.startswith(FORMULA):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
        cell.data_type = "s"
        return cell
    return value
