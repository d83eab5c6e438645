"""The figures of the gallery, drawn before its pages are read."""

import os
import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]


def draw(app: Sphinx) -> None:
    """Write build/gallery; nothing is drawn anew where code and data are as they were."""
    command = [sys.executable, "-m", "tools.gallery", ROOT / "build" / "gallery"]
    # What an analyst has added to an own store is no part of the documentation.
    environment = {**os.environ, "RANKINGS_STORE": ""}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw once, before any page is read."""
    app.connect("builder-inited", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
