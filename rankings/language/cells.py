"""How does a notebook's prose read in the language of its page? Cell by cell, by catalogue."""

from typing import Any

from rankings.language import messages
from rankings.language.messages import _


def translated(source: str, language: str) -> str:
    """A Markdown cell in a language; English without a translation is marked as English."""
    if language == messages.SOURCE_LANGUAGE or not source.strip():
        return source
    with messages.speaking(language):
        text = _(source.strip())
    if text == source.strip():
        return f'<div lang="{messages.SOURCE_LANGUAGE}">\n\n{source}\n\n</div>'
    return text


def translate(node: Any, language: str) -> Any:
    """The notebook itself, its Markdown cells replaced by their translations."""
    for cell in node.cells:
        if cell.cell_type == "markdown":
            cell.source = translated(cell.source, language)
    return node
