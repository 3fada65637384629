"""The outermost stage: it sees how a call ends in each of the four ways, and tells the observers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from llms.errors import Cancelled, Draining, GatewayError, Rejected, TimedOut, Unavailable
from llms.metrics.record import CallRecord
from llms.metrics.stage import measure
from llms.types import Call, Chunk, Principal, Route, Terms
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
    try:
        async for _ in measure([notes])(made, playing(*steps)):
            pass
    except (Exception, asyncio.CancelledError):  # noqa: BLE001  how it ended is what the record says
        pass
    [record] = notes.records
    assert made.ended == record.outcome
    return record


async def test_chunks_pass_untouched() -> None:
    assert [each async for each in measure([])(call(), playing(*HELLO))] == HELLO


async def test_a_call_that_finished() -> None:
    record = await record_of(call(), *HELLO)
    assert record.duration_s > 0
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
    chunks = measure([notes])(call(), playing(*HELLO))
    await anext(chunks)
    await chunks.aclose()
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
    chunks = measure([notes])(call(reason=reason), playing(*steps))
    await anext(chunks)
    if how == "cancelled":
        with pytest.raises(asyncio.CancelledError):
            await anext(chunks)
    else:
        await chunks.aclose()
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
    async for _ in measure(notes)(call(), playing(*HELLO)):
        pass
    assert [len(each.records) for each in notes] == [1, 1]
    assert notes[0].records == notes[1].records


async def test_a_record_is_frozen() -> None:
    record = await record_of(call(), *HELLO)
    with pytest.raises(FrozenInstanceError):
        record.id = "other"  # type: ignore[misc]


async def test_what_the_provider_could_not_be_told_is_on_record() -> None:
    made = call()
    made.terms = Terms(changes=[("dropped", "seed"), ("clamped", "temperature")])
    assert (await record_of(made, *HELLO)).changes == (("dropped", "seed"), ("clamped", "temperature"))
