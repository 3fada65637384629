"""AI Refinery (Accenture): OpenAI's dialect; `base_url` is the host, as for the vendor's SDK.

The service wants the version of the SDK it is called like in a header. Source: airefinery-sdk 1.33.2 and
its reference of chat completions, 2026-08.
"""

from typing import ClassVar

from llms.providers.openai import OpenAiProvider

SDK_VERSION = "1.33.2"


class AirRefineryProvider(OpenAiProvider):
    """The chat completions of AI Refinery."""

    type: ClassVar[str] = "airefinery"
    default_base_url: ClassVar[str] = "https://api.airefinery.accenture.com"
    chat_path: ClassVar[str] = "/v1/chat/completions"
    models_path: ClassVar[str] = "/v1/models"

    def authorization(self) -> dict[str, str]:
        """The key, and the version of the SDK whose requests these are."""
        return {**super().authorization(), "sdk_version": SDK_VERSION}
