"""Is every page right, whoever asks? Stories drawn from everything that may be asked, and checked.

A story is told as the notebooks tell it: every code cell of every notebook, then every verb that
no notebook calls. What comes out is held against what a page must never show, against what other
cells say of the same thing, and against sums of its own (`tools.sweep_checks`), and against a
second calculation from the committed table (`tests/recompute.py`).
"""

import ast
import inspect
import json
import random
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from rankings import ask, store
from rankings.data.world import World
from rankings.errors import RankingsError
from rankings.figures import Picture
from rankings.panel import ranks
from rankings.panel.measures import measures
from rankings.report.verbs import collect_verbs
from rankings.report.whatif import levers, what_if
from rankings.story import measured
from rankings.story.question import MEASURE, Story
from rankings.tables import Prose, Table

FIRST_YEAR = 2010
# What a story of an early year costs is little: early years are drawn as often as late ones, but
# a year's models are fitted once for all of its stories.
STORIES_A_YEAR = 6
DRAWN_EVERY = 10
PEERS = ("ASEAN", "UN", "THA,MYS,THA,SGP", "OWN", "SSD,PRK", "Western Europe", "DNK", "ASEAN")


@dataclass(frozen=True)
class Asked:
    """The parameters of one story of the sweep, as `rankings.ask` takes them.

    Attributes:
        number: its place in the sweep, from 1.
        drawn: whether its figures are drawn.
    """

    number: int
    economy: str
    as_of: int
    band: str
    target_year: int
    peers: str
    language: str
    drawn: bool
    measure: str = MEASURE

    @property
    def given(self) -> dict[str, Any]:
        """The arguments of `rankings.ask`."""
        names = ("economy", "as_of", "band", "target_year", "peers", "language", "measure")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"#{self.number} ask({', '.join(f'{k}={v!r}' for k, v in self.given.items())})"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: its kind, the cell that shows it, what is shown, who asked."""

    kind: str
    where: str
    what: str
    asked: Asked

    def __str__(self) -> str:
        return f"{self.kind} | {self.where} | {' '.join(self.what.split())[:240]} | {self.asked}"


@dataclass
class Told:
    """All that a story showed.

    Attributes:
        asked: its parameters.
        story: the open story.
        shown: source of a cell's last expression ("target.answer(story)") -> what it gave.
        failed: the same -> why it gave nothing.
    """

    asked: Asked
    story: Story
    shown: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _words: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def prose(self, verb: str) -> str | None:
        """The text of a verb called with the story alone; None where it gave no text."""
        value = self.shown.get(f"{verb}(story)")
        return value.text if isinstance(value, Prose) else None

    def table(self, call: str) -> Table | None:
        """The table of a call, as "why.split_table(story, story.band.worst)"."""
        value = self.shown.get(call if "(" in call else f"{call}(story)")
        return value if isinstance(value, Table) else None

    def words(self) -> Iterator[tuple[str, str, str]]:
        """Everything a reader sees, one text at a time: (cell, part of it, text)."""
        for call in self.shown:
            yield from ((call, part, text) for part, text in self.words_in(call))

    def words_in(self, call: str) -> list[tuple[str, str]]:
        """The texts of what a cell showed, each with the part it is; formatted once."""
        if call not in self._words:
            self._words[call] = list(words_of(self.shown[call]))
        return self._words[call]


def words_of(value: object) -> Iterator[tuple[str, str]]:
    """The texts of a paragraph, a table or a picture, each with the part it is."""
    if isinstance(value, Prose):
        yield "text", value.text
    elif isinstance(value, Table):
        yield "caption", value.caption
        yield "source", value.source
        titles = [column.title for column in value.columns.values()]
        yield from (("heading", title) for title in titles)
        for row in value.cells():
            yield from zip(titles, row, strict=True)
    elif isinstance(value, Picture):
        yield "alt", value.alt
        yield "source", value.source


# Which stories


def draw_stories(count: int, seed: int, years: Sequence[int] = ()) -> list[Asked]:
    """So many stories, by as-of year, with the edges of what may be asked among them.

    Args:
        count: how many.
        seed: of the drawing; equal seeds give equal stories.
        years: as-of years; chosen by the count where none is given.
    """
    from rankings.data import world

    rng = random.Random(seed)
    held = world.load()
    every = list(range(FIRST_YEAR, held.newest_year + 1))
    # The first years, 2018 (told in the committed pages) and the newest come before the others.
    kept = [2010, 2018, held.newest_year, 2012]
    rest = [year for year in every if year not in kept]
    rng.shuffle(rest)
    some = [*kept, *rest][: max(2, min(len(every), count // STORIES_A_YEAR))]
    chosen = sorted(years or some)
    stories = []
    for place, year in enumerate(chosen):
        share = count // len(chosen) + (place < count % len(chosen))
        # Every other story is one of another measure: of each in turn, then of one of the pillars.
        others, pillars = _measures_at(held, year), _measures_at(held, year, pillars=True)
        rng.shuffle(others)
        rng.shuffle(pillars)
        rounds = [[*others, *each] for each in (zip(pillars) if pillars else [()])]
        turns = list(chain.from_iterable(rounds))
        asked = [turns[turn // 2 % len(turns)] if turn % 2 else MEASURE for turn in range(share)]
        for code, part in Counter(asked).items():
            stories += list(_of_year(held, code, year, part, rng))
    return [
        Asked(number, *each[:-1], drawn=number % DRAWN_EVERY == 1, measure=each[-1])
        for number, each in enumerate(stories, 1)
    ]


Drawn = tuple[str, int, str, int, str, str, str]


def _measures_at(held: World, year: int, *, pillars: bool = False) -> list[str]:
    """The measures beside the EGDI that were known at the end of a year; or the pillars."""
    codes = [code for code in measures() if code != MEASURE and (":" in code) == pillars]
    return [code for code in codes if _economies_of(held, year, code) > 1]


def _economies_of(held: World, year: int, code: str) -> int:
    """In how many economies the newest edition of a measure is held."""
    rows = measured.rows_of(held, year, code)
    rows = rows.loc[rows["component"] == measures()[code].component]
    return int((rows["edition"] == rows["edition"].max()).sum())


def _of_year(held: World, code: str, year: int, count: int, rng: random.Random) -> Iterator[Drawn]:
    known = measured.rows_of(held, year, code)
    rows = known.loc[known["component"] == measures()[code].component]
    newest = rows.loc[rows["edition"] == rows["edition"].max()].set_index("iso3")
    scores = newest["value"]
    kinds = economies_by_kind(rows, scores)
    order = sorted(kinds)
    rng.shuffle(order)
    deadlines = [int(rows["edition"].max()) + 2, 2030 if year >= 2015 else year + 4, year + 6]
    deadlines = [
        each for each in deadlines if each > year and _is_due(code, kinds[order[0]][0], year, each)
    ]
    if not deadlines:
        return
    places = ranks.competition(scores)
    for turn in range(count):
        economy = rng.choice(kinds[order[turn % len(order)]])
        band = rng.choice(bands_for(int(places[economy]), places))
        peers = PEERS[rng.randrange(len(PEERS))]
        yield (
            economy,
            year,
            band,
            rng.choice(deadlines),
            economy if peers == "OWN" else peers,
            "vi" if turn % 3 == 2 else "en",
            code,
        )


def _is_due(code: str, economy: str, year: int, deadline: int) -> bool:
    """Whether an edition of a measure is expected by a deadline: what is asked must be answered."""
    try:
        ask(economy, year, "1:1", deadline, measure=code)
    except RankingsError:
        return False
    return True


def economies_by_kind(rows: pd.DataFrame, scores: pd.Series) -> dict[str, list[str]]:
    """ISO3 codes of the newest edition's economies by what makes each of them hard to tell.

    Args:
        rows: overall rows of all editions known.
        scores: of the newest edition, by ISO3.

    Returns:
        "tied", "first", "last", "placeholder" (a score built on a missing figure), "few" (three
        editions or fewer), "gap" (absent from an edition since its first) and "any"; kinds that
        nobody is of are left out.
    """
    places = ranks.competition(scores)
    best = list(places.sort_values().index)
    editions = rows.groupby("iso3")["edition"].agg(["count", "min"])
    labels = sorted(rows["edition"].unique())
    full = editions["min"].map(lambda first: sum(label >= first for label in labels))
    resting = rows.loc[rows["rests_on_placeholder"].astype(bool), "iso3"]
    found = {
        "tied": list(places.index[places.duplicated(keep=False)]),
        "first": best[:2],
        "last": best[-2:],
        "placeholder": sorted(set(resting) & set(scores.index)),
        "few": [code for code in best if editions.loc[code, "count"] <= 3],
        "gap": [code for code in best if editions.loc[code, "count"] < full[code]],
        "any": best,
        "other": best,
    }
    return {kind: codes for kind, codes in found.items() if codes}


def bands_for(own: int, places: pd.Series) -> list[str]:
    """Bands that are hard to tell of: the universe's ends, ties, one's own place, nobody's."""
    last = len(places)
    held = set(places)
    nobody = [rank for rank in range(1, last + 1) if rank not in held]
    bands = [
        "30:50",
        "1:1",
        "1:10",
        f"1:{last}",
        f"{last}:{last}",
        f"{last // 2}:{last}",
        f"{own}:{own}",
        f"{max(1, own - 1)}:{max(1, own - 1)}",
        f"{max(1, own - 3)}:{min(last, own + 3)}",
        f"{max(1, own - 20)}:{max(1, own - 12)}",
        "50:50",
        f"100:{last}",
    ]
    return bands + [f"{rank}:{rank}" for rank in nobody[:2]]


