"""A client that does what SDKs do not: leave at an exact moment, stop reading, and tell what came in which bytes."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.fakes.upstream import within


class RawCall:
    """One HTTP request on a socket of its own, as an async context manager; entering it sends the request."""

    def __init__(
        self,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        payload = b"" if body is None else json.dumps(body).encode()
        sent = {"host": parts.netloc, "content-type": "application/json", "content-length": str(len(payload))}
        lines = [f"{method} {self._path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**sent, **(headers or {})}.items())]
        self._request = "\r\n".join([*lines, "", ""]).encode() + payload
        self._receive_buffer = receive_buffer
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.status = 0
        self.headers: dict[str, str] = {}
        self.received = bytearray()

    async def __aenter__(self) -> Self:
        connection = socket.socket()
        connection.setblocking(False)
        if self._receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        await asyncio.get_running_loop().sock_connect(connection, (self._host, self._port))
        self._reader, self._writer = await asyncio.open_connection(sock=connection, limit=64 * 1024)
        self._writer.write(self._request)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    async def head(self) -> int:
        """Read up to the end of the headers; gives the status."""
        assert self._reader is not None
        head = await within(self._reader.readuntil(b"\r\n\r\n"), "the headers never came")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return self.status

    async def until(self, marker: bytes) -> bytearray:
        """Read the body, in its framing, until `marker` is in it; gives all that has come so far."""
        while marker not in self.received:
            piece = await self._piece()
            assert piece, f"the connection ended before {marker!r} came: {self.received[-500:]!r}"
        return self.received

    async def end(self) -> bytearray:
        """Read the body, in its framing, to its end; gives all of it."""
        while not self._is_whole() and await self._piece():
            pass
        return self.received

    def leave(self) -> float:
        """Close the socket now; gives the moment."""
        assert self._writer is not None
        self._writer.transport.abort()
        return time.monotonic()

    async def _piece(self) -> bytes:
        assert self._reader is not None
        piece = await within(self._reader.read(64 * 1024), "nothing more came")
        self.received += piece
        return piece

    def _is_whole(self) -> bool:
        if self.headers.get("transfer-encoding") == "chunked":
            return self.received.endswith(b"0\r\n\r\n")
        return len(self.received) >= int(self.headers.get("content-length", "-1")) >= 0
