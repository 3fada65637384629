"""The seam to the network, against a real server on this machine: what comes, how it ends, who closes when."""

import asyncio
import contextlib
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Callable

import pytest
import trustme

from llms import tasks
from llms.errors import Malformed, TimedOut, Unavailable, UpstreamError
from llms.providers.transport import USER_AGENT, AiohttpTransport, HttpToolsTransport, Request, Transport, read_all
from llms.providers.transport.aiohttp_client import AiohttpExchange
from llms.providers.transport.httptools_client import HttpToolsExchange
from llms.types import Timeouts
from tests.fakes.openai_wire import DONE, answered, streamed
from tests.fakes.upstream import Drip, Gate, Reply, Upstream, split_at, within

PATIENT = Timeouts(connect_s=5, first_token_s=5, idle_s=5)
SHORT_S = 0.05


def post(upstream: Upstream, body: bytes = b"{}") -> Request:
    return Request(upstream.url + "/chat/completions", {"Authorization": "Bearer key"}, body)


async def whole(transport: Transport, request: Request, timeouts: Timeouts = PATIENT) -> bytes:
    async with transport.open(request, timeouts) as reply:
        return await read_all(reply, 1 << 24)


async def settled(transport: Transport) -> None:
    """Wait until nothing is read out in the background any more."""
    while tasks.running():
        await asyncio.wait(tasks.running())
    while isinstance(transport, HttpToolsTransport) and transport.pool.in_use:
        await asyncio.sleep(0.001)


async def test_a_reply_has_status_headers_and_a_body(transport: Transport, upstream: Upstream) -> None:
    upstream.script(Reply((b"one", b"two"), status=418, headers={"X-Thing": "a", "content-type": "text/plain"}))
    async with transport.open(post(upstream), PATIENT) as reply:
        assert (reply.status, reply.headers["x-thing"], reply.headers["X-THING"]) == (418, "a", "a")
        assert await read_all(reply, 100) == b"onetwo"
        assert await reply.read() == b""


async def test_what_is_sent_is_what_was_asked_for(transport: Transport, upstream: Upstream) -> None:
    upstream.always(answered({}))
    await whole(transport, post(upstream, b'{"model":"m"}'))
    await whole(transport, Request(upstream.url + "/models", {"x-key": "k"}, method="GET"))
    first, second = upstream.requests
    assert (first.method, first.path, first.body) == ("POST", "/v1/chat/completions", b'{"model":"m"}')
    assert (first.headers["authorization"], first.headers["user-agent"]) == ("Bearer key", USER_AGENT)
    assert first.headers["accept-encoding"] == "identity"
    assert (second.method, second.path, second.headers["x-key"]) == ("GET", "/v1/models", "k")


async def test_a_body_may_come_while_it_is_sent(transport: Transport, upstream: Upstream) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0)
        yield b"two"

    upstream.script(answered({}))
    await whole(transport, Request(upstream.url, pieces=pieces()))
    assert upstream.requests[0].body == b"onetwo"


async def test_nothing_is_sent_before_an_exchange_is_entered(transport: Transport, upstream: Upstream) -> None:
    transport.open(post(upstream), PATIENT)
    await asyncio.sleep(0)
    assert upstream.connections == []


async def test_pieces_come_as_the_network_delivers_them(transport: Transport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(b"one", gate, b"two"))
    async with transport.open(post(upstream), PATIENT) as reply:
        assert await reply.read() == b"one"
        gate.open()
        assert await reply.read() == b"two"
        assert await reply.read() == b""


@pytest.mark.parametrize("data", [b"", b"x" * 3_000_000], ids=["empty", "large"])
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
async def test_bodies_of_any_size_come_whole(
    transport: Transport, upstream: Upstream, framing: str, data: bytes
) -> None:
    upstream.script(Reply(split_at(data, range(0, len(data), 100_000)) if data else (), framing=framing))  # type: ignore[arg-type]
    assert await whole(transport, post(upstream, data)) == data
    assert upstream.requests[0].body == data


