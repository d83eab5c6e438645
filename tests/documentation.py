"""What tests of the documentation share: the built site."""

import subprocess
import sys
from pathlib import Path

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
