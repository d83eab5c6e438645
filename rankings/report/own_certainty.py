"""Notebook 60: how sure is a rank in an index of one's own, by method, weights and errors?"""

import pandas as pd

from rankings import figures, tables
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.language.messages import _, meaning, number, percent, plural, simulated
from rankings.own import certainty
from rankings.own.question import OwnStory
from rankings.report import own_method, words
from rankings.report import own_words as told
from rankings.report.verbs import spoken
from rankings.tables import Prose, Table

AROUND = 9
SHOWN = 12


def _rows_around(story: OwnStory, table: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows around the unit's, in the order of the table."""
    ordered = table.reset_index(drop=True)
    at = int(ordered.index[ordered["iso3"] == story.unit][0])
    first = max(0, min(at - count // 2, len(ordered) - count))
    return ordered.iloc[first : first + count]


@spoken
def interval_answer(story: OwnStory) -> Prose:
    """The interval of the rank over all methods."""
    row = told.attempt(certainty.interval_of, story)
    if isinstance(row, RankingsError):
        return told.note(story, row)
    made = certainty.intervals(story.index, story.year)
    return Prose(
        _(
            "Computed by other methods {unit} is {span} in nine of ten of {draws} ways, half of "
            "them at rank {median} or better; by the method of the table it is {rank} of {of}.",
            unit=story.name,
            span=words.between(row["low"], row["high"]),
            draws=number(made.draws),
            median=int(row["median"]),
            rank=int(row["reference"]),
            of=int(row["of"]),
        ),
        "answer",
    )


@spoken
def interval_table(story: OwnStory) -> Table | None:
    """Rank and interval over methods of the units around.

    None where the answer says why not.
    """
    row = told.attempt(certainty.interval_of, story)
    if isinstance(row, RankingsError):
        return None
    table = certainty.intervals(story.index, story.year).intervals
    rows = _rows_around(story, table.sort_values(["reference", "iso3"]), SHOWN)
    frame = rows.assign(
        label=[story.named(unit) for unit in rows["iso3"]],
        interval=[words.span(a, b) for a, b in zip(rows["low"], rows["high"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "reference": tables.figure(_("Rank")),
            "label": tables.text(_("Unit")),
            "median": tables.figure(_("Median")),
            "interval": tables.Column(_("5-95 %"), str, True),
            "mean_shift": tables.figure(_("Mean shift"), 1),
        },
        caption=_("Ranks over methods around {unit}", unit=story.name),
        source=told.source(
            story, _("Mean shift: places from the rank of the table's method."), *told.among(story)
        ),
        ours=frame["iso3"] == story.unit,
    )


@spoken
def interval_picture(story: OwnStory) -> Picture | None:
    """Intervals over methods around the unit; None without any."""
    row = told.attempt(certainty.interval_of, story)
    if isinstance(row, RankingsError):
        return None
    table = certainty.intervals(story.index, story.year).intervals
    rows = _rows_around(story, table.sort_values(["reference", "iso3"]), 2 * AROUND)
    shown = pd.DataFrame(
        {
            "label": [story.named(unit) for unit in rows["iso3"]],
            "low": rows["low"],
            "middle": rows["reference"],
            "high": rows["high"],
            "highlighted": rows["iso3"] == story.unit,
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(shown), each=0.24, rest=1.0),
        title=_("Rank intervals over methods around {unit}", unit=story.name),
    )
    figures.interval_rows(shown, ax=ax)
    overlap = int(((table["low"] <= row["high"]) & (table["high"] >= row["low"])).sum()) - 1
    return Picture(
        figure,
        plural(
            "{unit} {rank} ({span}); the interval of {count} other unit overlaps with it.",
            "{unit} {rank} ({span}); the intervals of {count} other units overlap with it.",
            overlap,
            unit=story.name,
            rank=int(row["reference"]),
            span=words.span(row["low"], row["high"]),
        ),
        told.source(story, _("Intervals over methods, 5th to 95th percentile; our calculation.")),
    )


@spoken
def choices_table(story: OwnStory) -> Table | Prose | None:
    """Which choice of method moves the rank of the unit: Sobol indices.

    None where the answer says why not.
    """
    row = told.attempt(certainty.interval_of, story)
    if isinstance(row, RankingsError):
        return None
    found = told.attempt(lambda asked: certainty.choices(asked.index, asked.year), story)
    if isinstance(found, RankingsError):
        return None
    own = found.economies.loc[found.economies["iso3"] == story.unit]
    rows = own.dropna(subset=["first", "total"])
    if rows.empty:
        return Prose(
            _("No choice moves the rank of {unit}: it is the same by all.", unit=story.name), "note"
        )
    frame = rows.assign(
        label=[own_method.factor(name) for name in rows["factor"]],
        span=[
            f"{number(low, 2)}-{number(high, 2)}"
            for low, high in zip(rows["total_low"], rows["total_high"], strict=True)
        ],
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Choice")),
            "first": tables.figure(_("By itself"), 2),
            "total": tables.figure(_("With all interactions"), 2),
            "span": tables.Column(_("5-95 %"), str, True),
        },
        caption=_("Which choice moves the rank of {unit}", unit=story.name),
        source=told.source(
            story,
            _(
                "Share of the variance of the rank (Sobol indices, {runs} ways to compute it; our "
                "calculation).",
                runs=number(found.runs),
            ),
        ),
    )


@spoken
def varied(story: OwnStory) -> Prose | None:
    """What was varied for the interval; None where nothing could be."""
    row = told.attempt(lambda asked: certainty.intervals(asked.index, asked.year), story)
    if isinstance(row, RankingsError):
        return None
    listed = "; ".join(
        f"{own_method.factor(each['factor'])}: {each['count']} "
        f"({own_method.choices(str(each['choices']), story)})"
        for each in row.varied.to_dict("records")
    )
    return Prose(
        _(
            "Varied: {told}; {draws} draws, seed {seed}; ranks shift by {shift} places on average.",
            told=listed,
            draws=number(row.draws),
            seed=story.index.settings.varied.seed,
            shift=number(row.mean_shift, 1),
        ),
        "note",
    )


# Weights


def _weighed(story: OwnStory) -> certainty.Weighed:
    return certainty.weighed(story.index, story.year, story.unit, story.seed)


@spoken
def weights_answer(story: OwnStory) -> Prose:
    """Which ranks any weights of the pillars give, and how often the best."""
    found = told.attempt(_weighed, story)
    if isinstance(found, RankingsError):
        return told.note(story, found)
    return Prose(
        _(
            "With any weights of the parts {unit} is {span} in nine of ten cases, most often at "
            "rank {mode} ({share} of all weights); first with {first} of them.",
            unit=story.name,
            span=words.between(found.own["low"], found.own["high"]),
            mode=int(found.own["mode"]),
            share=percent(float(found.own["share"])),
            first=simulated(float(found.own["first"])),
        ),
        "answer",
    )


@spoken
def weights_table(story: OwnStory) -> Table | None:
    """How far weights may move before the order of the unit and each neighbour turns.

    None where the answer says why not.
    """
    found = told.attempt(_weighed, story)
    if isinstance(found, RankingsError):
        return None
    rows = found.lead.head(SHOWN)
    digits = told.digits(story.results["score"])
    frame = rows.assign(
        label=[story.named(unit) for unit in rows["iso3"]],
        first=[story.named(unit) for unit in rows["ahead"]],
        turned=[story.named(part) for part in rows["part"]],
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Other unit")),
            "first": tables.text(meaning("who", "Ahead")),
            "gap": tables.figure(_("Distance"), digits),
            "epsilon": tables.share(_("Holds if weights move by up to")),
            "turned": tables.text(_("Turned by")),
        },
        caption=_("How far weights may move before the order turns"),
        source=told.source(
            story,
            _(
                "Weights mixed with any others, the share mixed in; closed form of Foster, "
                "McGillivray and Seth; our calculation."
            ),
        ),
    )


# Errors of the figures


@spoken
def errors_answer(story: OwnStory) -> Prose:
    """The confidence set of the rank, where standard errors are given."""
    rows = told.attempt(certainty.error_sets, story)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    own = rows.loc[rows["iso3"] == story.unit].iloc[0]
    return Prose(
        _(
            "Given the standard errors of the figures, the rank of {unit} is anywhere between "
            "{best} and {worst} ({level} confidence, by itself).",
            unit=story.name,
            best=int(own["marginal_best"]),
            worst=int(own["marginal_worst"]),
            level=percent(float(own["level"])),
        ),
        "answer",
    )


@spoken
def errors_table(story: OwnStory) -> Table | None:
    """Confidence sets of the ranks around the unit, by themselves and all at once.

    None where the answer says why not.
    """
    rows = told.attempt(certainty.error_sets, story)
    if isinstance(rows, RankingsError):
        return None
    frame = rows.assign(
        label=[story.named(unit) for unit in rows["iso3"]],
        alone=[
            words.span(a, b)
            for a, b in zip(rows["marginal_best"], rows["marginal_worst"], strict=True)
        ],
        together=[words.span(a, b) for a, b in zip(rows["best"], rows["worst"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "rank": tables.figure(_("Rank")),
            "label": tables.text(_("Unit")),
            "alone": tables.Column(_("Each unit by itself"), str, True),
            "together": tables.Column(_("All at once"), str, True),
        },
        caption=_(
            "Confidence sets of ranks around {unit}, {level}",
            unit=story.name,
            level=percent(float(rows["level"].iloc[0])),
        ),
        source=told.source(
            story,
            _(
                "Standard errors of indicators, drawn {draws} times and carried through every "
                "stage; sets after Mogstad, Romano, Shaikh and Wilhelm; our calculation.",
                draws=certainty.ERROR_DRAWS,
            ),
        ),
        ours=frame["iso3"] == story.unit,
    )
