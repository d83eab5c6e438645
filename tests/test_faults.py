"""Faults of the machine: each is told by its own cause, once, in one line; nothing is damaged."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rankings import faults, store
from rankings.batch import run as batches
from rankings.cli import main
from rankings.data import world

ASK = [sys.executable, "-m", "rankings", "--version"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space is left; make room"),
        (errno.EDQUOT, "the quota is used up; make room"),
        (errno.EACCES, "permission denied; choose another folder"),
        (errno.EROFS, "the file system is read-only; choose another folder"),
        (errno.ENAMETOOLONG, "the path is too long for this system; choose a shorter folder"),
        (errno.EMFILE, "too many files are open"),
        (errno.EIO, "the disk or drive fails"),
        (errno.ENOLCK, "the file system has no locks"),
    ],
)
def test_a_fault_of_the_machine_is_one_line_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fails() -> None:
        raise OSError(number, os.strerror(number), "/some/where")

    monkeypatch.setattr(world, "load", fails)
    done = CliRunner().invoke(main, ["show", "VNM"])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"rankings: /some/where: {said}")
    assert done.stderr.count("\n") == 1


def test_what_windows_says_by_numbers_of_its_own_is_told() -> None:
    error = OSError(errno.EACCES, "The process cannot access the file", "pages.html")
    error.winerror = 32  # type: ignore[attr-defined]
    assert faults.told(error).startswith("pages.html: it is open in another program; close it")
    error.winerror = 206  # type: ignore[attr-defined]
    assert "the path is too long" in faults.told(error)


def test_no_memory_and_ctrl_c_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for raised, code, said in [
        (MemoryError(), 1, "no memory is left; close other programs"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ]:

        def fails(raised: BaseException = raised) -> None:
            raise raised

        monkeypatch.setattr(world, "load", fails)
        done = CliRunner().invoke(main, ["show", "VNM"])
        assert (done.exit_code, done.stderr) == (code, f"rankings: {said}\n")


@POSIX
@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        ("exec >&-; {}", 1, "rankings: standard output is closed: the answer could not be written"),
        ("{} >/dev/full", 1, "rankings: standard output: no space is left; make room"),
        ("{} | true", 0, ""),
        ("exec <&- >&- 2>&-; {}", 1, ""),
    ],
)
@pytest.mark.slow
def test_an_output_that_is_closed_full_or_gone(shell: str, code: int, said: str) -> None:
    if "/dev/full" in shell and not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    command = shell.format(" ".join(f"'{word}'" for word in ASK))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stderr.strip() == said


def test_without_a_home_a_read_only_checkout_only_slows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        store.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "no" / "x"
    )
    monkeypatch.setattr(store.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "no").write_text("a file in the way: what even root cannot write below")
    store._temporary.cache_clear()
    store._is_writable.cache_clear()
    try:
        place = store._aside(Path("/checkout/data/processed"))
        assert place.is_relative_to(tmp_path)
        assert store.write_text(place / "a" / "b.txt", "kept").read_text() == "kept"
    finally:
        store._temporary.cache_clear()
        store._is_writable.cache_clear()


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    store.keep(tmp_path / "cache" / "draws.npz", full)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "Viet Nam - Dông Á"),
        ("cp1258", "Viet Nam - Đông Á"),
        ("ascii", "Viet Nam - Dong A"),
    ],
)
def test_a_console_shows_what_it_can(encoding: str, shown: str) -> None:
    said = "Việt Nam – Đông Á"
    assert said.encode(encoding, faults.NEAREST).decode(encoding).replace("–", "-") == shown


def test_stray_files_are_named_and_read_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"data/raw/egdi.csv": "a\n1\n", "notebooks/90-report.ipynb": "{}"}
    strays = [
        *("data/raw/egdi - Copy.csv", "data/raw/._egdi.csv", "data/raw/egdi (1).csv"),
        *("notebooks/90-report (1).ipynb", "notebooks/2026-notes.ipynb"),
        "notebooks/90-report-Copy1.ipynb",
    ]
    for name, text in ours.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv(store.HOME, str(tmp_path))
    before = store.raw_digest()
    for name in strays:
        (tmp_path / name).write_text("mine")
    assert {each.relative_to(tmp_path).as_posix() for each in store.strays()} == set(strays)
    assert [each.name for each in store.question_notebooks()] == ["90-report.ipynb"]
    assert store.raw_digest() == before


@pytest.mark.parametrize("name", ["._egdi.toml", "egdi - Copy.toml", "EGDI.toml", "egdi.toml~"])
def test_a_copy_of_an_index_is_no_index(name: str, tmp_path: Path) -> None:
    (tmp_path / "egdi.toml").write_text("")
    (tmp_path / name).write_text("")
    assert [path.name for path in store.ours(tmp_path, ".toml")] == ["egdi.toml"]


def test_a_wrong_form_of_a_scheduler_is_told_before_anything_runs(tmp_path: Path) -> None:
    pipeline = str(store.root() / "pipelines" / "report.toml")
    for address in ("http://127.0.0.1:8786", "8786", "tcp://127.0.0.1", "tcp://h:99999"):
        words = ["batch", pipeline, "--out", str(tmp_path / "o"), "--scheduler", address]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2, done.output
        assert f"{address}: expected a Dask scheduler as tcp://host:8786" in done.stderr
    assert not (tmp_path / "o").exists()


def test_an_output_that_is_a_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pages").write_text("mine")
    words = ["report", "--as-of", "2018", "--by", "2020", "--out", str(tmp_path / "pages")]
    monkeypatch.setattr(batches, "get_ready", lambda: None)
    monkeypatch.setattr(batches._Warmth, "start", lambda self: None)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "expected a folder that can be written" in done.stderr
    assert (tmp_path / "pages").read_text() == "mine"
