"""Pictures of notebook 30: the past on the scale editions share, and the ranks to come."""

import numpy as np
import pandas as pd

from rankings import figures
from rankings.figures import Picture
from rankings.language.messages import _, number, percent
from rankings.panel import position, ranks
from rankings.report import models, words
from rankings.report.pictures.shared import band_ends, with_names
from rankings.report.verbs import verb
from rankings.story.outlook import fitted_model, forecast_ranks, standing_series, worth
from rankings.story.question import Story
from rankings.story.target import later_values


@verb
def standing_lines(story: Story) -> Picture:
    """Standing in the index and its parts beside the economies at the band's ends."""
    parts = [story.index.overall, *_long_series(story)]
    rows = story.panel.loc[
        (story.panel["index"] == story.index.name) & story.panel["component"].isin(parts)
    ]
    lines = [(f"rank{rank}", words.at_rank(rank), rank) for rank in reversed(band_ends(story))]
    collected = []
    for part in parts:
        of_part = rows.loc[rows["component"] == part]
        wide = of_part.pivot(index="edition", columns="iso3", values="standing")
        collected.append(_line(part, "economy", story.name, wide[story.economy]))
        for line, label, rank in lines:
            # Early editions rank fewer economies than the band may ask for.
            levels = wide.loc[wide.count(axis=1) >= rank].apply(
                lambda row, r=rank: ranks.holders(row, r).mean(), axis=1
            )
            collected.append(_line(part, line, label, levels))
    series = pd.concat(collected, ignore_index=True).dropna(subset=["value"])
    series = series.assign(
        label=[words.measure(story.index.name, part) for part in series["component"]]
    )
    breaks = story.breaks.loc[story.breaks["edition"] <= story.edition]
    breaks = breaks.assign(
        label=[
            words.called(story) if part == story.index.overall else part.upper()
            for part in breaks["component"]
        ]
    )
    down, across = -(-len(parts) // 2), min(2, len(parts))
    figure, axes = figures.canvas(
        2.7 * down if down > 1 else 3.6,
        rows=down,
        cols=across,
        title=_("{economy} on the scale editions share", economy=story.name),
    )
    figures.standing_lines(series, breaks=breaks, axes=axes)
    now = standing_series(story)
    now = now.loc[now["edition"] == story.edition]
    told = ", ".join(
        f"{words.measure(story.index.name, part)} {number(value, 2, signed=True)}"
        for part, value in zip(now["component"], now["standing"], strict=True)
    )
    return Picture(
        figure,
        _(
            "Standing of {economy} by edition, in standard deviations from the world mean; in "
            "{edition}: {told}.",
            economy=story.name,
            edition=story.edition,
            told=told,
        ),
        words.source(
            story,
            [(story.index.name, edition) for edition in sorted(series["edition"].unique())],
            _("Standing is our calculation. Dashed: across a method break."),
        ),
    )


# So many editions make a line.
LINE = 3


def _long_series(story: Story) -> list[str]:
    """The parts that are measures and known in editions enough for a line."""
    if not story.parts_are_measures:
        return []
    rows = story.panel.loc[story.panel["index"] == story.index.name]
    counts = rows.groupby("component")["edition"].nunique()
    return [part for part in story.sub_indices if counts[part] >= LINE]


def _line(component: str, line: str, label: str, values: pd.Series) -> pd.DataFrame:
    frame = values.rename("value").rename_axis("edition").reset_index()
    return frame.assign(component=component, line=line, line_label=label)


@verb
def fan(story: Story, *, hindsight: bool = False) -> Picture:
    """Ranks known and the spread of ranks to come; what came only where hindsight is asked."""
    held = position.rank_table(story.panel, story.index)
    history = with_names(story, held.loc[held["iso3"] == story.economy])
    forecast = forecast_ranks(story)
    came = None
    if hindsight:
        later = later_values(story)
        later = later.loc[(later["index"] == story.index.name)]
        came = pd.DataFrame(
            {
                "edition": later["edition"],
                "rank": later["published_rank"].fillna(later["competition_rank"]).astype(float),
            }
        )
    figure, ax = figures.canvas(
        4.4,
        title=_(
            "{economy}: the ranks to come, seen from the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
    )
    ends = band_ends(story)
    figures.fan(history, forecast, economy=story.economy, band=ends, hindsight=came, ax=ax)
    last = forecast.iloc[-1]
    told = _(
        "Median forecast for {edition}: rank {median}; 80 % of draws {spread}.",
        edition=int(last["edition"]),
        median=int(last["median"]),
        spread=words.between(last["low80"], last["high80"]),
    )
    if came is not None and len(came):
        told += " " + _(
            "What came: {ranks}.",
            ranks=", ".join(
                f"{int(row['rank'])} ({int(row['edition'])})" for row in came.to_dict("records")
            ),
        )
    return Picture(figure, told, models.forecast_source(story))


@verb
def residuals(story: Story) -> Picture | None:
    """What the model left over in past steps: the spread the draws are made of."""
    fitted = fitted_model(story)
    if fitted is None:
        return None
    held, fits = fitted
    left = np.stack([fit.residuals * worth(story, held, part) for part, fit in fits.items()]).sum(
        axis=0
    )
    left = left[np.isfinite(left)]
    spread = float(left.std())
    marks = pd.DataFrame(
        {
            "label": [_("one standard deviation down"), _("one standard deviation up")],
            "value": [-spread, spread],
            "highlighted": False,
        }
    )
    figure, ax = figures.canvas(
        3.6, title=_("What the model did not explain in past steps of all economies")
    )
    figures.growth(
        pd.DataFrame({"change": left}),
        marks,
        axis_label=_("points of the index, one edition ahead"),
        ax=ax,
    )
    outside = float((np.abs(left) > 2 * spread).mean())
    return Picture(
        figure,
        _(
            "{count} residuals in points of the {index}: standard deviation {spread}, "
            "{outside} beyond two of them (5 % in a normal distribution), from {low} to {high}.",
            count=number(len(left)),
            index=words.called(story),
            spread=number(spread, 3),
            outside=percent(outside),
            low=number(float(left.min()), 2, signed=True),
            high=number(float(left.max()), 2, signed=True),
        ),
        models.forecast_source(story),
    )
