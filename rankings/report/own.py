"""Notebook 60: where does a unit stand in an index of one's own, why, and what is it short of?"""

import numpy as np
import pandas as pd

from rankings import figures, tables
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.language.messages import _, listing, number, percent, plural
from rankings.own import checks, index, standing
from rankings.own.index import PUBLISHED
from rankings.own.question import OwnStory
from rankings.panel import ranks
from rankings.report import own_words as told
from rankings.report import waterfall as steps
from rankings.report import words
from rankings.report.verbs import spoken
from rankings.tables import Prose, Table

NAMED = 6
# Of fewer rows a table says all.
FEWEST_DRAWN = 5


@spoken
def question(story: OwnStory) -> Prose:
    """Whose place is asked for, in which index and year, towards which band."""
    return Prose(
        _(
            "{title}: {unit}, target band {band}.",
            title=told.titled(story, story.title),
            unit=story.name,
            band=told.band(story),
        ),
        "text",
    )


@spoken
def coverage_table(story: OwnStory) -> Table:
    """What the table holds, year by year."""
    rows = standing.coverage(story.index)
    frame = rows.assign(kind=[told.basis(each) for each in rows["basis"]])
    columns = {"year": tables.year(_("Year"))} if story.year else {}
    return tables.table(
        frame,
        columns
        | {
            "units": tables.figure(_("Units")),
            "ranked": tables.figure(_("With a rank")),
            "kind": tables.text(_("Ranks are")),
            "scored": tables.figure(_("Scores computed")),
            "indicators": tables.figure(_("Indicators held")),
            "empty": tables.share(_("Cells empty"), 1),
        },
        caption=_("What the table holds"),
        source=told.source(
            story,
            _("Empty cells are those of indicators, among units with figures."),
            years=rows["year"],
        ),
        ours=frame["year"] == story.year,
    )


@spoken
def support_table(story: OwnStory) -> Table:
    """Which questions the table can answer, and why not the others."""
    rows = [
        {
            "question": told.told(story, each.question),
            "answer": _("yes") if each.possible else _("no"),
            "detail": told.told(story, each.detail),
        }
        for each in checks.supports(story.index)
    ]
    return tables.table(
        pd.DataFrame(rows),
        {
            "question": tables.text(_("Question")),
            "answer": tables.text(_("Answered")),
            "detail": tables.text(_("From what, or why not")),
        },
        caption=_("What this table can answer, in its newest year"),
        source=told.source(story, years=story.index.years),
    )


@spoken
def notes(story: OwnStory) -> Prose:
    """What is left out, where little is held, and changes of method."""
    found = [told.told(story, each) for each in checks.notes(story.index)]
    found += [
        _("{year}: change of method: {what}", year=each.year, what=story.named(each.what))
        for each in story.index.settings.breaks
    ]
    if not found:
        return Prose(_("No unit, year or indicator is left out."), "note")
    return Prose("\n".join(f"{line}." for line in found), "warning")


# Position


@spoken
def answer(story: OwnStory) -> Prose:
    """The rank, its count, what kind of rank it is, and the units at its sides."""
    row = story.row
    if pd.isna(row["rank"]):
        return Prose(
            _(
                "{unit} has no rank in {title}: its figures are missing.",
                unit=story.name,
                title=told.titled(story, story.title),
            ),
            "answer",
        )
    said = _(
        "{unit} is {place} in {title} ({basis} rank).",
        unit=story.name,
        place=told.place(row),
        title=told.titled(story, story.title),
        basis=told.basis(row["basis"]),
    )
    if pd.notna(row["score"]):
        said += " " + _("Score {score}.", score=told.score(story, row["score"]))
    return Prose(said, "answer")


