"""The load generator: a set of keep-alive connections that ask, check every answer and count.

Knows OpenAI's answers as `bench.upstream` makes them, and trusts nothing: an answer counts only if its status is 200,
its framing is exact and it is whole (a stream: every content chunk, a finish reason, `[DONE]` last). All else is an
error, and a load with errors has no figures. It must not know what it is measuring.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import orjson
import uvloop
from typing_extensions import override

from bench.framing import FramingError, Response
from bench.upstream import MARK, PLAIN_TEXT

_GRACE_S = 20.0
"""How long answers may take beyond the load's own time before they count as lost."""


@dataclass(frozen=True, slots=True)
class Load:
    """`connections` clients, each asking again until `seconds` have passed; 0 means one request each.

    `chunks` is the number of content chunks a stream must hold, 0 for a whole answer; `delays` has the time of each one
    noted. The clients start one after the other over `ramp_s`.
    """

    port: int
    model: str
    connections: int
    seconds: float
    chunks: int = 0
    body_bytes: int = 0
    ramp_s: float = 0.0
    delays: bool = False

    def request(self) -> bytes:
        """Return the request, head and body; the prompt is padded until the body has `body_bytes`."""
        message = {"role": "user", "content": "Say something about foxes."}
        chat = {"model": self.model, "messages": [message], "stream": bool(self.chunks)}
        padding = max(0, self.body_bytes - len(orjson.dumps(chat)))
        message["content"] += (" lorem ipsum dolor sit amet" * (padding // 27 + 1))[:padding]
        body = orjson.dumps(chat)
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer bench\r\n"
            f"accept: */*\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(slots=True)
class Tally:
    """What came back: whole answers, content chunks, bytes on the wire, errors by kind, and times in microseconds.

    `first_us` is from sending a request to its first content chunk (or its whole answer); `delays_us` is what each
    content chunk took from the upstream's clock to here (only if the load asks for it). `busy` is the share of a
    core that this process itself used: near 1, it is the load generator that limits what can be had per second.
    """

    answers: int = 0
    chunks: int = 0
    received_bytes: int = 0
    elapsed_s: float = 0.0
    busy: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    first_us: list[int] = field(default_factory=list)
    delays_us: list[int] = field(default_factory=list)


class _Client(asyncio.Protocol):
    """One connection: asks, reads, checks, asks again. `closed` is set when it is gone."""

    def __init__(self, load: Load, request: bytes, deadline: float, tally: Tally) -> None:
        self._load = load
        self._request = request
        self._deadline = deadline
        self._tally = tally
        self._asked_us = 0
        self.busy = False
        self.closed = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._ask()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self.busy:
            self._tally.errors["connection lost in an answer"] += 1
        if not self.closed.done():
            self.closed.set_result(None)

    @override
    def data_received(self, data: bytes) -> None:
        self._tally.received_bytes += len(data)
        if not self.busy:
            self._fail("bytes nobody asked for")
            return
        try:
            body = self._response.feed(data)
        except (FramingError, ValueError, IndexError) as problem:
            self._fail(f"framing: {problem}")
            return
        if self._load.chunks:
            self._read_events(body)
        else:
            self._tail += body
        if self._response.complete:
            self._finish()

    def _ask(self) -> None:
        self.busy = True
        self._response = Response()
        self._tail = b""
        self._seen = 0
        self._finished = self._done = False
        self._asked_us = _clock_us()
        self._transport.write(self._request)

    def _read_events(self, body: bytes) -> None:
        text = self._tail + body if self._tail else body
        end = text.rfind(b"\n\n") + 2
        if end < 2:
            self._tail = text
            return
        events, self._tail = text[:end], text[end:]
        self._done = events.endswith(b"data: [DONE]\n\n")
        self._finished = self._finished or b'"stop"' in events
        marks = events.count(b"~") // 2
        if marks and not self._seen:
            self._tally.first_us.append(_clock_us() - self._asked_us)
        self._seen += marks
        if self._load.delays:
            now = _clock_us()
            self._tally.delays_us.extend([now - int(mark) for mark in MARK.findall(events)])

    def _finish(self) -> None:
        problem = self._problem()
        if problem:
            self._fail(problem)
            return
        self.busy = False
        self._tally.answers += 1
        self._tally.chunks += self._seen
        if not self._load.chunks:
            self._tally.first_us.append(_clock_us() - self._asked_us)
        if not self._response.keep_alive or time.monotonic() >= self._deadline:
            self._transport.close()
        else:
            self._ask()

    def _problem(self) -> str:
        """Say what is wrong with the complete response, or nothing."""
        if self._response.status != 200:
            return f"status {self._response.status}"
        if not self._load.chunks:
            whole = PLAIN_TEXT.encode() in self._tail and self._tail.rstrip().endswith(b"}")
            return "" if whole else "an answer without its text"
        if self._seen != self._load.chunks:
            return f"{self._seen} of {self._load.chunks} chunks"
        if not self._finished:
            return "no finish reason"
        return "" if self._done and not self._tail else "[DONE] is not the last event"

    def _fail(self, problem: str) -> None:
        self.busy = False
        self._tally.errors[problem] += 1
        self._transport.abort()


def _clock_us() -> int:
    return time.monotonic_ns() // 1000


async def _client(load: Load, request: bytes, start_s: float, deadline: float, tally: Tally) -> None:
    """Keep one client connected until the deadline; a server may end a connection after an answer if it says so."""
    await asyncio.sleep(start_s)
    while True:
        failed = tally.errors.total()
        make = partial(_Client, load, request, deadline, tally)
        try:
            _, client = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", load.port)
        except OSError as problem:
            tally.errors[f"connect: {type(problem).__name__}"] += 1
            return
        await client.closed
        if tally.errors.total() > failed or time.monotonic() >= deadline:
            return


async def drive(load: Load) -> Tally:
    """Put `load` on the port it names, on the running loop, and return what came back."""
    tally, request, started, used_s = Tally(), load.request(), time.monotonic(), time.process_time()
    deadline = started + load.seconds
    step = load.ramp_s / load.connections
    starts = [step * number for number in range(load.connections)]
    clients = [asyncio.create_task(_client(load, request, start_s, deadline, tally)) for start_s in starts]
    done, lost = await asyncio.wait(clients, timeout=load.seconds + load.ramp_s + _GRACE_S)
    for task in lost:
        tally.errors["no end of the answer in time"] += 1
        task.cancel()
    for task in done:
        task.result()
    tally.elapsed_s = time.monotonic() - started
    tally.busy = (time.process_time() - used_s) / tally.elapsed_s
    return tally


def run(load: Load) -> Tally:
    """Do the same on a loop of its own."""
    return uvloop.run(drive(load))
