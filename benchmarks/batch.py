"""How fast are many reports, against papermill by itself and against the least there could be?

One run, on the real notebook 90, for the same economies: a ``papermill`` command per report,
papermill's API in a loop and in two processes, this package's batch, and the floor: a bare script
of the same cells that imports once and forks per economy, two at a time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rankings.batch import fork_server

NOTEBOOK = "90-report"
SIZES = (8, 24)
JOBS = 2
STORY = {
    "as_of": 2025,
    "band": "30:50",
    "target_year": 2030,
    "peers": "ASEAN",
    "language": "en",
    "seed": 2018,
    "measure": "EGDI",
}

API = """
import json, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import papermill

def one(words):
    source, target, given = words
    papermill.execute_notebook(source, target, given, kernel_name="python3", progress_bar=False)

if __name__ == "__main__":
    processes, jobs = json.loads(sys.argv[1])
    if processes == 1:
        for job in jobs:
            one(job)
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(one, jobs))
"""

# The same cells, each bare value made into what a notebook would show of it, no Jupyter around.
BARE = """
import ast, json, os, sys
jobs, at_once, first, cells = json.loads(sys.argv[1])
exec(first, {})

def tell(given, target):
    space = {}
    with open(target, "w") as out:
        for source in cells:
            if source is None:
                space.update(given)
                continue
            tree = ast.parse(source)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "cell", "exec"), space)
            if last is not None:
                shown = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
                if hasattr(shown, "_repr_mimebundle_"):
                    out.write(json.dumps(shown._repr_mimebundle_()))

running, failed = set(), 0
def wait():
    global failed
    pid, status = os.wait()
    running.discard(pid)
    failed += status != 0
for given, target in jobs:
    if len(running) == at_once:
        wait()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            tell(given, target)
            code = 0
        finally:
            os._exit(code)
    running.add(pid)
while running:
    wait()
sys.exit(failed)
"""


def economies(count: int) -> list[str]:
    """Members of the United Nations, spread over the alphabet."""
    from rankings.story import question

    codes = sorted(question.members("UN"))
    return codes[:: max(1, len(codes) // count)][:count]


def _timed(command: Sequence[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[:4]}: {done.stderr[-2000:]}")
    return time.perf_counter() - start


def _processor_seconds() -> float:
    """What all processes started and ended so far have kept processors busy."""
    used = os.times()
    return used.children_user + used.children_system


def _source() -> Path:
    from rankings import store

    return store.notebooks_folder() / f"{NOTEBOOK}.ipynb"


def _cells() -> list[str | None]:
    """The notebook's code, None in place of its parameters."""
    cells = json.loads(_source().read_text(encoding="utf-8"))["cells"]
    return [
        None if "parameters" in cell["metadata"].get("tags", []) else "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def measure(
    codes: Sequence[str], say: Callable[[str], object] = lambda line: None
) -> dict[str, Any]:
    """Wall seconds of every way to make the reports of these economies, and their ratios."""
    environment = {**os.environ, **fork_server.KERNEL_ENVIRONMENT}
    seconds: dict[str, float] = {}
    busy: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="rk-bench-") as name:
        folder = Path(name)

        def jobs(kind: str) -> list[tuple[dict[str, Any], str]]:
            return [(STORY | {"economy": c}, str(folder / f"{kind}-{c}")) for c in codes]

        def loop() -> float:
            total = 0.0
            for given, target in jobs("cli"):
                words = [part for key, v in given.items() for part in ("-p", key, str(v))]
                command = [sys.executable, "-m", "papermill", "--no-progress-bar", *words]
                total += _timed([*command, str(_source()), f"{target}.ipynb"], environment)
            return total

        def api(processes: int) -> float:
            script = folder / "api.py"
            script.write_text(API)
            told = [(str(_source()), f"{to}.ipynb", given) for given, to in jobs(f"a{processes}")]
            words = json.dumps([processes, told])
            return _timed([sys.executable, str(script), words], environment)

        def ours() -> float:
            pipeline = folder / "bench.toml"
            pipeline.write_text(_pipeline(codes))
            command = [sys.executable, "-m", "rankings", "batch", str(pipeline)]
            return _timed([*command, "--jobs", str(JOBS), "--out", str(folder / "x")], environment)

        def bare() -> float:
            script = folder / "bare.py"
            script.write_text(BARE)
            cells = _cells()
            words = json.dumps([jobs("bare"), JOBS, cells[0], cells])
            return _timed([sys.executable, str(script), words], environment)

        ways: dict[str, Callable[[], float]] = {
            "ours": ours,
            "bare": bare,
            "api_two_processes": lambda: api(2),
            "api_loop": lambda: api(1),
            "plain_loop": loop,
        }
        for way, work in ways.items():
            before = _processor_seconds()
            seconds[way] = round(work(), 2)
            busy[way] = round(_processor_seconds() - before, 2)
            say(f"{len(codes)} economies, {way}: {seconds[way]:.1f} s ({busy[way]:.1f} s busy)")
    return {
        "economies": len(codes),
        **{f"{way}_seconds": each for way, each in seconds.items()},
        **{f"{way}_cpu_seconds": each for way, each in busy.items()},
        "plain_loop_over_ours": round(seconds["plain_loop"] / seconds["ours"], 2),
        "api_loop_over_ours": round(seconds["api_loop"] / seconds["ours"], 2),
        "api_two_processes_over_ours": round(seconds["api_two_processes"] / seconds["ours"], 2),
        "ours_over_bare": round(seconds["ours"] / seconds["bare"], 2),
        "ours_over_bare_cpu": round(busy["ours"] / max(busy["bare"], 0.01), 2),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(line: str) -> None:
    """Say nothing: standard output holds the record alone."""


def _pipeline(codes: Sequence[str]) -> str:
    defaults = "\n".join(f"{key} = {json.dumps(value)}" for key, value in STORY.items())
    return (
        f'title = "Bench"\nout = "bench"\nnotebooks = ["{NOTEBOOK}"]\nfront = "{NOTEBOOK}"\n'
        f"[defaults]\n{defaults}\n"
        f'[[stories]]\nname = "bench"\ntitle = "{{name}}"\neconomies = {json.dumps(codes)}\n'
    )


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All sizes in one record, to be read by a program.

    Args:
        rows: of `measure`, the smallest first.

    Returns:
        The keys of the largest size as `measure` gives them, jobs, notebook, each ratio of each
        size under its name and the number of economies (``plain_loop_over_ours_8``), and all
        rows under ``runs``.
    """
    ratios = {
        f"{key}_{row['economies']}": value
        for row in rows
        for key, value in row.items()
        if "_over_" in key
    }
    return {**rows[-1], "jobs": JOBS, "notebook": NOTEBOOK, **ratios, "runs": list(rows)}


def main(as_json: bool = False, sizes: Sequence[int] = SIZES) -> None:
    """Run every way for every size and print it; the keys of the largest stand at the top.

    One size of two or three economies is a short run that shows whether everything works.
    """
    from rankings.pages import results

    # What all ways share is computed before any is timed.
    results.Book().prepare([STORY | {"economy": "VNM"}])
    rows = [measure(economies(count), _silent if as_json else _say) for count in sizes]
    if as_json:
        print(json.dumps(summary(rows), indent=1))
        return
    for row in rows:
        print("\n".join(f"{key}: {value}" for key, value in row.items()))
