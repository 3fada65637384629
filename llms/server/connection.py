"""The server beneath the application: what it does otherwise than aiohttp's.

Bytes that are no request aiohttp answers itself, before any handler or middleware of ours. Its answer is plain text
that quotes what came, and so does its log, with a traceback: a header at fault may be the one that carries the key.
Here such a request is answered and logged like every other: OpenAI's error object, an id, one line, and nothing of what
came.

Chats do not go through the application's router, whose way to a handler costs a twentieth of a small request: there is
one exact address to compare.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from llms.errors import BadRequest
from llms.server.middleware import refuse_unread

Answer = Callable[[Any], Awaitable[web.StreamResponse]]
"""What answers a request; an application's takes `web.Request`, a server's is told `web.BaseRequest`."""

Shortcuts = dict[tuple[str, str], Answer]

SHORTCUTS = web.AppKey("shortcuts", Shortcuts)
"""What answers a method at an exact path, its middleware included. An application has it as a route too."""


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
    def like(cls, server: web.Server, shortcuts: Shortcuts) -> Self:
        """The same server with other connections, for whose class aiohttp has no setting, and shorter ways."""
        return cls(
            _by(shortcuts, server.request_handler),
            request_factory=server.request_factory,
            handler_cancellation=server.handler_cancellation,
            loop=server._loop,  # noqa: SLF001 - what its constructor took
            **server._kwargs,  # noqa: SLF001 - likewise
        )

    def __call__(self) -> Connection:
        """A connection that has just been made."""
        return Connection(self, loop=self._loop, **self._kwargs)


def _by(shortcuts: Shortcuts, usual: Answer) -> Answer:
    """The handler of every request: a shortcut where there is one, else the usual way.

    Who wants to be asked for the body first (`Expect: 100-continue`) goes the usual way, where aiohttp does that. What
    else a client may expect, aiohttp refuses before any middleware; so it is refused here. Source: RFC 9110 (10.1.1).
    """

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        expected = request.headers.get(hdrs.EXPECT) if request.version >= HttpVersion11 else None
        if expected and expected.lower() != "100-continue":
            return _disappoint()
        shortcut = shortcuts.get((request.method, request.raw_path))
        return usual(request) if shortcut is None or expected else shortcut(request)

    return answer


async def _disappoint() -> web.Response:
    error = BadRequest("the header Expect must be 100-continue", param="Expect", code="expectation_failed", status=417)
    answer = refuse_unread(error)
    answer.force_close()  # the body may come, or not
    return answer


class Runner(web.AppRunner):
    """Runs an application on such connections, and by its `SHORTCUTS`."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        return _Server.like(await super()._make_server(), self.app.get(SHORTCUTS, {}))
