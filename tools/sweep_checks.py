"""What must never be on a page, what must agree on it, and what must add up.

Each check takes what a story told (`tools.sweep.Told`) and gives what is wrong with it, as
(kind, cell, what was seen).
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rankings.data import world
from rankings.language.messages import speaking
from rankings.report import words
from rankings.report.hindsight import is_open
from rankings.story.question import MEASURE
from rankings.story.standing import HEADLINE, is_certain
from rankings.tables import Table

if TYPE_CHECKING:
    from tools.sweep import Told

Wrong = tuple[str, str, str]
Check = Callable[["Told"], Iterator[Wrong]]

FORBIDDEN = {
    "one of many": r"(?<![\d.,:/-])1 (?!is\b|was\b|has\b|as\b|does\b|takes\b|series\b)[a-z]+s\b",
    "the one of many": r"\b[Tt]he 1 [a-z]+\b|\b[Aa]ll 1 [a-z]+",
    "none of many": r"(?<![\d.,:/-])0 (economies|editions|places|economy|edition|steps|peers)\b",
    "same twice": r"(?<![\d.,-])(\d+)-\1(?![\d.,]*\d|-)",
    "between the same": r"\bbetween (\S+) and \1(?![\d.,]*\d)|\btừ (\d\S*) đến \2(?![\d.,]*\d)",
    "list of nothing": r"[:,;]\s*[.;,](?![\d.])|\(\s*\)|: *$|\b(and|or) *[.;]|^\s*[;,.]|  +\S",
    "raw value": r"\b(None|nan|NaN|inf|NaT|NA|True|False)\b|<NA>|\{[a-z_]+\}",
    "raw code": (
        r"\b[a-z]+_[a-z_]+\b|\b(egdi|osi|tii|hci|epi|psdi|dcei|gtei|cgsi)\b"
        r"|\b(IDI|GCI|GTMI):\w"
    ),
    "no such rank": r"\b(rank|ranks|hạng) (0|-\d+)\b|better than 1\b|tốt hơn 1\b|< 1\b(?! ?%)",
    "one of one": r"(?<![\d.,])1 (of|trên) 1\b(?!\d)",
    "negative nothing": r"(?<![\d\w])[-\N{MINUS SIGN}]0(?:[.,]0+)?(?![\d.,]*\d)",
    "no edition there": r"\b(edition of|ấn bản|bản) (2007|2009|2006)\b|\b(2007|2009|2006) edition",
    "space before a full stop": r" [.;,](?![\w.])",
    "a word twice": r"\b(the|of|in|is|rank|to|and|a|hạng|của|là) \1\b",
}
VIETNAMESE_ONLY = {
    "blank before % in Vietnamese": r"\d %",
    "English in Vietnamese": (
        r"\b(the|and|of|is|are|was|by|with|from|which|its|for|that|than|more|"
        r"known|rank|edition|editions|economy|economies|chance|score|scores|points|places)\b"
    ),
}
# Lines that quote documents, files and commands as they are.
QUOTED = ("start.", "summary.sources", "summary.not_held_table", "summary.cutoff")
# What the publishers' reports are called stays in English.
CODES_SHOWN = (
    *("summary.sources", "start.commands_table", "start.origins_table", "whatif.levers_table"),
)
SERIES_NAMED = "scorecard.table(story)"


def check(told: "Told") -> Iterator[Wrong]:
    """Everything wrong with a story."""
    with speaking(told.story.language):
        for each in CHECKS:
            try:
                yield from each(told)
            except Exception as error:
                yield ("check failed", each.__name__, f"{type(error).__name__}: {error}")


# Patterns


def patterns(told: "Told") -> Iterator[Wrong]:
    """Words and figures that no page may show."""
    rules = {kind: re.compile(rule) for kind, rule in FORBIDDEN.items()}
    if told.story.language == "vi":
        rules |= {kind: re.compile(rule) for kind, rule in VIETNAMESE_ONLY.items()}
    seen = set()
    for call, part, text in told.words():
        for kind, rule in rules.items():
            if _excused(kind, call, part):
                continue
            for line in text.split("\n"):
                found = rule.search(_without_quotes(told, line) if "English" in kind else line)
                if found and (kind, call, part, found[0]) not in seen:
                    seen.add((kind, call, part, found[0]))
                    around = line[max(0, found.start() - 60) : found.end() + 60]
                    yield kind, f"{call} {part}", f"{found[0]!r} in {around!r}"


def _excused(kind: str, call: str, part: str) -> bool:
    if kind == "English in Vietnamese":
        return part == "source" or call.startswith(QUOTED)
    if kind == "raw code":
        # A series that an analyst may add has to be called as it is called in the file.
        return call.startswith(CODES_SHOWN) or (call, part) == (SERIES_NAMED, "source")
    if kind == "same twice":
        return call.startswith("start.")
    return False


def _without_quotes(told: "Told", line: str) -> str:
    """The line without names of economies and what stands in quotation marks."""
    return re.sub(r"“[^”]*”", "", line)


@cache
def _codes() -> frozenset[str]:
    return frozenset(world.load().economies["iso3"])


@cache
def _spaced() -> re.Pattern[str]:
    """Names that tables have, written with blanks, as "ind cov 3g pct"."""
    held = world.load()
    every = {*held.indicators["indicator"], *held.every_series["series"]}
    labels = " ".join(words.indicators().values()).casefold()
    spaced = {name.replace("_", " ") for name in every if "_" in name}
    shown = sorted(name for name in spaced if name not in labels)
    return re.compile(r"\b(" + "|".join(map(re.escape, shown)) + r")\b")


def codes(told: "Told") -> Iterator[Wrong]:
    """Codes of economies and of indicators where names belong."""
    for call, part, text in told.words():
        found = set(_spaced().findall(text))
        if not call.startswith(CODES_SHOWN) and part != "source":
            found |= set(re.findall(r"\b[A-Z]{3}\b", text)) & _codes()
        if found:
            yield "raw code", f"{call} {part}", f"{sorted(found)} in {text[:120]!r}"


def chances_shown(told: "Told") -> Iterator[Wrong]:
    """A simulated chance is never nothing and never certain, but by construction."""
    for call in SIMULATED:
        value = told.shown.get(f"{call}(story)")
        if value is None:
            continue
        for part, text in told.words_in(f"{call}(story)"):
            if part == "source":
                continue
            pattern = r"(?<![\d.,<>])0 ?%" if is_certain(told.story) else r"(?<![\d.,<>])(0|100) ?%"
            found = re.search(pattern, re.sub(r"[<>] ?\d+ ?%", "", text))
            if found and "50" not in found[0]:
                yield "certain chance", f"{call} {part}", text[:200]


SIMULATED = (
    "summary.answer",
    "trend.answer",
    "trend.forecast_table",
    "target.answer",
    "target.chances_table",
    "pictures.chance",
    "scenarios.scenario_table",
)


# The same thing told twice


def numbers(text: str) -> list[str]:
    """Numbers in a text as written, with their sign and per cent."""
    return re.findall(r"(?:[<>] ?)?[+\N{MINUS SIGN}-]?\d[\d.,]*\d ?%|\d ?%|\d[\d.,]*\d|\d", text)


def contains(text: str, wanted: str) -> bool:
    """Whether a text holds a figure, not as a part of a longer one."""
    bare = wanted.replace("\N{NO-BREAK SPACE}", " ").strip().lstrip("+\N{MINUS SIGN}-")
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    return bool(re.search(rf"(?<![\d.,]){re.escape(bare)}(?![.,]?\d)", text))


def agreements(told: "Told") -> Iterator[Wrong]:
    """Sentences and figures hold the figures of their tables."""
    for where, text, wanted in _pairs(told):
        if text is not None and wanted and not contains(text, wanted):
            yield "sentence unlike its table", where, f"no {wanted!r} in {text[:300]!r}"


def _last(table: Table | None, place: int = -1) -> dict[str, str]:
    """The shown cells of a row, by column of the frame."""
    if table is None or not len(table.frame):
        return {}
    return dict(zip(table.columns, table.cells()[place], strict=True))


def _last_of_ours(table: Table | None) -> dict[str, str]:
    """The last row marked as the story's own."""
    return _last(table, max(table.ours)) if table is not None and table.ours else {}


