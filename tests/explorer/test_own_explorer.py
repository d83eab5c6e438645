"""The explorer of an index of one's own answers as the package does, for one folder alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from own_folders import ASEM, PROVINCES, TABLE, made_up, write

from rankings.cli import main
from rankings.errors import InputError
from rankings.explorer import own_page, own_views
from rankings.explorer.answers import Answer, Desk, answer
from rankings.explorer.own_desk import desk
from rankings.explorer.own_question import DEFAULTS, OwnQuestion, Reader, lever
from rankings.explorer.widget import explore_own
from rankings.language import messages
from rankings.own import moves, whatif
from rankings.own.question import ask_own

VIET_NAM = {"unit": "VNM", "band": "10:20"}


@pytest.fixture(scope="module")
def asem() -> Desk[OwnQuestion]:
    return desk(ASEM)


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Desk[OwnQuestion]:
    return desk(made_up(tmp_path_factory.mktemp("made-up") / "panel"))


def asked(at: Desk[Any], kind: str, query: dict[str, str] | None = None, **more: Any) -> Answer:
    return answer({"kind": kind, "query": query or {}, **more}, at)


@pytest.mark.parametrize(
    "words",
    [
        {},
        VIET_NAM,
        {"unit": "VNM", "language": "vi", "seed": "7", "set": "LPI:3.5,CO2:1.2"},
    ],
)
def test_the_address_holds_the_whole_question(words: dict[str, str]) -> None:
    reader = Reader(ASEM)
    question = reader.read(words)
    assert reader.read(question.query) == question
    if words:
        assert question.query["unit"] == "VNM"
    assert question.query["own"] == "asem"
    assert set(question.query) <= set(DEFAULTS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"unit": "VNN"}, "VNM"),
        ({"folder": "/etc"}, "part of an address"),
        ({"own": "provinces"}, "the address is of the index provinces, and here asem is open"),
        ({"band": "20:10"}, "did you mean 10:20"),
        ({"year": "1999"}, "has no figures of 1999"),
        ({"since": "2017"}, "no year before 2018"),
        ({"language": "xx"}, "language"),
        ({"set": "LPI"}, "indicator:value"),
        ({"set": "LPI:1,LPI:2"}, "twice"),
        ({"set": "LPI:nan"}, "is a number"),
        ({"unit": "x" * 4001}, "longer than"),
    ],
)
def test_what_has_no_answer_is_refused_in_one_line(
    asem: Desk[OwnQuestion], words: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        asem.read(words)
    reply = asked(asem, "open", words).reply
    assert reply["kind"] == "refusal"
    assert "\n" not in reply["text"]


def test_figures_are_checked_where_they_act(asem: Desk[OwnQuestion]) -> None:
    assert asked(asem, "move", {"set": "LPI:3.5"}).reply["kind"] == "moved"
    reply = asked(asem, "move", {"set": "LPX:3.5"}).reply
    assert "LPI" in reply["text"]


def test_the_slider_says_what_the_command_and_the_package_say(asem: Desk[OwnQuestion]) -> None:
    query = VIET_NAM | {"set": "LPI:4.1,Cov4G:95,Visa:80"}
    live = asked(asem, "move", query, full=True).reply["live"]
    story = ask_own(ASEM, "VNM", band="10:20")
    rows = whatif.what_if(story, {"Cov4G": 95.0, "LPI": 4.1, "Visa": 80.0})
    head = rows.iloc[0]
    assert live["ranks"]["before"] == head["rank_before"] == story.row["rank"]
    assert live["ranks"]["after"] == head["rank_after"] < head["rank_before"]
    assert live["score"] == [messages.number(head[name], 2) for name in ("before", "after")]
    physical = rows.set_index("code").loc["Physical"]
    assert live["parts"]["Physical"]["value"] == physical["after"]
    assert live["parts"]["Physical"]["moved"]
    assert not live["parts"]["Political"]["moved"]

    command = live["full"]["command"].split()[1:]
    told = CliRunner().invoke(main, [*command, "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)[0]["rank_after"] == live["ranks"]["after"]
    space: dict[str, Any] = {}
    *lines, last = live["full"]["code"].splitlines()
    exec("\n".join(lines), space)
    assert eval(last, space).equals(rows)


def test_nothing_set_is_the_table_itself(asem: Desk[OwnQuestion]) -> None:
    live = asked(asem, "move", VIET_NAM).reply["live"]
    story = ask_own(ASEM, "VNM")
    assert live["ranks"]["before"] == live["ranks"]["after"] == story.row["rank"]
    assert live["score"][0] == live["score"][1] == messages.number(story.row["score"], 2)
    assert live["reach"] == ["no", "no"]


def test_every_indicator_has_a_slider_around_its_figure(asem: Desk[OwnQuestion]) -> None:
    whole = asked(asem, "open", VIET_NAM).reply["page"]
    rows = whatif.levers(ask_own(ASEM, "VNM")).set_index("code")
    assert [each["lever"] for each in whole["levers"]] == [lever(code) for code in rows.index]
    for each in whole["levers"]:
        row = rows.loc[each["lever"]]
        assert each["low"] <= row["lowest"] < row["highest"] <= each["high"], each
        assert each["now"] is None or each["low"] <= each["now"] <= each["high"]
        assert each["step"] <= (each["high"] - each["low"]) / 20 or each["step"] == 1
        assert each["component"] in [group["name"] for group in whole["groups"]]


@pytest.mark.parametrize("name", [each.name for each in own_views.VIEWS])
def test_every_view_has_its_table_its_files_and_the_python_that_makes_it(
    panel: Desk[OwnQuestion], name: str
) -> None:
    query = {"unit": "Tỉnh 10", "band": "1:10", "since": "2020"}
    found = asked(panel, "view", query, name=name)
    reply = found.reply
    assert reply["kind"] == "view"
    assert reply["tables"]
    space: dict[str, Any] = {"__name__": "cell"}
    lines = reply["code"].splitlines()
    exec("\n".join(lines[:4]), space)
    shown = [eval(line, space) for line in lines[4:]]
    assert [each.html() for each in shown if hasattr(each, "html")] == reply["tables"]
    if found.data is not None:
        assert found.data.startswith(b"\x89PNG")
        assert any(getattr(each, "alt", None) == reply["alt"] for each in shown)
    file = asked(panel, "file", query, name=name, format="csv")
    assert file.reply["file"] == f"tỉnh-10-2024-{name}.csv"
    assert file.data


def test_the_change_is_counted_from_the_year_chosen(panel: Desk[OwnQuestion]) -> None:
    told = {
        since: asked(panel, "view", {"unit": "Tỉnh 10", "since": since}, name="moved").reply
        for since in ("2019", "2023")
    }
    story = panel.read({"unit": "Tỉnh 10"}).story
    for since, reply in told.items():
        row = moves.total(story, int(since))
        sentence = reply["said"][0]["text"][0]
        assert f"From {since} to 2024" in sentence
        assert f"from rank {int(row['start'])} to {int(row['end'])}" in sentence
        assert reply["alt"].startswith(f"From rank {int(row['start'])} in {since}")


@pytest.mark.parametrize("language", messages.languages())
def test_published_ranks_are_told_from_computed_ones(language: str) -> None:
    provinces = desk(PROVINCES)
    whole = asked(provinces, "open", {"unit": "da nang", "language": language}).reply["page"]
    # Five provinces have figures: what moves is their rank among the five.
    assert (whole["strip"]["of"], whole["strip"]["most"]) == (5, 63)
    assert whole["strip"]["band"] is None
    assert whole["live"]["reach"] == ["–", "–"]
    assert whole["levers"]
    other = asked(provinces, "open", {"unit": "Kiên Giang", "language": language}).reply["page"]
    assert other["levers"] == other["groups"] == []
    assert other["strip"]["of"] == 63
    assert other["live"]["ranks"]["after"] == 32
    assert "Kiên Giang" in other["words"]["levers_help"]
    old = asked(provinces, "open", {"unit": "Hà Nội", "year": "2017"}).reply["page"]
    assert old["live"]["ranks"]["after"] == 12


def test_files_that_changed_are_read_again_and_others_are_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "agencies")
    at = desk(folder)
    first = asked(at, "open", {"unit": "Cục B"}).reply["page"]
    assert first["live"]["ranks"]["after"] == 3
    story = at.read({"unit": "Cục B"}).story
    assert at.read({"unit": "cuc b"}).story is story
    (folder / "table.csv").write_text(TABLE.replace("Cục B,2,7", "Cục B,9,5.5"), encoding="utf-8")
    assert asked(at, "open", {"unit": "Cục B"}).reply["page"]["live"]["ranks"]["after"] == 1
    (folder / "table.csv").write_text(TABLE.replace("2,7", "two,7"), encoding="utf-8")
    broken = asked(at, "open", {"unit": "Cục B"}).reply
    assert broken["kind"] == "refusal"
    assert "table.csv" in broken["text"]


def test_codes_of_any_letters_stand_in_an_address(tmp_path: Path) -> None:
    code = "tốc độ, x:1 %"
    table = TABLE.replace("speed", f'"{code}"')
    toml = f'[table]\nunit = "agency"\n[indicators]\n"{code}" = {{}}\ncost = {{}}\n'
    at = desk(write(tmp_path / "agencies", table, toml))
    whole = asked(at, "open", {"unit": "Cục B"}).reply["page"]
    name = whole["levers"][0]["lever"]
    assert not set(name) & set(" ,:%") - {"%"}
    live = asked(at, "move", {"unit": "Cục B", "set": f"{name}:4"}).reply["live"]
    assert live["query"]["set"] == f"{name}:4"
    assert at.read(live["query"]).settings == ((code, 4.0),)


def test_the_page_speaks_one_language(asem: Desk[OwnQuestion]) -> None:
    english = asked(asem, "open", VIET_NAM).reply["page"]
    other = asked(asem, "open", VIET_NAM | {"language": "vi"}).reply["page"]
    same = [key for key, text in other["words"].items() if text == english["words"][key]]
    assert same == []
    titles = zip(english["views"], other["views"], strict=True)
    assert all(one["title"] != two["title"] for one, two in titles)


def test_the_widget_shows_an_own_index() -> None:
    widget = explore_own(ASEM, "VNM", band="10:20")
    assert widget.question.story.unit == "VNM"
    sent: list[Any] = []
    widget.send = lambda reply, _buffers: sent.append(reply)
    widget._heard(None, {"kind": "open", "id": 3, "query": {"unit": "SGP"}}, [])
    assert (sent[0]["id"], sent[0]["kind"]) == (3, "page")
    assert widget.question.story.unit == "SGP"
    assert own_page.values(widget.question)["unit"] == "SGP"


def test_the_command_refuses_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "agencies", TABLE.replace("2,7", "two,7"))
    done = CliRunner().invoke(main, ["explore", "--own", str(folder), "--no-browser"])
    assert done.exit_code == 2
    assert "table.csv" in done.stderr
