"""State that a vendor wants back with the next request, kept for clients that do not send it back.

Thinking blocks and their signatures, thought signatures, encrypted reasoning: a client that only knows OpenAI's fields
drops them, and the vendor then refuses the next step of a tool loop or forgets what it thought. The state of a turn is
found again by the ids of its tool calls, or by what it said. It belongs to the key that made the call and to the vendor
that made the state; it is bounded in number, size and age.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llms import jsonio
from llms.types import Chat, Completion

_MAX_TURNS = 10_000
_MAX_BYTES = 64 * 1024 * 1024
_LIFETIME_S = 6 * 3600.0

Key = tuple[str, str, str]
"""Owner, vendor, and the id of a tool call or the digest of a turn."""


@dataclass(frozen=True, slots=True)
class _Turn:
    state: Mapping[str, Any]
    calls: Mapping[str, Mapping[str, Any]]
    size: int
    kept_at: float


class Vault:
    """The state of past turns, the latest last."""

    def __init__(
        self,
        *,
        max_turns: int = _MAX_TURNS,
        max_bytes: int = _MAX_BYTES,
        lifetime_s: float = _LIFETIME_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turns: OrderedDict[Key, _Turn] = OrderedDict()
        self._max_turns = max_turns
        self._max_bytes = max_bytes
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._turns)

    def keep(self, owner: str, vendor: str, completion: Completion, fields: frozenset[str]) -> None:
        """Remember the state `fields` of an answer's first message and of its tool calls, if it has any."""
        choices = completion.get("choices") or []
        message = choices[0].get("message") if choices else None
        if not isinstance(message, dict):
            return
        state = {field: message[field] for field in fields if message.get(field)}
        calls = {
            call["id"]: found
            for call in message.get("tool_calls") or ()
            if call.get("id") and (found := {field: call[field] for field in fields if call.get(field)})
        }
        if not state and not calls:
            return
        turn = _Turn(state, calls, len(jsonio.dumps([state, calls])), self._clock())
        for key in _keys(owner, vendor, message):
            self._drop(key)
            self._turns[key] = turn
            self._bytes += turn.size
        self._make_room()

    def restore(self, owner: str, vendor: str, chat: Chat) -> Chat:
        """`chat` with the state of its past turns put back where the client did not send it."""
        self._make_room()
        if not self._turns:
            return chat
        restored = chat.copy()
        restored["messages"] = [self._restored(owner, vendor, message) for message in chat["messages"]]
        return restored

    def _restored(self, owner: str, vendor: str, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("role") != "assistant":
            return message
        turn = next((self._turns[key] for key in _keys(owner, vendor, message) if key in self._turns), None)
        if turn is None:
            return message
        message = {**turn.state, **{key: value for key, value in message.items() if value or key not in turn.state}}
        if turn.calls and isinstance(message.get("tool_calls"), list):
            message["tool_calls"] = [{**turn.calls.get(call.get("id"), {}), **call} for call in message["tool_calls"]]
        return message

    def _make_room(self) -> None:
        oldest_kept = self._clock() - self._lifetime_s
        while self._turns:
            key, turn = next(iter(self._turns.items()))
            if turn.kept_at >= oldest_kept and len(self._turns) <= self._max_turns and self._bytes <= self._max_bytes:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        turn = self._turns.pop(key, None)
        if turn is not None:
            self._bytes -= turn.size


def _keys(owner: str, vendor: str, message: Mapping[str, Any]) -> Iterator[Key]:
    """Under what a turn is found: each of its tool calls; without any, what it said."""
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        for call in calls:
            if isinstance(call, dict) and isinstance(call.get("id"), str):
                yield owner, vendor, call["id"]
        return
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text") or "" for part in content if isinstance(part, dict))
    if isinstance(content, str) and content:
        yield owner, vendor, hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
