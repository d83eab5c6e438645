"""What came, in hindsight: later editions, apart from all that was known at the time."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rankings import tables
from rankings.errors import NotKnown
from rankings.language.messages import _, listing, plural
from rankings.panel.measures import measures
from rankings.panel.trees import is_published, tree
from rankings.report import words
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.target import later_values
from rankings.tables import Prose, Table


@verb
def table(story: Story) -> Table | Prose:
    """What came, clearly apart from what was known."""
    came = later_values(story)
    if came.empty:
        return Prose(_("Nothing published later is held, so there is no table of it."), "note")
    frame = came.assign(
        measure=[words.measure(*pair) for pair in came[["index", "component"]].to_numpy()],
        shown=[
            words.score(v, i, e)
            for v, i, e in zip(came["value"], came["index"], came["edition"], strict=True)
        ],
        place=[
            words.place(r, o)
            for r, o in zip(came["competition_rank"], came["of_economies"], strict=True)
        ],
        broke=came["method_break"].map({True: _("changed"), False: None}),
    )
    ours = (frame["index"] == story.index.name) & _by_deadline(story, frame)
    return tables.table(
        frame,
        {
            "measure": tables.text(_("Measure")),
            "edition": tables.year(_("Edition")),
            "published_year": tables.year(_("Published")),
            "shown": tables.Column(_("Score"), str, True),
            "published_rank": tables.figure(_("Published rank")),
            "place": tables.Column(_("Rank by score"), str, True),
            "broke": tables.text(_("Method")),
        },
        caption=_(
            "Hindsight: {economy} in the editions published after {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=_later_source(story, came),
        ours=ours,
    )


def _later_source(story: Story, came: pd.DataFrame) -> str:
    reports = []
    for row in came.to_dict("records"):
        index = tree(str(row["index"])).printed_in
        if is_published(index):
            reports.append(words.vintage_name(story.world, index, row["edition"], row["vintage"]))
        else:
            named = words.newest_editions(story.world, int(row["edition"]))
            parts = dict.fromkeys(measures()[code].index for code in measures()[index].children)
            reports += [words.report_later(story, part, named[part]) for part in parts]
    told = "; ".join(dict.fromkeys(reports))
    return _("Source: {reports}.", reports=told) + " " + words.derived()


def _no_hindsight(story: Story) -> str:
    return _(
        "No edition published after {as_of} is held: there is no hindsight yet.", as_of=story.as_of
    )


@verb
def answer(story: Story) -> Prose:
    """Was the band reached at the deadline, and what came after?"""
    came = later_values(story)
    rows = came.loc[came["index"] == story.index.name]
    due = rows.loc[_by_deadline(story, rows)]
    if due.empty:
        return Prose(_nothing_due(story, came, rows), "hindsight")
    last = due.iloc[-1]
    if is_open(story, last):
        return Prose(_so_far(story, due), "hindsight")
    rank = _printed_rank(last)
    after = rows.loc[rows["edition"] > last["edition"]]
    text = _(
        "What came, known only later: in the {index} {edition}, the last edition by {year}, "
        "{economy} stood {place}: {verdict}.",
        index=words.called(story),
        edition=last["edition"],
        year=story.target_year,
        economy=story.name,
        place=_place(last),
        verdict=_verdict(story, rank),
    )
    by_score = int(last["competition_rank"])
    if (by_score <= story.band.worst) != (rank <= story.band.worst):
        text += " " + _(
            "By score it was {place}: {verdict}.",
            place=words.place(by_score, last["of_economies"]),
            verdict=_verdict(story, by_score),
        )
    if len(after):
        text += " " + _("After the deadline: {ranks}.", ranks=_listed(after))
    return Prose(text, "hindsight")


def _verdict(story: Story, rank: int) -> str:
    """Whether a rank lies within the band or by how much it misses it."""
    if rank <= story.band.worst:
        return _("the band was reached")
    return plural(
        "the band was missed by {count} place",
        "the band was missed by {count} places",
        rank - story.band.worst,
    )


def _listed(rows: pd.DataFrame) -> str:
    """The ranks of some editions in words."""
    return listing(
        _(
            "{place} in {edition}",
            place=_place(row),
            edition=row["edition"],
        )
        for row in rows.to_dict("records")
    )


def _by_deadline(story: Story, rows: pd.DataFrame) -> pd.Series:
    """Which editions came by the deadline: of an index without a rhythm those published by then.

    Its labels may be a year ahead of their publication, as in the GCI 2020 of June 2021.
    """
    came = "edition" if story.asked.rhythm else "published_year"
    return rows[came] <= story.target_year


def is_open(story: Story, last: pd.Series) -> bool:
    """Whether the edition that decides is still to come."""
    if not story.asked.rhythm:
        return story.world.newest_year < story.target_year
    return bool(last["edition"] < _last_due(story))


def _last_due(story: Story) -> int:
    """The last edition due by the deadline; of a measure without a forecast the deadline itself."""
    try:
        return story.ahead[-1]
    except NotKnown:
        return story.target_year


def _nothing_due(story: Story, came: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Why no edition decides: nothing later is held, it is to come, or none was issued."""
    if came.empty:
        return _no_hindsight(story)
    if rows.empty or story.world.newest_year < story.target_year:
        return _("The deadline's edition is not held yet.")
    first = rows.iloc[0]
    return _(
        "What came, known only later: no {index} edition was published by {year}; in the next one, "
        "{edition}, {economy} stood {place}.",
        index=words.called(story),
        year=story.target_year,
        edition=first["edition"],
        economy=story.name,
        place=_place(first),
    )


def _place(row: Mapping[Any, Any] | pd.Series) -> str:
    """A place that says which kind of rank it is, where it is not the printed one of so many.

    A printed rank may count distinct scores, as in the GCI to 2020: its "of" is not the economies'.
    """
    by_score = words.place(row["competition_rank"], row["of_economies"])
    if pd.isna(row["published_rank"]):
        return _("{place} by score", place=by_score)
    if row["published_rank"] == row["competition_rank"]:
        return by_score
    return _("{rank} as printed ({place} by score)", rank=row["published_rank"], place=by_score)


def _printed_rank(row: Mapping[Any, Any] | pd.Series) -> int:
    """The rank as published, or where none is printed the one by score."""
    printed = row["published_rank"]
    return int(printed if pd.notna(printed) else row["competition_rank"])


def _so_far(story: Story, came: pd.DataFrame) -> str:
    """The ranks since, where the deadline's edition is still to come: no verdict yet."""
    told = {"economy": story.name, "ranks": _listed(came), "index": words.called(story)}
    if not story.asked.rhythm:
        return _(
            "What came since, known only later: {economy} stood {ranks} in the {index}. The "
            "deadline, {year}, is still to come: the band is neither reached nor missed.",
            year=story.target_year,
            **told,
        )
    return _(
        "What came since, known only later: {economy} stood {ranks} in the {index}. The deadline's "
        "edition, {edition}, is not held yet: the band is neither reached nor missed.",
        edition=_last_due(story),
        **told,
    )
