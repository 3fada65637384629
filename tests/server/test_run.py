"""The server in this process: it listens, tells where, and stops so that clients survive it."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from llms import tasks
from llms.config import Config
from llms.errors import ConfigError
from llms.gateway import Gateway, build
from llms.providers.transport import AiohttpTransport
from llms.server.run import serve
from tests.fakes.openai_wire import sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.upstream import Gate, Upstream
from tests.server.conftest import CHAT

HELLO = sse(*text_chunks("Hello"))


@pytest.fixture(autouse=True)
def _the_collector_as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@dataclass(slots=True)
class Running:
    """A server under way: where it answers, what ends it."""

    url: str
    gateway: Gateway
    task: asyncio.Task[int]

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        os.kill(os.getpid(), number)

    async def code(self) -> int:
        async with asyncio.timeout(10):
            return await self.task


@asynccontextmanager
async def running(upstream: Upstream, **server: Any) -> AsyncIterator[Running]:
    settings = {"server": {"port": 0, **server}, "providers": {"mine": {"base_url": upstream.url, "models": ["big"]}}}
    gateway = await build(Config.model_validate(settings), transport=AiohttpTransport())
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(gateway, announced.set_result))
    first: list[asyncio.Future[Any]] = [task, announced]
    await asyncio.wait(first, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    if not announced.done():
        await task
    made = Running(announced.result(), gateway, task)
    yield made
    if not task.done():
        made.signal()
        await made.code()


def streaming(server: Running) -> RawCall:
    """A call for a stream, sent when it is entered."""
    return RawCall(f"{server.url}/v1/chat/completions", {**CHAT, "stream": True})


async def status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_it_answers_where_it_says_and_stops_at_a_signal(upstream: Upstream) -> None:
    async with running(upstream) as server:
        assert await status(f"{server.url}/health") == 200
        server.signal()
        assert await server.code() == 0
    with pytest.raises(aiohttp.ClientConnectionError):
        await status(f"{server.url}/health")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_both_signals_stop_it_and_are_given_back(upstream: Upstream, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    async with running(upstream) as server:
        server.signal(number)
        assert await server.code() == 0
    assert signal.getsignal(number) in (before, signal.SIG_DFL, signal.default_int_handler)


async def test_open_streams_finish_before_it_stops(upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*HELLO[:2], gate, *HELLO[2:]))
    async with (
        running(upstream) as server,
        streaming(server) as call,
    ):
        await call.until(b"Hello")
        server.signal()
        await until(lambda: server.gateway.draining)
        assert not server.task.done()
        gate.open()
        assert b"[DONE]" in await call.end()
        assert await server.code() == 0


async def test_while_it_waits_it_is_not_ready_and_takes_no_new_calls(upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*HELLO[:2], gate, *HELLO[2:]))
    async with (
        running(upstream) as server,
        streaming(server) as call,
    ):
        await call.until(b"Hello")
        server.signal()
        await until(lambda: server.gateway.draining)
        assert await status(f"{server.url}/health/ready") == 503
        assert await status(f"{server.url}/health/live") == 200
        async with RawCall(f"{server.url}/v1/chat/completions", CHAT) as another:
            assert await another.head() == 503
            assert b'"draining"' in await another.end()
        gate.open()
        await call.end()
        assert await server.code() == 0


async def test_streams_that_take_too_long_are_ended_with_a_retryable_error(upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO[:2], Gate()))
    async with (
        running(upstream, drain_s=0.02) as server,
        streaming(server) as call,
    ):
        await call.until(b"Hello")
        server.signal()
        body = await call.end()
        assert await server.code() == 0
    assert b'"code":"draining"' in body
    assert b"[DONE]" not in body
    await upstream.closed(1)


async def test_a_second_signal_stops_at_once(upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO[:2], Gate()))
    async with (
        running(upstream, drain_s=60) as server,
        streaming(server) as call,
    ):
        await call.until(b"Hello")
        server.signal()
        await until(lambda: server.gateway.draining)
        server.signal()
        assert await server.code() == 0
    await upstream.closed(1)


async def test_a_second_signal_waits_for_no_client_either(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llms.server.run._LAST_WORDS_S", 60)
    uploading = {"content-length": "100", "expect": "100-continue"}
    async with (
        running(upstream, drain_s=60) as server,
        RawCall(f"{server.url}/v1/chat/completions", headers=uploading) as call,
    ):
        assert await call.head() == 100  # the handler waits for a body that never comes
        server.signal()
        await until(lambda: server.gateway.draining)
        server.signal()
        assert await server.code() == 0


async def test_nothing_is_left_when_it_has_stopped(upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO))
    async with running(upstream) as server:
        async with streaming(server) as call:
            await call.until(b"[DONE]")
        server.signal()
        await server.code()
    assert len(server.gateway.scopes) == 0
    await until(lambda: not tasks.running())
    await upstream.all_closed()


async def test_a_port_in_use_is_told(upstream: Upstream) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"server\.port: port {port} is in use"):
            async with running(upstream, port=port):
                pass


async def test_an_address_that_is_not_ours_is_told(upstream: Upstream) -> None:
    with pytest.raises(ConfigError, match=r"server\.host: cannot listen on 192\.0\.2\.1:0"):
        async with running(upstream, host="192.0.2.1"):
            pass


async def test_bytes_that_are_no_request_get_an_error_like_any_other(upstream: Upstream) -> None:
    async with running(upstream) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\nAuthorization: sk-canary\x00\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
    assert b'"code":"invalid_http"' in answer
    assert b"canary" not in answer


async def test_a_client_that_leaves_ends_its_call(upstream: Upstream) -> None:
    upstream.script(streamed(Gate()))
    async with running(upstream) as server:
        async with streaming(server):
            await upstream.received(1)
        await upstream.closed(1)
        await server.gateway.scopes.idle()
