"""Notebook 05: what became of every official target?"""

from collections import Counter
from typing import Any

import pandas as pd

from rankings import tables
from rankings.composite import official
from rankings.errors import RankingsError
from rankings.forecasts.joint import EGDI
from rankings.language.messages import _, fact, listing, meaning, number, percent, plural, simulated
from rankings.panel import shape as panels
from rankings.panel.measures import measure, measures
from rankings.report import refusals, words
from rankings.report.verbs import verb
from rankings.story import scorecard as cards
from rankings.story.question import Story
from rankings.tables import Prose, Table


@verb
def answer(story: Story) -> Prose:
    """How many official targets were met, missed, are open, or cannot be judged."""
    rows = cards.scorecard(story)
    rows = rows.loc[rows["kind"] != cards.REACHED]
    if rows.empty:
        return _none(story)
    counted = Counter(rows["status"])
    told = [f"{counted[status]} {said}" for status, said in _statuses().items() if counted[status]]
    return Prose(
        plural(
            "{count} official target of {economy} was set by the end of {as_of}: {told}.",
            "{count} official targets of {economy} were set by the end of {as_of}: {told}.",
            len(rows),
            economy=story.name,
            as_of=story.as_of,
            told=listing(told),
        ),
        "answer",
    )


def _none(story: Story) -> Prose:
    return Prose(
        _(
            "No official target of {economy} set by the end of {as_of} is held.",
            economy=story.name,
            as_of=story.as_of,
        ),
        "note",
    )


def _statuses() -> dict[str, str]:
    """What each status is called, in the order of a sentence."""
    return {
        cards.MET: _("met"),
        cards.MISSED: _("missed"),
        cards.OPEN: _("open"),
        cards.NOT_ISSUED: _("without an edition by the deadline"),
        cards.NO_FIGURES: _("without figures to judge by"),
    }


