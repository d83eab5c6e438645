"""The explorer as a widget in a notebook: the same page, its messages over Jupyter's own line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rankings.errors import InputError
from rankings.explorer import own_desk, page
from rankings.explorer.answers import WORLD, Desk, answer
from rankings.explorer.question import STORY
from rankings.language import messages
from rankings.panel import economies
from rankings.story.parameters import NEWEST, read_parameters
from rankings.story.question import MEASURE


class Explorer(anywidget.AnyWidget):
    """The explorer in a notebook; `question` is what it shows now."""

    _esm = page.HERE / "explorer.js"
    _css = page.HERE / "explorer.css"
    start = traitlets.Dict().tag(sync=True)

    def __init__(self, words: Mapping[str, str], desk: Desk[Any] = WORLD) -> None:
        """Open with a question, as text by the keys of an address.

        Args:
            words: the question.
            desk: what it is about: the world, or an index of one's own.

        Raises:
            InputError: as the desk's ``read``.
        """
        desk.forget()
        self.desk = desk
        self.question: Any = desk.read(words)
        with messages.speaking(desk.language(self.question)):
            super().__init__(start=desk.whole(self.question))
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        return f"Explorer({self.question.query})"

    def _heard(self, _widget: object, message: object, _buffers: object) -> None:
        found = answer(message, self.desk)
        if isinstance(message, dict):
            if found.reply["kind"] in ("page", "moved"):
                self.question = self.desk.read(message["query"])
            found.reply["id"] = message.get("id")
        self.send(found.reply, [] if found.data is None else [found.data])


def explore(
    economy: str = "VNM",
    as_of: int | str = NEWEST,
    band: str = "30:50",
    target_year: int = 2030,
    peers: str = economies.ASEAN,
    language: str = messages.SOURCE_LANGUAGE,
    seed: int = 2018,
    measure: str = MEASURE,
    **looked_at: object,
) -> Explorer:
    """The explorer, opened with a story; parameters as `rankings.ask`.

    Args:
        economy: ISO3.
        as_of: a year, its end.
        band: the target band.
        target_year: the deadline.
        peers: a group or codes.
        language: of the page.
        seed: of every draw.
        measure: what the rank is of.
        looked_at: edition, since, others, chance and set, as the address of a view has
            them.

    Raises:
        InputError: one of them has no right answer.

    Examples:
        >>> import rankings
        >>> shown = rankings.explore("VNM", as_of=2018, target_year=2020)
        >>> type(shown).__name__
        'Explorer'
    """
    given = read_parameters(
        {
            **{"economy": economy, "as_of": as_of, "band": band, "target_year": target_year},
            **{"peers": peers, "language": language, "seed": seed, "measure": measure},
        }
    )
    words = {short: getattr(given, name) for short, name in STORY.items()} | looked_at
    if None in words.values():
        raise InputError("a part of the question is None: leave it out")
    return Explorer({key: str(value) for key, value in words.items()})


def explore_own(
    folder: str | Path,
    unit: str = "",
    year: int | str = NEWEST,
    band: str = "",
    language: str = messages.SOURCE_LANGUAGE,
    seed: int = 2018,
    **looked_at: object,
) -> Explorer:
    """The explorer of an index of one's own; parameters as `rankings.own.question.ask_own`.

    Args:
        folder: of the table and its TOML, from here or below the project.
        unit: code or name; the middle one by default.
        year: of the table.
        band: ranks as "10:20"; the best tenth by default.
        language: of the page.
        seed: of the random draws.
        looked_at: since and set, as the address of a view has them.

    Raises:
        InputError: the folder or one of them has no right answer.
    """
    words = {"unit": unit, "year": year, "band": band, "language": language, "seed": seed}
    given = {key: str(value) for key, value in (words | looked_at).items()}
    return Explorer(given, own_desk.desk(folder))
