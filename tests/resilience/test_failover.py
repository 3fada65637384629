"""The loop over a call's attempts: another one before anything meaningful was said, never after."""

import asyncio
from typing import Any

import pytest

from llms.errors import AccessDenied, BadRequest, Malformed, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.types import Attempt, Call, Route, Timeouts
from tests.fakes.clock import START, now, simulated
from tests.fakes.openai_wire import choice, chunk, completion
from tests.fakes.provider import SILENCE, FakeProvider
from tests.resilience.calls import HELLO, NO_RETRIES, ROLE, House, call_over, exchange, failed, run, served


def kinds(call: Call) -> list[str]:
    return [each.kind for each in call.tries]


def test_the_first_route_serves_where_it_can() -> None:
    first, second = FakeProvider("a", *HELLO), FakeProvider("b", *HELLO)
    call = call_over(first, second)
    assert served(call) == HELLO
    assert (str(call.route), call.attempts, second.asked) == ("a/m", 1, [])


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable(),
        RateLimited(),
        RateLimited(code="insufficient_quota"),
        AccessDenied(),
        Malformed(),
        TimedOut(code="connect"),
        Rejected(status=404),
        Rejected(status=409),
        Rejected("Invalid model: m", status=400),
    ],
)
@pytest.mark.parametrize("said", [(), (ROLE,), (ROLE, ROLE)], ids=["at once", "after a role", "after two"])
def test_a_failure_before_anything_meaningful_leads_to_the_next_at_once(failure: UpstreamError, said: Any) -> None:
    first, second = FakeProvider("a", *said, failure), FakeProvider("b", *HELLO)
    call = call_over(first, second)
    assert served(call) == HELLO
    assert (str(call.route), call.attempts, kinds(call)) == ("b/m", 2, ["first", "fallback"])
    assert (first.open, second.open) == (0, 0)
    assert call.timing.upstream_answered == START


@pytest.mark.parametrize(
    "said",
    [{"content": "H"}, {"reasoning_content": "hm"}, {"tool_calls": [{"index": 0}]}, {"refusal": "no"}],
    ids=["content", "reasoning", "a tool call", "a refusal"],
)
def test_a_failure_after_something_meaningful_belongs_to_the_client(said: dict[str, Any]) -> None:
    spoken = chunk(choice(said))
    second = FakeProvider("b", *HELLO)
    call = call_over(FakeProvider("a", ROLE, spoken, Unavailable("broke")), second)
    seen: list[Any] = []

    async def watch(house: House) -> None:
        chunks = house.stage(call, exchange)
        seen.extend([await anext(chunks), await anext(chunks)])
        with pytest.raises(Unavailable, match="broke") as raised:
            await anext(chunks)
        assert "x-should-retry" not in raised.value.headers

    run(watch)
    assert seen == [ROLE, spoken]
    assert (second.asked, call.attempts) == ([], 1)
    [attempt] = call.tries
    assert (attempt.error, attempt.status, attempt.answered > 0) == ("upstream_error", 502, True)


def test_a_finish_reason_commits_too() -> None:
    second = FakeProvider("b", *HELLO)
    failure = failed(call_over(FakeProvider("a", chunk(choice({}, "stop")), Unavailable()), second))
    assert isinstance(failure, Unavailable)
    assert second.asked == []


def test_chunks_pass_as_they_come_once_committed() -> None:
    async def work(house: House) -> None:
        gate = asyncio.Event()
        chunks = house.stage(call_over(FakeProvider("a", *HELLO[:2], gate, *HELLO[2:])), exchange)
        assert [await anext(chunks), await anext(chunks)] == HELLO[:2]
        gate.set()
        assert [each async for each in chunks] == HELLO[2:]

    run(work)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_at_fault_is_not_tried_again_anywhere(status: int) -> None:
    first, second = FakeProvider("a", Rejected("bad", status=status)), FakeProvider("b", *HELLO)
    failure = failed(call_over(first, second))
    assert failure.status == status
    assert (len(first.asked), second.asked) == (1, [])


def test_an_error_of_our_own_is_not_tried_elsewhere() -> None:
    second = FakeProvider("b", *HELLO)
    call = call_over(FakeProvider("a", BadRequest()), second)

    async def work(house: House) -> None:
        with pytest.raises(BadRequest):
            await house.serves(call)
        assert house.targets.of("a/m").in_flight == 0

    run(work)
    assert second.asked == []
    assert [(each.status, each.ended) for each in call.tries] == [(400, START)]


