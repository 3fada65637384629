"""`GET /v1/models` and `/v1/models/{id}`, in OpenAI's shape; what else is known of a model comes as extra keys."""

from typing import Any

from aiohttp import web

from llms import jsonio
from llms.server.keys import GATEWAY
from llms.types import ModelCard

_UNKNOWN_DATE = 1677610602
"""When a model's date is not known: clients want a number, and this is the one other gateways give."""


async def listing(request: web.Request) -> web.Response:
    """Every model that can be asked for."""
    gateway = request[GATEWAY]
    gateway.keys.principal(request.headers)
    return _json({"object": "list", "data": [entry(card) for card in await gateway.models()]})


async def single(request: web.Request) -> web.Response:
    """One model; its id may hold slashes, plain or encoded."""
    gateway = request[GATEWAY]
    gateway.keys.principal(request.headers)
    model = request.match_info["model"]
    for card in await gateway.models():
        if card.id == model:
            return _json(entry(card))
    routes = await gateway.routes(model)  # raises UnknownModel; a model its provider does not list can still be used
    return _json(entry(ModelCard(id=model, owned_by=routes[0].provider.name)))


def entry(card: ModelCard) -> dict[str, Any]:
    """A model object of OpenAI's API."""
    return {
        **card.extra,
        "id": card.id,
        "object": "model",
        "created": card.created or _UNKNOWN_DATE,
        "owned_by": card.owned_by,
    }


def _json(value: Any) -> web.Response:
    return web.Response(body=jsonio.dumps(value), content_type="application/json")
