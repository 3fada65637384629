"""The lean client where it differs from any other: what it tries again, holds, closes, and leaves behind."""

import asyncio
import contextlib
import gc
import gzip
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llms.errors import Malformed, TimedOut, Unavailable
from llms.providers.transport import HttpToolsTransport, Request, read_all
from llms.providers.transport.connection import HELD_AT_MOST
from llms.types import Timeouts
from tests.fakes.openai_wire import answered, streamed
from tests.fakes.upstream import Gate, Reply, Upstream, within

PATIENT = Timeouts(connect_s=5, first_token_s=5, idle_s=5)


def post(upstream: Upstream, body: bytes = b"{}") -> Request:
    return Request(upstream.url + "/chat/completions", {"Authorization": "Bearer key"}, body)


async def whole(lean: HttpToolsTransport, request: Request, timeouts: Timeouts = PATIENT) -> bytes:
    async with lean.open(request, timeouts) as reply:
        return await read_all(reply, 1 << 28)


async def keep_one(lean: HttpToolsTransport, upstream: Upstream) -> None:
    """Leave one idle connection in the pool."""
    upstream.script(answered({}))
    await whole(lean, post(upstream))
    assert upstream.open_connections == 1


# What is sent again


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_kept_connection_that_closes_without_a_byte_is_replaced_once(
    lean: HttpToolsTransport, upstream: Upstream, end: str
) -> None:
    await keep_one(lean, upstream)
    upstream.script(Reply(head=b"", framing="close", end=end), answered({"a": 1}))  # type: ignore[arg-type]
    assert await whole(lean, post(upstream, b"again")) == b'{"a": 1}'
    assert [request.body for request in upstream.requests] == [b"{}", b"again", b"again"]
    assert len(upstream.connections) == 2


async def test_the_second_connection_has_no_second_try(lean: HttpToolsTransport, upstream: Upstream) -> None:
    await keep_one(lean, upstream)
    upstream.always(Reply(head=b"", framing="close", end="fin"))
    with pytest.raises(Unavailable, match="closed the connection without an answer"):
        await whole(lean, post(upstream))
    assert len(upstream.requests) == 3


