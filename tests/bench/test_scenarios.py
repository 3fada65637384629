from __future__ import annotations

import pytest

from bench.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_small_load_has_the_same_shape_and_nothing_to_judge(scenario: Scenario) -> None:
    small = scenario.small(4)
    assert small.mark is None
    assert small.unit == scenario.unit
    assert small.model.partition("-")[0] == scenario.model.partition("-")[0]
    assert small.body_bytes == scenario.body_bytes


def test_the_prefix_goes_before_the_model_name() -> None:
    burst = next(scenario for scenario in SCENARIOS if scenario.name == "burst")
    assert burst.load(9000, "mine/").model == "mine/burst-100"
