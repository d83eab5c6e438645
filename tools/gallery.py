"""What can be drawn, and how is it read? Every figure of a story on one page, with its line.

`make gallery`, or ``python -m tools.gallery FOLDER``, writes the pictures and a page in
Markdown for each language. The documentation does so when it is built, into build/gallery, and
its pages docs/gallery.md and docs/gallery-vi.md include what was written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from rankings.batch import manifest
from rankings.data import world
from rankings.figures import Picture
from rankings.language import messages
from rankings.language.messages import _
from rankings.report import certainty, change, drivers, pictures, record, scenarios
from rankings.story import question as stories
from rankings.story.question import Story

MADE = "made-of.txt"
ASKED = 'story = rankings.ask("VNM", as_of=2018, band="30:50", target_year=2020{language})'


@dataclass(frozen=True)
class Exhibit:
    """One figure of the gallery.

    Attributes:
        title: what kind of figure it is.
        reading: one sentence on what to read from it.
        line: the line of Python that makes it.
        draw: what that line calls.
    """

    title: str
    reading: str
    line: str
    draw: Callable[[Story], Picture | None]

    @property
    def name(self) -> str:
        """The line's own words, for the name of a file."""
        return self.line.split("(")[0].replace(".", "-").replace("_", "-")


def exhibits() -> list[Exhibit]:
    """All figures, the most used first, in the language spoken."""
    return [
        Exhibit(
            _("Strip"),
            _("How far the dot is from the band on every measure at once, and who is in between."),
            "pictures.strip(story)",
            pictures.strip,
        ),
        Exhibit(
            _("Bump chart"),
            _("Whether the place rises against the peers, and at which changes of method."),
            "pictures.rank_history(story)",
            pictures.rank_history,
        ),
        Exhibit(
            _("Slope chart"),
            _("Who passed whom between two editions: dark lines cross the economy's own."),
            "pictures.slope(story, 2014, 2018)",
            lambda story: pictures.slope(story, 2014, 2018),
        ),
        Exhibit(
            _("Tiles of the world"),
            _("Where the economies of the band lie; a tile for each, without borders or seas."),
            "pictures.tiles(story)",
            pictures.tiles,
        ),
        Exhibit(
            _("Dumbbell"),
            _("Which sub-index lies furthest from the values at the band's ends."),
            "pictures.dumbbell(story)",
            pictures.dumbbell,
        ),
        Exhibit(
            _("Waterfall"),
            _(
                "How many of the places to the band each sub-index accounts for; hatched bars go "
                "down."
            ),
            "pictures.waterfall(story)",
            pictures.waterfall,
        ),
        Exhibit(
            _("Waterfall of a move"),
            _("How much of a change of rank comes from the economy's own moves."),
            "change.waterfall(story)",
            change.waterfall,
        ),
        Exhibit(
            _("Table with bars"),
            _("The numbers behind the places, column by column, beside the band's ends."),
            "pictures.bar_table(story)",
            pictures.bar_table,
        ),
        Exhibit(
            _("Drivers"),
            _("Which indicators lie outside the middle half of the band, each on its own scale."),
            "drivers.picture(story)",
            drivers.picture,
        ),
        Exhibit(
            _("Standing lines"),
            _("Whether each sub-index gains on the world mean and on the band."),
            "pictures.standing_lines(story)",
            pictures.standing_lines,
        ),
        Exhibit(
            _("Fan"),
            _("How wide the ranks to come spread, whether the band is within, and what came."),
            "pictures.fan(story, hindsight=True)",
            lambda story: pictures.fan(story, hindsight=True),
        ),
        Exhibit(
            _("Chances"),
            _("How likely the band becomes at another pace."),
            "scenarios.scenario_picture(story)",
            scenarios.scenario_picture,
        ),
        Exhibit(
            _("Changes achieved"),
            _("Whether any economy has yet gained what the band takes."),
            "pictures.growth(story)",
            pictures.growth,
        ),
        Exhibit(
            _("Ranks with intervals"),
            _("Between which ranks economies may lie: intervals that overlap."),
            "pictures.rank_intervals(story)",
            pictures.rank_intervals,
        ),
        Exhibit(
            _("Ranking with intervals"),
            _("How far the place in our composite depends on how it is computed."),
            "certainty.composite_picture(story)",
            certainty.composite_picture,
        ),
        Exhibit(
            _("Calibration"),
            _("Whether stated chances came true: points on the dashed line are exactly right."),
            "record.calibration_picture(story)",
            record.calibration_picture,
        ),
    ]


def page(language: str, folder: Path) -> Path:
    """Draw every figure in a language and write the page beside the pictures.

    The pictures are ``LANGUAGE-NAME.png``; the page is ``gallery-LANGUAGE.md``, its headings
    from the second level down.
    """
    with messages.speaking(language):
        story = stories.ask("VNM", 2018, "30:50", 2020, language=language)
        text = "\n\n".join([*_opening(language), *_shown(story, folder)])
    path = folder / f"gallery-{language}.md"
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _opening(language: str) -> Iterator[str]:
    asked = ASKED.format(language="" if language == "en" else f', language="{language}"')
    yield _(
        "Each figure is a function of a finished table and carries its source; its alternative "
        "text states the finding. All lines below follow these two:"
    )
    yield (
        "```python\nimport rankings\n"
        "from rankings.report import certainty, change, drivers, pictures, record, scenarios\n\n"
        f"{asked}\n```"
    )


def _shown(story: Story, folder: Path) -> Iterator[str]:
    for each in exhibits():
        picture = each.draw(story)
        if picture is None:
            continue
        file = picture.save(folder / f"{story.language}-{each.name}.png").name
        yield f"## {each.title}"
        yield each.reading
        yield f"```python\n{each.line}\n```"
        yield f"![{_plain(picture.alt)}]({file})"


def _plain(text: str) -> str:
    """Words that Markdown would take for signs, as they are."""
    for sign in "\\[]*_<>`$":
        text = text.replace(sign, "\\" + sign)
    return text


def write(folder: Path, languages: Sequence[str]) -> list[Path]:
    """The pages of all languages, made anew unless code, data and libraries are as they were."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"gallery-{language}.md" for language in languages]
    made_of = manifest.key(manifest.code_digest(), world.load().fingerprint, list(languages))
    note = folder / MADE
    if note.is_file() and note.read_text(encoding="utf-8") == made_of and _whole(paths):
        return paths
    note.unlink(missing_ok=True)
    for language in languages:
        page(language, folder)
    note.write_text(made_of, encoding="utf-8")
    return paths


def _whole(paths: Sequence[Path]) -> bool:
    """Whether all pages are there with the pictures they show."""
    return all(
        path.is_file()
        and all((path.parent / name).is_file() for name in pictured(path.read_text("utf-8")))
        for path in paths
    )


def pictured(text: str) -> list[str]:
    """The files a page shows, in order."""
    return re.findall(r"\]\(([\w-]+\.png)\)", text)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--language", "languages", multiple=True, help="Only this one  [default: all]")
def main(folder: Path, languages: tuple[str, ...]) -> None:
    """Write the gallery's pages and pictures into FOLDER."""
    asked = [messages.check_language(each) for each in languages] or messages.languages()
    for path in write(folder, asked):
        click.echo(path)


if __name__ == "__main__":
    main()
