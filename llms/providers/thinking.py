"""Thinking that is switched on or off, and has to come back: what DeepSeek, Moonshot and Z.ai have in common."""

from typing import Any

from llms.providers.parameters import Change


def thinking_kind(body: dict[str, Any]) -> str | None:
    """What `thinking` says in the request: `enabled`, `disabled`; None where it says nothing."""
    thinking = body.get("thinking")
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    return kind if isinstance(kind, str) else None


def switch(body: dict[str, Any], *, off: frozenset[str] = frozenset({"none", "minimal"})) -> list[Change]:
    """Turn an effort, in place, into thinking that is on or off; a level between the two is lost."""
    effort = body.pop("reasoning_effort", None)
    if effort is None or thinking_kind(body) is not None:
        return []
    body["thinking"] = {"type": "disabled" if effort in off else "enabled"}
    return [] if effort == "none" else [("clamped", "reasoning_effort")]


def with_reasoning(message: dict[str, Any]) -> dict[str, Any]:
    """A message that called tools with the field for its reasoning, which must not be missing."""
    if message.get("role") != "assistant" or not message.get("tool_calls"):
        return message
    return {**message, "reasoning_content": message.get("reasoning_content") or ""}
