"""What does the explorer show? A story, the editions looked at, and the levers set by hand.

The question is written in the address of the page, so that it can be sent to a colleague; what
comes from an address is text of unknown origin and is checked like any input.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rankings.data import world
from rankings.errors import InputError
from rankings.forecasts.draws import FEWEST_EDITIONS
from rankings.panel.definitions import definition
from rankings.panel.measures import measures
from rankings.story import question as story
from rankings.story.parameters import Parameters, read_parameters, short_name
from rankings.story.question import Story
from rankings.story.standing import rows_of_edition

HELD = "held"
MOVING = "moving"
CHANCE = 0.5
# An address is short; what is longer was not made by the explorer.
LONGEST = 400

# Keys of the address, in the order in which it is written, with their defaults.
STORY = {short_name(name): name for name in Parameters.model_fields}
DEFAULTS = {
    **{short: str(Parameters.model_fields[name].default) for short, name in STORY.items()},
    "edition": "",
    "since": "",
    "others": MOVING,
    "chance": "50",
    "set": "",
}


@dataclass(frozen=True)
class Question:
    """What one page of the explorer shows, checked.

    Attributes:
        story: economy, as-of year, band, deadline, peers, language, seed and measure.
        edition: of the measure, whose standing and moves are shown.
        since: the earlier edition the move is counted from; the edition itself if it is the
            economy's first.
        others: `HELD` or `MOVING`: what the rank of a what-if is counted against.
        chance: the certainty with which the growth needed is asked for, between 0 and 1.
        settings: lever -> value set by hand.
    """

    story: Story
    edition: int
    since: int
    others: str
    chance: float
    settings: tuple[tuple[str, float], ...] = ()

    @property
    def index(self) -> str:
        """The measure as views name it."""
        return self.story.index.name

    @property
    def looked_at(self) -> "Question":
        """What the views show: they do not follow the levers."""
        return replace(self, others=MOVING, chance=CHANCE, settings=())

    @property
    def query(self) -> dict[str, str]:
        """The question as an address carries it; defaults are left out, the economy is not."""
        asked = self.story
        held = editions(asked)
        earlier = [each for each in held if each < self.edition]
        words = {
            "economy": asked.economy,
            "as_of": str(asked.as_of),
            "band": str(asked.band),
            "by": str(asked.target_year),
            "peers": asked.peer_group,
            "language": asked.language,
            "seed": str(asked.seed),
            "measure": asked.measure,
            "edition": "" if self.edition == held[-1] else str(self.edition),
            "since": "" if self.since == (earlier or held)[-1] else str(self.since),
            "others": self.others,
            "chance": f"{100 * self.chance:g}",
            "set": ",".join(f"{lever}:{value:.6g}" for lever, value in self.settings),
        }
        return {
            key: value
            for key, value in words.items()
            if value != DEFAULTS[key] or key in ("economy", "as_of")
        }


@lru_cache(maxsize=64)
def _held(asked: Story) -> tuple[int, ...]:
    rows = asked.panel.loc[
        (asked.panel["index"] == asked.index.name)
        & (asked.panel["iso3"] == asked.economy)
        & (asked.panel["component"] == asked.index.overall)
    ]
    return tuple(sorted(int(each) for each in rows["edition"]))


def editions(asked: Story) -> list[int]:
    """The editions of the measure known in the story that hold its economy, in order."""
    return list(_held(asked))


def ask(
    asked: Story,
    edition: int | None = None,
    since: int | None = None,
    others: str = MOVING,
    chance: float = CHANCE,
    settings: Mapping[str, float] | None = None,
) -> Question:
    """Check what is looked at beside the story.

    Raises:
        InputError: the economy is not in that edition, the earlier edition is not
            earlier, no such way for the others, or a chance that is none. Levers are checked
            where they act, by `rankings.story.whatif`.
    """
    at, start = _editions(asked, edition, since)
    if others not in (HELD, MOVING):
        raise InputError.suggest("way for the others", others, [HELD, MOVING])
    if not 0 < chance < 1:
        raise InputError(
            "the chance asked for is between 0 and 100 %, not {chance} %",
            chance=f"{100 * chance:g}",
        )
    return Question(asked, at, start, others, chance, tuple(sorted((settings or {}).items())))


@lru_cache(maxsize=32)
def _editions(asked: Story, edition: int | None, since: int | None) -> tuple[int, int]:
    """The edition looked at and the earlier one, checked."""
    index = asked.index.name
    at = int(rows_of_edition(asked, index, edition)["edition"].iloc[0])
    held = editions(asked)
    earlier = [each for each in held if each < at]
    start = since if since is not None else (earlier or [at])[-1]
    if start not in held or start > at:
        told = ", ".join(str(each) for each in earlier) or "none"
        raise InputError(
            "{edition} is not an edition of the {index} before {year} that holds "
            "{economy}; there are: {editions}",
            edition=start,
            index=index,
            year=at,
            economy=asked.economy,
            editions=told,
        )
    return at, start


def read(words: Mapping[str, str]) -> Question:
    """The question in an address.

    Args:
        words: keys and values of the query, as text.

    Raises:
        InputError: a key is unknown, a value is none of its kind, or as `rankings.ask` and `ask`.
    """
    for key, value in words.items():
        if key not in DEFAULTS:
            raise InputError.suggest("part of an address", key[:LONGEST], DEFAULTS, shown=20)
        if len(value) > LONGEST:
            raise InputError("{key} is longer than {most} characters", key=key, most=LONGEST)
    given = {**DEFAULTS, **{key: value for key, value in words.items() if value}}
    by_hand = {key: given.pop(key) for key in ("others", "chance", "set")}
    found = _opened(tuple(given.items()))
    return ask(
        found.story,
        found.edition,
        found.since,
        by_hand["others"],
        _whole("chance", by_hand["chance"]) / 100,
        _settings(by_hand["set"]),
    )


# A slider sends the same question many times, with other settings.
@lru_cache(maxsize=32)
def _opened(words: tuple[tuple[str, str], ...]) -> Question:
    given = dict(words)
    asked = story.open_story(read_parameters({name: given[short] for short, name in STORY.items()}))
    return ask(
        asked,
        _whole("edition", given["edition"]) if given["edition"] else None,
        _whole("since", given["since"]) if given["since"] else None,
    )


def forget() -> None:
    """Let the next question look again at what is held: data may have been added."""
    _opened.cache_clear()


def _whole(key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("{key} is a whole number, not {value}", key=key, value=repr(text))
    return int(text)


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError("{key} is a number, not {value}", key=key, value=repr(text))
    return value


def _settings(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        lever, colon, value = part.partition(":")
        if not colon:
            raise InputError("set is lever:value, as tii:0.85, and not {value}", value=repr(part))
        if lever in found:
            raise InputError("set names {lever} twice", lever=repr(lever))
        found[lever] = _number(lever, value)
    return found


def years(held: world.World, code: str) -> list[int]:
    """The years a question can be asked from: those in which anything was published, newest first.

    Only years at whose end the measure was known; of the EGDI, editions enough for a forecast.
    """
    rows = held.panel
    wanted = [measures()[each] for each in measures()[code].children if measures()[code].composite]
    firsts = []
    for asked in wanted or [measures()[code]]:
        comparable = rows.loc[
            (rows["index"] == asked.index)
            & (rows["edition"] >= definition(asked.index).model_from)
            & (rows["component"] == asked.component)
        ]
        out = comparable.groupby("edition")["published_year"].min().sort_values()
        firsts.append(int(out.iloc[FEWEST_EDITIONS - 1 if code == story.MEASURE else 0]))
    first = max(firsts)
    every = rows["published_year"].drop_duplicates()
    return sorted((int(each) for each in every[every >= first]), reverse=True)
