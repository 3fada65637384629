"""Server-sent events that are passed on unread: the same bytes, cut between events only.

So whoever passes them on may put something of its own between two events, and a stream that breaks off never leaves
half an event behind. Knows nothing of what events say.
"""

from llms.errors import Malformed

_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_LONGEST = 4


class WholeEvents:
    """Holds back the bytes after the last blank line until the next one comes."""

    def __init__(self, max_event_bytes: int) -> None:
        self._limit = max_event_bytes
        self._held = bytearray()
        self._seen = 0  # up to here there is no blank line in what is held

    def feed(self, data: bytes) -> bytes:
        """The whole events there are now, possibly none. Raises `Malformed` for one beyond the limit."""
        held = self._held
        held += data
        start = max(0, self._seen - _LONGEST + 1)
        end = max(found + len(mark) if (found := held.rfind(mark, start)) >= 0 else 0 for mark in _ENDS)
        ready = bytes(held[:end])
        del held[:end]
        self._seen = len(held)
        if self._seen > self._limit:
            raise Malformed(f"an event of the stream is larger than {self._limit} bytes")
        return ready

    def flush(self) -> bytes:
        """What is left when the stream has ended."""
        rest = bytes(self._held)
        self._held.clear()
        self._seen = 0
        return rest
