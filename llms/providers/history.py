"""What dialects with words of their own read in the messages of a conversation, whichever form OpenAI's field has."""

from collections.abc import Iterable, Mapping
from typing import Any

from llms import jsonio
from llms.errors import BadRequest
from llms.providers.fields import Fields


def parts_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as a list of parts, whether it is a text, a list or absent. Empty texts are none."""
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [
        {"type": "text", "text": part} if isinstance(part, str) else part
        for part in content or ()
        if isinstance(part, str | dict)
    ]


def text_of(part: Mapping[str, Any]) -> str | None:
    """The text of a part that is one (`text`, or a `refusal` that an assistant gave); None for media."""
    text = part.get("text", part.get("refusal"))
    return text if isinstance(text, str) else None


def all_text(message: Mapping[str, Any], separator: str = "\n") -> str:
    """Every text in a message."""
    return separator.join(text for part in parts_of(message) if (text := text_of(part)))


def tool_calls_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of an assistant's message, all as calls of functions. Raises `BadRequest` for the form of old.

    What a custom tool was called with, which is a text, becomes the one argument `input`.
    """
    if isinstance(message.get("function_call"), dict):
        raise BadRequest("'function_call' is not supported here: use 'tool_calls'", param="messages")
    calls = message.get("tool_calls")
    return [_as_function(call) for call in (calls if isinstance(calls, list) else ()) if isinstance(call, dict)]


def _as_function(call: dict[str, Any]) -> dict[str, Any]:
    if isinstance(call.get("function"), dict):
        return call
    custom = call.get("custom") if isinstance(call.get("custom"), dict) else {}
    arguments = jsonio.dumps({"input": (custom or {}).get("input") or ""}).decode()
    return {"id": call.get("id"), "function": {"name": (custom or {}).get("name") or "", "arguments": arguments}}


def called_names(messages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Tool call id to the name of the function called, for results, which name the call only."""
    return {
        str(call["id"]): str(call["function"].get("name") or "")
        for message in messages
        for call in tool_calls_of(message)
        if call.get("id")
    }


def arguments_of(call: Mapping[str, Any], fields: Fields | None = None) -> dict[str, Any]:
    """The arguments of a call as an object.

    A model's arguments may be no JSON: they are kept as one text then, and that is noted in `fields`.
    """
    text = call["function"].get("arguments") or "{}"
    try:
        parsed = jsonio.loads(text) if isinstance(text, str) else text
    except jsonio.JSONDecodeError:
        parsed = text
    if isinstance(parsed, dict):
        return parsed
    if fields is not None:
        fields.note("emulated", "messages.tool_calls")
    return {"arguments": parsed}
