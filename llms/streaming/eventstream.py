"""Amazon's event stream: bytes to events, out of binary frames with checksums, whatever the reads cut apart.

Knows the framing only. A frame has 12 bytes before it (its length, the length of its headers, a checksum of both), then
headers, then what it says, then a checksum of all. An ordinary frame becomes an event with the name its `:event-type`
header gives; a frame that tells of a failure becomes one whose name begins with `exception/` or `error/`. Source: the
Smithy specification of `application/vnd.amazon.eventstream`, 2026-08.

Frames that are not complete are held in a list and joined once, so a large one that arrives in thousands of reads costs
linear time.
"""

import struct
from zlib import crc32

from llms import jsonio
from llms.errors import Malformed
from llms.streaming.sse import DEFAULT_MAX_EVENT_BYTES, Event

EXCEPTION = "exception/"
"""What the name of an event begins with that tells of a failure the service models."""

ERROR = "error/"
"""What the name of an event begins with that tells of any other failure."""

_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_AROUND = _PRELUDE.size + _CHECKSUM.size
_KNOWN_HEADERS = 64

_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Header types whose values all have one size: booleans, integers, timestamps, UUIDs."""

_BYTES, _TEXT = 6, 7


_new_event = tuple.__new__


class EventStreamDecoder:
    """Feed it bytes as they come; it gives back the events they complete."""

    __slots__ = ("_held", "_limit", "_names", "_needed", "_size")

    def __init__(self, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._held: list[bytes] = []
        self._size = 0
        self._needed = _PRELUDE.size  # bytes there must be before the next look is worth while
        self._names: dict[bytes, str] = {}  # what is said by headers of plain events, which are few and come again

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes. Raises `Malformed` for bytes that are no frames, or too large a one."""
        self._held.append(piece)
        self._size += len(piece)
        if self._size < self._needed:
            return []
        buffer = b"".join(self._held) if len(self._held) > 1 else piece
        events: list[Event] = []
        start, size = 0, len(buffer)
        self._needed = _PRELUDE.size
        while size - start >= _PRELUDE.size:
            length, header_length, checksum = _PRELUDE.unpack_from(buffer, start)
            if crc32(buffer[start : start + 8]) != checksum or length > self._limit or length < _AROUND + header_length:
                raise self._impossible(buffer[start : start + 8], checksum, length)
            if start + length > size:
                self._needed = length
                break
            payload_start, end = start + _PRELUDE.size + header_length, start + length - _CHECKSUM.size
            if crc32(buffer[start + 8 : end], checksum) != _CHECKSUM.unpack_from(buffer, end)[0]:
                raise Malformed("a frame of the stream has a wrong checksum")
            headers, payload = buffer[start + _PRELUDE.size : payload_start], buffer[payload_start:end]
            name = self._names.get(headers)
            if name is not None:
                events.append(_new_event(Event, (name, payload)))
            elif (event := self._event(headers, payload)) is not None:
                events.append(event)
            start += length
        rest = buffer[start:]
        self._held = [rest] if rest else []
        self._size = len(rest)
        return events

    def flush(self) -> list[Event]:
        """Nothing: a frame is whole or broken. Raises `Malformed` where the stream ended within one."""
        if self._size:
            raise Malformed("the stream broke off within a frame")
        return []

    def _impossible(self, prelude: bytes, checksum: int, length: int) -> Malformed:
        if crc32(prelude) != checksum:
            return Malformed("a frame of the stream begins with a wrong checksum")
        if length > self._limit:
            return Malformed(f"one frame of the stream is larger than {self._limit} bytes")
        return Malformed("a frame of the stream has lengths that cannot be")

    def _event(self, raw: bytes, payload: bytes) -> Event | None:
        """The event of a frame with headers not met before; None for one that only opens the stream."""
        try:
            headers = _text_headers(raw)
        except (IndexError, struct.error, KeyError):
            raise Malformed("a frame of the stream has headers that cannot be read") from None
        kind = headers.get(":message-type", "event")
        if kind == "exception":
            return Event(EXCEPTION + headers.get(":exception-type", ""), payload)
        if kind == "error":
            message = {"message": headers.get(":error-message") or payload.decode("utf-8", "replace")}
            return Event(ERROR + headers.get(":error-code", ""), jsonio.dumps(message))
        name = headers.get(":event-type", "")
        if name == "initial-response":
            return None
        if len(self._names) < _KNOWN_HEADERS:
            self._names[raw] = name
        return Event(name, payload)


def _text_headers(raw: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    position = 0
    while position < len(raw):
        name_end = position + 1 + raw[position]
        name = raw[position + 1 : name_end].decode("utf-8", "replace")
        kind = raw[name_end]
        position = name_end + 1
        if kind in {_BYTES, _TEXT}:
            (size,) = struct.unpack_from(">H", raw, position)
            position += 2
            if kind == _TEXT:
                texts[name] = raw[position : position + size].decode("utf-8", "replace")
        else:
            size = _FIXED_SIZES[kind]
        position += size
        if position > len(raw):
            raise IndexError
    return texts
