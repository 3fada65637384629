"""Ending a call that is in flight, by the id of its request."""

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest, NotFound
from llms.server.keys import GATEWAY


async def cancel(request: web.Request) -> web.Response:
    """`POST /v1/chat/completions/{request_id}/cancel`: `cancelled`, `finished`, or `not_found` with status 404."""
    return _cancel(request, request.match_info["request_id"])


async def cancel_by_body(request: web.Request) -> web.Response:
    """`POST /cancel` with `stream_id` (or `request_id`) in a JSON body: the same."""
    try:
        body = jsonio.loads(await request.read())
    except jsonio.JSONDecodeError:
        raise BadRequest("the request body is not valid JSON", code="invalid_json") from None
    call_id = (body.get("stream_id") or body.get("request_id")) if isinstance(body, dict) else None
    if not isinstance(call_id, str):
        raise BadRequest("'stream_id' is missing: it must be the id of the request to cancel", param="stream_id")
    return _cancel(request, call_id)


def _cancel(request: web.Request, call_id: str) -> web.Response:
    gateway = request.app[GATEWAY]
    result = gateway.scopes.cancel(call_id, gateway.keys.principal(request.headers))
    answer: dict[str, object] = {"id": call_id, "object": "chat.completion.cancellation", "status": result}
    if result == "not_found":
        answer |= NotFound(f"there is no call {call_id!r}", param="request_id").body()
    return web.Response(
        body=jsonio.dumps(answer), status=404 if result == "not_found" else 200, content_type="application/json"
    )
