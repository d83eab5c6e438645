"""Who stands between an economy and a rank, by how little, and where is it strong or weak?"""

import numpy as np
import pandas as pd

from rankings.analysis import decompose
from rankings.errors import DataError, InputError
from rankings.panel import ranks

INCOME = "gni_pc_2017ppp"
QUARTERS = ["lowest", "lower middle", "upper middle", "highest"]
STRENGTH, WEAKNESS, LIKE_PEERS = "strength", "weakness", "like its peers"
FEWEST_PEERS = 4


def _own(scores: pd.Series, economy: str) -> float:
    """The economy's score; `InputError` if it has none, `DataError` if nobody has."""
    if scores.notna().sum() == 0:
        raise DataError(
            "{part}: all values are missing, nobody is ranked", part=scores.name or "scores"
        )
    if economy not in scores.index or pd.isna(scores[economy]):
        raise InputError(
            "{economy} has no {score} here: it is not ranked",
            economy=economy,
            score=scores.name or "score",
        )
    return float(scores[economy])


def between(scores: pd.Series, economy: str, rank: int) -> pd.DataFrame:
    """The economies from a rank to the economy, those that must be passed (or may pass).

    Args:
        scores: overall score of each economy, by ISO3.
        economy: ISO3.
        rank: the rank to reach; worse than the own rank, the economies down to it come back.

    Returns:
        Columns iso3, rank (competition), score, gap (score - own score) and step (distance to
        the next row towards the economy), best first, without the economy itself.

    Raises:
        InputError: the economy has no score, or the rank does not exist.
    """
    own = _own(scores, economy)
    level = float(ranks.holders(scores, rank).mean())
    others = scores.dropna().drop(economy)
    low, high = sorted((own, level))
    inside = others.loc[others.between(low - ranks.TOLERANCE, high + ranks.TOLERANCE)]
    table = pd.DataFrame(
        {"rank": ranks.competition(scores)[inside.index], "score": inside, "gap": inside - own}
    )
    table = table.rename_axis("iso3").reset_index().sort_values(["score", "iso3"], ascending=False)
    towards = table["gap"].shift(-1 if level >= own else 1, fill_value=0.0)
    return table.assign(step=(table["gap"] - towards).abs()).reset_index(drop=True)


def near(scores: pd.Series, economy: str, within: float = 0.01) -> pd.Series:
    """The crowd: how many economies are within some points of the economy's score.

    Returns:
        above, level (tied), below (counts), places_up and places_down (what ``within`` points
        more or less, and nobody else's, would change), share (of all other economies) and of.

    Raises:
        InputError: the economy has no score, or ``within`` is below 0.
    """
    own = _own(scores, economy)
    if within < 0:
        raise InputError("a distance is 0 or more, not {value}", value=within)
    others = scores.dropna().drop(economy)
    gap = others - own
    close = gap.abs() <= within + ranks.TOLERANCE
    tied = gap.abs() <= ranks.TOLERANCE
    place = ranks.rank_against(own, others)
    return pd.Series(
        {
            "above": int((close & (gap > 0) & ~tied).sum()),
            "level": int(tied.sum()),
            "below": int((close & (gap < 0) & ~tied).sum()),
            "places_up": place - ranks.rank_against(own + within, others),
            "places_down": ranks.rank_against(own - within, others) - place,
            "share": float(close.mean()) if len(others) else np.nan,
            "of": len(others) + 1,
        }
    )


def to_peers(
    scores: pd.Series, parts: pd.DataFrame, weights: pd.Series, economy: str, peers: list[str]
) -> pd.DataFrame:
    """The distance to each named peer by sub-index, in score and in places.

    Args:
        scores: overall scores, named as the headline component.
        parts: sub-indices, economies down.
        weights: of the sub-indices in the overall score.
        economy: ISO3.
        peers: ISO3 of the peers.

    Returns:
        The columns of `decompose.distance` (component with the row "rounding", own, reference,
        gap, points: exact, places, places_alone) below the column peer; the economy itself and
        peers without a score are left out.

    Raises:
        InputError: the economy has no score, or no peer has one.
    """
    _own(scores, economy)
    there = [peer for peer in peers if peer != economy and peer in scores.dropna().index]
    if not there:
        raise InputError(
            "none of {peers} is ranked here beside {economy}",
            peers=", ".join(peers) or "no peers",
            economy=economy,
        )
    weighed = parts[list(weights.index)]
    references = {peer: decompose.mean_of(weighed, scores, pd.Index([peer])) for peer in there}
    tables = decompose.distances(scores, parts, weights, economy, references)
    joined = pd.concat(
        [table.assign(peer=peer) for peer, table in tables.items()], ignore_index=True
    )
    return joined[["peer", *[name for name in joined if name != "peer"]]]


