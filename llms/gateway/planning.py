"""Before a call is served: which routes it may take, in which order, within which bounds, and why.

Brings together what a model's name means (the catalog), what the request itself wishes, what is known of the targets,
and the strategies. Asks no provider for anything but its list of models.
"""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from llms.errors import UnknownModel
from llms.gateway.automatic import Automatic
from llms.gateway.learned import Learned
from llms.routing import strategies
from llms.routing.affinity import trail_of
from llms.routing.catalog import Plan
from llms.routing.strategies import Option, Ranked
from llms.types import NO_WISHES, Bounds, Call, Candidate, Decision, Route, Strategy

Trail = tuple[bytes, ...]
"""The keys under which the beginnings of a conversation are remembered; empty where nobody asks for that."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What plans are made with.

    `known` gives what serves a name that has been asked for before; `find` does so for any, asking for lists of models
    if need be. `price_of` is what a usual mix of a million tokens costs over a route, `has_own_models` whether a
    provider resolves names of its own.
    """

    known: Callable[[str], Plan | None]
    find: Callable[[str], Awaitable[Plan]]
    automatic: Automatic
    learned: Learned
    bounds: Bounds
    price_of: Callable[[Route], float | None]
    has_own_models: Callable[[str], bool]
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random  # noqa: S311 - it shares traffic out, it keeps no secret


class Planner:
    """Makes the plan of each call."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def plan(self, call: Call) -> Trail:
        """Note on `call` its routes, its bounds and the decision. Raises `UnknownModel`."""
        wishes, rules = call.wishes, self._rules
        known = rules.known(call.chat["model"])
        if known is not None and known.is_plain and wishes is NO_WISHES:  # nearly always
            call.routes, call.decision, call.bounds = known.routes, known.decision, rules.bounds
            return ()
        plan = known or await self._serving(call.chat["model"], call)
        call.bounds = self._bounds(call, plan)
        strategy = wishes.strategy or plan.strategy
        if strategy == "ordered" and not wishes.models:
            call.routes, call.decision = plan.routes, plan.decision
            return ()
        trail = trail_of(call.chat, call.principal.name) if strategy == "affinity" and not call.endpoint else ()
        ranked = self._ranked(strategy, plan, trail)
        routes = [option.route for option, _ in ranked]
        candidates = [Candidate(str(option.route), kept=True, reason=reason) for option, reason in ranked]
        for route in await self._fallbacks(call, plan):
            if all(str(route) != each.route for each in candidates):
                routes.append(route)
                candidates.append(Candidate(str(route), kept=True, reason="a fallback of the request itself"))
        decided = plan.decision.strategy if strategy == "ordered" else strategy
        call.routes = tuple(routes)
        call.decision = Decision(decided, plan.decision.reason, (*candidates, *_passed_over(plan.decision)))
        return trail

    def remember(self, trail: Trail, call: Call) -> None:
        """Note who answered a conversation with these beginnings."""
        if call.route is not None and call.timing.upstream_answered:
            self._rules.learned.affinity.remember(trail, str(call.route), self._rules.clock())

    async def explain(self, call: Call) -> dict[str, Any]:
        """Where `call` would go at this moment, and why; nothing is asked of a provider."""
        await self.plan(call)
        decision = cast(Decision, call.decision)
        now = self._rules.clock()
        candidates = [_avoided(each, self._rules.learned, now) for each in decision.candidates]
        chosen = next((each for each in candidates if each.kept), None)
        route = chosen.route if chosen is not None else str(call.routes[0])  # the last one is never given up
        provider, _, model = route.partition("/")
        told: dict[str, Any] = {
            "provider": provider,
            "model": model,
            "strategy": decision.strategy,
            "reason": "; ".join(dict.fromkeys([decision.reason, *([chosen.reason] if chosen is not None else [])])),
            "candidates": [
                dict(zip(("provider", "model"), each.route.split("/", 1), strict=True))
                | {"kept": each.kept, "reason": each.reason}
                for each in candidates
            ],
        }
        automatic = self._rules.automatic
        return told | automatic.signs(call) if automatic.means(call.chat["model"]) else told

    async def _serving(self, model: str, call: Call) -> Plan:
        automatic = self._rules.automatic
        if automatic.means(model) and not call.endpoint:  # the rules read chats
            return automatic.plan(call)
        return await self._rules.find(model)

    async def _fallbacks(self, call: Call, plan: Plan) -> list[Route]:
        """The routes of the models that the request itself names as fallbacks.

        A name that nobody here knows is one of the first provider's own, where that one has a catalog of others' models
        behind it. Raises `UnknownModel`, which says at which place.
        """
        found: list[Route] = []
        for place, name in enumerate(call.wishes.models):
            provider = plan.routes[0].provider.name
            try:
                found += (await self._serving(name, call)).routes
            except UnknownModel as unknown:
                if not self._rules.has_own_models(provider):
                    unknown.param = f"models[{place}]"
                    raise
                found += (await self._rules.find(f"{provider}/{name}")).routes
        return found

    def _bounds(self, call: Call, plan: Plan) -> Bounds:
        bounds, wishes = self._rules.bounds, call.wishes
        if plan.hedge_percent:
            bounds = replace(bounds, hedge_percent=plan.hedge_percent)
        if wishes is not NO_WISHES and (wishes.attempts is not None or wishes.retries is not None):
            attempts = bounds.attempts if wishes.attempts is None else wishes.attempts
            retries = bounds.retries if wishes.retries is None else wishes.retries
            bounds = replace(bounds, attempts=attempts, retries=retries)
        return bounds

    def _ranked(self, strategy: Strategy, plan: Plan, trail: Trail) -> Ranked:
        rules = self._rules
        options = self._options(strategy, plan)
        match strategy:
            case "weighted":
                return strategies.weighted(options, rules.chance)
            case "least-latency":
                return strategies.least_latency(options)
            case "cheapest":
                return strategies.cheapest(options)
            case "affinity":
                home = rules.learned.affinity.home(trail, rules.clock())
                return strategies.affinity(options, trail[0] if trail else b"", home)
            case "ordered":
                return [
                    (option, candidate.reason)
                    for option, candidate in zip(options, plan.decision.candidates, strict=False)
                ]

    def _options(self, strategy: Strategy, plan: Plan) -> list[Option]:
        """The routes with what this strategy needs to know of them."""
        rules, now = self._rules, self._rules.clock()
        weights: Sequence[float] = plan.weights or [1.0] * len(plan.routes)
        options = []
        for route, weight in zip(plan.routes, weights, strict=True):
            target = rules.learned.targets.of(str(route))
            price_usd = rules.price_of(route) if strategy == "cheapest" else None
            options.append(Option(route, weight, target.typical_s(now), target.in_flight, price_usd))
        return options


def _passed_over(decision: Decision) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate in decision.candidates if not candidate.kept)


def _avoided(candidate: Candidate, learned: Learned, now: float) -> Candidate:
    """A candidate as it stands now: not kept, where its target is in trouble."""
    obstacle = learned.targets.of(candidate.route).obstacle(now)
    if obstacle is None or not candidate.kept:
        return candidate
    return Candidate(candidate.route, kept=False, reason=obstacle.told(now))
