"""What does a story come to in numbers? One row per story, for those who read no pages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from rankings import store
from rankings.analysis import targets
from rankings.data.world import World
from rankings.errors import NotKnown, RankingsError
from rankings.forecasts import backtest
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.draws import Draws, chances, rank_forecast
from rankings.panel import position
from rankings.story import measured
from rankings.story.certainty import composite_interval
from rankings.story.outlook import choose_model, models_shown
from rankings.story.question import MEASURE, Story, ask

PARTS = ("osi", "tii", "hci")
# Of the rows of results: 2 has one row per story and measure, 3 the interval of a composite.
SCHEMA = 3
COLUMNS = {
    "schema": "Int64",
    "economy": "str",
    "name": "str",
    "as_of": "Int64",
    "band": "str",
    "target_year": "Int64",
    "measure": "str",
    "index": "str",
    "edition": "Int64",
    "vintage": "str",
    "published_year": "Int64",
    "reference_year": "Int64",
    "source_id": "str",
    "source": "str",
    "value": "Float64",
    "published_rank": "Int64",
    "competition_rank": "Int64",
    "rank_low": "Int64",
    "rank_high": "Int64",
    "of_economies": "Int64",
    "edition_before": "Int64",
    "rank_before": "Int64",
    "of_before": "Int64",
    "source_id_before": "str",
    **{f"{part}_rank": "Int64" for part in PARTS},
    "forecast_edition": "Int64",
    "p_rank_at_most_worst": "Float64",
    "p_in_band": "Float64",
    "p_better_than_band": "Float64",
    "p_no_change": "Float64",
    "median_rank": "Int64",
    "low80": "Int64",
    "high80": "Int64",
    "needed_points_50": "Float64",
    "model": "str",
    "draws": "Int64",
    "seed": "Int64",
}


@dataclass(frozen=True)
class Outlook:
    """What is the same for every economy seen from the same year.

    Attributes:
        story: the one it was first asked for.
        model: the one chosen.
        draws: of the last edition ahead; None where the measure cannot be forecast.
        plain: the same by plain no change.
    """

    story: Story
    model: str | None = None
    draws: Draws | None = None
    plain: Draws | None = None

    def of(self, given: Mapping[str, Any]) -> Story:
        """Another economy's story over the same tables."""
        band = targets.band(given["band"], self.story.world.targets, self.story.asked)
        story = replace(self.story, economy=given["economy"], band=band)
        shared = ["panel", "index", "edition", "parts", "scores", "names"]
        for name in [*shared, *(["ahead"] if self.model else [])]:
            story.__dict__[name] = getattr(self.story, name)
        return story


def outlook(story: Story) -> Outlook:
    """The chosen model and its draws, computed or read; both are kept for other processes."""
    try:
        label = choose_model(story)
        story.draws(label)
    except NotKnown:
        return Outlook(story)
    for shown in models_shown(story):
        story.draws(shown)
    return Outlook(story, label, _last(story.draws(label)), _last(story.draws(NO_CHANGE)))


def _last(draws: Draws) -> Draws:
    """The draws of the last edition ahead."""
    scores = draws.scores[:, -1:, :]
    last = Draws(
        draws.model,
        draws.index,
        draws.origin,
        draws.editions[-1:],
        draws.iso3,
        scores,
        draws.spread,
    )
    last.__dict__["ranks"] = draws.ranks[:, -1:, :]
    return last


def headlines(story: Story, seen: Outlook | None = None) -> dict[str, Any]:
    """Every headline number of a story, under the names of `COLUMNS`.

    Args:
        story: which.
        seen: of a story with the same as-of year, target year and seed, if there is one.
    """
    seen = seen or outlook(story)
    held = story.panel
    mine = held.loc[(held["index"] == story.index.name) & (held["iso3"] == story.economy)]
    now = mine.loc[mine["edition"] == story.edition].set_index("component")
    own = now.loc[story.index.overall]
    earlier = mine.loc[
        (mine["edition"] < story.edition) & (mine["component"] == story.index.overall)
    ].sort_values("edition")
    before = earlier.iloc[-1] if len(earlier) else None
    between = composite_interval(story) or (None, None)
    row = {
        "schema": SCHEMA,
        "economy": story.economy,
        "name": story.name,
        "as_of": story.as_of,
        "band": str(story.band),
        "target_year": story.target_year,
        "measure": story.measure,
        "index": story.index.name,
        "edition": story.edition,
        **{name: own[name] for name in ("vintage", "published_year", "reference_year")},
        "source_id": own["source_id"],
        "source": _source(story.world, str(own["source_id"])),
        "value": own["value"],
        "published_rank": own["published_rank"],
        "competition_rank": own["competition_rank"],
        "rank_low": between[0],
        "rank_high": between[1],
        "of_economies": own["of_economies"],
        "edition_before": None if before is None else before["edition"],
        "rank_before": None if before is None else _rank(story, before),
        "of_before": None if before is None else before["of_economies"],
        "source_id_before": None if before is None else before["source_id"],
        **{
            f"{part}_rank": now["competition_rank"].get(part) if part in now.index else None
            for part in PARTS
        },
        **_ahead(story, seen),
        "seed": story.seed,
    }
    return {name: _plain(row.get(name)) for name in COLUMNS}


