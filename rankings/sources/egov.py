"""UN E-Government Knowledgebase: ``EGOV_DATA_<year>.csv``, one edition of the EGDI a file.

The file names economies and not codes, orders its columns EPI, OSI, HCI, TII, and writes a zero
for what was never measured. Those zeros do not become scores: they are delivered apart.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rankings.sources import held, names
from rankings.sources.delivery import Delivery, deliver
from rankings.sources.egov_checks import (
    COMPONENTS,
    ECONOMY,
    HEADER,
    RANK,
    YEAR,
    check_edition,
)
from rankings.sources.files import Content
from rankings.sources.sheets import AGAIN, Row, Sheet

KIND = "un-egov"
DECIMALS = 5
FACTS = tomllib.loads((Path(__file__).parent / "egov.toml").read_text(encoding="utf-8"))

NOT_ASSESSED = "not a member or not assessed: the file stores 0 in every index"
NOT_COMPUTED = "EGDI not computed: the file stores 0 and one shared filler rank"
MISSING = "data missing: the file stores 0 and no EGDI was computed"
RESTS_ABOVE_ONE = "rests on an HCI above 1 in the source"
HIDDEN = "equals {} at {} decimals; the published rank follows hidden digits"
ABOVE_ONE = "above 1 in the source; kept as published"


def load(sheet: Sheet, content: Content) -> Delivery:
    """The edition in a file, its scores and its placeholders apart.

    Raises:
        DataError: the file is not one whole, consistent edition of 193 economies.
    """
    sheet.check_header(HEADER, exact=True)
    sheet.check_ended()
    edition = read_edition(sheet)
    table = tidy(sheet, edition)
    check_edition(sheet, table, edition, FACTS["corrections"])
    return split(table, edition, content)


def read_edition(sheet: Sheet) -> int:
    """The one Survey year of all rows; a known edition or one to come."""
    editions = held.held("EGDI")["edition"]
    first = sheet.rows[0]
    for row in sheet.rows:
        if row.cells[YEAR].strip() != first.cells[YEAR].strip():
            raise sheet.fault(
                row,
                YEAR,
                f"{first.cells[YEAR].strip()} as in line {first.line}",
                "one edition a file",
            )
    edition = sheet.whole(first, YEAR, int(editions.min()), int(editions.max()) + 10)
    held.check_edition(sheet, first, YEAR, "EGDI", edition)
    return edition


def tidy(sheet: Sheet, edition: int) -> pd.DataFrame:
    """One row an economy: line, iso3, rank and the five indices as the file has them."""
    above = FACTS["above_one"].get(str(edition), {})
    last = len(names.un_members())
    rows = []
    for row in sheet.rows:
        cells: dict[str, Any] = {"line": row.line, "iso3": names.by_name(sheet, row, ECONOMY)}
        rank = row.cells[RANK].strip()
        cells["rank"] = sheet.whole(row, RANK, 1, last) if rank else pd.NA
        for component, label in COMPONENTS.items():
            cells[component] = _score(sheet, row, label, float(above.get(component, 1)))
        rows.append(cells)
    return pd.DataFrame(rows).astype({"rank": "Int64"})


def _score(sheet: Sheet, row: Row, label: str, high: float) -> float:
    """A score; in a CSV with the five decimals the publisher always writes."""
    value = sheet.number(row, label, 0, high)
    decimals = len(row.cells[label].strip().partition(".")[2])
    if sheet.unit == "line" and decimals != DECIMALS:
        raise sheet.fault(
            row, label, f"a score with {DECIMALS} decimals", f"another program changed it: {AGAIN}"
        )
    return value


def split(table: pd.DataFrame, edition: int, content: Content) -> Delivery:
    """Scores and placeholders of a checked edition."""
    source = content.source_id(KIND, held.document("EGDI", edition))
    base = {"index": "EGDI", "edition": edition, "vintage": str(edition), "source_id": source}
    scores, placeholders = [], []
    ties = hidden_ties(table)
    for row in table.to_dict("records"):
        for component in COMPONENTS:
            cell = base | {"iso3": row["iso3"], "component": component}
            why = why_not_measured(row, component)
            if why:
                stored = {"value_in_file": row[component], "rank_in_file": row["rank"], "why": why}
                placeholders.append(cell | stored)
                continue
            cell |= {"value": row[component]} | remark(row, component, edition)
            if component == "egdi":
                cell |= {"published_rank": row["rank"]} | ties.get(row["iso3"], {})
            scores.append(cell)
    return deliver(
        KIND, content, index=scores, not_measured=placeholders, notes=_notes(table, edition)
    )


def why_not_measured(row: Mapping[Any, Any], component: str) -> str:
    """Why a stored zero is no score; nothing where it is one."""
    if row[component] != 0 or row["egdi"] != 0:
        return ""
    if pd.isna(row["rank"]):
        return NOT_ASSESSED
    return {"egdi": NOT_COMPUTED, "hci": MISSING, "tii": MISSING}.get(component, "")


def remark(row: Mapping[Any, Any], component: str, edition: int) -> dict[str, Any]:
    """The note and the printed value of a cell that needs one."""
    for known in FACTS["corrections"]:
        if (known["edition"], known["iso3"], known["component"]) == (
            edition,
            row["iso3"],
            component,
        ):
            return {"printed_value": known["printed"], "note": known["why"]}
    if row[component] > 1:
        return {"note": ABOVE_ONE}
    if component == "egdi" and row["hci"] > 1:
        return {"note": RESTS_ABOVE_ONE}
    if component in ("hci", "tii") and row[component] == 0:
        meanings = FACTS["meaning_of_zero"]
        return next(
            ({"note": each["note"]} for each in meanings if within(edition, each["editions"])), {}
        )
    return {}


def within(edition: int, span: list[int]) -> bool:
    """Whether an edition lies in a span of first and last edition."""
    return span[0] <= edition <= span[1]


def hidden_ties(table: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Notes for economies whose scores are equal as stored and whose ranks are not."""
    notes: dict[str, dict[str, str]] = {}
    for score, tied in table.loc[table["egdi"] > 0].groupby("egdi"):
        if len(tied) > 1 and len(set(tied["rank"])) > 1:
            digits = "four" if round(float(str(score)), 4) == score else "five"
            for iso3 in tied["iso3"]:
                others = ", ".join(each for each in tied["iso3"] if each != iso3)
                notes[iso3] = {"note": HIDDEN.format(others, digits)}
    return notes


def _notes(table: pd.DataFrame, edition: int) -> list[str]:
    ranked = table.loc[table["egdi"] > 0]
    unranked = len(table) - len(ranked)
    shared = int(ranked.duplicated("rank").sum())
    tied = int(ranked.duplicated("egdi").sum())
    notes = [f"EGDI {edition}: {len(ranked)} economies ranked"]
    if unranked:
        notes.append(f"{unranked} of {len(table)} have no EGDI: their zeros are no scores")
    if shared:
        notes.append(f"{shared} economies share the rank of another with an equal score")
    elif tied:
        notes.append(
            f"{tied} equal scores have ranks of their own: ties were broken on hidden digits"
        )
    above = table.loc[table[list(COMPONENTS)].gt(1).any(axis=1), "iso3"]
    if len(above):
        notes.append(f"above 1 in the source and kept as published: {', '.join(above)}")
    if edition > int(held.held("EGDI")["edition"].max()):
        notes.append(f"EGDI {edition} is not listed in editions.csv yet")
    notes.append("nothing in the file checks the E-Participation Index: it is no part of the EGDI")
    return notes
