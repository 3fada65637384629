"""A client that stops reading stops the upstream: what lies between them is bounded."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fakes.openai_wire import choice, chunk, event, sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.serving import Serving
from tests.fakes.upstream import Connection, Upstream

HELLO = {"model": "mine/small", "messages": [{"role": "user", "content": "hello"}], "stream": True}
PIECE = event(chunk(choice({"content": "x" * 8000})))
PIECES = 8000
"""64 MB in all."""
HELD_AT_MOST = 16_000_000
"""Nearly all of it is in the operating system, whose buffers for two sockets grow by themselves to megabytes."""
HELD_BY_THE_GATEWAY_MB = 8
ROLE, *ENDING = sse(*text_chunks())


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """With a small buffer in the operating system, which would otherwise swallow megabytes by itself."""
    async with Upstream(send_buffer=64 * 1024) as running:
        yield running


async def _stands_still(connection: Connection) -> None:
    """Wait until the operating system takes nothing more, because the other side does not read."""
    async with asyncio.timeout(30):
        before = -1
        while connection.accepted != before or not connection.blocked:
            before = connection.accepted
            await asyncio.sleep(0.3)


@pytest.mark.slow
async def test_a_client_that_stops_reading_stops_the_upstream(gateway: Serving, upstream: Upstream) -> None:
    upstream.script(streamed(ROLE, *[PIECE] * PIECES, *ENDING))
    await gateway.settled()
    resident_before = gateway.resident_mb
    async with RawCall(gateway.chat_url, HELLO, receive_buffer=64 * 1024) as call:
        assert await call.head() == 200
        (connection,) = upstream.connections
        await _stands_still(connection)
        assert connection.accepted < HELD_AT_MOST
        assert gateway.resident_mb - resident_before < HELD_BY_THE_GATEWAY_MB
        assert len(await call.end()) > PIECES * 8000, "and nothing is lost when it reads on"
        assert call.received.rstrip().endswith(b"0")
        assert b"data: [DONE]" in call.received[-200:]
