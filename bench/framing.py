"""HTTP/1.1 responses, cut out of bytes as they arrive: the least a load generator needs to be exact.

Knows status line, `content-length` and `transfer-encoding: chunked`. It must not know what the body means.
Anything it does not understand (no framing, trailers, bytes after the end) is a `FramingError`, never a guess: a bench
that miscounts is worse than none.
"""

from __future__ import annotations


class FramingError(Exception):
    """The bytes are not a response this reader understands."""


class Response:
    """One response in the making: `feed` bytes until `complete`.

    `status` is 0 until the head is there. `keep_alive` says whether the connection may carry another request.
    """

    __slots__ = ("_chunked", "_left", "_rest", "complete", "keep_alive", "status")

    def __init__(self) -> None:
        self.status = 0
        self.keep_alive = True
        self.complete = False
        self._chunked = False
        self._left = 0
        self._rest = b""

    def feed(self, received: bytes) -> bytes:
        """Return the body bytes that became readable, in order; of a chunked body only whole chunks."""
        if self._rest:
            received = self._rest + received
            self._rest = b""
        if not self.status:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                self._rest = received
                return b""
            self._read_head(received[:end].lower())
            received = received[end + 4 :]
        return self._take_chunks(received) if self._chunked else self._take_counted(received)

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        headers = dict(line.split(b":", 1) for line in lines)
        self.status = int(first.split(b" ", 2)[1])
        self.keep_alive = headers.get(b"connection", b"").strip() != b"close" and first.startswith(b"http/1.1")
        if headers.get(b"transfer-encoding", b"").strip() == b"chunked":
            self._chunked = True
        elif b"content-length" in headers:
            self._left = int(headers[b"content-length"])
        else:
            raise FramingError("neither content-length nor chunked")

    def _take_counted(self, received: bytes) -> bytes:
        self._left -= len(received)
        if self._left < 0:
            raise FramingError("bytes after the end of the body")
        self.complete = self._left == 0
        return received

    def _take_chunks(self, received: bytes) -> bytes:
        pieces = []
        position = 0
        while (line_end := received.find(b"\r\n", position)) >= 0:
            length = int(received[position:line_end].partition(b";")[0], 16)
            end = line_end + length + 4
            if end > len(received):
                break
            if received[end - 2 : end] != b"\r\n":
                raise FramingError("a chunk is not followed by a line end")
            position = end
            if not length:
                self.complete = True
                if end < len(received):
                    raise FramingError("bytes after the end of the body")
                break
            pieces.append(received[line_end + 2 : end - 2])
        self._rest = received[position:]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
