"""Is a file of the E-Government Knowledgebase one whole edition whose figures fit each other?

The publisher's own arithmetic is the test: the EGDI is the weighted mean of three sub-indices and
the ranks follow its order. Both hold in every edition since 2003, but for cells listed as known.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from rankings.definitions import definition
from rankings.errors import DataError
from rankings.sources import held, names
from rankings.sources.sheets import AGAIN, Sheet, shown

TOLERANCE = 0.0002
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


def _fault(sheet: Sheet, row: "pd.Series[Any]", column: str, expected: str, cure: str) -> DataError:
    found = next(each for each in sheet.rows if each.line == row["line"])
    return sheet.fault(found, column, expected, cure)


def check_economies(sheet: Sheet, table: pd.DataFrame) -> None:
    """Every member state of the United Nations exactly once, whatever the edition."""
    doubled = table.loc[table.duplicated("iso3")]
    if len(doubled):
        row = doubled.iloc[0]
        first = table.loc[table["iso3"] == row["iso3"], "line"].iloc[0]
        raise _fault(
            sheet, row, ECONOMY, f"every economy once ({row['iso3']} is in line {first})", AGAIN
        )
    members = names.un_members()
    strange = table.loc[~table["iso3"].isin(members)]
    if len(strange):
        raise _fault(sheet, strange.iloc[0], ECONOMY, "a member state of the UN", AGAIN)
    missing = sorted(members - set(table["iso3"]))
    if missing:
        called = ", ".join(names.economies()[code][1] for code in missing[:3])
        last = int(table["line"].max())
        raise DataError(
            f"{sheet.file}, {sheet.unit} {last}, column {COMPONENTS['line']}: expected {len(members)} "
            f"economies, found {len(table)}, without {called}"
            f"{', ...' if len(missing) > 3 else ''}; the file is not whole: {AGAIN}"
        )


def check_placeholders(sheet: Sheet, table: pd.DataFrame) -> None:
    """A zero EGDI has the one filler rank behind the last, or no rank and zeros throughout."""
    filler = int((table["egdi"] > 0).sum()) + 1
    for _, row in table.iterrows():
        if pd.isna(row["rank"]):
            if any(row[each] != 0 for each in COMPONENTS):
                raise _fault(sheet, row, RANK, "a rank beside scores that are not all 0", AGAIN)
        elif row["egdi"] == 0 and row["rank"] != filler:
            expected = f"a score above 0, or the filler rank {filler} beside a 0"
            raise _fault(sheet, row, EGDI, expected, AGAIN)


def check_identity(
    sheet: Sheet, table: pd.DataFrame, edition: int, corrections: Sequence[dict[str, Any]]
) -> None:
    """The EGDI is the weighted mean of its parts, except in cells known to be wrong."""
    weights = definition("EGDI").weights_of(edition)
    for _, row in table.loc[table["egdi"] > 0].iterrows():
        parts = {part: float(row[part]) for part in PARTS}
        for known in corrections:
            if (known["edition"], known["iso3"]) == (edition, row["iso3"]):
                part = known["component"]
                if abs(parts[part] - known["in_file"]) < 1e-9:
                    parts[part] = known["printed"]
        mean = sum(float(weights[part]) * value for part, value in parts.items())
        if abs(mean - row["egdi"]) > TOLERANCE:
            raise _fault(
                sheet,
                row,
                EGDI,
                f"{mean:.5f}, the mean of its three parts",
                f"one of the four cells is wrong: {AGAIN}",
            )


def check_ranks(sheet: Sheet, table: pd.DataFrame) -> None:
    """Ranks follow the order of the scores; equal scores share a rank or take those in a row."""
    ranked = table.loc[table["egdi"] > 0]
    better = ranked["egdi"].rank(ascending=False, method="min")
    for score, tied in ranked.groupby("egdi"):
        first = int(better[tied.index[0]])
        next_rank = previous = first
        for _, row in tied.sort_values("rank", kind="stable").iterrows():
            if row["rank"] not in (next_rank, previous):
                allowed = (
                    f"{next_rank}" if len(tied) == 1 else f"{first} to {first + len(tied) - 1}"
                )
                expected = f"rank {allowed} for the score {shown(score)}"
                raise _fault(sheet, row, RANK, expected, f"rank or score is wrong: {AGAIN}")
            previous = int(row["rank"])
            next_rank += 1


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
                f"{sheet.file}, {sheet.unit} 1, column {COMPONENTS[part]}: expected figures like those "
                f"of {nearest}, found figures like the {COMPONENTS[best]}; columns are exchanged: {AGAIN}"
            )
