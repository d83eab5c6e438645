"""What can a table of one's own support, and what is to know before it is trusted?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rankings.composite.aggregate import Mean
from rankings.errors import Phrase, RankingsError
from rankings.forecasts.draws import FEWEST_EDITIONS
from rankings.own import certainty
from rankings.own import method as methods
from rankings.own.index import (
    OwnIndex,
    built,
    method_of,
    not_held,
    reproduction,
    results,
    tree_of,
    varied_of,
)
from rankings.panel import ranks


@dataclass(frozen=True)
class Support:
    """One thing that may be asked of a table.

    Attributes:
        question: what is asked.
        possible: whether the table can answer it.
        detail: from what, or why not.
    """

    question: Phrase
    possible: bool
    detail: Phrase | RankingsError


def shape(index: OwnIndex) -> Phrase:
    """How large the table is, in one sentence."""
    codes = methods.indicators(index.described)
    gaps = index.figures[codes].isna().to_numpy()
    return Phrase(
        "{units} units, {years} of figures, {indicators} indicators in a tree of {levels} levels; "
        "{share} % of the cells of indicators are empty",
        units=len(index.names),
        years=Phrase("1 year")
        if len(index.years) == 1
        else Phrase("{n} years", n=len(index.years)),
        indicators=len(codes),
        levels=int(index.tree.levels.max()),
        share=f"{100 * gaps.mean():.1f}",
    )


def notes(index: OwnIndex) -> list[Phrase | RankingsError]:
    """What is not wrong but should be known: what is left out, and where little is held."""
    found: list[Phrase | RankingsError] = []
    for year in index.years:
        table = results(index, year)
        tag = {"year": year if year else Phrase("the table")}
        gone = not_held(index, year)
        # Of a year without any figure it is said that its ranks are those published.
        if gone and len(gone) < len(methods.indicators(index.described)):
            found.append(
                Phrase(
                    "{year}: nobody has a figure of {codes}: left out of that year",
                    codes=", ".join(gone),
                    **tag,
                )
            )
        lacking = table.loc[table["computed_score"].isna(), "name"]
        if len(lacking):
            found.append(
                Phrase(
                    "{year}: units without a score for lack of figures: {count} ({names})",
                    count=len(lacking),
                    names=_listed(lacking),
                    **tag,
                )
            )
        compared = reproduction(index, year)
        if len(compared):
            found.append(
                Phrase(
                    "{year}: computed and published scores of {count} units differ by at most "
                    "{most}",
                    count=len(compared),
                    most=_plain(float(compared["difference"].abs().max())),
                    **tag,
                )
            )
    return found


def _plain(value: float) -> str:
    """A number with two digits that tell, never as a power of ten."""
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")


def _listed(names: pd.Series, most: int = 5) -> str:
    shown = ", ".join(map(str, names.iloc[:most]))
    return shown if len(names) <= most else f"{shown}, ..."


def supports(index: OwnIndex) -> list[Support]:
    """What the table can answer, question by question."""
    year = index.years[-1]
    table = results(index, year)
    scored = int(table["computed_score"].notna().sum())
    return [
        Support(
            Phrase("position and neighbours"),
            True,
            Phrase("{count} units ranked", count=int(table["rank"].count())),
        ),
        _gap(index, year),
        _strengths(index, scored),
        _change(index),
        _intervals(index, year),
        _weights(index, year),
        _errors(index),
        _forecast(index),
    ]


def computes(index: OwnIndex, year: int) -> RankingsError | None:
    """Why no score can be computed in a year; None where it can."""
    try:
        built(index, year)
    except RankingsError as refusal:
        return refusal
    return None


def _gap(index: OwnIndex, year: int) -> Support:
    question = Phrase("gap to a band, by pillar")
    refused = computes(index, year)
    if refused is not None:
        return Support(question, False, refused)
    pillars = len(tree_of(index, year).children[tree_of(index, year).root])
    if not is_mean(index, year):
        return Support(question, False, Phrase("the index is no mean of its pillars"))
    return Support(question, True, Phrase("{count} pillars", count=pillars))


def is_mean(index: OwnIndex, year: int) -> bool:
    """Whether the index of a year is a power mean of its pillars, which can be split."""
    method = method_of(index, year)
    tree = tree_of(index, year)
    top = method.aggregate
    if not callable(top):
        top = top.get(int(tree.levels[tree.root]), methods.MEANS["copeland"])
    return isinstance(top, Mean)


def _strengths(index: OwnIndex, scored: int) -> Support:
    held = int(index.of_year(index.figures, index.years[-1]).notna().any(axis=1).sum())
    if held < 2:
        return Support(Phrase("strengths"), False, Phrase("no figures of the newest year"))
    return Support(Phrase("strengths"), True, Phrase("ranks among {count} units", count=held))


def _change(index: OwnIndex) -> Support:
    question = Phrase("change between years: own, others, method")
    able = [year for year in index.years if computes(index, year) is None]
    if len(able) < 2:
        reason = Phrase("years with scores: {count}; two are needed", count=len(able))
        return Support(question, False, reason)
    broken = [each.year for each in index.settings.breaks if able[0] < each.year <= able[-1]]
    if broken:
        reason = Phrase(
            "years {years}; the method changed in {breaks}: not told apart across it",
            years=f"{able[0]}-{able[-1]}",
            breaks=", ".join(map(str, broken)),
        )
        return Support(question, True, reason)
    return Support(question, True, Phrase("years {years}", years=f"{able[0]}-{able[-1]}"))


def _intervals(index: OwnIndex, year: int) -> Support:
    question = Phrase("intervals over methods, and what moves a rank")
    refused = computes(index, year)
    if refused is not None:
        return Support(question, False, refused)
    parts = varied_of(index, year)
    if not parts:
        return Support(question, False, Phrase("nothing is varied"))
    try:
        certainty.intervals(index, year)
    except RankingsError as refusal:
        return Support(question, False, refusal)
    return Support(question, True, Phrase("{count} parts of the method varied", count=len(parts)))


def _weights(index: OwnIndex, year: int) -> Support:
    question = Phrase("which ranks some weights give")
    if computes(index, year) is not None:
        return Support(question, False, Phrase("no scores of the newest year"))
    made = built(index, year)
    pillars = made.aggregated[made.tree.children[made.tree.root]].dropna()
    flat = ranks.is_constant(pillars.min(), pillars.max())
    if pillars.shape[1] < 2 or len(pillars) < 2 or bool(np.any(flat)):
        return Support(question, False, Phrase("two pillars that differ are needed"))
    return Support(question, True, Phrase("{count} units have all pillars", count=len(pillars)))


def _errors(index: OwnIndex) -> Support:
    question = Phrase("confidence sets of ranks")
    given = list(index.errors)
    if not given:
        return Support(question, False, Phrase("no standard errors are given"))
    return Support(
        question, True, Phrase("standard errors of {codes}", codes=", ".join(map(str, given)))
    )


def _forecast(index: OwnIndex) -> Support:
    question = Phrase("forecast with its record")
    able = [year for year in index.years if computes(index, year) is None]
    after = [year for year in able if year >= last_break(index)]
    if len(after) < FEWEST_EDITIONS:
        reason = Phrase(
            "comparable years: {count}; {fewest} are needed",
            count=len(after),
            fewest=FEWEST_EDITIONS,
        )
        return Support(question, False, reason)
    if len(set(np.diff(after))) > 1:
        return Support(question, False, Phrase("the years are not equally far apart"))
    return Support(question, True, Phrase("years {years}", years=f"{after[0]}-{after[-1]}"))


def last_break(index: OwnIndex) -> int:
    """The year of the newest change of method, from which years are comparable; 0 without one."""
    return max((each.year for each in index.settings.breaks), default=0)
