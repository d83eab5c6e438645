"""Which model speaks, how good was it before, and why does it depart from no change?"""

import numpy as np
import pandas as pd

from rankings import tables
from rankings.forecasts import backtest, gaps, record
from rankings.forecasts import registry as forecast_models
from rankings.forecasts.baselines import NO_CHANGE, OWN_LINE
from rankings.forecasts.draws import DRAWS
from rankings.language.messages import _, listing, number, plural
from rankings.memo import remembered
from rankings.report import refusals, words
from rankings.report.verbs import verb
from rankings.story.outlook import (
    choose_model,
    expected_moves,
    fitted_model,
    forecast_ranks,
    past_record,
    sisters_read,
    standing_series,
)
from rankings.story.question import MEASURE, Story
from rankings.tables import Prose, Table

# How the sources of schooling figures are called, before the report.
HDR = "undp-hdr"


def model_name(label: str) -> str:
    """A model's name for a reader, by its label; the label itself where no model has it."""
    name = label.removesuffix(backtest.AS_POINT)
    found = next((model for model in forecast_models.MODELS if model.label == name), None)
    if found is None:
        return label
    title = refusals.told(found.title)
    return title if name == label else _("{model}, a single number", model=title)


def pseudo() -> str:
    """The note under models that read series in today's vintage."""
    return _(
        "* Pseudo-real-time: telecom and schooling series in today's vintage, not as they were "
        "then."
    )


def _terms() -> str:
    """The note on the terms of the pooled model."""
    return _(
        "“Closing gaps” uses obvious terms, none selected by a score; caps, items and schooling "
        "are used from when they were known."
    )


def no_record() -> str:
    """What stands in place of a record where no outcome was known."""
    return _("Too few editions were known for a back-test.")


@verb
def record_answer(story: Story) -> Prose:
    """Which model speaks and why, and how the others did."""
    held = past_record(story)
    best = choose_model(story)
    if held.empty:
        return Prose(
            _(
                "No outcome was known for a back-test: forecasts are made by “{model}”.",
                model=model_name(best),
            ),
            "answer",
        )
    first = backtest.summary(held).query("h == 1").set_index("label")["crps"]
    if OWN_LINE not in first.index:
        return Prose(_beside_no_change(story, first) + _few(held) + _caveat(best), "answer")
    line, still = first[OWN_LINE], first[NO_CHANGE]
    return Prose(
        _(
            "Forecasts are made by “{best}”: of the models a report may use it had the best "
            "record on outcomes known at the end of {as_of}. One edition ahead its CRPS was "
            "{own} places, that of “{no_change}” {still}, that of “{own_line}” {line}: "
            "{verdict}.",
            as_of=story.as_of,
            best=model_name(best),
            own=number(first[best], 1),
            no_change=model_name(NO_CHANGE),
            own_line=model_name(OWN_LINE),
            still=number(still, 1),
            line=number(line, 1),
            verdict=_("trend lines do worse than no change")
            if line > still
            else _("trend lines do better than no change"),
        )
        + _caveat(best),
        "answer",
    )


def _beside_no_change(story: Story, first: pd.Series) -> str:
    """What a measure without trend lines of its own is forecast by, and how good that was."""
    best = choose_model(story)
    told = {
        "as_of": story.as_of,
        "best": model_name(best),
        "own": number(first[best], 1),
        "still": number(first[NO_CHANGE], 1),
        "point": number(first[backtest.POINT], 1),
    }
    if best == NO_CHANGE:
        return _(
            "Forecasts are made by “{best}” with the spread of past steps. On outcomes known at "
            "the end of {as_of} its CRPS one edition ahead was {own} places, that of the last "
            "rank as a single number {point}.",
            **told,
        )
    return _(
        "Forecasts are made by “{best}”: of the models a report may use it had the best record on "
        "outcomes known at the end of {as_of}. One edition ahead its CRPS was {own} places, that "
        "of no change {still}.",
        **told,
    )


def _few(rows: pd.DataFrame) -> str:
    """A warning where a record rests on three origins or fewer."""
    origins = rows.loc[rows["h"] == 1, "origin"].nunique()
    if origins > record.FEW:
        return ""
    return " " + plural(
        "Only {count} origin has an outcome: that is a thin record.",
        "Only {count} origins have an outcome: that is a thin record.",
        origins,
    )


def _caveat(label: str) -> str:
    """What hindsight there is in the design of the chosen model."""
    if forecast_models.labelled(label).name != forecast_models.CLOSING_GAPS:
        return ""
    return " " + _(
        "The choice uses no later outcome, and the terms of “closing gaps” were not selected by "
        "a score; later revisions of the figures are the hindsight that is left."
    )


