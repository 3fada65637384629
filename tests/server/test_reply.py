"""A call's answer as bytes: when the headers leave, what a failure looks like before and after, how a stream ends."""

import asyncio
import logging

import pytest

from llms.streaming.fold import fold
from tests.fakes.openai_wire import (
    DONE,
    USAGE,
    answered,
    choice,
    chunk,
    completion,
    event,
    refused,
    sse,
    streamed,
    text_chunks,
)
from tests.fakes.raw_client import RawCall
from tests.fakes.upstream import Drip, Gate, Reply, Upstream
from tests.server.conftest import CHAT, Answered, Serve, Site

HELLO = sse(*text_chunks("Hello", " there."))
ROLE = HELLO[0]


def said(answer: Answered) -> str:
    return "".join(each["delta"].get("content") or "" for told in answer.chunks for each in told["choices"])


async def test_a_stream_ends_in_its_end_mark(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO))
    answer = await site.chat(stream=True)
    assert answer.status == 200
    assert fold(answer.chunks)["choices"] == completion("Hello there.")["choices"]  # type: ignore[arg-type]
    assert answer.done


async def test_a_stream_has_the_headers_that_let_it_pass_proxies(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO))
    headers = (await site.chat(stream=True)).headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("stream", [True, False])
async def test_headers_tell_who_answered_and_how_long_it_took(site: Site, upstream: Upstream, stream: bool) -> None:
    upstream.script(streamed(*HELLO) if stream else answered(completion()))
    headers = (await site.chat(stream=stream)).headers
    assert (headers["x-llms-provider"], headers["x-llms-model"], headers["x-llms-attempts"]) == ("mine", "big", "1")
    gateway, upstream_part = (part.split(";dur=") for part in headers["server-timing"].split(", "))
    assert (gateway[0], upstream_part[0]) == ("gateway", "upstream")
    assert float(gateway[1]) >= 0
    assert float(upstream_part[1]) > 0


@pytest.mark.parametrize("stream", [True, False])
async def test_so_do_those_of_an_error(serve: Serve, upstream: Upstream, stream: bool) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    upstream.script(refused(500), refused(429))
    answer = await site.chat(model="fast", stream=stream)
    told = answer.headers
    assert answer.status >= 400
    assert (told["x-llms-provider"], told["x-llms-model"], told["x-llms-attempts"]) == ("mine", "org/small", "2")
    gateway_ms, upstream_ms = (float(part.split("=")[1]) for part in told["server-timing"].split(", "))
    assert 0 <= gateway_ms < 10_000
    assert upstream_ms > 0


async def test_an_unknown_model_took_the_gateway_alone(site: Site) -> None:
    answer = await site.chat(model="nobody")
    assert answer.status == 404
    assert "x-llms-provider" not in answer.headers
    assert answer.headers["server-timing"].endswith("upstream;dur=0.00")


async def test_the_time_the_provider_takes_is_its_own(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(Drip(ROLE, len(ROLE), 0.05), *HELLO[1:]))
    timing = (await site.chat(stream=True)).headers["server-timing"]
    gateway, upstream_ms = (float(part.split("=")[1]) for part in timing.split(", "))
    assert upstream_ms > 40 > gateway


async def test_a_model_name_cannot_break_a_header(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO))
    headers = (await site.chat(stream=True, model="mine/bö\r\nx-evil: 1\x7f" + "x" * 500)).headers
    assert "x-evil" not in headers
    assert headers["x-llms-model"].startswith("b???x-evil: 1?xxx")
    assert len(headers["x-llms-model"]) == 256


async def test_a_chunk_leaves_as_soon_as_it_is_there(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*HELLO[:2], gate, *HELLO[2:]))
    async with site.open_chat(stream=True) as response:
        first = await response.content.readany()
        assert b'"Hello"' in first
        gate.open()
        assert (await response.read()).endswith(DONE)


async def test_chunks_that_come_together_leave_in_one_write(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(ROLE, b"".join(HELLO[1:])))
    async with RawCall(f"{site.url}/v1/chat/completions", {**CHAT, "stream": True}) as call:
        await call.head()
        body = await call.end()
    sizes = [line for line in body.split(b"\r\n") if line and line.strip(b"0123456789abcdef") == b""]
    assert len(sizes) <= 4


# Usage


async def test_usage_comes_only_if_asked_for(site: Site, upstream: Upstream) -> None:
    upstream.always(streamed(*HELLO))
    without = await site.chat(stream=True)
    assert all("usage" not in each and each["choices"] for each in without.chunks)
    refused_usage = await site.chat(stream=True, stream_options={"include_usage": False})
    assert all("usage" not in each and each["choices"] for each in refused_usage.chunks)


