"""What would another figure of a unit make of its place in an index of one's own? In words."""

from collections.abc import Mapping

import pandas as pd

from rankings import tables
from rankings.language.messages import _
from rankings.own import whatif
from rankings.own.question import OwnStory
from rankings.report import own_words as told
from rankings.report.verbs import spoken
from rankings.tables import Table


@spoken
def levers_table(story: OwnStory) -> Table:
    """The indicators that may be set, with the unit's figures now; raises as `whatif.levers`."""
    rows = whatif.levers(story)
    frame = rows.assign(
        label=[story.named(code) for code in rows["code"]],
        way=[_("less is better") if sign < 0 else "" for sign in rows["direction"]],
        unit=rows["unit"].where(rows["unit"].notna(), ""),
    )
    return tables.table(
        frame,
        {
            "code": tables.text(_("Code")),
            "label": tables.text(_("Indicator")),
            "value": _figures(story.name),
            "lowest": _figures(_("Lowest")),
            "highest": _figures(_("Highest")),
            "unit": tables.text(_("Measured in")),
            "way": tables.text(_("Direction")),
        },
        caption=_("What may be set for {unit}", unit=story.name),
        source=told.source(story, _("Figures as in the table, before they are divided.")),
    )


def _figures(title: str) -> tables.Column:
    return tables.Column(title, lambda cell: told.figure(float(str(cell))), True)


@spoken
def answer_table(story: OwnStory, settings: Mapping[str, float]) -> Table:
    """Scores and ranks with some figures set; raises as `whatif.what_if`."""
    rows = whatif.what_if(story, settings)
    frame = rows.assign(label=[story.named(code) for code in rows["code"]])
    digits = told.digits(pd.concat([rows["before"], rows["after"]]))
    said = ", ".join(f"{story.named(code)} = {told.figure(x)}" for code, x in settings.items())
    return tables.table(
        frame,
        {
            "label": tables.text(_("Part of the index")),
            "before": tables.figure(_("Before"), digits),
            "after": tables.figure(_("After"), digits),
            "rank_before": tables.figure(_("Rank before")),
            "rank_after": tables.figure(_("Rank after")),
            "of": tables.figure(_("Of")),
        },
        caption=_("{unit} with {settings}", unit=story.name, settings=said),
        source=told.source(
            story,
            told.ours(),
            *told.among(story),
            _("The whole index is built again with these figures; all others stay."),
        ),
        ours=frame.index.to_series() == 0,
    )
