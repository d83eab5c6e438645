"""What an index of one's own may hold at its edges: read as meant, or refused in one line."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from rankings.cli import main
from rankings.errors import InputError
from rankings.own import certainty, whatif
from rankings.own.as_measure import _economies
from rankings.own.folder import open_folder, read_folder
from rankings.own.question import ask_own
from rankings.own.standing import history, split_gap
from rankings.pages import own_results
from rankings.panel.names import book
from rankings.report import own_method


def folder(place: Path, table: str, toml: str) -> Path:
    """A folder with a table and its settings."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "table.csv").write_text(table, encoding="utf-8")
    (place / "index.toml").write_text(toml, encoding="utf-8")
    return place


def test_an_indicator_called_rank_or_score_is_an_indicator(tmp_path: Path) -> None:
    made = folder(
        tmp_path / "a",
        "unit,rank,score,of,pub\nA,10,1,3,7\nB,20,5,4,8\nC,30,9,5,9\nD,40,2,6,6\n",
        '[table]\nunit = "unit"\nscore = "pub"\n[indicators]\nrank = {}\nscore = {}\nof = {}\n',
    )
    index = open_folder(made)
    assert index.figures["rank"].tolist() == [10, 20, 30, 40]
    assert index.figures["score"].tolist() == [1, 5, 9, 2]
    assert index.published["score"].tolist() == [7, 8, 9, 6]
    assert index.published["rank"].isna().all()
    rows = ask_own(made).results
    assert set(rows["basis"]) == {"computed"}


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["1.234", "56,7", "900,5"], True),
        (["1,234", "56.7", "900"], True),
        (["0.123", "56,7", "900,5"], False),
        (["1,234", "56,789", "9,5"], False),
        (["1.234", "56.789", "9.5"], False),
    ],
)
def test_a_number_of_two_readings_is_refused(tmp_path: Path, cells: list[str], wrong: bool) -> None:
    rows = "\n".join(f"{name};{cell}" for name, cell in zip("ABC", cells, strict=True))
    toml = '[table]\nunit = "unit"\n[indicators]\na = {}\n'
    read = read_folder(folder(tmp_path / "a", f"unit;a\n{rows}\n", toml))
    assert bool(read.wrong) is wrong
    if wrong:
        assert "read in one way" in str(read.wrong[0])
        assert "column a" in str(read.wrong[0])


def test_a_unit_without_a_score_sets_no_scale(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    rows = [
        f"u{at}," + ",".join(f"{value:.3f}" for value in draw.uniform(1, 10, 3)) for at in range(12)
    ]
    toml = (
        '[table]\nunit = "unit"\n[indicators]\na = {}\nb = {}\nc = {}\n'
        "[method]\nleast_available = 0.6\nrange = [1, 100]\n"
    )
    head = "unit,a,b,c\n"
    plain = ask_own(folder(tmp_path / "plain", head + "\n".join(rows) + "\n", toml))
    beside = ask_own(folder(tmp_path / "far", head + "\n".join([*rows, "far,1e5,,"]) + "\n", toml))
    shown = beside.results.set_index("unit")
    assert pd.isna(shown.loc["far", "rank"])
    assert shown["rank"].drop("far").to_dict() == plain.results.set_index("unit")["rank"].to_dict()
    spread = certainty.intervals(beside.index, beside.year).intervals.set_index("iso3")
    assert spread["reference"].to_dict() == shown["rank"].drop("far").to_dict()


def test_what_if_gives_a_unit_the_score_it_lacked(tmp_path: Path) -> None:
    table = "unit,a,b,c\nA,1,2,3\nB,3,1,2\nC,2,3,1\nD,9,,\n"
    toml = (
        '[table]\nunit = "unit"\n[indicators]\na = {}\nb = {}\nc = {}\n'
        "[method]\nleast_available = 0.6\n"
    )
    story = ask_own(folder(tmp_path / "a", table, toml), "D")
    rows = whatif.what_if(story, {"b": 2.0}).set_index("code")
    root = story.index.tree.root
    assert pd.isna(rows.loc[root, "rank_before"])
    assert rows.loc[root, "rank_after"] == 1


@pytest.mark.parametrize(
    ("indicators", "said"),
    [
        ('a = { parent = "b" }\nb = {}\nd = {}', "b is an indicator"),
        ('a = {}\nb = {}\n[pillars]\np = { name = "P" }', "nothing stands below p"),
    ],
)
def test_a_tree_that_would_lose_figures_is_refused(
    tmp_path: Path, indicators: str, said: str
) -> None:
    toml = f'[table]\nunit = "unit"\n[indicators]\n{indicators}\n'
    read = read_folder(folder(tmp_path / "a", "unit,a,b,d\nA,1,2,3\nB,2,3,1\n", toml))
    assert said in str(read.wrong[0])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2,P,1,1,Aggregate,I\n", "nothing stands below P"),
        ("2,d,1,1,Indicator,I\n1,c,1,1,Indicator,d\n", "d is an indicator"),
    ],
)
def test_the_same_holds_of_tables_of_coinr(tmp_path: Path, rows: str, said: str) -> None:
    meta = "Level,iCode,Direction,Weight,Type,Parent\n1,a,1,1,Indicator,I\n1,b,1,1,Indicator,I\n"
    (tmp_path / "iData.csv").write_text("uName,uCode,a,b,c,d\nA,A,1,2,3,4\nB,B,2,3,1,1\n")
    (tmp_path / "iMeta.csv").write_text(f"{meta}{rows}3,I,1,1,Aggregate,\n")
    assert said in str(read_folder(tmp_path).wrong[0])


