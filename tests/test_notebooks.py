"""The committed notebooks: thin, parameterised, true for every parameter, proved by nbval."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from sampling import sampled
from waiting import LONG

import rankings

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PARAMETERS = {"economy", "as_of", "band", "target_year", "peers", "language", "seed", "measure"}
# Notebooks from 60 on are about an index of one's own.
OWN_PARAMETERS = {"folder", "unit", "year", "band", "language", "seed"}
LONGEST_CELL = 10


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def is_live(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell shows a widget: it lives in a kernel, and nothing of it is committed."""
    return "nbval-ignore-output" in cell.metadata.get("tags", [])


def test_there_are_notebooks() -> None:
    assert {path.stem[:2] for path in NOTEBOOKS} >= {
        "00",
        "10",
        "20",
        "30",
        "35",
        "40",
        "50",
        "60",
        "90",
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_parameters_are_typed_and_explained(path: Path) -> None:
    found = papermill.inspect_notebook(str(path))
    assert set(found) == (OWN_PARAMETERS if path.stem[0] == "6" else PARAMETERS)
    for each in found.values():
        assert each["inferred_type_name"] in {"str", "int"}
        assert len(each["help"]) > 5


def test_markdown_holds_no_figure_and_no_economy(path: Path) -> None:
    names = set(rankings.load().economies["name_en"])
    for cell in cells(path, "markdown"):
        assert not re.search(r"\d", cell.source), cell.source
        assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", cell.source)]


def test_the_report_of_another_measure_is_the_same_notebook() -> None:
    """Committed, so that nbval proves the numbers of a measure that is not the default, too."""
    other = ROOT / "notebooks" / "measures" / "90-report-gci.ipynb"
    default, asked = '"EGDI"  # what the rank is of', '"GCI"  # what the rank is of'
    own = [each.source for each in nbformat.read(other, as_version=4).cells]
    wanted = nbformat.read(ROOT / "notebooks" / "90-report.ipynb", as_version=4).cells
    assert own == [each.source.replace(default, asked) for each in wanted]
    assert own != [each.source for each in wanted]


def test_code_is_thin(path: Path) -> None:
    for cell in cells(path, "code"):
        imports = [each for each in ast.parse(cell.source).body if isinstance(each, ast.ImportFrom)]
        lines = len(cell.source.splitlines())
        lines -= sum((each.end_lineno or 0) - each.lineno for each in imports)
        assert lines <= LONGEST_CELL
        assert not re.search(r"^\s*(def|class|lambda|for|while)\b", cell.source, re.M), cell.source


def test_outputs_are_committed_without_errors_or_noise(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|tmp|work|Users)/", text)
    for cell in cells(path, "code"):
        assert "execution" not in cell.metadata
        for output in cell.outputs:
            assert output.output_type in {"execute_result", "display_data"}, output
    # A scorecard is one table, with its answer.
    fewest = 3 if path.stem == "05-scorecard" else 8
    fewest = 0 if any(is_live(cell) for cell in cells(path, "code")) else fewest
    assert sum(bool(cell.outputs) for cell in cells(path, "code")) >= fewest


def test_every_picture_has_its_finding_in_words(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata["image/png"]["alt"]
                assert len(alt) > 30
                assert output.data["text/plain"] == alt


def test_every_table_has_a_source(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell.outputs:
            html = "".join(output.get("data", {}).get("text/html", ""))
            if "<table" in html:
                assert re.search(r'<p class="rk-source">\s*Source', html)


def test_a_changed_figure_fails_nbval(tmp_path: Path) -> None:
    """Viet Nam's TII of 2018 a little higher: the committed outputs no longer hold."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    table = tmp_path / "data" / "raw" / "egdi.csv"
    text = table.read_text(encoding="utf-8")
    row = "EGDI,2018,2018,VNM,tii,0.389,"
    assert text.count(row) == 1
    table.write_text(text.replace(row, "EGDI,2018,2018,VNM,tii,0.399,"), encoding="utf-8")
    done = nbval("20-why", RANKINGS_HOME=str(tmp_path))
    assert done.returncode == 1, done.stdout
    assert re.search(r"\d+ failed", done.stdout)


def nbval(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    sanitize = ROOT / "tests" / "nbval_sanitize.cfg"
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(sanitize)),
            f"--nbval-kernel-startup-timeout={LONG:g}",
            str(ROOT / "notebooks" / f"{name}.ipynb"),
        ],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=3 * LONG,
        check=False,
    )


# The first notebook, and the one that tells of every stage.
BY_HAND = ("00-start-here", "90-report")


@pytest.mark.slow
@pytest.mark.parametrize(
    "book", sampled(NOTEBOOKS, lambda each: each.stem in BY_HAND, lambda each: each.stem)
)
def test_cells_run_by_hand_show_the_same_from_any_folder(book: Path, tmp_path: Path) -> None:
    """In a new process whose folder is not the project's, nor that of the notebooks."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "by_hand.py"), str(book)],
        cwd=tmp_path,
        # As in `make`: threads of two processes on two cores would wait for each other.
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=3 * LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for cell, shown in zip(cells(book, "code"), told[str(book)], strict=True):
        committed = [each["data"]["text/plain"] for each in cell.outputs]
        if is_live(cell):
            assert shown
            continue
        assert committed == ([] if shown is None else [shown]), cell.source
    assert list(tmp_path.iterdir()) == []


def test_pipelines_name_notebooks_that_exist() -> None:
    import tomllib

    for pipeline in (ROOT / "pipelines").glob("*.toml"):
        plan = tomllib.loads(pipeline.read_text(encoding="utf-8"))
        assert {*plan["notebooks"], plan["front"]} <= {each.stem for each in NOTEBOOKS}


def test_notebooks_are_valid_and_plain(path: Path) -> None:
    node = nbformat.read(path, as_version=4)
    nbformat.validate(node)
    assert json.loads(json.dumps(node.metadata["kernelspec"]))["name"] == "python3"
