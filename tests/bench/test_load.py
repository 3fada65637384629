"""An answer counts only if it is whole: everything else is an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bench import upstream
from bench.load import Load, Tally, drive
from bench.upstream import Upstream

STREAM = upstream.script("burst-3", False)
WHOLE = STREAM.opening + upstream.stamped(STREAM.content) * 3 + STREAM.closing


class Canned(asyncio.Protocol):
    """Sends one response, whatever was asked, and ends the connection."""

    def __init__(self, response: bytes) -> None:
        self.response = response

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.response)
        self.transport.close()


async def load_on(make: Callable[[], asyncio.Protocol], model: str, chunks: int) -> Tally:
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await drive(Load(port, model, connections=2, seconds=0, chunks=chunks, delays=True, body_bytes=2000))


@pytest.mark.parametrize(("model", "chunks"), [("plain", 0), ("burst-3", 3), ("paced-3-1", 3)])
async def test_each_connection_gets_its_answer(model: str, chunks: int) -> None:
    tally = await load_on(Upstream, model, chunks)
    assert not tally.errors
    assert (tally.answers, tally.chunks, len(tally.delays_us)) == (2, 2 * chunks, 2 * chunks)
    assert len(tally.first_us) == 2


@pytest.mark.parametrize(
    ("response", "error"),
    [
        pytest.param(WHOLE.replace(b"200 OK", b"502 Bad Gateway"), "status 502", id="bad status"),
        pytest.param(WHOLE.replace(b"[DONE]", b"[GONE]"), "[DONE] is not the last event", id="no done"),
        pytest.param(WHOLE.replace(b'"stop"', b'"null"'), "no finish reason", id="no finish"),
        pytest.param(STREAM.opening + STREAM.content * 2 + STREAM.closing, "2 of 3 chunks", id="a chunk lost"),
        pytest.param(WHOLE[:-5], "connection lost in an answer", id="cut"),
    ],
)
async def test_a_stream_that_is_not_whole_is_an_error(response: bytes, error: str) -> None:
    tally = await load_on(lambda: Canned(response), "burst-3", 3)
    assert tally.errors == {error: 2}
    assert tally.answers == 0


async def test_an_answer_without_its_text_is_an_error() -> None:
    response = upstream.answer("plain").replace(b"lazy dog", b"lazy cat")
    tally = await load_on(lambda: Canned(response), "plain", 0)
    assert tally.errors == {"an answer without its text": 2}


def test_the_body_is_padded_to_the_size_asked_for() -> None:
    request = Load(1, "plain", connections=1, seconds=0, body_bytes=65536).request()
    assert len(request.partition(b"\r\n\r\n")[2]) == 65536
