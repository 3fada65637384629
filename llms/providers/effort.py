"""Reasoning effort in words and in tokens: dialects take one or the other.

The words are OpenAI's `reasoning_effort`; the budgets are the ones the field has settled on for models that take
tokens.
"""

from typing import Any

from llms.errors import BadRequest

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""From not at all to as much as there is."""

BUDGETS = {"minimal": 1024, "low": 2048, "medium": 10_000, "high": 16_384, "xhigh": 32_768, "max": 32_768}
"""Thinking tokens for each word."""


def effort_of(chat: Any) -> str | None:
    """The effort a request asks for, also in the Responses API's form `reasoning: {effort}`. Raises `BadRequest`."""
    effort = chat.get("reasoning_effort")
    if effort is None and isinstance(chat.get("reasoning"), dict):
        effort = chat["reasoning"].get("effort")
    if effort is None:
        return None
    if effort not in EFFORTS:
        raise BadRequest(f"'reasoning_effort' must be one of {', '.join(EFFORTS)}", param="reasoning_effort")
    return str(effort)
