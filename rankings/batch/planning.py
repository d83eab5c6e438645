"""Which notebooks are to be run, with which parameters, before any of them is?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rankings import store
from rankings.batch import manifest
from rankings.batch.folders import building
from rankings.batch.pipelines import Given, Members, Pipeline, Story, expanded, once
from rankings.batch.worker import FRONT, Job
from rankings.errors import InputError
from rankings.language import messages

NAME, MEASURE = "{name}", "{measure}"


@dataclass(frozen=True)
class Told:
    """One story to tell: its resolved parameters, or why it cannot be told."""

    story: Story
    given: Given
    refused: str = ""


def told_stories(
    pipeline: Pipeline, resolve: Callable[[Given], Given], members: Members | None
) -> list[Told]:
    """Every story with its resolved parameters, one per economy.

    One economy of a group that has no answer gets a page saying so; a story that was asked for by
    itself, or a group of which none has an answer, is refused.
    """
    told: list[Told] = []
    language = pipeline.defaults.language or messages.SOURCE_LANGUAGE
    for template in pipeline.stories:
        ours: list[Told] = []
        for story in expanded(template, members, language):
            given = pipeline.defaults.given() | story.given()
            try:
                resolved = resolve(given)
                ours.append(Told(_named(story, resolved, members), resolved))
            except InputError as error:
                ours.append(Told(story, given, _in_words(error, given.get("language"))))
        if all(each.refused for each in ours) or (ours and not _is_group(template)):
            for each in ours:
                if each.refused:
                    raise InputError(f"{each.story.name}: {each.refused}")
        told += ours
    try:
        once("stories", [each.story.name for each in told])
    except ValueError as error:
        raise InputError(str(error)) from None
    return told


def _named(story: Story, given: Given, members: Members | None) -> Story:
    """A story of one economy whose title and sentence say its name and its measure."""
    words = {"title": story.title, "sentence": story.sentence}
    if NAME in "".join(words.values()) and "economy" in given:
        code = str(given["economy"])
        language = str(given.get("language", messages.SOURCE_LANGUAGE))
        name = members(code, language)[code] if members else code
        words = {part: text.replace(NAME, name) for part, text in words.items()}
    if "measure" in given:
        code = str(given["measure"])
        words = {part: text.replace(MEASURE, code) for part, text in words.items()}
    return story.model_copy(update=words)


def _is_group(template: Story) -> bool:
    """Whether one entry of a pipeline asks for several stories."""
    return template.economies is not None or bool(template.measures)


def _in_words(refusal: InputError, language: str | None) -> str:
    """A refusal as the page of its story gives it."""
    from rankings.report import refusals  # only needed where a story has no answer

    with messages.speaking(language if language in messages.languages() else "en"):
        return refusals.told(refusal)


def check_parameters(told: Sequence[tuple[Story, Given]], asked: Mapping[str, set[str]]) -> None:
    """Every notebook is given all it asks for, and nothing is given that none asks for."""
    known = set().union(*asked.values())
    for story, given in told:
        for notebook, names in asked.items():
            if missing := sorted(names - set(given)):
                raise InputError(
                    f"{story.name}: notebook {notebook} asks for {', '.join(missing)}, which the "
                    "pipeline does not give; add it, or take it out of the parameters cell"
                )
        if unknown := sorted(set(given) - known):
            raise InputError(
                "{story}: {reason}",
                story=story.name,
                reason=InputError.suggest("parameter", unknown[0], sorted(known)),
            )


def plan_jobs(
    pipeline: Pipeline, told: Told, wanted: Mapping[str, set[str]], notebooks: Path, out: Path
) -> Iterator[Job]:
    """One job per notebook of a story."""
    language = told.given.get("language", messages.SOURCE_LANGUAGE)
    files = {name: f"{name}.html" for name in pipeline.notebooks} | {pipeline.front: FRONT}
    inner = sorted(files, key=lambda name: name != pipeline.front)
    with messages.speaking(language if language in messages.languages() else "en"):
        pages = [(label(name), files[name]) for name in inner]
        if len(pipeline.stories) > 1 or _is_group(pipeline.stories[0]):
            pages.insert(0, (messages._("All reports"), "../index.html"))
    for name in pipeline.notebooks:
        source = notebooks / f"{name}.ipynb"
        given = {key: told.given[key] for key in told.given if key in wanted[name]}
        yield Job(
            story=told.story.name,
            notebook=name,
            title=told.story.title,
            source=source,
            folder=building(out / told.story.name),
            pages=tuple(pages),
            page=files[name],
            parameters=given,
            key=manifest.key(
                manifest.file_digest(source), given, told.story.title, pages, files[name], ground()
            ),
            refused=told.refused,
        )


def ground() -> tuple[str, str]:
    """What every page hangs on: the data and the code."""
    return store.raw_digest(), manifest.code_digest()


def label(notebook: str) -> str:
    """What a notebook is called in the navigation: "20-who-moved" is "Who moved"."""
    words = re.sub(r"^\d+-", "", notebook).replace("-", " ")
    return messages._(words[:1].upper() + words[1:])
