"""Where requests to Bedrock go, with which key or signature, and what its list of models means."""

from typing import Any

import pytest

from llms.config import ProviderConfig
from llms.errors import AccessDenied, ConfigError, Malformed
from llms.gateway.compose import create_provider
from llms.providers.bedrock import BedrockProvider, provider
from llms.providers.presets import PRESETS
from llms.providers.scripted.transport import Answer, ScriptedTransport, json_answer
from llms.providers.transport import Request
from llms.types import Chat, Secret

CHAT: Chat = {"model": "us.amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": "hi"}]}
EUROPE = "https://bedrock-runtime.eu-west-1.amazonaws.com"
ANSWER = {
    "output": {"message": {"content": [{"text": "x"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1},
}


def test_the_model_stands_in_the_path() -> None:
    bedrock = BedrockProvider(EUROPE, "key")
    plain = bedrock.request(CHAT, stream=False)
    assert plain.url == f"{EUROPE}/model/us.amazon.nova-lite-v1:0/converse"
    assert plain.headers["Authorization"] == "Bearer key"
    arn: Chat = {**CHAT, "model": "arn:aws:bedrock:eu-west-1:1:inference-profile/x y"}
    streamed = bedrock.request(arn, stream=True)
    assert streamed.url == f"{EUROPE}/model/arn:aws:bedrock:eu-west-1:1:inference-profile%2Fx%20y/converse-stream"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "https://bedrock-runtime.us-east-1.amazonaws.com"),
        ({"AWS_REGION": "eu-west-1"}, EUROPE),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, EUROPE),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, EUROPE),
        (
            {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://vpce.example"},
            "https://vpce.example",
        ),
    ],
)
def test_the_region_is_that_of_the_environment(environ: dict[str, str], address: str) -> None:
    assert PRESETS["bedrock"].address(environ) == address


async def asked_of(bedrock_url: str, **settings: Any) -> tuple[Request, Request]:
    """The request for an answer and that for the list of models, as they leave."""
    requests: list[Request] = []

    def far(request: Request) -> Answer:
        requests.append(request)
        return json_answer({"modelSummaries": []} if request.method == "GET" else ANSWER)

    bedrock = BedrockProvider(bedrock_url, transport=ScriptedTransport("far", far), **settings)
    await bedrock.chat(CHAT)
    await bedrock.list_models()
    return requests[0], requests[1]


@pytest.mark.usefixtures("credentials")
async def test_without_a_key_requests_are_signed() -> None:
    for request in await asked_of(EUROPE):
        authorization = request.headers["Authorization"]
        assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        assert "/eu-west-1/bedrock/aws4_request" in authorization


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("settings", [{"api_key": "key"}, {"headers": {"authorization": "Bearer key"}}])
async def test_with_a_key_they_are_not(settings: dict[str, Any]) -> None:
    for request in await asked_of(EUROPE, **settings):
        sent = {name.lower(): value for name, value in request.headers.items()}
        assert sent["authorization"] == "Bearer key"


@pytest.mark.usefixtures("no_credentials")
async def test_a_machine_without_credentials_says_so() -> None:
    with pytest.raises(AccessDenied, match="no AWS credentials"):
        await asked_of(EUROPE)


def test_signing_wants_a_region_and_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"providers\.mine\.base_url: names no region"):
        BedrockProvider("https://proxy.example", name="mine")
    monkeypatch.setattr(provider, "can_sign", lambda: False)
    with pytest.raises(ConfigError, match=r"providers\.mine\.api_key: is missing.*llms-gateway\[bedrock\]"):
        BedrockProvider(EUROPE, name="mine")


@pytest.mark.parametrize(
    ("settings", "environ", "key"),
    [
        ({}, {"AWS_REGION": "eu-west-1"}, None),
        ({}, {"AWS_REGION": "eu-west-1", "AWS_BEARER_TOKEN_BEDROCK": "k"}, Secret("k")),
        ({"base_url": EUROPE}, {"AWS_BEARER_TOKEN_BEDROCK": "k"}, None),
        ({"base_url": EUROPE, "api_key": "own"}, {}, Secret("own")),
    ],
)
def test_a_configuration_needs_no_key(settings: dict[str, Any], environ: dict[str, str], key: Secret | None) -> None:
    transport = ScriptedTransport("far", lambda _: json_answer(ANSWER))
    made = create_provider("bedrock", ProviderConfig(**settings), environ, transport, max_event_bytes=1000)
    assert (made.base_url, made.api_key) == (EUROPE, key)


async def test_the_models_are_asked_of_the_other_host() -> None:
    _, listing = await asked_of(EUROPE, api_key="key")
    assert (listing.method, listing.url) == ("GET", "https://bedrock.eu-west-1.amazonaws.com/foundation-models")
    assert BedrockProvider("https://proxy.example", "key").models_request() is None


async def test_the_models_that_write_text_are_listed() -> None:
    models = [
        {"modelId": "amazon.nova-lite-v1:0", "providerName": "Amazon", "outputModalities": ["TEXT"]},
        {"modelId": "amazon.titan-embed", "providerName": "Amazon", "outputModalities": ["EMBEDDING"]},
        {"modelId": "custom"},
        {},
    ]
    bedrock = BedrockProvider(
        EUROPE,
        "key",
        transport=ScriptedTransport("far", lambda _: json_answer({"modelSummaries": models})),
        name="mine",
    )
    cards = await bedrock.list_models()
    assert [(card.id, card.owned_by) for card in cards] == [("amazon.nova-lite-v1:0", "Amazon"), ("custom", "mine")]
    with pytest.raises(Malformed):
        bedrock.model_cards({"data": []})
