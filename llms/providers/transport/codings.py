"""Compressed bodies, undone piece by piece and in bounded memory: nothing of HTTP or sockets here.

The gateway asks for bodies as they are, since compressing would hold events back. A few servers compress all the same.
"""

import zlib
from typing import final

from llms.errors import UpstreamError

PIECE_BYTES = 256 * 1024
"""The most that one step gives: a small body may unpack to something a thousand times its size."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS

CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
"""The values of `content-encoding` that can be undone."""


@final
class Unpacker:
    """Undoes `gzip` or `deflate`. `broken` is what to raise where the bytes are not what the header says.

    Feed it with `feed`, then take pieces until one is empty; `finish` says that no more will be fed.
    """

    def __init__(self, coding: str, broken: UpstreamError) -> None:
        self._gzip = coding != "deflate"
        self._broken = broken
        self._packed = b""
        self._inflater: zlib._Decompress | None = None

    def feed(self, packed: bytes) -> None:
        """Add bytes as they came; all that could be taken has been."""
        self._packed += packed

    def take(self) -> bytes:
        """The next unpacked bytes, at most `PIECE_BYTES`; empty where more must be fed. Raises the `broken` error."""
        inflater = self._inflater
        while self._packed or (inflater is not None and not inflater.eof):
            if inflater is None or (inflater.eof and self._gzip):
                inflater = self._inflater = self._next_inflater()
            elif inflater.eof:
                return b""
            try:
                piece = inflater.decompress(self._packed, PIECE_BYTES)
            except zlib.error:
                raise self._broken from None
            self._packed = inflater.unused_data or inflater.unconsumed_tail
            if piece:
                return piece
            if not inflater.eof:
                return b""
        return b""

    def finish(self) -> None:
        """Raises the `broken` error where the packed body was not over."""
        if self._inflater is not None and not self._inflater.eof:
            raise self._broken

    def _next_inflater(self) -> "zlib._Decompress":
        """For the next member of a gzip body, or a deflate body: those come with zlib's header, and without it."""
        if self._gzip:
            return zlib.decompressobj(_GZIP)
        return zlib.decompressobj(_ZLIB if self._packed[0] & 0x0F == zlib.DEFLATED else _RAW)
