"""xAI: OpenAI's dialect, with reasoning that is not counted among the completion's tokens.

Errors are plain strings, and a bad key a 400: `llms.providers.failures` reads both. Source: xAI API reference, chat
completions and its guide to reasoning, 2026-08.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from llms.providers.base import Memo
from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, drop, say
from llms.streaming.sse import Event
from llms.streaming.usage import count_reasoning
from llms.types import Chat, Completion

_REASONS = re.compile(r"grok-(?:3-mini|4|code|[5-9])(?!.*non-reasoning)")
"""Models that think before they answer: they refuse penalties and stop sequences."""

_TWO_LEVELS = re.compile(r"grok-3-mini")
_LEVELS = re.compile(r"grok-(?:3-mini|4\.[3-9]|4\.20-multi-agent|[5-9])")
"""Models that take an effort; the first kind knows two."""


class XaiProvider(OpenAiProvider):
    """The chat completions of xAI."""

    type: ClassVar[str] = "xai"
    default_base_url: ClassVar[str] = "https://api.x.ai/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(dropped=OPENAI_ONLY | {"logit_bias", "service_tier"})

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """The vendor's fields, and the rules of the models that reason."""
        changes = super().fit(body)
        model, effort = str(body["model"]), body.get("reasoning_effort")
        if _REASONS.search(model):
            changes += drop(body, ("frequency_penalty", "presence_penalty", "stop"))
        if not _LEVELS.search(model):
            changes += drop(body, ("reasoning_effort",))
        elif effort in {"xhigh", "max"}:
            changes += say(body, "reasoning_effort", "high")
        elif _TWO_LEVELS.search(model) and isinstance(effort, str):
            changes += say(body, "reasoning_effort", "high" if effort in {"medium", "high"} else "low")
        return changes

    def chunks(self, event: Event, memo: Memo) -> Iterable[dict[str, Any]]:
        """The chunk; the list of sources only where it says something new."""
        chunks = super().chunks(event, memo)
        for chunk in chunks:
            if "usage" in chunk:
                count_reasoning(chunk["usage"])
            if "citations" in chunk and chunk["citations"] in (memo.notes.get("citations"), [], None):
                del chunk["citations"]
            elif "citations" in chunk:
                memo.notes["citations"] = chunk["citations"]
        return chunks

    def completion(self, body: dict[str, Any], chat: Chat) -> Completion:
        """The answer, its reasoning counted."""
        count_reasoning(body.get("usage"))
        return body
