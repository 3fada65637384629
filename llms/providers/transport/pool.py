"""Connections to providers: made when needed, kept while idle, given out again; their number has no limit.

How many calls run at once is decided where calls are admitted. Knows names, addresses and TLS; nothing of HTTP.
"""

import asyncio
import socket
import ssl
import time
from typing import final

import aiohappyeyeballs

from llms.providers.transport.connection import Connection
from llms.providers.transport.names import Names
from llms.providers.transport.wire import Origin

IDLE_AT_MOST_S = 30.0
"""Idle connections are closed after this: below what servers and load balancers commonly allow (60 s and more)."""

_NEXT_ADDRESS_AFTER_S = 0.25
_CLOSING_AT_MOST_S = 1.0


@final
class Pool:
    """The connections of one transport. `tls` replaces the default context: the system's trust, HTTP/1.1 offered."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: dict[Origin, dict[Connection, float]] = {}
        """By origin, in the order they became idle, with the moment of it."""
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None
        self._names = Names()

    @property
    def in_use(self) -> int:
        """How many open connections are not idle."""
        return len(self._open) - sum(map(len, self._idle.values()))

    def take(self, origin: Origin) -> Connection | None:
        """An idle connection to `origin`, the one used last; None where there is none."""
        self._here()
        idle = self._idle.get(origin)
        while idle:
            connection, _ = idle.popitem()
            if not connection.closing:
                return connection
        return None

    async def connect(self, origin: Origin) -> Connection:
        """A new connection. Raises `OSError`: `socket.gaierror` for the name, `ssl.SSLError` for TLS."""
        loop = self._here()
        tls = await self._context() if origin.tls else None
        addresses = await self._names.addresses(origin.host, origin.port)
        opened = await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_NEXT_ADDRESS_AFTER_S, interleave=1
        )
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, connection = await loop.create_connection(
            lambda: Connection(origin, self), sock=opened, ssl=tls, server_hostname=origin.host if tls else None
        )
        return connection

    async def close(self) -> None:
        """Close all connections, and wait until their sockets are closed."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in list(self._open):
            connection.abort()
        self._idle.clear()
        if self._loop is asyncio.get_running_loop():
            await self._names.close()
        if self._open and self._loop is asyncio.get_running_loop():
            self._emptied = self._loop.create_future()
            await asyncio.wait([self._emptied], timeout=_CLOSING_AT_MOST_S)
            self._emptied = None

    # What connections call

    def opened(self, connection: Connection) -> None:
        """Remember a connection until its socket is closed."""
        self._open.add(connection)

    def spare(self, connection: Connection) -> None:
        """Keep an idle connection for the next exchange."""
        self._idle.setdefault(connection.origin, {})[connection] = time.monotonic()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_AT_MOST_S, self._close_idle)

    def dropped(self, connection: Connection) -> None:
        """Give a connection out no more."""
        if (idle := self._idle.get(connection.origin)) is not None:
            idle.pop(connection, None)

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        self._open.discard(connection)
        if not self._open and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)

    # The rest

    def _here(self) -> asyncio.AbstractEventLoop:
        """The running loop. Connections of another one, which has ended, are beyond use and are forgotten."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._idle.clear()
            self._open.clear()
            self._names.forget()
            self._sweep = None
        return loop

    def _close_idle(self) -> None:
        """Close what has been idle for long enough, and come again for the one that will be next."""
        self._sweep = None
        now = time.monotonic()
        oldest = now
        for origin, idle in list(self._idle.items()):
            for connection, since in list(idle.items()):
                if now - since < IDLE_AT_MOST_S:
                    oldest = min(oldest, since)
                    break
                connection.abort()
            if not idle:
                del self._idle[origin]
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(oldest + IDLE_AT_MOST_S - now, self._close_idle)

    async def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Reading the system's certificates takes tens of milliseconds.
            self._tls = await asyncio.get_running_loop().run_in_executor(None, _default_context)
        return self._tls


def _default_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
