from __future__ import annotations

import pytest

from bench.dialects import DIALECTS
from bench.scenarios import SCENARIOS, Scenario
from bench.targets import TARGETS


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


def test_a_dialect_is_the_burst_by_another_provider_and_told_against_it() -> None:
    known = {scenario.name: scenario for scenario in SCENARIOS}
    burst = known["burst"]
    for dialect in DIALECTS:
        scenario = known[f"dialect-{dialect}"]
        assert (scenario.connections, scenario.chunks, scenario.against) == (burst.connections, burst.chunks, "burst")
        assert scenario.load(9000, "mine/").model == f"{dialect}/burst-100"
        assert [target.name for target in TARGETS if scenario.fits(target)] == ["gateway"]
