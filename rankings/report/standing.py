"""Notebook 10: where do we stand?"""

import pandas as pd

from rankings import tables
from rankings.analysis import method_ranks
from rankings.language.messages import _, listing, number
from rankings.panel import position
from rankings.panel.definitions import is_overall
from rankings.panel.trees import is_published, part_top, tree
from rankings.report import words
from rankings.report.verbs import verb
from rankings.story.certainty import composite_interval
from rankings.story.question import Story
from rankings.story.standing import (
    HEADLINE,
    all_editions,
    headline_scores,
    measure_editions,
    newest_rows,
    own_row,
    ranks_of_the_mean,
    rows_of_edition,
)
from rankings.tables import Prose, Table


def how_ranked(row: pd.Series) -> str:
    """One rank as a phrase that says which kind of rank it is and of how many."""
    index = str(row["index"])
    named = words.measure(index, str(row["component"])) if ":" in index else index
    measure = f"{named} {row['edition']}"
    competition = words.place(row["competition_rank"], row["of_economies"])
    if pd.isna(row["published_rank"]):
        return _(
            "{place} in the {measure} (derived from the scores)", place=competition, measure=measure
        )
    if row["published_rank"] == row["competition_rank"]:
        return _("{place} in the {measure} (published)", place=competition, measure=measure)
    return _(
        "{rank} in the {measure} as published, which is {place} economies by score",
        rank=row["published_rank"],
        measure=measure,
        place=competition,
    )


def interval(story: Story) -> str:
    """Of our composite, which is never told without it: the ranks other methods give."""
    ends = composite_interval(story)
    if ends is None:
        return ""
    return _(
        "The composite is ours, and other ways to compute it give ranks {span}.",
        span=words.span(*ends),
    )


@verb
def answer(story: Story) -> Prose:
    """The headline: the place in the measure, and in the three indices everybody quotes."""
    newest = newest_rows(story)
    heads = [newest.loc[(newest["index"] == name) & is_overall(newest)] for name in HEADLINE]
    ranked = [head.iloc[0] for head in heads if len(head)]
    if story.measure not in HEADLINE:
        ranked.insert(0, own_row(story))
    phrases = [how_ranked(row) for row in ranked]
    said = _(
        "At the end of {as_of}, {economy} stood {places}.",
        as_of=story.as_of,
        economy=story.name,
        places="; ".join(phrases),
    )
    return Prose(" ".join(filter(None, [said, interval(story)])), "answer")


@verb
def position_table(story: Story) -> Table:
    """Every measure known: value, the three kinds of rank, the place among the peers."""
    newest = newest_rows(story)
    frame = worded(newest).assign(peers=_pairs(newest, "peer_rank", "of_peers"))
    columns = {
        "measure": tables.text(_("Measure")),
        "edition": tables.year(_("Edition")),
        "reference_year": tables.year(_("Data of")),
        "shown": tables.Column(_("Score"), str, True),
        "published_rank": tables.figure(_("Published rank")),
        "competition": tables.Column(_("Rank by score"), str, True),
        "dense": tables.Column(_("Dense rank"), str, True),
    }
    if story.peers:
        among = _("Among {group}", group=words.group(story))
        columns["peers"] = tables.Column(among, str, True)
    pairs = zip(newest["index"], newest["edition"], strict=True)
    return tables.table(
        frame,
        columns,
        caption=_(
            "{economy}: the newest edition of each index known at the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            pairs,
            _(
                "Published rank: printed by the publisher; blank where it printed none or it is "
                "not held. Rank by score: 1 + economies strictly above, of economies; dense rank: "
                'of distinct scores; both derived here. A blank "data of" year is not stated.'
            ),
        ),
        ours=is_overall(frame),
    )


@verb
def edition_table(story: Story, index: str, edition: int | None = None) -> Table:
    """Every measure of one index in one edition: score and the three kinds of rank."""
    own = rows_of_edition(story, index, edition)
    at = int(own["edition"].iloc[0])
    return tables.table(
        worded(own),
        {
            "measure": tables.text(_("Measure")),
            "reference_year": tables.year(_("Data of")),
            "shown": tables.Column(_("Score"), str, True),
            "published_rank": tables.figure(_("Published rank")),
            "competition": tables.Column(_("Rank by score"), str, True),
            "dense": tables.Column(_("Dense rank"), str, True),
        },
        caption=_(
            "{economy} in the {index} {edition}",
            economy=story.name,
            index=words.code_called(index),
            edition=at,
        ),
        source=words.source(story, [(index, at)], words.derived()),
        ours=own["component"] == tree(index).overall,
    )