def _is_needed(table: Table | None) -> bool:
    """Whether even a chance of a half takes anything."""
    return table is not None and float(table.frame["points"].iloc[0]) > 0


def _pairs(told: "Told") -> Iterator[tuple[str, str | None, str]]:
    story = told.story
    forecast = _last_of_ours(told.table("trend.forecast_table"))
    answer = told.prose("trend.answer")
    for column in ("edition", "median", "of", "reach"):
        yield "trend.answer", answer, forecast.get(column, "")
    chances = _last(told.table("target.chances_table"))
    target = told.prose("target.answer")
    for column in ("edition", "reach", "inside", "better"):
        yield "target.answer", target, chances.get(column, "")
    yield "summary.answer", told.prose("summary.answer"), chances.get("reach", "")
    yield "trend.answer", answer, chances.get("reach", "")
    picture = told.shown.get("pictures.chance(story)")
    table = told.table("target.chances_table")
    if picture is not None and table is not None:
        for place in range(len(table.frame)):
            yield "pictures.chance", picture.alt, _last(table, place)["reach"]
    for name in ("pictures.fan(story)", "pictures.fan(story, hindsight=True)"):
        fan = told.shown.get(name)
        yield name, getattr(fan, "alt", None), forecast.get("median", "")
    needed = told.table("target.needed_table")
    if needed is not None and _is_needed(needed):
        first = _last(needed, 0)
        yield "target.answer", target, first["points"]
        if "who" in first:  # absent where no step of any economy was known
            yield "target.answer", target, re.findall(r"\d+", first["who"])[0]
        yield "summary.price", told.prose("summary.price"), first["points"]
    precedents = told.table("target.precedents_table")
    price = told.prose("summary.price")
    if precedents is not None and price and _is_needed(needed):
        yield "summary.price", price, str(len(precedents.frame))
    split = told.table("why.split_table(story, story.band.worst)")
    why = told.prose("why.answer")
    if split is not None and why and float(split.frame["points"].iloc[-1]) > 0:
        yield "why.answer", why, words.points(split.frame["points"].iloc[-1], signed=False)
    gap = told.table("why.gap_table")
    if gap is not None and split is not None:
        yield "why.gap_table", _last(gap, 0)["gap"], _last(split)["points"]
    yield from _pairs_of_certainty(told)
    yield from _pairs_of_change(told)
    yield from _pairs_of_record(told)
    history = told.table("standing.history_table")
    ours = told.table("standing.position_table")
    if ours is not None:
        head = ours.frame.loc[
            (ours.frame["index"] == story.index.printed_in)
            & (ours.frame["component"] == story.index.overall)
        ]
    if ours is not None and len(head):
        stands = words.place(
            int(head["competition_rank"].iloc[0]), int(head["of_economies"].iloc[0])
        )
        for verb in ("standing.answer", "summary.answer"):
            if verb == "standing.answer" and story.measure not in HEADLINE:
                continue
            yield verb, told.prose(verb), stands
        strip = told.shown.get("pictures.strip(story)")
        yield "pictures.strip", getattr(strip, "alt", None), stands
    if history is not None and len(history.frame):
        rank = told.shown.get("pictures.rank_history(story)")
        shown = _last(history)
        yield "pictures.rank_history", getattr(rank, "alt", None), shown["edition"]
    hindsight = told.table("hindsight.table")
    text = told.prose("hindsight.answer")
    if hindsight is not None and text:
        rows = hindsight.frame
        mine = rows.loc[(rows["index"] == story.index.name)]
        came = "edition" if story.asked.rhythm else "published_year"
        due = mine.loc[mine[came] <= story.target_year]
        # From the deciding edition on all are named; before it, those that came so far.
        if len(due) and not is_open(story, due.iloc[-1]):
            due = mine.loc[mine["edition"] >= due.iloc[-1]["edition"]]
        for row in due.to_dict("records"):
            by_score = words.place(int(row["competition_rank"]), row["of_economies"])
            yield "hindsight.answer", text, by_score
            if pd.notna(row["published_rank"]):
                yield "hindsight.answer", text, str(int(row["published_rank"]))


