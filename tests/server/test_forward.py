"""Endpoints that are passed on: the bytes, the errors, and every way to end early."""

import asyncio
import gzip
import io
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest

from tests.fakes.openai_wire import answered, refused
from tests.fakes.raw_client import RawCall
from tests.fakes.upstream import Gate, Reply, Upstream, bytewise
from tests.server.conftest import Serve, Site

EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
MP3 = {"content-type": "audio/mpeg", "content-disposition": 'attachment; filename="speech.mp3"'}
SOUND = bytes(range(256)) * 40


def response_event(kind: str, number: int, **fields: Any) -> bytes:
    told = json.dumps({"type": kind, "sequence_number": number, **fields}, indent=None)
    return f"event: {kind}\ndata: {told}\n\n".encode()


RESPONSE = {"id": "resp_1", "object": "response", "created_at": 1, "model": "big", "output": [], "status": "completed"}
DELTA = {"item_id": "m1", "output_index": 0, "content_index": 0}
STREAM = [
    response_event("response.created", 0, response=RESPONSE),
    response_event("response.output_text.delta", 1, **DELTA, delta="Hél"),
    b": the provider's own comment\n\n",
    response_event("response.output_text.delta", 2, **DELTA, delta="lo"),
    response_event("response.completed", 3, response=RESPONSE),
]


@pytest.fixture
async def sdk(site: Site) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key="any", max_retries=0) as client:
        yield client


