"""Moonshot (Kimi): OpenAI's dialect with thinking that is on or off and has to come back within a tool loop.

Source: Moonshot platform documentation, chat completions and its guide to thinking models, 2026-08.
"""

import re
from typing import Any, ClassVar

from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, drop
from llms.providers.thinking import switch, thinking_kind, with_reasoning

_THINKS = re.compile(r"kimi-k2\.[5-9]|kimi-k[3-9]|thinking")
_ALWAYS_THINKS = re.compile(r"kimi-k2\.7-code|thinking")
_FIXED = re.compile(r"kimi-k2\.[5-9]|kimi-k[3-9]")
"""Models whose sampling is fixed: any other value is an error."""


class MoonshotProvider(OpenAiProvider):
    """The chat completions of Moonshot AI."""

    type: ClassVar[str] = "moonshot"
    default_base_url: ClassVar[str] = "https://api.moonshot.ai/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset({"reasoning_content"})
    parameters: ClassVar[Parameters | None] = Parameters(
        dropped=(OPENAI_ONLY - {"prompt_cache_key", "safety_identifier"})
        | {"logit_bias", "logprobs", "parallel_tool_calls", "seed", "service_tier", "top_logprobs", "user"},
        ranges={"temperature": (0, 1)},
        words={"tool_choice": {"required": None}},
        developer=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Moonshot's fields, and what its thinking models want."""
        model = str(body["model"])
        fixed = ("temperature", "top_p", "n", "presence_penalty", "frequency_penalty")
        changes = drop(body, fixed) if _FIXED.search(model) else []
        changes += super().fit(body)
        if _ALWAYS_THINKS.search(model) or not _THINKS.search(model):
            changes += drop(body, ("reasoning_effort",))
        else:
            changes += switch(body)
        if _THINKS.search(model) and thinking_kind(body) != "disabled":
            body["messages"] = [with_reasoning(message) for message in body["messages"]]
        return changes
