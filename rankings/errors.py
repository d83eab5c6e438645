"""What is said to a person whose input cannot give a right number?"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


class RankingsError(Exception):
    """Any refusal of this package: its message is written for the reader, in one line.

    Args:
        template: the message in English, with ``{fields}``; a text whose braces mean nothing
            where no fields are given.
        fields: what stands in them. Codes of economies, components and indicators stay codes
            here; `rankings.report.refusals.told` writes their names, and the template in the
            reader's language.
    """

    def __init__(self, template: str, /, **fields: object) -> None:
        self.template = template
        self.fields = fields
        super().__init__(template.format(**fields) if fields else template)

    def __reduce__(self) -> tuple[Callable[..., "RankingsError"], tuple[object, ...]]:
        """Pickled by its parts: a worker's refusal is told by the process that asked."""
        return _raised, (type(self), self.template, self.fields)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the line alone, without the frames that led to it."""
        return [f"{type(self).__name__}: {self}"]


def _raised(kind: type[RankingsError], template: str, fields: dict[str, object]) -> RankingsError:
    return kind(template, **fields)


class InputError(RankingsError):
    """A parameter that has no right answer; the message says what would work."""


class DataError(RankingsError):
    """A table that breaks its promise; the message names file, row and column."""


def suggest(kind: str, given: object, known: Iterable[str], *, shown: int = 12) -> str:
    """One line: what was wrong with ``given``, the nearest known words, or all if few."""
    words = [str(word) for word in known]
    near = get_close_matches(str(given), words, n=3, cutoff=0.6) or get_close_matches(
        str(given).upper(), words, n=3, cutoff=0.6
    )
    if near:
        return f"{str(given)!r} is not a known {kind}; did you mean {' or '.join(near)}?"
    listed = ", ".join(words[:shown]) + (", ..." if len(words) > shown else "")
    return f"{str(given)!r} is not a known {kind}; known: {listed}"
