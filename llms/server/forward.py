"""Endpoints whose answers are passed on as the provider gives them: the same bytes, events of a stream uncut.

Only the name of the model in the request is another. An error before the first byte is an error answer with its true
status. One after it is an event in a stream of events; any other body is cut off, so that no client takes it for whole.
"""

import logging
from typing import cast

from aiohttp import web

from llms import jsonio
from llms.errors import GatewayError, Internal
from llms.gateway import Gateway
from llms.gateway.multipart import Multipart
from llms.server.chat import check_model_and_stream, is_strict, read_object, timeouts_of
from llms.server.facts import facts
from llms.server.keepalive import Keepalive, style_for
from llms.server.keys import CALL, GATEWAY, request_id
from llms.server.middleware import SERVER
from llms.server.wishes import wishes_of
from llms.types import Call, Chat, Piece

_log = logging.getLogger(__name__)

_SPEECH = "audio/speech"  # streamed, but not as events: AI Refinery's SDK says `stream`, and means sound
JSON_ENDPOINTS = ("completions", "responses", "moderations", "images/generations", _SPEECH)
TRANSCRIPTIONS = "audio/transcriptions"

_DEFAULT_MODELS = {"moderations": "omni-moderation-latest"}
"""Where OpenAI's API lets the model be left out, what it then means; images have no such model any more."""

_EVENTS = "text/event-stream"


async def forward(request: web.Request) -> web.StreamResponse:
    """Pass on a request with a JSON body."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    endpoint = request.path.removeprefix("/v1/")
    body = read_object(await request.read())
    wishes = wishes_of(request.headers, body, gateway.bounds)
    if body.get("model") is None and endpoint in _DEFAULT_MODELS:
        body["model"] = _DEFAULT_MODELS[endpoint]
    check_model_and_stream(body)
    stream = body.get("stream") is True
    call = Call(
        id=request_id(request),
        chat=cast(Chat, body),
        stream=stream,
        principal=principal,
        timeouts=timeouts_of(request, stream=stream or endpoint == _SPEECH),
        strict=is_strict(request),
        traceparent=request.headers.get("traceparent", ""),
        wishes=wishes,
        endpoint=endpoint,
    )
    request[CALL] = call
    return await _pass_on(request, gateway, call)


async def transcribe(request: web.Request) -> web.StreamResponse:
    """Pass on a form while it comes (see `llms.gateway.multipart`)."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    upload = await Multipart.read(
        request.headers.get("Content-Type", ""),
        aiter(request.content.iter_any()),
        size=None if "Content-Encoding" in request.headers else request.content_length,  # it comes unpacked
        max_held=gateway.config.server.max_body_bytes,
    )
    call = Call(
        id=request_id(request),
        chat={"model": upload.model, "messages": []},
        stream=False,
        principal=principal,
        timeouts=timeouts_of(request, stream=True),
        strict=is_strict(request),
        traceparent=request.headers.get("traceparent", ""),
        wishes=wishes_of(request.headers, {}, gateway.bounds),
        endpoint=TRANSCRIPTIONS,
        upload=upload,
    )
    request[CALL] = call
    return await _pass_on(request, gateway, call)


async def _pass_on(request: web.Request, gateway: Gateway, call: Call) -> web.StreamResponse:
    """The provider's answer. Errors before the headers are raised."""
    passage = Passage(request, call)
    settings = gateway.config.server
    # A comment between two events is none of them; a client that chokes on comments is left to wait.
    keeps_alive = call.stream and call.endpoint != _SPEECH and style_for(request.headers) == "comment"
    keepalive = Keepalive(passage, grace_s=settings.grace_s, interval_s=settings.keepalive_s) if keeps_alive else None
    try:
        await _tell(passage, gateway, call, keepalive)
    except ConnectionError:
        if not passage.opened:
            raise
        # The client has gone while it was being written to; aiohttp sees that too and closes up.
    finally:
        if keepalive is not None:
            await keepalive.stop()
    return passage.response


async def _tell(passage: "Passage", gateway: Gateway, call: Call, keepalive: Keepalive | None) -> None:
    """Write the answer from its first byte to its end, whichever that is."""
    failure: GatewayError | None = None
    try:
        async with gateway.call(call) as pieces:
            async for piece in pieces:
                await passage.send(cast(Piece, piece)["data"])
                if keepalive is not None:
                    keepalive.stir()
    except ConnectionError:
        raise
    except Exception as error:
        if not passage.opened:
            raise
        if isinstance(error, GatewayError):
            failure = error
        else:  # past the headers, the boundary would write a second answer into the first
            _log.exception("forwarding failed", extra={"id": call.id})
            failure = Internal()
    if keepalive is not None:
        await keepalive.stop()
    await (passage.done() if failure is None else passage.fail(failure))


class Passage:
    """The response to one forwarded call: opened at the first bytes, and ended in one of two ways."""

    def __init__(self, request: web.Request, call: Call) -> None:
        self.response = web.StreamResponse()
        self.opened = False
        self._request = request
        self._call = call
        self._is_stream = False

    async def open(self) -> None:
        """Send the headers: the provider's word on what the body is, and ours on the call."""
        if self.opened:
            return
        self.opened = True
        told = self._call.terms.answer if self._call.terms is not None else {}
        headers = self.response.headers
        headers.update(facts(self._call))
        headers["Content-Type"] = told.get("content-type", _EVENTS if self._call.stream else "application/octet-stream")
        if "content-disposition" in told:
            headers["Content-Disposition"] = told["content-disposition"]
        self._is_stream = headers["Content-Type"].lower().startswith(_EVENTS)
        if self._is_stream:
            headers.update({"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        headers.update({"Server": SERVER, "x-request-id": self._call.id})
        await self.response.prepare(self._request)

    async def send(self, data: bytes) -> None:
        """Write some bytes; waits where the client is slow to read."""
        await self.open()
        if data:
            await self.response.write(data)

    async def keep_alive(self) -> None:
        """Write a comment."""
        await self.open()
        if self._is_stream:
            await self.response.write(b": keepalive\n\n")

    async def done(self) -> None:
        """End an answer that is whole."""
        await self.open()
        await self.response.write_eof()

    async def fail(self, failure: GatewayError) -> None:
        """End an answer that is not, so that it is seen."""
        if self._is_stream:
            await self.response.write_eof(self._error_event(failure))
        elif self._request.transport is not None:
            self._request.transport.close()  # without the end of the body that HTTP promises

    def _error_event(self, failure: GatewayError) -> bytes:
        """The error in the shape of this endpoint's streams; `error` is what the SDKs look for in either."""
        told = failure.body()
        if self._call.endpoint != "responses":
            return b"data: " + jsonio.dumps(told) + b"\n\n"
        return b"event: error\ndata: " + jsonio.dumps({"type": "error", **told["error"], **told}) + b"\n\n"
