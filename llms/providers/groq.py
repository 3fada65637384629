"""Groq: OpenAI's dialect, strict about fields, with reasoning told apart on demand.

What would be a 400 is left out; other vendors' state is too. The answers' quirks (ids that change, `x_groq`, tiers of
its own, `event: error`) are mended in `llms.streaming`. Source: Groq API reference and its guide to reasoning, 2026-08.
"""

import re
from typing import Any, ClassVar

from llms.providers.openai import OpenAiProvider
from llms.providers.parameters import OPENAI_ONLY, Change, Parameters, clamp, drop, say

_TAGS_REASONING = re.compile(r"qwen-?3|qwq|deepseek-r1")
"""Models that write their reasoning into the text unless asked for it in a field; they know no levels of effort."""

_LEVELS = re.compile(r"gpt-oss")
"""Models with levels of effort; their reasoning always has a field of its own."""

_LEAST_TEMPERATURE = 1e-8


class GroqProvider(OpenAiProvider):
    """The chat completions of Groq."""

    type: ClassVar[str] = "groq"
    default_base_url: ClassVar[str] = "https://api.groq.com/openai/v1"
    state_fields: ClassVar[frozenset[str] | None] = frozenset()
    parameters: ClassVar[Parameters | None] = Parameters(
        renamed={"max_tokens": "max_completion_tokens"},
        dropped=OPENAI_ONLY | {"logit_bias", "logprobs", "n", "top_logprobs"},
        words={
            "service_tier": {"default": "on_demand", "priority": "performance", "scale": None, "fast": "performance"}
        },
        names=False,
    )

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Groq's fields. A temperature of zero is what the service itself makes of it."""
        changes = super().fit(body)
        changes += clamp(body, "temperature", _LEAST_TEMPERATURE, 2)
        body["messages"] = [_nameless(message) for message in body["messages"]]
        return changes + _fit_reasoning(body)


def _nameless(message: dict[str, Any]) -> dict[str, Any]:
    """A tool's result without the name of its function, which is a 400: the id of the call says the same."""
    if message.get("role") != "tool" or "name" not in message:
        return message
    return {key: value for key, value in message.items() if key != "name"}


def _fit_reasoning(body: dict[str, Any]) -> list[Change]:
    """The effort in the words of the model, and the reasoning in a field of its own."""
    model, effort = str(body["model"]), body.get("reasoning_effort")
    if _LEVELS.search(model):
        words = {"none": "low", "minimal": "low", "default": "medium", "xhigh": "high", "max": "high"}
        return say(body, "reasoning_effort", words[effort]) if effort in words else []
    if not _TAGS_REASONING.search(model):
        return drop(body, ("reasoning_effort", "reasoning_format", "include_reasoning"))
    changes = say(body, "reasoning_effort", "default") if effort not in (None, "none") else []
    must_parse = bool(body.get("tools")) or _is_json(body.get("response_format"))
    if body.get("reasoning_format") == "raw" and must_parse:
        changes += say(body, "reasoning_format", "parsed")
    if "include_reasoning" not in body:
        body.setdefault("reasoning_format", "parsed")
    return changes


def _is_json(response_format: Any) -> bool:
    return isinstance(response_format, dict) and response_format.get("type") in {"json_object", "json_schema"}