def _pairs_of_certainty(told: "Told") -> Iterator[tuple[str, str | None, str]]:
    sets = _last(told.table("certainty.confidence_table"), 0)
    answer = told.prose("certainty.answer")
    yield "certainty.answer", answer, sets.get("place", "")
    for end in re.findall(r"\d+", sets.get("interval", "")):
        yield "certainty.answer", answer, end
    made = _last_of_ours(told.table("certainty.composite_table"))
    answer = told.prose("certainty.composite_answer")
    yield "certainty.composite_answer", answer, made.get("rank", "")
    for end in re.findall(r"\d+", made.get("interval", "")):
        yield "certainty.composite_answer", answer, end


def _pairs_of_change(told: "Told") -> Iterator[tuple[str, str | None, str]]:
    table, answer = told.table("change.table"), told.prose("change.answer")
    if table is None or answer is None:
        return
    places = table.frame.groupby("term")["places"].sum()
    for term in ("own", "others"):
        if term in places.index:
            yield "change.answer", answer, words.climbed(-places[term])


def _pairs_of_record(told: "Told") -> Iterator[tuple[str, str | None, str]]:
    yield (
        "scenarios.scenario_table",
        " ".join(_last_of_ours(told.table("scenarios.scenario_table")).values()),
        _last(told.table("target.chances_table")).get("reach", ""),
    )
    table, answer = told.table("record.table"), told.prose("record.answer")
    if table is not None and table.ours:
        first = dict(zip(table.columns, table.cells()[min(table.ours)], strict=True))
        for column in ("crps", "coverage80", "coverage95"):
            yield "record.answer", answer, first[column]
    forecast = _last_of_ours(told.table("trend.forecast_table"))
    departure = told.shown.get("models.departure(story)")
    if departure is not None and _has_numbers(departure.text):
        for column in ("median", "reach", "edition"):
            yield "models.departure", departure.text, forecast.get(column, "")


