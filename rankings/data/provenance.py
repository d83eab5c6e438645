"""Where does a number come from? The chain from the cell to the document."""

import pandas as pd

from rankings.data.world import World
from rankings.errors import InputError, suggest
from rankings.panel import position
from rankings.panel.definitions import definition, definitions
from rankings.panel.economies import check_economy
from rankings.panel.shape import KEY


def locate(component: str) -> tuple[str, str]:
    """Index and component of a name such as "tii", "EGDI", "gci" or "idi:access".

    Raises:
        InputError: no index has such a component.
    """
    wanted = component.casefold()
    for name, index in definitions().items():
        if wanted == name.casefold():
            return name, index.overall
    index_name, _, part = component.partition(":")
    if part:
        index = definition(index_name.upper())
        if part in index.titles:
            return index.name, part
        raise InputError(suggest(f"component of {index.name}", part, index.titles))
    owners = [name for name, index in definitions().items() if wanted in index.titles]
    if len(owners) == 1:
        return owners[0], wanted
    if owners:
        ways = ", ".join(f"{name.lower()}:{wanted}" for name in owners)
        raise InputError(f"{component} is a component of several indices: say {ways}")
    known = [part for index in definitions().values() for part in index.titles]
    raise InputError(suggest("index or component", component, [*definitions(), *known]))


def chain(held: World, economy: str, component: str, edition: int) -> list[list[str]]:
    """The chain of every vintage of a value, each as lines from the cell to the document.

    Raises:
        InputError: an unknown economy, component or edition; what there is is named.
    """
    economy = check_economy(held.economies, economy)
    index, part = locate(component)
    every = pd.concat([held.panel, held.placeholders], ignore_index=True)
    rows = every.loc[
        (every["index"] == index) & (every["component"] == part) & (every["iso3"] == economy)
    ]
    if rows.empty:
        raise InputError(f"{economy} has no {index} {part} in any edition held")
    chosen = position.only(rows, edition=edition)
    sources = held.sources.set_index("source_id")
    return [_lines(row, sources, held) for row in chosen.to_dict("records")]


def _lines(row: dict, sources: pd.DataFrame, held: World) -> list[str]:  # type: ignore[type-arg]
    source = sources.loc[row["source_id"]]
    place = f"{row['delivery']}/{row['file']}, line {row['line']}"
    lines = [
        f"value          {row['value']:g}",
        f"what           {row['iso3']}, {row['index']} {row['edition']}, {row['component']}",
        f"as printed in  {row['vintage']} (published {row['published_year']})",
        f"data of        {_or(row['reference_year'], 'not stated by the publisher')}",
        f"published rank {_or(row['published_rank'], 'none held')}",
        f"rank by score  {_place(row)}",
        f"cell           {place}",
        f"source         {row['source_id']}",
        f"publisher      {source['publisher']}",
        f"document       {source['document']}",
        f"address        {source['address']}",
        f"terms          {source['terms']}",
        f"checked        {source['how_checked']}",
    ]
    if pd.notna(row["stored_value"]):
        key = ["index", "edition", "vintage", "iso3", "component"]
        correction = held.corrections.merge(pd.DataFrame([row])[key], on=key).iloc[0]
        lines.insert(
            1,
            f"corrected      the file holds {row['stored_value']:g}: "
            f"{correction['reason']} ({correction['document']})",
        )
    if pd.notna(row["printed_value"]):
        lines.insert(1, f"printed as     {row['printed_value']:g}")
    if pd.notna(row["note"]):
        lines.append(f"note           {row['note']}")
    return [*lines, *_kept_beside(row, held)]


def _kept_beside(row: dict, held: World) -> list[str]:  # type: ignore[type-arg]
    """The other values held of the same cell, and why they do not count."""
    beside = held.beside
    mine = beside.loc[(beside[KEY] == [row[name] for name in KEY]).all(axis=1)]
    return [
        f"kept beside    {each['value']:g} in {each['delivery']}/{each['file']}, line "
        f"{each['line']}: {each['because']}"
        for each in mine.to_dict("records")
    ]


def _place(row: dict) -> str:  # type: ignore[type-arg]
    if pd.isna(row["competition_rank"]):
        return "none: the value is no score and is left out of everything derived"
    return f"{row['competition_rank']:.0f} of {row['of_economies']:.0f} economies"


def _or(value: object, otherwise: str) -> str:
    return otherwise if pd.isna(value) else str(value)  # type: ignore[call-overload]
