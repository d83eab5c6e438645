"""The starter makes the environment once, with what pip is told about where packages are."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(start.__file__).parent
STANDARD = set(sys.stdlib_module_names)


def test_it_needs_the_standard_library_only_and_old_pythons_can_read_it() -> None:
    text = (ROOT / "start.py").read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 7))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {each.name.split(".")[0] for each in node.names} <= STANDARD
        if isinstance(node, ast.ImportFrom):
            assert str(node.module).split(".")[0] in STANDARD


def test_settings_of_pip_become_those_of_uv() -> None:
    lines = [
        "global.index-url='https://first.test/simple'",
        "global.extra-index-url='file:///a/simple\\nhttps://b.test/simple'",
        "install.find-links='/wheels /more'",
        ":env:.cert='/etc/own.pem'",
        "global.cert='/etc/other.pem'",
        "global.timeout='60'",
        "broken",
    ]
    assert start.translated(lines, {}) == {
        "UV_DEFAULT_INDEX": "https://first.test/simple",
        "UV_INDEX": "file:///a/simple https://b.test/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/own.pem",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert "UV_INDEX" not in start.translated(lines, {"UV_INDEX": "https://mine.test"})


def test_uv_is_pinned_with_hashes() -> None:
    pinned = start.pinned_uv()
    assert pinned.startswith("uv==")
    assert "--hash=sha256:" in pinned
    assert pinned.count("==") == 1


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a clone is, whose environment is never really installed."""
    for name in (start.LOCK, start.DEV_LOCK, "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(start, "HERE", str(tmp_path))
    monkeypatch.setattr(start, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(start, "STAMP", str(tmp_path / ".venv" / ".installed"))
    monkeypatch.setattr(start, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(start, "find_uv", lambda base: None)
    return tmp_path


def test_it_installs_once_and_again_when_a_lock_changes(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr(start, "install_by_pip", installed.append)
    monkeypatch.setattr(start, "heard", faked_venv)
    start.make_environment(dev=False)
    start.make_environment(dev=False)
    assert installed == [[start.LOCK]]
    start.make_environment(dev=True)
    start.make_environment(dev=False)
    assert installed[1:] == [[start.LOCK, start.DEV_LOCK]]
    with (place / start.LOCK).open("a") as file:
        file.write("# changed\n")
    start.make_environment(dev=False)
    assert installed[2:] == [[start.LOCK, start.DEV_LOCK]]


def faked_venv(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    folder = Path(command[-1])
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    (folder / "bin" / "python").symlink_to(sys.executable)
    return subprocess.CompletedProcess(command, 0, b"")


def test_where_uv_fails_pip_installs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_pip: list[list[str]] = []
    monkeypatch.setattr(start, "find_uv", lambda base: "uv")
    monkeypatch.setattr(start, "install_by_uv", lambda uv, locks: False)
    monkeypatch.setattr(start, "install_by_pip", by_pip.append)
    monkeypatch.setattr(start, "heard", faked_venv)
    start.make_environment(dev=False)
    assert by_pip == [[start.LOCK]]


@pytest.mark.parametrize("folder", ["my #1", "của tôi", "a 'b' & c"])
def test_any_folder_can_be_installed_from(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / folder
    here.mkdir()
    (here / "one.lock").write_text("# nothing\n")
    backend = 'requires = []\nbuild-backend = "made"\nbackend-path = ["."]\n'
    own = '[project]\nname = "made-up"\nversion = "1"\n'
    (here / "pyproject.toml").write_text(f"[build-system]\n{backend}{own}", encoding="utf-8")
    (here / "made.py").write_text(BACKEND, encoding="utf-8")
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, here / ".venv"], check=True)
    monkeypatch.setattr(start, "HERE", str(here))
    monkeypatch.setattr(start, "PYTHON", str(here / ".venv" / "bin" / "python"))
    assert start.install_by_uv(uv, ["one.lock"])
    done = subprocess.run([start.PYTHON, "-c", "import told"], cwd=tmp_path)
    assert done.returncode == 0


# Builds what an editable install of a project with the module `told` needs, with nothing at hand.
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "made_up-1-py3-none-any.whl"
    about = "made_up-1.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("told.py", "")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: made-up\\nVersion: 1\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("error: Failed to parse: `/a #1`\n  cause: Expected `;`\n    /a #1\n       ^\n", "Failed"),
        ("Looking in links\nERROR: No matching distribution\n\nnotice: newer\n", "No matching"),
        ("one\n\ntwo\n\n", "two"),
        ("", "no reason given"),
    ],
)
def test_of_what_a_command_said_its_error_is_told(said: str, told: str) -> None:
    assert told in start.last(said.encode())


def test_a_folder_of_somebody_else_is_not_removed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / ".venv").mkdir()
    (place / ".venv" / "thesis.txt").write_text("only copy")
    with pytest.raises(start.Stopped, match="was not made by this program"):
        start.make_environment(dev=False)
    assert (place / ".venv" / "thesis.txt").exists()


def test_an_environment_of_another_folder_is_made_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "install_by_pip", lambda locks: None)
    monkeypatch.setattr(start, "heard", faked_venv)
    start.make_environment(dev=False)
    stamp = place / ".venv" / ".installed"
    stamp.write_text("\n".join(["/elsewhere", *stamp.read_text().splitlines()[1:]]) + "\n")
    (place / ".venv" / "left-over").touch()
    start.make_environment(dev=False)
    assert not (place / ".venv" / "left-over").exists()


def test_words_that_are_none_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["repotr"]) == 2
    assert "repotr is not one of report" in capsys.readouterr().err
    assert start.main([]) == 2


def test_checks_side_by_side_are_told_apart_and_the_first_that_fails_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The last one speaks as it runs, the others when all have ended."""
    ask = "import os, sys; print(sys.argv[1], os.environ['PYTEST_XDIST_AUTO_NUM_WORKERS'])"
    asked = {name: [["-c", ask, name], ["-c", ask, name]] for name in ("lint", "types", "unit")}
    monkeypatch.setattr(start, "CHECKS", asked)
    assert start.run_beside(["lint", "types", "unit"]) == 0
    twice = [f"{name} 1" for name in ("unit", "lint", "types") for _time in range(2)]
    assert capfd.readouterr().out.splitlines() == twice
    assert start.run_beside(["lint"]) == 0
    assert capfd.readouterr().out.splitlines() == ["lint 2"] * 2
    asked["types"] = [["-c", "print('no'); raise SystemExit(3)"], ["-c", ask, "types"]]
    asked["unit"] = [["-c", "raise SystemExit(4)"]]
    assert start.run_beside(["lint", "types", "unit"]) == 3
    told = capfd.readouterr()
    assert told.out.splitlines() == ["lint 1", "lint 1", "no"]
    assert told.err.splitlines() == ["Types: failed", "Unit tests: failed"]
