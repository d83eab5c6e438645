"""What has been run already, and is it still what would come out? A hash of everything it hangs on.

A run's folder holds ``manifest.json``: for each notebook of each story a key (of the notebook,
its parameters, its page's frame, the data and the code) and the hash of each file it made. While a
run goes on a journal beside it gets a line for each story before it is put in place, so that what a
killed run had done is known to the next. What neither lists was made by somebody else.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rankings import store

NAME = "manifest.json"
JOURNAL = ".rankings.journal"
# What a run writes beside the folders of its stories.
BESIDE = ("index.html", "forecasts.html", "results.json", "results.parquet", NAME)
# Libraries whose release changes numbers or pictures.
LIBRARIES = ["numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn", "nbconvert"]
CODE = (".py", ".toml", ".j2", ".css", ".js", ".json", ".mo")

Entries = dict[str, dict[str, dict[str, Any]]]


@cache
def code_digest() -> str:
    """A hash of this package's files and of the libraries that make numbers and pictures."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        within = path.relative_to(package)
        # What an installed package carries besides is no code, and a clone has it elsewhere.
        if path.suffix in CODE and not {"__pycache__", store.SHIPPED.name} & set(within.parts):
            total.update(within.as_posix().encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    facts = [platform.python_version(), *(f"{name} {version(name)}" for name in LIBRARIES)]
    total.update("\n".join(facts).encode())
    return total.hexdigest()


def key(*parts: object) -> str:
    """One hash of anything that can be written as JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; "" without the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def made(entries: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The files that the notebooks of a story made, by their addresses in its folder."""
    names = {name for entry in entries.values() for name in entry["files"]}
    return names | {entry["pdf"]["file"] for entry in entries.values() if entry.get("pdf")}


class Ledger:
    """What is known of an output folder, and what this run adds.

    Attributes:
        before: the notebooks of every story that earlier runs made.
        listed: the files earlier runs made in each story's folder; under "" those beside them.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        held = _held(out / NAME)
        self.before: Entries = {**held.get("earlier", {}), **held.get("stories", {})}
        self.listed = {story: made(entries) for story, entries in self.before.items()}
        # Earlier versions listed no files beside the stories: they made all of them.
        self.listed[""] = set(held.get("files", BESIDE if held else []))
        for line in _lines(out / JOURNAL):
            self.before[line["story"]] = line["notebooks"]
            self.listed.setdefault(line["story"], set()).update(made(line["notebooks"]))
            self.listed[""].update(BESIDE)
        self.now: Entries = {}

    def reusable(self, story: str, notebook: str, wanted: str) -> dict[str, Any] | None:
        """The entry of a notebook that ran well and whose files are all as it left them."""
        entry = self.before.get(story, {}).get(notebook)
        if not entry or entry.get("status") != "ok" or entry.get("key") != wanted:
            return None
        files = entry["files"]
        whole = all(file_digest(self.out / story / name) == held for name, held in files.items())
        return entry if files and whole else None

    def keep(self, story: str, notebooks: Mapping[str, dict[str, Any]]) -> None:
        """Note a story that stands as it was."""
        self.now[story] = dict(notebooks)

    def add(self, story: str, notebooks: Mapping[str, dict[str, Any]]) -> None:
        """Note a finished story before it is put in place, even if the run is killed then."""
        self.keep(story, notebooks)
        self.listed.setdefault(story, set()).update(made(notebooks))
        line = json.dumps({"story": story, "notebooks": self.now[story]}, sort_keys=True)
        with (self.out / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def close(self, facts: Mapping[str, str]) -> None:
        """Write the manifest of a run that came to its end."""
        earlier = {
            story: entries
            for story, entries in self.before.items()
            if story not in self.now and (self.out / story).is_dir()
        }
        files = [name for name in BESIDE if name == NAME or (self.out / name).is_file()]
        held = {**facts, "stories": self.now, "files": files}
        held |= {"earlier": earlier} if earlier else {}
        text = json.dumps(held, indent=1, sort_keys=True, ensure_ascii=False)
        store.write_text(self.out / NAME, text + "\n")
        (self.out / JOURNAL).unlink(missing_ok=True)


def _held(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    ours = isinstance(held, dict) and isinstance(held.get("stories"), dict)
    return held if ours else {}


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal; the last may be broken off."""
    if not path.is_file():
        return []
    found = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and {"story", "notebooks"} <= set(line):
            found.append(line)
    return found
