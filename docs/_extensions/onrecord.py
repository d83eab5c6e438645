"""Tables of the page on registered forecasts, in Markdown; see `generated`."""

from functools import cache

import pandas as pd
from generated import cell, table

import rankings
from rankings.forecasts import affordability, moves, registered

SEED = 2018
SHOWN = 20


@cache
def _entries() -> list[registered.Entry]:
    """The project's entries; those of an analyst are no part of the pages."""
    return [each for each in registered.entries() if not each.own]


def _names() -> dict[str, str]:
    economies = rankings.load().economies
    return dict(zip(economies["iso3"], economies["name_en"], strict=True))


def entries_on_record() -> str:
    """Every entry of the project: of what, since when, and what was known of its edition."""
    scored = set(registered.scores(rankings.load(), _entries())["entry"])
    return table(
        ["Edition", "Registered", "State", "Its edition, on that day", "Entry"],
        [
            [
                f"{each.index} {each.edition}",
                each.day,
                "scored" if each.name in scored else "open",
                cell(str(each.head["seen"])),
                f"`data/forecasts/{each.name}.json`",
            ]
            for each in _entries()
        ],
    )


def forecasts_on_record() -> str:
    """The newest entry of each index for every economy."""
    newest = {each.index: each for each in _entries()}
    shown = {}
    for name, entry in newest.items():
        rows = entry.table.loc[entry.table["measure"] == name]
        first = rows.drop_duplicates("iso3").set_index("iso3")
        first["plain"] = rows.loc[rows["model"] == "no change"].set_index("iso3")["chance50"]
        shown[name] = first
    egdi, names = shown["EGDI"], _names()
    titles = ["Economy", "EGDI now"]
    for name, entry in newest.items():
        titles += [f"{name} {entry.edition}: median (80 %)", "50th or better"]
        titles += ["By no change"] if name == "EGDI" else []
    lines = []
    for iso3 in sorted(egdi.index, key=lambda code: names[code]):
        line = [cell(names[iso3]), f"{egdi.loc[iso3, 'rank_now']:g}"]
        for name, rows in shown.items():
            line += _told(rows, iso3)
            line += [_chance(rows.loc[iso3, "plain"])] if name == "EGDI" else []
        lines.append(line)
    return table(titles, lines)


def _told(rows: pd.DataFrame, iso3: str) -> list[str]:
    if iso3 not in rows.index:
        return ["–", "–"]
    row = rows.loc[iso3]
    return [f"{row['median']} ({row['low80']}-{row['high80']})", _chance(row["chance50"])]


def _chance(share: float) -> str:
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


def scores_on_record() -> str:
    """Scores of the entries whose edition is held, or a sentence that there are none."""
    found = registered.scores(rankings.load(), _entries())
    if found.empty:
        return "None of these editions is held yet."
    return table(
        ["Edition", "Registered", "Measure", "Model", "Economies", "CRPS", "Error", "In 80 %"],
        [
            [
                f"{row['index']} {row['edition']}",
                *(str(row[name]) for name in ("registered", "measure", "model", "n")),
                *(f"{row[name]:.2f}" for name in ("crps", "mae")),
                "–" if pd.isna(row["coverage80"]) else f"{row['coverage80']:.0%}",
            ]
            for row in found.to_dict("records")
        ],
    )


@cache
def _moves() -> pd.DataFrame:
    day = next(each.day for each in _entries() if each.index == "EGDI")
    return moves.moves(rankings.load(), day, SEED)


def moved_most() -> str:
    """The economies whose forecast of the EGDI the new figures moved most."""
    rows, names = moves.by_economy(_moves()), _names()
    most = rows.reindex(rows["points"].abs().sort_values(ascending=False).index).head(SHOWN)
    return table(
        ["Economy", "Median before", "After", "Points of the EGDI", "Most by", "Why"],
        [
            [
                cell(names[row["iso3"]]),
                *(f"{row[name]:.0f}" for name in ("median_before", "median_after")),
                f"{row['points']:+.4f}",
                cell(row["series"]),
                row["reason"],
            ]
            for row in most.to_dict("records")
        ],
    )


def moved_viet_nam() -> str:
    """Release by release, what moved the forecast of Viet Nam."""
    mine = _moves().query("iso3 == 'VNM'")
    titles = ["Series", "Released", "Figure before", "The same, in the new release", "Newest"]
    return table(
        [*titles, "Points of the EGDI", "50th or better", "Why"],
        [
            [
                cell(row["series"]),
                row["released"],
                f"{row['figure_before']:.2f} ({row['year_before']})",
                f"{row['restated']:.2f}",
                f"{row['figure_after']:.2f} ({row['year_after']})",
                f"{row['points']:+.4f}",
                f"{row['chance50_before']:.1%} → {row['chance50_after']:.1%}",
                row["reason"],
            ]
            for row in mine.to_dict("records")
        ],
    )


def affordability_tried() -> str:
    """The price of a basket as one more gap of TII: three steps, one into the new definition."""
    return table(
        [
            *("Step of TII", "Basket", "Year", "Economies", "Share closed", "Standard error"),
            *("Error without it", "Error with it"),
        ],
        [
            [
                f"{row['edition']} to {row['following']}",
                cell(str(row["basket"])),
                *(str(row[name]) for name in ("year", "n")),
                f"{row['share']:+.2f}",
                *(f"{row[name]:.3f}" for name in ("error", "without", "with_basket")),
            ]
            for row in affordability.trials(rankings.load()).to_dict("records")
        ],
    )


WRITERS = (
    affordability_tried,
    *(entries_on_record, forecasts_on_record, scores_on_record),
    *(moved_most, moved_viet_nam),
)
