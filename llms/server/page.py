"""The UI in a browser: its page on each of its addresses, its files, and the policies that let nothing else in.

The page is a template, rendered by aiohttp-jinja2: where it lies, which theme the browser asked for last time, and
what its code must know before it can ask for anything. Nothing in it is a secret, so nobody needs a key to see it.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from llms import jsonio
from llms.errors import NotFound
from llms.gateway import Gateway
from llms.server import ui
from llms.server.keys import GATEWAY
from llms.version import VERSION

UI = web.AppKey("ui", ui.Ui)

PAGES = ("/", "/c/{id}", "/recents", "/analytics", "/providers")
"""The addresses that are views of the UI."""
FILES = ("/assets/{name}", "/sandbox/{name}", "/sandbox.html", "/icon.svg", "/page.css")

# Scripts are the package's own files, no string ever becomes HTML, workers start only through the one policy of Trusted
# Types, and no address of another origin is ever asked for.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types llms-worker"
)
# What a model wrote runs here: in an origin of its own, without storage, network, forms, popups or other frames.
_SANDBOX_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SANDBOX_HEADERS = {
    "Content-Security-Policy": _SANDBOX_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
}
# The sandbox is of an opaque origin, and modules are fetched with CORS: its scripts, and only they, are for everybody.
_SANDBOX_FILE_HEADERS = {**_HEADERS, "Access-Control-Allow-Origin": "*"}

_THEME_COOKIE = "llms-theme"
_THEMES = frozenset({"system", "light", "dark", "contrast"})
_MOST_MODELS = 60
_BUILT_IN = frozenset({"demo", "chaos"})
_DEMO = "demo/guide"


async def load(app: web.Application, *, folder: Traversable) -> None:
    """Take in the UI's files, before the first request."""
    app[UI] = found = await asyncio.to_thread(ui.read, folder)
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({ui.PAGE: found.page}), autoescape=True)


async def index(request: web.Request) -> web.Response:
    """The page, on each of its addresses."""
    gateway = request[GATEWAY]
    context = _boot(request, gateway) if request.app[UI].built else _overview(request, gateway)
    response = aiohttp_jinja2.render_template(ui.PAGE, request, {"base": _base(request), **context})
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Cookie"
    text = response.text or ""
    return _unless_known(request, response, hashlib.sha256(text.encode()).hexdigest()[:20])


async def file(request: web.Request) -> web.Response:
    """A file of the UI, by its exact name, in the smallest coding that the client takes."""
    name = request.path.removeprefix("/")
    found = request.app[UI].files.get(name)
    if found is None:
        raise NotFound(f"There is nothing at {request.method} {request.path}.")
    response = web.Response(content_type=found.media_type, headers=_headers_of(name))
    if found.media_type.startswith("text/"):
        response.charset = "utf-8"
    response.headers["Cache-Control"] = found.cache_control
    coding = found.coding_for(request.headers.get("Accept-Encoding", ""))
    if found.coded:
        response.headers["Vary"] = "Accept-Encoding"
    if coding:
        response.headers["Content-Encoding"] = coding
    response.body = found.coded[coding] if coding else found.plain
    return _unless_known(request, response, f"{found.etag}-{coding}" if coding else found.etag)


def _headers_of(name: str) -> Mapping[str, str]:
    if name == "sandbox.html":
        return _SANDBOX_HEADERS
    return _SANDBOX_FILE_HEADERS if name.startswith("sandbox/") else _HEADERS


def _unless_known(request: web.Request, response: web.Response, etag: str) -> web.Response:
    """The response with its entity tag; 304 without a body where the client has just this."""
    response.etag = etag
    known = request.if_none_match or ()
    if any(tag.value in {"*", etag} for tag in known):
        response.set_status(304)
        response.body = None
    return response


def _base(request: web.Request) -> str:
    """From the page's address back to where the gateway begins, whatever a proxy has put before that."""
    return "../" if "id" in request.match_info else "./"


def _boot(request: web.Request, gateway: Gateway) -> dict[str, Any]:
    theme = request.cookies.get(_THEME_COOKIE, "")
    settings = {
        "base": _base(request),
        "version": VERSION,
        "needsKey": bool(gateway.config.auth.keys),
        "defaultModel": _default_model(gateway),
    }
    return {"theme": theme if theme in _THEMES else "system", "boot": jsonio.dumps(settings).decode()}


def _default_model(gateway: Gateway) -> str:
    """The first public name; the demo where there is nothing else; else empty, which leaves it to the list."""
    if gateway.config.models:
        return next(iter(gateway.config.models))
    return _DEMO if gateway.providers.keys() <= _BUILT_IN else ""


def _overview(request: web.Request, gateway: Gateway) -> dict[str, Any]:
    """What the page says that stands in for a missing build."""
    models = [card.id for card in gateway.listings.cards() if not card.id.startswith("chaos/")]
    return {
        "version": VERSION,
        "base_url": f"{request.scheme}://{request.host}/v1",
        "providers": list(gateway.providers),
        "models": models[:_MOST_MODELS],
        "more_models": max(0, len(models) - _MOST_MODELS),
        "needs_key": bool(gateway.config.auth.keys),
    }
