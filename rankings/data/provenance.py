"""Where does a number come from? The chain from the cell to the document."""

from typing import Any

import pandas as pd

from rankings.data.world import World
from rankings.errors import InputError
from rankings.panel import position
from rankings.panel.definitions import definition, definitions
from rankings.panel.economies import check_economy
from rankings.panel.shape import KEY

OF_THE_CELL = [
    *("index", "component", "edition", "vintage", "published_year", "reference_year"),
    *("value", "printed_value", "stored_value"),
    *("published_rank", "competition_rank", "of_economies", "note"),
]
OF_THE_SOURCE = ["publisher", "document", "address", "terms", "how_checked"]


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
        raise InputError.suggest("component of {index}", part, index.titles, index=index.name)
    owners = [name for name, index in definitions().items() if wanted in index.titles]
    if len(owners) == 1:
        return owners[0], wanted
    if owners:
        ways = ", ".join(f"{name.lower()}:{wanted}" for name in owners)
        raise InputError(f"{component} is a component of several indices: say {ways}")
    known = [part for index in definitions().values() for part in index.titles]
    raise InputError.suggest("index or component", component, [*definitions(), *known])


def facts(held: World, economy: str, component: str, edition: int) -> list[dict[str, Any]]:
    """Every vintage of a value, each from its number down to the document it was printed in.

    Args:
        held: all that is held.
        economy: ISO3.
        component: as `locate` takes it.
        edition: of the index.

    Returns:
        Per vintage: ``economy, index, component, edition, vintage, published_year,
        reference_year``; ``value`` in the index's own unit, ``printed_value`` and
        ``stored_value`` (before a correction) where they differ, ``correction`` (``reason`` and
        ``document``); ``published_rank``, ``competition_rank``, ``of_economies``; ``file`` and
        ``line`` of the cell, ``note``; the source's ``source_id, publisher, document, address,
        terms, how_checked``. What is not held is None.

    Raises:
        InputError: an unknown economy, component or edition; what there is is named.
    """
    economy = check_economy(held.economies, economy)
    index, part = locate(component)
    # A placeholder is counted among nobody: the count of the others stays a whole number.
    every = pd.concat([held.panel, held.placeholders], ignore_index=True)
    every = every.astype({"of_economies": "Int64"})
    rows = every.loc[
        (every["index"] == index) & (every["component"] == part) & (every["iso3"] == economy)
    ]
    if edition not in set(rows["edition"]):
        _check_beside(held, economy, index, part, edition)
    if rows.empty:
        raise InputError(f"{economy} has no {index} {part} in any edition held")
    chosen = position.only(rows, edition=edition)
    sources = held.sources.set_index("source_id")
    return [_facts(row, sources, held) for _place, row in chosen.iterrows()]


def _check_beside(held: World, economy: str, index: str, part: str, edition: int) -> None:
    """`InputError` that says where a value stands that is held and counts nowhere."""
    rows = held.beside
    mine = rows.loc[
        (rows["index"] == index)
        & (rows["component"] == part)
        & (rows["edition"] == edition)
        & (rows["iso3"] == economy)
    ]
    for row in mine.to_dict("records"):
        raise InputError(
            "{economy} {index} {part} {edition} is {value} in {file}, line {line}, and counts "
            "nowhere: {because}",
            economy=economy,
            index=index,
            part=part,
            edition=edition,
            value=f"{row['value']:g}",
            file=f"{row['delivery']}/{row['file']}",
            line=row["line"],
            because=row["because"],
        )


def chain(held: World, economy: str, component: str, edition: int) -> list[list[str]]:
    """The chain of every vintage of a value, each as lines from the cell to the document.

    Raises:
        InputError: as `facts`.
    """
    return [_lines(each) for each in facts(held, economy, component, edition)]


def _facts(row: pd.Series, sources: pd.DataFrame, held: World) -> dict[str, Any]:
    source = sources.loc[row["source_id"]]
    found = {
        "economy": row["iso3"],
        **{name: row[name] for name in OF_THE_CELL},
        "correction": _correction(row, held),
        "file": f"{row['delivery']}/{row['file']}",
        "line": row["line"],
        "source_id": row["source_id"],
        **{name: source[name] for name in OF_THE_SOURCE},
        "beside": _kept_beside(row, held),
    }
    return {name: _plain(cell) for name, cell in found.items()}


def _correction(row: pd.Series, held: World) -> dict[str, str] | None:
    """Why the value is not the one the file holds, and by which document; None if it is."""
    if pd.isna(row["stored_value"]):
        return None
    key = ["index", "edition", "vintage", "iso3", "component"]
    made = held.corrections.merge(pd.DataFrame([row])[key], on=key).iloc[0]
    return {name: str(made[name]) for name in ("reason", "document")}


def _plain(cell: Any) -> Any:
    """A cell as JSON knows it."""
    if isinstance(cell, dict | list):
        return cell
    return None if pd.isna(cell) else getattr(cell, "item", lambda: cell)()


def _lines(told: dict[str, Any]) -> list[str]:
    """The facts of one vintage, to be read."""
    lines = [f"value          {told['value']:g}"]
    if told["printed_value"] is not None:
        lines.append(f"printed as     {told['printed_value']:g}")
    if told["correction"]:
        reason, document = told["correction"]["reason"], told["correction"]["document"]
        lines.append(
            f"corrected      the file holds {told['stored_value']:g}: {reason} ({document})"
        )
    lines += [
        f"what           {told['economy']}, {told['index']} {told['edition']}, {told['component']}",
        f"as printed in  {told['vintage']} (published {told['published_year']})",
        f"data of        {_or(told['reference_year'], 'not stated by the publisher')}",
        f"published rank {_or(told['published_rank'], 'none held')}",
        f"rank by score  {_place(told)}",
        f"cell           {told['file']}, line {told['line']}",
        f"source         {told['source_id']}",
        f"publisher      {told['publisher']}",
        f"document       {told['document']}",
        f"address        {told['address']}",
        f"terms          {told['terms']}",
        f"checked        {told['how_checked']}",
    ]
    if told["note"] is not None:
        lines.append(f"note           {told['note']}")
    return [*lines, *told["beside"]]


def _place(told: dict[str, Any]) -> str:
    if told["of_economies"] == 1:
        return "none: no value of another economy is held"
    if told["competition_rank"] is None:
        return "none: the value is no score and is left out of everything derived"
    return f"{told['competition_rank']} of {told['of_economies']} economies"


def _kept_beside(row: pd.Series, held: World) -> list[str]:
    """The other values held of the same cell, and why they do not count."""
    beside = held.beside
    mine = beside.loc[(beside[KEY] == [row[name] for name in KEY]).all(axis=1)]
    return [
        f"kept beside    {each['value']:g} in {each['delivery']}/{each['file']}, line "
        f"{each['line']}: {each['because']}"
        for each in mine.to_dict("records")
    ]


def _or(value: object, otherwise: str) -> str:
    return otherwise if value is None else str(value)
