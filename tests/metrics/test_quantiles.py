"""Quantiles by the nearest rank."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.metrics.quantiles import quantile


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_of_a_hundred_values_each_is_a_hundredth(share: float, value: int) -> None:
    assert quantile(range(1, 101), share) == value


def test_of_one_value_it_is_that_one() -> None:
    assert quantile([7.0], 0.5) == quantile([7.0], 0.99) == 7.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_measured_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert found in values
    assert sum(value <= found for value in values) >= math.ceil(share * len(values))
