"""The transport over `httptools`: a lean HTTP/1.1 client for what the gateway does all day, send one request and read.

What it costs, and what it leaves out (proxies, redirects, cookies, HTTP/2), stands in decision 0007. This module puts
the endings of connections into words.
"""

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Self, final

from llms.errors import UpstreamError
from llms.providers.transport import outcomes
from llms.providers.transport.aiohttp_client import AiohttpExchange, AiohttpTransport
from llms.providers.transport.codings import CODINGS, Unpacker
from llms.providers.transport.connection import Connection
from llms.providers.transport.interface import Request
from llms.providers.transport.outcomes import Ending
from llms.providers.transport.pool import Pool
from llms.providers.transport.wire import Head, Headers, compose_head
from llms.types import Timeouts

_HEADS_KEPT = 256


@final
class HttpToolsTransport:
    """The transport over connections of its own, shared by all providers of a gateway.

    `tls` replaces the default context: the system's certificates. Requests whose body comes while it is sent, a rare
    kind, go through aiohttp.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.pool = Pool(tls)
        self._rare = AiohttpTransport(tls=tls)
        self._heads: dict[tuple[str, str, tuple[tuple[str, str], ...]], Head] = {}

    def open(self, request: Request, timeouts: Timeouts) -> "HttpToolsExchange | AiohttpExchange":
        """Prepare an exchange; nothing is sent before it is entered."""
        if request.pieces is not None:
            return self._rare.open(request, timeouts)
        return HttpToolsExchange(self, request, timeouts)

    async def close(self) -> None:
        """Close all connections."""
        await self.pool.close()
        await self._rare.close()

    def head(self, request: Request) -> Head:
        """The head of `request`, mostly one made before. Raises `Unavailable` where there can be none."""
        key = (request.method, request.url, tuple(request.headers.items()))
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _HEADS_KEPT:
                self._heads.clear()
            head = self._heads[key] = compose_head(*key)
        return head


@final
class HttpToolsExchange:
    """One request and its reply; both `Exchange` and `Reply`."""

    __slots__ = ("_connection", "_host", "_request", "_timeouts", "_transport", "_unpacker", "headers", "status")

    def __init__(self, transport: HttpToolsTransport, request: Request, timeouts: Timeouts) -> None:
        self._transport = transport
        self._request = request
        self._timeouts = timeouts
        self._host = ""
        self._connection: Connection | None = None
        self._unpacker: Unpacker | None = None
        self.status = 0
        self.headers = Headers({})

    async def __aenter__(self) -> Self:
        head = self._transport.head(self._request)
        self._host = head.host
        message = head.message(self._request.body)
        connection = self._transport.pool.take(head.origin)
        if connection is not None:
            await self._ask(connection, message)
            # A server may close a connection it finds idle at the moment we use it again: it has then not seen the
            # request. It cannot be told for certain from a server that read the request and died of it, which is why a
            # new connection gets no second try. Should it be that after all, what is repeated is the making of an
            # answer that nobody can receive any more: nothing else changes at the provider.
            if connection.stale:
                connection.abort()
                connection = None
        if connection is None:
            connection = await self._connect(head)
            await self._ask(connection, message)
        if not connection.answered:
            connection.abort()
            raise self._failure(connection)
        self._connection = connection
        self.status = connection.status
        self.headers = Headers(connection.fields)
        if b"content-encoding" in connection.fields:
            self._undo_coding(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave(calmly=kind is None)

    def read(self) -> Coroutine[Any, Any, bytes]:
        """All of the body that is here, or the next that comes; empty at its end."""
        return self._read() if self._unpacker is None else self._read_unpacked(self._unpacker)

    async def _ask(self, connection: Connection, message: Iterable[bytes]) -> None:
        """Send the request and wait for the head of the answer, or for the end of it all."""
        timeouts = self._timeouts
        bodiless = self._request.method == "HEAD"
        connection.begin(message, timeouts.first_token_s, timeouts.idle_s, bodiless=bodiless)
        try:
            while not connection.answered and connection.ending is None:
                await connection.news()
        except BaseException:
            connection.abort()
            raise

    async def _connect(self, head: Head) -> Connection:
        limit_s = self._timeouts.connect_s
        timer = asyncio.timeout(limit_s)
        try:
            async with timer:
                return await self._transport.pool.connect(head.origin)
        except ssl.SSLError as error:
            raise outcomes.untrusted(head.host) from error
        except OSError as error:
            if timer.expired():
                raise outcomes.slow_to_connect(head.host, limit_s) from error
            if isinstance(error, socket.gaierror):
                raise outcomes.unresolved(head.host) from error
            raise outcomes.refused(head.host, error) from error

    async def _read(self) -> bytes:
        connection = self._connection
        if connection is None:
            raise RuntimeError("the exchange is not open")
        while not connection.pieces:
            if connection.ending is Ending.WHOLE:
                return b""
            if connection.ending is not None:
                raise self._failure(connection)
            await connection.news()
        return connection.take()

    async def _read_unpacked(self, unpacker: Unpacker) -> bytes:
        while not (piece := unpacker.take()):
            packed = await self._read()
            if not packed:
                unpacker.finish()
                return b""
            unpacker.feed(packed)
        return piece

    def _undo_coding(self, connection: Connection) -> None:
        coding = self.headers["content-encoding"].lower()
        if coding in CODINGS:
            self._unpacker = Unpacker(coding, outcomes.broken_off(self._host))
        elif coding not in {"", "identity"}:
            self._connection = None
            connection.abort()
            raise outcomes.unknown_coding(self._host)

    def _failure(self, connection: Connection) -> UpstreamError:
        """The ending of the connection in words."""
        match connection.ending:
            case Ending.SILENT if connection.started:
                return outcomes.fell_silent(self._host, self._timeouts.idle_s)
            case Ending.SILENT:
                return outcomes.no_first_token(self._host, self._timeouts.first_token_s)
            case Ending.UNANSWERED:
                return outcomes.unanswered(self._host)
            case Ending.NOT_HTTP:
                return outcomes.not_http(self._host)
            case Ending.OVERSIZED_HEAD:
                return outcomes.oversized_head(self._host)
            case _:
                return outcomes.broken_off(self._host)