def _ahead(story: Story, seen: Outlook) -> dict[str, Any]:
    """What the draws say; nothing where the measure, or this economy in it, is not forecast."""
    draws, plain = seen.draws, seen.plain
    if draws is None or plain is None or story.economy not in draws.iso3:
        return {}
    last = rank_forecast(draws, story.economy).iloc[-1]
    band = (story.band.best, story.band.worst)
    odds = chances(draws, story.economy, *band).iloc[-1]
    even = targets.needed(draws, story.economy, story.band.worst, (0.5,)).iloc[-1]
    return {
        "forecast_edition": last["edition"],
        "p_rank_at_most_worst": odds["reach"],
        "p_in_band": odds["inside"],
        "p_better_than_band": odds["better"],
        "p_no_change": chances(plain, story.economy, *band).iloc[-1]["reach"],
        "median_rank": last["median"],
        "low80": last["low80"],
        "high80": last["high80"],
        "needed_points_50": even["points"],
        "model": seen.model,
        "draws": len(draws.ranks),
    }


def _source(world: World, source_id: str) -> str:
    """Publisher and document of a source, as `data/raw/sources.csv` has them."""
    if source_id == measured.OURS:
        return "ICT Rankings: calculation of this project"
    rows = world.sources
    row = rows.loc[rows["source_id"] == source_id].iloc[0]
    return f"{row['publisher']}: {row['document']}"


def _rank(story: Story, row: pd.Series) -> Any:
    """The published rank; by score where none is printed or the printed ones count scores."""
    dense = row["edition"] in position.dense_of(story.panel, story.index)
    if dense or pd.isna(row["published_rank"]):
        return row["competition_rank"]
    return row["published_rank"]


def _plain(cell: Any) -> Any:
    if cell is None or pd.isna(cell):
        return None
    cell = getattr(cell, "item", lambda: cell)()
    return round(cell, 10) if isinstance(cell, float) else cell


def _shared_out(asked: Sequence[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Stories whose record of forecasts has yet to be computed, in two shares; one of a record."""
    waiting: dict[Path, dict[str, Any]] = {}
    for given in asked:
        story = ask(**given)
        if story.measure != MEASURE:  # its record is small, or computed with its first page
            continue
        path = backtest.kept_at(story.index, story.seed, story.key)
        if not path.is_file():
            waiting.setdefault(path, given)
    every = list(waiting.values())
    # The longest, as of the newest year, stands last.
    return every[-1::-2], every[-2::-2]


@contextmanager
def _computing(asked: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Within it another process computes and keeps the outlook of these stories.

    Where it fails, whoever asks next computes what is missing.
    """
    if not asked:
        yield
        return
    helper = subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(list(asked))],
        # Nothing of the folder a person stands in is imported.
        env=dict(os.environ) | store.child_environment() | {"PYTHONSAFEPATH": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
        helper.wait()
    finally:
        helper.kill()
        helper.wait()


class Book:
    """Headline numbers of many stories: what economies have in common is computed once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Any, ...], Outlook] = {}

    def prepare(self, asked: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Fill the shared caches; the parameters of one story of each kind come back."""
        firsts: dict[tuple[Any, ...], dict[str, Any]] = {}
        for given in asked:
            firsts.setdefault(self._kind(given), dict(given))
        here, beside = _shared_out(
            [given for kind, given in firsts.items() if kind not in self._seen]
        )
        with _computing(beside):
            for given in here:
                outlook(ask(**given))
        for kind, given in firsts.items():
            if kind not in self._seen:
                self._seen[kind] = outlook(ask(**given))
        return list(firsts.values())

    def row(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The headline numbers of one story; None if it has none."""
        try:
            kind = self._kind(given)
            if kind not in self._seen:
                self._seen[kind] = outlook(ask(**given))
            return headlines(self._seen[kind].of(given), self._seen[kind])
        except (RankingsError, LookupError, ValueError):
            return None

    @staticmethod
    def _kind(given: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(
            given.get(name) for name in ("as_of", "target_year", "seed", "language", "measure")
        )


def write(folder: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """``results.parquet`` and ``results.json`` of a run: story and its headline numbers."""
    # A row that an earlier run kept comes from its manifest, whose keys are in another order.
    records = [
        {"story": story, **{name: row.get(name) for name in COLUMNS}} for story, row in rows.items()
    ]
    table = pd.DataFrame(records, columns=["story", *COLUMNS]).astype({"story": "str", **COLUMNS})
    store.write_whole(folder / "results.parquet", lambda path: table.to_parquet(path, index=False))
    text = json.dumps(records, indent=1, ensure_ascii=False)
    store.write_text(folder / "results.json", text + "\n")


if __name__ == "__main__":
    for each in json.loads(sys.argv[1]):
        outlook(ask(**each))
