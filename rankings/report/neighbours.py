"""Notebook 20: who stands around the economy, and what is one more point worth?"""

from rankings import tables
from rankings.analysis import neighbours
from rankings.errors import InputError
from rankings.language.messages import _, number, plural
from rankings.report import refusals, words
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.standing import income_peers
from rankings.tables import Prose, Table

WITHIN = 0.01


@verb
def crowd_sentence(story: Story) -> Prose:
    """How dense the crowd is: who is within a hundredth of the score."""
    around = neighbours.near(story.scores, story.economy, near(story))
    return Prose(
        _(
            "Within {within} points of {economy} in the {index} {edition}: {above} above{level}, "
            "{below} below. If nobody else moved, {within} points more would "
            "gain {up}, {within} points less would cost {down}.",
            within=number(near(story), 2),
            economy=story.name,
            index=words.called(story),
            edition=story.edition,
            above=int(around["above"]),
            below=int(around["below"]),
            level=_level(int(around["level"])),
            up=words.places_told(int(around["places_up"])),
            down=words.places_told(int(around["places_down"])),
        )
    )


def near(story: Story) -> float:
    """What counts as near, and as a small step: a hundredth of the scale."""
    return WITHIN * story.scale_end


def _level(count: int) -> str:
    """Who ties with the economy: they pass it as soon as it loses anything."""
    return plural(", {count} level", ", {count} level", count) if count else ""


@verb
def between_table(story: Story) -> Table | Prose:
    """The economies that stand between the economy and the band, and by how little."""
    rows = neighbours.between(story.scores, story.economy, story.band.worst)
    if story.scores[story.economy] >= story.scores.nlargest(story.band.worst).iloc[-1]:
        return Prose(
            _(
                "{economy} is not below rank {rank}: no economy lies in between.",
                economy=story.name,
                rank=story.band.worst,
            ),
            "note",
        )
    frame = rows.assign(name=[story.names[code] for code in rows["iso3"]])
    digits = words.digits(story.index.name, story.edition)
    return tables.table(
        frame,
        {
            "rank": tables.figure(_("Rank")),
            "name": tables.text(_("Economy")),
            "score": tables.figure(words.called(story), digits),
            "gap": tables.figure(_("Ahead by"), digits, signed=True),
            "step": tables.figure(_("Step to the next"), digits),
        },
        caption=plural(
            "The economy ahead of {economy}, up to rank {rank}",
            "The {count} economies ahead of {economy}, up to rank {rank}",
            len(frame),
            rank=story.band.worst,
            economy=story.name,
        ),
        source=words.source(story, [(story.index.name, story.edition)], words.derived()),
    )


@verb
def marginal_table(story: Story) -> Table:
    """What one hundredth more in each sub-index is worth in places."""
    rows = neighbours.marginal(
        story.scores,
        story.parts,
        story.weights,
        story.economy,
        near(story),
        story.part_tops,
    )
    frame = rows.assign(label=[words.measure(story.index.name, part) for part in rows["component"]])
    return tables.table(
        frame,
        {
            "label": tables.text(_("Sub-index")),
            "own": tables.figure(story.name, words.digits(story.index.name, story.edition)),
            "step": tables.figure(_("Step"), 2, signed=True),
            "points": tables.figure(
                _("Points of {index}", index=words.called(story)), 4, signed=True
            ),
            "places": tables.figure(_("Places gained")),
            "rank": tables.figure(_("Rank then")),
        },
        caption=_(
            "What {step} more in each sub-index is worth: {economy}",
            step=number(near(story), 2),
            economy=story.name,
        ),
        source=words.source(
            story,
            [(story.index.name, story.edition)],
            _("All other economies held still; our calculation."),
        ),
    )


@verb
def strengths_table(story: Story) -> Table | Prose:
    """Strengths and weaknesses against economies of the same income quarter."""
    try:
        quarters, peers = income_peers(story)
        parts = story.parts[[story.index.overall, *story.weights.index]]
        rows = neighbours.strengths(parts, story.economy, peers)
    except InputError as refusal:
        return Prose(_("No comparison by income: {reason}.", reason=refusals.told(refusal)), "note")
    own = quarters.loc[quarters["iso3"] == story.economy].iloc[0]
    verdicts = {
        neighbours.STRENGTH: _("strength"),
        neighbours.WEAKNESS: _("weakness"),
        neighbours.LIKE_PEERS: _("like its peers"),
    }
    frame = rows.assign(
        label=[words.measure(story.index.name, part) for part in rows["component"]],
        place=[words.place(r, o) for r, o in zip(rows["peer_rank"], rows["of"], strict=True)],
        verdict=[verdicts[each] for each in rows["verdict"]],
    )
    digits = words.digits(story.index.name, story.edition)
    return tables.table(
        frame,
        {
            "label": tables.text(_("Measure")),
            "own": tables.figure(story.name, digits),
            "low": tables.figure(_("Lower quartile"), digits),
            "median": tables.figure(_("Median"), digits),
            "high": tables.figure(_("Upper quartile"), digits),
            "place": tables.Column(_("Among them"), str, True),
            "verdict": tables.text(_("Verdict")),
        },
        caption=_(
            "{economy} among the economies of its income quarter (no. {quarter} of 4 by "
            "national income per head of {year})",
            economy=story.name,
            quarter=int(own["quarter"]),
            year=int(own["year"]),
        ),
        source=words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "Income: UNDP, Human Development Report 2023-24, GNI per head in 2017 PPP dollars, "
                "a later vintage than some editions. Strength: at or above the upper quartile; "
                "weakness: at or below the lower one."
            ),
        ),
    )


@verb
def peers_table(story: Story) -> Table | Prose:
    """The distance to each peer by sub-index, in points of the index."""
    weights = story.weights
    try:
        rows = neighbours.to_peers(
            story.scores, story.parts, weights, story.economy, list(story.peers)
        )
    except InputError as refusal:
        return Prose(
            _("No comparison with peers: {reason}.", reason=refusals.told(refusal)), "note"
        )
    wide = rows.pivot(index="peer", columns="component", values="points")
    wide = wide.assign(total=wide.sum(axis=1)).sort_values("total", ascending=False)
    frame = wide.reset_index()
    frame = frame.assign(name=[story.names[code] for code in frame["peer"]])
    digits = words.digits(story.index.name, story.edition)
    return tables.table(
        frame,
        {
            "name": tables.text(_("Peer")),
            "total": tables.figure(words.called(story), digits, signed=True),
        }
        | {
            part: tables.figure(words.measure(story.index.name, part), digits, signed=True)
            for part in weights.index
        },
        caption=_(
            "Points of the {index} by which each peer is ahead of {economy}, by sub-index",
            index=words.called(story),
            economy=story.name,
        ),
        source=words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "Weighted differences; they add up to the difference in the index but for the "
                "rounding of printed scores. Peers: {peers}.",
                peers=words.group(story),
            ),
        ),
    )
