"""What pages say that code, tables or notebooks say already, put in when the pages are built.

A line ``<!-- generated: NAME WORDS -->`` in a page is replaced by what the function NAME of this
module writes in Markdown, so that a page cannot disagree with the program.
"""

import csv
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import click
import nbformat
from sphinx.application import Sphinx

import rankings
from rankings.cli import main
from rankings.explorer.views import VIEWS
from rankings.forecasts import as_known, record
from rankings.panel.definitions import definition

ROOT = Path(__file__).resolve().parents[2]
# The seed of the committed record, as the commands have it.
SEED = 2018
RAW = ROOT / "data" / "raw"
PLACE = re.compile(r"^<!-- generated: (\w+)(?: (.*))? -->$", re.MULTILINE)


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a committed table."""
    with (RAW / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(text: str) -> str:
    """Text as one cell of a Markdown table."""
    return re.sub(r"([|<>*_`\[\]$\\])", r"\\\1", " ".join(text.split()))


def linked(text: str, address: str) -> str:
    """Text that leads to an address, if there is one."""
    return f"[{cell(text)}](<{address}>)" if address else cell(text)


def table(titles: list[str], lines: Iterable[list[str]]) -> str:
    """A Markdown table in a box that scrolls where the page is narrow."""
    body = [titles, ["---"] * len(titles), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in body)


def commands() -> str:
    """Every command of the program: what it does, its arguments and options."""
    context = click.Context(main, info_name="rankings")
    return "\n\n".join(
        _command(name, main.commands[name], context) for name in main.list_commands(context)
    )


def _command(name: str, command: click.Command, above: click.Context, depth: int = 2) -> str:
    """A command, and those of its own below it."""
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [
        f"{'#' * depth} {context.command_path}",
        cell(command.help or ""),
        f"```text\n{usage}\n```",
    ]
    found = [each.get_help_record(context) for each in command.params]
    parts += [f"`{term}`\n: {cell(said)}" for term, said in filter(None, found)]
    if isinstance(command, click.Group):
        parts += [
            _command(each, command.commands[each], context, depth + 1)
            for each in command.list_commands(context)
        ]
    return "\n\n".join(parts)


def sources() -> str:
    """Publishers, documents with their address, terms, and how the figures were checked."""
    held = sorted(rows("sources"), key=lambda row: (row["publisher"], row["source_id"]))
    return table(
        ["Publisher", "Document", "Terms", "Checked"],
        [
            [
                cell(row["publisher"]),
                linked(row["document"], row["address"]),
                cell(row["terms"]),
                cell(row["how_checked"]),
            ]
            for row in held
        ],
    )


def editions() -> str:
    """Every edition and vintage held."""
    counted: dict[tuple[str, str, str], int] = {}
    for name in ("egdi", "idi", "gci", "postal", "gtmi"):
        for row in rows(name):
            if row["component"] in ("egdi", "overall"):
                key = row["index"], row["edition"], row["vintage"]
                counted[key] = counted.get(key, 0) + 1
    return table(
        ["Index", "Edition", "Printed in", "Published", "Data of", "Economies", "Printed ranks"],
        [
            [
                row["index"],
                row["edition"],
                cell(row["report"]),
                row["published_year"],
                row["reference_year"] or "–",
                str(counted[row["index"], row["edition"], row["vintage"]]),
                {"competition": "yes", "dense": "yes, dense", "none": "none printed"}.get(
                    row["rank_rule"], "not held"
                ),
            ]
            for row in rows("editions")
        ],
    )


def not_held() -> str:
    """Editions that exist or are due and are not held."""
    return table(
        ["Index", "Edition", "What is known", "Evidence"],
        [
            [row["index"], row["edition"], cell(row["what_is_known"]), cell(row["evidence"])]
            for row in rows("editions_not_held")
        ],
    )


def breaks(index: str) -> str:
    """The method breaks of an index."""
    found = [row for row in rows("breaks") if row["index"] == index]
    return table(
        ["From edition", "Measure", "What changed"],
        [
            [row["edition"], row["component"].upper(), cell(row["what_changed"])]
            for row in sorted(found, key=lambda row: (row["edition"], row["component"]))
        ],
    )


def corrections() -> str:
    """Published cells that are corrected, with the reason."""
    return table(
        ["Cell", "As published", "Corrected", "Reason"],
        [
            [
                f"{row['index']} {row['edition']}, {cell(row['component'])}, {row['iso3']}",
                row["expected"],
                row["corrected"],
                cell(row["reason"]),
            ]
            for row in rows("corrections")
        ],
    )


def releases_then() -> str:
    """Which release of each series was the newest held at each origin of the back-test."""
    held = rankings.load()
    index = definition("EGDI")
    editions = sorted(held.panel.loc[held.panel["index"] == "EGDI", "edition"].unique())
    following = {int(a): int(b) for a, b in pairwise(editions) if a >= record.SINCE}
    found = as_known.coverage(held, index, following)
    return table(
        ["Origin", "Series", "Stands for", "Release", "Last year", "Economies in it", "In any"],
        [
            [
                str(row["origin"]),
                cell(str(row["series"])),
                str(row["component"]).upper(),
                str(row["released"]),
                *(str(row[name]) for name in ("last", "in_last", "economies")),
            ]
            for row in found.to_dict("records")
        ],
    )


def record_then() -> str:
    """Mean CRPS one edition ahead at those origins, by what was looked at."""
    held = rankings.load()
    rows = record.record(held, "EGDI", held.newest_year, SEED)
    rows = rows.loc[rows["h"] == 1]
    models = [
        ("no change", "history"),
        ("closing gaps", "history"),
        ("closing gaps", "nowcast"),
        ("closing gaps", as_known.SAME_SERIES),
        ("closing gaps", as_known.AS_KNOWN),
    ]
    origins = sorted(rows.loc[rows["information"] == as_known.AS_KNOWN, "origin"].unique())
    lines = []
    for origin in origins:
        mine = rows.loc[rows["origin"] == origin].set_index(["model", "information"])["crps"]
        figures = [float(mine.loc[each]) for each in models]
        lines.append([str(origin), *(f"{each:.2f}" for each in figures)])
        lines[-1] += [f"{figures[3] - figures[2]:+.2f}", f"{figures[4] - figures[3]:+.2f}"]
    return table(
        [
            *("Origin", "No change", "Closing gaps, no series", "All series, today's releases"),
            *("Few series, today's releases", "The same few, as known then"),
            *("Series left out cost", "Releases of then cost"),
        ],
        lines,
    )


def views() -> str:
    """What the explorer shows, in the order of the page."""
    return "\n".join(f"- {view.title()}" for view in VIEWS)


def output(words: str) -> str:
    """What a cell of a committed notebook shows: the notebook, then how the cell begins."""
    name, call = words.split(" ", 1)
    book = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    for each in book.cells:
        if each.cell_type == "code" and call in each.source.splitlines():
            return str(each.outputs[0]["data"]["text/html"]).strip()
    raise ValueError(f"notebook {name} has no cell {call}")


WRITERS: dict[str, Callable[..., str]] = {
    each.__name__: each
    for each in (
        commands,
        sources,
        editions,
        not_held,
        breaks,
        corrections,
        views,
        output,
        releases_then,
        record_then,
    )
}


def filled(text: str) -> str:
    """A page with every marked place filled."""
    import onrecord  # it writes its tables with what this module has

    WRITERS.update({each.__name__: each for each in onrecord.WRITERS})
    return PLACE.sub(lambda found: WRITERS[found[1]](*([found[2]] if found[2] else [])), text)


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Fill the marked places of a page as it is read."""
    source[0] = filled(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Have every page filled."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
