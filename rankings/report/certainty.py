"""Notebook 50: how sure is a rank? By method, by statistics, by weights."""

import pandas as pd

from rankings import figures, tables
from rankings.analysis import acceptability, confidence
from rankings.composite import official
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.language.messages import _, listing, meaning, number, plural
from rankings.panel import scale
from rankings.report import refusals, words
from rankings.report.verbs import verb
from rankings.story.certainty import AROUND, composite_rank, confidence_sets
from rankings.story.question import Story
from rankings.tables import Prose, Table

SHOWN = 12
FACTORS = {
    "normalise": lambda: _("normalisation"),
    "aggregate": lambda: _("aggregation"),
    "weights": lambda: _("weights"),
}
PILLARS = {
    "telecom": lambda: _("Telecom (TII)"),
    "security": lambda: _("Security (GCI)"),
    "human_capital": lambda: _("Human capital (HCI)"),
    "services": lambda: _("Services (OSI)"),
}


def _sources(story: Story, made: official.Composite, *notes: str) -> str:
    pairs = made.sources[["index", "edition"]].drop_duplicates().itertuples(index=False, name=None)
    return words.source(story, pairs, *notes)


@verb
def composite_answer(story: Story) -> Prose:
    """The rank in our composite, never without its interval."""
    made = composite_rank(story)
    if isinstance(made, RankingsError):
        return Prose(_("No composite: {reason}.", reason=refusals.told(made)), "note")
    row = made.row(story.economy)
    return Prose(
        _(
            "In our own ICT composite (telecom, security, human capital, services; no publisher "
            "releases it) {economy} is {rank} of {of}, {span} over {draws} "
            "ways to compute it (5th to 95th percentile): three normalisations, two means, "
            "weights a quarter up or down.",
            economy=story.name,
            rank=int(row["rank"]),
            of=int(row["of"]),
            span=words.between(row["low"], row["high"]),
            draws=number(made.draws),
        ),
        "answer",
    )


@verb
def composite_table(story: Story) -> Table | Prose:
    """The composite around the economy: pillars, score, rank and interval side by side."""
    made = composite_rank(story)
    if isinstance(made, RankingsError):
        return Prose(_("There is no table of a composite without its pillars."), "note")
    at = int(made.table.index[made.table["iso3"] == story.economy][0])
    rows = made.table.iloc[max(0, at - SHOWN // 2) : at + SHOWN // 2 + 1]
    frame = rows.assign(
        name=[story.names[code] for code in rows["iso3"]],
        interval=[words.span(a, b) for a, b in zip(rows["low"], rows["high"], strict=True)],
    )
    return tables.table(
        frame,
        {"name": tables.text(_("Economy"))}
        | {str(part): tables.figure(PILLARS[str(part)](), 3) for part in made.sources["pillar"]}
        | {
            "rank": tables.figure(_("Rank")),
            "interval": tables.Column(_("5-95 %"), str, True),
        },
        caption=_(
            "Our ICT composite around {economy}, of {of} economies that have all four",
            economy=story.name,
            of=int(frame["of"].iloc[0]),
        ),
        source=_sources(
            story,
            made,
            plural(
                "The composite, its ranks and intervals are calculations of this project. Left out "
                "for lack of a pillar: {count} economy.",
                "The composite, its ranks and intervals are calculations of this project. Left out "
                "for lack of a pillar: {count} economies.",
                len(made.left_out),
            ),
        ),
        ours=frame["iso3"] == story.economy,
    )


@verb
def composite_picture(story: Story) -> Picture | None:
    """Rank intervals of the economies around ours; None without a composite."""
    made = composite_rank(story)
    if isinstance(made, RankingsError):
        return None
    at = int(made.table.index[made.table["iso3"] == story.economy][0])
    first = max(0, min(at - AROUND, len(made.table) - 2 * AROUND))
    rows = made.table.iloc[first : first + 2 * AROUND]
    shown = pd.DataFrame(
        {
            "label": [story.names[code] for code in rows["iso3"]],
            "low": rows["low"],
            "middle": rows["rank"],
            "high": rows["high"],
            "highlighted": rows["iso3"] == story.economy,
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(shown), each=0.24, rest=1.0),
        title=_("Rank intervals around {economy} in our ICT composite", economy=story.name),
    )
    figures.interval_rows(shown, ax=ax)
    own = made.row(story.economy)
    overlap = int(((made.table["low"] <= own["high"]) & (made.table["high"] >= own["low"])).sum())
    return Picture(
        figure,
        plural(
            "{economy} {rank} ({span}); the interval of {count} other economy overlaps with it.",
            "{economy} {rank} ({span}); the intervals of {count} other economies overlap with it.",
            overlap - 1,
            economy=story.name,
            rank=int(own["rank"]),
            span=words.span(own["low"], own["high"]),
        ),
        _sources(
            story, made, _("Intervals over methods, 5th to 95th percentile; our calculation.")
        ),
    )


@verb
def choices_table(story: Story) -> Table | Prose:
    """Which choice moves the rank of the economy: Sobol indices of the composite."""
    made = composite_rank(story)
    if isinstance(made, RankingsError):
        return Prose(_("There are no choices to weigh without a composite."), "note")
    found = official.ict_sensitivity(story.world.panel, story.as_of).economies
    rows = found.loc[found["iso3"] == story.economy].dropna(subset=["first", "total"])
    if rows.empty:
        return Prose(
            _(
                "No choice moves the rank of {economy}: it is the same in every draw.",
                economy=story.name,
            ),
            "note",
        )
    frame = rows.assign(
        label=[FACTORS[name]() for name in rows["factor"]],
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
            "span": tables.Column(_("95 % of it"), str, True),
        },
        caption=_(
            "Which choice moves the rank of {economy}: shares of its variance (Sobol)",
            economy=story.name,
        ),
        source=_sources(
            story,
            made,
            _(
                "Scrambled Sobol points, estimators of Saltelli (2010) and "
                "Jansen (1999); our calculation."
            ),
        ),
    )


@verb
def confidence_table(story: Story) -> Table:
    """Confidence sets of the rank, from the residuals of the forecast: labelled as such."""
    rows = pd.concat(
        [confidence_sets(story, kind) for kind in (confidence.MARGINAL, confidence.SIMULTANEOUS)],
        ignore_index=True,
    )
    kinds = {
        confidence.MARGINAL: _("of this rank alone"),
        confidence.SIMULTANEOUS: _("of all ranks at once"),
    }
    frame = rows.assign(
        label=[kinds[kind] for kind in rows["kind"]],
        place=[words.place(r, o) for r, o in zip(rows["rank"], rows["of"], strict=True)],
        interval=[words.span(a, b) for a, b in zip(rows["best"], rows["worst"], strict=True)],
    )
    return tables.table(
        frame,
        {
            "label": tables.text(_("95 % confidence set")),
            "place": tables.Column(_("Rank by score"), str, True),
            "interval": tables.Column(_("Set"), str, True),
        },
        caption=_(
            "Between which ranks {economy} may lie, if scores are as uncertain as the changes "
            "of one edition",
            economy=story.name,
        ),
        source=words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "The publisher prints no standard errors: the covariance is that of the residuals "
                "of the forecast one edition ahead, not a sampling error. Sets of Mogstad, Romano, "
                "Shaikh and Wilhelm (2024), step-down; our calculation."
            ),
        ),
    )


