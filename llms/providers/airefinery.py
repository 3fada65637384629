"""AI Refinery (Accenture): OpenAI's dialect; `base_url` is the host, as for the vendor's SDK.

The service wants the version of the SDK it is called like in a header. With the option `sdk: true` the SDK itself makes
the calls (see `airefinery_sdk`). Source: airefinery-sdk 1.33.2 and its reference of chat completions, 2026-08.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from llms.providers.embeddings import AirRefineryEmbedder, Embedder
from llms.providers.openai import OpenAiProvider

SDK_VERSION = "1.33.2"


class AirRefineryProvider(OpenAiProvider):
    """The chat completions of AI Refinery. Raises `ConfigError` where its SDK is asked for and not installed."""

    type: ClassVar[str] = "airefinery"
    default_base_url: ClassVar[str] = "https://api.airefinery.accenture.com"
    chat_path: ClassVar[str] = "/v1/chat/completions"
    models_path: ClassVar[str] = "/v1/models"
    embedder: ClassVar[Embedder | None] = AirRefineryEmbedder()

    def __init__(self, *positional: Any, options: Mapping[str, Any] | None = None, **named: Any) -> None:
        fields = dict(options or {})
        uses_sdk = fields.pop("sdk", False)
        super().__init__(*positional, options=fields, **named)
        self.base_url = self.base_url.removesuffix("/v1")
        if uses_sdk:
            from llms.providers.airefinery_sdk import SdkTransport, load_sdk

            sdk = load_sdk(path=f"providers.{self.name}.options.sdk")
            key = self.api_key.reveal() if self.api_key else ""
            self.transport = SdkTransport(self.transport, sdk, api_key=key, base_url=self.base_url)

    def authorization(self) -> dict[str, str]:
        """The key, and the version of the SDK whose requests these are."""
        return {**super().authorization(), "sdk_version": SDK_VERSION}