def test_every_route_is_tried_in_order_with_its_own_name_of_the_model() -> None:
    providers = [FakeProvider(name, Unavailable()) for name in "abc"]
    call = call_over(*providers, bounds=NO_RETRIES)
    call.routes = tuple(Route(provider, f"model-{provider.name}") for provider in providers)
    failed(call)
    assert [[chat["model"] for chat in provider.asked] for provider in providers] == [
        ["model-a"],
        ["model-b"],
        ["model-c"],
    ]
    assert call.attempts == 3


# Timers


@pytest.mark.parametrize("said", [(), (ROLE,)], ids=["silence", "a role, then silence"])
def test_no_first_token_in_time_leads_to_the_next(said: Any) -> None:
    first = FakeProvider("a", *said, SILENCE)
    call = call_over(first, FakeProvider("b", *HELLO), timeouts=Timeouts(first_token_s=7))
    assert served(call) == HELLO
    assert first.open == 0
    assert call.timing.upstream_answered == START + 7


def test_no_first_token_anywhere_names_the_timer() -> None:
    failure = failed(call_over(FakeProvider("a", SILENCE), timeouts=Timeouts(first_token_s=0.5), bounds=NO_RETRIES))
    assert isinstance(failure, TimedOut)
    assert (failure.status, failure.code) == (504, "first_token")
    assert failure.message == "a/m: no first token within 0.5 s"


def test_every_route_has_its_own_timer() -> None:
    quick = FakeProvider("a", SILENCE, timeouts=Timeouts(first_token_s=1))
    assert served(call_over(quick, FakeProvider("b", 20, *HELLO))) == HELLO


def test_after_the_first_token_its_timer_rests() -> None:
    async def work(house: House) -> None:
        call = call_over(FakeProvider("a", *HELLO[:2], 50, *HELLO[2:]), timeouts=Timeouts(first_token_s=5))
        chunks = house.stage(call, exchange)
        assert [await anext(chunks), await anext(chunks)] == HELLO[:2]
        await asyncio.sleep(10)  # a consumer that takes longer than the timer
        assert [each async for each in chunks] == HELLO[2:]

    run(work)


# Whole answers


def test_a_whole_answer_fails_over_too() -> None:
    call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", completion()), stream=False)
    assert served(call) == [completion()]


# Who leaves


def test_cancelling_ends_the_exchange_and_tries_no_other() -> None:
    async def work() -> None:
        house = House()
        first, second = FakeProvider("a", ROLE, SILENCE), FakeProvider("b", *HELLO)
        call = call_over(first, second)
        task = asyncio.create_task(house.serves(call))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (first.open, second.asked, house.targets.of("a/m").in_flight) == (0, [], 0)
        [attempt] = call.tries
        assert (attempt.error, attempt.status, attempt.ended) == ("cancelled", 499, START + 1)

    simulated(work())


def test_leaving_a_stream_is_noted_as_that() -> None:
    async def work(house: House) -> list[Attempt]:
        call = call_over(FakeProvider("a", *HELLO))
        chunks = house.stage(call, exchange)
        await anext(chunks)
        assert house.targets.of("a/m").in_flight == 1
        await chunks.aclose()
        assert house.targets.of("a/m").in_flight == 0
        return call.tries

    [attempt] = run(work)
    assert (attempt.error, attempt.answered, attempt.ended) == ("cancelled", START, START)


def test_cancelling_while_waiting_for_the_next_attempt_ends_the_call() -> None:
    async def work() -> None:
        first = FakeProvider("a", Unavailable())
        task = asyncio.create_task(House().serves(call_over(first)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(first.asked) == 1

    simulated(work())


# What is written down


def test_every_attempt_is_written_down() -> None:
    first = FakeProvider("a", 2, Unavailable("down", status=503))
    call = call_over(first, FakeProvider("b", 3, *HELLO))
    assert served(call) == HELLO
    assert call.tries == [
        Attempt("a", "m", "first", START, ended=START + 2, error="upstream_error", status=503),
        Attempt("b", "m", "fallback", START + 2, answered=START + 5, ended=START + 5),
    ]


def test_without_a_first_token_there_is_no_moment_of_it() -> None:
    call = call_over(FakeProvider("a", ROLE, Unavailable()), bounds=NO_RETRIES)
    failed(call)
    assert call.timing.upstream_answered == 0
    assert call.timing.upstream_started == START


def test_the_terms_of_the_call_are_those_of_who_answered() -> None:
    call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", *HELLO, timeouts=Timeouts(idle_s=5)))
    served(call)
    assert call.terms is not None
    assert call.terms.timeouts.idle_s == 5


def test_the_clock_is_the_one_given() -> None:
    async def work(house: House) -> None:
        await asyncio.sleep(10)
        call = call_over(FakeProvider("a", *HELLO))
        await house.serves(call)
        assert call.tries[0].started == now()

    run(work)
