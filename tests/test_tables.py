"""What does a table look like to a reader?"""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankings import tables
from rankings.language import messages
from rankings.tables import Prose, Table

FRAME = pd.DataFrame(
    {
        "name": ["Viet Nam", "Côte d'Ivoire", "<b>Serbia</b>"],
        "edition": [2018, 2020, 2022],
        "score": [0.5931, np.nan, 1234.5678],
        "rank": pd.array([88, None, 49], dtype="Int64"),
        "chance": [0.004, 0.5, 1.0],
    },
    index=[7, 3, 5],
)
COLUMNS = {
    "edition": tables.year("Edition"),
    "name": tables.text("Economy"),
    "score": tables.figure("Score", 3, signed=True),
    "rank": tables.figure("Rank"),
    "chance": tables.share("Chance"),
}


@pytest.fixture
def shown():
    return tables.table(
        FRAME,
        COLUMNS,
        caption="Three & more",
        source="Source: <us>",
        ours=FRAME["name"] == "Viet Nam",
        band=FRAME["rank"].le(50).fillna(False),
    )


def test_cells_are_text_in_the_order_of_the_columns(shown):
    first, second, third = shown.cells()
    nbsp = "\N{NO-BREAK SPACE}"
    assert first == ["2018", "Viet Nam", "+0.593", "88", f"<{nbsp}1{nbsp}%"]
    assert second == ["2020", "Côte d'Ivoire", tables.MISSING, tables.MISSING, f"50{nbsp}%"]
    assert third[2:4] == ["+1,234.568", "49"]


def test_the_frame_keeps_the_numbers_behind(shown):
    assert shown.frame["score"].iloc[0] == 0.5931
    assert shown.frame.index.tolist() == [0, 1, 2]
    assert FRAME.index.tolist() == [7, 3, 5], "the frame given is left as it was"


@pytest.mark.parametrize("cell", [np.nan, None, pd.NA, pd.NaT])
@pytest.mark.parametrize("column", COLUMNS.values(), ids=list(COLUMNS))
def test_a_missing_cell_is_a_dash_in_every_column(column, cell):
    frame = pd.DataFrame({"a": pd.Series([cell], dtype=object)})
    assert Table(frame, {"a": column}, "", "").cells() == [[tables.MISSING]]


def test_a_list_in_a_cell_is_not_missing():
    frame = pd.DataFrame({"holders": [["SRB", "SVK"], []]})
    joined = tables.Column("Holders", lambda cell: ", ".join(cell))
    assert Table(frame, {"holders": joined}, "", "").cells() == [["SRB, SVK"], [""]]


@given(st.integers(1990, 2100))
def test_a_year_has_no_separator(year):
    assert tables.year("Edition").show(year) == str(year)
    assert tables.year("Edition").show(float(year)) == str(year)


def test_numbers_follow_the_language(tmp_path, monkeypatch):
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / f"{messages.DOMAIN}.mo").touch()
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    figure = tables.figure("Score", 1)
    assert figure.show(1234.5) == "1,234.5"
    with messages.speaking("vi"):
        assert figure.show(1234.5) == "1.234,5"


def test_rows_are_marked_by_place_not_by_label(shown):
    assert shown.ours == {0}
    assert shown.band == {2}
    plain = tables.table(FRAME, COLUMNS, caption="", source="")
    assert (plain.ours, plain.band) == (frozenset(), frozenset())


def test_html_escapes_and_marks(shown):
    html = shown.html()
    assert "&lt;b&gt;Serbia&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<caption>Three &amp; more</caption>" in html
    assert '<p class="rk-source">Source: &lt;us&gt;</p>' in html
    classes = re.findall(r"<tr(?: class=\"([^\"]*)\")?>", html)
    assert [each.strip() for each in classes] == ["", "ours", "", "band"]
    assert "style=" not in html


def test_numbers_are_set_to_the_right(shown):
    html = shown.html()
    assert re.findall(r'<th scope="col"( class="num")?>([^<]*)</th>', html) == [
        (' class="num"', "Edition"),
        ("", "Economy"),
        (' class="num"', "Score"),
        (' class="num"', "Rank"),
        (' class="num"', "Chance"),
    ]
    assert html.count('<td class="num">') == 12
    assert html.count("<td>") == 3


def test_plain_text_stars_our_row(shown):
    lines = shown.plain().splitlines()
    assert lines[0] == "Three & more"
    assert lines[-1] == "Source: <us>"
    assert [line.lstrip().startswith("*") for line in lines] == [False, False, True, *[False] * 3]