def _has_numbers(text: str) -> bool:
    return bool(re.search(r"\d", text))


# Sums


def sums(told: "Told") -> Iterator[Wrong]:
    """Tables that add up do: splits to their whole, chances to their parts."""
    for call, value in told.shown.items():
        if call.startswith("why.split_table") and isinstance(value, Table):
            yield from _split(call, value)
        if call == "change.table(story)" and isinstance(value, Table):
            yield from _change(call, value)
    table = told.table("target.chances_table")
    if table is not None:
        frame = table.frame
        off = (frame["inside"] + frame["better"] - frame["reach"]).abs().max()
        if off > 1e-9:
            yield "does not add up", "target.chances_table", f"off by {off}"
        wrong = frame.loc[~frame["median"].between(1, frame["of"])]
        if len(wrong):
            yield "rank beyond the universe", "target.chances_table", str(wrong["median"].tolist())
    needed = told.table("target.needed_table")
    if needed is not None:
        for rank, rows in needed.frame.groupby("rank"):
            if not rows.sort_values("certainty")["points"].is_monotonic_increasing:
                yield "more certain for less", "target.needed_table", str(rank)


def _split(call: str, table: Table) -> Iterator[Wrong]:
    parts, total = table.frame.iloc[:-1], table.frame.iloc[-1]
    for column in ("points", "places"):
        off = abs(float(parts[column].sum()) - float(total[column]))
        if off > 1e-6:
            yield "does not add up", call, f"{column}: off by {off:.6f}"
    if abs(float(total["points"]) - float(total["gap"])) > 1e-6:
        yield "does not add up", call, f"points {total['points']} but gap {total['gap']}"


def _change(call: str, table: Table) -> Iterator[Wrong]:
    frame = table.frame
    if "places" in frame and len(frame) > 1:
        off = abs(float(frame["places"].iloc[:-1].sum()) - float(frame["places"].iloc[-1]))
        if np.isfinite(off) and off > 1e-6:
            yield "does not add up", call, f"places: off by {off:.6f}"


# Source lines


def sources(told: "Told") -> Iterator[Wrong]:
    """A table's source names each edition that stands in its rows, and no later one."""
    for call, value in told.shown.items():
        if not isinstance(value, Table) or "edition" not in value.frame:
            continue
        if not call.startswith(SOURCED):
            continue
        named = _editions_named(value.source)
        if named is None:
            continue
        rows = {int(each) for each in value.frame["edition"].dropna()}
        missing = rows - named
        if missing:
            yield "edition not in the source line", call, f"{sorted(missing)}: {value.source[:160]}"


def record_sources(told: "Told") -> Iterator[Wrong]:
    """All tables of a record rest on the same editions, origins and outcomes, and name them."""
    named = {
        call: _editions_named(value.source)
        for call, value in told.shown.items()
        if call.startswith(RECORDS) and isinstance(value, Table)
    }
    first = next(iter(named), "")
    for call, found in named.items():
        if found != named[first]:
            yield "editions of a record differ", call, f"{found}; {first}: {named[first]}"


RECORDS = ("models.record_table", "record.difference_table", "record.calibration_table")
SOURCED = ("standing.", "start.origins_table", "trend.series_table", "hindsight.table")


def _editions_named(source: str) -> set[int] | None:
    """Years a source line names, with those between "editions A to B"."""
    years = {int(each) for each in re.findall(r"\b(?:19|20)\d\d\b", source)}
    for first, last in re.findall(r"\b(20\d\d) (?:to|đến) (20\d\d)\b", source):
        years |= set(range(int(first), int(last) + 1))
    return years or None


# Calculated a second time


def recomputed(told: "Told") -> Iterator[Wrong]:
    """Figures against those calculated from the committed table by other code."""
    if told.story.measure != MEASURE:  # the second calculation knows the EGDI's table alone
        return
    second: Any = import_module("tests.recompute")
    yield from second.differences(told)


CHECKS: tuple[Check, ...] = (
    patterns,
    codes,
    chances_shown,
    agreements,
    sums,
    sources,
    record_sources,
    recomputed,
)
