"""What the providers list as their models, asked in parallel and kept for a while.

One that is slow or down never delays the others: it is waited for a few seconds, then left out until the next time.
"""

import asyncio
import logging
import time
from collections.abc import Mapping

from llms import tasks
from llms.errors import GatewayError
from llms.providers.base import Provider
from llms.routing.catalog import Catalog
from llms.types import ModelCard, Timeouts

_log = logging.getLogger(__name__)

_KEEP_S = 300.0
_RETRY_S = 30.0
_WAIT_S = 5.0
_TIMEOUTS = Timeouts(connect_s=5, first_token_s=15, idle_s=15)


class Listings:
    """The lists of all providers that are not configured with a list of their own."""

    def __init__(self, providers: Mapping[str, Provider], catalog: Catalog) -> None:
        self._catalog = catalog
        self._asked = {name: provider for name, provider in providers.items() if not provider.models}
        self._cards: dict[str, list[ModelCard]] = {}
        self._due = dict.fromkeys(self._asked, 0.0)
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def refresh(self) -> bool:
        """Ask the providers whose list is old or missing; True if any was asked."""
        now = time.monotonic()
        for name in self._asked:
            if self._due[name] <= now and name not in self._asking:
                self._asking[name] = tasks.spawn(self._ask(name), name=f"llms.models.{name}")
        waiting = list(self._asking.values())
        if waiting:
            await asyncio.wait(waiting, timeout=_WAIT_S)
        return bool(waiting)

    def note(self, name: str, cards: list[ModelCard]) -> None:
        """Take in a list that has come in another way (a server found at start)."""
        self._cards[name] = cards
        self._due[name] = time.monotonic() + _KEEP_S
        self._catalog.learn(name, [card.id for card in cards])

    def cards(self) -> list[ModelCard]:
        """Every model by the names it can be asked for; what its provider says of it beyond OpenAI's keys is kept."""
        told = {f"{name}/{card.id}": card for name, cards in self._cards.items() for card in cards}
        return [told[card.id].named(card.id) if card.id in told else card for card in self._catalog.cards()]

    async def _ask(self, name: str) -> None:
        try:
            self.note(name, await self._asked[name].list_models(_TIMEOUTS))
        except GatewayError as failure:
            self._due[name] = time.monotonic() + _RETRY_S
            _log.warning("provider %s gave no list of models: %s", name, failure.message)
        finally:
            del self._asking[name]
