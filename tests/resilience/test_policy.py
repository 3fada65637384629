"""What to do after a failure, as a function of what is known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.resilience.policy import Backoff, Prospect, Spent, choose, delay_s
from llms.types import Bounds

BACKOFF = Backoff()
NOW = 1000.0


def delay(cause: Any, failures: int = 1, retry_after_s: float | None = None, chance: float = 1.0) -> float | None:
    return delay_s(cause, failures, retry_after_s=retry_after_s, backoff=BACKOFF, chance=chance)


def picked(
    *prospects: Prospect,
    spent: Spent | None = None,
    bounds: Bounds | None = None,
    deadline: float | None = None,
) -> tuple[int, float] | None:
    """The position of the prospect that is chosen, and the wait."""
    spent = spent or Spent(sum(each.tries for each in prospects), sum(each.tries > 0 for each in prospects))
    found = choose(prospects, now=NOW, spent=spent, bounds=bounds or Bounds(), deadline=deadline, longest_wait_s=30)
    return None if found is None else (prospects.index(found[0]), found[1])


def tried(times: int = 1, **more: Any) -> Prospect:
    return Prospect(tries=times, **more)


# Waiting


@pytest.mark.parametrize(("failures", "longest"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (100, 8), (5000, 8)])
def test_waits_double_up_to_a_limit_and_half_of_each_is_chance(failures: int, longest: float) -> None:
    assert delay("unavailable", failures) == longest
    assert delay("unavailable", failures, chance=0.0) == longest / 2


@pytest.mark.parametrize("cause", ["unavailable", "timeout", "malformed", "rate_limit"])
def test_what_may_pass_is_asked_again(cause: str) -> None:
    assert delay(cause) == 1


@pytest.mark.parametrize("cause", ["model", "auth", "quota", "request"])
def test_what_will_not_pass_is_not(cause: str) -> None:
    assert delay(cause) is None
    assert delay(cause, retry_after_s=1) is None


def test_a_target_is_asked_again_when_it_says_and_a_little_later() -> None:
    assert delay("rate_limit", retry_after_s=20, chance=0.0) == 20
    assert delay("rate_limit", retry_after_s=20) == pytest.approx(22)
    assert delay("unavailable", failures=4, retry_after_s=0.5, chance=0.0) == 0.5


def test_but_nobody_is_waited_for_for_long() -> None:
    assert delay("rate_limit", retry_after_s=30) is not None
    assert delay("rate_limit", retry_after_s=31) is None


# Choosing


def test_the_first_in_order_comes_first() -> None:
    assert picked(Prospect(), Prospect()) == (0, 0)


def test_another_target_now_is_sooner_than_the_same_one_later() -> None:
    assert picked(tried(ready_at=NOW + 0.5), Prospect()) == (1, 0)


def test_the_same_target_soon_is_sooner_than_another_one_later() -> None:
    assert picked(tried(ready_at=NOW + 2), Prospect(paused_until=NOW + 5)) == (0, 2)
    assert picked(tried(ready_at=NOW + 6), Prospect(paused_until=NOW + 5)) == (1, 5)


def test_of_targets_that_were_all_tried_the_soonest_is_asked_again() -> None:
    assert picked(tried(ready_at=NOW + 4), tried(ready_at=NOW + 1)) == (1, 1)


def test_one_that_was_not_asked_yet_comes_before_one_that_was() -> None:
    assert picked(tried(ready_at=NOW - 1), Prospect()) == (1, 0)


def test_one_that_is_out_is_out() -> None:
    assert picked(tried(is_out=True)) is None
    assert picked(tried(is_out=True), Prospect()) == (1, 0)


def test_one_whose_breaker_is_open_comes_last_but_it_comes() -> None:
    assert picked(Prospect(blocked=True), Prospect()) == (1, 0)
    assert picked(Prospect(blocked=True)) == (0, 0)
    assert picked(Prospect(blocked=True), tried(ready_at=NOW + 8)) == (1, 8)
    assert picked(Prospect(blocked=True), tried(is_out=True)) == (0, 0)


def test_a_first_attempt_waits_for_nothing() -> None:
    assert picked(Prospect(paused_until=NOW + 20)) == (0, 0)
    assert picked(Prospect(paused_until=NOW + 20), Prospect()) == (1, 0)


def test_later_ones_wait_for_a_pause_to_end() -> None:
    assert picked(Prospect(paused_until=NOW + 20), tried(is_out=True)) == (0, 20)
    assert picked(Prospect(paused_until=NOW + 31), tried(is_out=True)) is None


def test_no_more_attempts_than_allowed() -> None:
    assert picked(Prospect(), tried(is_out=True), bounds=Bounds(attempts=1)) is None


def test_no_more_models_than_allowed() -> None:
    assert picked(tried(is_out=True), tried(is_out=True), tried(is_out=True), Prospect()) is None
    assert picked(tried(is_out=True), tried(is_out=True), tried(ready_at=NOW + 1), Prospect()) == (2, 1)


def test_no_more_retries_than_allowed() -> None:
    assert picked(tried(2, ready_at=NOW), spent=Spent(2, 1, 1)) == (0, 0)
    assert picked(tried(3, ready_at=NOW), spent=Spent(3, 1, 2)) is None


def test_no_retry_beyond_the_budget_of_the_target() -> None:
    assert picked(tried(may_retry=False)) is None
    assert picked(tried(may_retry=False), Prospect(may_retry=False)) == (1, 0)


@pytest.mark.parametrize(("left_s", "goes"), [(3.1, True), (3.0, False), (0.5, False), (-1, False)])
def test_no_attempt_that_cannot_end_in_time(left_s: float, goes: bool) -> None:
    found = picked(tried(ready_at=NOW + 1, quickest_s=2), deadline=NOW + left_s)
    assert (found is not None) is goes


def test_a_first_attempt_is_made_in_any_case() -> None:
    assert picked(Prospect(quickest_s=60), deadline=NOW + 1) == (0, 0)


prospects = st.builds(
    Prospect,
    tries=st.integers(0, 3),
    is_out=st.booleans(),
    ready_at=st.floats(NOW - 10, NOW + 100),
    paused_until=st.sampled_from([0.0, NOW - 1, NOW + 5, NOW + 50]),
    blocked=st.booleans(),
    may_retry=st.booleans(),
    quickest_s=st.floats(0, 20),
)
bounds = st.builds(Bounds, attempts=st.integers(1, 6), models=st.integers(1, 4), retries=st.integers(0, 3))


@given(
    st.lists(prospects, max_size=5),
    bounds,
    st.builds(Spent, attempts=st.integers(1, 6), models=st.integers(1, 4), retries=st.integers(0, 3)),
    st.none() | st.floats(NOW - 5, NOW + 60),
)
def test_no_choice_ever_breaks_a_rule(
    leads: list[Prospect], bounds: Bounds, spent: Spent, deadline: float | None
) -> None:
    found = choose(leads, now=NOW, spent=spent, bounds=bounds, deadline=deadline, longest_wait_s=30)
    if found is None:
        return
    chosen, wait_s = found
    assert not chosen.is_out
    assert spent.attempts < bounds.attempts
    assert spent.retries < bounds.retries if chosen.tries else spent.models < bounds.models
    assert chosen.may_retry or not chosen.tries
    assert 0 <= wait_s <= 30
    assert NOW + wait_s >= max(chosen.ready_at, chosen.paused_until)
    assert deadline is None or NOW + wait_s + chosen.quickest_s < deadline


@given(st.lists(prospects, min_size=1, max_size=5), st.data())
def test_somebody_is_always_asked_first_whatever_is_known(leads: list[Prospect], data: st.DataObject) -> None:
    for each in leads:
        each.tries, each.is_out, each.ready_at = 0, False, 0.0
    found = choose(leads, now=NOW, spent=Spent(), bounds=data.draw(bounds), deadline=NOW + 1, longest_wait_s=30)
    assert found is not None
    assert found[1] == 0
