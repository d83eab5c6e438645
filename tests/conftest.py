"""What all tests share: the real figures, two stories, and a world of three economies."""

import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

import rankings
from rankings.batch import fork_server
from rankings.forecasts.baselines import random_walk
from rankings.forecasts.draws import DRAWS, Draws
from rankings.language import messages
from rankings.panel import ranks, scale
from rankings.panel import shape as panels
from rankings.panel.definitions import Index

# What an analyst has added to an own store is no part of these tests.
os.environ["RANKINGS_STORE"] = ""

settings.register_profile("rankings", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("rankings")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes a second or more; skip with -m 'not slow'")
    config.addinivalue_line("markers", "whole: stands behind a sample; run by `make whole`")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test first: as the last one it would leave the other process with nothing."""
    items.sort(key=lambda item: item.path.name != "test_wheel.py")


DAMAGED: Counter[str] = Counter()


def _damaged() -> dict[str, int]:
    """How many damaged files the fuzz tests of this process have tried, by what came of them."""
    fuzz = sys.modules.get("test_sources_fuzz") or sys.modules.get("tests.test_sources_fuzz")
    return dict(getattr(fuzz, "counted", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist has no terminal: it hands its count to the process that has one."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["damaged"] = _damaged()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    DAMAGED.update(getattr(node, "workeroutput", {}).get("damaged", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if DAMAGED:
        told = ", ".join(f"{count} {what}" for what, count in sorted(DAMAGED.items()))
        terminalreporter.write_line(f"damaged files tried: {sum(DAMAGED.values())} ({told})")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test speaks English, whatever the one before it spoke."""
    with messages.speaking("en"):
        yield


@pytest.fixture(scope="session")
def held() -> rankings.World:
    return rankings.load()


@pytest.fixture(scope="session")
def seen2018() -> rankings.Story:
    """Viet Nam at the end of 2018, with the next edition as the deadline."""
    return rankings.ask(as_of=2018, target_year=2020)


@pytest.fixture(scope="session")
def seen2025() -> rankings.Story:
    """Viet Nam at the end of 2025, with 2030 as the deadline."""
    return rankings.ask(as_of=2025)


@pytest.fixture(scope="session")
def lent() -> Iterator[str]:
    """The address of a warm process that lives as long as the tests of this process."""
    with fork_server.Warm() as warm:
        fork_server.connected(warm.address).close()  # it listens from now on
        yield warm.address


@pytest.fixture
def one_warm_process(lent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs ask one warm process for kernels: starting it takes most of their time.

    Each kernel is a fork of it all the same, with the environment it was asked for with.
    """
    monkeypatch.setenv(fork_server.ADDRESS, lent)


def walk(story: rankings.Story) -> Draws:
    """The random walk as a report draws it, computed here and not taken from a cache."""
    return random_walk(story.panel, story.index, story.ahead, story.seed, DRAWS)


@pytest.fixture(scope="session")
def walk2018(seen2018: rankings.Story) -> Draws:
    return walk(seen2018)


@pytest.fixture(scope="session")
def walk2025(seen2025: rankings.Story) -> Draws:
    return walk(seen2025)


# Three economies, five editions, one of them restated: the overall value is the mean of x and y.
VALUES = """
edition vintage  iso3  x   y  overall
   2010   R2010  AAA  90  70       80
   2010   R2010  BBB  60  40       50
   2010   R2010  CCC  30  10       20
   2012   R2012  AAA  90  80       85
   2012   R2012  BBB  50  60       55
   2012   R2012  CCC  40  20       30
   2012   R2014  AAA  88  72       80
   2012   R2014  BBB  50  50       50
   2012   R2014  CCC  45  35       40
   2014   R2014  AAA  80  80       80
   2014   R2014  BBB  70  50       60
   2014   R2014  CCC  60  60       60
   2016   R2017  AAA  70  70       70
   2016   R2017  BBB  80  60       70
   2016   R2017  CCC  90 100       95
   2018   R2018  AAA  75  65       70
   2018   R2018  BBB  70  90       80
   2018   R2018  CCC  80  70       75
"""

EDITIONS = """
index edition vintage published_year
  TOY    2010   R2010           2010
  TOY    2012   R2012           2012
  TOY    2012   R2014           2014
  TOY    2014   R2014           2014
  TOY    2016   R2017           2017
  TOY    2018   R2018           2018
"""

ECONOMIES = """
iso3,name_en,name_vi,un_member_since,un_subregion,asean_member_since
AAA,Alpha,An Pha,1945,Northern Sea,
BBB,Beta,Bê Ta,1960,Southern Sea,1967
CCC,Gamma,,,Southern Sea,2025
"""


def spaced(text: str) -> pd.DataFrame:
    """A small frame from text in columns."""
    return pd.read_csv(io.StringIO(text), sep=r"\s+")


def long(wide: pd.DataFrame, index: str = "TOY") -> pd.DataFrame:
    """Rows of an index table from one row per economy and one column per component."""
    key = ["edition", "vintage", "iso3"]
    rows = wide.melt(id_vars=key, var_name="component", value_name="value")
    return rows.assign(
        index=index,
        value=rows["value"].astype(float),
        printed_value=np.nan,
        published_rank=pd.array([pd.NA] * len(rows), dtype="Int64"),
        reference_year=pd.array([pd.NA] * len(rows), dtype="Int64"),
        source_id="typed",
    )


def index_of(weights: dict[str, float], rhythm: int | None = 2, model_from: int = 0) -> Index:
    """An index with a headline ``overall`` and these sub-indices."""
    table = pd.DataFrame(
        {
            "first_edition": 0,
            "last_edition": 9999,
            "parent": "overall",
            "child": list(weights),
            "weight": list(weights.values()),
        }
    )
    titles = {name: name.title() for name in ["overall", *weights]}
    return Index("TOY", "Toy Index", "Us", "overall", rhythm, model_from, titles, {}, table)


@dataclass(frozen=True)
class Toy:
    """The world of three economies, as tables."""

    table: pd.DataFrame
    panel: pd.DataFrame
    editions: pd.DataFrame
    economies: pd.DataFrame
    index: Index

    def known(self, as_of: int) -> pd.DataFrame:
        return panels.newest_vintage(panels.known(self.panel, as_of))


def finished(table: pd.DataFrame, editions: pd.DataFrame) -> pd.DataFrame:
    """The panel a build would make of an index table."""
    return panels.assemble([table], editions).pipe(ranks.add_ranks).pipe(scale.standings)


@pytest.fixture(scope="session")
def toy() -> Toy:
    whole = {"un_member_since": "Int64", "asean_member_since": "Int64"}
    economies = pd.read_csv(io.StringIO(ECONOMIES), dtype=whole)
    table, editions = long(spaced(VALUES)), spaced(EDITIONS)
    return Toy(
        table, finished(table, editions), editions, economies, index_of({"x": 0.5, "y": 0.5})
    )


Simulate = Callable[[np.ndarray], tuple[pd.DataFrame, Index]]


@pytest.fixture(scope="session")
def simulated() -> Simulate:
    """A panel of made-up histories, array (editions, economies), with one sub-index."""

    def panel_of(histories: np.ndarray) -> tuple[pd.DataFrame, Index]:
        editions = [2000 + 2 * place for place in range(len(histories))]
        codes = [f"E{place:03d}" for place in range(histories.shape[1])]
        scores = pd.DataFrame(histories, index=editions, columns=codes).rename_axis("edition")
        wide = scores.melt(var_name="iso3", value_name="x", ignore_index=False).reset_index()
        wide = wide.assign(vintage=wide["edition"].map("R{}".format), overall=wide["x"])
        dates = pd.DataFrame({"index": "TOY", "edition": editions})
        dates = dates.assign(
            vintage=dates["edition"].map("R{}".format), published_year=dates["edition"]
        )
        return finished(long(wide), dates), index_of({"x": 1.0})

    return panel_of
