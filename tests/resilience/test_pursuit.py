"""The attempts of a call: who is asked, after what wait, why somebody is not, and what is told in the end."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llms.errors import AccessDenied, GatewayError, Malformed, RateLimited, Rejected, TimedOut, Unavailable
from llms.types import Bounds, Call, Candidate, Decision, Timeouts
from tests.fakes.clock import START, now, simulated
from tests.fakes.provider import SILENCE, FakeProvider
from tests.resilience.calls import HELLO, NO_RETRIES, ROLE, House, call_over, exchange, failed, run, served

DOWN = Unavailable("down", status=503)


def story(call: Call) -> list[tuple[str, str, float, float]]:
    """Of each attempt: where, what kind, when after the start, after how long a wait."""
    return [(each.provider, each.kind, each.started - START, each.waited_s) for each in call.tries]


class Body:
    """An upload that has begun to leave."""

    content_type = "multipart/form-data"
    untouched = False
    failure: Exception | None = None

    def told(self, model: str) -> Any:
        raise AssertionError("nobody sends it again")


# Retries


def test_the_only_target_is_asked_again_after_a_wait() -> None:
    call = call_over(FakeProvider("a", *HELLO, turns=[[DOWN], [Malformed()]]))
    assert served(call) == HELLO
    assert story(call) == [("a", "first", 0, 0), ("a", "retry", 1, 1), ("a", "retry", 3, 2)]


def test_two_retries_are_all() -> None:
    call = call_over(FakeProvider("a", DOWN))
    assert failed(call).status == 503
    assert [each.kind for each in call.tries] == ["first", "retry", "retry"]


def test_when_all_have_failed_the_one_that_is_ready_first_is_asked_again() -> None:
    first = FakeProvider("a", *HELLO, turns=[[DOWN]])
    call = call_over(first, FakeProvider("b", DOWN))
    assert served(call) == HELLO
    assert story(call) == [("a", "first", 0, 0), ("b", "fallback", 0, 0), ("a", "retry", 1, 1)]


def test_five_attempts_are_all() -> None:
    call = call_over(*(FakeProvider(name, DOWN) for name in "abcd"))
    failed(call)
    assert [(each.provider, each.kind) for each in call.tries] == [
        ("a", "first"),
        ("b", "fallback"),
        ("c", "fallback"),
        ("a", "retry"),
        ("b", "retry"),
    ]


@pytest.mark.parametrize(
    ("bounds", "asked"),
    [
        (Bounds(attempts=1), "a"),
        (Bounds(attempts=2), "ab"),
        (Bounds(models=1), "aaa"),
        (Bounds(models=2, retries=0), "ab"),
        (Bounds(retries=1), "abca"),
    ],
)
def test_the_bounds_of_the_call_are_kept(bounds: Bounds, asked: str) -> None:
    call = call_over(*(FakeProvider(name, DOWN) for name in "abcd"), bounds=bounds)
    failed(call)
    assert "".join(each.provider for each in call.tries) == asked


def test_a_target_without_a_budget_is_not_asked_again() -> None:
    async def work(house: House) -> list[int]:
        counts = []
        for _ in range(4):
            call = call_over(FakeProvider("a", DOWN))
            await house.fails(call)
            counts.append(call.attempts)
        return counts

    assert run(work)[:3] == [3, 2, 1]


@pytest.mark.parametrize(
    "failure", [AccessDenied(), RateLimited(code="insufficient_quota"), Rejected(status=404)], ids=str
)
def test_what_will_not_pass_is_not_asked_again(failure: GatewayError) -> None:
    call = call_over(FakeProvider("a", failure))
    failed(call)
    assert call.attempts == 1


def test_an_upload_that_has_begun_to_leave_is_not_sent_again() -> None:
    call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", *HELLO))
    call.upload = Body()
    assert "x-should-retry" not in failed(call).headers
    assert call.attempts == 1


# Rate limits


def test_a_rate_limit_leads_to_another_target_when_there_is_one() -> None:
    call = call_over(FakeProvider("a", RateLimited(retry_after_s=2)), FakeProvider("b", *HELLO))
    assert served(call) == HELLO
    assert story(call)[1:] == [("b", "fallback", 0, 0)]


def test_a_rate_limit_of_the_only_target_is_waited_for() -> None:
    call = call_over(FakeProvider("a", *HELLO, turns=[[RateLimited(retry_after_s=20)]]))
    assert served(call) == HELLO
    assert story(call)[1] == ("a", "retry", 22, 22)


def test_a_rate_limit_that_is_known_of_another_target_is_weighed() -> None:
    async def work(house: House) -> Call:
        house.targets.of("b/m").failed("rate_limit", now(), now(), 5.0)
        call = call_over(FakeProvider("a", *HELLO, turns=[[RateLimited(retry_after_s=20)]]), FakeProvider("b", *HELLO))
        await house.serves(call)
        return call

    assert story(run(work)) == [("a", "first", 0, 0), ("b", "fallback", 5, 5)]


def test_nobody_is_waited_for_for_too_long_and_the_client_is_told_when_to_come_back() -> None:
    first = FakeProvider("a", RateLimited("slow down", retry_after_s=90))
    second = FakeProvider("b", RateLimited("slower", retry_after_s=40))
    call = call_over(first, second, FakeProvider("c", Unavailable()), bounds=NO_RETRIES)
    failure = failed(call)
    assert (failure.status, failure.retry_after_s, str(failure)) == (429, 40, "slower")


# Deadlines


def test_no_attempt_begins_after_the_deadline() -> None:
    call = call_over(FakeProvider("a", 0.5, DOWN), timeouts=Timeouts(total_s=2.0))
    failed(call)
    assert [each.started - START for each in call.tries] == [0, 1.5]


def test_no_attempt_begins_that_cannot_end_in_time() -> None:
    async def work(house: House) -> int:
        for _ in range(30):
            house.targets.of("b/m").waited(10, now(), stream=True)
        call = call_over(
            FakeProvider("a", DOWN), FakeProvider("b", 10, *HELLO), timeouts=Timeouts(total_s=8), bounds=NO_RETRIES
        )
        await house.fails(call)
        return call.attempts

    assert run(work) == 1


# Breakers


async def broken(house: House, name: str, cause: Any = "timeout") -> None:
    for _ in range(5):
        house.targets.of(name).failed(cause, now(), now())


def test_a_target_that_fails_for_everybody_is_passed_over_and_the_decision_says_so() -> None:
    async def work(house: House) -> Call:
        await broken(house, "a/m")
        call = call_over(FakeProvider("a", SILENCE), FakeProvider("b", *HELLO))
        await house.serves(call)
        return call

    call = run(work)
    assert story(call) == [("b", "first", 0, 0)]
    assert call.decision == Decision(
        "ordered",
        "the order of the routes",
        (
            Candidate("a/m", kept=False, reason="open after timeout, 10 s left"),
            Candidate("b/m", kept=True, reason=""),
        ),
    )


def test_what_the_decision_said_of_the_others_stays() -> None:
    async def work(house: House) -> Call:
        await broken(house, "b/m")
        call = call_over(FakeProvider("a", DOWN), FakeProvider("b"), FakeProvider("c", *HELLO))
        call.decision = Decision(
            "weighted", "by chance", tuple(Candidate(f"{name}/m", kept=True, reason=name) for name in "abc")
        )
        await house.serves(call)
        return call

    call = run(work)
    assert call.decision is not None
    assert call.decision.strategy == "weighted"
    assert [(each.kept, each.reason) for each in call.decision.candidates] == [
        (True, "a"),
        (False, "open after timeout, 10 s left"),
        (True, "c"),
    ]


def test_the_last_target_is_asked_all_the_same() -> None:
    async def work(house: House) -> Call:
        await broken(house, "a/m")
        await broken(house, "b/m")
        call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", *HELLO))
        assert await house.serves(call) == HELLO
        return call

    assert [each.provider for each in run(work).tries] == ["a", "b"]


def test_traffic_itself_opens_a_breaker_and_closes_it() -> None:
    async def work() -> list[str]:
        house = House()
        sick = FakeProvider("a", *HELLO, turns=[[DOWN]] * 5)
        served_by = []
        for _ in range(8):
            call = call_over(sick, FakeProvider("b", *HELLO))
            await house.serves(call)
            served_by.append("".join(each.provider for each in call.tries))
        await asyncio.sleep(10)
        for _ in range(2):
            call = call_over(sick, FakeProvider("b", *HELLO))
            await house.serves(call)
            served_by.append("".join(each.provider for each in call.tries))
        return served_by

    assert simulated(work()) == ["ab"] * 5 + ["b"] * 3 + ["a", "a"]


def test_one_request_goes_to_see_while_the_others_go_elsewhere() -> None:
    async def work() -> list[str]:
        house = House()
        await broken(house, "a/m")
        await asyncio.sleep(10)
        sick, well = FakeProvider("a", 3, *HELLO), FakeProvider("b", *HELLO)
        calls = [call_over(sick, well) for _ in range(4)]
        await asyncio.gather(*map(house.serves, calls))
        return [call.tries[0].provider for call in calls]

    assert simulated(work()) == ["a", "b", "b", "b"]


def test_streams_that_break_off_open_a_breaker_too() -> None:
    async def work(house: House) -> bool:
        for _ in range(5):
            await house.fails(call_over(FakeProvider("a", *HELLO[:2], Malformed())))
        return house.targets.of("a/m").obstacle(now()) is not None

    assert run(work)


# The last word


def test_giving_up_tells_the_sdks_not_to_try_again() -> None:
    failure = failed(call_over(FakeProvider("a", DOWN)))
    assert failure.headers == {"x-should-retry": "false"}


def test_the_last_word_says_which_route_it_is_about() -> None:
    call = call_over(FakeProvider("a", RateLimited("slow")), FakeProvider("b", DOWN), bounds=NO_RETRIES)
    assert failed(call).message == "a/m: slow"


def test_the_request_at_fault_is_told_even_after_something_worse() -> None:
    call = call_over(FakeProvider("a", RateLimited()), FakeProvider("b", Rejected("bad", status=400)))
    assert failed(call).message == "b/m: bad"


def test_going_elsewhere_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "llms"):
        served(call_over(FakeProvider("a", Rejected("no such model sk-secret", status=404)), FakeProvider("b", *HELLO)))
    [record] = caplog.records
    assert record.getMessage() == "Trying fallback model"
    assert record.__dict__["fields"] == {"id": "id", "from": "a/m", "to": "b/m", "cause": "model", "wait_s": 0.0}


# Whatever happens

FAILURES: Sequence[GatewayError] = (
    DOWN,
    Malformed("x"),
    RateLimited("x"),
    RateLimited("x", retry_after_s=3),
    RateLimited("x", retry_after_s=300),
    RateLimited("x", code="insufficient_quota"),
    AccessDenied("x"),
    Rejected("x", status=404),
    Rejected("x", status=400),
    TimedOut("x", code="connect"),
)
step = st.one_of(st.sampled_from(FAILURES), st.floats(0, 50), st.just(ROLE), st.just(SILENCE))
turn = st.one_of(st.lists(step, max_size=3), st.just(HELLO), st.sampled_from([[*HELLO[:2], each] for each in FAILURES]))
scripts = st.lists(st.lists(turn, min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(scripts, st.builds(Bounds, st.integers(1, 6), st.integers(1, 4), st.integers(0, 3)), st.booleans(), st.data())
def test_no_rule_is_ever_broken(script: Any, bounds: Bounds, timed: bool, data: st.DataObject) -> None:
    """Not over the bounds, nothing after the commit, nothing that begins too late, nothing left open."""
    total_s = data.draw(st.floats(1, 100)) if timed else None
    limits = Timeouts(first_token_s=30, total_s=total_s)

    async def work() -> None:
        house = House(chance=data.draw(st.floats(0, 1)))
        providers = [
            FakeProvider(str(place), DOWN, turns=[[*each, *([] if each == HELLO else [DOWN])] for each in turns])
            for place, turns in enumerate(script)
        ]
        call = call_over(*providers, bounds=bounds, timeouts=limits)
        seen: list[Any] = []
        call.timing.started = now()
        try:
            async for each in house.stage(call, exchange):
                seen.append(each)  # noqa: PERF401  what came before a failure counts
        except GatewayError:
            assert call.tries[-1].error is not None
        else:
            assert call.tries[-1].error is None
        assert call.attempts == len(call.tries) <= bounds.attempts
        assert len({each.provider for each in call.tries}) <= bounds.models
        assert sum(each.kind == "retry" for each in call.tries) <= bounds.retries
        assert [bool(each.answered) for each in call.tries[:-1]] == [False] * (len(call.tries) - 1)
        assert bool(seen) == bool(call.tries[-1].answered)
        assert all(each.ended for each in call.tries)
        assert total_s is None or all(each.started < START + total_s for each in call.tries)
        assert all(each.waited_s <= 33 for each in call.tries)
        assert [provider.open for provider in providers] == [0] * len(providers)
        assert all(house.targets.of(str(route)).in_flight == 0 for route in call.routes)

    simulated(work())
