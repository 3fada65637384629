"""A conversation made fit for the vendor that continues it: foreign state taken out, tool call ids in its form.

Clients send back what they were given. When a conversation moves from one vendor to another, the signatures of the one
mean nothing to the other, or are an error there; and an id that one vendor makes may break the other's rules.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from llms.types import Chat

STATE_FIELDS = frozenset(
    {
        "content_blocks",
        "extra_content",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "thinking_blocks",
        "thought_signature",
    }
)
"""The extension fields of a message, or of a tool call in it, that carry a vendor's state for it to find again."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class ToolIdRule:
    """What a vendor takes as the id of a tool call: a pattern, and how long an id to make where one does not fit."""

    pattern: re.Pattern[str]
    length: int
    prefix: str = ""

    def fit(self, tool_id: str) -> str:
        """`tool_id` if it will do; else one made from it, the same each time."""
        if self.pattern.fullmatch(tool_id):
            return tool_id
        digest = int.from_bytes(hashlib.sha256(tool_id.encode("utf-8", "replace")).digest())
        made = ""
        while len(made) < self.length - len(self.prefix):
            digest, position = divmod(digest, len(_ALPHABET))
            made += _ALPHABET[position]
        return self.prefix + made


def without_foreign_state(chat: Chat, own: Collection[str]) -> Chat:
    """`chat` with the state fields of its assistant messages removed, except the vendor's `own`."""
    foreign = STATE_FIELDS.difference(own)

    def cleaned(message: dict[str, Any]) -> dict[str, Any]:
        if message.get("role") != "assistant":
            return message
        kept = {key: value for key, value in message.items() if key not in foreign}
        if isinstance(kept.get("tool_calls"), list):
            kept["tool_calls"] = [
                {key: value for key, value in call.items() if key not in foreign} if isinstance(call, dict) else call
                for call in kept["tool_calls"]
            ]
        return kept

    return _with_messages(chat, cleaned)


def with_tool_ids(chat: Chat, rule: ToolIdRule) -> Chat:
    """`chat` with every tool call id in the vendor's form, in the calls and in the results that answer them."""

    def renamed(message: dict[str, Any]) -> dict[str, Any]:
        if isinstance(message.get("tool_call_id"), str):
            message = {**message, "tool_call_id": rule.fit(message["tool_call_id"])}
        if isinstance(message.get("tool_calls"), list):
            message = {**message, "tool_calls": [_renamed_call(call, rule) for call in message["tool_calls"]]}
        return message

    return _with_messages(chat, renamed)


def _renamed_call(call: Any, rule: ToolIdRule) -> Any:
    if isinstance(call, dict) and isinstance(call.get("id"), str):
        return {**call, "id": rule.fit(call["id"])}
    return call


def _with_messages(chat: Chat, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Chat:
    changed = chat.copy()
    changed["messages"] = [change(message) for message in chat["messages"]]
    return changed