@verb
def record_table(story: Story, rows: pd.DataFrame | None = None, note: str = "") -> Table | Prose:
    """How the models did before, the losing ones too; ``note`` is said below the table."""
    held = past_record(story) if rows is None else rows
    if held.empty:
        return Prose(no_record(), "note")
    frame = backtest.summary(held)
    frame = frame.assign(name=[model_name(label) for label in frame["label"]])
    origins = sorted(held["origin"].unique())
    return tables.table(
        frame,
        {
            "h": tables.figure(_("Ahead")),
            "name": tables.text(_("Model")),
            "origins": tables.figure(_("Origins")),
            "crps": tables.figure(_("CRPS, places"), 1),
            "mae": tables.figure(_("Mean error"), 1),
            "coverage80": tables.share(_("In 80 %")),
            "coverage95": tables.share(_("In 95 %")),
            "brier": tables.figure(_("Brier, ≤ {rank}", rank=backtest.TOP), 3),
        },
        caption=_(
            "Forecasts of the rank against what came, as known at the end of {as_of}: best "
            "first within each number of editions ahead, smaller is better",
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            [(story.index.name, edition) for edition in editions_tested(story, held)],
            _(
                "{n} economies with a score in every edition; origins {origins}; our calculation.",
                n=frame["n"].iloc[0],
                origins=listing(str(each) for each in origins),
            ),
            *([pseudo(), _terms()] if held["todays_figures"].any() else []),
            *([note] if note else []),
        ),
        ours=frame["label"] == choose_model(story),
    )


def editions_tested(story: Story, rows: pd.DataFrame) -> list[int]:
    """The editions a record rests on: those of its origins and those of its outcomes."""
    known = sorted(int(each) for each in set(standing_series(story)["edition"]) | _known(story))
    furthest = rows.groupby("origin")["h"].max()
    outcomes = {
        each
        for origin, most in furthest.items()
        for each in [at for at in known if at > int(str(origin))][: int(most)]
    }
    return sorted({*map(int, furthest.index), *outcomes})


def _known(story: Story) -> set[int]:
    rows = story.panel.loc[story.panel["index"] == story.index.name, "edition"]
    return {int(each) for each in rows.unique()}


@verb
def departure(story: Story) -> Prose:
    """How the chosen model's chance comes to differ from plain no change: middle and width."""
    own, plain = forecast_ranks(story).iloc[-1], forecast_ranks(story, NO_CHANGE).iloc[-1]
    if choose_model(story) == NO_CHANGE:
        return Prose(_("The forecast is no change, with its spread."), "note")
    return Prose(
        _(
            "Compared with no change in {edition}: the median is rank {median}, and 80 % of draws "
            "lie in {span}{spread}. Chance of rank {worst} or better: {chance}.",
            edition=int(own["edition"]),
            median=_beside(str(int(own["median"])), str(int(plain["median"]))),
            span=_beside(
                words.span(own["low80"], own["high80"]), words.span(plain["low80"], plain["high80"])
            ),
            spread=_spread(own["high80"] - own["low80"], plain["high80"] - plain["low80"]),
            worst=story.band.worst,
            chance=_beside(words.reach(story, own), words.reach(story, plain)),
        )
    )


def _beside(own: str, plain: str) -> str:
    """What the chosen model says beside what no change says, once where they say the same."""
    if own == plain:
        return _("{value} by both", value=own)
    return _("{value} instead of {other}", value=own, other=plain)


def _spread(own: int, plain: int) -> str:
    """What figures known beforehand do to the spread; nothing is said where they leave it."""
    if own < plain:
        return _(": figures known beforehand narrow the spread")
    if own > plain:
        return _(": the model's spread is wider than that of no change")
    return ""


GAP_NAMES = {
    gaps.to_own_past: lambda: _("to its own past mean"),
    gaps.to_sisters: lambda: _("to related indices"),
    gaps.TELECOM_GROWTH: lambda: _("growth of telecom over four years"),
    gaps.TO_TELECOM: lambda: _("to what telecom figures suggest"),
    gaps.TO_SCHOOLING: lambda: _("to what schooling figures suggest"),
    gaps.TO_SERVICES: lambda: _("to online services"),
}


REASONS = {
    gaps.to_own_past: lambda: _("a single questionnaire is noisy"),
    gaps.to_sisters: lambda: _("they assess the same services"),
    gaps.TELECOM_GROWTH: lambda: _("services follow networks"),
    gaps.TO_TELECOM: lambda: _("the next edition is calculated from them"),
    gaps.TO_SCHOOLING: lambda: _("the next edition is calculated from them"),
    gaps.TO_SERVICES: lambda: _("the same questionnaire asks both"),
}


