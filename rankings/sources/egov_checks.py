"""Is a file of the E-Government Knowledgebase one whole edition whose figures fit each other?

The publisher's own arithmetic is the test: the EGDI is the weighted mean of three sub-indices and
the ranks follow its order. Both hold in every edition since 2003, but for cells listed as known.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from rankings.errors import DataError
from rankings.panel.definitions import definition
from rankings.sources import held, names
from rankings.sources.sheets import AGAIN, Sheet

FIT, MARGIN = 0.85, 0.05
PARTS = ["osi", "tii", "hci"]
YEAR, ECONOMY, RANK = "Survey Year", "Country Name", "E-Government Rank"
COMPONENTS = {
    "egdi": "E-Government Index",
    "epi": "E-Participation Index",
    "osi": "Online Service Index",
    "hci": "Human Capital Index",
    "tii": "Telecommunication Infrastructure Index",
}
EGDI = COMPONENTS["egdi"]
HEADER = (YEAR, ECONOMY, RANK, *COMPONENTS.values())


def check_edition(
    sheet: Sheet, table: pd.DataFrame, edition: int, corrections: Sequence[dict[str, Any]]
) -> None:
    """`DataError` at the first promise of an edition that a table breaks.

    Args:
        sheet: the file, for messages.
        table: line, iso3, rank and the five indices of each row.
        edition: the Survey's year.
        corrections: cells known to contradict the published EGDI.
    """
    check_economies(sheet, table)
    check_placeholders(sheet, table)
    check_identity(sheet, table, edition, corrections)
    check_ranks(sheet, table)
    check_not_exchanged(sheet, table, edition)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows whose cells are attributes."""
    return iter(table.itertuples())


def _fault(sheet: Sheet, row: Any, column: str, expected: str, cure: str) -> DataError:
    found = next(each for each in sheet.rows if each.line == row.line)
    return sheet.fault(found, column, expected, cure)


def check_economies(sheet: Sheet, table: pd.DataFrame) -> None:
    """Every member state of the United Nations exactly once, whatever the edition."""
    doubled = table.loc[table.duplicated("iso3")]
    if len(doubled):
        row = next(_rows(doubled))
        first = table.loc[table["iso3"] == row.iso3, "line"].iloc[0]
        raise _fault(
            sheet, row, ECONOMY, f"every economy once ({row.iso3} is in line {first})", AGAIN
        )
    members = names.un_members()
    strange = table.loc[~table["iso3"].isin(members)]
    if len(strange):
        raise _fault(sheet, next(_rows(strange)), ECONOMY, "a member state of the UN", AGAIN)
    missing = sorted(members - set(table["iso3"]))
    if missing:
        called = ", ".join(names.economies()[code][1] for code in missing[:3])
        last = int(table["line"].max())
        raise DataError(
            f"{sheet.file}, {sheet.unit} {last}, column {ECONOMY}: expected "
            f"{len(members)} economies, found {len(table)}, without {called}"
            f"{', ...' if len(missing) > 3 else ''}; the file is not whole: {AGAIN}"
        )


def check_placeholders(sheet: Sheet, table: pd.DataFrame) -> None:
    """A zero EGDI has the one filler rank behind the last, or no rank and zeros throughout."""
    filler = int((table["egdi"] > 0).sum()) + 1
    for row in _rows(table):
        if pd.isna(row.rank):
            if any(getattr(row, each) != 0 for each in COMPONENTS):
                raise _fault(sheet, row, RANK, "a rank beside scores that are not all 0", AGAIN)
        elif row.egdi == 0 and row.rank != filler:
            expected = f"a score above 0, or the filler rank {filler} beside a 0"
            raise _fault(sheet, row, EGDI, expected, AGAIN)


def check_identity(
    sheet: Sheet, table: pd.DataFrame, edition: int, corrections: Sequence[dict[str, Any]]
) -> None:
    """The EGDI is the weighted mean of its parts, except in cells known to be wrong."""
    parts = table.set_index("iso3")[PARTS].copy()
    for known in corrections:
        iso3, part = known["iso3"], known["component"]
        if known["edition"] == edition and abs(parts.loc[iso3, part] - known["in_file"]) < 1e-9:
            parts.loc[iso3, part] = known["printed"]
    weights = definition("EGDI").weights_of(edition)[PARTS]
    tolerance = definition("EGDI").sum_tolerance or 0.0
    mean = (parts * weights).sum(axis=1).to_numpy()
    wrong = table.loc[(table["egdi"] > 0) & ((table["egdi"] - mean).abs() > tolerance)]
    for row in _rows(wrong):
        expected = f"{mean[row.Index]:.5f}, the mean of its three parts"
        raise _fault(sheet, row, EGDI, expected, f"one of the four cells is wrong: {AGAIN}")


def check_ranks(sheet: Sheet, table: pd.DataFrame) -> None:
    """Ranks follow the order of the scores; equal scores share a rank or take those in a row."""
    ranked = table.loc[table["egdi"] > 0].sort_values(
        ["egdi", "rank"], ascending=[False, True], kind="stable"
    )
    previous = 1
    score = float("nan")
    for place, row in enumerate(_rows(ranked), start=1):
        if row.egdi != score:
            score = float(row.egdi)
            allowed = [place]
        else:
            allowed = [previous, place]
        if row.rank not in allowed:
            expected = f"rank {' or '.join(map(str, allowed))} for the score {score:g}"
            cure = f"rank or score is wrong: {AGAIN}"
            raise _fault(sheet, row, RANK, expected, cure)
        previous = int(row.rank)


def check_not_exchanged(sheet: Sheet, table: pd.DataFrame, edition: int) -> None:
    """Each part resembles itself in the nearest held edition more than it resembles another part.

    The mean does not notice parts in each other's columns, as their weights are equal.
    """
    every = held.held("EGDI")
    editions = every["edition"].unique()
    nearest = max((each for each in editions if each <= edition), default=min(editions))
    before = every.loc[every["edition"] == nearest].pivot(
        index="iso3", columns="component", values="value"
    )
    now = table.loc[table["egdi"] > 0].set_index("iso3")
    for part in PARTS:
        fit = pd.Series({each: now[part].corr(before[each]) for each in PARTS}).fillna(0.0)
        best = str(fit.idxmax())
        if best != part and fit[best] > FIT and fit[best] - fit[part] > MARGIN:
            raise DataError(
                f"{sheet.file}, {sheet.unit} 1, column {COMPONENTS[part]}: expected figures "
                f"like those of {nearest}, found figures like the {COMPONENTS[best]}; "
                f"columns are exchanged: {AGAIN}"
            )
