"""The transport over aiohttp's client: the one that knows proxies, and runs wherever aiohttp does.

The only module that meets aiohttp's client and its exceptions.
"""

import asyncio
import functools
import io
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, final
from urllib.parse import urlsplit

import aiohttp

from llms import tasks
from llms.config.values import is_loopback
from llms.errors import UpstreamError
from llms.providers.transport import outcomes
from llms.providers.transport.interface import DRAIN_BYTES, DRAIN_S, USER_AGENT, Request
from llms.providers.transport.outcomes import host_of
from llms.types import Timeouts

_LARGE_BYTES = 1024 * 1024


@final
class AiohttpTransport:
    """The transport over an aiohttp `ClientSession`, made on first use, shared by all providers of a gateway.

    The connections have no limit in number: how many calls run at once is decided where calls are admitted.
    `use_environment_proxies` makes it honour `HTTPS_PROXY` and its kin, at some cost per request; this machine is
    reached without them, in a session of its own.
    """

    def __init__(self, *, use_environment_proxies: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._use_environment_proxies = use_environment_proxies
        self._tls = tls
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """By whether they honour proxies."""

    def open(self, request: Request, timeouts: Timeouts) -> "AiohttpExchange":
        """Prepare an exchange over a session."""
        proxied = self._use_environment_proxies and not _is_here(request.url)
        session = self._sessions.get(proxied)
        if session is None:
            session = self._sessions[proxied] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls or True),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                trust_env=proxied,
            )
        return AiohttpExchange(session, request, timeouts)

    async def close(self) -> None:
        """Close the sessions and their connections."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()


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
                data=_payload(request),
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
        """An exception of the client as one of ours."""
        host = host_of(self._request.url)
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return outcomes.slow_to_connect(host, self._timeouts.connect_s)
        if isinstance(error, TimeoutError):
            if not self._started:
                return outcomes.no_first_token(host, self._timeouts.first_token_s)
            return outcomes.fell_silent(host, self._timeouts.idle_s)
        if isinstance(error, aiohttp.ClientPayloadError) or self._started:
            return outcomes.broken_off(host)
        if isinstance(error, aiohttp.ClientResponseError):
            return outcomes.not_http(host)
        return _failure_to_connect(host, error)


@functools.lru_cache(maxsize=256)
def _is_here(url: str) -> bool:
    """Whether an address is on this machine, where a proxy on another one does not lead."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False  # no address at all: the session says so


def _failure_to_connect(host: str, error: BaseException) -> UpstreamError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return outcomes.untrusted(host)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return outcomes.unresolved(host)
    if isinstance(error, aiohttp.ClientConnectorError):
        return outcomes.refused(host, error.os_error)
    if isinstance(error, aiohttp.InvalidURL):
        return outcomes.bad_address(host)
    if isinstance(error, ValueError):
        return outcomes.bad_header(host)
    return outcomes.unanswered(host)


def _payload(request: Request) -> Any:
    """The body; a large one as a file, which aiohttp writes in parts where bytes would hold up the event loop."""
    if request.pieces is not None:
        return request.pieces
    body = request.body
    return io.BytesIO(body) if body is not None and len(body) > _LARGE_BYTES else body


@functools.lru_cache(maxsize=256)
def _client_timeout(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    # ClientSession's own default is 300 s for the whole request, which would cut long streams.
    return aiohttp.ClientTimeout(total=None, connect=timeouts.connect_s, sock_read=timeouts.first_token_s)


async def _read_out(response: aiohttp.ClientResponse) -> None:
    """Read what is left of a body that should be over, so that its connection can serve again; else close it."""
    try:
        async with asyncio.timeout(DRAIN_S):
            await response.content.read(DRAIN_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        pass
    finally:
        response.close()
