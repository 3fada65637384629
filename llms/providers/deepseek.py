"""DeepSeek: OpenAI's dialect with thinking that must come back, and schemas that go into the prompt.

Thinking is on unless it is told otherwise. Within a tool loop every assistant message that called a tool must have its
`reasoning_content`, if only an empty one. Source: DeepSeek API reference and its guide to thinking mode, 2026-08.
"""

from dataclasses import replace
from typing import Any, ClassVar

from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, drop
from llms.providers.prompted import prompt_schema
from llms.providers.thinking import thinking_kind, with_reasoning
from llms.providers.transport import Request
from llms.types import Chat


class DeepSeekProvider(OpenAiProvider):
    """The chat completions of DeepSeek; `base_url` with or without `/v1`."""

    type: ClassVar[str] = "deepseek"
    default_base_url: ClassVar[str] = "https://api.deepseek.com/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_completion_tokens": "max_tokens"},
        dropped=OPENAI_ONLY | {"logit_bias", "n", "parallel_tool_calls", "seed", "service_tier"},
        developer=False,
    )

    def request(self, chat: Chat, *, stream: bool) -> Request:
        """The body; an answer that continues a `prefix` is given at the beta's address only."""
        request = super().request(chat, stream=stream)
        last = chat["messages"][-1] if chat["messages"] else {}
        if not last.get("prefix") or self.base_url.endswith("/beta"):
            return request
        return replace(request, url=self.base_url.removesuffix("/v1") + "/beta" + self.chat_path)

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """DeepSeek's fields, the rules of its thinking, and its kind of structured answers."""
        changes = super().fit(body)
        changes += _fit_thinking(body)
        if _thinks(body):
            body["messages"] = [with_reasoning(message) for message in body["messages"]]
        return changes + prompt_schema(body)


def _thinks(body: dict[str, Any]) -> bool:
    """Whether this request is answered in thinking mode. `deepseek-chat` is the name of the mode without."""
    kind = thinking_kind(body)
    return kind != "disabled" and (kind is not None or body["model"] != "deepseek-chat")


def _fit_thinking(body: dict[str, Any]) -> list[Change]:
    """An effort of none turns thinking off; so does a tool that must be called, unless thinking was asked for."""
    changes: list[Change] = []
    if body.get("reasoning_effort") == "none":
        del body["reasoning_effort"]
        body.setdefault("thinking", {"type": "disabled"})
    forced = body.get("tool_choice") not in (None, "auto", "none")
    if forced and _thinks(body):
        if body.get("reasoning_effort") or body.get("thinking") or body["model"] == "deepseek-reasoner":
            changes = drop(body, ("tool_choice",))
        else:
            body["thinking"] = {"type": "disabled"}
    return changes
