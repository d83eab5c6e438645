"""Which release of each package is installed? Two locks, made from ``pyproject.toml`` by uv.

``requirements.lock`` holds what a report needs, ``requirements-dev.lock`` what developers need
besides. Both name every package with its hashes, for every system, and no index: where packages
come from is a matter of the machine.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import start  # noqa: E402 - it lies beside the package, as it runs before anything is installed

LOCK, DEV_LOCK = ROOT / start.LOCK, ROOT / start.DEV_LOCK
COMPILE = [
    *("pip", "compile", "--quiet", "--no-config", "--universal", "--fork-strategy", "fewest"),
    *("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links"),
]
HEADS = {
    LOCK: "Every package that a report needs, pinned with hashes.",
    DEV_LOCK: f"What developers need besides {start.LOCK}, pinned with hashes.",
}
ENTRY = re.compile(r"^[^\s#].*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)


def entries(text: str) -> list[str]:
    """The entries of a lock, each with its hashes."""
    return ENTRY.findall(text)


def resolve(extras: list[str], held: str, upgrade: bool) -> str:
    """The lock of the project with these extras; pins of ``held`` that still fit are kept."""
    work = ROOT / "build" / "lock.txt"
    work.parent.mkdir(exist_ok=True)
    work.write_text(held, encoding="utf-8")
    words = [*COMPILE, *(f"--extra={each}" for each in extras)]
    words += ["--upgrade"] if upgrade else []
    uv = shutil.which("uv", path=os.path.dirname(sys.executable)) or "uv"
    subprocess.run(
        [uv, *words, "-o", str(work), "pyproject.toml"],
        cwd=ROOT,
        env={**os.environ, **start.uv_environment()},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return work.read_text(encoding="utf-8")


def write(path: Path, held: list[str]) -> None:
    """Write a lock with its head."""
    head = [f"# {HEADS[path]}", "# Made from pyproject.toml by `make lock`; do not edit by hand."]
    path.write_text("\n".join(head) + "\n" + "".join(held), encoding="utf-8")


def main(upgrade: bool) -> None:
    """Renew both locks; they agree in what they share."""
    held = "".join(path.read_text(encoding="utf-8") for path in (LOCK, DEV_LOCK) if path.exists())
    everything = entries(resolve(["clone", "dev"], held, upgrade))
    needed = entries(resolve(["clone"], "".join(everything), False))
    write(LOCK, needed)
    write(DEV_LOCK, [entry for entry in everything if entry not in set(needed)])


if __name__ == "__main__":
    main("--upgrade" in sys.argv[1:])
