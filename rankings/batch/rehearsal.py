"""What can be done once before kernels are forked: what a front page shows, made, thrown away."""

import ast
import contextlib
import json
import logging
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def practise(stories: Sequence[Mapping[str, Any]], front: Path) -> None:
    """Open these stories and make of each what a report shows, for what stays after it.

    Tables that are read, fonts, templates and number formats; nothing that hangs on the story. What
    fails is told of and left to the notebook, whose page then says it.
    """
    from rankings.errors import RankingsError
    from rankings.story.question import ask

    calls = rehearsed(front)
    with _reading_elsewhere():
        for given in stories:
            try:
                story = ask(**given)
                for call in calls:
                    rehearse(story, call)
            except RankingsError:
                pass  # a story without an answer: its own page says why
            except Exception as error:
                log.warning("Practising with %s failed: %s: %s", given, type(error).__name__, error)


def rehearsed(front: Path) -> list[str]:
    """What the cells of a notebook say of its story: "target.answer(story)", in their order.

    Calls of verbs alone, whose arguments are the story, what it holds, and constants.
    """
    from rankings.report.verbs import collect_verbs

    verbs = collect_verbs()
    cells = json.loads(front.read_text(encoding="utf-8"))["cells"]
    found = []
    for cell in cells:
        if cell["cell_type"] == "code":
            nodes = ast.walk(ast.parse("".join(cell["source"])))
            calls = [node for node in nodes if isinstance(node, ast.Call)]
            found += [call for call in calls if ast.unparse(call.func) in verbs and _plain(call)]
    return list(dict.fromkeys(ast.unparse(call) for call in found))


def _plain(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [node for each in given for node in ast.walk(each) if isinstance(node, ast.Name)]
    return {name.id for name in names} == {"story"}


def rehearse(story: Any, call: str) -> Any:
    """Make one call of a notebook and write out what it shows; what was shown comes back."""
    from rankings.report.verbs import collect_verbs

    made = ast.parse(call, mode="eval").body
    assert isinstance(made, ast.Call)

    def value(node: ast.expr) -> Any:
        return eval(ast.unparse(node), {"__builtins__": {}}, {"story": story})

    named = {str(each.arg): value(each.value) for each in made.keywords}
    verb = collect_verbs()[ast.unparse(made.func)]
    shown = verb(*map(value, made.args), **named)
    if hasattr(shown, "_repr_mimebundle_"):
        shown._repr_mimebundle_()
    return shown


@contextlib.contextmanager
def _reading_elsewhere() -> Iterator[None]:
    """Within it Parquet is read by a fork that ends: reading starts threads, which no fork has."""
    import pandas as pd

    own = pd.read_parquet

    def read(*words: Any, **options: Any) -> Any:
        taking, giving = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                with os.fdopen(giving, "wb") as out:
                    pickle.dump(own(*words, **options), out, protocol=5)
            finally:
                os._exit(0)
        os.close(giving)
        with os.fdopen(taking, "rb") as inward:
            data = inward.read()
        os.waitpid(pid, 0)
        return pickle.loads(data)

    pd.read_parquet = read
    try:
        yield
    finally:
        pd.read_parquet = own
