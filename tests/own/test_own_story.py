"""Every table about a unit: it adds up, equals what is reckoned otherwise, or says why not."""

import json
from pathlib import Path

import numpy as np
import own_folders
import pandas as pd
import pytest
from click.testing import CliRunner
from own_folders import ASEM, COMPUTED, MADE_UP_TOML, PROVINCES, made_up, read, write

from rankings.cli import main
from rankings.composite.engine import build
from rankings.composite.engine import ranks as rank_table
from rankings.errors import InputError
from rankings.own import certainty, moves, outlook, standing, whatif
from rankings.own.index import built, data_of, results
from rankings.own.question import OwnStory, ask_own


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> OwnStory:
    folder = own_folders.made_up(tmp_path_factory.mktemp("made-up") / "panel")
    return ask_own(folder, "Tỉnh 10", band="1:10")


@pytest.fixture(scope="module")
def asem() -> OwnStory:
    return ask_own(ASEM, "VNM", band="10:20")


def test_units_are_found_by_any_name() -> None:
    assert ask_own(PROVINCES, "da nang").unit == "TP. Đà Nẵng"
    assert ask_own(PROVINCES, "huế").unit == "Thừa Thiên - Huế"
    assert ask_own(ASEM, "Viet Nam", language="vi").unit == "VNM"
    assert ask_own(ASEM, "việt nam").unit == "VNM"
    assert ask_own(ASEM, language="vi", unit="VNM").name == "Việt Nam"
    with pytest.raises(InputError, match="not in the table of this year; its years: 2022"):
        ask_own(PROVINCES, "Cao Bằng", 2017)
    with pytest.raises(InputError, match="may be"):
        ask_own(PROVINCES, "Quảng")
    with pytest.raises(InputError, match="did you mean Hà Giang"):
        ask_own(PROVINCES, "Hà Giangg")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"band": "20:10"}, "did you mean 10:20"),
        ({"band": "0:5"}, "the best rank there is is 1"),
        ({"band": "1:99"}, "reaches beyond rank 51"),
        ({"band": "best"}, "is not a band"),
        ({"year": "2017"}, "has no figures of 2017"),
        ({"year": "soon"}, "year"),
        ({"language": "xx"}, "language"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_parameter_without_an_answer_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ask_own(ASEM, "VNM", **given)  # type: ignore[arg-type]


def test_neighbours_stand_in_order(panel: OwnStory) -> None:
    rows = standing.neighbours(panel)
    assert len(rows) == 2 * standing.EACH_SIDE + 1
    assert rows["score"].is_monotonic_decreasing
    assert panel.unit in set(rows["unit"])
    first = ask_own(panel.folder, str(panel.results["unit"].iloc[0]))
    assert standing.neighbours(first)["rank"].iloc[0] == 1


def test_the_gap_splits_into_points_and_places_that_add_up(asem: OwnStory) -> None:
    ends = standing.band_ends(asem)
    assert ends["holders"].to_list() == [["HUN"], ["MLT"]]
    rows = standing.split_gap(asem, 20)
    assert rows["component"].to_list() == ["Conn", "Sust"]
    assert rows["points"].sum() == pytest.approx(ends["gap"].iloc[0], abs=1e-9)
    # 16 places to rank 20: that of the unit itself stays free behind it.
    assert rows["places"].sum() == pytest.approx(20 - 36, abs=1e-9)


def test_pillars_are_ranked_as_by_the_peer(asem: OwnStory) -> None:
    theirs = read(COMPUTED / "ranks.csv").set_index("iso3").loc["VNM"]
    rows = standing.pillars(asem).set_index("code")
    assert rows["rank"].to_dict() == {code: theirs[code] for code in rows.index}
    assert rows["weight"]["Conn"] == 0.5
    assert rows.loc[rows["parent"] == "Conn", "weight"].sum() == pytest.approx(0.5)


def test_without_a_pillar_the_rank_is_that_of_the_other(asem: OwnStory) -> None:
    rows = standing.influence(asem).set_index("code")["rank"]
    assert rows["Sust"] == standing.pillars(asem).set_index("code")["rank"]["Conn"]
    assert rows["Conn"] == standing.pillars(asem).set_index("code")["rank"]["Sust"]


def test_changes_add_up_to_the_change_of_rank(panel: OwnStory) -> None:
    table = moves.totals(panel)
    assert len(table) == 5
    terms = table[["own", "others", "method", "coverage", "rounding"]].sum(axis=1)
    np.testing.assert_allclose(terms, table["change"], atol=1e-9)
    ranks = {
        year: results(panel.index, year).set_index("unit")["rank"][panel.unit]
        for year in panel.index.years
    }
    for row in table.to_dict("records"):
        assert (row["start"], row["end"]) == (ranks[row["from_year"]], ranks[row["to_year"]])
    parts = moves.split(panel)
    assert parts["places"].sum() == pytest.approx(table["change"].iloc[-1], abs=1e-9)


def changed(folder: Path, toml: str) -> OwnStory:
    """The made-up panel with another TOML."""
    own_folders.made_up(folder)
    (folder / "index.toml").write_text(toml, encoding="utf-8")
    return ask_own(folder, "Tỉnh 10")


def test_new_weights_are_a_change_of_method(tmp_path: Path) -> None:
    toml = MADE_UP_TOML + "\n[[weights]]\nfrom_year = 2024\nof = { government = 3, society = 1 }\n"
    parts = moves.split(changed(tmp_path / "p", toml))
    weights = parts.loc[(parts["term"] == "method") & (parts["component"] == "weights")]
    assert weights["status"].to_list() == ["separated"]
    assert weights["places"].notna().all()


def test_a_stated_break_and_an_indicator_that_comes_are_not_told_apart(tmp_path: Path) -> None:
    toml = MADE_UP_TOML.replace('"linear", ', "")
    toml += '\n[[breaks]]\nyear = 2024\nwhat = "other questions"\n'
    story = changed(tmp_path / "p", toml)
    assert set(moves.split(story)["status"]) == {"not separable", ""}
    rows = moves.breaks(story.index)
    came = rows.loc[rows["edition"] == 2022]
    assert came["component"].to_list() == ["society"]
    assert came["what_changed"].to_list() == ["b4 is in the table"]
    with pytest.raises(InputError, match="a forecast needs 4"):
        outlook.forecast(story)


def test_the_forecast_has_a_record_and_the_best_model_speaks(
    panel: OwnStory, tmp_path: Path
) -> None:
    rows = outlook.forecast(panel)
    assert rows["edition"].to_list() == [2025, 2026, 2027]
    assert (rows["low95"] <= rows["low80"]).all()
    assert (rows["low80"] <= rows["median"]).all()
    assert (rows["median"] <= rows["high80"]).all()
    record = outlook.summary(panel)
    scored = record.loc[record["label"].isin([model.label for model in outlook.MODELS])]
    mean = scored.groupby("label")["crps"].mean()
    assert outlook.choose_model(panel).label == mean.idxmin()
    # Two origins have an outcome a year later, and none of their ranks knows it.
    assert record.loc[record["h"] == 1, "origins"].eq(2).all()
    last = record.loc[record["label"] == "no change, point"].set_index("h")["mae"]
    then = {year: up_to(tmp_path / str(year), year) for year in (2022, 2023)}
    assert last[1] == pytest.approx(mean_error(panel, then, 1))


def up_to(folder: Path, year: int) -> OwnStory:
    """The made-up panel as a table that ends with a year."""
    own_folders.made_up(folder)
    table = own_folders.read(folder / "table.csv")
    table.loc[table["year"] <= year].to_csv(folder / "table.csv", index=False)
    return ask_own(folder, "Tỉnh 10", band="1:10")


def scores_by_year(story: OwnStory) -> pd.DataFrame:
    """Computed scores, a column a year."""
    return pd.DataFrame(
        {
            year: results(story.index, year).set_index("unit")["computed_score"]
            for year in story.index.years
        }
    )


def mean_error(story: OwnStory, then: dict[int, OwnStory], ahead: int) -> float:
    """How far ranks were from those so many years later, among those that always have a score.

    The earlier rank is that of the table as it stood: a later figure fills no gap in it.
    """
    now = scores_by_year(story).dropna()
    seen = {year: scores_by_year(each) for year, each in then.items()}
    members = now.index
    for table in seen.values():
        members = members.intersection(table.dropna().index)
    after = now.loc[members].rank(ascending=False, method="min")
    errors = []
    for year, table in seen.items():
        before = table.loc[members, year].rank(ascending=False, method="min")
        if year + ahead in after:
            errors.append((after[year + ahead] - before).abs().mean())
    return float(np.mean(errors))


def test_a_past_year_is_forecast_without_what_came_later(panel: OwnStory) -> None:
    then = ask_own(panel.folder, panel.unit, 2022, "1:10")
    assert outlook.forecast(then)["edition"].to_list() == [2023, 2024, 2025]
    assert outlook.known(then.index, 2022)["edition"].max() == 2022


def test_a_gap_is_not_filled_from_a_year_a_forecast_does_not_know(
    panel: OwnStory, tmp_path: Path
) -> None:
    """As of 2022 everything is as from a table that ends there, record and start included."""
    then = ask_own(panel.folder, panel.unit, 2022, "1:10")
    ended = up_to(tmp_path / "p", 2022)
    pd.testing.assert_frame_equal(outlook.forecast(then), outlook.forecast(ended))
    pd.testing.assert_frame_equal(outlook.history(then), outlook.history(ended))
    kept = outlook.known(then.index, 2022).set_index(["iso3", "edition", "component"])["value"]
    whole = moves.as_panel(panel.index).set_index(["iso3", "edition", "component"])["value"]
    assert (kept - whole.reindex(kept.index)).abs().max() > 0.1


def test_intervals_and_choices_are_of_every_unit(panel: OwnStory) -> None:
    table = certainty.intervals(panel.index, panel.year).intervals
    own = certainty.interval_of(panel)
    assert len(table) == 62
    assert own["low"] <= own["median"] <= own["high"]
    assert own["reference"] == panel.row["computed_rank"]
    choices = certainty.choices(panel.index, panel.year).economies
    assert set(choices["factor"]) == {"normalise", "aggregate", "weights"}
    assert set(choices["iso3"]) == set(table["iso3"])


def test_any_weights_give_shares_that_add_up(panel: OwnStory) -> None:
    found = certainty.weighed(panel.index, panel.year, panel.unit, 1)
    np.testing.assert_allclose(found.table.sum(axis=1), 1.0)
    assert found.own["low"] <= found.own["mode"] <= found.own["high"]


@pytest.mark.slow
def test_errors_of_an_indicator_give_sets_that_hold_the_rank(panel: OwnStory) -> None:
    table = certainty.confidence_sets(panel.index, panel.year, 2018)
    assert len(table) == 62
    assert (table["best"] <= table["marginal_best"]).all()
    assert (table["marginal_worst"] <= table["worst"]).all()
    assert table["rank"].between(table["marginal_best"], table["marginal_worst"]).all()
    assert (table["worst"] - table["best"]).mean() > 2


def test_without_figures_every_question_is_refused_in_one_line() -> None:
    old = ask_own(PROVINCES, "TP. Hà Nội", 2017)
    assert (old.row["rank"], old.row["of"]) == (12, 63)
    for ask in (
        standing.pillars,
        standing.band_ends,
        standing.split_gap,
        standing.best_and_worst,
        standing.influence,
        moves.split,
        outlook.forecast,
        certainty.interval_of,
        certainty.error_sets,
    ):
        with pytest.raises(InputError) as refusal:
            ask(old)
        assert "\n" not in str(refusal.value)
    assert moves.totals(old).empty


def test_a_geometric_index_is_split_on_its_own_scale(tmp_path: Path) -> None:
    table = "agency,a,b\n" + "".join(f"U{n},{3 + n},{1 + (7 * n) % 11}\n" for n in range(9))
    toml = '[table]\nunit = "agency"\n[indicators]\na = {}\nb = {}\n[method]\n'
    toml += 'normalise = "unchanged"\naggregate = "geometric"\n'
    story = ask_own(write(tmp_path, table, toml), "U2", band="1:2")
    scores = results(story.index, 0).set_index("unit")["score"]
    assert scores["U2"] == pytest.approx((5 * 4) ** 0.5)
    rows = standing.split_gap(story, 2)
    own, there = scores["U2"], scores.sort_values(ascending=False).iloc[1]
    assert rows["points"].sum() == pytest.approx(np.log(there) - np.log(own))
    assert rows["places"].sum() == pytest.approx(2 - story.row["rank"])


def test_copeland_is_ranked_and_not_split(tmp_path: Path) -> None:
    toml = own_folders.TOML + '[method]\naggregate = "copeland"\n'
    story = ask_own(write(tmp_path, toml=toml))
    # Of two indicators C is ahead of B in both, A of each of them in one.
    assert story.results["score"].to_list() == [1.5, 1.0, 0.5]
    assert story.results["name"].to_list() == ["Cục C", "Cục A", "Cục B"]
    with pytest.raises(InputError, match="no mean of its pillars"):
        standing.split_gap(story, 1)


def test_another_figure_is_the_index_of_a_table_that_has_it(tmp_path: Path) -> None:
    story = ask_own(write(tmp_path / "a"), "Cục B")
    rows = whatif.what_if(story, {"speed": 9.0, "cost": 5.5}).set_index("code")
    table = own_folders.TABLE.replace("Cục B,2,7", "Cục B,9,5.5")
    there = results(ask_own(write(tmp_path / "b", table)).index, 0).set_index("unit")
    assert rows["after"]["index"] == there["score"]["Cục B"]
    assert rows["rank_after"]["index"] == there["rank"]["Cục B"] == 1
    assert rows["rank_before"]["index"] == 3
    assert rows["before"]["index"] == story.row["score"]
    now = story.index.of_year(story.index.figures, 0).loc["Cục B"]
    same = whatif.what_if(story, now[["speed", "cost"]].to_dict())
    assert (same["before"] == same["after"]).all()


def whole_again(story: OwnStory, settings: dict[str, float]) -> pd.DataFrame:
    """Every stage of the whole index, with some figures set."""
    data = data_of(story.index, story.year).copy()
    for code, value in settings.items():
        data.loc[story.unit, code] = value
    made = built(story.index, story.year)
    return build(made.tree, data, made.method).aggregated


@pytest.mark.parametrize("missing", ["group mean", "own mean"])
def test_any_settings_are_what_the_whole_index_gives(tmp_path: Path, missing: str) -> None:
    folder = made_up(tmp_path / "panel")
    toml = folder / "index.toml"
    said = toml.read_text(encoding="utf-8").replace("group mean", missing)
    toml.write_text(said, encoding="utf-8")
    generator = np.random.default_rng(5)
    for story in (ask_own(folder, "Tỉnh 10"), ask_own(ASEM, "VNM")):
        table = whatif.levers(story).set_index("code")
        for count in (1, 2, 5):
            codes = list(generator.choice(table.index, count, replace=False))
            settings = {
                code: float(generator.uniform(table["lowest"][code], table["highest"][code]))
                for code in codes
            }
            expected = whole_again(story, settings)
            rows = whatif.what_if(story, settings).set_index("code")
            own = expected.loc[story.unit, list(rows.index)]
            np.testing.assert_allclose(rows["after"], own, rtol=1e-12)
            places = rank_table(expected).loc[story.unit, list(rows.index)]
            assert rows["rank_after"].to_list() == places.to_list()
            again = whatif.changed(story.index, story.year, story.unit, settings)
            for code in expected:
                held = built(story.index, story.year).aggregated[code].to_numpy()
                np.testing.assert_allclose(again.get(code, held), expected[code], rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "nothing is set"),
        ({"sped": 1.0}, "did you mean speed"),
        ({"speed": float("inf")}, "must be a number"),
    ],
)
def test_a_setting_without_an_answer_is_refused(
    tmp_path: Path, settings: dict[str, float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        whatif.what_if(ask_own(write(tmp_path)), settings)


def test_levers_are_the_figures_of_the_table(asem: OwnStory) -> None:
    rows = whatif.levers(asem).set_index("code")
    figures = read(COMPUTED / "figures.csv").set_index("iso3").loc["VNM"]
    for code, value in rows["value"].items():
        assert value == figures[code] or (np.isnan(value) and np.isnan(figures[code]))
    assert rows["direction"]["CO2"] == -1


def test_what_if_by_command(tmp_path: Path) -> None:
    folder = str(write(tmp_path))
    asked = ["own", "whatif", folder, "--unit", "cuc b"]
    done = CliRunner().invoke(main, [*asked, "--set", "speed=9", "--json"])
    assert json.loads(done.stdout)[0]["code"] == "index"
    shown = CliRunner().invoke(main, [*asked, "--set", "speed=9"]).stdout
    assert "Cục B with speed = 9" in shown
    assert "What may be set for Cục B" in CliRunner().invoke(main, asked).stdout
    for wrong, said in (("speed", "as speed=4.5, not"), ("speed=x", "as speed=4.5, not")):
        refused = CliRunner().invoke(main, [*asked, "--set", wrong])
        assert refused.exit_code == 2
        assert said in refused.stderr
    twice = CliRunner().invoke(main, [*asked, "--set", "speed=1", "--set", "speed=2"])
    assert "is set twice: 1 and 2" in twice.stderr
