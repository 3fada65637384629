"""What an answer that is passed on unread says it cost: read from a copy of its bytes, on their way.

The counts come under the names that chats have, whichever the endpoint uses. An answer that says nothing, or is too
large to be kept, counts nothing: passing it on comes first.
"""

from typing import Any

from llms import jsonio
from llms.streaming.usage import clean_usage
from llms.types import Usage

_MAX_BODY = 4 * 1024 * 1024
_MARK = b'"usage"'
_NAMES = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}


class Meter:
    """Sees the pieces of one answer; of a stream each piece is whole events."""

    def __init__(self, content_type: str) -> None:
        kind = content_type.partition(";")[0].strip().lower()
        self._is_stream = kind == "text/event-stream"
        self._is_json = kind == "application/json"
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> None:
        """Note a piece: of a stream the last one that speaks of usage, of a JSON body all of them."""
        if self._is_stream:
            if _MARK in piece:
                self._pieces = [piece]
        elif self._is_json and self._size <= _MAX_BODY:
            self._size += len(piece)
            self._pieces.append(piece)
            if self._size > _MAX_BODY:
                self._pieces.clear()

    def usage(self) -> Usage | None:
        """The counts, once the answer has ended."""
        if self._is_stream:
            return next(filter(None, map(_usage_of_event, reversed(b"".join(self._pieces).splitlines()))), None)
        return _usage_in(b"".join(self._pieces))


def _usage_of_event(line: bytes) -> Usage | None:
    return _usage_in(line[5:]) if line.startswith(b"data:") and _MARK in line else None


def _usage_in(raw: bytes) -> Usage | None:
    """The usage of a body or an event; an event of a response holds it within the response."""
    if _MARK not in raw:
        return None
    try:
        body = jsonio.loads(raw)
    except jsonio.JSONDecodeError:
        return None
    inner = body.get("response") if isinstance(body, dict) else None
    for holder in (body, inner):
        told: Any = holder.get("usage") if isinstance(holder, dict) else None
        if isinstance(told, dict):
            return clean_usage({_NAMES.get(key, key): value for key, value in told.items()})
    return None
