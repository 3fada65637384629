"""What is learned of waiting times: near the truth, in bounded memory, and not for ever."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.resilience.latency import Latency


def learned(*seconds: float) -> Latency:
    latency = Latency()
    for moment, each in enumerate(seconds):
        latency.add(each, moment)
    return latency


@given(st.lists(st.floats(0.002, 3000), min_size=20, max_size=250), st.sampled_from([0.1, 0.5, 0.95]))
def test_a_quantile_is_at_most_a_seventh_above_the_exact_one(seconds: list[float], share: float) -> None:
    found = learned(*seconds).quantile(share, samples=20)
    ordered = sorted(seconds)
    reached = sum(each <= found * 1.000001 for each in ordered) if found is not None else 0
    assert reached >= share * len(seconds) - 1e-9
    exact = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
    assert found is not None
    assert found <= exact * 1.15


@pytest.mark.parametrize(("seconds", "least", "most"), [(0.0, 0.001, 0.001), (1e-9, 0.001, 0.001), (1e9, 3000, 4000)])
def test_what_is_out_of_range_counts_as_its_end(seconds: float, least: float, most: float) -> None:
    found = learned(seconds).quantile(0.5, samples=1)
    assert found is not None
    assert least <= found <= most


def test_too_few_samples_say_nothing() -> None:
    assert learned(*[1.0] * 19).quantile(0.95, samples=20) is None
    assert learned(*[1.0] * 20).quantile(0.95, samples=20) is not None


def test_what_is_old_fades() -> None:
    latency = learned(*[10.0] * 1000, *[0.1] * 600)
    assert latency.quantile(0.5, samples=20) == pytest.approx(0.1, rel=0.15)
    assert latency.seen == 1599


def test_a_million_observations_take_no_more_room_than_one() -> None:
    latency = Latency()
    numbers = random.Random(1)
    for moment in range(20_000):
        latency.add(numbers.expovariate(1), moment)
    assert len(latency._counts) == len(Latency()._counts)
    assert latency.quantile(0.5, samples=1) == pytest.approx(0.69, rel=0.35)
