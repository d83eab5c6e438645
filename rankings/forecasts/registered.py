"""What was forecast before its edition was seen, and how good was it? Entries never change.

An entry is the joint forecast of one edition that is not held: two files, a table of ranks and
chances and a head that says what was known on the day. Their digests stand in ``index.csv``: an
entry whose bytes are others than on its day is refused. Registering again writes another entry.
"""

import csv
import datetime
import hashlib
import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rankings import store
from rankings.data.world import World
from rankings.errors import DataError, InputError
from rankings.forecasts import backtest, joint
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.closing import CLOSING_GAPS
from rankings.forecasts.draws import DRAWS, Draws
from rankings.forecasts.walk import values_of
from rankings.panel import ranks
from rankings.panel.definitions import definition
from rankings.panel.measures import CLOSING, WALK, Measure, measure, measures

FOLDER, INDEX = "forecasts", "index.csv"
INDEX_COLUMNS = ["entry", "index", "edition", "registered", "sha256"]
RANKS = (30, 50)
# Every fortieth of the draws: 2.5, 5, ... 97.5 %; a rank's distribution in 39 numbers.
LEVELS = np.arange(1, 40) / 40
COLUMNS = ["measure", "model", "iso3", "rank_now", "median", "low80", "high80", "low95", "high95"]
COLUMNS += [*(f"chance{rank}" for rank in RANKS), "quantiles"]
SCORES = ["entry", "registered", "index", "edition", "measure", "model", "n", "crps", "mae"]
SCORES += ["coverage80", "coverage95", *(f"brier{rank}" for rank in RANKS)]
BESIDE = ["entry", "registered", "index", "edition", "measure", "model", "iso3", "rank_now"]
BESIDE += ["median", "low80", "high80", *(f"chance{rank}" for rank in RANKS), "came"]
SEED = 2018


@dataclass(frozen=True)
class Entry:
    """One registered forecast.

    Attributes:
        name: of its files.
        own: an analyst's, not the project's.
        head: what was known on the day, and of what the table is.
        table: columns `COLUMNS`, one row per measure, model and economy.
    """

    name: str
    own: bool
    head: dict[str, Any]
    table: pd.DataFrame = field(repr=False)

    @property
    def index(self) -> str:
        """The index forecast."""
        return str(self.head["index"])

    @property
    def edition(self) -> int:
        """The edition forecast."""
        return int(self.head["edition"])

    @property
    def day(self) -> str:
        """The day it was registered, ISO."""
        return str(self.head["registered"])


# --- writing ---------------------------------------------------------------------------------


def register(
    world: World,
    index: str,
    edition: int,
    *,
    day: datetime.date | None = None,
    seed: int = SEED,
    draws: int = DRAWS,
    ship: bool = False,
) -> Path:
    """Write the joint forecast of an edition that is not held.

    Args:
        world: the tables.
        index: its name.
        edition: the next one.
        day: today by default: the forecast knows what was released by then.
        seed: of the draws.
        draws: how many.
        ship: among the project's entries, not in the own store.

    Returns:
        The head of the entry; its table lies beside it.

    Raises:
        InputError: the edition is held, is out, is not the next one or cannot be forecast; or
            there is no store to write to.
    """
    asked = measure(index)
    if asked.parent is not None or asked.composite:
        raise InputError(
            "{measure} is no edition of its own: register {index}",
            measure=asked.code,
            index="EGDI" if asked.composite else asked.index,
        )
    asked.check_forecast()
    today = day or datetime.datetime.now(tz=datetime.UTC).date()
    as_of = _standing_in(world, asked, edition, today)
    drawn = {
        model: joint.Joint(world, as_of, edition, seed, draws, model, known=today.isoformat())
        for model in ([CLOSING_GAPS, NO_CHANGE] if asked.forecast == CLOSING else [NO_CHANGE])
    }
    parts = [each for each in measures().values() if each.index == asked.index and not each.why_not]
    table = pd.concat(
        [
            _rows(part, made.draws(part.code), world.known(as_of))
            for part in parts
            for made in drawn.values()
        ],
        ignore_index=True,
    )
    head = {
        **{"index": asked.index, "edition": edition, "registered": today.isoformat()},
        "seen": seen(world, asked.index, edition),
        **{"as_of": as_of, "seed": seed, "draws": draws, "models": list(drawn)},
        "known": _known(world, asked, today, as_of),
        "data": world.fingerprint,
        "code": store.code_digest(joint.__name__),
    }
    return _append(_folder(ship), head, table)