@spoken
def neighbours_table(story: OwnStory) -> Table | Prose:
    """Who stands just above and below."""
    rows = told.attempt(standing.neighbours, story)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    digits = told.digits(story.results["score"])
    frame = rows.assign(
        label=[story.named(unit) for unit in rows["unit"]],
        lead=rows["score"] - story.row["score"],
    )
    kind = told.basis(str(story.row["basis"]))
    return tables.table(
        frame,
        {
            "rank": tables.figure(_("Rank")),
            "label": tables.text(_("Unit")),
            "score": tables.figure(_("Score"), digits),
            "lead": tables.figure(_("To {unit}", unit=story.name), digits, signed=True),
        },
        caption=_(
            "Around {unit}, {kind} ranks of {of} units",
            unit=story.name,
            kind=kind,
            of=int(rows["of"].iloc[0]),
        ),
        source=told.source(story, *([] if rows["basis"].iloc[0] == PUBLISHED else [told.ours()])),
        ours=frame["unit"] == story.unit,
        band=frame["rank"].between(story.band.best, story.band.worst),
    )


@spoken
def reproduction_table(story: OwnStory) -> Table | Prose:
    """Computed scores beside the published ones, where both are there."""
    rows = index.reproduction(story.index, story.year)
    if rows.empty:
        return Prose(_("No published scores to compare with."), "note")
    frame = rows.assign(label=[story.named(unit) for unit in rows["unit"]])
    return tables.table(
        frame.head(3 * NAMED),
        {
            "label": tables.text(_("Unit")),
            "computed_score": tables.figure(_("Computed"), 5),
            "published_score": tables.figure(_("Published"), 4),
            "difference": tables.figure(_("Difference"), 5, signed=True),
            "published_rank": tables.figure(_("Published rank")),
        },
        caption=plural(
            "Computed and published score of {count} unit: they differ by at most {most}",
            "Computed and published scores of {count} units: they differ by at most {most}",
            len(frame),
            most=number(float(frame["difference"].abs().max()), 5),
        ),
        source=told.source(story, _("Computed scores are calculations of this project.")),
        ours=frame["unit"].head(3 * NAMED) == story.unit,
    )


@spoken
def pillars_table(story: OwnStory) -> Table | Prose:
    """The unit's value and rank in the index and all it is made of."""
    rows = told.attempt(standing.pillars, story)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    top = int(rows["level"].max())
    indent = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
    frame = rows.assign(
        label=[
            (indent * max(0, top - int(row["level"])) if pd.notna(row["parent"]) else "")
            + story.named(row["code"])
            for row in rows.to_dict("records")
        ]
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Part of the index")),
            "weight": tables.share(_("Weight in the whole"), 1),
            "value": tables.figure(_("Value"), told.digits(frame["value"])),
            "rank": tables.figure(_("Rank")),
            "of": tables.figure(_("Of")),
        },
        caption=_("{unit} in the index and in all it is made of", unit=story.name),
        source=told.source(
            story,
            told.ours(),
            *told.among(story),
            _("Values are on the scale of the index, more is better."),
        ),
        ours=frame["parent"].isna(),
    )


@spoken
def ranking_picture(story: OwnStory) -> Picture | None:
    """The scores around the unit in order, the unit marked; None without scores, or of a few."""
    rows = told.attempt(standing.neighbours, story)
    if isinstance(rows, RankingsError) or rows["score"].isna().any() or len(rows) < FEWEST_DRAWN:
        return None
    figure, ax = figures.canvas(
        figures.row_height(len(rows), each=0.24, rest=1.6),
        title=_("Around {unit} in {title}", unit=story.name, title=story.title),
    )
    cells = pd.DataFrame(
        {
            "iso3": rows["unit"],
            "name": [story.named(unit) for unit in rows["unit"]],
            "rank": rows["rank"].astype("float64"),
            "label": _("Score"),
            "value": rows["score"],
            "full": float(story.results["score"].max()),
        }
    )
    figures.bar_table(
        cells,
        economy=story.unit,
        band=story.band,
        digits=told.digits(story.results["score"]),
        ax=ax,
    )
    first, last = rows.iloc[0], rows.iloc[-1]
    return Picture(
        figure,
        _(
            "Scores from rank {first} ({best}) to rank {last} ({worst}); {unit} is {place}.",
            first=int(first["rank"]),
            best=told.score(story, first["score"]),
            last=int(last["rank"]),
            worst=told.score(story, last["score"]),
            unit=story.name,
            place=told.place(story.row),
        ),
        told.source(story, told.ours()),
    )


