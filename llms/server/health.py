"""Is it up, is it alive, may it be sent traffic. None of these asks a provider: a health check must not cost money."""

from aiohttp import web

from llms import jsonio
from llms.gateway import Gateway
from llms.server.keys import GATEWAY
from llms.version import VERSION


async def health(request: web.Request) -> web.Response:
    """The state in one answer: version, calls in flight, the names of the providers, which routes are avoided and why,
    how the last calls went.
    """
    gateway = request[GATEWAY]
    told = {
        "providers": list(gateway.providers),
        "avoided": gateway.avoided(),
        "performance": gateway.measuring.summary(),
    }
    return _json({**_state(gateway), **told}, gateway)


async def streams(request: web.Request) -> web.Response:
    """`GET /api/stream/status`: how many answers are being streamed."""
    gateway = request[GATEWAY]
    active = sum(call.stream for call in gateway.active.values())
    return _json({**_state(gateway), "active_streams": active}, gateway)


async def live(_request: web.Request) -> web.Response:
    """200 as long as the process can answer at all."""
    return web.Response(body=b'{"status":"ok"}', content_type="application/json")


async def ready(request: web.Request) -> web.Response:
    """200 while new calls are taken, 503 while shutting down."""
    gateway = request[GATEWAY]
    return _json(_state(gateway), gateway)


def _state(gateway: Gateway) -> dict[str, object]:
    return {
        "status": "draining" if gateway.draining else "ok",
        "version": VERSION,
        "active": len(gateway.scopes),
    }


def _json(state: dict[str, object], gateway: Gateway) -> web.Response:
    status = 503 if gateway.draining else 200
    return web.Response(body=jsonio.dumps(state), status=status, content_type="application/json")
