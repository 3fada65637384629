"""How Google frames a stream: events where `alt=sse` was asked for and understood, else one JSON array, object by
object as they are made. The first byte tells which. Source: recordings of both.
"""

import re
from typing import final

from llms.errors import Malformed
from llms.streaming.decoder import Decoder
from llms.streaming.sse import Event, SseDecoder

_MARKS = re.compile(rb'[{}"\\]')
_BLANK = b" \t\r\n\xef\xbb\xbf"


@final
class GoogleDecoder:
    """Finds out which of the two it is, and then is that one."""

    def __init__(self, max_event_bytes: int) -> None:
        self._limit = max_event_bytes
        self._decoder: Decoder | None = None

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes. Raises `Malformed` when one grows beyond the limit."""
        if self._decoder is None:
            start = piece.lstrip(_BLANK)[:1]
            if not start:
                return []
            self._decoder = JsonArrayDecoder(self._limit) if start in {b"[", b"{"} else SseDecoder(self._limit)
        return self._decoder.feed(piece)

    def flush(self) -> list[Event]:
        """What is left at the end. Raises `Malformed` where an object of an array is cut."""
        return self._decoder.flush() if self._decoder is not None else []


@final
class JsonArrayDecoder:
    """The objects of one JSON array, each as an event as soon as it is closed; what stands between them is skipped."""

    def __init__(self, max_event_bytes: int) -> None:
        self._limit = max_event_bytes
        self._pieces: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._in_text = False
        self._escaped = False

    def feed(self, piece: bytes) -> list[Event]:
        """The objects that `piece` completes."""
        events: list[Event] = []
        if not piece:
            return events
        start = 0
        skipped = 0 if self._escaped else -1
        self._escaped = False
        for mark in _MARKS.finditer(piece):
            at, sign = mark.start(), mark[0]
            if at == skipped:
                continue
            if self._in_text:
                if sign == b"\\":
                    skipped = at + 1
                    self._escaped = skipped == len(piece)
                self._in_text = sign != b'"'
                continue
            before = self._depth
            self._step(sign)
            if self._depth and not before:
                start = at
            elif before and not self._depth:
                events.append(Event("", b"".join([*self._pieces, piece[start : at + 1]])))
                self._pieces, self._size = [], 0
        if self._depth:
            self._hold(piece[start:])
        return events

    def _step(self, sign: bytes) -> None:
        """One mark outside of a text."""
        if sign == b'"':
            self._in_text = True
        elif sign == b"{":
            self._depth += 1
        elif sign == b"}" and self._depth:
            self._depth -= 1

    def flush(self) -> list[Event]:
        """Nothing: an object that is not closed was cut."""
        if self._depth:
            raise Malformed("the stream ended within an answer")
        return []

    def _hold(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            raise Malformed(f"one answer of the stream is larger than {self._limit} bytes")
