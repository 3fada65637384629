"""The loop over a call's routes: the next one before anything meaningful was said, never after."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from llms.errors import AccessDenied, BadRequest, Malformed, RateLimited, Rejected, TimedOut, Unavailable, UpstreamError
from llms.resilience.failover import failover
from llms.types import Call, Chunk, Route, Terms, Timeouts
from tests.fakes.openai_wire import choice, chunk, completion, text_chunks
from tests.fakes.provider import SILENCE, FakeProvider
from tests.fakes.upstream import within

ROLE = chunk(choice({"role": "assistant", "content": ""}))
HELLO = text_chunks("Hello")


def call_over(*providers: FakeProvider, stream: bool = True, timeouts: Timeouts | None = None) -> Call:
    call = Call("id", {"model": "fast", "messages": []}, stream, timeouts=timeouts or Timeouts())
    call.routes = tuple(Route(provider, "m") for provider in providers)
    return call


def exchange(call: Call) -> AsyncIterator[Chunk]:
    """The innermost step: the provider of the route that is tried."""
    assert call.route is not None
    chat = call.asking(call.route.model)
    found: AsyncGenerator[Chunk, None] = call.route.provider.replies(
        chat, stream=call.stream, terms=Terms(call.limits())
    )
    call.opened.append(found)
    return found


async def served(call: Call) -> list[Any]:
    async with aclosing(failover(call, exchange)) as chunks:
        return [each async for each in chunks]


async def failed(call: Call) -> UpstreamError:
    with pytest.raises(UpstreamError) as raised:
        await within(served(call), "the call never ended")
    return raised.value


async def test_the_first_route_serves_where_it_can() -> None:
    first, second = FakeProvider("a", *HELLO), FakeProvider("b", *HELLO)
    call = call_over(first, second)
    assert await served(call) == HELLO
    assert (str(call.route), call.attempts, second.asked) == ("a/m", 1, [])


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable(),
        RateLimited(),
        AccessDenied(),
        Malformed(),
        TimedOut(code="connect"),
        Rejected(status=404),
        Rejected(status=409),
    ],
)
@pytest.mark.parametrize("said", [(), (ROLE,), (ROLE, ROLE)], ids=["at once", "after a role", "after two"])
async def test_a_failure_before_anything_meaningful_leads_to_the_next(failure: UpstreamError, said: Any) -> None:
    first, second = FakeProvider("a", *said, failure), FakeProvider("b", *HELLO)
    call = call_over(first, second)
    assert await served(call) == HELLO
    assert (str(call.route), call.attempts) == ("b/m", 2)
    assert (first.open, second.open) == (0, 0)


@pytest.mark.parametrize(
    "said",
    [{"content": "H"}, {"reasoning_content": "hm"}, {"tool_calls": [{"index": 0}]}, {"refusal": "no"}],
    ids=["content", "reasoning", "a tool call", "a refusal"],
)
async def test_a_failure_after_something_meaningful_belongs_to_the_client(said: dict[str, Any]) -> None:
    spoken = chunk(choice(said))
    second = FakeProvider("b", *HELLO)
    call = call_over(FakeProvider("a", ROLE, spoken, Unavailable("broke")), second)
    seen: list[Any] = []

    async def watch() -> None:
        async for each in failover(call, exchange):
            seen.append(each)  # noqa: PERF401  what came before the failure counts

    with pytest.raises(Unavailable, match="broke"):
        await watch()
    assert seen == [ROLE, spoken]
    assert second.asked == []


async def test_a_finish_reason_commits_too() -> None:
    second = FakeProvider("b", *HELLO)
    failure = await failed(call_over(FakeProvider("a", chunk(choice({}, "stop")), Unavailable()), second))
    assert isinstance(failure, Unavailable)
    assert second.asked == []


async def test_chunks_pass_as_they_come_once_committed() -> None:
    gate = asyncio.Event()
    chunks = failover(call_over(FakeProvider("a", *HELLO[:2], gate, *HELLO[2:])), exchange)
    assert [await anext(chunks), await anext(chunks)] == HELLO[:2]
    gate.set()
    assert [each async for each in chunks] == HELLO[2:]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_request_at_fault_is_not_tried_elsewhere(status: int) -> None:
    second = FakeProvider("b", *HELLO)
    failure = await failed(call_over(FakeProvider("a", Rejected("bad", status=status)), second))
    assert failure.status == status
    assert second.asked == []


async def test_an_error_of_our_own_is_not_tried_elsewhere() -> None:
    second = FakeProvider("b", *HELLO)
    with pytest.raises(BadRequest):
        await served(call_over(FakeProvider("a", BadRequest()), second))
    assert second.asked == []


async def test_when_all_have_failed_the_last_error_is_told() -> None:
    failure = await failed(call_over(FakeProvider("a", RateLimited()), FakeProvider("b", Unavailable("down"))))
    assert isinstance(failure, Unavailable)
    assert failure.message == "b/m: down"


async def test_every_route_is_tried_in_order_with_its_own_name_of_the_model() -> None:
    providers = [FakeProvider(name, Unavailable()) for name in "abc"]
    call = call_over(*providers)
    call.routes = tuple(Route(provider, f"model-{provider.name}") for provider in providers)
    await failed(call)
    assert [[chat["model"] for chat in provider.asked] for provider in providers] == [
        ["model-a"],
        ["model-b"],
        ["model-c"],
    ]
    assert call.attempts == 3


# Timers


@pytest.mark.parametrize("said", [(), (ROLE,)], ids=["silence", "a role, then silence"])
async def test_no_first_token_in_time_leads_to_the_next(said: Any) -> None:
    first = FakeProvider("a", *said, SILENCE)
    call = call_over(first, FakeProvider("b", *HELLO), timeouts=Timeouts(first_token_s=0.005))
    assert await within(served(call), "the timer never fired") == HELLO
    assert first.open == 0


async def test_no_first_token_anywhere_names_the_timer() -> None:
    failure = await failed(call_over(FakeProvider("a", SILENCE), timeouts=Timeouts(first_token_s=0.005)))
    assert isinstance(failure, TimedOut)
    assert (failure.status, failure.code) == (504, "first_token")
    assert failure.message == "a/m: no first token within 0.005 s"


async def test_every_route_has_its_own_timer() -> None:
    quick = FakeProvider("a", SILENCE, timeouts=Timeouts(first_token_s=0.005))
    gate = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, gate.set)
    slow = FakeProvider("b", gate, *HELLO)
    assert await within(served(call_over(quick, slow)), "the timer never fired") == HELLO


async def test_after_the_first_token_its_timer_rests() -> None:
    gate = asyncio.Event()
    chunks = failover(
        call_over(FakeProvider("a", *HELLO[:2], gate, *HELLO[2:]), timeouts=Timeouts(first_token_s=0.005)), exchange
    )
    assert [await anext(chunks), await anext(chunks)] == HELLO[:2]
    await asyncio.sleep(0.01)  # a consumer that takes longer than the timer
    gate.set()
    assert [each async for each in chunks] == HELLO[2:]


# Whole answers


async def test_a_whole_answer_fails_over_too() -> None:
    call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", completion()), stream=False)
    assert await served(call) == [completion()]


# Who leaves


async def test_cancelling_ends_the_exchange_and_tries_no_other() -> None:
    first, second = FakeProvider("a", ROLE, SILENCE), FakeProvider("b", *HELLO)
    task = asyncio.create_task(served(call_over(first, second)))
    while not first.open:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (first.open, second.asked) == (0, [])


async def test_the_moments_are_noted() -> None:
    call = call_over(FakeProvider("a", Unavailable()), FakeProvider("b", *HELLO))
    await served(call)
    assert 0 < call.timing.upstream_started <= call.timing.upstream_answered


async def test_without_a_first_token_there_is_no_moment_of_it() -> None:
    call = call_over(FakeProvider("a", ROLE, Unavailable()))
    await failed(call)
    assert call.timing.upstream_answered == 0
