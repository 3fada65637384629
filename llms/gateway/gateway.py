"""The gateway itself: what happens to a call, in which order.

    measure    how it ended, what it used
    failover   the routes in order, up to the first meaningful chunk
    provider   the upstream exchange

Knows nothing of HTTP servers: `call` gives chunks, whoever asked turns them into bytes.
"""

import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import cast

from llms.auth.keys import Keys
from llms.cancellation import Scope, Scopes
from llms.config import Config
from llms.errors import Draining, UnknownModel
from llms.gateway.automatic import AUTO, Automatic
from llms.gateway.forwarding import Forwarding
from llms.gateway.learned import backoff_of, bounds_of, learned_by
from llms.gateway.listings import Listings
from llms.gateway.measuring import Measuring
from llms.gateway.planning import Planner, Rules, Trail
from llms.metrics.pricing import Prices
from llms.metrics.record import Observer
from llms.metrics.stage import end_of, measure
from llms.providers.base import Provider
from llms.providers.presets import PRESETS, preset_for
from llms.providers.transport import Transport
from llms.resilience.breaker import Obstacle
from llms.resilience.failover import failover
from llms.routing.catalog import Catalog, Plan
from llms.types import Call, Chunk, Completion, ModelCard, Next, Principal, Route, Stage, Terms