def test_a_name_is_one_in_a_workbook_however_it_is_composed(tmp_path: Path) -> None:
    place = folder(tmp_path / "a", "x", '[table]\nunit = "tỉnh"\n[indicators]\na = {}\n')
    (place / "table.csv").unlink()
    held = openpyxl.Workbook()
    assert held.active is not None
    for row in (["ti\u0309nh", "a"], ["Hue\u0302\u0301", 1], ["Huế", 2], ["Hà Nội", 3]):
        held.active.append(row)
    held.save(place / "table.xlsx")
    read = read_folder(place)
    assert "each unit once" in str(read.wrong[0])


def test_what_is_absent_is_no_group(tmp_path: Path) -> None:
    toml = '[table]\nunit = "unit"\ngroups = ["g"]\n[indicators]\na = {}\n'
    index = open_folder(folder(tmp_path / "a", "unit,a,g\nA,1,..\nB,2,n/a\nC,3,x\n", toml))
    assert index.groups["g"].isna().tolist() == [True, True, False]


def test_a_figure_without_its_denominator_is_not_set(tmp_path: Path) -> None:
    toml = (
        '[table]\nunit = "unit"\n[indicators]\na = { denominator = "pop" }\nb = {}\n'
        "[denominators]\npop = {}\n"
    )
    table = "unit,a,b,pop\nA,1,2,1\nB,3,1,1\nC,9,3,\n"
    story = ask_own(folder(tmp_path / "a", table, toml), "C")
    assert list(whatif.levers(story)["code"]) == ["b"]
    with pytest.raises(InputError, match="divided by pop, which C does not have"):
        whatif.what_if(story, {"a": 500.0})


def test_a_code_and_a_name_of_two_economies_are_refused(tmp_path: Path) -> None:
    import rankings

    table = "country,code,a\nChile,CH,1\nAustria,AT,2\n"
    toml = '[table]\nunit = "country"\ncode = "code"\n[indicators]\na = {}\n'
    index = open_folder(folder(tmp_path / "a", table, toml))
    with pytest.raises(InputError, match="Chile is CHL by its name and CHE by its code"):
        _economies(index, book(rankings.load().economies))


@pytest.mark.parametrize("pillar", ["value", "iso3", "component"])
def test_a_pillar_may_be_called_like_a_column(tmp_path: Path, pillar: str) -> None:
    years = "\n".join(
        f"{unit},{year},{at + year % 7},{at * 2 + year % 3}"
        for at, unit in enumerate("ABCD")
        for year in range(2018, 2024)
    )
    toml = (
        '[table]\nunit = "unit"\nyear = "year"\n'
        f"[pillars]\n{pillar} = {{}}\nq = {{}}\n"
        f'[indicators]\na = {{ parent = "{pillar}" }}\nb = {{ parent = "q" }}\n'
    )
    place = folder(tmp_path / "a", f"unit,year,a,b\n{years}\n", toml)
    from rankings.own.moves import as_panel

    panel = as_panel(open_folder(place))
    assert {pillar, "q"} <= set(panel["component"])


