"""Why do the other indices have no forecast? How many editions compare, how far ranks moved."""

import numpy as np
import pandas as pd

from rankings.language.messages import _, listing, number, plural
from rankings.report import words
from rankings.report.verbs import verb
from rankings.story.question import Story
from rankings.story.standing import HEADLINE
from rankings.tables import Prose


@verb
def few_editions(story: Story) -> Prose:
    """Why the other indices have no forecast here."""
    counts = []
    for name in HEADLINE:
        known = story.world.editions.loc[
            (story.world.editions["index"] == name)
            & (story.world.editions["published_year"] <= story.as_of)
        ]
        if name == story.index.name or known.empty:
            continue
        newest = known.sort_values("edition").iloc[-1]["comparable_group"]
        alike = sorted(known.loc[known["comparable_group"] == newest, "edition"].unique())
        counts.append(
            plural(
                "{index}, {count} edition by the newest known method ({editions})",
                "{index}, {count} editions by the newest known method ({editions})",
                len(alike),
                index=name,
                editions=listing(str(each) for each in alike),
            )
        )
    text = _(
        "The target is measured by the {index}, and only it is forecast here.",
        index=story.index.name,
    )
    if counts:
        text += " " + _(
            "The others: {counts}. No trend is drawn across a change of method.",
            counts="; ".join(counts),
        )
    return Prose("\n".join([text, *_widest(story), *_saturated(story)]), "note")


def _widest(story: Story) -> list[str]:
    """The widest honest statement on the IDI: how far ranks moved in one step of its method."""
    known = story.world.editions
    group = known.loc[(known["index"] == "IDI") & (known["published_year"] <= story.as_of)]
    if group.empty:
        return []
    newest = group.sort_values("edition").iloc[-1]["comparable_group"]
    labels = set(group.loc[group["comparable_group"] == newest, "edition"])
    rows = story.panel.loc[
        (story.panel["index"] == "IDI")
        & (story.panel["component"] == "overall")
        & story.panel["edition"].isin(labels)
    ]
    wide = rows.pivot(index="edition", columns="iso3", values="competition_rank").astype("float64")
    steps = wide.sort_index().diff().stack().dropna()
    own = wide[story.economy].dropna() if story.economy in wide else pd.Series(dtype=float)
    if steps.empty or own.empty:
        return []
    low, high = np.quantile(steps, [0.025, 0.975], method="inverted_cdf")
    last = rows.loc[(rows["edition"] == own.index[-1]), "of_economies"].iloc[0]
    return [
        _(
            "IDI: 95 % of {count} steps of all economies by its newest method changed a rank "
            "by {low} to {high} places (plus is a climb); from {place} in {edition} (by score) "
            "that is rank {best} to {worst}. This is no forecast and has no record.",
            count=number(len(steps)),
            low=words.climbed(high, 0),
            high=words.climbed(low, 0),
            place=words.place(int(own.iloc[-1]), last),
            edition=int(str(own.index[-1])),
            best=max(1, int(own.iloc[-1] + low)),
            worst=min(int(last), int(own.iloc[-1] + high)),
        )
    ]


def _saturated(story: Story) -> list[str]:
    """Why a rank in the GCI is not forecast where so many share the first tier."""
    rows = story.panel.loc[(story.panel["index"] == "GCI") & (story.panel["component"] == "tier")]
    if rows.empty:
        return []
    newest = rows.loc[rows["edition"] == rows["edition"].max()]
    return [
        _(
            "GCI: its rank is not forecast: {count} of {of} economies share tier 1 in "
            "{edition}, no ranks are printed, and every edition has a new method.",
            count=int((newest["value"] == 1).sum()),
            of=len(newest),
            edition=int(newest["edition"].iloc[0]),
        )
    ]
