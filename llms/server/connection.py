"""Connections whose bytes are no request: aiohttp answers those itself, before any handler or middleware of ours.

Its answer is plain text that quotes what came, and so does its log, with a traceback: a header at fault may be the one
that carries the key. Here such a request is answered and logged like every other: OpenAI's error object, an id, one
line, and nothing of what came.
"""

from typing import Any, Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from llms.errors import BadRequest
from llms.server.middleware import refuse_unread


class Connection(web.RequestHandler):
    """aiohttp's side of one connection, but for what it says and logs of a request that cannot be read."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no request. Faults of our own handlers never come here: the boundary has them."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun: nothing more can be said")
        answer = refuse_unread(BadRequest(_fault(exc), code="invalid_http"))
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Pass on what aiohttp wants to log, but for a body that broke off or cannot be unpacked: that was answered."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)


def _fault(error: HttpProcessingError) -> str:
    """What is wrong, in words of ours: those of the parser quote the request."""
    if isinstance(error, LineTooLong):
        return "the request cannot be read: its address or one of its headers is too long"
    if error.message.startswith("Received HTTPS"):
        return "the request cannot be read: this port speaks HTTP, not HTTPS"
    return "the request cannot be read: it is not valid HTTP"


class _Server(web.Server):
    """A server whose connections are ours."""

    @classmethod
    def like(cls, server: web.Server) -> Self:
        """The same server with other connections: aiohttp has no setting for their class."""
        return cls(
            server.request_handler,
            request_factory=server.request_factory,
            handler_cancellation=server.handler_cancellation,
            loop=server._loop,  # noqa: SLF001 - what its constructor took
            **server._kwargs,  # noqa: SLF001 - likewise
        )

    def __call__(self) -> Connection:
        """A connection that has just been made."""
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on such connections."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        return _Server.like(await super()._make_server())
