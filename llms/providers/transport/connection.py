"""One connection to a provider: bytes out in one write, the answer in through `httptools`, one exchange at a time.

Knows sockets, HTTP/1.1 and time; neither URLs nor the error tree: how an exchange ended is an `Ending`, which the
client puts into words. No task, no queue, no timer per read.

    idle ── begin ──> busy ── leave ──> idle         the body is over and the connection may stay
                              ──> draining ──> idle  over soon after the provider's own end mark
                              ──> closed       in every other case, at once
"""

import asyncio
import functools
import time
from collections.abc import Callable, Iterable
from typing import Protocol, cast, final

import httptools

from llms.providers.transport.interface import DRAIN_BYTES, DRAIN_S
from llms.providers.transport.outcomes import Ending
from llms.providers.transport.silence import Silence
from llms.providers.transport.wire import Origin

HELD_AT_MOST = 128 * 1024
"""Bytes that may wait for a slow reader before reading stops; it goes on once they are taken."""

OVERHEAD_AT_MOST = 64 * 1024
"""Bytes that may come without a piece of the body among them: heads, trailers."""

STALE_WITHIN_S = 2.0
"""A far end that had given up a connection says so within a round trip; later, it has failed at the request itself."""

_UNREADABLE = (httptools.HttpParserError, httptools.HttpParserUpgrade)

_IDLE, _BUSY, _DRAINING, _CLOSED = range(4)


class Owner(Protocol):
    """Whoever keeps connections."""

    def opened(self, connection: "Connection") -> None:
        """A connection is there."""
        ...

    def spare(self, connection: "Connection") -> None:
        """A connection is idle, and fit for another exchange."""
        ...

    def dropped(self, connection: "Connection") -> None:
        """A connection serves no more; its socket is about to close."""
        ...

    def closed(self, connection: "Connection") -> None:
        """The socket of a connection is closed."""
        ...


