"""What do publishers offer under a stable address, and what must be clicked instead?

``addresses.toml`` lists it by a short name.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rankings.errors import DataError

ADDRESSES = Path(__file__).parent / "addresses.toml"
LOCAL = {"127.0.0.1", "localhost", "::1"}


class Entry(BaseModel):
    """One thing a publisher offers; the fields are explained in ``addresses.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    publisher: str
    address: str = ""
    file: str = ""
    kind: Literal["csv", "json", "xlsx", "zip", ""] = ""
    expects: tuple[str, ...] = ()
    page: int | None = None
    also: tuple[str, ...] = ()
    where: str = ""
    verified_live: bool = False
    verified_on: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.address) == bool(self.where):
            raise ValueError(f"{self.name} needs either an address or a where")
        if self.address and not (self.kind and self.file and is_safe(self.address)):
            raise ValueError(f"{self.name} needs a kind, a file and an address of https://")
        if self.file != Path(self.file).name or self.file.startswith("."):
            raise ValueError(f"{self.name}: {self.file!r} is not a plain file name")
        if self.verified_live != (self.verified_on is not None):
            raise ValueError(f"{self.name}: verified_live = true goes with verified_on, a date")
        return self


def catalogue(path: Path = ADDRESSES) -> list[Entry]:
    """Everything that can be fetched, and what must be clicked instead, in the file's order.

    Raises:
        DataError: an entry is incomplete or the file is no TOML.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return [Entry(**({"name": name} | table)) for name, table in tables.items()]
    except (ValidationError, tomllib.TOMLDecodeError, TypeError) as problem:
        said = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else problem
        raise DataError(f"{path.name} has a faulty entry: {line(said)}") from None


def is_safe(address: str) -> bool:
    """Whether an address is encrypted, or this very computer (as in tests)."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)


def line(said: object) -> str:
    """A foreign message as one short line."""
    return " ".join(str(said).split())[:200]
