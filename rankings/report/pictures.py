"""The figures of a story: finished tables handed to `rankings.figures`, with what they show."""

import pandas as pd

from rankings import figures
from rankings.analysis import confidence, decompose, method_ranks
from rankings.figures import Picture
from rankings.language.messages import _, listing, number, percent, plural
from rankings.panel import map as panel_map
from rankings.panel import position, ranks, shape
from rankings.panel.definitions import definition
from rankings.report import standing, trend, words
from rankings.report import waterfall as steps
from rankings.report.verbs import verb
from rankings.story.distance import split_gap
from rankings.story.outlook import choose_model, forecast_ranks, standing_series
from rankings.story.question import Story
from rankings.story.standing import (
    HEADLINE,
    headline_scores,
    newest_rows,
    ranks_of_the_mean,
    rows_of_edition,
)
from rankings.story.target import editions_compared, gains_achieved, later_values, points_needed
from rankings.tables import Prose


def _band(story: Story) -> tuple[int, int]:
    return story.band.best, story.band.worst


def _named(story: Story, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the column ``name`` in the reader's language."""
    return frame.assign(name=frame["iso3"].map(story.names))


@verb
def strip(story: Story, index: str | None = None, edition: int | None = None) -> Picture:
    """All economies along their rank, the economy as a dot.

    Every headline measure's newest edition; of one index, all its measures in one edition.
    """
    newest = shape.newest_edition(story.panel)
    newest = newest.loc[
        newest["index"].isin(HEADLINE)
        & newest["component"].isin(["egdi", "osi", "tii", "hci", "overall"])
    ]
    own_rows = newest_rows(story)
    if index is not None:
        own_rows = rows_of_edition(story, index, edition)
        newest = story.panel.loc[
            (story.panel["index"] == index)
            & (story.panel["edition"] == own_rows["edition"].max())
            & (story.panel["of_economies"] > 1)
            & story.panel["competition_rank"].notna()
        ]
    order = own_rows[["index", "component", "edition"]].drop_duplicates()
    tables = [
        newest.loc[(newest["index"] == index) & (newest["component"] == component)].assign(
            label=f"{words.measure(index, component)} {edition}"
        )
        for index, component, edition in order.itertuples(index=False, name=None)
    ]
    shown = pd.concat([table for table in tables if len(table)], ignore_index=True)
    shown = _named(story, shown.assign(rank=shown["competition_rank"], of=shown["of_economies"]))
    own = shown.loc[shown["iso3"] == story.economy].drop_duplicates("label")
    figure, ax = figures.canvas(
        figures.row_height(shown["label"].nunique()),
        title=_(
            "{economy} among all economies, end of {as_of}", economy=story.name, as_of=story.as_of
        ),
    )
    figures.strip(shown, economy=story.economy, band=_band(story), peers=story.peers, ax=ax)
    places = "; ".join(
        f"{label} {words.place(rank, of)}"
        for label, rank, of in zip(own["label"], own["rank"], own["of"], strict=True)
    )
    return Picture(
        figure,
        _(
            "All economies by rank, the target band {band} shaded. {economy}, ranks by score: "
            "{places}.",
            band=words.band(story),
            economy=story.name,
            places=places,
        ),
        words.source(
            story,
            own[["index", "edition"]].itertuples(index=False, name=None),
            _("All ranks in this figure are by score."),
        ),
    )


@verb
def rank_history(story: Story, index: str | None = None) -> Picture:
    """Rank in an index, edition by edition, beside the peers, with the method breaks.

    The index of the target by default.
    """
    shown = definition(index or story.index.name)
    held = position.rank_table(story.panel, shown)
    # A crowd of peers hides the economy: the figure shows the ten that stood nearest.
    peers = _nearest(story, held, int(held["edition"].max()))
    rows = _named(story, held.loc[held["iso3"].isin([story.economy, *peers])])
    figure, ax = figures.canvas(
        4.6,
        title=_("{economy} in the {index}: rank by edition", economy=story.name, index=shown.name),
    )
    breaks = words.break_labels(story, shown.name, shown.titles)
    figures.rank_history(rows, economy=story.economy, band=_band(story), breaks=breaks, ax=ax)
    own = rows.loc[rows["iso3"] == story.economy].sort_values("edition")
    told = ", ".join(
        f"{words.place(rank, of)} ({edition})"
        for edition, rank, of in zip(own["edition"], own["rank"], own["of"], strict=True)
    )
    changed = _("Methods changed in {breaks}.", breaks=listing(map(str, breaks["edition"])))
    return Picture(
        figure,
        _(
            "Rank of {economy} in the {index} by edition: {ranks}; the target band is {band}.",
            economy=story.name,
            index=shown.name,
            ranks=told,
            band=words.band(story),
        )
        + (" " + changed if len(breaks) else ""),
        words.source(
            story,
            [(shown.name, edition) for edition in own["edition"]],
            _(
                "Published ranks (by score where none is held or the printed ones are dense), "
                "of {first} economies in {start} and {last} in {end}. Dotted line: a method "
                "changed.",
                first=own["of"].iloc[0],
                start=own["edition"].iloc[0],
                last=own["of"].iloc[-1],
                end=own["edition"].iloc[-1],
            ),
        ),
    )


@verb
def ranks_in(story: Story, index: str) -> Picture | Prose:
    """Rank in another index, edition by edition; in words where there are not two to join."""
    held = position.rank_table(story.panel, definition(index))
    own = held.loc[held["iso3"] == story.economy]
    if own.empty:
        return Prose(
            _(
                "{economy} is in no edition of the {index} known then: there is no line to draw.",
                economy=story.name,
                index=index,
            ),
            "note",
        )
    if len(own) > 1:
        return rank_history(story, index)
    return Prose(
        plural(
            "{economy} is in {count} edition of the {index} known then: there is no line to draw.",
            "{economy} is in {count} editions of the {index} known then: there is no line to draw.",
            len(own),
            economy=story.name,
            index=index,
        ),
        "note",
    )


def _nearest(story: Story, held: pd.DataFrame, edition: int, most: int = 10) -> list[str]:
    """The peers that stood nearest in an edition; the best ones where the economy is not in it."""
    newest = held.loc[held["edition"] == edition].set_index("iso3")["rank"]
    peers = newest[newest.index.isin(story.peers)]
    return list((peers - newest.get(story.economy, 1)).abs().sort_values().index[:most])


@verb
def standing_lines(story: Story) -> Picture:
    """Standing in the index and its parts beside the economies at the band's ends."""
    parts = [story.index.overall, *story.index.weights_of(story.edition).index]
    rows = story.panel.loc[
        (story.panel["index"] == story.index.name) & story.panel["component"].isin(parts)
    ]
    lines = [(f"rank{rank}", words.at_rank(rank), rank) for rank in reversed(_band(story))]
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
    breaks = story.world.breaks
    breaks = breaks.loc[
        (breaks["index"] == story.index.name) & (breaks["edition"] <= story.edition)
    ]
    breaks = breaks.assign(label=breaks["component"].str.upper())
    figure, axes = figures.canvas(
        5.4,
        rows=2,
        cols=2,
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


def _line(component: str, line: str, label: str, values: pd.Series) -> pd.DataFrame:
    frame = values.rename("value").rename_axis("edition").reset_index()
    return frame.assign(component=component, line=line, line_label=label)


@verb
def dumbbell(story: Story) -> Picture:
    """The economy's sub-indices beside those of the economies at the band's ends."""
    worst, best = (split_gap(story, rank) for rank in reversed(_band(story)))
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
    told = "; ".join(
        _(
            "{label}: {own} against {worst} at rank {rank_worst} and {best} at rank {rank_best}",
            label=row["label"],
            own=number(row["own"], 3),
            worst=number(row["at_worst"], 3),
            rank_worst=story.band.worst,
            best=number(row["at_best"], 3),
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


@verb
def fan(story: Story, *, hindsight: bool = False) -> Picture:
    """Ranks known and the spread of ranks to come; what came only where hindsight is asked."""
    held = position.rank_table(story.panel, story.index)
    history = _named(story, held.loc[held["iso3"] == story.economy])
    forecast = forecast_ranks(story)
    came = None
    if hindsight:
        later = later_values(story)
        later = later.loc[(later["index"] == story.index.name)]
        came = pd.DataFrame(
            {"edition": later["edition"], "rank": later["published_rank"].astype("float64")}
        )
    figure, ax = figures.canvas(
        4.4,
        title=_(
            "{economy}: the ranks to come, seen from the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
    )
    figures.fan(history, forecast, economy=story.economy, band=_band(story), hindsight=came, ax=ax)
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
    return Picture(figure, told, trend.forecast_source(story))


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
        trend.forecast_source(story),
    )


@verb
def growth(story: Story) -> Picture:
    """What the band takes beside everything economies have achieved in as many editions."""
    past = gains_achieved(story)
    wanted = points_needed(story).query("rank == @story.band.worst")
    own = past.loc[past["iso3"] == story.economy, "change"]
    marks = pd.DataFrame(
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
                [
                    {
                        "label": _("best of {economy}", economy=story.name),
                        "value": own.max(),
                        "highlighted": False,
                    }
                ]
                if len(own)
                else []
            ),
        ]
    )
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
        trend.forecast_source(story),
    )


@verb
def illustration(story: Story) -> Picture | None:
    """The illustration's rank by method and over weights, as intervals; None without one."""
    by_method = ranks_of_the_mean(story)
    if by_method.empty:
        return None
    weights = method_ranks.by_weights(headline_scores(story), story.economy, story.seed)
    rows = pd.DataFrame(
        [
            {
                "label": standing.METHOD_NAMES[row["method"]](),
                "low": row["rank"],
                "middle": row["rank"],
                "high": row["rank"],
                "highlighted": False,
            }
            for row in by_method.to_dict("records")
        ]
        + [
            {
                "label": _("all weights, 5th to 95th percentile"),
                "low": weights["low"],
                "middle": weights["median"],
                "high": weights["high"],
                "highlighted": True,
            }
        ]
    )
    newest = newest_rows(story)
    pairs = newest.loc[newest["index"].isin(HEADLINE), ["index", "edition"]]
    figure, ax = figures.canvas(
        figures.row_height(len(rows), each=0.5, rest=1.0),
        title=_("An illustration: {economy} in the mean of three indices", economy=story.name),
    )
    figures.interval_rows(rows, economy_label=story.name, ax=ax)
    return Picture(
        figure,
        _(
            "Rank of {economy} in the mean of three indices: {by_method} by method, "
            "{by_weights} over weights, of {of}.",
            economy=story.name,
            by_method=words.span(by_method["rank"].min(), by_method["rank"].max()),
            by_weights=words.span(weights["low"], weights["high"]),
            of=weights["of"],
        ),
        words.source(
            story,
            pairs.itertuples(index=False, name=None),
            _("The mean and its ranks are our own calculation, not published figures."),
        ),
    )


def _beside(story: Story) -> pd.DataFrame:
    """The economy, the ten nearest peers and the holders of the band's ends, by rank.

    Returns:
        Columns edition, iso3, rank, of, basis, name; the newest edition of the target's index.
    """
    held = position.rank_table(story.panel, story.index)
    held = held.loc[held["edition"] == story.edition]
    ends = [iso3 for rank in _band(story) for iso3 in ranks.holders(story.scores, rank).index]
    codes = {story.economy, *_nearest(story, held, story.edition), *ends}
    rows = _named(story, held.loc[held["iso3"].isin(codes)])
    return rows.sort_values(["rank", "iso3"], ignore_index=True)


@verb
def slope(story: Story, start: int | None = None, end: int | None = None) -> Picture | None:
    """The economy and its peers in two editions: who passed whom; None with fewer than two.

    The newest edition of the target's index and the one before it, by default.
    """
    held = position.rank_table(story.panel, story.index)
    own = held.loc[held["iso3"] == story.economy].dropna(subset=["rank"])
    known = sorted(own["edition"])
    last = end if end is not None else known[-1]
    before = start if start is not None else next((e for e in reversed(known) if e < last), None)
    if before is None or not {before, last} <= set(known):
        return None
    peers = _nearest(story, held, last)
    rows = held.loc[
        held["iso3"].isin([story.economy, *peers]) & held["edition"].isin([before, last])
    ]
    rows = _named(story, rows)
    wide = rows.pivot(index="iso3", columns="edition", values="rank").astype(float)
    apart = wide.dropna() - wide.loc[story.economy]
    overtaken = apart.index[(apart[before] < 0) & (apart[last] > 0)]
    lost = apart.index[(apart[before] > 0) & (apart[last] < 0)]
    figure, ax = figures.canvas(
        4.8,
        title=_(
            "{economy} and its peers in the {index}, {before} to {after}",
            economy=story.name,
            index=story.index.name,
            before=before,
            after=last,
        ),
    )
    figures.slope(rows, economy=story.economy, band=_band(story), ax=ax)
    first, now = wide.loc[story.economy, [before, last]].astype(int)
    form = (
        _("{economy} was at rank {first} in {before} as in {after}.")
        if first == now
        else _("{economy} went from rank {first} in {before} to {now} in {after}.")
    )
    told = form.format(economy=story.name, first=first, before=before, now=now, after=last)
    if len(overtaken):
        told += " " + _("It overtook {names}.", names=words.economies(story, overtaken))
    if len(lost):
        told += " " + _("It was overtaken by {names}.", names=words.economies(story, lost))
    return Picture(
        figure,
        told,
        words.source(
            story,
            [(story.index.name, before), (story.index.name, last)],
            _("Published ranks (by score where none is held)."),
        ),
    )


@verb
def tiles(story: Story) -> Picture | None:
    """The world in tiles, shaded by rank in the target's index; None without a tile of its own.

    The layout is the one of the site's landing page.
    """
    held = position.rank_table(story.panel, story.index)
    held = held.loc[held["edition"] == story.edition].set_index("iso3")
    places = panel_map.places()
    if story.economy not in places:
        return None
    grid = pd.DataFrame.from_dict(places, orient="index", columns=["row", "column"])
    grid = grid.rename_axis("iso3").join(held[["rank", "of"]]).reset_index()
    letters = story.world.economies.set_index("iso3")["iso2"]
    of = int(held["of"].max())
    grid = _named(story, grid).assign(
        code=grid["iso3"].map(letters),
        rank=grid["rank"].astype("float64"),
        shade=grid["rank"].map(lambda rank: panel_map.shade(int(rank), of), na_action="ignore"),
    )
    figure, ax = figures.canvas(
        figures.tiles_height(grid),
        title=_(
            "The world in the {index} {edition}: darker is better",
            index=story.index.name,
            edition=story.edition,
        ),
    )
    figures.tiles(grid, economy=story.economy, band=_band(story), ax=ax)
    best, worst = _band(story)
    inside = grid.loc[grid["rank"].between(best, worst)].sort_values("rank")
    return Picture(
        figure,
        _(
            "One tile per economy. {economy} is {place}. In the band {band}: {names}.",
            economy=story.name,
            place=words.place(*held.loc[story.economy, ["rank", "of"]]),
            band=words.band(story),
            names=words.economies(story, inside["iso3"]) or _("nobody"),
        ),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _("Published ranks (by score where none is held)."),
            _(
                "Two-letter codes of ISO 3166. One tile for each member of the United Nations, "
                "roughly where it lies; the layout implies no opinion on the status of any "
                "territory."
            ),
        ),
    )


