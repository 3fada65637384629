"""One provider of two fails, in each way there is, under load: no client sees it. Both fail: all see why."""

import asyncio
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes import serving
from tests.fakes.openai_wire import answered, refused, sse, streamed, text_chunks
from tests.fakes.serving import Serving
from tests.fakes.upstream import Gate, Reply, Upstream

STREAMS = 200
FIRST_TOKEN_S = 0.5
BOUND_S = 10 * FIRST_TOKEN_S + 5
"""The first token comes after at most one timer and one more attempt; the rest is a slow machine's."""

WORDS = ("Hello", " there", ".")
ROLE, *SPOKEN = sse(*text_chunks(*WORDS))
OVERLOADED = {"error": {"message": "Overloaded.", "type": "overloaded_error", "param": None, "code": None}}

LIMITED = {"error": {"message": "Slow down.", "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}}


def _reply_to(kind: str) -> Reply | None:
    """What the fake upstream does for each fault; None for those that never come that far."""
    return {
        "stall": streamed(ROLE, Gate()),
        "429": answered(LIMITED, status=429, headers={"retry-after": "40"}),
        "500": refused(500),
        "503": refused(503),
        "error in 200": answered(OVERLOADED),
        "empty stream": streamed(),
        "truncated": Reply((ROLE, SPOKEN[0][:20]), headers={"content-type": "text/event-stream"}, end="fin"),
    }.get(kind)


FAULTS: dict[str, tuple[int, str]] = {
    "connect refused": (502, "upstream_error"),
    "reset at the handshake": (502, "upstream_error"),
    "stall": (504, "first_token"),
    "429": (429, "rate_limit_exceeded"),
    "500": (502, "upstream_error"),
    "503": (503, "upstream_error"),
    "error in 200": (503, "upstream_error"),
    "empty stream": (502, "upstream_malformed"),
    "truncated": (502, "upstream_malformed"),
    "no such name": (502, "upstream_error"),
}
"""Each fault, and the status and code that tell of it where nobody else can serve."""


@dataclass(slots=True)
class Seen:
    """What one client saw of one stream."""

    status: int
    text: str
    first_s: float | None
    whole: bool
    error: Mapping[str, Any] | None
    headers: Mapping[str, str]


@asynccontextmanager
async def resetting() -> AsyncIterator[int]:
    """A port whose connections are reset as soon as they say something, as TLS connections are by some middleboxes."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0, backlog=1024)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def serving_badly(upstream: Upstream, folder: Path) -> AsyncIterator[Serving]:
    """A gateway with, for each fault, a name that one bad and one good provider serve, and one that two bad ones do."""
    for kind in FAULTS:
        if (reply := _reply_to(kind)) is not None:
            upstream.script_model(kind, reply)
    upstream.script_model("good", streamed(ROLE, *SPOKEN))
    async with resetting() as port:
        addresses = {
            "connect refused": f"http://127.0.0.1:{serving.free_port()}/v1",
            "reset at the handshake": f"https://127.0.0.1:{port}/v1",
            "no such name": "http://no-such-host.invalid/v1",
        }
        providers, models = {"good": _provider(upstream.url, first_token_s=30)}, {}
        for place, kind in enumerate(FAULTS):
            bad, worse = f"bad{place}", f"worse{place}"
            providers[bad] = providers[worse] = _provider(addresses.get(kind, upstream.url))
            models[kind] = [f"{bad}/{kind}", "good/good"]
            models[f"both {kind}"] = [f"{bad}/{kind}", f"{worse}/{kind}"]
        settings = {
            "server": {"host": "127.0.0.1", "port": serving.free_port(), "drain_s": 5, "log_level": "error"},
            "providers": providers,
            "models": models,
            "store": {"enabled": False},
        }
        gateway = await serving.serve(settings, folder)
        try:
            yield gateway
        finally:
            assert await gateway.stop() == 0, gateway.output
            assert "Traceback" not in gateway.output


def _provider(url: str, first_token_s: float = FIRST_TOKEN_S) -> dict[str, Any]:
    return {
        "type": "openai",
        "base_url": url,
        "api_key": "k",
        "timeouts": {"connect": 5, "first_token": first_token_s, "idle": 1},
    }


async def ask(session: aiohttp.ClientSession, url: str, model: str, **headers: str) -> Seen:
    """One stream as a client sees it."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    asked, first_s, text, whole, error = time.monotonic(), None, "", False, None
    async with session.post(url, json=body, headers=headers) as response:
        if response.status != 200:
            return Seen(response.status, "", None, False, (await response.json())["error"], response.headers)
        async for raw in response.content:
            line = raw.decode().strip()
            if line == "data: [DONE]":
                whole = True
            elif line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
                error = told.get("error", error)
                said = "".join(each["delta"].get("content") or "" for each in told.get("choices", ()))
                if said and first_s is None:
                    first_s = time.monotonic() - asked
                text += said
        return Seen(response.status, text, first_s, whole, error, response.headers)


async def ask_many(url: str, model: str, count: int, **headers: str) -> list[Seen]:
    """So many at the same time."""
    limit = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=limit) as session:
        return await asyncio.gather(*(ask(session, url, model, **headers) for _ in range(count)))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_provider_that_fails_is_never_seen_by_clients(
    upstream: Upstream, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with serving_badly(upstream, tmp_path) as gateway:
        for kind in FAULTS:
            for wave in ("cold", "warm"):
                seen = await ask_many(gateway.chat_url, kind, STREAMS)
                assert Counter((each.status, each.text, each.whole) for each in seen) == {
                    (200, "".join(WORDS), True): STREAMS
                }, (kind, wave, seen[0])
                slowest = max(each.first_s or 0.0 for each in seen)
                record_property(f"{kind}, {wave}: first_token_max_ms", round(slowest * 1000))
                assert slowest < BOUND_S, (kind, wave)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_provider_that_fails_is_not_asked_for_long(upstream: Upstream, tmp_path: Path) -> None:
    async with serving_badly(upstream, tmp_path) as gateway:
        for kind in ("stall", "500", "truncated"):
            await ask_many(gateway.chat_url, kind, 10)
            before = sum(request.model == kind for request in upstream.requests)
            await ask_many(gateway.chat_url, kind, STREAMS)
            assert sum(request.model == kind for request in upstream.requests) == before, kind


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_where_both_fail_the_right_error_is_told(upstream: Upstream, tmp_path: Path) -> None:
    async with serving_badly(upstream, tmp_path) as gateway:
        for kind, (status, code) in FAULTS.items():
            for seen in await ask_many(gateway.chat_url, f"both {kind}", 20, **{"x-llms-retries": "0"}):
                assert seen.error is not None
                assert (seen.status, seen.error["code"]) == (status, code), (kind, seen)
                assert seen.headers["x-should-retry"] == "false"
                assert ("retry-after" in seen.headers) is (kind == "429")


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "end",
    [
        streamed(ROLE, SPOKEN[0], Gate()),
        Reply((ROLE, SPOKEN[0]), headers={"content-type": "text/event-stream"}, end="fin"),
        Reply((ROLE, SPOKEN[0], SPOKEN[1][:9]), headers={"content-type": "text/event-stream"}, end="reset"),
        streamed(ROLE, SPOKEN[0], b"data: " + json.dumps(OVERLOADED).encode() + b"\n\n"),
        streamed(ROLE, SPOKEN[0]),
    ],
    ids=["stall", "closed", "reset", "error event", "no finish"],
)
async def test_a_fault_after_the_first_token_is_always_told(upstream: Upstream, tmp_path: Path, end: Reply) -> None:
    async with serving_badly(upstream, tmp_path) as gateway:
        upstream.script_model("500", end)
        streams = await ask_many(gateway.chat_url, "500", STREAMS)
        for seen in streams:
            assert (seen.status, seen.text, seen.whole) == (200, WORDS[0], False) or seen.text == "".join(WORDS)
            assert (seen.error is None) is seen.whole
        assert sum(not seen.whole for seen in streams) >= 5  # fewer open no breaker, that others might go elsewhere
        [told] = await ask_many(gateway.chat_url, "both 500", 1)
        assert told.error is not None
