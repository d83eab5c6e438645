"""Notebook 00: the list of notebooks, the cells behind the numbers, the commands."""

import re
import shlex
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from test_translation import left_in_english

import rankings
from rankings.cli import main
from rankings.language.messages import speaking
from rankings.report import start

ROOT = Path(__file__).parents[2]


def test_every_notebook_is_listed_with_its_question(seen2018: rankings.Story) -> None:
    found = start.notebooks()
    files = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    # Those lead into the suite, and these are about an index of one's own.
    files = [name for name in files if name[:2] not in ("00", "01") and name[0] != "6"]
    assert found["notebook"].tolist() == files
    assert dict(found.to_numpy())["10-where-we-stand"] == "Where do we stand?"
    assert [row[1] for row in start.notebooks_table(seen2018).cells()] == found["question"].tolist()


def test_questions_are_told_in_the_language() -> None:
    english, vietnamese = start.notebooks(), start.notebooks("vi")
    assert vietnamese["notebook"].tolist() == english["notebook"].tolist()
    assert not set(vietnamese["question"]) & set(english["question"])


@pytest.mark.parametrize("economy", ["VNM", "EST", "IND"])
def test_a_number_is_in_the_cell_that_is_named(economy: str) -> None:
    story = rankings.ask(economy, as_of=2018, target_year=2020)
    rows = start.origins(story)
    assert rows["component"].tolist()[:4] == ["egdi", "osi", "tii", "hci"]
    for row in rows.to_dict("records"):
        file, line = row["cell"].rsplit(":", 1)
        cells = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].split(",")
        assert {economy, row["component"], str(row["edition"])} <= set(cells)
        assert f"{row['value']:g}" in cells


def test_only_what_was_known_is_named(seen2018: rankings.Story) -> None:
    assert set(start.origins(seen2018)["published_year"]) == {2017, 2018}
    assert "as known at the end of 2018" in start.origins_table(seen2018).caption


def test_commands_ask_for_this_story() -> None:
    story = rankings.ask("THA", 2018, "20:30", 2022, "South America", "vi", 7)
    told = dict(map(reversed, start.commands(story)))
    assert "rankings show THA --as-of 2018" in told
    assert "rankings trace THA egdi 2018" in told
    assert (
        "rankings report --economy THA --as-of 2018 --band 20:30 --by 2022 "
        "--peers 'South America' --language vi --seed 7"
    ) in told


def test_every_command_is_one_that_there_is(seen2018: rankings.Story) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for _, command in start.commands(seen2018):
        program, name, *given = shlex.split(command)
        if program == "make":
            assert re.search(rf"^{name}:", makefile, re.M), command
        else:
            main.commands[name].make_context(name, given)


def test_nothing_is_left_in_english(held: rankings.World) -> None:
    with speaking("en"):
        story = rankings.ask(as_of=2018, target_year=2020, language="vi")
    with speaking("vi"):
        for shown in (start.notebooks_table, start.origins_table, start.commands_table):
            told = shown(story).plain()
            for command in [each for _, each in start.commands(story)]:
                told = told.replace(command, "")
            for name in start.notebooks()["notebook"]:
                told = told.replace(name, "")
            assert left_in_english(told.replace("rankings --help", ""), held) == []
            assert told.splitlines()[-1].startswith("Nguồn: ")


def test_a_refusal_in_a_notebook_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    shell.run_cell("import rankings; rankings.ask('VNN')")
    said = capsys.readouterr().out + capsys.readouterr().err
    assert "did you mean VNM, Viet Nam?" in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1
