"""Stories run side by side, appear whole, and say in one line what is wrong with them."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4
from waiting import LONG, until

from rankings import store
from rankings.batch import folders, pipelines, planning
from rankings.batch import run as batch
from rankings.errors import InputError
from rankings.language import messages
from rankings.story import question as story

pytestmark = pytest.mark.usefixtures("one_warm_process")

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"
NASTY = "a\"b\\n'\n</title><script>alert(1)</script> {economy} Đắk Lắk \N{SNOWMAN}"
PARAMETERS = 'economy = "VNM"\nas_of = 2018\npeers = "ASEAN"'
NO = {"peers": "ASEAN"}

# Run in a process of its own, which the test can interrupt.
INTERRUPTED = """
from pathlib import Path
from rankings.batch import run as batch

STORY = {"name": "lao", "title": "Laos", "economy": "LAO", "as_of": 2018, "peers": "ASEAN"}
PIPELINE = {"title": "All", "out": "a", "notebooks": ["90-report"], "front": "90-report"}

if __name__ == "__main__":
    pipeline = batch.parse(PIPELINE | {"stories": [STORY]}, where="x.toml")
    batch.run(pipeline, out=Path("out"), resolve=dict, notebooks=Path("notebooks {x}"))
"""


def write(folder: Path, name: str, *sources: str, parameters: str = PARAMETERS) -> None:
    folder.mkdir(exist_ok=True)
    cells = [v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [v4.new_code_cell(source) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells), folder / f"{name}.ipynb")


def table(**changes: Any) -> dict[str, Any]:
    return {
        "title": "All",
        "out": "report",
        "notebooks": ["10-where", "90-report"],
        "front": "90-report",
        "defaults": {"peers": NASTY},
        "stories": [
            {"name": "vnm-2018", "title": "Viet <Nam>", "economy": "VNM", "as_of": 2018},
            {"name": "lao", "title": "Laos", "economy": "LAO", "as_of": "newest"},
        ],
    } | changes


def resolve(given: dict[str, Any]) -> dict[str, Any]:
    if given["economy"] == "VNN":
        raise InputError("VNN is not an economy; did you mean VNM?")
    return given | {"as_of": 2024 if given["as_of"] == "newest" else given["as_of"]}


def run(folder: Path, **changes: Any) -> batch.Results:
    return batch.run(
        batch.parse(table(**changes), where="x.toml"),
        out=folder / "out",
        progress=False,
        resolve=resolve,
        members=lambda group, language: {"BRN": "Brunei", "THA": "Thailand"},
        notebooks=folder / "notebooks {x}",
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, batch.Results]:
    """Two stories of two notebooks, run from a folder whose files shadow a standard module."""
    folder = tmp_path_factory.mktemp("done")
    (folder / "colorsys.py").write_text("raise ImportError('taken from the working folder')")
    write(
        folder / "notebooks {x}",
        "10-where",
        "import colorsys\nprint(ascii((economy, as_of, peers)))",
        "from IPython.display import Markdown\nMarkdown(peers)",
    )
    answer = """f'<p class="rk-answer">{economy} in {as_of}</p>'"""
    write(
        folder / "notebooks {x}", "90-report", f"from IPython.display import HTML\nHTML({answer})"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder / "out", run(folder)


def test_every_story_has_its_pages_and_notebooks(done: tuple[Path, batch.Results]) -> None:
    out, results = done
    assert results.ok, results.summary()
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    story = {"index.html", "10-where.html"} | {f"notebooks/{n}.ipynb" for n in table()["notebooks"]}
    expected = {f"{name}/{file}" for name in ("vnm-2018", "lao") for file in story}
    assert files == expected | {"index.html", "manifest.json", folders.LOCK}


def test_records_tell_each_notebook(done: tuple[Path, batch.Results]) -> None:
    _, results = done
    assert [(record.story, record.notebook) for record in results.records] == [
        ("vnm-2018", "10-where"),
        ("vnm-2018", "90-report"),
        ("lao", "10-where"),
        ("lao", "90-report"),
    ]
    assert all(record.seconds > 0 for record in results.records)
    assert "4 of 4" in results.summary()


def test_landing_page_gives_each_answer(done: tuple[Path, batch.Results]) -> None:
    html = (done[0] / "index.html").read_text()
    assert "LAO in 2024" in html
    assert 'href="vnm-2018/index.html"' in html
    assert 'href="lao/10-where.html"' in html


def test_parameters_arrive_as_they_were_given(done: tuple[Path, batch.Results]) -> None:
    notebook = json.loads((done[0] / "vnm-2018" / "notebooks" / "10-where.ipynb").read_text())
    (said,) = [
        out for cell in notebook["cells"] for out in cell.get("outputs", []) if "text" in out
    ]
    assert "".join(said["text"]).strip() == ascii(("VNM", 2018, NASTY))
    html = (done[0] / "vnm-2018" / "10-where.html").read_text()
    assert "<script" not in html
    assert "Đắk Lắk" in html
    assert "Where – Viet &lt;Nam&gt;" in html


def test_one_economys_story_says_its_name_and_measure_too() -> None:
    story = {"name": "a", "title": "{name}: {measure}", "economy": "BRN", "measure": "GCI"}
    plan = batch.parse(table(stories=[story | {"as_of": 2018}]), where="x.toml")
    names = {"BRN": "Brunei"}
    (told,) = planning.told_stories(plan, dict, lambda code, language: names)
    assert told.story.title == "Brunei: GCI"


def test_notebooks_hold_no_path_of_the_machine(done: tuple[Path, batch.Results]) -> None:
    for path in done[0].rglob("*.ipynb"):
        metadata = json.loads(path.read_text())["metadata"]
        assert str(done[0].parent) not in json.dumps(metadata)


def test_failing_notebook_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path / "notebooks {x}", "10-where", "1 +\\\n1", "raise ValueError('no\\nrank <b>')")
    write(tmp_path / "notebooks {x}", "90-report", "'fine'")
    results = run(tmp_path, stories=table()["stories"][:1])
    assert not results.ok
    assert [record.status for record in results.records] == ["failed", "ok"]
    assert results.records[0].error == "cell [4]: ValueError: no rank <b>"
    assert "vnm-2018/10-where: cell [4]: ValueError: no rank <b>" in results.summary()
    page = (tmp_path / "out" / "vnm-2018" / "10-where.html").read_text()
    assert "cell [4]: ValueError: no rank &lt;b&gt;" in page


@pytest.mark.parametrize("parent", [signal.SIG_DFL, signal.SIG_IGN], ids=["heeds", "ignores"])
def test_interrupted_run_leaves_what_was_there(tmp_path: Path, parent: signal.Handlers) -> None:
    sign = tmp_path / "kernel"
    write(
        tmp_path / "notebooks {x}",
        "90-report",
        f"import os, pathlib, time\npathlib.Path({str(sign)!r}).write_text(str(os.getpid()))",
        "time.sleep(3600)",
    )
    old = tmp_path / "out" / "lao" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("before")
    stories = {"lao": {"90-report": {"files": {"index.html": ""}}}}
    (tmp_path / "out" / "manifest.json").write_text(json.dumps({"stories": stories}))
    script = tmp_path / "run.py"
    script.write_text(INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, parent),
    )
    until(sign.exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(LONG) != 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        folders.LOCK,
        "lao",
        "manifest.json",
    ]
    assert old.read_text() == "before"
    kernel = int(sign.read_text())
    until(lambda: not Path(f"/proc/{kernel}").exists() or not Path("/proc").exists())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"frnt": "x"}, "x.toml: frnt: 'frnt' is not a known key; did you mean front?"),
        (
            {"defaults": {"bnd": "30:50"}},
            "x.toml: defaults, bnd: 'bnd' is not a known key; did you mean band?",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "economi": "VNM"}]},
            "x.toml: stories, no. 1, economi: 'economi' is not a known key; did you mean econom",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "target_year": "soon"}]},
            "x.toml: stories, no. 1, target_year: target_year is a year, not 'soon'",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "as_of": True}]},
            "x.toml: stories, no. 1, as_of: as_of is a year or 'newest', not True",
        ),
        ({"stories": [{"name": "a"}]}, "x.toml: stories, no. 1, title: expected a value"),
        ({"stories": []}, "x.toml: expected at least one [[stories]], found none"),
        ({"front": "80-x"}, "x.toml: front: '80-x' is not a known notebook; known: 10-where"),
        ({"notebooks": ["../../etc"]}, "x.toml: notebooks, no. 1: expected names of letters"),
        (
            {"stories": [{"name": "a", "title": "A", "economy": "VNM", "economies": "ASEAN"}]},
            "expected economy or economies, found both",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "economies": [7]}]},
            "economies, no. 1: expected a group's name or a list of economies, found 7",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "measure": "TII", "measures": ["GCI"]}]},
            "expected measure or measures, found both",
        ),
        (
            {"stories": [{"name": "a", "title": "A", "measures": ["TTI"]}]},
            "'TTI' is not a known measure; did you mean TII",
        ),
    ],
)
def test_wrong_pipeline_is_told_in_one_line(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        batch.parse(table(**changes), where="x.toml")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["../x", "a/b", "a.b", "", "-a", "a\n", ".", "a" * 81, "x\\y"])
def test_name_cannot_leave_the_output_folder(name: str) -> None:
    with pytest.raises(InputError, match="name: expected letters, digits and hyphens"):
        batch.parse(table(stories=[{"name": name, "title": "A"}]), where="x.toml")
    with pytest.raises(InputError, match="out: expected letters, digits and hyphens"):
        batch.parse(table(out=name), where="x.toml")


def test_every_wrong_key_has_its_line() -> None:
    with pytest.raises(InputError) as raised:
        batch.parse({"title": 1}, where="x.toml")
    assert len(str(raised.value).splitlines()) == 5


@pytest.mark.parametrize("path", sorted(PIPELINES.glob("*.toml")), ids=lambda path: path.stem)
def test_committed_pipelines_are_well_formed(path: Path) -> None:
    assert batch.load(path).out == path.stem


def test_the_quarterly_run_tells_one_economy_in_every_language() -> None:
    plan = batch.load(PIPELINES / "quarterly.toml")
    assert {story.language for story in plan.stories} == set(messages.languages())
    assert plan.defaults.economy == "VNM"
    every = {path.stem for path in store.question_notebooks()}
    beside = {path.stem for path in store.notebooks_folder().glob("[1-9]*.ipynb")} - every
    assert beside == {"60-own-index"}
    assert set(plan.notebooks) == every


def test_a_pipeline_speaks_the_language_asked_for() -> None:
    asean = batch.load(PIPELINES / "asean.toml")
    spoken = asean.speaking("vi")
    assert (asean.defaults.language, spoken.defaults.language) == ("en", "vi")
    assert asean.speaking(None) is asean
    given = pipelines.expanded(spoken.stories[0], story.members, "vi")
    titles = {each.economy: each.title for each in given}
    assert titles["VNM"].startswith("Việt Nam: ")
    assert "among" not in titles["VNM"]
    told = batch.load(PIPELINES / "quarterly.toml").stories[1]
    assert next(pipelines.expanded(told, None, "en")).title.startswith("Việt Nam")
    assert pipelines.spoken("Nobody's title", "vi") == "Nobody's title"
    with pytest.raises(InputError, match="known: en, vi"):
        asean.speaking("xx")


def test_unknown_pipeline_file_suggests_the_near_one() -> None:
    with pytest.raises(InputError, match=r"did you mean .*report\.toml"):
        batch.load(PIPELINES / "reprot.toml")


def test_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("title =")
    with pytest.raises(InputError, match=r"a\.toml: expected TOML"):
        batch.load(tmp_path / "a.toml")


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    for name in table()["notebooks"]:
        write(tmp_path / "notebooks {x}", name)
    return tmp_path / "notebooks {x}"


def refused(folder: Path, words: str, **changes: Any) -> None:
    """The run is refused with these words before anything is written."""
    with pytest.raises(InputError) as raised:
        run(folder, **changes)
    assert words in str(raised.value)
    assert not (folder / "out").exists()


def test_missing_notebook_suggests_the_near_one(tmp_path: Path, notebooks: Path) -> None:
    changes = {"notebooks": ["10-were", "90-report"]}
    refused(tmp_path, "'10-were' is not a known notebook; did you mean 10-where?", **changes)


def test_parameter_nobody_asks_for_is_refused(tmp_path: Path, notebooks: Path) -> None:
    refused(tmp_path, "vnm-2018: 'band' is not a known parameter", defaults={"band": "30:50"} | NO)


def test_parameter_nobody_gives_is_refused(tmp_path: Path, notebooks: Path) -> None:
    refused(tmp_path, "vnm-2018: notebook 10-where asks for peers", defaults={})


def test_notebook_without_parameters_cell_is_refused(tmp_path: Path, notebooks: Path) -> None:
    nbformat.write(v4.new_notebook(), notebooks / "10-where.ipynb")
    refused(tmp_path, "expected a cell tagged 'parameters', found none")


def test_notebook_that_is_none_is_refused(tmp_path: Path, notebooks: Path) -> None:
    (notebooks / "10-where.ipynb").write_text("{")
    refused(tmp_path, "10-where.ipynb: expected a notebook")


def test_story_that_cannot_be_resolved_is_named(tmp_path: Path, notebooks: Path) -> None:
    stories = [{"name": "a", "title": "A", "economy": "VNN"}]
    refused(tmp_path, "a: VNN is not an economy; did you mean VNM?", stories=stories)


def test_same_folder_twice_is_refused(tmp_path: Path, notebooks: Path) -> None:
    story = {"title": "A", "economies": "ASEAN", "as_of": 1}
    stories = [story | {"name": "a"}, story | {"name": "A"}]
    refused(tmp_path, "stories: expected each name once", stories=stories)


def test_story_template_becomes_one_story_per_economy(notebooks: Path) -> None:
    story = {"name": "2030", "title": "{name}, {x}", "economies": "ASEAN"}
    pipeline = batch.parse(table(stories=[story]), where="x.toml")
    members = {"BRN": "Brunei", "THA": "Thailand"}
    told = planning.told_stories(pipeline, dict, lambda group, language: members)
    assert [(each.story.name, each.story.title, each.given["economy"]) for each in told] == [
        ("brn-2030", "Brunei, {x}", "BRN"),
        ("tha-2030", "Thailand, {x}", "THA"),
    ]


def test_story_template_becomes_one_story_per_measure_and_economy(notebooks: Path) -> None:
    story = {"name": "m", "title": "{name}: {measure}", "economies": "ASEAN"}
    story |= {"measures": ["telecom", "GCI", "TII"]}
    pipeline = batch.parse(table(stories=[story]), where="x.toml")
    members = {"BRN": "Brunei", "THA": "Thailand"}
    told = planning.told_stories(pipeline, dict, lambda group, language: members)
    assert [(each.story.name, each.story.title, each.given["measure"]) for each in told] == [
        ("brn-m-tii", "Brunei: TII", "TII"),
        ("tha-m-tii", "Thailand: TII", "TII"),
        ("brn-m-gci", "Brunei: GCI", "GCI"),
        ("tha-m-gci", "Thailand: GCI", "GCI"),
    ]


def test_economy_without_an_answer_is_told_so_in_the_language_of_its_page() -> None:
    def resolve(given: dict[str, Any]) -> dict[str, Any]:
        if given["economy"] == "LBY":
            template = "{code} ({name}) is not ranked in {index} {edition}"
            raise InputError(template, code="LBY", name="Libya", index="EGDI", edition=2012)
        return given

    story = {"name": "x", "title": "{name}", "economies": ["LBY", "VNM"], "language": "vi"}
    pipeline = batch.parse(table(stories=[story]), where="x.toml")
    members = {"LBY": "Libya", "VNM": "Việt Nam"}
    told = planning.told_stories(pipeline, resolve, lambda group, language: members)
    assert [each.refused for each in told] == [
        "LBY (Libya) không được xếp hạng trong EGDI 2012",
        "",
    ]


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path, notebooks: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="out: expected a folder that can be written"):
        run(tmp_path)


def test_second_run_into_one_folder_is_refused(tmp_path: Path, notebooks: Path) -> None:
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / folders.LOCK).open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"out: in use by process 4711; wait for it"):
            run(tmp_path)


def test_lock_of_a_process_that_ended_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / folders.LOCK).write_text("4711")
    with folders.alone_in(tmp_path):
        assert (tmp_path / folders.LOCK).read_text() == str(os.getpid())


def test_story_moved_aside_by_a_broken_off_run_comes_back(tmp_path: Path) -> None:
    (tmp_path / ".lao.old").mkdir()
    (tmp_path / ".lao.building").mkdir()
    folders.tidy(tmp_path / "lao", ())
    assert [path.name for path in tmp_path.iterdir()] == ["lao"]
