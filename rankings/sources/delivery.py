"""What does one file of a publisher hold? The answer every reader gives, in the plain layouts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from rankings.sources import plain
from rankings.sources.files import Content

NOT_MEASURED = [
    "index",
    "edition",
    "vintage",
    "iso3",
    "component",
    "value_in_file",
    "rank_in_file",
    "why",
    "source_id",
]
LAYOUTS = [plain.INDEX_TABLE, plain.SERIES_TABLE, plain.INDICATOR_TABLE]
DIFFERENCES = [*plain.KEY, "value", "held_value", "published_rank", "held_rank"]


@dataclass(frozen=True)
class Delivery:
    """What one file of a publisher holds, in the project's plain layouts.

    Attributes:
        kind: the layout: un-egov, wb-data360-wide, wb-data360-long, wb-api, wb-bulk, itu-datahub,
            undp-hdr, plain-index, plain-series or plain-indicators.
        index: columns of ``plain.INDEX_TABLE``; may be empty.
        series: columns of ``plain.SERIES_TABLE``; may be empty.
        indicators: columns of ``plain.INDICATOR_TABLE``; may be empty.
        not_measured: placeholders of the file that are not scores; columns `NOT_MEASURED`.
        dropped: aggregates and territories left out by the committed list, "CODE Name".
        sha256: fingerprint of the original bytes.
        file: the file's name.
        notes: what a person should know.
        differences: cells of held editions that ``data/raw`` has otherwise, or not at all (its
            ``held_value`` is then missing); columns `DIFFERENCES`.
    """

    kind: str
    index: pd.DataFrame
    series: pd.DataFrame
    indicators: pd.DataFrame
    not_measured: pd.DataFrame
    dropped: list[str]
    sha256: str
    file: str
    notes: list[str]
    differences: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DIFFERENCES))


def table(rows: Iterable[Mapping[str, Any]], schema: pa.DataFrameSchema, file: str) -> pd.DataFrame:
    """Rows as a typed table of a plain layout, sorted by its key; missing columns are empty."""
    listed = list(rows)
    if not listed:
        return _empty(tuple(schema.columns)).copy()
    frame = pd.DataFrame(listed, columns=list(schema.columns))
    key = [column for column in schema.unique or [] if column != "source_id"]
    checked = plain.check(frame, schema, Path(file))
    return checked.sort_values(key, ignore_index=True)


@cache
def _empty(layout: tuple[str, ...]) -> pd.DataFrame:
    """A typed table without rows, made once for each layout."""
    [schema] = [each for each in LAYOUTS if tuple(each.columns) == layout]
    return plain.check(pd.DataFrame(columns=list(layout)), schema, Path("nothing"))


def deliver(
    kind: str,
    content: Content,
    *,
    index: Iterable[Mapping[str, Any]] = (),
    series: Iterable[Mapping[str, Any]] = (),
    indicators: Iterable[Mapping[str, Any]] = (),
    not_measured: Iterable[Mapping[str, Any]] = (),
    dropped: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Delivery:
    """The delivery of a file out of rows of the plain layouts."""
    placeholders = pd.DataFrame(list(not_measured), columns=NOT_MEASURED)
    placeholders["rank_in_file"] = placeholders["rank_in_file"].astype("Int64")
    return Delivery(
        kind=kind,
        index=table(index, plain.INDEX_TABLE, content.name),
        series=table(series, plain.SERIES_TABLE, content.name),
        indicators=table(indicators, plain.INDICATOR_TABLE, content.name),
        not_measured=placeholders.sort_values(plain.KEY, ignore_index=True),
        dropped=sorted(set(dropped)),
        sha256=content.sha256,
        file=content.name,
        notes=list(notes),
    )
