"""Which request fields a vendor takes, as data: what is renamed, dropped, brought into range, said in another word.

A dialect holds one or more `Parameters` and lets them fit the body it is about to send. A field goes only where sending
it would be refused or would mean nothing; what that loses is told. Knows no vendor but for the fields that only OpenAI
has. Source: the vendors' references, 2026-08.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llms.types import Action

Change = tuple[Action, str]
"""What became of a field, and its name."""

OPENAI_ONLY = frozenset(
    {
        "audio",
        "metadata",
        "modalities",
        "moderation",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "verbosity",
        "web_search_options",
    }
)
"""Fields that mean nothing outside of OpenAI, unless a vendor says so."""

_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "logprobs": (False,),
    "metadata": ({},),
    "modalities": (["text"],),
    "n": (1,),
    "parallel_tool_calls": (True,),
    "presence_penalty": (0,),
    "service_tier": ("auto", "default"),
    "stop": ([], ""),
    "store": (False,),
    "temperature": (1,),
    "tool_choice": ("auto",),
    "tools": ([],),
    "top_logprobs": (0,),
    "top_p": (1,),
    "verbosity": ("medium",),
}
"""Values that ask for what happens anyway: leaving them out loses nothing."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one vendor makes of a request's fields.

    `renamed` maps a field to the vendor's name of it, which wins where both are given. `dropped` fields are not sent.
    `ranges` are the least and the largest number taken. `words` map what a field may say to what is said instead, None
    leaving it out. Without `developer` the role of that name becomes `system`; without `names` messages have none.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    developer: bool = True
    names: bool = True

    def fit(self, body: dict[str, Any]) -> list[Change]:
        """Bring `body` into the vendor's form, in place (its messages are replaced, not changed); tells the losses."""
        for name, native in self.renamed.items():
            if name in body:
                given = body.pop(name)
                body.setdefault(native, given)
        changes = drop(body, self.dropped)
        for name, (least, largest) in self.ranges.items():
            changes += clamp(body, name, least, largest)
        for name, words in self.words.items():
            if isinstance(body.get(name), str) and body[name] in words:
                changes += say(body, name, words[body[name]])
        if not self.developer:
            without_developer(body)
        if not self.names:
            changes += without_names(body)
        return changes


def drop(body: dict[str, Any], names: Iterable[str]) -> list[Change]:
    """Take fields out; those that said something are told."""
    given = [(name, body.pop(name)) for name in sorted(names) if name in body]
    return [("dropped", name) for name, value in given if _asks(name, value)]


def clamp(body: dict[str, Any], name: str, least: float, largest: float) -> list[Change]:
    """Bring a number into range."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or least <= value <= largest:
        return []
    body[name] = least if value < least else largest
    return [("clamped", name)]


def say(body: dict[str, Any], name: str, word: str | None) -> list[Change]:
    """Say a field's nearest word instead; None: the vendor has none."""
    if word is None:
        return drop(body, (name,))
    if body.get(name) == word:
        return []
    body[name] = word
    return [("clamped", name)]


def without_developer(body: dict[str, Any]) -> None:
    """Call the developer's messages what everybody but OpenAI calls them."""
    body["messages"] = [
        {**message, "role": "system"} if message.get("role") == "developer" else message for message in body["messages"]
    ]


def without_names(body: dict[str, Any]) -> list[Change]:
    """Take the names of participants out of the messages; that of a tool's result is its function's, and stays."""

    def named(message: dict[str, Any]) -> bool:
        return "name" in message and message.get("role") not in {"tool", "function"}

    lost = any(named(message) and message["name"] for message in body["messages"])
    body["messages"] = [
        {key: value for key, value in message.items() if key != "name"} if named(message) else message
        for message in body["messages"]
    ]
    return [("dropped", "messages[].name")] if lost else []


def _asks(name: str, value: Any) -> bool:
    return value is not None and value not in _NEUTRAL.get(name, ())
