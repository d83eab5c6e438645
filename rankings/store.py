"""Where do files live, and are the processed tables those of the raw ones?

``data/raw`` holds the committed compilation and is never edited by the program; ``data/store`` is
the analyst's own (see `rankings.data.own_store`); ``data/processed`` holds what
`rankings.data.build` makes of the first, and a folder in the store what it makes of both, with a
manifest that names the bytes it was made from, so that a stale table is noticed by whoever opens
it.

An installed package carries raw tables, notebooks and pipelines within itself; `rankings.data.work`
makes a folder of one's own beside it. What that folder does not hold is read from the package.
"""

import ast
import contextlib
import hashlib
import json
import os
import re
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
import platformdirs

from rankings.errors import DataError

MANIFEST = "manifest.json"
LOCALES = Path(__file__).parent / "language" / "locale"
SOURCE_LANGUAGE = "en"
DOMAIN = "rankings"
HOME, STORE = "RANKINGS_HOME", "RANKINGS_STORE"
# In a folder that `rankings init` made: what it holds that came with the package.
WORK = "rankings-work.json"
# The files that an installed package carries.
SHIPPED = Path(__file__).parent / "shipped"
# Files of the project are called so. "egdi - Copy.toml" and "._egdi.toml" are somebody else's.
OURS = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Numbers of the notebooks that lead into the suite: start here, explore.
LEADING_IN = ("00", "01")
NOTEBOOK = re.compile(r"\d\d-[a-z0-9][a-z0-9-]*")
# What makes the built tables: they are stale as well when it has changed.
BUILDER = "rankings.data.build"


@cache
def _absolute(named: str) -> Path:
    """A folder as it was meant where it was first asked for, wherever the process goes later."""
    return Path(named).expanduser().absolute()


@cache
def _work_folder() -> Path | None:
    """The folder made by `rankings init` that the process was started in, or below; None: none."""
    try:
        here = Path.cwd()
    except OSError:  # it has been removed
        return None
    return next((each for each in (here, *here.parents) if (each / WORK).is_file()), None)


def settle() -> None:
    """Make the folders that the environment names absolute, for every process started from here.

    Workers and notebooks stand elsewhere; without this a relative folder would mean another one.
    """
    if not os.environ.get(HOME) and (work := _work_folder()):
        os.environ[HOME] = str(work)
    for name in (HOME, STORE):
        if named := os.environ.get(name):
            os.environ[name] = str(_absolute(named))


def child_environment() -> dict[str, str]:
    """What a process started from here must be told so that it finds this package and its data."""
    settle()
    told = {name: os.environ[name] for name in (HOME, STORE) if name in os.environ}
    package = str(Path(__file__).resolve().parents[1])
    installed = {str(Path(sysconfig.get_path(each)).resolve()) for each in ("purelib", "platlib")}
    before = [str(Path(each).absolute()) for each in _python_path()]
    if package not in installed:
        before = [package, *(each for each in before if each != package)]
    return told | ({"PYTHONPATH": os.pathsep.join(before)} if before else {})


def _python_path() -> list[str]:
    return [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]


def root() -> Path:
    """The folder worked in: ``RANKINGS_HOME`` if set, one's own of `rankings init`, or the clone.

    One's own is that in which the process was started; the clone is that the package lies in.

    Raises:
        DataError: it is none of these.
    """
    named = os.environ.get(HOME)
    home = _absolute(named) if named else _work_folder() or Path(__file__).resolve().parents[1]
    if (home / WORK).is_file() or (home / "data" / "raw").is_dir():
        return home
    if named or not SHIPPED.is_dir():
        raise DataError(
            f"no folder data/raw below {home}: run from a clone of the project, "
            "or set RANKINGS_HOME to one"
        )
    raise DataError(
        "this is no folder to work in: make one with `rankings init FOLDER` and go there "
        "(cd FOLDER), or set RANKINGS_HOME to it"
    )


def shipment() -> Path:
    """The folder of what came with the package: within it if installed, else the clone."""
    return SHIPPED if SHIPPED.is_dir() else Path(__file__).resolve().parents[1]


def shipped(*names: str) -> Path:
    """A file or folder as the folder worked in has it, else as it came with the package."""
    own = root().joinpath(*names)
    return own if own.exists() else shipment().joinpath(*names)


def languages() -> list[str]:
    """Languages a report can be written in: English and each compiled catalogue."""
    compiled = LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return sorted({SOURCE_LANGUAGE, *(path.parts[-3] for path in compiled)})


def raw_folder() -> Path:
    """The folder of the committed tables."""
    return shipped("data", "raw")


def notebooks_folder() -> Path:
    """The folder of the notebooks that reports are made of."""
    return shipped("notebooks")


def ours(folder: Path, suffix: str, named: re.Pattern[str] = OURS) -> list[Path]:
    """The files of a folder that are called as the project's are, in the order of their names."""
    return sorted(path for path in folder.glob(f"*{suffix}") if named.fullmatch(path.stem))


