"""How do many units of an index of one's own become pages? Notebook 60, a folder a unit."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rankings.batch import pipelines, run
from rankings.language.messages import _, speaking
from rankings.own.question import OwnStory, ask_own, find_unit
from rankings.pages import own_overview
from rankings.pages.overview import Overview

NOTEBOOK = "60-own-index"


class UnitStory(pipelines.Story):
    """One folder of pages about one unit, with the parameters of notebook 60."""

    asked: dict[str, Any]

    def given(self) -> pipelines.Given:
        """The parameters of the notebook."""
        return dict(self.asked)


def write_pages(
    story: OwnStory, units: Sequence[str], out: Path, *, jobs: int = 2, pdf: bool = False
) -> run.Results:
    """A page for each unit, and one that leads to all of them.

    Args:
        story: of one unit: folder, year, band, language and seed are those of all.
        units: codes or names.
        out: the folder of the pages; units of the same name in it are replaced.
        jobs: pages made at the same time.
        pdf: whether each page becomes a PDF beside it, too.

    Raises:
        InputError: an unknown unit, or as `batch.run.run`.
    """
    codes = [find_unit(story.index, story.results, unit) for unit in units]
    names: dict[str, str] = {}
    for code in dict.fromkeys(codes):
        names[code] = _name(code, set(names.values()))
    pipeline = pipelines.Pipeline(
        title=story.title,
        out=_name(story.index.name, set()),
        notebooks=[NOTEBOOK],
        front=NOTEBOOK,
        defaults=pipelines.Parameters(language=story.language),
        stories=[
            UnitStory(name=name, title=_title(story, code), asked=parameters(story, code))
            for code, name in names.items()
        ],
    )

    def table(failed: Mapping[str, str]) -> Overview:
        return own_overview.overview(story, names, failed=failed)

    return run.run(pipeline, out=out, jobs=jobs, resolve=resolve, pdf=pdf, overview=table)


def _title(story: OwnStory, unit: str) -> str:
    with speaking(story.language):
        year = f", {story.year}" if story.year else ""
        return _("{unit}: {title}", unit=story.named(unit), title=f"{story.title}{year}")


def parameters(story: OwnStory, unit: str) -> pipelines.Given:
    """What notebook 60 is told of a unit."""
    return {
        "folder": story.folder,
        "unit": unit,
        "year": str(story.year) if story.year else "newest",
        "band": str(story.band),
        "language": story.language,
        "seed": story.seed,
    }


def resolve(given: pipelines.Given) -> pipelines.Given:
    """The same parameters, checked.

    Raises:
        InputError: as `ask_own`.
    """
    asked = ask_own(**given)
    return parameters(asked, asked.unit)


def _name(code: str, taken: set[str]) -> str:
    """A folder's name of a code: its letters without marks; numbered where two would be one."""
    letters = unicodedata.normalize("NFD", code.casefold().replace("đ", "d"))
    plain = re.sub(r"[^a-z0-9]+", "-", "".join(c for c in letters if c.isascii())).strip("-")
    name, number = plain[:60] or "unit", 2
    while name in taken:
        name, number = f"{plain[:60] or 'unit'}-{number}", number + 1
    return name