@verb
def table(story: Story) -> Table | Prose:
    """Every official target: what was asked, where it stood and stands, what the chance is."""
    rows = cards.scorecard(story)
    if rows.empty:
        return _none(story)
    each = rows.to_dict("records")
    frame = rows.assign(
        asked=[_asked(row) for row in each],
        document=[fact(row["set_by"]) for row in each],
        then=[_then(row) for row in each],
        now=[_now(row) for row in each],
        verdict=[_verdict(story, row) for row in each],
        came=[_came(row) for row in each],
    )
    columns = {
        "asked": tables.text(_("Target")),
        "deadline": tables.year(meaning("date", "By")),
        "verdict": tables.text(_("Status")),
        "now": tables.text(_("Known at the end of {as_of}", as_of=story.as_of)),
        "then": tables.text(_("When set")),
    }
    if frame["points_50"].notna().any():
        frame = frame.assign(takes=[_takes(row) for row in each])
        columns["takes"] = tables.text(_("What an even chance takes"))
    if any(frame["came"]):
        columns["came"] = tables.text(_("What came later"))
    columns["document"] = tables.text(_("Set by"))
    return tables.table(
        frame,
        columns,
        caption=_(
            "Official targets of {economy}, as known at the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=_source(story, rows),
        ours=frame["status"] == cards.OPEN,
    )


def _asked(row: dict[Any, Any]) -> str:
    if row["kind"] == cards.VALUE:
        return _value_asked(row)
    if row["measure"] is None or pd.isna(row["measure"]):
        return _("{what}: rank {rank}, reached then", what=row["subject"], rank=row["rank_worst"])
    best, worst = int(row["rank_best"]), int(row["rank_worst"])
    if best > 1:
        return f"{_name(row)}: {words.span(best, worst)}"
    return _("{measure}: rank {worst} or better", measure=_name(row), worst=worst)


def _value_asked(row: dict[Any, Any]) -> str:
    """The value a target asks for, which no index ranks."""
    if pd.isna(row["value_low"]):
        return _("a value that no index ranks")
    what, low = fact(row["subject"]), _amount(row["value_low"], row["unit"])
    if pd.isna(row["value_high"]):
        return _("{what}: {value}", what=what, value=low)
    high = _amount(row["value_high"], row["unit"])
    return _("{what}: {low} to {high}", what=what, low=low, high=high)


def _amount(value: float, unit: Any) -> str:
    """A value with its unit, with as many decimals as it needs and no more than two."""
    digits = next((digits for digits in (0, 1) if round(value, digits) == round(value, 2)), 2)
    if unit == "%":
        return percent(value / 100, digits)
    written = number(value, digits)
    return written if unit is None or pd.isna(unit) else f"{written} {fact(unit)}"


def _value_now(value: float, year: int, unit: Any) -> str:
    return _("{value} ({year})", value=_amount(value, unit), year=year)


def _name(row: dict[Any, Any]) -> str:
    found = measure(row["measure"])
    if found.composite:
        return _("our ICT composite")
    return words.measure(found.index, found.component)


def _then(row: dict[Any, Any]) -> str:
    if pd.isna(row["rank_at_setting"]):
        return ""
    return _standing(row["edition_at_setting"], row["rank_at_setting"], row["of"], None)


def _standing(edition: int, rank: int, of: int, printed: int | None) -> str:
    """A place as "88 of 193 (2018)", with the printed rank where it is another."""
    told = words.place(rank, of)
    if printed is not None and not pd.isna(printed) and printed != rank:
        return _(
            "{place}, printed {printed} ({edition})", place=told, printed=printed, edition=edition
        )
    return _("{place} ({edition})", place=told, edition=edition)


def _now(row: dict[Any, Any]) -> str:
    if not pd.isna(row["value"]):
        return _value_now(row["value"], row["value_year"], row["unit"])
    if pd.isna(row["rank"]):
        return ""
    told = _standing(row["edition"], row["rank"], row["out_of"], row["published_rank"])
    if pd.isna(row["rank_low"]):
        return told
    return told + ", " + words.between(row["rank_low"], row["rank_high"])


def _verdict(story: Story, row: dict[Any, Any]) -> str:
    """The status in words: by how many places missed, or the chance that is left."""
    if row["kind"] == cards.REACHED:
        return _("a position reached, no target")
    if row["kind"] == cards.VALUE:
        return _statuses()[row["status"]]
    if row["status"] in (cards.MET, cards.MISSED):
        return _decided(row["status"], row["rank_worst"], row["rank"], row["published_rank"])
    if row["status"] != cards.OPEN:
        return _statuses()[row["status"]]
    return _open(row)


def _decided(status: str, worst: int, rank: int, printed: int | None) -> str:
    """Met or missed, and where printed rank and rank by score disagree, both."""
    by = rank if printed is None or pd.isna(printed) else int(printed)
    said = (
        _("met")
        if status == cards.MET
        else plural("missed by {count} place", "missed by {count} places", int(by - worst))
    )
    if (rank <= worst) == (by <= worst):
        return said
    if rank <= worst:
        return _("{said} (as printed), met by score", said=said)
    return _("{said} (as printed), missed by score", said=said)


def _open(row: dict[Any, Any]) -> str:
    reason = row["why_no_chance"]
    if isinstance(reason, RankingsError):
        return _("open; no chance can be given: {reason}", reason=refusals.told(reason))
    said = _(
        "open; chance {chance} (edition {edition})",
        chance=simulated(row["chance"]),
        edition=row["chance_edition"],
    )
    if pd.isna(row["chance_low"]) or simulated(row["chance_low"]) == simulated(row["chance_high"]):
        return said
    low, high = simulated(row["chance_low"]), simulated(row["chance_high"])
    return said + _(", {low} to {high} over {varied}", low=low, high=high, varied=_varied(row))


def _takes(row: dict[Any, Any]) -> str:
    """The points an even chance takes beyond the pace of all others; "" where nothing is open."""
    if pd.isna(row["points_50"]):
        return ""
    if not row["points_50"]:
        return _("the pace of everyone else")
    digits = 3 if measure(row["measure"]).scale(int(row["edition"])).high <= 1 else 2
    return _(
        "{points} points more than everyone else",
        points=words.points(row["points_50"], digits, signed=False),
    )


def _varied(row: dict[Any, Any]) -> str:
    """What a range of chances is over."""
    if row["varied"] == "scale":
        return _("the scale of standings at the top")
    parts = [words.measure(EGDI, part) for part in str(row["varied"]).split("+")]
    return _("readings of the new {parts}", parts=listing(parts))


def _came(row: dict[Any, Any]) -> str:
    status = row["outcome_status"]
    if not isinstance(status, str):
        return ""
    if row["kind"] == cards.VALUE:
        came = _value_now(row["outcome_value"], row["outcome_value_year"], row["unit"])
        return "; ".join([_statuses()[status], came])
    shown = ""
    if not pd.isna(row["outcome_rank"]):
        shown = _standing(
            row["outcome_edition"],
            row["outcome_rank"],
            row["outcome_of"],
            row["outcome_published_rank"],
        )
    if status in (cards.MET, cards.MISSED):
        said = _decided(
            status, row["rank_worst"], row["outcome_rank"], row["outcome_published_rank"]
        )
    else:
        said = _statuses()[status]
    return "; ".join(filter(None, [said, shown]))


def _source(story: Story, rows: pd.DataFrame) -> str:
    """The reports behind the places: those known then, and apart those of what came later."""
    pairs = _editions(story, rows, "edition_at_setting", "edition")
    came = [each for each in _editions(story, rows, "outcome_edition") if each not in pairs]
    later = "; ".join(_later_report(story, *each) for each in came)
    note = _(
        "A target is decided by the last edition published after it was set and by its deadline; "
        "met and missed go by the printed rank where one is printed, else by score. Chances are "
        "shares of joint draws of all economies; dates of editions without a rhythm are assumed."
    )
    notes = [_("What came later: {reports}.", reports=later)] if later else []
    values = pd.concat([rows["value_source"], rows["outcome_value_source"]]).dropna().unique()
    if len(values):
        # A source that was added is named by the file, a digest, and what the file calls it.
        named = listing(str(each).split(":", 2)[-1] for each in values)
        notes.append(_("Values of added series: {sources}.", sources=named))
    waits = (rows["status"] == cards.NO_FIGURES) & (rows["kind"] == cards.VALUE)
    series = rows.loc[waits, "series"].dropna()
    if len(series):
        notes.append(
            plural(
                "A value is judged by a series that you add: {series}.",
                "Values are judged by series that you add: {series}.",
                len(series),
                series=listing(series),
            )
        )
    breaks = _("Method breaks lie between many of these editions.")
    if rows["points_50"].notna().any():
        note += " " + _(
            "Points are of the newest edition's scale. Each target has pages of its own: rankings "
            "report --measure NAME --band BEST:WORST --by YEAR."
        )
    return words.source(story, pairs, *notes, note, breaks, words.derived())


def _editions(story: Story, rows: pd.DataFrame, *columns: str) -> list[tuple[str, int]]:
    """The (index, edition) pairs that columns of the scorecard speak of.

    Of our composite, whose edition is the year it is seen from, those it is made of.
    """
    known = measures()
    found: list[tuple[str, int]] = []
    for row in rows.dropna(subset=["measure"]).to_dict("records"):
        asked = known[row["measure"]]
        named = [int(row[name]) for name in columns if not pd.isna(row[name])]
        if not asked.composite:
            found += [(asked.index, edition) for edition in named]
            continue
        for year in named:
            made = official.ict_composite(story.world.panel, year).sources
            found += zip(made["index"], made["edition"].astype(int), strict=True)
    return list(dict.fromkeys(found))


def _later_report(story: Story, index: str, edition: int) -> str:
    """The report that printed an edition as it is held now, perhaps after the as-of year."""
    held = panels.newest_vintage(story.world.panel)
    rows = held.loc[(held["index"] == index) & (held["edition"] == edition), "vintage"]
    return words.vintage_name(story.world, index, edition, str(rows.iloc[0]))
