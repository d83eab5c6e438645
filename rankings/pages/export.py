"""How does an executed notebook become one page that any browser shows without a network?

Pages hold no script and load nothing: style and pictures are inside. What a notebook put out is
refused, naming the cell, if it would run, fetch or leave a picture without words for it.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from rankings.errors import DataError
from rankings.language import cells as locale_cells
from rankings.language import messages
from rankings.language.messages import _
from rankings.pages import sanitise, table_files
from rankings.store import write_text

if TYPE_CHECKING:
    from rankings.pages.overview import Overview

# Of more stories than this a landing page with a table lists no sentences.
LISTED = 20
TEMPLATES = Path(__file__).parent / "templates"
ANSWER = re.compile(r'<p class="rk-answer">(.*?)</p>', re.DOTALL)
MARKED_UP = re.compile(r"<[^>]*>")

Pages = Sequence[tuple[str, str]]


class Story(NamedTuple):
    """An entry of the landing page: its first page is the one its title leads to.

    ``language`` is set where it is not that of the landing page.
    """

    title: str
    sentence: str
    pages: Pages
    language: str = ""


def to_html(
    notebook: Path,
    page: Path,
    *,
    title: str,
    language: str = "en",
    pages: Pages = (),
    code: bool = True,
) -> Path:
    """The page of an executed notebook, written whole or not at all.

    Args:
        notebook: the executed notebook.
        page: the HTML file to write; its folder is made if absent.
        title: what the report is called.
        language: of the page's own words and of the Markdown cells; outputs are taken as they are.
        pages: title and relative address of each page of the same report, this one included.
        code: whether the Python source is on the page, folded.

    Raises:
        DataError: not a notebook, a picture without alternative text, or output that would run
            or load something; the message names the cell.
        InputError: the language is not one there is.
    """
    node = locale_cells.translate(_read(notebook), language)
    values = _parameters(node)
    resources = _resources(page, title, language, pages) | {
        "code": code,
        "parameters": values,
        "own_heading": _has_heading(node),
        "notebook": _beside(notebook, page),
        "tables": _files(node, notebook, language),
    }
    exporter = _exporter()
    html, _resources_used = exporter.from_notebook_node(node, resources=resources)
    return write_text(page, html)


def _files(node: Any, notebook: Path, language: str) -> Markup:
    """Name the file of each table, and give the link to all of them as a workbook."""
    with_table = [
        cell
        for cell in node.cells
        if any(table_files.CSV in each.get("data", {}) for each in cell.get("outputs", []))
    ]
    for number, cell in enumerate(with_table, start=1):
        cell.metadata["file"] = f"{notebook.stem}-{number}.csv"
    tables = table_files.held(node)
    if not tables:
        return Markup()
    with messages.speaking(language):
        label = _("All tables of this page (XLSX)")
    return table_files.workbook_link(tables, f"{notebook.stem}.xlsx", label)


def failure_page(
    page: Path, *, title: str, reason: str, language: str = "en", pages: Pages = ()
) -> Path:
    """The page that stands in for a notebook that did not run to its end, and says why."""
    return _render("failure", page, _resources(page, title, language, pages) | {"reason": reason})


def index_page(
    page: Path,
    *,
    title: str,
    stories: Sequence[Story],
    language: str = "en",
    overview: "Overview | None" = None,
    beside: Pages = (),
) -> Path:
    """The landing page: every story with one sentence and links to its pages.

    With an overview of many economies a table and a map lead to them; such a page holds the one
    script there is, and names its hash as the only one a browser may run. ``beside`` are further
    pages that belong to no story.
    """
    resources = _resources(page, title, language, ()) | {"stories": stories, "listed": LISTED}
    return _render("landing", page, resources | {"overview": overview, "beside": list(beside)})


def plain_page(
    page: Path, *, title: str, parts: Sequence[str], language: str = "en", pages: Pages = ()
) -> Path:
    """A page of paragraphs and tables that no notebook made, each as its own HTML."""
    resources = _resources(page, title, language, pages)
    return _render("plain", page, resources | {"parts": list(parts)})


def answer(notebook: Path) -> str:
    """The headline answer (``p.rk-answer``) an executed notebook gives, as text; "" if none."""
    for cell in _read(notebook).cells:
        for output in cell.get("outputs", []):
            found = ANSWER.search(output.get("data", {}).get("text/html", ""))
            if found:
                # A space that must not break, as in "52 %", stays one.
                return re.sub(r"[ \t\r\n]+", " ", unescape(MARKED_UP.sub("", found[1]))).strip(" ")
    return ""


@contextmanager
def quick_imports() -> Iterator[None]:
    """Within it, Jupyter's libraries are imported without the grammar of international addresses.

    jsonschema asks for that grammar on import (`rfc3987_syntax`), which takes over a second to
    build; without it the same library leaves out one format check that no notebook uses.
    """
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def _read(notebook: Path) -> Any:
    with quick_imports():
        import nbformat
    try:
        node = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, KeyError, nbformat.ValidationError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataError(f"{notebook}: expected an executed notebook, found: {reason}") from None
    for number, cell in enumerate(node.cells, start=1):
        at = f"In [{cell.execution_count}]" if cell.get("execution_count") else f"no. {number}"
        cell.metadata["place"] = f"{notebook.name}, {cell.cell_type} cell {at}"
    return node


def _parameters(node: Any) -> list[tuple[str, str]]:
    """Names and values given to the notebook; then its cell of defaults is left out as well."""
    given = node.metadata.get("papermill", {}).get("parameters") or {}
    if any(_is_tagged(cell, "injected-parameters") for cell in node.cells):
        node.cells = [cell for cell in node.cells if not _is_tagged(cell, "parameters")]
    return [
        (name, value if isinstance(value, str) else repr(value)) for name, value in given.items()
    ]


def _is_tagged(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def _has_heading(node: Any) -> bool:
    shown = [cell.source for cell in node.cells if cell.cell_type == "markdown"]
    for cell in node.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            shown += [data.get("text/markdown", ""), data.get("text/html", "")]
    return any(re.search(r"^# |<h1\b", text, re.MULTILINE) for text in shown)


def _beside(notebook: Path, page: Path) -> str:
    """The notebook's address seen from the page, if it lies in the page's folder or below."""
    folder, file = page.resolve().parent, notebook.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else ""


def _resources(page: Path, title: str, language: str, pages: Pages) -> dict[str, Any]:
    """What every page's frame is filled with."""
    with messages.speaking(language):
        words = {
            "skip": _("Skip to the text"),
            "pages": _("Pages of this report"),
            "parameters": _("Parameters"),
            "failed": _("This step failed."),
            "details": _("Details"),
            "not_made": _("This page could not be made."),
            "notebook": _("The notebook behind this page"),
            "caution": _("Caution"),
            "hindsight": _("With hindsight"),
        }
    current = next((name for name, href in pages if href == page.name), "")
    return {
        "title": title,
        "heading": f"{current} \N{EN DASH} {title}" if current else title,
        "language": language,
        "page": page.name,
        "pages": list(pages),
        "words": words,
    }


@cache
def _exporter() -> Any:
    """The one exporter of this process: making it costs five times as much as a page."""
    with quick_imports():
        from nbconvert.exporters.templateexporter import TemplateExporter
        from nbconvert.filters.ansi import strip_ansi
    exporter = TemplateExporter(  # type: ignore[no-untyped-call]
        file_extension=".html",
        template_name="page",
        extra_template_basedirs=[str(TEMPLATES)],
        optimistic_validation=True,  # once, not after each preprocessor
    )
    environment: jinja2.Environment = exporter.environment
    environment.autoescape = True
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.tests["tagged"] = _is_tagged
    environment.filters |= {
        "prose": sanitise.prose,
        "display": sanitise.display,
        "strip_ansi": strip_ansi,
        "relative_href": lambda href: quote(href.lstrip("/"), safe="/#"),
        "css_string": _css_string,
    }
    return exporter


def _render(template: str, page: Path, resources: dict[str, Any]) -> Path:
    environment: jinja2.Environment = _exporter().environment
    return write_text(
        page, environment.get_template(f"{template}.html.j2").render(resources=resources)
    )


def _css_string(text: str) -> Markup:
    escaped = "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)
    return Markup(f'"{escaped}"')
