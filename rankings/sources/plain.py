"""The project's own layout: one row per index, edition, vintage, economy and component.

Every committed index table has it, and so may any table of a new or national index. A value is
what the publisher released; a published rank is what the publisher printed, never our arithmetic.
"""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from rankings import store
from rankings.errors import DataError

KEY = ["index", "edition", "vintage", "iso3", "component"]

INDEX_TABLE = pa.DataFrameSchema(
    {
        "index": pa.Column(str),
        "edition": pa.Column("int64", pa.Check.in_range(1990, 2100)),
        "vintage": pa.Column(str),
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "component": pa.Column(str, pa.Check.str_matches(r"^[a-z0-9_]+$")),
        "value": pa.Column("float64", pa.Check.in_range(0, 1e12)),
        "printed_value": pa.Column("float64", nullable=True),
        "published_rank": pa.Column("Int64", pa.Check.in_range(1, 250), nullable=True),
        "reference_year": pa.Column("Int64", pa.Check.in_range(1980, 2100), nullable=True),
        "source_id": pa.Column(str),
        "note": pa.Column(str, nullable=True),
    },
    unique=KEY,
    strict=True,
    ordered=True,
    coerce=True,
)

INDICATOR_TABLE = pa.DataFrameSchema(
    {
        "index": pa.Column(str),
        "edition": pa.Column("int64"),
        "vintage": pa.Column(str),
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "parent": pa.Column(str),
        "indicator": pa.Column(str),
        "value": pa.Column("float64", pa.Check.in_range(-1e12, 1e12)),
        "unit": pa.Column(str),
        "check": pa.Column(str, nullable=True),
        "reference_year": pa.Column("Int64", nullable=True),
        "source_id": pa.Column(str),
        "note": pa.Column(str, nullable=True),
    },
    unique=["index", "edition", "vintage", "iso3", "parent", "indicator"],
    strict=True,
    coerce=True,
)

SERIES_TABLE = pa.DataFrameSchema(
    {
        "series": pa.Column(str),
        "iso3": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "year": pa.Column("int64", pa.Check.in_range(1950, 2100)),
        "vintage": pa.Column(str, nullable=True),
        "value": pa.Column("float64", pa.Check.in_range(0, 1e12)),
        "source_id": pa.Column(str),
        "note": pa.Column(str, nullable=True),
    },
    unique=["series", "iso3", "year", "source_id"],
    strict=True,
    coerce=True,
)


def check(table: pd.DataFrame, schema: pa.DataFrameSchema, path: Path) -> pd.DataFrame:
    """The table with typed columns, or `DataError` naming file, column, rows and what is wrong."""
    try:
        return schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as failure:
        raise DataError(_first_failure(failure.failure_cases, path)) from None


def _first_failure(cases: pd.DataFrame, path: Path) -> str:
    """One line for a person: the first thing wrong and how many more there are."""
    first = cases.iloc[0]
    where = f"{path.name}"
    if pd.notna(first["column"]):
        where += f", column {first['column']}"
    if pd.notna(first["index"]):
        where += f", line {int(first['index']) + 2}"
    more = f" (and {len(cases) - 1} more)" if len(cases) > 1 else ""
    return f"{where}: {first['failure_case']!r} fails {first['check']}{more}"


def load_index(path: Path) -> pd.DataFrame:
    """An index table, checked; columns as in ``INDEX_TABLE``."""
    return store.read_csv(path).pipe(check, INDEX_TABLE, path)


def load_indicators(path: Path) -> pd.DataFrame:
    """A table of the indicators below an index, checked; columns as in ``INDICATOR_TABLE``."""
    return store.read_csv(path).pipe(check, INDICATOR_TABLE, path)


def load_series(path: Path) -> pd.DataFrame:
    """A table of yearly series, checked; columns as in ``SERIES_TABLE``."""
    return store.read_csv(path).pipe(check, SERIES_TABLE, path)
