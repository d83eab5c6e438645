"""Notebook 40: what would the band take? And, apart, what came."""

import pandas as pd

from rankings import tables
from rankings.analysis import targets
from rankings.forecasts.assumptions import ChanceRange
from rankings.forecasts.baselines import NO_CHANGE
from rankings.language.messages import _, fact, listing, plural, simulated
from rankings.report import models, trend, words
from rankings.report.verbs import verb
from rankings.story.outlook import (
    chance_over_assumptions,
    choose_model,
    forecast_ranks,
    is_forecast,
)
from rankings.story.question import Story
from rankings.story.standing import own_rank
from rankings.story.target import (
    editions_compared,
    find_precedents,
    gains_achieved,
    points_needed,
    precedent_editions,
    precedent_window,
)
from rankings.tables import Prose, Table


@verb
def target_sentence(story: Story) -> Prose:
    """The band, its deadline as an edition, and who set it."""
    rows = targets.official(
        story.world.targets, story.economy, story.band, story.target_year, story.asked
    )
    known = rows.loc[rows["set_in"] <= story.as_of]
    means = _means(story)
    if story.band.best > 1:
        means += " " + _("A rank better than {best} counts as success too.", best=story.band.best)
    if known.empty:
        return Prose(
            means
            + " "
            + _(
                "No official target of {economy} with this deadline is "
                "held: the band is the analyst's.",
                economy=story.name,
            )
        )
    documents = "; ".join(fact(row["document"]) for row in known.to_dict("records"))
    return Prose(means + " " + _("Set by: {documents}.", documents=documents))


def _means(story: Story) -> str:
    """Which edition decides the band; of a measure whose editions keep no rhythm it is assumed."""
    told = {
        "band": words.span(story.band.best, story.band.worst),
        "year": story.target_year,
        "index": words.called(story),
    }
    if not is_forecast(story):
        return _("Band {band} by {year}, in the {index}.", **told)
    if story.asked.rhythm is None:
        return _(
            "Band {band} by {year}: the {index} edition of {edition}, the last one assumed by "
            "then. Its publisher keeps no rhythm; assumed are {editions}.",
            edition=story.ahead[-1],
            editions=listing(str(each) for each in story.ahead),
            **told,
        )
    return _(
        "Band {band} by {year}: the {index} edition of {edition}, the last one due by then.",
        edition=story.ahead[-1],
        **told,
    )


@verb
def chances_table(story: Story) -> Table:
    """The chance of the band by edition up to the deadline."""
    frame = forecast_ranks(story)
    return tables.table(
        frame,
        {
            "edition": tables.year(_("Edition")),
            "reach": words.reach_column(story),
            **_split(story),
            "median": tables.figure(_("Median rank")),
            "of": tables.figure(_("Of")),
        },
        caption=_(
            "The chance of the band, seen from the end of {as_of}: {economy} in the {index}",
            as_of=story.as_of,
            economy=story.name,
            index=words.called(story),
        ),
        source=models.forecast_source(story),
        ours=frame["edition"] == story.ahead[-1],
    )


def _split(story: Story) -> dict[str, tables.Column]:
    """The two parts of the chance; none for a band that begins at the first rank."""
    if story.band.best == 1:
        return {}
    best, worst = story.band.best, story.band.worst
    return {
        "inside": tables.simulated(_("of it rank {band}", band=words.span(best, worst))),
        "better": tables.simulated(_("of it rank < {best}", best=best)),
    }


@verb
def needed_table(story: Story) -> Table:
    """Needed points and growth by certainty, and how many economies ever grew so fast."""
    past = gains_achieved(story)
    rows = points_needed(story)
    frame = rows.assign(
        per_year=rows["standing"] / (rows["edition"] - story.edition),
        score=(story.scores[story.economy] + rows["points"]).where(
            lambda score: score <= story.scale_end
        ),
    )
    done = {}
    if len(past):
        records = [targets.ever_achieved(past, standing) for standing in rows["standing"]]
        frame["who"] = [
            _("{fast} of {all}", fast=int(each["economies_fast"]), all=int(each["economies"]))
            for each in records
        ]
        done["who"] = tables.Column(_("Have done it"), str, True)
    return tables.table(
        frame,
        {
            "rank": tables.figure(_("Rank")),
            "certainty": tables.share(_("Chance")),
            "points": tables.Column(
                _("Points on top"), lambda cell: words.points(float(str(cell))), True
            ),
            "score": tables.figure(_("Score"), 3),
            "standing": tables.figure(_("Standing"), 2, signed=True),
            "per_year": tables.figure(_("Per year"), 3, signed=True),
            **done,
        },
        caption=_(
            "What rank {rank} in {edition} takes while all others move too: {economy}",
            rank=" / ".join(str(rank) for rank in dict.fromkeys(rows["rank"])),
            edition=story.ahead[-1],
            economy=story.name,
        ),
        source=f"{models.forecast_source(story)} {_scale_note(story, past)}",
    )


