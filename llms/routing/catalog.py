"""From the model name in a request to the routes that serve it.

Three kinds of name, tried in this order: a public name from the configuration (`fast`), `provider/model` split at the
first slash only (upstream ids hold slashes themselves), and a bare upstream id that a provider lists. A model that its
provider does not list, given as `provider/model`, is passed on: the provider knows best.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from llms.errors import BadRequest, UnknownModel
from llms.types import NO_TIMEOUTS, Candidate, ChatProvider, Decision, ModelCard, Route, Strategy, Timeouts

_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class PublicModel:
    """A public name as it is configured. Without weights all routes weigh the same."""

    routes: tuple[str, ...]
    timeouts: Timeouts = NO_TIMEOUTS
    strategy: Strategy = "ordered"
    weights: tuple[float, ...] = ()
    hedge_percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What serves a name: the routes in their written order, how they are to be ordered, and the decision as it stands
    where nothing else is to be considered.
    """

    routes: tuple[Route, ...]
    decision: Decision
    strategy: Strategy = "ordered"
    weights: tuple[float, ...] = ()
    hedge_percent: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether the routes are tried as they stand, one at a time."""
        return self.strategy == "ordered" and not self.hedge_percent


class Catalog:
    """The names of one configuration. `listed` gives, per provider, public id to upstream id.

    The models of the providers in `qualified_only` need their provider's name: nobody means `chaos/reset` by `reset`.
    """

    def __init__(
        self,
        providers: Mapping[str, ChatProvider],
        listed: Mapping[str, Mapping[str, str]],
        public: Mapping[str, PublicModel],
        *,
        qualified_only: Collection[str] = (),
    ) -> None:
        self._qualified_only = frozenset(qualified_only)
        self._providers = providers
        self._listed = {name: dict(models) for name, models in listed.items()}
        self._public = dict(public)
        self._bare = self._bare_ids()
        self._plans: dict[str, Plan] = {}

    def resolve(self, model: str) -> tuple[Route, ...]:
        """The routes of a model, in the order they are written. Raises `UnknownModel`."""
        return self.plan(model).routes

    def plan(self, model: str) -> Plan:
        """What serves a model. Raises `UnknownModel`."""
        plan = self._plans.get(model)
        if plan is None:
            plan = self._planned(model)
            if len(self._plans) >= _REMEMBERED:
                self._plans.clear()  # names come from requests
            self._plans[model] = plan
        return plan

    def planned(self, model: str) -> Plan | None:
        """What serves a model, where it has been asked for before."""
        return self._plans.get(model)

    def is_public(self, model: str) -> bool:
        """Whether the configuration has this name."""
        return model in self._public

    def known(self, provider: str) -> Collection[str]:
        """The models of a provider, by the names it is asked for; none as long as it has not listed any."""
        return self._listed.get(provider, {}).keys()

    def learn(self, provider: str, models: Iterable[str]) -> None:
        """Note ids that a provider listed itself, so that they can be asked for without its name."""
        known = self._listed.setdefault(provider, {})
        for model in models:
            known.setdefault(model, model)
        self._bare = self._bare_ids()
        self._plans.clear()

    def cards(self) -> list[ModelCard]:
        """Every name that can be asked for by a client that only knows the list."""
        public = [ModelCard(id=name, owned_by="llms") for name in self._public]
        listed = [
            ModelCard(id=f"{provider}/{model}", owned_by=provider)
            for provider, models in self._listed.items()
            for model in models
        ]
        return public + listed

    def near(self, model: str) -> list[str]:
        """Up to three names that look like `model`."""
        names = [card.id for card in self.cards()]
        found = difflib.get_close_matches(model, names, n=3, cutoff=0.6)
        tails = {name.partition("/")[2]: name for name in names}
        for tail in difflib.get_close_matches(model.rpartition("/")[2], tails, n=3, cutoff=0.7):
            if tails[tail] not in found:
                found.append(tails[tail])
        return found[:3]

    def _planned(self, model: str) -> Plan:
        if (public := self._public.get(model)) is not None:
            routes = tuple(self._qualified(name, public.timeouts) for name in public.routes)
            decision = _decision(f"the routes of {model!r}", routes)
            return Plan(routes, decision, public.strategy, public.weights, public.hedge_percent)
        provider, _, rest = model.partition("/")
        if rest and provider in self._providers:
            routes = (self._qualified(model, NO_TIMEOUTS),)
            return Plan(routes, _decision("provider and model were asked for", routes))
        if model in self._bare:
            return Plan(self._bare[model], _decision("who lists the model", self._bare[model]))
        raise UnknownModel(model, self.near(model))

    def _qualified(self, name: str, timeouts: Timeouts) -> Route:
        provider_name, _, model = name.partition("/")
        provider = self._providers.get(provider_name)
        if provider is None:
            raise BadRequest(f"the route {name!r} names a provider that is not configured", param="model")
        return Route(provider, self._listed.get(provider_name, {}).get(model, model), timeouts)

    def _bare_ids(self) -> dict[str, tuple[Route, ...]]:
        bare: dict[str, list[Route]] = {}
        for provider_name, models in self._listed.items():
            if provider_name in self._qualified_only:
                continue
            for public_id, upstream_id in models.items():
                bare.setdefault(public_id, []).append(Route(self._providers[provider_name], upstream_id))
        return {model: tuple(routes) for model, routes in bare.items()}


def _decision(reason: str, routes: tuple[Route, ...]) -> Decision:
    """The decision where the written order is kept."""
    candidates = (
        Candidate(str(route), kept=True, reason=f"number {place} in the list")
        for place, route in enumerate(routes, start=1)
    )
    return Decision("ordered", reason, tuple(candidates))
