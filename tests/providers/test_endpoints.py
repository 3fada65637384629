"""Where providers have their endpoints beside chat completions."""

import pytest

from llms.providers import registry
from llms.providers.endpoints import BY_VENDOR, EMBEDDINGS, OPENAI, RESPONSES, SPEECH
from llms.providers.scripted.transport import Answer, ScriptedTransport

NOWHERE = ScriptedTransport("far", lambda request: Answer(()))
AZURE = "https://x.openai.azure.com/openai"


@pytest.mark.parametrize(
    ("kind", "base_url", "endpoint", "url"),
    [
        ("openai", "", SPEECH, "https://api.openai.com/v1/audio/speech"),
        ("openai", "http://far/v1/", RESPONSES, "http://far/v1/responses"),
        ("airefinery", "", EMBEDDINGS, "https://api.airefinery.accenture.com/v1/embeddings"),
        ("ollama", "http://box:11434/v1", RESPONSES, "http://box:11434/v1/responses"),
        ("groq", "", SPEECH, "https://api.groq.com/openai/v1/audio/speech"),
        ("openrouter", "", EMBEDDINGS, "https://openrouter.ai/api/v1/embeddings"),
        ("azure", f"{AZURE}/v1", EMBEDDINGS, f"{AZURE}/v1/embeddings"),
        ("azure", AZURE, EMBEDDINGS, f"{AZURE}/deployments/big/embeddings?api-version=2024-10-21"),
        ("azure", AZURE, RESPONSES, f"{AZURE}/responses?api-version=2024-10-21"),
        (
            "azure",
            f"{AZURE}/deployments/x",
            SPEECH,
            f"{AZURE}/deployments/x/audio/speech?api-version=2024-10-21",
        ),
    ],
)
def test_the_address_of_an_endpoint(kind: str, base_url: str, endpoint: str, url: str) -> None:
    provider = registry.resolve(kind)(base_url, "key", transport=NOWHERE)
    assert provider.endpoint_url(endpoint, "big") == url


@pytest.mark.parametrize("kind", registry.BUILT_IN)
def test_who_embeds_knows_how(kind: str) -> None:
    provider = registry.resolve(kind)("http://far/v1", "key", transport=NOWHERE)
    assert EMBEDDINGS not in provider.endpoints or provider.embedder is not None
    for endpoint in provider.endpoints - {EMBEDDINGS}:
        assert provider.endpoint_url(endpoint, "big").partition("?")[0].endswith(endpoint)


@pytest.mark.parametrize(
    ("kind", "endpoints"),
    [
        ("openai", OPENAI),
        ("anthropic", frozenset()),
        ("google", {EMBEDDINGS}),
        ("cohere", {EMBEDDINGS}),
        ("groq", BY_VENDOR["groq"]),
        ("demo", frozenset()),
    ],
)
def test_a_dialect_has_the_endpoints_of_its_vendor(kind: str, endpoints: frozenset[str]) -> None:
    assert registry.resolve(kind)("http://far/v1", "key", transport=NOWHERE).endpoints == endpoints


def test_an_instance_may_have_others() -> None:
    provider = registry.resolve("openai")("", "key", endpoints=[SPEECH], transport=NOWHERE)
    assert provider.endpoints == {SPEECH}
