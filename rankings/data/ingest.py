"""How does a publisher's file become part of what is held? Checked, compared, then added whole."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rankings import sources, store
from rankings.data import build, own_store
from rankings.errors import DataError, InputError
from rankings.panel.definitions import definitions
from rankings.panel.shape import KEY
from rankings.sources.delivery import Delivery
from rankings.sources.held import DECIMALS

EDITION = ["index", "edition", "vintage"]
SERIES = ["series", "iso3", "year"]
# Published parts are rounded, so a weighted mean of them may miss the overall in the last place.
ROUNDING = {"EGDI": 0.0002, "IDI": 0.06, "GCI": 0.02}
SHOWN = 12


@dataclass(frozen=True)
class Plan:
    """What taking some files would change, before anything is written.

    Attributes:
        deliveries: the files as read.
        new: editions (index, edition, vintage) that are not held yet.
        equal: editions that are held with the same values.
        differing: cells that are held with another value: `KEY`, held, given.
        missing: members of a held edition that the files leave out: `KEY`.
        series: one row per series and vintage: series, vintage, economies, new (bool).
        notes: what a person should know.
    """

    deliveries: list[Delivery]
    new: list[tuple[str, int, str]]
    equal: list[tuple[str, int, str]]
    differing: pd.DataFrame
    missing: pd.DataFrame
    series: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the files contradict an edition that is held."""
        return len(self.differing) > 0 or len(self.missing) > 0

    def lines(self) -> list[str]:
        """The plan for a person, one line each."""
        said = [f"new: {_named(each)}" for each in self.new]
        said += [f"held already, equal: {_named(each)}" for each in self.equal]
        said += [
            f"series {row['series']} ({row['vintage'] or 'no date in the file'}), "
            f"{row['economies']} economies" + ("" if row["new"] else ": held already")
            for row in self.series.to_dict("records")
        ]
        for row in self.differing.head(SHOWN).to_dict("records"):
            said.append(f"differs: {_cell(row)}: held {row['held']:g}, given {row['given']:g}")
        for row in self.missing.head(SHOWN).to_dict("records"):
            said.append(f"missing: {_cell(row)} is held and not in the file")
        more = max(0, len(self.differing) - SHOWN) + max(0, len(self.missing) - SHOWN)
        return [*said, *([f"and {more} more"] if more else []), *self.notes]


def _named(edition: tuple[str, int, str]) -> str:
    index, label, vintage = edition
    return f"{index} {label}" + ("" if vintage == str(label) else f" as printed in {vintage}")


def _cell(row: dict) -> str:  # type: ignore[type-arg]
    return " ".join(str(row[name]) for name in ["index", "edition", "iso3", "component"])


def plan(paths: Iterable[Path]) -> Plan:
    """Read files and compare them with what is held; nothing is written.

    Raises:
        DataError: a file is not one of those known, or does not add up; file and place are named.
        InputError: no file was given, or a file that is not there.
    """
    deliveries = [sources.read(Path(path)) for path in paths]
    if not deliveries:
        raise InputError("no file given: rankings ingest FILE...")
    given = _once(pd.concat([each.index for each in deliveries], ignore_index=True), KEY)
    held = build.held_index_rows()
    _check_editions(given, held)
    merged = given.merge(held[[*KEY, "value"]], on=KEY, how="left", suffixes=("", "_held"))
    differing = merged.loc[merged["value_held"].notna() & ~same(merged)].rename(
        columns={"value_held": "held", "value": "given"}
    )
    known = {tuple(row) for row in held[EDITION].drop_duplicates().to_numpy().tolist()}
    editions = [tuple(row) for row in given[EDITION].drop_duplicates().to_numpy().tolist()]
    missing = _missing(given, held)
    differing_editions = {tuple(row) for row in differing[EDITION].to_numpy().tolist()}
    differing_editions |= {tuple(row) for row in missing[EDITION].to_numpy().tolist()}
    added = merged.loc[merged["value_held"].isna(), EDITION].drop_duplicates()
    grown = {tuple(row) for row in added.to_numpy().tolist()} & known
    return Plan(
        deliveries=deliveries,
        new=[each for each in editions if each not in known],
        equal=[
            each
            for each in editions
            if each in known and each not in differing_editions and each not in grown
        ],
        differing=differing[[*KEY, "held", "given"]].reset_index(drop=True),
        missing=missing,
        series=_series(deliveries),
        notes=[note for each in deliveries for note in each.notes]
        + [f"{_named(each)}: cells that were not held are in the file" for each in sorted(grown)],
    )


def same(rows: pd.DataFrame) -> pd.Series:
    """Whether ``value`` and ``value_held`` are one figure, up to the last decimal that is held."""
    last = pd.Series(
        [0.51 * 10.0 ** -DECIMALS.get(index, 4) for index in rows["index"]],
        index=rows.index,
        dtype="float64",
    )
    return (rows["value"] - rows["value_held"]).abs() <= last


