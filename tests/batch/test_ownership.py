"""A run replaces and removes what runs made, and nothing else."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import filelock
import nbformat
import pytest
from nbformat import v4

from rankings import store
from rankings.batch import folders, fork_server, kernels, worker
from rankings.batch import run as batch
from rankings.errors import InputError
from rankings.pages import pdf

pytestmark = pytest.mark.usefixtures("one_warm_process")
STORIES = [
    {"name": name, "title": name, "economy": name.upper(), "as_of": 2018, "peers": "ASEAN"}
    for name in ("aaa", "bbb")
]


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    parameters = 'economy = "VNM"\nas_of = 2018\npeers = "ASEAN"'
    for name in ("10-where", "90-report"):
        cells = [
            v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            v4.new_code_cell("print(economy)"),
        ]
        nbformat.write(v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    return folder


def run(notebooks: Path, out: Path, stories: list[dict[str, Any]] = STORIES, **options: Any) -> Any:
    plan = {"title": "All", "out": "a", "notebooks": ["10-where", "90-report"]}
    pipeline = batch.parse(plan | {"front": "90-report", "stories": stories}, where="x.toml")
    return batch.run(
        pipeline, out=out, progress=False, resolve=dict, notebooks=notebooks, **options
    )


def kept(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != folders.LOCK
    }


@pytest.mark.parametrize(
    "theirs",
    ["aaa/chapter.txt", "index.html", "results.json", "manifest.json", "bbb/index.html", "aaa"],
)
def test_what_no_run_made_is_refused_and_stays(
    tmp_path: Path, notebooks: Path, theirs: str
) -> None:
    out = tmp_path / "out"
    (out / theirs).parent.mkdir(parents=True)
    (out / theirs).write_text('{"name": "of a web page"}')
    before = kept(out)
    with pytest.raises(InputError) as raised:
        run(notebooks, out)
    assert theirs.split("/")[0] in str(raised.value)
    assert "was not made by this program" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert kept(out) == before


def test_files_laid_beside_the_pages_stay_when_a_story_is_told_anew(
    tmp_path: Path, notebooks: Path
) -> None:
    out = tmp_path / "out"
    assert run(notebooks, out).ok
    (out / "notes.txt").write_text("beside")
    (out / "aaa" / "notes.txt").write_text("within")
    (out / "aaa" / "mine" / "deep").mkdir(parents=True)
    (out / "aaa" / "mine" / "deep" / "x.csv").write_text("deep")
    (out / "aaa" / "index.html").write_text("damaged")
    assert run(notebooks, out).ok
    after = kept(out)
    assert after["notes.txt"] == "beside"
    assert after["aaa/notes.txt"] == "within"
    assert after["aaa/mine/deep/x.csv"] == "deep"
    assert "AAA" in after["aaa/notebooks/90-report.ipynb"]
    assert "damaged" not in after["aaa/index.html"]
    assert not list(out.glob(".*.old"))
    assert not list(out.glob(".*.building"))


def test_a_page_no_longer_asked_for_goes_and_a_story_left_out_is_still_the_programs(
    tmp_path: Path, notebooks: Path
) -> None:
    out = tmp_path / "out"
    assert run(notebooks, out).ok
    assert run(notebooks, out, STORIES[:1]).ok
    assert (out / "bbb" / "index.html").is_file()
    assert run(notebooks, out).ok
    plan = {"title": "All", "out": "a", "notebooks": ["90-report"], "front": "90-report"}
    pipeline = batch.parse(plan | {"stories": STORIES}, where="x.toml")
    batch.run(pipeline, out=out, progress=False, resolve=dict, notebooks=notebooks)
    assert not (out / "aaa" / "10-where.html").exists()


def test_a_run_killed_between_old_and_new_loses_nothing(tmp_path: Path, notebooks: Path) -> None:
    out = tmp_path / "out"
    assert run(notebooks, out).ok
    (out / "aaa" / "notes.txt").write_text("mine")
    # As it is when the new folder is in place and the old one was not emptied yet.
    (out / "aaa").rename(out / ".aaa.old")
    (out / "aaa").mkdir()
    (out / "aaa" / "index.html").write_text("new")
    assert run(notebooks, out, resume=True).ok
    assert (out / "aaa" / "notes.txt").read_text() == "mine"
    assert not (out / ".aaa.old").exists()


def test_an_output_of_an_earlier_version_is_still_the_programs(
    tmp_path: Path, notebooks: Path
) -> None:
    out = tmp_path / "out"
    assert run(notebooks, out).ok
    held = json.loads((out / "manifest.json").read_text())
    del held["files"]
    (out / "manifest.json").write_text(json.dumps(held))
    assert run(notebooks, out).ok


def fake_print(page: Path, target: Path) -> Path:
    target.write_text(f"printed {store.digest([page])}")
    return target


def test_pdfs_are_of_this_runs_pages_only_and_made_once(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "check", lambda: None)
    monkeypatch.setattr(pdf, "to_pdf", fake_print)
    out = tmp_path / "out"
    (out / "other").mkdir(parents=True)
    (out / "other" / "page.html").write_text("of somebody")
    assert run(notebooks, out, pdf=True, jobs=1).ok
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.pdf")) == [
        *("aaa/10-where.pdf", "aaa/index.pdf", "bbb/10-where.pdf", "bbb/index.pdf")
    ]
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.pdf")}
    assert run(notebooks, out, pdf=True, jobs=1, resume=True).ok
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.pdf")} == times
    # Told anew without PDFs, the old ones would be of other pages: they go.
    assert run(notebooks, out).ok
    assert not list(out.rglob("*.pdf"))


def test_somebody_elses_pdf_is_refused(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "check", lambda: None)
    out = tmp_path / "out"
    assert run(notebooks, out).ok
    (out / "aaa" / "index.pdf").write_text("mine")
    with pytest.raises(InputError, match=r"aaa/index\.pdf there was not made by this program"):
        run(notebooks, out, pdf=True, resume=True)
    assert (out / "aaa" / "index.pdf").read_text() == "mine"


def test_a_file_system_without_locks_gets_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(self: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "_acquire", no_locks)
    with folders.alone_in(tmp_path):
        assert (tmp_path / folders.MARK).exists()
        with pytest.raises(InputError, match="in use by process"), folders.alone_in(tmp_path):
            pass
    assert not (tmp_path / folders.MARK).exists()


def test_kernels_are_this_interpreter_whatever_jupyter_finds(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "Python 3", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert run(notebooks, tmp_path / "out", STORIES[:1]).ok
    for manager in (kernels.OwnForked, kernels.OwnPlain):
        assert manager(kernel_name="python3").kernel_spec.argv[0] == os.sys.executable  # type: ignore[attr-defined]


def test_a_long_folder_for_temporary_files_is_no_folder_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(fork_server.tempfile, "gettempdir", lambda: str(long))
    fork_server.socket_folder.cache_clear()
    try:
        assert fork_server.socket_folder() not in (long, None)
    finally:
        fork_server.socket_folder.cache_clear()


def test_where_nothing_can_be_forked_workers_and_kernels_start_the_plain_way(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "can_fork", lambda: False)
    assert worker._forks().get_start_method() == "spawn"
    assert kernels.own_manager() is kernels.OwnPlain
    assert run(notebooks, tmp_path / "out", STORIES[:1]).ok
