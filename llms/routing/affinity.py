"""Where the beginnings of conversations were seen last, so that what a vendor keeps in its prompt cache is used again.

A beginning is told by a rolling hash over the tools, the system prompt and the first turns: each turn gives one more
key, so a conversation is known again by its longest beginning, and one that only shares the system prompt by that. Keys
belong to who asks: nobody learns from a hit what others sent. Only hashes are kept, for a while, and so many.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from llms import jsonio
from llms.types import Chat

_TURNS = 4
_WORTH_BYTES = 4096
"""Vendors keep nothing shorter than about a thousand tokens: a short system prompt makes no two conversations alike."""

_REMEMBERED = 20_000
_KEEP_S = 300.0
"""How long vendors keep what nobody asks for again: five minutes (Anthropic, OpenAI, Google; 2026-08)."""

_INSTRUCTING = ("system", "developer")


class Affinity(Protocol):
    """What is remembered; of several machines that share it, this is the place."""

    def home(self, trail: Sequence[bytes], now: float) -> str | None:
        """The target that saw the longest of these beginnings; None where nobody did."""
        ...

    def remember(self, trail: Sequence[bytes], target: str, now: float) -> None:
        """Note who has seen them."""
        ...


class LocalAffinity:
    """`Affinity` in this process: of so many beginnings those used last."""

    def __init__(self, remembered: int = _REMEMBERED, keep_s: float = _KEEP_S) -> None:
        self._remembered = remembered
        self._keep_s = keep_s
        self._homes: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def home(self, trail: Sequence[bytes], now: float) -> str | None:
        """See `Affinity`."""
        for key in reversed(trail):
            found = self._homes.get(key)
            if found is not None and now - found[1] <= self._keep_s:
                return found[0]
        return None

    def remember(self, trail: Sequence[bytes], target: str, now: float) -> None:
        """See `Affinity`."""
        for key in trail:
            self._homes[key] = (target, now)
            self._homes.move_to_end(key)
        while len(self._homes) > self._remembered:
            self._homes.popitem(last=False)


def trail_of(chat: Chat, principal: str) -> tuple[bytes, ...]:
    """The keys of a chat's beginnings, from the shortest to the longest."""
    messages: Sequence[Any] = chat.get("messages") or ()
    instructions = [each for each in messages if _role(each) in _INSTRUCTING]
    turns = [each for each in messages if _role(each) not in _INSTRUCTING][:_TURNS]
    shared = jsonio.dumps([chat.get("model"), chat.get("tools"), instructions])
    rolling = hashlib.blake2b(principal.encode(), digest_size=16)
    rolling.update(shared)
    keys = [rolling.digest()] if len(shared) >= _WORTH_BYTES else []
    for turn in turns:
        rolling.update(jsonio.dumps(turn))
        keys.append(rolling.digest())
    return tuple(keys)


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else None