def _standing_in(world: World, asked: Measure, edition: int, today: datetime.date) -> int:
    """The year whose end one stands in; `InputError` where the edition is not to be forecast."""
    held = world.panel.loc[world.panel["index"] == asked.index, "edition"]
    if edition in set(held):
        raise InputError(
            "{index} {edition} is held: a forecast is registered before its edition is seen",
            index=asked.index,
            edition=edition,
        )
    told = world.editions_not_held
    mine = told.loc[(told["index"] == asked.index) & (told["edition"] == edition)]
    if (mine["is_out"] == "yes").any():
        raise InputError(
            "{index} {edition} is out and is not held ({evidence}): it is not forecast any more",
            index=asked.index,
            edition=edition,
            evidence=str(mine["evidence"].iloc[0]),
        )
    as_of = min(today.year, edition - 1)
    newest = int(held.max())
    expected = asked.editions_ahead(newest, as_of, edition)
    following = newest + asked.rhythm if asked.rhythm and asked.forecast != WALK else expected[0]
    if edition != following:
        raise InputError(
            "{index}: the next edition is that of {following}; {edition} cannot be registered yet",
            index=asked.index,
            following=following,
            edition=edition,
        )
    return as_of


def seen(world: World, index: str, edition: int) -> str:
    """What is known of whether an edition is out, by those who register and had not seen it."""
    told = world.editions_not_held
    mine = told.loc[(told["index"] == index) & (told["edition"] == edition)]
    held = world.panel.loc[world.panel["index"] == index, "edition"].max()
    between = told.loc[
        (told["index"] == index) & (told["edition"] > held) & (told["edition"] < edition)
    ]
    also = "".join(
        f"; {index} {row['edition']} is out ({row['evidence']}), {row['what_is_known']}"
        for row in between.to_dict("records")
    )
    if mine.empty:
        return f"not seen by us; nothing held says that it is out or when it will be{also}"
    known = mine["what_is_known"].iloc[0]
    return f"not seen by us; since when it is out, if it is, is not known: {known}{also}"


def _known(world: World, asked: Measure, today: datetime.date, as_of: int) -> dict[str, Any]:
    """Which editions and releases a forecast looked at."""
    panel = world.known(as_of)
    newest = panel.loc[panel["index"].isin([asked.index, "GCI", "GTMI"])]
    newest = newest.loc[newest["edition"] == newest.groupby("index")["edition"].transform("max")]
    editions = newest[["index", "edition", "vintage"]].drop_duplicates()
    known: dict[str, Any] = {
        "editions": [" ".join(map(str, row)) for row in editions.to_numpy().tolist()],
        "releases": [],
    }
    if asked.forecast == CLOSING:
        names = {rule.series for rule in definition(asked.index).figures}
        rows = world.series_at(today.isoformat())
        rows = rows.loc[rows["series"].isin(names)]
        key = ["series", "source_id", "released"]
        counted = rows.groupby(key, as_index=False).agg(values=("value", "size"))
        known["releases"] = [
            " ".join([*map(str, row[:3]), f"({row[3]} values)"])
            for row in counted.to_numpy().tolist()
        ]
    else:
        known["editions"] = [each for each in known["editions"] if each.startswith(asked.index)]
    return known


