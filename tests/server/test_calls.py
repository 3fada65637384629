"""Ending a call by the id of its request."""

import asyncio
from typing import Any

import pytest

from tests.fakes.openai_wire import answered, completion, sse, streamed, text_chunks
from tests.fakes.upstream import Gate, Reply, Upstream
from tests.server.conftest import Serve, Site

STALLED = (*sse(*text_chunks("Hello"))[:2],)
BLUE, RED = {"Authorization": "Bearer canary-blue-0123456789"}, {"Authorization": "Bearer canary-red-0123456789"}
KEYS = {"keys": {"blue": "canary-blue-0123456789", "red": "canary-red-0123456789"}}


def path(call_id: str) -> str:
    return f"/v1/chat/completions/{call_id}/cancel"


async def cancelled(site: Site, call_id: str, **settings: Any) -> tuple[int, str]:
    answer = await site.ask(path(call_id), method="POST", **settings)
    assert (answer.json["id"], answer.json["object"]) == (call_id, "chat.completion.cancellation")
    return answer.status, answer.json["status"]


async def test_a_stream_is_cancelled_where_it_stands(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*STALLED, Gate()))
    async with site.open_chat(stream=True, headers={"x-request-id": "mine-1"}) as response:
        assert response.headers["x-request-id"] == "mine-1"
        await response.content.readany()
        assert await cancelled(site, "mine-1") == (200, "cancelled")
        rest = await response.read()
    await upstream.closed(1)
    assert b'"type":"cancelled"' in rest
    assert b"[DONE]" not in rest
    assert await cancelled(site, "mine-1") == (200, "finished")


@pytest.mark.parametrize("stream", [True, False])
async def test_a_call_is_cancelled_before_its_first_byte(site: Site, upstream: Upstream, stream: bool) -> None:
    upstream.script(Reply(before=(Gate(),)))
    call = asyncio.create_task(site.chat(stream=stream, headers={"x-request-id": "mine-1"}))
    await upstream.received(1)
    assert await cancelled(site, "mine-1") == (200, "cancelled")
    answer = await call
    assert (answer.status, answer.error["type"], answer.error["code"]) == (499, "cancelled", "cancelled")
    assert answer.headers["x-request-id"] == "mine-1"
    await upstream.closed(1)


async def test_a_call_that_has_ended_is_finished(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    made = await site.chat()
    assert await cancelled(site, made.headers["x-request-id"]) == (200, "finished")


async def test_a_call_that_has_ended_is_finished_for_its_owner_only(serve: Serve, upstream: Upstream) -> None:
    site = await serve(auth=KEYS)
    upstream.script(answered(completion()), answered(completion()))
    assert (await site.chat(headers={**BLUE, "x-request-id": "mine-1"})).status == 200
    assert await cancelled(site, "mine-1", headers=RED) == (404, "not_found")
    assert (await site.chat(headers={**RED, "x-request-id": "mine-1"})).status == 200
    assert await cancelled(site, "mine-1", headers=RED) == (200, "finished")
    assert await cancelled(site, "mine-1", headers=BLUE) == (200, "finished")


async def test_a_call_that_never_was_is_not_found(site: Site) -> None:
    answer = await site.ask(path("nothing"), method="POST")
    assert (answer.status, answer.json["status"]) == (404, "not_found")
    assert answer.error["param"] == "request_id"


async def test_only_the_key_that_owns_a_call_may_cancel_it(serve: Serve, upstream: Upstream) -> None:
    site = await serve(auth=KEYS)
    upstream.script(streamed(*STALLED, Gate()))
    async with site.open_chat(stream=True, headers={**BLUE, "x-request-id": "mine-1"}) as response:
        await response.content.readany()
        assert await cancelled(site, "mine-1", headers=RED) == (404, "not_found")
        assert (await site.ask(path("mine-1"), method="POST")).status == 401
        assert not upstream.connections[0].closed_at
        assert await cancelled(site, "mine-1", headers=BLUE) == (200, "cancelled")
        await response.read()
    assert await cancelled(site, "mine-1", headers=RED) == (404, "not_found")


async def test_repeated_and_simultaneous_cancels_are_safe(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*STALLED, Gate()))
    async with site.open_chat(stream=True, headers={"x-request-id": "mine-1"}) as response:
        await response.content.readany()
        results = await asyncio.gather(*(cancelled(site, "mine-1") for _ in range(8)))
        await response.read()
    assert sorted(results) == [(200, "cancelled"), *[(200, "finished")] * 7]


@pytest.mark.parametrize("field", ["stream_id", "request_id"])
async def test_the_id_may_come_in_a_body(site: Site, upstream: Upstream, field: str) -> None:
    upstream.script(streamed(*STALLED, Gate()))
    async with site.open_chat(stream=True, headers={"x-request-id": "mine-1"}) as response:
        await response.content.readany()
        assert (await site.ask("/cancel", {field: "mine-1"})).json["status"] == "cancelled"
        await response.read()


async def test_the_id_may_come_in_the_path_of_threads(site: Site) -> None:
    answer = await site.ask("/threads/cancel/nothing", method="POST")
    assert (answer.status, answer.json["status"]) == (404, "not_found")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"stream_id": 7}', b'"mine-1"'])
async def test_a_body_without_an_id_is_refused(site: Site, body: bytes) -> None:
    answer = await site.ask("/cancel", data=body)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