def _once(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows of several files together: a key given twice must say the same."""
    doubled = rows.loc[rows.duplicated(key, keep=False)]
    clash = doubled.groupby(key)["value"].nunique()
    clash = clash[clash > 1]
    if len(clash):
        raise DataError(f"two of the files give {' '.join(map(str, clash.index[0]))} differently")
    return rows.drop_duplicates(key).reset_index(drop=True)


def _missing(given: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Members of held editions that the files leave out of a component they bring."""
    brought = given[[*EDITION, "component"]].drop_duplicates()
    expected = held.merge(brought, on=[*EDITION, "component"])[KEY]
    compared = expected.merge(given[KEY], on=KEY, how="left", indicator=True)
    return compared.loc[compared["_merge"] == "left_only", KEY].reset_index(drop=True)


def _series(deliveries: Sequence[Delivery]) -> pd.DataFrame:
    """The series the files bring, and whether their vintage is held already."""
    rows = pd.concat([each.series for each in deliveries], ignore_index=True)
    if rows.empty:
        return pd.DataFrame(columns=["series", "vintage", "economies", "new"])
    hashes = {record.sha256 for record in own_store.records()}
    fresh = {
        name
        for each in deliveries
        if each.sha256 not in hashes
        for name in each.series["series"].unique()
    }
    counted = rows.assign(vintage=rows["vintage"].fillna("")).groupby(["series", "vintage"])
    table = counted["iso3"].nunique().rename("economies").reset_index()
    return table.assign(new=table["series"].isin(fresh))


def _check_editions(given: pd.DataFrame, held: pd.DataFrame) -> None:
    """Every new edition is complete enough to be ranked, and adds up."""
    for (index, edition, vintage), rows in given.groupby(EDITION):
        known = definitions().get(str(index))
        wide = rows.pivot(index="iso3", columns="component", values="value")
        mine = held.loc[
            (held["index"] == index) & (held["edition"] == edition) & (held["vintage"] == vintage)
        ]
        if known is None:
            continue
        if mine.empty and known.overall not in wide:
            raise DataError(
                f"{index} {edition}: the file brings {', '.join(wide.columns)} but not the overall "
                f"value ({known.overall}): ingest the files of one edition together"
            )
        table = known.weights
        weights = table.loc[
            (table["first_edition"] <= edition) & (table["last_edition"] >= edition)
        ].set_index("child")["weight"]
        if mine.empty and index == "EGDI" and not set(weights.index) <= set(wide.columns):
            raise DataError(
                f"{index} {edition}: an edition needs {', '.join(weights.index)} beside "
                f"{known.overall}; found {', '.join(wide.columns)}: ingest its files together"
            )
        if known.overall in wide and len(weights) and set(weights.index) <= set(wide.columns):
            _check_sum(wide, weights, known.overall, f"{index} {edition}", str(index), mine)


def _check_sum(
    wide: pd.DataFrame,
    weights: pd.Series,
    overall: str,
    name: str,
    index: str,
    mine: pd.DataFrame,
) -> None:
    """The overall value is the weighted sum of its parts; a held edition keeps its known errors."""
    if len(mine):
        return
    rebuilt = (wide[weights.index] * weights).sum(axis=1, skipna=False)
    off = (wide[overall] - rebuilt).abs()
    wrong = off[off > ROUNDING.get(index, 0.0002)]
    if len(wrong):
        iso3 = wrong.index[0]
        raise DataError(
            f"{name}: {iso3} has {overall} {wide.loc[iso3, overall]:g}, but its parts give "
            f"{rebuilt[iso3]:g} (and {len(wrong) - 1} more such rows): the file is not what the "
            "publisher released"
        )


def carry_out(
    wanted: Plan, *, replace: bool = False, published: int | None = None, today: str | None = None
) -> list[own_store.Record]:
    """Add the files of a plan to the own store, each as one delivery.

    Args:
        wanted: a plan of `plan`.
        replace: take the files' word against what is held.
        published: the year in which new editions became known; the edition's own label if left
            out.
        today: ISO date remembered with the delivery.

    Returns:
        The records added; files that bring nothing new are left out.

    Raises:
        InputError: a held edition is contradicted and ``replace`` was not said, or the store
            cannot be written; nothing was added.
    """
    if wanted.refused and not replace:
        raise InputError(
            f"the files contradict what is held ({len(wanted.differing)} other values, "
            f"{len(wanted.missing)} missing): nothing was added; look at the differences, and say "
            "--replace if the files are right"
        )
    day = today or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    held = build.held_index_rows()
    added: list[own_store.Record] = []
    for delivery in wanted.deliveries:
        tables, replaces = _tables(delivery, held, published)
        if not any(len(table) for name, table in tables.items() if name != "sources"):
            continue
        name = f"{delivery.kind}-{delivery.sha256[:12]}"
        if any(record.name == name for record in own_store.records()):
            continue
        record = own_store.Record(
            name, delivery.kind, delivery.file, delivery.sha256, day, replaces, delivery.notes
        )
        try:
            own_store.add(record, tables)
            build.build()
        except (DataError, InputError):
            for each in [*(record.name for record in added), name]:
                if any(path.name == each for path in store.own_deliveries()):
                    own_store.withdraw(each)
            raise
        added.append(record)
    return added


def _tables(
    delivery: Delivery, held: pd.DataFrame, published: int | None
) -> tuple[dict[str, pd.DataFrame], list[tuple[str, int, str]]]:
    """The tables a delivery adds, and the held editions it replaces."""
    rows = delivery.index
    merged = rows.merge(
        held[[*KEY, "value"]], on=KEY, how="left", suffixes=("", "_held"), validate="1:1"
    )
    changed = ~same(merged)
    missing = _missing(rows, held)
    touched = {tuple(row) for row in merged.loc[changed, EDITION].to_numpy().tolist()}
    touched |= {tuple(row) for row in missing[EDITION].to_numpy().tolist()}
    taken = rows.loc[[tuple(row) in touched for row in rows[EDITION].to_numpy().tolist()]]
    known = {tuple(row) for row in held[EDITION].drop_duplicates().to_numpy().tolist()}
    replaces = sorted(touched & known)
    if replaces:
        # What the file does not bring of a replaced edition (a sub-index) stays as it was held.
        others = held.loc[
            [tuple(row) in touched & known for row in held[EDITION].to_numpy().tolist()]
        ]
        brought = {tuple(row) for row in taken[[*EDITION, "component"]].to_numpy().tolist()}
        kept = [
            tuple(row) not in brought for row in others[[*EDITION, "component"]].to_numpy().tolist()
        ]
        taken = pd.concat([taken, others.loc[kept, list(taken.columns)]], ignore_index=True)
    new = sorted(touched - known)
    dated = build.read_facts("editions")[EDITION].to_numpy().tolist()
    undated = [each for each in new if list(each) not in dated]
    return {
        "index": taken,
        "series": _dated(delivery),
        "indicators": delivery.indicators,
        "not_measured": delivery.not_measured.loc[
            [tuple(row) in set(new) for row in delivery.not_measured[EDITION].to_numpy().tolist()]
        ],
        "editions": _editions(undated, delivery, published),
        "sources": _sources(delivery, taken),
    }, replaces


def _dated(delivery: Delivery) -> pd.DataFrame:
    """The series of a delivery; a file without a date of its own is told apart by its bytes."""
    undated = f"undated {delivery.sha256[:12]}"
    return delivery.series.assign(vintage=delivery.series["vintage"].fillna(undated))


def _editions(
    new: list[tuple[str, int, str]], delivery: Delivery, published: int | None
) -> pd.DataFrame:
    """Lines of editions.csv for editions that were not held."""
    held = build.read_facts("editions")
    rows = []
    for index, edition, vintage in new:
        before = held.loc[(held["index"] == index) & (held["edition"] <= edition)]
        last = before.sort_values("edition").iloc[-1] if len(before) else None
        ranked = delivery.index.loc[
            (delivery.index["index"] == index) & (delivery.index["edition"] == edition),
            "published_rank",
        ]
        rows.append(
            {
                "index": index,
                "edition": edition,
                "vintage": vintage,
                "published_year": published or edition,
                "reference_year": None,
                "report": f"{index} {edition}, file {delivery.file}",
                "scale_min": None if last is None else last["scale_min"],
                "scale_max": None if last is None else last["scale_max"],
                "rank_rule": "competition" if ranked.notna().any() else "none",
                "comparable_group": f"{index} {edition}, not stated",
                "note": "added by an analyst; whether its method is that of the edition before is "
                "not stated",
                "source_id": _source_id(delivery),
            }
        )
    return pd.DataFrame(rows, columns=list(held.columns))


def _source_id(delivery: Delivery) -> str:
    return f"{delivery.kind}:{delivery.sha256[:12]}"


def _sources(delivery: Delivery, taken: pd.DataFrame) -> pd.DataFrame:
    """A line of sources.csv for each source id of the delivery that is not explained yet."""
    known = set(store.read_csv(store.raw_folder() / "sources.csv")["source_id"])
    ids = {*taken["source_id"], *delivery.series["source_id"], *delivery.indicators["source_id"]}
    ids |= {*delivery.not_measured["source_id"], _source_id(delivery)}
    publisher = {
        "un-egov": "United Nations Department of Economic and Social Affairs",
        "wb": "World Bank",
        "itu": "International Telecommunication Union",
        "undp": "United Nations Development Programme",
    }
    named = next(
        (name for start, name in publisher.items() if delivery.kind.startswith(start)),
        "as the file says",
    )
    return pd.DataFrame(
        {
            "source_id": sorted(ids - known),
            "publisher": named,
            "document": f"file {delivery.file}, SHA-256 {delivery.sha256}",
            "address": "",
            "terms": "the publisher's",
            "how_checked": "schema, coverage and sums when it was ingested",
        }
    )
