"""The yardstick: aiohttp's server and client with nothing between: `python -m bench.passthrough PORT UPSTREAM LOOP`.

Reads the request body, forwards it as it is, relays status, content type and bytes. It understands nothing, so what a
gateway costs beyond it is the price of the gateway's own work. LOOP is `uvloop` or `asyncio`. Keep it bare.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web

_UPSTREAM = web.AppKey("upstream", str)
_SESSION = web.AppKey("session", aiohttp.ClientSession)


async def relay(request: web.Request) -> web.StreamResponse:
    """Forward the request, relay the answer: whole if its length is known, else piece by piece as it arrives."""
    session, url = request.app[_SESSION], request.app[_UPSTREAM] + request.path
    headers = {"content-type": request.headers.get("content-type", "application/json")}
    async with session.post(url, data=await request.read(), headers=headers) as upstream:
        if upstream.content_length is not None:
            body = await upstream.read()
            return web.Response(
                status=upstream.status, body=body, headers={"content-type": upstream.headers["content-type"]}
            )
        response = web.StreamResponse(
            status=upstream.status, headers={"content-type": upstream.headers["content-type"]}
        )
        await response.prepare(request)
        async for piece in upstream.content.iter_any():
            await response.write(piece)
        await response.write_eof()
        return response


async def health(_: web.Request) -> web.Response:
    """Say that the process is up."""
    return web.Response(text="ok")


async def _session(app: web.Application) -> AsyncIterator[None]:
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        app[_SESSION] = session
        yield


def main(port: int, upstream: str, loop: str) -> None:
    """Serve on 127.0.0.1:`port` until the process is ended."""
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app[_UPSTREAM] = upstream
    app.cleanup_ctx.append(_session)
    app.add_routes([web.get("/health", health), web.post("/{path:.*}", relay)])
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=factory())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
