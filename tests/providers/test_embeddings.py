"""Embeddings in each dialect: what is asked, and what its answers become."""

import base64
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from llms.errors import BadRequest, Malformed, Rejected, UpstreamError
from llms.providers.airefinery import AirRefineryProvider
from llms.providers.base import Provider
from llms.providers.cohere import CohereProvider
from llms.providers.google import GoogleProvider
from llms.providers.mistral import MistralProvider
from llms.providers.ollama import OllamaProvider
from llms.providers.openai import OpenAiProvider
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.types import Terms

VERTEX = "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google"


class Far:
    """A vendor that answers each request by a function of its body."""

    def __init__(self, kind: type[Provider], answer: Callable[[Any], Any], base_url: str = "", **settings: Any) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self.transport = ScriptedTransport("far", self._play)
        self.provider = kind(base_url, "key", name="mine", transport=self.transport, **settings)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.body or b"") for request in self.requests]

    def _play(self, request: Request) -> Answer:
        self.requests.append(request)
        return json_answer(self._answer(json.loads(request.body or b"")))


def numbered(texts: list[str]) -> list[list[float]]:
    """A vector per text that tells which one it is for."""
    return [[float(text), 0.5] for text in texts]


def of_gemini(body: Any) -> Any:
    texts = [each["content"]["parts"][0]["text"] for each in body["requests"]]
    return {"embeddings": [{"values": vector} for vector in numbered(texts)]}


def of_vertex(body: Any) -> Any:
    texts = [each["content"] for each in body["instances"]]
    found = [{"values": vector, "statistics": {"token_count": 2.0}} for vector in numbered(texts)]
    return {"predictions": [{"embeddings": each} for each in found]}


def of_cohere(body: Any) -> Any:
    return {"embeddings": {"float": numbered(body["texts"])}, "meta": {"billed_units": {"input_tokens": 3.0}}}


def of_ollama(body: Any) -> Any:
    return {"model": body["model"], "embeddings": numbered(body["input"]), "prompt_eval_count": 4}


def of_mistral(body: Any) -> Any:
    data = [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(numbered(body["input"]))]
    return {"object": "list", "data": data[::-1], "model": body["model"], "usage": {"prompt_tokens": 5}}


DIALECTS: Mapping[str, tuple[type[Provider], Callable[[Any], Any], str]] = {
    "gemini": (GoogleProvider, of_gemini, ""),
    "vertex": (GoogleProvider, of_vertex, VERTEX),
    "cohere": (CohereProvider, of_cohere, ""),
    "ollama": (OllamaProvider, of_ollama, ""),
    "mistral": (MistralProvider, of_mistral, ""),
}
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@every_dialect
@pytest.mark.parametrize("given", ["7", ["7", "8", "9"]], ids=["one text", "several"])
async def test_texts_become_vectors(dialect: str, given: Any) -> None:
    far = Far(*DIALECTS[dialect])
    answer = await far.provider.embed({"model": "embed-1", "input": given})
    texts = [given] if isinstance(given, str) else given
    assert answer["object"] == "list"
    assert [each["embedding"] for each in sorted(answer["data"], key=lambda each: each["index"])] == numbered(texts)
    assert answer["model"] == "embed-1"
    assert far.transport.open_exchanges == 0


@every_dialect
async def test_base64_is_made_where_the_vendor_gives_numbers(dialect: str) -> None:
    far = Far(*DIALECTS[dialect])
    answer = await far.provider.embed({"model": "m", "input": ["7"], "encoding_format": "base64"})
    assert struct.unpack("<2f", base64.b64decode(answer["data"][0]["embedding"])) == (7.0, 0.5)
    assert "encoding_format" not in far.bodies[0]


@every_dialect
async def test_an_encoding_nobody_makes_is_refused(dialect: str) -> None:
    far = Far(*DIALECTS[dialect])
    with pytest.raises(BadRequest) as raised:
        await far.provider.embed({"model": "m", "input": ["7"], "encoding_format": "int8"})
    assert (raised.value.param, far.requests) == ("encoding_format", [])


@every_dialect
@pytest.mark.parametrize("given", [[1, 2, 3], [[1], [2]], ["a", 1]])
async def test_tokens_mean_nothing_to_other_vendors(dialect: str, given: Any) -> None:
    far = Far(*DIALECTS[dialect])
    with pytest.raises(BadRequest, match="cannot be tokens"):
        await far.provider.embed({"model": "m", "input": given})
    assert far.requests == []


