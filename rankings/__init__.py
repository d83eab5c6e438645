"""Where a country stands in the world's ICT rankings, why, where it is heading, what it takes.

The flow goes one way: raw -> sources -> panel -> ranks -> decompose / trend / targets /
sensitivity -> tables / figures -> notebooks -> pipelines. `ask` opens a story with checked
parameters; the modules of `rankings.report` tell it.
"""

from rankings.errors import DataError, InputError, RankingsError
from rankings.story import Story, ask
from rankings.world import World, load

__all__ = ["DataError", "InputError", "RankingsError", "Story", "World", "ask", "load"]
__version__ = "0.1.0"
