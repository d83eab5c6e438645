"""Pictures of notebook 40: how likely the band is, and what it takes."""

import pandas as pd

from rankings import figures
from rankings.figures import Picture
from rankings.language.messages import _, number, percent, plural
from rankings.report import models, words
from rankings.report.verbs import verb
from rankings.story.outlook import forecast_ranks
from rankings.story.question import Story
from rankings.story.target import editions_compared, gains_achieved, points_needed


@verb
def chance(story: Story) -> Picture:
    """The chance of the band by edition up to the deadline."""
    frame = forecast_ranks(story)
    rows = pd.DataFrame(
        {
            "label": [str(edition) for edition in frame["edition"]],
            "probability": frame["reach"],
            "highlighted": frame["edition"] == story.ahead[-1],
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(rows), each=0.5, rest=1.0),
        title=_(
            "{economy}: chance of rank {worst} or better",
            economy=story.name,
            worst=story.band.worst,
        ),
    )
    figures.chance(rows, ax=ax)
    told = ", ".join(
        f"{int(row['edition'])}: {words.reach(story, row)}" for _place, row in frame.iterrows()
    )
    return Picture(
        figure,
        _(
            "Chance that {economy} ranks {worst} or better, by edition: {told}.",
            economy=story.name,
            worst=story.band.worst,
            told=told,
        ),
        models.forecast_source(story),
    )


@verb
def growth(story: Story) -> Picture | None:
    """What the band takes beside everything economies have achieved in as many editions."""
    past = gains_achieved(story)
    if past.empty:
        return None
    marks = _marks(story, past)
    if marks.empty:  # a band that holds every rank, and an economy without a step of its own
        return None
    count = editions_compared(story)
    figure, ax = figures.canvas(
        4.0,
        title=plural(
            "Needed for rank {rank}, beside what economies gained in {count} edition",
            "Needed for rank {rank}, beside what economies gained in {count} editions",
            count,
            rank=story.band.worst,
        ),
    )
    figures.growth(
        past,
        marks,
        axis_label=_("change of standing, standard deviations"),
        digits=2,
        ax=ax,
    )
    told = "; ".join(
        f"{row['label']} {number(row['value'], 2, signed=True)}" for row in marks.to_dict("records")
    )
    return Picture(
        figure,
        _(
            "All {count} changes of standing, from {low} to {high}; needed or achieved: {told}.",
            count=number(len(past)),
            low=number(past["change"].min(), 2, signed=True),
            high=number(past["change"].max(), 2, signed=True),
            told=told,
        ),
        models.forecast_source(story),
    )


def _marks(story: Story, past: pd.DataFrame) -> pd.DataFrame:
    """Gains the band takes, by certainty, and the own best: columns label, value, highlighted."""
    wanted = points_needed(story).query("rank == @story.band.worst")
    own = past.loc[past["iso3"] == story.economy].sort_values("change")
    return pd.DataFrame(
        [
            *(
                {
                    "label": _("for {chance}", chance=percent(row["certainty"])),
                    "value": row["standing"],
                    "highlighted": True,
                }
                for row in wanted.to_dict("records")
                if row["standing"] > 0
            ),
            *(
                {
                    "label": _(
                        "best of {economy}, {when}",
                        economy=story.name,
                        when=words.span(best["start"], best["end"]),
                    ),
                    "value": best["change"],
                    "highlighted": False,
                }
                for _at, best in own.tail(1).iterrows()
            ),
        ]
    )
