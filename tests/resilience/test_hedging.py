"""Two attempts at the same time: when, where, who wins, and what becomes of the other."""

import asyncio
from typing import Any

import pytest

from llms.errors import BadRequest, Malformed, Unavailable
from llms.types import Bounds, Call
from tests.fakes.clock import START, now, simulated
from tests.fakes.provider import SILENCE, FakeProvider
from tests.resilience.calls import HELLO, ROLE, House, call_over, exchange

ALL = Bounds(hedge_percent=100)
OTHER = [{**each, "id": "other"} for each in HELLO]


def seasoned(house: House, *names: str, seconds: float = 1.0) -> None:
    """Teach a house that these targets take about a second to their first token."""
    for name in names:
        for _ in range(20):
            house.targets.of(name).waited(seconds, now(), stream=True)


def story(call: Call) -> list[tuple[str, str, float, str | None]]:
    return [(each.provider, each.kind, round(each.started - START, 1), each.error) for each in call.tries]


def hedged(*providers: FakeProvider, bounds: Bounds = ALL, **more: Any) -> Call:
    return call_over(*providers, bounds=bounds, **more)


def served_by_seasoned(call: Call) -> list[Any]:
    async def work() -> list[Any]:
        house = House()
        seasoned(house, "a/m")
        found = await house.serves(call)
        assert [house.targets.of(str(route)).in_flight for route in call.routes] == [0] * len(call.routes)
        return found

    return simulated(work())


def test_one_that_keeps_silent_is_hedged_and_the_faster_one_wins() -> None:
    slow, quick = FakeProvider("a", ROLE, SILENCE), FakeProvider("b", 0.5, *OTHER)
    call = hedged(slow, quick)
    assert served_by_seasoned(call) == OTHER
    assert story(call) == [("a", "first", 0, "hedge_lost"), ("b", "hedge", 1.0, None)]
    assert (str(call.route), slow.open, quick.open) == ("b/m", 0, 0)
    assert call.terms is quick.terms[0] or call.terms is not None
    assert call.timing.upstream_answered == pytest.approx(START + 1.6, abs=0.1)


def test_the_first_one_may_still_win() -> None:
    slow, other = FakeProvider("a", 1.5, *HELLO), FakeProvider("b", SILENCE)
    call = hedged(slow, other)
    assert served_by_seasoned(call) == HELLO
    assert story(call) == [("a", "first", 0, None), ("b", "hedge", 1.0, "hedge_lost")]
    assert (str(call.route), other.open) == ("a/m", 0)


def test_one_that_is_as_fast_as_ever_is_not() -> None:
    other = FakeProvider("b", *OTHER)
    assert served_by_seasoned(hedged(FakeProvider("a", 0.9, *HELLO), other)) == HELLO
    assert other.asked == []


def test_the_loser_is_closed_before_the_winner_is_told() -> None:
    async def work() -> None:
        house = House()
        seasoned(house, "a/m")
        slow = FakeProvider("a", SILENCE)
        chunks = house.stage(hedged(slow, FakeProvider("b", OTHER[0], OTHER[1], SILENCE)), exchange)
        await anext(chunks)
        assert slow.open == 0
        await chunks.aclose()

    simulated(work())


def test_two_that_answer_in_the_same_moment_are_one_answer() -> None:
    moment = 0.8
    first, second = FakeProvider("a", 1.0 + moment, *HELLO), FakeProvider("b", *OTHER)
    call = hedged(first, second)
    assert served_by_seasoned(call) in (HELLO, OTHER)
    assert [each.error for each in call.tries].count("hedge_lost") == 1
    assert (first.open, second.open) == (0, 0)


def test_one_that_fails_early_is_no_hedge_but_a_fallback() -> None:
    call = hedged(FakeProvider("a", 0.5, Unavailable()), FakeProvider("b", *OTHER))
    assert served_by_seasoned(call) == OTHER
    assert [each[1] for each in story(call)] == ["first", "fallback"]


def test_a_second_one_that_fails_leaves_the_first_its_time() -> None:
    call = hedged(FakeProvider("a", 5, *HELLO), FakeProvider("b", Malformed()), FakeProvider("c", *OTHER))
    assert served_by_seasoned(call) == HELLO
    assert story(call) == [("a", "first", 0, None), ("b", "hedge", 1.0, "upstream_malformed")]


