"""One starter on every system: it makes the environment, then does what is asked.

    python start.py report     run the notebooks of the report and write its pages
    python start.py explore    open the explorer in the browser
    python start.py lab        open JupyterLab at the first notebook
    python start.py test       run everything that continuous integration runs
    python start.py install    only make the environment

On Windows also ``py start.py report``. Words behind are handed on: ``explore --port 9000``.
Nothing but Python 3.11, 3.12 or 3.13 is needed. The packages are those of ``requirements.lock``;
what only developers need (``requirements-dev.lock``) comes with ``test``, or with ``--dev``.
"""

# Older Pythons must be able to read this file, to say that they are too old.
import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, ".installed")
LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"
# From this folder: in a path a "#" would begin a comment of the requirement.
OWN = "."
WINDOWS = os.name == "nt"
PYTHON = os.path.join(VENV, *(["Scripts", "python.exe"] if WINDOWS else ["bin", "python"]))
OLDEST, TOO_NEW = (3, 11), (3, 14)
OTHERS = ["python3.11", "python3.12", "python3.13", "python3", "python"]
# One thread per process and a fixed hash seed: the same numbers every time, and no contention
# when two notebooks run side by side.
SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "JUPYTER_PLATFORM_DIRS": "1",
}
# Settings of pip, which uv does not read -> the variables in which uv takes the same.
SAME = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
}
RANKINGS = ["-m", "rankings"]
RUFF = ["-m", "ruff"]
PYTEST = ["-m", "pytest", "-q"]
CHECKS = {
    "lint": [[*RUFF, "check", "--quiet", "."], [*RUFF, "format", "--quiet", "--check", "."]],
    # Always from scratch, so that -W sees every warning. Tests look at what it has built.
    "docs": [
        [
            *("-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"),
            *("-d", "build/doctrees", "docs", "build/docs"),
        ]
    ],
    "types": [["-m", "mypy", "-n", "2"]],
    "nbval": [
        [
            *(*PYTEST, "-n", "auto", "--dist", "loadscope", "--nbval", "--nbval-current-env"),
            *("-p", "tests.kernels"),
            *("--nbval-kernel-startup-timeout", "600"),
            *("--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "notebooks"),
        ]
    ],
    # A module's servers are started once: its tests stay together.
    "browser": [[*PYTEST, "-n", "auto", "--dist", "loadfile", "--durations", "5", "tests/browser"]],
    # Skips with their reasons, and where the time goes, are said at the end.
    "unit": [
        [
            *(*PYTEST, "-n", "2", "--dist", "worksteal", "-rs", "--durations", "12"),
            *("-m", "not whole", "tests"),
        ]
    ],
    # All that the samples of the unit tests stand for; not part of "test".
    "whole": [[*PYTEST, "-n", "2", "--dist", "worksteal", "-m", "whole", "tests"]],
}
TEST = [name for name in CHECKS if name != "whole"]
# Side by side they are done sooner: one waits, as for a browser, while another computes. What the
# last one of a group says is shown at once.
BESIDE = [["docs", "types"], ["nbval", "browser", "unit"]]
TITLES = {
    "lint": "Lint",
    "types": "Types",
    "docs": "Documentation",
    "unit": "Unit tests",
    "nbval": "Notebooks",
    "browser": "Browser",
    "whole": "Whole of the samples",
}


def main(words: "list[str]") -> int:
    """Do what the words ask for; the exit code."""
    if not words or words[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    verbs = ["report", "explore", "lab", "test", "install", *CHECKS]
    if verb not in verbs:
        print("start.py: {} is not one of {}".format(verb, ", ".join(verbs)), file=sys.stderr)
        return 2
    if not fits(sys.version_info[:2]):
        return with_another_python(words)
    dev = verb in ("test", *CHECKS) or "--dev" in rest
    rest = [word for word in rest if word != "--dev"]
    try:
        make_environment(dev)
    except Stopped as stopped:
        print(f"start.py: {stopped}", file=sys.stderr)
        return 1
    if verb == "install":
        return 0
    if verb in ("test", *CHECKS):
        return run_checks(TEST if verb == "test" else [verb])
    return {"report": run_report, "explore": run_explore, "lab": run_lab}[verb](rest)


class Stopped(Exception):
    """Why the environment cannot be made, in a line."""


def fits(version: "Sequence[int]") -> bool:
    """Whether the project runs on this Python."""
    return OLDEST <= tuple(version[:2]) < TOO_NEW


def with_another_python(words: "list[str]") -> int:
    """Go on with a Python that fits, if this machine has one."""
    launcher = [["py", f"-3.{minor}"] for minor in (13, 12, 11)] if WINDOWS else []
    for command in launcher + [[name] for name in OTHERS]:
        if not shutil.which(command[0]):
            continue
        check = [*command, "-c", "import sys; print(*sys.version_info[:2])"]
        done = subprocess.run(check, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        found = [int(part) for part in done.stdout.split()] if done.returncode == 0 else [0]
        if fits(found):
            return subprocess.call([*command, os.path.abspath(__file__), *words])
    print(
        f"start.py: Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]} and none "
        f"was found (tried: {', '.join(OTHERS)}); install one and name it: "
        f"/path/to/python3.11 start.py {' '.join(words)}",
        file=sys.stderr,
    )
    return 1


# The environment.


def wanted(dev: bool) -> "list[str]":
    """What the stamp of a whole environment says: for which folder it is, and of which locks."""
    names = [LOCK, "pyproject.toml"] + ([DEV_LOCK] if dev else [])
    return [HERE] + [f"{name} {digest(os.path.join(HERE, name))}" for name in names]


def digest(path: str) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def stamped() -> "list[str]":
    """The lines of the stamp; none where there is none."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            return file.read().splitlines()
    except (OSError, ValueError):
        return []


def make_environment(dev: bool) -> None:
    """Make or complete ``.venv``, unless it is whole already."""
    held = stamped()
    if set(wanted(dev)) <= set(held):
        return
    # Who has installed the developers' packages keeps them.
    dev = dev or any(line.startswith(DEV_LOCK) for line in held)
    began = time.time()
    base = base_python()
    uv = find_uv(base)
    make_venv(base, uv, held)
    locks = [LOCK] + ([DEV_LOCK] if dev else [])
    print("Installing the pinned packages into .venv", flush=True)
    if not (uv and install_by_uv(uv, locks)):
        install_by_pip(locks)
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write("\n".join(wanted(dev)) + "\n")
    print("Installed in %.0f s" % (time.time() - began), flush=True)


def base_python() -> str:
    """The Python that environments are made from: not one of an environment itself."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return base if os.path.exists(base) else sys.executable


def make_venv(base: str, uv: "str | None", held: "list[str]") -> None:
    """An environment for this folder; one made for another folder, by us, is made anew."""
    if os.path.isdir(VENV):
        if not held and not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
            raise Stopped(f"{VENV} was not made by this program: move it away")
        moved = held and held[0] != HERE
        if not moved and python_fits(PYTHON):
            return
        if not held:
            raise Stopped(f"{VENV} is not of Python 3.11 to 3.13: move it away")
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            raise Stopped(f"{VENV}: {error.strerror}; end what runs in it, as JupyterLab") from None
    print(f"Creating .venv with Python {sys.version.split()[0]}", flush=True)
    command = [uv, "venv", "--quiet", "--python", base, VENV] if uv else [base, "-m", "venv", VENV]
    done = heard(command, uv_settings())
    if done.returncode and uv:
        done = heard([base, "-m", "venv", VENV])
    if done.returncode:
        raise Stopped(f"no environment could be made: {last(done.stdout)}")
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write(HERE + "\n")


def python_fits(python: str) -> bool:
    """Whether an interpreter runs and the project runs on it."""
    try:
        done = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return done.returncode == 0 and fits([int(part) for part in done.stdout.split()])


def find_uv(base: str) -> "str | None":
    """The installer: the one of the environment, else fetched by pip into ``build``; or None."""
    folder = os.path.join(HERE, "build", "uv")
    name = "uv.exe" if WINDOWS else "uv"
    made = [os.path.join(folder, each) for each in ("bin", "Scripts")]
    for place in [os.path.dirname(PYTHON), *made]:
        if runs([os.path.join(place, name), "--version"]):
            return os.path.join(place, name)
    if not runs([base, "-m", "pip", "--version"]):
        return shutil.which("uv")
    os.makedirs(folder, exist_ok=True)
    asked = os.path.join(folder, "uv.txt")
    with open(asked, "w", encoding="utf-8") as file:
        file.write(pinned_uv())
    command = [base, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--upgrade"]
    command += ["--target", folder, "--only-binary=:all:"]
    command += ["--require-hashes", "-r", asked]
    done = heard(command)
    for place in made:
        if done.returncode == 0 and runs([os.path.join(place, name), "--version"]):
            return os.path.join(place, name)
    print(f"uv cannot be had here ({last(done.stdout)}): pip installs, which takes longer")
    return shutil.which("uv")


def pinned_uv() -> str:
    """The entry of uv in the developers' lock, with its hashes."""
    with open(os.path.join(HERE, DEV_LOCK), encoding="utf-8") as file:
        found = re.search(r"^uv==.*?(?=^[^\s#]|\Z)", file.read(), re.MULTILINE | re.DOTALL)
    return found.group(0) if found else "uv\n"


def runs(command: "list[str]") -> bool:
    """Whether a command can be run here."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def uv_environment() -> "dict[str, str]":
    """Settings of pip (index, certificate, proxy) as uv takes them, where uv has none itself."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout.decode("utf-8", "replace")
    return translated(listed.splitlines(), os.environ)


def translated(lines: "list[str]", environment: "Mapping[str, str]") -> "dict[str, str]":
    """Lines of ``pip config list``, as "global.index-url='...'", as variables of uv."""
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        name, _equals, value = line.partition("=")
        try:
            said = str(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            continue
        # Of one setting the environment's is the last word, then that of the command "install".
        weight = 2 if name.startswith(":env:") else 1 if name.startswith("install.") else 0
        key = name.replace(":env:", "").rpartition(".")[2]
        if key in SAME and weight >= found.get(key, (0, ""))[0]:
            found[key] = (weight, said)
    told = {}
    for key, (_weight, said) in found.items():
        variable, between = SAME[key]
        if variable not in environment and said.strip():
            told[variable] = between.join(said.split())
    # With hashes it does not matter which index a release comes from; pip looks into all.
    return dict({"UV_INDEX_STRATEGY": "unsafe-best-match"}, **told)


def uv_settings() -> "dict[str, str]":
    """The environment uv is run in."""
    settings = dict(os.environ)
    settings.update(uv_environment())
    settings.setdefault("UV_PYTHON_DOWNLOADS", "never")
    settings.pop("VIRTUAL_ENV", None)
    return settings


def install_by_uv(uv: str, locks: "list[str]") -> bool:
    """Whether uv could install the locked packages and this folder."""
    settings = uv_settings()
    into = [uv, "pip", "install", "--quiet", "--python", PYTHON]
    listed = [word for lock in locks for word in ("-r", os.path.join(HERE, lock))]
    own = ["--no-deps", "--no-build-isolation", "-e", OWN]
    for command in ([*into, "--require-hashes", *listed], into + own):
        done = heard(command, settings)
        if done.returncode:
            print(f"uv could not install ({last(done.stdout)}): pip does, which takes longer")
            return False
    return True


def install_by_pip(locks: "list[str]") -> None:
    """Install the locked packages and this folder by pip, or `Stopped`."""
    if not runs([PYTHON, "-m", "pip", "--version"]):
        runs([PYTHON, "-m", "ensurepip"])
    into = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    listed = [word for lock in locks for word in ("-r", os.path.join(HERE, lock))]
    own = ["--no-deps", "--no-build-isolation", "-e", OWN]
    for command in ([*into, "--require-hashes", *listed], into + own):
        done = heard(command)
        if done.returncode:
            raise Stopped(f"the packages could not be installed: {last(done.stdout)}")


def heard(
    command: "list[str]", environment: "dict[str, str] | None" = None
) -> "subprocess.CompletedProcess[bytes]":
    """A command that has run in this folder, with all it said."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=HERE
    )


def last(output: bytes) -> str:
    """The error that a command told, or the last line of what it said."""
    said = output.decode("utf-8", "replace").splitlines()
    lines = [line.strip() for line in said if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no reason given"])[-1]


# What can be asked for.


def settings(**more: str) -> "dict[str, str]":
    """The environment that everything is run in."""
    told = dict(os.environ)
    told.update(SETTINGS)
    told.pop("MPLBACKEND", None)
    told.pop("PYTHONHOME", None)
    # Containers often set this. Every process would then compile pandas anew: two seconds each.
    told.pop("PYTHONDONTWRITEBYTECODE", None)
    told.update(more)
    return told


def call(words: "list[str]", **more: str) -> int:
    """Run the environment's Python; the exit code."""
    try:
        return subprocess.call([PYTHON, *words], cwd=HERE, env=settings(**more))
    except KeyboardInterrupt:
        return 130


def run_report(rest: "list[str]") -> int:
    """The report of the project, or with words that of ``rankings report``."""
    words = ["report", *rest] if rest else ["batch", os.path.join("pipelines", "report.toml")]
    return call(RANKINGS + words)


def run_explore(rest: "list[str]") -> int:
    """The explorer, once the tables are built."""
    return call([*RANKINGS, "build"]) or call([*RANKINGS, "explore", *rest])


def run_lab(rest: "list[str]") -> int:
    """JupyterLab at the first notebook: for this machine only, and it asks nobody for news."""
    root = os.environ.get("LAB_ROOT") or HERE
    words = ["-m", "jupyter", "lab", "--ServerApp.ip=127.0.0.1", "--ServerApp.root_dir=" + root]
    if hasattr(os, "getuid") and os.getuid() == 0:
        words.append("--allow-root")
    words += [
        "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=",
        "--LabApp.extension_manager=readonly",
    ]
    return call([*RANKINGS, "build"]) or call(words + rest)


def run_checks(names: "list[str]") -> int:
    """What continuous integration runs; the exit code of the first check that fails."""
    # What an analyst has added is no part of the committed outputs, and tests do not see it.
    if set(names) & {"unit", "nbval", "browser", "whole"}:
        # What several processes would each compute is computed before.
        for words in ([*RANKINGS, "build"], [os.path.join("tests", "prime.py")]):
            code = call(words, RANKINGS_STORE="")
            if code:
                return code
    took = []
    while names:
        kin = next((group for group in BESIDE if names[0] in group), names[:1])
        together = [each for each in names if each in kin]
        names = [each for each in names if each not in together]
        print(" and ".join(TITLES[each] for each in together), flush=True)
        began = time.time()
        code = run_beside(together)
        if code:
            return code
        took.append((" and ".join(TITLES[each] for each in together), time.time() - began))
    if len(took) > 1:
        for title, seconds in took:
            print(f"{title:25} {seconds:5.0f} s")
    return 0


def run_beside(names: "list[str]") -> int:
    """Checks side by side; the exit code of the first one that fails, by their order."""
    # Two at once could not be told apart: the last one speaks, the others are heard when all end.
    *others, last_one = names
    processes = "2" if len(names) < 3 else "1"
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            silent = [pool.submit(run_check, each, silently, processes) for each in others]
            loud = pool.submit(run_check, last_one, aloud, processes)
            ended = [each.result() for each in [*silent, loud]]
    except KeyboardInterrupt:  # the checks themselves are interrupted too
        return 130
    for _code, said in ended:
        sys.stdout.flush()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
    for name, (code, _said) in zip(names, ended, strict=True):
        if code:
            print(f"{TITLES[name]}: failed", file=sys.stderr, flush=True)
    return next((code for code, _said in ended if code), 0)


def aloud(words: "list[str]", **more: str) -> "tuple[int, bytes]":
    """Run the environment's Python, and show what it says; the exit code, nothing to say."""
    return call(words, **more), b""


def silently(words: "list[str]", **more: str) -> "tuple[int, bytes]":
    """The same, but for what it says: that comes back beside the exit code."""
    done = heard([PYTHON, *words], settings(**more))
    return done.returncode, done.stdout


def run_check(
    name: str, run: "Callable[..., tuple[int, bytes]]", processes: str
) -> "tuple[int, bytes]":
    """One check, each of its commands run so; its exit code, and what is still to be said.

    Args:
        name: of the check.
        run: a way to run a command.
        processes: how many the tests share that take as many as they are given.
    """
    if name == "docs":
        for folder in ("docs", "doctrees", "jupyter_execute"):
            shutil.rmtree(os.path.join(HERE, "build", folder), ignore_errors=True)
    all_said = b""
    for words in CHECKS[name]:
        code, said = run(words, RANKINGS_STORE="", PYTEST_XDIST_AUTO_NUM_WORKERS=processes)
        all_said += said
        if code:
            return code, all_said
    return 0, all_said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
