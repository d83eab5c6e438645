"""Whose question is answered, seen from when, with which target? The checked parameters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd

from rankings.analysis import targets
from rankings.analysis.targets import Band
from rankings.data import world
from rankings.data.vintages import Figures
from rankings.errors import InputError, NotKnown
from rankings.forecasts import joint, registry
from rankings.forecasts.baselines import NO_CHANGE
from rankings.forecasts.closing import CLOSING_GAPS
from rankings.forecasts.draws import DRAWS, FEWEST_EDITIONS, Draws
from rankings.memo import remembered
from rankings.panel import economies
from rankings.panel import shape as panels
from rankings.panel.definitions import Index
from rankings.panel.measures import Measure, measures
from rankings.panel.trees import part_top, tree, tree_at
from rankings.store import SOURCE_LANGUAGE
from rankings.story import measured
from rankings.story.parameters import NEWEST, Parameters, read_parameters

MEASURE = joint.EGDI
# Parts are told of an edition where so large a share of its economies has them.
MOST_HELD = 0.9


@dataclass(frozen=True)
class Story:
    """One question with all its parameters, each checked, and the tables as known then.

    Attributes:
        world: all that is held.
        economy: ISO3.
        as_of: a year, its end: only vintages published by then are known.
        band: the target band of ranks.
        target_year: the deadline; it means the last edition published by then.
        peers: ISO3 codes of the economies compared with, without the economy itself.
        peer_group: what the peers were called.
        language: of sentences, tables and figures.
        seed: of every random draw.
        measure: code of what the rank is of ("EGDI", "TII", "ICT").

    Examples:
        >>> import rankings
        >>> story = rankings.ask("EST", as_of=2018, band="1:20", target_year=2020)
        >>> story.name, story.index.name, story.edition, story.ahead
        ('Estonia', 'EGDI', 2018, [2020])
        >>> float(story.scores["EST"])
        0.8486
    """

    world: world.World
    economy: str
    as_of: int
    band: Band
    target_year: int
    peers: tuple[str, ...]
    peer_group: str
    language: str
    seed: int
    measure: str = MEASURE

    @property
    def asked(self) -> Measure:
        """The measure the target is set in."""
        return measures()[self.measure]

    @cached_property
    def index(self) -> Index:
        """The measure as an index: its overall component, parts, weights and decimals."""
        known = _newest(self.panel, tree(self.measure).name)
        return tree_at(self.measure, known)

    @property
    def known(self) -> pd.DataFrame:
        """What publishers had said by the end of the as-of year (newest vintages)."""
        return self.world.known(self.as_of)

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The same with the rows of the measure, where no index is named after it."""
        return measured.panel_of(self.world, self.as_of, self.measure)

    @property
    def breaks(self) -> pd.DataFrame:
        """Method breaks of the measure, under its name; columns of `World.breaks`."""
        return measured.breaks_of(self.world, self.as_of, self.measure)

    @cached_property
    def edition(self) -> int:
        """The newest edition of the index known then."""
        return _newest(self.panel, self.index.name)

    @cached_property
    def ahead(self) -> list[int]:
        """The editions due between then and the deadline.

        Raises:
            NotKnown: the measure cannot be forecast, with the reason.
        """
        if self.measure == MEASURE:
            return self.index.next_editions(self.edition, self.target_year)
        self.asked.check_forecast()
        return self.joint().editions(self.measure)

    @cached_property
    def parts(self) -> pd.DataFrame:
        """Values of the newest edition: economies down, components across."""
        return _parts(self.panel, self.index.name, self.edition)

    @cached_property
    def scores(self) -> pd.Series:
        """Overall scores of the newest edition, of the economies that have one."""
        return self.parts[self.index.overall].dropna()

    @property
    def scale_end(self) -> float:
        """The highest score the newest edition's scale allows."""
        return self.asked.scale(self.edition).high

    @cached_property
    def sub_indices(self) -> list[str]:
        """What the measure is made of in the newest edition, by the order of its weights.

        Empty where that is not held: no publisher says it, or only of some economies.
        """
        try:
            names = [str(each) for each in self.index.weights_of(self.edition).index]
        except NotKnown:
            return []
        held = [name for name in names if name in self.parts and name != self.index.overall]
        if len(held) < len(names):
            return []
        known = self.parts.loc[self.scores.index, names].notna().all(axis=1)
        return names if known[self.economy] and known.mean() >= MOST_HELD else []

    @property
    def weights(self) -> pd.Series:
        """Weight of each of `sub_indices` in the score.

        Raises:
            NotKnown: what the measure is made of is not held for the newest edition.
        """
        if not self.sub_indices:
            raise self._no_parts()
        return self.index.weights_of(self.edition)

    def _no_parts(self) -> NotKnown:
        """Why the newest edition is not split, and which one was."""
        rows = self.panel.loc[self.panel["index"] == self.index.name]
        every = rows.loc[rows["component"] != self.index.overall]
        counts = every.groupby("edition")["iso3"].nunique()
        whole = (
            rows.loc[rows["component"] == self.index.overall].groupby("edition")["iso3"].nunique()
        )
        split = [
            edition
            for edition in counts.index
            if edition in whole.index and counts[edition] >= MOST_HELD * whole[edition]
        ]
        if not split or not len(self.index.weights):
            return NotKnown(
                "what {index} {edition} is made of is not held: it is not split by its parts",
                index=self.index.name,
                edition=self.edition,
            )
        return NotKnown(
            "what {index} {edition} is made of is not held: it is not split by its parts; the "
            "newest edition that is was {other}, seen as of that year",
            index=self.index.name,
            edition=self.edition,
            other=int(split[-1]),
        )

    @property
    def parts_are_measures(self) -> bool:
        """Whether each part has a scale of its own, or they are indicators on that of the whole."""
        return all(part_top(self.measure, part, self.edition) for part in self.sub_indices)

    @cached_property
    def part_tops(self) -> pd.Series:
        """The highest value of each of `sub_indices`: the end of its scale, or the best held."""
        tops = {part: part_top(self.measure, part, self.edition) for part in self.sub_indices}
        held = self.parts[self.sub_indices].max()
        return pd.Series(tops, dtype=float).fillna(held)

    @cached_property
    def names(self) -> pd.Series:
        """Names of all economies in the story's language, by ISO3."""
        return economies.names(self.world.economies, self.language)

    @property
    def name(self) -> str:
        """The economy's name."""
        return str(self.names[self.economy])

    @property
    def figures(self) -> Figures:
        """Yearly series in use at the end of the as-of year, and indicators of the index."""
        return self.world.figures(self.as_of)

    @property
    def key(self) -> tuple[object, ...]:
        """Names the data of this story: what computed once may serve every economy."""
        return (self.world.fingerprint, self.as_of)

    def joint(self, model: str = CLOSING_GAPS) -> joint.Joint:
        """The draws of all measures up to the deadline, on one set of paths."""
        return _joint(self.world, self.as_of, self.target_year, self.seed, model)

    def draws(self, label: str) -> Draws:
        """Joint draws of the editions ahead by a model of `rankings.forecasts.registry`.

        Raises:
            NotKnown: the measure cannot be forecast, with the reason.
        """
        return _draws(self, label)


