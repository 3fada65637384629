"""The aiohttp application: which path leads to which handler."""

import functools
from importlib.resources.abc import Traversable

from aiohttp import web

from llms.gateway import Gateway
from llms.providers.fetching import MediaFetcher
from llms.server import calls, chat, embeddings, forward, health, metrics, models, page, providers, router, ui
from llms.server.connection import SHORTCUTS, Answer
from llms.server.images import IMAGES, ImageProxy, image
from llms.server.middleware import boundary_of


def create_app(
    gateway: Gateway, *, ui_folder: Traversable | None = None, images: MediaFetcher | None = None
) -> web.Application:
    """The application that serves `gateway`, testable without a process. It does not close the gateway.

    Whoever runs it must pass `handler_cancellation=True` to the runner, as `llms.server.run` does: aiohttp's default
    lets a handler go on after its client has left. The UI is the packaged one, unless `ui_folder` holds another;
    `images` fetches what `/api/image` is asked for, by the rules for strangers' addresses unless it has its own.
    """
    boundary = boundary_of(gateway)
    app = web.Application(middlewares=[boundary], client_max_size=gateway.config.server.max_body_bytes)
    chats: Answer = functools.partial(boundary, handler=chat.complete)
    app[SHORTCUTS] = {("POST", "/v1/chat/completions"): chats}
    app[IMAGES] = ImageProxy(images or MediaFetcher())
    app.add_routes(
        [
            web.post("/v1/chat/completions", chat.complete),
            web.post("/v1/chat/completions/{request_id}/cancel", calls.cancel),
            web.post("/threads/cancel/{request_id}", calls.cancel),
            web.post("/cancel", calls.cancel_by_body),
            web.get("/api/calls", calls.listing),
            web.get("/api/calls/{request_id}", calls.single),
            web.post("/api/calls/{request_id}/cancel", calls.cancel),
            web.get("/api/usage", metrics.usage),
            web.get("/metrics", metrics.prometheus),
            web.get("/metrics/performance", metrics.performance),
            web.get("/api/metrics/performance", metrics.performance),
            web.get("/api/stream/status", health.streams),
            web.get("/status", health.health),
            web.post("/v1/embeddings", embeddings.embed),
            *(web.post(f"/v1/{endpoint}", forward.forward) for endpoint in forward.JSON_ENDPOINTS),
            web.post(f"/v1/{forward.TRANSCRIPTIONS}", forward.transcribe),
            web.post("/api/router/choose", router.choose),
            web.get("/api/providers", providers.listing),
            web.get("/api/image", image),
            web.get("/v1/models", models.listing),
            web.get("/v1/models/{model:.+}", models.single),
            web.get("/health", health.health),
            web.get("/health/live", health.live),
            web.get("/health/ready", health.ready),
            *(web.get(path, page.index) for path in page.PAGES),
            *(web.get(path, page.file) for path in page.FILES),
        ]
    )
    app.on_startup.append(functools.partial(page.load, folder=ui_folder or ui.packaged()))
    return app
