"""A whole answer on the wire: one head, the body, and the connection as the client wants it."""

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web

from llms.server.whole import WholeReply

BODY = b'{"a":1}'


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that answers `/` with a small body, `/large` with one that no socket takes at once."""

    async def answer(request: web.Request) -> web.StreamResponse:
        body = b"x" * 20_000_000 if request.path == "/large" else BODY
        return WholeReply(body, {"Content-Type": "application/json", "x-id": request.query.get("id", "r-1")})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def heads(port: int, *requests: str) -> list[tuple[list[str], bytes]]:
    """The answers to requests on one connection: the lines of each head, and the body; empty once it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found: list[tuple[list[str], bytes]] = []
    for request in requests:
        writer.write(f"{request}\r\nHost: a\r\n\r\n".encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        except asyncio.IncompleteReadError:
            found.append(([], b""))
            break
        length = next(int(line.partition(":")[2]) for line in head if line.lower().startswith("content-length"))
        found.append((head, b"" if request.startswith("HEAD") else await reader.readexactly(length)))
    writer.close()
    return found


async def test_head_and_body_are_those_of_an_answer(port: int) -> None:
    [(head, body)] = await heads(port, "GET / HTTP/1.1")
    assert (head[0], body) == ("HTTP/1.1 200 OK", BODY)
    fields = dict(line.split(": ", 1) for line in head[1:])
    assert parsedate_to_datetime(fields.pop("Date")) is not None
    assert fields == {"Content-Length": str(len(BODY)), "Content-Type": "application/json", "x-id": "r-1"}


async def test_a_connection_stays_for_the_next_request(port: int) -> None:
    answers = await heads(port, "GET /?id=a HTTP/1.1", "GET /?id=b HTTP/1.1")
    assert [body for _, body in answers] == [BODY, BODY]
    assert ["x-id: a" in answers[0][0], "x-id: b" in answers[1][0]] == [True, True]


@pytest.mark.parametrize("request_line", ["GET / HTTP/1.1\r\nConnection: close", "GET / HTTP/1.0"])
async def test_a_connection_ends_where_the_client_wants_it_to(port: int, request_line: str) -> None:
    (head, body), (nothing, _) = await heads(port, request_line, "GET / HTTP/1.1")
    assert (body, nothing) == (BODY, [])
    assert "x-id: r-1" in head


async def test_a_client_of_http_1_0_can_keep_its_connection(port: int) -> None:
    answers = await heads(port, *["GET / HTTP/1.0\r\nConnection: keep-alive"] * 2)
    assert [body for _, body in answers] == [BODY, BODY]


async def test_to_head_there_is_no_body(port: int) -> None:
    answers = await heads(port, "HEAD / HTTP/1.1", "GET / HTTP/1.1")
    assert [body for _, body in answers] == [b"", BODY]


async def test_a_large_answer_arrives_whole(port: int) -> None:
    [(_, body)] = await heads(port, "GET /large HTTP/1.1")
    assert len(body) == 20_000_000


def test_a_header_cannot_end_its_line() -> None:
    reply = WholeReply(BODY, {})
    for value in ("a\r\nx-evil: 1", "a\nb", "a\rb"):
        reply.headers["x-id"] = value
        with pytest.raises(ValueError, match="end of a line"):
            reply._head()
