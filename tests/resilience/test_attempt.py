"""One attempt: what it holds back, and what it notes."""

import asyncio

import pytest

from llms.errors import RateLimited, TimedOut
from llms.resilience.attempt import Lead, Trying
from llms.resilience.causes import cause_of
from llms.resilience.targets import LocalTargets
from llms.types import Call, Route, Timeouts
from tests.fakes.clock import START, now, simulated
from tests.fakes.provider import SILENCE, FakeProvider
from tests.resilience.calls import HELLO, ROLE, call_over, exchange


def trying(provider: FakeProvider, timeouts: Timeouts | None = None, *, stream: bool = True) -> tuple[Call, Trying]:
    call = call_over(provider, timeouts=timeouts, stream=stream)
    lead = Lead(route=Route(provider, "m"), target=LocalTargets(clock=now).of("a/m"))
    attempt = Trying(call, lead, "first", now=now(), waited_s=0.5)
    call.route = lead.route
    attempt.chunks = exchange(call)
    return call, attempt


def test_it_holds_what_comes_up_to_the_first_meaningful_chunk() -> None:
    async def work() -> None:
        _, attempt = trying(FakeProvider("a", ROLE, ROLE, *HELLO))
        await attempt.hold()
        assert attempt.held == [ROLE, ROLE, *HELLO[:2]]
        await attempt.close()

    simulated(work())


def test_pieces_that_are_passed_on_count_at_once() -> None:
    async def work() -> None:
        piece = {"data": b"x", "choices": (), "usage": None}
        _, attempt = trying(FakeProvider("a", piece, piece))
        await attempt.hold()
        assert attempt.held == [piece]
        await attempt.close()

    simulated(work())


def test_it_waits_no_longer_than_it_is_told() -> None:
    async def work() -> None:
        provider = FakeProvider("a", ROLE, 50, *HELLO)
        _, attempt = trying(provider)
        with pytest.raises(TimedOut, match="no first token within 3 s"):
            await attempt.hold_within(3)
        assert (now(), provider.open) == (START + 3, 0)

    simulated(work())


def test_closing_ends_the_exchange() -> None:
    async def work() -> None:
        provider = FakeProvider("a", *HELLO, SILENCE)
        _, attempt = trying(provider)
        await attempt.hold()
        await attempt.close()
        assert provider.open == 0

    simulated(work())


def test_its_end_is_noted_once() -> None:
    async def work() -> None:
        call, attempt = trying(FakeProvider("a", *HELLO))
        target = attempt.lead.target
        assert target.in_flight == 1
        attempt.end(now(), whole=True)
        await asyncio.sleep(1)
        attempt.end(now())
        attempt.lost(now())
        assert target.in_flight == 0
        [note] = call.tries
        assert (note.ended, note.error, note.waited_s) == (START, None, 0.5)

    simulated(work())


def test_a_failure_is_noted_as_the_client_would_see_it() -> None:
    async def work() -> None:
        call, attempt = trying(FakeProvider("a"))
        attempt.failed(RateLimited(retry_after_s=9), "rate_limit", now())
        attempt.end(now())
        [note] = call.tries
        assert (note.error, note.status) == ("rate_limit_exceeded", 429)
        obstacle = attempt.lead.target.obstacle(now())
        assert obstacle is not None
        assert obstacle.until == START + 9

    simulated(work())


@pytest.mark.parametrize("end", ["timed out", "lost"])
def test_how_long_it_was_waited_for_is_learned(end: str) -> None:
    async def work() -> None:
        for _ in range(20):
            _, attempt = trying(FakeProvider("a"))
            target = attempt.lead.target
            for _ in range(19):
                target.waited(8, now(), stream=True)
            await asyncio.sleep(8)
            if end == "lost":
                attempt.lost(now())
            else:
                attempt.failed(TimedOut(code="first_token"), "timeout", now())
            assert target.patience_s() == pytest.approx(8, rel=0.15)

    simulated(work())


@pytest.mark.parametrize(
    ("own", "code", "counts"),
    [
        (Timeouts(first_token_s=0.01), "first_token", False),
        (Timeouts(connect_s=0.01), "connect", False),
        (Timeouts(idle_s=0.01), "idle", False),
        (Timeouts(first_token_s=3000), "first_token", True),
        (Timeouts(idle_s=0.01), "first_token", True),
        (Timeouts(first_token_s=0.01), "timeout", True),
        (None, "first_token", True),
    ],
)
def test_a_client_without_patience_says_nothing_of_the_target(own: Timeouts | None, code: str, counts: bool) -> None:
    async def work() -> None:
        target = LocalTargets(clock=now).of("a/m")
        for _ in range(5):
            call = call_over(provider := FakeProvider("a"), timeouts=own)
            attempt = Trying(call, Lead(route=Route(provider, "m"), target=target), "first", now=now(), waited_s=0)
            failure = TimedOut(code=code)
            attempt.failed(failure, cause_of(failure), now())
            attempt.end(now())
            assert call.tries[0].error == code
        assert target.clear is not counts

    simulated(work())


def test_a_model_that_is_given_less_time_than_others_is_taken_by_that() -> None:
    async def work() -> None:
        target = LocalTargets(clock=now).of("a/m")
        for _ in range(5):
            call = call_over(provider := FakeProvider("a"), timeouts=Timeouts(first_token_s=2))
            route = Route(provider, "m", Timeouts(first_token_s=1))
            attempt = Trying(call, Lead(route=route, target=target), "first", now=now(), waited_s=0)
            attempt.failed(TimedOut(code="first_token"), "timeout", now())
            attempt.end(now())
        assert not target.clear

    simulated(work())