async def test_another_kept_connection_is_not_tried_instead(lean: HttpToolsTransport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(Reply((b"{}",), before=(gate,), framing="length"), answered({}))
    first = asyncio.create_task(whole(lean, post(upstream)))
    await gate.reached()
    await whole(lean, post(upstream))
    gate.open()
    await first
    assert upstream.open_connections == 2
    upstream.script(Reply(head=b"", framing="close", end="fin"), answered({}))
    await whole(lean, post(upstream))
    assert len(upstream.connections) == 3


async def test_a_kept_connection_that_gave_a_byte_has_no_second_try(
    lean: HttpToolsTransport, upstream: Upstream
) -> None:
    await keep_one(lean, upstream)
    upstream.script(Reply(head=b"HTTP/1.1 2", framing="close", end="fin"))
    with pytest.raises(Unavailable, match="closed the connection without an answer"):
        await whole(lean, post(upstream))
    assert len(upstream.requests) == 2


async def test_a_far_end_that_worked_on_a_request_and_died_is_not_asked_again(
    lean: HttpToolsTransport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llms.providers.transport.connection.STALE_WITHIN_S", 0.01)
    await keep_one(lean, upstream)
    gate = Gate()
    upstream.script(Reply(before=(gate,), head=b"", framing="close", end="fin"))
    asking = asyncio.create_task(whole(lean, post(upstream)))
    await gate.reached()
    await asyncio.sleep(0.02)
    gate.open()
    with pytest.raises(Unavailable):
        await asking
    assert len(upstream.requests) == 2


async def test_a_kept_connection_that_is_silent_is_not_replaced(lean: HttpToolsTransport, upstream: Upstream) -> None:
    await keep_one(lean, upstream)
    upstream.script(Reply(before=(Gate(),)))
    with pytest.raises(TimedOut, match="no first token"):
        await whole(lean, post(upstream), Timeouts(5, 0.02, 5))
    assert len(upstream.requests) == 2


# What comes


async def test_all_that_is_here_comes_at_once(lean: HttpToolsTransport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(b"zero", gate, b"one", b"two", b"three"))
    async with lean.open(post(upstream), PATIENT) as reply:
        assert await reply.read() == b"zero"
        gate.open()
        while upstream.requests[0].answered is None:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert await reply.read() == b"onetwothree"


async def test_what_came_before_a_cut_can_be_read(lean: HttpToolsTransport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(Reply((b"one", gate), end="reset"))
    async with lean.open(post(upstream), PATIENT) as reply:
        await gate.reached()
        await asyncio.sleep(0.01)
        gate.open()
        await asyncio.sleep(0.01)
        assert await reply.read() == b"one"
        for _ in range(2):
            with pytest.raises(Malformed, match="broke the answer off"):
                await reply.read()


async def test_bodies_packed_unasked_are_unpacked_in_bounded_pieces(
    lean: HttpToolsTransport, upstream: Upstream
) -> None:
    upstream.script(Reply((gzip.compress(bytes(3_000_000)),), headers={"Content-Encoding": "GZIP"}, framing="length"))
    async with lean.open(post(upstream), PATIENT) as reply:
        sizes = []
        while piece := await reply.read():
            sizes.append(len(piece))
    assert sum(sizes) == 3_000_000
    assert max(sizes) <= 256 * 1024
    assert upstream.open_connections == 1


@pytest.mark.parametrize("coding", ["br", "gzip, br", "zstd"])
async def test_an_unknown_coding_is_malformed(lean: HttpToolsTransport, upstream: Upstream, coding: str) -> None:
    upstream.script(Reply((b"??",), headers={"content-encoding": coding}))
    with pytest.raises(Malformed, match="compressed its answer in a way that was not asked for"):
        await whole(lean, post(upstream))
    await upstream.closed(1)


async def test_a_coding_that_changes_nothing_is_none(lean: HttpToolsTransport, upstream: Upstream) -> None:
    upstream.script(Reply((b"hi",), headers={"content-encoding": "identity"}))
    assert await whole(lean, post(upstream)) == b"hi"


async def test_a_packed_body_that_is_not_packed_is_malformed(lean: HttpToolsTransport, upstream: Upstream) -> None:
    upstream.script(Reply((b"plain",), headers={"content-encoding": "gzip"}))
    with pytest.raises(Malformed):
        await whole(lean, post(upstream))


async def test_a_reader_that_stops_stops_the_far_end() -> None:
    async with Upstream(send_buffer=256 * 1024) as upstream:
        lean = HttpToolsTransport()
        upstream.script(streamed(*[b"x" * 65_536] * 300))
        async with lean.open(post(upstream), PATIENT) as reply:
            (connection,) = lean.pool._open
            async with asyncio.timeout(20):
                while not connection._paused:
                    await asyncio.sleep(0.001)
            assert sum(map(len, connection.pieces)) <= HELD_AT_MOST + 256 * 1024
            assert upstream.requests[0].answered is None
            assert len(await read_all(reply, 1 << 28)) == 300 * 65_536, "and nothing is lost"
        await lean.close()


# Who closes, and when


async def test_cancelling_while_the_name_is_resolved_leaves_nothing(
    lean: HttpToolsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving = asyncio.Event()

    async def never(*_: object, **__: object) -> object:
        resolving.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    task = asyncio.create_task(whole(lean, Request("http://slow.example/v1")))
    await resolving.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
async def mute_port() -> AsyncIterator[tuple[int, asyncio.Event, asyncio.Event]]:
    """A server that reads and never answers: its port, whether it has read anything, and whether it was left."""
    read, left = asyncio.Event(), asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(65536):
                read.set()
        left.set()
        writer.close()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], read, left


async def test_cancelling_during_the_tls_handshake_closes_the_socket(
    lean: HttpToolsTransport, mute_port: tuple[int, asyncio.Event, asyncio.Event]
) -> None:
    port, read, left = mute_port
    task = asyncio.create_task(whole(lean, Request(f"https://127.0.0.1:{port}/v1")))
    await within(read.wait(), "no handshake was begun")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await within(left.wait(), "the socket stayed open")


async def test_a_tls_handshake_without_an_end_is_the_connect_timer(
    lean: HttpToolsTransport, mute_port: tuple[int, asyncio.Event, asyncio.Event]
) -> None:
    port, _, left = mute_port
    lean.pool._tls = ssl.create_default_context()
    with pytest.raises(TimedOut, match="connecting to") as raised:
        await whole(lean, Request(f"https://127.0.0.1:{port}/v1"), Timeouts(0.05, 5, 5))
    assert raised.value.code == "connect"
    await within(left.wait(), "the socket stayed open")


async def test_a_large_request_that_is_not_read_is_dropped_when_cancelled(lean: HttpToolsTransport) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    class Deaf(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.pause_reading()  # type: ignore[attr-defined]
            self.transport = transport
            begun.set()

        def connection_lost(self, exc: Exception | None) -> None:
            left.set()

    peers: list[Deaf] = []

    def accept() -> Deaf:
        peers.append(Deaf())
        return peers[0]

    async with await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        task = asyncio.create_task(whole(lean, Request(f"http://127.0.0.1:{port}/", body=bytes(30_000_000))))
        await within(begun.wait(), "nobody connected")
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        peers[0].transport.resume_reading()  # type: ignore[attr-defined]
        await within(left.wait(), "the socket stayed open")


async def test_closing_ends_exchanges_under_way(lean: HttpToolsTransport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(b"one", gate))
    asking = asyncio.create_task(whole(lean, post(upstream)))
    await gate.reached()
    await lean.close()
    with pytest.raises(Malformed, match="broke the answer off"):
        await asking
    await upstream.closed(1)


async def test_idle_connections_are_closed_after_a_while(
    lean: HttpToolsTransport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llms.providers.transport.pool.IDLE_AT_MOST_S", 0.05)
    gate = Gate()
    upstream.script(Reply((b"{}",), before=(gate,), framing="length"), answered({}))
    first = asyncio.create_task(whole(lean, post(upstream)))
    await gate.reached()
    await whole(lean, post(upstream))
    await asyncio.sleep(0.03)
    gate.open()
    await first
    idle_since = time.monotonic()
    earlier = await upstream.closed(2)
    later = await upstream.closed(1)
    assert earlier - idle_since < 0.04
    assert later - idle_since >= 0.045
    assert lean.pool._sweep is None


async def test_a_connection_that_is_used_is_not_idle(
    lean: HttpToolsTransport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llms.providers.transport.pool.IDLE_AT_MOST_S", 0.03)
    upstream.always(answered({}))
    for _ in range(8):
        await whole(lean, post(upstream))
        await asyncio.sleep(0.01)
    assert len(upstream.connections) == 1


@pytest.mark.asyncio(loop_factories=["asyncio"])  # whose timers can be counted
async def test_nothing_is_left_behind(upstream: Upstream) -> None:
    lean = HttpToolsTransport()
    upstream.always(answered({}))
    await asyncio.gather(*(whole(lean, post(upstream)) for _ in range(20)))
    for reply in (streamed(b"one", Gate()), Reply(before=(Gate(),))):
        upstream.script(reply)
        count = len(upstream.requests) + 1
        task = asyncio.create_task(whole(lean, post(upstream)))
        await upstream.received(count)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await lean.close()
    await upstream.all_closed()
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    assert [timer for timer in timers if not timer.cancelled() and "transport" in repr(timer)] == []
    assert not lean.pool._open
    assert not any(lean.pool._idle.values())


def test_a_transport_may_outlive_its_event_loop() -> None:
    lean = HttpToolsTransport()

    async def once() -> None:
        async with Upstream() as upstream:
            upstream.always(answered({}))
            await whole(lean, post(upstream))
            await lean.pool.close()

    async def left_open() -> None:
        async with Upstream() as upstream:
            await keep_one(lean, upstream)
            (connection,) = lean.pool._open
            connection._transport.close()  # so that no socket is left to the garbage collector

    asyncio.run(once())
    asyncio.run(left_open())
    asyncio.run(once())
    gc.collect()


# What is asked


async def test_heads_are_made_once(lean: HttpToolsTransport, upstream: Upstream) -> None:
    one = lean.head(post(upstream))
    assert lean.head(post(upstream, b"other")) is one
    assert lean.head(Request(upstream.url, {"Authorization": "Bearer other"})) is not one


async def test_kept_heads_have_a_limit(lean: HttpToolsTransport) -> None:
    for number in range(1000):
        lean.head(Request(f"http://far/{number}"))
    assert len(lean._heads) <= 256


async def test_the_next_address_is_tried_where_one_refuses(
    lean: HttpToolsTransport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo

    async def two(host: str, port: int, **options: Any) -> Any:
        if host != "two.example":
            return await resolve(host, port, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", each)) for each in (1, port)]

    monkeypatch.setattr(loop, "getaddrinfo", two)
    upstream.script(answered({}))
    await whole(lean, Request(f"http://two.example:{upstream.port}/v1", body=b"{}"))
    assert upstream.requests[0].headers["host"] == f"two.example:{upstream.port}"


async def test_a_reset_is_no_clean_end(lean: HttpToolsTransport) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.01)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Malformed, match="broke the answer off"):
            await whole(lean, Request(f"http://127.0.0.1:{port}/"))
