"""When a target is kept away from, for how long, and who goes to see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llms.resilience.breaker import Breaker, BreakerSettings, Obstacle
from llms.resilience.causes import Cause

SETTINGS = BreakerSettings()


class Traffic:
    """A breaker, and requests that take no time unless told otherwise."""

    def __init__(self, settings: BreakerSettings = SETTINGS) -> None:
        self.breaker = Breaker(settings)
        self.now = 1000.0

    def fails(self, cause: Cause = "unavailable", times: int = 1, retry_after_s: float | None = None) -> None:
        for _ in range(times):
            self.breaker.enter(self.now)
            self.breaker.failed(cause, self.now, self.now, retry_after_s)
            self.breaker.leave(self.now)

    def succeeds(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.enter(self.now)
            self.breaker.succeeded(self.now, self.now)
            self.breaker.leave(self.now)

    def state(self) -> tuple[Cause, str, float] | None:
        found = self.breaker.obstacle(self.now)
        return None if found is None else (found.cause, found.state, round(found.until - self.now, 6))


@pytest.mark.parametrize("cause", ["unavailable", "timeout", "malformed"])
def test_five_failures_of_a_cause_keep_traffic_away(cause: Cause) -> None:
    here = Traffic()
    here.fails(cause, 4)
    assert here.state() is None
    here.fails(cause)
    assert here.state() == (cause, "open", 10)


@pytest.mark.parametrize("cause", ["auth", "quota"])
def test_what_only_the_operator_can_mend_is_left_alone_sooner_and_longer(cause: Cause) -> None:
    here = Traffic()
    here.fails(cause, 2)
    assert here.state() == (cause, "open", 300)


@pytest.mark.parametrize("cause", ["request", "model", "rate_limit"])
def test_refusals_of_single_requests_never_count(cause: Cause) -> None:
    here = Traffic()
    here.fails(cause, 1000)
    assert here.state() is None
    assert here.breaker.clear


def test_causes_are_counted_apart() -> None:
    here = Traffic()
    here.fails("unavailable", 4)
    here.fails("timeout", 4)
    assert here.state() is None


def test_failures_that_are_few_among_successes_do_not_open_it() -> None:
    here = Traffic()
    here.succeeds(20)
    here.fails(times=19)
    assert here.state() is None
    here.fails()
    assert here.state() is not None


def test_failures_long_ago_do_not_count() -> None:
    here = Traffic()
    here.fails(times=4)
    here.now += 31
    here.fails(times=4)
    assert here.state() is None


def test_it_can_be_switched_off() -> None:
    here = Traffic(BreakerSettings(failures=0))
    here.fails(times=100)
    here.fails("auth", 100)
    assert here.state() is None


def test_one_request_goes_to_see_the_others_wait() -> None:
    here = Traffic()
    here.fails(times=5)
    here.now += 10
    assert here.state() is None
    here.breaker.enter(here.now)
    assert here.state() == ("unavailable", "half-open", 120)
    here.breaker.succeeded(here.now, here.now + 1)
    assert here.state() is None
    assert here.breaker.clear


def test_one_that_finds_it_still_failing_doubles_the_time() -> None:
    here = Traffic()
    here.fails(times=5)
    lasted = []
    for _ in range(6):
        state = here.state()
        assert state is not None
        lasted.append(state[2])
        here.now += state[2]
        here.fails("timeout")
    assert lasted == [10, 20, 40, 80, 120, 120]


def test_one_that_was_cancelled_leaves_the_place_to_another() -> None:
    here = Traffic()
    here.fails(times=5)
    here.now += 10
    here.breaker.enter(here.now)
    here.breaker.leave(here.now)
    assert here.state() is None


def test_the_end_of_another_request_does_not_send_a_second_one_to_see() -> None:
    here = Traffic()
    here.breaker.enter(here.now - 60)  # a long stream, since before
    here.fails(times=5)
    here.now += 10
    here.breaker.enter(here.now)
    here.breaker.leave(940.0)
    assert here.state() is not None


def test_one_that_never_comes_back_is_given_up() -> None:
    here = Traffic()
    here.fails(times=5)
    here.now += 10
    here.breaker.enter(here.now)
    here.now += 120
    assert here.state() is None


def test_an_answer_to_a_request_from_before_proves_nothing() -> None:
    here = Traffic()
    here.fails(times=5)
    here.breaker.succeeded(here.now - 5, here.now + 1)
    assert here.state() is not None
    here.breaker.succeeded(here.now + 1, here.now + 2)  # the last resort of somebody
    assert here.state() is None


def test_a_refusal_shows_that_it_works_again_but_not_that_the_key_does() -> None:
    here = Traffic()
    here.fails("auth", 2)
    here.fails(times=5)
    here.now += 300
    here.fails("request")
    assert [each.cause for each in here.breaker.obstacles(here.now)] == ["auth"]


def test_a_target_that_says_when_to_come_back_is_left_alone_until_then() -> None:
    here = Traffic()
    here.fails("rate_limit", retry_after_s=20)
    assert here.state() == ("rate_limit", "paused", 20)
    here.fails("rate_limit", retry_after_s=5)
    assert here.state() == ("rate_limit", "paused", 20)
    here.now += 20
    assert here.state() is None
    assert here.breaker.clear


def test_but_not_for_hours() -> None:
    here = Traffic()
    here.fails("rate_limit", retry_after_s=86_400)
    assert here.state() == ("rate_limit", "paused", 60)


def test_all_that_is_known_is_told() -> None:
    here = Traffic()
    here.fails("timeout", 5)
    here.fails("rate_limit", retry_after_s=20)
    assert here.breaker.obstacles(here.now) == [
        Obstacle("rate_limit", "paused", here.now + 20),
        Obstacle("timeout", "open", here.now + 10),
    ]
    here.now += 30
    assert here.breaker.obstacles(here.now) == [Obstacle("timeout", "half-open", here.now - 20)]


causes = st.sampled_from(["unavailable", "timeout", "malformed", "auth", "quota", "rate_limit", "model", "request"])


@given(st.lists(st.tuples(causes, st.floats(0, 60), st.none() | st.floats(0.1, 1e5)), max_size=60))
def test_it_always_lets_somebody_see_in_the_end(events: list[tuple[Cause, float, float | None]]) -> None:
    here = Traffic()
    for cause, wait_s, retry_after_s in events:
        here.now += wait_s
        here.fails(cause, retry_after_s=retry_after_s)
    found = here.breaker.obstacle(here.now)
    assert found is None or found.until - here.now <= 1800
    here.now += 1800
    assert here.state() is None
    here.succeeds()
    assert here.breaker.clear
