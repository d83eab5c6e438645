"""What can be drawn, and how is it read? Every figure of a story on one page, with its line.

`make gallery`, or ``python -m tools.gallery FOLDER``, writes the pictures and a page in
Markdown for each language. The documentation does so when it is built, into build/gallery, and
its pages docs/gallery.md and docs/gallery-vi.md include what was written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import click

from rankings.batch import manifest
from rankings.data import world
from rankings.figures import Picture
from rankings.language import messages
from rankings.language.messages import _
from rankings.report import verbs
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


@dataclass(frozen=True)
class Words:
    """What the gallery says of a verb that draws, and what it gives it beside the story."""

    title: str
    reading: str
    given: dict[str, object] = field(default_factory=dict)


def words() -> dict[str, Words]:
    """What is said of the figures, the most used first, in the language spoken."""
    return {
        "pictures.strip": Words(
            _("Strip"),
            _("How far the dot is from the band on every measure at once, and who is in between."),
        ),
        "pictures.rank_history": Words(
            _("Bump chart"),
            _("Whether the place rises against the peers, and at which changes of method."),
        ),
        "pictures.slope": Words(
            _("Slope chart"),
            _("Who passed whom between two editions: dark lines cross the economy's own."),
            {"start": 2014, "end": 2018},
        ),
        "pictures.tiles": Words(
            _("Tiles of the world"),
            _("Where the economies of the band lie; a tile for each, without borders or seas."),
        ),
        "pictures.dumbbell": Words(
            _("Dumbbell"),
            _("Which sub-index lies furthest from the values at the band's ends."),
        ),
        "pictures.waterfall": Words(
            _("Waterfall"),
            _(
                "How many of the places to the band each sub-index accounts for; hatched bars go "
                "down."
            ),
        ),
        "change.waterfall": Words(
            _("Waterfall of a move"),
            _("How much of a change of rank comes from the economy's own moves."),
        ),
        "pictures.bar_table": Words(
            _("Table with bars"),
            _("The numbers behind the places, column by column, beside the band's ends."),
        ),
        "drivers.picture": Words(
            _("Drivers"),
            _("Which indicators lie outside the middle half of the band, each on its own scale."),
        ),
        "pictures.standing_lines": Words(
            _("Standing lines"),
            _("Whether each sub-index gains on the world mean and on the band."),
        ),
        "pictures.fan": Words(
            _("Fan"),
            _("How wide the ranks to come spread, whether the band is within, and what came."),
            {"hindsight": True},
        ),
        "scenarios.scenario_picture": Words(
            _("Chances"),
            _("How likely the band becomes at another pace."),
        ),
        "pictures.growth": Words(
            _("Changes achieved"),
            _("Whether any economy has yet gained what the band takes."),
        ),
        "pictures.rank_intervals": Words(
            _("Ranks with intervals"),
            _("Between which ranks economies may lie: intervals that overlap."),
        ),
        "certainty.composite_picture": Words(
            _("Ranking with intervals"),
            _("How far the place in our composite depends on how it is computed."),
        ),
        "record.calibration_picture": Words(
            _("Calibration"),
            _("Whether stated chances came true: points on the dashed line are exactly right."),
        ),
        "pictures.chance": Words(
            _("Chance by edition"),
            _("How likely the band is in each edition up to the deadline."),
        ),
        "pictures.residuals": Words(
            _("Residuals"),
            _("How wide the draws spread: what the model left over in past steps."),
        ),
        "pictures.illustration": Words(
            _("Rank by method"),
            _("Where a mean of the headline measures would stand, by method and over weights."),
        ),
    }


def exhibits() -> list[Exhibit]:
    """Every figure that a verb draws of a story, in the language spoken.

    One of which nothing is said here comes last, under its own name.
    """
    drawn, said = verbs.collect_pictures(), words()
    order = [
        *(name for name in said if name in drawn),
        *(name for name in drawn if name not in said),
    ]
    return [_exhibit(name, drawn[name], said.get(name)) for name in order]


def _exhibit(name: str, draw: Callable[..., object], said: Words | None) -> Exhibit:
    if said is None:
        reading = str(draw.__doc__ or name).strip().split("\n")[0]
        said = Words(name.replace(".", ": ").replace("_", " "), reading)
    options = "".join(f", {key}={value!r}" for key, value in said.given.items())
    made = cast(Callable[..., Picture | None], draw)
    return Exhibit(said.title, said.reading, f"{name}(story{options})", partial(made, **said.given))


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
    modules = sorted({each.line.split(".")[0] for each in exhibits()})
    asked = ASKED.format(language="" if language == "en" else f', language="{language}"')
    yield _(
        "Each figure is a function of a finished table and carries its source; its alternative "
        "text states the finding. All lines below follow these two:"
    )
    yield (
        "```python\nimport rankings\n"
        f"from rankings.report import {', '.join(modules)}\n\n"
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