@final
class Connection(asyncio.Protocol):
    """A connection and the exchange under way on it. `begin`, then await `news()` until what is waited for is there.

    `answered`: the head is there (`status`, `fields` with names in lower case); `started`: so is a byte of the body;
    `pieces`: what of the body waits to be taken; `touched`: anything came at all; `ending`: None while it goes on.
    """

    def __init__(self, origin: Origin, owner: Owner) -> None:
        self.origin = origin
        self.pieces: list[bytes] = []
        self.on_body: Callable[[bytes], None] = self.pieces.append  # called by the parser, without a frame of ours
        self.fields: dict[bytes, bytes] = {}
        self.status = 0
        self.answered = self.started = self.touched = False
        self.ending: Ending | None = None
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._waiter: asyncio.Future[None] | None = None
        self._silence = Silence(self._loop, functools.partial(self._fail, Ending.SILENT))
        self._allowed_s: tuple[float | None, float | None] = (None, None)
        self._held = self._overhead = self._drain_left = 0
        self._bodiless = self._paused = self._reusable = False
        self._phase = _CLOSED
        self._parser = httptools.HttpResponseParser(self)
        # The same leniencies as aiohttp's: header values of any bytes, bare line feeds, spaces after a chunk's size.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )

    # What an exchange calls

    def begin(
        self, message: Iterable[bytes], first_byte_s: float | None, idle_s: float | None, *, bodiless: bool
    ) -> None:
        """Send a request. `first_byte_s` bounds the silence before the body, `idle_s` the gaps within it."""
        self.answered = self.started = self.touched = False
        self.ending = None
        self._bodiless = bodiless
        self._overhead = 0
        self._allowed_s = (first_byte_s, idle_s)
        self._phase = _BUSY
        for part in message:
            self._transport.write(part)
        self._silence.bound(first_byte_s)

    def news(self) -> asyncio.Future[None]:
        """Done when something has come, or the exchange has ended: look again then."""
        self._waiter = self._loop.create_future()
        return self._waiter

    def take(self) -> bytes:
        """All of the body that is here."""
        pieces = self.pieces
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._held = 0
        if self._paused:
            self._read_on()
        return taken

    def leave(self, *, calmly: bool) -> None:
        """End the exchange: keep the connection if it may stay. A body is read out only if left `calmly`."""
        if self.ending is Ending.WHOLE and self._reusable and not self._transport.get_write_buffer_size():
            self._discard()
            self._phase = _IDLE
            self._owner.spare(self)
        elif calmly and self.answered and self.ending is None:
            self._discard()
            self._phase = _DRAINING
            self._drain_left = DRAIN_BYTES
            self._silence.bound(DRAIN_S)
        else:
            self.abort()

    def abort(self) -> None:
        """Close the socket at once, whatever is under way."""
        if self._phase != _CLOSED:
            self._end(Ending.BROKEN_OFF if self.answered else Ending.UNANSWERED)
            self._close()

    @property
    def stale(self) -> bool:
        """Whether the exchange failed because the far end had given the connection up before it was begun."""
        untouched = self.ending is Ending.UNANSWERED and not self.touched
        return untouched and time.monotonic() - self._silence.heard < STALE_WITHIN_S

    @property
    def closing(self) -> bool:
        """Whether the connection cannot serve any more."""
        return self._phase == _CLOSED or self._transport.is_closing()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected, and TLS agreed."""
        self._transport = cast(asyncio.Transport, transport)
        self._phase = _IDLE
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._phase != _BUSY:
            self._read_out(data)
            return
        self._silence.heard = time.monotonic()
        self.touched = True
        self._overhead += len(data)
        try:  # as `_feed` does, less a call: this runs for every read
            self._parser.feed_data(data)
        except _UNREADABLE:
            self._misread()
        if self.pieces:
            self._overhead = 0
            self._held += len(data)
            if not self.started:
                self.started = True
                if self.ending is None:
                    self._silence.bound(self._allowed_s[1])
        elif self._overhead > OVERHEAD_AT_MOST:
            self._fail(Ending.OVERSIZED_HEAD)
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)
        elif self._held > HELD_AT_MOST and self.ending is None and not self._paused:
            self._paused = True
            self._silence.rest()  # it is ours, not theirs
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """The far end says that it sends no more."""
        self._over(clean=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._over(clean=exc is None)
        self._close()
        self._owner.closed(self)

    # What the parser calls

    def on_message_begin(self) -> None:
        """Before each head. What comes after the answer is nobody's."""
        if self.ending is not None:
            raise _Stop
        self.fields = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """For each header, and for each trailer, which nobody reads."""
        if not self.answered:
            self.fields.setdefault(name.lower(), value)

    def on_headers_complete(self) -> None:
        """The head is there. Interim answers (1xx) pass."""
        if self._overhead > OVERHEAD_AT_MOST and _size(self.fields) > OVERHEAD_AT_MOST:
            self._fail(Ending.OVERSIZED_HEAD)
            raise _Stop
        self.status = self._parser.get_status_code()
        self.answered = self.status >= 200
        if self.answered and self._bodiless:
            self._end(Ending.WHOLE)
            raise _Stop  # the parser cannot be told that no body will come

    def on_message_complete(self) -> None:
        """The body is over."""
        if self.answered:
            self._end(Ending.WHOLE)
            self._reusable = self._parser.should_keep_alive()

    # The rest

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except _UNREADABLE:
            self._misread()

    def _misread(self) -> None:
        self._reusable = False
        self._fail(Ending.NOT_HTTP)

    def _end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            self._reusable = False
            self._silence.rest()
        self._wake()

    def _fail(self, ending: Ending) -> None:
        if self.ending is None:
            self._end(ending)
            self._close()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _over(self, *, clean: bool) -> None:
        """The far end sends no more."""
        if self._phase == _BUSY:
            if self.answered and clean and not self.fields.keys() & {b"content-length", b"transfer-encoding"}:
                self._end(Ending.WHOLE)
            self._end(Ending.BROKEN_OFF if self.answered else Ending.UNANSWERED)
            self._reusable = False
        else:
            self._close()

    def _read_out(self, data: bytes) -> None:
        """Bytes that nobody waits for: the rest of a body, or what makes an idle connection useless."""
        if self._phase == _DRAINING:
            self._drain_left -= len(data)
            self._feed(data)
            self.pieces.clear()
            if self.ending is Ending.WHOLE:
                self.leave(calmly=False)
            elif self._drain_left < 0:
                self._close()
        else:
            self._close()

    def _discard(self) -> None:
        self.pieces.clear()
        self._held = 0
        if self._paused:
            self._read_on()

    def _read_on(self) -> None:
        self._paused = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
        if self.ending is None:
            self._silence.bound(self._allowed_s[self.started])

    def _close(self) -> None:
        """Let go of the socket now: what is not sent yet stays unsent, and the far end learns it at once."""
        if self._phase == _CLOSED:
            return
        self._phase = _CLOSED
        self._silence.stop()
        self._owner.dropped(self)
        self._transport.abort()


def _size(fields: dict[bytes, bytes]) -> int:
    return sum(len(name) + len(value) for name, value in fields.items())


class _Stop(Exception):
    """Tells the parser to read no further."""
