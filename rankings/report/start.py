"""Notebook 00: which notebooks are there, where is a number from, which commands say the same?"""

import json
import shlex

import pandas as pd

from rankings import store, tables
from rankings.language import cells as locale_cells
from rankings.language.messages import SOURCE_LANGUAGE, _, fact
from rankings.panel import position
from rankings.panel.definitions import is_overall
from rankings.panel.economies import ASEAN
from rankings.panel.trees import is_published
from rankings.report import words
from rankings.report.verbs import verb
from rankings.story.question import MEASURE, Story
from rankings.story.standing import HEADLINE
from rankings.tables import Table

DEFAULT_SEED = 2018


def notebooks(language: str = SOURCE_LANGUAGE) -> pd.DataFrame:
    """The notebooks that answer a question, in order.

    Returns:
        Columns notebook (its file name without the suffix) and question (its heading in the
        language).
    """
    found = []
    for path in store.question_notebooks():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        told = locale_cells.translated("".join(cells[0]["source"]), language)
        heading = next(line for line in told.splitlines() if line.startswith("# "))
        found.append({"notebook": path.stem, "question": heading.removeprefix("# ")})
    return pd.DataFrame(found, columns=["notebook", "question"])


@verb
def notebooks_table(story: Story) -> Table:
    """Each notebook with the question it answers, in the story's language."""
    return tables.table(
        notebooks(story.language),
        {"notebook": tables.text(_("Notebook")), "question": tables.text(_("Question"))},
        caption=_("The notebooks, and what each of them answers"),
        source=_("Source: the folder notebooks of this project; each takes the same parameters."),
    )


def origins(story: Story) -> pd.DataFrame:
    """The economy's newest known headline scores and sub-indices of the index, with their cells.

    Returns:
        Rows of the panel as known in the story, with the columns document (of the publisher) and
        cell (file and line of the committed table, or of the analyst's own).
    """
    newest = position.newest(story.known, story.economy)[["index", "edition", "component"]]
    mine = story.known.loc[story.known["iso3"] == story.economy]
    rows = newest.merge(mine, on=["index", "edition", "component"], validate="1:1")
    parts = [story.index.overall, *(story.sub_indices if is_published(story.measure) else [])]
    shown = (rows["index"] == story.index.printed_in) & rows["component"].isin(parts)
    shown |= rows["index"].isin(HEADLINE) & is_overall(rows)
    documents = story.world.sources.set_index("source_id")["document"]
    kept = rows.loc[shown]
    return kept.assign(
        document=kept["source_id"].map(documents),
        cell=[f"{row['delivery']}/{row['file']}:{row['line']}" for row in kept.to_dict("records")],
    ).reset_index(drop=True)


@verb
def origins_table(story: Story) -> Table:
    """Where the numbers come from: the cell of the committed table, and the document it copies."""
    rows = origins(story)
    named = [words.measure(*pair) for pair in rows[["index", "component"]].to_numpy()]
    shown = rows.assign(
        measure=named,
        score=[
            words.score(row["value"], row["index"], row["edition"])
            for row in rows.to_dict("records")
        ],
        document=[fact(each).split(";")[0] for each in rows["document"]],
    )
    return tables.table(
        shown,
        {
            "measure": tables.text(_("Measure")),
            "edition": tables.year(_("Edition")),
            "score": tables.Column(_("Score"), str, True),
            "cell": tables.text(_("File and line")),
            "document": tables.text(_("Document")),
        },
        caption=_(
            "Where the numbers of {economy} come from, as known at the end of {as_of}",
            economy=story.name,
            as_of=story.as_of,
        ),
        source=words.source(story, zip(rows["index"], rows["edition"], strict=True)),
    )


def commands(story: Story) -> list[tuple[str, str]]:
    """What can be asked without a notebook, and the command that asks it of this story.

    The commands are those of a shell in the project's folder; parameters that are the default of
    every command are left out.
    """
    who, seen = shlex.quote(story.economy), f"--as-of {story.as_of}"
    target = f"--band {story.band} --by {story.target_year}"
    others = f" --peers {shlex.quote(story.peer_group)}" if story.peer_group != ASEAN else ""
    told = f" --language {story.language}" if story.language != SOURCE_LANGUAGE else ""
    drawn = f" --seed {story.seed}" if story.seed != DEFAULT_SEED else ""
    traced = story.index.overall if is_published(story.measure) else "egdi"
    if story.index.printed_in != MEASURE and is_published(story.index.printed_in):
        traced = f"{story.index.printed_in.lower()}:{story.index.overall}"
    elif story.index.printed_in == MEASURE:
        traced = story.index.overall
    number = f"{who} {traced} {story.edition}"
    of = f" --measure {shlex.quote(story.measure)}" if story.measure != MEASURE else ""
    return [
        (_("Every rank of this economy"), f"rankings show {who} {seen}"),
        (_("The whole chain behind one number"), f"rankings trace {number}"),
        (
            _("This story in all notebooks, as pages to send on"),
            f"rankings report --economy {who} {seen} {target}{others}{told}{drawn}{of}",
        ),
        (_("The report of many economies in one run"), "rankings batch pipelines/asean.toml"),
        (_("What is held, and whether it adds up"), "rankings check"),
        (_("The explorer: sliders in a page of the browser"), "make explore"),
        (_("The notebooks, to run and to change"), "make lab"),
    ]


@verb
def commands_table(story: Story) -> Table:
    """The commands that answer the same, or more, for this story."""
    return tables.table(
        pd.DataFrame(commands(story), columns=["what", "command"]),
        {"what": tables.text(_("What")), "command": tables.text(_("Command"))},
        caption=_("The same by command, in the folder of the project"),
        source=_(
            "Source: the commands of this project. They are in the environment, as "
            ".venv/bin/rankings; “rankings --help” lists them all, and “make” its targets."
        ),
    )
