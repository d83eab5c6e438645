"""Does what is held add up? Checksums, sums of parts, orders of ranks, counts, anchors."""

import hashlib
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rankings import store
from rankings.data import build, own_store, resolve
from rankings.data.world import World
from rankings.panel import definitions

COVERAGE = ["index", "edition", "vintage", "economies", "ranks", "components", "from", "verified"]


@dataclass(frozen=True)
class Finding:
    """One check and what it found.

    Attributes:
        check: what was checked.
        checked: how many cells or files.
        failures: one line for each that fails; empty is good.
        known: failures that are known and explained, listed all the same.
    """

    check: str
    checked: int
    failures: list[str]
    known: list[str]


def findings(held: World) -> list[Finding]:
    """Every check on everything held."""
    return [
        checksums(),
        sums(held),
        rank_orders(held),
        counts(held),
        anchors(held),
        explained(held),
        listed(held),
    ]


def checksums() -> Finding:
    """Every shipped file is byte for byte the one whose checksum was committed."""
    listed = {}
    for line in (store.raw_folder() / "CHECKSUMS.sha256").read_text("utf-8").splitlines():
        value, name = line.split("  ", 1)
        listed[name] = value
    failures = []
    files = [*store.ours(store.raw_folder(), ".csv"), store.raw_folder() / "SOURCES.md"]
    for path in files:
        if path.name not in listed:
            failures.append(f"{path.name} has no checksum")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != listed.pop(path.name):
            failures.append(
                f"{path.name} is not the committed one: restore it, or if the change "
                "is meant run `make checksums`"
            )
        else:
            continue
        listed.pop(path.name, None)
    failures += [f"{name} is listed and not there" for name in listed]
    return Finding("checksums of data/raw", len(files), failures, [])


def sums(held: World) -> Finding:
    """The overall value is the weighted sum of its parts, wherever the parts are held."""
    failures: list[str] = []
    known: list[str] = []
    checked = 0
    for (index, edition, vintage), rows in held.panel.groupby(["index", "edition", "vintage"]):
        defined = definitions.definitions().get(str(index))
        if defined is None:
            continue
        wide = rows.pivot(index="iso3", columns="component", values="value")
        table = defined.weights
        weights = table.loc[
            (table["first_edition"] <= edition) & (table["last_edition"] >= edition)
        ].set_index("child")["weight"]
        if weights.empty or not {*weights.index, defined.overall} <= set(wide.columns):
            continue
        complete = wide.dropna(subset=[*weights.index, defined.overall])
        checked += len(complete)
        off = complete[defined.overall] - (complete[weights.index] * weights).sum(axis=1)
        for iso3, gap in off[off.abs() > (defined.sum_tolerance or 0.0)].items():
            line = f"{index} {edition} {vintage} {iso3}: overall and parts differ by {gap:.4f}"
            explained = (edition, iso3) in defined.sum_slack
            (known if explained else failures).append(line)
    return Finding("overall value = weighted parts", checked, failures, known)


def rank_orders(held: World) -> Finding:
    """A printed rank is the rank of the printed score, competition or dense as the edition says."""
    key = ["index", "edition", "vintage"]
    rules = held.editions.drop_duplicates(key).set_index(key)["rank_rule"]
    rows = held.panel.loc[held.panel["component"] != "tier"]
    printed = rows["printed_value"].fillna(rows["value"]).round(9)
    groups = printed.groupby([rows[name] for name in [*key, "component"]])
    dense = pd.Series(
        [rules.get(tuple(each)) == "dense" for each in rows[key].to_numpy()], index=rows.index
    )
    place = groups.rank(ascending=False, method="min").where(
        ~dense, groups.rank(ascending=False, method="dense")
    )
    off = rows.loc[rows["published_rank"].notna() & (rows["published_rank"] != place)]
    failures: list[str] = []
    known: list[str] = []
    for row in off.assign(place=place).to_dict("records"):
        line = (
            f"{row['index']} {row['edition']} {row['component']} {row['iso3']}: printed "
            f"{row['published_rank']}, by the printed score {row['place']:.0f}"
        )
        defined = definitions.definition(row["index"])
        slack, reason = defined.rank_slack.get(row["edition"], (0, ""))
        odd = (row["edition"], row["iso3"]) in defined.sum_slack
        if odd or abs(row["published_rank"] - row["place"]) <= slack:
            known.append(f"{line} ({reason})")
        else:
            failures.append(line)
    count = int(rows["published_rank"].notna().sum())
    return Finding("published rank = rank of the printed score", count, failures, known)


def counts(held: World) -> Finding:
    """Each edition has as many economies as published ranks say there are."""
    failures = []
    rows = held.panel.loc[held.panel["published_rank"].notna() & (held.panel["index"] == "EGDI")]
    grouped = rows.groupby(["index", "edition"])
    for (index, edition), group in grouped:
        if int(group["published_rank"].max()) > len(group):
            failures.append(
                f"{index} {edition}: ranks run to {group['published_rank'].max()}, "
                f"{len(group)} economies held"
            )
    return Finding("as many economies as ranks", len(grouped), failures, [])


