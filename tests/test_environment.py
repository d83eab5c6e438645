"""The declared, the locked and the installed environment agree."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
PYPROJECT = ROOT / "pyproject.toml"
ENVIRONMENT = ROOT / "environment.yml"

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)")


def lock_lines(*locks: Path) -> list[str]:
    """Each entry of the locks on one line."""
    text = "".join(each.read_text(encoding="utf-8") for each in locks).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def read_lock(*locks: Path) -> dict[str, Requirement]:
    """The requirements of the locks by canonical name."""
    entries: dict[str, Requirement] = {}
    for line in lock_lines(*locks):
        requirement = Requirement(line.split("--hash", 1)[0].strip())
        name = canonicalize_name(requirement.name)
        assert name not in entries, f"{name} is locked twice"
        entries[name] = requirement
    return entries


def pinned(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return specifier.version


LOCKED = read_lock(LOCK, DEV_LOCK)
PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
DIRECT = [
    Requirement(text)
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
]


def conda_dependencies() -> list[object]:
    return yaml.safe_load(ENVIRONMENT.read_text(encoding="utf-8"))["dependencies"]


def test_conda_python_satisfies_the_project() -> None:
    (python,) = [
        text
        for text in conda_dependencies()
        if isinstance(text, str) and text.partition("=")[0] == "python"
    ]
    version = python.partition("=")[2]
    assert SpecifierSet(PROJECT["requires-python"]).contains(version)


def test_conda_follows_the_lock() -> None:
    pip_lists = [entry["pip"] for entry in conda_dependencies() if isinstance(entry, dict)]
    assert pip_lists == [[f"-r {LOCK.name}"]]


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_direct_dependency_is_locked_within_its_bounds(requirement: Requirement) -> None:
    locked = LOCKED[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned(locked))


def test_a_report_needs_no_package_of_developers() -> None:
    needed = read_lock(LOCK)
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["clone"]]:
        assert canonicalize_name(Requirement(text).name) in needed
    for name in ("playwright", "mypy", "ruff", "sphinx", "pytest", "distributed"):
        assert name not in needed
        assert name in LOCKED


@pytest.mark.parametrize(
    "name", ["jupyterlab", "pandas", "seaborn", "statsmodels", "papermill", "nbval"]
)
def test_core_package_is_locked(name: str) -> None:
    assert name in LOCKED


def test_every_locked_package_has_hashes() -> None:
    without = [line.split()[0] for line in lock_lines(LOCK, DEV_LOCK) if not HASH.search(line)]
    assert without == []


@pytest.mark.parametrize(
    "path", [LOCK, DEV_LOCK, PYPROJECT, ENVIRONMENT], ids=lambda path: path.name
)
def test_no_address_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\w+://\S*", text) == []
    assert not re.search(r"--(extra-)?index-url|--find-links", text)


def test_installed_versions_equal_the_lock() -> None:
    differing = {}
    for name, requirement in LOCKED.items():
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "not installed"
        if installed != pinned(requirement):
            differing[name] = (pinned(requirement), installed)
    assert differing == {}
