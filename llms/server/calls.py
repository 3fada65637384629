"""The calls themselves: which are in flight, what became of one, and ending it, by the id of its request."""

import time
from typing import Any

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest, NotFound, StoreUnavailable
from llms.gateway import Gateway
from llms.metrics.ends import tokens_of
from llms.metrics.record import CallRecord
from llms.metrics.telling import recalled, told, way_of
from llms.server.keys import GATEWAY
from llms.server.metrics import count_of, own
from llms.types import Call, Principal

_MOST = 1000


async def listing(request: web.Request) -> web.Response:
    """`GET /api/calls?last_n=20`: the calls in flight, the oldest first, and the last ones that ended."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    count = count_of(request, "last_n", default=20, most=_MOST)
    running = [_running(call) for call in gateway.active.values() if _may_see(gateway, principal, call.principal.name)]
    ended = (record for record in gateway.measuring.recent if _may_see(gateway, principal, record.principal))
    recent = [told(record) for record, _ in zip(ended, range(count), strict=False)]
    return _json({"object": "list", "data": running, "recent": recent})


async def single(request: web.Request) -> web.Response:
    """`GET /api/calls/{request_id}`: all that is known of a call, in flight or ended: how it was decided, each try."""
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    call_id = request.match_info["request_id"]
    for call in gateway.active.values():
        if call.id == call_id and _may_see(gateway, principal, call.principal.name):
            return _json(_running(call))
    record = gateway.measuring.recent.find(call_id, own(gateway, principal.name))
    record = record or await _kept(gateway, call_id, principal)
    if record is None:
        raise NotFound(f"there is no call {call_id!r}", param="request_id")
    return _json(told(record))


async def _kept(gateway: Gateway, call_id: str, principal: Principal) -> CallRecord | None:
    """What the history says of a call; nothing where there is none, or it cannot be reached."""
    if gateway.measuring.store is None:
        return None
    try:
        row = await gateway.measuring.store.find(call_id, own(gateway, principal.name))
    except StoreUnavailable:
        return None
    return recalled(row) if row is not None else None


def _may_see(gateway: Gateway, principal: Principal, owner: str) -> bool:
    return own(gateway, principal.name) in (None, owner)


def _running(call: Call) -> dict[str, Any]:
    """A call in flight: its age, what has been delivered so far, estimated, and the way it has come."""
    now = time.monotonic()
    answered = call.timing.upstream_answered
    tokens = tokens_of(call).completion
    seconds = now - answered if answered else 0.0
    return {
        "id": call.id,
        "object": "llms.call",
        "status": "running",
        "key": call.principal.name,
        "endpoint": call.endpoint or "chat/completions",
        "requested": call.chat["model"],
        "provider": call.route.provider.name if call.route else "",
        "model": call.route.model if call.route else "",
        "stream": call.stream,
        "age_ms": round((now - call.timing.started) * 1000, 3),
        "ttft_ms": round((answered - call.timing.started) * 1000, 3) if answered else None,
        "chunks": call.progress.chunks,
        "tokens": {"completion": tokens, "estimated": True},
        "tokens_per_second": round(tokens / seconds, 1) if seconds > 0 else None,
        **way_of(call),
    }


def _json(value: object) -> web.Response:
    return web.Response(body=jsonio.dumps(value), content_type="application/json")


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
    gateway = request[GATEWAY]
    result = gateway.scopes.cancel(call_id, gateway.keys.principal(request.headers))
    answer: dict[str, object] = {"id": call_id, "object": "chat.completion.cancellation", "status": result}
    if result == "not_found":
        answer |= NotFound(f"there is no call {call_id!r}", param="request_id").body()
    return web.Response(
        body=jsonio.dumps(answer), status=404 if result == "not_found" else 200, content_type="application/json"
    )