def test_a_year_that_cannot_be_scaled_leaves_the_others(tmp_path: Path) -> None:
    table = "unit,year,a\nA,2020,1\nB,2020,1\nA,2021,1\nB,2021,2\nA,2022,3\nB,2022,2\n"
    toml = '[table]\nunit = "unit"\nyear = "year"\n[indicators]\na = {}\n'
    story = ask_own(folder(tmp_path / "a", table, toml), "A")
    assert history(story)["year"].tolist() == [2021, 2022]


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("[varied]\nweight_noise = -0.2", "0 or more"),
        ("[varied]\nweight_sets = -1", "1 or more"),
        ("[method]\nwinsorise_at_most = -1", "0 or more"),
        ("[method]\nlook_back = -1", "0 or more"),
        ("[[weights]]\nfrom_year = 2020\nof = { a = nan }", "a finite number"),
        ('[method]\naggregate = { "²" = "geometric" }', "means by level"),
    ],
)
def test_settings_beyond_their_limits_are_refused(tmp_path: Path, method: str, said: str) -> None:
    toml = f'[table]\nunit = "unit"\n[indicators]\na = {{}}\n{method}\n'
    read = read_folder(folder(tmp_path / "a", "unit,a\nA,1\nB,2\nC,4\n", toml))
    assert said in str(read.wrong[0])


def test_files_of_somebody_else_are_not_replaced(tmp_path: Path) -> None:
    toml = '[table]\nunit = "unit"\n[indicators]\na = {}\n'
    place = folder(tmp_path / "mine", "unit,a\nA,1\nB,2\nC,4\n", toml)
    out = tmp_path / "out"
    out.mkdir()
    (out / "iData.csv").write_text("only copy")
    run = CliRunner().invoke(main, ["own", "export", str(place), str(out)])
    assert run.exit_code == 2
    assert "not written by this program, and in the way: iData.csv" in run.output
    assert (out / "iData.csv").read_text() == "only copy"
    (out / "iData.csv").unlink()
    for _ in range(2):  # its own files it replaces
        assert CliRunner().invoke(main, ["own", "export", str(place), str(out)]).exit_code == 0
    run = CliRunner().invoke(main, ["own", "export", str(place), str(place)])
    assert "is the folder of the index" in run.output


def test_files_of_a_run_that_stopped_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = '[table]\nunit = "unit"\n[indicators]\na = {}\n'
    story = ask_own(folder(tmp_path / "mine", "unit,a\nA,1\nB,2\nC,4\n", toml))
    out = tmp_path / "out"
    with monkeypatch.context() as broken:
        broken.setattr(own_results, "log", lambda _: pytest.fail("stopped"))
        with pytest.raises(pytest.fail.Exception):
            own_results.write_export(story, out)
    assert (out / "iData.csv").exists()
    assert "log.txt" in {path.name for path in own_results.write_export(story, out)}


def test_tables_that_are_none_any_more_go_and_those_of_others_stay(tmp_path: Path) -> None:
    toml = '[table]\nunit = "unit"\nyear = "year"\n[indicators]\na = {}\n'
    place, out = tmp_path / "mine", tmp_path / "out"
    two = "unit,year,a\nA,2020,1\nB,2020,2\nC,2020,4\nA,2021,3\nB,2021,2\nC,2021,4\n"
    first = own_results.write_tables(ask_own(folder(place, two, toml)), out)
    assert "changes.csv" in {path.name for path in first}
    (out / "notes.csv").write_text("mine")
    one = "unit,year,a\nA,2020,1\nB,2020,2\nC,2020,4\n"
    own_results.write_tables(ask_own(folder(place, one, toml)), out)
    assert not (out / "changes.csv").exists()
    assert (out / "notes.csv").read_text() == "mine"


def test_a_tree_of_any_depth_has_its_table(tmp_path: Path) -> None:
    depth = 1200
    levels = "".join(
        f"[pillars.n{at}]\n" + (f'parent = "n{at - 1}"\n' if at else "") for at in range(depth)
    )
    toml = f'[table]\nunit = "unit"\n{levels}[indicators]\na = {{ parent = "n{depth - 1}" }}\n'
    story = ask_own(folder(tmp_path / "a", "unit,a\nA,1\nB,2\nC,4\n", toml), "A", band="1:1")
    assert len(own_method.tree_table(story).frame) == depth + 2


def test_a_pillar_that_counts_for_nothing_needs_no_positive_value(tmp_path: Path) -> None:
    toml = (
        '[table]\nunit = "unit"\n[indicators]\na = {}\nb = {}\nc = { weight = 0.0 }\n'
        '[method]\nnormalise = "unchanged"\naggregate = "geometric"\n'
    )
    table = "unit,a,b,c\nA,1,2,0\nB,3,1,5\nC,2,3,4\n"
    story = ask_own(folder(tmp_path / "a", table, toml), "A", band="1:1")
    assert list(split_gap(story)["component"][:2]) == ["a", "b"]