def test_when_both_fail_the_next_is_tried() -> None:
    call = hedged(FakeProvider("a", 2, Unavailable()), FakeProvider("b", 2, Malformed()), FakeProvider("c", *OTHER))
    assert served_by_seasoned(call) == OTHER
    assert [each[1] for each in story(call)] == ["first", "hedge", "fallback"]


def test_a_fault_of_the_request_is_raised() -> None:
    async def work() -> None:
        house = House()
        seasoned(house, "a/m")
        second = FakeProvider("b", SILENCE)
        with pytest.raises(BadRequest):
            await house.serves(hedged(FakeProvider("a", 2, BadRequest()), second))
        assert second.open == 0
        assert house.targets.of("b/m").in_flight == 0

    simulated(work())


def test_cancelling_ends_both() -> None:
    async def work() -> None:
        house = House()
        seasoned(house, "a/m")
        first, second = FakeProvider("a", SILENCE), FakeProvider("b", SILENCE)
        call = hedged(first, second)
        task = asyncio.create_task(house.serves(call))
        await asyncio.sleep(3)
        assert (first.open, second.open) == (1, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (first.open, second.open) == (0, 0)
        assert [each.error for each in call.tries] == ["cancelled", "cancelled"]

    simulated(work())


@pytest.mark.parametrize(
    "call",
    [
        hedged(FakeProvider("a", 5, *HELLO)),
        hedged(FakeProvider("a", 5, HELLO[-1]), FakeProvider("b", *OTHER), stream=False),
        call_over(FakeProvider("a", 5, *HELLO), FakeProvider("b", *OTHER)),
        hedged(FakeProvider("a", 5, *HELLO), FakeProvider("b", *OTHER), bounds=Bounds(attempts=1, hedge_percent=100)),
        hedged(FakeProvider("a", 5, *HELLO), FakeProvider("b", *OTHER), bounds=Bounds(models=1, hedge_percent=100)),
    ],
    ids=["no other route", "a whole answer", "not asked for", "one attempt only", "one model only"],
)
def test_there_are_calls_that_are_not_hedged(call: Call) -> None:
    served_by_seasoned(call)
    assert len(call.tries) == 1


def test_what_is_not_known_is_not_hedged() -> None:
    async def work() -> int:
        call = hedged(FakeProvider("a", 20, *HELLO), FakeProvider("b", *OTHER))
        await House().serves(call)
        return call.attempts

    assert simulated(work()) == 1


@pytest.mark.parametrize("cause", ["rate_limit", "timeout"])
def test_a_target_with_troubles_of_its_own_is_no_help(cause: Any) -> None:
    async def work() -> int:
        house = House()
        seasoned(house, "a/m")
        for _ in range(5):
            house.targets.of("b/m").failed(cause, now(), now(), 20.0 if cause == "rate_limit" else None)
        call = hedged(FakeProvider("a", 5, *HELLO), FakeProvider("b", *OTHER))
        await house.serves(call)
        return call.attempts

    assert simulated(work()) == 1


def test_no_more_are_hedged_than_their_share() -> None:
    async def work() -> int:
        house = House()
        seasoned(house, "a/m")
        hedges = 0
        for _ in range(100):
            call = hedged(FakeProvider("a", 1.5, *HELLO), FakeProvider("b", 60, *OTHER), bounds=Bounds(hedge_percent=5))
            await house.serves(call)
            hedges += call.attempts - 1
            seasoned(house, "a/m")
        return hedges

    assert simulated(work()) == 5


def test_a_slow_loser_teaches_that_it_is_slow() -> None:
    async def work() -> None:
        house = House()
        seasoned(house, "a/m")
        before = house.targets.of("a/m").patience_s()
        for _ in range(10):
            await house.serves(hedged(FakeProvider("a", SILENCE), FakeProvider("b", 9, *OTHER)))
        after = house.targets.of("a/m").patience_s()
        assert before is not None
        assert after is not None
        assert after > 2 * before

    simulated(work())
