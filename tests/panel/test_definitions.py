"""What is an index made of, and when does it come out?"""

from pathlib import Path

import pytest

from rankings.errors import DataError, InputError
from rankings.panel import definitions
from rankings.panel.definitions import FOLDER, definition, read_definition

FILES = sorted(FOLDER.glob("*.toml"))
TOY = """
name = "TOY"
title = "Toy"
publisher = "Us"
overall = "overall"

[components.overall]
title = "Toy"
[components.x]
title = "X"
area = "telecom"
[components.y]
title = "Y"

[[weights]]
editions = [2010, 2014]
parent = "overall"
of = {{ x = {x}, y = 0.5 }}
"""


def written(folder: Path, **fields: float) -> Path:
    path = folder / "toy.toml"
    path.write_text(TOY.format(**fields), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_definition_file(held, path):
    index = read_definition(path)
    rows = held.panel.query("index == @index.name")
    assert set(rows["component"]) == set(index.titles), "components held are those defined"
    assert index.overall in index.titles
    assert set(index.weights["child"]) | set(index.weights["parent"]) <= set(index.titles)
    assert (index.weights["weight"] > 0).all()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_child_has_one_parent_in_an_edition(held, path):
    index = read_definition(path)
    for edition in held.panel.query("index == @index.name")["edition"].unique():
        first, last = index.weights["first_edition"], index.weights["last_edition"]
        at = index.weights.loc[first.le(edition) & last.ge(edition)]
        assert not at["child"].duplicated().any()
        assert len(set(at["parent"])) <= 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_weights_sum_to_one_or_to_points(path):
    index = read_definition(path)
    sums = index.weights.groupby("first_edition")["weight"].sum()
    assert sums.to_numpy() == pytest.approx(5 if index.name == "GCI" else 1)


def test_the_headline_indices_come_first():
    assert list(definitions.definitions())[:3] == ["EGDI", "IDI", "GCI"]
    assert len(definitions.definitions()) == len(FILES)


def test_egdi_had_its_own_weights_in_2008_and_2010():
    egdi = definition("EGDI")
    for edition in (2008, 2010):
        assert egdi.weights_of(edition).to_dict() == {"osi": 0.34, "tii": 0.33, "hci": 0.33}
    for edition in (2003, 2005, 2012, 2024, 2030):
        assert egdi.weights_of(edition).to_dict() == pytest.approx(
            {"osi": 1 / 3, "tii": 1 / 3, "hci": 1 / 3}
        )


def test_idi_changed_its_parts():
    idi = definition("IDI")
    assert idi.weights_of(2017).to_dict() == {"access": 0.4, "use": 0.4, "skills": 0.2}
    assert set(idi.weights_of(2024).index) == {
        "universal_connectivity",
        "meaningful_connectivity",
    }


@pytest.mark.parametrize(("index", "edition"), [("GCI", 2018), ("2IPD", 2019), ("IDI", 2020)])
def test_an_edition_without_defined_parts(index, edition):
    with pytest.raises(InputError, match=f"sub-indices of {index} {edition} are not defined"):
        definition(index).weights_of(edition)


def test_the_weighted_parts_give_the_published_value(held):
    parts = held.known(2018).query("index == 'EGDI' and edition == 2018")
    parts = parts.pivot(index="iso3", columns="component", values="value")
    weights = definition("EGDI").weights_of(2018)
    assert (parts[weights.index] @ weights - parts["egdi"]).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("newest", "until", "due"),
    [
        (2018, 2020, [2020]),
        (2018, 2021, [2020]),
        (2024, 2030, [2026, 2028, 2030]),
        (2024, 2026, [2026]),
    ],
)
def test_editions_due_by_a_year(newest, until, due):
    assert definition("EGDI").next_editions(newest, until) == due


def test_no_edition_due_by_then():
    with pytest.raises(InputError, match="due after 2018 and by 2019; the next one is due in 2020"):
        definition("EGDI").next_editions(2018, 2019)


@pytest.mark.parametrize("index", ["GTMI", "GCI"])
def test_an_index_without_a_rhythm(index):
    with pytest.raises(InputError, match=f"{index} keeps no regular rhythm"):
        definition(index).next_editions(2024, 2030)


def test_an_unknown_index():
    with pytest.raises(InputError, match=r"'EDGI' is not a known index; did you mean EGDI"):
        definition("EDGI")
    with pytest.raises(InputError, match="known: EGDI, IDI, GCI"):
        definition("Weather")


def test_a_new_index_is_one_file(tmp_path):
    index = read_definition(written(tmp_path, x=0.5))
    assert (index.name, index.rhythm, index.model_from) == ("TOY", None, 0)
    assert index.weights_of(2012).to_dict() == {"x": 0.5, "y": 0.5}
    assert index.titles == {"overall": "Toy", "x": "X", "y": "Y"}
    assert index.areas == {"x": "telecom"}
    with pytest.raises(InputError, match="sub-indices of TOY 2016"):
        index.weights_of(2016)


def test_weights_that_do_not_sum_to_one(tmp_path):
    with pytest.raises(DataError, match=r"toy.toml: weights .* sum to 0.9, not 1"):
        read_definition(written(tmp_path, x=0.4))
