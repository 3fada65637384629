"""Between the two forms of an answer: chunks folded into one completion, a completion told as chunks.

`fold(explode(completion))` gives the completion back, up to what chunks cannot say.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

from llms.streaming.shape import new_completion_id
from llms.types import Chunk, Completion

_CHUNK_KEYS = frozenset({"id", "object", "created", "model", "choices", "usage"})
_BARE = ("id", "object", "created", "model", "choices")
_SUMMED = frozenset({"content", "refusal", "reasoning_content"})
_GATHERED = frozenset(
    {"annotations", "content_blocks", "images", "reasoning_details", "thinking_blocks", "vendor_annotations"}
)
"""Lists that come in parts over several chunks; any other extra of a later chunk replaces the earlier one."""
_OF_MESSAGE = _GATHERED | {"extra_content"}
"""What stands in the message of an answer that is whole."""


class Fold:
    """Adds chunks of one stream up; `completion()` is the answer so far, in the form of `chat.completion`."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[tuple[int, str], list[str]] = {}  # joined once: adding strings up is quadratic
        self._extras: dict[str, Any] = {}
        self._usage: Any = None

    def add(self, chunk: Chunk) -> None:
        """Take in one well-formed chunk (see `llms.streaming.shape`)."""
        if len(chunk) == len(_BARE) and self._is_taken_as_text(chunk):
            return
        if not self._head:
            self._head = {key: chunk.get(key) for key in ("id", "created", "model")}
        for key, value in chunk.items():
            if key in _CHUNK_KEYS:
                continue
            if key in _GATHERED and isinstance(value, list):
                self._extras.setdefault(key, []).extend(value)
            else:
                self._extras[key] = value
        if chunk.get("usage"):
            self._usage = chunk["usage"]
        for choice in chunk.get("choices") or ():
            self._add_choice(cast(dict[str, Any], choice))

    def completion(self) -> Completion:
        """The whole answer; `finish_reason` is null for a choice that has not ended."""
        for (index, key), pieces in self._texts.items():
            self._choices[index]["message"][key] = "".join(pieces)
        choices = [self._choices[index] for index in sorted(self._choices)]
        extras = dict(self._extras)
        if len(choices) == 1:
            for key in _OF_MESSAGE & extras.keys():
                choices[0]["message"][key] = extras.pop(key)
        completion = {
            "id": self._head.get("id") or new_completion_id(),
            "object": "chat.completion",
            "created": self._head.get("created") or int(time.time()),
            "model": self._head.get("model") or "",
            "choices": choices,
            **extras,
        }
        if self._usage:
            completion["usage"] = self._usage
        return completion

    def _is_taken_as_text(self, chunk: Any) -> bool:
        """Take in a chunk that brings one more text to one choice and nothing else, as nearly every chunk does.

        Its shape is taken for granted, and missed by exception: that costs least.
        """
        try:
            (choice,) = chunk["choices"]
            ((key, value),) = choice["delta"].items()
            if choice["finish_reason"] or len(choice) != 3 + ("logprobs" in choice) or type(value) is not str:
                return False
            if len(choice) > 3 and choice["logprobs"]:
                return False
            self._texts[choice["index"], key].append(value)
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        return True

    def _add_choice(self, piece: dict[str, Any]) -> None:
        index = piece.get("index", 0)
        choice = self._choices.get(index)
        if choice is None:
            message = {"role": "assistant", "content": None, "refusal": None}
            choice = self._choices[index] = {
                "index": index,
                "message": message,
                "logprobs": None,
                "finish_reason": None,
            }
        for key, value in (piece.get("delta") or {}).items():
            if key in _SUMMED and isinstance(value, str):
                self._texts.setdefault((index, key), []).append(value)
            else:
                _add_delta(choice["message"], key, value)
        for key, value in piece.items():
            if key == "logprobs" and value:
                choice["logprobs"] = _joined_logprobs(choice["logprobs"], value)
            elif key not in {"index", "delta", "logprobs"} and value is not None:
                choice[key] = value


def fold(chunks: Iterable[Chunk]) -> Completion:
    """The completion that `chunks` add up to."""
    folded = Fold()
    for chunk in chunks:
        folded.add(chunk)
    return folded.completion()


def explode(completion: Completion) -> Iterator[dict[str, Any]]:
    """A completion told as the chunks a stream of it would have: one with everything, one with the end, the usage."""
    head = {key: value for key, value in completion.items() if key not in {"object", "choices", "usage"}}
    for choice in completion.get("choices") or ():
        message = dict(choice.get("message") or {})
        if message.get("tool_calls"):
            calls = message["tool_calls"]
            message["tool_calls"] = [{"index": position, **call} for position, call in enumerate(calls)]
        rest = {key: value for key, value in choice.items() if key not in {"message", "finish_reason"}}
        yield {**head, "choices": [{**rest, "delta": message, "finish_reason": None}]}
        ending = {"index": choice.get("index", 0), "delta": {}, "finish_reason": choice.get("finish_reason")}
        yield {**head, "choices": [ending]}
    if completion.get("usage"):
        yield {**head, "choices": [], "usage": completion["usage"]}


def _add_delta(message: dict[str, Any], key: str, value: Any) -> None:
    if key == "tool_calls":
        _add_tool_calls(message.setdefault("tool_calls", []), value)
    elif key in {"function_call", "audio"} and isinstance(value, dict):
        _add_strings(message.setdefault(key, {}), value)
    elif key not in _SUMMED and value is not None:
        message[key] = value


def _add_tool_calls(calls: list[dict[str, Any]], pieces: list[dict[str, Any]]) -> None:
    for piece in pieces:
        while len(calls) <= piece["index"]:
            calls.append({})
        call = calls[piece["index"]]
        for key, value in piece.items():
            if isinstance(value, dict):
                _add_strings(call.setdefault(key, {}), value)
            elif key != "index":
                call[key] = value


def _add_strings(target: dict[str, Any], piece: dict[str, Any]) -> None:
    """Add the strings of `piece` up in `target`; an id replaces, as do values that are not strings."""
    for key, value in piece.items():
        if isinstance(value, str) and isinstance(target.get(key), str) and key != "id":
            target[key] += value
        elif value is not None:
            target[key] = value


def _joined_logprobs(before: dict[str, Any] | None, piece: dict[str, Any]) -> dict[str, Any]:
    joined = dict(before or {})
    for key, tokens in piece.items():
        joined[key] = [*(joined.get(key) or []), *tokens] if isinstance(tokens, list) else joined.get(key, tokens)
    return joined
