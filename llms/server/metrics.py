"""What was measured, for people and for scrapers: performance, Prometheus, usage."""

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest, NotFound
from llms.gateway import Gateway
from llms.metrics.recent import KEPT
from llms.metrics.usage import axes, period, told
from llms.server.keys import GATEWAY


async def performance(request: web.Request) -> web.Response:
    """`GET /metrics/performance?last_n=100`: times, errors, retries, tokens of the last calls, and the targets."""
    gateway = request[GATEWAY]
    gateway.keys.principal(request.headers)
    return _json(gateway.measuring.performance(count_of(request, "last_n", default=100, most=KEPT)))


async def prometheus(request: web.Request) -> web.Response:
    """`GET /metrics`: every series, in the text format the scraper asks for."""
    gateway = request[GATEWAY]
    gateway.keys.principal(request.headers)
    body, content_type = gateway.measuring.exposition(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


async def usage(request: web.Request) -> web.Response:
    """`GET /api/usage?by=day,model&from=2026-11-01&to=2026-11-30`: sums over the history.

    Days are in UTC, both are included. Raises `StoreUnavailable` where the history cannot be reached.
    """
    gateway = request[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    measuring = gateway.measuring
    if measuring.store is None or measuring.history is None:
        raise NotFound("this gateway keeps no history (store.enabled)", code="history_disabled")
    by = axes(request.query.get("by", "day"))
    asked = period(request.query.get("from"), request.query.get("to"))
    await measuring.flush()
    key = own(gateway, principal.name)
    totals = await measuring.store.totals(by, since=asked.since, until=asked.until, key=key)
    return _json({**told(by, asked, totals), "dropped": measuring.history.dropped})


def own(gateway: Gateway, name: str) -> str | None:
    """Whose calls may be seen: one's own where there are keys, everybody's where there are none."""
    return name if gateway.config.auth.keys else None


def count_of(request: web.Request, name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most` in the query. Raises `BadRequest`."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise BadRequest(f"{name!r} must be a whole number from 1 to {most}", param=name)
    return int(text)


def _json(value: object) -> web.Response:
    return web.Response(body=jsonio.dumps(value), content_type="application/json")
