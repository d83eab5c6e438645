"""What a run survives: a bad economy, a killed worker, being killed itself, a full disk."""

import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from sampling import sampled
from test_batch import write
from waiting import LONG, until

from rankings.batch import cluster, fork_server, manifest, worker
from rankings.batch import run as batch
from rankings.errors import InputError

pytestmark = pytest.mark.usefixtures("one_warm_process")

SCRIPT = """
import sys
from pathlib import Path
from rankings.batch import run as batch
from rankings.pages import results as pages

def resolve(given):
    return given

class Book:
    def prepare(self, given):
        return []

    def row(self, given):
        if given["economy"] == "CCC":
            return None  # from three economies on there would be a map
        return dict.fromkeys(pages.COLUMNS) | {"economy": given["economy"], "value": 1 / 3}

pages.Book = Book

if __name__ == "__main__":
    stories = [
        {"name": name, "title": name, "economy": name.upper(), "as_of": 2018, "peers": "x"}
        for name in ("aaa", "bbb", "ccc")
    ]
    table = {"title": "All", "out": "a", "notebooks": ["90-report"], "front": "90-report"}
    pipeline = batch.parse(table | {"stories": stories}, where="x.toml")
    try:
        results = batch.run(
            pipeline, out=Path("out"), jobs=1, resolve=resolve, notebooks=Path("notebooks"),
            resume="--resume" in sys.argv, progress=False, world=True,
        )
    except batch.InputError as error:
        sys.exit(str(error))
    print(results.summary())
    sys.exit(not results.ok)
"""


def pipeline(*names: str, **changes: Any) -> batch.Pipeline:
    stories = [
        {"name": name, "title": name, "economy": name.upper(), "as_of": 2018, "peers": "x"}
        for name in names
    ]
    table = {"title": "All", "out": "a", "notebooks": ["90-report"], "front": "90-report"}
    return batch.parse(table | {"stories": stories} | changes, where="x.toml")


def run(folder: Path, *names: str, out: str = "out", **options: Any) -> batch.Results:
    options = {"resolve": dict, "progress": False} | options
    return batch.run(pipeline(*names), out=folder / out, notebooks=folder / "notebooks", **options)


