"""What changed between two runs: figures, ranks and chances, story by story, and why?"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from rankings.errors import DataError, InputError
from rankings.pages.results import COLUMNS

COLUMNS_OF_DIFFERENCES = ["story", "economy", "field", "before", "after", "why"]
PARAMETERS = ("as_of", "band", "target_year", "seed")
# What says of a number where it comes from, and what an economy is called, is no number.
SAID = ("name", "source")
ADDED, REMOVED = "added", "removed"
SAME_TO = 1e-9


def differences(before: Path, after: Path) -> pd.DataFrame:
    """Every headline number that differs between two runs.

    Args:
        before: the folder of a run, with its ``results.json``.
        after: that of another.

    Returns:
        `COLUMNS_OF_DIFFERENCES`, a row for each number: the story, ISO3, the column of
        ``results.json``, its two values, and why it may differ: what of "parameters", "data" and
        "code" is not the same in both runs, joined by " + ". A story that one run alone has is a
        row with the field "added" or "removed".

    Raises:
        InputError: a folder holds no run.
        DataError: its results cannot be read.
    """
    old, new = _rows(before), _rows(after)
    ground = [
        what for what in ("data", "code") if _manifest(before)[what] != _manifest(after)[what]
    ]
    found = []
    for story in dict.fromkeys([*old, *new]):
        if story not in old or story not in new:
            row = old.get(story) or new[story]
            found.append([story, row["economy"], REMOVED if story in old else ADDED, *[None] * 3])
            continue
        found += _of_story(story, old[story], new[story], ground)
    return pd.DataFrame(found, columns=COLUMNS_OF_DIFFERENCES)


def _of_story(
    story: str, old: dict[str, Any], new: dict[str, Any], ground: list[str]
) -> list[list[Any]]:
    """The rows of one story that both runs have."""
    asked = [name for name in PARAMETERS if old.get(name) != new.get(name)]
    why = " + ".join([*(["parameters"] if asked else []), *ground]) or "not known"
    return [
        [story, new["economy"], name, old.get(name), new.get(name), why]
        for name in COLUMNS
        if name not in SAID and not _same(old.get(name), new.get(name))
    ]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= SAME_TO
    return bool(one == other)


def _rows(run: Path) -> dict[str, dict[str, Any]]:
    """The rows of a run's results by story."""
    rows = _read(run, "results.json")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and {"story", "economy"} <= set(row) for row in rows
    ):
        raise DataError(
            "{path}: expected a list of stories, each with story and economy; run it again",
            path=str(run / "results.json"),
        )
    return {str(row["story"]): row for row in rows}


def _manifest(run: Path) -> dict[str, str]:
    """The digests of data and code of a run; empty where its manifest names none."""
    held = _read(run, "manifest.json")
    held = held if isinstance(held, dict) else {}
    return {what: str(held.get(what, "")) for what in ("data", "code")}


def _read(run: Path, name: str) -> Any:
    path = run / name
    if not path.is_file():
        raise InputError(
            "{folder} holds no run: {name} is not there; name a folder that a report or a batch "
            "wrote",
            folder=str(run),
            name=name,
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(
            "{path} is not JSON ({error}): run it again", path=str(path), error=str(error)
        ) from None
