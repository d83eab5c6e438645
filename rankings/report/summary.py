"""Notebook 90 and the frame of every notebook: the question, the cut-off, the sources."""

from rankings import tables
from rankings.errors import NotKnown
from rankings.language.messages import _, fact, listing, plural
from rankings.panel import position
from rankings.panel.definitions import is_overall
from rankings.report import models, refusals, standing, trend, words
from rankings.report.verbs import verb
from rankings.story.outlook import choose_model, forecast_ranks, is_forecast
from rankings.story.question import Story
from rankings.story.standing import HEADLINE, in_band, own_row, part_rows
from rankings.story.target import (
    find_precedents,
    gains_achieved,
    later_values,
    points_needed,
    precedent_editions,
)
from rankings.tables import Prose, Table


@verb
def question(story: Story) -> Prose:
    """Whose question this notebook answers, seen from when."""
    return Prose(
        _(
            "{economy}, as known at the end of {as_of}: newest {index} edition {edition}; target "
            "band {band} by {year}; compared with {group}.",
            economy=story.name,
            as_of=story.as_of,
            index=words.called(story),
            edition=story.edition,
            band=words.band(story),
            year=story.target_year,
            group=words.group(story),
        ),
        "text",
    )


@verb
def answer(story: Story) -> Prose:
    """The minister's paragraph: place, reason, chance, price."""
    lines = [
        _("{economy} stood {how}.", economy=story.name, how=standing.how_ranked(own_row(story))),
        standing.interval(story),
        _weakest(story),
        _chance(story),
    ]
    return Prose(" ".join(filter(None, lines)), "answer")


def _chance(story: Story) -> str:
    """The chance of the band by the deadline, or why there is none."""
    try:
        last = forecast_ranks(story).iloc[-1]
    except NotKnown as reason:
        return refusals.sentence(reason)
    return _(
        "Seen from the end of {as_of}, its chance of rank {worst} or better by {year} is "
        "{reach}{beside}.",
        as_of=story.as_of,
        worst=story.band.worst,
        year=story.target_year,
        reach=words.reach(story, last),
        beside=trend.beside(story),
    )


def _weakest(story: Story) -> str:
    """The ranks of what the measure is made of, the weakest named first; "" where none is held."""
    parts = part_rows(story)
    if parts.empty:
        return ""
    phrases = [
        f"{words.measure(row['index'], row['component'])} "
        f"{words.place(row['competition_rank'], row['of_economies'])}"
        for row in parts.to_dict("records")
    ]
    if story.parts_are_measures:
        return _("Its sub-indices, weakest first, by score: {parts}.", parts=", ".join(phrases))
    return _("Its indicators, weakest first, by rank: {parts}.", parts=", ".join(phrases))


@verb
def cutoff(story: Story) -> Prose:
    """Up to where the figures reach, and which later editions are missing."""
    index = story.index.printed_in
    newest = story.world.panel.groupby("index")["edition"].max()
    known = story.known.groupby("index")["edition"].max()
    if index not in known.index:  # a composite is known as long as its main index is
        index = HEADLINE[0]
    shown = dict.fromkeys([index, *HEADLINE])
    others = [f"{name} {known[name]}" for name in shown if name in known.index]
    text = _(
        "Cut-off: newest edition held: {held} ({index}); newest known at the end of {as_of}: "
        "{known}.",
        held=newest[index],
        index=index,
        as_of=story.as_of,
        known=listing(others),
    )
    after = story.world.editions_not_held
    after = after.loc[after["edition"] > after["index"].map(newest).astype("Int64")]
    missing = [
        f"{row['index']} {row['edition']}"
        + (f" ({fact(row['what_is_known'])})" if row["index"] in HEADLINE else "")
        for row in after.to_dict("records")
    ]
    if missing:
        text += " " + _(
            "Later editions that exist or are due and are not held: {listed}.",
            listed="; ".join(missing),
        )
    return Prose(text, "note")


@verb
def not_held_table(story: Story) -> Table:
    """Every edition that exists or is due and is not held, with the evidence."""
    held = story.world.editions_not_held
    spoken = {name: held[name].map(fact) for name in ("what_is_known", "evidence")}
    return tables.table(
        held.assign(**spoken),
        {
            "index": tables.text(_("Index")),
            "edition": tables.year(_("Edition")),
            "what_is_known": tables.text(_("What is known")),
            "evidence": tables.text(_("Evidence")),
        },
        caption=_("Editions that exist or are due and are not held"),
        source=_("Source: as given in the column of evidence."),
    )