def content(folder: Path) -> dict[str, str]:
    """Every file of a run's folder and a hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".rankings.lock"
    }


def ran(results: batch.Results) -> list[str]:
    return [record.story for record in results.records if not record.reused]


def said(results: batch.Results) -> dict[str, str]:
    return {record.story: record.error for record in results.records}


def test_one_economy_stops_no_other_and_its_page_says_why(tmp_path: Path) -> None:
    sources = [
        "if economy == 'BBB': raise ValueError('no figures')",
        "import os\nif economy == 'CCC': os._exit(1)",
        "if economy == 'DDD': os.kill(os.getpid(), 11)",
        "print(economy)",
    ]
    write(tmp_path / "notebooks", "90-report", *sources)
    results = run(tmp_path, "aaa", "bbb", "ccc", "ddd", "eee")
    assert [record.status for record in results.records] == ["ok", *["failed"] * 3, "ok"]
    assert "ValueError: no figures" in said(results)["bbb"]
    assert "Kernel died" in said(results)["ccc"]
    assert "2 of 5 notebooks done" in results.summary()
    assert "no figures" in (tmp_path / "out" / "bbb" / "index.html").read_text()
    assert "EEE" in (tmp_path / "out" / "eee" / "notebooks" / "90-report.ipynb").read_text()


def test_economy_of_a_group_without_an_answer_gets_a_page(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "90-report", "print(economy)")

    def resolve(given: dict[str, Any]) -> dict[str, Any]:
        if given["economy"] == "XXX":
            raise InputError("XXX is not ranked")
        return given

    stories = [{"name": "a", "title": "{name}", "economies": "G", "as_of": 1, "peers": "x"}]
    results = batch.run(
        pipeline(stories=stories),
        out=tmp_path / "out",
        notebooks=tmp_path / "notebooks",
        resolve=resolve,
        members=lambda group, language: {"AAA": "A", "XXX": "X"},
        progress=False,
    )
    assert said(results) == {"aaa-a": "", "xxx-a": "XXX is not ranked"}
    assert "XXX is not ranked" in (tmp_path / "out" / "xxx-a" / "index.html").read_text()


@pytest.mark.parametrize("times", [1, 2])
def test_killed_worker_is_replaced_and_its_job_tried_once_more(tmp_path: Path, times: int) -> None:
    signs = tmp_path / "signs"
    signs.mkdir()
    wait = (
        f"import os, time, pathlib\nsigns = pathlib.Path({str(signs)!r})\n"
        f"mine = len(list(signs.iterdir()))\n(signs / str(mine)).touch()\n"
        f"time.sleep(3600 if mine < {times} else 0)"
    )
    write(tmp_path / "notebooks", "90-report", wait)
    before = set(active_children())

    def kill() -> None:
        for number in range(times):
            until((signs / str(number)).exists)
            for child in set(active_children()) - before:
                os.kill(child.pid or 0, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    results = run(tmp_path, "aaa", jobs=1)
    killer.join()
    if times == 1:
        assert results.ok, results.summary()
    else:
        assert said(results) == {"aaa": "the process that ran it ended twice: signal 9"}


def test_terminal_shows_what_is_done_runs_failed_and_how_long_it_takes(tmp_path: Path) -> None:
    write(
        tmp_path / "notebooks",
        "90-report",
        "if economy == 'AAA': raise ValueError('no figures')",
        "print(economy)",
    )
    (tmp_path / "run.py").write_text(SCRIPT.replace("progress=False", "progress=True"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=os.environ | {"TQDM_MININTERVAL": "0"},  # every step is drawn, however quick
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the terminal is gone when its last process is
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert process.wait() == 1
    bar = shown.decode()
    assert "running aaa/90-report" in bar
    assert "1 failed, running ccc/90-report" in bar
    done = re.findall(r"(\d)/3 \[(\d\d:\d\d)<(\d\d:\d\d|\?)", bar)
    assert {"0", "1", "2", "3"} == {count for count, _since, _left in done}
    assert any(":" in left for _count, _since, left in done), bar


def test_killed_run_resumed_equals_one_that_was_not(tmp_path: Path) -> None:
    """Byte for byte: pages, notebooks, `manifest.json`, `results.json` and its table."""
    sign = tmp_path / "sign"
    slow = (
        "import pathlib, time\n"
        f"sign = pathlib.Path({str(sign)!r})\n"
        "if economy == 'BBB' and not sign.exists():\n    sign.touch()\n    time.sleep(3600)\n"
        "print(economy)"
    )
    write(tmp_path / "notebooks", "90-report", slow)
    (tmp_path / "run.py").write_text(SCRIPT)
    command = [sys.executable, "run.py"]
    first = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    until(sign.exists)
    first.kill()
    first.wait()
    assert (tmp_path / "out" / "aaa" / "index.html").exists()
    assert not (tmp_path / "out" / "index.html").exists()
    again = subprocess.run([*command, "--resume"], cwd=tmp_path, capture_output=True, text=True)
    assert "3 of 3 notebooks done (1 stood as they were)" in again.stdout, again.stderr
    (tmp_path / "out").rename(tmp_path / "resumed")
    whole = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "3 of 3 notebooks done: " in whole.stdout, whole.stderr
    assert content(tmp_path / "resumed") == content(tmp_path / "out")
    assert {"results.json", "results.parquet"} <= set(content(tmp_path / "out"))


def test_resume_runs_only_what_is_missing_failed_or_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = tmp_path / "sign"
    body = f"import pathlib\nassert economy != 'BBB' or pathlib.Path({str(sign)!r}).exists()"
    write(tmp_path / "notebooks", "90-report", body)
    names = ["aaa", "bbb", "ccc"]
    assert ran(run(tmp_path, *names)) == names
    sign.touch()
    assert ran(run(tmp_path, *names, resume=True)) == ["bbb"], "failed"
    whole = content(tmp_path / "out")
    with monkeypatch.context() as patch:
        for starts in ("Pool", "_Warmth.start"):  # nothing to run: no process is started
            patch.setattr(f"rankings.batch.run.{starts}", None)
        assert ran(run(tmp_path, *names, resume=True)) == []
    assert content(tmp_path / "out") == whole
    (tmp_path / "out" / "ccc" / "index.html").unlink()
    assert ran(run(tmp_path, *names, resume=True)) == ["ccc"], "missing"
    (tmp_path / "out" / "aaa" / "index.html").write_text("spoilt")
    assert ran(run(tmp_path, *names, resume=True)) == ["aaa"], "not what was made"
    other = {
        "resolve": lambda given: given | {"as_of": 2020} if given["economy"] == "BBB" else given
    }
    assert ran(run(tmp_path, *names, resume=True, **other)) == ["bbb"], "other parameters"
    write(tmp_path / "notebooks", "90-report", body, "1")
    assert ran(run(tmp_path, *names, resume=True)) == names, "another notebook"
    assert ran(run(tmp_path, *names)) == names, "all, unless told to resume"


def test_other_data_or_code_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "notebooks", "90-report")
    run(tmp_path, "aaa")
    for part in ("raw_digest", "code_digest"):
        with monkeypatch.context() as patch:
            owner = manifest if part == "code_digest" else batch.store
            patch.setattr(owner, part, lambda: "another")
            assert ran(run(tmp_path, "aaa", resume=True)) == ["aaa"]
        run(tmp_path, "aaa", resume=True)


def test_manifest_names_what_was_made(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "90-report")
    run(tmp_path, "aaa")
    held = json.loads((tmp_path / "out" / "manifest.json").read_text())
    files = held["stories"]["aaa"]["90-report"]["files"]
    made = content(tmp_path / "out")
    assert files == {name[4:]: made[name] for name in made if "/" in name}
    assert {"data", "code"} <= set(held)


def test_hanging_notebook_ends_at_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "notebooks", "90-report", "import time\nif economy == 'AAA': time.sleep(3600)")

    def limited(job: Any, limit: int) -> Any:
        """A short limit for the one that hangs; the other may be slow on a busy machine."""
        return replace(job, limit=limit if job.story == "aaa" else int(LONG))

    monkeypatch.setattr(batch, "replace", limited)
    results = run(tmp_path, "aaa", "bbb", jobs=1, limit=1)
    assert "CellTimeoutError: A cell timed out" in said(results)["aaa"]
    assert "\n" not in said(results)["aaa"]
    assert said(results)["bbb"] == ""


def test_full_disk_is_said_in_one_line_and_leaves_nothing_half(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "90-report", "print('x' * 900_000)")
    (tmp_path / "run.py").write_text(SCRIPT)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, preexec_fn=small
    )
    assert done.returncode == 1
    assert "make room, then run again with --resume" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".rankings.lock"]


WORKER = "import distributed.cli.dask_worker as w; w.main()"
SCHEDULER = "import distributed.cli.dask_scheduler as s; s.main()"


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def two_workers(tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers, each a process of its own; the scheduler's address."""
    pytest.importorskip("distributed")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    told = tmp_path / "scheduler.json"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SCHEDULER, "--host", "127.0.0.1", "--port", "0",
             "--scheduler-file", str(told), "--no-dashboard", "--dashboard-address", ":0"],
            cwd=tmp_path, **quiet,
        )
    ]  # fmt: skip
    try:
        until(lambda: _address(told) or started[0].poll() is not None)
        address = _address(told)
        started += [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, address, "--nthreads", "1", "--no-dashboard",
                 "--local-directory", str(tmp_path / f"w{number}")],
                cwd=tmp_path, **quiet,
            )
            for number in (1, 2)
        ]  # fmt: skip
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(LONG)


