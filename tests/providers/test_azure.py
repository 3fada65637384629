"""Azure OpenAI: both of its addresses, and its key header."""

import json

import pytest

from llms.providers.azure import CLASSIC_API_VERSION, AzureProvider
from llms.streaming.fold import fold
from llms.types import Chat
from tests.fakes.openai_wire import choice, chunk, completion
from tests.providers.dialect import Far

CHAT: Chat = {"model": "my-gpt", "messages": [{"role": "user", "content": "hi"}]}
HOST = "https://res.openai.azure.com"
CLASSIC = f"{HOST}/openai/deployments/my-gpt/chat/completions?api-version={CLASSIC_API_VERSION}"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (f"{HOST}/openai/v1", f"{HOST}/openai/v1/chat/completions"),
        (f"{HOST}/openai/v1/", f"{HOST}/openai/v1/chat/completions"),
        (HOST, f"{HOST}/openai/v1/chat/completions"),
        (f"{HOST}/", f"{HOST}/openai/v1/chat/completions"),
        (f"{HOST}/openai", CLASSIC),
        (f"{HOST}/openai/deployments/my-gpt", CLASSIC),
    ],
)
def test_the_address_follows_the_base_url(base_url: str, url: str) -> None:
    request = AzureProvider(base_url, "key").request(CHAT, stream=False)
    assert request.url == url
    assert request.body is not None
    assert json.loads(request.body) == CHAT


def test_the_version_of_the_classic_api_is_an_option_and_no_request_field() -> None:
    provider = AzureProvider(f"{HOST}/openai", "key", options={"api_version": "2025-01-01", "seed": 7})
    request = provider.request(CHAT, stream=True)
    assert request.url.endswith("?api-version=2025-01-01")
    assert request.body is not None
    body = json.loads(request.body)
    assert (body["seed"], body["stream"]) == (7, True)
    assert "api_version" not in body


def test_the_key_has_a_header_of_its_own() -> None:
    headers = AzureProvider(f"{HOST}/openai/v1", "key").headers()
    assert headers["api-key"] == "key"
    assert "Authorization" not in headers


def test_a_token_goes_into_the_configured_headers() -> None:
    headers = AzureProvider(f"{HOST}/openai/v1", headers={"Authorization": "Bearer token"}).headers()
    assert headers["Authorization"] == "Bearer token"
    assert "api-key" not in headers


def test_the_v1_api_lists_models() -> None:
    request = AzureProvider(f"{HOST}/openai/v1", "key").models_request()
    assert request is not None
    assert request.url == f"{HOST}/openai/v1/models"


@pytest.mark.parametrize("base_url", [f"{HOST}/openai", f"{HOST}/openai/deployments/my-gpt"])
async def test_the_classic_api_lists_no_deployments(base_url: str) -> None:
    provider = AzureProvider(base_url, "key", ["my-gpt"])
    assert provider.models_request() is None
    assert [card.id for card in await provider.list_models()] == ["my-gpt"]


@pytest.mark.parametrize(
    ("base_url", "length"),
    [
        (f"{HOST}/openai/v1", "max_completion_tokens"),
        (f"{HOST}/openai", "max_completion_tokens"),
        ("https://res.services.ai.azure.com/models", "max_tokens"),
    ],
)
def test_a_deployment_called_as_its_model_is_asked_as_that(base_url: str, length: str) -> None:
    said = {"role": "assistant", "content": "a", "reasoning_content": "hm"}
    asked: Chat = {"model": "gpt-5-mini", "messages": [said], "max_tokens": 5, "temperature": 0.5}
    request = AzureProvider(base_url, "key").request(asked, stream=False)
    assert request.body is not None
    body = json.loads(request.body)
    assert body[length] == 5
    ours = length == "max_completion_tokens"
    assert request.changes == ((("dropped", "temperature"),) if ours else ())
    assert ("reasoning_content" in body["messages"][0]) is not ours


async def test_reasoning_of_other_vendors_models_is_counted() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "total_tokens": 15,
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    chunks = [chunk(choice({"content": "a"}, "stop")), chunk(usage=usage)]
    streamed = fold(await Far(AzureProvider, *chunks).chunks())
    whole = await Far(AzureProvider, whole={**completion("a"), "usage": usage}).completion()
    assert (streamed["usage"]["completion_tokens"], whole["usage"]["completion_tokens"]) == (5, 5)


async def test_the_filters_of_the_prompt_and_of_the_answer_are_no_text() -> None:
    prompt = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": [{"a": 1}]}
    filtered = chunk({"index": 0, "content_filter_offsets": {"end_offset": 1}, "finish_reason": None})
    chunks = [prompt, chunk(choice({"content": "a"})), filtered, chunk(choice({}, "content_filter"))]
    answer = fold(await Far(AzureProvider, *chunks).chunks())
    assert answer["prompt_filter_results"] == [{"a": 1}]
    assert (answer["choices"][0]["message"]["content"], answer["choices"][0]["finish_reason"]) == (
        "a",
        "content_filter",
    )
