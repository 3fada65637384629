"""The seam to the network: send one request, get status, headers and the body as it arrives; closing is immediate.

Nothing outside this file knows which HTTP client stands behind it, or meets one of its exceptions: they are mapped to
`UpstreamError`s here, and the timer that fired is named. A test, or a provider that makes its answers itself, brings a
`Transport` of its own.
"""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, final
from urllib.parse import urlsplit

import aiohttp

from llms import tasks
from llms.errors import Malformed, TimedOut, Unavailable, UpstreamError
from llms.types import Action, Timeouts
from llms.version import VERSION

USER_AGENT = f"llms/{VERSION}"

_DRAIN_S = 1.0
_READ_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One upstream HTTP request."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    method: str = "POST"
    changes: tuple[tuple[Action, str], ...] = ()
    """What of the client's request could not be told as it was: pairs of action and field."""


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


@final
class AiohttpTransport:
    """The transport over one aiohttp `ClientSession`, made on first use, shared by all providers of a gateway.

    The connections have no limit in number: how many calls run at once is decided where calls are admitted.
    `use_environment_proxies` makes the session honour `HTTPS_PROXY` and its kin, at some cost per request.
    """

    def __init__(self, *, use_environment_proxies: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._use_environment_proxies = use_environment_proxies
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    def open(self, request: Request, timeouts: Timeouts) -> "AiohttpExchange":
        """Prepare an exchange over this session."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls or True),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                trust_env=self._use_environment_proxies,
            )
        return AiohttpExchange(self._session, request, timeouts)

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


@final
class AiohttpExchange:
    """One request and its reply; both `Exchange` and `Reply`."""

    __slots__ = ("_request", "_response", "_session", "_started", "_timeouts", "headers", "status")

    def __init__(self, session: aiohttp.ClientSession, request: Request, timeouts: Timeouts) -> None:
        self._session = session
        self._request = request
        self._timeouts = timeouts
        self._response: aiohttp.ClientResponse | None = None
        self._started = False
        self.status = 0
        self.headers: Mapping[str, str] = {}

    async def __aenter__(self) -> Self:
        request = self._request
        try:
            response = await self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=request.headers,
                timeout=_client_timeout(self._timeouts),
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._failure(error) from error
        self._response = response
        self.status = response.status
        self.headers = response.headers
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        response, self._response = self._response, None
        if response is None:
            return
        if kind is None and not response.content.at_eof():
            # The provider has said its end mark, the HTTP body has not ended yet: it nearly always does so at once, and
            # the connection is then good for another call. The caller does not wait for that.
            tasks.spawn(_read_out(response), name="llms.transport.read_out")
        else:
            response.close()

    async def read(self) -> bytes:
        """The next piece of the body as the network delivers it, empty at its end."""
        response = self._response
        if response is None:
            raise RuntimeError("the exchange is not open")
        try:
            piece = await response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failure(error) from error
        if not self._started:
            self._started = True
            self._tighten(response)
        return piece

    def _tighten(self, response: aiohttp.ClientResponse) -> None:
        """After the first bytes the allowed gap is `idle_s`; until then it is `first_token_s`."""
        idle_s = self._timeouts.idle_s
        connection = response.connection
        if connection is not None and connection.protocol is not None and connection.protocol.read_timeout != idle_s:
            connection.protocol.read_timeout = idle_s
            connection.protocol.start_timeout()  # the timer under way still has the first token's patience

    def _failure(self, error: BaseException) -> UpstreamError:
        """An exception of the client as one of ours. The text never holds headers or bodies, so no key."""
        host = urlsplit(self._request.url).netloc.rpartition("@")[2]
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return TimedOut(f"connecting to {host} took longer than {self._timeouts.connect_s:g} s", code="connect")
        if isinstance(error, TimeoutError):
            if not self._started:
                limit = self._timeouts.first_token_s or 0
                return TimedOut(f"{host} gave no first token within {limit:g} s", code="first_token")
            return TimedOut(f"{host} sent nothing for {self._timeouts.idle_s or 0:g} s", code="idle")
        if isinstance(error, aiohttp.ClientPayloadError) or self._started:
            return Malformed(f"{host} broke the answer off")
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            return Unavailable(f"no trusted TLS connection to {host}")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return Unavailable(f"the name {host} cannot be resolved")
        if isinstance(error, aiohttp.ClientConnectorError):
            return Unavailable(f"cannot connect to {host}: {error.os_error.strerror or 'refused'}")
        if isinstance(error, aiohttp.InvalidURL | ValueError):
            return Unavailable(f"the address of the provider is not valid: {host or 'no host'}")
        return Unavailable(f"{host} closed the connection without an answer")


@functools.lru_cache(maxsize=256)
def _client_timeout(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    # ClientSession's own default is 300 s for the whole request, which would cut long streams.
    return aiohttp.ClientTimeout(total=None, connect=timeouts.connect_s, sock_read=timeouts.first_token_s)


async def _read_out(response: aiohttp.ClientResponse) -> None:
    """Read what is left of a body that should be over, so that its connection can serve again; else close it."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            await response.content.read(_READ_CHUNK)
    except (aiohttp.ClientError, TimeoutError, OSError):
        pass
    finally:
        response.close()
