"""What was downloaded, from where, and does the file still have its bytes?"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pooch  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from requests import utils

from rankings import store
from rankings.data.offers import Entry
from rankings.errors import DataError

REMEMBERED = "remembered.json"
SCRATCH = ".fetching-"
# Where requests looks for the name of a bundle, in its order.
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Memory(BaseModel):
    """What is remembered of a download."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    address: str
    sha256: str
    size: int
    fetched: date
    checked: date
    etag: str = ""
    last_modified: str = ""


def remembered(place: Path) -> dict[str, Memory]:
    """Name -> what is remembered of it."""
    path = place / REMEMBERED
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, Memory]).validate_json(path.read_bytes())
    except ValidationError:
        raise DataError(
            f"{path} cannot be read: move it away, and everything is fetched anew"
        ) from None


def remember(place: Path, name: str, memory: Memory) -> None:
    """Add one download to what is remembered."""
    held = remembered(place) | {name: memory}
    rows = {key: held[key].model_dump(mode="json") for key in sorted(held)}
    store.write_text(place / REMEMBERED, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def unharmed(entry: Entry, path: Path) -> Memory | None:
    """What is remembered of the file held, if it is from this address and still has its bytes."""
    memory = remembered(path.parent).get(entry.name)
    if memory is None or not path.is_file():
        return None
    same = (memory.address, memory.file) == (entry.address, entry.file)
    return memory if same and pooch.file_hash(path) == memory.sha256 else None


@contextmanager
def scratch(place: Path, longest: float) -> Iterator[Path]:
    """A folder that goes away again; what a killed run left goes too, once it must be dead."""
    for left in place.glob(f"{SCRATCH}*"):
        if left.stat().st_mtime < time.time() - 2 * longest - 3600:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=place) as name:
        yield Path(name)


def check_bundle(name: str) -> None:
    """Whether the certificates are there by which a publisher's is judged.

    Raises:
        DataError: the file that the environment names, or the one that came with the packages, is
            not there; nothing was asked for.
    """
    given = next((each for each in BUNDLES if os.environ.get(each)), "")
    bundle = os.environ[given] if given else utils.DEFAULT_CA_BUNDLE_PATH
    if Path(bundle).exists():
        return
    what = f"that {given} names" if given else "of the package certifi"
    help_ = f"set {given} to a bundle, or unset it" if given else "install certifi again"
    raise DataError(
        f"{name}: expected the certificate bundle {what}, found no file {bundle}; {help_}; "
        "nothing was asked for"
    )
