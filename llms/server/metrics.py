"""What was measured, for people and for scrapers: performance, Prometheus, usage."""

import calendar
import time
from datetime import date, timedelta
from typing import cast

from aiohttp import web

from llms import jsonio
from llms.errors import BadRequest, NotFound
from llms.gateway import Gateway
from llms.metrics.recent import KEPT
from llms.server.keys import GATEWAY
from llms.store.rows import AXES, Axis, Totals

_DEFAULT_DAYS = 30


async def performance(request: web.Request) -> web.Response:
    """`GET /metrics/performance?last_n=100`: times, errors, retries, tokens of the last calls, and the targets."""
    gateway = request.app[GATEWAY]
    gateway.keys.principal(request.headers)
    return _json(gateway.measuring.performance(count_of(request, "last_n", default=100, most=KEPT)))


async def prometheus(request: web.Request) -> web.Response:
    """`GET /metrics`: every series, in the text format the scraper asks for."""
    gateway = request.app[GATEWAY]
    gateway.keys.principal(request.headers)
    body, content_type = gateway.measuring.metrics.exposition(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


async def usage(request: web.Request) -> web.Response:
    """`GET /api/usage?by=day,model&from=2026-11-01&to=2026-11-30`: sums over the history.

    Days are in UTC, both are included. Raises `StoreUnavailable` where the history cannot be reached.
    """
    gateway = request.app[GATEWAY]
    principal = gateway.keys.principal(request.headers)
    measuring = gateway.measuring
    if measuring.store is None or measuring.history is None:
        raise NotFound("this gateway keeps no history (store.enabled)", code="history_disabled")
    by = _axes(request.query.get("by", "day"))
    today = date.fromordinal(date(1970, 1, 1).toordinal() + int(time.time() // 86_400))
    until = _day(request, "to", today)
    since = _day(request, "from", until - timedelta(days=_DEFAULT_DAYS - 1))
    if since > until:
        raise BadRequest("'from' lies after 'to'", param="from")
    await measuring.history.flush()
    totals = await measuring.store.totals(
        by, since=_epoch(since), until=_epoch(until + timedelta(days=1)), key=own(gateway, principal.name)
    )
    return _json(
        {
            "object": "list",
            "by": by,
            "from": since.isoformat(),
            "to": until.isoformat(),
            "data": [_told(each) for each in totals],
            "dropped": measuring.history.dropped,
        }
    )


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


def _axes(text: str) -> list[Axis]:
    names = list(dict.fromkeys(filter(None, text.split(","))))
    if not set(names) <= set(AXES):
        raise BadRequest(f"'by' must be one or more of {', '.join(AXES)}", param="by")
    return cast(list[Axis], names)


def _day(request: web.Request, name: str, default: date) -> date:
    text = request.query.get(name)
    try:
        return default if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name!r} must be a day, such as 2026-11-21", param=name) from None


def _epoch(day: date) -> float:
    return float(calendar.timegm(day.timetuple()))


def _told(totals: Totals) -> dict[str, object]:
    return {
        **totals.group,
        "calls": totals.calls,
        "errors": totals.errors,
        "cancelled": totals.cancelled,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
        "cached_tokens": totals.cached_tokens,
        "reasoning_tokens": totals.reasoning_tokens,
        "estimated_calls": totals.estimated,
        "cost_usd": round(totals.cost_usd, 8),
        "priced_calls": totals.priced,
        "ttft_ms": round(totals.ttft_sum_ms / totals.ttft_count, 3) if totals.ttft_count else None,
        "duration_ms": round(totals.duration_sum_ms / totals.calls, 3),
    }


def _json(value: object) -> web.Response:
    return web.Response(body=jsonio.dumps(value), content_type="application/json")
