"""The body of a stream behind its headers: one chunk for each write, and a slow client is waited for."""

import asyncio
from urllib.parse import urlsplit

import orjson
import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from llms.server.body import HELD_AT_MOST, ChunkedBody
from tests.fakes.openai_wire import DONE, sse, streamed, text_chunks
from tests.fakes.upstream import Upstream
from tests.server.conftest import CHAT, Site


class Socket(asyncio.WriteTransport):
    """Keeps what is written; `waiting` is what it says that the client has not read yet."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.waiting = 0
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closed


class Writer(AbstractStreamWriter):
    """As aiohttp's; it only counts how often it was waited for."""

    def __init__(self, socket: Socket | None) -> None:
        self._socket = socket
        self.drained = 0

    @property
    def transport(self) -> Socket | None:
        return self._socket

    async def drain(self) -> None:
        self.drained += 1

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        raise NotImplementedError

    async def write_eof(self, chunk: bytes = b"") -> None:
        raise NotImplementedError

    async def write_headers(self, status_line: str, headers: CIMultiDict[str]) -> None:
        raise NotImplementedError

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None:
        raise NotImplementedError

    def enable_chunking(self) -> None:
        raise NotImplementedError


def test_each_write_is_one_chunk() -> None:
    socket = Socket()
    body = ChunkedBody(socket, Writer(socket))
    assert body.write(b"data: {}\n\n") is None
    assert body.write(b"x" * 300) is None
    assert socket.written == b"a\r\ndata: {}\n\n\r\n12c\r\n" + b"x" * 300 + b"\r\n"


async def test_a_slow_client_is_waited_for() -> None:
    socket = Socket()
    writer = Writer(socket)
    socket.waiting = HELD_AT_MOST
    assert ChunkedBody(socket, writer).write(b"x") is None
    socket.waiting += 1
    pending = ChunkedBody(socket, writer).write(b"x")
    assert pending is not None
    await pending
    assert writer.drained == 1


def test_a_client_that_has_gone_is_not_written_to() -> None:
    socket = Socket()
    socket.closed = True
    with pytest.raises(ConnectionResetError):
        ChunkedBody(socket, Writer(socket)).write(b"x")
    assert not socket.written


def test_only_a_body_in_chunks_is_written_so() -> None:
    socket = Socket()
    chunked = web.StreamResponse(headers={"Transfer-Encoding": "chunked"})
    assert ChunkedBody.of(chunked, Writer(socket)) is not None
    assert ChunkedBody.of(web.StreamResponse(), Writer(socket)) is None
    assert ChunkedBody.of(chunked, Writer(None)) is None
    assert ChunkedBody.of(chunked, None) is None
    chunked.enable_compression()
    assert ChunkedBody.of(chunked, Writer(socket)) is None


async def test_a_client_of_http_1_0_gets_the_same_events_without_chunks(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello", " there."))))
    address = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = orjson.dumps({**CHAT, "stream": True})
    head = f"POST /v1/chat/completions HTTP/1.0\r\nhost: here\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    headers, _, events = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b"200 OK" in headers
    assert b"chunked" not in headers
    assert all(event.startswith(b"data: ") for event in events.removesuffix(b"\n\n").split(b"\n\n"))
    assert b"Hello" in events
    assert b" there." in events
    assert events.endswith(DONE)
