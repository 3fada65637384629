"""Newline-delimited JSON: bytes to lines, whatever the reads cut apart.

Knows the framing only: a line is an event without a name. Fragments of an unfinished line are kept in a list and joined
once, so a line of several megabytes that arrives in thousands of reads costs linear time.
"""

from llms.errors import Malformed
from llms.streaming.sse import DEFAULT_MAX_EVENT_BYTES, Event

_BOM = b"\xef\xbb\xbf"


class NdjsonDecoder:
    """Feed it bytes as they come; it gives back the lines they complete, without blank ones."""

    __slots__ = ("_fragments", "_limit", "_size", "_started")

    def __init__(self, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._fragments: list[bytes] = []
        self._size = 0  # bytes held for the line that is not complete yet
        self._started = False

    def feed(self, piece: bytes) -> list[Event]:
        """The lines that `piece` completes. Raises `Malformed` when one grows beyond the limit."""
        end = piece.rfind(b"\n")
        if end < 0:
            self._hold(piece)
            return []
        whole = piece[:end]
        if self._fragments:
            self._grow(piece.find(b"\n"))
            whole = b"".join([*self._fragments, whole])
            self._fragments = []
        self._size = 0
        if end + 1 < len(piece):
            self._hold(piece[end + 1 :])
        return self._events(whole)

    def flush(self) -> list[Event]:
        """The last line, where the stream ended without a line break."""
        rest = b"".join(self._fragments)
        self._fragments = []
        self._size = 0
        return self._events(rest)

    def _events(self, whole: bytes) -> list[Event]:
        if not self._started:
            self._started = True
            whole = whole.removeprefix(_BOM)
        events = []
        for line in whole.split(b"\n"):
            if len(line) > self._limit:
                raise self._too_large()
            if line and not line.isspace():
                events.append(Event("", line))
        return events

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._fragments.append(piece)
            self._grow(len(piece))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise self._too_large()

    def _too_large(self) -> Malformed:
        return Malformed(f"one line of the stream is larger than {self._limit} bytes")
