"""The outermost stage: it sees how a call ends in each of the four ways, and tells the observers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llms.errors import Cancelled, Draining, GatewayError, Rejected, TimedOut, Unavailable
from llms.metrics.ends import Ends
from llms.metrics.record import CallRecord
from llms.metrics.stage import measure
from llms.metrics.tokens import NO_TOKENS, Tokens, told
from llms.types import Call, Chunk, Principal, Route, Terms, Usage
from tests.fakes.openai_wire import USAGE, completion, text_chunks
from tests.fakes.provider import FakeProvider

HELLO = text_chunks("Hello")


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def finished(self, record: CallRecord) -> None:
        self.records.append(record)


class Reasoned:
    """A scope that was ended for this reason, or for none."""

    def __init__(self, reason: GatewayError | None = None) -> None:
        self.reason = reason
        self.cancelled = 1.0 if reason else 0.0


def call(*, stream: bool = True, reason: GatewayError | None = None) -> Call:
    made = Call("req_1", {"model": "fast", "messages": []}, stream, Principal("blue"), scope=Reasoned(reason))
    made.route = Route(FakeProvider("mine"), "big")
    made.attempts = 2
    made.timing.started = 100.0
    made.timing.upstream_answered = 100.5
    return made


def playing(*steps: Any) -> Any:
    async def advance(_: Call) -> AsyncIterator[Chunk]:
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            yield step

    return advance


async def record_of(made: Call, *steps: Any) -> CallRecord:
    notes = Notes()
    ends = Ends([notes])
    try:
        async for _ in measure(ends.ended)(made, playing(*steps)):
            pass
    except (Exception, asyncio.CancelledError):  # noqa: BLE001  how it ended is what the record says
        pass
    ends.settle()
    [record] = notes.records
    assert made.ended == record.outcome
    return record


async def test_chunks_pass_untouched() -> None:
    assert [each async for each in measure(Ends([]).ended)(call(), playing(*HELLO))] == HELLO


async def test_a_call_that_finished() -> None:
    record = await record_of(call(), *HELLO)
    assert record.duration_s > 0
    assert record.started_at > 0
    assert record.gap_p99_s is not None
    assert record.gap_p50_s is not None
    assert record.gap_p99_s >= record.gap_p50_s >= 0
    assert record == CallRecord(
        id="req_1",
        principal="blue",
        requested="fast",
        provider="mine",
        model="big",
        stream=True,
        outcome="finished",
        error=None,
        attempts=2,
        ttft_s=0.5,
        duration_s=record.duration_s,
        usage=USAGE,  # type: ignore[arg-type]
        started_at=record.started_at,
        gap_p50_s=record.gap_p50_s,
        gap_p99_s=record.gap_p99_s,
        tokens=told(USAGE),  # type: ignore[arg-type]
        begun=100.0,
    )


async def test_a_whole_answer_that_finished() -> None:
    record = await record_of(call(stream=False), completion())
    assert (record.outcome, record.stream, record.usage) == ("finished", False, USAGE)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Unavailable(), "upstream_error"),
        (TimedOut(code="idle"), "idle"),
        (Rejected(), "invalid_request_error"),
        (Rejected(code="context_length_exceeded"), "context_length_exceeded"),
        (ZeroDivisionError(), "internal_error"),
    ],
)
@pytest.mark.parametrize("said", [(), HELLO[:2]], ids=["at once", "later"])
async def test_a_call_that_failed(failure: Exception, code: str, said: Any) -> None:
    record = await record_of(call(), *said, failure)
    assert (record.outcome, record.error) == ("failed", code)


async def test_a_client_that_left_while_the_provider_was_silent() -> None:
    record = await record_of(call(), *HELLO[:2], asyncio.CancelledError())
    assert (record.outcome, record.error) == ("disconnected", "client_closed_request")


async def test_a_client_that_left_while_it_was_written_to() -> None:
    notes = Notes()
    ends = Ends([notes])
    chunks = measure(ends.ended)(call(), playing(*HELLO))
    await anext(chunks)
    await chunks.aclose()
    ends.settle()
    assert [(record.outcome, record.error) for record in notes.records] == [("disconnected", "client_closed_request")]


@pytest.mark.parametrize(
    ("reason", "outcome", "error"),
    [
        (Cancelled(), "cancelled", "cancelled"),
        (Draining(), "failed", "draining"),
        (TimedOut(code="total"), "failed", "total"),
    ],
)
@pytest.mark.parametrize("how", ["cancelled", "closed"])
async def test_a_call_that_was_ended_from_elsewhere(reason: GatewayError, outcome: str, error: str, how: str) -> None:
    notes = Notes()
    steps = (HELLO[0], asyncio.CancelledError()) if how == "cancelled" else HELLO
    ends = Ends([notes])
    chunks = measure(ends.ended)(call(reason=reason), playing(*steps))
    await anext(chunks)
    if how == "cancelled":
        with pytest.raises(asyncio.CancelledError):
            await anext(chunks)
    else:
        await chunks.aclose()
    ends.settle()
    assert [(record.outcome, record.error) for record in notes.records] == [(outcome, error)]


async def test_a_call_that_finished_just_before_it_was_cancelled_has_finished() -> None:
    assert (await record_of(call(reason=Cancelled()), *HELLO)).outcome == "finished"


async def test_usage_told_before_a_failure_is_kept() -> None:
    record = await record_of(call(), HELLO[-1], Unavailable())
    assert (record.outcome, record.usage) == ("failed", USAGE)


async def test_a_call_without_a_first_token_has_no_time_to_it() -> None:
    made = call()
    made.timing.upstream_answered = 0
    assert (await record_of(made, Unavailable())).ttft_s is None


async def test_every_observer_is_told() -> None:
    notes = [Notes(), Notes()]
    ends = Ends(notes)
    async for _ in measure(ends.ended)(call(), playing(*HELLO)):
        pass
    ends.settle()
    assert [len(each.records) for each in notes] == [1, 1]
    assert notes[0].records == notes[1].records


async def test_a_record_is_frozen() -> None:
    record = await record_of(call(), *HELLO)
    with pytest.raises(AttributeError):
        record.id = "other"  # type: ignore[misc]


async def test_what_the_provider_could_not_be_told_is_on_record() -> None:
    made = call()
    made.terms = Terms(changes=[("dropped", "seed"), ("clamped", "temperature")])
    assert (await record_of(made, *HELLO)).changes == (("dropped", "seed"), ("clamped", "temperature"))


async def test_a_stream_that_was_cut_off_is_charged_for_what_was_delivered() -> None:
    asked: list[Tokens] = []

    def price(provider: str, model: str, tokens: Tokens, usage: Usage | None) -> float:
        asked.append(tokens)
        return 0.5

    notes = Notes()
    made = call(reason=Cancelled())
    made.chat["messages"] = [{"role": "user", "content": "x" * 40}]
    ends = Ends([notes], price)
    chunks = measure(ends.ended)(made, playing(*text_chunks("Hello world!", "and more")[:-2]))
    await anext(chunks)
    await anext(chunks)
    await chunks.aclose()
    ends.settle()
    [record] = notes.records
    assert record.outcome == "cancelled"
    assert record.tokens == Tokens(prompt=10, completion=3, estimated=True)
    assert (record.cost_usd, asked) == (0.5, [record.tokens])
    assert record.cancel_s is not None


async def test_nothing_delivered_costs_nothing() -> None:
    record = await record_of(call(), Unavailable())
    assert (record.tokens, record.cost_usd) == (NO_TOKENS, None)


@pytest.mark.parametrize(
    ("delta", "characters"),
    [
        ({"role": "assistant"}, 0),
        ({"content": "four"}, 4),
        ({"reasoning_content": "hm"}, 2),
        ({"content": None, "refusal": "no"}, 2),
        (
            {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
            len("[{'index': 0, 'function': {'arguments': '{}'}}]"),
        ),
    ],
)
@pytest.mark.parametrize("place", ["delta", "message"])
async def test_every_kind_of_answer_is_counted(delta: dict[str, Any], characters: int, place: str) -> None:
    made = call()
    await record_of(made, {"choices": [{"index": 0, place: {"role": "assistant", **delta}}]})
    assert made.progress.characters == characters


async def test_the_memory_of_moments_is_bounded() -> None:
    made = call()
    await record_of(made, *(HELLO[1] for _ in range(10_000)))
    assert made.progress.chunks == 10_000
    assert len(made.progress.moments) < 4096
