"""Structured answers where a vendor gives JSON but knows no schema: the schema goes into the prompt."""

from typing import Any

from llms import jsonio
from llms.providers.parameters import Change

_JSON_ONLY = "Answer with JSON only."


def prompt_schema(body: dict[str, Any]) -> list[Change]:
    """Ask for a schema in words, in place; and for JSON too, which is only given where the prompt speaks of it."""
    asked = body.get("response_format")
    kind = asked.get("type") if isinstance(asked, dict) else None
    if isinstance(asked, dict) and kind == "json_schema":
        schema = jsonio.dumps((asked.get("json_schema") or {}).get("schema") or {}).decode()
        body["messages"] = instructed(body["messages"], f"{_JSON_ONLY} It must match this JSON schema:\n{schema}")
        body["response_format"] = {"type": "json_object"}
        return [("emulated", "response_format")]
    if kind == "json_object" and "json" not in jsonio.dumps(body["messages"]).decode().lower():
        body["messages"] = instructed(body["messages"], _JSON_ONLY)
    return []


def instructed(messages: list[dict[str, Any]], instruction: str) -> list[dict[str, Any]]:
    """The conversation with one more instruction of the system, in its first message where that is the system's."""
    first = messages[0] if messages else {}
    if first.get("role") == "system" and isinstance(first.get("content"), str):
        return [{**first, "content": f"{first['content']}\n\n{instruction}"}, *messages[1:]]
    return [{"role": "system", "content": instruction}, *messages]