def _rows(part: Measure, draws: Draws, panel: pd.DataFrame) -> pd.DataFrame:
    """The forecast of the last edition of some draws, one row per economy."""
    drawn = draws.ranks[:, -1, :]
    cuts = np.quantile(drawn, LEVELS, axis=0, method="inverted_cdf").astype(int)
    low95, low80, middle, high80, high95 = (cuts[at] for at in (0, 3, 19, 35, 38))
    now = ranks.competition(values_of(panel, part).iloc[-1].reindex(list(draws.iso3)))
    table = pd.DataFrame(
        {
            **{"measure": part.code, "model": draws.model, "iso3": draws.iso3},
            "rank_now": now.to_numpy(),
            **{"median": middle, "low80": low80, "high80": high80},
            **{"low95": low95, "high95": high95},
            **{f"chance{rank}": (drawn <= rank).mean(axis=0).round(4) for rank in RANKS},
            "quantiles": [" ".join(map(str, column)) for column in cuts.T],
        }
    )
    return table[COLUMNS].sort_values("iso3", ignore_index=True)


def _folder(ship: bool) -> Path:
    """Where entries are written: the clone's own, or the analyst's store."""
    if ship:
        return shipped_folder()
    own = store.own_folder()
    if own is None:
        raise InputError("RANKINGS_STORE is set empty: there is no own store to register in")
    return own / FOLDER


def shipped_folder() -> Path:
    """The folder of the project's entries."""
    return store.shipped("data", FOLDER)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _append(folder: Path, head: dict[str, Any], table: pd.DataFrame) -> Path:
    """Write an entry beside those there and list it; nothing that is there is touched."""
    stem = f"{head['index']}-{head['edition']}".lower()
    listed = _listed(folder)
    number = 1 + sum(row["entry"].rpartition("-")[0] == stem for row in listed)
    name = f"{stem}-{number}"
    try:
        path = store.write_text(folder / f"{name}.csv", table.to_csv(index=False))
        told = {**head, "rows": len(table), "table_sha256": _digest(path)}
        text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
        made = store.write_text(folder / f"{name}.json", text)
        row = [name, head["index"], str(head["edition"]), head["registered"], _digest(made)]
        lines = [[each[column] for column in INDEX_COLUMNS] for each in listed]
        listing = io.StringIO(newline="")
        csv.writer(listing, lineterminator="\n").writerows([INDEX_COLUMNS, *lines, row])
        store.write_text(folder / INDEX, listing.getvalue())
    except OSError as error:
        raise InputError(
            "{folder} cannot be written ({reason}): nothing was registered",
            folder=str(folder),
            reason=str(error.strerror),
        ) from None
    return made


# --- reading ---------------------------------------------------------------------------------


def _listed(folder: Path) -> list[dict[str, str]]:
    path = folder / INDEX
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def entries() -> list[Entry]:
    """Every entry, the project's first, in the order of registration.

    Raises:
        DataError: an entry is not as it was on its day, or is missing.
    """
    own = store.own_folder()
    folders = [(shipped_folder(), False), *([(own / FOLDER, True)] if own else [])]
    return [_read(folder, row, own=mine) for folder, mine in folders for row in _listed(folder)]


def _read(folder: Path, row: dict[str, str], *, own: bool) -> Entry:
    head, table = folder / f"{row['entry']}.json", folder / f"{row['entry']}.csv"
    for path in (head, table):
        if not path.is_file():
            raise DataError(
                "{path} is listed in {index} and is not there", path=str(path), index=INDEX
            )
    facts = json.loads(head.read_text(encoding="utf-8"))
    digest = _digest(table)
    if _digest(head) != row["sha256"] or digest != facts["table_sha256"]:
        raise DataError(
            "{entry} is not as it was registered on {day}: put the files of that day back",
            entry=str(head.with_suffix("")),
            day=row["registered"],
        )
    return Entry(("own: " if own else "") + row["entry"], own, facts, _table(table, digest))