@verb
def bar_table(story: Story) -> Picture:
    """The sub-indices of the economy, its peers and the band's ends, with a bar in each cell."""
    rows = _beside(story)
    parts = [story.index.overall, *story.index.weights_of(story.edition).index]
    cells = pd.concat(
        [
            rows.assign(
                label=words.measure(story.index.name, part),
                value=rows["iso3"].map(story.parts[part]),
                full=story.scale_end,
            )
            for part in parts
        ],
        ignore_index=True,
    )
    figure, ax = figures.canvas(
        figures.row_height(len(rows), each=0.36, rest=0.7),
        title=_(
            "{economy} beside its peers and the band, {index} {edition}",
            economy=story.name,
            index=story.index.name,
            edition=story.edition,
        ),
    )
    figures.bar_table(cells, economy=story.economy, band=_band(story), ax=ax)
    told = "; ".join(
        f"{words.measure(story.index.name, part)} {number(story.parts[part][story.economy], 3)}"
        for part in parts
    )
    return Picture(
        figure,
        _(
            "Values of {economy}: {told}. Beside it, by rank: {names}.",
            economy=story.name,
            told=told,
            names=words.economies(story, rows.loc[rows["iso3"] != story.economy, "iso3"]),
        ),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _("Published ranks (by score where none is held)."),
            _("A whole bar is the end of the scale."),
        ),
    )


