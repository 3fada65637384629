"""The endpoints beside chat completions: which routes have one, and the exchange with the provider that is tried.

They run through the same stages as chats. Embeddings come as one answer; the others as pieces of bytes, which are
passed on as the provider gave them. Their bodies and answers may be large and come slowly: they have a transport of
their own.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, cast

from llms import jsonio
from llms.errors import EndpointNotSupported, UpstreamError
from llms.providers.base import Provider, too_deep
from llms.providers.endpoints import EMBEDDINGS
from llms.providers.transport import AiohttpTransport, Request, Transport
from llms.types import Call, Chunk, Route, Terms


def upload_transport(*, use_environment_proxies: bool) -> Transport:
    """A transport that can send a body while it comes."""
    return AiohttpTransport(use_environment_proxies=use_environment_proxies)


class Forwarding:
    """The providers of a gateway, seen as those who have endpoints."""

    def __init__(self, providers: Mapping[str, Provider], transport: Transport) -> None:
        self._providers = providers
        self._transport = transport

    def able(self, endpoint: str, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Those routes whose provider has the endpoint, in order.

        Raises `EndpointNotSupported` where none has, and says which of the configured providers have.
        """
        able = tuple(route for route in routes if endpoint in self._providers[route.provider.name].endpoints)
        if able:
            return able
        names = " and ".join(dict.fromkeys(route.provider.name for route in routes))
        others = ", ".join(name for name, provider in self._providers.items() if endpoint in provider.endpoints)
        hint = f"these providers have it: {others}" if others else "no configured provider has it"
        raise EndpointNotSupported(f"/v1/{endpoint} is not supported by {names}; {hint}.", param="model")

    def exchange(self, call: Call, route: Route, terms: Terms) -> AsyncGenerator[Chunk, None]:
        """The answer over `route`: the embeddings, or pieces of bytes."""
        provider = self._providers[route.provider.name]
        if call.endpoint == EMBEDDINGS:
            return _embeddings(provider, cast(dict[str, Any], call.asking(route.model)), terms)
        return self._pieces(call, provider, route.model, terms)

    async def _pieces(self, call: Call, provider: Provider, model: str, terms: Terms) -> AsyncGenerator[Chunk, None]:
        request = _request(call, provider, model)
        pieces = provider.forward(request, model, terms=terms, transport=self._transport)
        try:
            async for piece in pieces:
                yield cast(Chunk, piece)
        except UpstreamError:
            if call.upload is not None and call.upload.failure is not None:
                raise call.upload.failure from None  # the provider is not to blame
            raise
        finally:
            await pieces.aclose()


async def _embeddings(provider: Provider, body: dict[str, Any], terms: Terms) -> AsyncGenerator[Chunk, None]:
    yield cast(Chunk, await provider.embed(body, terms=terms))


def _request(call: Call, provider: Provider, model: str) -> Request:
    """The client's request as it goes to the provider: its address, its key, its name of the model.

    Raises `BadRequest`.
    """
    url = provider.endpoint_url(call.endpoint, model)
    if call.upload is None:
        try:
            return Request(url, provider.headers(), jsonio.dumps(call.asking(model)))
        except jsonio.TooDeep:
            raise too_deep() from None
    size, pieces = call.upload.told(model)
    headers = {**provider.headers(), "Content-Type": call.upload.content_type}
    if size is not None:
        headers["Content-Length"] = str(size)
    return Request(url, headers, pieces=pieces)