class Gateway:
    """Everything one configuration stands for. Build it with `llms.gateway.build`; close it when done."""

    def __init__(
        self,
        config: Config,
        providers: dict[str, Provider],
        catalog: Catalog,
        *,
        transport: Transport,
        upload_transport: Transport | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.config = config
        self.providers = providers
        self.catalog = catalog
        self.keys = Keys(config.auth.keys)
        self.scopes = Scopes(self._has_ended)
        self.listings = Listings(providers, catalog)
        self.draining = False
        uploads = upload_transport or transport
        self._transports = [transport] if uploads is transport else [transport, uploads]
        self.forwarding = Forwarding(providers, uploads)
        self.learned = learned_by(config.resilience)
        self.bounds = bounds_of(config.resilience)
        self.active: dict[Scope, Call] = {}
        addresses = {name: provider.base_url for name, provider in providers.items()}
        self.measuring = Measuring(config, Prices(addresses, self.listings.pricing))
        self.measuring.metrics.watch("requests_in_flight", "Requests in flight", lambda: {(): float(len(self.scopes))})
        self.measuring.observers += observers
        measured = measure(self.measuring.ends.ended)
        failing_over = failover(self.learned.targets, backoff_of(config.resilience))
        self._advance = _compose([measured, failing_over], functools.partial(_exchange, self.forwarding))
        self.measuring.metrics.watch(
            "targets_avoided",
            "Routes that are avoided, or tried again (half-open)",
            self._avoided,
            *("provider", "model", "cause", "state"),
        )
        self._automatic = Automatic(config.auto, _vendors(providers), catalog, self.listings.about)
        self.planner = Planner(
            Rules(
                catalog.planned,
                self._plan_of,
                self._automatic,
                self.learned,
                self.bounds,
                price_of=self._price_of,
                has_own_models=lambda name: providers[name].type == "openrouter",
            )
        )

    def call(self, call: Call) -> "Running":
        """Serve `call`: entered, it gives the chunks (or the one completion); left, it ends everything it opened.

        Entering raises `UnknownModel`, `EndpointNotSupported` or `Draining` before anything is sent upstream; the
        iterator raises `UpstreamError`; leaving raises the reason of a cancel from elsewhere.
        """
        return Running(self, call)

    def admit(self) -> None:
        """Raise `Draining` once new calls are not taken any more."""
        if self.draining:
            raise Draining(retry_after_s=1)

    def advance(self, call: Call) -> AsyncIterator[Chunk]:
        """The stages, composed for one call."""
        return self._advance(call)

    async def complete(self, call: Call) -> Completion:
        """The answer to a call that is not streamed."""
        completion: Completion = {}
        async with self.call(call) as answers:
            async for answer in answers:  # there is one; it is asked for the next, so that it comes to its end
                completion = cast(Completion, answer)
        return completion

    async def models(self) -> list[ModelCard]:
        """Every model that can be asked for, by the names it can be asked for."""
        await self.listings.refresh(old_will_do=True)
        cards = self.listings.cards()
        if self._automatic.is_useful and self._automatic.means(AUTO):
            cards.append(ModelCard(AUTO, "llms"))
        return cards

    async def close(self) -> None:
        """Write what is still to be written, and close the connections to all providers."""
        await self.measuring.close()
        for provider in self.providers.values():
            await provider.close()
        for transport in self._transports:
            await transport.close()

    async def routes(self, model: str) -> tuple[Route, ...]:
        """The routes of a model, in order. Raises `UnknownModel`, once every provider has been asked what it has."""
        return (await self._plan_of(model)).routes

    async def _plan_of(self, model: str) -> Plan:
        try:
            return self.catalog.plan(model)
        except UnknownModel:
            # A bare id may be one that a provider lists; ask those not asked yet before saying no.
            if not await self.listings.refresh():
                raise
            return self.catalog.plan(model)

    def _has_ended(self, call_id: str, principal: Principal) -> bool:
        return self.measuring.recent.find(call_id, principal.name) is not None

    def _price_of(self, route: Route) -> float | None:
        """What a million tokens cost, where three of four are the prompt's."""
        rates = self.measuring.prices.rates(route.provider.name, route.model)
        return None if rates is None else (3 * rates.prompt + rates.completion) / 4 * 1_000_000

    def avoided(self) -> dict[str, str]:
        """The routes that are avoided at this moment, each with the reason."""
        now = time.monotonic()
        return {name: "; ".join(each.told(now) for each in found) for name, found in self._in_trouble(now)}

    def _in_trouble(self, now: float) -> Iterable[tuple[str, list[Obstacle]]]:
        return self.learned.targets.troubled(now).items()

    def _avoided(self) -> dict[tuple[str, ...], float]:
        return {
            (*name.split("/", 1), obstacle.cause, obstacle.state): 1.0
            for name, obstacles in self._in_trouble(time.monotonic())
            for obstacle in obstacles
        }


class Running:
    """A call while it is served: an async context manager around its chunks (see `Gateway.call`).

    A class and not a generator function, because it runs for every call and costs half as much.
    """

    __slots__ = ("_call", "_gateway", "_scope", "_trail")

    def __init__(self, gateway: Gateway, call: Call) -> None:
        self._gateway = gateway
        self._call = call
        self._trail: Trail = ()

    async def __aenter__(self) -> AsyncIterator[Chunk]:
        gateway, call = self._gateway, self._call
        call.timing.started = call.timing.started or time.monotonic()
        scope = call.scope = self._scope = Scope(call.id, call.principal)
        gateway.scopes.add(scope)
        gateway.active[scope] = call
        scope.__enter__()
        try:
            gateway.admit()
            self._trail = await gateway.planner.plan(call)
            if call.endpoint:
                call.routes = gateway.forwarding.able(call.endpoint, call.routes)
            call.route = call.routes[0]
            if (total_s := call.limits().total_s) is not None:
                scope.bound(total_s)
        except BaseException as error:  # no stage has seen the call
            gateway.measuring.ends.ended(call, *end_of(call, error))
            self._leave(type(error), error, error.__traceback__)
            raise
        return gateway.advance(call)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for generator in reversed(self._call.opened):
                await generator.aclose()
        finally:
            if self._trail:
                self._gateway.planner.remember(self._trail, self._call)
            self._leave(kind, error, trace)

    def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the scope. Raises its reason, if it was ended from elsewhere."""
        self._gateway.scopes.remove(self._scope)
        del self._gateway.active[self._scope]
        self._scope.__exit__(kind, error, trace)


def _vendors(providers: Mapping[str, Provider]) -> dict[str, str]:
    """The vendor behind each provider, by its name or its address; empty where it is none that is known.

    What is always there, `demo` and `chaos`, is nobody's choice.
    """
    by_address = {preset.base_url: preset.name for preset in PRESETS.values() if preset.base_url}
    return {
        name: preset.name if (preset := preset_for(name)) is not None else by_address.get(provider.base_url, "")
        for name, provider in providers.items()
        if provider.uses_network
    }


def _compose(stages: Sequence[Stage], exchange: Next) -> Next:
    """The stages as one function, outermost first; the exchange with the provider is the innermost."""
    advance = exchange
    for stage in reversed(stages):
        advance = functools.partial(_enter, stage, advance)
    return advance


def _enter(stage: Stage, advance: Next, call: Call) -> AsyncIterator[Chunk]:
    return _opened(call, stage(call, advance))


def _exchange(forwarding: Forwarding, call: Call) -> AsyncIterator[Chunk]:
    """The provider's answer over the route that is being tried."""
    route = call.route
    if route is None:
        raise AssertionError("no route has been chosen")
    terms = call.terms = Terms(call.limits(), strict=call.strict, owner=call.principal.name)
    if call.endpoint:
        return _opened(call, forwarding.exchange(call, route, terms))
    return _opened(call, route.provider.replies(call.asking(route.model), stream=call.stream, terms=terms))


def _opened(call: Call, generator: AsyncGenerator[Chunk, None]) -> AsyncIterator[Chunk]:
    call.opened.append(generator)
    return generator
