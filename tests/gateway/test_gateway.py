"""What happens to a call: resolved, served, ended in one of four ways, and nothing left behind in any of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from llms.config import Config
from llms.errors import Cancelled, Draining, Malformed, Rejected, TimedOut, Unavailable, UnknownModel
from llms.gateway import Gateway, build
from llms.metrics.record import CallRecord
from llms.providers.scripted.transport import FOREVER, Answer, json_answer
from llms.providers.transport import Exchange, Request
from llms.streaming.fold import fold
from llms.types import Call, Chunk, Principal, Timeouts
from tests.fakes.far import FarEnds, friendly, listing, streaming
from tests.fakes.openai_wire import USAGE, completion, sse, text_chunks
from tests.fakes.upstream import within

ME = Principal("me")
STALLED = streaming(*sse(*text_chunks("Hello"))[:2], FOREVER)
SILENT = streaming(FOREVER)


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def finished(self, record: CallRecord) -> None:
        self.records.append(record)

    @property
    def outcomes(self) -> list[tuple[str, str | None]]:
        return [(record.outcome, record.error) for record in self.records]


class House:
    """A gateway over scripted far ends: `a` lists nothing, `b` lists `big`, `fast` leads to both."""

    def __init__(self, gateway: Gateway, far: FarEnds, notes: Notes) -> None:
        self.gateway = gateway
        self.far = far
        self._notes = notes

    @property
    def notes(self) -> Notes:
        """What the gateway tells of its calls."""
        self.gateway.measuring.ends.settle()
        return self._notes

    async def chunks(self, call: Call) -> list[Chunk]:
        async with self.gateway.call(call) as chunks:
            return [each async for each in chunks]

    @property
    def nothing_is_left(self) -> bool:
        return len(self.gateway.scopes) == 0 and self.far.transport.open_exchanges == 0


async def house(answers: Mapping[str, Any], **more: Any) -> House:
    far, notes = FarEnds(answers), Notes()
    config = {
        "providers": {
            "a": {"base_url": "http://a/v1"},
            "b": {"base_url": "http://b/v1", "models": {"big": "big-2026"}, "timeouts": {"total": 60}},
        },
        "models": {"fast": ["a/x", "b/big"], "quick": {"routes": ["a/x"], "timeouts": {"total": 0.005}}},
        **more,
    }
    gateway = await build(Config.model_validate(config), transport=far.transport, observers=[notes])
    return House(gateway, far, notes)


def call(model: str = "fast", *, stream: bool = True, call_id: str = "req_1", **settings: Any) -> Call:
    return Call(call_id, {"model": model, "messages": [{"role": "user", "content": "hi"}]}, stream, ME, **settings)


async def test_a_call_gives_its_chunks() -> None:
    here = await house({"a": friendly})
    made = call()
    assert fold(await here.chunks(made)) == completion("Hello there.")
    assert (str(made.route), made.attempts, made.usage, made.ended) == ("a/x", 1, USAGE, "finished")
    assert here.notes.outcomes == [("finished", None)]
    assert here.nothing_is_left


async def test_a_whole_answer_is_one_completion() -> None:
    here = await house({"a": friendly})
    made = call(stream=False)
    assert await here.gateway.complete(made) == completion("Hello there.")
    assert (made.usage, made.ended) == (USAGE, "finished")
    assert here.notes.outcomes == [("finished", None)]
    assert here.nothing_is_left


@pytest.mark.parametrize("stream", [True, False])
async def test_the_upstream_is_asked_by_its_own_name_of_the_model(stream: bool) -> None:
    here = await house({"b": friendly})
    async with here.gateway.call(call("b/big", stream=stream)) as answers:
        async for _ in answers:
            pass
    assert b'"model":"big-2026"' in (here.far.requests[-1].body or b"")


@pytest.mark.parametrize("stream", [True, False])
async def test_the_next_route_serves_where_the_first_fails(stream: bool) -> None:
    here = await house({"a": json_answer(Unavailable().body(), status=503), "b": friendly})
    made = call(stream=stream)
    async with here.gateway.call(made) as answers:
        assert [each async for each in answers]
    assert (str(made.route), made.attempts) == ("b/big-2026", 2)
    assert here.notes.outcomes == [("finished", None)]
    assert here.nothing_is_left


@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_is_raised_and_noted(stream: bool) -> None:
    here = await house({"b": json_answer({"error": {"message": "bad"}}, status=400)})
    with pytest.raises(Rejected, match="bad"):
        await (here.chunks(call("b/big")) if stream else here.gateway.complete(call("b/big", stream=False)))
    assert [outcome for outcome, _ in here.notes.outcomes] == ["failed"]
    assert here.nothing_is_left


async def test_a_failure_in_the_middle_is_raised_after_what_came_before() -> None:
    here = await house({"a": streaming(*sse(*text_chunks("Hello"), done=False)[:2])})
    seen: list[Chunk] = []

    async def watch() -> None:
        async with here.gateway.call(call("a/x")) as chunks:
            async for each in chunks:
                seen.append(each)  # noqa: PERF401  what came before the failure counts

    with pytest.raises(Malformed, match="finish reason"):
        await watch()
    assert len(seen) == 2
    assert here.notes.outcomes == [("failed", "upstream_malformed")]
    assert here.nothing_is_left


# Names


async def test_a_name_nobody_knows_is_refused_before_anything_is_sent() -> None:
    here = await house({"a": listing("llama")})
    with pytest.raises(UnknownModel, match="'a/llama'"):
        await here.chunks(call("llamma"))
    assert here.far.asked("a") == 0
    assert here.notes.outcomes == [("failed", "model_not_found")]
    assert (here.notes.records[0].requested, here.notes.records[0].provider) == ("llamma", "")
    assert here.nothing_is_left


async def test_a_call_can_be_cancelled_while_its_name_is_looked_up() -> None:
    asked = asyncio.Event()

    def silent(_: Request) -> Answer:
        asked.set()
        return SILENT

    here = await house({"a": silent})
    running = asyncio.ensure_future(here.chunks(call("llama")))
    await asked.wait()
    assert here.gateway.scopes.cancel("req_1", ME) == "cancelled"
    with pytest.raises(Cancelled):
        await running
    assert here.notes.outcomes == [("cancelled", "cancelled")]
    assert here.nothing_is_left


async def test_a_bare_name_is_looked_up_in_the_lists_of_the_providers() -> None:
    def answer(request: Request) -> Answer:
        return listing("llama") if request.method == "GET" else friendly(request)

    here = await house({"a": answer})
    made = call("llama")
    assert await here.chunks(made)
    assert str(made.route) == "a/llama"
    assert here.far.asked("a", "GET") == 1


async def test_a_qualified_name_asks_for_no_list() -> None:
    here = await house({"a": friendly})
    await here.chunks(call("a/anything"))
    assert here.far.asked("a", "GET") == 0


async def test_the_list_holds_public_configured_and_listed_names() -> None:
    here = await house({"a": listing("x")})
    names = [card.id for card in await here.gateway.models()]
    assert {"fast", "quick", "b/big", "a/x"} <= set(names)


# Ended from elsewhere


async def running(here: House, made: Call) -> asyncio.Task[Any]:
    """The call in a task of its own, up to where its far end falls silent."""
    task = asyncio.create_task(here.chunks(made) if made.stream else here.gateway.complete(made))
    async with asyncio.timeout(5):
        while not here.far.requests:
            await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("answer", [SILENT, STALLED], ids=["before the first byte", "in the middle"])
async def test_a_cancel_ends_the_call_and_its_exchange(answer: Answer, stream: bool) -> None:
    here = await house({"a": answer})
    task = await running(here, call(stream=stream))
    assert here.gateway.scopes.cancel("req_1", ME) == "cancelled"
    with pytest.raises(Cancelled):
        await within(task, "the call went on")
    assert here.notes.outcomes == [("cancelled", "cancelled")]
    assert here.nothing_is_left
    assert here.gateway.scopes.cancel("req_1", ME) == "finished"
    assert here.far.asked("b") == 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("answer", [SILENT, STALLED], ids=["before the first byte", "in the middle"])
async def test_a_client_that_leaves_ends_the_call_and_its_exchange(answer: Answer, stream: bool) -> None:
    here = await house({"a": answer})
    task = await running(here, call(stream=stream))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await within(task, "the call went on")
    assert here.notes.outcomes == [("disconnected", "client_closed_request")]
    assert here.nothing_is_left


async def test_a_consumer_that_stops_reading_ends_the_exchange() -> None:
    here = await house({"a": STALLED})
    async with here.gateway.call(call()) as chunks:
        async for _ in chunks:
            break
    assert [outcome for outcome, _ in here.notes.outcomes] == ["disconnected"]
    assert here.nothing_is_left


async def test_a_consumer_that_reads_nothing_sends_nothing() -> None:
    here = await house({"a": friendly})
    async with here.gateway.call(call()):
        pass
    assert here.far.requests == []
    assert here.nothing_is_left


async def test_a_consumer_that_fails_ends_the_exchange() -> None:
    here = await house({"a": STALLED})

    async def fail() -> None:
        async with here.gateway.call(call()) as chunks:
            async for _ in chunks:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert here.nothing_is_left


async def test_the_whole_call_has_a_timer_of_the_request() -> None:
    here = await house({"a": SILENT})
    with pytest.raises(TimedOut, match=r"longer than 0\.005 s"):
        await within(here.chunks(call(timeouts=Timeouts(total_s=0.005))), "the timer never fired")
    assert here.notes.outcomes == [("failed", "total")]
    assert here.nothing_is_left


async def test_the_whole_call_has_a_timer_of_the_model() -> None:
    here = await house({"a": STALLED})
    with pytest.raises(TimedOut) as raised:
        await within(here.chunks(call("quick")), "the timer never fired")
    assert raised.value.code == "total"


# Shutting down


async def test_no_new_calls_are_taken_while_draining() -> None:
    here = await house({"a": friendly})
    here.gateway.draining = True
    with pytest.raises(Draining) as raised:
        await here.chunks(call())
    assert raised.value.retry_after_s == 1
    assert here.far.requests == []
    assert here.nothing_is_left


async def test_calls_in_flight_can_all_be_ended() -> None:
    here = await house({"a": STALLED})
    tasks = [await running(here, call(call_id=f"{number}")) for number in range(3)]
    assert here.gateway.scopes.cancel_all(Draining()) == 3
    results = await within(asyncio.gather(*tasks, return_exceptions=True), "a call went on")
    assert [type(result) for result in results] == [Draining] * 3
    assert {outcome for outcome, _ in here.notes.outcomes} == {"failed"}
    assert here.nothing_is_left


async def test_closing_closes_the_connections() -> None:
    closed: list[str] = []

    class Closing:
        def open(self, request: Request, timeouts: Timeouts) -> Exchange:
            raise NotImplementedError

        async def close(self) -> None:
            closed.append("closed")

    gateway = await build(Config(discover=False), transport=Closing())
    await gateway.close()
    assert closed == ["closed"]


async def test_calls_do_not_share_anything() -> None:
    here = await house({"a": friendly})
    made = [call(call_id=f"{number}") for number in range(20)]
    answers = await asyncio.gather(*(here.chunks(each) for each in made))
    assert all(fold(answer) == completion("Hello there.") for answer in answers)
    assert here.notes.outcomes == [("finished", None)] * 20
    assert here.nothing_is_left
