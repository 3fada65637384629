"""The stream of the mock provider in the dialects of other vendors: the same answer, piece by piece, in their words.

Knows how Anthropic, Google and Ollama tell a text; it must not know HTTP. Sizes are those of real events: every chunk
carries what the vendor repeats in each one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in a dialect: events before the content, the event that is sent once per chunk, events after it."""

    content_type: str
    opening: tuple[bytes, ...]
    content: bytes
    closing: tuple[bytes, ...]


def anthropic(model: str, text: str) -> Told:
    """Messages: named events, a block of text, `message_stop` in the end."""
    message: dict[str, Any] = {
        "id": "msg_01BqK3mVx7Nw2TzYc9RfLd",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "cache_read_input_tokens": 0, "output_tokens": 1},
    }
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    return Told(
        "text/event-stream; charset=utf-8",
        (
            _named({"type": "message_start", "message": message}),
            _named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
        _named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
        (
            _named({"type": "content_block_stop", "index": 0}),
            _named({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 100}}),
            _named({"type": "message_stop"}),
        ),
    )


def google(model: str, text: str) -> Told:
    """`streamGenerateContent` as events: counts in each of them, CRLF, no end mark but the finish reason."""
    counts = {"promptTokenCount": 12, "candidatesTokenCount": 100, "totalTokenCount": 112}

    def event(text: str, **more: Any) -> bytes:
        candidate = {"content": {"parts": [{"text": text}], "role": "model"}, **more, "index": 0}
        told = {
            "candidates": [candidate],
            "usageMetadata": counts,
            "modelVersion": model,
            "responseId": "BqK3mVx7Nw2TzYc9RfLd",
        }
        return b"data: " + orjson.dumps(told) + b"\r\n\r\n"

    return Told("text/event-stream", (), event(text), (event("", finishReason="STOP"),))


def ollama(model: str, text: str) -> Told:
    """`/api/chat`: a line of JSON per chunk, the counts in the last one."""

    def line(text: str, **more: Any) -> bytes:
        told = {
            "model": model,
            "created_at": "2026-08-01T10:00:00.000000Z",
            "message": {"role": "assistant", "content": text},
        }
        return orjson.dumps({**told, **more}) + b"\n"

    counts = {"total_duration": 9_000_000, "prompt_eval_count": 12, "eval_count": 100}
    last = line("", done=True, done_reason="stop", **counts)
    return Told("application/x-ndjson", (), line(text, done=False), (last,))


DIALECTS: Mapping[str, Callable[[str, str], Told]] = {"anthropic": anthropic, "google": google, "ollama": ollama}
"""By the type of provider that speaks it."""

ADDRESSES = {"anthropic": "", "google": "/v1beta", "ollama": ""}
"""What stands after the host in the `base_url` of each."""


def asked_for(path: str, chat: Mapping[str, Any]) -> tuple[str, str] | None:
    """Dialect and model of a streamed request for `path`; nothing if it is OpenAI's."""
    if path == "/v1/messages":
        return "anthropic", chat["model"]
    if path == "/api/chat":
        return "ollama", chat["model"]
    if path.startswith("/v1beta/models/"):
        return "google", path.removeprefix("/v1beta/models/").partition(":")[0]
    return None


def _named(event: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event))
