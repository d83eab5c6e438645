"""How does a publisher's file become part of what is held? Checked, compared, then added whole."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rankings import sources, store
from rankings.data import build, own_store, resolve
from rankings.errors import DataError, InputError
from rankings.panel.definitions import definitions
from rankings.panel.shape import KEY
from rankings.sources.delivery import Delivery
from rankings.sources.held import DECIMALS

EDITION = ["index", "edition", "vintage"]
SERIES = ["series", "iso3", "year"]
SHOWN = 12


@dataclass(frozen=True)
class Plan:
    """What taking some files would change, before anything is written.

    Attributes:
        deliveries: the files as read.
        new: editions (index, edition, vintage) that are not held yet.
        equal: editions of which the files bring nothing but what is held.
        differing: cells that are held with another value: `KEY`, held, given.
        missing: members of a held edition that the files leave out, and that stay: `KEY`.
        series: one row per series and vintage: series, vintage, economies, new (bool: whether
            any value of that vintage is not held).
        contradicted: values of a release that is held with another value: series, iso3, year,
            vintage, held, given.
        notes: what a person should know.
    """

    deliveries: list[Delivery]
    new: list[tuple[str, int, str]]
    equal: list[tuple[str, int, str]]
    differing: pd.DataFrame
    missing: pd.DataFrame
    series: pd.DataFrame
    contradicted: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the files contradict an edition, or a release of a series, that is held."""
        return len(self.differing) > 0 or len(self.contradicted) > 0

    def lines(self) -> list[str]:
        """The plan for a person, one line each."""
        said = [f"new: {_named(each)}" for each in self.new]
        said += [f"held already, equal: {_named(each)}" for each in self.equal]
        said += [
            f"series {row['series']} ({resolve.dated_as(row['vintage'])}), "
            f"{row['economies']} economies" + ("" if row["new"] else ": held already")
            for row in self.series.to_dict("records")
        ]
        for row in self.differing.head(SHOWN).to_dict("records"):
            said.append(f"differs: {_cell(row)}: held {row['held']:g}, given {row['given']:g}")
        for row in self.contradicted.head(SHOWN).to_dict("records"):
            where = f"{row['series']} ({row['vintage']}) {row['iso3']} {row['year']}"
            said.append(f"differs: {where}: held {row['held']:g}, given {row['given']:g}")
        said += self._stay()
        more = max(0, len(self.differing) - SHOWN) + max(0, len(self.contradicted) - SHOWN)
        return [*said, *([f"and {more} more"] if more else []), *self.notes]

    def _stay(self) -> list[str]:
        """A line for each edition of which the files leave members out."""
        return [
            f"not in the file and kept as held: {len(rows)} values of "
            f"{_named((str(i), int(str(e)), str(v)))} ({_few(rows)})"
            for (i, e, v), rows in self.missing.groupby(EDITION)
        ]


def _few(rows: pd.DataFrame) -> str:
    named = [f"{row['iso3']} {row['component']}" for row in rows.head(3).to_dict("records")]
    return ", ".join(named) + (", ..." if len(rows) > 3 else "")


def _named(edition: tuple[str, int, str]) -> str:
    index, label, vintage = edition
    return f"{index} {label}" + ("" if vintage == str(label) else f" as printed in {vintage}")


def _cell(row: dict) -> str:  # type: ignore[type-arg]
    return " ".join(str(row[name]) for name in ["index", "edition", "iso3", "component"])


def plan(paths: Iterable[Path], *, released: str | None = None) -> Plan:
    """Read files and compare them with what is held; nothing is written.

    Args:
        paths: the publishers' files.
        released: ISO date, month or year of the release of series whose file has no date.

    Raises:
        DataError: a file is not one of those known, or does not add up; file and place are named.
        InputError: no file was given, or a file that is not there.
    """
    deliveries = [sources.read(Path(path)) for path in paths]
    if not deliveries:
        raise InputError("no file given: rankings ingest FILE...")
    return compare(deliveries, released=released)


def compare(deliveries: list[Delivery], *, released: str | None = None) -> Plan:
    """The plan for files that were read.

    Raises:
        DataError: a file does not add up, or two of them contradict each other.
        InputError: ``released`` is no date.
    """
    if released is not None and not resolve.DATE.fullmatch(released):
        raise InputError(
            f"--released: expected a date as 2026-08-20, 2026-08 or 2026: {released!r}"
        )
    given = _once(pd.concat([each.index for each in deliveries], ignore_index=True), KEY)
    _once(
        pd.concat([dated(each, released) for each in deliveries], ignore_index=True),
        [*SERIES, "vintage"],
    )
    held, series = build.held_index_rows(), build.held_series_rows()
    _check_editions(given, held)
    merged = given.merge(held[[*KEY, "value"]], on=KEY, how="left", suffixes=("", "_held"))
    differing = merged.loc[merged["value_held"].notna() & ~same(merged)].rename(
        columns={"value_held": "held", "value": "given"}
    )
    known = {tuple(row) for row in held[EDITION].drop_duplicates().to_numpy().tolist()}
    editions = [tuple(row) for row in given[EDITION].drop_duplicates().to_numpy().tolist()]
    missing = _missing(given, held)
    differing_editions = {tuple(row) for row in differing[EDITION].to_numpy().tolist()}
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
        series=_series(deliveries, released, series),
        contradicted=_contradicted(deliveries, released, series),
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


