"""Notebook 20: why is the place what it is? The gap to the band, split by sub-index."""

import pandas as pd

from rankings import tables
from rankings.analysis import decompose, targets
from rankings.language.messages import _, fact, listing, number, plural
from rankings.panel import position, ranks
from rankings.report import words
from rankings.report.verbs import verb
from rankings.story.distance import BAND_MEAN, reference_point, security_rows, split_gap
from rankings.story.question import Story
from rankings.story.standing import own_rank
from rankings.tables import Prose, Table

HUMAN_CAPITAL, SECURITY = "HCI", "GCI"


@verb
def gap_table(story: Story) -> Table:
    """The economies at the band's ends, and how far away they are."""
    ends = targets.gap(story.scores, story.economy, story.band)
    frame = ends.assign(names=[words.economies(story, codes) for codes in ends["holders"]])
    shown = words.digits(story.index.name, story.edition)
    return tables.table(
        frame,
        {
            "rank": tables.figure(_("Rank")),
            "names": tables.text(_("Held by")),
            "score": tables.figure(words.called(story), shown),
            "gap": tables.figure(_("Points to go"), shown, signed=True),
        },
        caption=_(
            "From {economy} ({score}, {place}) to the ends of the band",
            economy=story.name,
            score=number(story.scores[story.economy], shown),
            place=words.place(own_rank(story), len(story.scores)),
        ),
        source=_edition_source(
            story,
            _(
                "The economy at rank 50 is the one with the 50th best score; where economies "
                "tie at a rank, all are named and their mean is taken."
            ),
        ),
    )


def _edition_source(story: Story, *notes: str) -> str:
    return words.source(story, [(story.index.name, story.edition)], *notes)


def _named(story: Story, rank: int | str) -> str:
    if rank == BAND_MEAN:
        return _band_mean(story)
    held = ranks.holders(story.scores, int(rank))
    return f"{words.at_rank(int(rank))} ({words.economies(story, sorted(held.index))})"


def _band_mean(story: Story) -> str:
    """What stands for the band: the mean of its ranks, or the one rank of a band of one."""
    best, worst = story.band.best, story.band.worst
    if best == worst:
        return words.at_rank(best)
    return _("the mean of ranks {band}", band=words.span(best, worst))


def _part_label(story: Story, component: str) -> str:
    if component == decompose.ROUNDING:
        return _("Rounding of the printed scores")
    return words.measure(story.index.name, component)


@verb
def split_table(story: Story, rank: int | str) -> Table:
    """The gap by sub-index in score and in places; both columns add up exactly."""
    parts = split_gap(story, rank)
    rows = parts.loc[
        (parts["component"] != decompose.ROUNDING)
        | (parts["points"].abs() > ranks.TOLERANCE)
        | (parts["places"].abs() > ranks.TOLERANCE)
    ]
    target = reference_point(story, rank)[story.index.overall]
    total = {
        "component": None,
        "own": story.scores[story.economy],
        "reference": target,
        "gap": target - story.scores[story.economy],
        "points": parts["points"].sum(),
        "places": -parts["places"].sum(),
        "places_alone": float("nan"),
    }
    climbs = rows.assign(places=-rows["places"], places_alone=-rows["places_alone"])
    labels = [*(_part_label(story, part) for part in rows["component"]), words.called(story)]
    frame = pd.concat([climbs, pd.DataFrame([total])], ignore_index=True).assign(label=labels)
    digits = words.digits(story.index.name, story.edition)
    return tables.table(
        frame,
        {
            "label": tables.text(_("Sub-index") if story.parts_are_measures else _("Indicator")),
            "own": tables.figure(story.name, digits),
            "reference": tables.figure(_("There"), digits),
            "gap": tables.figure(_("Difference"), digits, signed=True),
            "points": tables.figure(
                _("Points of {index}", index=words.called(story)), digits, signed=True
            ),
            "places": tables.figure(_("Places"), 1, signed=True),
            "places_alone": tables.figure(_("Alone, places"), 0, signed=True),
        },
        caption=_(
            "The distance from {economy} to {there}, by sub-index",
            economy=story.name,
            there=_named(story, rank),
        ),
        source=_edition_source(
            story,
            _(
                "Places: Shapley split of the change of rank if the economy had the values there "
                "and all others stayed; plus is a climb. Alone: only this sub-index at "
                "that value. Our calculation."
            ),
            *([] if story.parts_are_measures else [_standardised(story)]),
        ),
        ours=frame["component"].isna(),
    )


def _standardised(story: Story) -> str:
    """On which scale indicators stand in a split."""
    return _(
        "Indicators are on the scale of the {index}, as its formula standardises them; their "
        "weighted mean is the {index} as rebuilt.",
        index=words.called(story),
    )


