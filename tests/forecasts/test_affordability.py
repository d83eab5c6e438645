"""Prices as a gap of TII: which steps are tried, and that the fit finds what is there."""

import numpy as np
import pytest

import rankings
from rankings.forecasts import affordability


def test_the_step_into_the_new_definition_and_two_before_it(held: rankings.World) -> None:
    found = affordability.trials(held).set_index(["following", "basket"])
    assert set(found.index.get_level_values(0)) == {2020, 2022, 2024}
    fixed = found.xs(affordability.FIXED, level=1)
    assert (fixed["n"] > 150).all()
    # What limits.md says of them.
    assert fixed.loc[2024, "share"] > 2 * fixed.loc[2024, "error"]
    assert fixed.loc[2020, "share"] == pytest.approx(fixed.loc[2024, "share"], abs=0.03)
    assert abs(fixed.loc[2022, "share"]) < 2 * fixed.loc[2022, "error"]
    gain = 1 - fixed.loc[2024, "with_basket"] / fixed.loc[2024, "without"]
    assert 0.02 < gain < 0.04


def test_economies_left_out_are_forecast_from_the_others() -> None:
    generator = np.random.default_rng(1)
    gap = generator.normal(size=200)
    design = np.column_stack([np.ones(200), gap])
    assert affordability._left_out(0.3 * gap + 0.1, design) == pytest.approx(0, abs=1e-9)
    noise = generator.normal(size=200)
    alone = affordability._left_out(noise, np.ones((200, 1)))
    assert affordability._left_out(noise, design) > alone * 0.98
    assert [int(each.sum()) for each in affordability._folds(25)] == [3] * 5 + [2] * 5