@remembered(most=8)
def _newest(panel: pd.DataFrame, index: str) -> int:
    """The newest edition of an index; 0 if there is none."""
    editions = panel.loc[panel["index"] == index, "edition"]
    return int(editions.max()) if len(editions) else 0


@remembered(most=8)
def _parts(panel: pd.DataFrame, index: str, edition: int) -> pd.DataFrame:
    """Values of an edition: economies down, components across."""
    return panels.wide(panel, index, edition)


@remembered(most=8)
def _joint(world: world.World, as_of: int, until: int, seed: int, model: str) -> joint.Joint:
    return joint.joint(world, as_of, until, seed, model=model)


@remembered(most=8)
def _draws(story: Story, label: str) -> Draws:
    model = registry.labelled(label)
    if story.measure != MEASURE and model.name in (NO_CHANGE, CLOSING_GAPS):
        return _joint_draws(story, model.name)
    return registry.drawn(
        model,
        story.panel,
        story.index,
        story.ahead,
        story.seed,
        DRAWS,
        story.figures,
        story.key,
    )


# The same for every economy seen from the same year.
@remembered(most=8)
def _of_joint(drawn: joint.Joint, code: str) -> Draws:
    return drawn.draws(code)


def _joint_draws(story: Story, model: str) -> Draws:
    """The draws of a measure on the paths all measures share; `NotKnown` where there are none."""
    try:
        drawn = _of_joint(story.joint(model), story.measure)
        drawn.place(story.economy)
    except NotKnown:
        raise
    except InputError as refusal:
        raise NotKnown("{reason}", reason=refusal) from None
    return drawn