def worded(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with what a table shows of them: measure, score, and both derived ranks with "of"."""
    return rows.assign(
        measure=[words.measure(*pair) for pair in rows[["index", "component"]].to_numpy()],
        shown=[
            words.score(value, index, edition)
            for value, index, edition in zip(
                rows["value"], rows["index"], rows["edition"], strict=True
            )
        ],
        competition=_pairs(rows, "competition_rank", "of_economies"),
        dense=_pairs(rows, "dense_rank", "of_ranks"),
    )


def _pairs(frame: pd.DataFrame, rank: str, of: str) -> pd.Series:
    """Each rank with its count; none where one economy alone is held."""
    places = [
        None if pd.isna(place) or count == 1 else words.place(int(place), int(count))
        for place, count in zip(frame[rank], frame[of], strict=True)
    ]
    return pd.Series(places, index=frame.index, dtype="object")


@verb
def history_table(story: Story) -> Table:
    """The measure and its parts, edition by edition, each rank with its own "of"."""
    held = measure_editions(story)
    # Indicators below a sub-index have ranks of their own editions only: they are told elsewhere.
    able = [
        part
        for part in held["component"].unique()
        if part_top(story.measure, part, story.edition) and part != story.index.overall
    ]
    shown = {
        part: held.loc[held["component"] == part].set_index("edition")
        for part in [story.index.overall, *able]
    }
    overall = shown[story.index.overall]
    dense = [each for each in position.dense_of(story.panel, story.index) if each in overall.index]
    scores = [words.score(v, story.index.name, e) for e, v in overall["value"].items()]
    frame = pd.DataFrame({"edition": overall.index, "value": scores}, index=overall.index)
    columns = {
        "edition": tables.year(_("Edition")),
        "value": tables.Column(words.called(story), str, True),
    }
    printed = overall["published_rank"].notna()
    if printed.any():
        counts = overall["of_economies"].where(~overall.index.isin(dense), overall["of_ranks"])
        frame["published"] = _pairs(overall.assign(of=counts), "published_rank", "of")
        columns["published"] = tables.Column(_("Published rank"), str, True)
    if dense or not printed.all():
        frame["derived"] = _pairs(overall, "competition_rank", "of_economies")
        columns["derived"] = tables.Column(_("Rank by score"), str, True)
    for part in able:
        frame[part] = _pairs(shown[part].reindex(overall.index), "competition_rank", "of_economies")
        columns[part] = tables.Column(words.measure(story.index.name, part), str, True)
    return tables.table(
        frame.reset_index(drop=True),
        columns,
        caption=_(
            "{economy} in every {index} edition known: score, rank, and the ranks of the "
            "sub-indices by score",
            economy=story.name,
            index=words.called(story),
        )
        if able
        else _(
            "{economy} in every {index} edition known: score and rank",
            economy=story.name,
            index=words.called(story),
        ),
        source=words.source(
            story,
            [(story.index.name, edition) for edition in overall.index],
            *_history_notes(able, dense),
        ),
        ours=frame.reset_index(drop=True)["edition"] == story.edition,
    )


def _history_notes(parts: list[str], dense: list[int]) -> list[str]:
    notes = []
    if parts:
        notes.append(_("Ranks of the sub-indices are derived here: the publisher prints none."))
    if dense:
        notes.append(
            _(
                "The ranks printed in {editions} count distinct scores, not economies.",
                editions=listing(str(each) for each in dense),
            )
        )
    return notes


@verb
def others_history_table(story: Story) -> Table | Prose:
    """The overall values of the other indices, edition by edition, with the vintage used."""
    held = all_editions(story)
    held = held.loc[(held["index"] != story.index.printed_in) & is_overall(held)]
    if not is_published(story.measure):
        held = all_editions(story).loc[lambda rows: is_overall(rows)]
    if held.empty:
        return Prose(
            _(
                "{economy} is in no other index known at the end of {as_of}.",
                economy=story.name,
                as_of=story.as_of,
            ),
            "note",
        )
    frame = worded(held)
    columns = {
        "measure": tables.text(_("Measure")),
        "edition": tables.year(_("Edition")),
        "vintage": tables.text(_("As printed in")),
        "reference_year": tables.year(_("Data of")),
        "shown": tables.Column(_("Score"), str, True),
        "published_rank": tables.figure(_("Published rank")),
        "competition": tables.Column(_("Rank by score"), str, True),
        "dense": tables.Column(_("Dense rank"), str, True),
    }
    return tables.table(
        frame,
        columns,
        caption=_(
            "{economy} in the other indices, every edition known at the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=words.source(
            story,
            zip(held["index"], held["edition"], strict=True),
            words.derived(),
            _("Scores of different editions are not comparable: scales and methods change."),
        ),
    )


@verb
def illustration(story: Story) -> Prose:
    """An illustration only: the mean of three indices, with the interval its method leaves."""
    by_method = ranks_of_the_mean(story)
    if by_method.empty:
        return Prose(
            _("{economy} is not in all three indices: no mean is taken.", economy=story.name),
            "note",
        )
    plain = by_method.loc[by_method["plain"], "rank"]
    weights = method_ranks.by_weights(headline_scores(story), story.economy, story.seed)
    newest = newest_rows(story)
    named = [
        f"{name} {newest.loc[newest['index'] == name, 'edition'].iloc[0]}" for name in HEADLINE
    ]
    return Prose(
        _(
            "An illustration of ours, not a published figure: in the plain mean of {indices} "
            "{economy} is {ranks} of the {of} economies that have all three, depending on how "
            "scores are normalised; {by_method} over all methods in the table, {by_weights} "
            "(5th to 95th percentile) over all weights. The mean counts telecom and skills "
            "twice, as both EGDI and IDI contain them.",
            indices=listing(named),
            economy=story.name,
            ranks=words.span(plain.min(), plain.max()),
            of=by_method["of"].iloc[0],
            by_method=words.span(by_method["rank"].min(), by_method["rank"].max()),
            by_weights=words.span(weights["low"], weights["high"]),
        ),
        "warning",
    )


METHOD_NAMES = {
    "min-max": lambda: _("min-max, arithmetic mean"),
    "z-score": lambda: _("z-score, arithmetic mean"),
    "percentile rank": lambda: _("percentile rank, arithmetic mean"),
    "min-max, all economies of each index": lambda: _(
        "min-max over all economies of each index, arithmetic mean"
    ),
    "min-max 1-100, geometric mean": lambda: _("min-max to 1-100, geometric mean"),
}


@verb
def illustration_table(story: Story) -> Table | Prose:
    """The illustration's rank by method and over weights."""
    by_method = ranks_of_the_mean(story)
    if by_method.empty:
        return Prose(_("Without all three indices there is no table of methods."), "note")
    newest = newest_rows(story)
    frame = by_method.assign(
        method=[METHOD_NAMES[name]() for name in by_method["method"]],
        place=[words.place(r, o) for r, o in zip(by_method["rank"], by_method["of"], strict=True)],
    )
    pairs = newest.loc[newest["index"].isin(HEADLINE), ["index", "edition"]]
    return tables.table(
        frame,
        {"method": tables.text(_("Method")), "place": tables.Column(_("Rank"), str, True)},
        caption=_(
            "The same three indices averaged in five ways: the rank of {economy}",
            economy=story.name,
        ),
        source=words.source(
            story,
            pairs.itertuples(index=False, name=None),
            _("The mean and its ranks are our own calculation."),
        ),
    )


@verb
def neighbours_table(story: Story) -> Table:
    """Who stands just above and below in the index."""
    index = story.index
    near = position.neighbours(
        story.panel, index.name, index.overall, story.edition, story.economy, 4
    )
    frame = near.assign(name=[story.names[code] for code in near["iso3"]])
    return tables.table(
        frame,
        {
            "competition_rank": tables.figure(_("Rank")),
            "name": tables.text(_("Economy")),
            "value": tables.Column(
                words.code_called(index.name),
                lambda v: number(float(str(v)), words.digits(index.name, story.edition)),
                True,
            ),
        },
        caption=_(
            "Just above and below in the {index} {edition} (rank by score, of {of})",
            index=words.code_called(index.name),
            edition=story.edition,
            of=near["of_economies"].iloc[0],
        ),
        source=words.source(story, [(index.name, story.edition)], words.derived()),
        ours=frame["iso3"] == story.economy,
    )
