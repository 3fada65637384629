"""The boundary around every request: its id, its one log line, and errors as OpenAI's error object, never HTML."""

import logging
import random
import re
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from llms import jsonio
from llms.errors import BadRequest, GatewayError, Internal, MethodNotAllowed, NotFound, TooLarge
from llms.gateway import Gateway
from llms.server.facts import facts
from llms.server.keys import GATEWAY, REQUEST_ID, call_of
from llms.server.logs import tell

_log = logging.getLogger("llms.request")

SERVER = "llms"

_ids = random.Random()  # noqa: S311 - ids must be different, not secret: what they open belongs to a key

_VALID_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")


def boundary_of(gateway: Gateway) -> Middleware:
    """The boundary around every handler of an application that serves `gateway`."""

    @web.middleware
    async def boundary(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Give the request its gateway and its id, answer its errors, log how it ended."""
        started = time.monotonic()
        request[GATEWAY] = gateway
        given = request.headers.get("x-request-id", "")
        request_id = request[REQUEST_ID] = given if given and _VALID_ID.fullmatch(given) else _new_id()
        status = 499  # what the log says where the client leaves before there is an answer
        try:
            try:
                response = await handler(request)
            except GatewayError as error:
                response = error_response(error)
                if (call := call_of(request)) is not None:
                    response.headers.update(facts(call))
            except web.HTTPException as error:
                response = error_response(_as_ours(error, request)) if error.status >= 400 else error
            except web.RequestPayloadError:
                response = error_response(BadRequest("the request body cannot be read: it is not what its headers say"))
            except Exception:  # noqa: BLE001 - the boundary: our own fault, whatever it is; logged, and silent outside
                _log.exception("request failed", extra={"id": request_id})
                response = error_response(Internal())
            status = response.status
            if not response.prepared:
                response.headers["x-request-id"] = request_id
                response.headers["Server"] = SERVER
            return response
        finally:
            if _log.isEnabledFor(logging.INFO):
                # Facts now, the line later: a request that waits for its line keeps hundreds of others' memory cold.
                tell(_log, "request", _facts(request, request_id, status, time.monotonic() - started))

    return boundary


def refuse_unread(error: GatewayError) -> web.Response:
    """The answer to what is refused before anything of it is read: its log line tells no method and no path."""
    request_id = _new_id()
    if _log.isEnabledFor(logging.INFO):
        tell(_log, "request", {"id": request_id, "status": error.status, "refused": error.message})
    response = error_response(error)
    response.headers["x-request-id"] = request_id
    response.headers["Server"] = SERVER
    return response


def error_response(error: GatewayError) -> web.Response:
    """An error as an answer: its status, OpenAI's error object, and when to come back where that is known."""
    headers = dict(error.headers)
    if error.retry_after_s is not None:
        headers["retry-after"] = str(max(1, round(error.retry_after_s + 0.499)))
        headers["retry-after-ms"] = str(max(1, round(error.retry_after_s * 1000)))
    return web.Response(
        body=jsonio.dumps(error.body()), status=error.status, headers=headers, content_type="application/json"
    )


def _new_id() -> str:
    return f"req_{_ids.getrandbits(96):024x}"


def _as_ours(error: web.HTTPException, request: web.Request) -> GatewayError:
    """One of aiohttp's own HTTP errors, told in the same shape as ours."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return TooLarge(f"the request body is larger than {request.client_max_size} bytes")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return MethodNotAllowed(f"{request.method} is not allowed here; allowed: {allowed}", headers={"Allow": allowed})
    if error.status == 404:
        return NotFound(f"There is nothing at {request.method} {request.path}.")
    return BadRequest(error.reason, status=error.status)


def _facts(request: web.Request, request_id: str, status: int, duration_s: float) -> dict[str, object]:
    """What the log line says: never a prompt, an answer, a key or a query string."""
    line: dict[str, object] = {
        "id": request_id,
        "method": request.method,
        "path": request.path,
        "status": status,
        "ms": int(duration_s * 10_000) / 10,  # a tenth of what `round` costs
    }
    call = call_of(request)
    if call is not None:
        line["model"] = str(call.route) if call.route else call.chat.get("model")
        line["stream"] = call.stream
        line["key"] = call.principal.name
        if call.attempts > 1:
            line["attempts"] = call.attempts
        if call.usage:
            line["tokens"] = f"{call.usage.get('prompt_tokens', 0)}+{call.usage.get('completion_tokens', 0)}"
        if call.terms is not None and call.terms.changes:
            line["translation"] = call.terms.summary()
        if call.ended and call.ended != "finished":
            line["ended"] = call.ended
    return line
