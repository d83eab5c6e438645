"""What need not be computed twice? What follows from a table that nobody changes in place.

Stages take tables and give tables, and the table of a moment is one object for all stories told of
that moment (`World.known`). So a result may be kept beside the table it came from: the first of
many reports computes it, the others find it, and it goes when the table goes.
"""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def remembered(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A decorator: the same result for the very same first argument and equal other ones.

    The first argument is told by identity (tables have no equality), the others by value, or by
    identity where they have no hash. The result is shared and so is not to be changed in place; it
    must not depend on anything but the arguments, as on the language spoken.

    Args:
        most: results kept; beyond that the one not asked for longest goes.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        named = signature(function)
        held: OrderedDict[Hashable, tuple[weakref.ref[Any], tuple[Any, ...], T]] = OrderedDict()

        @wraps(function)
        def once(*args: P.args, **kwargs: P.kwargs) -> T:
            bound = named.bind(*args, **kwargs)
            bound.apply_defaults()
            first, *others = bound.arguments.values()
            rest = tuple(others)
            key = (id(first), *map(_told_apart, rest))
            found = held.pop(key, None)
            if found is None or found[0]() is not first:
                # The others are held too: an identity must not pass to something new.
                gone = weakref.ref(first, lambda _gone: held.pop(key, None))
                found = (gone, rest, function(*args, **kwargs))
            held[key] = found
            while len(held) > most:
                held.popitem(last=False)
            return found[2]

        once.held = held  # type: ignore[attr-defined]
        return once

    return decorate


def _told_apart(part: object) -> Hashable:
    try:
        hash(part)
    except TypeError:
        return ("at", id(part))
    return (type(part), part)
