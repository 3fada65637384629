"""Embeddings as OpenAI's SDK asks for them, through the gateway, from providers of several dialects."""

import base64
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.fakes.openai_wire import answered, refused
from tests.fakes.upstream import Upstream
from tests.server.conftest import Serve, Site

VECTORS = [[0.5, -0.25, 1.0], [0.0, 2.0, -1.5]]
BASE64 = [base64.b64encode(struct.pack("<3f", *vector)).decode() for vector in VECTORS]


def listed(vectors: list[Any]) -> dict[str, Any]:
    data = [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(vectors)]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}


@pytest.fixture
async def sdk(site: Site) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key="any", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("given", [VECTORS, BASE64], ids=["a provider of numbers", "a provider of base64"])
@pytest.mark.parametrize("extra", [{}, {"encoding_format": "float"}], ids=["by default", "as numbers"])
async def test_the_sdk_gets_its_vectors(
    sdk: openai.AsyncOpenAI, upstream: Upstream, given: list[Any], extra: dict[str, Any]
) -> None:
    upstream.script(answered(listed(given)))
    answer = await sdk.embeddings.create(model="mine/big", input=["a", "b"], **extra)
    assert [each.embedding for each in answer.data] == VECTORS
    assert answer.usage.prompt_tokens == 5
    request = await upstream.received(1)
    assert request.path == "/v1/embeddings"
    assert request.json["model"] == "big"


async def test_base64_is_little_endian_floats(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(listed(VECTORS)))
    body = {"model": "big", "input": "a", "encoding_format": "base64"}
    answer = await site.ask("/v1/embeddings", body)
    assert [each["embedding"] for each in answer.json["data"]] == BASE64


async def test_what_the_provider_adds_and_what_the_client_adds_passes(site: Site, upstream: Upstream) -> None:
    upstream.script(answered({**listed(VECTORS), "cost": 0.1}))
    body = {"model": "big", "input": [[1, 2], [3]], "dimensions": 3, "user": "u", "extra": {"a": 1}}
    answer = await site.ask("/v1/embeddings", body)
    assert answer.json["cost"] == 0.1
    assert (await upstream.received(1)).json == body


async def test_the_headers_are_those_of_a_chat(site: Site, upstream: Upstream) -> None:
    upstream.script(answered(listed(VECTORS)))
    answer = await site.ask("/v1/embeddings", {"model": "mine/org/small", "input": "a"}, headers={"x-request-id": "e1"})
    assert answer.headers["x-request-id"] == "e1"
    assert (answer.headers["x-llms-provider"], answer.headers["x-llms-model"]) == ("mine", "org/small")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": "a"}, "model"),
        ({"model": 1, "input": "a"}, "model"),
        ({"model": "big"}, "input"),
        ({"model": "big", "input": []}, "input"),
        ({"model": "big", "input": "a", "stream": True}, "stream"),
    ],
)
async def test_a_body_that_cannot_be_meant_is_refused(
    site: Site, upstream: Upstream, body: dict[str, Any], param: str
) -> None:
    answer = await site.ask("/v1/embeddings", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert upstream.requests == []


async def test_an_error_of_the_provider_keeps_its_status(site: Site, upstream: Upstream) -> None:
    upstream.script(refused(429, "slow down"))
    answer = await site.ask("/v1/embeddings", {"model": "big", "input": "a"})
    assert (answer.status, answer.error["message"]) == (429, "mine/big: slow down")


async def test_an_answer_without_embeddings_is_malformed(site: Site, upstream: Upstream) -> None:
    upstream.script(answered({"object": "list", "data": [{"text": "hello"}]}))
    answer = await site.ask("/v1/embeddings", {"model": "big", "input": "a"})
    assert (answer.status, answer.error["code"]) == (502, "upstream_malformed")


async def test_the_next_route_answers_where_one_fails(serve: Serve, upstream: Upstream) -> None:
    site = await serve(models={"vectors": ["mine/big", "mine/org/small"]})
    upstream.script(refused(503), answered(listed(VECTORS)))
    answer = await site.ask("/v1/embeddings", {"model": "vectors", "input": "a"})
    assert answer.status == 200
    assert answer.headers["x-llms-attempts"] == "2"


async def test_a_key_is_needed_where_keys_are(serve: Serve) -> None:
    site = await serve(auth={"keys": {"me": "k"}})
    assert (await site.ask("/v1/embeddings", {"model": "big", "input": "a"})).status == 401


async def test_a_provider_without_embeddings_names_those_with_them(serve: Serve, upstream: Upstream) -> None:
    site = await serve()
    answer = await site.ask("/v1/embeddings", {"model": "demo/guide", "input": "a"})
    assert (answer.status, answer.error["code"]) == (404, "endpoint_not_supported")
    assert answer.error["message"].endswith("by demo; these providers have it: mine.")


async def test_the_usage_is_in_the_record(site: Site, upstream: Upstream) -> None:
    class Records:
        def __init__(self) -> None:
            self.tokens: list[Any] = []

        def finished(self, record: Any) -> None:
            self.tokens.append(record.usage)

    records = Records()
    site.gateway.measuring.observers.append(records)
    upstream.script(answered(listed(VECTORS)))
    await site.ask("/v1/embeddings", {"model": "big", "input": "a"})
    site.gateway.measuring.ends.settle()
    assert json.dumps(records.tokens) == '[{"prompt_tokens": 5, "total_tokens": 5}]'