# The distance to the band


@spoken
def gap_answer(story: OwnStory) -> Prose:
    """How far the band's worst rank is, and which pillar makes most of the distance."""
    ends = told.attempt(standing.band_ends, story)
    if isinstance(ends, RankingsError):
        return told.note(story, ends)
    worst = ends.iloc[0]
    holder = listing(story.named(unit) for unit in worst["holders"])
    if worst["gap"] <= 0:
        said = _(
            "{unit} stands at rank {rank} or better: the band is reached.",
            unit=story.name,
            rank=story.band.worst,
        )
        return Prose(said, "answer")
    said = _(
        "To rank {rank} ({holder}) {unit} lacks {gap} points.",
        rank=story.band.worst,
        holder=holder,
        unit=story.name,
        gap=number(worst["gap"], told.digits(story.results["score"])),
    )
    parts = told.attempt(lambda asked: standing.split_gap(asked, asked.band.worst), story)
    if not isinstance(parts, RankingsError):
        said += " " + _most(story, parts)
    return Prose(said, "answer")


def _most(story: OwnStory, parts: pd.DataFrame) -> str:
    """The part that makes most of a distance; in points where others make up for some of it."""
    most = parts.iloc[int(parts["points"].to_numpy().argmax())]
    part = _part(story, most["component"])
    if (parts["points"] >= 0).all():
        share = percent(most["points"] / parts["points"].sum())
        return _("Most of it is {part}: {share} of the distance.", part=part, share=share)
    digits = told.digits(story.results["score"])
    return _(
        "Most of it is {part}: {points} points, of which other parts make up for some.",
        part=part,
        points=number(most["points"], digits),
    )


def _part(story: OwnStory, code: object) -> str:
    return _("Rounding") if code == "rounding" else story.named(code)


@spoken
def gap_table(story: OwnStory) -> Table | None:
    """The distance to the unit at the band's worst rank, split by pillar.

    None where the answer says why not.
    """
    rows = told.attempt(lambda asked: standing.split_gap(asked, asked.band.worst), story)
    if isinstance(rows, RankingsError):
        return None
    linear = standing.is_linear(story.index, story.year)
    frame = rows.assign(label=[_part(story, code) for code in rows["component"]])
    digits = told.digits(frame["own"])
    shown = {
        "label": tables.text(_("Part of the index")),
        "own": tables.figure(story.name, digits),
        "reference": tables.figure(_("Rank {rank}", rank=story.band.worst), digits),
        "points": tables.figure(_("Points of the index"), digits, signed=True),
        "places": tables.Column(_("Places"), lambda cell: words.climbed(float(str(cell))), True),
    }
    if not linear:
        shown = {key: column for key, column in shown.items() if key in ("label", "places")}
    return tables.table(
        frame,
        shown,
        caption=_("What separates {unit} from rank {rank}", unit=story.name, rank=story.band.worst),
        source=told.source(
            story,
            _("Points add up to the distance, places to the change of rank; plus is a climb."),
            _("Places: Shapley split, all other units held still; our calculation."),
            *told.among(story),
        ),
    )


