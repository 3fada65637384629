"""The emitter's rules for an answer that is not streamed: the same as for a stream, on a whole `chat.completion`."""

import secrets
import time
from typing import Any

from llms import jsonio
from llms.errors import Malformed
from llms.streaming.shape import SERVICE_TIERS, finish_reason, new_completion_id, split_content
from llms.streaming.usage import clean_usage
from llms.types import Completion


def shape_completion(body: Any, *, model: str) -> Completion:
    """`body` (changed in place) as a completion no strict client trips over; `model` stands in for a missing name.

    Raises `Malformed` where there is no answer in it, `Unavailable` where the answer ended with a failure.
    """
    if not isinstance(body, dict) or not isinstance(body.get("choices"), list) or not body["choices"]:
        raise Malformed("the answer holds no choices")
    body["object"] = "chat.completion"
    if not isinstance(body.get("id"), str) or not body["id"]:
        body["id"] = new_completion_id()
    created = body.get("created")
    body["created"] = int(created) if created and isinstance(created, int | float) else int(time.time())
    if not isinstance(body.get("model"), str) or not body["model"]:
        body["model"] = model
    if "service_tier" in body and body["service_tier"] not in SERVICE_TIERS:
        del body["service_tier"]
    usage = clean_usage(body.get("usage"))
    for position, choice in enumerate(body["choices"]):
        if not isinstance(choice, dict):
            raise Malformed("the answer holds a choice that is no object")
        usage = usage or clean_usage(choice.pop("usage", None))
        _shape_choice(choice, position)
    if usage is not None:
        body["usage"] = usage
    else:
        body.pop("usage", None)
    return body


def _shape_choice(choice: dict[str, Any], position: int) -> None:
    if type(choice.get("index")) is not int:
        choice["index"] = position
    message = choice.get("message")
    if not isinstance(message, dict):
        message = choice["message"] = {}  # Azure: a filtered answer comes without one
    choice.pop("delta", None)  # Perplexity leaves one behind
    _shape_message(message)
    reason = finish_reason(choice.get("finish_reason"), has_tool_calls=bool(message.get("tool_calls")))
    choice["finish_reason"] = reason or ("tool_calls" if message.get("tool_calls") else "stop")
    choice.setdefault("logprobs", None)


def _shape_message(message: dict[str, Any]) -> None:
    message["role"] = "assistant"
    content, reasoning = split_content(message.get("content"))
    message["content"] = content
    reasoning = reasoning or message.get("reasoning_content") or message.get("reasoning") or ""
    message.pop("reasoning", None)
    if reasoning and isinstance(reasoning, str):
        message["reasoning_content"] = reasoning
    else:
        message.pop("reasoning_content", None)
    message["refusal"] = message.get("refusal") or None
    if message.get("tool_calls"):
        message["tool_calls"] = _shape_tool_calls(message["tool_calls"])
    else:
        message.pop("tool_calls", None)
    for key in ("function_call", "audio"):
        if key in message and not _says_something(message[key]):
            del message[key]
    if isinstance(message.get("annotations"), list):
        _split_annotations(message)


def _says_something(part: Any) -> bool:
    """Whether a part of a message holds more than empty values, which Snowflake sends for every part there could be."""
    return isinstance(part, dict) and any(part.values())


def _split_annotations(message: dict[str, Any]) -> None:
    """OpenAI's types know one kind of annotation; others (OpenRouter's `file`) are kept under a name of their own."""
    notes = message.pop("annotations")
    citations = [note for note in notes if isinstance(note, dict) and note.get("type") == "url_citation"]
    others = [note for note in notes if note not in citations]
    if citations or not notes:
        message["annotations"] = citations
    if others:
        message["vendor_annotations"] = others


def _shape_tool_calls(calls: Any) -> list[dict[str, Any]]:
    shaped: list[dict[str, Any]] = []
    taken: set[str] = set()
    for call in calls if isinstance(calls, list) else [calls]:
        if not isinstance(call, dict):
            raise Malformed("the answer holds a tool call that is no object")
        call.pop("index", None)
        call["id"] = str(call.get("id") or "")
        if not call["id"] or call["id"] in taken:
            call["id"] = f"call_{secrets.token_hex(12)}"
        taken.add(call["id"])
        if _says_something(call.get("custom")):
            call["type"] = "custom"
        else:
            call["type"] = "function"
            call.pop("custom", None)
            function = call.get("function")
            function = call["function"] = dict(function) if isinstance(function, dict) else {}
            arguments = function.get("arguments")
            if not isinstance(arguments, str):
                arguments = jsonio.dumps(arguments or {}).decode()
            function["arguments"] = arguments or "{}"
            function["name"] = function.get("name") or ""
        shaped.append(call)
    return shaped