@every_dialect
@pytest.mark.parametrize("given", [None, [], {}, [{}], 5])
async def test_an_input_that_is_none_is_refused(dialect: str, given: Any) -> None:
    far = Far(*DIALECTS[dialect])
    with pytest.raises(BadRequest) as raised:
        await far.provider.embed({"model": "m", "input": given})
    assert raised.value.param == "input"


@every_dialect
async def test_the_user_is_dropped_and_told(dialect: str) -> None:
    far, terms = Far(*DIALECTS[dialect]), Terms()
    await far.provider.embed({"model": "m", "input": "7", "user": "u"}, terms=terms)
    assert terms.changes == [("dropped", "user")]
    with pytest.raises(BadRequest, match="strict"):
        await far.provider.embed({"model": "m", "input": "7", "user": "u"}, terms=Terms(strict=True))
    assert len(far.requests) == 1


@every_dialect
@pytest.mark.parametrize("body", [{}, [], {"embeddings": 1}, {"data": None}, {"embeddings": [{}]}, {"data": [{}]}])
async def test_an_answer_of_another_form_is_malformed(dialect: str, body: Any) -> None:
    kind, _, base_url = DIALECTS[dialect]
    with pytest.raises(Malformed):
        await Far(kind, lambda asked: body, base_url).provider.embed({"model": "m", "input": "7"})


@every_dialect
@pytest.mark.parametrize("vector", [None, ["a"], [None], 7])
async def test_a_vector_of_another_form_is_malformed(dialect: str, vector: Any) -> None:
    kind, answer, base_url = DIALECTS[dialect]
    spoiled = json.dumps(answer(_told_to(dialect, "7"))).replace("[7.0, 0.5]", json.dumps(vector))
    far = Far(kind, lambda asked: json.loads(spoiled), base_url)
    with pytest.raises(Malformed):
        await far.provider.embed({"model": "m", "input": "7", "encoding_format": "base64"})


def _told_to(dialect: str, text: str) -> Any:
    kind, _, base_url = DIALECTS[dialect]
    provider = kind(base_url, "key", name="mine", transport=ScriptedTransport("far", lambda request: Answer(())))
    assert provider.embedder is not None
    [request] = provider.embedder.requests(provider, {"model": "m", "input": text})
    return json.loads(request.body or b"")


async def test_gemini_is_asked_for_a_batch() -> None:
    far = Far(*DIALECTS["gemini"])
    await far.provider.embed(
        {"model": "models/gemini-embedding-001", "input": ["7", "8"], "dimensions": 2, "task_type": "RETRIEVAL_QUERY"}
    )
    [request] = far.requests
    assert request.url.endswith("/v1beta/models/gemini-embedding-001:batchEmbedContents")
    assert request.headers["x-goog-api-key"] == "key"
    assert far.bodies[0]["requests"][1] == {
        "model": "models/gemini-embedding-001",
        "content": {"parts": [{"text": "8"}]},
        "outputDimensionality": 2,
        "taskType": "RETRIEVAL_QUERY",
    }


async def test_vertex_is_asked_to_predict() -> None:
    far = Far(*DIALECTS["vertex"])
    answer = await far.provider.embed({"model": "text-embedding-005", "input": ["7", "8"], "dimensions": 2})
    [request] = far.requests
    assert request.url == f"{VERTEX}/models/text-embedding-005:predict"
    assert far.bodies[0] == {
        "instances": [{"content": "7"}, {"content": "8"}],
        "parameters": {"outputDimensionality": 2},
    }
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}


async def test_a_gemini_on_vertex_takes_one_text_at_a_time() -> None:
    far = Far(*DIALECTS["vertex"])
    answer = await far.provider.embed({"model": "gemini-embedding-001", "input": ["7", "8"]})
    assert [len(body["instances"]) for body in far.bodies] == [1, 1]
    assert [each["embedding"] for each in answer["data"]] == numbered(["7", "8"])


async def test_cohere_is_told_a_purpose() -> None:
    far = Far(*DIALECTS["cohere"])
    await far.provider.embed({"model": "embed-v4.0", "input": "7", "dimensions": 256})
    await far.provider.embed({"model": "embed-v4.0", "input": "7", "input_type": "search_query", "truncate": "END"})
    assert [request.url for request in far.requests] == ["https://api.cohere.com/v2/embed"] * 2
    shared = {"model": "embed-v4.0", "texts": ["7"], "embedding_types": ["float"]}
    assert far.bodies == [
        {**shared, "input_type": "search_document", "output_dimension": 256},
        {**shared, "input_type": "search_query", "truncate": "END"},
    ]