def question_notebooks() -> list[Path]:
    """The notebooks that answer a question of a story, in order.

    All but those that lead into the suite, and those from 60 to 69, which are about an index of
    one's own and have other parameters.
    """
    found = ours(notebooks_folder(), ".ipynb", NOTEBOOK)
    return [path for path in found if path.stem[:2] not in LEADING_IN and path.stem[0] != "6"]


def strays() -> list[Path]:
    """Files beside the project's that are called otherwise, so that nothing reads them.

    A copy ("90-report (1).ipynb", "egdi - Copy.toml") misleads who edits it and waits for a change.
    """
    package = Path(__file__).parent
    folders = [
        (raw_folder(), ".csv", OURS),
        (notebooks_folder(), ".ipynb", NOTEBOOK),
        *((package / each, ".toml", OURS) for each in ("panel/indices", "panel/recipes")),
        (package / "composite" / "catalogue", ".toml", OURS),
    ]
    return [
        path
        for folder, suffix, named in folders
        for path in sorted(folder.glob(f"*{suffix}"))
        if not named.fullmatch(path.stem)
    ]


def own_folder() -> Path | None:
    """The analyst's own store: ``RANKINGS_STORE`` if set, else data/store; None if set empty.

    Tests and nbval set it empty: what an analyst has added is no part of the committed outputs.
    """
    named = os.environ.get(STORE)
    if named is None:
        return root() / "data" / "store"
    return _absolute(named) if named else None


def own_deliveries() -> list[Path]:
    """The folders of the files an analyst has added, oldest name first."""
    folder = own_folder()
    if folder is None or not folder.is_dir():
        return []
    return sorted(path.parent for path in folder.glob("[!.]*/delivery.json"))


def processed_folder() -> Path:
    """The folder of the built tables, made if absent; apart where an analyst has added files.

    Where that folder cannot be written and does not hold the tables of today, as in a checkout
    that is read-only or somebody else's, it is one of the user's own.
    """
    own = own_folder()
    folder = own / ".processed" if own and own_deliveries() else root() / "data" / "processed"
    return folder if _is_writable(folder) or _is_fresh(folder) else _aside(folder)


@lru_cache(maxsize=64)
def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which is made if absent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _aside(folder: Path) -> Path:
    """A folder of the user's own in place of one that cannot be written."""
    named = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    place = platformdirs.user_cache_path("ict-rankings", appauthor=False) / named
    return place if _is_writable(place) else _temporary() / named


@cache
def _temporary() -> Path:
    """A folder for this user alone, for as long as the machine keeps temporary files."""
    if hasattr(os, "getuid"):
        place = Path(tempfile.gettempdir()) / f"ict-rankings-{os.getuid()}"
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, exist_ok=True)
            held = place.lstat()
            if held.st_uid == os.getuid() and held.st_mode & 0o077 == 0 and not place.is_symlink():
                return place
    return Path(tempfile.mkdtemp(prefix="ict-rankings-"))


def read_csv(path: Path, **options: object) -> pd.DataFrame:
    """A CSV as text columns; only the empty cell is missing ("NA" is Namibia)."""
    options = {"dtype": "str", "keep_default_na": False, "na_values": [""]} | options
    return pd.read_csv(present(path), **options)  # type: ignore[call-overload]


def present(path: Path) -> Path:
    """A raw table's path; `DataError` if there is no such file."""
    if not path.is_file():
        raise DataError(f"{path.name} is not in {path.parent}: restore it from the repository")
    return path


def digest(paths: list[Path]) -> str:
    """One SHA-256 over the names and bytes of files, whatever their order."""
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda each: each.name):
        total.update(path.name.encode())
        total.update(_bytes_digest(path))
    return total.hexdigest()


# A file changed so short a time ago may change again without a change of its time.
SETTLED_NS = 2_000_000_000


def _bytes_digest(path: Path) -> bytes:
    """SHA-256 of a file's bytes; read once, as long as neither its times nor its size change."""
    held = path.stat()
    if time.time_ns() - max(held.st_mtime_ns, held.st_ctime_ns) < SETTLED_NS:
        return hashlib.sha256(path.read_bytes()).digest()
    return _settled_digest(path, held.st_ino, held.st_size, held.st_mtime_ns, held.st_ctime_ns)


@lru_cache(maxsize=512)
def _settled_digest(path: Path, *_as_it_was: int) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


