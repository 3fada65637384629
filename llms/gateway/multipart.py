"""A `multipart/form-data` body that is passed on while it comes, with another name of the model in it.

It is read up to its `model` field, because that decides where it goes. What comes before that field is held in memory,
up to a limit: a client that sends the file first can send one no larger than that, a client that sends the model first
can send any. Everything else passes byte for byte. Knows nothing of HTTP servers: bytes come from an iterator.
"""

import re
from collections.abc import AsyncIterator

from llms.errors import BadRequest, GatewayError, TooLarge

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;,"]+))', re.IGNORECASE)
_NAME = re.compile(rb';\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_MAX_HEAD = 16 * 1024
_MAX_MODEL = 1024


class Multipart:
    """One such body; `read` makes it. It is `llms.types.Upload`."""

    def __init__(self, content_type: str, size: int | None, scanner: "_Scanner", held: bytes) -> None:
        start, end = scanner.found
        self.content_type = content_type
        self.model = scanner.model
        self.failure: GatewayError | None = None
        self._size = None if size is None else size - (end - start)
        self._before, self._after = held[:start], held[end:]
        self._scanner = scanner
        self._rest: AsyncIterator[bytes] | None = None
        self._touched = False

    @classmethod
    async def read(
        cls, content_type: str, pieces: AsyncIterator[bytes], *, size: int | None = None, max_held: int
    ) -> "Multipart":
        """Read up to the end of the `model` field. `size` is that of the whole body, in bytes, if it is known.

        Raises `BadRequest` where there is no such field, `TooLarge` where more than `max_held` bytes come before it.
        """
        scanner = _Scanner(boundary_of(content_type))
        held: list[bytes] = []
        length = 0
        async for piece in pieces:
            held.append(piece)
            length += len(piece)
            scanner.feed(piece)
            if scanner.model:
                found = cls(content_type, size, scanner, b"".join(held))
                found._rest = pieces
                return found
            if length > max_held:
                raise TooLarge(
                    f"the field 'model' must come within the first {max_held} bytes: send it before the file"
                )
        raise BadRequest("the field 'model' is missing", param="model", code="missing_required_parameter")

    @property
    def untouched(self) -> bool:
        """Whether only what is held has been sent yet."""
        return not self._touched

    def told(self, model: str) -> tuple[int | None, AsyncIterator[bytes]]:
        """The size and the pieces of the body with this name of the model."""
        name = model.encode()
        return None if self._size is None else self._size + len(name), self._pieces(name)

    async def _pieces(self, name: bytes) -> AsyncIterator[bytes]:
        yield self._before + name + self._after
        self._touched = True
        if self._rest is None:
            return
        try:
            async for piece in self._rest:
                self._scanner.feed(piece)
                yield piece
        except GatewayError as failure:
            self.failure = failure  # the HTTP client that asks for the pieces tells only that there are none
            raise


def boundary_of(content_type: str) -> bytes:
    """What stands between the parts. Raises `BadRequest` for a body that is not of this kind."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise BadRequest("the request body must be multipart/form-data", code="invalid_multipart")
    return (found[1] or found[2]).encode("latin-1", "replace")


class _Scanner:
    """Finds the value of the field `model` in a body that comes piece by piece; `found` is where it begins and ends.

    It looks at all of the body: which of two models a provider would take is not for the client to choose. What has
    been looked at is forgotten, so its work is linear and it holds little.
    """

    def __init__(self, boundary: bytes) -> None:
        self.model = ""
        self.found = (0, 0)
        self._mark = b"\r\n--" + boundary
        self._window = bytearray(b"\r\n")  # the first boundary has no line before it
        self._at = -2  # the place of the window's first byte in the body
        self._in_head = False
        self._in_model = False
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes. Raises `BadRequest` for a body that cannot be read, or names a second model."""
        if self._ended:
            return
        self._window += data
        while self._head() if self._in_head else self._content():
            pass

    def _content(self) -> bool:
        """Go on to the next boundary; False as long as it has not come."""
        end = self._boundary()
        after = end + len(self._mark)
        if end < 0 or len(self._window) < after + 2:
            if self._in_model and len(self._window) > _MAX_MODEL:
                raise BadRequest("the field 'model' is too long", param="model")
            if not self._in_model:
                self._forget(max(0, len(self._window) - len(self._mark) - 1) if end < 0 else end)
            return False
        if self._in_model:
            self._take_model(end)
        follows = bytes(self._window[after : after + 2])
        self._forget(after)
        self._ended = follows == b"--"
        self._in_head = True
        return not self._ended

    def _boundary(self) -> int:
        """The place of the next boundary, whose line may not be whole yet; -1 as long as there is none."""
        found = -1
        while (found := self._window.find(self._mark, found + 1)) >= 0:
            after = found + len(self._mark)
            follows = bytes(self._window[after : after + 2])
            if len(follows) < 2 or follows in {b"--", b"\r\n"} or follows[:1].isspace():
                return found
        return -1

    def _head(self) -> bool:
        """Read the header lines of a part; False as long as they have not come."""
        end = self._window.find(b"\r\n\r\n")
        if end < 0:
            if len(self._window) > _MAX_HEAD:
                raise BadRequest("the header of a part is too long", code="invalid_multipart")
            return False
        self._in_head = False
        self._in_model = _name_in(bytes(self._window[:end])) == b"model"
        self._forget(end + 4)
        return True

    def _take_model(self, end: int) -> None:
        if self.model:
            raise BadRequest("the field 'model' stands there twice", param="model")
        self.model = self._window[:end].decode("utf-8", "replace").strip()
        self.found = (self._at, self._at + end)
        self._in_model = False
        if not self.model or not self.model.isprintable():
            raise BadRequest("the field 'model' must be a model name", param="model")

    def _forget(self, count: int) -> None:
        del self._window[:count]
        self._at += count


def _name_in(head: bytes) -> bytes:
    """The name of the field that the header lines of a part are for."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition" and (found := _NAME.search(value)):
            return found[1] if found[1] is not None else found[2]
    return b""
