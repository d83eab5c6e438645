"""Without a clone: the wheel in an empty folder, and a newer one over it, without loss."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import pytest
from documentation import cut

from rankings import store
from rankings.data import work
from rankings.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 8_000_000
PIPELINE = """title = "Mine"
out = "mine"
notebooks = ["90-report"]
front = "90-report"
[defaults]
as_of = 2018
band = "30:50"
target_year = 2020
language = "en"
seed = 2018
[[stories]]
name = "2018"
title = "{name}"
economies = "Mine"
peers = "ASEAN"
"""


def build(source: Path, folder: Path, version: str) -> Path:
    """The wheel of a version, built offline from a copy of the tree."""
    project = source / "pyproject.toml"
    text = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text("utf-8"))
    project.write_text(text, encoding="utf-8")
    options = ["-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    (wheel,) = folder.glob(f"*-{version}-*.whl")
    return wheel


class Installed:
    """An environment that has the packages of this one, and the wheel in place of the clone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
        self.python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        (site,) = (folder / "env").rglob("site-packages")
        # The folder alone: the clone's own entry in it is not followed from here.
        (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    def install(self, wheel: Path) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "-q"]
        subprocess.run([*command, "--no-deps", "--no-index", "--upgrade", str(wheel)], check=True)

    def start(self, *words: str, at: Path) -> subprocess.Popen[str]:
        told = {**os.environ, "PYTHONSAFEPATH": "1"}
        for name in ("PYTHONPATH", store.HOME, store.STORE):
            told.pop(name, None)
        command = [str(self.python), "-m", "rankings", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=at, env=told, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, at: Path, code: int = 0) -> str:
        process = self.start(*words, at=at)
        said, wrong = process.communicate()
        assert process.returncode == code, said + wrong
        assert "Traceback" not in wrong
        return said + wrong


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree in a folder of its own: as it is, but for notebooks, of which one is whole."""
    place = tmp_path_factory.mktemp("source")
    git = ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)
    for path in (place / "notebooks").glob("[1-5]*.ipynb"):
        cut(path, path)
    return place


def linked(source: str, target: str) -> str:
    """A file under a second name, where one file system holds both; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def warm(place: Path) -> Path:
    """The folder with the tables and draws that are kept for the clone: they are the same ones."""
    # Other tests may replace some meanwhile; what is missing is computed.
    with contextlib.suppress(OSError):
        shutil.copytree(
            ROOT / "data" / "processed", place / "data" / "processed", copy_function=linked
        )
    return place


def explore(there: Installed, place: Path) -> None:
    """Open the explorer's page."""
    with there.start("explore", "--no-browser", "--port", "18878", at=place) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            with urllib.request.urlopen(address) as answer:
                assert b"explore/page.js" in answer.read()
        finally:
            process.terminate()


@pytest.mark.slow
def test_the_wheel_works_in_an_empty_folder_and_is_upgraded_without_loss(
    source: Path, tmp_path: Path
) -> None:
    (source / "notebooks" / "90-report (1).ipynb").write_text("{}")
    (source / "data" / "raw" / "._egdi.csv").write_text("")
    wheel = build(source, tmp_path, "0.8.0")
    assert wheel.stat().st_size < LARGEST
    there = Installed(tmp_path)
    there.install(wheel)

    # Nothing to work in yet: what to do is said.
    assert "rankings init FOLDER" in there.run("show", "VNM", at=tmp_path, code=2)
    there.run("init", "work", at=tmp_path)
    place = warm(tmp_path / "work")
    assert not list(place.rglob("*(1)*")) + list(place.rglob("._*"))
    assert "VNM" in json.dumps(there.run("show", "Vietnam", "--json", at=place / "notebooks"))

    there.run("report", "--as-of", "2018", "--by", "2020", at=place)
    assert (place / "build" / "vnm-2018-2020" / "index.html").is_file()
    explore(there, place)

    # A group, a pipeline and a table of one's own.
    (place / "data" / "store" / "groups.csv").write_text("group,iso3\nMine,Vietnam\n")
    (place / "pipelines" / "mine.toml").write_text(PIPELINE)
    there.run("batch", "pipelines/mine.toml", "--jobs", "1", at=place)
    page = place / "build" / "mine" / "vnm-2018" / "index.html"
    assert page.is_file()
    rows = (source / "data" / "raw" / "gci.csv").read_text(encoding="utf-8")
    assert "0.93" in rows
    (place / "mine.csv").write_text(rows.replace("0.93", "0.94", 1), encoding="utf-8")
    there.run("ingest", "mine.csv", "--replace", at=place)
    added = [path for path in (place / "data" / "store").iterdir() if path.is_dir()]
    assert any((path / "delivery.json").is_file() for path in added)

    # A newer wheel: what was changed here stays, what was not comes along.
    edited = place / "notebooks" / "20-why.ipynb"
    edited.write_text(edited.read_text(encoding="utf-8").replace("# ", "# Mine: ", 1), "utf-8")
    for name in ("20-why", "90-report"):
        newer = source / "notebooks" / f"{name}.ipynb"
        newer.write_text(newer.read_text(encoding="utf-8").replace("# ", "# New: ", 1), "utf-8")
    there.install(build(source, tmp_path, "0.9.0"))
    said = there.run("build", at=place)
    assert "are of version 0.8.0" in said
    said = there.run("init", ".", at=place)
    assert "1 renewed" in said
    assert "20-why.ipynb" in said
    assert "# Mine: " in edited.read_text(encoding="utf-8")
    assert "# New: " in (place / "notebooks" / "90-report.ipynb").read_text(encoding="utf-8")
    assert (place / "pipelines" / "mine.toml").read_text() == PIPELINE
    assert "Mine,Vietnam" in (place / "data" / "store" / "groups.csv").read_text()
    assert all(path.is_dir() for path in added)
    assert page.is_file()


def test_init_touches_no_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("only copy")
    with pytest.raises(InputError, match="was not made by `rankings init`"):
        work.begin(tmp_path)
    with pytest.raises(InputError, match="was not made by `rankings init`"):
        work.begin(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "only copy"


def test_init_again_brings_back_what_is_gone_and_keeps_what_was_changed(tmp_path: Path) -> None:
    place = tmp_path / "work"
    made = work.begin(place).made
    assert "notebooks/90-report.ipynb" in made
    assert "pipelines/report.toml" in made
    (place / "pipelines" / "report.toml").unlink()
    (place / "notebooks" / "20-why.ipynb").write_text("{}")
    (place / "data" / "store" / "groups.csv").unlink()
    again = work.begin(place)
    assert again.made == ["pipelines/report.toml"]
    assert again.renewed == []
    # It is as it was in this version: there is nothing newer to speak of.
    assert again.kept == []
    assert (place / "notebooks" / "20-why.ipynb").read_text() == "{}"
    assert not (place / "data" / "store" / "groups.csv").exists()
    facts = json.loads((place / store.WORK).read_text())
    facts["files"]["notebooks/20-why.ipynb"] = "of an older version"
    (place / store.WORK).write_text(json.dumps(facts))
    assert work.begin(place).kept == ["notebooks/20-why.ipynb"]
