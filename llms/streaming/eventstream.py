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
_MAX_HEADER_BYTES = 128 * 1024
_KNOWN_HEADERS = 64

_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Header types whose values all have one size: booleans, integers, timestamps, UUIDs."""

_BYTES, _TEXT = 6, 7


class EventStreamDecoder:
    """Feed it bytes as they come; it gives back the events they complete."""

    __slots__ = ("_held", "_limit", "_names", "_needed", "_size")

    def __init__(self, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._held: list[bytes] = []
        self._size = 0
        self._needed = _PRELUDE.size  # bytes there must be before the next look is worth while
        self._names: dict[bytes, dict[str, str]] = {}  # the same few headers come again and again

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes. Raises `Malformed` for bytes that are no frames, or too large a one."""
        self._held.append(piece)
        self._size += len(piece)
        if self._size < self._needed:
            return []
        buffer = b"".join(self._held) if len(self._held) > 1 else piece
        events: list[Event] = []
        start = 0
        while True:
            self._needed = self._length_at(buffer, start)
            if len(buffer) - start < self._needed:
                break
            if (event := self._event(memoryview(buffer)[start : start + self._needed])) is not None:
                events.append(event)
            start += self._needed
        rest = buffer[start:]
        self._held = [rest] if rest else []
        self._size = len(rest)
        return events

    def flush(self) -> list[Event]:
        """Nothing: a frame is whole or broken. Raises `Malformed` where the stream ended within one."""
        if self._size:
            raise Malformed("the stream broke off within a frame")
        return []

    def _length_at(self, buffer: bytes, start: int) -> int:
        """How long the frame at `start` is; as long as its length cannot be told, how much is needed to tell it."""
        if len(buffer) - start < _PRELUDE.size:
            return _PRELUDE.size
        length, header_length, checksum = _PRELUDE.unpack_from(buffer, start)
        if crc32(buffer[start : start + 8]) != checksum:
            raise Malformed("a frame of the stream begins with a wrong checksum")
        if length > self._limit:
            raise Malformed(f"one frame of the stream is larger than {self._limit} bytes")
        if header_length > _MAX_HEADER_BYTES or length < _AROUND + header_length:
            raise Malformed("a frame of the stream has lengths that cannot be")
        return int(length)

    def _event(self, frame: memoryview) -> Event | None:
        (checksum,) = _CHECKSUM.unpack_from(frame, len(frame) - _CHECKSUM.size)
        if crc32(frame[: -_CHECKSUM.size]) != checksum:
            raise Malformed("a frame of the stream has a wrong checksum")
        payload_start = _PRELUDE.size + _PRELUDE.unpack_from(frame)[1]
        headers = self._headers(bytes(frame[_PRELUDE.size : payload_start]))
        payload = bytes(frame[payload_start : -_CHECKSUM.size])
        kind = headers.get(":message-type", "event")
        if kind == "event":
            name = headers.get(":event-type", "")
            return None if name == "initial-response" else Event(name, payload)
        if kind == "exception":
            return Event(EXCEPTION + headers.get(":exception-type", ""), payload)
        message = {"message": headers.get(":error-message") or payload.decode("utf-8", "replace")}
        return Event(ERROR + headers.get(":error-code", ""), jsonio.dumps(message))

    def _headers(self, raw: bytes) -> dict[str, str]:
        """The headers that are texts, by name."""
        known = self._names.get(raw)
        if known is None:
            try:
                known = _text_headers(raw)
            except (IndexError, struct.error, KeyError):
                raise Malformed("a frame of the stream has headers that cannot be read") from None
            if len(self._names) < _KNOWN_HEADERS:
                self._names[raw] = known
        return known


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
