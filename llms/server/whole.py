"""A whole answer, its head and its body in one write.

aiohttp's own way from a response to the socket is a chain of seven coroutines that find out what is settled here:
HTTP/1.1, a body that is there, no compression, no cookies. That was a tenth of the time of a small request. Whatever is
not so plain (HTTP/1.0, a connection that is to be closed) goes aiohttp's way. Source: RFC 9112 (2 to 6).
"""

import functools
import time
from email.utils import formatdate
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from llms.server.body import HELD_AT_MOST


class WholeReply(web.StreamResponse):
    """A response with status 200 whose `body` is there; `content_type` and other headers are in `headers`."""

    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        self._whole = body
        self._usual: web.Response | None = None

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays for another request."""
        return True if self._usual is None else self._usual.keep_alive

    @property
    def prepared(self) -> bool:
        """Whether anything has been sent."""
        return self._eof_sent

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it all; what is left for `write_eof` is what aiohttp does its own way."""
        if request.version != HttpVersion11 or not request.keep_alive or request.method == "HEAD":
            self._usual = web.Response(body=self._whole, headers=self.headers)
            return await self._usual.prepare(request)
        writer: Any = request.writer
        socket = writer.transport
        if socket is None or socket.is_closing():
            raise ConnectionResetError("the client has gone")
        self._eof_sent = True
        socket.write(b"%b\r\n\r\n%b" % (self._head(), self._whole))
        if socket.get_write_buffer_size() > HELD_AT_MOST:
            await writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """End the answer."""
        if self._usual is not None:
            await self._usual.write_eof(data)
            self._eof_sent = True

    def _head(self) -> bytes:
        """The status line and the headers. Raises `ValueError` for one that would end its line."""
        date, length = _date(int(time.time())), len(self._whole)
        lines = ["HTTP/1.1 200 OK", f"Date: {date}", f"Content-Length: {length}", *map(": ".join, self.headers.items())]
        head = "\r\n".join(lines)
        if not head.count("\n") == head.count("\r") == len(lines) - 1:
            raise ValueError("a header holds the end of a line")
        return head.encode()


@functools.lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
