"""What can a notebook say of a story? Every verb of this package, in the language of its story.

A verb takes a story, and perhaps more, and gives a paragraph, a table or a picture. It is marked
with `verb`, which makes it speak the story's language whatever was spoken before, and enters it
into the list that the warm-up of kernels, the gallery and the tests go by.
"""

import inspect
import pkgutil
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

import rankings.report
from rankings.errors import NotKnown
from rankings.language.messages import speaking
from rankings.report import refusals
from rankings.story.question import Story
from rankings.tables import Prose

P = ParamSpec("P")
T = TypeVar("T")


class HasLanguage(Protocol):
    """A question that carries its language."""

    @property
    def language(self) -> str:
        """Of sentences, tables and figures."""


Told = TypeVar("Told", bound=HasLanguage)
Verb = Callable[Concatenate[Story, P], T]

_verbs: dict[str, Callable[..., object]] = {}


def verb(function: Verb[P, T]) -> Verb[P, T]:
    """A decorator: the function speaks its story's language and is listed by `collect_verbs`."""
    told = spoken(function)
    # Those of a package, as pictures, are called by its name.
    module = function.__module__.removeprefix(f"{rankings.report.__name__}.").partition(".")[0]
    name = f"{module}.{function.__name__}"
    _verbs[name] = told
    return told


def spoken(function: Callable[Concatenate[Told, P], T]) -> Callable[Concatenate[Told, P], T]:
    """A decorator: the function speaks the language of its first argument.

    What cannot be known it says in a sentence, with the reason, instead; a picture is left out.

    So do the words about an index of one's own, whose questions are no `Story`: they are not listed
    with the verbs.
    """
    drawn = "Picture" in _given(function)

    @wraps(function)
    def told(story: Told, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with speaking(story.language):
            try:
                return function(story, *args, **kwargs)
            except NotKnown as reason:
                if drawn:  # the sentence or table beside a picture says why there is none
                    return cast(T, None)
                return cast(T, Prose(refusals.sentence(reason), "note"))

    return told


def modules() -> list[str]:
    """The modules of `rankings.report`, by full name."""
    return sorted(
        f"{rankings.report.__name__}.{each.name}"
        for each in pkgutil.iter_modules(rankings.report.__path__)
    )


def collect_verbs() -> dict[str, Callable[..., object]]:
    """Every verb, as a notebook calls it: "target.answer" -> the function."""
    for name in modules():
        import_module(name)
    return dict(sorted(_verbs.items()))


def collect_pictures() -> dict[str, Callable[..., object]]:
    """The verbs that draw and need nothing but a story."""
    return {name: each for name, each in collect_alone().items() if "Picture" in _given(each)}


def collect_alone() -> dict[str, Callable[..., object]]:
    """The verbs that need nothing but a story."""
    return {name: each for name, each in collect_verbs().items() if not _asked(each)}


def _given(function: Callable[..., object]) -> str:
    return str(inspect.signature(function).return_annotation)


def _asked(function: Callable[..., object]) -> list[str]:
    """What must be given beside the story."""
    _story, *others = inspect.signature(function).parameters.values()
    return [each.name for each in others if each.default is inspect.Parameter.empty]
