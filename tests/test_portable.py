"""What only Linux has is nowhere needed: every use of it lies where something else stands in."""

import ast
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

import rankings
from rankings import store

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(rankings.__file__).parent
# The warm process and its kernels, which `fork_server.can_fork` keeps from other systems.
FORKING = {"fork_server.py", "kernels.py", "rehearsal.py"}
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "msvcrt", "winreg", "_winapi"}
CALLS = {"fork", "forkpty", "killpg", "setsid", "setpgrp", "waitpid", "mkfifo", "getppid"}
NAMES = {"AF_UNIX", "SIGKILL", "SIGCHLD", "SIGHUP", "SIGALRM", "SIGPIPE", "set_wakeup_fd"}
PATHS = ("/proc", "/dev/shm", "/dev/null", "/etc/")


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_no_module_needs_one_system(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found += [each.name for each in names if each.name in MODULES]
            case ast.ImportFrom(module=str(module)) if module in MODULES:
                found.append(module)
            case ast.Attribute(attr=name) if name in CALLS | NAMES:
                found += [] if path.name in FORKING else [name]
            case ast.Constant(value=str(text)) if text.startswith(PATHS):
                found.append(text)
    assert found == []


# In every process started by the test: the modules and calls are gone, and so are the folders to
# whoever looks into them from this package.
HIDDEN = """
import os, sys
sys.modules["fcntl"] = sys.modules["resource"] = None
for name in ("fork", "forkpty"):
    delattr(os, name)

def look(event, given):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(given[0], str):
        if given[0].startswith(("/proc", "/dev/shm")):
            frame = sys._getframe(1)
            if os.sep + "rankings" + os.sep in frame.f_code.co_filename:
                raise FileNotFoundError(given[0])

sys.addaudithook(look)
"""

SCRIPT = """
from pathlib import Path
from rankings.batch import fork_server, kernels, worker
from rankings.batch import run as batch

STORIES = [
    {"name": name, "title": name, "economy": name.upper(), "as_of": 2018, "peers": "ASEAN"}
    for name in ("aaa", "bbb")
]
PLAN = {"title": "All", "out": "a", "notebooks": ["90-report"], "front": "90-report"}

if __name__ == "__main__":
    assert not fork_server.can_fork()
    assert kernels.manager() is kernels.AsyncKernelManager
    plan = batch.parse(PLAN | {"stories": STORIES}, where="x.toml")
    done = batch.run(plan, out=Path("out"), resolve=dict, notebooks=Path("notebooks"))
    print(done.summary())
    again = batch.run(plan, out=Path("out"), resolve=dict, notebooks=Path("notebooks"), resume=True)
    print(again.summary())
"""


def test_a_batch_runs_where_fcntl_fork_proc_and_shm_are_not(tmp_path: Path) -> None:
    cells = [
        v4.new_code_cell(
            'economy = "VNM"\nas_of = 2018\npeers = "ASEAN"', metadata={"tags": ["parameters"]}
        ),
        v4.new_code_cell("import os\nassert not hasattr(os, 'fork')\nprint(economy)"),
    ]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "notebooks" / "90-report.ipynb")
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    (tmp_path / "run.py").write_text(SCRIPT)
    environment = dict(store.os.environ)
    environment["PYTHONPATH"] = store.os.pathsep.join([str(tmp_path / "hidden"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "2 of 2 notebooks done" in done.stdout
    assert "(2 stood as they were)" in done.stdout


REPORT = """
title = "One"
out = "one"
notebooks = ["05-scorecard"]
front = "05-scorecard"
[[stories]]
name = "s"
title = "One"
as_of = 2018
target_year = 2020
seed = 2018
"""


@pytest.mark.slow
def test_a_report_is_written_where_fcntl_fork_proc_and_shm_are_not(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN)
    (tmp_path / "one.toml").write_text(REPORT)
    environment = dict(store.os.environ)
    environment["PYTHONPATH"] = store.os.pathsep.join([str(tmp_path / "hidden"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "rankings", "batch", "one.toml", "--out", "out", "--jobs", "1"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 notebooks done" in done.stdout
    page = (tmp_path / "out" / "s" / "index.html").read_text(encoding="utf-8")
    assert "88 of 193" in page


def test_lines_end_alike_in_a_clone_of_windows(tmp_path: Path) -> None:
    git = ["git", "-C", str(ROOT), "-c", "core.autocrlf=true"]
    if subprocess.run([*git, "rev-parse"], capture_output=True).returncode:
        pytest.skip("no clone")
    subprocess.run([*git, "checkout-index", "-a", f"--prefix={tmp_path}/"], check=True)
    for path in (tmp_path / "data" / "raw").iterdir():
        assert b"\r\n" not in path.read_bytes(), path.name
    for suffix in ("js", "css", "j2", "po", "ipynb", "toml", "py", "md"):
        for path in tmp_path.rglob(f"*.{suffix}"):
            assert b"\r\n" not in path.read_bytes(), path.name