def year(as_of: object, held: world.World) -> int:
    """The as-of year; "newest" is the year in which the newest held edition was published.

    Raises:
        InputError: not a year, or one later than anything held.
    """
    wanted = read_parameters({"as_of": as_of}).as_of
    if isinstance(wanted, str):
        return held.newest_year
    if wanted > held.newest_year:
        raise InputError(
            "as_of {year}: the newest edition held was published in {newest}, what became known "
            "later is not held; use {last} or earlier",
            year=wanted,
            newest=held.newest_year,
            last=held.newest_year,
        )
    return wanted


def ask(
    economy: str = "VNM",
    as_of: int | str = NEWEST,
    band: str | Sequence[int] = "30:50",
    target_year: int = 2030,
    peers: str | Iterable[str] = economies.ASEAN,
    language: str = SOURCE_LANGUAGE,
    seed: int = 2018,
    measure: str = MEASURE,
) -> Story:
    """Check the parameters of a story and open its tables.

    Args:
        economy: ISO3 code.
        as_of: a year, its end; or "newest".
        band: ranks as "30:50" or (30, 50), or ids of official targets.
        target_year: the deadline.
        peers: a group, or codes as "THA,MYS" or in a list.
        language: of words and number formats.
        seed: of the random draws.
        measure: what the rank is of: an index, a part of one or our composite, by any name it has.

    Raises:
        InputError: one of them has no right answer; the message says which and what would work.

    Examples:
        >>> import rankings
        >>> from rankings.report import summary
        >>> story = rankings.ask("VNM", as_of=2018, band="30:50", target_year=2020)
        >>> print(summary.question(story).text.split(":")[0])
        Viet Nam, as known at the end of 2018
    """
    given = read_parameters(
        {
            **{"economy": economy, "as_of": as_of, "band": band, "target_year": target_year},
            **{"peers": peers, "language": language, "seed": seed, "measure": measure},
        }
    )
    return open_story(given)


def open_story(given: Parameters) -> Story:
    """The story of checked parameters; `InputError` where the figures held cannot answer it."""
    held = world.load()
    economy = economies.check_economy(held.economies, given.economy)
    then = year(given.as_of, held)
    members = economies.members(held.economies, given.peers, then, held.groups)
    story = Story(
        world=held,
        economy=economy,
        as_of=then,
        band=targets.band(given.band, held.targets, measures()[given.measure]),
        target_year=_deadline(given.target_year, then),
        peers=tuple(iso3 for iso3 in members if iso3 != economy),
        peer_group=given.peers,
        language=given.language,
        seed=given.seed,
        measure=given.measure,
    )
    return _one(_check_against_index(story))


@lru_cache(maxsize=32)
def _one(story: Story) -> Story:
    """One object for one question: what follows from a story is kept beside it."""
    return story


