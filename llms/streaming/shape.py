"""The emitter's rules: whatever a dialect yields leaves as chunks that no strict client trips over.

Knows what OpenAI's SDKs check (they add strings up, sum integers, use tool indexes as list positions, and raise where a
finish reason or a role is missing or comes twice), not which vendor breaks which rule. Per stream: one id, created and
model. Per choice: the role once, dense tool indexes, one finish reason out of five. Usage comes last, in a chunk
without choices. What a vendor adds survives at chunk level, where accumulators leave it alone.
"""

import secrets
import time
from typing import Any, cast

from llms import jsonio
from llms.errors import Malformed, Unavailable
from llms.streaming.tools import ToolCalls
from llms.streaming.usage import clean_usage
from llms.types import Chunk, Usage

SERVICE_TIERS = ("default", "auto", "flex", "scale", "priority")
"""The tiers every SDK in use accepts; others (Groq's `on_demand`, an empty string) fail strict validation."""

_PADDING = ("obfuscation", "p", "padding")
"""Random filler against length analysis (OpenAI, Mistral, Bedrock): noise once it has been received."""

_DELTA_KEYS = frozenset(
    {"role", "content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call", "audio"}
)
_NEVER_MOVED = _DELTA_KEYS.union(_PADDING, {"usage", "service_tier", "error"})
"""What of a delta must not come to stand at chunk level: clients would take it for something else there."""

_FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "function_call",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "refusal": "content_filter",
    "safety": "content_filter",
    "sensitive": "content_filter",
}
"""Other words for a normal end (`eos`, `end_turn`, `completed` …) are a stop; words for a failure are not."""

_FAILURES = frozenset({"error", "insufficient_system_resource", "network_error", "timeout", "failed"})


def finish_reason(native: Any, *, has_tool_calls: bool) -> str | None:
    """A provider's word for the end as one of OpenAI's five; None where there is none yet.

    A normal end after tool calls is `tool_calls`. Raises `Unavailable` for an end that is a failure.
    """
    if not native:
        return None
    word = native.lower() if isinstance(native, str) else "stop"
    if word in _FAILURES:
        raise Unavailable(f"the answer ended with {native!r}")
    reason = _FINISH_REASONS.get(word, "stop")
    return "tool_calls" if reason == "stop" and has_tool_calls else reason


def has_substance(chunk: Chunk) -> bool:
    """Whether a chunk carries what a client waits for: content, reasoning, a tool call, a finish reason, an answer."""
    for choice in chunk.get("choices") or ():
        if choice.get("finish_reason") or "message" in choice:
            return True
        for key, value in choice["delta"].items():
            if value and key != "role":
                return True
    return False


class _ChoiceState:
    __slots__ = ("finished", "opened", "tools")

    def __init__(self) -> None:
        self.opened = False
        self.finished = False
        self.tools = ToolCalls()


