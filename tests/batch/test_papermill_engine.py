"""A kernel from the warm process is as good as one of its own, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4
from waiting import LONG, until

from rankings.batch import fork_server, papermill_engine, worker
from rankings.pages import export

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

# Everything a careless notebook might change, and what the next one must not find.
LEAVE_TRACES = """
import builtins, json, os, random, sys, tempfile, textwrap
import matplotlib as mpl, numpy as np, pandas as pd
from pathlib import Path
import rankings
pd.set_option("display.max_rows", 3)
mpl.rcParams["lines.linewidth"] = 99.0
pd.DataFrame.mean = lambda self: "patched"
textwrap.dedent = lambda text: "patched"
os.environ["RANKINGS_TRACE"] = "1"
os.chdir(tempfile.gettempdir())
sys.path.insert(0, "/nowhere")
builtins.trace = 1
rankings.data.provenance = 1
random.seed(1); np.random.seed(1)
trace = 1
"""
LOOK_FOR_TRACES = """
import builtins, json, os, random, sys, textwrap
import matplotlib as mpl, numpy as np, pandas as pd
import rankings
found = {
    "option": pd.get_option("display.max_rows"),
    "columns": pd.get_option("display.max_columns"),
    "rc": mpl.rcParams["lines.linewidth"],
    "backend": mpl.get_backend().lower(),
    "patch": bool(pd.DataFrame({"a": [1]}).mean()["a"] == 1.0),
    "dedent": textwrap.dedent(" a"),
    "env": os.environ.get("RANKINGS_TRACE"),
    "path": "/nowhere" in sys.path,
    "builtins": hasattr(builtins, "trace"),
    "module": hasattr(rankings, "trace"),
    "name": "trace" in globals(),
    "main": sorted(n for n in vars(sys.modules["__main__"]) if n.startswith("tra")),
    "stub": type(get_ipython()).__name__,
    "group": os.getpgid(0) == os.getpid(),
}
print(json.dumps([found, os.getcwd(), [random.random(), float(np.random.random())]]))
"""
FOUND = {
    "option": 60,
    "columns": 20,
    "rc": 1.5,
    "backend": "module://matplotlib_inline.backend_inline",
    "patch": True,
    "dedent": "a",
    "env": None,
    "path": False,
    "builtins": False,
    "module": False,
    "name": False,
    "main": [],
    "stub": "ZMQInteractiveShell",
    "group": True,
}
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
SHELL = "!echo from the shell\nimport os; _ = os.system('echo from a child'); print('said')"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in fork_server.KERNEL_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def forge() -> Iterator[fork_server.Warm]:
    with fork_server.Warm() as held:
        yield held


@pytest.fixture
def forked(forge: fork_server.Warm, monkeypatch: pytest.MonkeyPatch) -> fork_server.Warm:
    monkeypatch.setenv(fork_server.ADDRESS, forge.address)
    return forge


def execute(
    folder: Path, *sources: str, name: str | None = papermill_engine.NAME, **options: Any
) -> Any:
    """An executed notebook of these cells."""
    papermill = worker._papermill()
    path = folder / "in.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources]), path)
    options = {
        "kernel_name": "python3",
        "language": "python",
        "progress_bar": False,
        "execution_timeout": int(LONG),
    } | options
    return papermill.execute_notebook(path, folder / "out.ipynb", engine_name=name, **options)


def said(node: Any) -> str:
    return "".join(out.get("text", "") for cell in node.cells for out in cell.get("outputs", []))


def shown(node: Any) -> list[Any]:
    """All outputs, without what any two kernels differ in."""
    return [
        [{k: v for k, v in out.items() if k != "metadata"} for out in cell.get("outputs", [])]
        for cell in node.cells
    ]


def test_nothing_leaks_from_one_report_to_the_next(
    tmp_path: Path, forked: fork_server.Warm
) -> None:
    drawn = []
    for _round in range(2):
        execute(tmp_path, LEAVE_TRACES)
        found, folder, numbers = json.loads(said(execute(tmp_path, LOOK_FOR_TRACES)))
        assert found == FOUND
        assert folder == str(tmp_path)
        drawn.append(numbers)
    assert drawn[0] != drawn[1], "every kernel has random numbers of its own"


def test_a_kernel_of_its_own_looks_the_same(tmp_path: Path, forked: fork_server.Warm) -> None:
    plain = execute(tmp_path, LOOK_FOR_TRACES, name=None)
    found, _folder, _numbers = json.loads(said(plain))
    assert found | {"group": True} == FOUND


def test_outputs_equal_those_of_plain_papermill(tmp_path: Path, forked: fork_server.Warm) -> None:
    cells = [PLOT, SHELL, "import pandas as pd; pd.DataFrame({'a': [1.5]})", "1 / 3"]
    ours, plain = execute(tmp_path, *cells), execute(tmp_path, *cells, name=None)
    assert shown(ours) == shown(plain)
    assert "image/png" in str(shown(ours))
    assert "from the shell" in said(ours)


def test_the_warm_process_has_one_thread(tmp_path: Path, forked: fork_server.Warm) -> None:
    tasks = Path(f"/proc/{forked.pid}/task")
    if not tasks.is_dir():
        pytest.skip("needs /proc")
    execute(tmp_path, "import rankings; rankings.load().panel.shape")
    assert len(list(tasks.iterdir())) == 1
    story = {"economy": "LAO", "as_of": 2018, "target_year": 2020}
    forked.practise([story], Path(__file__).parents[2] / "notebooks" / "90-report.ipynb")
    node = execute(
        tmp_path, "from rankings.data import world\nprint('panel' in vars(world.load()))"
    )
    assert said(node).strip() == "True", "the next kernel finds the tables read"
    assert len(list(tasks.iterdir())) == 1


@pytest.mark.parametrize("crash", ["os.kill(os.getpid(), 11)", "os._exit(3)"])
def test_a_crash_takes_one_report_only(
    tmp_path: Path, forked: fork_server.Warm, crash: str
) -> None:
    with pytest.raises(Exception, match="Kernel died"):
        execute(tmp_path, f"import os; {crash}")
    assert said(execute(tmp_path, "print('fine')")) == "fine\n"


def test_what_a_notebook_started_ends_with_it(tmp_path: Path, forked: fork_server.Warm) -> None:
    node = execute(tmp_path, "import subprocess; print(subprocess.Popen(['sleep', '3600']).pid)")
    pid = int(said(node))
    until(lambda: _has_ended(pid))


def _has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_without_a_warm_process_a_kernel_starts_the_plain_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(fork_server.ADDRESS, str(tmp_path / "gone" / "warm"))
    assert said(execute(tmp_path, "print('fine')")) == "fine\n"


def test_entry_point_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import rankings.batch.papermill_engine; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"papermill", "numpy", "pandas", "jupyter_client", "nbclient", "IPython"}
    assert not heavy & set(out.stdout.split())


def pictures(path: Path) -> int:
    cells = nbformat.read(path, as_version=4).cells
    return sum("image/png" in out.get("data", {}) for c in cells for out in c.get("outputs", []))


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--engine", papermill_engine.NAME]], ids=["plain", "ours"])
def test_papermill_command_runs_a_notebook(tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "papermill", *words, "-k", "python3", "--no-progress-bar"]
    source, target = NOTEBOOKS / "10-where-we-stand.ipynb", tmp_path / "out.ipynb"
    subprocess.run([*command, source, target], check=True, capture_output=True, env=os.environ)
    assert pictures(target) == pictures(source) >= 1
    assert export.answer(target) == export.answer(source) != ""
