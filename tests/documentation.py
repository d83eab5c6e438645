"""What tests of the documentation share: the built site, and short notebooks."""

import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "docs"
MADE_OF = [
    "docs/**/*",
    "notebooks/*.ipynb",
    "data/raw/*.csv",
    "rankings/cli.py",
    "rankings/explorer/*.py",
    "*.md",
]


def stale() -> bool:
    """Whether the site of `make docs` is absent or older than what it is made of."""
    if not (SITE / "index.html").is_file():
        return True
    made = (SITE / "index.html").stat().st_mtime
    sources = [path for part in MADE_OF for path in ROOT.glob(part) if path.is_file()]
    return any(path.stat().st_mtime > made for path in sources)


def built(folder: Path) -> Path:
    """The site of `make docs` if it is up to date, else one built into a folder."""
    if not stale():
        return SITE
    site = folder / "docs"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"]
    subprocess.run([*command, "-d", folder / "doctrees", ROOT / "docs", site], check=True)
    return site


def cut(source: Path, target: Path) -> None:
    """Write the beginning of a notebook, up to the first cell after its parameters."""
    book = nbformat.read(source, as_version=4)
    tags = [cell.metadata.get("tags", []) for cell in book.cells]
    given = next((at for at, each in enumerate(tags) if "parameters" in each), 0)
    book.cells = book.cells[: given + 2]
    nbformat.write(book, target)
