"""Stopping: readiness off, no new calls, open streams finish up to a limit, a second Ctrl-C does not wait."""

import asyncio
import json
import signal
import time

import aiohttp
import pytest

from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.serving import Serving
from tests.fakes.upstream import Gate, Upstream
from tests.process.conftest import Serve

HELLO = {"model": "mine/small", "messages": [{"role": "user", "content": "hello"}]}
ROLE, WORD, *REST = sse(*text_chunks("Hello"))


async def _is_draining(gateway: Serving) -> None:
    """Wait until the process has taken note of the signal."""
    async with asyncio.timeout(5), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{gateway.url}/health/ready") as response:
                if response.status == 503:
                    return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_without_calls_it_stops_at_once(gateway: Serving, number: signal.Signals) -> None:
    asked = time.monotonic()
    gateway.signal(number)
    assert await gateway.ended() == 0
    assert time.monotonic() - asked < 3


async def test_open_streams_finish_while_new_calls_are_refused(gateway: Serving, upstream: Upstream) -> None:
    pause = Gate()
    upstream.script(streamed(ROLE, WORD, pause, *REST))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        await call.head()
        await call.until(b"Hello")
        gateway.signal(signal.SIGTERM)
        await _is_draining(gateway)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{gateway.url}/health/live") as response:
                assert response.status == 200
            async with session.post(gateway.chat_url, json=HELLO) as response:
                assert response.status == 503
                assert (await response.json())["error"]["code"] == "draining"
                assert response.headers["retry-after"]
        pause.open()
        assert b"data: [DONE]\n\n" in await call.end()
    assert await gateway.ended() == 0
    assert len(upstream.requests) == 1


async def test_at_the_limit_streams_end_with_a_retryable_error(serve: Serve, upstream: Upstream) -> None:
    gateway = await serve(drain_s=0.2)
    upstream.script(streamed(ROLE, WORD, Gate()))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        await call.head()
        await call.until(b"Hello")
        gateway.signal(signal.SIGTERM)
        ending = await call.end()
        assert b"[DONE]" not in ending
        error = json.loads(ending.split(b"data: ")[-1].split(b"\n\n")[0])["error"]
        assert error["code"] == "draining"
        assert error["type"] == "server_error"
    assert await gateway.ended() == 0
    await upstream.closed(1)


async def test_a_call_that_waits_for_its_answer_gets_a_503_at_the_limit(serve: Serve, upstream: Upstream) -> None:
    gateway = await serve(drain_s=0.2)
    silence = Gate()
    upstream.script(streamed(silence))
    async with RawCall(gateway.chat_url, HELLO) as call:
        await silence.reached()
        gateway.signal(signal.SIGTERM)
        assert await call.head() == 503
        assert json.loads(await call.end())["error"]["code"] == "draining"
    assert await gateway.ended() == 0


async def test_a_second_ctrl_c_stops_at_once(serve: Serve, upstream: Upstream) -> None:
    gateway = await serve(drain_s=30)
    upstream.script(streamed(ROLE, WORD, Gate()))
    async with RawCall(gateway.chat_url, {**HELLO, "stream": True}) as call:
        await call.head()
        await call.until(b"Hello")
        gateway.signal(signal.SIGINT)
        await _is_draining(gateway)
        asked = time.monotonic()
        gateway.signal(signal.SIGINT)
        await gateway.ended(within_s=3)
        assert time.monotonic() - asked < 3
    assert "Traceback" not in gateway.output
    await upstream.closed(1)