async def test_usage_that_was_asked_for_is_null_until_it_comes_last(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*HELLO))
    answer = await site.chat(stream=True, stream_options={"include_usage": True})
    assert [each["usage"] for each in answer.chunks] == [*[None] * (len(answer.chunks) - 1), USAGE]
    assert answer.chunks[-1]["choices"] == []
    assert answer.done


async def test_what_a_vendor_adds_to_the_usage_comes_without_it(site: Site, upstream: Upstream) -> None:
    late = event({"id": "x", "choices": [], "usage": USAGE, "citations": ["https://a.example"]})
    upstream.script(streamed(*sse(*text_chunks("Hi"), done=False), late, DONE))
    *_, last = (await site.chat(stream=True)).chunks
    assert last["citations"] == ["https://a.example"]
    assert "usage" not in last
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": None}]


async def test_usage_in_the_same_read_as_everything_else_is_left_out_too(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(b"".join(HELLO)))
    answer = await site.chat(stream=True)
    assert all(each["choices"] for each in answer.chunks)
    assert answer.done


# The commit point


FAILURES: dict[str, tuple[Reply, int, str, str | None]] = {
    "a rate limit": (refused(429, "slow down"), 429, "rate_limit_error", "rate_limit_exceeded"),
    "a bad request": (refused(400, "bad", code="unsupported_value"), 400, "invalid_request_error", "unsupported_value"),
    "a refused key": (refused(401, "no"), 502, "server_error", "upstream_auth"),
    "an overload": (refused(529, "busy"), 503, "server_error", "upstream_error"),
    "a fault": (refused(500, "boom"), 502, "server_error", "upstream_error"),
    "a 200 with an error": (
        answered({"error": {"message": "slow down", "code": 429}}),
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    "a stream that begins with an error": (
        streamed(event({"error": {"message": "busy", "type": "overloaded_error"}})),
        503,
        "server_error",
        "upstream_error",
    ),
    "a role, then an error": (
        streamed(ROLE, event({"error": {"message": "busy", "code": 429}})),
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    "a stream of nothing": (streamed(DONE), 502, "server_error", "upstream_malformed"),
    "a cut connection": (Reply(head=b"", framing="close", end="reset"), 502, "server_error", "upstream_error"),
}


@pytest.mark.parametrize(("reply", "status", "kind", "code"), FAILURES.values(), ids=FAILURES)
async def test_a_failure_before_the_first_chunk_keeps_its_status(
    site: Site, upstream: Upstream, reply: Reply, status: int, kind: str, code: str | None
) -> None:
    upstream.script(reply)
    answer = await site.chat(stream=True)
    assert (answer.status, answer.error["type"], answer.error["code"]) == (status, kind, code)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.error["message"].startswith("mine/big: ")


@pytest.mark.parametrize("stream", [True, False])
async def test_when_to_come_back_is_passed_on(site: Site, upstream: Upstream, stream: bool) -> None:
    reply = answered({"error": {"message": "slow down"}}, status=429, headers={"retry-after": "7"})
    upstream.script(reply)
    answer = await site.chat(stream=stream)
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("7", "7000")


LATE: dict[str, tuple[tuple[bytes, ...], str | None]] = {
    "an error event": ((event({"error": {"message": "busy", "code": 503}}),), "upstream_error"),
    "an end without a finish reason": ((), "upstream_malformed"),
    "an end mark without a finish reason": ((DONE,), "upstream_malformed"),
    "broken JSON": ((b'data: {"a": \n\n',), "upstream_malformed"),
    "a failed finish reason": ((event(chunk(choice({}, "error"))),), "upstream_error"),
}


@pytest.mark.parametrize(("rest", "code"), LATE.values(), ids=LATE)
async def test_a_failure_after_the_first_chunk_is_told_in_band(
    site: Site, upstream: Upstream, rest: tuple[bytes, ...], code: str | None
) -> None:
    upstream.script(streamed(*HELLO[:2], *rest))
    answer = await site.chat(stream=True)
    *chunks, last = answer.chunks
    assert answer.status == 200
    assert [each["choices"][0]["delta"].get("content") for each in chunks] == ["", "Hello"]
    assert set(last) == {"error"}
    assert last["error"]["code"] == code
    assert last["error"]["param"] is None
    assert b"[DONE]" not in answer.body
    assert answer.body.endswith(b"\n\n")


async def test_a_connection_cut_in_the_middle_is_told_in_band(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(Reply((*HELLO[:2], gate), headers={"content-type": "text/event-stream"}, end="reset"))
    async with site.open_chat(stream=True) as response:
        await response.content.readany()
        gate.open()
        rest = await response.read()
    assert b'"upstream_malformed"' in rest
    assert b"[DONE]" not in rest


async def test_a_fault_of_our_own_in_the_middle_is_told_in_band_without_its_text(
    site: Site, upstream: Upstream, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("canary")

    gate = Gate()
    upstream.script(streamed(*HELLO[:2], gate, *HELLO[2:]))
    async with site.open_chat(stream=True, headers={"x-request-id": "mine-1"}) as response:
        await response.content.readany()
        monkeypatch.setattr(site.gateway.providers["mine"], "chunks", fail)
        gate.open()
        rest = await response.read()
    assert b'"code":"internal_error"' in rest
    assert b"canary" not in rest
    assert b"HTTP/1.1" not in rest
    assert b"[DONE]" not in rest
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None


# Silence


async def test_the_headers_wait_for_the_first_chunk(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(ROLE, gate, *HELLO[1:]))
    asked = asyncio.create_task(site.chat(stream=True))
    await gate.reached()
    assert not asked.done()
    gate.open()
    assert said(await asked) == "Hello there."


async def test_after_the_grace_period_the_headers_leave_with_a_sign_of_life(serve: Serve, upstream: Upstream) -> None:
    site = await serve({"grace_s": 0.01})
    gate = Gate()
    upstream.script(streamed(gate, *HELLO))
    async with site.open_chat(stream=True) as response:
        assert response.status == 200
        assert await response.content.readany() == b": keepalive\n\n"
        gate.open()
        rest = await response.read()
    assert b'"Hello"' in rest
    assert rest.endswith(DONE)


async def test_a_failure_after_the_grace_period_is_told_in_band(serve: Serve, upstream: Upstream) -> None:
    site = await serve({"grace_s": 0.01})
    gate = Gate()
    upstream.script(Reply(refused(429, "slow down").body, 429, before=(gate,)))
    async with site.open_chat(stream=True) as response:
        assert response.status == 200
        await response.content.readany()
        gate.open()
        rest = await response.read()
    assert b'"rate_limit_exceeded"' in rest
    assert b"[DONE]" not in rest


async def test_silence_in_the_middle_is_broken_by_signs_of_life(serve: Serve, upstream: Upstream) -> None:
    site = await serve({"keepalive_s": 0.01, "grace_s": 0.01})
    gate = Gate()
    upstream.script(streamed(*HELLO[:2], gate, *HELLO[2:]))
    async with site.open_chat(stream=True) as response:
        body = b""
        while body.count(b": keepalive\n\n") < 2:
            body += await response.content.readany()
        gate.open()
        body += await response.read()
    assert body.endswith(DONE)
    assert b'"Hello"' in body


@pytest.mark.parametrize("headers", [{"sdk_version": "1.33.2"}, {"User-Agent": "OpenAI/Go 1.2.3"}])
@pytest.mark.parametrize("before", [0, 2], ids=["before the first chunk", "after it"])
async def test_clients_that_choke_on_comments_get_empty_chunks_of_the_same_stream(
    serve: Serve, upstream: Upstream, headers: dict[str, str], before: int
) -> None:
    site = await serve({"keepalive_s": 0.01, "grace_s": 0.01})
    gate = Gate()
    upstream.script(streamed(*HELLO[:before], gate, *HELLO[before:]))
    async with site.open_chat(stream=True, headers=headers) as response:
        body = b""
        while body.count(b'"delta":{}') < 2:
            body += await response.content.readany()
        gate.open()
        answer = Answered(200, response.headers, body + await response.read())
    assert b": keepalive" not in answer.body
    assert len({(each["id"], each["created"], each["model"], each["object"]) for each in answer.chunks}) == 1
    assert said(answer) == "Hello there."
    assert all(each["choices"] for each in answer.chunks)
    assert answer.done


async def test_nothing_is_written_after_the_end(serve: Serve, upstream: Upstream) -> None:
    site = await serve({"keepalive_s": 0.001, "grace_s": 0.001})
    upstream.always(streamed(*HELLO))
    for _ in range(10):
        assert (await site.chat(stream=True)).done
    await site.idle()


# A client that leaves


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_before_the_first_byte_ends_the_exchange(
    site: Site, upstream: Upstream, stream: bool
) -> None:
    upstream.script(Reply(before=(Gate(),)))
    async with RawCall(f"{site.url}/v1/chat/completions", {**CHAT, "stream": stream}):
        await upstream.received(1)
    await upstream.closed(1)
    await site.idle()


async def test_a_client_that_leaves_in_the_middle_ends_the_exchange(
    site: Site, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.script(streamed(*HELLO[:2], Gate()))
    async with RawCall(f"{site.url}/v1/chat/completions", {**CHAT, "stream": True}) as call:
        await call.until(b"Hello")
    await upstream.closed(1)
    await site.idle()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_client_that_leaves_while_it_is_written_to_ends_the_exchange(
    site: Site, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    flood = event(chunk(choice({"content": "x" * 60_000})))
    upstream.script(streamed(ROLE, *[flood] * 200, Gate()))
    url = f"{site.url}/v1/chat/completions"
    async with RawCall(url, {**CHAT, "stream": True}, receive_buffer=4096) as call:
        await call.head()
    await upstream.closed(1)
    await site.idle()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
