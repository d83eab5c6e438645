"""What answers the explorer of an index of one's own: the page's messages, for one folder."""

from pathlib import Path

from rankings.explorer import own_page, own_views
from rankings.explorer.answers import Desk
from rankings.explorer.own_question import OwnQuestion, Reader


def desk(folder: Path | str) -> Desk[OwnQuestion]:
    """The desk of the index in a folder.

    Raises:
        InputError: anything wrong with the folder's files, with file, row and column.
    """
    reader = Reader(folder)
    return Desk(
        read=reader.read,
        forget=reader.forget,
        language=lambda question: question.story.language,
        whole=own_page.whole,
        live=lambda question, full: own_page.live(question, full=full),
        views=tuple(each.name for each in own_views.VIEWS),
        view=lambda name, question: own_views.view(name).show(question),
        looked_at=lambda question: question.looked_at,
        file=lambda question: _file(question),
    )


def _file(question: OwnQuestion) -> str:
    """The beginning of the names of a question's files: the unit without what files cannot hold."""
    story = question.story
    unit = "-".join("".join(c if c.isalnum() else " " for c in story.unit).split())
    return f"{unit}-{story.year}" if story.year else unit