def _scale_note(story: Story, past: pd.DataFrame) -> str:
    """On which scale points are, and over which editions gains were counted, if any are known."""
    if len(past):
        return plural(
            "Points and score are on the scale of the {edition} edition with the world's mean held "
            "still: what everybody gains comes on top; a score beyond the end of the scale is left "
            "out. Standing: standard deviations. Have done it: economies with such a gain over "
            "{count} edition, {start} to {end}.",
            "Points and score are on the scale of the {edition} edition with the world's mean held "
            "still: what everybody gains comes on top; a score beyond the end of the scale is left "
            "out. Standing: standard deviations. Have done it: economies with such a gain over "
            "{count} editions, {start} to {end}.",
            editions_compared(story),
            edition=story.edition,
            start=past["start"].min(),
            end=past["end"].max(),
        )
    return _(
        "Points and score are on the scale of the {edition} edition with the world's mean held "
        "still: what everybody gains comes on top; a score beyond the end of the scale is left "
        "out. Standing: standard deviations. No step of any economy was known.",
        edition=story.edition,
    )


def _places(found: pd.DataFrame, end: str) -> list[str]:
    pairs = zip(found[f"{end}_rank"], found[f"{end}_of"], strict=True)
    return [words.place(rank, of) for rank, of in pairs]


@verb
def precedents_table(story: Story) -> Table | Prose:
    """The precedents by name: from which rank to which, in how many editions."""
    if nobody := _no_precedent(story):
        return nobody
    found = find_precedents(story)
    low, high = precedent_window(story)
    frame = found.assign(
        name=[story.names[code] for code in found["iso3"]],
        there=[
            words.place(r, o) for r, o in zip(found["start_rank"], found["start_of"], strict=True)
        ],
        here=_places(found, "end"),
    )
    return tables.table(
        frame,
        {
            "name": tables.text(_("Economy")),
            "start": tables.year(_("From edition")),
            "there": tables.Column(_("at rank"), str, True),
            "end": tables.year(_("To edition")),
            "here": tables.Column(_("at rank"), str, True),
            "editions": tables.figure(_("Editions")),
        },
        caption=plural(
            "Who went from ranks {low}-{high} to {worst} or better in {count} edition",
            "Who went from ranks {low}-{high} to {worst} or better in at most {count} editions",
            precedent_editions(story),
            low=low,
            high=high,
            worst=story.band.worst,
        ),
        source=words.source(
            story,
            [(story.index.name, e) for e in sorted({*found["start"], *found["end"]})],
            _("Ranks by score; method breaks lie between many of these editions."),
        ),
    )


def _no_precedent(story: Story) -> Prose | None:
    """Why no precedents are listed: none is needed, or known; None where there are some."""
    own = own_rank(story)
    if own <= story.band.worst:
        return Prose(
            _(
                "{economy} is at rank {worst} or better already: no precedent is needed.",
                economy=story.name,
                worst=story.band.worst,
            ),
            "note",
        )
    if gains_achieved(story).empty:
        return Prose(
            _("No step of any economy was known: there is no precedent to look for."), "note"
        )
    low, high = precedent_window(story)
    if find_precedents(story).empty:
        return Prose(
            plural(
                "No economy has gone from ranks {low}-{high} to {worst} or better in {count} "
                "edition known at the end of {as_of}.",
                "No economy has gone from ranks {low}-{high} to {worst} or better in {count} "
                "editions known at the end of {as_of}.",
                precedent_editions(story),
                low=low,
                high=high,
                worst=story.band.worst,
                as_of=story.as_of,
            ),
            "warning",
        )
    return None


