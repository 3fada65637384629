"""The cancel call ends the upstream exchange of another call, found by the id of its request."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest

from tests.fakes.openai_wire import answered, completion, sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.serving import Serving
from tests.fakes.upstream import Gate, Reply, Request, Upstream
from tests.process.conftest import Serve

CLOSED_WITHIN_S = 1.0
HELLO = {"model": "mine/small", "messages": [{"role": "user", "content": "hello"}]}
ROLE, WORD, *_ = sse(*text_chunks("Hello"))


async def _cancel(gateway: Serving, call_id: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    url = f"{gateway.chat_url}/{call_id}/cancel"
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as response:
        return response.status, (await response.json())


async def _cancelled_within(gateway: Serving, upstream: Upstream, call_id: str) -> float:
    """Cancel the call of the first upstream request; gives the seconds until its socket was closed."""
    asked = time.monotonic()
    status, body = await _cancel(gateway, call_id)
    assert (status, body["status"]) == (200, "cancelled")
    return await upstream.closed(1) - asked


@pytest.mark.parametrize("stream", [True, False])
async def test_a_call_is_cancelled_before_the_upstream_answers(
    gateway: Serving, upstream: Upstream, record_property: Callable[[str, object], None], stream: bool
) -> None:
    silence = Gate()
    upstream.script(Reply(before=(silence,)))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": stream}, headers={"x-request-id": "mine-1"}) as call:
        await silence.reached()
        took = await _cancelled_within(gateway, upstream, "mine-1")
        record_property("closed_after_ms", round(took * 1000, 2))
        assert took < CLOSED_WITHIN_S
        assert await call.head() == 499
        assert json.loads(await call.end())["error"]["code"] == "cancelled"


async def test_a_call_is_cancelled_in_the_middle_of_its_stream(
    gateway: Serving, upstream: Upstream, record_property: Callable[[str, object], None]
) -> None:
    silence = Gate()
    upstream.script(streamed(ROLE, WORD, silence))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}, headers={"x-request-id": "mine-2"}) as call:
        assert await call.head() == 200
        assert call.headers["x-request-id"] == "mine-2"
        await call.until(b"Hello")
        took = await _cancelled_within(gateway, upstream, "mine-2")
        record_property("closed_after_ms", round(took * 1000, 2))
        assert took < CLOSED_WITHIN_S
        ending = await call.end()
        assert b"[DONE]" not in ending, "a cancelled stream must not look finished"
        assert b'"finish_reason":"stop"' not in ending


async def test_a_call_is_cancelled_in_the_middle_of_a_json_body(gateway: Serving, upstream: Upstream) -> None:
    silence = Gate()
    upstream.script(Reply((b'{"id":"chatcmpl-1",', silence), framing="length", length=4096))
    async with RawCall(gateway.chat_url, HELLO, headers={"x-request-id": "mine-3"}) as call:
        await silence.reached()
        assert await _cancelled_within(gateway, upstream, "mine-3") < CLOSED_WITHIN_S
        assert await call.head() == 499


async def test_the_id_the_gateway_made_can_be_cancelled(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(streamed(ROLE, WORD, Gate()))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        await call.head()
        assert await _cancelled_within(gateway, upstream, call.headers["x-request-id"]) < CLOSED_WITHIN_S


async def test_a_second_cancel_says_finished(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(streamed(ROLE, WORD, Gate()))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}, headers={"x-request-id": "twice"}) as call:
        await call.head()
        assert (await _cancel(gateway, "twice"))[1]["status"] == "cancelled"
        assert (await _cancel(gateway, "twice"))[1]["status"] == "finished"
        await call.end()
        assert (await _cancel(gateway, "twice"))[1]["status"] == "finished"


async def test_a_finished_call_says_finished(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    async with RawCall(gateway.chat_url, HELLO, headers={"x-request-id": "over"}) as call:
        assert await call.head() == 200
        await call.end()
        status, body = await _cancel(gateway, "over")
    assert (status, body["status"]) == (200, "finished")


async def test_an_unknown_call_is_not_found(gateway: Serving) -> None:
    status, body = await _cancel(gateway, "never-seen")
    assert (status, body["status"]) == (404, "not_found")


async def test_only_the_key_that_owns_a_call_may_cancel_it(serve: Serve, upstream: Upstream) -> None:
    gateway = await serve(keys={"ann": "key-of-ann", "bob": "key-of-bob"})
    ann, bob = {"authorization": "Bearer key-of-ann"}, {"authorization": "Bearer key-of-bob"}
    upstream.script(streamed(ROLE, WORD, Gate()))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}, headers={**ann, "x-request-id": "anns"}) as call:
        await call.head()
        assert (await _cancel(gateway, "anns", bob))[1]["status"] == "not_found"
        assert (await _cancel(gateway, "anns"))[0] == 401
        assert upstream.open_connections == 1
        assert (await _cancel(gateway, "anns", ann))[1]["status"] == "cancelled"
        await upstream.closed(1)


async def test_two_hundred_calls_are_cancelled_at_once(gateway: Serving, upstream: Upstream) -> None:
    def endless(_: Request) -> Reply:
        return streamed(ROLE, WORD, Gate())

    upstream.always(endless)
    async with asyncio.TaskGroup() as group:
        starting = [group.create_task(_started(gateway, f"many-{number}")) for number in range(200)]
    calls = [task.result() for task in starting]
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            results = await asyncio.gather(*(_status(session, gateway, f"many-{n % 200}") for n in range(400)))
        assert results.count("cancelled") == 200
        assert results.count("finished") == 200
        async with asyncio.timeout(5):
            await upstream.all_closed()
        for call in calls:
            assert b"[DONE]" not in await call.end()
    finally:
        for call in calls:
            call.leave()


async def _started(gateway: Serving, call_id: str) -> RawCall:
    call = RawCall(gateway.chat_url, {**HELLO, "stream": True}, headers={"x-request-id": call_id})
    await call.__aenter__()
    await call.head()
    await call.until(b"Hello")
    return call


async def _status(session: aiohttp.ClientSession, gateway: Serving, call_id: str) -> str:
    async with session.post(f"{gateway.chat_url}/{call_id}/cancel") as response:
        status: str = (await response.json())["status"]
        return status