@verb
def shares_table(story: Story) -> Table | Prose:
    """The pooled regression of the chosen model: which gap is closed by how much, and why."""
    fitted = fitted_model(story)
    if fitted is None:
        return Prose(_("The chosen model has no regression to show."), "note")
    held, fits = fitted
    wanted = gaps.BY_INFORMATION[held.information]
    rows = [
        {
            "label": words.measure(MEASURE, part),
            "gap": GAP_NAMES[gap](),
            "share": float(share),
            "spread": fit.spread,
            "steps": int(np.isfinite(fit.residuals).sum()),
            "why": REASONS[gap](),
        }
        for part, fit in fits.items()
        for gap, share in zip(wanted.get(part, ()), fit.shares, strict=True)
    ]
    return tables.table(
        pd.DataFrame(rows),
        {
            "label": tables.text(_("Sub-index")),
            "gap": tables.text(_("Gap")),
            "share": tables.figure(_("Share closed"), 2, signed=True),
            "spread": tables.figure(_("Residual, sd"), 2),
            "steps": tables.figure(_("Past steps")),
            "why": tables.text(_("Why it is in")),
        },
        caption=_("What the model learned from the past steps of all economies, one edition ahead"),
        source=forecast_source(story)
        + " "
        + _("Weighted least squares (statsmodels) for each sub-index, newer steps counting more."),
    )


@verb
def pulls_table(story: Story) -> Table | Prose:
    """Why the chosen model departs from no change: where each sub-index is expected to move."""
    rows = expected_moves(story)
    if rows.empty:
        return Prose(
            _("The chosen model expects no economy to move relative to the world."), "note"
        )
    frame = rows.assign(label=[words.measure(story.index.name, part) for part in rows["component"]])
    return tables.table(
        frame,
        {
            "label": tables.text(_("Sub-index")),
            "standing": tables.figure(_("Standing now"), 2, signed=True),
            "pull": tables.figure(_("Expected move"), 2, signed=True),
            "points": tables.figure(
                _("Points of {index}", index=words.called(story)), 3, signed=True
            ),
        },
        caption=_(
            "{economy}: what the model expects one edition ahead, relative to the world",
            economy=story.name,
        ),
        source=forecast_source(story)
        + " "
        + _(
            "A sub-index is drawn towards the level that its figures suggest (telecom for TII, "
            "schooling for HCI, its own past for OSI). New items of an "
            "edition, as e-government literacy in HCI 2024, are not in these figures."
        ),
    )


def forecast_source(story: Story) -> str:
    """The line under forecasts: data, model, draws and seed."""
    return words.source(
        story,
        [(story.index.name, int(edition)) for edition in sorted(standing_series(story)["edition"])],
        _(
            "Joint forecast of all {n} economies ({model}), {draws} draws, seed {seed}.",
            n=len(story.scores),
            model=model_name(choose_model(story)),
            draws=number(DRAWS),
            seed=story.seed,
        ),
        words.our_model(),
        *(figures_notes(story) if uses_figures(story) else []),
    )


def uses_figures(story: Story) -> bool:
    """Whether the chosen model looks at telecom and schooling series."""
    return forecast_models.labelled(choose_model(story)).todays_figures


def figures_notes(story: Story) -> list[str]:
    """Where the figures of the chosen model come from, and what its star says."""
    drawn = {rule.component for rule in story.index.figures}
    parts = []
    if "tii" in drawn:
        parts.append(_("telecom from the ITU DataHub and the World Bank"))
    if "hci" in drawn:
        parts.append(_("schooling from UNDP ({reports}) and UNESCO", reports=_schooling(story)))
    if sisters := sisters_read(story):
        parts.append(
            plural(
                "related index {indices}",
                "related indices {indices}",
                len(sisters),
                indices=listing(sisters),
            )
        )
    notes = [_("Figures: {parts}.", parts=", ".join(parts))] if parts else []
    if not drawn:
        own = _("{measure} itself reads none of these series.", measure=words.called(story))
        return [*notes, pseudo(), own]
    return [*notes, pseudo()]


def _schooling(story: Story) -> str:
    """The Human Development Reports whose figures are in use, newest first."""
    ids = [each for each in figures_sources(story) if each.startswith(HDR)]
    # An id of what is held ends with the report, that of an added file with what the file says.
    named = [each.removeprefix(HDR).lstrip("-").rpartition(":")[2] for each in ids]
    return listing(f"HDR {each}" for each in sorted(named, reverse=True))


def figures_sources(story: Story) -> set[str]:
    """Source ids of the series and sister indices the chosen model looks at."""
    if not uses_figures(story):
        return set()
    names = tuple(rule.series for rule in story.index.figures)
    return {
        *_series_sources(story.figures.series, names),
        *_sister_sources(story.panel, tuple(sisters_read(story))),
    }


@remembered(most=4)
def _series_sources(series: pd.DataFrame, names: tuple[str, ...]) -> frozenset[str]:
    """Source ids of the telecom and schooling series."""
    mine = series["series"].isin(names)
    return frozenset(series.loc[mine, "source_id"].unique())


@remembered(most=4)
def _sister_sources(panel: pd.DataFrame, sisters: tuple[str, ...]) -> frozenset[str]:
    """Source ids of the sister indices."""
    return frozenset(panel.loc[panel["index"].isin(sisters), "source_id"].unique())