@verb
def answer(story: Story) -> Prose:
    """The chance, and what a coin's toss of it would take."""
    last = forecast_ranks(story).iloc[-1]
    even = points_needed(story).iloc[0]
    record = targets.ever_achieved(gains_achieved(story), even["standing"])
    if even["points"] != 0 and gains_achieved(story).empty:
        tail = _(
            "For a 50 % chance it must gain {points} points more than everyone else by then; no "
            "step of any economy was known to set beside it.",
            points=words.points(even["points"], signed=False),
        )
    elif even["points"] == 0:
        tail = _("A 50 % chance takes no more than the pace of everyone else.")
    else:
        tail = plural(
            "For a 50 % chance it must gain {points} points more than everyone else by then; "
            "{fast} of {all} economies have done so in {count} edition.",
            "For a 50 % chance it must gain {points} points more than everyone else by then; "
            "{fast} of {all} economies have done so in {count} editions.",
            editions_compared(story),
            points=words.points(even["points"], signed=False),
            fast=int(record["economies_fast"]),
            all=int(record["economies"]),
        )
    sentences = [
        _(
            "Seen from the end of {as_of}, the chance that {economy} ranks {worst} or better in "
            "the {index} {edition} is {reach}{beside}.",
            as_of=story.as_of,
            economy=story.name,
            worst=story.band.worst,
            index=words.called(story),
            edition=int(last["edition"]),
            reach=words.reach(story, last),
            beside=trend.beside(story),
        )
    ]
    if story.band.best > 1:
        sentences.append(
            _(
                "Of this, {inside} is for rank {band}, {better} for a better one.",
                inside=simulated(last["inside"]),
                band=words.span(story.band.best, story.band.worst),
                better=simulated(last["better"]),
            )
        )
    return Prose(" ".join([*sentences, tail]), "answer")


@verb
def assumption_answer(story: Story) -> Prose:
    """On which reading of a redefined sub-index does the chance hang, and by how much?"""
    spread = chance_over_assumptions(story)
    if spread is not None and choose_model(story) == NO_CHANGE:
        return _crowded(story, spread)
    if spread is None:
        return Prose(
            _(
                "Nothing in the {index} {edition} is measured by new items that are not held: the "
                "chance hangs on no reading of them.",
                index=words.called(story),
                edition=story.edition,
            ),
            "note",
        )
    reading = _(
        "The {edition} edition measures {parts} by items that no series held has. They may keep "
        "what the new items gave, or be drawn back to what the old figures say; no past step tells "
        "which.",
        edition=story.edition,
        parts=trend.new_parts(story, spread),
    )
    asked = {"worst": story.band.worst, "index": words.called(story), "edition": story.ahead[-1]}
    if trend.one_print(spread):
        return Prose(
            reading
            + " "
            + _(
                "For {economy} the chance of rank {worst} or better in the {index} {edition} is "
                "the same by either: {chance}.",
                economy=story.name,
                chance=simulated(spread.chance),
                **asked,
            ),
            "note",
        )
    return Prose(
        reading
        + " "
        + _(
            "Over both readings the chance that {economy} ranks {worst} or better in the {index} "
            "{edition} is {low} to {high}; the figures of this page draw them back: {chance}.",
            economy=story.name,
            low=simulated(spread.low),
            high=simulated(spread.high),
            chance=simulated(spread.chance),
            **asked,
        )
    )


def _crowded(story: Story, spread: ChanceRange) -> Prose:
    """What the scale of standings does where many economies stand close together at the top."""
    top = story.asked.regime(story.edition).saturated_to
    return Prose(
        _(
            "The first {top} ranks of the {index} {edition} lie close together below the end of "
            "the scale, and forecasts into such a top held less often than they said. By two "
            "scales of standing, neither of which did better, the chance that {economy} ranks "
            "{worst} or better in {ahead} is {low} to {high}.",
            top=top,
            index=words.called(story),
            edition=story.edition,
            economy=story.name,
            worst=story.band.worst,
            ahead=story.ahead[-1],
            low=simulated(spread.low),
            high=simulated(spread.high),
        ),
        "warning",
    )
