from __future__ import annotations

from dataclasses import replace

from bench.report import Results, to_markdown
from bench.scenarios import SCENARIOS, Sample
from bench.targets import TARGETS


def sample(
    target: str, cpu_us: float, *, number: int = 1, errors: dict[str, int] | None = None, busy: float = 0.5
) -> Sample:
    return Sample(target, "plain", number, 10, 0, 5000, 1.0, busy, errors or {}, cpu_us)


def results(*samples: Sample) -> Results:
    return Results(SCENARIOS[:1], TARGETS, list(samples))


def test_a_ratio_is_taken_within_its_round() -> None:
    found = results(
        sample("passthrough", 100, number=1),
        sample("gateway", 150, number=1),
        sample("passthrough", 200, number=2),
        sample("gateway", 300, number=2),
    )
    ratio = found.ratio("gateway", "plain")
    assert ratio
    assert (ratio.low, ratio.median, ratio.high) == (1.5, 1.5, 1.5)


def test_a_mark_is_missed_only_above_it() -> None:
    assert not results(sample("passthrough", 100), sample("gateway", 160)).missed()
    (line,) = results(sample("passthrough", 100), sample("gateway", 161)).missed()
    assert line == "plain: 1.61 x the pass-through, the mark is 1.6"


def test_errors_make_a_scenario_void() -> None:
    found = results(sample("passthrough", 100), sample("gateway", 10, errors={"status 502": 3}))
    assert found.void() == ["gateway, plain: 3 x status 502"]
    assert found.ratio("gateway", "plain") is None
    assert "| llms serve | void | void |" in to_markdown(found)


def test_a_figure_is_the_median_with_its_spread() -> None:
    found = results(*(sample("gateway", cpu_us, number=n) for n, cpu_us in enumerate([90.0, 100.0, 120.0])))
    assert "| llms serve | 100 ±15 % |" in to_markdown(found)


def test_a_rate_that_the_load_generator_limits_is_a_lower_bound() -> None:
    free, limited = results(sample("gateway", 100)), results(sample("gateway", 100, busy=0.95))
    assert "| llms serve | 100 | 10 |" in to_markdown(free)
    assert "| llms serve | 100 | ≥ 10 |" in to_markdown(limited)


def test_a_dialect_is_told_against_the_same_targets_burst() -> None:
    named = {scenario.name: scenario for scenario in SCENARIOS}
    scenarios = [named["burst"], named["dialect-google"]]
    costs = {"burst": 10.0, "dialect-google": 17.0}
    samples = [replace(sample("gateway", cost), scenario=name) for name, cost in costs.items()]
    found = Results(scenarios, TARGETS, samples)
    ratio = found.ratio("gateway", "dialect-google")
    assert ratio
    assert ratio.median == 1.7
    assert found.missed() == ["dialect-google: 1.70 x burst, the mark is 1.6"]