def test_a_notebook_gets_both(shown):
    bundle = shown._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {
        "text/html": shown.html(aligned=True),
        "text/plain": shown.plain(),
        # The numbers behind the cells, which a page offers as a file.
        "text/csv": shown.csv(9),
    }
    # JupyterLab's own style would set words to the right.
    assert bundle["text/html"].count('<td style="text-align: left">') == 3
    assert "style" not in shown.html()


def test_an_empty_table_still_has_its_heading():
    empty = tables.table(FRAME.iloc[:0], COLUMNS, caption="None", source="Us")
    assert empty.cells() == []
    assert "Economy" in empty.html()
    assert empty.plain().startswith("None\n")


def back(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_has_the_shown_columns_unrounded_and_the_source(shown):
    rows = back(shown.csv())
    assert rows[0] == [*COLUMNS, "source"]
    assert len(rows) == 1 + len(FRAME)
    for name in COLUMNS:
        for row, cell in zip(rows[1:], FRAME[name], strict=True):
            said = row[rows[0].index(name)]
            if isinstance(cell, str):
                assert said == cell
            else:
                assert (float(said) == cell) if said else pd.isna(cell)
    assert {row[-1] for row in rows[1:]} == {shown.source}


def test_csv_keeps_every_digit_and_whole_numbers_whole():
    value = 0.1 + 0.2
    frame = pd.DataFrame({"a": [value, np.nan], "b": pd.array([3, None], dtype="Int64")})
    text = Table(frame, {"a": tables.figure("A", 1), "b": tables.figure("B")}, "", "S").csv()
    assert text == "a,b,source\n0.30000000000000004,3,S\n,,S\n"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x","y")']
)
def test_csv_holds_no_formula(cell):
    text = Table(pd.DataFrame({"a": [cell]}), {"a": tables.text("A")}, "", cell).csv()
    quoted = "'" + cell.replace("\r", "\n")
    assert back(text)[1:] == [[quoted, quoted]]


def test_csv_leaves_numbers_and_harmless_text_alone():
    frame = pd.DataFrame({"a": [-2.5], "b": ["88 of 193"], "c": ["\N{MINUS SIGN}2"]})
    columns = {name: tables.text(name) for name in frame}
    assert Table(frame, columns, "", "S").csv() == "a,b,c,source\n-2.5,88 of 193,\u22122,S\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_csv_is_read_back_as_it_was(words):
    text = Table(pd.DataFrame({"a": words}), {"a": tables.text("A")}, "", "Us").csv()
    cells = [row[0] for row in back(text)[1:]]
    wanted = [word.replace("\r\n", "\n").replace("\r", "\n") for word in words]
    assert [cell.removeprefix("'") for cell in cells] == [each.removeprefix("'") for each in wanted]
    assert not any(cell.startswith(tables.FORMULA) for cell in cells)


def test_csv_joins_lists_and_keeps_a_source_column_apart():
    frame = pd.DataFrame({"source": [["SRB", "SVK"], []]})
    text = Table(frame, {"source": tables.text("Of")}, "", "Us").csv()
    assert text == "source,table_source\nSRB; SVK,Us\n,Us\n"


@pytest.mark.parametrize(
    ("kind", "wrapped"),
    [
        ("text", "<p>One.</p>"),
        ("answer", '<p class="rk-answer">One.</p>'),
        ("note", '<p class="rk-note">One.</p>'),
        ("warning", '<div class="rk-warning">\n<p>One.</p>'),
        ("hindsight", '<div class="rk-hindsight">\n<p>One.</p>'),
    ],
)
def test_prose_in_its_voice(kind, wrapped):
    bundle = Prose("One.\nTwo.", kind)._repr_mimebundle_()
    assert wrapped in bundle["text/html"]
    assert bundle["text/html"].count("<p") == 2
    assert bundle["text/plain"] == "One.\nTwo."


def test_prose_is_escaped():
    html = Prose("rank < 50 & <script>")._repr_mimebundle_()["text/html"]
    assert "rank &lt; 50 &amp; &lt;script&gt;" in html


@given(st.lists(st.text(st.characters(categories=["L", "P"]), max_size=8), max_size=5))
def test_paragraphs_are_the_lines_that_say_something(lines):
    assert Prose("\n".join(lines)).paragraphs == [line for line in lines if line]


def test_a_place_is_no_date_for_a_spreadsheet() -> None:
    table = tables.table(
        pd.DataFrame({"place": ["7/11", "a/b"]}),
        {"place": tables.text("Place")},
        caption="c",
        source="s",
    )
    assert "7/11" not in table.csv()
    assert "7\N{DIVISION SLASH}11" in table.csv()
    assert "a/b" in table.csv()