async def test_interim_answers_are_passed_over(transport: Transport, upstream: Upstream) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nx-thing: early\r\n\r\n"
    upstream.script(Reply((b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",), head=early, framing="length"))
    async with transport.open(post(upstream), PATIENT) as reply:
        assert (reply.status, reply.headers.get("x-thing")) == (200, None)
        assert await read_all(reply, 10) == b"hi"


async def test_answers_without_a_body_end_at_once(transport: Transport, upstream: Upstream) -> None:
    upstream.always(Reply(status=204, head=b"HTTP/1.1 204 No Content\r\n\r\n", framing="length"))
    assert [await whole(transport, post(upstream)) for _ in range(2)] == [b"", b""]
    assert len(upstream.connections) == 1


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
async def test_every_framing_is_read(transport: Transport, upstream: Upstream, framing: str) -> None:
    upstream.script(Reply((b"one", b"two"), framing=framing))  # type: ignore[arg-type]
    assert await whole(transport, post(upstream)) == b"onetwo"


async def test_a_compressed_body_is_unpacked(transport: Transport, upstream: Upstream) -> None:
    packed = gzip.compress(b"hello " * 100)
    upstream.script(Reply((packed[:20], packed[20:]), headers={"content-encoding": "gzip"}))
    assert await whole(transport, post(upstream)) == b"hello " * 100


async def test_a_body_beyond_the_limit_is_malformed(transport: Transport, upstream: Upstream) -> None:
    upstream.script(Reply((b"x" * 100, b"x" * 100)))
    async with transport.open(post(upstream), PATIENT) as reply:
        with pytest.raises(Malformed, match="150 bytes"):
            await read_all(reply, 150)


async def test_a_redirect_is_not_followed(transport: Transport, upstream: Upstream) -> None:
    upstream.script(Reply(status=307, headers={"location": "http://127.0.0.1:1/"}, framing="length"))
    async with transport.open(post(upstream), PATIENT) as reply:
        assert reply.status == 307


# Whose connection, and for how long


async def test_a_complete_body_leaves_its_connection_to_the_next_call(transport: Transport, upstream: Upstream) -> None:
    upstream.always(answered({"a": 1}))
    for _ in range(3):
        await whole(transport, post(upstream))
    assert len(upstream.connections) == 1


async def test_the_connection_serves_again_after_an_end_mark_with_nothing_behind_it(
    transport: Transport, upstream: Upstream
) -> None:
    upstream.always(streamed(b"data: 1\n\n", DONE))
    for _ in range(3):
        async with transport.open(post(upstream), PATIENT) as reply:
            while not (await reply.read()).endswith(DONE):
                pass
        await within(settled(transport), "a body is still being read out")
    assert len(upstream.connections) == 1


async def test_a_body_that_goes_on_after_its_end_mark_costs_the_connection(
    transport: Transport, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llms.providers.transport.connection.DRAIN_S", SHORT_S)
    gate = Gate()
    upstream.script(streamed(DONE, gate, b"data: more\n\n", Gate()))
    async with transport.open(post(upstream), PATIENT) as reply:
        await reply.read()
    gate.open()
    await upstream.closed(1)
    await within(settled(transport), "a body is still being read out")


async def test_leaving_at_an_end_mark_does_not_wait_for_the_end_of_the_body(
    transport: Transport, upstream: Upstream
) -> None:
    gate = Gate()
    upstream.script(streamed(DONE, gate))
    async with transport.open(post(upstream), PATIENT) as reply:
        await reply.read()
    assert upstream.open_connections == 1
    gate.open()
    await within(settled(transport), "a body is still being read out")


@pytest.mark.parametrize("read_first", [True, False], ids=["mid-body", "before the body"])
async def test_leaving_early_with_an_error_closes_at_once(
    transport: Transport, upstream: Upstream, read_first: bool
) -> None:
    upstream.script(streamed(b"one", Gate()))

    async def leave() -> None:
        async with transport.open(post(upstream), PATIENT) as reply:
            if read_first:
                await reply.read()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await leave()
    assert tasks.running() == frozenset()
    await upstream.closed(1)


@pytest.mark.parametrize("silent_before", [True, False], ids=["before the headers", "mid-body"])
async def test_cancelling_closes_at_once(transport: Transport, upstream: Upstream, silent_before: bool) -> None:
    gate = Gate()
    upstream.script(Reply(before=(gate,)) if silent_before else streamed(b"one", gate))
    task = asyncio.create_task(whole(transport, post(upstream)))
    await upstream.received(1)
    await gate.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await upstream.closed(1)


async def test_closing_the_transport_closes_idle_connections(transport: Transport, upstream: Upstream) -> None:
    upstream.always(answered({}))
    await whole(transport, post(upstream))
    assert upstream.open_connections == 1
    await transport.close()
    await upstream.all_closed()
    await transport.close()


async def test_an_exchange_that_is_not_open_cannot_be_read(transport: Transport, upstream: Upstream) -> None:
    upstream.script(answered({}))
    exchange = transport.open(post(upstream), PATIENT)
    assert isinstance(exchange, AiohttpExchange | HttpToolsExchange)
    with pytest.raises(RuntimeError, match="not open"):
        await exchange.read()
    async with exchange as reply:
        pass
    with pytest.raises(RuntimeError, match="not open"):
        await reply.read()


async def test_a_connection_that_was_closed_while_idle_is_not_used(transport: Transport, upstream: Upstream) -> None:
    upstream.always(answered({}))
    await whole(transport, post(upstream))
    upstream.connections[0].abort()
    await upstream.all_closed()
    await asyncio.sleep(0.01)
    await whole(transport, post(upstream))
    assert len(upstream.requests) == 2


async def test_a_far_end_that_says_close_is_believed(transport: Transport, upstream: Upstream) -> None:
    upstream.always(Reply((b"{}",), headers={"connection": "close"}, framing="length"))
    await whole(transport, post(upstream))
    await whole(transport, post(upstream))
    assert len(upstream.connections) == 2


# What goes wrong


async def failure_of(transport: Transport, request: Request, timeouts: Timeouts = PATIENT) -> UpstreamError:
    with pytest.raises(UpstreamError) as raised:
        await within(whole(transport, request, timeouts), "no timer fired")
    return raised.value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_nobody_listening_is_named(transport: Transport) -> None:
    port = free_port()
    failure = await failure_of(transport, Request(f"http://user:secret@127.0.0.1:{port}/v1?key=secret", body=b""))
    assert isinstance(failure, Unavailable)
    assert f"cannot connect to 127.0.0.1:{port}" in failure.message
    assert "secret" not in failure.message


async def test_a_name_that_nobody_has_is_named(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nowhere(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nowhere)
    failure = await failure_of(transport, Request("http://nowhere.example/v1"))
    assert isinstance(failure, Unavailable)
    assert failure.message == "the name nowhere.example cannot be resolved"


@pytest.mark.parametrize(
    "url", ["", "no address", "http://", "http:///v1", "ftp://127.0.0.1/v1", "http://127.0.0.1:x/"]
)
async def test_an_address_that_is_none_is_unavailable(transport: Transport, url: str) -> None:
    assert isinstance(await failure_of(transport, Request(url)), Unavailable)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def tls_port(authority: trustme.CA) -> AsyncIterator[int]:
    """A server with TLS that answers every request with two pieces, and keeps its connections open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n{}"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\none")
                await asyncio.sleep(0)
                writer.write(b"two")
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("kind", [AiohttpTransport, HttpToolsTransport])
async def test_a_certificate_that_is_trusted_will_do(
    kind: Callable[..., Transport], tls_port: int, authority: trustme.CA
) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    transport = kind(tls=trusting)
    for _ in range(2):
        assert await whole(transport, Request(f"https://localhost:{tls_port}/v1", body=b"{}")) == b"onetwo"
    await transport.close()


async def test_a_certificate_nobody_vouches_for_is_named(transport: Transport, tls_port: int) -> None:
    failure = await failure_of(transport, Request(f"https://localhost:{tls_port}/v1", body=b"{}"))
    assert isinstance(failure, Unavailable)
    assert failure.message == f"no trusted TLS connection to localhost:{tls_port}"


@pytest.mark.parametrize("kind", [AiohttpTransport, HttpToolsTransport])
async def test_a_certificate_for_another_name_is_not_trusted(
    kind: Callable[..., Transport], tls_port: int, authority: trustme.CA
) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    transport = kind(tls=trusting)
    failure = await failure_of(transport, Request(f"https://127.0.0.1:{tls_port}/v1", body=b"{}"))
    await transport.close()
    assert failure.message == f"no trusted TLS connection to 127.0.0.1:{tls_port}"


async def test_a_server_without_tls_is_named(transport: Transport) -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        failure = await failure_of(transport, Request(f"https://127.0.0.1:{port}/v1"))
    assert isinstance(failure, Unavailable)
    assert failure.message == f"no trusted TLS connection to 127.0.0.1:{port}"


async def test_connecting_too_slowly_is_the_connect_timer(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> object:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    failure = await failure_of(transport, Request("http://slow.example/v1"), Timeouts(SHORT_S, 5, 5))
    assert isinstance(failure, TimedOut)
    assert (failure.code, failure.status) == ("connect", 504)
    assert failure.message == f"connecting to slow.example took longer than {SHORT_S:g} s"


@pytest.mark.parametrize("idle_s", [5, 0.01, None])
@pytest.mark.parametrize("silence", ["before the headers", "before the body"])
async def test_no_first_byte_is_the_first_token_timer(
    transport: Transport, upstream: Upstream, silence: str, idle_s: float | None
) -> None:
    upstream.script(Reply(before=(Gate(),)) if silence == "before the headers" else streamed(Gate()))
    failure = await failure_of(transport, post(upstream), Timeouts(5, SHORT_S, idle_s))
    assert isinstance(failure, TimedOut)
    assert failure.code == "first_token"
    assert failure.message == f"127.0.0.1:{upstream.port} gave no first token within {SHORT_S:g} s"
    await upstream.closed(1)


async def test_silence_after_the_first_byte_is_the_idle_timer(transport: Transport, upstream: Upstream) -> None:
    upstream.script(streamed(b"one", Gate()))
    failure = await failure_of(transport, post(upstream), Timeouts(5, 60, SHORT_S))
    assert isinstance(failure, TimedOut)
    assert failure.code == "idle"
    assert failure.message == f"127.0.0.1:{upstream.port} sent nothing for {SHORT_S:g} s"
    await upstream.closed(1)


async def test_after_the_first_byte_the_first_token_timer_rests(transport: Transport, upstream: Upstream) -> None:
    upstream.script(streamed(b"one", Drip(b"two", 3, SHORT_S), Drip(b"three", 5, SHORT_S)))
    assert await whole(transport, post(upstream), Timeouts(5, SHORT_S / 2, 5)) == b"onetwothree"


async def test_a_drip_below_the_idle_limit_is_no_silence(transport: Transport, upstream: Upstream) -> None:
    upstream.script(streamed(Drip(b"12345678", 1, SHORT_S / 4)))
    assert await whole(transport, post(upstream), Timeouts(5, 5, SHORT_S)) == b"12345678"


async def test_the_idle_limit_of_one_call_does_not_outlive_it(transport: Transport, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(answered({}), Reply((b"{}",), before=(gate,), framing="length"))
    await whole(transport, post(upstream), Timeouts(5, 5, 0.01))
    second = asyncio.create_task(whole(transport, post(upstream)))
    await gate.reached()
    await asyncio.sleep(0.03)
    gate.open()
    assert await second == b"{}"
    assert len(upstream.connections) == 1


@pytest.mark.parametrize("framing", ["chunked", "length"])
@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_body_that_is_cut_is_malformed(
    transport: Transport, upstream: Upstream, framing: str, end: str
) -> None:
    gate = Gate()
    upstream.script(Reply((b"one", gate), framing=framing, length=99, end=end))  # type: ignore[arg-type]
    async with transport.open(post(upstream), PATIENT) as reply:
        assert await reply.read() == b"one"
        gate.open()
        with pytest.raises(Malformed, match="broke the answer off"):
            await reply.read()


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_connection_closed_without_an_answer_is_unavailable(
    transport: Transport, upstream: Upstream, end: str
) -> None:
    upstream.script(Reply(head=b"", framing="close", end=end))  # type: ignore[arg-type]
    failure = await failure_of(transport, post(upstream))
    assert isinstance(failure, Unavailable)
    assert failure.message == f"127.0.0.1:{upstream.port} closed the connection without an answer"


async def test_headers_without_an_end_are_malformed(transport: Transport, upstream: Upstream) -> None:
    upstream.script(Reply(head=b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 100_000 + b"\r\n\r\n"))
    assert isinstance(await failure_of(transport, post(upstream)), Malformed)
    await upstream.closed(1)


async def test_an_answer_that_is_not_http_is_malformed(transport: Transport, upstream: Upstream) -> None:
    upstream.script(Reply((b"SSH-2.0-OpenSSH\r\n",), head=b"", framing="close"))
    failure = await failure_of(transport, post(upstream))
    assert isinstance(failure, Malformed)
    assert failure.message == f"127.0.0.1:{upstream.port} answered with something that is not HTTP"


@pytest.mark.parametrize(
    "headers", [{"x-key": "secret\r\nx-more: 1"}, {"x-key": "secret\n"}, {"x\r\ny": "secret"}, {"x-key": "secret\0"}]
)
async def test_a_header_that_would_break_the_request_apart_is_not_sent(
    transport: Transport, upstream: Upstream, headers: dict[str, str]
) -> None:
    failure = await failure_of(transport, Request(upstream.url, headers, b"{}"))
    assert isinstance(failure, Unavailable)
    assert failure.message == f"a header for 127.0.0.1:{upstream.port} holds a character that HTTP does not allow"
    assert upstream.requests == []
