"""Cerebras: OpenAI's dialect, strict about fields and about what an assistant's message holds.

Source: Cerebras Inference API reference, 2026-08.
"""

from typing import Any, ClassVar

from llms.providers.parameters import OPENAI_ONLY, Change, Parameters
from llms.providers.tagged import TaggedProvider


class CerebrasProvider(TaggedProvider):
    """The chat completions of Cerebras."""

    type: ClassVar[str] = "cerebras"
    default_base_url: ClassVar[str] = "https://api.cerebras.ai/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_tokens": "max_completion_tokens"},
        dropped=OPENAI_ONLY
        | {"frequency_penalty", "logit_bias", "n", "parallel_tool_calls", "presence_penalty", "service_tier"},
        ranges={"temperature": (0, 1.5)},
        words={"reasoning_effort": {"minimal": "low", "xhigh": "high", "max": "high"}},
        developer=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Cerebras's fields; what an assistant said is one text."""
        changes = super().fit(body)
        body["messages"] = [_said(message) for message in body["messages"]]
        return changes


def _said(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if message.get("role") != "assistant" or isinstance(content, str):
        return message
    texts = [part.get("text") or "" for part in content or () if isinstance(part, dict)]
    return {**message, "content": "".join(texts)}