# For as long as the process lives: what it computes is made by the code that it has loaded.
@cache
def code_digest(module: str) -> str:
    """A digest of the code that makes a thing, so that what was kept of older code is not used.

    It covers the module, all of this package that it imports, wherever the import is written but
    for those of types alone, and the facts (TOML files of ours) that lie in the folders of these.

    Args:
        module: by its full name, as ``__name__`` gives it.
    """
    package = Path(__file__).parent
    code = import_closure(module)
    # A folder's own folders hold facts too (panel/indices), and no code.
    folders = {path.parent for path in code} - {package}
    within = folders | {each for folder in folders for each in folder.iterdir() if each.is_dir()}
    facts = [path for folder in within for path in ours(folder, ".toml")]
    total = hashlib.sha256()
    for path in sorted({*code, *facts}):
        total.update(path.relative_to(package).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def import_closure(module: str) -> list[Path]:
    """The files of this package that a module consists of: its own and those it imports, sorted.

    The package's own ``__init__`` is left out: it computes nothing and imports by name when asked.
    """
    own = Path(__file__).parent / "__init__.py"
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = _module_file(waiting.pop())
        if path is not None and path != own and path not in found:
            found.add(path)
            waiting += _imported(path)
    return sorted(found)


def _module_file(module: str) -> Path | None:
    """The file of a module of this package; None for any other name."""
    root, *parts = module.split(".")
    place = Path(__file__).parent.joinpath(*parts)
    if root != __package__:
        return None
    files = (place.with_suffix(".py") if parts else place, place / "__init__.py")
    return next((path for path in files if path.is_file()), None)


def _imported(path: Path) -> list[str]:
    """The names a file imports of this package; of "from a import b" both a and a.b."""
    names: list[str] = []
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports within the package are written in full"
            names += [str(node.module), *(f"{node.module}.{each.name}" for each in node.names)]
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            # Imports are statements: within expressions, the most of a tree, there are none.
            waiting += [each for each in ast.iter_child_nodes(node) if isinstance(each, BLOCKS)]
    return names


BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


def raw_digest() -> str:
    """The fingerprint of all that a build takes: raw tables, added files, code and its facts."""
    raw = digest(ours(raw_folder(), ".csv"))
    shipped = hashlib.sha256((raw + code_digest(BUILDER)).encode()).hexdigest()
    own = [path.name + digest(list(path.glob("*"))) for path in own_deliveries()]
    return hashlib.sha256("\n".join([shipped, *own]).encode()).hexdigest() if own else shipped


def content_digest(table: pd.DataFrame) -> str:
    """A SHA-256 of a table's columns and cells that does not depend on platform or file format."""
    import pyarrow as pa
    from pyarrow import csv

    cells = pa.BufferOutputStream()
    csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), cells)
    return hashlib.sha256(cells.getvalue()).hexdigest()


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place at once.

    Whatever fails on the way leaves the old file as it was and no half-written one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


# Windows lets nobody replace what somebody reads; a scanner that looks at a new file lets go soon.
PATIENCE = 40


def replace(source: Path, target: Path) -> None:
    """Put a file or folder in the place of another; on Windows a few times, if it is being read."""
    for attempt in range(PATIENCE):
        try:
            source.replace(target)
            return
        except PermissionError:
            if os.name != "nt" or attempt == PATIENCE - 1:
                raise
            time.sleep(0.05)


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all."""
    return write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def save(name: str, table: pd.DataFrame) -> str:
    """Keep a built table as Parquet; the content hash comes back."""
    path = processed_folder() / f"{name}.parquet"
    write_whole(path, lambda temporary: table.to_parquet(temporary, index=False))
    return content_digest(table)


def read(name: str) -> pd.DataFrame:
    """A built table; `DataError` if it was never built."""
    path = processed_folder() / f"{name}.parquet"
    if not path.is_file():
        raise DataError(f"{path.name} is not built: run `rankings build`")
    return pd.read_parquet(path)


def manifest() -> dict[str, object]:
    """What the processed tables were built from; empty if nothing is built."""
    return _manifest(processed_folder())


def _manifest(folder: Path) -> dict[str, object]:
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def is_fresh() -> bool:
    """Whether the processed tables were built from the raw tables as they are now."""
    return _is_fresh(processed_folder())


def _is_fresh(folder: Path) -> bool:
    held = _manifest(folder)
    tables = held.get("tables")
    if not isinstance(tables, dict) or held.get("raw") != raw_digest():
        return False
    return all((folder / f"{name}.parquet").is_file() for name in tables)


KEPT = 24


def _written(path: Path) -> float:
    """When a file was written; 0 if another process has removed it since it was listed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def cached(name: str, inputs: Iterable[object], module: str, suffix: str) -> Path:
    """Where a computed table or array is kept: its name holds a hash of all it depends on.

    Args:
        name: what is kept.
        inputs: everything it was computed from, as text.
        module: that computes it (its ``__name__``); see `code_digest`.
        suffix: of the file.

    The oldest files beyond `KEPT` of a kind are removed.
    """
    made_by = code_digest(module)
    key = hashlib.sha256("\n".join([made_by, *map(str, inputs)]).encode()).hexdigest()[:20]
    file = f"{name}-{key}{suffix}"
    folder = processed_folder() / "cache"
    if (folder / file).is_file():
        return folder / file
    if not _is_writable(folder):
        folder = _aside(folder)
    held = sorted(folder.glob(f"{name}-*{suffix}"), key=_written)
    for old in held[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)
    return folder / file


def keep(path: Path, write: Callable[[Path], object]) -> None:
    """Keep what was computed, where the disk allows: without it the next run is only slower."""
    with contextlib.suppress(OSError):
        write_whole(path, write)
