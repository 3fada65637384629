"""Azure OpenAI: both of its addresses, and its key header."""

import json

import pytest

from llms.providers.azure import CLASSIC_API_VERSION, AzureProvider
from llms.types import Chat

CHAT: Chat = {"model": "my-gpt", "messages": [{"role": "user", "content": "hi"}]}
HOST = "https://res.openai.azure.com"
CLASSIC = f"{HOST}/openai/deployments/my-gpt/chat/completions?api-version={CLASSIC_API_VERSION}"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (f"{HOST}/openai/v1", f"{HOST}/openai/v1/chat/completions"),
        (f"{HOST}/openai/v1/", f"{HOST}/openai/v1/chat/completions"),
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
