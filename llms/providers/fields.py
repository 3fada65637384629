"""The fields of a request as a dialect takes them, one by one: what was taken, what is left, what was lost.

A dialect that has its own words for things takes every field it has a place for; what it cannot say is noted, never
silently gone. A field that holds what happens anyway (`n: 1`, `store: false`) is no loss.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from llms.providers.effort import effort_of
from llms.providers.parameters import OPENAI_ONLY, Change, clamp, drop
from llms.types import Action, Chat

OPENAI_FIELDS = OPENAI_ONLY | {
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "seed",
    "service_tier",
    "stop",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
}
"""What OpenAI's API knows in a request, beside the model, the messages, the length and the stream."""


class Fields:
    """The fields of `chat`, over the configured `options`; `changes` is what a dialect could not pass on whole.

    The `model`, the `messages` and what says how to answer (`stream`, `stream_options`) are not among them.
    """

    def __init__(self, options: Mapping[str, Any], chat: Chat) -> None:
        self._left = {name: value for name, value in {**options, **chat}.items() if value is not None}
        for name in ("model", "messages", "stream", "stream_options"):
            self._left.pop(name, None)
        self._changes: list[Change] = []

    @property
    def changes(self) -> tuple[Change, ...]:
        """Pairs of action and field, each once, in the order in which they were noted."""
        return tuple(dict.fromkeys(self._changes))

    def note(self, action: Action, field: str) -> None:
        """Note what became of a field."""
        self._changes.append((action, field))

    def take(self, *names: str) -> Any:
        """The value of the first of `names` that is given, None where none is; all of them count as taken."""
        found = None
        for name in names:
            value = self._left.pop(name, None)
            if found is None:
                found = value
        return found

    def take_number(self, name: str, least: float, largest: float) -> Any:
        """A number between two bounds; one beyond them is clamped, and that noted."""
        self._changes += clamp(self._left, name, least, largest)
        return self.take(name)

    def take_stops(self, most: int | None = None) -> list[Any] | None:
        """The stop sequences as a list; those beyond `most` are cut off, and that noted."""
        stop = self.take("stop")
        if stop is None or stop == []:
            return None
        stops = stop if isinstance(stop, list) else [stop]
        if most is not None and len(stops) > most:
            self.note("clamped", "stop")
        return stops[:most]

    def take_single(self) -> None:
        """Take `n` for a vendor that gives one answer only."""
        choices = self.take("n")
        if choices not in (None, 1):
            self.note("clamped", "n")

    def take_effort(self) -> str | None:
        """The effort in reasoning that is asked for, in OpenAI's words. Raises `BadRequest` for another."""
        return effort_of({"reasoning_effort": self.take("reasoning_effort"), "reasoning": self.take("reasoning")})

    def drop(self, names: Iterable[str]) -> None:
        """Give up these fields, and note those that asked for something."""
        self._changes += drop(self._left, names)

    def take_all_but(self, names: Collection[str]) -> dict[str, Any]:
        """What is left, except for these."""
        taken = {name: value for name, value in self._left.items() if name not in names}
        self._left = {name: value for name, value in self._left.items() if name in names}
        return taken

    def drop_rest(self) -> None:
        """Give up what nobody has taken."""
        self.drop(list(self._left))

    def rest(self) -> dict[str, Any]:
        """What nobody has taken; it counts as taken then."""
        return self.take_all_but(())
