"""What is said to a person whose input cannot give a right number?"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Self


def fill(template: str, fields: dict[str, object]) -> str:
    """A template with its fields; where there are none, braces in it mean nothing."""
    return template.format(**fields) if fields else template


class Phrase:
    """Words that stand in a field of a refusal, and are translated with it.

    Args:
        template: in English, with ``{fields}``.
        fields: what stands in them, as in `RankingsError`.
    """

    def __init__(self, template: str, /, **fields: object) -> None:
        self.template = template
        self.fields = fields

    def __str__(self) -> str:
        return fill(self.template, self.fields)


class RankingsError(Exception):
    """Any refusal of this package: its message is written for the reader, in one line.

    Args:
        template: the message in English, with ``{fields}``; a text whose braces mean nothing
            where no fields are given. ``make messages`` collects it where it is written out in
            the call; what is pieced together stays English.
        fields: what stands in them. Codes of economies, components and indicators stay codes
            here; `rankings.report.refusals.told` writes their names, and the template in the
            reader's language. A `Phrase` or another refusal is translated as well.

    Examples:
        >>> from rankings import DataError, InputError, RankingsError
        >>> print(RankingsError("{index} is not held", index="EGDI"))
        EGDI is not held
        >>> issubclass(InputError, RankingsError) and issubclass(DataError, RankingsError)
        True
    """

    def __init__(self, template: str, /, **fields: object) -> None:
        self.template = template
        self.fields = fields
        super().__init__(fill(template, fields))

    @classmethod
    def suggest(
        cls, kind: str, given: object, known: Iterable[str], *, shown: int = 12, **fields: object
    ) -> Self:
        """The refusal of a word that is not known: the nearest ones, or all if they are few.

        Args:
            kind: what the word should have been, a template in English.
            given: the word.
            known: those there are.
            shown: how many are named where none is near.
            fields: of ``kind``.
        """
        words = [str(word) for word in known]
        near = get_close_matches(str(given), words, n=3, cutoff=0.6) or get_close_matches(
            str(given).upper(), words, n=3, cutoff=0.6
        )
        said = Phrase(
            "{given} is not a known {kind}; known: {choices}",
            given=repr(str(given)),
            kind=Phrase(kind, **fields),
            choices=", ".join(words[:shown]) + (", ..." if len(words) > shown else ""),
        )
        if near:
            said = Phrase(
                "{given} is not a known {kind}; did you mean {near}?",
                given=repr(str(given)),
                kind=Phrase(kind, **fields),
                near=" or ".join(near),
            )
        if not words:
            said = Phrase(
                "{given} is not a known {kind}; there is none",
                given=repr(str(given)),
                kind=Phrase(kind, **fields),
            )
        return cls(said.template, **said.fields)

    def __reduce__(self) -> tuple[Callable[..., "RankingsError"], tuple[object, ...]]:
        """Pickled by its parts: a worker's refusal is told by the process that asked."""
        return _raised, (type(self), self.template, self.fields)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the line alone, without the frames that led to it."""
        return [f"{type(self).__name__}: {self}"]


def _raised(kind: type[RankingsError], template: str, fields: dict[str, object]) -> RankingsError:
    return kind(template, **fields)


class InputError(RankingsError):
    """A parameter that has no right answer; the message says what would work.

    Examples:
        >>> import rankings
        >>> rankings.ask(as_of=2018, band="50:30", target_year=2020)
        Traceback (most recent call last):
        rankings.errors.InputError: band 50:30 is the wrong way round: did you mean 30:50?
    """


class NotKnown(InputError):
    """What cannot be known of a question that is right otherwise; its page says so in a sentence.

    Examples:
        >>> from rankings.panel.measures import measure
        >>> measure("2IPD").check_forecast()
        Traceback (most recent call last):
        rankings.errors.NotKnown: 2IPD cannot be forecast: one edition is held, no step: it has no \
record; tables of more editions would be needed
    """


class DataError(RankingsError):
    """A table that breaks its promise; the message names file, row and column.

    Examples:
        >>> import pandas as pd
        >>> from rankings.panel.scale import zscore
        >>> zscore(pd.Series([0.5, 0.5], name="tii"))
        Traceback (most recent call last):
        rankings.errors.DataError: tii: all values are equal, there is no scale
    """
