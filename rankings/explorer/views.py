"""Which views does the explorer offer, and what does each show of a question?"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from rankings.explorer.question import Question
from rankings.figures import Picture
from rankings.language.messages import _
from rankings.report import (
    change,
    models,
    other_indices,
    pictures,
    scenarios,
    scorecard,
    standing,
    target,
    trend,
    why,
)
from rankings.story.question import MEASURE
from rankings.tables import Prose, Table

Piece = Picture | Table | Prose | None


@dataclass(frozen=True)
class Shown:
    """What one view shows: the figure on top, sentences, and the tables behind them.

    Attributes:
        picture: the figure; None where there is nothing to draw, and the sentences say why.
        said: sentences.
        tables: what "show the table" opens and the CSV holds.
        code: lines of Python that make the same in a notebook.
    """

    picture: Picture | None
    said: list[Prose]
    tables: list[Table]
    code: str


@dataclass(frozen=True)
class View:
    """One view: its name in addresses and file names, its title, and what it shows.

    Attributes:
        name: a short word.
        title: in the language spoken.
        pieces: question -> what is shown, in order.
        calls: question -> the expressions that make the pieces, for a notebook.
    """

    name: str
    title: Callable[[], str]
    pieces: Callable[[Question], list[Piece]]
    calls: Callable[[Question], list[str]]

    def show(self, question: Question) -> Shown:
        """What the view shows of a question."""
        pieces = self.pieces(question)
        drawn = [piece for piece in pieces if isinstance(piece, Picture)]
        return Shown(
            picture=drawn[0] if drawn else None,
            said=[piece for piece in pieces if isinstance(piece, Prose)],
            tables=[piece for piece in pieces if isinstance(piece, Table)],
            code=_code(question, self.calls(question)),
        )


def opened(question: Question) -> str:
    """The line of Python that opens the story of a question."""
    asked = question.story
    words = [json.dumps(asked.economy), str(asked.as_of), json.dumps(str(asked.band))]
    words += [str(asked.target_year), json.dumps(asked.peer_group, ensure_ascii=False)]
    words += [json.dumps(asked.language), str(asked.seed)]
    words += [json.dumps(asked.measure)] if asked.measure != MEASURE else []
    return f"story = rankings.ask({', '.join(words)})"


def _code(question: Question, calls: list[str]) -> str:
    modules = sorted({call.partition(".")[0] for call in calls})
    lines = ["import rankings", f"from rankings.report import {', '.join(modules)}", ""]
    return "\n".join([*lines, opened(question), *calls])


def _edition(question: Question) -> str:
    return f'story, "{question.index}", {question.edition}'


def _move(question: Question) -> str:
    return f'story, "{question.index}", {question.since}, {question.edition}'


def _standing(question: Question) -> list[Piece]:
    story, index, edition = question.story, question.index, question.edition
    return [
        pictures.strip(story, index, edition),
        standing.edition_table(story, index, edition),
        standing.position_table(story),
    ]


def _scorecard(question: Question) -> list[Piece]:
    return [scorecard.answer(question.story), scorecard.table(question.story)]


def _history(question: Question) -> list[Piece]:
    story = question.story
    return [
        pictures.rank_history(story),
        standing.history_table(story),
        standing.others_history_table(story),
    ]


def _history_calls(_question: Question) -> list[str]:
    return [
        "pictures.rank_history(story)",
        "standing.history_table(story)",
        "standing.others_history_table(story)",
    ]


def _moved(question: Question) -> list[Piece]:
    step = (question.index, question.since, question.edition)
    return [change.waterfall(question.story, *step), change.table(question.story, *step)]


def _ahead(question: Question) -> list[Piece]:
    story = question.story
    return [
        pictures.fan(story),
        trend.answer(story),
        target.assumption_answer(story),
        target.chances_table(story),
        other_indices.outlook_table(story),
        models.record_table(story),
    ]


def _needs(question: Question) -> list[Piece]:
    story = question.story
    return [pictures.growth(story), target.needed_table(story), scenarios.by_part_table(story)]


def _why(question: Question) -> list[Piece]:
    story = question.story
    ends = dict.fromkeys([story.band.worst, story.band.best])
    return [
        pictures.dumbbell(story),
        why.answer(story),
        *(why.split_table(story, rank) for rank in ends),
    ]


def _who(question: Question) -> list[Piece]:
    return [target.precedents_table(question.story)]


VIEWS = (
    View(
        "scorecard",
        lambda: _("The official targets"),
        _scorecard,
        lambda q: ["scorecard.answer(story)", "scorecard.table(story)"],
    ),
    View(
        "standing",
        lambda: _("Where it stands"),
        _standing,
        lambda q: [
            f"pictures.strip({_edition(q)})",
            f"standing.edition_table({_edition(q)})",
            "standing.position_table(story)",
        ],
    ),
    View("history", lambda: _("Rank by edition"), _history, _history_calls),
    View(
        "moved",
        lambda: _("Who moved it"),
        _moved,
        lambda q: [f"change.waterfall({_move(q)})", f"change.table({_move(q)})"],
    ),
    View(
        "why",
        lambda: _("Where the gap lies"),
        _why,
        lambda q: [
            "pictures.dumbbell(story)",
            "why.answer(story)",
            *(
                f"why.split_table(story, {rank})"
                for rank in dict.fromkeys([q.story.band.worst, q.story.band.best])
            ),
        ],
    ),
    View(
        "ahead",
        lambda: _("Where it is heading"),
        _ahead,
        lambda q: [
            "pictures.fan(story)",
            "trend.answer(story)",
            "target.assumption_answer(story)",
            "target.chances_table(story)",
            "other_indices.outlook_table(story)",
            "models.record_table(story)",
        ],
    ),
    View(
        "needs",
        lambda: _("What the band takes"),
        _needs,
        lambda q: [
            "pictures.growth(story)",
            "target.needed_table(story)",
            "scenarios.by_part_table(story)",
        ],
    ),
    View("who", lambda: _("Who has done it"), _who, lambda q: ["target.precedents_table(story)"]),
)


def view(name: str) -> View:
    """One view by its name; `KeyError` if there is none."""
    return {each.name: each for each in VIEWS}[name]
