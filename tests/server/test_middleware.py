"""The boundary: an id on every answer, one log line for every request, and no secret in either."""

import asyncio
import logging
from typing import Any

import pytest

from llms.errors import GatewayError, RateLimited
from llms.server.logs import fields_of
from llms.server.middleware import error_response
from tests.fakes.openai_wire import answered, completion, refused, sse, streamed, text_chunks
from tests.fakes.raw_client import RawCall
from tests.fakes.upstream import Gate, Reply, Upstream
from tests.server.conftest import CANARY, CHAT, Serve, Site

PATHS = ["/health", "/v1/models", "/", "/nothing", "/v1/models/nobody"]


@pytest.mark.parametrize("given", ["a", "req_1", "A.b:c-d_9", "x" * 128, "0f8fad5b-d9cd-469f-a165-70867728950e"])
@pytest.mark.parametrize("path", PATHS)
async def test_a_valid_id_is_kept(site: Site, path: str, given: str) -> None:
    assert (await site.ask(path, headers={"x-request-id": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a b", "-a", "a/b", "ä", "a\tb", "{}", "<script>"])
@pytest.mark.parametrize("path", PATHS)
async def test_any_other_id_is_replaced(site: Site, path: str, given: str | None) -> None:
    headers = {} if given is None else {"x-request-id": given}
    found = [(await site.ask(path, headers=headers)).headers["x-request-id"] for _ in range(2)]
    assert all(each.startswith("req_") and len(each) == 28 for each in found)
    assert found[0] != found[1]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("reply", [refused(429), refused(500), None], ids=["429", "500", "good"])
async def test_every_answer_to_a_chat_has_its_id(
    site: Site, upstream: Upstream, stream: bool, reply: Reply | None
) -> None:
    good = streamed(*sse(*text_chunks("a"))) if stream else answered(completion())
    upstream.script(reply or good)
    answer = await site.chat(stream=stream, headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"


async def test_a_fault_of_our_own_is_logged_and_silent_outside(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(site.gateway, "models", fail)
    answer = await site.ask("/v1/models", headers={"x-request-id": "mine-1"})
    assert (answer.status, answer.error["code"], answer.error["type"]) == (500, "internal_error", "server_error")
    assert b"canary" not in answer.body
    assert answer.headers["x-request-id"] == "mine-1"
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.__dict__["id"] == "mine-1"


@pytest.mark.parametrize(
    ("seconds", "header", "milliseconds"),
    [(7, "7", "7000"), (0.2, "1", "200"), (1.2, "2", "1200"), (0.0001, "1", "1"), (60, "60", "60000")],
)
def test_when_to_come_back_stands_in_both_headers(seconds: float, header: str, milliseconds: str) -> None:
    response = error_response(RateLimited("slow", retry_after_s=seconds))
    assert (response.headers["retry-after"], response.headers["retry-after-ms"]) == (header, milliseconds)


def test_an_error_without_a_hint_has_none() -> None:
    response = error_response(GatewayError("no"))
    assert "retry-after" not in response.headers
    assert "retry-after-ms" not in response.headers


# The log


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [fields_of(record) for record in caplog.records if record.name == "llms.request"]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_a_request_is_one_line(serve: Serve, upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    site = await serve(models={"fast": ["mine/gone", "mine/big"]})
    upstream.script(refused(404), streamed(*sse(*text_chunks("Hello"))))
    await site.chat(model="fast", stream=True, headers={"x-request-id": "mine-1"})
    await site.idle()
    [line] = lines(caplog)
    assert line.pop("ms") >= 0
    assert line == {
        "id": "mine-1",
        "method": "POST",
        "path": "/v1/chat/completions",
        "status": 200,
        "model": "mine/big",
        "stream": True,
        "key": "anonymous",
        "attempts": 2,
        "tokens": "7+3",
    }


async def test_how_a_call_ended_is_in_its_line(
    site: Site, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello"))[:2], Gate()))
    async with RawCall(f"{site.url}/v1/chat/completions", {**CHAT, "stream": True}) as call:
        await call.until(b"Hello")
    await upstream.closed(1)
    await site.idle()
    async with asyncio.timeout(5):
        while not lines(caplog):
            await asyncio.sleep(0)
    [line] = lines(caplog)
    assert (line["status"], line["ended"]) == (499, "disconnected")


async def test_no_secret_and_no_prompt_gets_into_an_answer_or_a_log(
    serve: Serve, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    site = await serve(auth={"keys": {"blue": "canary-gateway-0123456789"}})
    ours = {"Authorization": "Bearer canary-gateway-0123456789"}
    upstream.script(
        refused(401, f"Incorrect API key provided: {CANARY}"),
        refused(400, f"Incorrect API key provided: {CANARY}"),
        refused(500, f"Bearer {CANARY} failed"),
        streamed(*sse(*text_chunks("Hello"))[:2], b"data: " + CANARY.encode() + b"\n\n"),
        answered({"error": {"message": CANARY, "code": 500}}),
    )
    bodies = [(await site.chat(headers=ours, stream=stream)).body for stream in (False, False, True, True, False)]
    said = {"messages": [{"role": "user", "content": "canary-prompt"}], "user": "canary-user"}
    bodies.append((await site.chat(headers=ours, **said)).body)
    bodies.append((await site.chat(headers={"x-api-key": "canary-wrong"})).body)
    bodies.append((await site.ask("/v1/models?key=canary-query")).body)
    bodies.append((await site.ask("/v1/chat/completions", data=b'{"model": "canary-body"', headers=ours)).body)
    await site.idle()
    assert all(b"canary" not in body for body in bodies)
    logged = [(each.getMessage(), fields_of(each), each.exc_text) for each in caplog.records]
    assert "canary" not in str(logged)
    assert len(lines(caplog)) == len(bodies)
