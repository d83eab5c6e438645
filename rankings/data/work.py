"""How does one work without a clone? In a folder of one's own, begun from what the package carries.

Notebooks, pipelines and examples are copied to be edited; tables, forecasts and programs stay in
the package, and a newer one brings newer ones. What a person has changed is never replaced.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rankings import store
from rankings.errors import InputError

COPIED = ("notebooks/*.ipynb", "pipelines/*.toml", "examples/**/*")
# Begun empty, in the own store: what is read is said in docs/commands.md.
STARTED = {
    "data/store/groups.csv": "group,iso3\n",
    "data/store/targets.csv": (
        "id,economy,measure,rank_worst,series,value_low,unit,deadline,set_in,document\n"
    ),
}


@dataclass
class Work:
    """What became of the files of a folder, by their addresses in it.

    Attributes:
        made: not there before.
        renewed: as an earlier version left them, and this one has others.
        kept: changed by a person, while this version has others than the one they came from.
    """

    folder: Path
    made: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def own_version() -> str:
    """The version of the package; empty where it is not installed."""
    try:
        return version("ict-rankings")
    except PackageNotFoundError:
        return ""


def begin(folder: Path) -> Work:
    """Make a folder to work in, or bring one that is there to this version.

    Raises:
        InputError: the folder is a file, or holds what no earlier call made.
    """
    folder = folder.expanduser().absolute()
    held = listed(folder)
    if not held and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "{folder} is there and was not made by `rankings init`: give a new folder",
            folder=folder,
        )
    return _bring(folder, held)


def _bring(folder: Path, held: dict[str, str]) -> Work:
    """Copy what is not there or is as it came; list all that came with the package."""
    work, digests = Work(folder), dict(held)
    for name, source in sorted(_carried().items()):
        target, new = folder / name, _digest(source)
        now = _digest(target)
        if now not in ("", new, held.get(name)):
            work.kept += [name] if held.get(name) != new else []
            continue
        digests[name] = new
        if now != new:
            (work.renewed if now else work.made).append(name)
            store.write_whole(target, partial(shutil.copyfile, source))
    for name, text in STARTED.items():
        if not (folder / name).exists() and name not in held:
            store.write_text(folder / name, text)
            digests[name] = ""
    facts = {"version": own_version(), "files": dict(sorted(digests.items()))}
    store.write_text(folder / store.WORK, json.dumps(facts, indent=1) + "\n")
    return work


def _carried() -> dict[str, Path]:
    """The files to copy, by their addresses: those that are called as the project's are."""
    home = store.shipment()
    found = {}
    for pattern in COPIED:
        named = store.NOTEBOOK if pattern.endswith(".ipynb") else store.OURS
        for path in home.glob(pattern):
            if path.is_file() and (named.fullmatch(path.stem) or path.name == "README.md"):
                found[path.relative_to(home).as_posix()] = path
    return found


def listed(folder: Path) -> dict[str, str]:
    """What came with the package, by address: SHA-256; empty where the folder is no such one."""
    files = _facts(folder).get("files")
    return {str(name): str(digest) for name, digest in files.items()} if files else {}


def older_version(folder: Path) -> str:
    """The version that a folder's files are of, if it is another than this one; else empty."""
    named = str(_facts(folder).get("version", ""))
    return named if named != own_version() else ""


def _digest(path: Path) -> str:
    """SHA-256 of a file's bytes; empty without the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _facts(folder: Path) -> dict[str, Any]:
    try:
        held = json.loads((folder / store.WORK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}
