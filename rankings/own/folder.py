"""What does a folder of one's own hold? A table and its TOML, or COINr's two tables, checked.

Everything wrong that can be told from the files is collected, each with its file, row and column:
`open_folder` refuses with the first, `read_folder` gives them all.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rankings import store
from rankings.composite.tree import Tree, from_table
from rankings.errors import InputError, Phrase, RankingsError
from rankings.own import method as methods
from rankings.own.coinr import CODE, DESCRIBED, UNIT, YEAR, check_nodes, nodes_of, read_meta
from rankings.own.index import OwnIndex, tree_of
from rankings.own.settings import (
    FROM_GROUP,
    Named,
    Settings,
    check_settings,
    read_settings,
)
from rankings.own.sheets import SUFFIXES, Sheet, read_sheet
from rankings.sources.sheets import ABSENT

DATA, META = "idata", "imeta"
# What COINr's example is built by, where no TOML says otherwise: gaps filled by the mean of a
# group, at most five values of an indicator drawn in, min-max, arithmetic means.
COINR_METHOD = {"missing": ["group mean"], "outliers": "winsorise", "winsorise_at_most": 5}


@dataclass(frozen=True)
class Read:
    """A folder as it was read.

    Attributes:
        index: the index, or None where nothing could be made of the files.
        wrong: what is wrong with the files, in the order of their rows.
    """

    index: OwnIndex | None
    wrong: list[InputError]


def find_folder(given: Path | str) -> Path:
    """The folder meant: as given from here, or below the project, as "examples/asem".

    Raises:
        InputError: there is none.
    """
    path = Path(given).expanduser()
    here = Path(os.path.abspath(path))
    if here.is_dir():
        return here
    if not path.is_absolute() and store.shipped(str(path)).is_dir():
        return store.shipped(str(path))
    near = sorted(each.name for each in here.parent.glob("*") if each.is_dir())
    if path.is_file():
        raise InputError("{file} is a file: give the folder it lies in", file=str(given))
    raise InputError.suggest("folder", path.name, near)


def open_folder(given: Path | str) -> OwnIndex:
    """The index in a folder.

    Raises:
        InputError: anything wrong with its files: the first of it, with file, row and column.
    """
    found = read_folder(find_folder(given))
    if found.wrong:
        raise found.wrong[0]
    assert found.index is not None, "without an index something is wrong"
    return found.index


def read_folder(folder: Path) -> Read:
    """The index in a folder, and all that is wrong with its files."""
    try:
        return _read(folder)
    except RankingsError as refusal:
        return Read(None, [InputError(refusal.template, **refusal.fields)])


def _read(folder: Path) -> Read:
    tables = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~"))
    ]
    tomls = [path for path in sorted(folder.glob("*.toml")) if not path.name.startswith(".")]
    if len(tomls) > 1:
        raise InputError(
            "{folder}: expected one TOML, found {found}; keep one",
            folder=folder.name,
            found=", ".join(path.name for path in tomls),
        )
    data, meta = (
        _only([p for p in tables if p.stem.lower().endswith(end)]) for end in (DATA, META)
    )
    if data and meta:
        return _coinr(folder, data, meta, tomls)
    if not tomls:
        raise InputError(
            "{folder}: expected a table and a TOML, or COINr's iData.csv and iMeta.csv, found "
            "{found}; rankings own init writes an example",
            folder=folder.name,
            found=", ".join(path.name for path in tables) or Phrase("neither"),
        )
    return _own(folder, tomls[0], tables)


def _only(paths: list[Path]) -> Path | None:
    if len(paths) > 1:
        raise InputError(
            "{file} and {other}: two tables of one kind; keep one",
            file=paths[0].name,
            other=paths[1].name,
        )
    return paths[0] if paths else None


# A table and its TOML


def _own(folder: Path, toml: Path, tables: list[Path]) -> Read:
    settings = read_settings(toml)
    name = settings.table.file
    if name is None:
        if len(tables) != 1:
            raise InputError(
                "{file}: table.file: tables in the folder: {count}; name the one to read",
                file=toml.name,
                count=len(tables),
            )
        name = tables[0].name
    sheet = read_sheet(folder / name, settings.table.sheet)
    described = describe(settings)
    source = {str(row["code"]): str(row["column"]) for row in described.to_dict("records")}
    _check_columns(sheet, settings, source, toml.name)
    found = _Table(folder, sheet, settings, described, source, (toml.name, name))
    return found.read()


def describe(settings: Settings) -> pd.DataFrame:
    """Every node and column that the settings name, as `OwnIndex.described`, and ``column``."""
    root = settings.index
    rows: list[dict[str, object]] = []
    for code, facts in settings.indicators.items():
        low, high = facts.goalposts or (np.nan, np.nan)
        rows.append(
            {
                **{"code": code, "parent": facts.parent or root.code, "weight": facts.weight},
                **{"direction": facts.direction, "name": facts.name, "unit": facts.unit},
                **{"denominator": facts.denominator, "target": facts.target},
                **{"lower": low, "upper": high, "error": facts.error, "type": "Indicator"},
                "column": facts.column or code,
            }
        )
    for code, pillar in settings.pillars.items():
        rows.append(
            {
                **{"code": code, "parent": pillar.parent or root.code, "weight": pillar.weight},
                **{"direction": 1, "name": pillar.name, "type": "Aggregate", "column": code},
            }
        )
    rows.append(
        {
            **{"code": root.code, "parent": None, "weight": 1.0, "direction": 1},
            **{"name": root.name or settings.title or root.code, "type": "Aggregate"},
            "column": root.code,
        }
    )
    rows += _columns(settings.denominators, "Denominator")
    groups = {code: settings.groups.get(code, Named()) for code in settings.table.groups}
    rows += _columns({**groups, **settings.groups}, "Group")
    table = pd.DataFrame(rows).reindex(columns=[*DESCRIBED, "column"])
    twice = table.loc[table["code"].duplicated(), "code"]
    if len(twice):
        raise InputError(
            "{code} is the code of two columns or pillars: give each its own", code=twice.iloc[0]
        )
    check_nodes(table)
    # Levels are counted by the tree.
    levels = from_table(nodes_of(table).drop(columns="level")).levels
    table["level"] = table["code"].map(levels)
    table["name"] = table["name"].astype("object").fillna(table["code"])
    return table


def _columns(named: dict[str, Named], kind: str) -> list[dict[str, object]]:
    return [
        {
            **{"code": code, "name": facts.name, "unit": facts.unit, "type": kind},
            "column": facts.column or code,
        }
        for code, facts in named.items()
    ]


def _check_columns(sheet: Sheet, settings: Settings, source: dict[str, str], toml: str) -> None:
    """That every column the settings name is in the table."""
    facts = settings.table
    named = {"table.unit": facts.unit, "table.code": facts.code, "table.year": facts.year}
    named |= {"table.score": facts.score, "table.rank": facts.rank, "table.of": facts.of}
    parts: dict[str, Iterable[str]] = {
        "indicators": settings.indicators,
        "denominators": settings.denominators,
    }
    for part, codes in parts.items():
        named |= {f"{part}.{code}": source[code] for code in codes}
    groups = {*facts.groups, *settings.groups}
    named |= {f"groups.{code}": source[code] for code in sorted(groups)}
    for code, indicator in settings.indicators.items():
        named[f"indicators.{code}.error"] = indicator.error
        known = settings.denominators
        if indicator.denominator is not None and indicator.denominator not in known:
            raise InputError(
                "{file}: indicators.{code}.denominator: {reason}",
                file=toml,
                code=code,
                reason=InputError.suggest("denominator", indicator.denominator, known),
            )
    for key, column in named.items():
        if column is not None and column not in sheet.labels:
            raise InputError(
                "{file}: {key}: {reason}",
                file=toml,
                key=key,
                reason=InputError.suggest(
                    "column of {table}", column, sheet.labels, table=sheet.file
                ),
            )


# COINr's two tables


def _coinr(folder: Path, data: Path, meta: Path, tomls: list[Path]) -> Read:
    described, wrong = read_meta(read_sheet(meta))
    sheet = read_sheet(data)
    if tomls:
        settings: Settings = read_settings(tomls[0], coinr=True)
    else:
        has_groups = bool((described["type"] == "Group").any())
        facts = COINR_METHOD if has_groups else COINR_METHOD | {"missing": ["mean"]}
        settings = check_settings({"method": facts}, data.name, coinr=True)
    for column in (UNIT, CODE):
        if column not in sheet.labels:
            raise InputError.suggest("column of {table}", column, sheet.labels, table=sheet.file)
    year = YEAR if YEAR in sheet.labels else None
    groups = tuple(methods.groups_of(described))
    settings = settings.model_copy(
        update={"table": settings.table.model_copy(update={"year": year, "groups": groups})}
    )
    for code, kind in zip(described["code"], described["type"], strict=True):
        if kind not in ("Aggregate", "Other") and code not in sheet.labels:
            raise InputError.suggest(
                "column of {table} ({meta} describes it)",
                code,
                sheet.labels,
                table=sheet.file,
                meta=meta.name,
            )
    source = {code: code for code in described["code"]}
    files = (data.name, meta.name, *(path.name for path in tomls))
    read = _Table(folder, sheet, settings, described, source, files).read()
    return Read(read.index, [*wrong, *read.wrong])


# The figures


@dataclass(frozen=True)
class _Table:
    """What is needed to read the figures: the sheet, and which column is what."""

    folder: Path
    sheet: Sheet
    settings: Settings
    described: pd.DataFrame
    source: dict[str, str]
    files: tuple[str, ...]

    def read(self) -> Read:
        """The index, or what is wrong with its table."""
        facts, sheet = self.settings.table, self.sheet
        names, wrong = sheet.texts(facts.unit)
        codes = names
        if facts.code is not None:
            codes, found = sheet.texts(facts.code)
            wrong += found
        years = pd.Series(0, sheet.cells.index, dtype="int64")
        if facts.year is not None:
            years, found = sheet.years(facts.year)
            wrong += found
        wrong += self._twice(codes, years)
        figures, found = self._columns(self._figure_columns())
        wrong += found
        errors, found = self._columns(self._error_columns())
        wrong += found
        published, found = self._columns(self._published_columns())
        wrong += found
        wrong += self._denominators(figures, errors)
        wrong += self._ranks(published)
        if wrong:
            return Read(None, sorted(wrong, key=lambda each: int(str(each.fields["row"]))))
        index = pd.MultiIndex.from_arrays([years, codes], names=["year", "unit"])
        made = self._index(
            figures.set_axis(index), errors.set_axis(index), published.set_axis(index), names, codes
        )
        _check_together(made)
        return Read(made, [])

    def _twice(self, codes: pd.Series, years: pd.Series) -> list[InputError]:
        """A unit that a year has twice."""
        keys = pd.DataFrame({"year": years, "unit": codes})
        column = self.settings.table.code or self.settings.table.unit
        cure = Phrase("keep one row, or name the column of years as table.year")
        if self.settings.table.year is not None:
            cure = Phrase("keep one row")
        return [
            self.sheet.refusal(int(row), column, Phrase("each unit once in a year"), cure)
            for row in keys.index[keys.duplicated() & (codes != "")]
        ]

    def _columns(self, wanted: dict[str, str]) -> tuple[pd.DataFrame, list[InputError]]:
        """Columns of numbers under the names they are given, and what is wrong in them."""
        table, wrong = {}, []
        for name, column in wanted.items():
            table[name], found = self.sheet.numbers(column)
            wrong += found
        return pd.DataFrame(table, index=self.sheet.cells.index), wrong

    def _figure_columns(self) -> dict[str, str]:
        """Indicators, then denominators, and in which column each is."""
        kinds = self.described.set_index("code")["type"]
        codes = [*kinds.index[kinds == "Indicator"], *kinds.index[kinds == "Denominator"]]
        return {code: self.source[code] for code in codes}

    def _published_columns(self) -> dict[str, str]:
        """What was published, by its role: score, rank and of how many."""
        facts = self.settings.table
        roles = {"score": facts.score, "rank": facts.rank, "of": facts.of}
        return {role: column for role, column in roles.items() if column is not None}

    def _error_columns(self) -> dict[str, str]:
        """Indicators that have standard errors, and in which column."""
        given = self.described.set_index("code")["error"].dropna()
        return {str(code): str(column) for code, column in given.items()}

    def _denominators(self, figures: pd.DataFrame, errors: pd.DataFrame) -> list[InputError]:
        """Denominators that nothing can be divided by, and standard errors below 0."""
        wrong = []
        cure = Phrase("correct it, or leave it empty where the figure is missing")
        divisors = set(self.described["denominator"].dropna()) & set(figures)
        for code in sorted(divisors):
            for row in figures.index[figures[code] <= 0]:
                wrong.append(
                    self.sheet.refusal(
                        int(row), self.source[code], Phrase("a denominator above 0"), cure
                    )
                )
        for code, column in self._error_columns().items():
            for row in errors.index[errors[code] < 0]:
                wrong.append(
                    self.sheet.refusal(
                        int(row), column, Phrase("a standard error of 0 or more"), cure
                    )
                )
        return wrong

    def _ranks(self, published: pd.DataFrame) -> list[InputError]:
        """Published ranks, or counts of units ranked, that are none."""
        facts = self.settings.table
        cure = Phrase("correct it, or leave it empty where none is published")
        wrong = []
        for role, column in (("rank", facts.rank), ("of", facts.of)):
            if column is None:
                continue
            given = published[role]
            bad = given.notna() & ((given < 1) | (given % 1 != 0))
            wrong += [
                self.sheet.refusal(int(row), column, Phrase("a rank, as 1"), cure)
                for row in given.index[bad]
            ]
        return wrong

    def _index(
        self,
        figures: pd.DataFrame,
        errors: pd.DataFrame,
        published: pd.DataFrame,
        names: pd.Series,
        codes: pd.Series,
    ) -> OwnIndex:
        index = figures.index
        labels = {code: self.source[code] for code in methods.groups_of(self.described)}
        groups = {
            code: self.sheet.cells[column].mask(self.sheet.cells[column].isin(ABSENT)).array
            for code, column in labels.items()
        }
        named = pd.Series(names.to_numpy(), pd.Index(codes.to_numpy(), dtype="object"))
        # The newest row's name counts where a unit was renamed.
        named = named.iloc[np.argsort(index.get_level_values(0), kind="stable")]
        named = named.loc[~named.index.duplicated(keep="last")]
        title = self.settings.title or str(self._root()["name"])
        return OwnIndex(
            name=self.folder.name,
            title=title,
            source=self.settings.source,
            settings=self.settings,
            described=self.described.drop(columns=["column"], errors="ignore"),
            table=self.sheet.cells.reset_index(drop=True),
            names=named.reindex(list(dict.fromkeys(codes))),
            figures=figures,
            groups=pd.DataFrame(groups, index=index),
            errors=errors,
            published=published.reindex(columns=["score", "rank", "of"]).astype("float64"),
            columns={
                code: label for code, label in self.source.items() if label in self.sheet.labels
            },
            files=self.files,
        )

    def _root(self) -> pd.Series:
        nodes = self.described.loc[self.described["type"] == "Aggregate"]
        return nodes.loc[nodes["parent"].isna()].iloc[0]


def _check_together(index: OwnIndex) -> None:
    """What the settings ask for is there; `InputError` names the key."""
    facts, tree = index.settings.method, index.tree
    if set(facts.missing) & set(FROM_GROUP):
        methods.group_for(facts, index.groups)
    for change in index.settings.weights:
        _known(change.of, tree, "weights")
        tree_of(index, max(change.from_year, index.years[0]), whole=True)
    used = {facts.normalise, *(index.settings.varied.normalise or ())}
    for word, column in (("goalposts", "lower"), ("distance to target", "target")):
        if word not in used:
            continue
        given = index.described.set_index("code").reindex(columns=[column])[column]
        lacking = [code for code in tree.indicators if pd.isna(given[code])]
        if lacking:
            key = "goalposts" if word == "goalposts" else "target"
            raise InputError(
                "indicator {code} has no {key}, which the normalisation {word} needs: give it",
                code=lacking[0],
                key=key,
                word=word,
            )
    methods.reference(index.settings, index.described, tree, index.groups)


def _known(codes: dict[str, float], tree: Tree, key: str) -> None:
    for code in codes:
        if code not in tree.table.index:
            raise InputError(
                "{key}: {reason}",
                key=key,
                reason=InputError.suggest("code of the tree", code, tree.table.index),
            )
