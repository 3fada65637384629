"""Bytes that are no request: an answer and a log line like any other, and nothing of what came in either."""

import asyncio
import gzip
import json
import logging
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from llms.server.connection import SHORTCUTS, Runner, Shortcuts
from llms.server.logs import fields_of
from tests.fakes.openai_wire import answered, completion
from tests.fakes.upstream import Upstream
from tests.server.conftest import Site

KEY = b"Authorization: Bearer sk-canary-0123456789"

NO_REQUESTS = {
    "control character in a header": b"GET /v1/models HTTP/1.1\r\nHost: x\r\n" + KEY + b"\x00\r\n\r\n",
    "header too long": b"GET /v1/models HTTP/1.1\r\nHost: x\r\n" + KEY + b"a" * 9000 + b"\r\n\r\n",
    "address too long": b"GET /v1/canary" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "no method": b"CANARY canary HTTP/1.1\r\nHost: x\r\n\r\n",
    "length that is no number": b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03canary\r\n\r\n",
}


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "llms")


async def sent(site: Site, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """What a connection gives that sends `raw`: status, headers and body, up to its end."""
    parts = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(raw)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split(" ")[1]), headers, body


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that got into the log, tracebacks too."""
    return str([(each.getMessage(), fields_of(each), str(each.exc_info)) for each in caplog.records])


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of every line about a request."""
    return [fields_of(record) for record in caplog.records if record.name == "llms.request"]


@pytest.mark.parametrize("raw", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_no_request_is_answered_in_the_shape_of_every_error(
    site: Site, caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    status, headers, body = await sent(site, raw)
    error = json.loads(body)["error"]
    assert (status, headers["content-type"]) == (400, "application/json")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, "invalid_http")
    assert headers["server"] == "llms"
    [line] = lines(caplog)
    assert line == {"id": headers["x-request-id"], "status": 400, "refused": error["message"]}
    assert b"canary" not in body.lower()
    assert "canary" not in logged(caplog).lower()


@pytest.mark.parametrize(
    ("case", "told"),
    [("header too long", "too long"), ("address too long", "too long"), ("TLS", "not HTTPS"), ("no method", "valid")],
)
async def test_it_says_what_is_wrong(site: Site, case: str, told: str) -> None:
    _, _, body = await sent(site, NO_REQUESTS[case])
    assert told in json.loads(body)["error"]["message"]


BODIES = {
    "not packed": (b"Content-Encoding: gzip\r\nContent-Length: 6\r\n", b"canary"),
    "packed and cut off": (b"Content-Encoding: gzip\r\nContent-Length: 20\r\n", gzip.compress(b"canary" * 9)[:20]),
    "chunk without a size": (b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\ncanary\r\n"),
}


@pytest.mark.parametrize(("headers", "body"), BODIES.values(), ids=BODIES)
async def test_a_body_that_is_not_what_its_headers_say_is_a_bad_request(
    site: Site, caplog: pytest.LogCaptureFixture, headers: bytes, body: bytes
) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n"
    status, _, answer = await sent(site, head + body)
    assert status == 400, answer
    assert json.loads(answer)["error"]["type"] == "invalid_request_error"
    assert "canary" not in logged(caplog)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# The ways to a handler

CHAT = b'{"model": "mine/big", "messages": [{"role": "user", "content": "Hi"}]}'


def asking(path: str, *headers: bytes, method: str = "POST") -> bytes:
    """A chat as bytes, on a connection that is closed afterwards."""
    fields = [b"Host: x", b"Connection: close", b"Content-Length: %d" % len(CHAT), *headers]
    return b"%b %b HTTP/1.1\r\n%b\r\n\r\n%b" % (method.encode(), path.encode(), b"\r\n".join(fields), CHAT)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/chat/completions?a=b", "/v1/ch%61t/completions"])
async def test_a_chat_is_answered_however_its_address_is_written(site: Site, upstream: Upstream, path: str) -> None:
    upstream.script(answered(completion()))
    status, headers, body = await sent(site, asking(path, b"x-request-id: mine-1"))
    assert (status, headers["x-request-id"]) == (200, "mine-1")
    assert json.loads(body)["object"] == "chat.completion"


async def test_another_method_at_that_address_is_refused(site: Site) -> None:
    status, headers, body = await sent(site, asking("/v1/chat/completions", method="PUT"))
    assert (status, headers["allow"]) == (405, "POST")
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


async def test_who_wants_to_be_asked_for_the_body_is_asked(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    parts = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head, _, body = asking("/v1/chat/completions", b"Expect: 100-continue").partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    async with asyncio.timeout(5):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert (await reader.readline()).split()[1] == b"200"
    writer.close()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models"])
async def test_what_else_a_client_expects_is_refused_in_the_shape_of_every_error(
    site: Site, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    status, headers, body = await sent(site, asking(path, b"Expect: canary"))
    error = json.loads(body)["error"]
    assert (status, error["code"], error["param"]) == (417, "expectation_failed", "Expect")
    assert headers["connection"] == "close"
    [line] = lines(caplog)
    assert (line["status"], line["id"]) == (417, headers["x-request-id"])
    assert "canary" not in logged(caplog)


async def test_a_shortcut_answers_before_the_router() -> None:
    async def by_the_router(_: web.Request) -> web.Response:
        return web.Response(text="router")

    async def by_the_shortcut(_: web.Request) -> web.Response:
        return web.Response(text="shortcut")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", by_the_router)
    shortcuts: Shortcuts = {("POST", "/short"): by_the_shortcut}
    app[SHORTCUTS] = shortcuts
    runner = Runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        for method, path, who in [("POST", "/short", "shortcut"), ("GET", "/short", "router"), ("POST", "/", "router")]:
            async with session.request(method, url + path) as answer:
                assert await answer.text() == who
    await runner.cleanup()
