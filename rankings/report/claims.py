"""Where does a stated rank come from? Every figure held that equals it, and how it arises."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rankings import tables
from rankings.language.messages import _, fact
from rankings.panel import position
from rankings.report import words
from rankings.report.standing import worded
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.standing import (
    match_position,
    stated_positions,
)
from rankings.tables import Prose, Table


@verb
def answer(story: Story) -> Prose:
    """Which held figures equal a stated rank, and which of them equal its "of" too."""
    held = stated_positions(story)
    if held.empty:
        return Prose(
            _(
                "No position of {economy} stated without its index is held: nothing to trace.",
                economy=story.name,
            )
        )
    claim = held.iloc[0]
    found = match_position(story, claim)
    same = found.loc[
        found["competition_rank"].eq(claim["rank"]) & found["of_economies"].eq(claim["of"])
    ]
    said = _(
        "In {year} the {who} stated {place} without naming the index.",
        year=claim["said_in"],
        who=fact(claim["said_by"]),
        place=words.place(claim["rank"], claim["of"]),
    )
    if same.empty:
        return Prose(said + " " + _("No figure held equals both numbers."), "answer")
    row = same.iloc[-1]
    return Prose(
        said
        + " "
        + _(
            "Of all {count} figures held for {economy} one kind equals both numbers: "
            "{measure} {edition}, {score}.",
            count=len(position.history(story.world.known(int(claim["said_in"])), story.economy)),
            economy=story.name,
            measure=words.measure(row["index"], row["component"]),
            edition=row["edition"],
            score=words.score(row["value"], row["index"], row["edition"]),
        )
        if len(same) == 1
        else said + " " + _("{count} figures held equal both numbers.", count=len(same)),
        "answer",
    )


@verb
def table(story: Story) -> Table | Prose:
    """All figures with the stated rank, of whichever kind, and how the rank arises."""
    held = stated_positions(story)
    if held.empty:
        return Prose(_("There is no table of matches without a stated position."), "note")
    claim = held.iloc[0]
    found = match_position(story, claim)
    kinds = {
        "published": _("published"),
        "competition": _("rank by score"),
        "dense": _("dense rank"),
    }
    frame = worded(found).assign(
        how=[", ".join(kinds[kind] for kind in each) for each in found["as_rank"]]
    )
    return tables.table(
        frame,
        {
            "measure": tables.text(_("Measure")),
            "edition": tables.year(_("Edition")),
            "shown": tables.Column(_("Score"), str, True),
            "published_rank": tables.figure(_("Published rank")),
            "competition": tables.Column(_("Rank by score"), str, True),
            "dense": tables.Column(_("Dense rank"), str, True),
            "how": tables.text(_("Equals it as")),
        },
        caption=_(
            "Figures of {economy} with rank {rank} of one kind or another, known in {year}",
            economy=story.name,
            rank=claim["rank"],
            year=claim["said_in"],
        ),
        source=words.source(
            story, zip(found["index"], found["edition"], strict=True), words.derived()
        ),
        ours=frame["competition_rank"].eq(claim["rank"]) & frame["of_economies"].eq(claim["of"]),
    )


@verb
def details(story: Story) -> Prose:
    """For each match: its neighbours, and how far a dense rank is from a place among economies."""
    held = stated_positions(story)
    if held.empty:
        return Prose(_("No stated position, no details."), "note")
    claim = held.iloc[0]
    then = story.world.known(int(claim["said_in"]))
    lines = [
        _match_details(story, then, row, int(claim["rank"]))
        for row in match_position(story, claim).to_dict("records")
    ]
    return Prose("\n".join([*lines, *_other_printings(story, claim)]))


def _match_details(story: Story, then: pd.DataFrame, row: Mapping[Any, Any], rank: int) -> str:
    index, component = str(row["index"]), str(row["component"])
    edition = int(str(row["edition"]))
    measure = words.measure(index, component)
    if row["competition_rank"] == rank:
        near = position.neighbours(then, index, component, edition, story.economy, 1)
        listed = ", ".join(
            f"{each['competition_rank']} {story.names[each['iso3']]} "
            f"{words.score(each['value'], index, edition)}"
            for each in near.to_dict("records")
        )
        return _(
            "{measure} {edition}, of {of} economies: {listed}.",
            measure=measure,
            edition=edition,
            of=row["of_economies"],
            listed=listed,
        )
    return _(
        "{measure} {edition}: the rank {rank} counts distinct scores, of which {better} are "
        "better, while {ahead} economies are ahead: by economies it is {place}.",
        measure=measure,
        edition=edition,
        rank=rank,
        better=int(str(row["dense_rank"])) - 1,
        ahead=int(str(row["competition_rank"])) - 1,
        place=words.place(row["competition_rank"], row["of_economies"]),
    )


def _other_printings(story: Story, claim: pd.Series) -> list[str]:
    """Ranks of the same editions that were quoted otherwise at the time."""
    quoted = story.world.anchors
    found = match_position(story, claim)
    pairs = found.loc[found["published_rank"].notna(), ["index", "edition", "component"]]
    merged = pairs.merge(quoted, on=["index", "edition", "component"])
    others = merged.loc[merged["rank"].notna() & (merged["rank"] != claim["rank"])]
    return [
        _(
            "{index} {edition} was also quoted as {rank}: {note}.",
            index=row["index"],
            edition=row["edition"],
            rank=row["rank"],
            note=fact(row["note"]),
        )
        for row in others.to_dict("records")
    ]