def _address(told: Path) -> str:
    """Of the scheduler that writes this file; "" until it is written."""
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads(told.read_text())["address"])
    return ""


@pytest.mark.slow
def test_same_run_on_a_dask_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        tmp_path / "notebooks",
        "90-report",
        "import os\nif economy == 'BBB': os._exit(1)",
        "print(economy)",
    )
    with two_workers(tmp_path) as address:
        away = run(tmp_path, "aaa", "bbb", "ccc", out="away", scheduler=address, progress=True)
    assert "dashboard: " in capsys.readouterr().err
    here = run(tmp_path, "aaa", "bbb", "ccc", out="here")
    assert said(away) == said(here)
    assert content(tmp_path / "away") == content(tmp_path / "here")


@pytest.mark.slow
def test_a_cluster_made_here_links_its_dashboard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "notebooks", "90-report", "print(economy)")
    shown: list[int] = []

    class Looked(cluster.Cluster):
        def dashboard(self) -> str:
            said = super().dashboard()
            with urlopen(said.removeprefix("dashboard: "), timeout=LONG) as answer:
                shown.append(answer.status)
            return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "Cluster", Looked)
        results = run(tmp_path, "aaa", "bbb", scheduler="local", progress=True)
    assert results.ok
    assert shown == [200]
    assert "dashboard: http://127.0.0.1:" in capsys.readouterr().err


