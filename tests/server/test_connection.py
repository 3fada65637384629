"""Bytes that are no request: an answer and a log line like any other, and nothing of what came in either."""

import asyncio
import gzip
import json
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest

from llms.server.logs import fields_of
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