@verb
def weights_table(story: Story) -> Table:
    """How the rank holds over all weights, and against its neighbours."""
    parts = story.parts[list(story.weights.index)].dropna()
    standings = parts.apply(scale.minmax)
    likely = acceptability.likely(
        acceptability.acceptability(standings, seed=story.seed, draws=4000), story.economy
    )
    robust = acceptability.robust(parts, story.weights, story.economy)
    near = robust.head(2 * SHOWN)
    frame = near.assign(
        name=[story.names[code] for code in near["iso3"]],
        who=[story.names[code] for code in near["ahead"]],
        where=[words.measure(story.index.name, part) for part in near["part"]],
        holds=near["robust"].map({True: _("holds"), False: _("does not")}),
    )
    return tables.table(
        frame,
        {
            "name": tables.text(_("Against")),
            "who": tables.text(meaning("who", "Ahead")),
            "gap": tables.figure(_("By"), 4),
            "epsilon": tables.share(_("Holds if weights move by up to")),
            "holds": tables.text(_("Moved by a quarter")),
        },
        caption=_(
            "Which comparisons hold if the weights move: over 90 % of all weights {economy} is at "
            "rank {span}",
            economy=story.name,
            span=words.span(likely["low"], likely["high"]),
        ),
        source=words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "Rank acceptability of Lahdelma and Salminen (2001), min-max within the edition; "
                "contamination of weights of Foster, McGillivray and Seth (2013); our "
                "calculation."
            ),
        ),
    )


def _anywhere(best: int, worst: int) -> str:
    """A set of ranks in a sentence."""
    if best == worst:
        return str(int(best))
    return _("anywhere between {best} and {worst}", best=int(best), worst=int(worst))


@verb
def answer(story: Story) -> Prose:
    """What may be said of the rank, and what may not."""
    marginal = confidence_sets(story, confidence.MARGINAL).iloc[0]
    return Prose(
        _(
            "{economy} is {place} by its score; if scores are as uncertain as the changes of "
            "one edition, its rank is {span} at this level of confidence (95 %). Small moves "
            "of rank inside that range mean little.",
            economy=story.name,
            place=words.place(marginal["rank"], marginal["of"]),
            span=_anywhere(marginal["best"], marginal["worst"]),
        ),
        "answer",
    )


def _choices(listed: str) -> str:
    """Choices as the composite lists them, in the reader's language."""
    names = {
        "min-max": _("min-max"),
        "z-score": _("z-score"),
        "percentile rank": _("percentile rank"),
        "arithmetic": _("arithmetic"),
        "geometric": _("geometric"),
        "as given": _("as given"),
    }
    noisy = "noisy weights "
    return "; ".join(
        _("noisy weights {number}", number=name.removeprefix(noisy))
        if name.startswith(noisy)
        else names.get(name, name)
        for name in listed.split("; ")
    )


@verb
def varied(story: Story) -> Prose:
    """What was varied for the composite's interval."""
    made = composite_rank(story)
    if isinstance(made, RankingsError):
        return Prose(_("Nothing was varied."), "note")
    told = listing(
        f"{FACTORS[row['factor']]()}: {row['count']} ({_choices(row['choices'])})"
        for row in made.varied.to_dict("records")
    )
    return Prose(
        _(
            "Varied: {told}; {draws} draws, seed {seed}; ranks shift by {shift} places on average.",
            told=told,
            draws=number(made.draws),
            seed=made.definition.seed,
            shift=number(made.mean_shift, 1),
        ),
        "note",
    )
