"""The gateway itself: what happens to a call, in which order.

    measure    how it ended, what it used
    failover   the routes in order, up to the first meaningful chunk
    provider   the upstream exchange

Knows nothing of HTTP servers: `call` gives chunks, whoever asked turns them into bytes.
"""

import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from llms.auth.keys import Keys
from llms.cancellation import Scope, Scopes
from llms.config import Config
from llms.errors import Draining, UnknownModel
from llms.gateway.listings import Listings
from llms.metrics.record import Observer
from llms.metrics.stage import measure
from llms.providers.base import Provider
from llms.providers.transport import Transport
from llms.resilience.failover import failover
from llms.routing.catalog import Catalog
from llms.types import Call, Chunk, Completion, ModelCard, Next, Route, Stage


class Gateway:
    """Everything one configuration stands for. Build it with `llms.gateway.build`; close it when done."""

    def __init__(
        self,
        config: Config,
        providers: dict[str, Provider],
        catalog: Catalog,
        *,
        transport: Transport,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.config = config
        self.providers = providers
        self.catalog = catalog
        self.keys = Keys(config.auth.keys)
        self.scopes = Scopes()
        self.listings = Listings(providers, catalog)
        self.draining = False
        self._transport = transport
        self.observers = list(observers)
        self._advance = _compose([measure(self.observers), failover])

    @asynccontextmanager
    async def call(self, call: Call) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Serve `call`: gives its chunks (or its one completion), and ends everything it opened on the way out.

        Raises `UnknownModel` or `Draining` before anything is sent upstream; the iterator raises `UpstreamError`; the
        way out raises the reason of a cancel from elsewhere.
        """
        if self.draining:
            raise Draining(retry_after_s=1)
        call.timing.started = call.timing.started or time.monotonic()
        call.routes = await self.routes(call.chat["model"])
        call.route = call.routes[0]
        scope = call.scope = Scope(call.id, call.principal, call.limits().total_s)
        self.scopes.add(scope)
        try:
            with scope:
                try:
                    yield self._advance(call)
                finally:
                    for generator in reversed(call.opened):
                        await generator.aclose()
        finally:
            self.scopes.remove(scope)

    async def complete(self, call: Call) -> Completion:
        """The answer to a call that is not streamed."""
        async with self.call(call) as answers:
            async for completion in answers:
                return cast(Completion, completion)
        raise AssertionError("a call that is not streamed has one answer")

    async def models(self) -> list[ModelCard]:
        """Every model that can be asked for, by the names it can be asked for."""
        await self.listings.refresh()
        return self.listings.cards()

    async def close(self) -> None:
        """Close the connections to all providers."""
        for provider in self.providers.values():
            await provider.close()
        await self._transport.close()

    async def routes(self, model: str) -> tuple[Route, ...]:
        """The routes of a model, in order. Raises `UnknownModel`, once every provider has been asked what it has."""
        try:
            return self.catalog.resolve(model)
        except UnknownModel:
            # A bare id may be one that a provider lists; ask those not asked yet before saying no.
            if not await self.listings.refresh():
                raise
            return self.catalog.resolve(model)


def _compose(stages: Sequence[Stage]) -> Next:
    """The stages as one function, outermost first; the provider is the innermost."""
    advance: Next = _exchange
    for stage in reversed(stages):
        advance = functools.partial(_enter, stage, advance)
    return advance


def _enter(stage: Stage, advance: Next, call: Call) -> AsyncIterator[Chunk]:
    return _opened(call, stage(call, advance))


def _exchange(call: Call) -> AsyncIterator[Chunk]:
    """The provider's answer over the route that is being tried."""
    route = call.route
    if route is None:
        raise AssertionError("no route has been chosen")
    return _opened(call, route.provider.replies(call.asking(route.model), stream=call.stream, timeouts=call.limits()))


def _opened(call: Call, generator: AsyncGenerator[Chunk, None]) -> AsyncIterator[Chunk]:
    call.opened.append(generator)
    return generator
