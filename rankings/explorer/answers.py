"""What is answered to the page? Numbers, pictures, tables and files, by the verbs notebooks call.

A message from the page is input like any other: it can ask for what stands here and for nothing
else. No message runs code, and none names a path.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from rankings.errors import InputError, RankingsError
from rankings.explorer import page, views
from rankings.explorer.question import DEFAULTS, Question, forget, read
from rankings.explorer.views import Shown
from rankings.language import messages
from rankings.language.messages import _
from rankings.report import refusals
from rankings.story.question import MEASURE, Story

FORMATS = ("csv", "png", "svg")
CSS_DPI = 96
Q = TypeVar("Q")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A reply as plain values, and the file that goes with it, if any.

    ``reply["kind"]`` is page, moved, view, file or refusal; a refusal's ``text`` says why there is
    no answer.
    """

    reply: dict[str, Any]
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Desk(Generic[Q]):
    """What a page asks about: how its questions are read, and what is shown of them.

    Attributes:
        read: an address -> the question, checked.
        forget: lets the next question look again at what is held.
        language: of a question.
        whole: question -> the whole page but its views.
        live: question, and whether with tables and sentences -> the numbers that move at once.
        views: names of the views.
        view: name of a view and question -> what is shown.
        looked_at: the question without what moves no view.
        file: question -> the beginning of the names of its files.
    """

    read: Callable[[Mapping[str, str]], Q]
    forget: Callable[[], None]
    language: Callable[[Q], str]
    whole: Callable[[Q], dict[str, Any]]
    live: Callable[[Q, bool], dict[str, Any]]
    views: tuple[str, ...]
    view: Callable[[str, Q], Shown]
    looked_at: Callable[[Q], Q]
    file: Callable[[Q], str]


WORLD: Desk[Question] = Desk(
    read=read,
    forget=forget,
    language=lambda question: question.story.language,
    whole=lambda question: page.whole(question),
    live=lambda question, full: page.live(question, full=full),
    views=tuple(each.name for each in views.VIEWS),
    view=lambda name, question: views.view(name).show(question),
    looked_at=lambda question: question.looked_at,
    file=lambda question: _file_name(question.story),
)


def _file_name(story: Story) -> str:
    """What a file of a view is called: economy, year, and the measure but for the EGDI."""
    of = "" if story.measure == MEASURE else f"-{story.measure.replace(':', '-')}"
    return f"{story.economy}-{story.as_of}{of}"


def answer(message: object, desk: Desk[Any] = WORLD) -> Answer:
    """The answer to one message; it never raises.

    Args:
        message: a mapping with ``kind`` (open, move, view or file), ``query`` (the question, key
            -> text); of a move ``full`` (whether its tables and sentences are wanted, too); of a
            view or a file ``name`` (of the view), ``format`` and, of a CSV file, ``table`` (its
            place, from 0).
        desk: what the page asks about.
    """
    asked = message if isinstance(message, dict) else {}
    try:
        kind = asked.get("kind")
        if kind not in _ANSWERS:
            raise InputError("the page asked for {value}: no such kind", value=repr(str(kind)[:40]))
        if kind == "open":
            desk.forget()
        question = desk.read(_query(asked))
        with messages.speaking(desk.language(question)):
            return _ANSWERS[kind](desk, question, asked)
    except RankingsError as refusal:
        with messages.speaking(_language(asked)):
            return Answer({"kind": "refusal", "text": refusals.told(refusal)})
    except Exception:
        log.exception("The explorer could not answer %r", str(asked.get("kind"))[:40])
        with messages.speaking(_language(asked)):
            text = _("This could not be calculated: an error of the program, see its log.")
        return Answer({"kind": "refusal", "text": text})


def _query(asked: Mapping[str, Any]) -> dict[str, str]:
    query = asked.get("query", {})
    if not isinstance(query, dict) or not all(isinstance(each, str) for each in query.values()):
        raise InputError("an address is made of keys and texts")
    return {str(key): value for key, value in query.items()}


def _language(asked: Mapping[str, Any]) -> str:
    """The language asked for, if there is one; a refusal is told in it."""
    query = asked.get("query")
    wanted = query.get("language") if isinstance(query, dict) else None
    return str(wanted) if wanted in messages.languages() else DEFAULTS["language"]


def _open(desk: Desk[Q], question: Q, _asked: Mapping[str, Any]) -> Answer:
    return Answer({"kind": "page", "page": desk.whole(question)})


def _move(desk: Desk[Q], question: Q, asked: Mapping[str, Any]) -> Answer:
    return Answer({"kind": "moved", "live": desk.live(question, asked.get("full") is True)})


def _view(desk: Desk[Q], question: Q, asked: Mapping[str, Any]) -> Answer:
    name, shown = _shown(desk, question, asked)
    picture = shown.picture
    reply: dict[str, Any] = {
        "kind": "view",
        "name": name,
        "said": [{"kind": each.kind, "text": each.paragraphs} for each in shown.said],
        "tables": [each.html() for each in shown.tables],
        "code": shown.code,
    }
    if picture is None:
        return Answer(reply)
    width, height = picture.figure.get_size_inches() * CSS_DPI
    reply |= {"alt": picture.alt, "width": round(width), "height": round(height)}
    return Answer(reply, picture.render("png"))


def _file(desk: Desk[Q], question: Q, asked: Mapping[str, Any]) -> Answer:
    kind = asked.get("format")
    if kind not in FORMATS:
        raise InputError(
            "files are {choices}, not {value}",
            choices=", ".join(FORMATS),
            value=repr(str(kind)[:40]),
        )
    name, shown = _shown(desk, question, asked)
    part = ""
    if kind == "csv":
        number = asked.get("table", 0)
        if number not in range(len(shown.tables)):
            raise InputError("This view has no such table.")
        # With a mark of its encoding, or a spreadsheet takes Vietnamese for something else.
        data = shown.tables[number].csv().encode("utf-8-sig")
        part = f"-{number + 1}" if number else ""
    elif shown.picture is None:
        raise InputError("This view has no picture.")
    else:
        data = shown.picture.render(str(kind))
    file = f"{desk.file(question)}-{name}{part}.{kind}".lower()
    return Answer({"kind": "file", "file": file, "format": kind}, data)


def _shown(desk: Desk[Q], question: Q, asked: Mapping[str, Any]) -> tuple[str, Shown]:
    name = str(asked.get("name"))
    if name not in desk.views:
        raise InputError("the page asked for the view {value}: no such view", value=repr(name[:40]))
    return name, _kept(desk, name, desk.looked_at(question))


# A page asks for a view and then for its files.
@lru_cache(maxsize=64)
def _kept(desk: Desk[Any], name: str, question: Any) -> Shown:
    return desk.view(name, question)


_ANSWERS: dict[Any, Callable[[Desk[Any], Any, Mapping[str, Any]], Answer]] = {
    "open": _open,
    "move": _move,
    "view": _view,
    "file": _file,
}
