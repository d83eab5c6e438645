"""The official ICT composite: data, sources, and never a rank without its interval."""

import inspect

import pandas as pd
import pytest

import rankings
from rankings.composite import aggregate, defined, normalise, official
from rankings.composite.engine import Method, build
from rankings.errors import DataError, InputError


@pytest.fixture(scope="module")
def ict2018(held: rankings.World) -> official.Composite:
    return official.ict_composite(held.panel, 2018)


def test_viet_nam_2018_is_89th_94th_or_98th_by_normalisation_alone(
    ict2018: official.Composite,
) -> None:
    tree = ict2018.definition.tree
    pillars = ict2018.table.set_index("iso3")[tree.indicators]
    assert len(pillars) == 193
    found = {
        name: build(tree, pillars, Method(normalise=scale)).ranks["VNM"]
        for name, scale in defined.NORMALISE.items()
    }
    assert found == {"min-max": 89, "z-score": 94, "percentile rank": 98}


def test_score_rank_and_interval_stand_in_one_table(ict2018: official.Composite) -> None:
    table = ict2018.table.set_index("iso3")
    assert list(table) == [
        "telecom", "security", "human_capital", "services",
        "score", "rank", "low", "median", "high", "mean_shift", "of",
    ]  # fmt: skip
    own = table.loc["VNM"]
    assert (own["rank"], own["of"]) == (94, 193)
    # The interval holds all three places the normalisation alone gives.
    assert own["low"] <= 89
    assert own["high"] >= 98
    assert table[["rank", "low", "median", "high"]].notna().all(axis=None)
    assert ict2018.table["rank"].is_monotonic_increasing
    assert (
        ict2018.row("VNM")[["rank", "low", "high"]].to_list()
        == own[["rank", "low", "high"]].to_list()
    )
    with pytest.raises(InputError, match="VAT is not ranked at the end of 2018: it has no telecom"):
        ict2018.row("VAT")
    with pytest.raises(InputError, match=r"'VNN' is not a known economy.*VNM"):
        ict2018.row("VNN")


def test_no_function_gives_the_rank_alone() -> None:
    public = {
        name: value
        for name, value in vars(official).items()
        if inspect.isfunction(value) and value.__module__ == official.__name__ and name[0] != "_"
    }
    given = {name: inspect.signature(value).return_annotation for name, value in public.items()}
    assert set(given) == {
        "pillar_values", "ict_composite", "ict_sensitivity",
    }  # fmt: skip
    assert "ranks" not in given.values()


def test_economies_without_a_pillar_are_left_out_and_counted(ict2018: official.Composite) -> None:
    assert ict2018.left_out.set_index("iso3")["missing"].to_dict() == {
        "PSE": "telecom, human_capital, services",
        "VAT": "telecom, human_capital, services",
    }


def test_each_pillar_says_where_its_values_come_from(ict2018: official.Composite) -> None:
    sources = ict2018.sources.set_index("pillar")
    assert sources["edition"].to_dict() == {
        "telecom": 2018, "security": 2017, "human_capital": 2018, "services": 2018,
    }  # fmt: skip
    assert sources.loc["security", "economies"] == 195
    assert sources["source_id"].str.len().gt(0).all()
    assert ict2018.varied["factor"].to_list() == ["normalise", "aggregate", "weights"]


def test_a_year_knows_only_what_was_published(held: rankings.World) -> None:
    known = official.ict_composite(held.known(2018), 2018)
    pd.testing.assert_frame_equal(known.table, official.ict_composite(held.panel, 2018).table)
    later = official.ict_composite(held.panel, 2021)
    assert later.sources["edition"].max() == 2020
    with pytest.raises(InputError, match="no overall of the GCI was known by the end of 2012"):
        official.ict_composite(held.panel, 2012)


def test_every_economy_has_its_sensitivities(held: rankings.World) -> None:
    result = official.ict_sensitivity(held.panel, 2018)
    assert len(result.economies) == 193 * 3
    own = result.economies.loc[result.economies["iso3"] == "VNM"].set_index("factor")
    assert own["total"].idxmax() == "normalise"


def test_fewer_than_two_complete_economies_are_refused(held: rankings.World) -> None:
    one = held.panel.loc[held.panel["iso3"] == "VNM"]
    with pytest.raises(DataError, match="fewer than two economies have all pillars"):
        official.ict_composite(one, 2018)


def test_definitions_that_are_wrong_are_refused() -> None:
    facts = {
        "name": "T", "title": "", "status": "",
        "pillars": {"a": {"index": "X", "component": "y", "weight": 0.5}},
        "reference": {"normalise": "z-score"},
        "varied": {"weight_noise": 0.1, "weight_sets": 2, "draws": 8, "seed": 1},
    }  # fmt: skip
    with pytest.raises(InputError, match=r"below T sum to 0.5, not 1"):
        defined.define(facts)
    whole = {"a": {"index": "X", "component": "y", "weight": 1.0}}
    with pytest.raises(InputError, match=r"'zscore' is not a known choice for normalise.*z-score"):
        defined.define(facts | {"pillars": whole, "reference": {"normalise": "zscore"}})
    with pytest.raises(InputError, match="part of a composite's method"):
        defined.define(facts | {"pillars": whole, "reference": {"norm": "z-score"}})
    with pytest.raises(InputError, match="is not a known composite"):
        defined.read_definition("icd")


def test_scales_of_the_definition_suit_every_mean() -> None:
    values = pd.DataFrame({"x": [0.0, *range(1, 200), 1000.0]})
    for scale in defined.NORMALISE.values():
        assert (scale(values) > 0).all(axis=None)
    assert set(defined.AGGREGATE.values()) >= {aggregate.arithmetic, aggregate.geometric}
    assert normalise.check(values, values) is values
