"""The explorer answers as the package does, and takes nothing else from a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import rankings
from rankings.analysis import targets
from rankings.cli import main
from rankings.errors import InputError
from rankings.explorer import page, serve, views
from rankings.explorer.answers import FORMATS, Answer, answer
from rankings.explorer.question import DEFAULTS, Question, read
from rankings.explorer.widget import explore
from rankings.language import messages
from rankings.report import refusals
from rankings.story.attribution import split_move
from rankings.story.certainty import composite_rank
from rankings.story.outlook import forecast_ranks
from rankings.story.target import find_precedents, gains_achieved, points_needed

ESTONIA = {"economy": "EST", "band": "20:30", "set": "mean_years_schooling:13.9"}


def asked(kind: str, query: dict[str, str] | None = None, **more: Any) -> Answer:
    return answer({"kind": kind, "query": query or {}, **more})


def test_an_empty_address_is_viet_nam_and_the_band_as_newest_known() -> None:
    question = read({})
    assert question.story.economy == "VNM"
    assert str(question.story.band) == "30:50"
    assert question.index == "EGDI"
    assert question.since < question.edition == question.story.edition
    assert question.query == {"economy": "VNM", "as_of": str(question.story.as_of)}


@pytest.mark.parametrize(
    "words",
    [
        ESTONIA,
        {"economy": "KHM", "measure": "GCI", "edition": "2020", "since": "2017", "language": "vi"},
        {"economy": "VNM", "as_of": "2018", "by": "2020", "peers": "THA,MYS", "seed": "7"},
        {"economy": "SGP", "others": "held", "chance": "80", "set": "hci:0.85,osi:0.9"},
        {"economy": "THA", "peers": "South-eastern Asia", "measure": "2IPD"},
    ],
)
def test_the_address_holds_the_whole_question(words: dict[str, str]) -> None:
    question = read(words)
    assert read(question.query) == question
    assert words.items() <= {**DEFAULTS, **question.query}.items()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"economy": "VNN"}, "VNM"),
        ({"path": "x"}, "part of an address"),
        ({"band": "50:30"}, "wrong way round"),
        ({"band": "30:500"}, "beyond rank"),
        ({"by": "2o30"}, "target_year is a year"),
        ({"by": "-1"}, "target_year is a year"),
        ({"as_of": "2100"}, "not held"),
        ({"language": "xx"}, "language"),
        ({"measure": "EDGI"}, "EGDI"),
        ({"measure": "EGDI", "edition": "2019"}, "2018"),
        ({"since": "2030"}, "not an edition"),
        ({"others": "both"}, "held"),
        ({"chance": "100"}, "between 0 and 100"),
        ({"chance": "nan"}, "a whole number"),
        ({"chance": "99.9"}, "a whole number"),
        ({"set": "tii"}, "lever:value"),
        ({"set": "tii:0.5,tii:0.6"}, "twice"),
        ({"set": "tii:inf"}, "a number"),
        ({"peers": "x" * 401}, "longer than"),
    ],
)
def test_what_has_no_answer_is_refused_in_one_line(words: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        read(words)
    reply = asked("open", words).reply
    assert reply["kind"] == "refusal"
    assert "\n" not in reply["text"]


@pytest.mark.parametrize(
    "setting", ["tii:2", "tii:-1", "speed:1", "tii:0.9,mean_years_schooling:9"]
)
def test_levers_are_checked_where_they_act(setting: str) -> None:
    fine = setting == "tii:0.9,mean_years_schooling:9"  # two different sub-indices
    assert asked("move", {"set": setting}).reply["kind"] == ("moved" if fine else "refusal")


def test_a_sub_index_and_its_own_driver_are_two_answers_to_one_question() -> None:
    reply = asked("move", {"set": "hci:0.9,mean_years_schooling:9"}).reply
    assert reply["kind"] == "refusal"
    assert "Mean years of schooling" in reply["text"]


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "open",
        {},
        {"kind": "run", "query": {}},
        {"kind": ["open"], "query": {}},
        {"kind": "open", "query": {"economy": 5}},
        {"kind": "open", "query": "economy=VNM"},
        {"kind": "view", "name": "../../etc/passwd"},
        {"kind": "view", "name": ["standing"]},
        {"kind": "file", "name": "standing", "format": "exe"},
        {"kind": "file", "name": "standing", "format": {"a": 1}},
        {"kind": "file", "name": "who", "format": "png"},
    ],
)
def test_a_message_that_asks_for_anything_else_is_refused(message: object) -> None:
    found = answer(message)
    assert found.reply["kind"] == "refusal"
    assert found.data is None
    assert "Traceback" not in found.reply["text"]


@given(
    st.dictionaries(
        st.sampled_from([*DEFAULTS, "x"]),
        st.one_of(st.text(max_size=30), st.sampled_from(["VNM", "2018", "30:50", "EGDI", "vi"])),
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_in_an_address_is_answered_or_refused(words: dict[str, str]) -> None:
    assert asked("move", words).reply["kind"] in ("moved", "refusal")


def test_a_fault_of_the_program_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_question: Question) -> dict[str, Any]:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(page, "whole", broken)
    reply = asked("open").reply
    assert reply["kind"] == "refusal"
    assert "secret" not in reply["text"]


@pytest.mark.parametrize("name", [each.name for each in views.VIEWS])
def test_every_view_has_its_table_its_files_and_the_python_that_makes_it(name: str) -> None:
    found = asked("view", ESTONIA, name=name)
    reply = found.reply
    assert reply["kind"] == "view"
    assert reply["tables"] or reply["said"]
    shown: list[object] = []
    space = {"__name__": "cell"}
    *lines, last = reply["code"].splitlines()
    exec("\n".join(lines), space)
    shown = [eval(line, space) for line in [*lines[4:], last]]
    made = [each.html() for each in shown if hasattr(each, "html")]
    assert made == reply["tables"]
    if found.data is not None:
        assert found.data.startswith(b"\x89PNG")
        assert any(getattr(each, "alt", None) == reply["alt"] for each in shown)
    for kind in FORMATS:
        file = asked("file", ESTONIA, name=name, format=kind)
        if not reply["tables"] if kind == "csv" else found.data is None:
            assert file.reply["kind"] == "refusal"
            continue
        assert re.fullmatch(rf"est-\d{{4}}-{name}\.{kind}", file.reply["file"])
        assert file.data


def test_a_csv_is_read_back_with_vietnamese_and_its_source(tmp_path: Path) -> None:
    import pandas as pd

    found = asked("file", {"language": "vi"}, name="who", format="csv")
    path = tmp_path / "who.csv"
    path.write_bytes(found.data or b"")
    rows = pd.read_csv(path, encoding="utf-8-sig")
    with messages.speaking("vi"):
        story = rankings.ask("VNM", language="vi")
        expected = find_precedents(story)
    assert list(rows["name"]) == [story.names[code] for code in expected["iso3"]]
    assert "Nguồn" in rows["source"].iloc[0]
    assert rows["source"].notna().all()


def test_each_table_of_a_view_is_a_file_of_its_own() -> None:
    tables = asked("view", name="standing").reply["tables"]
    files = [
        asked("file", name="standing", format="csv", table=number)
        for number in range(len(tables) + 1)
    ]
    assert [file.reply["kind"] for file in files] == ["file"] * len(tables) + ["refusal"]
    assert len({file.data for file in files}) == len(tables) + 1
    assert files[1].reply["file"].endswith("-standing-2.csv")


def test_views_do_not_hang_on_the_levers() -> None:
    plain, moved = (asked("view", {"set": each}, name="ahead").reply for each in ("", "tii:0.5"))
    assert plain == moved


def test_the_slider_says_what_notebook_and_command_say() -> None:
    live = asked("move", ESTONIA | {"others": "held"}).reply["live"]
    story = rankings.ask("EST", band="20:30")
    made = rankings.what_if(story, {"mean_years_schooling": 13.9})
    head = made.components.iloc[0]
    assert live["ranks"]["after"] == head["rank_after"]
    assert live["ranks"]["before"] == head["rank_before"]

    moving = asked("move", ESTONIA, full=True).reply["live"]
    last = made.chances.iloc[-1]
    assert moving["reach_value"] == last["reach_after"]
    assert moving["ranks"]["after"] == last["median_after"]

    command = moving["full"]["command"].split()[1:]
    said = CliRunner().invoke(main, [*command, "--json"])
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["chances"][-1]["reach_after"] == pytest.approx(moving["reach_value"], abs=0)
    assert told["components"][0]["rank_after"] == live["ranks"]["after"]

    space: dict[str, Any] = {}
    *lines, last_line = moving["full"]["code"].splitlines()
    exec("\n".join(lines), space)
    assert eval(last_line, space).chances.equals(made.chances)


def test_without_a_lever_the_numbers_are_the_published_ones_and_the_forecast() -> None:
    live = asked("move", {}).reply["live"]
    story = rankings.ask()
    forecast = forecast_ranks(story).iloc[-1]
    assert live["ranks"]["before"] == live["ranks"]["after"] == forecast["median"]
    assert live["reach_value"] == forecast["reach"]
    assert live["score"][0] == live["score"][1] == messages.number(story.scores["VNM"], 4)


def test_the_dial_is_the_growth_of_the_table() -> None:
    story = rankings.ask()
    table = points_needed(story).query("rank == 50").set_index("certainty")
    for chance in (0.5, 0.8, 0.95):
        wants = page.needed(story, chance)
        assert wants["points"] == table["points"][chance]
        record = targets.ever_achieved(gains_achieved(story), wants["standing"])
        assert wants["economies_fast"] == record["economies_fast"]


@pytest.mark.parametrize("language", messages.languages())
def test_the_page_speaks_one_language(language: str) -> None:
    told = asked("open", {"language": language}).reply["page"]
    assert told["language"] == language
    english = asked("open").reply["page"]["words"]
    same = [key for key, text in told["words"].items() if text == english[key]]
    assert same == (list(english) if language == "en" else [])


def test_choices_hold_what_is_chosen() -> None:
    for words in ({}, ESTONIA, {"economy": "VNM", "as_of": "2018", "by": "2020", "peers": "THA"}):
        whole = asked("open", words).reply["page"]
        for name, offered in whole["choices"].items():
            assert whole["values"][name] in [each["value"] for each in offered], name


def test_the_widget_answers_under_the_number_of_the_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widget = explore("EST", band="20:30")
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(widget, "send", lambda reply, buffers: sent.append((reply, buffers)))
    widget._heard(None, {"kind": "view", "id": 7, "query": ESTONIA, "name": "standing"}, [])
    widget._heard(None, {"kind": "open", "id": 8, "query": {"economy": "THA"}}, [])
    widget._heard(None, {"kind": "open", "id": 9, "query": {"economy": "?"}}, [])
    assert [reply["id"] for reply, _buffers in sent] == [7, 8, 9]
    assert sent[0][1][0].startswith(b"\x89PNG")
    assert sent[2][0]["kind"] == "refusal"
    assert widget.question.story.economy == "THA"


def test_explore_refuses_as_ask_does() -> None:
    with pytest.raises(InputError, match="VNM"):
        explore("VNN")


def test_the_server_is_this_machine_alone_without_jupyters_services() -> None:
    assert serve.ADDRESS == "127.0.0.1"
    assert serve.Server.default_services == ("auth", "security")
    assert "unsafe" not in serve.POLICY


def test_pages_name_no_other_host() -> None:
    for name in (*serve.FILES, "../pages/templates/explorer.html.j2"):
        text = (page.HERE / name).read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_who_asks_for_a_page_goes_on_in_the_language_spoken_before() -> None:
    with messages.speaking("vi"):
        explore("THA", language="en")
        answer({"kind": "move", "query": {"economy": "MYS", "language": "en"}})
        assert messages.language() == "vi"


def test_what_cannot_be_split_is_said_in_the_language_asked_for() -> None:
    story = rankings.ask(as_of=2012, target_year=2018)
    told = []
    for language in ("en", "vi", "en"):
        with messages.speaking(language):
            pair = (split_move(story, "GCI"), composite_rank(story))
            told.append([refusals.told(each) for each in pair if isinstance(each, Exception)])
    assert all(len(pair) == 2 for pair in told)
    assert told[0] == told[2]
    assert told[0][0] != told[1][0]
    assert told[0][1] != told[1][1]


def test_every_measure_offered_can_be_chosen() -> None:
    """A pillar of which one economy's figure is held is no measure to rank by, and not offered."""
    start = read({"economy": "VNM"})
    offered = [each["value"] for each in page.choices(start)["measure"]]
    assert {"EGDI", "TII", "GCI", "ICT", "GCI:legal", "IDI:access"} <= set(offered)
    assert "IDI:universal_connectivity" not in offered
    for code in offered:
        assert read({"economy": "VNM", "measure": code}).story.measure == code
    with messages.speaking("vi"):
        labels = [each["label"] for each in page.choices(read({"language": "vi"}))["measure"]]
    assert not [each for each in labels if re.search(r"\b(of|and|the|index)\b", each.lower())]
