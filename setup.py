"""What a wheel holds besides the package: the files that are worked with without a clone.

Raw tables, notebooks (without their outputs), pipelines and examples are put into
``rankings/shipped``; `rankings.store` reads them there where there is no clone.
"""

import json
import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
# Files of the project are called so; copies and what a system leaves behind are not.
OURS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
CARRIED = [
    *("data/raw/*.csv", "data/raw/SOURCES.md", "data/raw/CHECKSUMS.sha256"),
    *("data/forecasts/*", "data/record/*.csv"),
    *("notebooks/*.ipynb", "pipelines/*.toml", "examples/*/*", "examples/README.md"),
]


class Carrying(build_py):
    """The package with all that it carries; an editable install has it in the clone."""

    def run(self):
        """Copy the package, then the rest."""
        if self.editable_mode:
            super().run()
            return
        # What an earlier build left of files that are gone would be in the wheel again.
        shutil.rmtree(Path(self.build_lib) / "rankings", ignore_errors=True)
        super().run()
        for pattern in CARRIED:
            for path in sorted(HERE.glob(pattern)):
                if path.is_file() and OURS.fullmatch(path.stem):
                    self.carry(path)

    def carry(self, path):
        """Copy one file to where the package looks for it."""
        target = Path(self.build_lib) / "rankings" / "shipped" / path.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".ipynb":
            shutil.copyfile(path, target)
            return
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        target.write_text(text + "\n", encoding="utf-8", newline="\n")


setup(cmdclass={"build_py": Carrying})
