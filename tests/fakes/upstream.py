"""A scriptable fake provider on real sockets: what it sends, in which pieces, when, and how it ends is exactly told.

HTTP/1.1 by hand, because servers hide what matters here: byte boundaries, half-sent heads, resets, who closed when.
It knows nothing of any dialect (`openai_wire.py` does). Nothing in it sleeps to order things: a `Gate` in a reply is a
point the upstream waits at until the test opens it, and `reached()` tells that it stands there. Moments are
`time.monotonic()`, one clock for all processes of a machine.
"""

import asyncio
import itertools
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast

from typing_extensions import override

T = TypeVar("T")

_PATIENCE_S = 20.0
"""How long the waiting methods wait for what a test says will happen."""

_TURNS = 3
"""Turns of the event loop between two pieces: a reader in the same loop then gets each in a read of its own."""


class Gate:
    """A point in a reply that the upstream does not pass before `open()`. One that is never opened is a stall."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._reached = asyncio.Event()

    def open(self) -> None:
        """Let the upstream go on."""
        self._open.set()

    async def reached(self) -> None:
        """Wait until the upstream stands here: everything before it has been written."""
        await within(self._reached.wait(), "the upstream never came to the gate")

    async def passed(self) -> None:
        """Stand here until the gate is open (the upstream's side of it)."""
        self._reached.set()
        await self._open.wait()


@dataclass(frozen=True, slots=True)
class Drip:
    """Bytes that come a few at a time, `size` of them every `gap_s` seconds, as from a slow provider."""

    data: bytes
    size: int
    gap_s: float


Part = bytes | Gate | Drip
End = Literal["complete", "fin", "reset"]
"""How a reply ends: as HTTP says; by closing the socket early; by resetting it (what is still buffered is lost)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `head` replaces status line and headers verbatim; gates in `before` hold it back.

    `framing` is how the body's end is told: chunked, by its length (`length`, else what the parts add up to), or by
    closing the connection.
    """

    body: tuple[Part, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    before: tuple[Gate, ...] = ()
    head: bytes | None = None
    framing: Literal["chunked", "length", "close"] = "chunked"
    length: int | None = None
    end: End = "complete"

    def with_body(self, *parts: Part) -> "Reply":
        """The same reply with another body."""
        return replace(self, body=parts)

    def head_bytes(self) -> bytes:
        """The status line and the headers as they go over the wire."""
        if self.head is not None:
            return self.head
        lines = [f"HTTP/1.1 {self.status} Scripted", *(f"{name}: {value}" for name, value in self.headers.items())]
        if self.framing == "chunked":
            lines.append("transfer-encoding: chunked")
        elif self.framing == "length":
            lines.append(f"content-length: {self._size() if self.length is None else self.length}")
        else:
            lines.append("connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _size(self) -> int:
        known = [part.data if isinstance(part, Drip) else part for part in self.body if not isinstance(part, Gate)]
        return sum(map(len, known))


@dataclass(slots=True)
class Request:
    """One request as the upstream saw it; `number` counts from 1 over all connections. Header names are lower case."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: "Connection"
    received: float = field(default_factory=time.monotonic)
    answered: float | None = None
    """When the whole reply had been written."""

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    @property
    def model(self) -> str | None:
        """The model it asks for, where it asks for one."""
        try:
            parsed = self.json
        except ValueError:
            return None
        return parsed.get("model") if isinstance(parsed, dict) else None


Answer = Reply | Callable[[Request], Reply]


class Upstream:
    """The server, as an async context manager, on a free port of 127.0.0.1; `url` is its base, with `/v1`."""

    def __init__(self, *, send_buffer: int | None = None) -> None:
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self.port = 0
        self._send_buffer = send_buffer
        self._queue: deque[Answer] = deque()
        self._by_model: dict[str, Answer] = {}
        self._default: Answer | None = None
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._announcements: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What a configuration names as `base_url`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def open_connections(self) -> int:
        """How many sockets are open at this moment."""
        return sum(1 for connection in self.connections if connection.closed_at is None)

    def script(self, *replies: Answer) -> None:
        """The next requests get these replies, in this order."""
        self._queue.extend(replies)

    def script_model(self, model: str, reply: Answer) -> None:
        """Every request for `model` gets this reply."""
        self._by_model[model] = reply

    def always(self, reply: Answer) -> None:
        """Every request that nothing else is scripted for gets this reply."""
        self._default = reply

    async def received(self, number: int) -> Request:
        """The request with this number, once it is here."""
        async with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.requests) >= number)
            await within(arrived, f"request {number} never came")
        return self.requests[number - 1]

    async def closed(self, number: int) -> float:
        """The moment at which the other side closed the socket that carried the request with this number."""
        request = await self.received(number)
        return await within(request.connection.closed(), f"the socket of request {number} stayed open")

    async def all_closed(self) -> None:
        """Wait until no socket is open."""
        for connection in list(self.connections):
            await within(connection.closed(), "a socket stayed open")

    async def __aenter__(self) -> Self:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._send_buffer is not None:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        listening.bind(("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=listening, backlog=1024)
        self.port = listening.getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self.connections:
            connection.abort()
        await self._server.wait_closed()
        await asyncio.gather(*self._announcements)

    def answer_to(self, request: Request) -> Reply:
        """The reply that is scripted for `request`."""
        answer: Answer | None
        if request.model is not None and request.model in self._by_model:
            answer = self._by_model[request.model]
        elif self._queue:
            answer = self._queue.popleft()
        else:
            answer = self._default
        if answer is None:
            problem = {"error": {"message": f"nothing is scripted for {request.method} {request.path}"}}
            return Reply((json.dumps(problem).encode(),), status=404, framing="length")
        return answer(request) if callable(answer) else answer

    def note(self, request: Request) -> None:
        """Keep a request that has arrived, and tell those who wait for it."""
        self.requests.append(request)
        announcement = asyncio.get_running_loop().create_task(self._announce())
        self._announcements.add(announcement)
        announcement.add_done_callback(self._announcements.discard)

    def next_number(self) -> int:
        """The number of the request that is arriving."""
        return len(self.requests) + 1

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Connection(asyncio.Protocol):
    """One socket: reads requests one after the other, writes their replies, notes when the other side closes."""

    def __init__(self, upstream: Upstream) -> None:
        self.opened_at = time.monotonic()
        self.closed_at: float | None = None
        self.error: Exception | None = None
        self._upstream = upstream
        self._buffer = bytearray()
        self._given = 0
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._gone = asyncio.Event()
        self._replying: asyncio.Task[None] | None = None

    @property
    def accepted(self) -> int:
        """Bytes the operating system has taken over: without those it refuses while the other side does not read."""
        waiting = self._transport.get_write_buffer_size() if self._transport is not None else 0
        return self._given - waiting

    @property
    def blocked(self) -> bool:
        """Whether writing is held up because the other side does not read."""
        return not self._writable.is_set()

    async def closed(self) -> float:
        """The moment the other side closed."""
        await self._gone.wait()
        assert self.closed_at is not None
        return self.closed_at

    def abort(self) -> None:
        """Drop the socket from this side."""
        if self._replying is not None:
            self._replying.cancel()
        if self._transport is not None:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's says so by its methods alone
        self._transport.set_write_buffer_limits(high=64 * 1024)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._writable.set()
        self._upstream.connections.append(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._take_request()

    @override
    def eof_received(self) -> None:
        self._note_closed()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self._note_closed()
        if self._replying is not None:
            self._replying.cancel()

    @override
    def pause_writing(self) -> None:
        self._writable.clear()

    @override
    def resume_writing(self) -> None:
        self._writable.set()

    def _note_closed(self) -> None:
        if self.closed_at is None:
            self.closed_at = time.monotonic()
        self._gone.set()

    def _take_request(self) -> None:
        """Start the reply to the next request, if it is complete and the one before it is answered."""
        if self._replying is not None:
            return
        request = self._parsed()
        if request is not None:
            self._upstream.note(request)
            self._replying = asyncio.get_running_loop().create_task(self._reply(request))

    def _parsed(self) -> Request | None:
        head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not separator:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            whole = _dechunked(rest)
        else:
            size = int(headers.get("content-length", "0"))
            whole = (rest[:size], rest[size:]) if len(rest) >= size else None
        if whole is None:
            return None
        body, remaining = whole
        self._buffer = bytearray(remaining)
        return Request(self._upstream.next_number(), method, path, headers, body, self)

    async def _reply(self, request: Request) -> None:
        reply = self._upstream.answer_to(request)
        for gate in reply.before:
            await gate.passed()
        await self._write(reply.head_bytes())
        for part in reply.body:
            await self._send(part, chunked=reply.framing == "chunked")
        if reply.end == "complete" and reply.framing == "chunked":
            await self._write(b"0\r\n\r\n")
        request.answered = time.monotonic()
        self._replying = None
        if reply.end != "complete" or reply.framing == "close":
            self._close(reset=reply.end == "reset")
        else:
            self._take_request()

    async def _send(self, part: Part, *, chunked: bool) -> None:
        if isinstance(part, Gate):
            await part.passed()
            return
        if isinstance(part, bytes):
            await self._write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
            return
        for start in range(0, len(part.data), part.size):
            await self._send(part.data[start : start + part.size], chunked=chunked)
            await asyncio.sleep(part.gap_s)

    async def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._given += len(data)
        self._transport.write(data)
        await self._writable.wait()
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def _close(self, *, reset: bool) -> None:
        assert self._transport is not None
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()
        else:
            self._transport.close()


async def within(awaitable: Awaitable[T], otherwise: str) -> T:
    """What `awaitable` gives, if it comes before patience ends; else an `AssertionError` that says `otherwise`."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await awaitable
    except TimeoutError:
        raise AssertionError(otherwise) from None


def _dechunked(data: bytes) -> tuple[bytes, bytes] | None:
    """The body in chunked framing at the start of `data`, and what follows it; None while it is not complete."""
    body = bytearray()
    while True:
        size_line, separator, data = data.partition(b"\r\n")
        if not separator:
            return None
        size = int(size_line.partition(b";")[0], 16)
        if len(data) < size + 2:
            return None
        body += data[:size]
        data = data[size + 2 :]
        if size == 0:
            return bytes(body), data


def bytewise(data: bytes) -> tuple[bytes, ...]:
    """`data` one byte at a time."""
    return tuple(data[position : position + 1] for position in range(len(data)))


def split_at(data: bytes, positions: Iterable[int]) -> tuple[bytes, ...]:
    """`data` cut at these positions."""
    cuts = [0, *sorted({position for position in positions if 0 < position < len(data)}), len(data)]
    return tuple(data[start:end] for start, end in itertools.pairwise(cuts))