def anchors(held: World) -> Finding:
    """Figures quoted from reports and press equal those held."""
    quoted = held.anchors
    merged = quoted.merge(
        held.panel.loc[held.panel["iso3"] == "VNM"],
        on=["index", "edition", "component"],
        how="inner",
        suffixes=("_quoted", ""),
    )
    key = ["index", "edition", "component", "source_id_quoted", "source_url"]
    failures, known = [], []
    for _, group in merged.groupby(key, dropna=False):
        first = group.iloc[0]
        values = {*group["value"], *group["printed_value"].dropna()}
        ranks = {
            *group["published_rank"].dropna(),
            *group["competition_rank"].dropna(),
            *group["dense_rank"].dropna(),
        }
        line = f"{first['index']} {first['edition']} {first['component']}: quoted "
        if pd.notna(first["value_quoted"]):
            digits = len(str(first["value_quoted"]).partition(".")[2])
            if not any(round(value, digits) == first["value_quoted"] for value in values):
                failures.append(f"{line}{first['value_quoted']}, held {sorted(values)}")
        if pd.notna(first["rank"]) and first["rank"] not in ranks:
            known.append(
                f"{line}rank {first['rank']}, held {_whole(ranks)}; {first['note_quoted']}"
            )
    return Finding("figures as quoted", merged.groupby(key, dropna=False).ngroups, failures, known)


def _whole(values: set[object]) -> str:
    return " and ".join(sorted({str(int(str(value))) for value in values}))


def explained(held: World) -> Finding:
    """Every value names a source that is explained and an edition that is dated."""
    failures = []
    named = set(held.sources["source_id"])
    for name, table in [
        ("panel", held.panel),
        ("series", held.series),
        ("indicators", held.indicators),
    ]:
        for source_id in sorted(set(table["source_id"]) - named):
            failures.append(f"{name}: source {source_id} is not explained")
    return Finding("every value has a source", len(held.panel), failures, [])


def listed(held: World) -> Finding:
    """Every edition that is listed has values that count."""
    every = build.read_facts("editions")
    key = ["index", "edition", "vintage"]
    counted = set(held.panel[key].drop_duplicates().itertuples(index=False, name=None))
    failures = [
        f"{row['index']} {row['edition']} ({row['vintage']}) is listed and no value of it counts: "
        f"{_why_empty(held, row)}"
        for row in every.to_dict("records")
        if tuple(row[name] for name in key) not in counted
    ]
    return Finding("every edition listed has values", len(every), failures, [])


def _why_empty(held: World, row: Mapping[Any, Any]) -> str:
    """Which values of an edition are held beside, if any, and what is missing."""
    key = ["index", "edition", "vintage"]
    beside = held.beside.loc[(held.beside[key] == [row[name] for name in key]).all(axis=1)]
    if beside.empty:
        return "none is held; restore the table, or withdraw the file that lists it"
    found = set(beside["component"])
    missing = build.missing_components(row["index"], row["edition"], found)
    files = " ".join(sorted(set(beside["delivery"])))
    return (
        f"{', '.join(sorted(found))} of {files} are kept beside, {', '.join(missing)} is missing; "
        "ingest the file that has it, or withdraw these, too"
    )


def coverage(held: World) -> pd.DataFrame:
    """What is held: one row per index, edition and vintage.

    Returns:
        Columns `COVERAGE`: economies (with an overall value), ranks ("published", or "derived"
        where none is held), components, from (data/raw or the delivery) and verified (how the
        document was checked).
    """
    checked = held.sources.set_index("source_id")["how_checked"]
    overall = {name: each.overall for name, each in definitions.definitions().items()}
    rows = held.panel.assign(
        main=held.panel["component"] == held.panel["index"].map(overall).fillna("overall")
    )
    key = ["index", "edition", "vintage"]
    main = (
        rows.loc[rows["main"]]
        .groupby(key, as_index=False)
        .agg(
            economies=("iso3", "nunique"),
            published=("published_rank", "count"),
            delivery=("delivery", "first"),
            source_id=("source_id", "first"),
        )
    )
    parts = rows.groupby(key, as_index=False).agg(components=("component", "nunique"))
    table = main.merge(parts, on=key)
    return table.assign(
        **{
            "ranks": table["published"].map(lambda count: "published" if count else "derived"),
            "from": table["delivery"],
            "verified": table["source_id"].map(checked),
        }
    )[COVERAGE]


def _coverage_lines(table: pd.DataFrame) -> list[str]:
    """The coverage table as lines, the long last column wrapped below its row."""
    lines = []
    shown = table.drop(columns="verified").to_string(index=False).splitlines()
    lines.append(shown[0])
    for line, verified in zip(shown[1:], table["verified"], strict=True):
        lines.append(line)
        lines += textwrap.wrap(
            str(verified), 92, initial_indent="      verified: ", subsequent_indent="        "
        )
    return lines


def page(held: World, *, every: bool = False) -> tuple[str, bool]:
    """One page for a person: what is held, from where, whether it adds up; and whether it does."""
    found = findings(held)
    table = coverage(held)
    lines = ["What is held", *_coverage_lines(table), ""]
    records = own_store.records()
    lines.append("Added by the analyst:" + ("" if records else " nothing"))
    for record in records:
        lines.append(f"    {record.name} ({record.file}, {record.added})")
        lines += [f"        {line}" for line in resolve.lines(held.usage, record.name)]
    shipped = resolve.lines(held.usage, own_store.SHIPPED)
    if shipped:
        lines += ["Shipped, where a file added tells of the same:"]
        lines += [f"    {line}" for line in shipped]
    lines.append(f"Corrections of published cells: {len(held.corrections)}")
    lines.append("")
    for each in found:
        word = "fails" if each.failures else "holds"
        lines.append(
            f"{word}: {each.check} ({each.checked:,} checked, {len(each.known)} known "
            f"exceptions, {len(each.failures)} failures)"
        )
        lines += [f"    {line}" for line in each.failures]
        shown_known = each.known if every else each.known[:3]
        lines += [f"    known: {line}" for line in shown_known]
        if len(each.known) > len(shown_known):
            lines.append(f"    known: and {len(each.known) - len(shown_known)} more (--all)")
    return "\n".join(lines), not any(each.failures for each in found)
