"""The request: checked as far as the gateway needs it, told precisely what is wrong, and passed on untouched."""

import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from llms.errors import BadRequest
from llms.server.chat import checked, read_object, timeouts_of
from tests.fakes.openai_wire import answered, completion, sse, streamed, text_chunks
from tests.fakes.upstream import Gate, Reply, Upstream
from tests.server.conftest import CHAT, Serve, Site

HI = [{"role": "user", "content": "hi"}]


def read(body: Any) -> dict[str, Any]:
    return dict(checked(read_object(json.dumps(body).encode())))


GOOD: list[dict[str, Any]] = [
    {"model": "m", "messages": HI},
    {"model": "m", "messages": HI, "stream": None, "stream_options": None},
    {"model": "m", "messages": HI, "stream": False, "temperature": "warm", "tools": 7, "nobody": {"knows": [None]}},
    {"model": "m", "messages": [{"role": "user"}, {"role": "odd", "content": [{"type": "new"}], "name": None}]},
]


@pytest.mark.parametrize("body", GOOD)
def test_what_the_gateway_does_not_need_is_not_looked_at(body: dict[str, Any]) -> None:
    assert read(body) == body


FAULTS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"messages": HI}, "model", "missing_required_parameter", "'model' is missing: it must be a model name"),
    ({"model": None, "messages": HI}, "model", "missing_required_parameter", "'model' is missing"),
    ({"model": "", "messages": HI}, "model", "invalid_type", "'model' must be a model name, not an empty string"),
    ({"model": 7, "messages": HI}, "model", "invalid_type", "'model' must be a model name, not a number"),
    ({"model": "m"}, "messages", "missing_required_parameter", "'messages' is missing: it must be a list"),
    ({"model": "m", "messages": []}, "messages", "invalid_type", "not an empty list"),
    ({"model": "m", "messages": "canary"}, "messages", "invalid_type", "not a string"),
    ({"model": "m", "messages": {"a": 1}}, "messages", "invalid_type", "not an object"),
    ({"model": "m", "messages": [*HI, "canary"]}, "messages[1]", "invalid_type", "an object with a role, not a string"),
    ({"model": "m", "messages": [None]}, "messages[0]", "missing_required_parameter", "'messages[0]' is missing"),
    ({"model": "m", "messages": [{"content": "canary"}]}, "messages[0]", "invalid_type", "an object with a role"),
    ({"model": "m", "messages": [{"role": 7}]}, "messages[0]", "invalid_type", "an object with a role"),
    ({"model": "m", "messages": HI, "stream": "true"}, "stream", "invalid_type", "true or false, not a string"),
    ({"model": "m", "messages": HI, "stream": 1}, "stream", "invalid_type", "true or false, not a number"),
    ({"model": "m", "messages": HI, "stream": 0}, "stream", "invalid_type", "true or false, not a number"),
    ({"model": "m", "messages": HI, "stream": []}, "stream", "invalid_type", "not an empty list"),
    (
        {"model": "m", "messages": HI, "stream_options": True},
        "stream_options",
        "invalid_type",
        "an object, not a boolean",
    ),
]


@pytest.mark.parametrize(("body", "param", "code", "message"), FAULTS)
def test_a_fault_is_told_with_its_field_and_never_its_content(
    body: dict[str, Any], param: str, code: str, message: str
) -> None:
    with pytest.raises(BadRequest) as raised:
        read(body)
    assert (raised.value.param, raised.value.code, raised.value.status) == (param, code, 400)
    assert message in raised.value.message
    assert "canary" not in raised.value.message


@pytest.mark.parametrize("raw", [b"", b"{", b"canary", b"\xff", b"[]", b"null", b'"canary"', b"7"])
def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest) as raised:
        read_object(raw)
    assert (raised.value.code, raised.value.param) == ("invalid_json", None)
    assert "canary" not in raised.value.message


@pytest.mark.parametrize(
    ("extra", "added"),
    [(None, {}), ({}, {}), ({"top_k": 7}, {"top_k": 7}), ({"model": "other"}, {}), ("x", {}), ([1], {})],
)
def test_nested_extra_fields_are_merged_beneath_the_others(extra: object, added: dict[str, Any]) -> None:
    assert read({**CHAT, "extra_body": extra}) == {**CHAT, **added}


async def test_unknown_fields_reach_the_provider(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    await site.chat(top_k=7, vendor={"a": [None]}, extra_body={"min_p": 0.5})
    assert upstream.requests[0].json == {**CHAT, "model": "big", "top_k": 7, "vendor": {"a": [None]}, "min_p": 0.5}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"model": 7}'])
async def test_a_bad_body_is_a_400_in_openais_shape(site: Site, upstream: Upstream, body: bytes) -> None:
    answer = await site.ask("/v1/chat/completions", data=body)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert upstream.requests == []


@pytest.mark.parametrize("depth", [300, 1000])
@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/v1/chat/completions", b'"messages": [{"role": "user", "content": "hi"}]'),
        ("/v1/chat/completions", b'"messages": [{"role": "user", "content": "hi"}], "stream": true'),
        ("/v1/embeddings", b'"input": "hi"'),
        ("/v1/completions", b'"prompt": "hi"'),
    ],
)
async def test_what_is_nested_too_deeply_to_be_passed_on_is_a_400(
    site: Site, upstream: Upstream, path: str, rest: bytes, depth: int
) -> None:
    nested = b"[" * depth + b"]" * depth
    answer = await site.ask(path, data=b'{"model": "mine/big", "x": ' + nested + b", " + rest + b"}")
    assert (answer.status, answer.error["code"]) == (400, "nested_too_deeply")
    assert not upstream.requests