async def test_ollama_is_asked_its_own_way() -> None:
    far = Far(*DIALECTS["ollama"])
    answer = await far.provider.embed({"model": "minilm", "input": "7", "dimensions": 2, "keep_alive": "5m"})
    assert far.requests[0].url == "http://127.0.0.1:11434/api/embed"
    assert far.bodies == [{"model": "minilm", "input": ["7"], "dimensions": 2, "keep_alive": "5m"}]
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}


async def test_mistral_is_asked_in_its_words() -> None:
    far = Far(*DIALECTS["mistral"])
    await far.provider.embed({"model": "mistral-embed", "input": "7", "dimensions": 2, "output_dtype": "float"})
    assert far.requests[0].url == "https://api.mistral.ai/v1/embeddings"
    assert far.bodies == [{"model": "mistral-embed", "input": ["7"], "output_dimension": 2, "output_dtype": "float"}]


async def test_ai_refinery_is_told_as_its_sdk_tells() -> None:
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    answer = {"data": [{"index": 0, "embedding": [7.0]}], "extra_body": {"metrics": {"usage": usage}}}
    far = Far(AirRefineryProvider, lambda asked: answer)
    body = {"model": "m", "input": "7", "user": "u", "encoding_format": "base64", "input_type": "query"}
    told = await far.provider.embed(body)
    assert far.requests[0].url == "https://api.airefinery.accenture.com/v1/embeddings"
    assert far.bodies == [{"model": "m", "input": ["7"], "user": "u", "extra_body": {"input_type": "query"}}]
    assert base64.b64decode(told["data"][0]["embedding"]) == struct.pack("<f", 7.0)
    assert told["usage"] == usage


@pytest.mark.parametrize(("dialect", "most"), [("gemini", 100), ("cohere", 96)])
async def test_many_texts_are_several_requests_and_one_answer(dialect: str, most: int) -> None:
    far = Far(*DIALECTS[dialect])
    texts = [str(number) for number in range(2 * most + 1)]
    answer = await far.provider.embed({"model": "m", "input": texts})
    assert len(far.requests) == 3
    assert [each["embedding"] for each in answer["data"]] == numbered(texts)
    assert [each["index"] for each in answer["data"]] == list(range(len(texts)))


async def test_one_of_several_requests_that_fails_fails_them_all() -> None:
    def answer(body: Any) -> Any:
        if "100" in body["texts"]:
            raise Rejected("no", status=400)
        return of_cohere(body)

    far = Far(CohereProvider, answer)
    with pytest.raises(UpstreamError) as raised:
        await far.provider.embed({"model": "m", "input": [str(number) for number in range(200)]})
    assert raised.value.message == "mine/m: no"
    assert far.transport.open_exchanges == 0


async def test_openai_gets_the_body_as_it_is() -> None:
    body = {"model": "m", "input": [[1, 2]], "dimensions": 2, "user": "u", "encoding_format": "ubinary", "other": 1}
    answer = {"object": "list", "data": [{"index": 0, "embedding": "AAA"}], "cost": 1}
    far, terms = Far(OpenAiProvider, lambda asked: answer), Terms(strict=True)
    assert await far.provider.embed(body, terms=terms) == answer
    assert far.bodies == [body]


async def test_base64_that_is_none_cannot_be_numbers() -> None:
    far = Far(OpenAiProvider, lambda asked: {"data": [{"index": 0, "embedding": "not base64!"}]})
    with pytest.raises(Malformed):
        await far.provider.embed({"model": "m", "input": "7"})


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "mistral"])  # its list has indexes
async def test_fewer_vectors_than_texts_are_malformed(dialect: str) -> None:
    kind, answer, base_url = DIALECTS[dialect]
    one = answer(_told_to(dialect, "7"))
    with pytest.raises(Malformed):
        await Far(kind, lambda asked: one, base_url).provider.embed({"model": "m", "input": ["7", "8", "9"]})


async def test_a_provider_without_embeddings_says_so() -> None:
    with pytest.raises(BadRequest, match="has no embeddings"):
        await Far(Provider, dict).provider.embed({"model": "m", "input": "7"})