async def test_a_response_streams_through_the_sdk(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(Reply(bytewise(b"".join(STREAM)), headers=EVENTS))
    stream = await sdk.responses.create(model="mine/big", input="hi", stream=True)
    events = [event async for event in stream]
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Héllo"
    assert events[-1].type == "response.completed"
    request = await upstream.received(1)
    assert (request.path, request.json) == ("/v1/responses", {"model": "big", "input": "hi", "stream": True})
    assert request.headers["authorization"].startswith("Bearer sk-canary")


async def test_events_pass_byte_for_byte(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply(tuple(STREAM), headers=EVENTS))
    answer = await site.ask("/v1/responses", {"model": "big", "input": "hi", "stream": True})
    assert answer.body == b"".join(STREAM)
    assert answer.headers["content-type"] == EVENTS["content-type"]
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_whole_response_passes_byte_for_byte(site: Site, upstream: Upstream) -> None:
    odd = b'{ "id": "resp_1",\n "object":"response", "big": 12345678901234567890123, "x": 1.0 }'
    upstream.script(Reply((odd[:9], odd[9:]), headers={"content-type": "application/json; charset=utf-8"}))
    answer = await site.ask("/v1/responses", {"model": "big", "input": "hi"}, headers={"x-request-id": "r1"})
    assert answer.body == odd
    assert answer.headers["x-request-id"] == "r1"
    assert answer.headers["x-llms-provider"] == "mine"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_old_completions_stream(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    chunk = {
        "id": "c",
        "object": "text_completion",
        "created": 1,
        "model": "big",
        "choices": [{"index": 0, "text": "a"}],
    }
    wire = f"data: {json.dumps(chunk)}\n\n".encode()
    upstream.script(Reply((wire, wire, b"data: [DONE]\n\n"), headers=EVENTS))
    stream = await sdk.completions.create(model="big", prompt="hi", stream=True)
    assert [piece.choices[0].text async for piece in stream] == ["a", "a"]
    assert (await upstream.received(1)).path == "/v1/completions"


async def test_moderations_need_no_model(serve: Serve, upstream: Upstream) -> None:
    mine = {"base_url": upstream.url, "api_key": "k", "models": ["omni-moderation-latest"]}
    site = await serve(providers={"mine": mine})
    upstream.script(answered({"id": "modr-1", "model": "omni-moderation-latest", "results": []}))
    async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key="any", max_retries=0) as sdk:
        assert (await sdk.moderations.create(input="hello")).id == "modr-1"
    request = await upstream.received(1)
    assert (request.path, request.json["model"]) == ("/v1/moderations", "omni-moderation-latest")


async def test_images(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(answered({"created": 1, "data": [{"b64_json": "aGk="}]}))
    image = await sdk.images.generate(model="mine/big", prompt="a cat")
    assert image.data is not None
    assert image.data[0].b64_json == "aGk="
    assert (await upstream.received(1)).path == "/v1/images/generations"


async def test_speech_comes_as_it_is_made(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    pause = Gate()
    upstream.script(Reply((SOUND[:5000], pause, SOUND[5000:]), headers=MP3))
    speech = sdk.audio.speech.with_streaming_response.create(model="big", voice="alloy", input="hi")
    async with speech as response:
        assert response.headers["content-type"] == "audio/mpeg"
        assert response.headers["content-disposition"] == MP3["content-disposition"]
        pieces = response.iter_bytes()
        first = await anext(pieces)
        assert SOUND.startswith(first)
        pause.open()
        assert first + b"".join([piece async for piece in pieces]) == SOUND


async def test_a_transcription_passes_through_the_sdk(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(answered({"text": "hello"}))
    heard = await sdk.audio.transcriptions.create(model="mine/org/small", file=("a.mp3", SOUND), language="en")
    assert heard.text == "hello"
    request = await upstream.received(1)
    assert request.path == "/v1/audio/transcriptions"
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert int(request.headers["content-length"]) == len(request.body)
    assert SOUND in request.body
    assert b'name="model"\r\n\r\norg/small\r\n' in request.body
    assert b"mine/" not in request.body


def form(*fields: tuple[str, Any]) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in fields:
        part = writer.append(value)
        named: dict[str, Any] = {"filename": "a.mp3"} if name == "file" else {}
        part.set_content_disposition("form-data", name=name, **named)
    return writer


async def test_a_form_is_sent_on_before_all_of_it_is_here(site: Site, upstream: Upstream) -> None:
    more = asyncio.Event()

    async def sound() -> AsyncIterator[bytes]:
        yield SOUND
        await more.wait()
        yield SOUND

    upstream.script(answered({"text": "hello"}))
    body = form(("model", "big"), ("file", sound()))
    asking = asyncio.get_running_loop().create_task(site.session.post(site.url + "/v1/audio/transcriptions", data=body))
    while not upstream.connections:
        await asyncio.sleep(0)  # it connects while the client still holds back the rest
    more.set()
    async with await asking as response:
        assert await response.json() == {"text": "hello"}
    request = await upstream.received(1)
    assert request.body.count(SOUND) == 2
    assert request.headers["transfer-encoding"] == "chunked"


async def test_a_packed_form_is_unpacked(site: Site, upstream: Upstream) -> None:
    upstream.script(answered({"text": "hello"}))
    part = b'--a\r\ncontent-disposition: form-data; name="model"\r\n\r\nbig\r\n--a--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=a", "content-encoding": "gzip"}
    answer = await site.ask("/v1/audio/transcriptions", data=gzip.compress(part), headers=headers)
    assert answer.status == 200
    request = await upstream.received(1)
    assert request.body == part
    assert "content-encoding" not in request.headers


async def test_a_form_larger_than_a_body_may_be_passes_where_the_model_comes_first(
    serve: Serve, upstream: Upstream
) -> None:
    site = await serve(server={"max_body_mb": 1})
    upstream.always(answered({"text": "hello"}))
    large = io.BytesIO(b"x" * 1_500_000)
    async with site.session.post(
        site.url + "/v1/audio/transcriptions", data=form(("model", "big"), ("file", large))
    ) as response:
        assert response.status == 200
    assert len((await upstream.received(1)).body) > 1_500_000


async def test_a_large_file_before_the_model_is_refused(serve: Serve, upstream: Upstream) -> None:
    site = await serve(server={"max_body_mb": 1})
    body = form(("file", io.BytesIO(b"x" * 1_500_000)), ("model", "big"))
    async with site.session.post(site.url + "/v1/audio/transcriptions", data=body) as response:
        assert response.status == 413
        assert "before the file" in (await response.json())["error"]["message"]
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("body", "content_type", "param"),
    [
        (b"--a\r\n\r\nx\r\n--a--", "multipart/form-data; boundary=a", "model"),
        (b"{}", "application/json", None),
        (b"", "", None),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    site: Site, body: bytes, content_type: str, param: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = await site.ask("/v1/audio/transcriptions", data=body, headers=headers)
    assert (answer.status, answer.error["param"]) == (400, param)


async def test_a_form_with_two_models_goes_nowhere(site: Site, upstream: Upstream) -> None:
    upstream.always(answered({"text": "hello"}))
    body = form(("model", "big"), ("file", SOUND * 20), ("model", "org/small"))
    async with site.session.post(site.url + "/v1/audio/transcriptions", data=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["param"] == "model"
    assert upstream.requests == []


async def test_a_form_that_was_not_sent_yet_goes_to_the_next_route(serve: Serve, upstream: Upstream) -> None:
    down = {"base_url": "http://127.0.0.1:1/v1", "api_key": "k", "models": ["big"]}
    mine = {"base_url": upstream.url, "api_key": "k", "models": ["small"]}
    site = await serve(providers={"down": down, "mine": mine}, models={"ears": ["down/big", "mine/small"]})
    upstream.script(answered({"text": "hello"}))
    async with site.session.post(
        site.url + "/v1/audio/transcriptions", data=form(("file", SOUND), ("model", "ears"))
    ) as response:
        assert response.status == 200
        assert response.headers["x-llms-attempts"] == "2"
    assert b"\r\n\r\nsmall\r\n" in (await upstream.received(1)).body


async def test_a_form_that_is_gone_goes_nowhere_else(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"ears": ["mine/big", "mine/org/small"]})
    upstream.always(refused(503))
    body = form(("model", "ears"), ("file", SOUND * 100))
    async with site.session.post(site.url + "/v1/audio/transcriptions", data=body) as response:
        assert response.status == 503
    assert len(upstream.requests) == 1


JSON_ENDPOINTS = ["completions", "responses", "moderations", "images/generations", "audio/speech"]


@pytest.mark.parametrize("endpoint", JSON_ENDPOINTS)
async def test_an_error_of_the_provider_keeps_its_status(site: Site, upstream: Upstream, endpoint: str) -> None:
    upstream.script(refused(400, "no such voice", code="bad_voice"))
    answer = await site.ask(f"/v1/{endpoint}", {"model": "big"})
    assert answer.status == 400
    assert answer.error["message"] == "mine/big: no such voice"
    assert answer.error["code"] == "bad_voice"


@pytest.mark.parametrize("endpoint", ["responses", "embeddings"])
async def test_the_key_is_not_in_an_error_that_quotes_it(serve: Serve, upstream: Upstream, endpoint: str) -> None:
    mine = {"base_url": upstream.url, "api_key": "open sesame", "models": ["big"]}
    site = await serve(providers={"mine": mine})
    upstream.script(refused(400, "'open sesame' may not do this"))
    answer = await site.ask(f"/v1/{endpoint}", {"model": "big", "input": "hi"})
    assert (answer.status, answer.error["message"]) == (400, "mine/big: '[redacted]' may not do this")


@pytest.mark.parametrize("endpoint", JSON_ENDPOINTS)
@pytest.mark.parametrize("model", ["nothing-like-it", "demo/guide"])
async def test_no_model_and_no_endpoint_are_two_answers(site: Site, endpoint: str, model: str) -> None:
    answer = await site.ask(f"/v1/{endpoint}", {"model": model})
    code = "endpoint_not_supported" if model == "demo/guide" else "model_not_found"
    assert (answer.status, answer.error["code"]) == (404, code)
    assert ("mine" in answer.error["message"]) == (model == "demo/guide")


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b"{}", b'{"model": ""}', b'{"model": "big", "stream": "yes"}', b'{"model": "big", "stream": 1}'],
)
async def test_a_body_that_cannot_be_meant_is_refused(site: Site, upstream: Upstream, body: bytes) -> None:
    assert (await site.ask("/v1/responses", data=body)).status == 400
    assert upstream.requests == []


async def test_a_key_is_needed_where_keys_are(serve: Serve) -> None:
    site = await serve(auth={"keys": {"me": "k"}})
    for endpoint in [*JSON_ENDPOINTS, "audio/transcriptions"]:
        assert (await site.ask(f"/v1/{endpoint}", {"model": "big"})).status == 401


async def test_the_next_route_answers_where_one_fails_before_its_first_byte(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"fast": ["mine/big", "mine/org/small"]})
    upstream.script(refused(503), Reply(tuple(STREAM), headers=EVENTS))
    answer = await site.ask("/v1/responses", {"model": "fast", "input": "hi", "stream": True})
    assert answer.body == b"".join(STREAM)
    assert [request.model for request in upstream.requests] == ["big", "org/small"]


async def test_routes_without_the_endpoint_are_passed_over(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"fast": ["demo/guide", "mine/big"]})
    upstream.script(answered(RESPONSE))
    answer = await site.ask("/v1/responses", {"model": "fast", "input": "hi"})
    assert (answer.status, answer.headers["x-llms-attempts"]) == (200, "1")


async def test_a_stream_that_breaks_off_ends_in_an_error_the_sdk_raises(
    sdk: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    upstream.script(Reply((STREAM[0], STREAM[1][:30]), headers=EVENTS, end="reset"))
    stream = await sdk.responses.create(model="big", input="hi", stream=True)
    with pytest.raises(openai.APIError, match="broke the answer off"):
        [event async for event in stream]


@pytest.mark.parametrize(("endpoint", "start"), [("responses", b"event: error\ndata: "), ("completions", b"data: ")])
async def test_what_follows_the_last_whole_event_is_the_error(
    site: Site, upstream: Upstream, endpoint: str, start: bytes
) -> None:
    upstream.script(Reply((STREAM[0] + STREAM[1][:30],), headers=EVENTS, end="fin"))
    answer = await site.ask(f"/v1/{endpoint}", {"model": "big", "stream": True})
    assert answer.body.startswith(STREAM[0] + start)
    error = json.loads(answer.body.removeprefix(STREAM[0] + start))
    assert error["error"]["code"] == "upstream_malformed"


async def test_a_sound_that_breaks_off_is_no_whole_one(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply((SOUND,), headers=MP3, end="reset"))
    async with RawCall(site.url + "/v1/audio/speech", {"model": "big", "input": "hi", "voice": "alloy"}) as call:
        assert await call.head() == 200
        received = await call.end()
    assert not received.endswith(b"0\r\n\r\n")
    await site.idle()


async def test_what_an_answer_costs_is_in_the_record(site: Site, upstream: Upstream) -> None:
    records: list[Any] = []

    class Observer:
        def finished(self, record: Any) -> None:
            records.append(record)

    site.gateway.measuring.observers.append(Observer())
    usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    completed = response_event("response.completed", 1, response={**RESPONSE, "usage": usage})
    upstream.script(Reply((STREAM[0], completed), headers=EVENTS), answered({**RESPONSE, "usage": usage}))
    for stream in (True, False):
        await site.ask("/v1/responses", {"model": "big", "stream": stream})
    site.gateway.measuring.ends.settle()
    assert [record.usage["completion_tokens"] for record in records] == [3, 3]
    assert [(record.outcome, record.provider, record.model) for record in records] == [("finished", "mine", "big")] * 2


async def test_an_empty_answer_is_empty(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply(headers=MP3, framing="length"))
    answer = await site.ask("/v1/audio/speech", {"model": "big"})
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", "audio/mpeg")


async def test_a_client_that_leaves_ends_the_exchange(site: Site, upstream: Upstream) -> None:
    for endpoint, parts in itertools.product(["responses", "audio/speech"], [(), (STREAM[0],)]):
        silence = Gate()
        upstream.script(Reply((*parts, silence), headers=EVENTS))
        async with RawCall(f"{site.url}/v1/{endpoint}", {"model": "big", "stream": True}) as call:
            await silence.reached()
            call.leave()
        await upstream.closed(len(upstream.requests))
    await site.idle()


async def test_a_client_that_leaves_while_it_sends_ends_the_exchange(site: Site, upstream: Upstream) -> None:
    half = b'--a\r\ncontent-disposition: form-data; name="model"\r\n\r\nbig\r\n--a\r\n\r\n' + SOUND
    headers = {"content-type": "multipart/form-data; boundary=a", "content-length": "1000000", "x-request-id": "half"}
    async with RawCall(site.url + "/v1/audio/transcriptions", headers=headers) as call:
        assert call._writer is not None
        call._writer.write(half)
        while not upstream.connections:
            await asyncio.sleep(0)
        call.leave()
    await asyncio.wait_for(upstream.connections[0].closed(), 5)
    await site.idle()


async def test_a_forwarded_call_can_be_cancelled(site: Site, upstream: Upstream) -> None:
    silence = Gate()
    upstream.script(Reply((STREAM[0], silence), headers=EVENTS))
    body = json.dumps({"model": "big", "stream": True}).encode()
    async with site.session.post(site.url + "/v1/responses", data=body, headers={"x-request-id": "c1"}) as response:
        await response.content.readuntil(b"\n\n")
        cancelled = await site.ask("/v1/chat/completions/c1/cancel", method="POST")
        assert cancelled.json["status"] == "cancelled"
        assert b'"code":"cancelled"' in await response.read()
    await upstream.closed(1)


async def test_silence_is_bridged_between_events(serve: Serve, upstream: Upstream) -> None:
    site = await serve(server={"grace_s": 0.02, "keepalive_s": 0.02})
    silence = Gate()
    upstream.script(Reply((silence, *STREAM), headers=EVENTS))
    body = json.dumps({"model": "big", "stream": True}).encode()
    async with site.session.post(site.url + "/v1/responses", data=body) as response:
        assert await response.content.readuntil(b"\n\n") == b": keepalive\n\n"
        silence.open()
        rest = await response.read()
    assert rest.replace(b": keepalive\n\n", b"") == b"".join(STREAM)


async def test_sound_is_never_opened_as_events(serve: Serve, upstream: Upstream) -> None:
    site = await serve(server={"grace_s": 0.01, "keepalive_s": 0.01})
    silence = Gate()
    upstream.script(Reply((SOUND,), headers=MP3, before=(silence,)))
    asking = asyncio.get_running_loop().create_task(site.ask("/v1/audio/speech", {"model": "big", "stream": True}))
    await silence.reached()
    await asyncio.sleep(0.05)
    silence.open()
    answer = await asking
    assert (answer.headers["content-type"], answer.body) == ("audio/mpeg", SOUND)


async def test_the_first_byte_of_a_stream_has_its_time(site: Site, upstream: Upstream) -> None:
    upstream.script(Reply((Gate(),), headers=EVENTS))
    headers = {"x-llms-timeout-first-token": "0.05"}
    answer = await site.ask("/v1/responses", {"model": "big", "stream": True}, headers=headers)
    assert (answer.status, answer.error["code"]) == (504, "first_token")
