"""The page at `/`, and the few files it needs: rendered by aiohttp-jinja2, under a policy that lets nothing else in."""

import functools
from importlib.resources import files

import aiohttp_jinja2
from aiohttp import web

from llms.errors import NotFound
from llms.server.keys import GATEWAY
from llms.version import VERSION

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ASSETS = {"page.css": "text/css", "icon.svg": "image/svg+xml"}


async def index(request: web.Request) -> web.Response:
    """What this server is, where to point an SDK, which providers answer."""
    gateway = request.app[GATEWAY]
    cards = gateway.listings.cards()
    response = aiohttp_jinja2.render_template(
        "index.html",
        request,
        {
            "version": VERSION,
            "base_url": f"{request.scheme}://{request.host}/v1",
            "providers": list(gateway.providers),
            "models": [card.id for card in cards if not card.id.startswith("chaos/")],
            "needs_key": bool(gateway.config.auth.keys),
        },
    )
    response.headers.update(_HEADERS)
    return response


async def asset(request: web.Request) -> web.Response:
    """A file of the page, by its exact name: no path ever reaches the disk."""
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise NotFound(f"There is nothing at GET {request.path}.")
    return web.Response(
        body=_read(name), content_type=_ASSETS[name], headers={**_HEADERS, "Cache-Control": "max-age=3600"}
    )


@functools.cache
def _read(name: str) -> bytes:
    return files("llms.server").joinpath("templates", name).read_bytes()


# Read now, so that no request waits for the disk.
TEMPLATES = {"index.html": _read("index.html").decode()}
"""The pages by name, for the template engine."""

for _name in _ASSETS:
    _read(_name)
