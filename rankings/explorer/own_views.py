"""Which views does the explorer of an index of one's own offer, and what does each show?"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from rankings.explorer.own_question import OwnQuestion
from rankings.explorer.views import Piece, Shown
from rankings.figures import Picture
from rankings.language.messages import _
from rankings.report import own, own_certainty, own_method, own_moves
from rankings.tables import Prose, Table

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (own, own_certainty, own_method, own_moves)
}


@dataclass(frozen=True)
class OwnView:
    """One view: its name in addresses and file names, its title, and the verbs that make it.

    Attributes:
        name: a short word.
        title: in the language spoken.
        verbs: "module.function" of `rankings.report`, in order.
        since: the verbs among them that are told the earlier year.
    """

    name: str
    title: Callable[[], str]
    verbs: tuple[str, ...]
    since: tuple[str, ...] = ()

    def show(self, question: OwnQuestion) -> Shown:
        """What the view shows of a question."""
        pieces = [self._piece(verb, question) for verb in self.verbs]
        drawn = [piece for piece in pieces if isinstance(piece, Picture)]
        return Shown(
            picture=drawn[0] if drawn else None,
            said=[piece for piece in pieces if isinstance(piece, Prose)],
            tables=[piece for piece in pieces if isinstance(piece, Table)],
            code=self._code(question),
        )

    def _piece(self, verb: str, question: OwnQuestion) -> Piece:
        module, _dot, function = verb.partition(".")
        make: Callable[..., Piece] = getattr(MODULES[module], function)
        if verb in self.since and question.since is not None:
            return make(question.story, question.since)
        return make(question.story)

    def _code(self, question: OwnQuestion) -> str:
        modules = sorted({verb.partition(".")[0] for verb in self.verbs})
        told = "story" if question.since is None else f"story, {question.since}"
        calls = [f"{verb}({told if verb in self.since else 'story'})" for verb in self.verbs]
        lines = [IMPORTED, f"from rankings.report import {', '.join(modules)}", ""]
        return "\n".join([*lines, opened(question), *calls])


IMPORTED = "from rankings.own.question import ask_own"


def opened(question: OwnQuestion) -> str:
    """The line of Python that opens the story of a question."""
    asked = question.story
    year = str(asked.year) if asked.year else '"newest"'
    words = [written(asked.folder), written(asked.unit), year, written(str(asked.band))]
    return f"story = ask_own({', '.join([*words, written(asked.language), str(asked.seed)])})"


def written(value: object) -> str:
    """A text, a number or a dictionary of them as Python writes it, its letters as they are."""
    return json.dumps(value, ensure_ascii=False)


CHANGE = ("own_moves.change_picture", "own_moves.change_answer", "own_moves.change_table")
VIEWS = (
    OwnView(
        "standing",
        lambda: _("Where it stands"),
        ("own.ranking_picture", "own.distinct", "own.neighbours_table", "own.pillars_table"),
    ),
    OwnView(
        "gap",
        lambda: _("Where the gap lies"),
        ("own.gap_picture", "own.gap_answer", "own.gap_table"),
    ),
    OwnView(
        "strengths",
        lambda: _("Strengths and weaknesses"),
        ("own.strengths_table", "own.influence_table"),
    ),
    OwnView("moved", lambda: _("Who moved it"), CHANGE, CHANGE),
    OwnView(
        "history",
        lambda: _("Rank by year"),
        ("own_moves.history_picture", "own_moves.history_table", "own_moves.changes_table"),
    ),
    OwnView(
        "methods",
        lambda: _("How sure"),
        (
            *("own_certainty.interval_picture", "own_certainty.interval_answer"),
            *("own_certainty.varied", "own_certainty.interval_table"),
            "own_certainty.choices_table",
        ),
    ),
    OwnView(
        "weights",
        lambda: _("Other weights, errors of the figures"),
        (
            *("own_certainty.weights_answer", "own_certainty.weights_table"),
            *("own_certainty.errors_answer", "own_certainty.errors_table"),
        ),
    ),
    OwnView(
        "ahead",
        lambda: _("Where it is heading"),
        (
            *("own_moves.forecast_picture", "own_moves.forecast_answer"),
            *("own_moves.record_note", "own_moves.forecast_table", "own_moves.record_table"),
        ),
    ),
    OwnView(
        "made",
        lambda: _("How this was calculated"),
        ("own_method.method", "own_method.tree_table", "own.coverage_table", "own.notes"),
    ),
)


def view(name: str) -> OwnView:
    """One view by its name; `KeyError` if there is none."""
    return {each.name: each for each in VIEWS}[name]
