"""`GET /api/image?url=…`: an image of the web, for a reader who asked to see it.

The page's policy loads nothing from elsewhere, so an answer cannot tell its author by an image that it was read. Who
clicks on one gets it through here: its host sees the gateway, without cookies or referrer, and only public hosts are
asked. What comes back can be shown and nothing else: no page of another origin may use it, and no script in it runs.
"""

import asyncio

from aiohttp import web

from llms.errors import BadRequest, Forbidden
from llms.providers.fetching import MediaFetcher
from llms.server.keys import GATEWAY

_TYPES = frozenset(
    f"image/{name}" for name in ("apng", "avif", "bmp", "gif", "jpeg", "png", "svg+xml", "webp", "x-icon")
)
_AT_ONCE = 8
_HEADERS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}


class ImageProxy:
    """Fetches images, a few at a time: each may be held whole in memory."""

    def __init__(self, fetcher: MediaFetcher) -> None:
        self._fetcher = fetcher
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, url: str) -> tuple[str, bytes]:
        """The type and the bytes of an image. Raises `BadRequest`."""
        async with self._slots:
            media_type, content = await self._fetcher.image(url)
        if media_type not in _TYPES:
            raise BadRequest(
                f"{media_type} is not a type of image that is shown", param="url", code="invalid_image_url"
            )
        return media_type, content


IMAGES = web.AppKey("images", ImageProxy)


async def image(request: web.Request) -> web.Response:
    """The image at the address in `url`."""
    request[GATEWAY].keys.principal(request.headers)
    # An <img> of a foreign page comes without an Origin; browsers say in this header whose request it is.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("images are fetched for the gateway's own page only")
    url = request.query.get("url")
    if not url:
        raise BadRequest("'url' is missing: it must be the address of the image", param="url")
    media_type, content = await request.app[IMAGES].fetch(url)
    return web.Response(body=content, content_type=media_type, headers=_HEADERS)
