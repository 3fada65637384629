"""A call's answer as bytes: JSON, or server-sent events.

The headers of a stream wait for the first meaningful chunk, so that a failure before it keeps its true status; after a
grace period they go out without one. From then on a failure is an `error` event, and only a success ends in `[DONE]`.
"""

import logging
import time
from collections.abc import Awaitable

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from llms import jsonio, tasks
from llms.errors import GatewayError, Internal
from llms.gateway import Gateway
from llms.server.body import ChunkedBody
from llms.server.facts import facts
from llms.server.keepalive import Keepalive, Style, style_for
from llms.server.middleware import SERVER
from llms.server.whole import WholeReply
from llms.streaming.batches import deliver
from llms.types import Call, Chunk

_log = logging.getLogger(__name__)

_USAGE_KEYS = frozenset({"id", "object", "created", "model", "choices", "usage"})

_DONE = b"data: [DONE]\n\n"


async def completion_reply(_request: web.Request, gateway: Gateway, call: Call) -> web.StreamResponse:
    """The whole answer as JSON."""
    completion = await gateway.complete(call)
    return WholeReply(jsonio.dumps(completion), {"Content-Type": "application/json", **facts(call)})


async def stream_reply(request: web.Request, gateway: Gateway, call: Call) -> web.StreamResponse:
    """The answer as a stream of `data:` lines. Errors before the headers are raised, later ones are sent in band."""
    settings = gateway.config.server
    reply = StreamReply(request, call, style_for(request.headers))
    reply.keepalive = Keepalive(reply, grace_s=settings.grace_s, interval_s=settings.keepalive_s)
    try:
        # Each chunk wakes this task. In one of its own it does not have to pass through the server's frames on its way
        # down and up again, which cost as much as all that is done with the chunk.
        await tasks.apart(_tell(reply, gateway, call), name="llms.stream")
    except ConnectionError:
        if not reply.opened:
            raise
        # The client has gone while it was being written to; aiohttp sees that too and closes up.
    finally:
        await reply.keepalive.stop()
    return reply.response


async def _tell(reply: "StreamReply", gateway: Gateway, call: Call) -> None:
    """Write the stream from its first chunk to its end, whichever that is."""
    try:
        async with gateway.call(call) as chunks:
            await deliver(chunks, reply.send)
        await reply.keepalive.stop()
        await reply.done()
    except ConnectionError:
        raise
    except Exception as error:  # past the headers, the boundary would write a second answer into the first
        await reply.keepalive.stop()
        if not reply.opened:
            raise
        if isinstance(error, GatewayError):
            await reply.fail(error)
        else:
            _log.exception("stream failed", extra={"id": call.id})
            await reply.fail(Internal())


class StreamReply:
    """The response of one stream: opened once, written frame by frame, closed in one of two ways."""

    keepalive: Keepalive

    def __init__(self, request: web.Request, call: Call, style: Style) -> None:
        self.response = web.StreamResponse()
        self.opened = False
        self._request = request
        self._call = call
        self._style = style
        self._writer: AbstractStreamWriter | None = None
        self._body: ChunkedBody | None = None
        self._identity: dict[str, object] | None = None  # of the stream, once a frame has told it to the client
        self._wants_usage = bool((call.chat.get("stream_options") or {}).get("include_usage"))

    async def open(self) -> None:
        """Send the headers."""
        if self.opened:
            return
        self.opened = True
        self.response.headers.update(facts(self._call))
        self.response.headers.update(
            {
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-cache",
                "Connection": "keep-alive",
                "X-Accel-Buffering": "no",
                "Server": SERVER,
                "x-request-id": self._call.id,
            }
        )
        self._writer = await self.response.prepare(self._request)

    def send(self, batch: list[Chunk]) -> Awaitable[None] | None:
        """Write chunks, all in one write. What is given back is awaited first: the client is slow to read, or the
        stream is still to be opened. The list is used up.
        """
        if self._wants_usage:
            for chunk in batch:
                if chunk["choices"]:
                    chunk["usage"] = None
        elif not batch[-1]["choices"]:
            batch[-1:] = _without_usage(batch[-1])
        if self._style == "chunk" and batch:
            self._keep_identity(batch)
        self.keepalive.stir()
        if not batch:
            return self.open()
        events = b"data: %b\n\n" % b"\n\ndata: ".join(jsonio.dumps_each(batch))
        return self._write(events) if self._body is None else self._body.write(events)

    async def _write(self, events: bytes) -> None:
        """Write as aiohttp does, which lets the headers leave together with the first events."""
        await self.open()
        await self.response.write(events)
        self._body = ChunkedBody.of(self.response, self._writer)

    def _keep_identity(self, batch: list[Chunk]) -> None:
        """Signs of life and chunks share one id, model and time: those that were told first."""
        if self._identity is None:
            self._identity = {key: batch[0].get(key) for key in ("id", "created", "model")}
        for chunk in batch:
            chunk.update(self._identity)  # type: ignore[typeddict-item]  # the three keys of a chunk, as made above

    async def keep_alive(self) -> None:
        """Write something that says nothing, in the way this client understands."""
        await self.open()
        if self._style == "comment":
            await self.response.write(b": keepalive\n\n")
            return
        await self.response.write(b"data: " + jsonio.dumps(self._empty_chunk()) + b"\n\n")

    async def done(self) -> None:
        """End a stream that succeeded."""
        await self.open()
        await self.response.write_eof(_DONE)

    async def fail(self, failure: GatewayError) -> None:
        """End a stream that failed: an error event, and no `[DONE]` that would make it look whole."""
        await self.response.write_eof(b"data: " + jsonio.dumps(failure.body()) + b"\n\n")

    def _empty_chunk(self) -> dict[str, object]:
        """A chunk that adds nothing. Its id, model and time are those of the stream, also for the chunks to come."""
        if self._identity is None:
            model = self._call.route.model if self._call.route else self._call.chat["model"]
            self._identity = {"id": f"chatcmpl-{self._call.id}", "created": int(time.time()), "model": model}
        choice = {"index": 0, "delta": {}, "finish_reason": None}
        return {**self._identity, "object": "chat.completion.chunk", "choices": [choice]}


def _without_usage(chunk: Chunk) -> list[Chunk]:
    """What is left of the last chunk where the usage was not asked for: nothing, or what the vendor added there."""
    if chunk.keys() <= _USAGE_KEYS:
        return []
    rest = chunk.copy()
    rest.pop("usage", None)
    rest["choices"] = [{"index": 0, "delta": {}, "finish_reason": None}]
    return [rest]
