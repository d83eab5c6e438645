"""Which delivery counts: by release date, then by the time it was added, value by value."""

import pandas as pd
import pytest

from rankings.data import resolve

KEY = ["series", "iso3", "year"]


def rows(*given):
    """Rows of series: delivery, order, vintage, iso3, year, value."""
    columns = ["delivery", "order", "vintage", "iso3", "year", "value"]
    table = pd.DataFrame(list(given), columns=columns)
    return table.assign(series="users", source_id=table["delivery"], file="a.csv", line=2)


def used(table):
    """The values that count: (iso3, year) -> value."""
    marked = resolve.mark_used(resolve.add_release_dates(table), KEY)
    kept = marked.loc[marked["used"]]
    return dict(zip(zip(kept["iso3"], kept["year"], strict=True), kept["value"], strict=True))


SHIPPED = [("data/raw", 0, "2025", iso3, year, 1.0) for iso3 in "ABC" for year in range(2000, 2025)]


def test_a_file_of_one_year_counts_for_that_year_alone():
    found = used(rows(*SHIPPED, ("z", 1, "2026-04-08", "A", 2024, 2.0)))
    assert len(found) == 75
    assert {key for key, value in found.items() if value == 2.0} == {("A", 2024)}


def test_a_release_with_fewer_economies_counts_for_those():
    newer = [("a", 1, "2026-04-08", "B", year, 2.0) for year in range(2000, 2026)]
    found = used(rows(*SHIPPED, *newer))
    assert {iso3 for (iso3, _), value in found.items() if value == 2.0} == {"B"}
    assert ("B", 2025) in found


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("orders", [(1, 2), (2, 1)])
def test_the_date_of_the_release_counts_and_neither_name_nor_order(names, orders):
    table = rows(
        *SHIPPED,
        (names[0], orders[0], "2025-07-01", "A", 2024, 2.0),
        (names[1], orders[1], "2026-04-08", "A", 2024, 3.0),
    )
    assert used(table)["A", 2024] == 3.0


@pytest.mark.parametrize("orders", [(1, 2), (2, 1)])
def test_of_one_release_the_file_added_last_counts(orders):
    table = rows(
        ("a", orders[0], "2026-04-08", "A", 2024, 2.0),
        ("b", orders[1], "2026-04-08", "A", 2024, 3.0),
    )
    assert used(table)["A", 2024] == (3.0 if orders[1] == 2 else 2.0)


def test_an_older_release_has_only_what_no_newer_one_has():
    table = rows(*SHIPPED, ("a", 1, "2020-03-18", "A", 2024, 2.0), ("a", 1, "2020", "D", 2019, 2.0))
    found = used(table)
    assert found["A", 2024] == 1.0
    assert found["D", 2019] == 2.0


@pytest.mark.parametrize(
    ("vintage", "source", "newest", "expected"),
    [
        ("2026-04-08", "x", 2024, "2026-04-08"),
        ("2022-09", "x", 2021, "2022-09"),
        ("DataHub 2025", "x", 2024, "2025"),
        ("HDR 2023-24", "x", 2022, "2024-03"),
        (None, "wb-wdi_itu-2019", 2019, "2025"),
        (None, "x", 2022, "2022"),
        ("undated 2026abcdef12", "x", 2022, "2022"),
    ],
)
def test_when_a_release_became_known(vintage, source, newest, expected):
    assert resolve.release_date(vintage, source, newest) == expected


def test_what_each_delivery_counts_for_is_said_with_the_reason():
    table = rows(*SHIPPED, *[("w", 1, "2026-04-08", "A", y, 2.0) for y in (2023, 2024)])
    marked = resolve.mark_used(resolve.add_release_dates(table), KEY)
    usage = resolve.usage(marked, KEY, marked["series"], "year")
    assert resolve.lines(usage, "w") == ["users (2026-04-08): in use for 1 economy, 2023-2024"]
    assert resolve.lines(usage, "data/raw") == [
        "users (2025): in use for 3 economies, 2000-2024; 2 of 75 values kept beside, "
        "because w is newer (2026-04-08)"
    ]


def test_a_delivery_that_counts_for_nothing_says_why():
    table = rows(*SHIPPED, ("w", 1, "2020-03-18", "A", 2019, 2.0))
    marked = resolve.mark_used(resolve.add_release_dates(table), KEY)
    usage = resolve.usage(marked, KEY, marked["series"], "year")
    [line] = resolve.lines(usage, "w")
    assert line == "users (2020-03-18): kept beside, because data/raw is newer (2025)"
