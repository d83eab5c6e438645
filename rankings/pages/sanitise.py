"""What of a notebook's cells may stand on a page? Text, tables and pictures with their words.

What would run, would fetch something or leaves a picture unread is refused, naming the cell.
"""

import base64
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

from markupsafe import Markup

from rankings.errors import DataError
from rankings.pages import table_files

PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
WIDGET = "application/vnd.jupyter.widget-view+json"
RUNS_OR_FETCHES = frozenset({"script", "iframe", "object", "embed", "link", "base", "form", "meta"})
LOADS = frozenset({"src", "srcset", "poster", "background", "data"})
# Only output with one of these is parsed; a large table of plain cells is not.
SUSPECT = re.compile(
    rf"<(?:img|{'|'.join(RUNS_OR_FETCHES)})\b|[\s/\"'](?:on\w+|href|{'|'.join(LOADS)})\s*=", re.I
)
# What matplotlib prints of the object that an Axes cell ends with; the picture says it already.
DRAWN_OBJECT = re.compile(r"<(?:Axes|Figure|seaborn\.)[^\n]*>")


@cache
def _markdown(escape: bool) -> Any:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(
        escape=escape, allow_harmful_protocols=False, exclude_anchor_links=True
    )
    return MarkdownWithMath(renderer=renderer)


def prose(cell: Any) -> Markup:
    """A Markdown cell as HTML; HTML within it is the author's and stays."""
    return _checked(_scrolling(_markdown(escape=False).render(cell.source)), cell)


def display(output: Any, cell: Any) -> Markup:
    """The richest form of an output that a page without scripts can show."""
    data = output.data
    if WIDGET in data:
        return Markup()
    if "text/html" in data:
        shown = _checked(_scrolling(data["text/html"]), cell)
        if table_files.CSV in data:
            name = cell.metadata.get("file", "table.csv")
            shown += table_files.csv_link(data[table_files.CSV], name)
        return shown
    if "text/markdown" in data:
        # It may hold what a parameter held, so HTML within it is text.
        return _checked(_scrolling(_markdown(escape=True).render(data["text/markdown"])), cell)
    for kind in PICTURES:
        if kind in data:
            return _figure(data[kind], kind, output.metadata.get(kind, {}), cell)
    text = data.get("text/plain", "")
    if DRAWN_OBJECT.fullmatch(text):
        return Markup()
    return Markup("<pre>{}</pre>").format(text)


def _figure(data: str, kind: str, metadata: Any, cell: Any) -> Markup:
    alt = str(metadata.get("alt") or "").strip()
    if not alt:
        raise DataError(
            f"{cell.metadata.place}: expected alternative text for its picture, found none; "
            f"show it with display(figure, metadata={{'{kind}': {{'alt': '...'}}}})"
        )
    if kind == "image/svg+xml":
        data = base64.b64encode(data.encode()).decode()
    width = int(metadata.get("width") or _shown_width(data, kind))
    size = Markup(' width="{0}" style="--width: {0}px"').format(width) if width else ""
    return Markup('<figure tabindex="0"><img alt="{}"{} src="data:{};base64,{}"></figure>').format(
        alt, size, kind, "".join(data.split())
    )


def _shown_width(data: str, kind: str) -> int:
    """The width of a PNG in CSS pixels, from its resolution, so that a dense one is not huge."""
    if kind != "image/png":
        return 0
    head = base64.b64decode(data[:4096])
    pixels = int.from_bytes(head[16:20], "big")
    at = head.find(b"pHYs")
    per_metre = int.from_bytes(head[at + 4 : at + 8], "big") if at > 0 else 0
    return min(pixels, round(pixels / per_metre / 0.0254 * 96)) if per_metre else pixels


def _scrolling(html: str) -> str:
    """Each table in a box of its own, which scrolls where the screen is narrower."""
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(
        r"(<table\b.*?</table>)",
        r'<div class="rk-scroll" tabindex="0">\1</div>',
        html,
        flags=re.DOTALL,
    )


def _checked(html: str, cell: Any) -> Markup:
    """The HTML itself, if nothing in it runs, loads from elsewhere or is a picture unspoken."""
    if SUSPECT.search(html):
        guard = _Guard()
        guard.feed(html)
        guard.close()
        if guard.found:
            raise DataError(f"{cell.metadata.place}: {guard.found}")
    return Markup(html)


class _Guard(HTMLParser):
    """Reads HTML and keeps the first thing that a page must not hold."""

    found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        self.found = self.found or _unfit(tag, {name: value or "" for name, value in attrs})


def _unfit(tag: str, held: dict[str, str]) -> str:
    if tag in RUNS_OR_FETCHES:
        return f"expected text, tables and pictures only, found <{tag}>; remove it"
    if tag == "img" and not held.get("alt", "").strip():
        return "expected alternative text for its picture, found none; give <img> an alt"
    for name, value in held.items():
        address = "".join(value.split()).lower()
        if name.startswith("on") or address.startswith("javascript:"):
            return f"expected no script, found {name}={value[:40]!r}; remove it"
        if name in LOADS and not address.startswith("data:image/"):
            return f"expected pictures inside the page, found {name}={value[:40]!r}; embed it"
    return ""
