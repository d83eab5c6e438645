"""Which zeros are no scores? Those that a definition names, and nothing else."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import rankings
from rankings.analysis import targets
from rankings.panel import placeholders
from rankings.panel.definitions import Index, Placeholder, definition, definitions
from rankings.report import standing

SMALL_STATES = {"AND", "FSM", "LIE", "MCO", "MHL", "NRU", "PLW", "SMR", "SRB", "TLS", "TUV"}


def test_missing_cells_of_small_states_are_in_no_panel(held: rankings.World) -> None:
    missing = held.placeholders
    assert set(missing["iso3"]) == SMALL_STATES
    assert set(missing["component"]) == {"tii", "hci"}
    assert missing["edition"].between(2003, 2005).all()
    assert (missing["value"] == 0).all()
    key = ["index", "edition", "vintage", "iso3", "component"]
    assert held.panel.merge(missing[key], on=key).empty


def test_every_placeholder_says_so_in_its_own_note(held: rankings.World) -> None:
    why = definition("EGDI").placeholders[0].why
    assert (held.placeholders["note"] == why).all()
    assert not (held.panel["note"] == why).any()


def test_zeros_that_are_scores_stay(held: rankings.World) -> None:
    egdi = held.panel.loc[(held.panel["index"] == "EGDI") & (held.panel["value"] == 0)]
    assert set(egdi["component"]) == {"osi", "epi", "tii", "hci"}
    assert egdi.loc[egdi["component"].isin(["tii", "hci"]), "edition"].min() == 2012
    assert set(egdi.loc[egdi["component"].isin(["osi", "epi"]), "edition"]) >= {2004, 2005}


def test_a_score_built_on_one_stays_as_published_and_has_no_standing(
    held: rankings.World,
) -> None:
    row = held.panel.query("iso3 == 'AND' and edition == 2004 and component == 'egdi'").iloc[0]
    assert (row["value"], row["published_rank"], row["competition_rank"]) == (0.15633, 167, 167)
    assert np.isnan(row["standing"])
    others = held.panel.query("edition == 2004 and component == 'egdi' and iso3 != 'AND'")
    assert others["standing"].mean() == pytest.approx(0, abs=1e-12)
    resting = held.panel.loc[held.panel["rests_on_placeholder"]]
    assert set(resting["iso3"]) == SMALL_STATES
    assert set(resting["component"]) == {"egdi"}


def test_ranks_of_the_sub_index_count_only_the_measured(held: rankings.World) -> None:
    of = held.panel.query("iso3 == 'VNM' and component == 'hci'").set_index("edition")
    assert of.loc[[2003, 2004, 2005], "of_economies"].tolist() == [181, 178, 177]


def test_nobody_rose_from_a_missing_figure(held: rankings.World) -> None:
    panel, index = held.known(2018), definition("EGDI")
    spans = targets.changes(panel, index, 1)
    early = spans.loc[spans["start"].isin([2004, 2005])]
    assert not {"AND", "LIE", "SRB"} & set(early["iso3"])
    assert spans["change"].notna().all()


def test_values_of_other_indices_and_editions_are_left_alone(toy: object) -> None:
    panel = pd.DataFrame(
        {
            "index": ["EGDI", "EGDI", "EGDI", "EGDI", "GCI"],
            "edition": [2004, 2004, 2004, 2012, 2004],
            "vintage": "a",
            "iso3": "AND",
            "component": ["hci", "osi", "egdi", "hci", "hci"],
            "value": [0.0, 0.0, 0.2, 0.0, 0.0],
        }
    )
    left, taken = placeholders.take_out(panel)
    assert taken[["index", "edition", "component"]].to_numpy().tolist() == [["EGDI", 2004, "hci"]]
    assert left["rests_on_placeholder"].tolist() == [False, True, False, False]


def test_a_rule_needs_the_stored_value() -> None:
    rule = Placeholder(("hci",), 2003, 2005, 0.0, "missing")
    index: Index = dataclasses.replace(definition("EGDI"), placeholders=(rule,))
    cells = {"index": "EGDI", "edition": 2004, "component": "hci", "value": [0.0, 0.3]}
    assert placeholders.are_placeholders(pd.DataFrame(cells), index).tolist() == [True, False]


def test_every_rule_names_components_of_its_index() -> None:
    for index in definitions().values():
        for rule in index.placeholders:
            assert set(rule.components) <= set(index.titles)
            assert rule.first_edition <= rule.last_edition


def test_the_history_of_a_small_state_leaves_the_missing_cell_blank() -> None:
    table = standing.history_table(rankings.ask("LIE", 2010, "30:50", 2012))
    shown = table.frame.set_index("edition")
    assert pd.isna(shown.loc[2004, "hci"])
    assert shown.loc[2008, "hci"] == "33 of 182"