def _series(
    deliveries: Sequence[Delivery], released: str | None, held: pd.DataFrame
) -> pd.DataFrame:
    """The series the files bring, and whether they have a value that is not held."""
    rows = pd.concat([dated(each, released) for each in deliveries], ignore_index=True)
    if rows.empty:
        return pd.DataFrame(columns=["series", "vintage", "economies", "new"])
    rows = rows.assign(vintage=rows["vintage"].fillna(""), fresh=~_is_held(rows, held))
    counted = rows.groupby(["series", "vintage"])
    return counted.agg(economies=("iso3", "nunique"), new=("fresh", "any")).reset_index()


def _beside_held(rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Series rows with the value held of the same release in ``value_held``, missing if none.

    Of several deliveries of one release the one added last counts.
    """
    key = ["series", "iso3", "year", "vintage"]
    known = held.sort_values("order", kind="stable").assign(vintage=held["vintage"].fillna(""))
    known = known.drop_duplicates(key, keep="last")[[*key, "value"]]
    given = rows.assign(vintage=rows["vintage"].fillna(""))
    return given.merge(known, on=key, how="left", suffixes=("", "_held"), validate="m:1")


def _differs(both: pd.DataFrame) -> pd.Series:
    """Whether a value differs from the one held of the same release beyond what is held of it."""
    decimals = {
        name: max(len(repr(float(value)).partition(".")[2]) for value in values)
        for name, values in both.dropna(subset=["value_held"]).groupby("series")["value_held"]
    }
    last = pd.Series(
        [0.51 * 10.0 ** -decimals.get(name, 0) for name in both["series"]],
        index=both.index,
        dtype="float64",
    )
    return (both["value"] - both["value_held"]).abs() > last


def _is_held(rows: pd.DataFrame, held: pd.DataFrame) -> pd.Series:
    """Whether each value of a series is held already, as a value of the same release."""
    both = _beside_held(rows, held)
    equal = both["value_held"].notna() & ~_differs(both)
    return pd.Series(equal.to_numpy(), index=rows.index)


def _contradicted(
    deliveries: Sequence[Delivery], released: str | None, held: pd.DataFrame
) -> pd.DataFrame:
    """Values of a release that is held with another value."""
    rows = pd.concat([dated(each, released) for each in deliveries], ignore_index=True)
    both = _beside_held(rows, held)
    found = both.loc[both["value_held"].notna() & _differs(both)]
    found = found.rename(columns={"value_held": "held", "value": "given"})
    columns = ["series", "iso3", "year", "vintage", "held", "given"]
    return found[columns].reset_index(drop=True)


def dated(delivery: Delivery, released: str | None = None) -> pd.DataFrame:
    """The series of a delivery, each with a vintage: where the file has none, the date given.

    A file without a date is told apart by its bytes.
    """
    undated = released or f"{resolve.UNDATED} {delivery.sha256[:12]}"
    return delivery.series.assign(vintage=delivery.series["vintage"].fillna(undated))


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
    wrong = off[off > (definitions()[index].sum_tolerance or 0.0)]
    if len(wrong):
        iso3 = wrong.index[0]
        raise DataError(
            f"{name}: {iso3} has {overall} {wide.loc[iso3, overall]:g}, but its parts give "
            f"{rebuilt[iso3]:g} (and {len(wrong) - 1} more such rows): the file is not what the "
            "publisher released"
        )


def carry_out(
    wanted: Plan,
    *,
    replace: bool = False,
    published: int | None = None,
    released: str | None = None,
    today: str | None = None,
) -> list[own_store.Record]:
    """Add the files of a plan to the own store, each as one delivery.

    Args:
        wanted: a plan of `plan`.
        replace: take the files' word against what is held.
        published: the year in which new editions became known; the edition's own label if left
            out.
        released: when series whose file has no date became known, as in `plan`.
        today: ISO date remembered with the delivery.

    Returns:
        The records added; files that bring nothing new are left out.

    Raises:
        InputError: a held edition or release is contradicted and ``replace`` was not said, or the
            store cannot be written; nothing was added.
    """
    if wanted.refused and not replace:
        raise InputError(
            f"the files contradict what is held "
            f"({len(wanted.differing) + len(wanted.contradicted)} other values): nothing was "
            "added; look at the differences, and say --replace if the files are right"
        )
    day = today or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    held = build.held_index_rows(), build.held_series_rows()
    added: list[own_store.Record] = []
    try:
        for delivery in wanted.deliveries:
            record = _add(delivery, held, published=published, released=released, day=day)
            added += [record] if record else []
        if added:
            build.build()
    except (DataError, InputError):
        for record in added:
            own_store.withdraw(record.name)
        raise
    return added


def _add(
    delivery: Delivery,
    held: tuple[pd.DataFrame, pd.DataFrame],
    *,
    published: int | None,
    released: str | None,
    day: str,
) -> own_store.Record | None:
    """The record of a delivery that was put into the own store; None if it brings nothing new."""
    tables, replaces = _tables(delivery, held, published, released)
    if not any(len(tables[name]) for name in ("index", "series", "indicators", "not_measured")):
        return None
    record = own_store.Record(
        name=own_store.free_name(f"{delivery.kind}-{delivery.sha256[:12]}"),
        kind=delivery.kind,
        file=delivery.file,
        sha256=delivery.sha256,
        added=day,
        replaces=replaces,
        notes=delivery.notes,
        order=own_store.next_order(),
    )
    own_store.add(record, tables)
    return record


def _keys(rows: pd.DataFrame) -> list[tuple[str, int, str]]:
    return [(str(i), int(e), str(v)) for i, e, v in rows[EDITION].to_numpy().tolist()]


def _tables(
    delivery: Delivery,
    held: tuple[pd.DataFrame, pd.DataFrame],
    published: int | None,
    released: str | None,
) -> tuple[dict[str, pd.DataFrame], list[tuple[str, int, str]]]:
    """The tables a delivery adds, and the held editions it has other values of.

    Of an edition that is new, or of which the file has a cell that is not held so, all is taken
    that the file says; what it does not say stays as it is held.
    """
    rows, (index, series) = delivery.index, held
    merged = rows.merge(
        index[[*KEY, "value"]], on=KEY, how="left", suffixes=("", "_held"), validate="1:1"
    )
    zeros = delivery.not_measured
    unheld = zeros.astype({"edition": "int64"}).merge(index[KEY], on=KEY)
    touched = {*_keys(merged.loc[~same(merged)]), *_keys(unheld)}
    known = {*_keys(index)}
    taken = rows.loc[[key in touched for key in _keys(rows)]]
    return {
        "index": taken,
        "series": _series_taken(delivery, released, series),
        "indicators": _indicators_taken(delivery.indicators),
        "not_measured": zeros.loc[[key in touched for key in _keys(zeros)]],
        "editions": _editions(touched, delivery, published),
        "sources": _sources(delivery, taken),
    }, sorted(touched & known)


def _series_taken(delivery: Delivery, released: str | None, held: pd.DataFrame) -> pd.DataFrame:
    """The series of a delivery that have a value which is not held of their release."""
    rows = dated(delivery, released)
    if rows.empty:
        return rows
    fresh = rows.loc[~_is_held(rows, held), ["series", "vintage"]].drop_duplicates()
    return rows.merge(fresh, on=["series", "vintage"])


def _indicators_taken(rows: pd.DataFrame) -> pd.DataFrame:
    """The indicators of a delivery, if any of them is not held with the same value."""
    if rows.empty:
        return rows
    held = build.held_indicators()[[*build.INDICATOR_KEY, "value"]]
    both = rows.merge(held, on=build.INDICATOR_KEY, how="left", suffixes=("", "_held"))
    equal = (both["value"] - both["value_held"]).abs() <= 1e-9
    return rows.iloc[:0] if equal.all() else rows


def _editions(
    touched: set[tuple[str, int, str]], delivery: Delivery, published: int | None
) -> pd.DataFrame:
    """Lines of editions.csv for the editions that are not shipped.

    Each delivery explains its own, so that taking another out leaves none unexplained.
    """
    shipped, held = build.read_facts("editions", shipped=True), build.read_facts("editions")
    dated_already = set(_keys(shipped))
    rows = [_edition(key, delivery, held, published) for key in sorted(touched - dated_already)]
    return pd.DataFrame(rows, columns=list(held.columns))


def _edition(
    key: tuple[str, int, str], delivery: Delivery, held: pd.DataFrame, published: int | None
) -> dict[str, object]:
    index, edition, vintage = key
    before = held.loc[(held["index"] == index) & (held["edition"] <= edition)]
    last = before.sort_values("edition").iloc[-1] if len(before) else None
    known = held.loc[[each == key for each in _keys(held)]]
    if published is None and len(known):
        published = int(known["published_year"].iloc[0])
    ranked = delivery.index.loc[
        (delivery.index["index"] == index) & (delivery.index["edition"] == edition),
        "published_rank",
    ]
    return {
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
