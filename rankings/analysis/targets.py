"""What would it take to stand in the band? Gap, needed score, required growth, precedents."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings.errors import InputError
from rankings.forecasts.draws import Draws
from rankings.memo import remembered
from rankings.panel import ranks
from rankings.panel.definitions import Index
from rankings.panel.measures import Measure, measure

DEFAULT = "EGDI"


@dataclass(frozen=True)
class Band:
    """A target band of ranks, best to worst; a rank better than the band is success too."""

    best: int
    worst: int

    def __str__(self) -> str:
        return f"{self.best}:{self.worst}"

    def check(self, of: int) -> "Band":
        """The band itself; `InputError` if it reaches beyond ``of`` economies."""
        if self.worst > of:
            raise InputError(
                "band {band} reaches beyond rank {last}, the last one there is", band=self, last=of
            )
        return self


def read_ranks(text: str) -> Band | None:
    """A band from two ranks, as "30:50" or "30-50"; None if the text is no two numbers.

    Raises:
        InputError: the wrong way round, or a rank better than 1.
    """
    numbers = re.fullmatch(r"\s*(\d{1,6})\s*[:\-\N{EN DASH}]\s*(\d{1,6})\s*", text)
    if not numbers:
        return None
    best, worst = int(numbers[1]), int(numbers[2])
    if best > worst:
        raise InputError(
            "band {band} is the wrong way round: did you mean {other}?",
            band=text,
            other=f"{worst}:{best}",
        )
    if best < 1:
        raise InputError("band {band}: the best rank there is is 1", band=text)
    return Band(best, worst)


def band(text: str, targets: pd.DataFrame, asked: Measure | None = None) -> Band:
    """A band from "30:50", or from ids of official targets ("egov-2030+egov-strategy-2030").

    A target of ranks is one of its own measure (of the EGDI where none is named); those set for ICT
    as a whole serve every measure.

    One official target gives its own ranks; of several the worst ranks span the band, as each
    says "among the top so many".

    Raises:
        InputError: not a band, the wrong way round, or an unknown target.
    """
    ranked_band = read_ranks(text)
    if ranked_band:
        return ranked_band
    ids = [part.strip() for part in text.split("+") if part.strip()]
    ranked = targets.dropna(subset=["rank_best", "rank_worst"]).set_index("id")
    unknown = [each for each in ids if each not in ranked.index]
    if unknown or not ids:
        hint = InputError.suggest("target", unknown[0] if unknown else text, ranked.index)
        raise InputError(
            "{band} is not a band of ranks as 30:50; as an official target: {hint}",
            band=repr(text),
            hint=hint,
        )
    rows = ranked.loc[ids]
    asked = asked or measure(DEFAULT)
    foreign = rows.loc[~_set_in(rows, asked) & (rows["area"] != "overall")]
    if len(foreign):
        raise InputError(
            "{given} is a target of {index}: the band is one of the {measure} here; give a target "
            "of the {measure}, ranks as 30:50, or {index} as the measure",
            given=foreign.index[0],
            index=foreign["index"].iloc[0],
            measure=asked.code,
        )
    if len(rows) == 1:
        return Band(int(rows["rank_best"].iloc[0]), int(rows["rank_worst"].iloc[0]))
    return Band(int(rows["rank_worst"].min()), int(rows["rank_worst"].max()))


def _set_in(targets: pd.DataFrame, asked: Measure) -> pd.Series:
    """Which targets name this measure."""
    return (targets["index"] == asked.index) & (targets["component"] == asked.component)


def official(
    targets: pd.DataFrame, economy: str, wanted: Band, deadline: int, asked: Measure
) -> pd.DataFrame:
    """The official documents that set this band for this economy and deadline.

    A document counts that sets the band's worst rank, the goal; beside one that does, also a
    document that asks for the band's best rank. One that merely names an end of some other band
    set nothing of this one.
    """
    mine = targets.loc[
        (targets["economy"] == economy)
        & (targets["deadline"] == deadline)
        & ((targets["area"] == "overall") | _set_in(targets, asked))
    ]
    goal = mine["rank_worst"].eq(wanted.worst)
    second = mine["rank_worst"].eq(wanted.best) if goal.any() else goal
    return mine.loc[goal | second]


def needed(
    draws: Draws, economy: str, rank: int, certainties: tuple[float, ...] = (0.5, 0.8, 0.95)
) -> pd.DataFrame:
    """What must be added to the economy's score to reach a rank while all others move.

    In each draw the score to beat is the rank-th best of the others, so the points that give
    the rank with a certainty are that quantile of what is lacking over the draws: a closed form
    on the same draws, without search.

    Returns:
        One row per edition ahead and certainty: edition, editions_ahead, rank, certainty,
        points (of the origin edition's scale), standing (the same in standard deviations) and
        per_edition (standing per edition ahead); zero where the chance is there already.
    """
    rows = []
    # Points lacking in each draw; below 0 the economy has them.
    lacking = draws.bar(economy, rank) - draws.scores[:, :, draws.place(economy)]
    least = np.quantile(lacking, certainties, axis=0, method="inverted_cdf")
    for ahead, edition in enumerate(draws.editions):
        for certainty, at in zip(certainties, least[:, ahead], strict=True):
            points = max(0.0, float(at))
            rows.append(
                {
                    "edition": edition,
                    "editions_ahead": ahead + 1,
                    "rank": rank,
                    "certainty": certainty,
                    "points": points,
                    "standing": points / draws.spread,
                    "per_edition": points / draws.spread / (ahead + 1),
                }
            )
    return pd.DataFrame(rows)


def comparable_rows(panel: pd.DataFrame, index: Index) -> pd.DataFrame:
    """The rows of the overall score that have a standing, of editions that models learn from."""
    return panel.loc[
        (panel["index"] == index.name)
        & (panel["component"] == index.overall)
        & (panel["edition"] >= index.model_from)
        & panel["standing"].notna()
    ]


@remembered(most=16)
def changes(panel: pd.DataFrame, index: Index, editions: int) -> pd.DataFrame:
    """What all economies have achieved over so many consecutive editions.

    A score without a standing, built on a placeholder, is no start and no end of anything.

    Returns:
        Columns iso3, start, end (editions), change (of standing in the overall score), start_rank,
        end_rank (competition), start_of and end_of (economies ranked), one row per economy and
        span with both ends.
    """
    rows = comparable_rows(panel, index)
    labels = sorted(rows["edition"].unique())
    spans = pd.DataFrame(
        {"start": labels[: max(0, len(labels) - editions)], "end": labels[editions:]},
        dtype="int64",
    )
    columns = ["iso3", "edition", "standing", "competition_rank", "of_economies"]
    at = rows[columns]
    both = (
        spans.merge(at, left_on="start", right_on="edition")
        .drop(columns="edition")
        .merge(at, left_on=["end", "iso3"], right_on=["edition", "iso3"], suffixes=("", "_end"))
    )
    return pd.DataFrame(
        {
            "iso3": both["iso3"],
            "start": both["start"],
            "end": both["end"],
            "change": both["standing_end"] - both["standing"],
            "start_rank": both["competition_rank"].astype("int64"),
            "end_rank": both["competition_rank_end"].astype("int64"),
            "start_of": both["of_economies"].astype("int64"),
            "end_of": both["of_economies_end"].astype("int64"),
        }
    )


def per_edition(spans: pd.DataFrame, index: Index) -> pd.Series:
    """Changes over one step put on the index's rhythm: a step of three years counts two thirds.

    Those of an index without a rhythm stay as they are: its editions are years of any number apart.

    Args:
        spans: of `changes` over one edition.
        index: its rhythm is the years an edition takes.
    """
    if index.rhythm is None:
        return spans["change"]
    years = (spans["end"] - spans["start"]).clip(lower=index.rhythm)
    return spans["change"] * index.rhythm / years


def ever_achieved(achieved: pd.DataFrame, required: float) -> pd.Series:
    """How many ever grew so fast.

    Returns:
        ``spans`` and ``spans_fast`` (economy-spans, and those with at least the required
        change), ``economies`` and ``economies_fast`` (with at least one such span), ``share``
        (of economies).
    """
    fast = achieved.loc[achieved["change"] >= required]
    economies, quick = achieved["iso3"].nunique(), fast["iso3"].nunique()
    return pd.Series(
        {
            "spans": len(achieved),
            "spans_fast": len(fast),
            "economies": economies,
            "economies_fast": quick,
            "share": quick / economies if economies else 0.0,
        }
    )


def window(own_rank: int) -> tuple[int, int]:
    """Ranks from which a precedent may start: 8 places better to 22 worse (80-110 for 88)."""
    return max(1, own_rank - 8), own_rank + 22


def precedents(
    panel: pd.DataFrame, index: Index, own_rank: int, rank: int, editions: int
) -> pd.DataFrame:
    """Who went from where the economy stands to the rank, in at most so many editions?

    A precedent starts within `window` of the own rank and ends at ``rank`` or better. Of
    several spans of an economy the shortest, then the earliest, is kept.

    Returns:
        Columns iso3, start, end, start_rank, start_of, end_rank, end_of, editions; shortest
        first.
    """
    found = [
        changes(panel, index, count).assign(editions=count) for count in range(1, editions + 1)
    ]
    spans = pd.concat(found, ignore_index=True)
    starts = spans["start_rank"].between(*window(own_rank)) & (spans["start_rank"] > rank)
    made = spans.loc[starts & (spans["end_rank"] <= rank)]
    first = made.sort_values(["editions", "end", "iso3"]).drop_duplicates("iso3")
    columns = ["iso3", "start", "end", "start_rank", "start_of", "end_rank", "end_of", "editions"]
    return first[columns].reset_index(drop=True)


def gap(scores: pd.Series, economy: str, wanted: Band) -> pd.DataFrame:
    """The economies at the band's ends and how far away they are.

    Returns:
        One row per end of the band (worst, best): rank, score (mean of the holders), gap (score
        - own), holders (list of ISO3; several where they tie).
    """
    rows = []
    for rank in (wanted.worst, wanted.best):
        at = ranks.holders(scores, rank)
        rows.append(
            {
                "rank": rank,
                "score": at.mean(),
                "gap": at.mean() - scores[economy],
                "holders": sorted(at.index),
            }
        )
    return pd.DataFrame(rows)


def by_part(
    points: float, parts: pd.Series, weights: pd.Series, top: float | pd.Series
) -> pd.DataFrame:
    """The points needed, asked of each sub-index alone.

    Args:
        points: of the overall score.
        parts: the economy's sub-indices.
        weights: of the sub-indices.
        top: the highest value a sub-index can have, one for all or one each.

    Returns:
        Columns component, own, needed (points of the sub-index), after, room (up to the top) and
        possible (whether the room is enough).
    """
    needed = points / weights
    room = (top - parts[weights.index]).clip(lower=0.0)
    return pd.DataFrame(
        {
            "component": weights.index,
            "own": parts[weights.index].to_numpy(),
            "needed": needed.to_numpy(),
            "after": (parts[weights.index] + needed).to_numpy(),
            "room": room.to_numpy(),
            "possible": (needed <= room + ranks.TOLERANCE).to_numpy(),
        }
    )


def cheapest_mix(
    points: float,
    parts: pd.Series,
    weights: pd.Series,
    caps: pd.Series,
    costs: pd.Series,
) -> pd.DataFrame:
    """The mix of sub-indices that gives the points at the least cost.

    min sum c_k d_k subject to sum w_k d_k >= points and 0 <= d_k <= cap_k - x_k, a linear
    programme (scipy, HiGHS).

    Args:
        points: of the overall score.
        parts: the economy's sub-indices.
        weights: of the sub-indices.
        caps: highest value of each sub-index that the analyst allows.
        costs: of one point of each sub-index, in any unit.

    Returns:
        Columns component, own, cap, add, after, points (of the overall score) and cost.

    Raises:
        InputError: a cost is negative, or the caps leave less room than the points need.
    """
    from scipy.optimize import linprog

    names = list(weights.index)
    wrong = [name for name in names if not costs[name] >= 0]
    if wrong:
        raise InputError(
            "the cost of {part} is {cost}: give 0 or more", part=wrong[0], cost=costs[wrong[0]]
        )
    room = (caps[names] - parts[names]).clip(lower=0.0)
    most = float((weights * room).sum())
    if points > most + ranks.TOLERANCE:
        digits = 3
        while digits < 6 and round(points, digits) <= round(most, digits):
            digits += 1
        raise InputError(
            "{points} points are needed and the caps leave room for {room}: the rank is out of "
            "reach on this edition's scale",
            points=f"{points:.{digits}f}",
            room=f"{most:.{digits}f}",
        )
    solved = linprog(
        costs[names].to_numpy(dtype=float),
        A_ub=[-weights.to_numpy()],
        b_ub=[-points],
        bounds=list(zip(np.zeros(len(names)), room, strict=True)),
    )
    add = pd.Series(solved.x, index=names)
    return pd.DataFrame(
        {
            "component": names,
            "own": parts[names].to_numpy(),
            "cap": caps[names].to_numpy(),
            "add": add.to_numpy(),
            "after": (parts[names] + add).to_numpy(),
            "points": (add * weights).to_numpy(),
            "cost": (add * costs[names]).to_numpy(),
        }
    )


def effort(panel: pd.DataFrame, index: Index, parts: list[str]) -> pd.Series:
    """What one point of each sub-index has cost the quick: editions at the top-fifth pace.

    The default cost of `cheapest_mix`: one point, divided by the points that the quickest fifth of
    all economies gained in one edition (in standing, at the spread of the newest edition).

    Returns:
        Editions per point, by component.
    """
    rows = panel.loc[
        (panel["index"] == index.name)
        & panel["component"].isin(parts)
        & (panel["edition"] >= index.model_from)
    ]
    newest = rows.loc[rows["edition"] == rows["edition"].max()]
    spread = newest.groupby("component")["value"].std(ddof=0)
    wide = rows.pivot(index="edition", columns=["component", "iso3"], values="standing")
    steps = wide.sort_index().diff()
    quick = {part: float(steps[part].stack().quantile(0.8)) for part in parts}
    return pd.Series({part: 1.0 / (quick[part] * spread[part]) for part in parts})