def income_quarters(series: pd.DataFrame, year: int) -> pd.DataFrame:
    """The quarter of each economy by national income per head, as the World Bank groups by income.

    Quarters of the economies that have the figure, so not the World Bank's own thresholds. The
    year is the newest held that is not after the one asked for; the figures are of the vintage
    held, not of what was known then.

    Args:
        series: yearly series: series, iso3, year, value.
        year: the year asked for.

    Returns:
        Columns iso3, income (GNI per head, 2017 PPP $), quarter (1 lowest to 4 highest), group
        (its name in `QUARTERS`) and year.

    Raises:
        InputError: no year up to then is held.
    """
    rows = series.loc[series["series"] == INCOME].dropna(subset=["value"])
    held = rows.loc[rows["year"] <= year]
    if held.empty:
        if rows.empty:
            raise InputError("no {series} up to {year}: none is held", series=INCOME, year=year)
        raise InputError(
            "no {series} up to {year}: the first year held is {first}",
            series=INCOME,
            year=year,
            first=rows["year"].min(),
        )
    newest = held.loc[held["year"] == held["year"].max()].drop_duplicates("iso3", keep="last")
    quarter = np.ceil(newest["value"].rank(pct=True) * 4).astype("int64")
    return pd.DataFrame(
        {
            "iso3": newest["iso3"],
            "income": newest["value"],
            "quarter": quarter,
            "group": quarter.map(dict(enumerate(QUARTERS, 1))),
            "year": newest["year"],
        }
    ).reset_index(drop=True)


def same_income(quarters: pd.DataFrame, economy: str) -> list[str]:
    """The other economies of the economy's income quarter.

    Raises:
        InputError: the economy has no figure of income.
    """
    table = quarters.set_index("iso3")["quarter"]
    if economy not in table.index:
        raise InputError(
            "{economy} has no income per head held: name its peers instead", economy=economy
        )
    return sorted(table.index[table == table[economy]].difference([economy]))


def strengths(parts: pd.DataFrame, economy: str, peers: list[str]) -> pd.DataFrame:
    """Where the economy is better or worse than its peers, by component.

    A strength is a value at or above the peers' upper quartile and above their median, a
    weakness one at or below the lower quartile and below the median.

    Args:
        parts: components across, economies down.
        economy: ISO3.
        peers: ISO3 of the peers, as from `same_income`.

    Returns:
        Columns component, own, low, median, high (peers' quartiles), distance (own - median, in
        the peers' standard deviations), peer_rank (among peers and the economy), of, verdict.

    Raises:
        InputError: the economy is absent, or fewer than 4 peers have any component.
        DataError: a component of the peers has no variance.
    """
    if economy not in parts.index:
        raise InputError.suggest("economy of this edition", economy, parts.index)
    group = parts.reindex([peer for peer in peers if peer != economy and peer in parts.index])
    rows = []
    for name in parts.columns[parts.loc[[economy]].notna().iloc[0]]:
        values = group[name].dropna()
        if len(values) < FEWEST_PEERS:
            raise InputError(
                "peers that have {part}: {count}; a comparison needs at least {fewest}",
                count=len(values),
                part=name,
                fewest=FEWEST_PEERS,
            )
        rows.append({"component": name, **_against(values, float(parts[name][economy]))})
    return pd.DataFrame(rows)


def _against(values: pd.Series, own: float) -> dict[str, object]:
    low, median, high = values.quantile([0.25, 0.5, 0.75])
    spread = float(values.std(ddof=0))
    if not spread > 0:
        raise DataError(
            "{part}: all peers have the same value, there is no scale", part=values.name
        )
    verdict = LIKE_PEERS
    if own >= high and own > median:
        verdict = STRENGTH
    elif own <= low and own < median:
        verdict = WEAKNESS
    return {
        "own": own,
        "low": low,
        "median": median,
        "high": high,
        "distance": (own - median) / spread,
        "peer_rank": ranks.rank_against(own, values),
        "of": len(values) + 1,
        "verdict": verdict,
    }


def marginal(
    scores: pd.Series,
    parts: pd.DataFrame,
    weights: pd.Series,
    economy: str,
    step: float = 0.01,
    top: float | pd.Series | None = None,
) -> pd.DataFrame:
    """What a small step in each sub-index is worth in places, while nobody else moves.

    Args:
        scores: overall scores.
        parts: sub-indices, economies down.
        weights: of the sub-indices.
        economy: ISO3.
        step: points of the sub-index.
        top: the highest value of a sub-index, one for all or one each; steps end there.

    Returns:
        Columns component, own, step (less than asked where the top is nearer), points (of the
        overall score), places (gained, 0 or more for a step up) and rank (after it).

    Raises:
        InputError: the economy has no score or lacks a sub-index.
    """
    own = _own(scores, economy)
    others = scores.dropna().drop(economy)
    at = parts.loc[[economy], list(weights.index)].iloc[0].astype(float)
    if at.isna().any():
        raise InputError(
            "{economy} has no {parts} in this edition",
            economy=economy,
            parts=", ".join(at.index[at.isna()]),
        )
    steps = pd.Series(step, index=at.index)
    if top is not None:
        steps = steps.clip(upper=(top - at).clip(lower=0))
    points = steps * weights
    place = ranks.rank_against(own, others)
    after = [ranks.rank_against(own + gain, others) for gain in points]
    table = pd.DataFrame({"own": at, "step": steps, "points": points})
    table = table.assign(places=[place - each for each in after], rank=after)
    return table.rename_axis("component").reset_index()
