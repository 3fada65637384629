"""Plain numbers that add up to what a scraper is told."""

from llms.metrics.series import Distribution, RouteSeries
from llms.metrics.tokens import Tokens
from tests.metrics.records import record


def test_a_value_counts_in_every_bucket_it_does_not_exceed() -> None:
    times = Distribution((0.5, 1))
    for value in (0.5, 0.75, 7.0):
        times.observe(value)
    assert times.cumulative() == [("0.5", 1.0), ("1.0", 2.0), ("+Inf", 3.0)]
    assert times.total == 8.25


def test_a_route_counts_ends_apart_and_adds_up_the_rest() -> None:
    series = RouteSeries()
    series.count(record(tokens=Tokens(prompt=3, completion=5, cached=1, reasoning=2), cost_usd=0.5), "")
    series.count(record(outcome="failed", ttft_s=None, tokens=Tokens(prompt=4)), "idle")
    assert series.outcomes == {("finished", ""): 1, ("failed", "idle"): 1}
    assert (series.prompt, series.completion, series.cached, series.reasoning) == (7, 5, 1, 2)
    assert series.cost_usd == 0.5
    assert (series.duration.total, series.ttft.total, series.per_token.total) == (4.0, 0.5, 0.375)


def test_time_per_token_is_of_streams_alone() -> None:
    series = RouteSeries()
    series.count(record(stream=False, tokens=Tokens(completion=5)), "")
    series.count(record(tokens=Tokens(completion=1)), "")
    assert series.per_token.cumulative()[-1] == ("+Inf", 0.0)