@verb
def coverage_table(story: Story) -> Table:
    """What is known at the end of the as-of year: editions, vintages, economies."""
    known = story.known
    overall = known.loc[is_overall(known)]
    rows = (
        overall.groupby(["index", "edition", "vintage"], as_index=False)
        .agg(
            published_year=("published_year", "first"),
            reference_year=("reference_year", "first"),
            economies=("iso3", "nunique"),
            printed=("published_rank", "count"),
        )
        .sort_values(["index", "edition"])
    )
    return tables.table(
        rows,
        {
            "index": tables.text(_("Index")),
            "edition": tables.year(_("Edition")),
            "vintage": tables.text(_("As printed in")),
            "published_year": tables.year(_("Published")),
            "reference_year": tables.year(_("Data of")),
            "economies": tables.figure(_("Economies")),
            "printed": tables.figure(_("Published ranks held")),
        },
        caption=_(
            "Editions known at the end of {as_of}, in their newest vintage", as_of=story.as_of
        ),
        source=_(
            "Source: the publishers' reports, listed under sources. A blank year of data is "
            "not stated by the publisher."
        ),
        ours=rows["index"].eq(story.index.printed_in) & rows["edition"].eq(story.edition),
    )


@verb
def sources(story: Story, *, hindsight: bool = False) -> Prose:
    """The documents behind the figures of this story, one a paragraph, with their terms."""
    rows = position.history(story.known, story.economy)
    newest = rows["edition"] == rows.groupby("index")["edition"].transform("max")
    shown = rows["index"].isin(HEADLINE) & (newest | (rows["index"] == story.index.printed_in))
    shown |= rows["index"] == story.index.printed_in
    used = set(rows.loc[shown, "source_id"])
    if hindsight:
        used |= set(later_values(story)["source_id"])
    held = story.world.targets
    mine = (held["economy"] == story.economy) & (held["deadline"] == story.target_year)
    used |= set(held.loc[mine & (held["set_in"] <= story.as_of), "source_id"])
    used |= models.figures_sources(story)
    documents = story.world.sources
    documents = documents.loc[documents["source_id"].isin(used)].fillna("")
    lines = []
    for (publisher, terms), group in documents.groupby(["publisher", "terms"], sort=False):
        named = "; ".join(
            f"{fact(row['document']).split(';')[0]} {row['address']}".strip()
            for row in group.to_dict("records")
        )
        lines.append(
            _(
                "{publisher}: {documents}. Terms: {terms}.",
                publisher=fact(publisher),
                documents=named,
                terms=fact(terms),
            )
        )
    how = _(
        "The figures were read from public copies of these documents and cross-checked; the "
        "addresses are the publishers' own and were not opened for this page."
    )
    return Prose("\n".join([*lines, how]), "note")


@verb
def limits(story: Story) -> Prose:
    """What these numbers cannot say."""
    return Prose(
        "\n".join(
            [
                _(
                    "Ranks are published where the publisher prints them, and derived from scores "
                    "where it says so; both count the economies of their own edition."
                ),
                _(
                    "Scores of two editions are not comparable: scales, items and weights change. "
                    "Trends are drawn on the standing in the world of each edition, and a move "
                    "across a method break is not all progress."
                ),
                *(
                    [
                        _(
                            "Forecasts (“{model}”) know of no policy and no plan: they rest on "
                            "past changes of all economies and on how much these varied.",
                            model=models.model_name(choose_model(story)),
                        )
                    ]
                    if is_forecast(story)
                    else []
                ),
                _("Names of economies and groups imply no opinion on the status of any territory."),
            ]
        ),
        "note",
    )


@verb
def price(story: Story) -> Prose:
    """What an even chance of the band's worst rank takes, in points and in precedents."""
    even = points_needed(story).iloc[0]
    if even["points"] == 0:
        return Prose(
            _(
                "A 50 % chance of rank {worst} takes no more than the pace of everyone else.",
                worst=story.band.worst,
            )
        )
    needs = _(
        "For a 50 % chance of rank {worst} in {edition} it must gain {points} points more than "
        "everyone else",
        worst=story.band.worst,
        edition=story.ahead[-1],
        points=words.points(even["points"], signed=False),
    )
    if in_band(story):
        return Prose(_("{needs}, starting from within the band.", needs=needs))
    if gains_achieved(story).empty:
        return Prose(f"{needs}.")
    span = _within(precedent_editions(story))
    count = len(find_precedents(story))
    if not count:
        return Prose(
            _(
                "{needs}; no economy has climbed so far from about the same rank, {span}.",
                needs=needs,
                span=span,
            )
        )
    return Prose(
        plural(
            "{needs}; {count} economy has climbed so far from about the same rank, {span}.",
            "{needs}; {count} economies have climbed so far from about the same rank, {span}.",
            count,
            needs=needs,
            span=span,
        )
    )


def _within(most: int) -> str:
    """So many editions at most."""
    return plural("in {count} edition", "in at most {count} editions", most)


def plainly(prose: Prose) -> Prose:
    """A headline of another notebook in the voice of running text: a page has one headline."""
    return Prose(prose.text)
