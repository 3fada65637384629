"""A client that leaves ends the upstream exchange at once, wherever it stands. The mark is 100 ms; a shared machine is
given ten times that."""

from collections.abc import Callable

import pytest

from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.serving import Serving
from tests.fakes.upstream import Gate, Reply, Upstream

CLOSED_WITHIN_S = 1.0
HELLO = {"model": "mine/small", "messages": [{"role": "user", "content": "hello"}]}
HALF_A_COMPLETION = b'{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,'

ROLE, WORD, *_ = sse(*text_chunks("Hello"))


def _silent_before_the_head(silence: Gate) -> Reply:
    return Reply(before=(silence,))


def _silent_before_the_first_chunk(silence: Gate) -> Reply:
    return streamed(silence)


def _silent_after_the_role(silence: Gate) -> Reply:
    return streamed(ROLE, silence)


def _silent_in_the_head(silence: Gate) -> Reply:
    return Reply((silence,), head=b"HTTP/1.1 200 OK\r\ncontent-ty")


def _silent_in_a_json_body(silence: Gate) -> Reply:
    return Reply((HALF_A_COMPLETION, silence), framing="length", length=4096)


WAITING = [
    (True, _silent_before_the_head),
    (True, _silent_in_the_head),
    (True, _silent_before_the_first_chunk),
    (True, _silent_after_the_role),
    (False, _silent_before_the_head),
    (False, _silent_in_the_head),
    (False, _silent_in_a_json_body),
]


@pytest.mark.parametrize(("stream", "reply"), WAITING)
async def test_leaving_before_the_answer_closes_the_upstream(
    gateway: Serving,
    upstream: Upstream,
    record_property: Callable[[str, object], None],
    stream: bool,
    reply: Callable[[Gate], Reply],
) -> None:
    silence = Gate()
    upstream.script(reply(silence))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": stream}) as call:
        await silence.reached()
        left = call.leave()
    took = await upstream.closed(1) - left
    record_property("closed_after_ms", round(took * 1000, 2))
    assert took < CLOSED_WITHIN_S


async def test_leaving_in_the_middle_of_a_stream_closes_the_silent_upstream(
    gateway: Serving, upstream: Upstream, record_property: Callable[[str, object], None]
) -> None:
    silence = Gate()
    upstream.script(streamed(ROLE, WORD, silence))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        assert await call.head() == 200
        await call.until(b"Hello")
        await silence.reached()
        left = call.leave()
    took = await upstream.closed(1) - left
    record_property("closed_after_ms", round(took * 1000, 2))
    assert took < CLOSED_WITHIN_S


async def test_leaving_while_the_upstream_talks_closes_it(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(streamed(ROLE, *[WORD] * 200_000))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        await call.head()
        await call.until(b"Hello")
        left = call.leave()
    assert await upstream.closed(1) - left < CLOSED_WITHIN_S


async def test_one_client_that_leaves_does_not_disturb_the_others(gateway: Serving, upstream: Upstream) -> None:
    silence, pause = Gate(), Gate()
    upstream.script(streamed(ROLE, WORD, silence), streamed(ROLE, WORD, pause, *sse(*text_chunks(" again"))))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as leaving:
        await silence.reached()
        async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as staying:
            await pause.reached()
            leaving.leave()
            await upstream.closed(1)
            pause.open()
            await staying.head()
            assert b"[DONE]" in await staying.end()


@pytest.mark.slow
async def test_of_many_clients_that_leave_nearly_all_are_noticed_at_once(
    gateway: Serving, upstream: Upstream, record_property: Callable[[str, object], None]
) -> None:
    took = []
    for number in range(1, 211):
        stream, reply = WAITING[number % len(WAITING)]
        silence = Gate()
        upstream.script(reply(silence))
        async with RawCall(gateway.chat_url, {**HELLO, "stream": stream}) as call:
            await silence.reached()
            left = call.leave()
        took.append(await upstream.closed(number) - left)
    p99_s = sorted(took)[int(len(took) * 0.99)]
    record_property("closed_after_ms_p99", round(p99_s * 1000, 2))
    assert p99_s < CLOSED_WITHIN_S
