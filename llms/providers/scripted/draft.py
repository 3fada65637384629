"""An answer before it is sent: its words, its reasoning, its tool calls, and the two forms OpenAI's dialect has.

Knows the wire's shapes; what to say, and how it is disturbed on its way, is said elsewhere. A word counts as a token.
"""

import itertools
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from llms import jsonio
from llms.providers.scripted.transport import JSON_TYPE, Answer, Pause, Step
from llms.streaming.shape import new_completion_id

DONE = b"data: [DONE]\n\n"
_WORD = re.compile(r"\s*\S+|\s+$")
_PIECE_BYTES = 16 * 1024
_ARGUMENT_CHARACTERS = 12


def words_of(text: str) -> list[str]:
    """`text` in words, each with the white space before it, so that they add up to the text."""
    return _WORD.findall(text)


def sse(chunk: dict[str, Any]) -> bytes:
    """A chunk as an event."""
    return b"data: " + jsonio.dumps(chunk) + b"\n\n"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a function; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str

    def wire(self) -> dict[str, Any]:
        """The call as a whole answer holds it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}

    def pieces(self, index: int) -> Iterator[dict[str, Any]]:
        """The call as a stream tells it: the name first, then the arguments bit by bit."""
        yield {"index": index, **self.wire(), "function": {"name": self.name, "arguments": ""}}
        for start in range(0, len(self.arguments), _ARGUMENT_CHARACTERS):
            part = self.arguments[start : start + _ARGUMENT_CHARACTERS]
            yield {"index": index, "function": {"arguments": part}}


@dataclass(frozen=True, slots=True)
class Draft:
    """What one answer says, `alternatives` times. `words` is None where tool calls stand instead of words."""

    model: str
    words: list[str] | None
    reasoning: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    alternatives: int = 1

    def usage(self) -> dict[str, Any]:
        """The counts, in words."""
        arguments = sum(len(words_of(call.arguments)) for call in self.calls)
        reasoning = len(self.reasoning) * self.alternatives
        completion = reasoning + (len(self.words or ()) + arguments) * self.alternatives
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }

    def completion(self) -> dict[str, Any]:
        """The whole answer."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if self.words is None else "".join(self.words),
            "refusal": None,
        }
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        if self.calls:
            message["tool_calls"] = [call.wire() for call in self.calls]
        rest = {"logprobs": None, "finish_reason": self.finish_reason}
        choices = [{"index": index, "message": message, **rest} for index in range(self.alternatives)]
        return {**self._head(), "object": "chat.completion", "choices": choices, "usage": self.usage()}

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer as a stream tells it: the alternatives side by side, the usage last."""
        head = {**self._head(), "object": "chat.completion.chunk"}
        for index in range(self.alternatives):
            opening = {"role": "assistant", "content": None if self.words is None else ""}
            yield {**head, "choices": [_choice(index, opening)]}
        for delta, index in itertools.product(self._deltas(), range(self.alternatives)):
            yield {**head, "choices": [_choice(index, delta)]}
        for index in range(self.alternatives):
            yield {**head, "choices": [_choice(index, {}, self.finish_reason)]}
        yield {**head, "choices": [], "usage": self.usage()}

    def _head(self) -> dict[str, Any]:
        return {"id": new_completion_id(), "created": int(time.time()), "model": self.model}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        for word in self.reasoning:
            yield {"reasoning_content": word}
        for word in self.words or ():
            yield {"content": word}
        for position, call in enumerate(self.calls):
            for piece in call.pieces(position):
                yield {"tool_calls": [piece]}


def sent(draft: Draft, *, stream: bool, gap_s: float = 0.0, first_s: float = 0.0) -> Answer:
    """The answer on its way, `gap_s` between two chunks (whole: in one piece after all the time it takes to say)."""
    if stream:
        events = itertools.chain(map(sse, draft.chunks()), (DONE,))
        return Answer(_after(first_s, paced(events, gap_s)))
    chunks = sum(1 for _ in draft.chunks()) - 1
    return Answer(_after(first_s + gap_s * chunks, [jsonio.dumps(draft.completion())]), content_type=JSON_TYPE)


def paced(pieces: Iterable[bytes], gap_s: float) -> Iterator[Step]:
    """`pieces` with a pause after each; without one, in pieces as large as a fast network delivers them."""
    if gap_s:
        for piece in pieces:
            yield piece
            yield Pause(gap_s)
        return
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _after(seconds: float, steps: Iterable[Step]) -> Iterator[Step]:
    if seconds:
        yield Pause(seconds)
    yield from steps


def _choice(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
