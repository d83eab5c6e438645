"""Targets of an analyst's own: read beside those shipped, or refused with line and column."""

from pathlib import Path

import pandas as pd
import pytest

import rankings
from rankings.data.own_targets import with_own
from rankings.errors import DataError
from rankings.panel.names import book

CODES = ["LAO", "THA", *(f"X{at:02}" for at in range(99))]
KNOWN = book(pd.DataFrame({"iso3": CODES, "name_en": CODES}))
HEAD = "id,economy,measure,rank_best,rank_worst,deadline,set_in,document\n"


@pytest.fixture
def shipped(held: rankings.World) -> pd.DataFrame:
    return held.targets


def read(tmp_path: Path, shipped: pd.DataFrame, text: str) -> pd.DataFrame:
    path = tmp_path / "targets.csv"
    path.write_text(text, encoding="utf-8")
    return with_own(shipped, path, KNOWN)


def test_without_a_file_there_are_those_shipped(tmp_path: Path, shipped: pd.DataFrame) -> None:
    assert with_own(shipped, tmp_path / "targets.csv", KNOWN) is shipped


def test_own_rows_stand_beside_those_shipped(tmp_path: Path, shipped: pd.DataFrame) -> None:
    text = HEAD + "lao-1,Laos,telecom,,90,2030,2024,A plan\nlao-2,LAO,ICT,40,60,2030,2024,A plan\n"
    found = read(tmp_path, shipped, text)
    pd.testing.assert_frame_equal(found.iloc[: len(shipped)], shipped)
    own = found.iloc[len(shipped) :].set_index("id")
    assert own.loc["lao-1", ["economy", "rank_best", "rank_worst"]].tolist() == ["LAO", 1, 90]
    assert own.loc["lao-1", "index"] in ("IDI", "EGDI")
    assert own.loc["lao-2", ["area", "rank_best"]].tolist() == ["overall", 40]
    assert (found.dtypes == shipped.dtypes).all()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,LAX,EGDI,,50,2030,2024,A plan", "line 2, column economy"),
        ("a,LAO,EGDY,,50,2030,2024,A plan", "line 2, column measure"),
        ("a,LAO,EGDI,,fifty,2030,2024,A plan", "line 2, column rank_worst"),
        ("a,LAO,EGDI,,0,2030,2024,A plan", "line 2, column rank_worst"),
        ("a,LAO,EGDI,60,50,2030,2024,A plan", "line 2, column rank_best"),
        ("a,LAO,EGDI,,50,2020,2024,A plan", "line 2, column deadline"),
        ("a,LAO,EGDI,,50,2030,24,A plan", "line 2, column set_in"),
        ("egov-2020,LAO,EGDI,,50,2030,2024,A plan", "line 2, column id"),
        ("a,LAO,EGDI,,50,2030,2024,", "document"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, shipped: pd.DataFrame, line: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, shipped, f"{HEAD}{line}\n")


def test_a_column_left_out_is_named(tmp_path: Path, shipped: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="deadline"):
        read(tmp_path, shipped, "id,economy,measure,rank_worst,set_in,document\n")


VALUES = "id,economy,series,value_low,value_high,unit,subject,deadline,set_in,document\n"


def test_a_value_of_a_series_is_a_target(tmp_path: Path, shipped: pd.DataFrame) -> None:
    path = tmp_path / "targets.csv"
    text = VALUES + "a,Laos,fibre_km,5000,,km,length of fibre,2030,2024,A plan\n"
    path.write_text(text, encoding="utf-8")
    (own,) = with_own(shipped, path, KNOWN).iloc[len(shipped) :].to_dict("records")
    assert (own["economy"], own["series"], own["value_low"]) == ("LAO", "fibre_km", 5000)
    assert own["component"] == "length of fibre"
    assert pd.isna(own["rank_worst"])
    assert pd.isna(own["value_high"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,LAO,fibre_km,many,,km,,2030,2024,A plan", "line 2, column value_low"),
        ("a,LAO,fibre_km,,,km,,2030,2024,A plan", "line 2, column value_low"),
        ("a,LAO,fibre_km,nan,,km,,2030,2024,A plan", "line 2, column value_low"),
        ("a,LAO,fibre_km,20,15,km,,2030,2024,A plan", "line 2, column value_high"),
        ("a,LAO,,20,,km,,2030,2024,A plan", "line 2, column measure"),
    ],
)
def test_what_is_wrong_with_a_value_is_named(
    tmp_path: Path, shipped: pd.DataFrame, line: str, said: str
) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(f"{VALUES}{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        with_own(shipped, path, KNOWN)


def test_a_target_is_a_rank_or_a_value(tmp_path: Path, shipped: pd.DataFrame) -> None:
    path = tmp_path / "targets.csv"
    head = "id,economy,measure,rank_worst,series,value_low,deadline,set_in,document\n"
    path.write_text(f"{head}a,LAO,EGDI,50,fibre_km,20,2030,2024,A plan\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2, column measure"):
        with_own(shipped, path, KNOWN)
