"""Anthropic's events and answers, as the tests of this folder write them."""

import json
from typing import Any

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 7, "output_tokens": 3},
}


def sse(*events: dict[str, Any]) -> bytes:
    """The events as they go over the wire."""
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


def started(**usage: int) -> dict[str, Any]:
    """The beginning of an answer."""
    counts = {**MESSAGE["usage"], "output_tokens": 1, **usage}
    return {
        "type": "message_start",
        "message": {**MESSAGE, "content": [], "stop_reason": None, "usage": counts},
    }


def ended(reason: str = "end_turn", *, usage: dict[str, Any] | None = None, **delta: Any) -> list[dict[str, Any]]:
    """The end of an answer."""
    told = {"stop_reason": reason, "stop_sequence": None, **delta}
    return [
        {"type": "message_delta", "delta": told, "usage": {"output_tokens": 3, **(usage or {})}},
        {"type": "message_stop"},
    ]


def block(index: int, opened: dict[str, Any], *deltas: dict[str, Any], closed: bool = True) -> list[dict[str, Any]]:
    """A block of an answer."""
    events = [{"type": "content_block_start", "index": index, "content_block": opened}]
    events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [*events, {"type": "content_block_stop", "index": index}] if closed else events


def text(index: int, *pieces: str, citations: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    """A block of text."""
    cited = [{"type": "citations_delta", "citation": citation} for citation in citations]
    said = [{"type": "text_delta", "text": piece} for piece in pieces]
    return block(index, {"type": "text", "text": ""}, *cited, *said)


def thinking(index: int, *pieces: str, signature: str = "sig") -> list[dict[str, Any]]:
    """A block of thinking."""
    thought = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    opened = {"type": "thinking", "thinking": "", "signature": ""}
    return block(index, opened, *thought, {"type": "signature_delta", "signature": signature})


def used(index: int, call_id: str, name: str, *pieces: str, closed: bool = True, **keys: Any) -> list[dict[str, Any]]:
    """A block that calls a tool."""
    opened = {"type": "tool_use", "id": call_id, "name": name, "input": {}, **keys}
    return block(
        index, opened, *({"type": "input_json_delta", "partial_json": piece} for piece in pieces), closed=closed
    )
