"""Which texts must be translated? Messages and refusals of the code, cells, facts in tables.

These are extractors of Babel; `babel.cfg` says which file is read by which. Run as a module it
compiles catalogues.
"""

import ast
import csv
import io
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Found = tuple[int, str, str, list[str]]
WORDS = ("title", "sentence")
# Calls whose first argument is a template of a refusal (see `rankings.errors`), or of its words.
REFUSALS = ("InputError", "NotKnown", "DataError", "ParameterError", "Phrase", "suggest")


def code(
    file: IO[bytes], keywords: Iterable[str], tags: Iterable[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Messages of Python code by their keywords, and templates of refusals.

    Babel's own way would take the plain half of a refusal that is pieced together for a message.
    """
    source = file.read()
    # Babel's own annotation has the parts of what it yields in another order than they come.
    babel: Any = extract_python
    yield from babel(io.BytesIO(source), keywords, tags, options)
    for call in refusals(ast.parse(source)):
        template = call.args[0]
        if isinstance(template, ast.Constant) and isinstance(template.value, str):
            yield template.lineno, "_", template.value, []


def refusals(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that make a refusal or a part of its words from a template."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            made = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            if (made.id if isinstance(made, ast.Name) else made) in REFUSALS:
                yield node


def columns(
    file: IO[bytes], keywords: Iterable[str], tags: Iterable[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Cells of columns of a CSV file that reports show as text.

    "column?other" takes those of the rows where the other column is filled.
    """
    del keywords, tags
    wanted = str(options["columns"]).split()
    rows = csv.DictReader(io.StringIO(file.read().decode("utf-8"), newline=""))
    for row in rows:
        for name, _sign, other in (each.partition("?") for each in wanted):
            if other and not row[other]:
                continue
            if row[name] and any(character.isalpha() for character in row[name]):
                yield rows.line_num, "_", row[name], []


def titles(
    file: IO[bytes], keywords: Iterable[str], tags: Iterable[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Of an index: publisher, title, titles and labels of components, why there is no forecast.

    A composite has its title alone.
    """
    del keywords, tags, options
    facts = tomllib.loads(file.read().decode("utf-8"))
    named = [facts[key] for key in ("publisher", "title") if key in facts]
    parts = facts.get("components", {}).values()
    named += [part[key] for part in parts for key in ("title", "label") if key in part]
    named += [each["why_not"] for each in facts.get("measures", {}).values() if "why_not" in each]
    for text in named:
        yield 1, "_", text, []


def pipeline(
    file: IO[bytes], keywords: Iterable[str], tags: Iterable[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Title of a pipeline, titles and sentences of its stories."""
    del keywords, tags, options
    facts = tomllib.loads(file.read().decode("utf-8"))
    stories = facts.get("stories", [])
    named = [facts.get("title", "")] if stories else []
    for text in [*named, *(story.get(key, "") for story in stories for key in WORDS)]:
        if text:
            yield 1, "_", text, []


def notebook(
    file: IO[bytes], keywords: Iterable[str], tags: Iterable[str], options: dict[str, Any]
) -> Iterator[Found]:
    """What a notebook is called in the navigation, and its Markdown cells."""
    del keywords, tags, options
    words = re.sub(r"^\d+-", "", Path(file.name).stem).replace("-", " ")
    yield 1, "_", words[:1].upper() + words[1:], []
    for place, cell in enumerate(json.loads(file.read())["cells"], start=1):
        text = "".join(cell["source"]).strip()
        if cell["cell_type"] == "markdown" and text:
            yield place, "_", text, []


def compiled(catalogue: Path) -> bytes:
    """The binary form of a ``.po`` file, without what is fuzzy or empty.

    ``pybabel compile`` would write the same, but takes "80 % interval" for a printf format.
    """
    binary = io.BytesIO()
    with catalogue.open("rb") as file:
        write_mo(binary, read_po(file))
    return binary.getvalue()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).with_suffix(".mo").write_bytes(compiled(Path(name)))