@lru_cache(maxsize=32)
def _table(path: Path, digest: str) -> pd.DataFrame:
    """The rows of an entry, read once while the file stays as it is."""
    rows = store.read_csv(path)
    numbers = [name for name in COLUMNS if name not in ("measure", "model", "iso3", "quantiles")]
    rows[numbers] = rows[numbers].apply(pd.to_numeric)
    return rows


def came(world: World, entry: Entry) -> dict[str, pd.Series]:
    """Ranks that came, by measure and economy, as first printed; empty while none is held.

    They are counted among the economies forecast.
    """
    found = {}
    for code in entry.table["measure"].unique():
        asked = measure(str(code))
        rows = world.panel.loc[
            (world.panel["index"] == asked.index)
            & (world.panel["component"] == asked.component)
            & (world.panel["edition"] == entry.edition)
        ]
        if rows.empty:
            continue
        first = rows.loc[rows["published_year"] == rows["published_year"].min()]
        values = first.set_index("iso3")["value"]
        known = set(entry.table.loc[entry.table["measure"] == code, "iso3"])
        found[str(code)] = ranks.competition(values.loc[[each in known for each in values.index]])
    return found


def beside(world: World, given: list[Entry] | None = None) -> pd.DataFrame:
    """What was said before beside what came, for every economy.

    Returns:
        Columns `BESIDE`: one row per entry, measure, model and economy; ``came`` is the rank that
        came, missing while the edition is not held.
    """
    tables = []
    for entry in entries() if given is None else given:
        outcome = came(world, entry)
        rows = entry.table.assign(entry=entry.name, registered=entry.day, index=entry.index)
        rows = rows.assign(edition=entry.edition)
        keys = zip(rows["measure"], rows["iso3"], strict=True)
        ranked = [outcome[code].get(iso3) if code in outcome else None for code, iso3 in keys]
        tables.append(rows.assign(came=pd.array(ranked, dtype="Int64")))
    if not tables:
        return pd.DataFrame(columns=[*BESIDE, "quantiles"])
    return pd.concat(tables, ignore_index=True)


def scores(world: World, given: list[Entry] | None = None) -> pd.DataFrame:
    """How good each entry was, once its edition is held, over all economies and against no change.

    Returns:
        Columns `SCORES`: one row per entry, measure and model; "no change, point" is the last
        rank itself. CRPS and mae are in places (CRPS from 39 quantiles), coverage and Brier scores
        as in `rankings.forecasts.backtest`. Empty while no edition that was forecast is held.
    """
    rows = beside(world, given)
    known = rows.loc[rows["came"].notna()]
    key = ["entry", "registered", "index", "edition", "measure"]
    found = []
    for named, group in known.groupby(key, sort=False):
        told = dict(zip(key, named, strict=True))
        for model, mine in group.groupby("model", sort=False):
            found.append({**told, "model": model, **_score(mine)})
        last = group.drop_duplicates("iso3")
        off = float((last["came"] - last["rank_now"]).abs().mean())
        point = {"model": backtest.POINT, "n": len(last), "crps": off, "mae": off}
        found.append({**told, **point})
    return pd.DataFrame(found, columns=SCORES)


def _score(rows: pd.DataFrame) -> dict[str, float]:
    """Scores of one model of an entry over the economies that were ranked."""
    import scoringrules  # half a second, and an open entry needs none

    outcome = rows["came"].to_numpy(dtype=float)
    drawn = np.array([text.split(" ") for text in rows["quantiles"]], dtype=float)
    inside = {
        share: ((outcome >= rows[f"low{share}"]) & (outcome <= rows[f"high{share}"])).mean()
        for share in (80, 95)
    }
    brier = {rank: ((rows[f"chance{rank}"] - (outcome <= rank)) ** 2).mean() for rank in RANKS}
    return {
        "n": len(rows),
        "crps": float(np.mean(scoringrules.crps_ensemble(outcome, drawn))),
        "mae": float((rows["median"] - outcome).abs().mean()),
        **{f"coverage{share}": float(value) for share, value in inside.items()},
        **{f"brier{rank}": float(value) for rank, value in brier.items()},
    }
