"""What answers of other endpoints say they cost."""

import json
from typing import Any

import pytest

from llms.providers.metering import Meter

COUNTS = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10, "input_tokens_details": {"cached_tokens": 2}}
USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 3,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 2},
}


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def metered(content_type: str, *pieces: bytes) -> Any:
    meter = Meter(content_type)
    for piece in pieces:
        meter.feed(piece)
    return meter.usage()


def test_a_response_in_pieces() -> None:
    body = json.dumps({"object": "response", "output": ["..."], "usage": COUNTS}).encode()
    assert metered("application/json; charset=utf-8", body[:20], body[20:]) == USAGE


def test_a_stream_of_a_response() -> None:
    created = event("response.created", response={"usage": None})
    completed = event("response.completed", response={"usage": COUNTS})
    assert metered("text/event-stream", created, event("response.output_text.delta", delta="x"), completed) == USAGE
    assert metered("text/event-stream; charset=utf-8", created + completed) == USAGE


def test_a_stream_of_old_completions() -> None:
    chunk = b'data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}\r\n\r\ndata: [DONE]\r\n\r\n'
    assert metered("text/event-stream", chunk) == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"usage": null}'),
        ("application/json", b'{"usage": {"type": "duration", "seconds": 3}}'),
        ("application/json", b'{"usage": broken'),
        ("application/json", b'["usage"]'),
        ("application/json", b""),
        ("audio/mpeg", b'{"usage": {"input_tokens": 1}}'),
        ("text/event-stream", b'data: {"delta": "the word \\"usage\\" alone"}\n\n'),
        ("text/event-stream", b""),
        ("", b'{"usage": {"input_tokens": 1}}'),
    ],
)
def test_what_says_nothing_counts_nothing(content_type: str, body: bytes) -> None:
    assert metered(content_type, body) is None


def test_a_body_too_large_to_be_kept_counts_nothing() -> None:
    assert metered("application/json", b" " * 5_000_000, json.dumps({"usage": COUNTS}).encode()) is None