@spoken
def gap_picture(story: OwnStory) -> Picture | None:
    """The way to the band's worst rank in places; None where there is none."""
    rows = told.attempt(lambda asked: standing.split_gap(asked, asked.band.worst), story)
    if isinstance(rows, RankingsError):
        return None
    own = int(ranks.competition(index.scores(story.index, story.year))[story.unit])
    shown = rows.loc[rows["places"].abs() > ranks.TOLERANCE]
    if shown.empty or len(shown) > 2 * NAMED:
        return None
    end = own + float(rows["places"].sum())
    labels = [_part(story, code) for code in shown["component"]]
    figure, said = steps.drawn(
        (story.name, own),
        list(zip(labels, shown["places"], strict=True)),
        (_("there"), end),
        height=4.0,
        title=_(
            "The distance of {unit} to rank {rank} in places",
            unit=story.name,
            rank=story.band.worst,
        ),
    )
    return Picture(
        figure,
        _(
            "From rank {own} to rank {end}, split into places: {told}.",
            own=own,
            end=number(end),
            told=said,
        ),
        told.source(story, _("Shapley split, all other units held still; our calculation.")),
    )


# Strengths


@spoken
def strengths_table(story: OwnStory) -> Table | Prose:
    """The indicators in which the unit ranks best and worst."""
    found = told.attempt(standing.best_and_worst, story)
    if isinstance(found, RankingsError):
        return told.note(story, found)
    best, worst = found
    rows = pd.concat(
        [best.assign(side=_("strength")), worst.assign(side=_("weakness"))], ignore_index=True
    )
    frame = rows.assign(
        label=[story.named(code) for code in rows["code"]],
        belongs=[story.named(code) for code in rows["group"]],
        unit=[_measured(story, str(code)) for code in rows["code"]],
    )
    return tables.table(
        frame,
        {
            "side": tables.text(_("Kind")),
            "label": tables.text(_("Indicator")),
            "belongs": tables.text(_("Part of the index")),
            "value": tables.Column(_("Value"), lambda cell: told.figure(float(str(cell))), True),
            "unit": tables.text(_("Measured in")),
            "rank": tables.figure(_("Rank")),
            "of": tables.figure(_("Of")),
        },
        caption=_("In which indicators {unit} ranks best and worst", unit=story.name),
        source=told.source(
            story,
            _("Values as given, divided by their denominators; ranks are our calculation."),
        ),
    )


def _measured(story: OwnStory, code: str) -> str:
    """What an indicator is measured in after it is divided by its denominator."""
    described = story.index.described
    row = described.loc[described["code"] == code].iloc[0]
    unit, denominator = row["unit"], row["denominator"]
    shown = "" if pd.isna(unit) else str(unit)
    if pd.isna(denominator):
        return shown
    per = _("per {denominator}", denominator=story.named(denominator))
    return f"{shown}, {per}" if shown else per


@spoken
def influence_table(story: OwnStory) -> Table | Prose:
    """What the rank becomes without each part of the index."""
    rows = told.attempt(standing.influence, story)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    frame = rows.assign(label=[story.named(code) for code in rows["code"]])
    return tables.table(
        frame,
        {
            "label": tables.text(_("Without")),
            "rank": tables.figure(_("Rank of {unit}", unit=story.name)),
            "change": tables.Column(
                _("Places"), lambda cell: words.climbed(float(str(cell)), 0), True
            ),
            "mean_shift": tables.figure(_("Mean shift of all ranks"), 1),
        },
        caption=_("The rank of {unit} without each part of the index", unit=story.name),
        source=told.source(
            story, _("Our calculation; plus is a climb, weights of the others scaled up.")
        ),
    )


@spoken
def distinct(story: OwnStory) -> Prose:
    """How close the scores around the unit are."""
    scores = np.sort(story.results["score"].dropna().to_numpy())[::-1]
    if len(scores) < 3:
        return Prose(_("Too few scores to say how close they are."), "note")
    gap = float(np.median(-np.diff(scores)))
    return Prose(
        _(
            "Half of all neighbours in the ranking are {gap} points apart or less.",
            gap=number(gap, told.digits(story.results["score"]) + 1),
        ),
        "text",
    )
