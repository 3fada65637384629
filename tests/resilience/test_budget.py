"""Budgets are never exceeded, whatever happens in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from llms.resilience.budget import RetryBudget, ShareBudget

steps = st.lists(st.one_of(st.just("request"), st.just("retry"), st.floats(0, 100)), max_size=300)


@given(steps, st.floats(0, 1))
def test_retries_stay_within_their_share_of_the_traffic(steps: list[str | float], share: float) -> None:
    clock = 50.0
    budget = RetryBudget(share, clock)
    requests = retries = 0
    for step in steps:
        if isinstance(step, float):
            clock += step
        elif step == "request":
            requests += 1
            budget.earn()
        elif budget.take(clock):
            retries += 1
        assert retries <= 3 + 0.1 * (clock - 50) + share * requests + 1e-9


def test_a_quiet_target_can_be_retried_a_few_times_and_again_later() -> None:
    budget = RetryBudget(0.1, 0)
    assert [budget.take(0) for _ in range(4)] == [True, True, True, False]
    assert not budget.has_one(9)
    assert budget.take(11)
    assert not budget.take(11)


def test_a_quiet_day_does_not_pay_for_a_storm() -> None:
    budget = RetryBudget(0.1, 0)
    assert sum(budget.take(86_400) for _ in range(100)) == 3


def test_much_traffic_does_not_pay_for_a_storm_either() -> None:
    budget = RetryBudget(0.1, 0)
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.take(0) for _ in range(1000)) == 20


def test_a_busy_target_earns_one_retry_in_ten_requests() -> None:
    budget = RetryBudget(0.1, 0)
    while budget.take(0):
        pass
    taken = 0
    for _ in range(1001):
        budget.earn()
        taken += budget.take(0)
    assert taken == 100


@given(st.lists(st.booleans(), max_size=300), st.floats(0, 1))
def test_a_share_is_never_exceeded(steps: list[bool], share: float) -> None:
    budget = ShareBudget()
    noted = taken = 0
    for note in steps:
        if note:
            noted += 1
            budget.earn(share)
        else:
            expected = budget.has_one()
            assert budget.take() is expected
            taken += expected
        assert taken <= share * noted + 1e-9
