"""AI Refinery: OpenAI's dialect at the vendor's own address, with the header its service wants."""

from llms.providers.airefinery import SDK_VERSION, AirRefineryProvider
from llms.types import Chat

CHAT: Chat = {"model": "big", "messages": [{"role": "user", "content": "hi"}]}


def test_the_base_url_is_the_host() -> None:
    provider = AirRefineryProvider(api_key="key")
    assert provider.request(CHAT, stream=True).url == "https://api.airefinery.accenture.com/v1/chat/completions"
    models = provider.models_request()
    assert models is not None
    assert models.url == "https://api.airefinery.accenture.com/v1/models"


def test_the_key_comes_with_the_version_of_the_sdk() -> None:
    headers = AirRefineryProvider(api_key="key").request(CHAT, stream=False).headers
    assert headers["Authorization"] == "Bearer key"
    assert headers["sdk_version"] == SDK_VERSION
