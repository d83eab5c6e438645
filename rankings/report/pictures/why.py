"""Pictures of notebook 20: the gap to the band, split by sub-index."""

import pandas as pd

from rankings import figures
from rankings.analysis import decompose
from rankings.figures import Picture
from rankings.language.messages import _, number
from rankings.panel import ranks
from rankings.report import waterfall as steps
from rankings.report import words
from rankings.report.pictures.shared import band_ends
from rankings.report.verbs import verb
from rankings.story.distance import split_gap
from rankings.story.question import Story


@verb
def dumbbell(story: Story) -> Picture:
    """The economy's sub-indices beside those of the economies at the band's ends."""
    worst, best = (split_gap(story, rank) for rank in reversed(band_ends(story)))
    real = worst["component"] != decompose.ROUNDING
    gaps = pd.DataFrame(
        {
            "label": [words.measure(story.index.name, part) for part in worst["component"][real]],
            "own": worst["own"][real],
            "at_worst": worst["reference"][real],
            "at_best": best["reference"][real],
            "label_worst": words.at_rank(story.band.worst),
            "label_best": words.at_rank(story.band.best),
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(gaps), each=0.62, rest=1.3),
        title=_("From {economy} to the band, by sub-index", economy=story.name),
    )
    figures.dumbbell(gaps, economy_label=story.name, ax=ax)
    digits = min(3, words.digits(story.index.name, story.edition))
    told = "; ".join(
        _(
            "{label}: {own} against {worst} at rank {rank_worst} and {best} at rank {rank_best}",
            label=row["label"],
            own=number(row["own"], digits),
            worst=number(row["at_worst"], digits),
            rank_worst=story.band.worst,
            best=number(row["at_best"], digits),
            rank_best=story.band.best,
        )
        for row in gaps.to_dict("records")
    )
    return Picture(
        figure,
        _(
            "Sub-indices of {economy} and of the economies at the band's ends. {told}.",
            economy=story.name,
            told=told,
        ),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _("Where economies tie at a rank, their mean."),
        ),
    )


@verb
def waterfall(story: Story) -> Picture:
    """The places from the economy to the band's worst rank, by sub-index."""
    parts = split_gap(story, story.band.worst)
    own = int(ranks.competition(story.scores)[story.economy])
    shown = parts.loc[parts["places"].abs() > ranks.TOLERANCE]
    end = own + parts["places"].sum()
    labels = [
        _("Rounding") if part == decompose.ROUNDING else words.measure(story.index.name, part)
        for part in shown["component"]
    ]
    figure, told = steps.drawn(
        (story.name, own),
        list(zip(labels, shown["places"], strict=True)),
        (_("there"), end),
        height=4.0,
        title=_(
            "The distance of {economy} to {rank} in places",
            economy=story.name,
            rank=words.at_rank(story.band.worst),
        ),
    )
    return Picture(
        figure,
        _(
            "From rank {own} to rank {end}, split into places: {told}.",
            own=own,
            end=number(end),
            told=told,
        ),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _("Shapley split, all other economies held still; our calculation."),
        ),
    )
