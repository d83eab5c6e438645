"""Pictures of notebook 10: where an economy stands, and where it stood."""

import pandas as pd

from rankings import figures
from rankings.analysis import method_ranks
from rankings.figures import Picture
from rankings.language.messages import _, listing, plural
from rankings.panel import position, shape
from rankings.panel.trees import tree
from rankings.report import standing, words
from rankings.report.pictures.shared import band_ends, nearest_peers, with_names
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.standing import (
    HEADLINE,
    headline_scores,
    newest_rows,
    own_row,
    ranks_of_the_mean,
    rows_of_edition,
)
from rankings.tables import Prose


@verb
def strip(story: Story, index: str | None = None, edition: int | None = None) -> Picture:
    """All economies along their rank, the economy as a dot.

    Every headline measure's newest edition; of one index, all its measures in one edition.
    """
    newest = shape.newest_edition(story.known)
    newest = newest.loc[
        newest["index"].isin(HEADLINE)
        & newest["component"].isin(["egdi", "osi", "tii", "hci", "overall", story.asked.component])
    ]
    own_rows = newest_rows(story)
    whole_or_host = story.measure if story.asked.parent is None else story.asked.index
    if whole_or_host not in HEADLINE:
        mine = own_row(story)
        rows = story.panel["index"].eq(mine["index"]) & story.panel["edition"].eq(mine["edition"])
        overall = story.panel.loc[rows & story.panel["component"].eq(mine["component"])]
        newest = pd.concat([overall, newest.loc[newest["index"] != mine["index"]]])
        others = own_rows.loc[own_rows["index"] != mine["index"]]
        own_rows = pd.concat([mine.to_frame().T, others])
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
    shown = shown.assign(rank=shown["competition_rank"], of=shown["of_economies"])
    shown = with_names(story, shown)
    own = shown.loc[shown["iso3"] == story.economy].drop_duplicates("label")
    figure, ax = figures.canvas(
        figures.row_height(shown["label"].nunique()),
        title=_(
            "{economy} among all economies, end of {as_of}", economy=story.name, as_of=story.as_of
        ),
    )
    figures.strip(shown, economy=story.economy, band=band_ends(story), peers=story.peers, ax=ax)
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
    shown = tree(index or story.index.name)
    held = position.rank_table(story.panel, shown)
    # A crowd of peers hides the economy: the figure shows the ten that stood nearest.
    peers = nearest_peers(story, held, int(held["edition"].max()))
    rows = with_names(story, held.loc[held["iso3"].isin([story.economy, *peers])])
    figure, ax = figures.canvas(
        4.6,
        title=_(
            "{economy} in the {index}: rank by edition",
            economy=story.name,
            index=words.code_called(shown.name),
        ),
    )
    breaks = words.break_labels(story, shown.name, shown.titles)
    figures.rank_history(rows, economy=story.economy, band=band_ends(story), breaks=breaks, ax=ax)
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
            index=words.code_called(shown.name),
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
    held = position.rank_table(story.panel, tree(index))
    own = held.loc[held["iso3"] == story.economy]
    if own.empty:
        return Prose(
            _(
                "{economy} is in no edition of the {index} known then: there is no line to draw.",
                economy=story.name,
                index=words.code_called(index),
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
            index=words.code_called(index),
        ),
        "note",
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
