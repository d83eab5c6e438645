"""The code cells of notebooks, run one after the other as a person would, from wherever one is.

    python by_hand.py NOTEBOOK...

prints a JSON object: for each notebook what every code cell shows, as text.
"""

import ast
import json
import sys
from pathlib import Path
from typing import Any

from IPython.lib.pretty import pretty


def shown(notebook: Path) -> list[str | None]:
    """What each code cell shows: the words of a picture are its alternative text."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        words(result("".join(cell["source"]), names))
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def result(source: str, names: dict[str, Any]) -> object:
    """The value of the last expression of a cell; None if it ends with a statement."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def words(value: Any) -> str | None:
    """A value as text, without drawing a picture."""
    if value is None:
        return None
    if hasattr(value, "alt"):
        return value.alt
    bundle = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else pretty(value)
    # A widget gives its metadata as well.
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    return data["text/plain"] if isinstance(data, dict) else data


if __name__ == "__main__":
    told = {name: shown(Path(name)) for name in sys.argv[1:]}
    sys.stdout.write(json.dumps(told))
