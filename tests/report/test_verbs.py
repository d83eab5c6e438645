"""Every verb is collected by itself, under the name by which a notebook calls it."""

import ast
import re
from pathlib import Path

import nbformat

import rankings.report
from rankings.report.verbs import collect_verbs

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_what_notebooks_call_are_verbs() -> None:
    modules = {path.stem for path in Path(rankings.report.__path__[0]).iterdir()}
    called = set()
    # Words about an index of one's own are asked of no `Story`, and so are no verbs.
    for path in NOTEBOOKS.glob("[!6]*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                called |= set(re.findall(r"\b([a-z_]+\.[a-z_]+)\(", cell.source))
    called = {name for name in called if name.partition(".")[0] in modules}
    # These two give figures to other verbs, and one says another's sentence without its heading.
    assert called - set(collect_verbs()) <= {"drivers.at_band", "drivers.gain", "summary.plainly"}
    assert {"pictures.strip", "claims.table", "models.departure"} <= called


def test_all_pictures_are_called_as_one_module() -> None:
    found = set()
    for path in Path(rankings.report.__path__[0], "pictures").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                found.add(f"pictures.{node.name}")
    assert found == {name for name in collect_verbs() if name.startswith("pictures.")}
    assert len(found) > 10
