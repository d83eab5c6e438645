"""Where do files live, and are the processed tables those of the raw ones?

``data/raw`` holds the committed compilation and is never edited by the program; ``data/store`` is
the analyst's own (see `rankings.data.own_store`); ``data/processed`` holds what
`rankings.data.build` makes of the first, and a folder in the store what it makes of both, with a
manifest that names the bytes it was made from, so that a stale table is noticed by whoever opens
it.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from rankings.errors import DataError

MANIFEST = "manifest.json"
LOCALES = Path(__file__).parent / "language" / "locale"
SOURCE_LANGUAGE = "en"
DOMAIN = "rankings"
# A table is stale as well when what makes it has changed.
STAGES = [
    "data/build",
    "data/corrections",
    "panel/definitions",
    "panel/placeholders",
    "panel/shape",
    "panel/ranks",
    "panel/scale",
    "sources/plain",
]


def root() -> Path:
    """The project's folder: ``RANKINGS_HOME`` if set, else the checkout this package lies in."""
    home = Path(os.environ.get("RANKINGS_HOME", Path(__file__).resolve().parents[1]))
    if not (home / "data" / "raw").is_dir():
        raise DataError(
            f"no folder data/raw below {home}: run from a clone of the project, "
            "or set RANKINGS_HOME to one"
        )
    return home


def languages() -> list[str]:
    """Languages a report can be written in: English and each compiled catalogue."""
    compiled = LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return sorted({SOURCE_LANGUAGE, *(path.parts[-3] for path in compiled)})


def raw_folder() -> Path:
    """The folder of the committed tables."""
    return root() / "data" / "raw"


def own_folder() -> Path | None:
    """The analyst's own store: ``RANKINGS_STORE`` if set, else data/store; None if set empty.

    Tests and nbval set it empty: what an analyst has added is no part of the committed outputs.
    """
    named = os.environ.get("RANKINGS_STORE")
    if named is None:
        return root() / "data" / "store"
    return Path(named) if named else None


def own_deliveries() -> list[Path]:
    """The folders of the files an analyst has added, oldest name first."""
    folder = own_folder()
    if folder is None or not folder.is_dir():
        return []
    return sorted(path.parent for path in folder.glob("[!.]*/delivery.json"))


def processed_folder() -> Path:
    """The folder of the built tables, made if absent; apart where an analyst has added files."""
    own = own_folder()
    folder = own / ".processed" if own and own_deliveries() else root() / "data" / "processed"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_csv(path: Path, **options: object) -> pd.DataFrame:
    """A CSV as text columns; only the empty cell is missing ("NA" is Namibia)."""
    if not path.is_file():
        raise DataError(f"{path.name} is not in {path.parent}: restore it from the repository")
    options = {"dtype": "str", "keep_default_na": False, "na_values": [""]} | options
    return pd.read_csv(path, **options)  # type: ignore[call-overload]


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


def raw_digest() -> str:
    """The fingerprint of all that a build takes: raw tables, definitions, added files, stages."""
    package = Path(__file__).parent
    code = [package / f"{stage}.py" for stage in STAGES]
    shipped = digest([*raw_folder().glob("*.csv"), *package.glob("panel/indices/*.toml"), *code])
    own = [path.name + digest(list(path.glob("*"))) for path in own_deliveries()]
    return hashlib.sha256("\n".join([shipped, *own]).encode()).hexdigest() if own else shipped


def content_digest(table: pd.DataFrame) -> str:
    """A SHA-256 of a table's columns and cells that does not depend on platform or file format."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


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
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


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
    path = processed_folder() / MANIFEST
    if not path.is_file():
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def is_fresh() -> bool:
    """Whether the processed tables were built from the raw tables as they are now."""
    held = manifest()
    tables = held.get("tables")
    if held.get("raw") != raw_digest() or not isinstance(tables, dict):
        return False
    return all((processed_folder() / f"{name}.parquet").is_file() for name in tables)


KEPT = 24


def _written(path: Path) -> float:
    """When a file was written; 0 if another process has removed it since it was listed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def cached(name: str, inputs: Iterable[object], code: Iterable[str], suffix: str) -> Path:
    """Where a computed table or array is kept: its name holds a hash of all it depends on.

    Args:
        name: what is kept.
        inputs: everything it was computed from, as text.
        code: modules of this package (paths without ".py") that compute it.
        suffix: of the file.

    The oldest files beyond `KEPT` of a kind are removed.
    """
    package = Path(__file__).parent
    modules = digest([package / f"{module}.py" for module in code])
    key = hashlib.sha256("\n".join([modules, *map(str, inputs)]).encode()).hexdigest()[:20]
    folder = processed_folder() / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    held = sorted(folder.glob(f"{name}-*{suffix}"), key=_written)
    for old in held[:-KEPT]:
        old.unlink(missing_ok=True)
    return folder / f"{name}-{key}{suffix}"
