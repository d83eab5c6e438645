"""How does one begin? A folder with a table and a commented TOML that run as they are."""

import shutil
from pathlib import Path

from rankings.errors import InputError

TEMPLATES = Path(__file__).parent / "templates"


def write_example(folder: Path) -> list[Path]:
    """The example's files in a folder, which is made if it is not there.

    Returns:
        The files written.

    Raises:
        InputError: the folder is a file, or has one of them already: nothing is written then.
    """
    files = sorted(TEMPLATES.glob("*.*"))
    if folder.exists() and not folder.is_dir():
        raise InputError("{file} is a file: give a folder", file=str(folder))
    there = [folder / path.name for path in files if (folder / path.name).exists()]
    if there:
        raise InputError(
            "{file} is there already: nothing was written; give another folder", file=str(there[0])
        )
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(path, folder / path.name)) for path in files]
