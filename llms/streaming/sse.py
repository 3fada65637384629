"""Server-sent events: bytes to events, whatever the reads cut apart.

Knows the framing only: what an event's data means is the dialect's business. Rules kept here, each seen in recordings
of real providers: CR, LF and CRLF, also split over two reads; a byte order mark; comments; several `data:` lines;
spaces before a field; a last event without its blank line; and `error:` as a field of its own (llama-box, older
llama.cpp), which the standard would have us ignore and so mistake a failure for an end. Source: WHATWG HTML, 9.2.6.

Fragments of an unfinished line are kept in a list and joined once, so an event of several megabytes that arrives in
thousands of reads costs linear, not quadratic, time.
"""

from typing import NamedTuple

from llms.errors import Malformed

DEFAULT_MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Room for base64 images and audio in one event; a provider that never ends a line must not fill the memory."""

_BOM = b"\xef\xbb\xbf"
_LF = 10


class Event(NamedTuple):
    """One event: its `event:` name (empty where there is none) and its data."""

    name: str
    data: bytes


def _whole_events(piece: bytes) -> list[Event]:
    """The events of a piece that holds nothing but whole, plain, single-line ones; none where there is more to it.

    So is nearly every piece of nearly every provider. A few searches over the whole piece cost next to nothing.
    """
    if piece.endswith(b"\n\n"):
        values = piece[6:-2].split(b"\n\ndata: ")
        stray = b"\r" in piece  # `in` searches many bytes at a time, `count` looks at each
    elif piece.endswith(b"\r\n\r\n"):  # Google
        values = piece[6:-4].split(b"\r\n\r\ndata: ")
        stray = piece.count(b"\r") != 2 * len(values)
    else:
        return []
    if stray or piece.count(b"\n") != 2 * len(values) or not all(map(bytes.strip, values)):
        return []
    return [_new_event(Event, ("", value)) for value in values]


def _named_events(piece: bytes) -> list[Event]:
    """The same for events that have a name each, as Anthropic's: `event: ` and `data: `, a line of each."""
    if not piece.endswith(b"\n\n") or b"\r" in piece:
        return []
    parts = piece[:-2].split(b"\n\n")
    if piece.count(b"\n") != 3 * len(parts):
        return []
    events = []
    line, name = b"", ""  # the last one's: mostly it is the same again
    for part in parts:
        first, found, value = part.partition(b"\ndata: ")
        if first != line:
            line, name = first, first[7:].decode("utf-8", "replace")
        if not found or not line.startswith(b"event: ") or not value.strip():
            return []
        events.append(_new_event(Event, (name, value)))
    return events


_new_event = tuple.__new__


class SseDecoder:
    """Feed it bytes as they come; it gives back the events they complete."""

    __slots__ = ("_after_cr", "_data", "_fragments", "_head", "_limit", "_name", "_size")

    def __init__(self, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._head: bytes | None = b""  # the first bytes, until it is known whether they are a byte order mark
        self._after_cr = False
        self._fragments: list[bytes] = []
        self._size = 0  # bytes held for the event that is not complete yet
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes. Raises `Malformed` when one grows beyond the limit."""
        if self._head is not None:
            piece = self._without_bom(piece)
        events: list[Event] = []
        if self._size or self._name or len(piece) > self._limit:
            pass  # the end of what a read before began, or too large to be looked at as a whole
        elif piece.startswith(b"data: "):
            if piece.find(b"\n") == len(piece) - 2 and piece.endswith(b"\n\n") and b"\r" not in piece:
                value = piece[6:-2]  # of a single event, as most reads bring
                events = [] if value.isspace() or not value else [_new_event(Event, ("", value))]
            else:
                events = _whole_events(piece)
        elif piece.startswith(b"event: "):
            events = _named_events(piece)
        if events:
            self._after_cr = False
            return events
        return self._feed_lines(piece)

    def flush(self) -> list[Event]:
        """The last event, where the stream ended without the blank line that closes it."""
        lines = [b"".join([self._head or b"", *self._fragments])]
        self._head, self._fragments = None, []
        return self._events([*lines, b""])

    def _feed_lines(self, piece: bytes) -> list[Event]:
        """The way of `feed` for any piece, line by line."""
        if self._after_cr and piece:
            self._after_cr = False
            if piece[0] == _LF:
                piece = piece[1:]
        if not piece:
            return []
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        if not end:
            self._hold(piece)
            return []
        complete = piece
        if end < len(piece):
            complete = piece[:end]
        if self._fragments:
            self._size -= sum(map(len, self._fragments))
            self._fragments.append(complete)
            complete = b"".join(self._fragments)
            self._fragments = []
        self._after_cr = end == len(piece) and piece.endswith(b"\r")
        events = self._events(complete.splitlines())
        if end < len(piece):
            self._hold(piece[end:])
        return events

    def _events(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        data = self._data
        for line in lines:
            if line[:5] == b"data:":
                data.append(line[6:] if line[5:6] == b" " else line[5:])
                self._grow(len(line))  # the whole line, so that endless empty ones have a limit too
            elif line[:7] == b"event: ":
                self._name = line[7:].decode("utf-8", "replace")
            elif line:
                self._field(line)
            else:
                if data:
                    value = data[0] if len(data) == 1 else b"\n".join(data)
                    if value and not value.isspace():
                        events.append(Event(self._name, value))
                    data.clear()
                self._name = ""
                self._size = 0
        return events

    def _field(self, line: bytes) -> None:
        """Any line that is not a plain `data:` line and not blank."""
        stripped = line.lstrip()
        if stripped.startswith(b":"):
            return
        name, _, value = stripped.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._name = value.decode("utf-8", "replace")
        elif name in {b"data", b"error"}:
            self._data.append(value)
            self._grow(len(line))
            if name == b"error":
                self._name = "error"

    def _hold(self, piece: bytes) -> None:
        self._fragments.append(piece)
        self._grow(len(piece))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise Malformed(f"one event of the stream is larger than {self._limit} bytes")

    def _without_bom(self, piece: bytes) -> bytes:
        """The bytes to read once the start of the stream is known to be, or not to be, a byte order mark."""
        start = (self._head or b"") + piece
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._head = start
            return b""
        self._head = None
        return start.removeprefix(_BOM)
