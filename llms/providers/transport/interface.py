"""What carries a request to a provider: the words both sides of the seam share.

A request goes out; status, headers and the body as it arrives come back. Knows no HTTP client. Whatever goes wrong
behind the seam is one of the `UpstreamError`s of `outcomes`. A test, or a provider that makes its answers itself,
brings a `Transport` of its own.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

from llms.errors import Malformed, UpstreamError
from llms.types import Action, Timeouts
from llms.version import VERSION

USER_AGENT = f"llms/{VERSION}"
"""What providers are told who asks."""

DRAIN_S = 1.0
DRAIN_BYTES = 64 * 1024
"""How long, and how much, is read of a body that goes on after its end mark, to keep its connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One upstream HTTP request."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    method: str = "POST"
    changes: tuple[tuple[Action, str], ...] = ()
    """What of the client's request could not be told as it was: pairs of action and field."""
    pieces: AsyncIterator[bytes] | None = None
    """The body instead of `body`, where it comes while it is sent."""


class Reply(Protocol):
    """An upstream answer whose body is still on its way."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up without regard to case."""
        ...

    async def read(self) -> bytes:
        """The next piece of the body as the network delivers it, empty at its end.

        Raises `UpstreamError` when it breaks off or stalls.
        """
        ...


class Exchange(Protocol):
    """An async context manager around one request and its reply; leaving it early closes the connection."""

    async def __aenter__(self) -> Reply: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Transport(Protocol):
    """Whatever can carry a request to a provider."""

    def open(self, request: Request, timeouts: Timeouts) -> Exchange:
        """Prepare an exchange; nothing is sent before it is entered."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...


async def read_all(reply: Reply, limit: int) -> bytes:
    """The whole body. Raises `Malformed` beyond `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    while piece := await reply.read():
        size += len(piece)
        if size > limit:
            raise Malformed(f"the answer is larger than {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


async def read_some(reply: Reply, limit: int) -> bytes:
    """What can be had of a body, at most `limit` bytes: of an error the status counts, even if its text breaks off."""
    body = b""
    try:
        while len(body) < limit and (piece := await reply.read()):
            body += piece
    except UpstreamError:
        pass
    return body[:limit]