# Telling one


@cache
def cells() -> tuple[tuple[str, str], ...]:
    """The code cells of all notebooks that take a story, in order: (notebook, source)."""
    found = []
    for path in [store.notebooks_folder() / "00-start-here.ipynb", *store.question_notebooks()]:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            tagged = "parameters" in cell["metadata"].get("tags", [])
            if cell["cell_type"] == "code" and not tagged:
                found.append((path.stem, "".join(cell["source"])))
    return tuple(found)


def tell(asked: Asked) -> Told:
    """The story as the notebooks and the remaining verbs tell it.

    Raises:
        RankingsError: it is refused at the door.
    """
    told = Told(asked, ask(**asked.given))
    names: dict[str, Any] = {}
    for notebook, source in cells():
        # The last part of the first notebook asks a second story, of another year.
        if notebook.startswith("00") and "mine" in source:
            continue
        _run(source, names, told)
    for call, verb, arguments in _other_verbs(told.story):
        if call not in told.shown and (asked.drawn or not _draws(verb)):
            _keep(told, call, partial(verb, told.story, **arguments))
    if asked.drawn:
        import matplotlib.pyplot as plt

        plt.close("all")
    return told


def _run(source: str, names: dict[str, Any], told: Told) -> None:
    """One code cell, unless its last expression was told before or is a figure not to be drawn."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    for statement in tree.body:
        line = ast.unparse(statement)
        if line.startswith("story = ask("):
            names["story"] = told.story
        else:
            _keep(told, line, partial(_execute, statement, names), silent=True)
    if isinstance(last, ast.Expr):
        call = ast.unparse(last)
        left = not told.asked.drawn and any(_draws(verb) for verb in _verbs_in(last))
        if call not in told.shown and call not in told.failed and not left:
            code = compile(ast.Expression(last.value), "<cell>", "eval")
            _keep(told, call, lambda: eval(code, names))


def _execute(statement: ast.stmt, names: dict[str, Any]) -> None:
    exec(compile(ast.Module([statement], []), "<cell>", "exec"), names)


def _keep(told: Told, call: str, tell_it: Callable[[], Any], *, silent: bool = False) -> None:
    try:
        with warnings.catch_warnings():
            # A figure too small for what stands in it.
            warnings.filterwarnings("error", message="constrained_layout not applied")
            value = tell_it()
            if not silent:
                told.shown[call] = value
                told.words_in(call)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        at = next(f for f in reversed(frames) if "rankings" in f.filename or f.name == "<module>")
        place = f"{Path(at.filename).name}:{at.lineno}"
        told.shown.pop(call, None)
        told.failed[call] = f"{type(error).__name__}: {error} ({place})"


def _verbs_in(expression: ast.Expr) -> list[Callable[..., object]]:
    verbs = collect_verbs()
    names = [ast.unparse(node.func) for node in ast.walk(expression) if isinstance(node, ast.Call)]
    return [verbs[name] for name in names if name in verbs]


def _draws(verb: Callable[..., object]) -> bool:
    """Whether a verb gives a picture."""
    return "Picture" in str(inspect.signature(verb).return_annotation)


def _other_verbs(
    story: Story,
) -> Iterator[tuple[str, Callable[..., object], Mapping[str, object]]]:
    """Calls of the verbs with the story alone, and of those that ask for more."""
    for name, verb in collect_verbs().items():
        needed = list(inspect.signature(verb).parameters.values())[1:]
        if all(each.default is not inspect.Parameter.empty for each in needed):
            yield f"{name}(story)", verb, {}
    own = story.panel.loc[story.panel["iso3"] == story.economy, "index"].unique()
    edition_table = collect_verbs()["standing.edition_table"]
    for index in own:
        yield f"standing.edition_table(story, {index!r})", edition_table, {"index": index}
    yield "whatif.what_if(story)", _raised, {}


def _raised(story: Story) -> Prose | Table:
    """What-if of the first lever that can be set, at its highest value."""
    free = levers(story).query("available")
    if free.empty:
        return Prose("")
    row = free.iloc[0]
    return what_if(story, {str(row["lever"]): float(row["high"])}).chances_table


# Checking


def check_story(asked: Asked) -> list[Finding]:
    """All that is wrong with one story."""
    from tools import sweep_checks

    try:
        told = tell(asked)
    except RankingsError as refusal:
        return [Finding("refused at the door", "ask", str(refusal), asked)]
    failed = [Finding("exception", call, why, asked) for call, why in told.failed.items()]
    return failed + [
        Finding(kind, where, what, asked) for kind, where, what in sweep_checks.check(told)
    ]


def check_year(stories: list[Asked]) -> list[Finding]:
    """What is wrong with the stories of one as-of year; its models are fitted once."""
    found = []
    for asked in stories:
        started = time.perf_counter()
        of_story = check_story(asked)
        found += of_story
        for finding in of_story:
            print(finding, flush=True)
        took = time.perf_counter() - started
        print(f"  {asked} {len(of_story)} found, {took:.1f} s", file=sys.stderr, flush=True)
    return found


def by_year(stories: Iterable[Asked]) -> list[list[Asked]]:
    """The stories in groups of one as-of year."""
    groups: dict[int, list[Asked]] = {}
    for asked in stories:
        groups.setdefault(asked.as_of, []).append(asked)
    return list(groups.values())


def run(stories: list[Asked], jobs: int = 1) -> list[Finding]:
    """What is wrong with these stories; each finding is printed as it is found.

    Args:
        stories: which.
        jobs: processes; each takes the stories of one as-of year at a time.
    """
    groups = by_year(stories)
    if jobs == 1:
        return [finding for group in groups for finding in check_year(group)]
    with ProcessPoolExecutor(jobs) as pool:
        return [finding for found in pool.map(check_year, groups) for finding in found]


def main(stories: int, seed: int, since_story: int, jobs: int, years: Sequence[int] = ()) -> bool:
    """Run the sweep and print how many of each kind were found; whether nothing was."""
    started = time.perf_counter()
    asked = [each for each in draw_stories(stories, seed, years) if each.number >= since_story]
    found = run(asked, jobs)
    took = time.perf_counter() - started
    print(f"{len(asked)} stories, seed {seed}, {took:.0f} s: {len(found)} findings")
    for kind, count in Counter(finding.kind for finding in found).most_common():
        print(f"  {count:5}  {kind}")
    return not found