async def test_a_model_that_is_not_there_is_a_404(site: Site) -> None:
    answer = await site.chat(model="mine2/big")
    assert (answer.status, answer.error["code"], answer.error["param"]) == (404, "model_not_found", "model")
    assert "'mine/big'" in answer.error["message"]


async def test_a_body_that_is_too_large_is_a_413(serve: Serve, upstream: Upstream) -> None:
    site = await serve({"max_body_mb": 0.01})
    answer = await site.chat(padding="x" * 20_000)
    assert (answer.status, answer.error["code"]) == (413, "request_too_large")
    assert str(int(0.01 * 1024 * 1024)) in answer.error["message"]
    assert upstream.requests == []
    upstream.script(answered(completion()))
    assert (await site.chat(padding="x" * 5_000)).status == 200


async def test_a_large_body_passes_where_it_may(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(completion()))
    image = "x" * (3 << 20)
    assert (await site.chat(messages=[{"role": "user", "content": image}])).status == 200
    assert upstream.requests[0].json["messages"][0]["content"] == image


# Keys


KEYS = {"keys": {"blue": "canary-blue-0123456789"}}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/models/mine/big", "/cancel"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer canary-wrong-0123456789"}])
async def test_without_a_known_key_nothing_is_served(serve: Serve, path: str, headers: dict[str, str]) -> None:
    site = await serve(auth=KEYS)
    body = None if path.startswith("/v1/models") else {**CHAT, "stream_id": "x"}
    answer = await site.ask(path, body, headers=headers)
    assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")
    assert b"canary" not in answer.body


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "api-key"])
async def test_a_known_key_is_served_wherever_it_comes(serve: Serve, upstream: Upstream, header: str) -> None:
    site = await serve(auth=KEYS)
    upstream.script(answered(completion()))
    key = "canary-blue-0123456789"
    answer = await site.chat(headers={header: f"Bearer {key}" if header == "Authorization" else key})
    assert answer.status == 200
    assert key not in str(upstream.requests[0].headers)


# Timers


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("timer", "name"), [("first-token", "first_token"), ("total", "total")])
async def test_a_request_sets_its_own_timers(
    site: Site, upstream: Upstream, timer: str, name: str, stream: bool
) -> None:
    upstream.script(Reply(before=(Gate(),)))
    answer = await site.chat(stream=stream, headers={f"x-llms-timeout-{timer}": "0.03"})
    assert (answer.status, answer.error["code"], answer.error["type"]) == (504, name, "timeout_error")
    assert "0.03 s" in answer.error["message"]
    await upstream.closed(1)


async def test_silence_in_the_middle_of_a_stream_is_the_idle_timer(site: Site, upstream: Upstream) -> None:
    upstream.script(streamed(*sse(*text_chunks("Hello"))[:2], Gate()))
    answer = await site.chat(stream=True, headers={"x-llms-timeout-idle": "0.03"})
    assert answer.status == 200
    assert (answer.chunks[-1]["error"]["code"], answer.chunks[-1]["error"]["type"]) == ("idle", "timeout_error")


async def test_the_timers_of_the_provider_are_in_force(serve: Serve, upstream: Upstream) -> None:
    mine = {"base_url": upstream.url, "timeouts": {"first_token": 0.03}}
    site = await serve(providers={"mine": mine})
    upstream.always(Reply(before=(Gate(),)))
    answer = await site.chat(stream=True)
    assert (answer.status, answer.error["code"]) == (504, "first_token")


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf", "1e9", ""])
async def test_a_timer_that_is_no_time_is_refused(site: Site, value: str) -> None:
    answer = await site.chat(headers={"x-llms-timeout-idle": value})
    assert (answer.status, answer.error["param"]) == (400, "x-llms-timeout-idle")


async def test_how_long_an_sdk_waits_bounds_a_whole_answer(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply(before=(Gate(),)))
    answer = await site.chat(headers={"x-stainless-read-timeout": "0.03"})
    assert (answer.status, answer.error["code"]) == (504, "total")
    await upstream.closed(1)


async def test_javascripts_sdk_says_so_in_whole_seconds() -> None:
    request = make_mocked_request("POST", "/", headers={"X-Stainless-Timeout": "1"})
    assert timeouts_of(request, stream=False).total_s == 2.0
    assert timeouts_of(request, stream=True).total_s is None


@pytest.mark.parametrize("value", ["600", "soon", "0"])
async def test_the_hint_of_an_sdk_never_fails_a_request(site: Site, upstream: Upstream, value: str) -> None:
    upstream.script(answered(completion()))
    assert (await site.chat(headers={"x-stainless-read-timeout": value})).status == 200


async def test_how_long_an_sdk_waits_for_a_read_does_not_bound_a_stream(site: Site, upstream: Upstream) -> None:
    gate = Gate()
    upstream.script(streamed(*sse(*text_chunks("Hello"))[:2], gate, *sse(*text_chunks("Hello"))[2:]))
    async with site.open_chat(stream=True, headers={"x-stainless-read-timeout": "0.001"}) as response:
        await response.content.readany()
        gate.open()
        assert (await response.read()).endswith(b"[DONE]\n\n")


async def test_while_shutting_down_new_calls_are_refused_retryably(site: Site, upstream: Upstream) -> None:
    site.gateway.draining = True
    answer = await site.chat(stream=True)
    assert (answer.status, answer.error["code"], answer.headers["retry-after"]) == (503, "draining", "1")
    assert upstream.requests == []
