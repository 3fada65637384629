"""Anthropic's own dialect, the Messages API, for Claude and for whoever else speaks it.

`base_url` is what Anthropic's SDK means by it: the host, to which `/v1/messages` is added (one that ends in `/v1` is
understood too). Beta features are switched on by a configured header `anthropic-beta`, or by the client's `betas`, a
list as Anthropic's SDK takes it. What a request becomes stands in `body`, `conversation` and `tools`; what an answer
means in `answer` and `stream`; what each model takes in `families`. Source: Anthropic API reference, 2026-08.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from llms import jsonio
from llms.errors import Malformed
from llms.providers.anthropic import stream as events
from llms.providers.anthropic.answer import completion_of
from llms.providers.anthropic.body import body_of
from llms.providers.anthropic.families import family_of
from llms.providers.anthropic.tools import Standins, standins
from llms.providers.base import Memo, Provider
from llms.providers.conversation import ToolIdRule
from llms.providers.fields import Fields
from llms.providers.transport import Request
from llms.streaming.sse import Event
from llms.types import NO_TIMEOUTS, Chat, Completion, ModelCard, Timeouts

API_VERSION = "2023-06-01"

_PAGE = 1000
_MAX_PAGES = 20
_RENAMED = {"max_input_tokens": "context_window", "max_tokens": "max_output_tokens"}
_OWN_PLACE = frozenset({"id", "type", "created_at"})


class AnthropicProvider(Provider):
    """The Messages API."""

    type: ClassVar[str] = "anthropic"
    default_base_url: ClassVar[str] = "https://api.anthropic.com"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"thinking_blocks", "content_blocks"})
    tool_ids: ClassVar[ToolIdRule | None] = ToolIdRule(re.compile(r"[a-zA-Z0-9_-]+"), 30, "toolu_")

    def authorization(self) -> dict[str, str]:
        """The key in Anthropic's own header; a token of an account (`sk-ant-oat...`) goes as a bearer."""
        version = {"anthropic-version": API_VERSION}
        if not self.api_key:
            return version
        key = self.api_key.reveal()
        return {"Authorization": f"Bearer {key}", **version} if "-oat" in key[:12] else {"x-api-key": key, **version}

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """The message to ask for."""
        fields = Fields(self.options, chat)
        headers = self._headers_with(fields.take("betas"))
        body = body_of(chat, fields, family_of(chat["model"]), self._standins(chat))
        if stream:
            body["stream"] = True
        return Request(self._url("/messages"), headers, jsonio.dumps(body), changes=fields.changes)

    def memo(self, chat: Chat) -> Memo:
        """What is to be remembered of a stream."""
        return events.Reading(chat, made=self._standins(chat))

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunks an event stands for."""
        try:
            told = jsonio.loads(event.data)
        except jsonio.JSONDecodeError:
            if event.data.startswith(b"[DONE]"):
                memo.done = True  # proxies that close every stream so
                return ()
            raise Malformed("an event of the stream is not JSON") from None
        if not isinstance(told, dict) or not isinstance(memo, events.Reading):
            raise Malformed("an event of the stream is not an object")
        return events.read(told, memo)

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer. Raises `Malformed` for what is none."""
        told: Any = body
        if not isinstance(told, dict) or not isinstance(told.get("content"), list):
            raise Malformed("the answer holds no content")
        return completion_of(body, self._standins(chat))

    def models_request(self, after: str = "") -> Request:
        """The page of models that comes after one of them; the first, if none is named."""
        rest = f"&after_id={quote(after, safe='')}" if after else ""
        return Request(self._url(f"/models?limit={_PAGE}{rest}"), self.headers(), method="GET")

    async def list_models(self, timeouts: Timeouts | None = None) -> list[ModelCard]:
        """All models, page by page."""
        limits = (timeouts or NO_TIMEOUTS).or_else(self.limits(stream=False))
        cards: list[ModelCard] = []
        after = ""
        for _ in range(_MAX_PAGES):
            async with self.transport.open(self.models_request(after), limits) as reply:
                body = await self._read_json(reply)
            cards.extend(self.model_cards(body))
            last = body.get("last_id")
            if not body.get("has_more") or not isinstance(last, str) or last == after:
                break
            after = last
        return cards

    def model_cards(self, body: Any) -> list[ModelCard]:
        """The models of one page. Raises `Malformed` for what is none."""
        entries = body.get("data") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise Malformed("the answer is no list of models")
        return [_card(entry) for entry in entries if isinstance(entry, dict) and entry.get("id")]

    def _url(self, path: str) -> str:
        return f"{self.base_url}{path}" if self.base_url.endswith("/v1") else f"{self.base_url}/v1{path}"

    def _headers_with(self, betas: Any) -> dict[str, str]:
        headers = self.headers()
        if not isinstance(betas, list) or not betas:
            return headers
        name = next((name for name in headers if name.lower() == "anthropic-beta"), "anthropic-beta")
        configured = [beta for beta in headers.get(name, "").split(",") if beta]
        return {**headers, name: ",".join(dict.fromkeys([*configured, *map(str, betas)]))}

    def _standins(self, chat: Chat) -> Standins:
        return standins({**self.options, **chat}, family_of(chat["model"]))


def _card(entry: dict[str, Any]) -> ModelCard:
    kept = {key: value for key, value in entry.items() if value is not None and key not in _OWN_PLACE}
    extra = {_RENAMED.get(key, key): value for key, value in kept.items()}
    return ModelCard(str(entry["id"]), "anthropic", _moment(entry.get("created_at")), extra)


def _moment(text: Any) -> int:
    """A moment in ISO's form as seconds since 1970; 0 where it cannot be read."""
    try:
        return max(int(datetime.fromisoformat(text).timestamp()), 0)
    except (TypeError, ValueError):
        return 0
