"""The body of a stream, past its headers: each write framed as one HTTP/1.1 chunk and given to the socket at once.

aiohttp's own way from a response to the socket is four calls, two of them coroutines, that ask of every write what is
settled by the first: compression, a length, hooks. It stays in charge of the headers, of the first write that takes
them along, of the end, and of waiting for a slow client. Source: RFC 9112 (7.1).
"""

import asyncio
from collections.abc import Awaitable
from typing import Self, final

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

HELD_AT_MOST = 64 * 1024
"""Bytes that may wait for a slow client before its stream does: where asyncio's transports ask for a pause."""


@final
class ChunkedBody:
    """Writes to the client behind a response whose headers have left."""

    __slots__ = ("_socket", "_writer")

    def __init__(self, socket: asyncio.WriteTransport, writer: AbstractStreamWriter) -> None:
        self._socket = socket
        self._writer = writer

    @classmethod
    def of(cls, response: web.StreamResponse, writer: AbstractStreamWriter | None) -> Self | None:
        """The body of `response`, which `writer` has begun; None where it is not sent in chunks, as to HTTP/1.0."""
        socket = writer.transport if writer is not None else None
        chunked = response.headers.get(hdrs.TRANSFER_ENCODING) == "chunked" and not response.compression
        return cls(socket, writer) if chunked and socket is not None and writer is not None else None

    def write(self, data: bytes) -> Awaitable[None] | None:
        """Write `data`, which is not empty. What is given back is to be awaited: the client is slow to read.

        Raises `ConnectionResetError` where the client has gone.
        """
        socket = self._socket
        if socket.is_closing():
            raise ConnectionResetError("the client has gone")
        socket.write(b"%x\r\n%b\r\n" % (len(data), data))
        return self._writer.drain() if socket.get_write_buffer_size() > HELD_AT_MOST else None
