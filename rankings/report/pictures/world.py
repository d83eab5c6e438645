"""Pictures of the gallery: the economy among its peers and in the world, in one edition or two."""

import pandas as pd

from rankings import figures
from rankings.analysis import confidence
from rankings.figures import Picture
from rankings.language.messages import _, plural
from rankings.panel import map as panel_map
from rankings.panel import position
from rankings.report import words
from rankings.report.pictures.shared import band_ends, nearest_peers, rows_beside, with_names
from rankings.report.verbs import verb
from rankings.story.certainty import errors
from rankings.story.outlook import choose_model
from rankings.story.question import Story


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
    peers = nearest_peers(story, held, last)
    rows = held.loc[
        held["iso3"].isin([story.economy, *peers]) & held["edition"].isin([before, last])
    ]
    rows = with_names(story, rows)
    wide = rows.pivot(index="iso3", columns="edition", values="rank").astype(float)
    apart = wide.dropna() - wide.loc[story.economy]
    overtaken = apart.index[(apart[before] < 0) & (apart[last] > 0)]
    lost = apart.index[(apart[before] > 0) & (apart[last] < 0)]
    figure, ax = figures.canvas(
        4.8,
        title=_(
            "{economy} and its peers in the {index}, {before} to {after}",
            economy=story.name,
            index=words.called(story),
            before=before,
            after=last,
        ),
    )
    figures.slope(rows, economy=story.economy, band=band_ends(story), ax=ax)
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
    grid = with_names(story, grid).assign(
        code=grid["iso3"].map(letters),
        rank=grid["rank"].astype("float64"),
        shade=grid["rank"].map(lambda rank: panel_map.shade(int(rank), of), na_action="ignore"),
    )
    figure, ax = figures.canvas(
        figures.tiles_height(grid),
        title=_(
            "The world in the {index} {edition}: darker is better",
            index=words.called(story),
            edition=story.edition,
        ),
    )
    figures.tiles(grid, economy=story.economy, band=band_ends(story), ax=ax)
    best, worst = band_ends(story)
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
    rows = rows_beside(story)
    parts = [story.index.overall, *story.weights.index]
    cells = pd.concat(
        [
            rows.assign(
                label=words.measure(story.index.name, part),
                value=rows["iso3"].map(story.parts[part]),
                full=story.scale_end if part == story.index.overall else story.part_tops[part],
            )
            for part in parts
        ],
        ignore_index=True,
    )
    figure, ax = figures.canvas(
        figures.row_height(len(rows), each=0.36, rest=1.2),
        title=_(
            "{economy} beside its peers and the band, {index} {edition}",
            economy=story.name,
            index=words.called(story),
            edition=story.edition,
        ),
    )
    figures.bar_table(cells, economy=story.economy, band=band_ends(story), ax=ax)
    told = "; ".join(
        f"{words.measure(story.index.name, part)} "
        f"{words.score(story.parts[part][story.economy], story.index.name, story.edition)}"
        for part in parts
    )
    said = [_("Values of {economy}: {told}.", economy=story.name, told=told)]
    beside = rows.loc[rows["iso3"] != story.economy, "iso3"]
    if len(beside):
        said.append(_("Beside it, by rank: {names}.", names=words.economies(story, beside)))
    return Picture(
        figure,
        " ".join(said),
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
    rows = rows_beside(story)
    covariance, basis = errors(story.draws(choose_model(story)))
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
            index=words.called(story),
            edition=story.edition,
        ),
    )
    figures.interval_rows(shown, band=band_ends(story), ax=ax)
    return Picture(
        figure,
        _overlapping(story, sets),
        words.source(
            story,
            [(story.index.name, story.edition)],
            _(
                "95 % confidence sets of each rank by score, if scores are as uncertain as the "
                "changes of one edition (residuals of the forecast); our calculation."
            ),
        ),
    )


def _overlapping(story: Story, sets: pd.DataFrame) -> str:
    """How many of the sets drawn overlap with the economy's own."""
    own = sets.loc[story.economy, ["rank", "best", "worst"]].astype(int)
    same = sets.loc[(sets["best"] <= own["worst"]) & (sets["worst"] >= own["best"])]
    same = same.drop(index=story.economy)
    told = {
        "economy": story.name,
        "rank": own["rank"],
        "span": words.span(*(int(str(own[end])) for end in ("best", "worst"))),
    }
    others = len(sets) - 1
    if others == 1:
        shared = len(same) == 1
        return (
            _("{economy} {rank} ({span}); the set of the other economy overlaps with it.", **told)
            if shared
            else _("{economy} {rank} ({span}); the set of the other economy lies apart.", **told)
        )
    return plural(
        "{economy} {rank} ({span}); the set of {count} of {of} other economies overlaps with it.",
        "{economy} {rank} ({span}); the sets of {count} of {of} other economies overlap with it.",
        len(same),
        of=others,
        **told,
    )
