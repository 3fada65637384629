"""Azure OpenAI and Foundry: OpenAI's dialect under deployments, with a key header of its own.

`base_url` is what Microsoft's documentation gives the OpenAI SDK: `https://<resource>.openai.azure.com/openai/v1`; the
model is the name of a deployment. The resource alone, as `AZURE_OPENAI_ENDPOINT` holds it for that SDK, means the same.
A base_url that ends in `/openai` (or names a deployment) means the classic API, which wants an `api-version` (the
provider's option `api_version`). A deployment that is called as its model is asked as that model wants it; Foundry
hosts other vendors' models too, which are asked as they come.
Source: Azure OpenAI REST reference, 2026-06.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from llms.providers.base import Memo
from llms.providers.endpoints import RESPONSES
from llms.providers.openai import OpenAiProvider
from llms.providers.transport import Request
from llms.streaming.sse import Event
from llms.streaming.usage import count_reasoning
from llms.types import Chat, Completion

CLASSIC_API_VERSION = "2024-10-21"


class AzureProvider(OpenAiProvider):
    """Deployments of an Azure resource."""

    type: ClassVar[str] = "azure"
    default_base_url: ClassVar[str] = ""

    def authorization(self) -> dict[str, str]:
        """The resource's key; Entra tokens go into the configured headers as `Authorization`."""
        return {"api-key": self.api_key.reveal()} if self.api_key else {}

    def __init__(
        self, base_url: str = "", *positional: Any, options: Mapping[str, Any] | None = None, **named: Any
    ) -> None:
        fields = dict(options or {})
        self._api_version = str(fields.pop("api_version", CLASSIC_API_VERSION))
        super().__init__(_with_path(base_url), *positional, options=fields, **named)

    @property
    def is_openai(self) -> bool:
        """Whether these are OpenAI's models, with OpenAI's rules."""
        return (urlsplit(self.base_url).hostname or "").endswith(".openai.azure.com")

    def models_request(self) -> Request | None:
        """None at the classic address: its list is of models that could be deployed, not of deployments."""
        return super().models_request() if self.base_url.endswith("/v1") else None

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """OpenAI's body, at the classic address where `base_url` is one."""
        request = super().request(chat, stream=stream)
        classic = self._classic_url(self.chat_path, chat["model"])
        return replace(request, url=classic) if classic else request

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk; Grok's reasoning is counted among its tokens."""
        chunks = super().chunks(event, memo)
        for chunk in chunks:
            if "usage" in chunk:
                count_reasoning(chunk["usage"])
        return chunks

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer, counted likewise."""
        count_reasoning(body.get("usage"))
        return body

    def endpoint_url(self, endpoint: str, model: str) -> str:
        """Beside the chat completions; responses belong to the resource, not to a deployment."""
        if endpoint == RESPONSES and self.base_url.endswith("/openai"):
            return f"{self.base_url}/{endpoint}?api-version={self._api_version}"
        return self._classic_url(f"/{endpoint}", model) or super().endpoint_url(endpoint, model)

    def _classic_url(self, path: str, model: str) -> str:
        """The address under a deployment, empty where `base_url` is that of the newer API."""
        if self.base_url.endswith("/openai"):
            base = f"{self.base_url}/deployments/{model}"
        elif "/deployments/" in self.base_url:
            base = self.base_url
        else:
            return ""
        return f"{base}{path}?api-version={self._api_version}"


def _with_path(base_url: str) -> str:
    """The address with the path of the newer API where it has none."""
    parts = urlsplit(base_url)
    return f"{base_url.rstrip('/')}/openai/v1" if parts.netloc and not parts.path.strip("/") else base_url
