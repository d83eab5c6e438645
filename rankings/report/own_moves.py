"""Notebook 60: how did the rank in an index of one's own change, and where is it heading?"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rankings import figures, tables
from rankings.analysis.change import COVERAGE, METHOD, NOT_SEPARABLE, OTHERS, OWN, ROUNDING
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.language.messages import _, meaning, number, simulated
from rankings.own import moves, outlook, standing
from rankings.own.question import OwnStory
from rankings.panel.ranks import TOLERANCE
from rankings.report import own_words as told
from rankings.report import refusals, words
from rankings.report import waterfall as steps
from rankings.report.verbs import spoken
from rankings.tables import Prose, Table

TERMS: dict[str, Callable[[], str]] = {
    OWN: lambda: meaning("moves", "own"),
    OTHERS: lambda: _("others"),
    METHOD: lambda: _("method"),
    COVERAGE: lambda: _("coverage"),
    ROUNDING: lambda: _("rounding"),
}

MOST_STEPS = 14


def _climbed(title: str) -> tables.Column:
    return tables.Column(title, lambda cell: words.climbed(float(str(cell))), True)


@spoken
def history_table(story: OwnStory) -> Table | Prose:
    """Rank and score in every year of the table."""
    rows = standing.history(story)
    if len(rows) < 2:
        return Prose(_("The table has one year of {unit}: no history.", unit=story.name), "note")
    frame = rows.assign(kind=[told.basis(each) for each in rows["basis"]])
    return tables.table(
        frame,
        {
            "year": tables.year(_("Year")),
            "rank": tables.figure(_("Rank")),
            "of": tables.figure(_("Of")),
            "kind": tables.text(_("Ranks are")),
            "score": tables.figure(_("Score"), told.digits(frame["score"])),
        },
        caption=_("{unit}, year by year", unit=story.name),
        source=told.source(story, *_breaks(story), years=rows["year"]),
        ours=frame["year"] == story.year,
    )


def _breaks(story: OwnStory) -> list[str]:
    """Changes of method, one sentence each."""
    return [
        _("From {year} on: {what}.", year=each.year, what=story.named(each.what))
        for each in story.index.settings.breaks
    ]


@spoken
def history_picture(story: OwnStory) -> Picture | None:
    """Rank by year, breaks of method drawn in; None for one year."""
    rows = standing.history(story)
    if len(rows) < 2:
        return None
    figure, ax = figures.canvas(4.0, title=_("{unit}: rank by year", unit=story.name))
    lines = pd.DataFrame(
        {
            "edition": rows["year"],
            "iso3": rows["unit"],
            "name": story.name,
            "rank": rows["rank"].astype("float64"),
            "of": rows["of"],
        }
    )
    changed = pd.DataFrame(
        [
            {"edition": each.year, "label": _("other method")}
            for each in story.index.settings.breaks
            if rows["year"].min() < each.year <= rows["year"].max()
        ],
        columns=["edition", "label"],
    )
    figures.rank_history(lines, economy=story.unit, band=story.band, breaks=changed, ax=ax)
    _interrupt(ax, changed["edition"].to_list())
    first, last = rows.iloc[0], rows.iloc[-1]
    return Picture(
        figure,
        _(
            "{unit}: rank {first} of {of_first} in {start}, {last} of {of_last} in {end}.",
            unit=story.name,
            first=int(first["rank"]),
            of_first=int(first["of"]),
            start=int(first["year"]),
            last=int(last["rank"]),
            of_last=int(last["of"]),
            end=int(last["year"]),
        ),
        told.source(story, *_breaks(story), years=rows["year"]),
    )


def _interrupt(ax: Axes, years: list[int]) -> None:
    """No line leads over a change of method: the ranks at its sides measure different things."""
    for line in ax.get_lines():
        if line.get_gid() != "economy":
            continue
        at = np.asarray(line.get_xdata(), dtype=float)
        ranks = np.asarray(line.get_ydata(), dtype=float)
        breaks = [int(np.searchsorted(at, year)) for year in years]
        line.set_data(np.insert(at, breaks, np.nan), np.insert(ranks, breaks, np.nan))


def _start(story: OwnStory, since: int | None) -> int:
    return moves.pair(story)[0] if since is None else since


def _change(story: OwnStory, since: int | None) -> pd.DataFrame | RankingsError:
    return told.attempt(lambda asked: moves.split(asked, since), story)


@spoken
def change_answer(story: OwnStory, since: int | None = None) -> Prose:
    """The change of rank since an earlier year, and how much of it are own moves.

    Args:
        story: the question.
        since: the earlier year; the one before the story's by default.
    """
    rows = _change(story, since)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    row = moves.total(story, since)
    said = _(
        "From {start} to {end} {unit} moved from rank {old} to {new}: own moves {own}, the others' "
        "{others} places (plus is a climb).",
        start=_start(story, since),
        end=story.year,
        unit=story.name,
        old=int(row["start"]),
        new=int(row["end"]),
        own=words.climbed(row[OWN]),
        others=words.climbed(row[OTHERS]),
    )
    return Prose(said, "answer")


@spoken
def change_picture(story: OwnStory, since: int | None = None) -> Picture | None:
    """The way from one rank to the other by term and pillar; None where there is none to draw."""
    rows = _change(story, since)
    if isinstance(rows, RankingsError):
        return None
    shown = rows.loc[rows["places"].abs() > TOLERANCE]
    if shown.empty or len(shown) > MOST_STEPS:
        return None
    row, start = moves.total(story, since), _start(story, since)
    labels = [_step(story, *each) for each in zip(shown["term"], shown["component"], strict=True)]
    # Ranks count down as a unit climbs.
    figure, said = steps.drawn(
        (str(start), float(row["start"])),
        list(zip(labels, shown["places"], strict=True)),
        (str(story.year), float(row["end"])),
        height=figures.row_height(len(shown) + 2, each=0.32, rest=1.3),
        title=_(
            "{economy} from {before} to {after}: who moved",
            economy=story.name,
            before=int(row["start"]),
            after=int(row["end"]),
        ),
    )
    return Picture(
        figure,
        _(
            "From rank {before} in {start} to {after} in {end}, in places: {told}.",
            before=int(row["start"]),
            start=start,
            after=int(row["end"]),
            end=story.year,
            told=said,
        ),
        told.source(story, _("Shapley split; our calculation."), years=(start, story.year)),
    )


def _step(story: OwnStory, term: str, component: str) -> str:
    """A step of the change: its term, and the part of the index if it has one."""
    part = _component(story, component)
    return f"{TERMS[term]()}: {part}" if part else TERMS[term]()


@spoken
def change_table(story: OwnStory, since: int | None = None) -> Table | None:
    """The change since an earlier year by term and pillar; arguments as `change_answer`.

    None where the answer says why not.
    """
    rows = _change(story, since)
    if isinstance(rows, RankingsError):
        return None
    start, end = _start(story, since), story.year
    shown = rows.loc[(rows["places"].abs() > 1e-9) | rows["term"].isin([OWN, OTHERS])]
    frame = shown.assign(
        kind=[TERMS[term]() for term in shown["term"]],
        label=[_component(story, code) for code in shown["component"]],
    )
    mixed = rows.loc[rows["status"] == NOT_SEPARABLE, "component"].unique()
    notes = [_("Plus is a climb; the terms add up to the change of rank.")]
    if len(mixed):
        notes.append(
            _(
                "In {parts} a change of method cannot be told apart from the moves.",
                parts=", ".join(story.named(code) for code in mixed),
            )
        )
    return tables.table(
        frame,
        {
            "kind": tables.text(_("Term")),
            "label": tables.text(_("Part of the index")),
            "places": _climbed(_("Places")),
        },
        caption=_(
            "Why the rank of {unit} changed from {start} to {end}",
            unit=story.name,
            start=start,
            end=end,
        ),
        source=told.source(story, *notes, _("Shapley split; our calculation."), years=(start, end)),
    )


def _component(story: OwnStory, code: str) -> str:
    if not code:
        return ""
    return _("weights") if code == "weights" else story.named(code)


@spoken
def changes_table(story: OwnStory) -> Table | None:
    """Every change of rank from year to year, by term; None where no two years compare."""
    rows = moves.totals(story)
    if rows.empty:
        return None
    frame = rows.assign(
        span=[f"{a}-{b}" for a, b in zip(rows["from_year"], rows["to_year"], strict=True)]
    )
    return tables.table(
        frame,
        {
            "span": tables.text(_("Years")),
            "start": tables.figure(_("From rank")),
            "end": tables.figure(_("To rank")),
            "change": tables.Column(
                _("Change"), lambda cell: words.climbed(float(str(cell)), 0), True
            ),
        }
        | {term: _climbed(title()) for term, title in TERMS.items() if term != ROUNDING},
        caption=_("Changes of the rank of {unit}, by term", unit=story.name),
        source=told.source(
            story,
            _("Plus is a climb; ranks are the computed ones. Coverage: units that came or went."),
            _("Shapley split; our calculation."),
            years=[*rows["from_year"], *rows["to_year"]],
        ),
    )


# The years ahead


@spoken
def forecast_answer(story: OwnStory) -> Prose:
    """The median rank ahead, its spread, the chance of the band, and the model that speaks."""
    rows = told.attempt(outlook.forecast, story)
    if isinstance(rows, RankingsError):
        return told.note(story, rows)
    last = rows.iloc[-1]
    model = outlook.choose_model(story)
    return Prose(
        _(
            "Median forecast for {year}: rank {median}; 80 % of draws {spread}. Chance of rank "
            "{worst} or better: {chance}. Model: {model}.",
            year=int(last["edition"]),
            median=int(last["median"]),
            spread=words.between(last["low80"], last["high80"]),
            worst=story.band.worst,
            chance=simulated(float(last["reach"])),
            model=refusals.told(model.title),
        ),
        "answer",
    )


@spoken
def forecast_table(story: OwnStory) -> Table | None:
    """Ranks and chances of the band, year by year ahead.

    None where the answer says why not.
    """
    rows = told.attempt(outlook.forecast, story)
    if isinstance(rows, RankingsError):
        return None
    frame = rows.assign(
        span80=[words.span(a, b) for a, b in zip(rows["low80"], rows["high80"], strict=True)],
        span95=[words.span(a, b) for a, b in zip(rows["low95"], rows["high95"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "edition": tables.year(_("Year")),
            "median": tables.figure(_("Median rank")),
            "span80": tables.Column(_("80 % of draws"), str, True),
            "span95": tables.Column(_("95 % of draws"), str, True),
            "reach": tables.simulated(_("Chance of rank ≤ {worst}", worst=story.band.worst)),
        },
        caption=_(
            "The ranks of {unit} to come, of {of} units",
            unit=story.name,
            of=int(rows["of"].iloc[0]),
        ),
        source=_forecast_source(story),
    )


@spoken
def forecast_picture(story: OwnStory) -> Picture | None:
    """Ranks known, and the spread of those to come; None without a forecast."""
    rows = told.attempt(outlook.forecast, story)
    if isinstance(rows, RankingsError):
        return None
    known = outlook.history(story)
    history = pd.DataFrame(
        {
            "edition": known["year"],
            "iso3": known["unit"],
            "name": story.name,
            "rank": known["computed_rank"].astype("float64"),
            "of": known["computed_of"],
        }
    )
    figure, ax = figures.canvas(4.4, title=_("{unit}: the ranks to come", unit=story.name))
    figures.fan(history, rows, economy=story.unit, band=story.band, ax=ax)
    last = rows.iloc[-1]
    said = _(
        "Median forecast for {edition}: rank {median}; 80 % of draws {spread}.",
        edition=int(last["edition"]),
        median=int(last["median"]),
        spread=words.between(last["low80"], last["high80"]),
    )
    return Picture(
        figure,
        said,
        _forecast_source(story),
    )


def _forecast_source(story: OwnStory) -> str:
    return told.source(
        story,
        _("Joint draws of all units, ranked in each; our calculation."),
        years=outlook.years_known(story),
    )


@spoken
def record_table(story: OwnStory) -> Table | None:
    """How good such forecasts were at years that were once ahead; None without any."""
    rows = outlook.summary(story)
    if rows.empty:
        return None
    names = {model.label: refusals.told(model.title) for model in outlook.MODELS}
    names |= {
        f"{label}, point": _("{model}, as a single number", model=name)
        for label, name in names.items()
    }
    frame = rows.assign(title=[names.get(label, label) for label in rows["label"]])
    return tables.table(
        frame,
        {
            "title": tables.text(_("Model")),
            "h": tables.figure(_("Steps ahead")),
            "origins": tables.figure(_("Origins")),
            "crps": tables.figure(_("CRPS, places"), 2),
            "mae": tables.figure(_("Mean error, places"), 2),
            "coverage80": tables.share(_("80 % interval held")),
        },
        caption=_("How good these forecasts were, on {count} units", count=int(rows["n"].max())),
        source=told.source(
            story,
            _(
                "Each origin knows the years up to it and nothing later; ranks among units with a "
                "score in every year. CRPS: mean distance of the drawn ranks from the one that "
                "came, less half their distance from each other; lower is better."
            ),
            years=outlook.years_known(story),
        ),
        ours=frame["label"] == outlook.choose_model(story).label,
    )


@spoken
def record_note(story: OwnStory) -> Prose | None:
    """On how few outcomes the record rests; None without a forecast."""
    rows = outlook.summary(story)
    if isinstance(told.attempt(outlook.choose_model, story), RankingsError):
        return None
    if rows.empty:
        return Prose(_("Without a record the spread of a forecast is not tested."), "warning")
    origins = int(rows["origins"].max())
    return Prose(
        _(
            "The record rests on {origins} origins of {count} units: it can tell a bad model, not "
            "small differences between good ones.",
            origins=number(origins),
            count=int(rows["n"].max()),
        ),
        "note",
    )
