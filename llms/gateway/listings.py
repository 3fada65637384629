"""What the providers list as their models, asked in parallel and kept for a while.

One that is slow or down never delays the others: it is waited for a few seconds once, and left out until its list is
there. A list that has grown old is shown while a new one is fetched.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llms import tasks
from llms.errors import GatewayError
from llms.providers.base import Provider
from llms.providers.cards import DESCRIPTIONS, described
from llms.routing.catalog import Catalog
from llms.types import ModelCard, Timeouts

_log = logging.getLogger(__name__)

_KEEP_S = 300.0
_RETRY_S = 30.0
_WAIT_S = 3.0
_TIMEOUTS = Timeouts(connect_s=5, first_token_s=15, idle_s=15)


class Listings:
    """The lists of all providers that are not configured with a list of their own."""

    def __init__(self, providers: Mapping[str, Provider], catalog: Catalog) -> None:
        self._catalog = catalog
        self._asked = {name: provider for name, provider in providers.items() if not provider.models}
        self._cards: dict[str, list[ModelCard]] = {}
        self._by_name: dict[str, ModelCard] = {}
        self._due = dict.fromkeys(self._asked, 0.0)
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._asking_since: dict[str, float] = {}
        self._failures: dict[str, str] = {}

    async def refresh(self, *, old_will_do: bool = False) -> bool:
        """Ask the providers whose list is old or missing, and wait a little; True if there was one to wait for.

        With `old_will_do` only those are waited for of whom nothing is known yet.
        """
        now = time.monotonic()
        for name in self._asked:
            if self._due[name] <= now and name not in self._asking:
                self._asking[name] = tasks.spawn(self._ask(name), name=f"llms.models.{name}")
                self._asking_since[name] = now
        patience_s = {
            name: self._asking_since[name] + _WAIT_S - now
            for name in self._asking
            if not (old_will_do and name in self._cards)
        }
        waiting = [self._asking[name] for name, seconds in patience_s.items() if seconds > 0]
        if waiting:
            await asyncio.wait(waiting, timeout=max(patience_s.values()))
        return bool(waiting)

    def note(self, name: str, cards: list[ModelCard]) -> None:
        """Take in a list that has come in another way (a server found at start)."""
        self._failures.pop(name, None)
        self._cards[name] = [described(card) for card in cards]
        self._by_name = {f"{each}/{card.id}": card for each, listed in self._cards.items() for card in listed}
        self._due[name] = time.monotonic() + _KEEP_S
        self._catalog.learn(name, [card.id for card in cards])

    def listed(self, name: str) -> int | None:
        """How many models a provider listed when it last answered; None where it never did, or is not asked."""
        return len(self._cards[name]) if name in self._cards else None

    def failure(self, name: str) -> str | None:
        """Why a provider gave no list when it was last asked; None where it did, or was not asked yet."""
        return self._failures.get(name)

    def cards(self) -> list[ModelCard]:
        """Every model by the names it can be asked for; what its provider says of it beyond OpenAI's keys is kept."""
        return [self._told(card, self._by_name) for card in self._catalog.cards()]

    def pricing(self, provider: str, model: str) -> Mapping[str, float] | None:
        """What a provider's list says that a model of its costs, in US dollars per million tokens."""
        card = self._by_name.get(f"{provider}/{model}")
        return card.extra.get("pricing") if card is not None else None

    def about(self, route: str) -> Mapping[str, Any]:
        """What a provider's list says of its model `provider/model`, beyond OpenAI's keys, if anything."""
        card = self._by_name.get(route)
        return card.extra if card is not None else {}

    def _told(self, card: ModelCard, told: Mapping[str, ModelCard]) -> ModelCard:
        """What is known of a model; of one with a public name, what is known of its first route."""
        if card.id in told:
            return told[card.id].named(card.id)
        first = told.get(str(self._catalog.resolve(card.id)[0]))
        known = first.extra if first is not None else {}
        return replace(card, extra={key: known[key] for key in DESCRIPTIONS if key in known})

    async def _ask(self, name: str) -> None:
        try:
            self.note(name, await self._asked[name].list_models(_TIMEOUTS))
        except GatewayError as failure:
            self._due[name] = time.monotonic() + _RETRY_S
            self._failures[name] = failure.message
            _log.warning("provider %s gave no list of models: %s", name, failure.message)
        finally:
            del self._asking[name]
