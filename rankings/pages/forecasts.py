"""The page of open and scored forecasts beside the reports of a run."""

import html
from collections.abc import Collection
from pathlib import Path

from rankings.data import world
from rankings.errors import DataError
from rankings.language.messages import _, speaking
from rankings.pages import export
from rankings.report import entries, refusals
from rankings.tables import Prose

NAME = "forecasts.html"


def title(language: str) -> str:
    """What the page is called."""
    with speaking(language):
        return _("Forecasts on record")


def write_page(out: Path, economies: Collection[str], language: str) -> Path:
    """Every entry on record for the economies of a run, in a language.

    Args:
        out: the folder of the run.
        economies: ISO3.
        language: of the page.
    """
    with speaking(language):
        parts = [_html(entries.intro())]
        try:
            for entry in entries.told_entries(world.load(), economies):
                parts.append(f"<h2>{html.escape(entry.heading)}</h2>")
                parts += [_html(entry.said), *(table.html() for table in entry.tables)]
        except DataError as refusal:
            # The reports stand without it; the page says which entry was changed.
            parts = [_html(Prose(refusals.told(refusal), "warning"))]
        pages = [(_("All reports"), "index.html")]
    return export.plain_page(
        out / NAME, title=title(language), parts=parts, language=language, pages=pages
    )


def _html(prose: Prose) -> str:
    return prose._repr_mimebundle_()["text/html"]