# In a kernel: the parent of its parent, the warm process, is the Dask worker.
PARENT = """
import os, pathlib, time
stat = pathlib.Path(f"/proc/{os.getppid()}/stat").read_text()
worker = stat.rpartition(")")[2].split()[1]
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to find the worker in")
@pytest.mark.parametrize("times", sampled([1, 2], lambda times: times == 1))
def test_job_of_a_killed_dask_worker_is_tried_once_more(
    tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = tmp_path / "signs"
    signs.mkdir()
    wait = (
        f"signs = pathlib.Path({str(signs)!r})\nmine = len(list(signs.iterdir()))\n"
        "if economy == 'BBB':\n"
        "    sign = signs / str(mine)\n"
        "    sign.with_suffix('.new').write_text(worker)\n"
        "    sign.with_suffix('.new').rename(sign)\n"
        f"    time.sleep(3600 if mine < {times} else 0)"
    )
    write(tmp_path / "notebooks", "90-report", PARENT, wait)
    monkeypatch.delenv(fork_server.ADDRESS)  # so that each worker has a warm process of its own

    def kill() -> None:
        for number in range(times):
            until((signs / str(number)).exists)
            os.kill(int((signs / str(number)).read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    with two_workers(tmp_path) as address:
        killer.start()
        results = run(tmp_path, "aaa", "bbb", "ccc", scheduler=address)
        killer.join()
    told = said(results)
    assert len(list(signs.iterdir())) == 2
    assert told["bbb"] == ("" if times == 1 else "the workers that ran it ended, 2 times")
    assert told["aaa"] == told["ccc"] == ""


def test_scheduler_that_is_not_there_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = pytest.importorskip("rankings.batch.cluster")
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    write(tmp_path / "notebooks", "90-report")
    with socket.socket() as deaf:  # held, so that nobody else takes the port meanwhile
        deaf.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(InputError, match="expected a Dask scheduler, found none") as raised:
            run(tmp_path, "aaa", scheduler=address)
    assert "\n" not in str(raised.value)


def test_bench_compares_every_way_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import batch as bench_batch

    times = {"papermill": 3.0, "api": 2.0, "rankings": 0.5, "bare": 0.4}

    def timed(command: list[str], environment: dict[str, str]) -> float:
        assert environment["OPENBLAS_NUM_THREADS"] == "1"
        called = command[2] if command[1] == "-m" else Path(command[1]).stem
        return times[called]

    monkeypatch.setattr(bench_batch, "_timed", timed)
    found = bench_batch.measure(["VNM", "THA"])
    assert found["economies"] == 2
    assert found["plain_loop_over_ours"] == 12.0
    assert found["api_loop_over_ours"] == 4.0
    assert found["ours_over_bare"] == 1.25
    small = found | {"economies": 1, "ours_over_bare": 1.5}
    told = bench_batch.summary([small, found])
    assert told["ours_over_bare"] == told["ours_over_bare_2"] == 1.25
    assert told["ours_over_bare_1"] == 1.5
    assert told["plain_loop_over_ours"] == told["plain_loop_over_ours_2"] == 12.0
    assert told["runs"] == [small, found]
    assert bench_batch._cells().count(None) == 1
    given = {*bench_batch.STORY, "economy"}
    assert given == worker.asked(bench_batch._source()), "the ways are given what a report asks for"
    assert len(bench_batch.economies(8)) == 8