@verb
def rank_intervals(story: Story) -> Picture:
    """Confidence sets of the ranks of the economy, its peers and the band's ends."""
    rows = _beside(story)
    covariance, basis = confidence.residuals(story.draws(choose_model(story)))
    rows = rows.loc[rows["iso3"].isin(covariance.index)]
    sets = confidence.sets(
        story.scores.loc[list(covariance.index)],
        covariance,
        confidence.MARGINAL,
        economies=list(rows["iso3"]),
        seed=story.seed,
        basis=basis,
    ).set_index("iso3")
    sets = sets.loc[list(rows["iso3"])]
    shown = pd.DataFrame(
        {
            "label": list(rows["name"]),
            "low": sets["best"].to_numpy(),
            "middle": sets["rank"].to_numpy(),
            "high": sets["worst"].to_numpy(),
            "highlighted": (rows["iso3"] == story.economy).to_numpy(),
        }
    )
    figure, ax = figures.canvas(
        figures.row_height(len(shown), each=0.36, rest=1.2),
        title=_(
            "Between which ranks they may lie: {economy} and its peers, {index} {edition}",
            economy=story.name,
            index=story.index.name,
            edition=story.edition,
        ),
    )
    figures.interval_rows(shown, band=_band(story), ax=ax)
    own = sets.loc[story.economy, ["rank", "best", "worst"]].astype(int)
    same = sets.loc[(sets["best"] <= own["worst"]) & (sets["worst"] >= own["best"])]
    same = same.drop(index=story.economy)
    return Picture(
        figure,
        plural(
            "{economy} {rank} ({span}); the set of {count} of {of} other economies overlaps "
            "with it.",
            "{economy} {rank} ({span}); the sets of {count} of {of} other economies overlap "
            "with it.",
            len(same),
            economy=story.name,
            rank=own["rank"],
            span=words.span(*(int(str(own[end])) for end in ("best", "worst"))),
            of=len(sets) - 1,
        ),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "95 % confidence sets of each rank by score, if scores are as uncertain as the "
                "changes of one edition (residuals of the forecast); our calculation."
            ),
        ),
    )
