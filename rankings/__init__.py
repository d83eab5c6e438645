"""Where a country stands in the world's ICT rankings, why, where it is heading, what it takes.

The flow goes one way: raw -> sources -> panel -> ranks -> decompose / trend / targets /
sensitivity -> tables / figures -> notebooks -> pipelines. `ask` opens a story with checked
parameters; the modules of `rankings.report` tell it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rankings.data.world import World, load
    from rankings.errors import DataError, InputError, RankingsError
    from rankings.explorer.widget import explore
    from rankings.report.whatif import levers, what_if
    from rankings.story.question import Story, ask

__version__ = "0.1.0"
__all__ = [
    "DataError",
    "InputError",
    "RankingsError",
    "Story",
    "World",
    "ask",
    "explore",
    "levers",
    "load",
    "what_if",
]

_HOME = {
    "DataError": "rankings.errors",
    "InputError": "rankings.errors",
    "RankingsError": "rankings.errors",
    "Story": "rankings.story.question",
    "ask": "rankings.story.question",
    "explore": "rankings.explorer.widget",
    "levers": "rankings.report.whatif",
    "what_if": "rankings.report.whatif",
    "World": "rankings.data.world",
    "load": "rankings.data.world",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: a command pays only for what it uses."""
    if name not in _HOME:
        raise AttributeError(f"module 'rankings' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
