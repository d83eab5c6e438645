"""What does a pipeline file ask for? Stories, the notebooks that tell them, their parameters."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from rankings import texts
from rankings.errors import InputError
from rankings.language import messages
from rankings.story import parameters
from rankings.story.parameters import MeasureCode

# A name becomes a folder or a file: nothing in it can lead elsewhere.
Name = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=80)]
NAME_WANTED = "letters, digits and hyphens"
WANTED = {
    "name": NAME_WANTED,
    "out": NAME_WANTED,
    "front": NAME_WANTED,
    "notebooks": f"names of {NAME_WANTED}",
    "economies": "a group's name or a list of economies",
    "measures": "a list of measures as EGDI, TII or GCI",
}
Given = dict[str, Any]
# A group or ISO3 codes, and a language: ISO3 code and name of each economy.
Members = Callable[[str | list[str], str], Mapping[str, str]]


class Parameters(parameters.Parameters):
    """What a notebook can be told; what is left out is not given to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> Given:
        """The parameters that are set."""
        names = set(parameters.Parameters.model_fields)
        return self.model_dump(include=names, exclude_unset=True)

    @property
    def own_language(self) -> str | None:
        """The language, if it is set."""
        return self.language if "language" in self.model_fields_set else None


class Story(Parameters):
    """One folder of pages: one set of parameters, or one per economy of ``economies``.

    In title and sentence ``{name}`` becomes the economy's name and ``{measure}`` the measure's
    code. With ``economies`` (a group's name, or codes and names) the folder's name gets the
    economy's code in front; with ``measures`` there is one folder per measure, whose code comes
    after the name.
    """

    name: Name
    title: str
    sentence: str = ""
    economies: str | list[str] | None = None
    measures: list[MeasureCode] | None = None

    @model_validator(mode="after")
    def _one_or_many(self) -> "Story":
        if "economy" in self.model_fields_set and self.economies:
            raise ValueError("expected economy or economies, found both; leave one out")
        if "measure" in self.model_fields_set and self.measures:
            raise ValueError("expected measure or measures, found both; leave one out")
        if self.measures is not None and not self.measures:
            raise ValueError("measures: expected at least one, found none")
        return self


class Pipeline(BaseModel):
    """Stories and the notebooks that each is told by; ``front`` becomes a story's index page."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: str
    out: Name
    notebooks: list[Name]
    front: Name
    defaults: Parameters = Parameters()
    stories: list[Story]

    @model_validator(mode="after")
    def _complete(self) -> "Pipeline":
        if self.front not in self.notebooks:
            unknown = InputError.suggest("notebook", self.front, self.notebooks)
            raise ValueError(f"front: {unknown}")
        if not self.stories:
            raise ValueError("expected at least one [[stories]], found none")
        once("notebooks", self.notebooks)
        return self

    def speaking(self, language: str | None) -> "Pipeline":
        """The same pipeline in another language, but for stories that name their own; None: as is.

        Raises:
            InputError: there is no such language.
        """
        if language is None:
            return self
        defaults = {"language": messages.check_language(language)}
        return self.model_copy(update={"defaults": self.defaults.model_copy(update=defaults)})


def once(kind: str, names: Sequence[str]) -> None:
    """Nothing, or `ValueError` if two names would be one folder or file."""
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise ValueError(f"{kind}: expected each name once, found {', '.join(twice)} again")


def load(path: Path) -> Pipeline:
    """The pipeline in a TOML file.

    Raises:
        InputError: no such file, not TOML, or keys and values that are not a pipeline's; one line
            for each, naming file and key.
    """
    if not path.is_file():
        raise InputError.suggest("pipeline", path, map(str, sorted(path.parent.glob("*.toml"))))
    return parse(texts.read_toml(path), where=str(path))


def parse(table: Mapping[str, Any], *, where: str) -> Pipeline:
    """The pipeline that a table describes; ``where`` is named in the `InputError` if it is none."""
    try:
        return Pipeline.model_validate(table)
    except ValidationError as error:
        raise InputError("\n".join(_lines(error, where))) from None


def _lines(error: ValidationError, where: str) -> list[str]:
    """One line for each key that is wrong."""
    lines = {}
    for wrong in error.errors(include_url=False):
        # Within a choice of types pydantic adds a step for each type, which no file holds.
        path = [part for part in wrong["loc"] if not re.search(r"\W|^(int|str)$", str(part))]
        above = tuple(path[:2]) if len(path) > 1 else ()
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        place = ", ".join(f"no. {part + 1}" if isinstance(part, int) else part for part in path)
        match wrong["type"]:
            case "extra_forbidden":
                model = Story if "stories" in above else Parameters if above else Pipeline
                said = str(InputError.suggest("key", key, model.model_fields))
            case "missing":
                said = "expected a value, found none; add it"
            case "value_error":
                said = str(wrong["ctx"]["error"])
            case _:
                wanted = wrong["msg"].removeprefix("Input should be ")
                said = f"expected {WANTED.get(key, wanted)}, found {wrong['input']!r}"
        # Of two faults of one key the later is the more particular one.
        lines[above, key] = f"{where}: {place}: {said}" if place else f"{where}: {said}"
    return list(lines.values())


def spoken(text: str, language: str | None) -> str:
    """A title or sentence of a pipeline in a language, as written where it has no translation."""
    known = language if language in messages.languages() else messages.SOURCE_LANGUAGE
    with messages.speaking(known or messages.SOURCE_LANGUAGE):
        return messages.fact(text)


def expanded(story: Story, members: Members | None, language: str) -> Iterator[Story]:
    """The story itself, or one for each of its economies, its words in the story's language.

    Args:
        story: as the pipeline has it.
        members: looks economies up.
        language: of a story that names none.
    """
    if story.measures:
        for code in dict.fromkeys(story.measures):
            own = {
                "name": f"{story.name}-{code.lower().replace(':', '-')}",
                "title": spoken(story.title, story.own_language or language).replace(
                    "{measure}", code
                ),
                "sentence": spoken(story.sentence, story.own_language or language).replace(
                    "{measure}", code
                ),
                **{"measure": code, "measures": None},
            }
            one = Story.model_validate(story.model_dump(exclude_unset=True) | own)
            yield from expanded(one, members, language)
        return
    language = story.own_language or language
    words = {name: spoken(getattr(story, name), language) for name in ("title", "sentence")}
    if story.economies is None:
        yield story.model_copy(update=words)
        return
    if members is None:
        raise InputError(f"{story.name}: economies cannot be looked up here; give one economy")
    for iso3, name in members(story.economies, language).items():
        own = {
            "name": f"{iso3.lower()}-{story.name}",
            "title": words["title"].replace("{name}", name),
            "sentence": words["sentence"].replace("{name}", name),
            "economy": iso3,
            "economies": None,
        }
        yield Story.model_validate(story.model_dump(exclude_unset=True) | own)