@verb
def answer(story: Story) -> Prose:
    """Which sub-index holds the economy back most, in points and in places."""
    parts = split_gap(story, story.band.worst)
    real = parts.loc[parts["component"] != decompose.ROUNDING]
    total = parts["points"].sum()
    if total <= 0:
        return Prose(
            _(
                "{economy} already stands at {place} in the {index} {edition}, not below rank "
                "{worst}: there is no gap to split.",
                economy=story.name,
                place=words.place(own_rank(story), len(story.scores)),
                index=words.called(story),
                edition=story.edition,
                worst=story.band.worst,
            ),
            "answer",
        )
    first = real.sort_values("points", ascending=False).iloc[0]
    sentences = [
        _(
            "To reach rank {rank} in the {index} {edition}, {economy} lacks {points} points, "
            "{all_places}{tie}. {part} weighs most: {share} points, {places} places.",
            rank=story.band.worst,
            index=words.called(story),
            edition=story.edition,
            economy=story.name,
            points=words.points(total, signed=False),
            part=_part_label(story, first["component"]),
            share=words.points(first["points"], signed=False),
            places=number(abs(first["places"]), 1),
            all_places=words.places_told(round(abs(parts["places"].sum()))),
            tie=_tie(story),
        )
    ]
    ahead = real.loc[real["gap"] <= ranks.TOLERANCE]
    if len(ahead):
        names = listing(_part_label(story, part) for part in ahead["component"])
        sentences.append(
            _(
                "In {parts} it is already level with the economies there, or above them.",
                parts=names,
            )
        )
    return Prose(" ".join(sentences), "answer")


def _tie(story: Story) -> str:
    """Where economies tie at the band's worst rank: the rank they share."""
    held = ranks.holders(story.scores, story.band.worst)
    if len(held) == 1:
        return ""
    shared = int(ranks.competition(story.scores)[held.index[0]])
    return plural(
        " (to rank {rank}, which {count} economy holds)",
        " (to rank {rank}, which {count} economies share)",
        len(held),
        rank=shared,
    )


@verb
def alone(story: Story) -> Prose:
    """What each sub-index alone at the band's mean would be worth."""
    parts = split_gap(story, BAND_MEAN)
    real = parts.loc[parts["component"] != decompose.ROUNDING]
    own = own_rank(story)
    phrases = [
        _(
            "{part}: rank {rank} instead of {own}",
            part=_part_label(story, row["component"]),
            rank=int(own + row["places_alone"]),
            own=own,
        )
        for row in real.to_dict("records")
    ]
    return Prose(
        _(
            "Each sub-index alone at {there}, all else as it is: {parts}. Derived ranks of {of}.",
            there=_band_mean(story),
            parts="; ".join(phrases),
            of=len(story.scores),
        )
    )


@verb
def proxy(story: Story) -> Prose | None:
    """What HCI measures, wherever it is read as ICT human capital; None where it is no part."""
    if HUMAN_CAPITAL not in {story.measure, *map(str.upper, story.index.titles)}:
        return None
    return Prose(
        _(
            "HCI is schooling and literacy (from 2024 also e-government literacy): a proxy of ICT "
            "human capital, not a count of ICT skills or of ICT workers."
        ),
        "note",
    )


@verb
def break_notes(story: Story) -> Prose:
    """How the newest edition differs from the one before, so that moves are not misread."""
    rows = story.breaks.loc[story.breaks["edition"] == story.edition]
    if rows.empty:
        return Prose(
            _(
                "No method break of {index} {edition} is known.",
                index=words.called(story),
                edition=story.edition,
            ),
            "note",
        )
    changes = [
        f"{words.measure(row['index'], row['component'])}: {fact(row['what_changed'])}"
        for row in rows.to_dict("records")
    ]
    return Prose(
        _(
            "Method changes in {index} {edition}: {changes}. A move of rank from the edition "
            "before is not all progress.",
            index=words.called(story),
            edition=story.edition,
            changes="; ".join(changes),
        ),
        "warning",
    )


@verb
def security(story: Story) -> Table | Prose | None:
    """Security, by GCI pillars where they are held, else what is known; None where it is in it."""
    if SECURITY in {story.index.printed_in, *story.index.titles}:
        return None
    rows = security_rows(story)
    if rows.empty:
        return _security_overall(story)
    edition = int(rows["edition"].iloc[0])
    frame = rows.assign(
        label=[words.measure("GCI", part) for part in rows["component"]],
        gap=rows["at_worst"] - rows["own"],
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("Pillar (0 to 20 points)")),
            "own": tables.figure(story.name, 2),
            "at_worst": tables.figure(words.at_rank(story.band.worst), 2),
            "at_best": tables.figure(words.at_rank(story.band.best), 2),
            "gap": tables.figure(
                _("To {rank}", rank=words.at_rank(story.band.worst)), 2, signed=True
            ),
        },
        caption=_(
            "Security apart: {economy} and the economies at the band's ends in the GCI "
            "{edition}, by pillar",
            economy=story.name,
            edition=edition,
        ),
        source=words.source(
            story,
            [("GCI", edition)],
            _("Ranks by score derived here; where economies tie, their mean."),
        ),
    )


def _security_overall(story: Story) -> Prose:
    held = position.history(story.known, story.economy)
    rows = held.loc[(held["index"] == "GCI") & (held["component"] == "overall")]
    if rows.empty:
        return Prose(
            _(
                "{economy} is in no GCI edition known at the end of {as_of}.",
                economy=story.name,
                as_of=story.as_of,
            ),
            "note",
        )
    row = rows.iloc[-1]
    return Prose(
        _(
            "Security is not part of the {index}. In the GCI {edition} {economy} had {score}: "
            "{place} economies by score. Its pillars are not held for this edition, so no split "
            "is shown.",
            index=words.called(story),
            edition=row["edition"],
            economy=story.name,
            score=words.score(row["value"], "GCI", row["edition"]),
            place=words.place(row["competition_rank"], row["of_economies"]),
        ),
    )
