"""`GET /api/providers`: which providers there are, how each fared when it was asked for its models, and which could be
added. Nobody is asked to generate anything, and no secret is told.
"""

from typing import Any

from aiohttp import web

from llms import jsonio
from llms.gateway import Gateway
from llms.providers.base import Provider
from llms.providers.presets import Preset, missing, plain_url, preset_for
from llms.server.keys import GATEWAY


async def listing(request: web.Request) -> web.Response:
    """The configured providers as `data`, the vendors that only want a key as `available`."""
    gateway = request[GATEWAY]
    gateway.keys.principal(request.headers)
    await gateway.listings.refresh(old_will_do=True)
    told = {
        "object": "list",
        "data": [_standing(provider, gateway) for provider in gateway.providers.values()],
        "available": [
            {"name": preset.name, "title": preset.title, "key_variable": preset.env[0], "docs": _docs(preset)}
            for preset in missing(gateway.providers)
        ],
    }
    return web.Response(body=jsonio.dumps(told), content_type="application/json")


def _standing(provider: Provider, gateway: Gateway) -> dict[str, Any]:
    """One provider. Its status is `unknown` as long as it has not been asked, as with a configured list of models."""
    preset = _vendor(provider, gateway)
    failure = gateway.listings.failure(provider.name)
    listed = gateway.listings.listed(provider.name)
    status = "error" if failure is not None else "unknown" if listed is None else "ok"
    return {
        "name": provider.name,
        "type": provider.type,
        "base_url": plain_url(provider.base_url),
        "configured": provider.name in gateway.config.providers,
        "status": status,
        "error": failure,
        "models": len(provider.models) if listed is None else listed,
        "key_variable": preset.env[0] if preset and preset.env and not preset.keyless else None,
        "docs": _docs(preset),
    }


def _vendor(provider: Provider, gateway: Gateway) -> Preset | None:
    """Whose usual key it takes: nobody's, where the configuration gives an address of its own."""
    settings = gateway.config.providers.get(provider.name)
    if settings is not None and settings.base_url:
        return None
    return preset_for(provider.name) or preset_for(provider.type)


def _docs(preset: Preset | None) -> str | None:
    return f"https://{preset.keys_page}" if preset and preset.keys_page else None