FURTHEST = 30


def _deadline(deadline: int, as_of: int) -> int:
    """A year not further ahead than any forecast could mean something."""
    if deadline > as_of + FURTHEST:
        raise InputError(
            "target_year {year} is more than {most} years after {as_of}: no forecast reaches so "
            "far",
            year=deadline,
            most=FURTHEST,
            as_of=as_of,
        )
    return deadline


def _check_against_index(story: Story) -> Story:
    """The story itself, if its index has the economy, the band and an edition by the deadline."""
    index = story.index.name
    if not _newest(story.panel, index):
        raise InputError(
            "no edition of {index} was known at the end of {year}; the first was published "
            "in {first}",
            index=index,
            year=story.as_of,
            first=measured.first_published(story.world, story.measure),
        )
    if story.measure == MEASURE:
        _check_editions(story)
    if len(story.scores) < 2:
        raise InputError(
            "{index} {edition} is held of one economy alone: there is no ranking",
            index=index,
            edition=story.edition,
        )
    if story.economy not in story.scores.index:
        inside = sorted(
            set(story.known.loc[story.known["iso3"] == story.economy, "index"]) - {index}
        )
        if inside:
            raise InputError(
                "{code} ({name}) is not ranked in {index} {edition}; it is in {parts}",
                code=story.economy,
                name=story.name,
                index=index,
                edition=story.edition,
                parts=", ".join(inside),
            )
        raise InputError(
            "{code} ({name}) is not ranked in {index} {edition}",
            code=story.economy,
            name=story.name,
            index=index,
            edition=story.edition,
        )
    story.band.check(len(story.scores))
    _check_ahead(story)
    return story


def _check_ahead(story: Story) -> None:
    """`InputError` where no edition is due by the deadline; what is never forecast has none."""
    try:
        assert story.ahead, "an edition is due, or the reason was raised"
    except NotKnown:
        return


def _check_editions(story: Story) -> None:
    """`InputError` where too few editions were known for any forecast; the first year that works.

    Without a forecast there is no answer, and before the first editions two years apart the next
    ones could not be named.
    """
    held = story.world.editions
    mine = held.loc[
        (held["index"] == story.index.name) & (held["edition"] >= story.index.model_from)
    ]
    out = mine.groupby("edition")["published_year"].min().sort_values()
    known = int((out <= story.as_of).sum())
    if known < FEWEST_EDITIONS:
        raise InputError(
            "as_of {year}: comparable editions of the {index} known by then: {count}; a "
            "forecast needs {fewest}; use {first} or later",
            year=story.as_of,
            count=known,
            index=story.index.name,
            fewest=FEWEST_EDITIONS,
            first=int(out.iloc[FEWEST_EDITIONS - 1]),
        )


def resolve(given: dict[str, Any]) -> dict[str, Any]:
    """Checked, plain parameters of a notebook from those of a command or a pipeline.

    "newest" becomes a year and a target's id becomes its band.

    Raises:
        InputError: as `ask`.
    """
    asked = ask(**given)
    return {
        "economy": asked.economy,
        "as_of": asked.as_of,
        "band": str(asked.band),
        "target_year": asked.target_year,
        "peers": asked.peer_group,
        "language": asked.language,
        "seed": asked.seed,
        "measure": asked.measure,
    }


def members(group: str | list[str], language: str = SOURCE_LANGUAGE) -> dict[str, str]:
    """ISO3 code and name of the economies of a group, or of a list.

    Args:
        group: its name, or ISO3 codes.
        language: of the names; English where it has none.

    Raises:
        InputError: no such group or economy.
    """
    held = world.load()
    asked = group if isinstance(group, str) else ",".join(group)
    codes = economies.members(held.economies, asked, held.newest_year, held.groups)
    return {iso3: held.name(iso3, language) for iso3 in codes}