class StreamShape:
    """One stream on its way out: `feed` it the dialect's chunks in order, then call `finish`.

    `usage` holds the counts of the stream so far, exact as the provider gave them.
    """

    __slots__ = ("_extras", "_model", "_names", "_states", "usage")

    def __init__(self, model: str) -> None:
        self._model = model
        self._names: dict[str, Any] = {}  # what is the same in all chunks, once one with choices has come
        self._states: dict[int, _ChoiceState] = {}
        self._extras: dict[str, Any] = {}  # of chunks without choices, until a chunk can carry them
        self.usage: Usage | None = None

    def feed(self, chunk: dict[str, Any]) -> Chunk | None:
        """The chunk to send for `chunk` (which is changed in place), or None where nothing is left to say."""
        choices = chunk.get("choices")
        if len(chunk) > 1 or not choices:  # else it is of a dialect that has none of what follows
            if (usage := chunk.pop("usage", None)) is not None:
                self.take_usage(usage)
            if "service_tier" in chunk and chunk["service_tier"] not in SERVICE_TIERS:
                del chunk["service_tier"]
            if "obfuscation" in chunk or "p" in chunk or "padding" in chunk or "x_groq" in chunk:
                self._mend(chunk)
        if not choices:
            self._keep(chunk)
            return None
        if not isinstance(choices, list):
            raise Malformed("a chunk of the stream holds choices that are no list")
        if not self._names:
            self._name(chunk)
        chunk |= self._names
        if (len(choices) > 1 or not self._is_plain(choices[0])) and not self._told(choices, chunk):
            self._keep(chunk)
            return None
        if self._extras:
            chunk = {**self._extras, **chunk}
            self._extras = {}
        return chunk  # type: ignore[return-value]  # it has become one; a `cast` would be a call for each

    def _is_plain(self, choice: Any) -> bool:
        """Whether there is nothing to mend: one more text for a choice under way, as in nearly every chunk.

        Its form is taken for granted, and missed by exception: that costs least.
        """
        try:
            delta = choice["delta"]
            if (
                len(delta) != 1
                or type(delta["content"]) is not str
                or choice.get("finish_reason")
                or self._states[choice["index"]].finished
                or type(choice["index"]) is not int
                or "message" in choice
                or "usage" in choice
            ):
                return False
        except (AttributeError, KeyError, TypeError):
            return False
        choice["finish_reason"] = None
        return True

    def _told(self, choices: list[Any], chunk: dict[str, Any]) -> bool:
        """Bring every choice into shape; whether any of them has something to say."""
        lasting = [self._choice(choice, chunk) for choice in choices]
        return any(lasting)

    def _mend(self, chunk: dict[str, Any]) -> None:
        """Take the padding out, and the counts where Groq puts them."""
        for key in _PADDING:
            chunk.pop(key, None)
        if isinstance(chunk.get("x_groq"), dict):
            self.take_usage(chunk["x_groq"].get("usage"))

    def take_usage(self, raw: Any) -> None:
        """Note token counts; later ones replace earlier ones, key by key."""
        usage = clean_usage(raw)
        if usage is not None:
            self.usage = {**self.usage, **usage} if self.usage else usage

    def finish(self, *, done: bool) -> list[Chunk]:
        """What is left to send at the end of the stream: the usage.

        `done` tells that the provider closed the stream with its own end mark. Raises `Malformed` when the stream broke
        off: no choice ended, or one did and another did not. Snowflake never gives a finish reason: its end mark
        together with the usage is taken for one.
        """
        closing: list[Chunk] = []
        unfinished = [index for index, state in self._states.items() if not state.finished]
        if unfinished or not self._states:
            if not (done and self.usage and self._states):
                raise Malformed("the stream ended without a finish reason")
            closing.append(self._closing(unfinished))
        if self.usage is not None:
            closing.append(cast(Chunk, {**self._names, **self._extras, "choices": [], "usage": self.usage}))
        return closing

    def _closing(self, unfinished: list[int]) -> Chunk:
        choices = []
        for index in unfinished:
            tools = self._states[index].tools
            missing = tools.close()
            delta: dict[str, Any] = {"tool_calls": missing} if missing else {}
            choices.append({"index": index, "delta": delta, "finish_reason": "tool_calls" if tools else "stop"})
        return cast(Chunk, {**self._names, "choices": choices})

    def _name(self, chunk: dict[str, Any]) -> None:
        """Take id, created and model from the first chunk with choices; make up what is missing there."""
        upstream_id, created, model = chunk.get("id"), chunk.get("created"), chunk.get("model")
        self._names = {
            "id": upstream_id if upstream_id and isinstance(upstream_id, str) else new_completion_id(),
            "object": "chat.completion.chunk",
            "created": int(created) if created and isinstance(created, int | float) else int(time.time()),
            "model": model if model and isinstance(model, str) else self._model,
        }

    def _keep(self, chunk: dict[str, Any]) -> None:
        """Hold the extras of a chunk without choices (Azure's prompt filter, moderation) for the next that has some."""
        for key, value in chunk.items():
            if key not in {"id", "object", "created", "model", "choices"} and value is not None:
                self._extras[key] = value

    def _choice(self, choice: Any, chunk: dict[str, Any]) -> bool:
        """Bring one choice into shape, in place. False when it repeats what has been said and may go."""
        if not isinstance(choice, dict):
            raise Malformed("a chunk of the stream holds a choice that is no object")
        index = choice.get("index")
        delta = choice.get("delta")
        native = choice.get("finish_reason")
        if "message" in choice:
            del choice["message"]  # Perplexity sends the whole text so far with every delta
        if "usage" in choice:
            self.take_usage(choice.pop("usage"))  # Moonshot
        if type(index) is not int:
            index = choice["index"] = 0
        state = self._states.get(index)
        if state is None:
            state = self._states[index] = _ChoiceState()
        delta = choice["delta"] = self._delta(state, delta if isinstance(delta, dict) else {}, chunk)
        reason = finish_reason(native, has_tool_calls=bool(state.tools))
        choice["finish_reason"] = None if state.finished else reason
        if state.finished:
            return bool(delta)
        if reason:
            state.finished = True
            self._complete_tools(state, delta)
        return True

    def _delta(self, state: _ChoiceState, delta: dict[str, Any], chunk: dict[str, Any]) -> dict[str, Any]:
        """The delta with what clients can add up; everything else a vendor put there moves to the chunk."""
        shaped: dict[str, Any] = {}
        if not state.opened:
            state.opened = True
            shaped["role"] = "assistant"
            if "content" in delta and delta["content"] is None:
                shaped["content"] = None
        content, reasoning = split_content(delta.get("content"))
        reasoning = reasoning or delta.get("reasoning_content") or delta.get("reasoning") or ""
        if reasoning and isinstance(reasoning, str):
            shaped["reasoning_content"] = reasoning
        if content is not None and not (state.finished and not content):
            shaped["content"] = content
        if delta.get("refusal"):
            shaped["refusal"] = delta["refusal"]
        if delta.get("tool_calls"):
            pieces = delta["tool_calls"]
            shaped["tool_calls"] = state.tools.feed(pieces if isinstance(pieces, list) else [pieces])
        for key in ("function_call", "audio"):
            if isinstance(delta.get(key), dict) and any(delta[key].values()):
                shaped[key] = delta[key]
        self._move_extras(delta, chunk)
        return shaped

    def _move_extras(self, delta: dict[str, Any], chunk: dict[str, Any]) -> None:
        if "usage" in delta:
            self.take_usage(delta["usage"])  # Vercel's gateway
        for key in delta.keys() - _NEVER_MOVED - chunk.keys():
            if delta[key] not in (None, "", []):
                chunk[key] = delta[key]

    @staticmethod
    def _complete_tools(state: _ChoiceState, delta: dict[str, Any]) -> None:
        """Give calls without arguments the empty object, in the piece of this very chunk where there is one."""
        told = {piece["index"]: piece for piece in delta.get("tool_calls", ())}
        for piece in state.tools.close():
            if piece["index"] in told:
                told[piece["index"]]["function"]["arguments"] = "{}"
            else:
                delta.setdefault("tool_calls", []).append(piece)


def split_content(content: Any) -> tuple[str | None, str]:
    """Content as text and reasoning: some providers send a list of parts (Mistral), or an object (Cloudflare)."""
    if content is None or isinstance(content, str):
        return content, ""
    if isinstance(content, list):
        text: list[str] = []
        reasoning: list[str] = []
        for part in content:
            if isinstance(part, str):
                text.append(part)
            elif isinstance(part, dict) and part.get("type") == "thinking":
                reasoning.append(_thinking_text(part.get("thinking")))
            elif isinstance(part, dict) and isinstance(part.get("text"), str):
                text.append(part["text"])
        return ("".join(text) if text or not reasoning else None), "".join(reasoning)
    return jsonio.dumps(content).decode(), ""


def new_completion_id() -> str:
    """An id in OpenAI's form, for providers that give none."""
    return f"chatcmpl-{secrets.token_hex(14)}"


def _thinking_text(thinking: Any) -> str:
    if isinstance(thinking, str):
        return thinking
    return "".join(part.get("text") or "" for part in thinking or () if isinstance(part, dict))
