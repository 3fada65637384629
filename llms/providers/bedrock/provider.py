"""Amazon Bedrock's Converse: one API for the models of many makers, streamed in Amazon's own binary frames.

Knows addresses, keys and framing; what is said is told by `body` and `answer`. Source: Bedrock API reference and user
guide, 2026-08.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import quote

from llms import jsonio
from llms.errors import ConfigError, Malformed, Problem
from llms.providers.base import Memo, Provider
from llms.providers.bedrock.answer import BedrockMemo, chunks_of, completion_of
from llms.providers.bedrock.body import body_of
from llms.providers.bedrock.signing import Signer, can_sign, region_of
from llms.providers.conversation import ToolIdRule
from llms.providers.fields import Fields
from llms.providers.transport import Request
from llms.streaming.decoder import Decoder
from llms.streaming.eventstream import EventStreamDecoder
from llms.streaming.sse import Event
from llms.types import Chat, Completion, ModelCard

_UNESCAPED = "-._~:"
"""What an id of a model keeps in a path. The colon is among it: a client that writes it out would break a signature."""

_INSTALL = "pip install 'llms-gateway[bedrock]' to sign with AWS credentials"


class BedrockProvider(Provider):
    """Models behind Amazon Bedrock. `base_url` is the host of the runtime, which names the region.

    With a Bedrock API key requests carry it; without one, and without an `Authorization` header of the configuration,
    they are signed with the AWS credentials of this machine. Raises `ConfigError` where that cannot be done.
    """

    type: ClassVar[str] = "bedrock"
    default_base_url: ClassVar[str] = "https://bedrock-runtime.us-east-1.amazonaws.com"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"thinking_blocks"})
    tool_ids: ClassVar[ToolIdRule | None] = ToolIdRule(re.compile(r"[a-zA-Z0-9_-]{1,64}"), 30, "tooluse_")
    inlines_media: ClassVar[bool] = True
    finds_key: ClassVar[bool] = True

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named)
        has_key = self.api_key or "authorization" in {name.lower() for name in self.headers()}
        self._signer = None if has_key else self._make_signer()

    def _make_signer(self) -> Signer:
        if not can_sign():
            raise self._unusable("api_key", f"is missing: give it, or set AWS_BEARER_TOKEN_BEDROCK, or {_INSTALL}")
        region = region_of(self.base_url)
        if not region:
            raise self._unusable("base_url", "names no region to sign for, as bedrock-runtime.us-east-1 does")
        return Signer(region)

    def _unusable(self, field: str, message: str) -> ConfigError:
        return ConfigError([Problem(f"providers.{self.name}.{field}", message)])

    # Request

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """`POST /model/{id}/converse` or `/converse-stream`. Raises `BadRequest` for what cannot be told."""
        fields = Fields(self.options, chat)
        body = jsonio.dumps(body_of(chat, fields))
        operation = "converse-stream" if stream else "converse"
        url = f"{self.base_url}/model/{quote(chat['model'], safe=_UNESCAPED)}/{operation}"
        return Request(url, self.headers(), body, changes=fields.changes)

    async def signed(self, request: Request) -> Request:
        """`request` with a signature, where there is no key."""
        return request if self._signer is None else await asyncio.to_thread(self._signer.sign, request)

    # Answers

    def decoder(self) -> Decoder:
        """Frames with checksums."""
        return EventStreamDecoder(self.max_event_bytes)

    def memo(self, chat: Chat) -> BedrockMemo:
        """A fresh memory for one stream."""
        return BedrockMemo(chat)

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """An event: a piece of text, reasoning or a call; the end; at last the counts."""
        return chunks_of(event, cast(BedrockMemo, memo))

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The whole answer."""
        return completion_of(body)

    # Models

    def models_request(self) -> Request | None:
        """`GET /foundation-models`, which another host of the region answers; None where no such host is known."""
        host = self.base_url.replace("//bedrock-runtime", "//bedrock", 1)
        return None if host == self.base_url else Request(f"{host}/foundation-models", self.headers(), method="GET")

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models that write text. Raises `Malformed` for anything that is no such list."""
        models = body.get("modelSummaries") if isinstance(body, Mapping) else None
        if not isinstance(models, list):
            raise Malformed("the answer is no list of models")
        return [
            ModelCard(
                id=str(model["modelId"]),
                owned_by=str(model.get("providerName") or self.name),
                extra={key: value for key, value in model.items() if key not in {"modelId", "providerName"}},
            )
            for model in models
            if isinstance(model, dict) and model.get("modelId") and "TEXT" in model.get("outputModalities", ["TEXT"])
        ]
